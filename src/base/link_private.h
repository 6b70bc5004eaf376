/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What link.c and link_short.c share: which words are schemes (link_scheme.c), and where an authority ends. */

#include "base/link.h"

/* Longest word before a colon that is looked up. The longest registered "ms-..." has 32 characters. */
#define MG_LINK_SCHEME_MAX 40

/* A blank at s, or nothing: ASCII, or the full-width one (U+3000, E3 80 80). */
static inline gboolean mg_link_is_blank(const guint8 *s, gsize n) {
        return n == 0 || s[0] <= ' ' || (n >= 3 && s[0] == 0xE3 && s[1] == 0x80 && s[2] == 0x80);
}

typedef enum SchemeStyle {
        STYLE_NONE,    /* no scheme of ours */
        STYLE_BRACKET, /* javascript[:]x */
        STYLE_BLANK,   /* "tel: x": words of ordinary text, which a blank makes inert and leaves readable */
} SchemeStyle;

/*
 * The scheme that ends before the colon at s[colon], whose word begins at s[start]: all of the word, or what follows
 * one of its hyphens. With a blank after the colon none is live.
 */
SchemeStyle mg_link_scheme_before(const guint8 *s, gsize n, gsize start, gsize colon);

/* Whether an authority goes on at s. */
gboolean mg_link_in_authority(const guint8 *s, gsize n);
