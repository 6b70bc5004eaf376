/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people write them. */
#include "base/error.h"
#include "cli/cli.h"

#include <stdlib.h>

/* 2026-11-20 12:00:00 in Japan. */
#define NOW G_GINT64_CONSTANT(1795143600)

static void test_time(void) {
        static const struct {
                const char *text;
                gint64 time; /* -1: no time */
        } cases[] = {
                {"2026-11-20", 1795100400},
                {"2026-11-20 12:00", NOW},
                {"2026-11-20T12:00:05", NOW + 5},
                {"30s", NOW - 30},
                {"30m", NOW - 1800},
                {"2h", NOW - 7200},
                {"3d", NOW - 259200},
                {"1w", NOW - 604800},
                {"999999999w", 0},
                {"@1795143600", NOW},
                {"@0", 0},
                {"", -1},
                {"@", -1},
                {"@-1", -1},
                {"@1x", -1},
                {"h", -1},
                {"2", -1},
                {"2y", -1},
                {"-2h", -1},
                {"9999999999h", -1},
                {"2026-11-31", -1},
                {"2026-13-01", -1},
                {"2026-11-20 25:00", -1},
                {"2026-11-20 12", -1},
                {"2026-11-20 12:00:", -1},
                {"2026-11-20 12:00 ", -1},
                {"2026/11/20", -1},
                {"20261120", -1},
                {"yesterday", -1},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                gint64 time = -1;
                gboolean good = mg_cli_time(cases[i].text, NOW, &time, &error);
                if (good != (cases[i].time >= 0) || (good && time != cases[i].time))
                        g_test_message("%s: %" G_GINT64_FORMAT, cases[i].text, time);
                g_assert_cmpint(good, ==, cases[i].time >= 0);
                if (good)
                        g_assert_cmpint(time, ==, cases[i].time);
                else
                        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        }
}

int main(int argc, char **argv) {
        g_setenv("TZ", "JST-9", TRUE);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/common/time", test_time);
        return g_test_run();
}
