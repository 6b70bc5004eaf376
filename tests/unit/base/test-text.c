/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Character classes: tables of what stands and what goes, and properties over random code points and random octets.
 * Does not test how people see the result.
 */
#include "base/text.h"

#include <string.h>

typedef struct CleanCase {
        const char *in;
        const char *text; /* what cleaning to TEXT gives; NULL: the same as in */
        const char *line; /* to LINE; NULL: the same as text */
        guint lost;       /* as TEXT */
} CleanCase;

static const CleanCase clean_cases[] = {
        {"", NULL, NULL, 0},
        {"plain ASCII ~!", NULL, NULL, 0},
        {"日本語の本文、句読点。", NULL, NULL, 0},
        {"a\tb\nc", NULL, "a b c", 0},
        {"a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd", "a b c  d", 0},
        {"a\fb\vc\xC2\x85"
         "d\xE2\x80\xA8"
         "e\xE2\x80\xA9"
         "f",
         "a\nb\nc\nd\ne\nf", "a b c d e f", 0},
        {"a\x1B[31mb\x7F\x01", "a[31mb", NULL, 3},
        {"a\xC2\x9B"
         "b",
         "ab", NULL, 1},
        {"\xFF\xC0\xBC\xED\xA0\x80\xF4\x90\x80\x80",
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
         NULL, 10},
        {"cut \xE6\x97", "cut \xEF\xBF\xBD", NULL, 1},
        {"rtl\xE2\x80\xAE"
         "fdp.exe",
         "rtlfdp.exe", NULL, 1},
        {"\xEF\xBB\xBF"
         "bom\xE2\x80\x8B\xC2\xAD\xE2\x81\xA0!",
         "bom!", NULL, 4},
        {"tag\xF3\xA0\x81\xA1\xF3\xA0\x81\xA2", "tag", NULL, 2},
        {"gaiji\xEE\x80\x80\xF3\xB0\x80\x80", "gaiji〓〓", NULL, 2},
        {"non\xEF\xB7\x90\xEF\xBF\xBF", "non\xEF\xBF\xBD\xEF\xBF\xBD", NULL, 2},
        {"葛\xF3\xA0\x84\x80飾区", NULL, NULL, 0}, /* ideographic variation selector */
        {"葛\xF3\xA0\x84\x80\xF3\xA0\x84\x81", "葛\xF3\xA0\x84\x80", NULL, 1},
        {"a\xF3\xA0\x84\x80", "a", NULL, 1}, /* no base that takes it */
        {"か\xF3\xA0\x84\x80", "か", NULL, 1},
        {"か\xE3\x82\x99き\xE3\x82\x99は\xE3\x82\x9A", NULL, NULL, 0},         /* decomposed kana */
        {"ｶﾞｷﾞﾊﾟﾞﾞﾞﾞﾞﾞ", NULL, NULL, 0},                                       /* half-width marks are letters */
        {"\xE2\x9D\xA4\xEF\xB8\x8F 1\xEF\xB8\x8F\xE2\x83\xA3", NULL, NULL, 0}, /* heart, keycap */
        {"x\xEF\xB8\x8F", "x", NULL, 1},
        {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", NULL, NULL, 0}, /* family */
        {"\xF0\x9F\x91\xA9\xF0\x9F\x8F\xBD\xE2\x80\x8D\xF0\x9F\x92\xBB", NULL, NULL, 0}, /* with a skin tone */
        {"\xF0\x9F\x8F\xB3\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x8C\x88", NULL, NULL, 0},     /* VS16 and ZWJ */
        {"ab\xE2\x80\x8D\xE2\x80\x8C"
         "c",
         "abc", NULL, 2},
        {"\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE", NULL, NULL, 0},             /* Persian with ZWNJ */
        {"\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D\xE0\xA4\xB7", NULL, NULL, 0}, /* Devanagari with ZWJ */
        {"\xE0\xA4\x95\xE2\x80\x8D\xE2\x80\x8D", "\xE0\xA4\x95\xE2\x80\x8D", NULL, 1},
        {"z\xCC\x80\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85", "z\xCC\x80\xCC\x81\xCC\x82\xCC\x83", NULL, 2},
        {"\xE3\x85\xA4\xE1\x85\x9F\xEF\xBE\xA0.", ".", NULL, 3}, /* Hangul fillers */
};

static void test_clean(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(clean_cases); i++) {
                const CleanCase *c = clean_cases + i;
                const char *want = c->text ? c->text : c->in, *want_line = c->line ? c->line : want;
                guint32 lost = 0;
                g_autofree char *text = mg_text_clean(c->in, strlen(c->in), MG_CLASS_TEXT, 0, &lost);
                g_autofree char *line = mg_text_clean(c->in, strlen(c->in), MG_CLASS_LINE, 0, NULL);

                g_assert_cmpstr(text, ==, want);
                g_assert_cmpstr(line, ==, want_line);
                g_assert_cmpuint(lost, ==, c->lost);
                g_assert_true(mg_text_is(text, strlen(text), MG_CLASS_TEXT));
                g_assert_true(mg_text_is(line, strlen(line), MG_CLASS_LINE));
                g_assert_true(mg_text_is(c->in, strlen(c->in), MG_CLASS_TEXT) == g_str_equal(c->in, want));
                g_assert_true(mg_text_is(c->in, strlen(c->in), MG_CLASS_LINE) == g_str_equal(c->in, want_line));
        }
}

