/* SPDX-License-Identifier: Apache-2.0 */
/* Where results of sanitize go, and what is written. */
#include "cli/sanitize.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

static void test_names(void) {
        static const struct {
                const char *inputs[3];
                const char *folder;
                const char *message; /* of the last item */
                const char *report;
        } cases[] = {
                {{NULL}, NULL, NULL, NULL},
                {{"-", NULL}, NULL, NULL, NULL},
                {{"a.eml", NULL}, NULL, NULL, NULL},
                {{NULL}, "out", "out/stdin.eml", "out/stdin.json"},
                {{"-", NULL}, "out", "out/stdin.eml", "out/stdin.json"},
                {{"in/a.eml", "in/b", NULL}, "out", "out/b.eml", "out/b.json"},
                {{"in/a.EML", NULL}, "out", "out/a.eml", "out/a.json"},
                {{".eml", NULL}, "out", "out/.eml.eml", "out/.eml.json"},
                {{"メール.eml", NULL}, "out", "out/メール.eml", "out/メール.json"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(GPtrArray) items = mg_sanitize_plan((char **)cases[i].inputs, cases[i].folder, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(items->len, ==, MAX(g_strv_length((char **)cases[i].inputs), 1));
                const MgSanitizeItem *item = items->pdata[items->len - 1];
                g_assert_cmpstr(item->message, ==, cases[i].message);
                g_assert_cmpstr(item->report, ==, cases[i].report);
        }
}

static void test_refused(void) {
        static const struct {
                const char *inputs[3];
                const char *folder;
        } cases[] = {
                {{"a", "b", NULL}, NULL},
                {{"x/a.eml", "y/a.eml", NULL}, "out"},
                {{"x/a.eml", "a", NULL}, "out"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                g_assert_null(mg_sanitize_plan((char **)cases[i].inputs, cases[i].folder, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        }
}

/* The original of a run must survive the run, --force or not. */
static void test_over_itself(void) {
        g_autofree char *folder = g_dir_make_tmp("test-cli-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "a.eml", NULL);
        g_autoptr(GError) error = NULL;
        const char *inputs[] = {path, NULL};

        g_assert_true(g_file_set_contents(path, "Subject: x\n\n", -1, NULL));
        g_assert_null(mg_sanitize_plan((char **)inputs, folder, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        g_remove(path);
        g_rmdir(folder);
}

static void test_message(void) {
        static const char message[] =
                "From: a@example.jp\r\nSubject: =?utf-8?B?44GC?=\r\n =?utf-8?B?44GE?=\r\n\r\none\r\ntwo\r\n";
        g_autoptr(GBytes) bytes = g_bytes_new_static(message, strlen(message));
        MgGrammarView view = {.message = bytes};
        const MgGrammarField fields[] = {
                {"From", message + 6, 12},
                {"Subject", message + 29, strlen("=?utf-8?B?44GC?=\r\n =?utf-8?B?44GE?=")},
        };

        view.fields = g_array_new(FALSE, FALSE, sizeof(MgGrammarField));
        g_array_append_vals(view.fields, fields, G_N_ELEMENTS(fields));
        view.body = strstr(message, "one");
        view.body_size = strlen(view.body);
        g_autoptr(GString) wire = mg_sanitize_message(&view, TRUE);
        g_autoptr(GString) file = mg_sanitize_message(&view, FALSE);
        g_assert_cmpstr(wire->str, ==, message);
        g_auto(GStrv) lines = g_strsplit(message, "\r\n", -1);
        g_autofree char *want = g_strjoinv("\n", lines);
        g_assert_cmpstr(file->str, ==, want);
        g_array_unref(view.fields);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/plan/names", test_names);
        g_test_add_func("/cli/plan/refused", test_refused);
        g_test_add_func("/cli/plan/over-itself", test_over_itself);
        g_test_add_func("/cli/plan/message", test_message);
        return g_test_run();
}
