/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"

/*
 * decide: (Policy, Reading) -> Decision, pure and total
 *
 * Every kind of part, known or not, has a row; the last row is "text only". A Reading with a failure is FAILED
 * and each of its parts removed. Never NULL. Only Facts and marks of the Reading are looked at, so that a decision
 * can be replayed from a record.
 */
MgDecision *mg_decide(const MgPolicy *policy, const MgReading *reading);