static void test_nul(void) {
        guint32 lost = 0;
        g_autofree char *text = mg_text_clean("a\0b", 3, MG_CLASS_TEXT, 0, &lost);

        g_assert_cmpstr(text, ==, "ab");
        g_assert_cmpuint(lost, ==, 1);
        g_assert_false(mg_text_is("a\0b", 3, MG_CLASS_TEXT));
        g_assert_false(mg_text_is("a\0b", 3, MG_CLASS_TOKEN));
        g_assert_false(mg_text_is("a\0b", 3, MG_CLASS_HOST));
        g_assert_false(mg_text_is("a\0@b", 4, MG_CLASS_ADDRESS));
        g_assert_false(mg_text_is("a\0b", 3, MG_CLASS_MSGID));
}

static void test_cut(void) {
        static const struct {
                const char *in;
                gsize max;
                const char *out;
        } cases[] = {
                {"abcde", 5, "abcde"},     {"abcdef", 5, "abcd…"},    {"あいうえお", 3, "あい…"},
                {"あいう", 3, "あいう"},   {"abc", 1, "…"},           {"a", 1, "a"},
                {"aあbいcう", 4, "aあb…"}, {"abc\x01\x02", 3, "abc"}, {"", 1, ""},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *out =
                        mg_text_clean(cases[i].in, strlen(cases[i].in), MG_CLASS_LINE, cases[i].max, NULL);

                g_assert_cmpstr(out, ==, cases[i].out);
        }
}

/* Characters at which the machine turns, so that random texts meet its edges. */
static const gunichar edges[] = {
        'a',     '1',     ' ',      '\n',    '\r',   '\t',   0x7F,   0x85,    0x9F,    0xAD,    0x300,
        0x301,   0x34F,   0x61C,    0x645,   0x915,  0x94D,  0x180B, 0x180E,  0x1820,  0x200B,  0x200C,
        0x200D,  0x200E,  0x2028,   0x202E,  0x2060, 0x2764, 0x3042, 0x3099,  0x309A,  0x3164,  0x845B,
        0xE000,  0xFDD0,  0xFE00,   0xFE0F,  0xFEFF, 0xFF9E, 0xFFFE, 0x1F468, 0x1F3FD, 0xE0061, 0xE0100,
        0xE01EF, 0xF0000, 0x10FFFE, 0x20BB7, 0x3001, 0xFF01, 0x2260, 0xE0080, 0x20E3,
};

