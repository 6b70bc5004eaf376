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

/* Block elements, braille patterns and squares: what codes are drawn with. */
static gboolean is_ink(gunichar c) {
        static const struct {
                gunichar first, last;
        } inks[] = {{0x2580, 0x259F}, {0x25A0, 0x25A1}, {0x25AA, 0x25AB},  {0x25FB, 0x25FE},
                    {0x2800, 0x28FF}, {0x2B1B, 0x2B1C}, {0x1F7E5, 0x1F7EB}};
        for (gsize i = 0; c >= inks[0].first && i < G_N_ELEMENTS(inks); i++)
                if (c >= inks[i].first && c <= inks[i].last)
                        return TRUE;
        return FALSE;
}

/*
 * A line without its end: nothing, ink and blanks alone behind quote marks, much ink (what a row of the smallest code
 * mostly has), or a line of text.
 */
typedef enum Ink { INK_TEXT, INK_BLANK, INK_SOME, INK_MUCH } Ink;

/* Letters and digits that are seen: what is not takes the place of a blank, or none. */
static gboolean is_word(gunichar c) {
        return g_unichar_isalnum(c) && !g_unichar_iszerowidth(c) && c != 0x115F && c != 0x3164 && c != 0xFFA0;
}

/*
 * Words beside bars and the boxes of forms are text. Beside ink that blanks, signs and other ink break into several
 * runs, as in the rows of a code, they are not: a letter in each row would save the code.
 */
static Ink ink_of(const char *s, const char *end) {
        static const guint much = 8, several = 3;
        guint ink = 0, runs = 0, most = 0; /* runs: since the last word */
        gunichar before = 0;
        gboolean text = FALSE, words = FALSE;
        while (s < end && (*s == '>' || *s == ' '))
                s++;
        for (; s < end; s = g_utf8_next_char(s)) {
                gunichar c = (guint8)*s < 0x80 ? (guint8)*s : g_utf8_get_char(s);
                if (c == 0xFE0E || c == 0xFE0F)
                        continue;
                if (c >= 0x80 && is_ink(c)) {
                        ink++;
                        runs += c != before;
                        most = MAX(most, runs);
                } else if (c != ' ' && c != 0xA0 && c != 0x3000) {
                        text = TRUE;
                        if (is_word(c))
                                words = TRUE, runs = 0;
                }
                before = c;
        }
        if (ink >= much && (!words || most >= several))
                return INK_MUCH;
        return text ? INK_TEXT : ink > 0 ? INK_SOME : INK_BLANK;
}

/* Where the drawing that begins in the line at s ends, or s: there is none. *next: where to look on. */
static const char *drawing_end(const char *s, const char *end, const char **next) {
        static const guint lines_min = 10;
        guint lines = 0, much = 0;
        gboolean gap = FALSE;
        const char *stop = s;
        for (*next = s; *next < end;) {
                const char *lf = memchr(*next, '\n', end - *next);
                Ink ink = ink_of(*next, lf != NULL ? lf : end);
                /* A row of a code may have no ink, two have. */
                if (ink == INK_TEXT || (ink == INK_BLANK && (gap || lines == 0)))
                        break;
                *next = lf != NULL ? lf + 1 : end;
                gap = ink == INK_BLANK;
                stop = gap ? stop : *next;
                lines += !gap;
                much += ink == INK_MUCH;
        }
        return lines >= lines_min && much * 2 >= lines ? stop : s;
}

/* Whether ink may be in the text, by the first octets of what is_ink() knows. */
static gboolean may_have_ink(const GString *text) {
        const char *end = text->str + text->len, *at = text->str;
        for (; (at = memchr(at, 0xE2, (gsize)(end - at))) != NULL; at++)
                if (end - at >= 2 && memchr("\x96\x97\xA0\xA1\xA2\xA3\xAC", at[1], 7) != NULL)
                        return TRUE;
        for (at = text->str; (at = memchr(at, 0xF0, (gsize)(end - at))) != NULL; at++)
                if (end - at >= 3 && memcmp(at + 1, "\x9F\x9F", 2) == 0)
                        return TRUE;
        return FALSE;
}

guint mg_text_cut_drawings(GString *text) {
        if (!may_have_ink(text))
                return 0;
        g_autoptr(GString) out = g_string_sized_new(text->len);
        const char *end = text->str + text->len;
        guint cut = 0;
        for (const char *s = text->str, *next; s < end; s = next) {
                const char *stop = drawing_end(s, end, &next);
                if (stop > s) {
                        g_string_append(out, "[図形 QR を除去 / drawing removed]\n");
                        cut++;
                }
                if (next == s) {
                        const char *lf = memchr(s, '\n', end - s);
                        next = lf != NULL ? lf + 1 : end;
                }
                g_string_append_len(out, stop, next - stop);
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
