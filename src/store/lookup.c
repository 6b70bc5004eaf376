/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that read the index. Changes nothing, and could not: the connection is read-only.
 */
#include "store/lookup.h"

#include "base/error.h"
#include "base/reading.h"
#include "base/receipt.h"
#include "store/sql.h"

#define RETRY_SECONDS 86400
/* A search by a part of an address looks at every row; no reader may hold others up for longer. */
#define SEARCH_SECONDS 20

typedef enum Statement {
        KEY,
        HAS,
        LAST,
        SHOW,
        SEARCH,
        SEARCH_QUEUE_ID,
        _STATEMENT_N,
} Statement;

#define SEARCH_COLUMNS "SELECT time, id, record FROM mail WHERE "
#define SEARCH_CONDITIONS                                                                                              \
        "(time, id) < (?1, ?2) AND time >= ?3"                                                                         \
        " AND (?4 IS NULL OR sender LIKE ?4 ESCAPE '\\')"                                                              \
        " AND (?5 IS NULL OR EXISTS(SELECT 1 FROM recipient WHERE mail = mail.id AND address LIKE ?5 ESCAPE '\\'))"    \
        " AND (?6 = 0 OR receipt IS NOT NULL)"
#define SEARCH_ORDER " ORDER BY time DESC, id DESC LIMIT ?7"

static const char *const statements[_STATEMENT_N] = {
        [KEY] = "SELECT receipt FROM mail WHERE retry_key = ?1 AND abs(time - ?2) <= ?3",
        [HAS] = "SELECT 1 FROM mail WHERE receipt = ?1",
        [LAST] = "SELECT max(receipt) FROM mail WHERE receipt >= ?1 AND receipt <= ?2",
        [SHOW] = "SELECT record FROM mail WHERE receipt = ?1",
        [SEARCH] = SEARCH_COLUMNS SEARCH_CONDITIONS SEARCH_ORDER,
        [SEARCH_QUEUE_ID] = SEARCH_COLUMNS
        "id IN (SELECT id FROM mail WHERE queue_id = ?8 UNION SELECT mail FROM attempt WHERE queue_id = ?8)"
        " AND " SEARCH_CONDITIONS SEARCH_ORDER,
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

gint64 mg_lookup_last_serial(MgLookup *lookup, GError **error) {
        sqlite3_stmt *statement = lookup->statements[LAST];
        gint64 last = -1;

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

static GBytes *column_bytes(sqlite3_stmt *statement, int at) {
        gconstpointer data = sqlite3_column_blob(statement, at);

        return g_bytes_new(data, (gsize)sqlite3_column_bytes(statement, at));
}

MgRecord *mg_lookup_show(MgLookup *lookup, const char *receipt, GError **error) {
        sqlite3_stmt *statement = lookup->statements[SHOW];
        g_autoptr(MgRecord) record = NULL;
        g_autoptr(GBytes) wire = NULL;
        gboolean row, well;
        MgReader reader;

        mg_sql_bind_text(statement, 1, receipt);
        well = step(lookup, statement, "look for a mail", &row, error);
        if (well && row)
                wire = column_bytes(statement, 0);
        done_with(statement);
        if (well && !row)
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no mail with receipt %s", receipt);
        if (!wire)
                return NULL;
        mg_reader_init_kept(&reader, wire);
        record = mg_record_get(&reader);
        if (mg_reader_end(&reader, NULL))
                return g_steal_pointer(&record);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "the record of %s cannot be read: %s %s", receipt, reader.field,
                    reader.fault);
        return NULL;
}

/* %part% with what LIKE would take as a pattern escaped; NULL for NULL. */
static char *like_pattern(const char *part) {
        GString *pattern;

        if (!part)
                return NULL;
        pattern = g_string_new("%");
        for (const char *at = part; *at; at++) {
                if (*at == '%' || *at == '_' || *at == '\\')
                        g_string_append_c(pattern, '\\');
                g_string_append_c(pattern, *at);
        }
        g_string_append_c(pattern, '%');
        return g_string_free(pattern, FALSE);
}

static int past_deadline(void *data) {
        return g_get_monotonic_time() > *(gint64 *)data;
}

gboolean mg_lookup_search(MgLookup *lookup, const MgQuery *query, MgCursor *cursor, guint n, GPtrArray *rows,
                          GError **error) {
        sqlite3_stmt *statement = lookup->statements[query->queue_id ? SEARCH_QUEUE_ID : SEARCH];
        g_autofree char *from = like_pattern(query->from), *to = like_pattern(query->to);
        gint64 deadline = g_get_monotonic_time() + SEARCH_SECONDS * G_USEC_PER_SEC;
        gboolean row = TRUE, well = TRUE;

        sqlite3_bind_int64(statement, 1, cursor->time);
        sqlite3_bind_int64(statement, 2, cursor->id);
        sqlite3_bind_int64(statement, 3, query->since > 0 ? query->since : G_MININT64);
        mg_sql_bind_text(statement, 4, from);
        mg_sql_bind_text(statement, 5, to);
        sqlite3_bind_int64(statement, 6, query->kept_only);
        sqlite3_bind_int64(statement, 7, n);
        if (query->queue_id)
                mg_sql_bind_text(statement, 8, query->queue_id);
        sqlite3_progress_handler(lookup->db, 10000, past_deadline, &deadline);
        while (row && well) {
                well = step(lookup, statement, "search", &row, error);
                if (!well || !row)
                        break;
                cursor->time = sqlite3_column_int64(statement, 0);
                cursor->id = sqlite3_column_int64(statement, 1);
                g_ptr_array_add(rows, column_bytes(statement, 2));
        }
        sqlite3_progress_handler(lookup->db, 0, NULL, NULL);
        done_with(statement);
        return well;
}
