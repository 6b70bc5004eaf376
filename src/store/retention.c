/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hourly run. What is due is found by a connection of its own; what is written is written by the committer, as
 * everything is. Decides about no single mail, and repairs nothing but the counters of what organizations have.
 */
#include "store/retention.h"

#include "base/error.h"
#include "base/log.h"
#include "base/receipt.h"
#include "store/act_receipts.h"
#include "store/audit.h"
#include "store/credential.h"
#include "store/domains.h"
#include "store/expiry.h"
#include "store/hold.h"
#include "store/request.h"
#include "store/sql.h"

#define RUN_EVERY_US (3600 * (gint64)G_USEC_PER_SEC)
/* Rows that are erased in one transaction: what new mail waits for. */
#define BATCH MG_ACT_RECEIPTS
/* The log is emptied when no reader is in it. */
#define LOG_TRIES 60
#define LOG_PAUSE_US G_USEC_PER_SEC
#define LOG_WAIT_MS 100
#define DAY 86400

/* The note of a run, and from when on something is erased. */
typedef struct Run {
        gint64 time;
        gint64 last;
        gint64 not_before;
        const MgTerms *terms; /* while it is noted */
} Run;

struct MgRetention {
        MgStore *store;
        GThread *thread;
        GMutex mutex;
        GCond cond;
        gboolean stop; /* under the mutex */
        gboolean wake;
        Run first; /* was noted before the store serves, where begun */
        gboolean begun;
        gint64 told; /* when the log was told what will expire; the thread's own */
};

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

/* Sleeps. FALSE where it is to end. A wake ends a sleep that may be cut. */
static gboolean pause_for(MgRetention *retention, gint64 us, gboolean cut) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&retention->mutex);
        gint64 until = g_get_monotonic_time() + us;

        while (!retention->stop && !(cut && retention->wake))
                if (!g_cond_wait_until(&retention->cond, &retention->mutex, until))
                        break;
        if (cut)
                retention->wake = FALSE;
        return !retention->stop;
}

/* --- on the committer's thread
 * ------------------------------------------------------------------------------------ */

static gboolean read_run(sqlite3 *db, Run *run, GError **error) {
        return mg_sql_number(db, "SELECT last_run FROM retention", &run->last, error) &&
               mg_sql_number(db, "SELECT not_before FROM retention", &run->not_before, error);
}

/* Nobody looked for so long, or the clock has leapt. */
static gboolean has_gap(const Run *run) {
        return run->time - run->last > MG_RETENTION_GAP_S;
}

gboolean mg_retention_believes(sqlite3 *db, gint64 now, gboolean *believed, GError **error) {
        Run run = {.time = now};

        if (!read_run(db, &run, error))
                return FALSE;
        /* A run is noted each hour only: a leap since the last one is not in not_before yet. */
        *believed = !has_gap(&run) && run.time >= run.not_before;
        return TRUE;
}

static gboolean note_run(sqlite3 *db, gpointer data, GError **error) {
        Run *run = data;
        sqlite3_stmt *update = mg_sql_kept(db, "UPDATE retention SET last_run = ?1, not_before = ?2", error);

        if (!update || !read_run(db, run, error))
                return FALSE;
        /* Nor does a clock that was ahead keep it from erasing for longer than that. */
        if (has_gap(run))
                run->not_before = run->time + MG_RETENTION_PATIENCE_S;
        run->not_before = MIN(run->not_before, run->time + MG_RETENTION_PATIENCE_S);
        sqlite3_bind_int64(update, 1, run->time);
        sqlite3_bind_int64(update, 2, run->not_before);
        return mg_sql_run(db, update, "note run", error) &&
               (run->time < run->not_before || mg_hold_lapse(db, run->time, error)) &&
               mg_credential_lapse(db, run->time, error) &&
               mg_domains_note(db, run->terms->organizations, run->time, error);
}

/* The receipt of a mail that may go: "" of a row without an original, NULL where the row is gone, on hold or under
 * way. */
