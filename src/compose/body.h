/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/lines.h"

/* Adds the body of the reading, which is not empty, as far as limits.body goes. FALSE where it was cut. */
gboolean mg_compose_body(MgLines *lines, const MgOutgoingInput *input);