static GString *random_text(GRand *rand) {
        GString *s = g_string_new(NULL);
        gint n = g_rand_int_range(rand, 0, 40), kind = g_rand_int_range(rand, 0, 3);

        for (gint i = 0; i < n; i++) {
                if (kind == 0 || g_rand_int_range(rand, 0, 30) == 0) {
                        g_string_append_c(s, (char)g_rand_int_range(rand, 0, 256));
                } else if (kind == 1) {
                        g_string_append_unichar(s, edges[g_rand_int_range(rand, 0, G_N_ELEMENTS(edges))]);
                } else {
                        gunichar c = (gunichar)g_rand_int_range(rand, 1, 0x110000);

                        if (c < 0xD800 || c > 0xDFFF)
                                g_string_append_unichar(s, c);
                }
        }
        return s;
}

static void check_clean(const GString *s, MgClass class, gsize max) {
        g_autofree char *once = mg_text_clean(s->str, s->len, class, max, NULL);
        g_autofree char *twice = mg_text_clean(once, strlen(once), class, max, NULL);

        g_assert_true(mg_text_is(once, strlen(once), class));
        g_assert_true(g_utf8_validate(once, -1, NULL));
        g_assert_cmpstr(once, ==, twice);
        if (max > 0)
                g_assert_cmpint(g_utf8_strlen(once, -1), <=, (glong)max);
        else if (mg_text_is(s->str, s->len, class))
                g_assert_cmpstr(once, ==, s->str);
}

static void test_random(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(20);

        for (guint i = 0; i < 60000; i++) {
                GString *s = random_text(rand);

                check_clean(s, MG_CLASS_TEXT, 0);
                check_clean(s, MG_CLASS_LINE, 0);
                check_clean(s, MG_CLASS_LINE, 1 + i % 20);
                g_string_free(s, TRUE);
        }
}

/* No code point by itself, nor between two letters, gets through that the header forbids. */
static void test_every_code_point(void) {
        for (gunichar c = 1; c < 0x110000; c++) {
                char s[8] = "x";
                gsize n;

                if (c >= 0xD800 && c <= 0xDFFF)
                        continue;
                n = 1 + (gsize)g_unichar_to_utf8(c, s + 1);
                gboolean may = mg_text_is(s, n, MG_CLASS_TEXT);
                GUnicodeType type = g_unichar_type(c);

                if (type == G_UNICODE_CONTROL)
                        g_assert_true(may == (c == '\n' || c == '\t'));
                else if (type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_LINE_SEPARATOR ||
                         type == G_UNICODE_PARAGRAPH_SEPARATOR || (c & 0xFFFE) == 0xFFFE ||
                         (c >= 0xE0000 && c <= 0xE0FFF))
                        g_assert_false(may);
                else if (type ==
                         G_UNICODE_FORMAT) /* of these only the visible ones: number signs of Arabic and its like */
                        g_assert_true(!may || (c >= 0x600 && c <= 0x8FF) || (c >= 0x110BD && c <= 0x110CD));
                else if (type == G_UNICODE_LOWERCASE_LETTER || type == G_UNICODE_DECIMAL_NUMBER)
                        g_assert_true(may);
        }
}

typedef struct ClassCase {
        MgClass class;
        const char *s;
        gboolean is;
} ClassCase;

