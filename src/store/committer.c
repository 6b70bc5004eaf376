/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit. Decides when a batch is closed; the objects of its rows are durable before it. Talks to no client and
 * retries nothing: a batch that failed is the clients' to bring again.
 */
#include "store/committer.h"

#include <errno.h>
#include <semaphore.h>

#include "base/error.h"
#include "base/log.h"
#include "store/sql.h"

/* SQLite's log is copied back when it is this long, or when nothing came for so long. Three syncs, so not often. */
#define CHECKPOINT_PAGES 8192
#define CHECKPOINT_IDLE_US (2 * G_USEC_PER_SEC)

/* One thing to make durable: the row of a mail, or what func writes. All is borrowed. */
typedef struct Put {
        MgRecord *record;
        MgKept *kept;
        char **organizations;
        MgCommitFunc func;
        gpointer data;
        gboolean retry;
        GError *error;
        sem_t done; /* a wake-up without a lock that all who wake up would stand in line for */
} Put;

struct MgCommitter {
        MgIndex *index;
        MgKeeper *keeper;
        MgMeter *meter;
        GThread *thread;
        GMutex mutex;
        GCond wake;
        GQueue queue;    /* of Put, which live on the stacks of their sessions */
        guint mails;     /* of them, mails between BEGIN and COMMIT */
        gint64 first_at; /* when the oldest in the queue came */
        gint64 last_at;  /* when the last mail came */
        gint64 gap;      /* microseconds between mails that come, lately */
        guint expected;  /* mails between BEGIN and COMMIT */
        guint stuck;     /* how many of these a batch waited for in vain */
        guint peak;      /* mails at once, lately */
        gint64 crowd_at; /* when the last batch was durable, if it had no mail and several acted at once; else 0 */
        gboolean behind; /* there may be rows that are not searchable by their terms; the thread's own */
        gboolean stop;
};

void mg_committer_expect(MgCommitter *committer) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&committer->mutex);

        committer->expected++;
}

static void expect_less(MgCommitter *committer) {
        committer->expected--;
        committer->stuck = MIN(committer->stuck, committer->expected);
}

void mg_committer_forgo(MgCommitter *committer) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&committer->mutex);

        expect_less(committer);
        g_cond_signal(&committer->wake);
}

/* Mails that are ready or can be soon. What people do comes along and is waited for by no mail. Under the lock. */
static guint company(const MgCommitter *committer) {
        return committer->mails + committer->expected - committer->stuck;
}

/*
 * How many mails are worth a commit is learnt: seven in eight of those that were seen at once lately, so that one mail
 * alone, or two, never wait. Under the lock.
 */
static guint enough(MgCommitter *committer) {
        committer->peak = MAX(committer->peak, company(committer));
        return MIN(committer->peak * 7 / 8, MG_COMMIT_ENOUGH);
}

static gboolean is_enough(MgCommitter *committer) {
        return committer->mails >= enough(committer);
}

/* A mail is ready: how far apart they come, an eighth of it by this one. Under the lock. */
static void note_mail(MgCommitter *committer) {
        const gint64 now = g_get_monotonic_time(), gap = MIN(now - committer->last_at, MG_COMMIT_WAIT_MS * 1000);

        committer->gap += (gap - committer->gap) / 8;
        committer->last_at = now;
        committer->mails++;
}

/* The thread is woken by the first one and by the one that makes it enough: between them it could only wait on. */
static void enqueue(MgCommitter *committer, Put *put) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&committer->mutex);

        if (put->kept) {
                expect_less(committer);
                note_mail(committer);
        }
        if (g_queue_is_empty(&committer->queue))
                committer->first_at = g_get_monotonic_time();
        g_queue_push_tail(&committer->queue, put);
        if (is_enough(committer) || committer->queue.length == 1)
                g_cond_signal(&committer->wake);
}

static gboolean wait_for(MgCommitter *committer, Put *put, GError **error) {
        sem_init(&put->done, 0, 0);
        enqueue(committer, put);
        while (sem_wait(&put->done) < 0 && errno == EINTR)
                ;
        sem_destroy(&put->done);
        if (!put->error)
                return TRUE;
        g_propagate_error(error, put->error);
        return FALSE;
}

gboolean mg_committer_put(MgCommitter *committer, MgRecord *record, MgKept *kept, char **organizations,
                          GError **error) {
        Put put = {.record = record, .kept = kept, .organizations = organizations};

        return wait_for(committer, &put, error);
}

