/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_unicode: UTF-8, UTF-16 and UTF-32 of a mail -> well-formed UTF-8
 *
 * An ill-formed sequence is one U+FFFD for its longest beginning that could have become a character (Unicode 15,
 * section 3.9), so no ASCII octet is ever swallowed and nothing overlong is ever shortened. It does not guess, does
 * not remove byte order marks and keeps noncharacters and controls: the cleaning of base/text takes those out.
 */
#include "sanitize/charset_table.h"

/*
 * Length of the well-formed sequence at p (its first octet is above 0x7F), or minus the length of the ill-formed
 * beginning.
 */
static inline int utf8_sequence(const guint8 *p, const guint8 *end) {
        guint8 lead = p[0];
        guint8 low = 0x80, high = 0xBF;
        int more;
        if (lead >= 0xC2 && lead <= 0xDF) {
                more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
                more = 2;
                low = lead == 0xE0 ? 0xA0 : 0x80;
                high = lead == 0xED ? 0x9F : 0xBF;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
                more = 3;
                low = lead == 0xF0 ? 0x90 : 0x80;
                high = lead == 0xF4 ? 0x8F : 0xBF;
        } else {
                return -1;
        }
        for (int i = 1; i <= more; i++) {
                if (p + i >= end || p[i] < low || p[i] > high)
                        return -i;
                low = 0x80;
                high = 0xBF;
        }
        return more + 1;
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
                int n_sequence = utf8_sequence(p, end);
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
                int n_sequence = utf8_sequence(p, end);
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
