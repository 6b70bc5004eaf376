/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* catalogue: texts and their translations, made from ja.po while it is built */

typedef struct MgTranslation {
        const char *text, *translation;
} MgTranslation;

/* In the order of strcmp(text). */
extern const MgTranslation mg_catalogue[];
extern const gsize mg_catalogue_n;
