/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that read the index. Changes nothing, and could not: the connection is read-only.
 */
#include "store/lookup.h"

#include "base/error.h"
#include "base/receipt.h"
#include "store/sql.h"

#define RETRY_SECONDS 86400

typedef enum Statement {
        KEY,
        HAS,
        LAST,
        LAST_ERASED,
        USAGE,
        SHOW,
        _STATEMENT_N,
} Statement;

static const char *const statements[_STATEMENT_N] = {
        [KEY] = "SELECT receipt FROM mail WHERE retry_key = ?1 AND abs(time - ?2) <= ?3",
        [HAS] = "SELECT 1 FROM mail WHERE receipt = ?1",
        [LAST] = "SELECT max(receipt) FROM mail WHERE receipt >= ?1 AND receipt <= ?2",
        [LAST_ERASED] = "SELECT last_serial FROM retention",
        [USAGE] = "SELECT octets FROM organization WHERE name = ?1",
        [SHOW] = "SELECT record FROM mail WHERE receipt = ?1",
};

struct MgLookup {
        sqlite3 *db;
        sqlite3_stmt *statements[_STATEMENT_N];
};

MgLookup *mg_lookup_open(const char *path, const MgVfs *vfs, GError **error) {
        g_autoptr(MgLookup) lookup = g_new0(MgLookup, 1);

        lookup->db = mg_sql_open(path, vfs, SQLITE_OPEN_READONLY, error);
        if (!lookup->db)
                return NULL;
        for (guint i = 0; i < _STATEMENT_N; i++) {
                lookup->statements[i] = mg_sql_prepare(lookup->db, statements[i], error);
                if (!lookup->statements[i])
                        return NULL;
        }
        return g_steal_pointer(&lookup);
}

void mg_lookup_free(MgLookup *lookup) {
        if (!lookup)
                return;
        for (guint i = 0; i < _STATEMENT_N; i++)
                sqlite3_finalize(lookup->statements[i]);
        sqlite3_close(lookup->db);
        g_free(lookup);
}

static void done_with(sqlite3_stmt *statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
}

/* Steps once. *row says whether there is one. The caller resets. */
static gboolean step(MgLookup *lookup, sqlite3_stmt *statement, const char *what, gboolean *row, GError **error) {
        int result = sqlite3_step(statement);

        *row = result == SQLITE_ROW;
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(lookup->db, what, error);
}

gboolean mg_lookup_key(MgLookup *lookup, const guint8 key[32], gint64 time, char **receipt, GError **error) {
        sqlite3_stmt *statement = lookup->statements[KEY];
        gboolean row, well;

        *receipt = NULL;
        mg_sql_bind_blob(statement, 1, key, 32);
        sqlite3_bind_int64(statement, 2, time);
        sqlite3_bind_int64(statement, 3, RETRY_SECONDS);
        well = step(lookup, statement, "look for a retry", &row, error);
        if (well && row)
                *receipt = g_strdup((const char *)sqlite3_column_text(statement, 0));
        done_with(statement);
        return well;
}

gboolean mg_lookup_has(MgLookup *lookup, const char *receipt, gboolean *has, GError **error) {
        sqlite3_stmt *statement = lookup->statements[HAS];
        gboolean well;

        mg_sql_bind_text(statement, 1, receipt);
        well = step(lookup, statement, "look for a receipt", has, error);
        done_with(statement);
        return well;
}

/* The number that a statement gives; unchanged where it gives no row. */
static gboolean read_number(MgLookup *lookup, Statement which, const char *what, gint64 *number, GError **error) {
        sqlite3_stmt *statement = lookup->statements[which];
        gboolean row, well = step(lookup, statement, what, &row, error);

        if (well && row)
                *number = sqlite3_column_int64(statement, 0);
        done_with(statement);
        return well;
}

gboolean mg_lookup_usage(MgLookup *lookup, const char *organization, guint64 *octets, GError **error) {
        gint64 number = 0;
        gboolean well;

        mg_sql_bind_text(lookup->statements[USAGE], 1, organization);
        well = read_number(lookup, USAGE, "look for what is used", &number, error);
        *octets = (guint64)MAX(number, 0);
        return well;
}

gint64 mg_lookup_last_serial(MgLookup *lookup, GError **error) {
        sqlite3_stmt *statement = lookup->statements[LAST];
        gint64 last = -1;

        if (!read_number(lookup, LAST_ERASED, "look for the last receipt", &last, error))
                return -2;
        /* Receipts sort by node, then by serial. */
        for (guint node = 0; node <= 9; node++) {
                g_autofree char *first = g_strdup_printf("%u000000000", node);
                g_autofree char *end = g_strdup_printf("%u999999999", node);
                gboolean row, well;

                mg_sql_bind_text(statement, 1, first);
                mg_sql_bind_text(statement, 2, end);
                well = step(lookup, statement, "look for the last receipt", &row, error);
                if (well && row && sqlite3_column_type(statement, 0) == SQLITE_TEXT)
                        last = MAX(last, (gint64)mg_receipt_serial((const char *)sqlite3_column_text(statement, 0)));
                done_with(statement);
                if (!well)
                        return -2;
        }
        return last;
}

MgRecord *mg_lookup_show(MgLookup *lookup, const char *receipt, GError **error) {
        sqlite3_stmt *statement = lookup->statements[SHOW];
        MgRecord *record = NULL;
        gboolean row;

        mg_sql_bind_text(statement, 1, receipt);
        if (step(lookup, statement, "look for a mail", &row, error)) {
                record = row ? mg_sql_record(statement, 0, error) : NULL;
                if (!row)
                        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no mail with receipt %s", receipt);
                else if (!record)
                        g_prefix_error(error, "%s: ", receipt);
        }
        done_with(statement);
        return record;
}

sqlite3 *mg_lookup_db(MgLookup *lookup) {
        return lookup->db;
}
