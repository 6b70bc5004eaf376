/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain text: flowed paragraphs, placeholders, drawings, links. Does not decode character sets (charset), cut
 * encoded files (runs), wrap lines or change addresses: who composes the outgoing mail does.
 */
#include "sanitize/text.h"

#include <string.h>

/* Length of the quote marks at s; RFC 3676 section 4.5: no blanks between them. */
static gsize quote_depth(const char *s, gsize n) {
        gsize depth = 0;
        while (depth < n && s[depth] == '>')
                depth++;
        return depth;
}

GString *mg_text_unflow(const char *s, gsize n, gboolean delsp) {
        GString *out = g_string_sized_new(n + 1);
        const char *end = s + n;
        gboolean open = FALSE; /* the paragraph goes on if the next line has the same depth */
        gsize open_depth = 0;
        while (s < end) {
                const char *lf = memchr(s, '\n', end - s);
                const char *next = lf != NULL ? lf + 1 : end;
                gsize line_n = (lf != NULL ? lf : end) - s;
                if (line_n > 0 && s[line_n - 1] == '\r')
                        line_n--;
                gsize depth = quote_depth(s, line_n);
                const char *text = s + depth;
                gsize text_n = line_n - depth;
                if (text_n > 0 && *text == ' ')
                        text++, text_n--;
                gboolean signature = text_n == 3 && memcmp(text, "-- ", 3) == 0;
                gboolean flowed = text_n > 0 && text[text_n - 1] == ' ' && !signature;
                if (open && (depth != open_depth || signature)) {
                        g_string_append_c(out, '\n');
                        open = FALSE;
                }
                if (!open && depth > 0) {
                        for (gsize i = 0; i < depth; i++)
                                g_string_append_c(out, '>');
                        g_string_append_c(out, ' ');
                }
                g_string_append_len(out, text, text_n - (flowed && delsp));
                if (!flowed)
                        g_string_append_c(out, '\n');
                open = flowed;
                open_depth = depth;
                s = next;
        }
        if (open)
                g_string_append_c(out, '\n');
        return out;
}

/* Block elements and braille patterns: what codes are drawn with. */
static gboolean is_drawn(gunichar c) {
        return (c >= 0x2580 && c <= 0x259F) || (c >= 0x2800 && c <= 0x28FF);
}

/* Whether the cleaned line is mostly drawn: at least 8 such characters. */
static gboolean is_drawn_line(const char *s, gsize n) {
        guint drawn = 0;
        for (gsize i = 0; i + 2 < n && drawn < 8;) {
                if ((guint8)s[i] == 0xE2 && is_drawn(g_utf8_get_char(s + i))) {
                        drawn++;
                        i += 3;
                } else {
                        i++;
                }
        }
        return drawn >= 8;
}

guint mg_text_cut_drawings(GString *text) {
        static const guint lines_min = 10;
        if (memmem(text->str, text->len, "\xE2\x96", 2) == NULL &&
            memmem(text->str, text->len, "\xE2\xA0", 2) == NULL && memmem(text->str, text->len, "\xE2\xA3", 2) == NULL)
                return 0;
        g_autoptr(GString) out = g_string_sized_new(text->len);
        const char *end = text->str + text->len;
        guint cut = 0;
        for (const char *s = text->str; s < end;) {
                const char *p = s;
                guint lines = 0;
                const char *next = s;
                do {
                        p = next;
                        const char *lf = memchr(p, '\n', end - p);
                        next = lf != NULL ? lf + 1 : end;
                        if (!is_drawn_line(p, next - p))
                                break;
                        lines++;
                        p = next;
                } while (p < end);
                if (lines >= lines_min) {
                        g_string_append(out, "[図形 QR を除去 / drawing removed]\n");
                        cut++;
                } else {
                        g_string_append_len(out, s, p - s);
                }
                if (p < next)
                        g_string_append_len(out, p, next - p);
                s = next;
        }
        g_string_assign(text, out->str);
        return cut;
}

guint mg_text_count_links(const char *s, gsize n) {
        guint links = 0;
        const char *end = s + n;
        for (const char *p = s; (p = memmem(p, end - p, "://", 3)) != NULL; p += 3)
                links += (p - s >= 4 && g_ascii_strncasecmp(p - 4, "http", 4) == 0) ||
                         (p - s >= 5 && g_ascii_strncasecmp(p - 5, "https", 5) == 0);
        return links;
}

/* What mailers write into the text form when they mean the HTML form; lower case. */
static const char *const placeholders[] = {
        "does not support html",
        "doesn't support html",
        "not support html",
        "cannot display html",
        "can't display html",
        "unable to display html",
        "html capable",
        "html-capable",
        "html enabled",
        "html-enabled",
        "html compatible",
        "html-compatible",
        "view this email in",
        "view this message in",
        "view the message in",
        "view in browser",
        "view in your browser",
        "view it in your browser",
        "view online",
        "multi-part message in mime",
        "message is in mime format",
        "this is an html",
        "html version",
        "html-version",
        "html format",
        "in html",
        "in an html",
        "html client",
        "html viewer",
        "html reader",
        "htmlメール",
        "html形式",
        "html対応",
        "html版",
        "html表示",
        "htmlで",
        "ｈｔｍｌ",
        "ブラウザで",
        "表示できない",
        "表示できません",
        "対応していない",
        "未対応",
};

/* Longer texts say something of their own. */
static const gsize placeholder_octets = 600;

gboolean mg_text_is_placeholder(const char *text) {
        g_autofree char *lower = g_ascii_strdown(text, strnlen(text, 4096));
        g_strstrip(lower);
        if (lower[0] == '\0' || g_str_has_prefix(lower, "<html") || g_str_has_prefix(lower, "<!doctype"))
                return TRUE;
        if (strlen(lower) > placeholder_octets)
                return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(placeholders); i++)
                if (strstr(lower, placeholders[i]) != NULL)
                        return TRUE;
        return FALSE;
}
