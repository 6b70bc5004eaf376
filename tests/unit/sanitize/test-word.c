/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word: encoded words as mailers write them, joined, broken and hostile (through mg_header_text(), as callers see them)
 */
#include <string.h>

#include "../used.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"
#include "sanitize/word.h"

#define FFFD "\xEF\xBF\xBD"

typedef struct Row {
        const char *value;
        const char *text;
        guint32 replaced;
} Row;

static void check(const Row *row) {
        guint32 replaced = 0;
        g_autofree char *text = mg_header_text(row->value, strlen(row->value), &replaced);
        g_test_message("%s", row->value);
        g_assert_cmpstr(text, ==, row->text);
        g_assert_cmpuint(replaced, ==, row->replaced);
}

static void test_words(void) {
        static const Row rows[] = {
                {"plain", "plain", 0},
                {" =?UTF-8?B?5ryi5a2X?= abc", "漢字 abc", 0},
                {"=?utf-8?q?=E6=BC=A2_a?=", "漢 a", 0},
                {"=?ISO-2022-JP?B?GyRCNEE7ehsoQg==?=", "漢字", 0},
                {"=?iso-2022-jp?b?GyRCNEE7ehsoQg?=", "漢字", 0},
                {"=?Shift_JIS?B?ir+Omg==?=", "漢字", 0},
                {"=?EUC-JP?Q?=B4=C1=BB=FA?=", "漢字", 0},
                /* blanks between words go, beside text they stay */
                {"=?utf-8?Q?a?=\r\n =?utf-8?Q?b?= c =?utf-8?Q?d?=", "ab c d", 0},
                {"=?utf-8?Q?a?==?utf-8?Q?b?=x=?utf-8?Q?c?=", "abxc", 0},
                /* a character split between words of one charset (E9) */
                {"=?utf-8?B?5ryi5Q==?= =?UTF-8?B?rZc=?=", "漢字", 0},
                {"=?utf-8?Q?=E6=BC?= =?utf-8?Q?=A2?=", "漢", 0},
                {"=?shift_jis?Q?=8A?= =?shift_jis?Q?=BF?=", "漢", 0},
                {"=?utf-8?Q?=E6=BC=A2?= =?utf-8?B?5a2X?=", "漢字", 0},
                /* whatever the coding of the pieces */
                {"=?utf-8?Q?=E6=BC?= =?utf-8?B?oueylw==?=", "漢粗", 0},
                /* ISO-2022-JP cut anywhere: between and inside kanji, inside an escape sequence, in half-width kana */
                {"=?iso-2022-jp?B?GyRCNEE=?= =?iso-2022-jp?B?O3obKEI=?=", "漢字", 0},
                {"=?iso-2022-jp?B?GyRCNA==?= =?iso-2022-jp?B?QTt6GyhC?=", "漢字", 0},
                {"=?iso-2022-jp?B?GyQ=?= =?iso-2022-jp?B?QjRBO3obKEI=?=", "漢字", 0},
                {"=?iso-2022-jp?B?GyRCNEE7ehso?= =?iso-2022-jp?B?QmE=?=", "漢字a", 0},
                {"=?iso-2022-jp?B?GyhJNkA=?= =?iso-2022-jp?B?NkUbKEI=?=", "ｶﾀｶﾅ", 0},
                /* UTF-8 under that label, cut inside a character */
                {"=?iso-2022-jp?B?5ryi5Q==?= =?iso-2022-jp?B?rZc=?=", "漢字", 0},
                /* each word of ISO-2022-JP begins in ASCII */
                {"=?iso-2022-jp?B?GyRCNEE=?= =?iso-2022-jp?B?GyRCO3obKEI=?=", "漢字", 0},
                {"=?iso-2022-jp?B?GyRCNEE=?= =?iso-2022-jp?Q?abc?=", "漢abc", 0},
                /* language, blanks inside, question marks inside, wrong padding, pieces */
                {"=?utf-8*ja?Q?=E6=BC=A2?=", "漢", 0},
                {"=?utf-8?Q?a b?c_d?=", "a b?c d", 0},
                {"=? utf-8 ?B?5ryi 5a2X?=", "漢字", 0},
                {"=?utf-8?B?5ryi=5a2X==?=", "漢字", 0},
                {"=?utf-8?Q?100%=?=", "100%=", 0},
                {"=?utf-8?Q?=E?= =?utf-8?Q?=ZZ?=", "=E=ZZ", 0},
                {"=?utf-8?Q?"
                 "?= =?utf-8?B?"
                 "?=x",
                 "x", 0},
                /* charsets that do not exist, or should not (E1) */
                {"=?x-unknown?B?5ryi5a2X?=", "漢字", 0},
                {"=?utf-7?Q?+ADw-script+AD4-?=", "+ADw-script+AD4-", 0},
                {"=?x-ias-german?Q?gr=FCn?=", "grün", 0},
                /* not words */
                {"=?utf-8?X?abc?=", "=?utf-8?X?abc?=", 0},
                {"=?utf-8?Q?abc", "=?utf-8?Q?abc", 0},
                {"=?utf-8?Q?abc =?utf-8?Q?d?=", "=?utf-8?Q?abc d", 0},
                {"=?=?=?", "=?=?=?", 0},
                {"a =?", "a =?", 0},
                /* raw octets of every kind */
                {"\x1B$B4A;z\x1B(B =?utf-8?Q?a?=", "漢字 a", 0},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", "こんにちは", 0},
                {"漢字", "漢字", 0},
                /* A2, A3: decoded line ends are the caller's to clean; NUL never ends the text */
                {"=?utf-8?Q?a=0D=0ABcc:_x?=", "a\r\nBcc: x", 0},
                {"=?utf-8?Q?a=00b?=", "a" FFFD "b", 1},
                {"=?utf-8?Q?a=00=00?= b", "a b", 0},
                {"=?utf-8?Q?=C0=BC?=", FFFD FFFD, 2},
                {"  a\r\n\tb\r\n \r\n c  ", "a b  c", 0},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                check(&rows[i]);
}

static void test_over_long(void) {
        g_autoptr(GString) value = g_string_new("=?utf-8?B?");
        g_autoptr(GString) want = g_string_new(NULL);
        for (guint i = 0; i < 5000; i++) {
                g_string_append(value, "5ryi");
                g_string_append(want, "漢");
        }
        g_string_append(value, "?=");
        guint32 replaced = 0;
        g_autofree char *text = mg_header_text(value->str, value->len, &replaced);
        g_assert_cmpstr(text, ==, want->str);
        g_assert_cmpuint(replaced, ==, 0);
}

/* Linear: a megabyte of any of these takes well below a second (A11). */
static void test_hostile(void) {
        static const char *const units[] = {"=?",
                                            "=?a?Q?",
                                            "=?a?Q?x ",
                                            "=?utf-8?Q?a?= ",
                                            "=?utf-8?B?5Q==?= x",
                                            "?=",
                                            "\x1B$",
                                            "=?iso-2022-jp?B?GyRCNEE=?= ",
                                            "=?a?Q??",
                                            "=?a?b?a?=",
                                            "=?=?a?Q?",
                                            "\x82"};
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) value = g_string_new(NULL);
                while (value->len < 1 << 20)
                        g_string_append(value, units[i]);
                gint64 begin = used_time();
                guint32 replaced = 0;
                g_autofree char *text = mg_header_text(value->str, value->len, &replaced);
                gint64 used = used_time() - begin;
                g_test_message("1 MB of '%s': %d ms", units[i], (int)(used / 1000));
                g_assert_cmpint(used, <, 5 * G_USEC_PER_SEC);
                g_assert_true(g_utf8_validate(text, -1, NULL));
        }
}

static void test_length(void) {
        static const struct {
                const char *text;
                gsize length;
        } rows[] = {{"=?utf-8?Q?a,b?=, c", 15}, {"=?utf-8?Q?a", 0}, {"=?", 0}, {"", 0}, {"=??Q?a?=", 8}, {"=?a?Q?", 0}};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_cmpuint(mg_word_length(rows[i].text, strlen(rows[i].text)), ==, rows[i].length);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/word/words", test_words);
        g_test_add_func("/word/length", test_length);
        g_test_add_func("/word/over-long", test_over_long);
        g_test_add_func("/word/hostile", test_hostile);
        return g_test_run();
}
