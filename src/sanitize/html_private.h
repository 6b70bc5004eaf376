/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html.h"
#include "sanitize/html_deep.h"
#include "sanitize/html_sheet.h"
#include "sanitize/html_style.h"

/* html_private: what the steps of html.h hand to each other. */

/*
 * --- tokens (html_token.c)
 */

typedef struct MgTag {
        MgElement element;
        MgPiece name;
        gboolean end;
        gboolean closed;                     /* "/>" */
        MgPiece attributes[_MG_ATTRIBUTE_N]; /* s NULL: not there */
} MgTag;

/*
 * The tag whose name begins at p. Returns the position after its ">", or NULL where the text ends inside it.
 * Attributes with character references are decoded into chunk; without one they stay as they stand.
 */
const char *mg_token_tag(const MgHtmlNames *names, const char *p, const char *end, GStringChunk *chunk, MgTag *tag);

/* The address that a meta element leads to by itself; s NULL: none. */
MgPiece mg_token_refresh(const MgTag *tag);

/* "<!--" at p. Returns the position after the comment; [*inside, *stop) is its content. */
const char *mg_token_comment(const char *p, const char *end, const char **inside, const char **stop);

/* The end tag of a raw text element, or end. */
const char *mg_token_raw_end(const char *p, const char *end, MgElement element);

/* What is said anywhere and holds for the whole document. */
typedef struct MgHead {
        MgTag html, body;      /* of several tags the first that says an attribute counts */
        gboolean quirks;       /* no document type */
        char *base;            /* address that others are relative to, or NULL; caller frees */
        MgSheet *sheet;        /* of all style elements; caller frees */
        GArray *declarations;  /* of a style attribute, while it is read; caller frees */
} MgHead;

void mg_token_head(const MgHtmlNames *names, const char *html, gsize n, const MgLimits *limits, GStringChunk *chunk,
                   MgHead *head);

gboolean mg_html_is_blank(const char *s, gsize n);

/*
 * --- looks (html_look.c)
 */

#define MG_FONT_NORMAL 16000 /* thousandths of a pixel: browsers' default size of letters */

MgSubject mg_subject_of(const MgTag *tag);
/* The element that stands at the level of the trail, as mg_trail_place() has it; outer: the look of the one around it. */
MgLook mg_look_of(const MgHead *head, MgTrail *trail, guint level, const MgTag *tag, const MgLook *outer);
/* An element that has no look of its own, and no children, goes by. */
void mg_look_pass(const MgHead *head, MgTrail *trail, const MgTag *tag);

/*
 * --- text (html_text.c)
 */

/* Adds the characters that somebody hid. */
void mg_html_count_hidden(MgHtmlFound *found, const char *s, gsize n);
/* The text between the tags of [s, end): what Outlook alone would show. Style sheets and settings are none. */
void mg_html_count_markup(MgHtmlFound *found, const char *s, const char *end);
/* As browsers do: NUL is no character of a text. */
void mg_html_drop_nul(GString *text);
/* text-transform. *inword: the character before was part of a word, which may go on over several runs. */
void mg_html_change_letters(GString *text, MgLetters letters, gboolean *inword);

/*
 * --- from the stack to text (html_parse.c, html_render.c)
 */

/* What the renderer remembers of an open element. */
typedef struct MgFrame {
        MgElement element;
        guint8 lines;  /* line ends around it */
        guint8 marker; /* of a list: MgMarker */
        gboolean indented;
        gboolean flat;  /* a table or a part of one that is laid out as text */
        gsize prefix;   /* length to go back to, where the element indents */
        gboolean joined; /* a reading aid that goes on in the brackets of the one before it */
        gsize begin;    /* of the text of a link, reading aid or raised text in its flow */
        guint pictures; /* seen before it */
        gint number;    /* of the next item of a list */
        gint step;
        guint colspan, rowspan;
        MgPiece href;
} MgFrame;

typedef struct MgRender MgRender;

MgRender *mg_render_new(const MgLimits *limits, MgHtmlFound *found, const char *base);
/* The text; frees the renderer. */
GString *mg_render_end(MgRender *render);

/* list: the frame of the list around an item, or NULL. */
void mg_render_enter(MgRender *render, MgFrame *frame, const MgTag *tag, const MgLook *look, MgFrame *list);
void mg_render_leave(MgRender *render, const MgFrame *frame);
void mg_render_text(MgRender *render, const char *s, gsize n, MgSpace space);
/* br, hr, img, input */
void mg_render_void(MgRender *render, const MgTag *tag);
/* An address in the place of an element that has no text of its own (area, refresh, form; D4). */
void mg_render_address(MgRender *render, const char *label, MgPiece href);
/* There is more text than a body can have. */
gboolean mg_render_is_full(const MgRender *render);

/* Makes the lists that are not there yet. */
void mg_html_found_init(MgHtmlFound *found);
GString *mg_html_read(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found);

/*
 * --- links (html_link.c)
 */

/* A link as it is shown. */
typedef struct MgLink {
        char *target;     /* what may be printed, or NULL: no web or mail address */
        char *plain;      /* the host in another form (punycode decoded, numbers as an address), or NULL */
        gboolean same;    /* the text is the address: nothing to add */
        const char *mark; /* what a reader must know about it, or NULL */
} MgLink;

void mg_link_clear(MgLink *link);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgLink, mg_link_clear)
/* base: address that href may be relative to, or NULL. */
void mg_link_read(MgLink *link, const char *href, const char *base, const char *text);
