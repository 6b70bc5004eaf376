/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "sanitize/html_selector.h"

/* html_sheet: the style sheets of a document, as a screen 800 pixels wide obeys them */

typedef struct MgSheet MgSheet;

/* quirks: names of classes and ids are the same in any case. limits: style_rules, style_steps and style_marks; borrowed. */
MgSheet *mg_sheet_new(const MgHtmlNames *names, gboolean quirks, const MgLimits *limits);
void mg_sheet_free(MgSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSheet, mg_sheet_free)

/*
 * Adds the content of a style element with its media attribute. Kept: rules whose declarations mean something, by
 * selectors that html_selector.h understands. Others match nothing. Linear.
 */
void mg_sheet_add(MgSheet *sheet, const char *css, gsize n, MgPiece media);

gboolean mg_sheet_is_empty(const MgSheet *sheet);
/* What its selectors ask for. Borrowed. */
const MgSelectors *mg_sheet_selectors(const MgSheet *sheet);

/*
 * Puts the declarations of what matches into style, and marks the trail where the subject, which has its place at the
 * level, comes next. All calls together take limits->style_steps; beyond them nothing matches.
 */
void mg_sheet_match(MgSheet *sheet, MgTrail *trail, guint level, const MgSubject *subject, MgStyle *style);

/* Selectors that the sheets have, steps that were taken, marks that selectors ask for: each 0 where nothing was left out for its bound. */
guint64 mg_sheet_rules(const MgSheet *sheet);
guint64 mg_sheet_steps(const MgSheet *sheet);
guint64 mg_sheet_marks(const MgSheet *sheet);
