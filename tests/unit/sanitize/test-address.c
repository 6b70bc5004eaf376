/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: mailboxes as mailers write them; what is no address is text
 */
#include <string.h>

#include "../used.h"
#include "base/text.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"

typedef struct Row {
        const char *value;
        const char *boxes; /* "text<address>" joined by '|' */
} Row;

static char *print(const MgReading *reading) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < reading->values->len; i++) {
                const MgValue *value = g_ptr_array_index(reading->values, i);
                g_assert_true(mg_text_is(value->text, strlen(value->text), MG_CLASS_LINE));
                g_assert_true(mg_text_is(value->address, strlen(value->address), MG_CLASS_ADDRESS));
                g_string_append_printf(out, "%s%s<%s>", i > 0 ? "|" : "", value->text, value->address);
        }
        return g_string_free(out, FALSE);
}

static void check_rows(const Row *rows, gsize n) {
        for (gsize i = 0; i < n; i++) {
                g_autoptr(MgReading) reading = mg_reading_new();
                guint more = mg_header_addresses(rows[i].value, strlen(rows[i].value), MG_FIELD_TO, FALSE,
                                                 &mg_limits_default, reading);
                g_autofree char *boxes = print(reading);
                g_test_message("%s", rows[i].value);
                g_assert_cmpstr(boxes, ==, rows[i].boxes);
                g_assert_cmpuint(more, ==, 0);
        }
}

