/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header: splitting a block, finding fields, and a whole header as a Reading
 */
#include <string.h>

#include "../used.h"
#include "base/reading.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"

static void test_split(void) {
        static const struct {
                const char *mail;
                const char *fields; /* "name:value|..." with the folds as they are */
                gsize body;
                gboolean odd;
        } rows[] = {
                {"A: 1\nB: 2\n\nbody", "A: 1|B: 2", 11, FALSE},
                {"A: 1\r\nB: 2\r\n\r\nbody", "A: 1|B: 2", 14, FALSE},
                {"A:1\n\tx\n  y\nB:\n\n", "A:1\n\tx\n  y|B:", 15, FALSE},
                {"A: 1", "A: 1", 4, FALSE},
                {"A: 1\n", "A: 1", 5, FALSE},
                {"\nbody", "", 1, FALSE},
                {"", "", 0, FALSE},
                /* A6 */
                {"A : 1\nB: 2\n\n", "A: 1|B: 2", 12, TRUE},
                {" fold\nA: 1\n\n", "A: 1", 12, TRUE},
                {"From x@y Mon Jan  1 00:00:00 2024\nA: 1\n\n", "A: 1", 40, TRUE},
                {"A: 1\nno field\n fold of none\nB: 2\n\n", "A: 1|B: 2", 34, TRUE},
                {"A: 1\nX-Script/f \t !\"#$: x\nB: 2\n\n", "A: 1|B: 2", 32, TRUE},
                {"A: 1\n  \nB: 2\n\n", "A: 1\n  |B: 2", 14, TRUE},
                {"A: 1\rB: 2\n\n", "A: 1\rB: 2", 11, TRUE},
                {": 1\nA: 1\n\n", "A: 1", 10, TRUE},
                {"S\xC3\xA9: 1\nA: 1\n\n", "A: 1", 13, TRUE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                gsize body;
                gboolean odd = FALSE;
                g_autoptr(GArray) fields =
                        mg_header_split(rows[i].mail, strlen(rows[i].mail), &mg_limits_default, &body, &odd);
                g_autoptr(GString) print = g_string_new(NULL);
                for (guint k = 0; k < fields->len; k++) {
                        const MgRawField *field = &g_array_index(fields, MgRawField, k);
                        g_string_append(print, k > 0 ? "|" : "");
                        g_string_append_len(print, field->name, (gssize)field->name_n);
                        g_string_append_c(print, ':');
                        g_string_append_len(print, field->value, (gssize)field->value_n);
                        g_assert_true(rows[i].mail + field->offset == field->name);
                }
                g_test_message("%s", rows[i].mail);
                g_assert_cmpstr(print->str, ==, rows[i].fields);
                g_assert_cmpuint(body, ==, rows[i].body);
                g_assert_cmpint(odd, ==, rows[i].odd);
        }
}

static void test_split_nul_and_bound(void) {
        gsize body;
        gboolean odd = FALSE;
        g_autoptr(GArray) nul = mg_header_split("A: 1\0x\nB: 2\n\n", 14, &mg_limits_default, &body, &odd);
        g_assert_true(odd);
        g_assert_cmpuint(nul->len, ==, 2);
        g_assert_cmpuint(body, ==, 13);

        g_autoptr(GString) mail = g_string_new(NULL);
        for (guint i = 0; i < 300000; i++)
                g_string_append(mail, "X: y\n z\n");
        g_string_append(mail, "\nbody");
        odd = FALSE;
        g_autoptr(GArray) many = mg_header_split(mail->str, mail->len, &mg_limits_default, &body, &odd);
        g_assert_cmpuint(many->len, ==, mg_limits_default.header_fields + 1);
        g_assert_cmpuint(body, ==, mail->len - 4);
        const MgRawField *last = &g_array_index(many, MgRawField, many->len - 1);
        g_assert_cmpuint(last->value_n, ==, strlen(" y\n z"));
}

static void test_find(void) {
        static const char mail[] = "Subject: a\nsubject: b\nX: c\n\n";
        gsize body;
        gboolean odd = FALSE;
        guint count;
        g_autoptr(GArray) fields = mg_header_split(mail, strlen(mail), &mg_limits_default, &body, &odd);
        const MgRawField *found = mg_header_find(fields, "SUBJECT", &count);
        g_assert_cmpuint(count, ==, 2);
        g_assert_cmpint(found->value[1], ==, 'a');
        g_assert_null(mg_header_find(fields, "Subjec", &count));
        g_assert_cmpuint(count, ==, 0);
        g_assert_nonnull(mg_header_find(fields, "x", NULL));
}

/* Every value as "Name: text <address>" lines, hops as "hop from by with id time". */
static char *print_reading(const MgReading *reading) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < reading->values->len; i++) {
                const MgValue *value = g_ptr_array_index(reading->values, i);
                g_string_append_printf(out, "%s: %s <%s>\n", mg_field_name(value->id), value->text, value->address);
        }
        for (guint i = 0; i < reading->hops->len; i++) {
                const MgHop *hop = g_ptr_array_index(reading->hops, i);
                g_string_append_printf(out, "hop %s %s %s %s %" G_GINT64_FORMAT "\n", hop->from, hop->by, hop->with,
                                       hop->id, hop->time == MG_TIME_NONE ? -1 : hop->time);
        }
        g_string_append_printf(out, "marks %u", reading->marks);
        return g_string_free(out, FALSE);
}

