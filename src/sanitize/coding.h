/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * coding: transfer encodings -> octets
 *
 * Lenient, since what a stricter reader would not show another one opens: everything that can be decoded is, and
 * *broken says that readers may differ on it. All linear, none fails.
 */
typedef enum MgCoding {
        MG_CODING_IDENTITY, /* 7bit, 8bit, binary, and what is unknown */
        MG_CODING_BASE64,
        MG_CODING_QUOTED_PRINTABLE,
        MG_CODING_UUENCODE,
} MgCoding;

/*
 * The coding that a raw Content-Transfer-Encoding value names; *known says whether it is one of RFC 2045 or
 * uuencode.
 */
MgCoding mg_coding_parse(const char *value, gsize n, gboolean *known);

/*
 * The decoded octets of [s, s+n). Where nothing has to be decoded the result borrows s: s must outlive it. *broken
 * is only ever set.
 */
GBytes *mg_coding_decode(MgCoding coding, const char *s, gsize n, gboolean *broken);

/* Data lines of a uuencoded file: from behind begin to end, or to where s ends. */
GBytes *mg_coding_uudecode(const char *s, gsize n);
/* Data lines of a yEnc file (between =ybegin/=ypart and =yend). */
GBytes *mg_coding_ydecode(const char *s, gsize n);
