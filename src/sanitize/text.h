/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/policy.h"

/* text: what stands in a text/plain part -> text for the body, and what does not belong there. */

/* A run that was cut from a text. */
typedef struct MgRun {
        char *name;          /* as the run says it, not cleaned, or "" */
        const char *claimed; /* static: type by which it is listed */
        GBytes *content;     /* decoded where that can be done, else as it stands */
        gboolean encrypted;
        gboolean signature;
        gsize at; /* offset of the run in the text it was cut from */
        gsize n;  /* its octets there */
} MgRun;

void mg_run_clear(gpointer run);

/* Stands for what was cut from a text, and from octets in any charset. */
#define MG_TEXT_CUT "[符号化されたデータを除去 / encoded data removed]"
#define MG_TEXT_CUT_ASCII "[encoded data removed]"

/*
 * Cuts uuencoded, yEnc, BinHex and armoured blocks from [s, s+n), behind quote marks and blanks too; with bare also
 * runs of base64 of about 1,000 octets or more (only for UTF-8: ISO-2022-JP looks like that). Returns the text without
 * them, in their place a line that says so: MG_TEXT_CUT with bare, else MG_TEXT_CUT_ASCII. runs: array of MgRun to which they are added, at most until it has max;
 * further ones are cut and not described. Linear.
 */
GString *mg_text_cut_runs(const char *s, gsize n, gboolean bare, GArray *runs, guint max);

/* format=flowed (RFC 3676): UTF-8 text in, paragraphs joined, space-stuffing undone, quote marks kept. Linear. */
GString *mg_text_unflow(const char *s, gsize n, gboolean delsp);

/*
 * Removes pictures drawn with block characters and squares (QR codes, D9) from cleaned text: ten lines and more of
 * ink. A line with words in it is one only where its ink is in several runs, unlike a bar or the boxes of a form.
 * Returns how many. What a code says is not read. Linear.
 */
guint mg_text_cut_drawings(GString *text);

/* Addresses of web pages in the text. */
guint mg_text_count_links(const char *s, gsize n);

/* Whether the text says no more than that this form of the mail is not the one to read. */
gboolean mg_text_is_placeholder(const char *text);