static const ClassCase class_cases[] = {
        {MG_CLASS_TOKEN, "iso-2022-jp", TRUE},
        {MG_CLASS_TOKEN, "", FALSE},
        {MG_CLASS_TOKEN, "a b", FALSE},
        {MG_CLASS_TOKEN, "a;b", FALSE},
        {MG_CLASS_TOKEN, "é", FALSE},
        {MG_CLASS_MIME, "", TRUE},
        {MG_CLASS_MIME, "application/vnd.ms-excel", TRUE},
        {MG_CLASS_MIME, "image/svg+xml", TRUE},
        {MG_CLASS_MIME, "Text/plain", FALSE},
        {MG_CLASS_MIME, "text", FALSE},
        {MG_CLASS_MIME, "text/", FALSE},
        {MG_CLASS_MIME, "/plain", FALSE},
        {MG_CLASS_MIME, "text/a/b", FALSE},
        {MG_CLASS_MIME, "text/a b", FALSE},
        {MG_CLASS_PATH, "", TRUE},
        {MG_CLASS_PATH, "1.2.1", TRUE},
        {MG_CLASS_PATH, "2/1", TRUE},
        {MG_CLASS_PATH, "1.a", FALSE},
        {MG_CLASS_ADDRESS, "", TRUE},
        {MG_CLASS_ADDRESS, "a@b", TRUE},
        {MG_CLASS_ADDRESS, "abc..def.@docomo.ne.jp", TRUE},
        {MG_CLASS_ADDRESS, ".a@b.jp", TRUE},
        {MG_CLASS_ADDRESS, "a@[192.0.2.1]", TRUE},
        {MG_CLASS_ADDRESS, "a@[IPv6:2001:db8::1]", TRUE},
        {MG_CLASS_ADDRESS, "a@xn--wgv71a.jp", TRUE},
        {MG_CLASS_ADDRESS, "a@b_c.jp", TRUE},
        {MG_CLASS_ADDRESS, "@b", FALSE},
        {MG_CLASS_ADDRESS, "a@", FALSE},
        {MG_CLASS_ADDRESS, "a", FALSE},
        {MG_CLASS_ADDRESS, "a@b@c", FALSE},
        {MG_CLASS_ADDRESS, "a@b..c", FALSE},
        {MG_CLASS_ADDRESS, "a@.b", FALSE},
        {MG_CLASS_ADDRESS, "a@b.", FALSE},
        {MG_CLASS_ADDRESS, "a b@c", FALSE},
        {MG_CLASS_ADDRESS, "\"a\"@c", FALSE},
        {MG_CLASS_ADDRESS, "a,b@c", FALSE},
        {MG_CLASS_ADDRESS, "a@b\r\n", FALSE},
        {MG_CLASS_ADDRESS, "<a@b>", FALSE},
        {MG_CLASS_ADDRESS, "a@日本.jp", FALSE},
        {MG_CLASS_ADDRESS, "a@[", FALSE},
        {MG_CLASS_ADDRESS, "a@[]", FALSE},
        {MG_CLASS_ADDRESS, "a@[x]y]", FALSE},
        {MG_CLASS_MSGID, "20261120.1@mx.example.jp", TRUE},
        {MG_CLASS_MSGID, "a@[192.0.2.1]", TRUE},
        {MG_CLASS_MSGID, "", FALSE},
        {MG_CLASS_MSGID, "a b@c", FALSE},
        {MG_CLASS_MSGID, "<a@b>", FALSE},
        {MG_CLASS_MSGID, "a\"@b", FALSE},
        {MG_CLASS_MSGID, "a\n@b", FALSE},
        {MG_CLASS_HOST, "", TRUE},
        {MG_CLASS_HOST, "mx1.example.jp", TRUE},
        {MG_CLASS_HOST, "[192.0.2.1]", TRUE},
        {MG_CLASS_HOST, "a b", FALSE},
        {MG_CLASS_HOST, "a;b", FALSE},
        {MG_CLASS_HOST, "a(b)", FALSE},
};

static void test_classes(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(class_cases); i++) {
                const ClassCase *c = class_cases + i;

                if (mg_text_is(c->s, strlen(c->s), c->class) != c->is)
                        g_error("class %d of \"%s\" should be %d", c->class, c->s, c->is);
        }
}

