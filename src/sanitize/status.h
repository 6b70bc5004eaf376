/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* status: codes of RFC 3463 in words. */

typedef struct MgStatusWords {
        const char *ja;
        const char *en;
} MgStatusWords;

/* What "5.1.1" says, by its detail, else its subject, else its class; NULL where s begins with no such code. *n: its length. */
const MgStatusWords *mg_status_words(const char *s, gsize *n);
