/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Strict readers for grammar.c: each takes one spelling only and appends what it says, or answers FALSE. They are no
 * decoders for mail from outside, which is never that strict.
 */

/* Base64 without line ends: length a multiple of four, padding at the end only, unused bits zero. */
gboolean mg_decode_base64(const char *s, gsize n, GString *out);

/*
 * ISO-2022-JP of ASCII and JIS X 0208 only, ASCII at both ends and at each LF. Appended as UTF-8 in which a kanji is
 * 〓, since all of them are alike to the grammar, but the blank and the full stops are themselves.
 */
gboolean mg_decode_jis(const char *s, gsize n, GString *out);

/*
 * One encoded word, 75 octets at most, B or Q, of utf-8 or iso-2022-jp, that holds whole characters and is not empty.
 */
gboolean mg_decode_word(const char *s, gsize n, GString *out);
