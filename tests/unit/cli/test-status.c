/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What status prints of figures, and what it and check say of them: requests that wait for a locked key, and none
 * where nothing waits or not yet long.
 */
#include "cli/status.h"

#include <jansson.h>
#include <string.h>

#include "base/control.h"
#include "cli/status_watch.h"

static GArray *figures(void) {
        GArray *all = mg_figures_new();

        mg_figures_add(all, "mugaid", "uptime_s", 90061);
        mg_figures_add(all, "mugaid", "up_store", 1);
        mg_figures_add(all, "mugaid", "pid_store", 4711);
        mg_figures_add(all, "mugaid", "restarts_store", 2);
        mg_figures_add(all, "mugaid", "up_milter", 0);
        mg_figures_add(all, "store", "converted", 12);
        mg_figures_add(all, "store", "object_bytes", 20480);
        mg_figures_add(all, "mugaid", "answered_store", 1);
        mg_figures_add(all, "store", "organization_mails:city", 3);
        mg_figures_add(all, "milter", "mail_le_500", 4);
        return all;
}

static void test_text(void) {
        g_autoptr(GArray) all = figures(), none = mg_findings_new();
        g_autofree char *text = mg_status_text(all, NULL, none);
        static const char *const lines[] = {"store        yes        4711         2\n", "milter       NO ",
                                            "1d 01:01:01\n", " 20 KB\n", "\nstore\n  converted "};

        for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
                if (strstr(text, lines[i]) == NULL)
                        g_test_message("%s", text);
                g_assert_nonnull(strstr(text, lines[i]));
        }
        g_assert_null(strstr(text, "pid store"));
        g_assert_null(strstr(text, "answered"));
        g_assert_null(strstr(text, "city"));
        g_assert_null(strstr(text, "mail le"));
}

/* A role that the figures do not speak of counts as nothing. */
static void test_line(void) {
        g_autoptr(GArray) all = figures();
        g_autofree char *line = NULL;

        mg_figures_add(all, "milter", "converted", 7);
        mg_figures_add(all, "store", "free_bytes", 12345);
        line = mg_status_line(all);
        g_assert_cmpstr(
                line, ==,
                "up=1/2 mails_now=0 converted=7 failed=0 held=0 deferred=0 refused=0 workers=0 waiting=0 objects=0 "
                "free_bytes=12345 requests=0 for_key=0");
}

static void test_json(void) {
        g_autoptr(GArray) all = figures(), none = mg_findings_new();
        g_autofree char *text = mg_status_json(all, NULL, none);
        json_t *root = json_loads(text, 0, NULL);

        g_assert_nonnull(root);
        g_assert_cmpint(json_integer_value(json_object_get(json_object_get(root, "store"), "converted")), ==, 12);
        g_assert_cmpint(json_integer_value(json_object_get(json_object_get(root, "mugaid"), "pid_store")), ==, 4711);
        json_decref(root);
}

static GArray *figures_of(gint64 waiting, gint64 seconds) {
        GArray *figures = mg_figures_new();

        mg_figures_add(figures, "mugaid", "up_release", 1);
        mg_figures_add(figures, "store", "requests_approved_s", seconds);
        mg_figures_add(figures, "release", "waiting_for_key", waiting);
        return figures;
}

/* The default is four hours. */
static void test_key_alarm(void) {
        static const struct {
                gint64 waiting, seconds;
                gboolean warns;
        } cases[] = {
                {0, 0, FALSE},
                {0, 100000, FALSE}, /* approved long ago, and waiting for Postfix */
                {1, 4 * 3600 - 1, FALSE},
                {1, 4 * 3600, TRUE},
                {7, 90061, TRUE},
        };
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_config_load(NULL, &error);

        g_assert_no_error(error);
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GArray) figures = figures_of(cases[i].waiting, cases[i].seconds),
                                  findings = mg_findings_new();
                mg_status_check(config, figures, findings);
                g_assert_cmpint(mg_findings_get(findings, "release.key-locked") != NULL, ==, cases[i].warns);
                g_assert_cmpuint(findings->len, ==, cases[i].warns);
        }
}

static void test_said(void) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_config_load(NULL, &error);
        g_autoptr(GArray) figures = figures_of(7, 90061), findings = mg_findings_new(), none = mg_findings_new();

        g_assert_no_error(error);
        mg_status_check(config, figures, findings);
        g_autofree char *quiet = mg_status_text(figures, NULL, none);
        g_autofree char *text = mg_status_text(figures, NULL, findings);
        g_autofree char *json = mg_status_json(figures, NULL, findings);
        g_assert_null(strstr(quiet, "warning"));
        g_assert_nonnull(strstr(text, "7 approved requests wait for a key that is locked; the oldest was approved 1d "
                                      "01:01:01 ago."));
        g_assert_nonnull(strstr(text, "-> mugai key unlock"));
        g_assert_nonnull(strstr(json, "\"id\": \"release.key-locked\""));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/status/text", test_text);
        g_test_add_func("/cli/status/line", test_line);
        g_test_add_func("/cli/status/json", test_json);
        g_test_add_func("/cli/status/key-alarm", test_key_alarm);
        g_test_add_func("/cli/status/said", test_said);
        return g_test_run();
}
