/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and duties as people write them on the command line. */
#include "cli/user.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/people_table.h"

/* The last day counts whole, also where a clock is turned on it. */
static void test_until(void) {
        static const struct {
                const char *zone, *text;
                gint64 until;
                const char *day;
        } cases[] = {
                {"Asia/Tokyo", "2027-03-31", 1806505200, "2027-03-31"},
                {"UTC", "2027-03-31", 1806537600, "2027-03-31"},
                {"Europe/Berlin", "2027-03-28", 1806271200, "2027-03-28"},
                {"UTC", "@1806537600", 1806537600, "2027-03-31"},
                {"UTC", "", 0, NULL},
                {"UTC", "never", 0, NULL},
        };
        static const char *const wrong[] = {"2027-02-30", "31.3.2027", "soon", "2027-3-31"};
        gint64 until;

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *day = NULL;

                g_setenv("TZ", cases[i].zone, TRUE);
                tzset();
                mg_user_until(cases[i].text, &until, &error);
                g_assert_no_error(error);
                g_assert_cmpint(until, ==, cases[i].until);
                day = until != 0 ? mg_user_day(until) : NULL;
                g_assert_cmpstr(day, ==, cases[i].day);
        }
        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) error = NULL;

                g_assert_false(mg_user_until(wrong[i], &until, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        }
}

static void test_duties(void) {
        static const struct {
                const char *text;
                guint32 duties;
        } cases[] = {{"", 0},
                     {"staff", MG_DUTY_STAFF},
                     {"staff approver", MG_DUTY_STAFF | MG_DUTY_APPROVER},
                     {"staff,approver+officer", MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER},
                     {"職員　承認者", MG_DUTY_STAFF | MG_DUTY_APPROVER},
                     {" 監査人  管理者 ", MG_DUTY_AUDITOR | MG_DUTY_ADMINISTRATOR},
                     {"セキュリティ責任者", MG_DUTY_OFFICER}};
        g_autoptr(GError) error = NULL;
        guint32 duties;

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_assert_true(mg_people_duties(cases[i].text, &duties, NULL));
                g_assert_cmpuint(duties, ==, cases[i].duties);
        }
        g_assert_false(mg_people_duties("staff boss", &duties, &error));
        g_assert_nonnull(strstr(error->message, "\"boss\" is no duty"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/user/until", test_until);
        g_test_add_func("/cli/user/duties", test_duties);
        return g_test_run();
}