static gboolean look_again(sqlite3 *db, const MgErasure *batch, gint64 id, char **receipt, GError **error) {
        sqlite3_stmt *row = mg_sql_kept(db,
                                        "SELECT coalesce(receipt, '') FROM mail WHERE id = ?1"
                                        " AND NOT EXISTS(SELECT 1 FROM hold_mail WHERE mail = ?1)",
                                        error);
        int result;

        *receipt = NULL;
        if (!row)
                return FALSE;
        sqlite3_bind_int64(row, 1, id);
        result = sqlite3_step(row);
        if (result == SQLITE_ROW)
                *receipt = g_strdup((const char *)sqlite3_column_text(row, 0));
        sqlite3_reset(row);
        /* It came again just now: the session has seen its row and will say it anew. */
        if (*receipt && **receipt && batch->keeper && mg_keeper_has(batch->keeper, *receipt))
                g_clear_pointer(receipt, g_free);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "look again", error);
}

static gboolean erase_one(sqlite3 *db, MgErasure *batch, gint64 id, GError **error) {
        sqlite3_stmt *delete = mg_sql_kept(db, "DELETE FROM mail WHERE id = ?1", error);
        g_autofree char *receipt = NULL;

        if (!delete || !look_again(db, batch, id, &receipt, error))
                return FALSE;
        if (!receipt)
                return TRUE;
        if (*receipt && !mg_requests_erase(db, receipt, batch->time, error))
                return FALSE;
        sqlite3_bind_int64(delete, 1, id);
        if (!mg_sql_run(db, delete, "erase mail", error))
                return FALSE;
        if (*receipt)
                g_ptr_array_add(batch->receipts, g_steal_pointer(&receipt));
        else
                batch->rows++;
        return TRUE;
}

static gboolean note_serial(sqlite3 *db, const GPtrArray *receipts, GError **error) {
        sqlite3_stmt *update = mg_sql_kept(db, "UPDATE retention SET last_serial = max(last_serial, ?1)", error);
        guint32 last = 0;

        if (!update)
                return FALSE;
        for (guint i = 0; i < receipts->len; i++)
                last = MAX(last, mg_receipt_serial(g_ptr_array_index(receipts, i)));
        sqlite3_bind_int64(update, 1, last);
        return mg_sql_run(db, update, "note serial", error);
}

static gboolean add_acts(sqlite3 *db, const MgErasure *batch, GError **error) {
        g_autofree char *rows = g_strdup_printf("%u", batch->rows);
        MgAct act = {.kind = MG_ACT_EXPIRED, .time = batch->time, .actor = "gateway"};

        if (batch->receipts->len > 0 && !mg_act_receipts(db, &act, batch->receipts, error))
                return FALSE;
        act.words[0].name = "rows";
        act.words[0].value = rows;
        return batch->rows == 0 || mg_audit_add(db, &act, error);
}

gboolean mg_retention_erase(sqlite3 *db, gpointer data, GError **error) {
        MgErasure *batch = data;

        for (guint i = 0; i < batch->ids->len; i++)
                if (!erase_one(db, batch, g_array_index(batch->ids, gint64, i), error))
                        return FALSE;
        return (batch->receipts->len == 0 || note_serial(db, batch->receipts, error)) && add_acts(db, batch, error);
}

/* What the rows say against what was counted as they came and went. */
#define COUNTED "(SELECT count(receipt) FROM mail_organization JOIN mail ON id = mail WHERE organization = name)"
#define SUMMED                                                                                                         \
        "(SELECT coalesce(sum(size), 0) FROM mail_organization JOIN mail ON id = mail"                                 \
        " WHERE organization = name AND receipt IS NOT NULL)"

static gboolean mend_usage(sqlite3 *db, gpointer data, GError **error) {
        return mg_sql_do(db, "UPDATE organization SET mails = " COUNTED ", octets = " SUMMED, error);
}

/* --- on its own thread
 * -------------------------------------------------------------------------------------------- */

/* The rows are gone for good: now the objects. */
static void finish_batch(MgRetention *retention, const MgErasure *batch) {
        for (guint i = 0; i < batch->receipts->len; i++)
                mg_objects_remove(retention->store->objects, g_ptr_array_index(batch->receipts, i));
        mg_meter_add(&retention->store->meter->expired, batch->receipts->len);
}

