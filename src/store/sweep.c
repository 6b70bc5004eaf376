/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects against rows, once a start. Removes nothing of which the index cannot say for sure that it has no row.
 */
#include "store/sweep.h"

#include "base/log.h"
#include "base/receipt.h"

struct MgSweep {
        MgObjects *objects;
        MgLookup *lookup;
        MgMeter *meter;
        MgSweepSerials serials;
        GPtrArray *newer; /* of char *: receipts without a row, above what the index knows */
        GThread *thread;
        GMutex mutex;
        GCond cond;
        gboolean ended; /* under the mutex */
        atomic_bool stop;
        GError *error; /* the thread's own until it ended */
};

static void drop(MgSweep *sweep, const char *receipt) {
        mg_objects_remove(sweep->objects, receipt);
        mg_meter_add(&sweep->meter->swept, 1);
        mg_log(MG_LOG_DEBUG, "object %s has no row and was removed", receipt);
}

static gboolean look_at(const char *receipt, guint64 size, gboolean sealed, gpointer data) {
        MgSweep *sweep = data;
        gboolean has;

        if ((gint64)mg_receipt_serial(receipt) > sweep->serials.last)
                return !atomic_load(&sweep->stop);
        if (!mg_lookup_has(sweep->lookup, receipt, &has, &sweep->error))
                return FALSE;
        mg_meter_add(&sweep->meter->objects, 1);
        mg_meter_add(&sweep->meter->objects_sealed, sealed);
        mg_meter_add(&sweep->meter->object_bytes, (long long)size);
        if (!has && (gint64)mg_receipt_serial(receipt) > sweep->serials.known)
                g_ptr_array_add(sweep->newer, g_strdup(receipt));
        else if (!has)
                drop(sweep, receipt);
        return !atomic_load(&sweep->stop);
}

/* Those that are newer than the index. */
static void judge_newer(MgSweep *sweep) {
        const gboolean aside = sweep->newer->len > sweep->serials.in_work;

        if (atomic_load(&sweep->stop))
                return;
        for (guint i = 0; i < sweep->newer->len && !sweep->error; i++) {
                if (aside)
                        mg_objects_set_aside(sweep->objects, g_ptr_array_index(sweep->newer, i), &sweep->error);
                else
                        drop(sweep, g_ptr_array_index(sweep->newer, i));
        }
        if (aside)
                mg_log(MG_LOG_ERROR,
                       "the index is older than %u originals, which are moved to lost+found: put the right index back, "
                       "and them",
                       sweep->newer->len);
}

static gpointer run(gpointer data) {
        MgSweep *sweep = data;
        long long swept;

        if (mg_objects_each(sweep->objects, look_at, sweep, &sweep->error) && !sweep->error)
                judge_newer(sweep);
        if (sweep->error)
                mg_log(MG_LOG_ERROR, "not all objects could be looked at: %s", sweep->error->message);
        swept = mg_meter_read(&sweep->meter->swept);
        if (swept > 0)
                mg_log(MG_LOG_INFO, "%lld objects without a row were removed", swept);
        g_mutex_lock(&sweep->mutex);
        sweep->ended = TRUE;
        g_cond_signal(&sweep->cond);
        g_mutex_unlock(&sweep->mutex);
        return NULL;
}

MgSweep *mg_sweep_start(MgObjects *objects, MgLookup *lookup, MgSweepSerials serials, MgMeter *meter) {
        MgSweep *sweep = g_new0(MgSweep, 1);

        sweep->objects = objects;
        sweep->lookup = lookup;
        sweep->serials = serials;
        sweep->newer = g_ptr_array_new_with_free_func(g_free);
        sweep->meter = meter;
        g_mutex_init(&sweep->mutex);
        g_cond_init(&sweep->cond);
        sweep->thread = g_thread_new("sweep", run, sweep);
        return sweep;
}

gboolean mg_sweep_wait(MgSweep *sweep, guint milliseconds) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&sweep->mutex);
        gint64 until = g_get_monotonic_time() + (gint64)milliseconds * 1000;

        while (!sweep->ended)
                if (!g_cond_wait_until(&sweep->cond, &sweep->mutex, until))
                        break;
        return sweep->ended;
}

void mg_sweep_free(MgSweep *sweep) {
        if (!sweep)
                return;
        atomic_store(&sweep->stop, TRUE);
        g_thread_join(sweep->thread);
        mg_lookup_free(sweep->lookup);
        g_ptr_array_unref(sweep->newer);
        g_clear_error(&sweep->error);
        g_mutex_clear(&sweep->mutex);
        g_cond_clear(&sweep->cond);
        g_free(sweep);
}
