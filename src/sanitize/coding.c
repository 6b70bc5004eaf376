/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfer encodings. Our own, because libraries stop at the first padding (GMime: trap 4) or do not say that an
 * input was damaged. Does not look at what comes out, and re-encodes nothing.
 */
#include "sanitize/coding.h"

#include <string.h>

static const struct {
        const char *name;
        MgCoding coding;
} codings[] = {
        {"7bit", MG_CODING_IDENTITY},
        {"8bit", MG_CODING_IDENTITY},
        {"binary", MG_CODING_IDENTITY},
        {"base64", MG_CODING_BASE64},
        {"quoted-printable", MG_CODING_QUOTED_PRINTABLE},
        {"x-uuencode", MG_CODING_UUENCODE},
        {"x-uue", MG_CODING_UUENCODE},
        {"uuencode", MG_CODING_UUENCODE},
};

MgCoding mg_coding_parse(const char *value, gsize n, gboolean *known) {
        gsize begin = 0;
        while (begin < n && strchr(" \t\r\n\"", value[begin]) != NULL && value[begin] != '\0')
                begin++;
        gsize end = begin;
        while (end < n && (g_ascii_isalnum(value[end]) || value[end] == '-'))
                end++;
        *known = TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(codings); i++)
                if (strlen(codings[i].name) == end - begin &&
                    g_ascii_strncasecmp(codings[i].name, value + begin, end - begin) == 0)
                        return codings[i].coding;
        *known = FALSE;
        return MG_CODING_IDENTITY;
}

/* Value of a base64 character, or -1 for white space, -2 for padding, -3 for anything else. */
static int base64_value(guint8 c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        switch (c) {
        case '+':
                return 62;
        case '/':
                return 63;
        case '=':
                return -2;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
                return -1;
        default:
                return -3;
        }
}

/* The octets of an incomplete group of four: RFC 4648 section 4. */
static guint8 *base64_flush(guint8 *out, guint32 bits, guint have) {
        if (have >= 2)
                *out++ = bits >> (have == 2 ? 4 : 10);
        if (have == 3)
                *out++ = bits >> 2;
        return out;
}

/* The lowest bit of what groups are made of: one of four is no character. */
#define NO_GROUP 1

/* What the characters of a group give of 24 bits that lie above eight others, by their place in it. */
static void base64_places(const gint8 values[256], guint32 places[4][256]) {
        for (guint place = 0; place < 4; place++)
                for (guint c = 0; c < 256; c++)
                        places[place][c] = values[c] >= 0 ? (guint32)values[c] << (26 - 6 * place) : NO_GROUP;
}

static GBytes *base64_decode(const char *s, gsize n, gboolean *broken) {
        gint8 values[256];
        guint32 places[4][256];
        for (guint c = 0; c < 256; c++)
                values[c] = base64_value(c);
        base64_places(values, places);
        guint8 *decoded = g_malloc(n / 4 * 3 + 4);
        guint8 *out = decoded;
        guint32 bits = 0;
        guint have = 0;
        gboolean padded = FALSE;
        for (gsize i = 0; i < n; i++) {
                /* Whole groups, nearly all there is. The fourth octet that is written is the next one's first. */
                while (have == 0 && !padded && n - i >= 5) {
                        guint32 group = places[0][(guint8)s[i]] | places[1][(guint8)s[i + 1]] |
                                        places[2][(guint8)s[i + 2]] | places[3][(guint8)s[i + 3]];
                        if (group & NO_GROUP)
                                break;
                        group = GUINT32_TO_BE(group);
                        memcpy(out, &group, sizeof group);
                        out += 3;
                        i += 4;
                }
                int value = values[(guint8)s[i]];
                if (value >= 0) {
                        /* Data after padding: the next of several pieces (trap 4, B7). */
                        *broken |= padded;
                        padded = FALSE;
                        bits = bits << 6 | value;
                        if (++have < 4)
                                continue;
                        *out++ = bits >> 16;
                        *out++ = bits >> 8;
                        *out++ = bits;
                        have = 0;
                } else if (value == -2) {
                        *broken |= have == 1 || (have == 0 && !padded);
                        out = base64_flush(out, bits, have);
                        have = 0;
                        padded = TRUE;
                } else if (value == -3) {
                        *broken = TRUE;
                }
        }
        *broken |= have != 0;
        out = base64_flush(out, bits, have);
        return g_bytes_new_take(decoded, out - decoded);
}

/* Octets of white space and line end after a soft break's "=", or 0 where it is none. RFC 2045 section 6.7 (3). */
static gsize soft_break(const char *s, gsize n) {
        gsize i = 0;
        while (i < n && (s[i] == ' ' || s[i] == '\t'))
                i++;
        if (i < n && s[i] == '\n')
                return i + 1;
        if (i + 1 < n && s[i] == '\r' && s[i + 1] == '\n')
                return i + 2;
        return i == n ? i : 0;
}

