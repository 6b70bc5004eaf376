/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* html_entity: character references, WHATWG section 13.2.5.72 to 80 */

/*
 * Appends UTF-8 [s, s+n) with its references decoded. In an attribute a name without ";" before "=" or a letter stays
 * as it is ("?a=1&copy=2"). Never longer than the input by more than a half. Linear.
 */
void mg_html_decode(GString *out, const char *s, gsize n, gboolean attribute);
