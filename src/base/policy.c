/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies and Decisions as objects. Loads nothing (config does), decides nothing (rules does).
 */
#include "mugai/policy.h"

#include "base/digest.h"
#include "base/reading.h"

const MgLimits mg_limits_default = {
#define MG_LIMIT_DEFAULT(field, value, reason) .field = value,
        MG_LIMITS(MG_LIMIT_DEFAULT)
#undef MG_LIMIT_DEFAULT
};

MgPolicy *mg_policy_new(void) {
        MgPolicy *policy = g_new0(MgPolicy, 1);

        g_atomic_ref_count_init(&policy->references);
        policy->limits = mg_limits_default;
        policy->languages = MG_LANGUAGE_JA | MG_LANGUAGE_EN;
        policy->subject_tag = g_strdup("");
        for (guint language = 0; language < 2; language++)
                for (guint i = 0; i < _MG_TEXT_N; i++)
                        policy->texts[language][i] = g_strdup("");
        return policy;
}

MgPolicy *mg_policy_copy(const MgPolicy *policy) {
        MgPolicy *copy = g_memdup2(policy, sizeof *policy);

        g_atomic_ref_count_init(&copy->references);
        copy->rules = NULL;
        copy->subject_tag = g_strdup(policy->subject_tag);
        for (guint language = 0; language < 2; language++)
                for (guint i = 0; i < _MG_TEXT_N; i++)
                        copy->texts[language][i] = g_strdup(policy->texts[language][i]);
        return copy;
}

void mg_policy_seal(MgPolicy *policy) {
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_limits_put(&writer, &policy->limits);
        mg_put_u32(&writer, policy->links);
        mg_put_u32(&writer, policy->charset);
        mg_put_u32(&writer, policy->languages);
        mg_put_text(&writer, policy->subject_tag);
        for (guint language = 0; language < 2; language++)
                for (guint i = 0; i < _MG_TEXT_N; i++)
                        mg_put_text(&writer, policy->texts[language][i]);
        mg_put_raw(&writer, policy->rules_digest, sizeof policy->rules_digest);
        mg_digest(writer.bytes->data, writer.bytes->len, policy->digest);
}

MgPolicy *mg_policy_ref(MgPolicy *policy) {
        g_atomic_ref_count_inc(&policy->references);
        return policy;
}

void mg_policy_unref(MgPolicy *policy) {
        if (!policy || !g_atomic_ref_count_dec(&policy->references))
                return;
        g_clear_pointer(&policy->rules, g_ptr_array_unref);
        g_free(policy->subject_tag);
        for (guint language = 0; language < 2; language++)
                for (guint i = 0; i < _MG_TEXT_N; i++)
                        g_free(policy->texts[language][i]);
        g_free(policy);
}

static void part_decision_clear(gpointer data) {
        MgPartDecision *part = data;

        g_free(part->rule);
        g_free(part->reason);
        g_free(part->approved_by);
        g_free(part->type[0]);
        g_free(part->type[1]);
}

MgDecision *mg_decision_new(void) {
        MgDecision *decision = g_new0(MgDecision, 1);

        decision->rule = g_strdup("");
        decision->reason = g_strdup("");
        decision->text = g_strdup("");
        decision->parts = g_array_new(FALSE, TRUE, sizeof(MgPartDecision));
        g_array_set_clear_func(decision->parts, part_decision_clear);
        return decision;
}

void mg_decision_free(MgDecision *decision) {
        if (!decision)
                return;
        g_free(decision->rule);
        g_free(decision->reason);
        g_free(decision->text);
        g_array_unref(decision->parts);
        g_free(decision);
}

void mg_part_decision_drop(MgPartDecision *part, const char *why) {
        part->action = MG_ACTION_REMOVE;
        part->listed = TRUE;
        if (part->why == MG_TEXT_why_file)
                part->why = MG_TEXT_why_other;
        g_free(part->reason);
        part->reason = g_strdup_printf("not kept: %s", why);
        g_clear_pointer(&part->approved_by, g_free);
}

guint mg_decision_kept(const MgDecision *decision) {
        guint kept = 0;

        for (guint i = 0; i < decision->parts->len; i++)
                kept += g_array_index(decision->parts, MgPartDecision, i).action == MG_ACTION_KEEP ? 1 : 0;
        return kept;
}

const char *mg_action_name(MgAction action) {
        static const char *const names[_MG_ACTION_N] = {
                [MG_ACTION_CONVERT] = "convert",
                [MG_ACTION_REMOVE] = "remove",
                [MG_ACTION_KEEP] = "keep",
        };

        return action < _MG_ACTION_N ? names[action] : "unknown";
}

const char *mg_outcome_name(MgOutcome outcome) {
        static const char *const names[_MG_OUTCOME_N] = {
                [MG_OUTCOME_CONVERTED] = "converted", [MG_OUTCOME_FAILED] = "failed",
                [MG_OUTCOME_DEFERRED] = "deferred",   [MG_OUTCOME_REFUSED] = "refused",
                [MG_OUTCOME_HELD] = "held",
        };

        return outcome < _MG_OUTCOME_N ? names[outcome] : "unknown";
}
