/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, folding, encoded words, base64: form and that they say what was put in. */
#include "compose/encode.h"

#include <string.h>

#include "compose/grammar_decode.h"
#include "sample.h"

static void test_fold(void) {
        g_autoptr(GString) out = g_string_new(NULL);
        MgFieldWriter writer = {.out = out};
        g_autofree char *long_token = g_strnfill(200, 'x');
        g_autofree char *seventy = g_strnfill(72, 'z');

        mg_field_begin(&writer, "Name");
        mg_field_token(&writer, long_token); /* never a fold before the first token */
        mg_field_token(&writer, long_token);
        mg_field_end(&writer);
        g_assert_true(g_str_has_prefix(out->str, "Name: xxx"));
        g_assert_nonnull(strstr(out->str, "x\r\n x"));
        g_assert_cmpuint(mg_field_size(&writer), ==, out->len);

        g_string_truncate(out, 0);
        mg_field_begin(&writer, "N");
        mg_field_token(&writer, seventy);
        mg_field_token(&writer, "ab");
        mg_field_end(&writer);
        g_assert_true(g_str_has_suffix(out->str, "z\r\n ab\r\n"));
}

/* What the words of a field say. */
static char *decode(const char *field) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_auto(GStrv) words = NULL;
        const char *value = strchr(field, ':') + 2;

        words = g_strsplit_set(value, " \r\n", -1);
        for (guint i = 0; words[i]; i++)
                if (*words[i]) {
                        g_assert_cmpuint(strlen(words[i]), <=, 75);
                        g_assert_true(mg_decode_word(words[i], strlen(words[i]), text));
                }
        return g_strdup(text->str);
}

static void test_words(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(3);

        for (guint i = 0; i < 3000; i++) {
                g_autofree char *line = sample_text(rand, MG_CLASS_LINE, 400);
                g_autofree char *text = g_strconcat("é", line, NULL);
                g_autofree char *back = NULL;
                g_autoptr(GString) out = g_string_new(NULL);
                MgFieldWriter writer = {.out = out};
                g_auto(GStrv) lines = NULL;

                mg_field_begin(&writer,
                               i % 2 ? "Subject" : "X-A-Rather-Long-Field-Name-That-Leaves-Little-Room-For-Anything");
                mg_field_text(&writer, text);
                mg_field_end(&writer);
                back = decode(out->str);
                g_assert_cmpstr(back, ==, text);
                lines = g_strsplit(out->str, "\r\n", -1);
                for (guint k = 1; lines[k]; k++)
                        g_assert_cmpuint(strlen(lines[k]), <=, 76);
        }
}

static void test_base64(void) {
        for (gsize n = 0; n < 300; n++) {
                g_autofree char *data = g_strnfill(n, 'q');
                g_autoptr(GString) out = g_string_new(NULL);
                g_autofree guchar *back = NULL;
                gsize back_n;

                mg_encode_base64(data, n, out);
                for (const char *line = out->str; *line; line = strstr(line, "\r\n") + 2)
                        g_assert_cmpuint(strcspn(line, "\r"), <=, 76);
                if (n == 0)
                        continue;
                back = g_base64_decode(out->str, &back_n);
                g_assert_cmpmem(back, back_n, data, n);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/encode/fold", test_fold);
        g_test_add_func("/encode/words", test_words);
        g_test_add_func("/encode/base64", test_base64);
        return g_test_run();
}
