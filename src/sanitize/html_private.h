/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html.h"

/* html_private: what the steps of html.h hand to each other. */

/*
 * What an element looks like, as far as it decides whether its text is seen. Colours are 0xRRGGBB, or
 * MG_COLOUR_UNKNOWN.
 */
#define MG_COLOUR_UNKNOWN G_MAXUINT32
typedef struct MgLook {
        gboolean gone;      /* display:none and its like: nothing inside can be seen */
        gboolean invisible; /* visibility:hidden: can be undone inside */
        gboolean tiny;      /* font-size:0: can be undone inside */
        guint32 colour;
        guint32 background;
} MgLook;

/* Applies a style attribute to a look that was copied from the parent. Linear. */
void mg_look_style(MgLook *look, const char *style, gsize n);
guint32 mg_look_colour(const char *s, gsize n);
gboolean mg_look_hides(const MgLook *look);

/* Class names and ids that style sheets hide, outside of media queries: set of char *, ".name" and "#name". */
void mg_look_sheet(const char *css, gsize n, GHashTable *hidden);

/*
 * Rewrites HTML: only elements that html_render knows, well-nested, at most limits.html_depth deep and
 * limits.html_nodes many; hidden text left out and counted. An element with an address is <span href="">; a
 * reading aid is <span title="rt">.
 */
GString *mg_html_prune(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found);

/* Text of a document that mg_html_prune() wrote. */
GString *mg_html_render(const char *pruned, gsize n, const MgLimits *limits, MgHtmlFound *found);

/* A link as it is shown. */
typedef struct MgLink {
        char *target;     /* what may be printed, or NULL: no web or mail address */
        gboolean same;    /* the text is the address: nothing to add */
        gboolean differs; /* the text names another host */
} MgLink;

void mg_link_clear(MgLink *link);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgLink, mg_link_clear)
void mg_link_read(MgLink *link, const char *href, const char *text);