static void test_boxes(void) {
        static const Row rows[] = {
                {"taro@example.jp", "<taro@example.jp>"},
                {"<taro@example.jp>", "<taro@example.jp>"},
                {"Taro Yamada <taro@example.jp>", "Taro Yamada<taro@example.jp>"},
                {"\"Yamada, Taro\" <taro@example.jp>, b@example.jp", "Yamada, Taro<taro@example.jp>|<b@example.jp>"},
                {"taro@example.jp (Taro (the one) Yamada)", "Taro (the one) Yamada<taro@example.jp>"},
                {"Taro (comment) <taro@example.jp>", "Taro<taro@example.jp>"},
                {"(only comment) <taro@example.jp>", "only comment<taro@example.jp>"},
                {"Group: a@x.jp, B <b@x.jp>; c@x.jp", "<a@x.jp>|B<b@x.jp>|<c@x.jp>"},
                {"undisclosed-recipients:;", ""},
                {"a@x.jp,, ,b@x.jp;", "<a@x.jp>|<b@x.jp>"},
                {"<@relay.jp,@b.jp:taro@example.jp>", "<taro@example.jp>"},
                {"< taro @ example . jp >", "<taro@example.jp>"},
                {"taro(x)@(y)example.jp", "x<taro@example.jp>"},
                {"=?ISO-2022-JP?B?GyRCNEE7ehsoQg==?= <taro@example.jp>", "漢字<taro@example.jp>"},
                {"\"=?utf-8?B?5ryi5a2X?=\" <taro@example.jp>", "漢字<taro@example.jp>"},
                {"=?utf-8?Q?a,b_<c>_(d)?= <taro@example.jp>", "a,b <c> (d)<taro@example.jp>"},
                {"taro@example.jp (=?utf-8?B?5ryi5a2X?=)", "漢字<taro@example.jp>"},
                {"=?utf-8?B?5ryi?=\r\n =?utf-8?B?5a2X?= <taro@example.jp>", "漢字<taro@example.jp>"},
                {"\"a \\\"b\\\" c\" <taro@example.jp>", "a \"b\" c<taro@example.jp>"},
                {"Name<taro@example.jp>", "Name<taro@example.jp>"},
                {"<taro@example.jp> Name", "Name<taro@example.jp>"},
                {"taro@[192.0.2.1]", "<taro@[192.0.2.1]>"},
        };
        check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_odd_boxes(void) {
        static const Row rows[] = {
                /* as Japanese carriers gave them out */
                {"abc..def.@docomo.ne.jp", "<abc..def.@docomo.ne.jp>"},
                {"\"abc..def.\"@docomo.ne.jp", "<abc..def.@docomo.ne.jp>"},
                {"<.abc@ezweb.ne.jp>", "<.abc@ezweb.ne.jp>"},
                /* an address that does not fit the class is shown */
                {"\"a b\"@example.jp", "a b@example.jp<>"},
                {"Taro <\"a b\"@example.jp>", "Taro <\"a b\"@example.jp><>"},
                {"Taro <a@b@c>", "Taro <a@b@c><>"},
                {"Taro <taro>", "Taro <taro><>"},
                {"root", "root<>"},
                {"root (System Manager)", "root (System Manager)<>"},
                /* no brackets, no commas, nothing closed */
                {"Taro Yamada taro@example.jp", "Taro Yamada<taro@example.jp>"},
                {"\"Taro Yamada\" taro@example.jp", "Taro Yamada<taro@example.jp>"},
                {"\"a b@x.jp c\"", "a b@x.jp c<>"},
                {"\"a b@x.jp c\" d@y.jp", "a b@x.jp c<d@y.jp>"},
                {"a@x.jp b@x.jp", "<a@x.jp>|<b@x.jp>"},
                {"ceo@city.jp or x@evil.example", "ceo@city.jp or x@evil.example<>"},
                {"Taro <taro@example.jp", "Taro<taro@example.jp>"},
                {"Taro <taro@example.jp, b@x.jp", "Taro<taro@example.jp>|<b@x.jp>"},
                {"Taro <<taro@example.jp>>", "Taro<taro@example.jp>"},
                {"Taro \"x <taro@example.jp>", "Taro \"x<taro@example.jp>"},
                {"Taro (x <taro@example.jp>, b@x.jp", "Taro (x<taro@example.jp>|<b@x.jp>"},
                {"<mailto:taro@example.jp>", "<taro@example.jp>"},
                {"Taro <>", "Taro<>"},
                {"<>", ""},
                {"", ""},
                /* A12: what stands in quotes is a name, whatever it looks like */
                {"\"ceo@city.lg.jp\" <x@evil.example>", "ceo@city.lg.jp<x@evil.example>"},
                {"\"a <ceo@city.lg.jp>\" <x@evil.example>", "a <ceo@city.lg.jp><x@evil.example>"},
                {"<a@x.jp> <b@y.jp>", "<b@y.jp>"},
                /* A2, A4: line ends and controls */
                {"=?utf-8?Q?a=0D=0ABcc:_b@x.jp?= <taro@example.jp>", "a Bcc: b@x.jp<taro@example.jp>"},
                {"=?utf-8?Q?=E2=80=AEabc?= <taro@example.jp>", "abc<taro@example.jp>"},
                {"Taro <taro@exam\r\nple.jp>", "Taro <taro@exam ple.jp><>"},
                /* A15: raw 8-bit, IDN, SMTPUTF8 */
                {"漢字 <taro@example.jp>", "漢字<taro@example.jp>"},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD <taro@example.jp>", "こんにちは<taro@example.jp>"},
                {"\x1B$B!\"4A;z\x1B(B <taro@example.jp>", "、漢字<taro@example.jp>"},
                {"\"\x95\x5C\x8E\xA6\x82\xCC\x82\xB1\x95\x5C\" <taro@example.jp>", "表示のこ表<taro@example.jp>"},
                {"taro@例え.jp", "taro@例え.jp<taro@xn--r8jz45g.jp>"},
                {"Taro <taro@例え.jp>", "Taro (例え.jp)<taro@xn--r8jz45g.jp>"},
                {"<taro@例え。jp>", "taro@例え.jp<taro@xn--r8jz45g.jp>"},
                {"名前 <a@xn--r8jz45g.jp>", "名前 (例え.jp)<a@xn--r8jz45g.jp>"},
                {"a@XN--R8JZ45G.jp", "a@例え.jp<a@XN--R8JZ45G.jp>"},
                {"b a@mail.xn--r8jz45g.jp", "b (mail.例え.jp)<a@mail.xn--r8jz45g.jp>"},
                {"a@xn--r8jz45g.jp b@x.jp", "a@例え.jp<a@xn--r8jz45g.jp>|<b@x.jp>"},
                {"=?utf-8?B?5ryi5a2X?= <a@xn--fsqu00a.jp>, b@x.jp", "漢字 (例子.jp)<a@xn--fsqu00a.jp>|<b@x.jp>"},
                /* what is no A-label, or not the only one of its letters, stays as it is */
                {"N <a@xn--.jp>", "N<a@xn--.jp>"},
                {"N <a@xn--abc-.jp>", "N<a@xn--abc-.jp>"},
                {"N <a@xn--99999999.jp>", "N<a@xn--99999999.jp>"},
                {"N <a@xn--i-7iq.ws>", "N<a@xn--i-7iq.ws>"},
                {"N <xn--r8jz45g@x.jp>", "N<xn--r8jz45g@x.jp>"},
                {"N <a@xxn--r8jz45g.jp>", "N<a@xxn--r8jz45g.jp>"},
                {"太郎 <太郎@例え.jp>", "太郎 <太郎@例え.jp><>"},
        };
        check_rows(rows, G_N_ELEMENTS(rows));
}

/* A12, C1: what is marked, and what Japanese mail has every day and is not. */
static void test_marks(void) {
        static const struct {
                const char *value;
                guint32 marks;
        } rows[] = {
                {"Taro Yamada <taro@example.jp>", 0},
                {"\"taro@example.jp\" <taro@example.jp>", 0},
                {"'TARO@example.jp' <taro@example.jp>", 0},
                {"taro@example.jp (taro@example.jp)", 0},
                {"μSD αGEL (゜Д゜) <taro@example.jp>", 0},
                {"Иван Петров <taro@example.jp>", 0},
                {"株式会社ＡＢＣ＠東京 <taro@example.jp>", 0},
                {"\"ceo@city.lg.jp\" <x@evil.example>", MG_MARK_NAME_ADDRESS},
                {"\"a <ceo@city.lg.jp>\" <x@evil.example>", MG_MARK_NAME_ADDRESS},
                {"ｃｅｏ＠city．lg．jp <x@evil.example>", MG_MARK_NAME_ADDRESS},
                {"\"taro@example.jp.evil.com\" <taro@example.jp>", MG_MARK_NAME_ADDRESS},
                {"\"x taro@example.jp, ceo@city.lg.jp\" <taro@example.jp>", MG_MARK_NAME_ADDRESS},
                {"P\xD0\xB0yPal <x@evil.example>", MG_MARK_NAME_SCRIPT},
                {"G\xCE\xBFogle <x@evil.example>", MG_MARK_NAME_SCRIPT},
                /* A12, A15: domains of other letters */
                {"taro@例え.jp", 0},
                {"名前 <a@xn--r8jz45g.jp>", 0},
                {"\"a@例え.jp\" <a@xn--r8jz45g.jp>", 0},
                {"\"a@例子.jp\" <a@xn--r8jz45g.jp>", MG_MARK_NAME_ADDRESS},
                {"B <a@bücher.example>", 0},
                {"I <a@почта.рф>", 0},
                {"A <a@xn--80ak6aa92e.com>", MG_MARK_NAME_SCRIPT},
                {"P <a@xn--pypal-4ve.com>", MG_MARK_NAME_SCRIPT},
                {"P <a@p\xD0\xB0ypal.com>", MG_MARK_NAME_SCRIPT},
                {"=?utf-8?Q?=E2=80=AEabc?= <taro@example.jp>", MG_MARK_NAME_HIDDEN},
                {"=?utf-8?Q?a=E2=80=8Bb?= <taro@example.jp>", MG_MARK_NAME_HIDDEN},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgReading) from = mg_reading_new(), to = mg_reading_new();
                mg_header_addresses(rows[i].value, strlen(rows[i].value), MG_FIELD_FROM, FALSE, &mg_limits_default,
                                    from);
                mg_header_addresses(rows[i].value, strlen(rows[i].value), MG_FIELD_TO, FALSE, &mg_limits_default, to);
                g_test_message("%s", rows[i].value);
                g_assert_cmphex(from->marks, ==, rows[i].marks);
                g_assert_cmphex(to->marks, ==, 0); /* only senders are believed */
        }
}