static MgReading *read_mail(const char *mail, gsize n, const MgLimits *limits) {
        gsize body;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(mail, n, limits, &body, &odd);
        MgReading *reading = mg_reading_new();
        mg_header_read(fields, limits, reading);
        return reading;
}

/* What was read crosses the border: base/reading.c accepts it. */
static void assert_crosses(const MgReading *reading, const MgLimits *limits) {
        g_auto(MgWriter) writer;
        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        g_autoptr(GBytes) bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        MgReader reader;
        mg_reader_init(&reader, bytes);
        g_autoptr(MgReading) back = mg_reading_get(&reader, limits);
        g_autoptr(GError) error = NULL;
        mg_reader_end(&reader, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(back->values->len, ==, reading->values->len);
}

static void test_read(void) {
        static const struct {
                const char *mail, *want;
        } rows[] = {
                {"Received: from a.example ([192.0.2.1] helo=x) by mx.example.jp (Postfix)\r\n"
                 "\twith ESMTPS (TLS) id 4XyZ for <t@x.jp>; Mon, 01 Jan 2024 12:34:56 +0900 (JST)\r\n"
                 "Received: by b.example; garbage\r\n"
                 "Received: from  by 192.0.2.9 with\r\n"
                 "From: =?iso-2022-jp?B?GyRCNEE7ehsoQg==?= <a@x.jp>\r\n"
                 "Sender: s@x.jp\r\nReply-To: r@x.jp\r\nTo: t@x.jp, U <u@x.jp>\r\nCc: c@x.jp\r\n"
                 "Subject: =?utf-8?B?5ryi?=\r\n =?utf-8?B?5a2X?=\r\n"
                 "Message-ID: <id@x.jp>\r\nIn-Reply-To: Your mail <a@x> of today\r\nReferences: <a@x>\r\n <b@x> <c "
                 "d@x>\r\n"
                 "Date: Mon, 01 Jan 2024 12:34:56 +0900\r\n"
                 "Auto-Submitted: auto-replied (vacation); x=y\r\nPrecedence: bulk\r\nList-Id: \"A list\" "
                 "<list.x.jp>\r\n\r\n",
                 "From: 漢字 <a@x.jp>\nSender:  <s@x.jp>\nReply-To:  <r@x.jp>\nTo:  <t@x.jp>\nTo: U <u@x.jp>\nCc:  "
                 "<c@x.jp>\n"
                 "Subject: 漢字 <>\nMessage-ID: id@x.jp <>\nIn-Reply-To: a@x <>\nReferences: a@x <>\nReferences: b@x "
                 "<>\n"
                 "Auto-Submitted: auto-replied <>\nPrecedence: bulk <>\nList-Id: A list <list.x.jp>\n"
                 "hop a.example mx.example.jp ESMTPS 4XyZ 1704080096\nhop  b.example   -1\nhop  192.0.2.9   -1\nmarks "
                 "0"},
                /* A5: the first counts */
                {"From: a@x.jp\nFrom: b@x.jp\nDate: x\nSubject: a\nSubject: b\n\n",
                 "From:  <a@x.jp>\nSubject: a <>\nmarks 5"},
                {"Date: Mon, 01 Jan 2024 12:34:56 +0900\n\n", "marks 8"},
                {"From: x\nDate: Mon, 01 Jan 2024 12:34:56 +0900\n\n", "From: x <>\nmarks 8"},
                /* A2, A3, C1: of class LINE */
                {"From: a@x.jp\nDate: 1 Jan 2024 00:00\nSubject: =?utf-8?Q?a=0D=0ABcc:_x=00=1B[0m=E2=80=AE!?=\n\n",
                 "From:  <a@x.jp>\nSubject: a Bcc: x\xEF\xBF\xBD[0m! <>\nmarks 0"},
                /* ids that do not fit are left out */
                {"From: a@x.jp\nDate: 1 Jan 2024 00:00\nMessage-ID: <a\"b@x>\nIn-Reply-To: id@x other\nReferences: "
                 "<<x@y>\n\n",
                 "From:  <a@x.jp>\nIn-Reply-To: id@x <>\nReferences: x@y <>\nmarks 0"},
                {"From: a@x.jp\nDate: 1 Jan 2024 00:00\nPrecedence: b\xFFlk\nAuto-Submitted:\nList-Id: =?utf-8?Q?a?= "
                 "<b c>\n\n",
                 "From:  <a@x.jp>\nList-Id: a <>\nmarks 0"},
                {"From: a@x.jp\nDate: 1 Jan 2024 00:00\nList-Id: list.x.jp\n\n",
                 "From:  <a@x.jp>\nList-Id:  <list.x.jp>\nmarks 0"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgReading) reading = read_mail(rows[i].mail, strlen(rows[i].mail), &mg_limits_default);
                g_autofree char *got = print_reading(reading);
                g_assert_cmpstr(got, ==, rows[i].want);
                assert_crosses(reading, &mg_limits_default);
        }
}

static void test_read_bounds(void) {
        MgLimits limits = mg_limits_default;
        g_autoptr(GString) mail = g_string_new("References:");
        for (guint i = 0; i < 60; i++)
                g_string_append_printf(mail, " <%u@x>", i);
        g_string_append(mail, "\n");
        for (guint i = 0; i < 250; i++)
                g_string_append(mail, "Received: from a by b; x\n");
        g_string_append(mail, "Subject: ");
        for (guint i = 0; i < 5000; i++)
                g_string_append(mail, "漢");
        g_string_append(mail, "\n\n");
        g_autoptr(MgReading) reading = read_mail(mail->str, mail->len, &limits);
        g_assert_cmpuint(reading->hops->len, ==, limits.hops);
        g_assert_cmpstr(mg_reading_value(reading, MG_FIELD_REFERENCES)->text, ==, "10@x");
        g_assert_cmpuint(reading->values->len, ==, limits.references + 1);
        g_assert_cmpint(g_utf8_strlen(mg_reading_value(reading, MG_FIELD_SUBJECT)->text, -1), ==,
                        (glong)limits.text_chars);
        assert_crosses(reading, &limits);
}

/* Every field of the table with a megabyte of each hostile shape: fast, and what is read crosses. */
static void test_hostile(void) {
        static const char *const names[] = {"From",           "To",      "Subject",  "Message-ID", "References",
                                            "Auto-Submitted", "List-Id", "Received", "Date"};
        static const char *const units[] = {"=?",    "(",     "a:", "<",    "\"", "\x1B", "\x1B$",      "<a@b>",
                                            "from ", "from(", ";",  "a@b ", "\\", ">",    "\r\n \r\n ", "from ( x"};
        MgLimits limits = mg_limits_default;
        limits.field_bytes = 2 << 20;
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                for (gsize k = 0; k < G_N_ELEMENTS(units); k++) {
                        g_autoptr(GString) mail = g_string_new(names[i]);
                        g_string_append(mail, ": ");
                        while (mail->len < 1 << 20)
                                g_string_append(mail, units[k]);
                        gint64 begin = used_time();
                        g_autoptr(MgReading) reading = read_mail(mail->str, mail->len, &limits);
                        gint64 used = used_time() - begin;
                        if (used > 50000)
                                g_test_message("%s: 1 MB of '%s': %d ms", names[i], units[k], (int)(used / 1000));
                        g_assert_cmpint(used, <, 5 * G_USEC_PER_SEC);
                        assert_crosses(reading, &limits);
                }
        }
}

