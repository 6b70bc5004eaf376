/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements that write the rows of mail. Reads no mail and no object; which mail is a retry is seen here only
 * by its receipt, which keeper.c gave out.
 */
#include "store/index.h"

#include "base/error.h"
#include "base/reading.h"
#include "store/audit.h"
#include "store/posting.h"
#include "store/schema.h"
#include "store/sql.h"

typedef enum Statement {
        BEGIN,
        COMMIT,
        FIND,
        RELEASE_KEY,
        INSERT_MAIL,
        INSERT_ATTEMPT,
        UPDATE_MAIL,
        INSERT_RECIPIENT,
        INSERT_ORGANIZATION,
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
                " milliseconds, record, scan, receipt, retry_key, stored, time, sender, size, sha256, retention)"
                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
        [INSERT_ATTEMPT] = "INSERT INTO attempt(mail, number, queue_id, outcome, reply)"
                           " SELECT id, retries, queue_id, outcome, reply FROM mail WHERE id = ?1",
        [UPDATE_MAIL] =
                "UPDATE mail SET queue_id = ?1, client = ?2, outcome = ?3, reply = ?4, reason = ?5, subject = ?6,"
                " policy = ?7, version = ?8, bytes_out = ?9, milliseconds = ?10, record = ?11,"
                " scan = ?12, retries = retries + 1, retention = ?14 WHERE id = ?13",
        [INSERT_RECIPIENT] = "INSERT OR IGNORE INTO recipient(mail, address) VALUES(?1, ?2)",
        [INSERT_ORGANIZATION] = "INSERT INTO mail_organization(mail, organization, time) VALUES(?1, ?2, ?3)",
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
                                       "PRAGMA cache_size = -4096;"
                                       "PRAGMA max_page_count = " G_STRINGIFY(MG_VFS_PAGES_MOST) ";";

        if (!mg_schema_take(index->db, path, error) || !mg_sql_do(index->db, "PRAGMA journal_mode = WAL", error) ||
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
        mg_sql_close(index->db);
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

/* Parameters 1 to 12, which adding and saying anew have in common. */
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
        mg_sql_bind_text(statement, 12, mg_scan_verdict_name(record->scan.verdict));
}

static gboolean add_mail(MgIndex *index, const MgRecord *record, const guint8 *key, const guint8 *stored, gint64 *id,
                         GError **error) {
        sqlite3_stmt *statement = index->statements[INSERT_MAIL];
        g_auto(MgWriter) wire;

        mg_writer_init(&wire);
        mg_record_put(&wire, record);
        if (key) {
                /* The key may still be with a mail of more than a day ago. */
                mg_sql_bind_blob(index->statements[RELEASE_KEY], 1, key, 32);
                if (!mg_sql_run(index->db, index->statements[RELEASE_KEY], "release key", error))
                        return FALSE;
                mg_sql_bind_text(statement, 13, record->receipt);
                mg_sql_bind_blob(statement, 14, key, 32);
                mg_sql_bind_blob(statement, 15, stored, 32);
        }
        bind_common(statement, record, &wire);
        sqlite3_bind_int64(statement, 16, record->envelope->time);
        mg_sql_bind_text(statement, 17, record->envelope->from);
        sqlite3_bind_int64(statement, 18, (gint64)record->size);
        mg_sql_bind_blob(statement, 19, record->sha256, sizeof record->sha256);
        sqlite3_bind_int64(statement, 20, record->terms.retention);
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

static gboolean add_organizations(MgIndex *index, const MgRecord *record, gint64 id, char **names, GError **error) {
        for (char **name = names; *name; name++) {
                mg_sql_bind_text(index->statements[INSERT_ORGANIZATION], 2, *name);
                sqlite3_bind_int64(index->statements[INSERT_ORGANIZATION], 3, record->envelope->time);
                if (!run_with_id(index, INSERT_ORGANIZATION, id, "add organization", error))
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
        sqlite3_bind_int64(statement, 13, id);
        sqlite3_bind_int64(statement, 14, record->terms.retention);
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

/* What was decided on a mail goes into the trail with its row. An event has no receipt: its row says all there is. */
static gboolean add_act(MgIndex *index, const MgRecord *record, GError **error) {
        const MgAct act = {
                .kind = MG_ACT_DECIDED,
                .time = record->envelope->time,
                .actor = "gateway",
                .words = {{"receipt", record->receipt}, {"outcome", mg_outcome_name(record->outcome)}},
        };

        return *record->receipt == '\0' || mg_audit_add(index->db, &act, error);
}

gboolean mg_index_put(MgIndex *index, MgRecord *record, const guint8 *key, const guint8 *stored, char **organizations,
                      gboolean *retry, GError **error) {
        gint64 id = 0, time = 0;

        if (key && !find(index, record->receipt, &id, &time, error))
                return FALSE;
        *retry = id != 0;
        if (!add_act(index, record, error))
                return FALSE;
        if (*retry) {
                record->envelope->time = time;
                return say_anew(index, record, id, error) && add_parts(index, record, id, error);
        }
        return add_mail(index, record, key, stored, &id, error) && add_recipients(index, record, id, error) &&
               add_organizations(index, record, id, organizations, error) && add_parts(index, record, id, error);
}

gboolean mg_index_has(MgIndex *index, const char *receipt, gboolean *has, GError **error) {
        gint64 id, time;
        gboolean well = find(index, receipt, &id, &time, error);

        *has = id != 0;
        return well;
}

gboolean mg_index_write_postings(MgIndex *index, gboolean *wrote, GError **error) {
        if (mg_index_begin(index, error) && mg_posting_write(index->db, wrote, error) && mg_index_commit(index, error))
                return TRUE;
        *wrote = FALSE;
        mg_index_rollback(index);
        return FALSE;
}

sqlite3 *mg_index_db(MgIndex *index) {
        return index->db;
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
