/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * HTML: written by calls, which escape
 *
 * Names of elements and attributes are constants of the program; every value is escaped, and there is no call that writes markup from
 * a value. Characters that nobody sees, or that turn the direction of text, become a mark with their number: in text an element
 * <span class="mark">U+202E</span>, in attributes [U+202E].
 */
#define MG_HTML_DEPTH 32

typedef struct MgHtml {
        GString *out; /* borrowed */
        const char *open[MG_HTML_DEPTH];
        guint depth;
} MgHtml;

/* Attributes follow as name and value in turn, ended by NULL; one whose value is NULL is left out. */
void mg_html_begin(MgHtml *html, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* Ends the element that was begun last; those that hold nothing (input, link) end at once and are not ended. */
void mg_html_end(MgHtml *html);
void mg_html_put_text(MgHtml *html, const char *text);
/* An element with that text in it. */
void mg_html_put(MgHtml *html, const char *element, const char *text, ...) G_GNUC_NULL_TERMINATED;

/* Whether the character is shown as a mark. */
gboolean mg_html_is_marked(gunichar c);
