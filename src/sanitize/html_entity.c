/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Character references of HTML: numbers as WHATWG corrects them (windows-1252 for 0x80 to 0x9F), names by one table.
 * Reports no parse errors.
 */
#include "sanitize/html_entity.h"

#include <string.h>

typedef struct Row {
        const char *name;
        const char *text;
} Row;

static const Row rows[] = {
#include "sanitize/html_entities.inc"
};

/* Octets of the longest name, and of the longest one that needs no ";". */
static const gsize name_max = 40, bare_max = 6;

static const guint16 windows_1252[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static const char *find_name(const char *name, gsize n) {
        gsize low = 0, high = G_N_ELEMENTS(rows);
        while (low < high) {
                gsize middle = (low + high) / 2;
                int order = strncmp(rows[middle].name, name, n);
                if (order == 0 && rows[middle].name[n] == '\0')
                        return rows[middle].text;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* "&#" at s. Octets that the reference takes, 0 where it is none. */
static gsize decode_number(GString *out, const char *s, gsize n) {
        gboolean hex = n > 2 && (s[2] == 'x' || s[2] == 'X');
        gsize begin = hex ? 3 : 2, at = begin;
        guint32 code = 0;
        for (; at < n; at++) {
                int digit = hex ? g_ascii_xdigit_value(s[at]) : g_ascii_digit_value(s[at]);
                if (digit < 0)
                        break;
                code = MIN(code * (hex ? 16 : 10) + (guint)digit, 0x110000u);
        }
        if (at == begin)
                return 0;
        if (code >= 0x80 && code < 0xA0)
                code = windows_1252[code - 0x80];
        if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
                code = 0xFFFD;
        g_string_append_unichar(out, code);
        return at < n && s[at] == ';' ? at + 1 : at;
}

/* "&" at s. */
static gsize decode_name(GString *out, const char *s, gsize n, gboolean attribute) {
        gsize length = 0;
        while (length + 1 < n && length < name_max && g_ascii_isalnum(s[length + 1]))
                length++;
        if (length == 0)
                return 0;
        const char *text = NULL;
        if (length + 1 < n && s[length + 1] == ';' && (text = find_name(s + 1, length + 1)) != NULL) {
                g_string_append(out, text);
                return length + 2;
        }
        for (gsize take = MIN(length, bare_max); take >= 2; take--) {
                text = find_name(s + 1, take);
                if (text == NULL)
                        continue;
                char next = take + 1 < n ? s[take + 1] : ' ';
                if (attribute && (next == '=' || g_ascii_isalnum(next)))
                        return 0;
                g_string_append(out, text);
                return take + 1;
        }
        return 0;
}

void mg_html_decode(GString *out, const char *s, gsize n, gboolean attribute) {
        const char *end = s + n;
        while (s < end) {
                const char *amp = memchr(s, '&', end - s);
                g_string_append_len(out, s, (amp != NULL ? amp : end) - s);
                if (amp == NULL)
                        return;
                gsize left = end - amp;
                gsize took = left > 1 && amp[1] == '#' ? decode_number(out, amp, left)
                                                       : decode_name(out, amp, left, attribute);
                if (took == 0)
                        g_string_append_c(out, '&');
                s = amp + MAX(took, 1);
        }
}
