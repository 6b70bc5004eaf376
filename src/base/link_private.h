/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What link.c and link_short.c share: which words are schemes, and where an authority ends. */

#include "base/link.h"

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
