/* SPDX-License-Identifier: Apache-2.0 */
/* Days as people, forms and spreadsheets write them. */
#include "base/day.h"

static void test_days(void) {
        static const struct {
                const char *typed;
                gint64 begin, end;
        } good[] = {{"2026-11-26", 1795651200, 1795737600},
                    {"２０２６／１１／２６", 1795651200, 1795737600},
                    {" 2026/11/26 ", 1795651200, 1795737600},
                    {"2026/1/5", 1767571200, 1767657600},
                    {"", 0, 0}};
        static const char *const bad[] = {"2026-11", "2026-13-01", "2026-11-26x", "today", "1969-01-01", "2026-02-30"};
        gint64 time;

        for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
                g_assert_true(mg_day_read(good[i].typed, FALSE, &time));
                g_assert_cmpint(time, ==, good[i].begin);
                g_assert_true(mg_day_read(good[i].typed, TRUE, &time));
                g_assert_cmpint(time, ==, good[i].end);
        }
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_false(mg_day_read(bad[i], FALSE, &time));
}

int main(int argc, char **argv) {
        g_setenv("TZ", "UTC", TRUE);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/base/day", test_days);
        return g_test_run();
}
