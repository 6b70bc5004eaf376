/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each row of mail against the record in it. What a record looks like in columns is said once, by mg_index_put(): the
 * record is put into an index in memory, and the two rows are compared. So no column can be forgotten here.
 */
#include "store/verify.h"

#include <string.h>

#include "base/error.h"
#include "base/reading.h"
#include "store/sql.h"

#define PAGE_ROWS 64

/* What follows from no record: the row's own number, what came before it, and what is said of the object. */
static const char *const free_columns[] = {"id", "retry_key", "retries", "stored", NULL};

/* Tables whose rows hang on a mail and follow from its record, and how a row of each is found. */
static const struct {
        const char *name;
        const char *select; /* ?1 is the mail */
        const char *delete;
        const char *insert; /* %s: a parameter a column */
} children[] = {
        {"recipient", "SELECT * FROM recipient WHERE mail = ?1 ORDER BY address",
         "DELETE FROM recipient WHERE mail = ?1", "INSERT INTO recipient VALUES(%s)"},
        {"part", "SELECT * FROM part WHERE mail = ?1 ORDER BY number", "DELETE FROM part WHERE mail = ?1",
         "INSERT INTO part VALUES(%s)"},
};

/* One mail that is looked at: as it is, and as its record has it. */
typedef struct Row {
        MgVerify *verify;
        gint64 id;
        char *receipt; /* "" of an event, "row 12" where there is none to be read */
        GBytes *wire;
        gint64 scratch_id;
        GPtrArray *columns; /* of mail: names of those that differ; not owned */
        gboolean children[G_N_ELEMENTS(children)];
        gboolean there; /* when it was to be mended it was as it had been read */
} Row;

static gboolean same_value(sqlite3_stmt *one, sqlite3_stmt *other, int at) {
        int n = sqlite3_column_bytes(one, at);

        if (sqlite3_column_type(one, at) != sqlite3_column_type(other, at))
                return FALSE;
        if (sqlite3_column_type(one, at) == SQLITE_INTEGER)
                return sqlite3_column_int64(one, at) == sqlite3_column_int64(other, at);
        return n == sqlite3_column_bytes(other, at) &&
               (n == 0 || memcmp(sqlite3_column_blob(one, at), sqlite3_column_blob(other, at), (gsize)n) == 0);
}

/* The first column of a child names its mail, which has another number in memory. */
static gboolean same_rows(sqlite3_stmt *one, sqlite3_stmt *other) {
        for (;;) {
                int result = sqlite3_step(one), other_result = sqlite3_step(other);

                if (result != other_result)
                        return FALSE;
                if (result != SQLITE_ROW)
                        return TRUE;
                for (int i = 1; i < sqlite3_column_count(one); i++)
                        if (!same_value(one, other, i))
                                return FALSE;
        }
}

static sqlite3_stmt *select_of(sqlite3 *db, const char *text, gint64 id, GError **error) {
        sqlite3_stmt *statement = mg_sql_kept(db, text, error);

        if (statement)
                sqlite3_bind_int64(statement, 1, id);
        return statement;
}

static gboolean compare_mail(Row *row, GError **error) {
        static const char text[] = "SELECT * FROM mail WHERE id = ?1";
        sqlite3_stmt *is = select_of(row->verify->db, text, row->id, error);
        sqlite3_stmt *said = is ? select_of(mg_index_db(row->verify->scratch), text, row->scratch_id, error) : NULL;
        gboolean well = said && sqlite3_step(is) == SQLITE_ROW && sqlite3_step(said) == SQLITE_ROW;

        for (int i = 0; well && i < sqlite3_column_count(is); i++) {
                const char *name = sqlite3_column_name(is, i);

                if (!g_strv_contains(free_columns, name) && !same_value(is, said, i))
                        g_ptr_array_add(row->columns, g_strdup(name));
        }
        sqlite3_reset(is);
        sqlite3_reset(said);
        return well || (said && mg_sql_fail(row->verify->db, "row of mail", error));
}

static gboolean compare_children(Row *row, GError **error) {
        for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
                sqlite3_stmt *is = select_of(row->verify->db, children[i].select, row->id, error);
                sqlite3_stmt *said =
                        is ? select_of(mg_index_db(row->verify->scratch), children[i].select, row->scratch_id, error)
                           : NULL;

                if (!said)
                        return FALSE;
                row->children[i] = !same_rows(is, said);
                sqlite3_reset(is);
                sqlite3_reset(said);
        }
        return TRUE;
}

