/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on their way to a store that dies, is full, rejects, or hangs. The store is a thread of this program that
 * answers by a list, one word a connection.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"
#include "milter/ledger.h"

typedef struct FakeStore {
        char *folder, *path;
        int listener;
        const guint *answers; /* one for each connection: DIES, DONE, FAULT */
        guint n;
        gint begin; /* the store hangs until this is 1 */
        gint rows;  /* that were answered by DONE */
        GThread *thread;
} FakeStore;

#define DIES 0
#define DONE 1000
#define FAULT(code) ((code) + 1)

static void answer(FakeStore *store, int sock, guint how) {
        g_auto(MgWriter) writer = {0};

        if (how == DIES)
                return;
        if (how == DONE) {
                g_atomic_int_inc(&store->rows);
                g_assert_true(mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL));
                return;
        }
        mg_writer_init(&writer);
        mg_put_u32(&writer, how - 1);
        mg_put_text(&writer, "as the list says");
        g_assert_true(mg_packet_send(sock, MG_STORE_FAULT, &writer, NULL, 0, NULL));
}

static gpointer serve(gpointer data) {
        FakeStore *store = data;

        while (!g_atomic_int_get(&store->begin))
                g_usleep(1000);
        for (guint i = 0; i < store->n; i++) {
                mg_autofd sock = accept(store->listener, NULL, NULL);
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                g_assert_cmpint(sock, >=, 0);
                g_assert_true(mg_packet_receive(sock, 10000, &packet, NULL));
                g_assert_cmpuint(packet.kind, ==, MG_STORE_EVENT);
                answer(store, sock, store->answers[i]);
        }
        return NULL;
}

static FakeStore *store_begin(const guint *answers, guint n, gboolean hangs) {
        FakeStore *store = g_new0(FakeStore, 1);
        g_autoptr(GError) error = NULL;

        store->folder = g_dir_make_tmp("mugai-ledger-XXXXXX", &error);
        store->path = g_strconcat(store->folder, "/store.sock", NULL);
        store->listener = mg_packet_listen(store->path, 0600, &error);
        g_assert_no_error(error);
        store->answers = answers;
        store->n = n;
        store->begin = !hangs;
        store->thread = g_thread_new("store", serve, store);
        return store;
}

static void store_end(FakeStore *store) {
        g_thread_join(store->thread);
        mg_fd_close(&store->listener);
        unlink(store->path);
        rmdir(store->folder);
        g_free(store->path);
        g_free(store->folder);
        g_free(store);
}

/* A ledger lives as long as its process. Here all are kept in reach, so that none is taken for a leak. */
static MgLedger *new_ledger(void) {
        static MgLedger *ledgers[3];
        static guint n;

        g_assert_cmpuint(n, <, G_N_ELEMENTS(ledgers));
        return ledgers[n++] = mg_ledger_new();
}

static void test_again(void) {
        static const guint answers[] = {DIES, FAULT(MG_ERROR_FULL), DIES, DONE};
        FakeStore *store = store_begin(answers, G_N_ELEMENTS(answers), FALSE);
        MgLedger *ledger = new_ledger();

        mg_ledger_add(ledger, store->path, mg_record_new());
        g_assert_cmpuint(mg_ledger_flush(ledger, 20000), ==, 0);
        g_assert_cmpint(store->rows, ==, 1);
        store_end(store);
}

static void test_rejected(void) {
        static const guint answers[] = {FAULT(MG_ERROR_PROTOCOL), DONE};
        FakeStore *store = store_begin(answers, G_N_ELEMENTS(answers), FALSE);
        MgLedger *ledger = new_ledger();

        mg_ledger_add(ledger, store->path, mg_record_new());
        g_assert_cmpuint(mg_ledger_flush(ledger, 20000), ==, 0);
        g_assert_cmpint(store->rows, ==, 0);
        mg_ledger_add(ledger, store->path, mg_record_new());
        g_assert_cmpuint(mg_ledger_flush(ledger, 20000), ==, 0);
        g_assert_cmpint(store->rows, ==, 1);
        store_end(store);
}

/* Nobody waits for a store that hangs, until there are too many rows; then each is there once. */
static void test_hangs(void) {
        g_autofree guint *answers = g_new(guint, MG_LEDGER_ROWS);
        MgLedger *ledger = new_ledger();
        FakeStore *store;
        gint64 began = g_get_monotonic_time();

        for (guint i = 0; i < MG_LEDGER_ROWS; i++)
                answers[i] = DONE;
        store = store_begin(answers, MG_LEDGER_ROWS, TRUE);
        for (guint i = 0; i < MG_LEDGER_ROWS; i++)
                mg_ledger_add(ledger, store->path, mg_record_new());
        g_assert_cmpint(g_get_monotonic_time() - began, <, MG_LEDGER_WAIT_MS * 1000);
        g_assert_cmpuint(mg_ledger_left(ledger), ==, MG_LEDGER_ROWS);
        mg_ledger_add(ledger, store->path, mg_record_new());
        g_assert_cmpint(g_get_monotonic_time() - began, >=, MG_LEDGER_WAIT_MS * 1000);
        g_assert_cmpuint(mg_ledger_left(ledger), ==, MG_LEDGER_ROWS);
        g_atomic_int_set(&store->begin, 1);
        g_assert_cmpuint(mg_ledger_flush(ledger, 60000), ==, 0);
        g_assert_cmpint(store->rows, ==, MG_LEDGER_ROWS);
        store_end(store);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
        g_test_add_func("/ledger/again", test_again);
        g_test_add_func("/ledger/rejected", test_rejected);
        g_test_add_func("/ledger/hangs", test_hangs);
        return g_test_run();
}
