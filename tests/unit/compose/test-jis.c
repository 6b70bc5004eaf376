/* SPDX-License-Identifier: Apache-2.0 */
/* ISO-2022-JP: stand-ins, octets, and that glibc's own reader and the grammar's both read them back. */
#include "compose/jis.h"

#include <string.h>

#include "compose/grammar_decode.h"

typedef struct Case {
        const char *in;
        const char *expressed;
} Case;

static const Case cases[] = {
        {"", ""},
        {"plain ~\\", "plain ~\\"},
        {"日本語、ー「」", "日本語、ー「」"},
        {"①⑳", "(1)(20)"},
        {"㈱㈲㊤㎡㎏№℡", "(株)(有)上m2kgNoTEL"},
        {"ⅠⅣⅹ", "IIVx"},
        {"髙﨑德濵𠮷", "高崎徳濱吉"},
        {"ｱｲｳｶﾞﾊﾟｯﾞ｡｢｣", "アイウガパッ゛。「」"},
        {"か\xE3\x82\x99は\xE3\x82\x9A", "がぱ"},
        /* Voice marks in each form behind kana in each form; where no kana takes them they stand by themselves. */
        {"ケﾞートウﾞハﾟかﾞふﾟゝﾞ", "ゲートヴパがぷゞ"},
        {"ｹ\xE3\x82\x99ｰﾄｳ\xE3\x82\x99ﾊ\xE3\x82\x9A", "ゲートヴパ"},
        {"ﾞ、ア\xE3\x82\x99カﾟ漢ﾞa\xE3\x82\x9Aガﾞ\xE3\x82\x99", "゛、ア゛カ゜漢゛a゜ガ゛゛"},
        {"ワ\xE3\x82\x99ﾜﾞヷか\xE3\x82\x9A", "ワ゛ワ゛ワ゛か゜"},
        {"か\xCC\x81\xE3\x82\x99ケ゛", "がケ゛"},
        {"～－∥￠￡￢", "〜−‖¢£¬"},
        {"— – •", "― - ・"},
        {"éñü", "enu"},
        {"ß€", "〓〓"},
        {"😀", "〓"},
        {"葛\xF3\xA0\x84\x80飾", "葛飾"},
        {"❤\xEF\xB8\x8F", "〓"},
        {"ＡＢＣ１２３", "ＡＢＣ１２３"},
        {"⒈․", "1.."},
};

static void test_express(void) {
        g_autoptr(MgJis) jis = mg_jis_new();

        g_assert_nonnull(jis);
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *out = mg_jis_express(jis, cases[i].in);

                g_assert_cmpstr(out, ==, cases[i].expressed);
        }
}

/* A text is looked at in pieces: a mark joins its kana wherever one ends. */
static void test_pieces(void) {
        static const char *const pairs[][2] = {
                {"ケﾞ", "ゲ"}, {"ｹ\xE3\x82\x99", "ゲ"}, {"ﾊﾟ", "パ"}, {"か\xE3\x82\x99", "が"}};
        g_autoptr(MgJis) jis = mg_jis_new();

        for (gsize before = 1000; before < 1040; before++)
                for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
                        g_autofree char *lead = g_strnfill(before, 'a'), *in = g_strconcat(lead, pairs[i][0], NULL),
                                        *want = g_strconcat(lead, pairs[i][1], NULL), *out = mg_jis_express(jis, in);

                        g_assert_cmpstr(out, ==, want);
                }
}

static void test_octets(void) {
        g_autoptr(MgJis) jis = mg_jis_new();
        g_autoptr(GString) out = g_string_new(NULL);
        static const char text[] = "a会議b\r\n室\r\n";
        static const char want[] = "a\x1B$B2q5D\x1B(Bb\r\n\x1B$B<<\x1B(B\r\n";

        mg_jis_encode(jis, text, strlen(text), out);
        g_assert_cmpstr(out->str, ==, want);
}

/* Each character comes back from glibc as what was expressed, and the grammar's reader takes it. */
static void test_every_character(void) {
        g_autoptr(MgJis) jis = mg_jis_new();
        guint expressible = 0;

        for (gunichar c = 0x80; c < 0x10000; c++) {
                char in[8] = "";
                g_autofree char *out = NULL;
                g_autofree char *back = NULL, *again = NULL;
                g_autoptr(GString) octets = g_string_new(NULL), read = g_string_new(NULL);

                if (c >= 0xD800 && c < 0xE000)
                        continue;
                g_unichar_to_utf8(c, in);
                out = mg_jis_express(jis, in);
                mg_jis_encode(jis, out, strlen(out), octets);
                g_assert_true(mg_decode_jis(octets->str, octets->len, read));
                /* The character or its stand-in: that is what is read, and expressing it again changes nothing. */
                back = g_convert(octets->str, (gssize)octets->len, "UTF-8", "ISO-2022-JP", NULL, NULL, NULL);
                g_assert_cmpstr(back, ==, out);
                again = mg_jis_express(jis, out);
                g_assert_cmpstr(again, ==, out);
                expressible += g_str_equal(in, out);
        }
        g_assert_cmpuint(expressible, ==, 6879); /* all of JIS X 0208 */
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/jis/express", test_express);
        g_test_add_func("/jis/pieces", test_pieces);
        g_test_add_func("/jis/octets", test_octets);
        g_test_add_func("/jis/every-character", test_every_character);
        return g_test_run();
}
