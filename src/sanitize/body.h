/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/sanitize.h"
#include "sanitize/walk.h"

/*
 * body: the tree of a mail -> body text and facts of its parts. Fills parts, body*, replaced, hidden, links,
 * pictures and marks of the reading. charset, where not NULL, is the name of that in which its texts are read. wanted, where not NULL, is filled when its part is come to.
 */
typedef struct MgWanted {
        guint64 size;
        const guint8 *sha256;
        MgPartFunc func;
        gpointer data;
        gboolean done; /* func was called and was content */
} MgWanted;

void mg_body_read(MgTree *tree, const MgLimits *limits, const char *charset, MgReading *reading, MgWanted *wanted);