/* Raw octets in the charset of the text, decoded before the syntax is read: a hanzi may end in a backslash. */
static void test_raw_labelled(void) {
        static const struct {
                const char *type, *subject, *from, *want;
        } rows[] = {
                {"text/plain; charset=big5", "\xB7|\xC4\xB3\xB3q\xAA\xBE \xA5\\\xAF\xE0",
                 "\"\xB3\\\xA5\\\" <a@b.example>", "From: 許功 <a@b.example>\nSubject: 會議通知 功能 <>\n"},
                {"text/html; charset=\"gb2312\"", "\xBB\xE1\xD2\xE9\xCD\xA8\xD6\xAA", "\xC0\xEE <a@b.example>",
                 "From: 李 <a@b.example>\nSubject: 会议通知 <>\n"},
                {"text/plain; charset=koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "a@b.example",
                 "From:  <a@b.example>\nSubject: Привет <>\n"},
                /* The label is not borne out: as it was without one. */
                {"text/plain; charset=big5", "\xE4\xBC\x9A\xE8\xAD\xB0", "a@b.example",
                 "From:  <a@b.example>\nSubject: 会議 <>\n"},
                {"text/plain; charset=utf-16", "\x89\xEF\x8B\x63\x82\xCC\x8C\x8F", "a@b.example",
                 "From:  <a@b.example>\nSubject: 会議の件 <>\n"},
                /* Encoded words name their own. */
                {"text/plain; charset=koi8-r", "=?utf-8?B?5Lya6K2w?= x", "a@b.example",
                 "From:  <a@b.example>\nSubject: 会議 x <>\n"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *mail = g_strdup_printf("Subject: %s\nFrom: %s\nContent-Type: %s\n\n", rows[i].subject,
                                                        rows[i].from, rows[i].type);
                g_autoptr(MgReading) reading = read_mail(mail, strlen(mail), &mg_limits_default);
                g_autofree char *got = print_reading(reading);
                assert_crosses(reading, &mg_limits_default);
                *strstr(got, "marks ") = '\0';
                g_assert_cmpstr(got, ==, rows[i].want);
                g_assert_cmpuint(reading->replaced, ==, 0);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/header/split", test_split);
        g_test_add_func("/header/split-nul-and-bound", test_split_nul_and_bound);
        g_test_add_func("/header/find", test_find);
        g_test_add_func("/header/read", test_read);
        g_test_add_func("/header/read-bounds", test_read_bounds);
        g_test_add_func("/header/hostile", test_hostile);
        g_test_add_func("/header/raw-labelled-A15-E7", test_raw_labelled);
        return g_test_run();
}
