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
        mg_digest(writer.bytes->data, writer.bytes->len, policy->digest);
}

MgPolicy *mg_policy_ref(MgPolicy *policy) {
        g_atomic_ref_count_inc(&policy->references);
        return policy;
}

void mg_policy_unref(MgPolicy *policy) {
        if (!policy || !g_atomic_ref_count_dec(&policy->references))
                return;
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
        g_free(part->type[0]);
        g_free(part->type[1]);
}

MgDecision *mg_decision_new(void) {
        MgDecision *decision = g_new0(MgDecision, 1);

        decision->parts = g_array_new(FALSE, TRUE, sizeof(MgPartDecision));
        g_array_set_clear_func(decision->parts, part_decision_clear);
        return decision;
}

void mg_decision_free(MgDecision *decision) {
        if (!decision)
                return;
        g_array_unref(decision->parts);
        g_free(decision);
}

const char *mg_action_name(MgAction action) {
        static const char *const names[_MG_ACTION_N] = {
                [MG_ACTION_CONVERT] = "convert",
                [MG_ACTION_REMOVE] = "remove",
        };

        return action < _MG_ACTION_N ? names[action] : "unknown";
}

const char *mg_outcome_name(MgOutcome outcome) {
        static const char *const names[_MG_OUTCOME_N] = {
                [MG_OUTCOME_CONVERTED] = "converted",
                [MG_OUTCOME_FAILED] = "failed",
                [MG_OUTCOME_DEFERRED] = "deferred",
                [MG_OUTCOME_REFUSED] = "refused",
        };

        return outcome < _MG_OUTCOME_N ? names[outcome] : "unknown";
}
