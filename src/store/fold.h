/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Fold: one spelling for what a person who searches takes for the same
 *
 * Compatibility forms are decomposed and composed (NFKC: full-width letters, half-width kana, ㈱), case is folded,
 * hiragana becomes katakana. Unicode keeps all of this as it is for every character that it has, so that what an
 * earlier build folded is found by a later one.
 */

/* text is UTF-8. Caller frees. */
char *mg_fold(const char *text);
