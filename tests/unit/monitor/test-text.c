/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures as text: one series a source, a '*' as many as there are, what is not in the table left out.
 */
#include <string.h>

#include "base/control.h"
#include "base/histogram.h"
#include "monitor/table.h"
#include "monitor/text.h"

static void test_series(void) {
        g_autoptr(GArray) figures = mg_figures_new();
        g_autofree char *none = mg_text_of_figures(figures);
        g_autofree char *text = NULL;

        g_assert_cmpstr(none, ==, "");
        mg_figures_add(figures, "mugaid", "up_store", 1);
        mg_figures_add(figures, "mugaid", "up_", 7);
        mg_figures_add(figures, "store", "up_store", 8);
        mg_figures_add(figures, "milter", "held", 2);
        mg_figures_add(figures, "mugaid", "up_milter", 0);
        mg_figures_add(figures, "milter", "no_such_figure", 9);
        mg_figures_add(figures, "milter", "converted", 12345678901);
        text = mg_text_of_figures(figures);
        g_assert_cmpstr(text, ==,
                        "# HELP mugai_role_up Whether the role serves, as mugaid sees it.\n"
                        "# TYPE mugai_role_up gauge\n"
                        "mugai_role_up{role=\"store\"} 1\n"
                        "mugai_role_up{role=\"milter\"} 0\n"
                        "# HELP mugai_mails_total Mails by what became of them.\n"
                        "# TYPE mugai_mails_total counter\n"
                        "mugai_mails_total{outcome=\"converted\"} 12345678901\n"
                        "mugai_mails_total{outcome=\"held\"} 2\n");
}

/* Counts come cumulative, in milliseconds; seconds leave. */
static void test_histogram(void) {
        g_autoptr(GArray) figures = mg_figures_new();
        g_autofree char *text = NULL;
        MgHistogram histogram = {0};
        static const char *const wants[] = {
                "# TYPE mugai_mail_duration_seconds histogram\nmugai_mail_duration_seconds_bucket{le=\"0.005\"} 1\n",
                "\nmugai_mail_duration_seconds_bucket{le=\"0.01\"} 1\n",
                "\nmugai_mail_duration_seconds_bucket{le=\"0.025\"} 3\n",
                "\nmugai_mail_duration_seconds_bucket{le=\"90\"} 3\n"
                "mugai_mail_duration_seconds_bucket{le=\"+Inf\"} 4\nmugai_mail_duration_seconds_count 4\n"
                "mugai_mail_duration_seconds_sum 100.041\n",
        };

        mg_histogram_add(&histogram, 5);
        mg_histogram_add(&histogram, 11);
        mg_histogram_add(&histogram, 25);
        mg_histogram_add(&histogram, 100000);
        mg_histogram_figures(&histogram, figures, "milter", "mail");
        text = mg_text_of_figures(figures);
        for (guint i = 0; i < G_N_ELEMENTS(wants); i++) {
                if (!strstr(text, wants[i]))
                        g_test_message("%s in\n%s", wants[i], text);
                g_assert_nonnull(strstr(text, wants[i]));
        }
}

static gboolean is_name(const char *name) {
        return g_str_has_prefix(name, "mugai_") && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

/* What promtool would say, and what it cannot see: each name once, each source of one family alone. */
static void test_table(void) {
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GHashTable) sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

        for (const MgFamily *family = mg_families(); family->name; family++) {
                g_assert_true(is_name(family->name));
                g_assert_true(g_hash_table_add(names, (char *)family->name));
                g_assert_cmpint(g_str_has_suffix(family->name, "_total"), ==, family->kind == MG_COUNTER);
                g_assert_true(g_str_has_suffix(family->help, "."));
                g_assert_null(strpbrk(family->help, "\n\\"));
                g_assert_cmpuint(family->scale, >, 0);
                for (const MgSource *source = family->sources; source->role; source++) {
                        const gboolean many = g_str_has_suffix(source->key, "*");

                        g_assert_true(g_hash_table_add(sources, g_strconcat(source->role, " ", source->key, NULL)));
                        g_assert_cmpint(*source->label != '\0', ==, *family->label != '\0' && !many);
                }
                g_assert_true(*family->label != '\0' || !family->sources[1].role);
        }
        g_assert_cmpuint(g_hash_table_size(names), >, 20);
}

/* "mugai\\_x" as it stands in a page, without the strokes that scdoc wants. */
static char *page(void) {
        g_autofree char *path = g_build_filename(g_getenv("MUGAI_SOURCE"), "packaging/man/mugai-monitor.8.scd", NULL);
        g_autofree char *text = NULL;
        g_auto(GStrv) pieces = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        pieces = g_strsplit(text, "\\", -1);
        return g_strjoinv("", pieces);
}

/* The page has each figure with label, type and sentence, in the order of the table, and no other one. */
static void test_manual(void) {
        static const char *const kinds[_MG_KIND_N] = {"counter", "gauge", "histogram"};
        g_autofree char *text = page();
        const char *at = strstr(text, "\n# FIGURES\n"), *end = strstr(text, "\n# ALARMS\n");
        guint n = 0, said = 0;

        g_assert_true(at && end > at);
        for (const char *entry = strstr(at, "\n*mugai_"); entry && entry < end; entry = strstr(entry + 1, "\n*mugai_"))
                said++;
        for (const MgFamily *family = mg_families(); family->name; family++, n++) {
                g_autofree char *label = *family->label != '\0' ? g_strdup_printf("{%s}", family->label) : g_strdup("");
                g_autofree char *entry =
                        g_strdup_printf("\n*%s*%s\n\t%s: %s\n", family->name, label, kinds[family->kind], family->help);

                at = strstr(at, entry);
                if (!at)
                        g_test_message("the page has not: %s", entry);
                g_assert_nonnull(at);
        }
        g_assert_cmpuint(said, ==, n);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/monitor/text/series", test_series);
        g_test_add_func("/monitor/text/histogram", test_histogram);
        g_test_add_func("/monitor/text/table", test_table);
        g_test_add_func("/monitor/text/manual", test_manual);
        return g_test_run();
}
