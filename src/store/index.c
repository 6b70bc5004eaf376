/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables, and the statements that write them. Reads no mail and no object; which mail is a retry is seen here only
 * by its receipt, which keeper.c gave out.
 */
#include "store/index.h"

#include "base/error.h"
#include "base/reading.h"
#include "store/sql.h"

/* Version 1. An attempt is what a row said before the mail came again. retry_key leaves a row when a later mail
 * takes it. */
static const char schema[] = "CREATE TABLE mail("
                             " id INTEGER PRIMARY KEY,"
                             " receipt TEXT UNIQUE,"
                             " retry_key BLOB UNIQUE,"
                             " time INTEGER NOT NULL,"
                             " queue_id TEXT NOT NULL,"
                             " sender TEXT NOT NULL,"
                             " client TEXT NOT NULL,"
                             " outcome TEXT NOT NULL,"
                             " reply TEXT NOT NULL,"
                             " reason TEXT NOT NULL,"
                             " subject TEXT NOT NULL,"
                             " size INTEGER NOT NULL,"
                             " sha256 BLOB NOT NULL,"
                             " policy BLOB NOT NULL,"
                             " version TEXT NOT NULL,"
                             " bytes_out INTEGER NOT NULL,"
                             " milliseconds INTEGER NOT NULL,"
                             " retries INTEGER NOT NULL DEFAULT 0,"
                             " record BLOB NOT NULL"
                             ") STRICT;"
                             "CREATE INDEX mail_time ON mail(time);"
                             "CREATE INDEX mail_queue_id ON mail(queue_id);"
                             "CREATE INDEX mail_sha256 ON mail(sha256);"
                             "CREATE TABLE recipient("
                             " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                             " address TEXT NOT NULL,"
                             " PRIMARY KEY(mail, address)"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE TABLE part("
                             " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                             " number INTEGER NOT NULL,"
                             " path TEXT NOT NULL,"
                             " kind TEXT NOT NULL,"
                             " claimed TEXT NOT NULL,"
                             " found TEXT NOT NULL,"
                             " name TEXT NOT NULL,"
                             " size INTEGER NOT NULL,"
                             " sha256 BLOB NOT NULL,"
                             " action TEXT NOT NULL,"
                             " rule TEXT NOT NULL,"
                             " reason TEXT NOT NULL,"
                             " PRIMARY KEY(mail, number)"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX part_sha256 ON part(sha256);"
                             "CREATE TABLE attempt("
                             " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                             " number INTEGER NOT NULL,"
                             " queue_id TEXT NOT NULL,"
                             " outcome TEXT NOT NULL,"
                             " reply TEXT NOT NULL,"
                             " PRIMARY KEY(mail, number)"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX attempt_queue_id ON attempt(queue_id);"
                             "PRAGMA user_version = " G_STRINGIFY(MG_INDEX_VERSION) ";";

typedef enum Statement {
        BEGIN,
        COMMIT,
        FIND,
        RELEASE_KEY,
        INSERT_MAIL,
        INSERT_ATTEMPT,
        UPDATE_MAIL,
        INSERT_RECIPIENT,
        DELETE_PARTS,
        INSERT_PART,
        _STATEMENT_N,
} Statement;

/* Columns that a retry says anew stand first, so that both statements bind them alike. */
static const char *const statements[_STATEMENT_N] = {
        [BEGIN] = "BEGIN IMMEDIATE",
        [COMMIT] = "COMMIT",
        [FIND] = "SELECT id, time FROM mail WHERE receipt = ?1",
        [RELEASE_KEY] = "UPDATE mail SET retry_key = NULL WHERE retry_key = ?1",
        [INSERT_MAIL] =
                "INSERT INTO mail(queue_id, client, outcome, reply, reason, subject, policy, version, bytes_out,"
                " milliseconds, record, receipt, retry_key, time, sender, size, sha256)"
                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
        [INSERT_ATTEMPT] = "INSERT INTO attempt(mail, number, queue_id, outcome, reply)"
                           " SELECT id, retries, queue_id, outcome, reply FROM mail WHERE id = ?1",
        [UPDATE_MAIL] =
                "UPDATE mail SET queue_id = ?1, client = ?2, outcome = ?3, reply = ?4, reason = ?5, subject = ?6,"
                " policy = ?7, version = ?8, bytes_out = ?9, milliseconds = ?10, record = ?11,"
                " retries = retries + 1 WHERE id = ?12",
        [INSERT_RECIPIENT] = "INSERT OR IGNORE INTO recipient(mail, address) VALUES(?1, ?2)",
        [DELETE_PARTS] = "DELETE FROM part WHERE mail = ?1",
        [INSERT_PART] =
                "INSERT INTO part(mail, number, path, kind, claimed, found, name, size, sha256, action, rule, reason)"
                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
};

struct MgIndex {
        sqlite3 *db;
        sqlite3_stmt *statements[_STATEMENT_N];
        guint log_pages;
};

/* Makes the tables in an empty database; refuses one that is not ours or of another version. */
static gboolean take_schema(sqlite3 *db, const char *path, GError **error) {
        gint64 version, tables;

        if (!mg_sql_number(db, "PRAGMA user_version", &version, error) ||
            !mg_sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error))
                return FALSE;
        if (version == MG_INDEX_VERSION)
                return TRUE;
        if (version == 0 && tables == 0)
                return mg_sql_do(db, "BEGIN EXCLUSIVE", error) && mg_sql_do(db, schema, error) &&
                       mg_sql_do(db, "COMMIT", error);
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "%s has schema version %" G_GINT64_FORMAT ", this program knows version %d: %s", path, version,
                    MG_INDEX_VERSION,
                    version > MG_INDEX_VERSION ? "a newer mugai made it; start that one" : "it is no index of mugai");
        return FALSE;
}

