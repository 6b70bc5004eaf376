/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "mugai/job.h"
#include "store/vfs.h"

/*
 * Lookup: a connection to the index that can only read; a snapshot a call, always of what was committed last
 *
 * Not thread-safe: who shares one holds a lock. Errors: STORE for a broken database or row, else SYSTEM.
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
/* The highest serial among the receipts of all nodes, of mail that was erased, too; -1 where there is none, -2 with error. */
gint64 mg_lookup_last_serial(MgLookup *lookup, GError **error);
/* Octets of the originals of an organization, as they came in. */
gboolean mg_lookup_usage(MgLookup *lookup, const char *organization, guint64 *octets, GError **error);
/* The row of a receipt, or NULL: MISSING where there is none. */
MgRecord *mg_lookup_show(MgLookup *lookup, const char *receipt, GError **error);

/* The connection, for what else is read by it (search.h). Borrowed. */
sqlite3 *mg_lookup_db(MgLookup *lookup);
