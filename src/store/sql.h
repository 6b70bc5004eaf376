/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

#include "mugai/job.h"
#include "store/vfs.h"

/* Sql: what the two users of SQLite in this room share. Private to it. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* Sets error from the connection's last fault: FULL, STORE or SYSTEM. Always FALSE. */
gboolean mg_sql_fail(sqlite3 *db, const char *what, GError **error);
/* Opens with the settings that every connection of ours has (defensive, no trusted schema, foreign keys, secure
 * delete). */
sqlite3 *mg_sql_open(const char *path, const MgVfs *vfs, int flags, GError **error);
gboolean mg_sql_do(sqlite3 *db, const char *statements, GError **error);
/* Prepares a statement that stays for the life of the connection. */
sqlite3_stmt *mg_sql_prepare(sqlite3 *db, const char *text, GError **error);
/* The statement of this text that was prepared on this connection before and is in use by nobody, or a new one. It stays with the
 * connection: the caller resets it (mg_sql_run() does), and never finalizes it. */
sqlite3_stmt *mg_sql_kept(sqlite3 *db, const char *text, GError **error);
/* Closes a connection with the statements that were left with it. Takes NULL. */
void mg_sql_close(sqlite3 *db);
/* The first column of the first row of a statement without parameters. */
gboolean mg_sql_number(sqlite3 *db, const char *text, gint64 *number, GError **error);
/* Runs a statement that gives no row, and resets it. */
gboolean mg_sql_run(sqlite3 *db, sqlite3_stmt *statement, const char *what, GError **error);

/* Binding by position, 1 on; what is bound must live until the statement is reset. */
void mg_sql_bind_text(sqlite3_stmt *statement, int at, const char *text);
void mg_sql_bind_blob(sqlite3_stmt *statement, int at, const void *data, gsize n);

/* The record that a column of the current row holds, of this version of the wire or of one before. NULL with STORE where it
 * cannot be read. */
MgRecord *mg_sql_record(sqlite3_stmt *row, int column, GError **error);
