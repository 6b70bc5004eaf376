/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/jis.h"

/*
 * encode: values -> the syntax of header fields, and text -> base64
 *
 * A field is written token by token. A token that would not fit in 76 columns goes on a line of its own; a token is
 * never cut, so a line is longer than 76 only where one token is.
 */
/* Octets of one field: Postfix takes at most 60,000, and a milter's packet is bounded too (trap 10). */
#define MG_FIELD_MAX 50000

typedef struct MgFieldWriter {
        GString *out;     /* borrowed */
        const MgJis *jis; /* borrowed; NULL: encoded words are UTF-8 */
        gsize start;      /* of the field in out */
        gsize line;       /* of its last line */
} MgFieldWriter;

void mg_field_begin(MgFieldWriter *writer, const char *name);
void mg_field_end(MgFieldWriter *writer);
/* Octets of the field so far. */
gsize mg_field_size(const MgFieldWriter *writer);
/* A token as it stands: ASCII without line ends. */
void mg_field_token(MgFieldWriter *writer, const char *token);
/* Text of class LINE: words where it is short plain ASCII, else encoded words (RFC 2047). Nothing for "". */
void mg_field_text(MgFieldWriter *writer, const char *text);
/* The same by encoded words, whatever it is. */
void mg_field_words(MgFieldWriter *writer, const char *text);
/* The same as a phrase before an address: quoted-string instead of bare words. */
void mg_field_phrase(MgFieldWriter *writer, const char *text);

/* Appends base64 in lines of 76, each with CRLF. */
void mg_encode_base64(const char *data, gsize n, GString *out);
