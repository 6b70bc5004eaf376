/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of text between tags, before they are laid out. */
#include <string.h>

#include "sanitize/html_entity.h"
#include "sanitize/html_private.h"

/* Blanks and fillers of hidden lines ("&zwnj;&nbsp;&#847;") are no text that somebody hid. */
static gboolean is_filler(gunichar c) {
        return c <= 0x20 || c == 0xA0 || c == 0xAD || c == 0x34F || c == 0x61C || (c >= 0x2000 && c <= 0x200F) ||
               (c >= 0x2028 && c <= 0x202F) || (c >= 0x2060 && c <= 0x206F) || c == 0x3000 || c == 0xFEFF;
}

void mg_html_count_hidden(MgHtmlFound *found, const char *s, gsize n) {
        guint64 chars = found->hidden;
        for (const char *end = s + n; s < end; s = g_utf8_next_char(s))
                chars += (guint8)*s > ' ' && ((guint8)*s < 0x80 || !is_filler(g_utf8_get_char(s)));
        found->hidden = MIN(chars, G_MAXUINT32);
}

void mg_html_count_markup(MgHtmlFound *found, const char *s, const char *end) {
        g_autoptr(GString) text = g_string_new(NULL);
        gboolean quiet = FALSE;
        while (s < end) {
                const char *open = memchr(s, '<', end - s);
                const char *stop = open != NULL ? open : end;
                if (!quiet && stop > s) {
                        g_string_truncate(text, 0);
                        mg_html_decode(text, s, stop - s, FALSE);
                        mg_html_count_hidden(found, text->str, text->len);
                }
                if (open != NULL && end - open > 6 &&
                    (g_ascii_strncasecmp(open, "<style", 6) == 0 || g_ascii_strncasecmp(open, "<xml", 4) == 0))
                        quiet = TRUE;
                else if (open != NULL && end - open > 6 &&
                         (g_ascii_strncasecmp(open, "</style", 7) == 0 || g_ascii_strncasecmp(open, "</xml", 5) == 0))
                        quiet = FALSE;
                const char *close = open != NULL ? memchr(open, '>', end - open) : NULL;
                s = close != NULL ? close + 1 : end;
        }
}

void mg_html_drop_nul(GString *text) {
        gsize kept = 0;
        for (gsize i = 0; i < text->len; i++)
                if (text->str[i] != '\0')
                        text->str[kept++] = text->str[i];
        g_string_truncate(text, kept);
}

void mg_html_change_letters(GString *text, MgLetters letters, gboolean *inword) {
        g_autofree char *copy = g_strndup(text->str, text->len);
        const char *end = copy + text->len;
        g_string_truncate(text, 0);
        for (const char *s = copy; s < end; s = g_utf8_next_char(s)) {
                gunichar c = g_utf8_get_char(s);
                gboolean word = g_unichar_isalnum(c) || c == '\'' || c == 0x2019;
                if (letters == MG_LETTERS_UPPER || (letters == MG_LETTERS_CAPITAL && word && !*inword))
                        c = g_unichar_toupper(c);
                else if (letters == MG_LETTERS_LOWER)
                        c = g_unichar_tolower(c);
                *inword = word;
                g_string_append_unichar(text, c);
        }
}
