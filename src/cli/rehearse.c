/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays decide on records and counts what is otherwise. Asks nobody and prints nothing; memory is bounded by the
 * number of organizations.
 */
#include "cli/rehearse.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/rules.h"
#include "rules/decide.h"
#include "rules/match.h"

/* What record->reason begins with where a rule decided (rules/decide). */
#define BY_RULE "by rule "

static void example_clear(gpointer data) {
        MgExample *example = data;

        g_free(example->receipt);
        g_free(example->what);
}

static void rehearsed_free(gpointer data) {
        MgRehearsed *rehearsed = data;

        g_free(rehearsed->name);
        for (guint i = 0; i < _MG_CHANGE_N; i++)
                g_array_unref(rehearsed->examples[i]);
        g_free(rehearsed);
}

MgRehearsal *mg_rehearsal_new(const MgConfig *next, const MgConfig *now) {
        MgRehearsal *rehearsal = g_new0(MgRehearsal, 1);

        rehearsal->next = next;
        rehearsal->now = now;
        rehearsal->organizations = g_ptr_array_new_with_free_func(rehearsed_free);
        return rehearsal;
}

void mg_rehearsal_free(MgRehearsal *rehearsal) {
        if (rehearsal == NULL)
                return;
        g_ptr_array_unref(rehearsal->organizations);
        g_free(rehearsal);
}

static MgRehearsed *find(MgRehearsal *rehearsal, const char *name) {
        for (guint i = 0; i < rehearsal->organizations->len; i++) {
                MgRehearsed *known = g_ptr_array_index(rehearsal->organizations, i);
                if (g_str_equal(known->name, name))
                        return known;
        }
        MgRehearsed *fresh = g_new0(MgRehearsed, 1);
        fresh->name = g_strdup(name);
        for (guint i = 0; i < _MG_CHANGE_N; i++) {
                fresh->examples[i] = g_array_new(FALSE, FALSE, sizeof(MgExample));
                g_array_set_clear_func(fresh->examples[i], example_clear);
        }
        g_ptr_array_add(rehearsal->organizations, fresh);
        return fresh;
}

/* What did not pass the output grammar was decided on before that was known. */
static MgDecision *decide(const MgPolicy *policy, const MgMailFacts *facts, const MgRecord *record) {
        MgReading *reading = record->reading;
        gboolean late = reading->failure == MG_FAILURE_GRAMMAR;

        if (late)
                reading->failure = MG_FAILURE_NONE;
        MgDecision *decision = mg_decide(policy, facts, reading);
        if (late)
                reading->failure = MG_FAILURE_GRAMMAR;
        if (late && decision->outcome != MG_OUTCOME_REFUSED)
                decision->outcome = MG_OUTCOME_FAILED;
        return decision;
}

/* The rule that decided, by what the record says; "" where none did. Caller frees. */
static char *rule_of(const MgRecord *record) {
        const char *reason = record->reason;

        if (!g_str_has_prefix(reason, BY_RULE))
                return g_strdup("");
        reason += strlen(BY_RULE);
        return g_strndup(reason, strcspn(reason, ":"));
}

static void note(MgRehearsed *rehearsed, MgChange change, const MgRecord *record, char *what) {
        GArray *examples = rehearsed->examples[change];
        MgExample example = {NULL, what};

        rehearsed->counts[change]++;
        if (examples->len >= MG_REHEARSAL_EXAMPLES) {
                g_free(what);
                return;
        }
        example.receipt = g_strdup(record->receipt);
        g_array_append_val(examples, example);
}

static const char *said(const char *rule) {
        return *rule != '\0' ? rule : "no rule";
}

/* Outcome and rule. Of a mail that failed no record says which rule was the first, and nothing depends on it. */
static gboolean compare_mail(MgRehearsed *rehearsed, const MgRecord *record, const MgDecision *decision) {
        static const MgChange changes[_MG_OUTCOME_N] = {[MG_OUTCOME_CONVERTED] = MG_CHANGE_PASSED,
                                                        [MG_OUTCOME_HELD] = MG_CHANGE_HELD,
                                                        [MG_OUTCOME_REFUSED] = MG_CHANGE_REJECTED,
                                                        [MG_OUTCOME_FAILED] = MG_CHANGE_PASSED};
        g_autofree char *was = rule_of(record);

        if (decision->outcome != record->outcome) {
                note(rehearsed, changes[decision->outcome], record,
                     g_strdup_printf("%s (%s) -> %s (%s)", mg_outcome_name(record->outcome), said(was),
                                     mg_outcome_name(decision->outcome), said(decision->rule)));
                return TRUE;
        }
        if (record->outcome == MG_OUTCOME_FAILED || g_str_equal(was, decision->rule))
                return FALSE;
        note(rehearsed, MG_CHANGE_RULE, record, g_strdup_printf("%s -> %s", said(was), said(decision->rule)));
        return TRUE;
}

