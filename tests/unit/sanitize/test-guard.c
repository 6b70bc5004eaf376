/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds on raw headers: each is kept at its bound and exceeded one above it. */

#include "../used.h"
#include "mails.h"
#include "sanitize/guard.h"
#include "sanitize/identify.h"

/* head, count times unit, tail. */
typedef struct Row {
        const char *limit; /* that is exceeded, or NULL */
        const char *head;
        const char *unit;
        guint count;
        const char *tail;
        guint64 value;
} Row;

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const Row rows[] = {
        {NULL, "", "X: a\n", 999, "Subject: s\n\nbody\n", 0},
        {"header_fields", "", "X: a\n", 1000, "Subject: s\n\nbody\n", 1001},
        {NULL, "Subject: s\nX: ", "a", 60000, "\n\nbody\n", 0},
        {"field_bytes", "Subject: s\nX: ", "a", 70000, "\n\nbody\n", 70005},
        {"field_bytes", "Subject: s\nX: a\n", "\tfolded line\n", 6000, "\nbody\n", 0},
        {"header_bytes", "",
         "X-Long: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "\n", 999,
         "\nbody\n", 0},
        {NULL, "Content-Type: text/plain", "; a=b", 100, "\n\nbody\n", 0},
        {"parameters", "Content-Type: text/plain", "; a=b", 101, "\n\nbody\n", 101},
        {"parameters", "CONTENT-TYPE : text/plain", ";\n a=b", 101, "\n\nbody\n", 101},
        {"parameters", "Content-Disposition: attachment", "; a=b", 500, "\n\nbody\n", 500},
        {NULL, "Content-Type: text/plain; name=\"", "; a=b", 200, "\"\n\nbody\n", 0},
        {NULL, "Content-Type: text/plain; ", "p", 60, "=x\n\nbody\n", 0},
        {"parameter_name", "Content-Type: text/plain; ", "p", 61, "=x\n\nbody\n", 61},
        {"parameter_name", "Content-Type: multipart/mixed; ", "\xD1\x9D", 40, "=x; boundary=X\n\nbody\n", 80},
        {NULL, "To: ", "a:", 100, "\n\nbody\n", 0},
        {"group_depth", "To: ", "a:", 101, "\n\nbody\n", 101},
        {"group_depth", "Resent-Sender: ", "a:", 3000, "\n\nbody\n", 3000},
        {"parameters", "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/plain", "; a=b", 101,
         "\n\nx\n--X--\n", 101},
        {"header_fields", "Content-Type: message/rfc822\n\n", "X: a\n", 1001, "\nx\n", 1001},
        {"group_depth", "Content-Type: message/rfc822\n\nFrom: ", "a:", 200, "\n\nx\n", 200},
};

static void test_rows(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                const Row *row = &rows[i];
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_autoptr(GString) mail = g_string_new(row->head);
                for (guint k = 0; k < row->count; k++)
                        g_string_append(mail, row->unit);
                g_string_append(mail, row->tail);
                g_autoptr(MgReading) reading = read_mail(mail->str);
                g_assert_cmpstr(reading->failure_limit, ==, row->limit != NULL ? row->limit : "");
                g_assert_cmpint(reading->failure, ==, row->limit != NULL ? MG_FAILURE_LIMIT : MG_FAILURE_NONE);
                if (row->limit == NULL)
                        continue;
                g_assert_cmpuint(reading->failure_value, >, reading->failure_bound);
                if (row->value > 0)
                        g_assert_cmpuint(reading->failure_value, ==, row->value);
                g_assert_cmpuint(g_bytes_get_size(reading->body), ==, 0);
        }
}

/* What an administrator sees of a refused mail. */
static void test_header_is_read(void) {
        g_autoptr(GString) mail = g_string_new("Subject: too much\nFrom: a@example.org\nTo: ");
        for (guint i = 0; i < 200; i++)
                g_string_append(mail, "a:");
        g_string_append(mail, "\n\nbody\n");
        g_autoptr(MgReading) reading = read_mail(mail->str);
        g_assert_cmpstr(reading->failure_limit, ==, "group_depth");
        g_assert_cmpstr(mg_reading_value(reading, MG_FIELD_SUBJECT)->text, ==, "too much");
        g_assert_cmpstr(mg_reading_value(reading, MG_FIELD_FROM)->address, ==, "a@example.org");
}

static void test_mail_size(void) {
        MgLimits limits = mg_limits_default;
        limits.mail_size = 20;
        g_autoptr(MgReading) reading = read_octets("Subject: s\r\n\r\nbody.\r\n", 21, &limits);
        g_assert_cmpstr(reading->failure_limit, ==, "mail_size");
        g_assert_cmpuint(reading->failure_value, ==, 21);
        g_assert_cmpuint(reading->failure_bound, ==, 20);
}

/* The first bound that is exceeded stays, but the two that refuse a mail at SMTP time come first. */
static void test_first_stays(void) {
        g_autoptr(MgReading) reading = mg_reading_new();
        g_assert_false(mg_guard_exceeded(reading, "parts", 5, 4));
        g_assert_false(mg_guard_exceeded(reading, "nesting", 9, 8));
        g_assert_cmpstr(reading->failure_limit, ==, "parts");
        g_assert_cmpuint(reading->failure_value, ==, 5);
}

/*
 * Blank lines are what libmagic's expressions for text are slowest on (D13). Processor time, since the machine has
 * others to serve: 0.5 s here, 2.1 s without the bound.
 */
static void test_identify_blank_lines(void) {
        const guint times = 10;
        const gsize n = 16384;
        g_autofree char *lines = g_malloc(n);
        for (gsize i = 0; i < n; i++)
                lines[i] = i % 2 == 0 ? '\n' : '\t';
        gint64 begin = used_time();
        for (guint i = 0; i < times; i++) {
                g_autofree char *type = mg_identify(lines, n);
                g_assert_cmpstr(type, ==, "text/plain");
        }
        double took = (double)(used_time() - begin) / G_USEC_PER_SEC;
        g_test_message("%u times %" G_GSIZE_FORMAT " octets: %.2f s", times, n, took);
        g_assert_cmpfloat(took, <, 1.3);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/guard/rows", test_rows);
        g_test_add_func("/guard/header-is-read", test_header_is_read);
        g_test_add_func("/guard/mail-size", test_mail_size);
        g_test_add_func("/guard/first-stays", test_first_stays);
        g_test_add_func("/guard/identify-blank-lines-D13", test_identify_blank_lines);
        return g_test_run();
}
