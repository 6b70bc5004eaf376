/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/walk.h"

/* account: what each octet of the mail was -> ranges of the reading, which add up to its size. */

/* Octets of a part that were cut from its text and are a part of their own. Those that are not in the mail as they stand
 * (of an encoded part) do not count. */
typedef struct MgCut {
        const char *begin;
        gsize n;
        const MgFacts *facts;
} MgCut;

/* Fills the ranges. cuts: of MgCut. n log n in the number of entities and cuts; at most limits->ranges ranges. */
void mg_account(const MgTree *tree, const GArray *cuts, const MgLimits *limits, MgReading *reading);
