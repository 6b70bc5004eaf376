/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/* rule_value: the value of one condition of a rule. Private to this room. */
typedef struct MgRuleValues {
        const MgOrganizations *organizations;
        const char *authserv_id;
        GHashTable *lists; /* path -> MgAddressSet: each list is read once */
        GString *digested; /* what the lists hold, for the digest of the policy */
} MgRuleValues;

/* Which condition a word of the rule file is, or _MG_MATCH_N. */
MgMatch mg_match_find(const char *word);

/*
 * Reads value into the condition, whose match is set. NULL, or a sentence that says what would be right; the caller frees
 * it. *whole is set where the sentence has its own file and line (of a list).
 */
char *mg_rule_value(MgRuleValues *values, MgCondition *condition, const char *value, gboolean *whole);

/* "2026-12-31" -> 20261231; 0 where it is no day. */
guint32 mg_rule_date(const char *value);
