/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every code point of the Japanese character sets, in each form in which mail has it, against glibc's converters; and
 * encoded words cut at every octet. A character stands between two kana, so that no form has to be guessed. Rows are
 * those of the JIS plane, 1 to 94. Asks glibc here only: the decoder has its own tables.
 */
#include <iconv.h>
#include <string.h>

#include "sanitize/charset.h"
#include "sanitize/word.h"

typedef struct Plane {
        const char *name;
        guint first_row, last_row;
        const char *reference; /* charset of glibc that knows the plane */
        guint characters;      /* that it has */
        guint8 lead;           /* an octet before the two, or 0 */
        gboolean windows;      /* the reference is by Shift_JIS arithmetic */
} Plane;

/*
 * glibc's EUC-JP has JIS X 0208 and 0212 and nothing else; row 13 is NEC's, rows 89 to 92 are NEC's selection of the
 * IBM extensions (115 to 119, which ISO-2022-JP and EUC-JP cannot say, are only in Shift_JIS: see test_ibm).
 */
static const Plane planes[] = {
        {"JIS X 0208", 1, 84, "EUC-JP", 6879, 0, FALSE},
        {"JIS X 0212", 2, 77, "EUC-JP", 6067, 0x8F, FALSE},
        {"NEC row 13", 13, 13, "CP932", 83, 0, TRUE},
        {"NEC selection of IBM extensions", 89, 92, "CP932", 374, 0, TRUE},
};

static void shift_jis_of(guint row, guint cell, char out[2]) {
        guint lead = (row + 1) / 2 + (row <= 62 ? 0x80 : 0xC0);
        guint trail = row % 2 == 0 ? cell + 0x9E : cell + (cell <= 63 ? 0x3F : 0x40);
        out[0] = (char)lead;
        out[1] = (char)trail;
}

/* What glibc makes of octets; FALSE where it has no character there. */
static gboolean ask(iconv_t converter, const char *octets, gsize n, char want[16]) {
        char *from = (char *)octets, *to = want;
        gsize left = n, room = 15;
        iconv(converter, NULL, NULL, NULL, NULL);
        if (iconv(converter, &from, &left, &to, &room) == (gsize)-1 || left > 0)
                return FALSE;
        *to = '\0';
        return g_utf8_strlen(want, -1) == 1;
}

/*
 * Where Windows and the standards read a character of row 1 or 2 differently mail is Windows': wave dash, parallel,
 * minus, cent, pound, not, broken bar; and the backslash of row 1. RFC 1468 says nothing, mailers do.
 */
