/* SPDX-License-Identifier: Apache-2.0 */
/* decide: each kind of part, unknown kinds, failures; and that nothing which a sender says changes the outcome. */
#include "rules/decide.h"

#include "base/extension.h"

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
                decision = mg_decide(policy, &(MgMailFacts){0}, reading);
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
        decision = mg_decide(policy, &(MgMailFacts){0}, reading);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);
                const char *kind = rows[i].kind == MG_PART_ALTERNATIVE ? "alternative" : "inline-picture";

                g_assert_cmpint(part->action, ==, MG_ACTION_REMOVE);
                g_assert_cmpint(part->listed, ==, rows[i].listed);
                g_assert_cmpstr(part->rule, ==, rows[i].listed ? "text-only" : kind);
        }
}

/* What a reader is told: by the octets and the worst name, the gravest first; what a sender claims changes nothing. */
static void test_reasons(void) {
        static const struct {
                guint kind, flags;
                const char *claimed, *found, *name, *other;
                MgTextId why;
        } rows[] = {
                {MG_PART_ATTACHMENT, 0, "", "application/pdf", "a.pdf", NULL, MG_TEXT_why_file},
                {MG_PART_ATTACHMENT, 0, "", "", "", NULL, MG_TEXT_why_file},
                {MG_PART_ATTACHMENT, 0, "application/pdf", "application/x-dosexec", "a.pdf", NULL, MG_TEXT_why_program},
                {MG_PART_ATTACHMENT, 0, "", "text/plain", "a.txt", "a.JS. .", MG_TEXT_why_program},
                {MG_PART_ATTACHMENT, 0, "", "text/plain", "a.vbs", "a.txt", MG_TEXT_why_program},
                {MG_PART_ATTACHMENT, MG_PART_ENCRYPTED, "", "application/zip", "a.exe", NULL, MG_TEXT_why_program},
                {MG_PART_ATTACHMENT, MG_PART_ENCRYPTED, "", "application/zip", "a.exe.zip", NULL,
                 MG_TEXT_why_encrypted},
                {MG_PART_ATTACHMENT, 0, "", "application/encrypted", "a.xlsx", NULL, MG_TEXT_why_encrypted},
                {MG_PART_ATTACHMENT, MG_PART_ENCRYPTED, "", "application/pkcs7-mime", "", NULL, MG_TEXT_why_encrypted},
                {MG_PART_ATTACHMENT, 0, "", "application/pkcs7-mime", "smime.p7m", NULL, MG_TEXT_why_signed},
                {MG_PART_ATTACHMENT, 0, "application/pkcs7-mime", "application/zip", "smime.p7m", NULL,
                 MG_TEXT_why_file},
                {MG_PART_ATTACHMENT, 0, "", "application/pkcs7-signature", "smime.p7s", NULL, MG_TEXT_why_signature},
                {MG_PART_ATTACHMENT, 0, "", "application/pgp-signature", "", NULL, MG_TEXT_why_signature},
                {MG_PART_ATTACHMENT, 0, "application/pgp-signature", "application/zip", "", NULL, MG_TEXT_why_file},
                {MG_PART_ATTACHMENT, 0, "message/partial", "text/plain", "", NULL, MG_TEXT_why_partial},
                {MG_PART_ENCODED_TEXT, 0, "", "image/png", "a.png", NULL, MG_TEXT_why_encoded},
                {MG_PART_ENCODED_TEXT, 0, "", "application/x-dosexec", "", NULL, MG_TEXT_why_program},
                {MG_PART_MESSAGE, MG_PART_AMBIGUOUS, "message/rfc822", "message/rfc822", "", NULL, MG_TEXT_why_message},
                {MG_PART_CALENDAR, 0, "text/calendar", "text/calendar", "", NULL, MG_TEXT_why_calendar},
                {MG_PART_ATTACHMENT, MG_PART_AMBIGUOUS, "", "text/plain", "", NULL, MG_TEXT_why_ambiguous},
                {MG_PART_INLINE_PICTURE, 0, "image/png", "application/x-dosexec", "", NULL, MG_TEXT_why_program},
                {4711, 0, "", "", "", NULL, MG_TEXT_why_file},
        };
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                add(reading, rows[i].kind, rows[i].claimed, rows[i].found, rows[i].name);
                MgFacts *facts = g_ptr_array_index(reading->parts, i);

                facts->flags = rows[i].flags;
                if (rows[i].other)
                        g_ptr_array_add(facts->names, g_strdup(rows[i].other));
        }
        decision = mg_decide(policy, &(MgMailFacts){0}, reading);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);

                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_true(part->listed);
                g_assert_cmpint(part->why, ==, rows[i].why);
        }
}

static void test_extensions(void) {
        static const char *const run[] = {"a.exe",     "A.EXE", "a.pdf.exe", "a.scr ",
                                          "a.lnk. . ", ".bat",  "見積.js",   "a.settingcontent-ms"};
        static const char *const rest[] = {"",       ".",  "exe", "a.exe.zip", "a.ex",
                                           "a.exee", "a.", "...", "a.pdf",     "a. exe"};

        for (gsize i = 0; i < G_N_ELEMENTS(run); i++)
                g_assert_true(mg_extension_runs(run[i]));
        for (gsize i = 0; i < G_N_ELEMENTS(rest); i++)
                g_assert_false(mg_extension_runs(rest[i]));
}

static void test_failures(void) {
        g_autoptr(MgPolicy) policy = mg_policy_new();

        for (guint failure = MG_FAILURE_LIMIT; failure < _MG_FAILURE_N; failure++) {
                g_autoptr(MgReading) reading = mg_reading_new();
                g_autoptr(MgDecision) decision = NULL;

                reading->failure = failure;
                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                        add(reading, cases[i].kind, "", "text/plain", "x");
                decision = mg_decide(policy, &(MgMailFacts){0}, reading);
                g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_FAILED);
                for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                        g_assert_cmpint(g_array_index(decision->parts, MgPartDecision, i).action, ==, MG_ACTION_REMOVE);
        }
}

static void test_empty(void) {
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = mg_decide(policy, &(MgMailFacts){0}, reading);

        g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_CONVERTED);
        g_assert_cmpuint(decision->parts->len, ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/decide/kinds", test_kinds);
        g_test_add_func("/decide/unlisted", test_unlisted);
        g_test_add_func("/decide/reasons", test_reasons);
        g_test_add_func("/decide/C4-extensions", test_extensions);
        g_test_add_func("/decide/failures", test_failures);
        g_test_add_func("/decide/empty", test_empty);
        return g_test_run();
}
