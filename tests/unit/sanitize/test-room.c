/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an honest worker says fits into the memory that it is given and is taken at the border (read_octets() asks
 * both), or names the bound that it exceeds: for mails that have as much of everything as limits let them have.
 */
#include "mails.h"

#define HEAD "From: a@example.jp\r\nSubject: s\r\n"

static void add_times(GString *mail, const char *text, guint n) {
        for (guint i = 0; i < n; i++)
                g_string_append(mail, text);
}

/* What stands before and behind the parts is listed as parts are. */
static void test_regions(void) {
        MgLimits limits = mg_limits_default;

        limits.parts = 6;
        for (guint parts = 1; parts < 7; parts++) {
                g_autoptr(GString) mail =
                        g_string_new(HEAD "Content-Type: multipart/mixed; boundary=X\r\n\r\nContent-\r\n");

                add_times(mail, "--X\r\n\r\na\r\n", parts);
                g_string_append(mail, "--X--\r\nmore\r\n");
                g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);

                if (parts <= 3) {
                        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
                        g_assert_cmpuint(reading->parts->len, ==, parts + 2);
                } else {
                        g_assert_cmpint(reading->failure, ==, MG_FAILURE_LIMIT);
                        g_assert_cmpstr(reading->failure_limit, ==, "parts");
                        g_assert_cmpuint(reading->failure_value, >, limits.parts);
                        g_assert_cmpuint(reading->failure_bound, ==, limits.parts);
                }
        }
}

/* Lines of uuencode that are shorter than they say are filled up: what comes out can be larger than the mail. */
static void test_filled_lines(void) {
        g_autoptr(GString) mail = g_string_new(HEAD "\r\nbegin 644 a\r\n");
        MgLimits limits = mg_limits_default;

        add_times(mail, "M000000000000000000000000000000\r\n", 1600);
        g_string_append(mail, "`\r\nend\r\n");
        limits.mail_size = limits.header_bytes = limits.field_bytes = limits.body = 65536;
        g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);
        const MgFacts *run = reading->parts->pdata[1];

        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_assert_cmpint(run->kind, ==, MG_PART_ENCODED_TEXT);
        g_assert_cmpuint(run->size, ==, limits.mail_size);
        g_assert_cmphex(run->flags & MG_PART_BROKEN_CODING, !=, 0);
}

/* As many parts as may be, with as many names as are kept, as long as may be, in characters of four octets. */
static void test_names(void) {
        g_autoptr(GString) names = g_string_new(NULL), mail = g_string_new(HEAD);
        MgLimits limits = mg_limits_default;

        limits.parts = 100;
        limits.addresses = 10;
        limits.body = 65536;
        limits.archive_listed = 0;
        for (guint i = 0; i <= MG_FACTS_NAMES_MAX; i++) {
                g_string_append_printf(names, ";\r\n filename=\"%02u", i);
                add_times(names, "😀", (guint)limits.name_chars - 2);
                g_string_append_c(names, '"');
        }
        g_string_append(mail, "Content-Type: multipart/mixed; boundary=X\r\n\r\n");
        for (guint i = 0; i < 99; i++)
                g_string_append_printf(mail, "--X\r\nContent-Disposition: attachment%s\r\n\r\na\r\n", names->str);
        g_string_append(mail, "--X--\r\n");
        g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);

        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_assert_cmpuint(((MgFacts *)reading->parts->pdata[98])->names->len, ==, MG_FACTS_NAMES_MAX);
}

static void test_hosts(void) {
        g_autofree char *label = g_strnfill(60, 'x');
        g_autoptr(GString) mail = g_string_new(HEAD "\r\n");
        MgLimits limits = mg_limits_default;

        limits.link_hosts = 10000;
        limits.addresses = 20;
        limits.parts = 100;
        limits.archive_listed = 0;
        for (guint i = 0; i < limits.link_hosts; i++)
                g_string_append_printf(mail, "www.h%05u.%s.%s.%s.%.50s.jp\r\n", i, label, label, label, label);
        limits.body = mail->len;
        g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);

        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_assert_cmpuint(reading->link_hosts->len, ==, limits.link_hosts);
}

/* An octet of a header becomes three: half-width kana. */
static void test_values(void) {
        static const char *const fields[] = {"From", "Reply-To", "To", "Cc"};
        g_autofree char *kana = g_strnfill(9900, '\xb1');
        g_autoptr(GString) mail = g_string_new(NULL);
        MgLimits limits = mg_limits_default;

        limits.text_chars = 10000;
        limits.field_bytes = 1 << 20;
        limits.header_bytes = 16 << 20;
        limits.addresses = limits.parts = 100;
        limits.archive_listed = 0;
        for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
                g_string_append_printf(mail, "%s: a@example.jp", fields[i]);
                for (guint k = 1; k < limits.addresses; k++)
                        g_string_append_printf(mail, ",\r\n =?shift_jis?Q?%s?= <a%u@example.jp>", kana, k);
                g_string_append(mail, "\r\n");
        }
        g_string_append(mail, "\r\na\r\n");
        g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);

        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_assert_cmpuint(reading->values->len, >=, 4 * limits.addresses);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/room/regions", test_regions);
        g_test_add_func("/room/filled-lines", test_filled_lines);
        g_test_add_func("/room/names", test_names);
        g_test_add_func("/room/hosts", test_hosts);
        g_test_add_func("/room/values", test_values);
        return g_test_run();
}