/* How it is written, where the record is of the policy that is known. */
static gboolean compare_settings(MgRehearsal *rehearsal, MgRehearsed *rehearsed, const MgRecord *record,
                                 const MgMailFacts *facts, const MgDecision *decision) {
        const MgConfig *now = rehearsal->now;

        if (now == NULL || memcmp(now->policy->digest, record->policy, sizeof record->policy) != 0) {
                rehearsal->of_no_known++;
                return FALSE;
        }
        g_autoptr(MgDecision) made = decide(now->policy, facts, record);
        g_autofree char *settings = mg_rules_settings(decision->policy, made->policy);
        if (decision->outcome == MG_OUTCOME_REFUSED || *settings == '\0')
                return FALSE;
        note(rehearsed, MG_CHANGE_WRITTEN, record, g_steal_pointer(&settings));
        return TRUE;
}

static gboolean is_otherwise(const MgPartDecision *a, const MgPartDecision *b) {
        return a->action != b->action || a->listed != b->listed || !g_str_equal(a->rule, b->rule);
}

static gboolean compare_parts(MgRehearsed *rehearsed, const MgRecord *record, const MgDecision *decision) {
        const GArray *were = record->decision->parts, *are = decision->parts;
        g_autofree char *what = NULL;
        guint n = 0;

        for (guint i = 0; i < are->len; i++) {
                const MgPartDecision *is = &g_array_index(are, MgPartDecision, i);
                const MgPartDecision *was = i < were->len ? &g_array_index(were, MgPartDecision, i) : NULL;
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);

                if (was != NULL && !is_otherwise(was, is))
                        continue;
                if (n++ == 0)
                        what = g_strdup_printf("part %s: %s by %s -> %s by %s", facts->path,
                                               was != NULL ? mg_action_name(was->action) : "unknown",
                                               was != NULL ? was->rule : "unknown", mg_action_name(is->action),
                                               is->rule);
        }
        if (n == 0)
                return FALSE;
        rehearsed->parts += n;
        note(rehearsed, MG_CHANGE_PARTS, record, g_steal_pointer(&what));
        return TRUE;
}

static void rehearse_to(MgRehearsal *rehearsal, const MgRecord *record, const MgMailFacts *facts) {
        MgRehearsed *rehearsed = find(rehearsal, facts->organization);
        g_autoptr(MgDecision) decision = decide(rehearsal->next->policy, facts, record);
        gboolean changed = compare_mail(rehearsed, record, decision);

        rehearsed->mails++;
        if (!changed)
                changed = compare_settings(rehearsal, rehearsed, record, facts, decision);
        if (decision->outcome != MG_OUTCOME_REFUSED)
                changed |= compare_parts(rehearsed, record, decision);
        rehearsed->changed += changed ? 1 : 0;
}

static gboolean ask_for_header(const GPtrArray *rules) {
        for (guint i = 0; rules != NULL && i < rules->len; i++)
                if (mg_rule_asks(g_ptr_array_index(rules, i), MG_MATCH_HEADER, MG_MATCH_AUTHENTICATION))
                        return TRUE;
        return FALSE;
}

/* Whether all is there that rules can look at; counts it where not. */
static gboolean can_replay(MgRehearsal *rehearsal, const MgRecord *record) {
        MgUnreplayed why = _MG_UNREPLAYED_N;

        if (record->outcome == MG_OUTCOME_REFUSED || record->outcome == MG_OUTCOME_DEFERRED)
                why = MG_UNREPLAYED_REFUSED;
        else if (record->withheld & (MG_WITHHELD_ADDRESSES | MG_WITHHELD_NAMES | MG_WITHHELD_SUBJECT))
                why = MG_UNREPLAYED_WITHHELD;
        else if (record->header->names->len == 0 && ask_for_header(rehearsal->next->policy->rules))
                why = MG_UNREPLAYED_HEADER;
        if (why == _MG_UNREPLAYED_N)
                return TRUE;
        rehearsal->unreplayed[why]++;
        return FALSE;
}

void mg_rehearsal_take(MgRehearsal *rehearsal, const MgRecord *record) {
        const MgConfig *next = rehearsal->next;
        const MgMailFacts first = mg_cli_facts(next, record, 0);

        if (!can_replay(rehearsal, record))
                return;
        rehearsal->replayed++;
        rehearse_to(rehearsal, record, &first);
        for (guint i = 1; i < record->envelope->rcpts->len; i++) {
                const MgMailFacts other = mg_cli_facts(next, record, i);
                if (mg_rules_share(next->policy->rules, &first, &other))
                        continue;
                rehearsal->separate++;
                rehearse_to(rehearsal, record, &other);
        }
}