gboolean mg_committer_do(MgCommitter *committer, MgCommitFunc func, gpointer data, GError **error) {
        Put put = {.func = func, .data = data};

        return wait_for(committer, &put, error);
}

static void fail_all(GPtrArray *batch, const GError *error) {
        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);

                if (!put->error)
                        put->error = g_error_copy(error);
        }
}

/* What a person's act could not write is that person's error alone; a database that is broken is everybody's. */
static gboolean do_act(MgCommitter *committer, Put *put, GError **error) {
        sqlite3 *db = mg_index_db(committer->index);

        if (!mg_sql_do(db, "SAVEPOINT act", error))
                return FALSE;
        if (put->func(db, put->data, &put->error))
                return mg_sql_do(db, "RELEASE act", error);
        return mg_sql_do(db, "ROLLBACK TO act; RELEASE act", error);
}

/*
 * A mail that came again was kept when it began; its row may be erased meanwhile, and its object with it. Then it is
 * not kept any more, and its sender tries once more. What went wrong with the index is everybody's error.
 */
static gboolean check_kept(MgCommitter *committer, Put *put, GError **error) {
        gboolean has = TRUE;

        if (put->kept && !put->kept->fresh && !mg_index_has(committer->index, put->kept->receipt, &has, error))
                return FALSE;
        if (!has)
                put->error = g_error_new(MG_ERROR, MG_ERROR_MISSING, "%s came again and was erased just now",
                                         put->kept->receipt);
        return TRUE;
}

/* A mail with its row, or what func writes. */
static gboolean put_one(MgCommitter *committer, Put *put, GError **error) {
        if (put->func)
                return do_act(committer, put, error);
        if (!check_kept(committer, put, error))
                return FALSE;
        return put->error || mg_index_put(committer->index, put->record, put->kept ? put->kept->key : NULL,
                                          put->kept ? put->kept->stored : NULL, put->organizations, &put->retry, error);
}

static gboolean put_rows(MgCommitter *committer, GPtrArray *batch, GError **error) {
        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);

                if (!put->error && !put_one(committer, put, error))
                        return FALSE;
        }
        return TRUE;
}

static void count(MgCommitter *committer, const Put *put) {
        if (put->retry) {
                mg_meter_add(&committer->meter->retries, 1);
                return;
        }
        mg_meter_add(&committer->meter->outcomes[put->record->outcome], 1);
        if (put->kept)
                mg_meter_add(&committer->meter->bytes, (long long)put->kept->size);
}

/*
 * A COMMIT that failed may still be found in the log after a crash, so its objects stay: the sweep of the next start
 * knows. What failed before it was rolled back for sure, and its objects go with their sessions.
 */
static void settle(MgCommitter *committer, GPtrArray *batch, gboolean unsure) {
        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);

                if (put->kept && (unsure || !put->error))
                        mg_keeper_committed(committer->keeper, put->kept);
                if (!put->error && put->record)
                        count(committer, put);
        }
}

static void commit_batch(MgCommitter *committer, GPtrArray *batch) {
        g_autoptr(GError) error = NULL;
        gboolean unsure = FALSE;

        if (mg_index_begin(committer->index, &error) && put_rows(committer, batch, &error)) {
                mg_index_commit(committer->index, &error);
                unsure = error != NULL;
        }
        if (error) {
                mg_index_rollback(committer->index);
                mg_log(MG_LOG_ERROR, "a batch of %u mails could not be committed: %s", batch->len, error->message);
                fail_all(batch, error);
        }
        mg_meter_add(&committer->meter->batches, 1);
        settle(committer, batch, unsure);
}

static void checkpoint(MgCommitter *committer, gboolean truncate) {
        g_autoptr(GError) error = NULL;

        if (!mg_index_checkpoint(committer->index, truncate, &error))
                mg_log_error("cannot copy the log into the index", g_steal_pointer(&error));
}

/* What nobody waits for. A segment at a time, so that mail which comes meanwhile waits little. */
static void tidy(MgCommitter *committer) {
        g_autoptr(GError) error = NULL;

        if (!mg_index_write_postings(committer->index, &committer->behind, &error))
                mg_log_error("mail is not made searchable by its terms", g_steal_pointer(&error));
        if (mg_index_log_pages(committer->index) >= CHECKPOINT_PAGES)
                checkpoint(committer, FALSE);
}

