/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"

/*
 * decide: (Policy, MailFacts, Reading) -> Decision, pure and total
 *
 * Every kind of part, known or not, has a row; the last row is "text only". A Reading with a failure is FAILED
 * and each of its parts removed. Never NULL. Only Facts and marks of the Reading are looked at, so that a decision
 * can be replayed from a record. A mail that failed is never HELD. What a rule on parts says can only take away, but for an exemption that
 * keeps a file: such a part is KEEP here, which its octets have to bear out before it goes on (milter/keep.h).
 */
MgDecision *mg_decide(const MgPolicy *policy, const MgMailFacts *mail, const MgReading *reading);
