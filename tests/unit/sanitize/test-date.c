/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date: forms of a Date that are read, and those that are absurd
 */
#include <string.h>

#include "sanitize/header.h"

static void test_dates(void) {
        static const struct {
                const char *value;
                gint64 time;
                gint32 zone;
        } rows[] = {
                {"Mon, 01 Jan 2024 12:34:56 +0900", 1704080096, 540},
                {"1 Jan 2024 12:34 +0900", 1704080040, 540},
                {" Mon,  1 Jan 2024 12:34:56 +0900 (JST)\r\n", 1704080096, 540},
                {"Mon, 01 Jan 2024 12:34:56 JST", 1704080096, 540},
                {"Mon, 01 Jan 24 03:34:56 GMT", 1704080096, 0},
                {"Mon, 01 Jan 2024 03:34:56 UT", 1704080096, 0},
                {"Mon, 01 Jan 2024 03:34:56 -0000", 1704080096, 0},
                {"Mon, 01 Jan 2024 03:34:56", 1704080096, 0},
                {"Mon, 01 Jan 2024 03:34:56 X", 1704080096, 0},
                {"Sun, 31 Dec 2023 22:34:56 EST", 1704080096, -300},
                {"Sun, 31 Dec 2023 19:34:56 -0800", 1704080096, -480},
                {"Mon, 01 Jan 2024 12:34:56 GMT+0900", 1704080096, 540},
                {"Mon, 01 Jan 2024 12:34:56 +09:00", 1704080096, 540},
                {"Mon, 01 Jan 2024 12.34.56 +0900", 1704080096, 540},
                {"Mon, 1 January 2024 12:34:56 +0900", 1704080096, 540},
                {"Monday, 01-Jan-2024 12:34:56 +0900", 1704080096, 540},
                {"Mon Jan  1 03:34:56 2024", 1704080096, 0},
                {"Mon Jan  1 12:34:56 JST 2024", 1704080096, 540},
                {"(a (b) c) Mon (x), 1 (y) Jan 2024 (z) 12:34:56 (w) +0900", 1704080096, 540},
                {"2024-01-01T12:34:56+09:00", 1704080096, 540},
                {"2024-01-01 03:34:56.789Z", 1704080096, 0},
                {"Mon, 01 Jan 2024 03:34:56.789 0000", 1704080096, 0},
                {"Fri, 31 Dec 99 23:59:60 +0000", 946684800, 0},
                {"Fri, 31 Dec 099 23:59:60 +0000", 946684800, 0},
                {"Thu, 29 Feb 2024 00:00:00 +0000", 1709164800, 0},
                {"Tue, 29 Feb 2000 00:00:00 +0000", 951782400, 0},
                {"Mon, 01 Jan 1990 00:00:00 +0000", 631152000, 0},
                {"\xE6\x9C\x88, 01 Jan 2024 03:34:56 +0000", 1704080096, 0},
                {"Mon, 01 Jan 2024 00:00:00 +2359", 1703980860, 1439},
                {"Fri, 31 Dec 9999 23:59:59 +0000", G_GINT64_CONSTANT(253402300799), 0},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                gint64 time = 0;
                gint32 zone = 0;
                g_test_message("%s", rows[i].value);
                g_assert_true(mg_header_date(rows[i].value, strlen(rows[i].value), &time, &zone));
                g_assert_cmpint(time, ==, rows[i].time);
                g_assert_cmpint(zone, ==, rows[i].zone);
        }
}

static void test_absurd(void) {
        static const char *const rows[] = {
                "",
                "yesterday",
                "Mon, 01 Jan 1989 00:00:00 +0000",
                "Mon, 01 Jan 2024",
                "Mon, 32 Jan 2024 00:00:00 +0000",
                "Mon, 29 Feb 2023 00:00:00 +0000",
                "Mon, 29 Feb 2100 00:00:00 +0000",
                "Mon, 00 Jan 2024 00:00:00 +0000",
                "Mon, 01 Foo 2024 00:00:00 +0000",
                "Mon, 01 Jan 2024 24:00:00 +0000",
                "Mon, 01 Jan 2024 00:60:00 +0000",
                "Mon, 01 Jan 2024 00:00:61 +0000",
                "Mon, 01 Jan 2024 00:00:00 +2400",
                "Mon, 01 Jan 2024 00:00:00 +0960",
                "Mon, 01 Jan 2024 00:00:00 +09000",
                "Mon, 01 Jan 20244 00:00:00 +0000",
                "Mon, 01 Jan 99999999999999999999 00:00:00 +0000",
                "Fri, 31 Dec 9999 23:59:59 -0100",
                "(Mon, 01 Jan 2024 00:00:00 +0000",
                "12:34:56",
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                gint64 time = 0;
                gint32 zone = 0;
                g_test_message("%s", rows[i]);
                g_assert_false(mg_header_date(rows[i], strlen(rows[i]), &time, &zone));
        }
}

static void test_hostile(void) {
        static const char *const units[] = {"(", "()", "1", "+", ":", "1:", "Jan ", "\xFF", "-1", "1-1-"};
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) value = g_string_new(NULL);
                while (value->len < 1 << 20)
                        g_string_append(value, units[i]);
                gint64 time = 0;
                gint32 zone = 0;
                g_assert_false(mg_header_date(value->str, value->len, &time, &zone));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/date/dates", test_dates);
        g_test_add_func("/date/absurd", test_absurd);
        g_test_add_func("/date/hostile", test_hostile);
        return g_test_run();
}
