/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * word: encoded words (RFC 2047) and the raw octets around them
 */

/* Length of the encoded word that begins at p, or 0. Looks no further than the next "=?". */
gsize mg_word_length(const char *p, gsize n);

/*
 * Appends [s, s+n), unfolded, as UTF-8: words decoded, raw octets by guess, NUL as U+FFFD. Blanks between words are
 * gone. Words of one charset that stand beside each other are joined before they are decoded (they split characters),
 * those of ISO-2022-JP only where one ends within kanji or an escape sequence: each should begin in ASCII. *replaced is increased by characters that could
 * not be read, *guessed by those whose charset is a guess; both may be NULL. Linear.
 */
void mg_word_decode(const char *s, gsize n, GString *out, guint32 *replaced, guint32 *guessed);
