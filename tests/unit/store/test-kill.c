/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any moment: what was answered DONE is there byte for byte, nothing is there twice, nothing is left over.
 * Each putter tries a mail again as a sender's MTA does, so that every mail has one row in the end, whatever was cut.
 */
#include "harness.h"

#include <string.h>

#include "base/error.h"
#include "base/receipt.h"

#define PUTTERS 8
#define KILLS 60
#define KILLS_MOST 600
#define CONTENT_MAX 60000

typedef struct Mail {
        guint32 seed;
        char *queue_id;
        char *receipt; /* of DONE */
} Mail;

typedef struct Putter {
        const char *socket;
        guint number;
        gint *stop;
        gint *done;    /* mails of all putters */
        GArray *mails; /* of Mail, all DONE */
        GThread *thread;
} Putter;

/* The bytes of a mail follow from its seed: half of them can be compressed. */
static GBytes *content_of(guint32 seed) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        gsize n = (gsize)g_rand_int_range(rand, 10, CONTENT_MAX);
        guint8 *data = g_malloc(n);

        for (gsize i = 0; i < n; i++)
                data[i] = i % 2 ? 'x' : (guint8)g_rand_int(rand);
        return g_bytes_new_take(data, n);
}

static gpointer put_mails(gpointer data) {
        Putter *putter = data;

        for (guint i = 0; !g_atomic_int_get(putter->stop); i++) {
                Mail mail = {.seed = putter->number * 1000000 + i};
                g_autoptr(GBytes) content = content_of(mail.seed);
                g_autoptr(MgEnvelope) envelope = NULL;

                mail.queue_id = g_strdup_printf("Q%u-%u", putter->number, i);
                envelope = envelope_of(mail.queue_id, "a@example.jp", "b@city.example.jp", 1700000000);
                /* As long as the store is away the sender waits and comes again. */
                while (!mail.receipt) {
                        gsize n;
                        gconstpointer bytes = g_bytes_get_data(content, &n);

                        mail.receipt = put_mail(putter->socket, envelope, bytes, n, NULL);
                        if (!mail.receipt)
                                g_usleep(2000);
                }
                g_array_append_val(putter->mails, mail);
                g_atomic_int_inc(putter->done);
        }
        return NULL;
}

/* Every mail that a putter was told is safe. */
static void check_kept(const Putter *putter, GHashTable *receipts) {
        for (guint i = 0; i < putter->mails->len; i++) {
                const Mail *mail = &g_array_index(putter->mails, Mail, i);
                g_autoptr(GBytes) content = content_of(mail->seed);
                g_autoptr(GError) error = NULL;
                gsize n;
                gconstpointer data = g_bytes_get_data(content, &n);
                gboolean same = original_is(putter->socket, mail->receipt, data, n, &error);

                g_assert_no_error(error);
                g_assert_true(same);
                g_assert_true(g_hash_table_add(receipts, mail->receipt));
        }
}

/* One row a mail, and none that no putter knows. */
static void check_rows(const Store *store, GHashTable *receipts) {
        const MgQuery query = {.kept_only = TRUE, .max = MG_QUERY_ROWS_MAX};
        g_autoptr(GPtrArray) rows = query_all(store->socket, &query);
        g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

        g_assert_cmpuint(rows->len, <, MG_QUERY_ROWS_MAX);
        g_assert_cmpuint(rows->len, ==, g_hash_table_size(receipts));
        for (guint i = 0; i < rows->len; i++) {
                const MgRecord *row = g_ptr_array_index(rows, i);

                g_assert_true(g_hash_table_contains(receipts, row->receipt));
                g_assert_true(g_hash_table_add(ids, row->envelope->queue_id));
        }
        g_assert_cmpuint(count_objects(store), ==, rows->len);
}

static void mail_clear(gpointer data) {
        Mail *mail = data;

        g_free(mail->queue_id);
        g_free(mail->receipt);
}

static void test_kill(gconstpointer sealed) {
        g_autoptr(Store) store = store_new_kind(sealed != NULL);
        g_autoptr(GHashTable) receipts = g_hash_table_new(g_str_hash, g_str_equal);
        Putter putters[PUTTERS];
        gint stop = 0, done = 0, status, kills;
        gint64 swept = 0;

        for (guint i = 0; i < PUTTERS; i++) {
                putters[i] = (Putter){store->socket, i, &stop, &done, g_array_new(FALSE, FALSE, sizeof(Mail)), NULL};
                g_array_set_clear_func(putters[i].mails, mail_clear);
                putters[i].thread = g_thread_new("putter", put_mails, &putters[i]);
        }
        /* A slow machine takes more kills until as many mails went through. */
        for (kills = 0; kills < KILLS || (kills < KILLS_MOST && g_atomic_int_get(&done) <= KILLS); kills++) {
                g_usleep((gulong)g_test_rand_int_range(0, 60000));
                store_kill(store);
                g_assert_true(store_start(store, &status));
                swept += store_figure(store, "swept");
        }
        g_atomic_int_set(&stop, 1);
        for (guint i = 0; i < PUTTERS; i++)
                g_thread_join(putters[i].thread);
        /* Once more from the disk, after an end in good order: nothing may be left to sweep. */
        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_true(store_start(store, &status));
        g_assert_cmpint(store_figure(store, "swept"), ==, 0);
        for (guint i = 0; i < PUTTERS; i++)
                check_kept(&putters[i], receipts);
        check_rows(store, receipts);
        g_test_message("%u mails, %d kills, %" G_GINT64_FORMAT " objects swept", g_hash_table_size(receipts), kills,
                       swept);
        g_assert_cmpuint(g_hash_table_size(receipts), >, KILLS);
        for (guint i = 0; i < PUTTERS; i++)
                g_array_unref(putters[i].mails);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_data_func("/store/kill", NULL, test_kill);
        g_test_add_data_func("/store/kill/sealed", "sealed", test_kill);
        return g_test_run();
}
