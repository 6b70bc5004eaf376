/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"
#include "store/vfs.h"

/*
 * Lookup: a connection to the index that can only read; a snapshot a call, always of what was committed last
 *
 * Not thread-safe: who shares one holds a lock. Errors: STORE for a broken database or row, TIMEOUT for a search that
 * took too long, else SYSTEM.
 */
typedef struct MgLookup MgLookup;

/* The database must be there (mg_index_open). */
MgLookup *mg_lookup_open(const char *path, const MgVfs *vfs, GError **error);
void mg_lookup_free(MgLookup *lookup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgLookup, mg_lookup_free)

/* The receipt of the mail that has this retry key, where it came within a day of time; else *receipt is NULL. Caller
 * frees. */
gboolean mg_lookup_key(MgLookup *lookup, const guint8 key[32], gint64 time, char **receipt, GError **error);
gboolean mg_lookup_has(MgLookup *lookup, const char *receipt, gboolean *has, GError **error);
/* The highest serial among the receipts of all nodes; -1 where there is none, -2 with error. */
gint64 mg_lookup_last_serial(MgLookup *lookup, GError **error);
/* The row of a receipt, or NULL: MISSING where there is none. */
MgRecord *mg_lookup_show(MgLookup *lookup, const char *receipt, GError **error);

/* Where a search goes on. Begin with MG_CURSOR_INIT. */
typedef struct MgCursor {
        gint64 time;
        gint64 id;
} MgCursor;
#define MG_CURSOR_INIT                                                                                                 \
        { G_MAXINT64, G_MAXINT64 }

/* Up to n further rows, newest first, as wire records (GBytes) added to rows; fewer than n means that these were the
 * last. */
gboolean mg_lookup_search(MgLookup *lookup, const MgQuery *query, MgCursor *cursor, guint n, GPtrArray *rows,
                          GError **error);