static int log_grew(void *data, sqlite3 *db, const char *name, int pages) {
        MgIndex *index = data;

        index->log_pages = (guint)pages;
        return SQLITE_OK;
}

/*
 * The version is looked at before anything is changed. Checkpoints are the committer's, hence no automatic ones;
 * secure_delete so that what is erased is gone from the file.
 */
static gboolean set_up(MgIndex *index, const char *path, GError **error) {
        static const char settings[] = "PRAGMA synchronous = FULL;"
                                       "PRAGMA secure_delete = ON;"
                                       "PRAGMA wal_autocheckpoint = 0;"
                                       "PRAGMA journal_size_limit = 67108864;"
                                       "PRAGMA cache_size = -4096;";

        if (!take_schema(index->db, path, error) || !mg_sql_do(index->db, "PRAGMA journal_mode = WAL", error) ||
            !mg_sql_do(index->db, settings, error))
                return FALSE;
        sqlite3_wal_hook(index->db, log_grew, index);
        for (guint i = 0; i < _STATEMENT_N; i++) {
                index->statements[i] = mg_sql_prepare(index->db, statements[i], error);
                if (!index->statements[i])
                        return FALSE;
        }
        return TRUE;
}

MgIndex *mg_index_open(const char *path, const MgVfs *vfs, GError **error) {
        g_autoptr(MgIndex) index = g_new0(MgIndex, 1);

        index->db = mg_sql_open(path, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
        return index->db && set_up(index, path, error) ? g_steal_pointer(&index) : NULL;
}

void mg_index_free(MgIndex *index) {
        if (!index)
                return;
        for (guint i = 0; i < _STATEMENT_N; i++)
                sqlite3_finalize(index->statements[i]);
        sqlite3_close(index->db);
        g_free(index);
}

static int past_deadline(void *data) {
        return g_get_monotonic_time() > *(gint64 *)data;
}

gboolean mg_index_check(MgIndex *index, guint seconds, gboolean *finished, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(index->db, "PRAGMA quick_check(1)", error);
        gint64 deadline = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
        int result;

        *finished = FALSE;
        if (!statement)
                return FALSE;
        sqlite3_progress_handler(index->db, 10000, past_deadline, &deadline);
        result = sqlite3_step(statement);
        sqlite3_progress_handler(index->db, 0, NULL, NULL);
        if ((result & 0xff) == SQLITE_INTERRUPT)
                return TRUE;
        if (result != SQLITE_ROW)
                return mg_sql_fail(index->db, "quick_check", error);
        *finished = TRUE;
        if (g_strcmp0((const char *)sqlite3_column_text(statement, 0), "ok") == 0)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "index is damaged: %s", sqlite3_column_text(statement, 0));
        return FALSE;
}

