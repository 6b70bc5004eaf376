/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide: what becomes of each part, as a table over its kind
 *
 * Pure: same Facts, same Decision. Nothing that a sender says about a part makes it pass. Names and types only take
 * away: a part whose kind would leave it out of the list stays out only where its types say the same as its kind.
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

/* Types of the pictures that are left out of the list. A picture that is text or can hold a program is listed. */
static const char *const pictures[] = {"image/png", "image/jpeg", "image/gif",      "image/webp",
                                       "image/bmp", "image/tiff", "image/x-ms-bmp", NULL};
/* The forms of a text that mail programs send beside each other. */
static const char *const texts[] = {"text/plain",    "text/html",       "text/calendar",
                                    "text/enriched", "text/x-amp-html", NULL};

/* Whether the facts bear out a kind that is not listed: the worker that said it has read hostile bytes. */
static gboolean is_borne_out(const MgFacts *facts) {
        if (facts->kind == MG_PART_INLINE_PICTURE)
                return g_strv_contains(pictures, facts->found);
        if (facts->kind == MG_PART_ALTERNATIVE)
                return !*facts->name && g_strv_contains(texts, facts->claimed);
        return TRUE;
}

static const Rule *rule_for(const MgReading *reading, const MgFacts *facts) {
        if (reading->failure != MG_FAILURE_NONE)
                return &failed;
        if (facts->kind >= _MG_PART_KIND_N || !rules[facts->kind].name || !is_borne_out(facts))
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
