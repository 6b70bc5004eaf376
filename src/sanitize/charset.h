/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/reading.h"

/*
 * charset: bytes of a mail -> UTF-8
 *
 * An allow-list: the sender's label is looked up in our table of names and never handed to iconv itself (RFC 1642's
 * UTF-7 and ISO-2022-CN-EXT are not in it). All converters are opened by mg_charset_warm() before confinement. The only
 * file-scope state of the room's decoder is the tables made then.
 */
typedef struct MgDecoded {
        char *text; /* UTF-8, owned; may hold control characters: callers clean it */
        gsize n;
        const char *charset;    /* static: canonical name that was used, lower case */
        MgCharsetReason reason; /* why that one; never PARENT: whoever takes a label from there knows */
        guint32 replaced;       /* characters that could not be read (U+FFFD or 〓 in the text) */
        guint32 guessed;        /* characters above ASCII that may be wrong: nothing confirms the charset */
} MgDecoded;

void mg_decoded_clear(MgDecoded *decoded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgDecoded, mg_decoded_clear)

/*
 * Opens every converter once, in a child process, and turns it into tables (about 20 ms, 1 MB) that are read only; afterwards
 * decoding opens nothing. Before there are threads. Again is harmless. FALSE with error where iconv lacks a converter.
 */
gboolean mg_charset_warm(GError **error);

/*
 * label: what the mail claims, may be NULL, unknown or a lie. meta: a second label found inside (HTML meta), may be
 * NULL. Order of trust: BOM; UTF-16 and UTF-32 by label where the octets can be that; JIS escapes (lost ones too, where
 * no label speaks against them); strict UTF-8; a multibyte label that decodes without error (or with a few, beside much
 * that is right), unless what it makes is no Japanese and another charset's is; meta likewise where there is no label
 * or one that mailers set blindly (us-ascii, iso-8859-1, windows-1252); CP932 against EUC-JP by score, against another
 * single-byte label only where nothing else can be meant; a single-byte label; meta; windows-1252. A BOM is not in the
 * text. Octets that are all ASCII have the charset of a known label, else us-ascii. Never fails. Linear. Needs
 * mg_charset_warm().
 */
void mg_charset_decode(const char *bytes, gsize n, const char *label, const char *meta, MgDecoded *out);

/* The octets in that character set, whatever speaks for another one; name is that of a row of the table (mg_charset_name()). A BOM of
 * its own is not in the text. The reason is ASKED. Never fails. Linear. Needs mg_charset_warm(). */
void mg_charset_decode_as(const char *bytes, gsize n, const char *name, MgDecoded *out);

/*
 * Whether more goes on with the kanji, kana or escape sequence of ISO-2022-JP that [bytes, bytes+n) ends in, or one of them
 * has octets that ISO-2022-JP does not have.
 */
gboolean mg_charset_jis_continues(const char *bytes, gsize n, const char *more, gsize n_more);

/*
 * The text without its private-use characters, each replaced by the emoji that it is where pictographs holds (see
 * mg_header_has_pictographs()), else by 〓, which increases *replaced. NULL where the text has none. Caller frees. Linear.
 */
GString *mg_charset_settle_private(const char *text, gsize n, gboolean pictographs, guint32 *replaced);

/* The canonical name of a label in the table (blanks and case ignored), or NULL. Static. */
const char *mg_charset_name(const char *label);
