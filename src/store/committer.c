/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit. Decides when a batch is closed and in which order things are made durable: names of objects first, then
 * rows. Talks to no client and retries nothing: a batch that failed is the clients' to bring again.
 */
#include "store/committer.h"

#include "base/error.h"
#include "base/log.h"
#include "base/receipt.h"

/* SQLite's log is copied back when it is this long, or when nothing came for so long. Three syncs, so not often. */
#define CHECKPOINT_PAGES 8192
#define CHECKPOINT_IDLE_US (2 * G_USEC_PER_SEC)

typedef struct Put {
        MgRecord *record; /* borrowed, as kept */
        MgKept *kept;
        gboolean retry;
        gboolean done;
        GError *error;
        GCond cond;
} Put;

struct MgCommitter {
        MgIndex *index;
        MgObjects *objects;
        MgKeeper *keeper;
        MgMeter *meter;
        GThread *thread;
        GMutex mutex;
        GCond wake;
        GQueue queue;    /* of Put, which live on the stacks of their sessions */
        gint64 first_at; /* when the oldest in the queue came */
        guint expected;  /* mails between BEGIN and COMMIT */
        guint stuck;     /* how many of these a batch waited for in vain */
        guint peak;      /* mails at once, lately */
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

gboolean mg_committer_put(MgCommitter *committer, MgRecord *record, MgKept *kept, GError **error) {
        Put put = {.record = record, .kept = kept};

        g_cond_init(&put.cond);
        g_mutex_lock(&committer->mutex);
        if (kept)
                expect_less(committer);
        if (g_queue_is_empty(&committer->queue))
                committer->first_at = g_get_monotonic_time();
        g_queue_push_tail(&committer->queue, &put);
        g_cond_signal(&committer->wake);
        while (!put.done)
                g_cond_wait(&put.cond, &committer->mutex);
        g_mutex_unlock(&committer->mutex);
        g_cond_clear(&put.cond);
        if (!put.error)
                return TRUE;
        g_propagate_error(error, put.error);
        return FALSE;
}

static void fail_all(GPtrArray *batch, const GError *error) {
        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);

                if (!put->error)
                        put->error = g_error_copy(error);
        }
}

/* Of a table whose values may be NULL. */
static void maybe_free_error(gpointer error) {
        if (error)
                g_error_free(error);
}

/* Makes the names of the batch's objects durable: each folder once. Puts whose folder failed have their error set. */
static void sync_folders(MgCommitter *committer, GPtrArray *batch) {
        g_autoptr(GHashTable) folders = g_hash_table_new_full(NULL, NULL, NULL, maybe_free_error);

        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);
                gpointer folder, failed = NULL;

                if (!put->kept || !put->kept->fresh)
                        continue;
                folder = GUINT_TO_POINTER(mg_receipt_serial(put->kept->receipt) / MG_OBJECTS_FOLDER);
                if (!g_hash_table_lookup_extended(folders, folder, NULL, &failed)) {
                        g_autoptr(GError) error = NULL;

                        mg_objects_sync(committer->objects, GPOINTER_TO_UINT(folder), &error);
                        failed = g_steal_pointer(&error);
                        g_hash_table_insert(folders, folder, failed);
                }
                if (failed)
                        put->error = g_error_copy(failed);
        }
}

static gboolean put_rows(MgCommitter *committer, GPtrArray *batch, GError **error) {
        for (guint i = 0; i < batch->len; i++) {
                Put *put = g_ptr_array_index(batch, i);

                if (!put->error &&
                    !mg_index_put(committer->index, put->record, put->kept ? put->kept->key : NULL, &put->retry, error))
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
                if (!put->error)
                        count(committer, put);
        }
}

static void commit_batch(MgCommitter *committer, GPtrArray *batch) {
        g_autoptr(GError) error = NULL;
        gboolean unsure = FALSE;

        sync_folders(committer, batch);
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

/* Waits for something to commit; copies the log back in quiet moments. FALSE when there is nothing any more. Under
 * the lock. */
static gboolean wait_for_puts(MgCommitter *committer) {
        gboolean copied = mg_index_log_pages(committer->index) == 0;

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

/* Mails that are ready or can be soon. Under the lock. */
static guint company(const MgCommitter *committer) {
        return committer->queue.length + committer->expected - committer->stuck;
}

/*
 * Lets others join. How many is learnt: seven in eight of those that were seen at once lately, so that one mail alone,
 * or two, never wait. A wait that was in vain says that fewer come now, and that those between BEGIN and COMMIT are
 * slow ones, not to be waited for again. Under the lock.
 */
static void wait_for_company(MgCommitter *committer) {
        const gint64 until = committer->first_at + MG_COMMIT_WAIT_MS * 1000;

        for (;;) {
                committer->peak = MAX(committer->peak, company(committer));
                if (committer->queue.length >= MIN(committer->peak * 7 / 8, MG_COMMIT_ENOUGH) || committer->stop)
                        break;
                if (!g_cond_wait_until(&committer->wake, &committer->mutex, until)) {
                        committer->stuck = committer->expected;
                        committer->peak = committer->queue.length;
                        return;
                }
        }
        committer->peak = MAX(company(committer), committer->peak - MIN(committer->peak, 1));
}

static GPtrArray *take_batch(MgCommitter *committer) {
        GPtrArray *batch = g_ptr_array_new();

        while (batch->len < MG_COMMIT_BATCH && !g_queue_is_empty(&committer->queue))
                g_ptr_array_add(batch, g_queue_pop_head(&committer->queue));
        committer->first_at = g_get_monotonic_time();
        return batch;
}

static gpointer run(gpointer data) {
        MgCommitter *committer = data;

        g_mutex_lock(&committer->mutex);
        while (wait_for_puts(committer)) {
                g_autoptr(GPtrArray) batch = NULL;

                wait_for_company(committer);
                batch = take_batch(committer);
                g_mutex_unlock(&committer->mutex);
                commit_batch(committer, batch);
                g_mutex_lock(&committer->mutex);
                for (guint i = 0; i < batch->len; i++) {
                        Put *put = g_ptr_array_index(batch, i);

                        put->done = TRUE;
                        g_cond_signal(&put->cond);
                }
                if (mg_index_log_pages(committer->index) < CHECKPOINT_PAGES)
                        continue;
                g_mutex_unlock(&committer->mutex);
                checkpoint(committer, FALSE);
                g_mutex_lock(&committer->mutex);
        }
        g_mutex_unlock(&committer->mutex);
        checkpoint(committer, TRUE);
        return NULL;
}

MgCommitter *mg_committer_new(MgIndex *index, MgObjects *objects, MgKeeper *keeper, MgMeter *meter) {
        MgCommitter *committer = g_new0(MgCommitter, 1);

        committer->index = index;
        committer->objects = objects;
        committer->keeper = keeper;
        committer->meter = meter;
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