static void test_bounds(void) {
        MgLimits limits = mg_limits_default;
        limits.addresses = 3;
        g_autoptr(MgReading) reading = mg_reading_new();
        static const char value[] = "a@x.jp, b@x.jp, C <c@x.jp>, d@x.jp, E <e@x.jp>,";
        g_assert_cmpuint(mg_header_addresses(value, strlen(value), MG_FIELD_CC, FALSE, &limits, reading), ==, 2);
        g_assert_cmpuint(reading->values->len, ==, 3);
        g_autoptr(MgReading) sender = mg_reading_new();
        g_assert_cmpuint(mg_header_addresses(value, strlen(value), MG_FIELD_SENDER, FALSE, &limits, sender), ==, 4);
        g_assert_cmpuint(sender->values->len, ==, 1);

        g_autoptr(GString) longest = g_string_new(NULL);
        while (longest->len < 5000)
                g_string_append(longest, "漢 ");
        g_string_append(longest, "<a@x.jp>");
        g_autoptr(MgReading) named = mg_reading_new();
        mg_header_addresses(longest->str, longest->len, MG_FIELD_TO, FALSE, &limits, named);
        const MgValue *box = mg_reading_value(named, MG_FIELD_TO);
        g_assert_cmpstr(box->address, ==, "a@x.jp");
        g_assert_cmpint(g_utf8_strlen(box->text, -1), <=, (glong)limits.text_chars);

        /* A15: the name is cut before the letters of the domain are. */
        g_string_truncate(longest, longest->len - strlen("<a@x.jp>"));
        g_string_append(longest, "<a@xn--r8jz45g.jp>");
        g_autoptr(MgReading) lettered = mg_reading_new();
        mg_header_addresses(longest->str, longest->len, MG_FIELD_TO, FALSE, &limits, lettered);
        box = mg_reading_value(lettered, MG_FIELD_TO);
        g_assert_true(g_str_has_suffix(box->text, " (例え.jp)"));
        g_assert_cmpint(g_utf8_strlen(box->text, -1), <=, (glong)limits.text_chars);

        /* A15: letters that do not fit are not shown by half. */
        limits.text_chars = 40;
        static const char *const lettered_rows[][2] = {{"N <a@xn--r8jz45g.jp>", "N (例え.jp)"},
                                                       {"a@sub.domain.xn--r8jz45g.jp", ""}};
        for (gsize i = 0; i < G_N_ELEMENTS(lettered_rows); i++) {
                g_autoptr(MgReading) tight = mg_reading_new();
                mg_header_addresses(lettered_rows[i][0], strlen(lettered_rows[i][0]), MG_FIELD_TO, FALSE, &limits,
                                    tight);
                g_assert_cmpstr(mg_reading_value(tight, MG_FIELD_TO)->text, ==, lettered_rows[i][1]);
        }
        limits.text_chars = mg_limits_default.text_chars;

        g_autoptr(GString) local = g_string_new(NULL);
        while (local->len < 400)
                g_string_append(local, "a");
        g_string_append(local, "@x.jp");
        g_autoptr(MgReading) too_long = mg_reading_new();
        mg_header_addresses(local->str, local->len, MG_FIELD_TO, FALSE, &limits, too_long);
        g_assert_cmpstr(mg_reading_value(too_long, MG_FIELD_TO)->address, ==, "");
        g_assert_cmpstr(mg_reading_value(too_long, MG_FIELD_TO)->text, ==, local->str);
}

