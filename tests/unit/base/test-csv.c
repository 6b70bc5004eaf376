/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as spreadsheets write them. */
#include "base/csv.h"

#include <string.h>

#include "base/error.h"

/* "LINE:field|field;LINE:..." of the rows. */
static char *rows_text(const GPtrArray *rows) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < rows->len; i++) {
                const MgCsvRow *row = g_ptr_array_index(rows, i);

                g_string_append_printf(text, "%s%u:", i > 0 ? ";" : "", row->line);
                for (guint j = 0; j < row->fields->len; j++)
                        g_string_append_printf(text, "%s%s", j > 0 ? "|" : "",
                                               (char *)g_ptr_array_index(row->fields, j));
        }
        return g_string_free(text, FALSE);
}

static void test_rows(void) {
        static const struct {
                const char *data, *rows;
        } cases[] = {
                {"", ""},
                {"\n\r\n,,\n", ""},
                {"a", "1:a"},
                {"a,b\nc,d\n", "1:a|b;2:c|d"},
                {"a,b\r\nc,d\r\n", "1:a|b;2:c|d"},
                {"\xEF\xBB\xBF"
                 "a,b\r\n",
                 "1:a|b"},
                {"\xEF\xBB\xBF", ""},
                {"a,,\n,b,\n", "1:a||;2:|b|"},
                {" a ,\t b\n　花子　,　\n", "1:a|b;2:花子|"},
                {"\"a,b\",\"c \"\"d\"\"\"\n", "1:a,b|c \"d\""},
                {"\"a\nb\",c\nd,e\n", "1:a\nb|c;3:d|e"},
                {"a\n\n\nb\n", "1:a;4:b"},
                {"\"\",\"\"\nx,\"\"\n", "2:x|"},
                {"a\rb\n", "1:a\rb"},
                {"\x8E\x52\x93\x63,\x91\xBE\x98\x59\r\n", "1:山田|太郎"},
                {"\x87\x40\xFB\xFC\n", "1:①髙"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(GPtrArray) rows = NULL;
                g_autofree char *text = NULL;

                rows = mg_csv_read(cases[i].data, strlen(cases[i].data), &error);
                g_assert_no_error(error);
                text = rows_text(rows);
                g_assert_cmpstr(text, ==, cases[i].rows);
        }
}

static void test_faults(void) {
        static const struct {
                const char *data;
                gsize n;
                const char *text;
        } cases[] = {
                {"a\n\"b\nc\n", 0, "2: a quoted field has no end"},
                {"a\n\"b\"c\n", 0, "2: a quoted field is followed by"},
                {"a\nb\"c\"\n", 0, "2: a quote stands within"},
                {"a\nb\n\xFF\xFF\n", 0, "3: the text is neither"},
                {"\xFF\xFE"
                 "a",
                 0, "1: the file is UTF-16"},
                {"a\nb\0c", 5, "2: there is an octet 0"},
        };
        g_autofree char *wide = g_strnfill(MG_CSV_FIELDS, ',');
        g_autoptr(GError) error = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) fault = NULL;
                gsize n = cases[i].n > 0 ? cases[i].n : strlen(cases[i].data);

                g_assert_null(mg_csv_read(cases[i].data, n, &fault));
                g_assert_error(fault, MG_ERROR, MG_ERROR_USAGE);
                g_assert_true(g_str_has_prefix(fault->message, cases[i].text));
        }
        g_assert_null(mg_csv_read(wide, MG_CSV_FIELDS, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
}

/* Whatever the octets, it ends without a fault of memory, and the same twice. */
static void test_noise(void) {
        static const char letters[] = "ab,\"\n\r\t\x81\x40\xE3\x81\x82 ";

        for (guint round = 0; round < 20000; round++) {
                char data[24];
                gsize n = (gsize)g_test_rand_int_range(0, sizeof data);
                g_autoptr(GPtrArray) one = NULL, two = NULL;

                for (gsize i = 0; i < n; i++)
                        data[i] = letters[g_test_rand_int_range(0, sizeof letters - 1)];
                one = mg_csv_read(data, n, NULL);
                two = mg_csv_read(data, n, NULL);
                g_assert_cmpint(one == NULL, ==, two == NULL);
                for (guint i = 0; one && i < one->len; i++) {
                        const MgCsvRow *row = g_ptr_array_index(one, i);

                        for (guint j = 0; j < row->fields->len; j++)
                                g_assert_true(g_utf8_validate(g_ptr_array_index(row->fields, j), -1, NULL));
                }
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/base/csv/rows", test_rows);
        g_test_add_func("/base/csv/faults", test_faults);
        g_test_add_func("/base/csv/noise", test_noise);
        return g_test_run();
}
