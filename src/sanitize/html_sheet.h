/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html_style.h"

/* html_sheet: the style sheets of a document, as a screen 800 pixels wide obeys them */

/* What a selector is compared with. Pieces belong to the document. */
typedef struct MgSubject {
        MgElement element;
        MgPiece name; /* as it is written */
        MgPiece class;
        MgPiece id;
        const MgPiece *attributes; /* by MgAttribute; NULL for what is around the element */
} MgSubject;

typedef struct MgSheet MgSheet;

/* quirks: names of classes and ids are the same in any case. rules: how many selectors are kept. */
MgSheet *mg_sheet_new(const MgHtmlNames *names, gboolean quirks, guint64 rules);
void mg_sheet_free(MgSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSheet, mg_sheet_free)

/*
 * Adds the content of a style element with its media attribute. Kept: rules whose declarations mean something, by
 * selectors of elements, classes, ids and attributes with descendants and children. Others match nothing: siblings,
 * pseudo-classes but :link, pseudo-elements. Linear.
 */
void mg_sheet_add(MgSheet *sheet, const char *css, gsize n, MgPiece media);

gboolean mg_sheet_is_empty(const MgSheet *sheet);

/*
 * Puts the declarations of what matches into style. around: of MgSubject, the elements around it, outermost first.
 * All calls together take a bounded number of steps; beyond them nothing matches.
 */
void mg_sheet_match(MgSheet *sheet, const GArray *around, const MgSubject *subject, MgStyle *style);

/* Whether a rule or a match was left out because of a bound. */
gboolean mg_sheet_is_cut(const MgSheet *sheet);