/* A batch of what is due of an organization. *found is how many rows were, *erased grows by those that are gone. */
static gboolean erase_some(MgRetention *retention, MgExpiry *expiry, const char *name, gint64 at,
                           MgExpiryCursor *cursor, guint *found, guint64 *erased, GError **error) {
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
        MgErasure batch = {.keeper = retention->store->keeper, .ids = ids, .time = at, .receipts = receipts};

        if (!mg_expiry_due(expiry, name, at, cursor, BATCH, ids, error))
                return FALSE;
        *found = ids->len;
        if (ids->len == 0)
                return TRUE;
        if (!mg_committer_do(retention->store->committer, mg_retention_erase, &batch, error))
                return FALSE;
        finish_batch(retention, &batch);
        *erased += receipts->len + batch.rows;
        return TRUE;
}

static gboolean erase_of(MgRetention *retention, MgExpiry *expiry, const char *name, gint64 at, guint64 *erased,
                         GError **error) {
        MgExpiryCursor cursor = {0};
        guint found = BATCH;

        while (found == BATCH) {
                gint64 begun = g_get_monotonic_time();

                if (!erase_some(retention, expiry, name, at, &cursor, &found, erased, error))
                        return FALSE;
                /* As long as it took: half of the time is for mail that comes. */
                if (found > 0 && !pause_for(retention, g_get_monotonic_time() - begun, FALSE))
                        return FALSE;
        }
        return TRUE;
}

/*
 * Empties SQLite's log: what was erased from the database stands in it. By a connection of its own, so that no mail
 * waits for a reader that is still in the log.
 */
static void empty_log(MgRetention *retention) {
        g_autoptr(GError) error = NULL;
        sqlite3 *db = mg_sql_open(retention->store->index_path, retention->store->vfs, SQLITE_OPEN_READWRITE, &error);
        /* A connection that has read nothing yet knows of no log. */
        gint64 read;
        int result =
                db && mg_sql_number(db, "SELECT last_run FROM retention", &read, &error) ? SQLITE_BUSY : SQLITE_ERROR;

        if (db)
                sqlite3_busy_timeout(db, LOG_WAIT_MS);
        for (guint i = 0; i < LOG_TRIES && (result & 0xff) == SQLITE_BUSY; i++) {
                if (i > 0 && !pause_for(retention, LOG_PAUSE_US, FALSE))
                        break;
                result = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        }
        if (result != SQLITE_OK)
                mg_log(MG_LOG_WARNING, "what was erased may still stand in the log of the index until the next run: %s",
                       db ? sqlite3_errmsg(db) : error->message);
        mg_sql_close(db);
}

static void erase_all(MgRetention *retention, MgExpiry *expiry, gint64 at, GError **error) {
        guint64 erased = 0;
        gboolean well = TRUE;

        for (char **name = mg_expiry_names(expiry); well && *name; name++)
                well = erase_of(retention, expiry, *name, at, &erased, error);
        if (erased == 0)
                return;
        mg_log(MG_LOG_INFO,
               "retention: %" G_GUINT64_FORMAT " mails were erased, and an entry of the audit trail names them",
               erased);
        empty_log(retention);
}

/* Says once a day what will go, so that who needs it can ask in time. */
static void warn(MgRetention *retention, MgExpiry *expiry, const MgTerms *terms, const Run *run, GError **error) {
        MgExpiryCount soon = {0};
        MgMeter *meter = retention->store->meter;

        if (!mg_expiry_count(expiry, NULL, run->time + (gint64)terms->expiry_warning * DAY, &soon, error))
                return;
        atomic_store(&meter->expiring, soon.mails);
        atomic_store(&meter->expiring_requests, soon.requests);
        if (soon.mails == 0 || run->time - retention->told < DAY)
                return;
        retention->told = run->time;
        mg_log(soon.requests > 0 ? MG_LOG_WARNING : MG_LOG_INFO,
               "retention: %" G_GINT64_FORMAT " mails expire within %u days, and %" G_GINT64_FORMAT
               " requests wait for some of them",
               soon.mails, terms->expiry_warning, soon.requests);
}

