/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding, by GLib's tables where a text needs them. Knows no record and no word.
 */
#include "store/fold.h"

/* Each katakana stands this much further on than its hiragana. */
#define KATAKANA 0x60

static gboolean is_hiragana(gunichar c) {
        return (c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e;
}

/* ASCII, kana and the usual kanji, which are composed already and have no case but that of ASCII. */
static gboolean is_plain(gunichar c) {
        return c < 0x80 || is_hiragana(c) || (c >= 0x30a1 && c <= 0x30fe) || (c >= 0x4e00 && c <= 0x9fff);
}

static char *fold_chars(const char *text) {
        GString *folded = g_string_sized_new(64);

        for (const char *at = text; *at; at = g_utf8_next_char(at)) {
                gunichar c = g_utf8_get_char(at);

                if (c < 0x80)
                        g_string_append_c(folded, g_ascii_tolower((char)c));
                else
                        g_string_append_unichar(folded, is_hiragana(c) ? c + KATAKANA : c);
        }
        return g_string_free(folded, FALSE);
}

char *mg_fold(const char *text) {
        g_autofree char *composed = NULL, *folded = NULL;
        const char *at = text;

        while (*at && is_plain(g_utf8_get_char(at)))
                at = g_utf8_next_char(at);
        if (*at == '\0')
                return fold_chars(text);
        composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
        folded = g_utf8_casefold(composed ? composed : "", -1);
        return fold_chars(folded);
}
