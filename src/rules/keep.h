/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rules/match.h"

/*
 * keep: what is built in against a file that an exemption would let cross, pure
 *
 * NULL: nothing is. Else why it does not cross (LINE, English, static): no rule passes any row of this. The facts are what a
 * worker said that has read hostile bytes; what was decided by them is borne out by a second worker (milter/keep.c).
 */
const char *mg_keep_refusal(const MgMailFacts *mail, const MgReading *reading, const MgFacts *facts);

/* The same of the facts of its octets alone, as the second worker has them: it knows of no mail and no name. */
const char *mg_keep_refusal_of_content(const MgFacts *first, const MgFacts *second);
