/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html_style.h"

/*
 * html_deep: the open elements below limits.html_depth
 *
 * Of them only what they are is kept, twelve octets each, and whether they hide what is inside: hidden text must not be
 * seen because it is deep. They have no place in the text: a block is a blank there, a link its words.
 */
typedef struct MgDeep {
        GArray *open;                /* of Entry */
        guint32 last[_MG_ELEMENT_N]; /* where the innermost of each stands, from 1; 0: there is none */
        guint veils;                 /* those that hide */
        guint drops;                 /* those that are never shown (MG_HTML_DROP) */
} MgDeep;

void mg_deep_init(MgDeep *deep);
void mg_deep_clear(MgDeep *deep);

/*
 * The element opens, and ends what HTML lets end unsaid right above it. name: tells elements without a row apart; veil:
 * it hides what is inside.
 */
void mg_deep_open(MgDeep *deep, MgElement element, MgPiece name, gboolean veil);
/* An end tag. TRUE: it concerns nothing above the bound. All calls together are linear. */
gboolean mg_deep_close(MgDeep *deep, MgElement element, MgPiece name);
/*
 * All of them end with an element that stands above the bound; where they reopen, formatting elements that hide are
 * open again, so that this many stay.
 */
void mg_deep_end(MgDeep *deep, gboolean reopen);