/* The row that the record would have, in memory. */
static gboolean put_scratch(Row *row, MgRecord *record, GError **error) {
        static const guint8 any[32];
        char *nobody[] = {(char *)"", NULL};
        MgIndex *scratch = row->verify->scratch;
        const guint8 *key = *record->receipt ? any : NULL;
        gboolean retry;

        mg_index_rollback(scratch);
        return mg_index_begin(scratch, error) && mg_index_put(scratch, record, key, key, nobody, &retry, error) &&
               mg_sql_number(mg_index_db(scratch), "SELECT max(id) FROM mail", &row->scratch_id, error);
}

static gboolean differs(const Row *row) {
        for (guint i = 0; i < G_N_ELEMENTS(children); i++)
                if (row->children[i])
                        return TRUE;
        return row->columns->len > 0;
}

/* Runs on the committer's thread while ours waits, so that the rows in memory may be read. */
static gboolean mend_columns(sqlite3 *db, const Row *row, GError **error) {
        sqlite3 *scratch = mg_index_db(row->verify->scratch);

        for (guint i = 0; i < row->columns->len; i++) {
                const char *name = g_ptr_array_index(row->columns, i);
                g_autofree char *select = g_strdup_printf("SELECT \"%s\" FROM mail WHERE id = ?1", name);
                g_autofree char *update = g_strdup_printf("UPDATE mail SET \"%s\" = ?1 WHERE id = ?2", name);
                g_autoptr(sqlite3_stmt) said = mg_sql_prepare(scratch, select, error);
                g_autoptr(sqlite3_stmt) set = said ? mg_sql_prepare(db, update, error) : NULL;

                if (!set)
                        return FALSE;
                sqlite3_bind_int64(said, 1, row->scratch_id);
                if (sqlite3_step(said) != SQLITE_ROW)
                        return mg_sql_fail(scratch, "row in memory", error);
                sqlite3_bind_value(set, 1, sqlite3_column_value(said, 0));
                sqlite3_bind_int64(set, 2, row->id);
                if (!mg_sql_run(db, set, "mend a column", error))
                        return FALSE;
        }
        return TRUE;
}

static char *parameters(int n) {
        g_autoptr(GString) text = g_string_new("?1");

        for (int i = 2; i <= n; i++)
                g_string_append_printf(text, ",?%d", i);
        return g_strdup(text->str);
}

static gboolean mend_child(sqlite3 *db, const Row *row, guint which, GError **error) {
        sqlite3_stmt *said =
                select_of(mg_index_db(row->verify->scratch), children[which].select, row->scratch_id, error);
        sqlite3_stmt *delete = said ? select_of(db, children[which].delete, row->id, error) : NULL;
        g_autofree char *all = said ? parameters(sqlite3_column_count(said)) : NULL;
        g_autofree char *text = g_strdup_printf(children[which].insert, all ? all : "");
        g_autoptr(sqlite3_stmt) insert = delete ? mg_sql_prepare(db, text, error) : NULL;
        gboolean well = insert && mg_sql_run(db, delete, "mend rows", error);

        while (well && sqlite3_step(said) == SQLITE_ROW) {
                sqlite3_bind_int64(insert, 1, row->id);
                for (int i = 1; i < sqlite3_column_count(said); i++)
                        sqlite3_bind_value(insert, i + 1, sqlite3_column_value(said, i));
                well = mg_sql_run(db, insert, "mend rows", error);
        }
        sqlite3_reset(said);
        return well;
}

/* Only where the record is the one that was looked at: the mail may have come again meanwhile. */
static gboolean mend(sqlite3 *db, gpointer data, GError **error) {
        Row *row = data;
        sqlite3_stmt *look = select_of(db, "SELECT 1 FROM mail WHERE id = ?1 AND record = ?2", row->id, error);
        gsize n;
        gconstpointer wire = g_bytes_get_data(row->wire, &n);

        if (!look)
                return FALSE;
        mg_sql_bind_blob(look, 2, wire, n);
        row->there = sqlite3_step(look) == SQLITE_ROW;
        sqlite3_reset(look);
        if (!row->there)
                return TRUE;
        for (guint i = 0; i < G_N_ELEMENTS(children); i++)
                if (row->children[i] && !mend_child(db, row, i, error))
                        return FALSE;
        return mend_columns(db, row, error);
}