static void test_quote(void) {
        static const struct {
                const char *in;
                gsize max;
                const char *out;
        } cases[] = {
                {NULL, 10, "\"\""},
                {"abc", 10, "\"abc\""},
                {"a\"b\\c", 10, "\"a\\\"b\\\\c\""},
                {"a\r\nb\x1B", 20, "\"a\\x0d\\x0ab\\x1b\""},
                {"日本", 6, "\"日本\""},
                {"日本語", 8, "\"日本...\""},
                {"\xFF", 8, "\"\\xff\""},
                {"\xE2\x80\xAE", 20, "\"\\xe2\\x80\\xae\""},
                {"\xC2\x9B", 20, "\"\\xc2\\x9b\""},
                {"abcdef", 3, "\"abc...\""},
                {"abcdef", 0, "\"...\""},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *out = mg_text_quote(cases[i].in, cases[i].max);

                g_assert_cmpstr(out, ==, cases[i].out);
        }
}

static void test_columns(void) {
        g_assert_cmpuint(mg_text_columns(""), ==, 0);
        g_assert_cmpuint(mg_text_columns("abc"), ==, 3);
        g_assert_cmpuint(mg_text_columns("日本語abc"), ==, 9);
        g_assert_cmpuint(mg_text_columns("ｶﾅ"), ==, 2);
        g_assert_cmpuint(mg_text_columns("Ａ１"), ==, 4);
        g_assert_cmpuint(mg_text_columns("か\xE3\x82\x99"), ==, 2);
        g_assert_cmpuint(mg_text_columns("\xFF"), ==, 1);
}

/* UAX 11: wide, full-width and ambiguous ones count 2; marks nothing. */
static void test_columns_east(void) {
        static const struct {
                const char *text;
                guint columns;
        } cases[] = {
                {"", 0},
                {"abc", 3},
                {"日本語abc", 9},
                {"ｶﾅ", 2},
                {"Ａ１", 4},
                {"━…①α±×", 12},
                {"Ж", 2},
                {"é", 2},
                {"e\xCC\x81", 1},
                {"か\xE3\x82\x99", 2},
                {"a\tb", 10},
                {"\xEF\xBF\xBD", 2},
                {"葛\xF3\xA0\x84\x80", 2},
                {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", 4},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                g_assert_cmpuint(mg_text_columns_east(cases[i].text, strlen(cases[i].text)), ==, cases[i].columns);
        g_assert_cmpuint(mg_text_columns_east("日本", 3), ==, 2);
}

static void test_size(void) {
        static const struct {
                guint64 octets;
                const char *text;
        } cases[] = {
                {0, "0 B"},
                {512, "512 B"},
                {1023, "1023 B"},
                {1024, "1 KB"},
                {13 * 1024 + 100, "13 KB"},
                {1024 * 1024 - 1, "1023 KB"},
                {1024 * 1024, "1.0 MB"},
                {3 * 512 * 1024, "1.5 MB"},
                {250 * 1024 * 1024ull, "250 MB"},
                {G_MAXUINT64, "15.9 EB"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = mg_text_size(cases[i].octets);

                g_assert_cmpstr(text, ==, cases[i].text);
        }
}

static void test_hex(void) {
        const guint8 bytes[] = {0x00, 0xAB, 0xFF};
        g_autofree char *hex = mg_text_hex(bytes, sizeof bytes);

        g_assert_cmpstr(hex, ==, "00abff");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/text/clean", test_clean);
        g_test_add_func("/text/nul", test_nul);
        g_test_add_func("/text/cut", test_cut);
        g_test_add_func("/text/random", test_random);
        g_test_add_func("/text/every-code-point", test_every_code_point);
        g_test_add_func("/text/classes", test_classes);
        g_test_add_func("/text/quote", test_quote);
        g_test_add_func("/text/columns", test_columns);
        g_test_add_func("/text/columns-east", test_columns_east);
        g_test_add_func("/text/size", test_size);
        g_test_add_func("/text/hex", test_hex);
        return g_test_run();
}
