/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * flow: text as it runs into lines: white space collapsed, blank lines between blocks, marks of quotes and lists
 * before lines
 */
typedef struct MgFlow {
        GString *out;
        GString *prefix; /* before every line: "> ", indents */
        char *marker;    /* of a list item: before the next line, in place of the end of the prefix; or NULL */
        guint newlines;  /* wanted before the next text */
        gsize shortest;  /* length of the shortest prefix since the last text: that of the blank lines */
        guint space;     /* white space wanted before the next text: 1, or 2 where it had a line end */
        gboolean blank;  /* a line of no-break blanks: an empty line that somebody meant */
        gboolean wide;   /* the last character is a wide one */
} MgFlow;

MgFlow *mg_flow_new(void);
void mg_flow_free(MgFlow *flow);

/* Wants at least n line ends before the next text; at the beginning none. */
void mg_flow_break(MgFlow *flow, guint n);
/* A line end that was asked for; at most one blank line comes of several. */
void mg_flow_newline(MgFlow *flow);
/* UTF-8 text, white space collapsed; a line end between two wide characters is no space (Japanese). */
void mg_flow_text(MgFlow *flow, const char *s, gsize n);
/* The same without collapsing. */
void mg_flow_verbatim(MgFlow *flow, const char *s, gsize n);
/* Adds to the prefix; gives back what mg_flow_outdent() takes. */
gsize mg_flow_indent(MgFlow *flow, const char *prefix);
void mg_flow_outdent(MgFlow *flow, gsize length);
