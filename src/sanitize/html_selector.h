/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html_style.h"

/*
 * html_selector: selectors of style sheets, and the elements that they are held against
 *
 * Understood: names, *, classes, ids, attributes, :link, :root, :checked, :first-child, :last-child, :only-child,
 * :nth-child(), and :not(), :is(), :where() of such without combinators; joined by descendant, child and both sibling
 * combinators. There is no tree to look around in: what a selector says of elements that stand before is kept as a mark
 * of the level, set when such an element is met, and what stands behind is known from an earlier pass.
 */

/* What a selector is compared with. Pieces belong to the document. */
typedef struct MgSubject {
        MgElement element;
        MgPiece name; /* as it is written */
        MgPiece class;
        MgPiece id;
        const MgPiece *attributes; /* by MgAttribute; NULL: not kept */
        guint index;               /* among its siblings, from 1 */
        gboolean last;             /* of its siblings */
} MgSubject;

/* All selectors of a document. */
typedef struct MgSelectors {
        const MgHtmlNames *names;
        gboolean quirks;       /* names of classes and ids are the same in any case */
        gboolean placed;       /* one asks where among its siblings or right below what an element stands */
        gboolean looks_ahead;  /* one asks whether an element is the last */
        gboolean looks_around; /* one asks for attributes of elements around or before */
        guint marks;           /* given to elements that stand before others, from 1 */
        guint64 marks_max;     /* limits.style_marks */
        guint64 marks_beyond;  /* selectors that were not understood for that bound */
        guint64 steps;         /* comparisons so far */
        GArray *simples;       /* of MgSimple */
        GArray *inner;         /* of MgSimple: what stands in parentheses */
} MgSelectors;

typedef struct MgSelector {
        guint first, n; /* simples, from left to right */
        guint32 specificity;
        guint mark; /* where this is the left side of a sibling combinator; 0: it is a whole selector */
} MgSelector;

void mg_selectors_init(MgSelectors *all, const MgHtmlNames *names, gboolean quirks, guint64 marks_max);
void mg_selectors_clear(MgSelectors *all);

/* A selector without commas outside of parentheses. FALSE: it is not understood, and nothing of it is kept. */
gboolean mg_selector_take(MgSelectors *all, MgPiece text, MgSelector *selector);

/* The left side of the sibling combinator before simple i of a selector. FALSE: there is none. */
gboolean mg_selector_left(const MgSelectors *all, const MgSelector *selector, guint i, MgSelector *left);

/* Up to the first comma outside of parentheses, brackets and strings. */
MgPiece mg_selector_next(MgPiece *list);

/* What an element needs to match: an id, else a class, else a name. */
typedef struct MgSelectorKey {
        char kind; /* '#', '.', 'e', or '*': nothing of these */
        MgPiece text;
} MgSelectorKey;

MgSelectorKey mg_selector_key(const MgSelectors *all, const MgSelector *selector);

/* The next word of a list that white space parts; n 0 at its end. */
MgPiece mg_class_next(MgPiece *list);

/*
 * --- where an element stands
 */

/* The open elements, and of each what is known of its children so far. */
typedef struct MgTrail MgTrail;

/*
 * lasts: what mg_trail_end() of an earlier pass over the same document said; NULL: no element is the last. The selectors
 * must be complete and outlive the trail.
 */
MgTrail *mg_trail_new(const MgSelectors *all, const GByteArray *lasts);
/* Frees the trail. A bit for each element that it was shown, in their order: it was the last. Caller frees. */
GByteArray *mg_trail_end(MgTrail *trail);

guint mg_trail_depth(const MgTrail *trail);
/* The element at the level, from the outermost, 0; borrowed until the next call that changes the trail. */
const MgSubject *mg_trail_at(const MgTrail *trail, guint level);
/*
 * Gives the subject the place that the element of the level has, or, at the depth, that the next child of the innermost
 * will have, if a selector asks for places.
 */
void mg_trail_place(const MgTrail *trail, guint level, MgSubject *subject);
/* Sets a mark on the element that comes next. */
void mg_trail_mark(MgTrail *trail, guint mark);
/* The element that comes opens, and is given its place; its attributes are no longer needed. The innermost closes. */
void mg_trail_enter(MgTrail *trail, MgSubject *subject);
void mg_trail_leave(MgTrail *trail);
/* An element without children, or one whose children are not read. */
void mg_trail_pass(MgTrail *trail);
/* What was a child of the innermost so far was none. */
void mg_trail_forget(MgTrail *trail);

/* Whether the selector matches the subject, which has its place at the level of the trail. */
gboolean mg_selector_matches(MgSelectors *all, const MgSelector *selector, const MgTrail *trail, guint level,
                             const MgSubject *subject);
