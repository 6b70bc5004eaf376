/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite as this room uses it: settings, faults, binding. Knows no table.
 */
#include "store/sql.h"

#include "base/error.h"
#include "base/reading.h"

#define BUSY_MS 10000

gboolean mg_sql_fail(sqlite3 *db, const char *what, GError **error) {
        int code = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
        MgErrorCode ours = MG_ERROR_SYSTEM;

        if (code == SQLITE_FULL)
                ours = MG_ERROR_FULL;
        else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
                ours = MG_ERROR_STORE;
        else if (code == SQLITE_INTERRUPT)
                ours = MG_ERROR_TIMEOUT;
        g_set_error(error, MG_ERROR, (int)ours, "index: %s: %s", what, db ? sqlite3_errmsg(db) : "no memory");
        return FALSE;
}

gboolean mg_sql_do(sqlite3 *db, const char *statements, GError **error) {
        return sqlite3_exec(db, statements, NULL, NULL, NULL) == SQLITE_OK ? TRUE : mg_sql_fail(db, statements, error);
}

sqlite3 *mg_sql_open(const char *path, const MgVfs *vfs, int flags, GError **error) {
        sqlite3 *db = NULL;

        if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, mg_vfs_name(vfs)) !=
            SQLITE_OK) {
                mg_sql_fail(db, path, error);
                sqlite3_close(db);
                return NULL;
        }
        sqlite3_busy_timeout(db, BUSY_MS);
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        return db;
}

sqlite3_stmt *mg_sql_prepare(sqlite3 *db, const char *text, GError **error) {
        sqlite3_stmt *statement = NULL;

        if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
                mg_sql_fail(db, text, error);
        return statement;
}

sqlite3_stmt *mg_sql_kept(sqlite3 *db, const char *text, GError **error) {
        sqlite3_stmt *statement = NULL;

        while ((statement = sqlite3_next_stmt(db, statement)))
                if (!sqlite3_stmt_busy(statement) && g_strcmp0(sqlite3_sql(statement), text) == 0)
                        return statement;
        return mg_sql_prepare(db, text, error);
}

void mg_sql_close(sqlite3 *db) {
        sqlite3_stmt *statement;

        if (!db)
                return;
        while ((statement = sqlite3_next_stmt(db, NULL)))
                sqlite3_finalize(statement);
        sqlite3_close(db);
}

gboolean mg_sql_number(sqlite3 *db, const char *text, gint64 *number, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        if (sqlite3_step(statement) != SQLITE_ROW)
                return mg_sql_fail(db, text, error);
        *number = sqlite3_column_int64(statement, 0);
        return TRUE;
}

gboolean mg_sql_run(sqlite3 *db, sqlite3_stmt *statement, const char *what, GError **error) {
        gboolean well = sqlite3_step(statement) == SQLITE_DONE || mg_sql_fail(db, what, error);

        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return well;
}

void mg_sql_bind_text(sqlite3_stmt *statement, int at, const char *text) {
        sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void mg_sql_bind_blob(sqlite3_stmt *statement, int at, const void *data, gsize n) {
        sqlite3_bind_blob64(statement, at, data, n, SQLITE_STATIC);
}

MgRecord *mg_sql_record(sqlite3_stmt *row, int column, GError **error) {
        gconstpointer data = sqlite3_column_blob(row, column);
        g_autoptr(GBytes) wire = g_bytes_new_static(data, (gsize)sqlite3_column_bytes(row, column));
        g_autoptr(MgRecord) record = NULL;
        MgReader reader;

        mg_reader_init_kept(&reader, wire);
        record = mg_record_get(&reader);
        if (mg_reader_end(&reader, NULL))
                return g_steal_pointer(&record);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "the record cannot be read: %s %s", reader.field, reader.fault);
        return NULL;
}