static const char *as_windows(const char *want) {
        static const char *const pairs[][2] = {
                {"〜", "～"}, {"‖", "∥"},   {"−", "－"}, {"¢", "￠"}, {"£", "￡"},
                {"¬", "￢"},  {"\\", "＼"}, {"—", "―"},  {"¦", "￤"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
                if (strcmp(want, pairs[i][0]) == 0)
                        return pairs[i][1];
        return want;
}

/* octets between two kana of the same form, decoded under the label. */
static void check(const char *label, const char *before, const GString *octets, const char *after, const char *want) {
        g_autofree char *text = g_strconcat(before, octets->str, after, NULL);
        g_auto(MgDecoded) out = {0};
        g_autofree char *whole = g_strconcat("あい", want, "あい", NULL);
        mg_charset_decode(text, strlen(text), label, NULL, &out);
        g_assert_cmpstr(out.text, ==, whole);
        g_assert_cmpuint(out.replaced, ==, 0);
}

static void check_forms(const Plane *plane, guint row, guint cell, const char *want) {
        g_autoptr(GString) octets = g_string_new(NULL);
        char sjis[2];
        g_string_printf(octets, "%s%c%c", plane->lead != 0 ? "\x1B$(D" : "", row + 0x20, cell + 0x20);
        check("iso-2022-jp", "\x1B$B$\"$$", octets, plane->lead != 0 ? "\x1B$B$\"$$\x1B(B" : "$\"$$\x1B(B", want);
        g_string_truncate(octets, 0);
        if (plane->lead != 0)
                g_string_append_c(octets, (char)plane->lead);
        g_string_append_c(octets, (char)(row + 0xA0));
        g_string_append_c(octets, (char)(cell + 0xA0));
        check("euc-jp", "\xA4\xA2\xA4\xA4", octets, "\xA4\xA2\xA4\xA4", want);
        if (plane->lead != 0)
                return;
        shift_jis_of(row, cell, sjis);
        g_string_truncate(octets, 0);
        g_string_append_len(octets, sjis, 2);
        check("shift_jis", "\x82\xA0\x82\xA2", octets, "\x82\xA0\x82\xA2", want);
}

static void test_planes(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(planes); i++) {
                const Plane *plane = &planes[i];
                iconv_t converter = iconv_open("UTF-8", plane->reference);
                guint known = 0;
                g_assert_true(converter != (iconv_t)-1);
                for (guint place = plane->first_row * 94; place < (plane->last_row + 1) * 94; place++) {
                        guint row = place / 94, cell = place % 94 + 1;
                        char octets[4] = {(char)0x8F, (char)(row + 0xA0), (char)(cell + 0xA0)}, want[16];
                        if (plane->windows)
                                shift_jis_of(row, cell, octets);
                        gsize skip = plane->lead != 0 || plane->windows ? 0 : 1;
                        if (!ask(converter, octets + skip, plane->lead != 0 ? 3 : 2, want))
                                continue;
                        check_forms(plane, row, cell, as_windows(want));
                        known++;
                }
                iconv_close(converter);
                g_test_message("%s: %u characters", plane->name, known);
                g_assert_cmpuint(known, ==, plane->characters);
        }
}

/* IBM's extensions are at FA40 to FC4B of Shift_JIS. */
static void test_ibm(void) {
        iconv_t converter = iconv_open("UTF-8", "CP932");
        guint known = 0;
        for (guint code = 0xFA40; code <= 0xFC4B; code++) {
                char octets[2] = {(char)(code >> 8), (char)code}, want[16];
                if (!ask(converter, octets, 2, want))
                        continue;
                g_autoptr(GString) string = g_string_new_len(octets, 2);
                check("shift_jis", "\x82\xA0\x82\xA2", string, "\x82\xA0\x82\xA2", want);
                known++;
        }
        iconv_close(converter);
        g_assert_cmpuint(known, ==, 388);
}

/* Half-width kana, by each of the ways to them. */
static void test_half_width(void) {
        for (guint code = 0xA1; code <= 0xDF; code++) {
                g_autoptr(GString) seven = g_string_new("\x1B(I"), single = g_string_new(NULL),
                                   third = g_string_new("\x8E");
                char want[8] = "";
                g_unichar_to_utf8(0xFF61 + code - 0xA1, want);
                g_string_append_c(seven, (char)(code & 0x7F));
                g_string_append_c(single, (char)code);
                g_string_append_c(third, (char)code);
                check("iso-2022-jp", "\x1B$B$\"$$", seven, "\x1B$B$\"$$\x1B(B", want);
                check("shift_jis", "\x82\xA0\x82\xA2", single, "\x82\xA0\x82\xA2", want);
                check("euc-jp", "\xA4\xA2\xA4\xA4", third, "\xA4\xA2\xA4\xA4", want);
        }
}

static void append_word(GString *out, const char *label, const char *octets, gsize n, gboolean base64) {
        g_string_append_printf(out, "=?%s?%c?", label, base64 ? 'B' : 'Q');
        g_autofree char *coded = g_base64_encode((const guchar *)octets, n);
        if (base64)
                g_string_append(out, coded);
        for (gsize i = 0; i < n && !base64; i++)
                g_string_append_printf(out, "=%02X", (guint8)octets[i]);
        g_string_append(out, "?=");
}

/* E9: two words that part a text anywhere, within a character or an escape sequence too, say what one says. */
static void test_splits(void) {
        static const char text[] = "第①回 会議の件(ﾃｽﾄ)～髙﨑様 abc";
        static const struct {
                const char *label, *charset;
        } rows[] = {{"UTF-8", "UTF-8"},    {"Shift_JIS", "CP932"},   {"EUC-JP", "EUC-JP-MS"},
                    {"ISO-2022-JP", NULL}, {"UTF-16BE", "UTF-16BE"}, {"GB18030", "GB18030"}};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                gsize n;
                g_autofree char *octets = NULL;
                gboolean jis = strcmp(rows[i].label, "ISO-2022-JP") == 0;
                if (jis) { /* glibc has no converter with all of it: written out */
                        static const char written[] =
                                "\x1B$BBh-!2s\x1B(B \x1B$B2q5D$N7o\x1B(B(\x1B(I\x43\x3D\x44\x1B(B)\x1B$B!A"
                                "\x7C\x62\x79\x75MM\x1B(B abc";
                        n = sizeof written - 1;
                        octets = g_memdup2(written, n);
                } else {
                        octets = g_convert(text, -1, rows[i].charset, "UTF-8", NULL, &n, NULL);
                }
                g_assert_nonnull(octets);
                g_autoptr(GString) one = g_string_new(NULL), said = g_string_new(NULL);
                append_word(one, rows[i].label, octets, n, TRUE);
                mg_word_decode(one->str, one->len, said, NULL, NULL);
                g_assert_cmpstr(said->str, ==, text);
                for (gsize cut = 1; cut < n; cut++) {
                        for (guint coding = 0; coding < 4; coding++) {
                                /* Whoever cuts a kanji of ISO-2022-JP does it in one coding: see /word/words. */
                                if (jis && (coding == 1 || coding == 2))
                                        continue;
                                g_autoptr(GString) two = g_string_new(NULL), again = g_string_new(NULL);
                                guint32 replaced = 0;
                                append_word(two, rows[i].label, octets, cut, coding & 1);
                                g_string_append_c(two, ' ');
                                append_word(two, rows[i].label, octets + cut, n - cut, (coding & 2) != 0);
                                mg_word_decode(two->str, two->len, again, &replaced, NULL);
                                g_assert_cmpstr(again->str, ==, text);
                                g_assert_cmpuint(replaced, ==, 0);
                        }
                }
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/vectors/planes", test_planes);
        g_test_add_func("/vectors/ibm-extensions", test_ibm);
        g_test_add_func("/vectors/half-width-E4", test_half_width);
        g_test_add_func("/vectors/splits-E9", test_splits);
        return g_test_run();
}
