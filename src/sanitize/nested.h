/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/header.h"

/* nested: what the header of a message inside the message says. */

/* From, To, Cc, Subject and Date of a header block, read as those of a mail are, a line each. Not cleaned. */
GString *mg_nested_head(const GArray *fields, const MgLimits *limits);
