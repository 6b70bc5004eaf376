/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfer encodings. Base64 and quoted-printable are our own because GMime stops at the first padding (trap 4)
 * and does not say that an input was damaged; uuencode and yEnc are GMime's decoders, which keep no state but what
 * they are given. Does not look at what comes out, and re-encodes nothing.
 */
#include "sanitize/coding.h"

#include <gmime/gmime.h>
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

static GBytes *base64_decode(const char *s, gsize n, gboolean *broken) {
        gint8 values[256];
        for (guint c = 0; c < 256; c++)
                values[c] = base64_value(c);
        guint8 *decoded = g_malloc(n / 4 * 3 + 4);
        guint8 *out = decoded;
        guint32 bits = 0;
        guint have = 0;
        gboolean padded = FALSE;
        for (gsize i = 0; i < n; i++) {
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
        char *decoded = g_malloc(n + 1);
        char *out = decoded;
        for (gsize i = 0; i < n;) {
                if (s[i] != '=') {
                        *out++ = s[i++];
                        continue;
                }
                if (i + 2 < n && g_ascii_isxdigit(s[i + 1]) && g_ascii_isxdigit(s[i + 2])) {
                        *out++ = g_ascii_xdigit_value(s[i + 1]) << 4 | g_ascii_xdigit_value(s[i + 2]);
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

GBytes *mg_coding_uudecode(const char *s, gsize n) {
        guint8 *out = g_malloc(n + 64);
        int state = 0;
        guint32 save = 0;
        gsize used = g_mime_encoding_uudecode_step((const guint8 *)s, n, out, &state, &save);
        return g_bytes_new_take(out, used);
}

GBytes *mg_coding_ydecode(const char *s, gsize n) {
        guint8 *out = g_malloc(n + 64);
        int state = GMIME_YDECODE_STATE_INIT;
        guint32 part_crc = GMIME_YENCODE_CRC_INIT;
        guint32 crc = GMIME_YENCODE_CRC_INIT;
        gsize used = g_mime_ydecode_step((const guint8 *)s, n, out, &state, &part_crc, &crc);
        return g_bytes_new_take(out, used);
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
