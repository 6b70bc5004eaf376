/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/grammar.h"

/* What grammar.c and grammar_files.c share: the scan, and checks of pieces that both have. */
typedef struct MgGrammarScan {
        const MgPolicy *policy;
        const char *data;
        gsize n;
        gsize at;
        gboolean base64;
        gboolean jis;
        guint files; /* parts beside the text that must be there; 0: the message is one text */
        const GArray *kept; /* of MgGrammarFile: what they have to be; NULL: what people released */
} MgGrammarScan;

/* Sets "where: fault". FALSE. */
gboolean mg_grammar_scan_refuse(GError **error, const char *where, const char *fault);
/* The length of the line at scan->at, without its CRLF; -1 where it has none, is too long or holds anything but printable ASCII. */
gssize mg_grammar_scan_line(const MgGrammarScan *scan);
/* Whether the octets are the encoded text of a message, in the encoding and charset that the scan has seen. */
gboolean mg_grammar_scan_text(const MgGrammarScan *scan, const char *body, gsize n, GError **error);
/* Base64 lines of exactly 76 characters but the last, each ended by CRLF, appended without line ends. */
gboolean mg_grammar_scan_join_base64(const char *body, gsize n, GString *out);

/* grammar_files.c: all that stands below the header of a message with files. */
gboolean mg_grammar_scan_files(MgGrammarScan *scan, GError **error);
/* What its Content-Type says. */
#define MG_SCAN_BOUNDARY "=_mugai_files"