gboolean mg_index_begin(MgIndex *index, GError **error) {
        return mg_sql_run(index->db, index->statements[BEGIN], "begin", error);
}

gboolean mg_index_commit(MgIndex *index, GError **error) {
        return mg_sql_run(index->db, index->statements[COMMIT], "commit", error);
}

void mg_index_rollback(MgIndex *index) {
        if (!sqlite3_get_autocommit(index->db))
                sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
}

/* The row of a receipt: its id and first time; id 0 where there is none. */
static gboolean find(MgIndex *index, const char *receipt, gint64 *id, gint64 *time, GError **error) {
        sqlite3_stmt *statement = index->statements[FIND];
        int result;

        *id = 0;
        mg_sql_bind_text(statement, 1, receipt);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
                *id = sqlite3_column_int64(statement, 0);
                *time = sqlite3_column_int64(statement, 1);
        }
        sqlite3_reset(statement);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(index->db, "find", error);
}

static gboolean run_with_id(MgIndex *index, Statement which, gint64 id, const char *what, GError **error) {
        sqlite3_bind_int64(index->statements[which], 1, id);
        return mg_sql_run(index->db, index->statements[which], what, error);
}

static const char *subject_of(const MgRecord *record) {
        const MgValue *subject = mg_reading_value(record->reading, MG_FIELD_SUBJECT);

        return subject ? subject->text : "";
}

/* Parameters 1 to 11, which adding and saying anew have in common. */
static void bind_common(sqlite3_stmt *statement, const MgRecord *record, const MgWriter *wire) {
        mg_sql_bind_text(statement, 1, record->envelope->queue_id);
        mg_sql_bind_text(statement, 2, record->envelope->client);
        mg_sql_bind_text(statement, 3, mg_outcome_name(record->outcome));
        mg_sql_bind_text(statement, 4, record->reply);
        mg_sql_bind_text(statement, 5, record->reason);
        mg_sql_bind_text(statement, 6, subject_of(record));
        mg_sql_bind_blob(statement, 7, record->policy, sizeof record->policy);
        mg_sql_bind_text(statement, 8, record->version);
        sqlite3_bind_int64(statement, 9, (gint64)record->bytes_out);
        sqlite3_bind_int64(statement, 10, record->milliseconds);
        mg_sql_bind_blob(statement, 11, wire->bytes->data, wire->bytes->len);
}

static gboolean add_mail(MgIndex *index, const MgRecord *record, const guint8 *key, gint64 *id, GError **error) {
        sqlite3_stmt *statement = index->statements[INSERT_MAIL];
        g_auto(MgWriter) wire;

        mg_writer_init(&wire);
        mg_record_put(&wire, record);
        if (key) {
                /* The key may still be with a mail of more than a day ago. */
                mg_sql_bind_blob(index->statements[RELEASE_KEY], 1, key, 32);
                if (!mg_sql_run(index->db, index->statements[RELEASE_KEY], "release key", error))
                        return FALSE;
                mg_sql_bind_text(statement, 12, record->receipt);
                mg_sql_bind_blob(statement, 13, key, 32);
        }
        bind_common(statement, record, &wire);
        sqlite3_bind_int64(statement, 14, record->envelope->time);
        mg_sql_bind_text(statement, 15, record->envelope->from);
        sqlite3_bind_int64(statement, 16, (gint64)record->size);
        mg_sql_bind_blob(statement, 17, record->sha256, sizeof record->sha256);
        if (!mg_sql_run(index->db, statement, "add mail", error))
                return FALSE;
        *id = sqlite3_last_insert_rowid(index->db);
        return TRUE;
}

