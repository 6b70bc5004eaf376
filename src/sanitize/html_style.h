/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html_element.h"

/*
 * html_style: CSS declarations -> how an element looks, as far as it decides whether and how its text is seen
 *
 * Declarations of style sheets and of style attributes are collected in an MgStyle, the strongest one a property;
 * mg_style_apply() turns them into the look of the element. Where a value is not understood the text counts as
 * visible, so that nothing of a real mail is lost.
 */

/* Octets of the source; s NULL: not there. */
typedef struct MgPiece {
        const char *s;
        gsize n;
} MgPiece;

gboolean mg_piece_is(MgPiece piece, const char *word); /* ASCII case ignored */
MgPiece mg_piece_trim(MgPiece piece);

typedef enum MgProperty {
        MG_PROPERTY_DISPLAY,       /* MgDisplay */
        MG_PROPERTY_VISIBILITY,    /* 0 visible, 1 hidden */
        MG_PROPERTY_OPACITY,       /* 1: cannot be seen */
        MG_PROPERTY_FONT_SIZE,     /* thousandths: of a pixel, or below 0 of the parent's size */
        MG_PROPERTY_COLOUR,        /* 0xRRGGBB or one of MG_COLOUR_ */
        MG_PROPERTY_BACKGROUND,    /* the same */
        MG_PROPERTY_IMAGE,         /* 1: a picture lies behind */
        MG_PROPERTY_OVERFLOW,      /* 1: what is outside of the box is cut */
        MG_PROPERTY_HEIGHT,        /* 1: at most a pixel */
        MG_PROPERTY_MAX_HEIGHT,    /* the same */
        MG_PROPERTY_WIDTH,         /* the same */
        MG_PROPERTY_MAX_WIDTH,     /* the same */
        MG_PROPERTY_MIN_HEIGHT,    /* 1: more than a pixel */
        MG_PROPERTY_MIN_WIDTH,     /* the same */
        MG_PROPERTY_INDENT,        /* 1: far outside of the page */
        MG_PROPERTY_MARGIN,        /* the same */
        MG_PROPERTY_OFFSET,        /* the same, where the element is positioned */
        MG_PROPERTY_POSITION,      /* MgPosition */
        MG_PROPERTY_FLOAT,         /* 1 */
        MG_PROPERTY_CLIP,          /* 1: clip leaves nothing, where the element is positioned */
        MG_PROPERTY_CLIP_PATH,     /* 1: leaves nothing */
        MG_PROPERTY_TRANSFORM,     /* 1: shrunk to nothing or moved away */
        MG_PROPERTY_SPACE,         /* MgSpace */
        MG_PROPERTY_LETTERS,       /* MgLetters */
        MG_PROPERTY_MARKER,        /* MgMarker */
        MG_PROPERTY_TIGHT,         /* 1: no blank lines around it */
        _MG_PROPERTY_N,
} MgProperty;

typedef enum MgDisplay {
        MG_DISPLAY_INLINE,
        MG_DISPLAY_BLOCK,
        MG_DISPLAY_OWN, /* of a table and its parts: what the element says */
        MG_DISPLAY_CELL, /* beside its neighbours, in a box of its own: inline-block and the like */
        MG_DISPLAY_NONE,
} MgDisplay;

typedef enum MgPosition { MG_POSITION_STATIC, MG_POSITION_RELATIVE, MG_POSITION_ABSOLUTE } MgPosition;
typedef enum MgSpace { MG_SPACE_NORMAL, MG_SPACE_LINES, MG_SPACE_PRE } MgSpace;
typedef enum MgLetters { MG_LETTERS_NONE, MG_LETTERS_UPPER, MG_LETTERS_LOWER, MG_LETTERS_CAPITAL } MgLetters;
typedef enum MgMarker {
        MG_MARKER_DISC,
        MG_MARKER_NONE,
        MG_MARKER_DECIMAL,
        MG_MARKER_LOWER,
        MG_MARKER_UPPER,
        MG_MARKER_ROMAN,
        MG_MARKER_ROMAN_UPPER,
} MgMarker;

enum { MG_COLOUR_UNKNOWN = -1, MG_COLOUR_TRANSPARENT = -2 };
#define MG_VALUE_INHERIT G_MININT32 /* as the parent has it */
#define MG_VALUE_INITIAL (G_MININT32 + 1)

typedef struct MgDeclaration {
        guint8 property;
        gboolean important;
        gint32 value;
} MgDeclaration;

/* The declarations of a block or attribute, comments and escapes undone, are appended to out: of MgDeclaration. */
void mg_style_parse(const char *css, gsize n, GArray *out);

/* Without comments, escapes undone where that makes no separator of them. Caller frees. */
GString *mg_style_plain(const char *css, gsize n);

/* The strongest declaration of each property. */
typedef struct MgStyle {
        guint64 weights[_MG_PROPERTY_N]; /* 0: none */
        gint32 values[_MG_PROPERTY_N];
} MgStyle;

/* Weights by origin, below importance: the order in which they win. */
#define MG_WEIGHT_HINT ((guint64)1)           /* bgcolor= and the like, and what browsers bring along */
#define MG_WEIGHT_SHEET(specificity, order) ((guint64)(specificity) << 24 | ((guint64)(order) + 2))
#define MG_WEIGHT_ATTRIBUTE ((guint64)1 << 61)
#define MG_WEIGHT_IMPORTANT ((guint64)1 << 62)

void mg_style_put(MgStyle *style, const MgDeclaration *declaration, guint64 weight);

/* Colour of an attribute. */
gint32 mg_style_colour(const char *s, gsize n);

/* How an element looks. */
typedef struct MgLook {
        guint8 display;   /* MgDisplay */
        guint8 space;     /* MgSpace */
        guint8 letters;   /* MgLetters */
        guint8 marker;    /* MgMarker */
        guint8 tight;     /* no blank lines around it */
        guint8 unused[3];
        gboolean gone;    /* nothing inside can be seen */
        gboolean invisible; /* can be undone inside */
        gint32 font;      /* thousandths of a pixel */
        gint32 colour;
        gint32 background;
} MgLook;

/* look: a copy of the parent's; display is set before to what the element has by itself. */
void mg_style_apply(const MgStyle *style, MgLook *look);

/* Whether text that looks like this cannot be seen (D1). */
gboolean mg_look_hides(const MgLook *look);
