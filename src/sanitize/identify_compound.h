/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* compound files ([MS-CFB]): OLE2, in which old Office formats, Ichitaro, Outlook and installers keep their streams */

/* What the names of its streams and storages say. */
typedef struct MgCompound {
        const char *type; /* static, or NULL where nothing is known */
        guint32 flags;    /* MgPartFlags: MACRO, ENCRYPTED, EMBEDDED, UNSEEN */
} MgCompound;

/*
 * FALSE where it is none. Looks at a bounded number of entries of its directory, follows only the part of the sector table that
 * the header lists, believes no length.
 */
gboolean mg_compound_read(const void *data, gsize n, MgCompound *out);
