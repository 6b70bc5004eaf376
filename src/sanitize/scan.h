/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * scan: what the readers of structured header fields share
 *
 * A scan walks the unfolded octets of one field once. An unclosed comment or quoted string makes its opening
 * character, and all later ones of its kind, ordinary text: so each is looked for to the end at most once, and the
 * walk stays linear.
 */
typedef struct MgFieldScan {
        const char *at;
        const char *end;
        gboolean legacy;     /* octets above 0x7F that are not UTF-8: second octets of kanji may look like ASCII */
        gboolean bare_paren; /* '(' is ordinary from here on */
        gboolean bare_quote; /* '"' is ordinary from here on */
} MgFieldScan;

/*
 * At most max octets of the value without its line ends; CR, LF and TAB are blanks, those at both ends are gone.
 * Caller frees.
 */
GString *mg_field_scan_unfold(const char *value, gsize n, gsize max);

/* The string must outlive the scan. */
void mg_field_scan_init(MgFieldScan *scan, const GString *text);

/*
 * Octets at scan->at that are one unit of text: a run of ISO-2022-JP kanji with its escapes (to the end where none
 * closes it), a kanji in a legacy charset of two octets, or one octet. Never 0 before the end.
 */
gsize mg_field_scan_unit(const MgFieldScan *scan);

/* On '(': length of the comment with what is nested in it, or 0 where it is not closed or nested too deep (100). */
gsize mg_field_scan_comment(MgFieldScan *scan);

/* On '"': length of the quoted string with its quotes, or 0 where it is not closed. */
gsize mg_field_scan_quoted(MgFieldScan *scan);

/*
 * Appends what is inside a quoted string or comment, [p, p+n) without its delimiters, with the quoting backslashes
 * taken out.
 */
void mg_field_scan_unquote(const MgFieldScan *scan, const char *p, gsize n, GString *out);