/* A8 and its relatives: a megabyte of each takes well below a second, and nothing recurses. */
static void test_hostile(void) {
        static const char *const units[] = {"a:",     "(",  "<",      "\"",  "=?",  ",",     "a,",     "a@b,",
                                            "@",      "[:", "\x1B$",  "()",  "<\"", "\\",    "<a@b> ", "a@b ",
                                            "é@b,",   ">",  "\"\",",  "(),", "<>",  "[",     "<a\"b>", "\x82,",
                                            "=?a?Q?", ";",  "<a@é>,", "(\"", "<(",  "<\x1B$"};
        MgLimits limits = mg_limits_default;
        limits.field_bytes = 1 << 20;
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) value = g_string_new(NULL);
                while (value->len < 1 << 20)
                        g_string_append(value, units[i]);
                g_autoptr(MgReading) reading = mg_reading_new();
                gint64 begin = used_time();
                mg_header_addresses(value->str, value->len, MG_FIELD_TO, FALSE, &limits, reading);
                gint64 used = used_time() - begin;
                g_test_message("1 MB of '%s': %d ms", units[i], (int)(used / 1000));
                g_assert_cmpint(used, <, 5 * G_USEC_PER_SEC);
                g_assert_cmpuint(reading->values->len, <=, limits.addresses);
                g_autofree char *boxes = print(reading);
                g_assert_nonnull(boxes);
        }
}

/* Random syntax: values of their classes, whatever comes. */
static void test_random(void) {
        static const char *const pieces[] = {"a",
                                             "@",
                                             ".",
                                             "<",
                                             ">",
                                             "(",
                                             ")",
                                             "\"",
                                             "\\",
                                             ",",
                                             ";",
                                             ":",
                                             "[",
                                             "]",
                                             " ",
                                             "\r\n ",
                                             "=?utf-8?Q?",
                                             "?=",
                                             "=?iso-2022-jp?B?GyRC?=",
                                             "\x1B$B",
                                             "\x1B(B",
                                             "漢",
                                             "\x82\xA0",
                                             "\x80",
                                             "x@y.jp",
                                             "a@xn--r8jz45g.jp",
                                             "xn--",
                                             "mailto:",
                                             "\xE2\x80\xAE"};
        GRand *random = g_rand_new_with_seed(20260102);
        for (guint round = 0; round < 20000; round++) {
                g_autoptr(GString) value = g_string_new(NULL);
                for (gint n = g_rand_int_range(random, 0, 24); n > 0; n--)
                        g_string_append(value, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
                g_autoptr(MgReading) reading = mg_reading_new();
                mg_header_addresses(value->str, value->len, MG_FIELD_FROM, FALSE, &mg_limits_default, reading);
                g_autofree char *boxes = print(reading);
                g_assert_true(g_utf8_validate(boxes, -1, NULL));
        }
        g_rand_free(random);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);

        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/address/boxes", test_boxes);
        g_test_add_func("/address/A2-A4-A12-A15-odd-boxes", test_odd_boxes);
        g_test_add_func("/address/A12-A15-C1-marks", test_marks);
        g_test_add_func("/address/A15-bounds", test_bounds);
        g_test_add_func("/address/A8-A11-hostile", test_hostile);
        g_test_add_func("/address/random", test_random);
        return g_test_run();
}
