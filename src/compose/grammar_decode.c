/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict readers of base64, ISO-2022-JP and encoded words. Kept apart from what writes them (encode.c, jis.c): a
 * fault there must not be read back the same way.
 */
#include "compose/grammar_decode.h"

#include <string.h>

#define WORD_MAX 75

/* What no digit has: the bit above those of a digit. */
#define NO_DIGIT 0x40u

/* 0-63, or NO_DIGIT. */
static guint32 sextet(char c) {
        static const guint8 digits[256] = {
                ['A'] = 0x80, ['B'] = 1,  ['C'] = 2,  ['D'] = 3,  ['E'] = 4,  ['F'] = 5,  ['G'] = 6,  ['H'] = 7,
                ['I'] = 8,    ['J'] = 9,  ['K'] = 10, ['L'] = 11, ['M'] = 12, ['N'] = 13, ['O'] = 14, ['P'] = 15,
                ['Q'] = 16,   ['R'] = 17, ['S'] = 18, ['T'] = 19, ['U'] = 20, ['V'] = 21, ['W'] = 22, ['X'] = 23,
                ['Y'] = 24,   ['Z'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
                ['g'] = 32,   ['h'] = 33, ['i'] = 34, ['j'] = 35, ['k'] = 36, ['l'] = 37, ['m'] = 38, ['n'] = 39,
                ['o'] = 40,   ['p'] = 41, ['q'] = 42, ['r'] = 43, ['s'] = 44, ['t'] = 45, ['u'] = 46, ['v'] = 47,
                ['w'] = 48,   ['x'] = 49, ['y'] = 50, ['z'] = 51, ['0'] = 52, ['1'] = 53, ['2'] = 54, ['3'] = 55,
                ['4'] = 56,   ['5'] = 57, ['6'] = 58, ['7'] = 59, ['8'] = 60, ['9'] = 61, ['+'] = 62, ['/'] = 63,
        };
        const guint8 digit = digits[(guint8)c];

        /* A has a bit that the others have not, so that it is told from what the table does not name. */
        return digit == 0 ? NO_DIGIT : digit & 0x3F;
}

gboolean mg_decode_base64(const char *s, gsize n, GString *out) {
        const gsize before = out->len;
        gsize padding = 0;
        char *to;

        if (n == 0 || n % 4 != 0)
                return FALSE;
        while (padding < 2 && s[n - 1 - padding] == '=')
                padding++;
        g_string_set_size(out, before + n / 4 * 3);
        to = out->str + before;
        for (gsize i = 0; i < n; i += 4) {
                const gsize digits = i + 4 == n ? 4 - padding : 4;
                const guint32 a = sextet(s[i]), b = sextet(s[i + 1]), c = digits > 2 ? sextet(s[i + 2]) : 0,
                              d = digits > 3 ? sextet(s[i + 3]) : 0, bits = a << 18 | b << 12 | c << 6 | d;

                if ((a | b | c | d) & NO_DIGIT)
                        return FALSE;
                if ((digits == 3 && (bits & 0xFF)) || (digits == 2 && (bits & 0xFFFF)))
                        return FALSE;
                *to++ = (char)(bits >> 16);
                *to++ = (char)(bits >> 8);
                *to++ = (char)bits;
        }
        g_string_set_size(out, before + n / 4 * 3 - padding);
        return TRUE;
}

/* A place of JIS X 0208 that has a character: rows 1-8 and 16-84. Not NEC's row 13 nor those that vendors filled. */
static gboolean is_jis(guint8 row, guint8 cell) {
        return cell >= 0x21 && cell <= 0x7E && ((row >= 0x21 && row <= 0x28) || (row >= 0x30 && row <= 0x74));
}

static const char *jis_stand_in(guint8 row, guint8 cell) {
        if (row != 0x21)
                return "〓";
        return cell == 0x21 ? "　" : cell == 0x23 ? "。" : cell == 0x25 ? "．" : "〓";
}

gboolean mg_decode_jis(const char *s, gsize n, GString *out) {
        gboolean kanji = FALSE;

        for (gsize i = 0; i < n;) {
                gboolean escape = n - i >= 3 && s[i] == 0x1B;

                if (escape && (kanji ? memcmp(s + i, "\x1B(B", 3) : memcmp(s + i, "\x1B$B", 3)) == 0) {
                        kanji = !kanji;
                        i += 3;
                } else if (kanji && n - i >= 2 && is_jis((guint8)s[i], (guint8)s[i + 1])) {
                        g_string_append(out, jis_stand_in((guint8)s[i], (guint8)s[i + 1]));
                        i += 2;
                } else if (!kanji && s[i] != 0x1B && (guint8)s[i] < 0x80) {
                        g_string_append_c(out, s[i++]);
                } else {
                        return FALSE;
                }
        }
        return !kanji;
}

static gint hex_value(char c) {
        return g_ascii_isdigit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static gboolean decode_q(const char *s, gsize n, GString *out) {
        for (gsize i = 0; i < n; i++) {
                if (s[i] != '=') {
                        g_string_append_c(out, s[i] == '_' ? ' ' : s[i]);
                        continue;
                }
                if (n - i < 3 || hex_value(s[i + 1]) < 0 || hex_value(s[i + 2]) < 0)
                        return FALSE;
                g_string_append_c(out, (char)(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2])));
                i += 2;
        }
        return TRUE;
}

gboolean mg_decode_word(const char *s, gsize n, GString *out) {
        static const char *const heads[] = {"=?utf-8?", "=?iso-2022-jp?"};
        g_autoptr(GString) octets = g_string_new(NULL);
        gsize which = 0, head;
        gboolean base64;

        while (which < 2 &&
               (n < strlen(heads[which]) || g_ascii_strncasecmp(s, heads[which], strlen(heads[which])) != 0))
                which++;
        if (which == 2 || n > WORD_MAX)
                return FALSE;
        head = strlen(heads[which]);
        if (n < head + 5 || s[head + 1] != '?' || s[n - 2] != '?' || s[n - 1] != '=' || !strchr("BQbq", s[head]))
                return FALSE;
        base64 = (s[head] | 0x20) == 'b';
        s += head + 2;
        n -= head + 4;
        for (gsize i = 0; i < n; i++)
                if (s[i] <= ' ' || s[i] >= 0x7F || s[i] == '?')
                        return FALSE;
        if (!(base64 ? mg_decode_base64(s, n, octets) : decode_q(s, n, octets)))
                return FALSE;
        if (which == 1)
                return mg_decode_jis(octets->str, octets->len, out);
        if (!g_utf8_validate(octets->str, (gssize)octets->len, NULL))
                return FALSE;
        g_string_append_len(out, octets->str, (gssize)octets->len);
        return TRUE;
}
