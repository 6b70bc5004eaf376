/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "mugai/job.h"
#include "store/meter.h"
#include "store/vfs.h"

/*
 * Index: the rows, as the one connection that writes sees them; used by the committer's thread alone
 *
 * SQLite, one file, WAL with synchronous=FULL: what a transaction wrote is durable when mg_index_commit() returns TRUE.
 * The tables are in schema.c. Errors: FULL for a full disk, STORE for a database that is broken, else SYSTEM.
 */
typedef struct MgIndex MgIndex;

/* Opens, or makes, the database. CONFIG where it is newer or not ours: the caller must not go on. */
MgIndex *mg_index_open(const char *path, const MgVfs *vfs, GError **error);
void mg_index_free(MgIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgIndex, mg_index_free)

/* Looks for damage, at most for that many seconds. FALSE with STORE where some was found. *finished says if all was
 * looked at. */
gboolean mg_index_check(MgIndex *index, guint seconds, gboolean *finished, GError **error);

gboolean mg_index_begin(MgIndex *index, GError **error);
/*
 * Adds the row of a mail. key (32 octets) is that of a kept mail and stored (32, too) the digest of its object's file; both are
 * NULL for an event. Where a row with this receipt is there the mail is a retry: the row keeps its first time and says the rest anew, what it said before is kept as an
 * attempt, *retry is TRUE. The envelope's time in record is set to that first time. organizations are those of the mail, ended by
 * NULL; a retry keeps those that it had.
 */
gboolean mg_index_put(MgIndex *index, MgRecord *record, const guint8 *key, const guint8 *stored,
                      char **organizations, gboolean *retry, GError **error);
/* Whether there is a row with this receipt. */
gboolean mg_index_has(MgIndex *index, const char *receipt, gboolean *has, GError **error);
/* The connection, for what else is written in the same transaction (audit.h and its like). Borrowed. */
sqlite3 *mg_index_db(MgIndex *index);
gboolean mg_index_commit(MgIndex *index, GError **error);
void mg_index_rollback(MgIndex *index);

/* In a transaction of its own, one segment of rows becomes searchable by its terms (posting.h). *wrote says whether there was
 * one. */
gboolean mg_index_write_postings(MgIndex *index, gboolean *wrote, GError **error);

/* Pages in the write-ahead log that were not yet copied into the database. */
guint mg_index_log_pages(const MgIndex *index);
/* Copies them; where truncate is TRUE it waits for readers and empties the log's file. */
gboolean mg_index_checkpoint(MgIndex *index, gboolean truncate, GError **error);
