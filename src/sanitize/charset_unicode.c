/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_unicode: UTF-8, UTF-16 and UTF-32 of a mail -> well-formed UTF-8
 *
 * An ill-formed sequence is one U+FFFD for its longest beginning that could have become a character (Unicode 15,
 * section 3.9), so no ASCII octet is ever swallowed and nothing overlong is ever shortened. It does not guess, does
 * not remove byte order marks and keeps noncharacters and controls: the cleaning of base/text takes those out.
 */
#include "sanitize/charset_table.h"

/* Octets above 0x7F, eight at a time. */
static gsize count_high(const guint8 *p, const guint8 *end) {
        gsize count = 0;
        for (; end - p >= 8; p += 8) {
                guint64 word;
                memcpy(&word, p, 8);
                count += (gsize)__builtin_popcountll(word & G_GUINT64_CONSTANT(0x8080808080808080));
        }
        for (; p < end; p++)
                count += *p >> 7;
        return count;
}

void mg_utf8_scan(const guint8 *p, gsize n, MgUtf8Scan *scan) {
        const guint8 *end = p + n;
        const guint8 *last = NULL; /* end of the last run of octets above 0x7F */
        *scan = (MgUtf8Scan){0};
        while (p < end) {
                if (*p < 0x80) {
                        p += mg_ascii_run(p, end);
                        continue;
                }
                if (scan->bad >= MG_UTF8_HOPELESS && scan->bad > scan->good) {
                        scan->high += count_high(p, end);
                        return;
                }
                int n_sequence = mg_utf8_sequence(p, end);
                if (n_sequence > 0) {
                        scan->good++;
                        scan->longer += n_sequence > 2;
                } else {
                        scan->bad++;
                        n_sequence = -n_sequence;
                }
                scan->pairs |= n_sequence > 1 || last == p;
                scan->high += (gsize)n_sequence;
                p += n_sequence;
                last = p;
        }
}

void mg_utf8_decode(const guint8 *p, gsize n, MgSink *sink) {
        const guint8 *end = p + n;
        while (p < end) {
                if (*p < 0x80) {
                        p = mg_sink_ascii(sink, p, end);
                        continue;
                }
                int n_sequence = mg_utf8_sequence(p, end);
                if (n_sequence > 0) {
                        memcpy(sink->at, p, (gsize)n_sequence);
                        sink->at += n_sequence;
                } else {
                        mg_sink_error(sink);
                        n_sequence = -n_sequence;
                }
                p += n_sequence;
        }
}

static inline guint32 unit16(const guint8 *p, gboolean big) {
        return big ? (guint32)p[0] << 8 | p[1] : (guint32)p[1] << 8 | p[0];
}

/*
 * Without a mark the zeros decide: in any text with blanks or line ends they are the high octets. RFC 2781, 4.3 says
 * big where nothing does.
 */
static gboolean utf16_is_big(MgEndian endian, const guint8 *p, gsize n) {
        if (endian != MG_ENDIAN_UNKNOWN)
                return endian == MG_ENDIAN_BIG;
        gsize zeros[2] = {0, 0};
        for (gsize i = 0; i < MIN(n, 65536); i++)
                zeros[i & 1] += p[i] == 0;
        return zeros[0] >= zeros[1];
}

void mg_utf16_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink) {
        gboolean big = utf16_is_big(endian, p, n);
        const guint8 *end = p + (n & ~(gsize)1);
        while (p < end) {
                guint32 c = unit16(p, big);
                p += 2;
                if ((c & 0xF800) != 0xD800) {
                        mg_sink_char(sink, c);
                        continue;
                }
                guint32 low = c < 0xDC00 && p < end ? unit16(p, big) : 0;
                if ((low & 0xFC00) != 0xDC00) {
                        mg_sink_error(sink);
                        continue;
                }
                mg_sink_char(sink, 0x10000 + ((c & 0x3FF) << 10) + (low & 0x3FF));
                p += 2;
        }
        if (n & 1)
                mg_sink_error(sink);
}

void mg_utf32_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink) {
        gboolean big = endian == MG_ENDIAN_BIG || (endian == MG_ENDIAN_UNKNOWN && !(n >= 4 && p[0] != 0 && p[3] == 0));
        const guint8 *end = p + (n & ~(gsize)3);
        for (; p < end; p += 4) {
                guint32 high = big ? unit16(p, TRUE) : unit16(p + 2, FALSE);
                guint32 c = high << 16 | (big ? unit16(p + 2, TRUE) : unit16(p, FALSE));
                if (c > 0x10FFFF || (c & 0xFFFFF800) == 0xD800)
                        mg_sink_error(sink);
                else
                        mg_sink_char(sink, c);
        }
        if (n & 3)
                mg_sink_error(sink);
}