/* Waits for something to commit; copies the log back in quiet moments. FALSE when there is nothing any more. Under
 * the lock. */
static gboolean wait_for_puts(MgCommitter *committer) {
        gboolean copied = mg_index_log_pages(committer->index) == 0;

        while (g_queue_is_empty(&committer->queue) && !committer->stop && committer->behind) {
                g_mutex_unlock(&committer->mutex);
                tidy(committer);
                copied = FALSE;
                g_mutex_lock(&committer->mutex);
        }
        while (g_queue_is_empty(&committer->queue) && !committer->stop) {
                gint64 until = g_get_monotonic_time() + CHECKPOINT_IDLE_US;

                if (copied) {
                        g_cond_wait(&committer->wake, &committer->mutex);
                } else if (!g_cond_wait_until(&committer->wake, &committer->mutex, until)) {
                        g_mutex_unlock(&committer->mutex);
                        checkpoint(committer, FALSE);
                        g_mutex_lock(&committer->mutex);
                        copied = TRUE;
                }
        }
        return !g_queue_is_empty(&committer->queue);
}

/*
 * Lets others join. A wait that was in vain says that fewer come now, and that those between BEGIN and COMMIT are slow
 * ones, not to be waited for again. Under the lock.
 */
static void wait_for_company(MgCommitter *committer) {
        const gint64 apart = committer->crowd_at + MG_COMMIT_APART_MS * 1000;
        const gint64 usual = MG_COMMIT_PATIENCE * committer->gap * enough(committer);
        const gint64 until = committer->first_at + MIN(usual, MG_COMMIT_WAIT_MS * 1000);

        while (committer->mails == 0 && !committer->stop &&
               g_cond_wait_until(&committer->wake, &committer->mutex, apart))
                ;
        while (!is_enough(committer) && !committer->stop) {
                if (!g_cond_wait_until(&committer->wake, &committer->mutex, until)) {
                        committer->stuck = committer->expected;
                        committer->peak = committer->mails;
                        return;
                }
        }
        committer->peak = MAX(company(committer), committer->peak - MIN(committer->peak, 1));
}

static GPtrArray *take_batch(MgCommitter *committer) {
        GPtrArray *batch = g_ptr_array_new();

        while (batch->len < MG_COMMIT_BATCH && !g_queue_is_empty(&committer->queue)) {
                Put *put = g_queue_pop_head(&committer->queue);

                committer->mails -= put->kept ? 1 : 0;
                g_ptr_array_add(batch, put);
        }
        committer->first_at = g_get_monotonic_time();
        return batch;
}

static gpointer run(gpointer data) {
        MgCommitter *committer = data;

        g_mutex_lock(&committer->mutex);
        while (wait_for_puts(committer)) {
                g_autoptr(GPtrArray) batch = NULL;
                gboolean mails;

                wait_for_company(committer);
                mails = committer->mails > 0;
                batch = take_batch(committer);
                g_mutex_unlock(&committer->mutex);
                commit_batch(committer, batch);
                for (guint i = 0; i < batch->len; i++)
                        sem_post(&((Put *)g_ptr_array_index(batch, i))->done);
                tidy(committer);
                g_mutex_lock(&committer->mutex);
                committer->crowd_at = !mails && batch->len + committer->queue.length > 1 ? g_get_monotonic_time() : 0;
        }
        g_mutex_unlock(&committer->mutex);
        checkpoint(committer, TRUE);
        return NULL;
}

MgCommitter *mg_committer_new(MgIndex *index, MgKeeper *keeper, MgMeter *meter) {
        MgCommitter *committer = g_new0(MgCommitter, 1);

        committer->index = index;
        committer->keeper = keeper;
        committer->meter = meter;
        committer->behind = TRUE;
        g_mutex_init(&committer->mutex);
        g_cond_init(&committer->wake);
        g_queue_init(&committer->queue);
        committer->thread = g_thread_new("committer", run, committer);
        return committer;
}

void mg_committer_free(MgCommitter *committer) {
        if (!committer)
                return;
        g_mutex_lock(&committer->mutex);
        committer->stop = TRUE;
        g_cond_signal(&committer->wake);
        g_mutex_unlock(&committer->mutex);
        g_thread_join(committer->thread);
        g_mutex_clear(&committer->mutex);
        g_cond_clear(&committer->wake);
        g_free(committer);
}
