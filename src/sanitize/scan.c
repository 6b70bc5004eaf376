/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: unfolding, comments, quoted strings, and kanji that look like syntax
 *
 * Raw ISO-2022-JP and Shift_JIS in header fields were never allowed and are common in Japan: their second octets can
 * be quotes, backslashes, parentheses or '@'. They are stepped over as units. Nothing is decoded here.
 */
#include "sanitize/scan.h"

#include <string.h>

#define COMMENT_DEPTH 100

GString *mg_field_scan_unfold(const char *value, gsize n, gsize max) {
        n = MIN(n, max);
        GString *out = g_string_sized_new(n);
        for (gsize i = 0; i < n; i++) {
                char c = value[i];
                gboolean fold = (c == '\r' || c == '\n') && i + 1 < n && strchr(" \t\r\n", value[i + 1]) != NULL &&
                                value[i + 1] != '\0';
                if (fold)
                        continue;
                g_string_append_c(out, c == '\r' || c == '\n' || c == '\t' ? ' ' : c);
        }
        gsize head = 0;
        while (out->len > 0 && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
        while (head < out->len && out->str[head] == ' ')
                head++;
        g_string_erase(out, 0, (gssize)head);
        return out;
}

void mg_field_scan_init(MgFieldScan *scan, const GString *text) {
        const char *end = text->str + text->len;
        *scan = (MgFieldScan){.at = text->str, .end = end};
        /* g_utf8_validate_len stops at NUL: a value with NUL counts as legacy only by its other octets. */
        for (const char *p = text->str; p < end && !scan->legacy; p++) {
                const char *bad;
                scan->legacy = !g_utf8_validate_len(p, (gsize)(end - p), &bad) && *bad != '\0';
                p = bad;
        }
}

gsize mg_field_scan_unit(const MgFieldScan *scan) {
        const char *p = scan->at;
        gsize left = (gsize)(scan->end - p);
        if (left >= 2 && p[0] == 0x1B && p[1] == '$') {
                const char *close = memmem(p, left, "\x1B(", 2);
                return close != NULL && scan->end - close >= 3 ? (gsize)(close - p) + 3 : left;
        }
        guint8 lead = left > 0 ? (guint8)p[0] : 0;
        guint8 trail = left > 1 ? (guint8)p[1] : 0;
        gboolean pair = scan->legacy && ((lead >= 0x81 && lead <= 0x9F) || (lead >= 0xE0 && lead <= 0xFC)) &&
                        trail >= 0x40 && trail <= 0xFC && trail != 0x7F;
        return pair ? 2 : MIN(left, 1);
}

gsize mg_field_scan_comment(MgFieldScan *scan) {
        MgFieldScan inner = *scan;
        guint depth = 0;
        if (scan->bare_paren)
                return 0;
        while (inner.at < inner.end) {
                char c = *inner.at;
                inner.at += c == '\\' && inner.end - inner.at >= 2 ? 2 : mg_field_scan_unit(&inner);
                if (c == '(')
                        depth++;
                else if (c == ')')
                        depth--;
                if (depth == 0)
                        return (gsize)(inner.at - scan->at);
                if (depth > COMMENT_DEPTH)
                        break;
        }
        scan->bare_paren = TRUE;
        return 0;
}

gsize mg_field_scan_quoted(MgFieldScan *scan) {
        MgFieldScan inner = *scan;
        if (scan->bare_quote)
                return 0;
        inner.at++;
        while (inner.at < inner.end) {
                char c = *inner.at;
                inner.at += c == '\\' && inner.end - inner.at >= 2 ? 2 : mg_field_scan_unit(&inner);
                if (c == '"')
                        return (gsize)(inner.at - scan->at);
        }
        scan->bare_quote = TRUE;
        return 0;
}

void mg_field_scan_unquote(const MgFieldScan *scan, const char *p, gsize n, GString *out) {
        MgFieldScan inner = *scan;
        inner.at = p;
        inner.end = p + n;
        while (inner.at < inner.end) {
                if (*inner.at == '\\' && inner.end - inner.at >= 2)
                        inner.at++;
                gsize unit = mg_field_scan_unit(&inner);
                g_string_append_len(out, inner.at, (gssize)unit);
                inner.at += unit;
        }
}
