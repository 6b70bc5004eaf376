/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on their way to the store. Keeps them in memory only: that nothing is lost is a promise about mail that was
 * taken, and these were not.
 */
#include "milter/ledger.h"

#include "base/error.h"
#include "base/log.h"
#include "base/store_client.h"

/* Rows sent at once, so that the store commits them as a group. */
#define SENDERS 8
/* Between two tries at a store that is down or full. */
#define RETRY_MS 500

struct MgLedger {
        GThreadPool *senders;
        GMutex lock;
        GCond less;
        guint rows;       /* waiting or being sent */
        gboolean waiting; /* the log knows that the store does not take rows */
};

typedef struct Row {
        char *store_socket;
        MgRecord *record;
} Row;

static void row_free(Row *row) {
        g_free(row->store_socket);
        mg_record_free(row->record);
        g_free(row);
}

/* A row that comes to nothing however often it is sent; all else is a store that is not up to it yet. */
static gboolean is_rejected(const GError *error) {
        return g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL);
}

/* Says once that rows wait and once that they do no longer. */
static void note(MgLedger *ledger, const GError *error) {
        gboolean changed;

        g_mutex_lock(&ledger->lock);
        changed = ledger->waiting != (error != NULL);
        ledger->waiting = error != NULL;
        g_mutex_unlock(&ledger->lock);
        if (changed && error)
                mg_log(MG_LOG_WARNING, "rows of mail that was not taken wait for the store: %s", error->message);
        else if (changed)
                mg_log(MG_LOG_INFO, "the store takes rows of mail that was not taken again");
}

static void deliver(gpointer data, gpointer user_data) {
        MgLedger *ledger = user_data;
        Row *row = data;

        for (;;) {
                g_autoptr(GError) error = NULL;

                if (mg_store_event(row->store_socket, row->record, &error)) {
                        note(ledger, NULL);
                        break;
                }
                if (is_rejected(error)) {
                        mg_log(MG_LOG_WARNING, "the store has no row of a mail that was not taken: %s", error->message);
                        break;
                }
                note(ledger, error);
                g_usleep(RETRY_MS * 1000);
        }
        row_free(row);
        g_mutex_lock(&ledger->lock);
        ledger->rows--;
        g_cond_broadcast(&ledger->less);
        g_mutex_unlock(&ledger->lock);
}

MgLedger *mg_ledger_new(void) {
        MgLedger *ledger = g_new0(MgLedger, 1);

        g_mutex_init(&ledger->lock);
        g_cond_init(&ledger->less);
        /* Not exclusive: threads are started when there is a row. */
        ledger->senders = g_thread_pool_new(deliver, ledger, SENDERS, FALSE, NULL);
        return ledger;
}

/* Waits until there are at most so many rows. Returns how many there are; the lock is held. */
static guint wait_for(MgLedger *ledger, guint most, guint wait_ms) {
        gint64 end = g_get_monotonic_time() + (gint64)wait_ms * 1000;

        while (ledger->rows > most && g_cond_wait_until(&ledger->less, &ledger->lock, end))
                continue;
        return ledger->rows;
}

void mg_ledger_add(MgLedger *ledger, const char *store_socket, MgRecord *record) {
        Row *row = g_new(Row, 1);
        gboolean place;

        *row = (Row){g_strdup(store_socket), record};
        g_mutex_lock(&ledger->lock);
        place = wait_for(ledger, MG_LEDGER_ROWS - 1, MG_LEDGER_WAIT_MS) < MG_LEDGER_ROWS;
        ledger->rows += place;
        g_mutex_unlock(&ledger->lock);
        if (place) {
                g_thread_pool_push(ledger->senders, row, NULL);
                return;
        }
        mg_log(MG_LOG_WARNING, "the store will have no row of this mail: %d others wait already", MG_LEDGER_ROWS);
        row_free(row);
}

guint mg_ledger_left(MgLedger *ledger) {
        return mg_ledger_flush(ledger, 0);
}

guint mg_ledger_flush(MgLedger *ledger, guint wait_ms) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);

        return wait_for(ledger, 0, wait_ms);
}
