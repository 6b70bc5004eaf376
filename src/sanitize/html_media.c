/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Media queries of level 3: types and features in parentheses, joined by "and". Not: ranges ("width <= 600px"), "or".
 */
#include "sanitize/html_media.h"

#include <string.h>

static const double window_width = 800, window_height = 600;

typedef enum Compare { COMPARE_MIN, COMPARE_MAX, COMPARE_WORD } Compare;

static const struct {
        const char *feature;
        Compare compare;
        double is;        /* what this screen has */
        const char *word; /* the same for words */
} features[] = {
        {"min-width", COMPARE_MIN, window_width, NULL},
        {"max-width", COMPARE_MAX, window_width, NULL},
        {"min-device-width", COMPARE_MIN, window_width, NULL},
        {"max-device-width", COMPARE_MAX, window_width, NULL},
        {"min-height", COMPARE_MIN, window_height, NULL},
        {"max-height", COMPARE_MAX, window_height, NULL},
        {"min-device-height", COMPARE_MIN, window_height, NULL},
        {"max-device-height", COMPARE_MAX, window_height, NULL},
        {"-webkit-min-device-pixel-ratio", COMPARE_MIN, 1, NULL},
        {"-webkit-max-device-pixel-ratio", COMPARE_MAX, 1, NULL},
        {"orientation", COMPARE_WORD, 0, "landscape"},
        {"prefers-color-scheme", COMPARE_WORD, 0, "light"},
        {"prefers-reduced-motion", COMPARE_WORD, 0, "no-preference"},
};

/* A number with its unit, em as 16 pixels. */
static double read_pixels(MgPiece value) {
        char copy[32];
        gsize n = MIN(value.n, sizeof copy - 1);
        memcpy(copy, value.s, n);
        copy[n] = '\0';
        char *unit;
        double number = g_ascii_strtod(copy, &unit);
        return g_str_has_prefix(unit, "em") || g_str_has_prefix(unit, "rem") ? number * 16 : number;
}

/* "name: value" without its parentheses. */
static gboolean feature_matches(MgPiece feature) {
        const char *colon = memchr(feature.s, ':', feature.n);
        if (colon == NULL)
                return mg_piece_is(mg_piece_trim(feature), "color");
        MgPiece name = mg_piece_trim((MgPiece){feature.s, colon - feature.s});
        MgPiece value = mg_piece_trim((MgPiece){colon + 1, feature.n - (colon + 1 - feature.s)});
        for (gsize i = 0; i < G_N_ELEMENTS(features); i++) {
                if (!mg_piece_is(name, features[i].feature))
                        continue;
                switch (features[i].compare) {
                case COMPARE_MIN:
                        return features[i].is >= read_pixels(value);
                case COMPARE_MAX:
                        return features[i].is <= read_pixels(value);
                case COMPARE_WORD:
                        return mg_piece_is(value, features[i].word);
                }
        }
        return FALSE;
}

/* One query: [not|only] type [and (feature)]... */
static gboolean query_matches(MgPiece query) {
        gboolean negated = FALSE, matches = TRUE;
        for (query = mg_piece_trim(query); query.n > 0; query = mg_piece_trim(query)) {
                gsize n = 0;
                if (*query.s == '(') {
                        const char *close = memchr(query.s, ')', query.n);
                        n = close != NULL ? (gsize)(close - query.s) : query.n;
                        matches &= feature_matches((MgPiece){query.s + 1, n - 1});
                        n = MIN(n + 1, query.n);
                } else {
                        while (n < query.n && !g_ascii_isspace(query.s[n]) && query.s[n] != '(')
                                n++;
                        MgPiece word = {query.s, n};
                        negated |= mg_piece_is(word, "not");
                        matches &= mg_piece_is(word, "not") || mg_piece_is(word, "only") || mg_piece_is(word, "and") ||
                                   mg_piece_is(word, "all") || mg_piece_is(word, "screen");
                }
                query.s += n;
                query.n -= n;
        }
        return matches != negated;
}

gboolean mg_media_matches(MgPiece queries) {
        if (mg_piece_trim(queries).n == 0)
                return TRUE;
        while (queries.n > 0) {
                const char *comma = memchr(queries.s, ',', queries.n);
                gsize n = comma != NULL ? (gsize)(comma - queries.s) : queries.n;
                if (query_matches((MgPiece){queries.s, n}))
                        return TRUE;
                queries.s += MIN(n + 1, queries.n);
                queries.n -= MIN(n + 1, queries.n);
        }
        return FALSE;
}
