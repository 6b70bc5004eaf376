/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"
#include "mugai/rule.h"

/*
 * rules: what an administrator asks of rules before mail meets them
 */
typedef struct MgRulesOptions {
        char *config;
        char *rules; /* --rules, or NULL: policy.rules */
        char *from;
        char *to;
        char *time;
        char *scan;
        char *since;
        char *until;
        gboolean json;
        char **operands; /* of the act, its name first */
} MgRulesOptions;

int mg_rules_check(const MgRulesOptions *options);
int mg_rules_explain(const MgRulesOptions *options);
int mg_rules_rehearse(const MgRulesOptions *options);

/* "rule" or "exemption"; what it does: "mail = hold", "part = remove". */
const char *mg_rules_section(const MgRule *rule);
const char *mg_rules_action(const MgRule *rule);
/* The settings of the rewritten mail in which a differs from b, as they would be written: "links = host, languages = en";
 * "" where they are alike. Caller frees. */
char *mg_rules_settings(const MgPolicy *a, const MgPolicy *b);
/* "2027-03-31" of 20270331. Caller frees. */
char *mg_rules_day(guint32 day);