static GBytes *quoted_printable_decode(const char *s, gsize n, gboolean *broken) {
        static const guint8 digits[256] = {
                /* one more than they stand for */
                ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
                ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
                ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};
        char *decoded = g_malloc(n + 1);
        char *out = decoded;
        for (gsize i = 0; i < n;) {
                if (s[i] != '=') {
                        const char *sign = memchr(s + i, '=', n - i);
                        gsize run = sign ? (gsize)(sign - s) - i : n - i;

                        memcpy(out, s + i, run);
                        out += run;
                        i += run;
                        continue;
                }
                if (i + 2 < n && digits[(guint8)s[i + 1]] && digits[(guint8)s[i + 2]]) {
                        *out++ = (char)((digits[(guint8)s[i + 1]] - 1) << 4 | (digits[(guint8)s[i + 2]] - 1));
                        i += 3;
                        continue;
                }
                gsize skip = soft_break(s + i + 1, n - i - 1);
                if (skip > 0 || i + 1 == n) {
                        i += 1 + skip;
                        continue;
                }
                *broken = TRUE;
                *out++ = s[i++];
        }
        return g_bytes_new_take(decoded, out - decoded);
}

/* First data line after "begin": a part with this encoding has the frame in it. */
static GBytes *uuencode_decode(const char *s, gsize n, gboolean *broken) {
        const char *end = s + n;
        const char *line = s;
        while (line < end && strncmp(line, "begin ", MIN(6, (gsize)(end - line))) != 0) {
                const char *lf = memchr(line, '\n', end - line);
                line = lf != NULL ? lf + 1 : end;
        }
        const char *lf = line < end ? memchr(line, '\n', end - line) : NULL;
        if (lf == NULL) {
                *broken = TRUE;
                return g_bytes_new_static(s, n);
        }
        return mg_coding_uudecode(lf + 1, end - lf - 1);
}

/* The bits of character i; what is missing at the end of a line were blanks that a relay took away. */
static guint uu_bits(const char *line, gsize n, gsize i) {
        return i < n ? ((guint8)line[i] - 0x20U) & 0x3F : 0;
}

/* One line without its end: how many octets it has, then four characters for three of them each. */
static guint8 *uudecode_line(const char *line, gsize n, guint8 *out) {
        guint octets = uu_bits(line, n, 0);

        for (gsize i = 1; octets > 0 && i < n; i += 4) {
                guint group = uu_bits(line, n, i) << 18 | uu_bits(line, n, i + 1) << 12 | uu_bits(line, n, i + 2) << 6 |
                              uu_bits(line, n, i + 3);

                for (int shift = 16; octets > 0 && shift >= 0; shift -= 8, octets--)
                        *out++ = (guint8)(group >> shift);
        }
        return out;
}

GBytes *mg_coding_uudecode(const char *s, gsize n) {
        /* The shortest line that says anything has two characters, and makes three octets. */
        guint8 *decoded = g_malloc(3 * (n / 2) + 1), *out = decoded;

        while (n > 0) {
                const char *lf = memchr(s, '\n', n);
                gsize line = lf ? (gsize)(lf - s) : n, whole = lf ? line + 1 : n;

                line -= line > 0 && s[line - 1] == '\r' ? 1 : 0;
                if (line == 3 && memcmp(s, "end", 3) == 0)
                        break;
                out = uudecode_line(s, line, out);
                s += whole;
                n -= whole;
        }
        return g_bytes_new_take(decoded, (gsize)(out - decoded));
}

GBytes *mg_coding_ydecode(const char *s, gsize n) {
        guint8 *decoded = g_malloc(n + 1), *out = decoded;

        for (gsize i = 0; i < n; i++) {
                guint8 moved = 42;

                if (s[i] == '=') {
                        moved += 64;
                        i++;
                }
                /* An encoder escapes what would be the end of a line. */
                if (i < n && s[i] != '\r' && s[i] != '\n')
                        *out++ = (guint8)((guint8)s[i] - moved);
        }
        return g_bytes_new_take(decoded, (gsize)(out - decoded));
}

GBytes *mg_coding_decode(MgCoding coding, const char *s, gsize n, gboolean *broken) {
        switch (coding) {
        case MG_CODING_BASE64:
                return base64_decode(s, n, broken);
        case MG_CODING_QUOTED_PRINTABLE:
                return quoted_printable_decode(s, n, broken);
        case MG_CODING_UUENCODE:
                return uuencode_decode(s, n, broken);
        case MG_CODING_IDENTITY:
                break;
        }
        return g_bytes_new_static(s, n);
}
