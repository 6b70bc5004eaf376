/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * charset: bytes of a mail -> UTF-8
 *
 * An allow-list: the sender's label is looked up in our table of names and never handed to iconv itself (RFC 1642's UTF-7 and
 * ISO-2022-CN-EXT are not in it). All converters are opened by mg_charset_warm() before confinement and reused.
 */
typedef struct MgDecoded {
        char *text;           /* UTF-8, owned; may hold control characters: callers clean it */
        gsize n;
        const char *charset;  /* static: canonical name that was used, lower case */
        guint32 replaced;     /* characters that could not be read (U+FFFD or 〓 in the text) */
} MgDecoded;

void mg_decoded_clear(MgDecoded *decoded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgDecoded, mg_decoded_clear)

gboolean mg_charset_warm(GError **error);

/* label: what the mail claims, may be NULL, unknown or a lie. meta: a second label found inside (HTML meta), may be NULL. Order of trust: BOM; JIS escapes;
 * strict UTF-8; a multibyte label that decodes without error; CP932 against EUC-JP by score; a single-byte label; meta; windows-1252. Never fails. Linear. */
void mg_charset_decode(const char *bytes, gsize n, const char *label, const char *meta, MgDecoded *out);

/* The canonical name of a label in the table (blanks and case ignored), or NULL. Static. */
const char *mg_charset_name(const char *label);
