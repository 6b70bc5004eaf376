/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rules/match.h"

/*
 * explain: why a rule takes a mail or a part, or what is missing; pure
 *
 * Whether it takes is asked of match.h, as decide does, so that the two cannot differ; only the reason is found here.
 */
typedef struct MgWhy {
        gboolean takes;           /* it would decide, were it the first */
        gboolean expired;         /* its last day is over: nothing else was looked at */
        const MgCondition *unmet; /* the first condition that is not met; NULL where it takes or is expired */
        const MgFacts *part;      /* a rule on mail that asks of parts: the one that meets it, or the one that comes
                                   * furthest; NULL where the mail has none, or fails by itself */
} MgWhy;

/* Of a rule on mail. All that is returned is borrowed of rule and matcher. */
MgWhy mg_why_mail(const MgMatcher *matcher, const MgRule *rule);
/* Of a rule on parts, where mg_matcher_asks_part(). */
MgWhy mg_why_part(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part);

/* What the mail, or the part, has where the condition asks. One line, cut; caller frees. */
char *mg_why_has(const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part);

/*
 * Whether the rule before takes all that the one behind it could ever take: both on mail or both on parts, each
 * condition of the first stands in the second, too, word for word in any order, and the first does not end earlier.
 * FALSE says nothing.
 */
gboolean mg_rule_covers(const MgRule *before, const MgRule *behind);
