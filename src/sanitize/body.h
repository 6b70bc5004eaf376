/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/walk.h"

/*
 * body: the tree of a mail -> body text and facts of its parts. Fills parts, body*, replaced, hidden, links,
 * pictures and marks of the reading.
 */
void mg_body_read(MgTree *tree, const MgLimits *limits, MgReading *reading);