static gboolean add_recipients(MgIndex *index, const MgRecord *record, gint64 id, GError **error) {
        for (guint i = 0; i < record->envelope->rcpts->len; i++) {
                mg_sql_bind_text(index->statements[INSERT_RECIPIENT], 2, g_ptr_array_index(record->envelope->rcpts, i));
                if (!run_with_id(index, INSERT_RECIPIENT, id, "add recipient", error))
                        return FALSE;
        }
        return TRUE;
}

/* The old row becomes an attempt, the new record takes its place. */
static gboolean say_anew(MgIndex *index, const MgRecord *record, gint64 id, GError **error) {
        sqlite3_stmt *statement = index->statements[UPDATE_MAIL];
        g_auto(MgWriter) wire;

        mg_writer_init(&wire);
        mg_record_put(&wire, record);
        if (!run_with_id(index, INSERT_ATTEMPT, id, "add attempt", error))
                return FALSE;
        bind_common(statement, record, &wire);
        sqlite3_bind_int64(statement, 12, id);
        return mg_sql_run(index->db, statement, "say anew", error) &&
               run_with_id(index, DELETE_PARTS, id, "delete parts", error);
}

static gboolean add_part(MgIndex *index, const MgFacts *facts, const MgPartDecision *decision, gint64 id, guint number,
                         GError **error) {
        sqlite3_stmt *statement = index->statements[INSERT_PART];

        sqlite3_bind_int64(statement, 2, number);
        mg_sql_bind_text(statement, 3, facts->path);
        mg_sql_bind_text(statement, 4, mg_part_kind_name(facts->kind));
        mg_sql_bind_text(statement, 5, facts->claimed);
        mg_sql_bind_text(statement, 6, facts->found);
        mg_sql_bind_text(statement, 7, facts->name);
        sqlite3_bind_int64(statement, 8, (gint64)facts->size);
        mg_sql_bind_blob(statement, 9, facts->sha256, sizeof facts->sha256);
        mg_sql_bind_text(statement, 10, decision ? mg_action_name(decision->action) : "");
        mg_sql_bind_text(statement, 11, decision ? decision->rule : "");
        mg_sql_bind_text(statement, 12, decision ? decision->reason : "");
        return run_with_id(index, INSERT_PART, id, "add part", error);
}

static gboolean add_parts(MgIndex *index, const MgRecord *record, gint64 id, GError **error) {
        const GArray *decided = record->decision->parts;

        for (guint i = 0; i < record->reading->parts->len; i++) {
                const MgPartDecision *decision = i < decided->len ? &g_array_index(decided, MgPartDecision, i) : NULL;

                if (!add_part(index, g_ptr_array_index(record->reading->parts, i), decision, id, i, error))
                        return FALSE;
        }
        return TRUE;
}

gboolean mg_index_put(MgIndex *index, MgRecord *record, const guint8 *key, gboolean *retry, GError **error) {
        gint64 id = 0, time = 0;

        if (key && !find(index, record->receipt, &id, &time, error))
                return FALSE;
        *retry = id != 0;
        if (*retry) {
                record->envelope->time = time;
                return say_anew(index, record, id, error) && add_parts(index, record, id, error);
        }
        return add_mail(index, record, key, &id, error) && add_recipients(index, record, id, error) &&
               add_parts(index, record, id, error);
}

guint mg_index_log_pages(const MgIndex *index) {
        return index->log_pages;
}

gboolean mg_index_checkpoint(MgIndex *index, gboolean truncate, GError **error) {
        int in_log = 0, copied = 0;

        if (sqlite3_wal_checkpoint_v2(index->db, NULL,
                                      truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                      &copied) != SQLITE_OK)
                return mg_sql_fail(index->db, "checkpoint", error);
        index->log_pages = in_log > copied ? (guint)(in_log - copied) : 0;
        return TRUE;
}
