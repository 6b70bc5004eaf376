/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of HTML. Knows no page.
 */
#include "console/html.h"

#include <string.h>

static const char *const empty_elements[] = {"input", "link", "meta", "br", "img", NULL};

gboolean mg_html_is_marked(gunichar c) {
        return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C ||
               c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
               (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
               (c >= 0xE0000 && c <= 0xE007F);
}

static const char *reference_of(gunichar c) {
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

/* before and after stand around the number of a character that is marked. */
static void escape(GString *out, const char *text, const char *before, const char *after) {
        g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);

        for (const char *p = valid ? valid : text; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                const char *reference = reference_of(c);

                if (reference)
                        g_string_append(out, reference);
                else if (mg_html_is_marked(c))
                        g_string_append_printf(out, "%sU+%04X%s", before, c, after);
                else
                        g_string_append_unichar(out, c);
        }
}

static void begin(MgHtml *html, const char *element, va_list attributes) {
        const char *name, *value;

        g_string_append_printf(html->out, "<%s", element);
        while ((name = va_arg(attributes, const char *))) {
                value = va_arg(attributes, const char *);
                if (!value)
                        continue;
                g_string_append_printf(html->out, " %s=\"", name);
                escape(html->out, value, "[", "]");
                g_string_append_c(html->out, '"');
        }
        g_string_append_c(html->out, '>');
        if (g_strv_contains(empty_elements, element))
                return;
        g_assert(html->depth < MG_HTML_DEPTH);
        html->open[html->depth++] = element;
}

void mg_html_begin(MgHtml *html, const char *element, ...) {
        va_list attributes;

        va_start(attributes, element);
        begin(html, element, attributes);
        va_end(attributes);
}

void mg_html_end(MgHtml *html) {
        g_assert(html->depth > 0);
        g_string_append_printf(html->out, "</%s>", html->open[--html->depth]);
}

void mg_html_put_text(MgHtml *html, const char *text) {
        escape(html->out, text, "<span class=\"mark\">", "</span>");
}

void mg_html_put(MgHtml *html, const char *element, const char *text, ...) {
        va_list attributes;

        va_start(attributes, text);
        begin(html, element, attributes);
        va_end(attributes);
        mg_html_put_text(html, text);
        mg_html_end(html);
}