static char *what_differs(const Row *row) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < row->columns->len; i++)
                g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                       (const char *)g_ptr_array_index(row->columns, i));
        for (guint i = 0; i < G_N_ELEMENTS(children); i++)
                if (row->children[i])
                        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", children[i].name);
        return g_strdup(text->str);
}

/* What cannot be written because another row has it (a receipt of two rows) stays as it is and is lost. */
static gboolean tell_difference(Row *row) {
        g_autofree char *what = what_differs(row);
        g_autoptr(GError) fault = NULL;

        if (!row->verify->repair)
                return mg_verify_found(row->verify, MG_FLAW_ROW_DIFFERS, MG_MEND_POSSIBLE, row->receipt, what);
        if (row->verify->write(row->verify->write_data, mend, row, &fault))
                return !row->there ||
                       mg_verify_found(row->verify, MG_FLAW_ROW_DIFFERS, MG_MEND_DONE, row->receipt, what);
        return mg_verify_found(row->verify, MG_FLAW_ROW_DIFFERS, MG_MEND_NONE, row->receipt, fault->message);
}

static gboolean check_row(Row *row, gboolean *unlike, GError **error) {
        g_autoptr(MgRecord) record = NULL;
        MgReader reader;

        *unlike = FALSE;
        mg_reader_init_kept(&reader, row->wire);
        record = mg_record_get(&reader);
        if (!mg_reader_end(&reader, NULL)) {
                g_autofree char *detail = g_strdup_printf("%s: %s", reader.field, reader.fault);

                return mg_verify_found(row->verify, MG_FLAW_ROW_UNREADABLE, MG_MEND_NONE, row->receipt, detail);
        }
        if (!put_scratch(row, record, error) || !compare_mail(row, error) || !compare_children(row, error))
                return FALSE;
        *unlike = differs(row);
        return TRUE;
}

static void row_clear(Row *row) {
        g_free(row->receipt);
        g_clear_pointer(&row->wire, g_bytes_unref);
        g_clear_pointer(&row->columns, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Row, row_clear)

/* The row after one; FALSE with error. *there says if there is one. */
static gboolean read_row(MgVerify *verify, gint64 after, Row *row, gboolean *there, GError **error) {
        sqlite3_stmt *select = select_of(
                verify->db, "SELECT id, receipt, record FROM mail WHERE id > ?1 ORDER BY id LIMIT 1", after, error);
        int result = select ? sqlite3_step(select) : SQLITE_ERROR;

        *there = result == SQLITE_ROW;
        if (*there) {
                const char *receipt = (const char *)sqlite3_column_text(select, 1);

                row->verify = verify;
                row->id = sqlite3_column_int64(select, 0);
                row->receipt = receipt ? g_strdup(receipt) : g_strdup_printf("row %" G_GINT64_FORMAT, row->id);
                row->wire = g_bytes_new(sqlite3_column_blob(select, 2), (gsize)sqlite3_column_bytes(select, 2));
                row->columns = g_ptr_array_new_with_free_func(g_free);
        }
        if (select)
                sqlite3_reset(select);
        return *there || result == SQLITE_DONE || (select && mg_sql_fail(verify->db, "rows of mail", error));
}

/* A snapshot a row: it and what hangs on it are of one moment. */
static gboolean next_row(MgVerify *verify, gint64 *at, gboolean *there, GError **error) {
        g_auto(Row) row = {0};
        gboolean unlike = FALSE, well;

        if (!mg_sql_do(verify->db, "BEGIN", error))
                return FALSE;
        well = read_row(verify, *at, &row, there, error) && (!*there || check_row(&row, &unlike, error));
        if (!mg_sql_do(verify->db, "COMMIT", well ? error : NULL) || !well)
                return FALSE;
        *at = row.id;
        return !unlike || tell_difference(&row);
}

gboolean mg_verify_rows(MgVerify *verify, GError **error) {
        gboolean there = TRUE, well = TRUE;
        gint64 at = G_MININT64, all;

        if (!mg_sql_number(verify->db, "SELECT count(*) FROM mail", &all, error))
                return FALSE;
        verify->scratch = mg_index_open(":memory:", verify->vfs, error);
        if (!verify->scratch)
                return FALSE;
        while (there && well) {
                well = next_row(verify, &at, &there, error) &&
                       mg_verify_tell(verify, "rows", verify->verdict.rows, (guint64)all);
                verify->verdict.rows += well && there;
        }
        g_clear_pointer(&verify->scratch, mg_index_free);
        return well;
}
