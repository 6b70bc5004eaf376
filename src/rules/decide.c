/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide: what becomes of each part, as a table over its kind
 *
 * Pure: same Facts, same Decision. Does not look at names, claimed types or content, so that nothing a sender says
 * about a part makes it pass; the found type only gives the name that readers see.
 */
#include "rules/decide.h"

#include "rules/type.h"

typedef struct Rule {
        const char *name;
        MgAction action;
        gboolean listed;
        const char *reason;
} Rule;

static const Rule text_only = {"text-only", MG_ACTION_REMOVE, TRUE, "only text crosses"};
static const Rule failed = {"failed", MG_ACTION_REMOVE, FALSE, "the mail could not be converted"};

/* By kind. A kind that has no row here gets text_only. */
static const Rule rules[_MG_PART_KIND_N] = {
        [MG_PART_BODY] = {"body", MG_ACTION_CONVERT, FALSE, "its text is the body"},
        [MG_PART_ALTERNATIVE] = {"alternative", MG_ACTION_REMOVE, FALSE,
                                 "another form of the text that is in the body"},
        [MG_PART_INLINE_PICTURE] = {"inline-picture", MG_ACTION_REMOVE, FALSE, "a picture inside the body"},
        [MG_PART_MESSAGE] = {"text-only", MG_ACTION_REMOVE, TRUE, "a message inside the message; only text crosses"},
        [MG_PART_CALENDAR] = {"text-only", MG_ACTION_REMOVE, TRUE, "a calendar entry; only text crosses"},
        [MG_PART_ENCODED_TEXT] = {"text-only", MG_ACTION_REMOVE, TRUE, "encoded data cut out of the text"},
};

static const Rule *rule_for(const MgReading *reading, const MgFacts *facts) {
        if (reading->failure != MG_FAILURE_NONE)
                return &failed;
        if (facts->kind >= _MG_PART_KIND_N || !rules[facts->kind].name)
                return &text_only;
        return &rules[facts->kind];
}

MgDecision *mg_decide(const MgPolicy *policy, const MgReading *reading) {
        MgDecision *decision = mg_decision_new();

        decision->outcome = reading->failure == MG_FAILURE_NONE ? MG_OUTCOME_CONVERTED : MG_OUTCOME_FAILED;
        for (guint i = 0; i < reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(reading->parts, i);
                const Rule *rule = rule_for(reading, facts);
                const MgTypeName *type = mg_type_name(facts->found);
                MgPartDecision part = {
                        .action = rule->action,
                        .listed = rule->listed,
                        .rule = g_strdup(rule->name),
                        .reason = g_strdup(rule->reason),
                        .type = {g_strdup(type->ja), g_strdup(type->en)},
                };

                g_array_append_val(decision->parts, part);
        }
        return decision;
}
