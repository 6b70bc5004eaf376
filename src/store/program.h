/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/reading.h"

/*
 * Program: whether a part is something that runs when it is opened
 *
 * Until a scanner gives verdicts a part that runs is treated as one that was found bad: two persons look before it
 * crosses. Known by what it is (spellings as in rules/type.c) or by the ending of any of its names, since that is what
 * a desktop goes by.
 */
gboolean mg_program_is(const MgFacts *facts);
