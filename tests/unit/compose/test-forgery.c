/* SPDX-License-Identifier: Apache-2.0 */
/* The words by which a reader knows a line: the short way and the long one are one. Whole bodies are in test-notice. */
#include "compose/forgery.h"

#include <string.h>

/* As the header says it, without a short way. */
static char *said(const char *line) {
        g_autofree char *form = g_utf8_normalize(line, -1, G_NORMALIZE_NFKC);
        g_autofree char *folded = g_utf8_casefold(form, -1);
        GString *out = g_string_new(NULL);

        for (const char *p = folded; *p; p = g_utf8_next_char(p))
                if (g_unichar_isalnum(g_utf8_get_char(p)))
                        g_string_append_unichar(out, g_utf8_get_char(p));
        return g_string_free(out, FALSE);
}

static void check(const char *line) {
        g_autofree char *wanted = said(line), *got = mg_forgery_words(line);

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
                {"以下はＭｕｇａｉが付けました。", "以下はmugaiが付けました"},
                {"以 下・は|Mugai が付けました", "以下はmugaiが付けました"},
                {"ｶﾞｷﾞ①", "ガギ1"},
                {"━━ 会計課 ━━", "会計課"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *got = mg_forgery_words(rows[i][0]);

                g_assert_cmpstr(got, ==, rows[i][1]);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/compose/forgery/characters", test_characters);
        g_test_add_func("/compose/forgery/lines", test_lines);
        return g_test_run();
}
