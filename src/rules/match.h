/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/rule.h"

/*
 * match: whether a rule's conditions are met, pure and total
 *
 * A Matcher is one mail, to one recipient, as rules see it; it borrows mail and reading.
 */
typedef struct MgMatcher {
        const MgMailFacts *mail;
        const MgReading *reading;
        char *sender; /* lower case, as recipient */
        char *recipient;
        guint32 day; /* of arrival, as MgRule.expires */
        guint minute;
        guint weekday;
} MgMatcher;

void mg_matcher_init(MgMatcher *matcher, const MgMailFacts *mail, const MgReading *reading);
void mg_matcher_clear(MgMatcher *matcher);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgMatcher, mg_matcher_clear)

/* Whether one condition is met; part is needed where it is asked of parts. */
gboolean mg_matcher_meets(const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part);
/* The first condition that is not met: of those of the mail where part is NULL, else of those of parts, by that one. NULL
 * where all are. */
const MgCondition *mg_matcher_unmet(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part);
/* Whether rules on parts are asked of it: not of the text of the body, and of nothing in a mail that was not read. */
gboolean mg_matcher_asks_part(const MgMatcher *matcher, const MgFacts *part);
/* Whether the last day of the rule is over. */
gboolean mg_matcher_is_expired(const MgMatcher *matcher, const MgRule *rule);
/* A rule on mail: all of its conditions, those on parts by one part. */
gboolean mg_matcher_takes_mail(const MgMatcher *matcher, const MgRule *rule);
/* A rule on parts: all of its conditions, by that part. */
gboolean mg_matcher_takes_part(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part);

/* Those of the rules whose conditions on the mail are met, in order, so that these are looked at once and not for each part. rules
 * may be NULL. The caller frees the array, whose rules are borrowed. */
GPtrArray *mg_rules_open(const GPtrArray *rules, const MgMatcher *matcher);
/* The first of the open rules that takes the mail, or NULL. Borrowed. */
const MgRule *mg_rules_for_mail(const GPtrArray *open, const MgMatcher *matcher);
/* The first of the open rules that takes the part, or NULL. */
const MgRule *mg_rules_for_part(const GPtrArray *open, const MgMatcher *matcher, const MgFacts *part);

/* Whether one of them needs the scanner's verdict: it is worth waiting for. rules may be NULL. */
gboolean mg_rules_ask_scan(const GPtrArray *rules);

/* Whether an open rule gives priority to mail of this sender. Of mail only sender and time are looked at. */
gboolean mg_rules_prefer(const GPtrArray *rules, const MgMailFacts *mail);

/* Whether no rule tells two recipients (of these organizations) of one mail apart. rules may be NULL. */
gboolean mg_rules_share(const GPtrArray *rules, const MgMailFacts *one, const MgMailFacts *other);
