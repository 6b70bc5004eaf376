/* SPDX-License-Identifier: Apache-2.0 */
/* The words by which a reader knows a line: the short way and the long one are one. Whole bodies are in test-notice. */
#include "compose/forgery.h"

#include <string.h>

/* A soft hyphen says nothing, and a line that has one goes the long way. */
static void check(const char *line) {
        g_autofree char *long_way = g_strconcat(line, "\xC2\xAD", NULL), *wanted = mg_forgery_words(long_way),
                        *got = mg_forgery_words(line);

        g_assert_cmpstr(got, ==, wanted);
}

/* Each character by itself and with what may be joined to it or to which it may be joined. */
static void test_characters(void) {
        static const char *const beside[] = {"", "か", "ハ", "゙", "゚", "́", "A", "漢", "가", "ᄀ", "ᅡ", "◯", "⃝", "ー"};

        for (gunichar c = 1; c < 0x30000; c++) {
                char s[8] = "";

                if (!g_unichar_validate(c))
                        continue;
                g_unichar_to_utf8(c, s);
                for (gsize i = 0; i < G_N_ELEMENTS(beside); i++) {
                        g_autofree char *before = g_strconcat(beside[i], s, NULL),
                                        *after = g_strconcat(s, beside[i], NULL);

                        check(before);
                        check(after);
                }
        }
}

static void test_lines(void) {
        static const char *const rows[][2] = {
                {"", ""},
                {"--- ", ""},
                {"以下はＭｕｇａｉが付けました。", "以下ハmugaiカ付ケマシタ"},
                {"以 下・は|Mugai が付けました", "以下ハmugaiカ付ケマシタ"},
                {"ｶﾞｷﾞ②", "カキ2"},
                {"━━ 会計課 ━━", "会計課"},
                {"Éditeur", "editeur"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *got = mg_forgery_words(rows[i][0]);

                g_assert_cmpstr(got, ==, rows[i][1]);
        }
}

/* Lines of which each has the words of the first. */
static void check_alike(const char *const *lines) {
        g_autofree char *wanted = mg_forgery_words(lines[0]);

        for (gsize i = 1; lines[i]; i++) {
                g_autofree char *got = mg_forgery_words(lines[i]);

                g_assert_cmpstr(got, ==, wanted);
                check(lines[i]);
        }
}

static void test_alike(void) {
        static const char *const gateway[] = {"ゲートウェイ",
                                              "ゲ―トウェイ",
                                              "ゲ─トウェイ",
                                              "ゲ━トウェイ",
                                              "ゲ—トウェイ",
                                              "ゲ–トウェイ",
                                              "ゲ‐トウェイ",
                                              "ゲ－トウェイ",
                                              "ゲ−トウェイ",
                                              "ゲ一トウェイ",
                                              "ゲ⼀トウェイ",
                                              "ゲㅡトウェイ",
                                              "ｹﾞｰﾄｳｪｲ",
                                              "ゲー卜ウェイ",
                                              "ゲー⼘ウェイ",
                                              "ゲーㇳウェイ",
                                              "ケ゛ートウェイ",
                                              "ケ\xE3\x82\x99ートウェイ",
                                              "ケﾞートウェイ",
                                              "ｹ\xE3\x82\x99ートウェイ",
                                              "ｹ゛ートウェイ",
                                              "ゲートウエイ",
                                              "ゲートウ工イ",
                                              "ゲートウ⼯イ",
                                              "ゲート宀ェイ",
                                              "ゲートウェ亻",
                                              "ゲートウェ⺅",
                                              "ヶ゛ートゥェィ",
                                              NULL};
        static const char *const below[] = {"下は無害化からのお知らせです",
                                            "下は无害化からのお知らせです",
                                            "下は⽆害化からのお知らせです",
                                            "下は旡害化からのお知らせです",
                                            "下は⺛害化からのお知らせです",
                                            "卞ハ無害化力ラノオ知ラセテ゛ス",
                                            NULL};
        static const char *const kana[] = {"エカロニハタヘベペリチ", "工力口二八夕へべぺり千", NULL};
        static const char *const latin[] = {"Below this line: a notice from the mail sanitizing gateway",
                                            "Be1ow this Iine, a n0tice from the maiI sanitizing gateway",
                                            "ΒЕӏоԝ тһіѕ ⅼіΝе: а Νотісе frоΜ τНе Маіӏ ѕаΝітіΖіΝɡ ɡатеԝау", NULL};
        static const char *const greek[] = {"abezhikmnoptyx", "αβεζηικμνορτυχ", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", NULL};
        static const char *const cyrillic[] = {"abekmhopctyxsijhdqwig", "авекмнорстухѕіјһԁԛԝıɡ", NULL};

        check_alike(gateway);
        check_alike(below);
        check_alike(kana);
        check_alike(latin);
        check_alike(greek);
        check_alike(cyrillic);
}

/* What people write stays apart. */
static void test_apart(void) {
        static const char *const pairs[][2] = {
                {"下", "上"}, {"未", "末"}, {"土", "士"}, {"王", "壬"},
                {"知", "和"}, {"化", "比"}, {"害", "割"}, {"二", "三"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
                g_autofree char *one = mg_forgery_words(pairs[i][0]), *other = mg_forgery_words(pairs[i][1]);

                g_assert_cmpstr(one, !=, other);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/compose/forgery/characters", test_characters);
        g_test_add_func("/compose/forgery/lines", test_lines);
        g_test_add_func("/compose/forgery/alike", test_alike);
        g_test_add_func("/compose/forgery/apart", test_apart);
        return g_test_run();
}
