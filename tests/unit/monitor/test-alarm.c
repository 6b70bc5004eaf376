/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an alarm is said, and which times a clock may not say.
 */
#include "monitor/alarm.h"

#include "monitor/clock.h"

#define HOUR_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

static void hear(const MgAlarmNews *news, gpointer data) {
        GString *heard = data;

        g_string_append_printf(heard, "%s %s %" G_GINT64_FORMAT " %s;", mg_alarm_row(news->alarm)->word,
                               mg_alarm_state_name(news->state), news->since, news->detail);
}

static void test_said(void) {
        g_autoptr(GString) heard = g_string_new(NULL);
        MgAlarms alarms = {.hear = hear, .data = heard};

        mg_alarms_end(&alarms, MG_ALARM_UNSAFE);
        mg_alarms_raise(&alarms, MG_ALARM_UNSAFE, "one", 1, 100);
        mg_alarms_raise(&alarms, MG_ALARM_UNSAFE, "two", HOUR_US, 200);
        mg_alarms_raise(&alarms, MG_ALARM_CLOCK, "set", HOUR_US, 300);
        g_assert_cmpuint(mg_alarms_standing(&alarms), ==, 2);
        mg_alarms_raise(&alarms, MG_ALARM_UNSAFE, "three", HOUR_US + 1, 400);
        mg_alarms_raise(&alarms, MG_ALARM_UNSAFE, "four", HOUR_US + 2, 500);
        mg_alarms_end(&alarms, MG_ALARM_UNSAFE);
        mg_alarms_end(&alarms, MG_ALARM_UNSAFE);
        mg_alarms_raise(&alarms, MG_ALARM_UNSAFE, "five", HOUR_US + 3, 600);
        g_assert_cmpstr(heard->str, ==,
                        "unsafe begins 100 one;clock begins 300 set;unsafe stands 100 three;unsafe ends 100 four;"
                        "unsafe begins 600 five;");
        mg_alarms_clear(&alarms);
}

/* Each says what is wrong and what to do, in both languages. */
static void test_rows(void) {
        for (guint i = 0; i < _MG_ALARM_N; i++) {
                const MgAlarmRow *row = mg_alarm_row(i);

                g_assert_true(row->word && *row->ja && *row->en && *row->do_ja && *row->do_en);
                g_assert_true(g_str_is_ascii(row->en) && g_str_is_ascii(row->do_en));
                g_assert_false(g_str_is_ascii(row->ja) || g_str_is_ascii(row->do_ja));
        }
}

#define SECOND ((gint64)G_USEC_PER_SEC)
#define NOW (1795770000 * SECOND) /* 2026-11-27 */

static void test_clock(void) {
        static const struct {
                MgMoment before, now;
                const char *said;
        } rows[] = {
                {{0, 0}, {NOW, 5 * SECOND}, NULL},
                {{NOW, 5 * SECOND}, {NOW + 60 * SECOND, 65 * SECOND}, NULL},
                /* What slews. */
                {{NOW, 5 * SECOND}, {NOW + 60 * SECOND + SECOND / 2, 65 * SECOND}, NULL},
                {{NOW, 5 * SECOND}, {NOW + 3660 * SECOND, 65 * SECOND}, "the clock was set forward by 3600 s"},
                {{NOW, 5 * SECOND}, {NOW - 3540 * SECOND, 65 * SECOND}, "the clock was set back by 3600 s"},
                {{NOW, 5 * SECOND}, {NOW, 65 * SECOND}, "the clock was set back by 60 s"},
                {{0, 0}, {0, 5 * SECOND}, "the clock says the year 1970, before 2026"},
                {{0, 0}, {1700000000 * SECOND, 5 * SECOND}, "the clock says the year 2023, before 2026"},
                {{0, 0}, {-SECOND, 5 * SECOND}, "the clock says the year 1970, before 2026"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *said = mg_clock_check(&rows[i].before, &rows[i].now);

                g_assert_cmpstr(said, ==, rows[i].said);
        }
        const MgMoment first = mg_moment_now(), second = mg_moment_now();

        g_assert_null(mg_clock_check(&first, &second));
        g_assert_cmpint(second.boot, >=, first.boot);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/alarm/said", test_said);
        g_test_add_func("/alarm/rows", test_rows);
        g_test_add_func("/clock/check", test_clock);
        return g_test_run();
}
