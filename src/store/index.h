/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/job.h"
#include "store/meter.h"
#include "store/vfs.h"

/*
 * Index: the rows, as the one connection that writes sees them; used by the committer's thread alone
 *
 * SQLite, one file, WAL with synchronous=FULL: what a transaction wrote is durable when mg_index_commit() returns TRUE.
 * The schema is in index.c. Errors: FULL for a full disk, STORE for a database that is broken, else SYSTEM.
 */
typedef struct MgIndex MgIndex;

#define MG_INDEX_VERSION 1

/* Opens, or makes, the database. CONFIG where it is of another version: the caller must not go on. */
MgIndex *mg_index_open(const char *path, const MgVfs *vfs, GError **error);
void mg_index_free(MgIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgIndex, mg_index_free)

/* Looks for damage, at most for that many seconds. FALSE with STORE where some was found. *finished says if all was
 * looked at. */
gboolean mg_index_check(MgIndex *index, guint seconds, gboolean *finished, GError **error);

gboolean mg_index_begin(MgIndex *index, GError **error);
/*
 * Adds the row of a mail. key (32 octets) is that of a kept mail, NULL for an event. Where a row with this receipt is
 * there the mail is a retry: the row keeps its first time and says the rest anew, what it said before is kept as an
 * attempt, *retry is TRUE. The envelope's time in record is set to that first time.
 */
gboolean mg_index_put(MgIndex *index, MgRecord *record, const guint8 *key, gboolean *retry, GError **error);
gboolean mg_index_commit(MgIndex *index, GError **error);
void mg_index_rollback(MgIndex *index);

/* Pages in the write-ahead log that were not yet copied into the database. */
guint mg_index_log_pages(const MgIndex *index);
/* Copies them; where truncate is TRUE it waits for readers and empties the log's file. */
gboolean mg_index_checkpoint(MgIndex *index, gboolean truncate, GError **error);
