/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and figures as they are printed. */
#include "cli/findings.h"

#include <jansson.h>
#include <string.h>

#include "cli/postfix_run.h"

static void test_text(void) {
        g_autoptr(GArray) findings = mg_findings_new();
        g_autofree char *none = mg_findings_text(findings);

        g_assert_cmpstr(none, ==, "0 errors, 0 warnings, 0 notes\n");
        mg_findings_add(findings, "a.note", MG_SEVERITY_NOTE, NULL, "日本語", "English", NULL);
        g_assert_false(mg_findings_unsafe(findings));
        mg_findings_add(findings, "a.error", MG_SEVERITY_ERROR, "main.cf", "日本語\x1b[2J", "line\nbreak \xff",
                        "x = y");
        g_assert_true(mg_findings_unsafe(findings));
        g_autofree char *text = mg_findings_text(findings);
        /* A terminal obeys nothing of it. */
        g_assert_cmpstr(text, ==,
                        "note a.note\n    日本語\n    English\n"
                        "error a.error: main.cf\n    日本語 [2J\n    line break \xef\xbf\xbd\n    -> x = y\n"
                        "1 errors, 0 warnings, 1 notes\n");
        g_assert_cmpstr(mg_findings_get(findings, "a.error")->mend, ==, "x = y");
        g_assert_null(mg_findings_get(findings, "a.warning"));
}

static void test_warning_is_unsafe(void) {
        g_autoptr(GArray) findings = mg_findings_new();

        mg_findings_add(findings, "a.warning", MG_SEVERITY_WARNING, NULL, NULL, NULL, NULL);
        g_assert_true(mg_findings_unsafe(findings));
}

static void test_json(void) {
        g_autoptr(GArray) findings = mg_findings_new();

        mg_findings_add(findings, "a.error", MG_SEVERITY_ERROR, "s", "日本語", "\xff", "m");
        g_autofree char *text = mg_findings_json(findings);
        json_t *root = json_loads(text, 0, NULL);
        g_assert_nonnull(root);
        g_assert_true(json_is_true(json_object_get(root, "unsafe")));
        const json_t *list = json_object_get(root, "findings");
        g_assert_cmpuint(json_array_size(list), ==, 1);
        const json_t *finding = json_array_get(list, 0);
        static const char *const want[][2] = {{"id", "a.error"}, {"severity", "error"},  {"subject", "s"},
                                              {"ja", "日本語"},  {"en", "\xef\xbf\xbd"}, {"mend", "m"}};
        for (guint i = 0; i < G_N_ELEMENTS(want); i++)
                g_assert_cmpstr(json_string_value(json_object_get(finding, want[i][0])), ==, want[i][1]);
        json_decref(root);
}

static void test_ehlo(void) {
        static const struct {
                const char *reply;
                gboolean has;
        } cases[] = {
                {"250-mail.example.jp\r\n250-SIZE 1\r\n250 SMTPUTF8\r\n", TRUE},
                {"250-mail.example.jp\r\n250-smtputf8\r\n250 DSN\r\n", TRUE},
                {"250-mail.example.jp\n250 8BITMIME\n", FALSE},
                {"250 SMTPUTF8.example.jp\r\n", FALSE},
                {"250-X SMTPUTF8\r\n250 OK\r\n", FALSE},
                {"502 5.5.2 SMTPUTF8\r\n", FALSE},
                {"250\r\n", FALSE},
                {"", FALSE},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
                g_assert_cmpint(mg_postfix_ehlo_has_smtputf8(cases[i].reply), ==, cases[i].has);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/findings/text", test_text);
        g_test_add_func("/cli/findings/warning", test_warning_is_unsafe);
        g_test_add_func("/cli/findings/json", test_json);
        g_test_add_func("/cli/postfix/ehlo", test_ehlo);
        return g_test_run();
}