/* Why nothing goes, where something would. */
static void say_patience(MgExpiry *expiry, const Run *run, GError **error) {
        MgExpiryCount due = {0};

        if (mg_expiry_count(expiry, NULL, run->time, &due, error) && due.mails > 0)
                mg_log(MG_LOG_WARNING,
                       "retention: %" G_GINT64_FORMAT
                       " mails are due, and nothing is erased for the next %" G_GINT64_FORMAT
                       " hours, since nobody looked for longer than %d days: is the clock right?",
                       due.mails, (run->not_before - run->time + 3599) / 3600, MG_RETENTION_GAP_S / DAY);
}

static void look_at_quotas(MgRetention *retention, MgExpiry *expiry, const MgTerms *terms) {
        for (char **name = mg_expiry_names(expiry); *name; name++) {
                gint64 mails, held;
                guint64 octets;

                if (mg_expiry_kept(expiry, *name, &mails, &octets, &held, NULL))
                        mg_quota_look(retention->store->quota, terms, *name, octets);
        }
}

/* What organizations have is counted as rows come and go; a count that is wrong would let in too much or too
 * little. */
static void check_usage(MgRetention *retention, MgExpiry *expiry, GError **error) {
        gint64 wrong;

        if (!mg_expiry_wrong(expiry, &wrong, error) || wrong == 0)
                return;
        mg_log(MG_LOG_ERROR, "what %" G_GINT64_FORMAT " organizations have was counted wrong and is counted anew",
               wrong);
        mg_committer_do(retention->store->committer, mend_usage, NULL, error);
}

static gboolean begin_run(MgRetention *retention, Run *run) {
        g_autoptr(MgTerms) terms = mg_store_terms(retention->store);
        g_autoptr(GError) error = NULL;

        *run = (Run){.time = now(), .terms = terms};
        gboolean noted = mg_committer_do(retention->store->committer, note_run, run, &error);
        run->terms = NULL;
        if (noted)
                return TRUE;
        mg_log(MG_LOG_ERROR, "retention: %s", error->message);
        return FALSE;
}

static void run_once(MgRetention *retention, const Run *run) {
        g_autoptr(MgTerms) terms = mg_store_terms(retention->store);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgExpiry) expiry = mg_expiry_open(retention->store->index_path, retention->store->vfs, terms, &error);

        if (expiry)
                check_usage(retention, expiry, &error);
        if (expiry && !error && run->time >= run->not_before)
                erase_all(retention, expiry, run->time, &error);
        else if (expiry && !error)
                say_patience(expiry, run, &error);
        if (expiry && !error) {
                look_at_quotas(retention, expiry, terms);
                warn(retention, expiry, terms, run, &error);
        }
        if (error)
                mg_log(MG_LOG_ERROR, "retention: %s", error->message);
}

static gpointer run_hourly(gpointer data) {
        MgRetention *retention = data;

        if (retention->begun)
                run_once(retention, &retention->first);
        while (pause_for(retention, RUN_EVERY_US, TRUE)) {
                Run run;

                if (begin_run(retention, &run))
                        run_once(retention, &run);
        }
        return NULL;
}

MgRetention *mg_retention_start(MgStore *store) {
        MgRetention *retention = g_new0(MgRetention, 1);

        retention->store = store;
        retention->begun = begin_run(retention, &retention->first);
        g_mutex_init(&retention->mutex);
        g_cond_init(&retention->cond);
        retention->thread = g_thread_new("retention", run_hourly, retention);
        return retention;
}

static void tell(MgRetention *retention, gboolean *what) {
        g_mutex_lock(&retention->mutex);
        *what = TRUE;
        g_cond_signal(&retention->cond);
        g_mutex_unlock(&retention->mutex);
}

void mg_retention_wake(MgRetention *retention) {
        tell(retention, &retention->wake);
}

void mg_retention_free(MgRetention *retention) {
        if (!retention)
                return;
        tell(retention, &retention->stop);
        g_thread_join(retention->thread);
        g_mutex_clear(&retention->mutex);
        g_cond_clear(&retention->cond);
        g_free(retention);
}
