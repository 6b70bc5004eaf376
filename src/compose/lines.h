/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/forgery.h"

/*
 * lines: the one way by which text gets into the body that leaves: lines of at most 998 octets ended by LF, links as the
 * policy says, as far as the charset expresses it, and none that mail clients take for the beginning of a file
 */
typedef struct MgLines {
        const MgPolicy *policy;
        const MgJis *jis; /* NULL: all characters */
        GString *out;     /* owned by whoever made it */
        gboolean inert;   /* a link was made inert */
} MgLines;

/* One line of the sender's, without its LF, which forgery judges; of a line that it marks, many blanks are one. */
void mg_lines_add(MgLines *lines, const char *s, gsize n, MgForgery *forgery);
/*
 * A text of the gateway's own, of any number of lines; nothing for "". A line of more than
 * MG_NOTICE_COLUMNS goes on below, indented;
 * what is drawn as one is not cut in two where that can be.
 */
void mg_lines_say(MgLines *lines, const char *text);
