/* SPDX-License-Identifier: Apache-2.0 */
/* decide: each kind of part, unknown kinds, failures; and that nothing which a sender says changes the outcome. */
#include "rules/decide.h"

static void add(MgReading *reading, guint kind, const char *claimed, const char *found, const char *name) {
        MgFacts *facts = mg_facts_new();

        facts->kind = kind;
        g_free(facts->claimed), g_free(facts->found), g_free(facts->name);
        facts->claimed = g_strdup(claimed);
        facts->found = g_strdup(found);
        facts->name = g_strdup(name);
        g_ptr_array_add(reading->parts, facts);
}

static const struct {
        guint kind;
        MgAction action;
        gboolean listed;
        const char *rule;
} cases[] = {
        {MG_PART_BODY, MG_ACTION_CONVERT, FALSE, "body"},
        {MG_PART_MESSAGE, MG_ACTION_REMOVE, TRUE, "text-only"},
        {MG_PART_CALENDAR, MG_ACTION_REMOVE, TRUE, "text-only"},
        {MG_PART_ATTACHMENT, MG_ACTION_REMOVE, TRUE, "text-only"},
        {MG_PART_ENCODED_TEXT, MG_ACTION_REMOVE, TRUE, "text-only"},
        {_MG_PART_KIND_N, MG_ACTION_REMOVE, TRUE, "text-only"},
        {4711, MG_ACTION_REMOVE, TRUE, "text-only"},
};

static void test_kinds(void) {
        static const char *const claims[] = {"text/plain", "", "application/x-dosexec", "no-such/type"};
        g_autoptr(MgPolicy) policy = mg_policy_new();

        for (gsize claim = 0; claim < G_N_ELEMENTS(claims); claim++) {
                g_autoptr(MgReading) reading = mg_reading_new();
                g_autoptr(MgDecision) decision = NULL;

                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                        add(reading, cases[i].kind, claims[claim], claims[G_N_ELEMENTS(claims) - 1 - claim], "x");
                decision = mg_decide(policy, reading);
                g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_CONVERTED);
                g_assert_cmpuint(decision->parts->len, ==, G_N_ELEMENTS(cases));
                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                        const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);

                        g_assert_cmpint(part->action, ==, cases[i].action);
                        g_assert_cmpint(part->listed, ==, cases[i].listed);
                        g_assert_cmpstr(part->rule, ==, cases[i].rule);
                        g_assert_cmpstr(part->reason, !=, "");
                        g_assert_cmpstr(part->type[0], !=, "");
                        g_assert_cmpstr(part->type[1], !=, "");
                }
        }
}

/* What is left out of the list must be what its kind says, by its types. */
static void test_unlisted(void) {
        static const struct {
                guint kind;
                const char *claimed, *found, *name;
                gboolean listed;
        } rows[] = {
                {MG_PART_INLINE_PICTURE, "image/png", "image/png", "logo.png", FALSE},
                {MG_PART_INLINE_PICTURE, "image/jpeg", "image/jpeg", "", FALSE},
                {MG_PART_INLINE_PICTURE, "application/octet-stream", "image/gif", "", FALSE},
                {MG_PART_INLINE_PICTURE, "image/webp", "image/webp", "", FALSE},
                {MG_PART_INLINE_PICTURE, "image/bmp", "image/bmp", "", FALSE},
                {MG_PART_INLINE_PICTURE, "image/bmp", "image/x-ms-bmp", "", FALSE},
                {MG_PART_INLINE_PICTURE, "image/tiff", "image/tiff", "", FALSE},
                {MG_PART_INLINE_PICTURE, "image/png", "application/x-dosexec", "logo.png", TRUE},
                {MG_PART_INLINE_PICTURE, "image/svg+xml", "image/svg+xml", "logo.svg", TRUE},
                {MG_PART_INLINE_PICTURE, "image/png", "text/html", "", TRUE},
                {MG_PART_INLINE_PICTURE, "image/png", "", "", TRUE},
                {MG_PART_ALTERNATIVE, "text/plain", "text/plain", "", FALSE},
                {MG_PART_ALTERNATIVE, "text/html", "text/plain", "", FALSE},
                {MG_PART_ALTERNATIVE, "text/calendar", "text/calendar", "", FALSE},
                {MG_PART_ALTERNATIVE, "text/enriched", "text/plain", "", FALSE},
                {MG_PART_ALTERNATIVE, "text/x-amp-html", "text/html", "", FALSE},
                {MG_PART_ALTERNATIVE, "text/html", "text/html", "a.html", TRUE},
                {MG_PART_ALTERNATIVE, "text/csv", "text/csv", "", TRUE},
                {MG_PART_ALTERNATIVE, "application/pdf", "application/pdf", "", TRUE},
                {MG_PART_ALTERNATIVE, "", "text/plain", "", TRUE},
        };
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                add(reading, rows[i].kind, rows[i].claimed, rows[i].found, rows[i].name);
        decision = mg_decide(policy, reading);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);
                const char *kind = rows[i].kind == MG_PART_ALTERNATIVE ? "alternative" : "inline-picture";

                g_assert_cmpint(part->action, ==, MG_ACTION_REMOVE);
                g_assert_cmpint(part->listed, ==, rows[i].listed);
                g_assert_cmpstr(part->rule, ==, rows[i].listed ? "text-only" : kind);
        }
}

static void test_failures(void) {
        g_autoptr(MgPolicy) policy = mg_policy_new();

        for (guint failure = MG_FAILURE_LIMIT; failure < _MG_FAILURE_N; failure++) {
                g_autoptr(MgReading) reading = mg_reading_new();
                g_autoptr(MgDecision) decision = NULL;

                reading->failure = failure;
                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                        add(reading, cases[i].kind, "", "text/plain", "x");
                decision = mg_decide(policy, reading);
                g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_FAILED);
                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                        g_assert_cmpint(g_array_index(decision->parts, MgPartDecision, i).action, ==, MG_ACTION_REMOVE);
        }
}

static void test_empty(void) {
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = mg_decide(policy, reading);

        g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_CONVERTED);
        g_assert_cmpuint(decision->parts->len, ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/decide/kinds", test_kinds);
        g_test_add_func("/decide/unlisted", test_unlisted);
        g_test_add_func("/decide/failures", test_failures);
        g_test_add_func("/decide/empty", test_empty);
        return g_test_run();
}
