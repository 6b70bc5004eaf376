/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a month: which seconds are in it, and a CSV that no spreadsheet takes for formulas. */
#include "cli/count.h"

#include <string.h>

static void test_month(void) {
        static const char *const wrong[] = {"",        "2026",    "2026-13",  "2026-00", "2026-1", "1999-01",
                                            "2026/11", "20x6-11", "2026-111", "9999-12", "9999-01"};
        gint64 since, until, next, end;

        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
                g_assert_false(mg_count_month(wrong[i], &since, &until));
        g_assert_true(mg_count_month("2026-12", &since, &until));
        g_assert_true(mg_count_month("2027-01", &next, &end));
        g_assert_cmpint(until, ==, next);
        g_assert_cmpint(until - since, ==, 31 * 86400);
        g_assert_true(mg_count_month("2028-02", &since, &until));
        g_assert_cmpint(until - since, ==, 29 * 86400);
        g_assert_true(mg_count_month("9998-12", &since, &until));
        g_assert_cmpint(until - since, ==, 31 * 86400);
}

static void test_csv(void) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_count_row_free);
        static const char *const names[] = {"=1+1", "+1", "-1", "@x", "a \"b\", c", "not text"};
        g_autofree char *csv = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                MgCountRow *row = g_new0(MgCountRow, 1);

                *row = (MgCountRow){g_strdup(""), MG_COUNT_REASON, g_strdup(names[i]), i};
                g_ptr_array_add(rows, row);
        }
        csv = mg_count_csv(rows);
        g_assert_cmpstr(csv, ==,
                        "\xEF\xBB\xBForganization,kind,name,number\r\n"
                        "\"\",\"reason\",\"'=1+1\",0\r\n\"\",\"reason\",\"'+1\",1\r\n\"\",\"reason\",\"'-1\",2\r\n"
                        "\"\",\"reason\",\"'@x\",3\r\n\"\",\"reason\",\"a \"\"b\"\", c\",4\r\n"
                        "\"\",\"reason\",\"not text\",5\r\n");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_setenv("TZ", "UTC", TRUE);
        g_test_add_func("/cli/count/month", test_month);
        g_test_add_func("/cli/count/csv", test_csv);
        return g_test_run();
}
