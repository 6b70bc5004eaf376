/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* spelling: one word for each type, whichever version of libmagic is there */

/*
 * What libmagic said of [data, data+n) as this project says it; static, or type itself. Versions from 5.44 (Debian 12) to 5.46
 * (Debian 13) come out the same, which the unit test's rows hold.
 */
const char *mg_spelling_of(const char *type, const char *data, gsize n);

/* Whether a version calls a text mail by a first line that others take for any text's: then ask of the text without it. */
gboolean mg_spelling_is_doubtful(const char *type, const char *data, gsize n);
