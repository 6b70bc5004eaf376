/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/policy.h"

/*
 * html: HTML text -> plain text
 *
 * One pass: html_token reads tags, html_parse keeps the stack of open elements (of bounded depth) and how they look
 * (html_style, html_sheet), html_render writes lines. All linear, no tree. Nothing of the markup reaches the text.
 */

/* What was found on the way; shared by all HTML parts of a mail, so that links are numbered through. */
typedef struct MgHtmlFound {
        GPtrArray *targets; /* of char *: addresses of links in the order of their numbers, at most limits.links */
        GPtrArray *cids;    /* of char *: Content-IDs of pictures, at most limits.parts */
        guint32 hidden;     /* characters of hidden text that were left out */
        guint32 pictures;
        guint32 links; /* all, listed or not */
        gboolean cut;  /* the HTML was longer, or had more nodes, than the limits allow */
} MgHtmlFound;

void mg_html_found_clear(MgHtmlFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgHtmlFound, mg_html_found_clear)

/*
 * UTF-8 text (no bytes that are not) -> text, not cleaned: lines ended by LF. Adds to found, which begins as
 * zeros.
 */
GString *mg_html_text(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found);

/* The charset that the first octets claim in a meta element, or NULL. Caller frees. */
char *mg_html_meta_charset(const char *bytes, gsize n);

/* "[1] address" lines, one a target, not cleaned; empty where there are none. */
GString *mg_html_targets(const MgHtmlFound *found);
