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
        gboolean cut;  /* text was left out for a bound: one of the next two, or that of the body */
        /* Of the HTML part that has most of it; 0 where nothing was left out for the bound of that name. */
        guint64 html_bytes, html_nodes, style_rules, style_steps, style_marks;
} MgHtmlFound;

void mg_html_found_clear(MgHtmlFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgHtmlFound, mg_html_found_clear)

/*
 * UTF-8 text (no bytes that are not) -> text, not cleaned: lines ended by LF. Adds to found, which begins as
 * zeros.
 */
GString *mg_html_text(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found);

/* A text that was read before it was known whether it is shown, and what came of it. */
typedef struct MgHtmlKept {
        char *html; /* UTF-8 */
        gsize n;
        GString *text; /* or NULL: nothing is kept */
        MgHtmlFound found;
} MgHtmlKept;

void mg_html_kept_clear(MgHtmlKept *kept);

/*
 * What mg_html_text() returns and adds: from kept, which is empty then, where it has the same text, read with the same
 * limits, and found is zeros still.
 */
GString *mg_html_text_kept(MgHtmlKept *kept, const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found);

/* The charset that the first octets claim in a meta element, or NULL. Caller frees. */
char *mg_html_meta_charset(const char *bytes, gsize n);

/* "[1] address" lines, one a target, not cleaned; empty where there are none. */
GString *mg_html_targets(const MgHtmlFound *found);
