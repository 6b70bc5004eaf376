/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 20 concurrent puts of 50 KB: the store role, with socket, digest, index and group commit, against threads that only
 * compress, seal, write and sync the same octets by the same functions. Prints both and their ratio; asserts nothing.
 */
#include "../unit/store/harness.h"
#include "../unit/store/keys.h"

#include "base/fd.h"
#include "base/receipt.h"
#include "store/object.h"

#define SESSIONS 20
#define MAILS 40
#define OCTETS (50 * 1024)
#define ROUNDS 3

typedef struct Bench {
        const Store *store; /* NULL: the objects alone */
        MgObjects *objects;
        MgSeal *seal;
        gint next;
} Bench;

/* As mail is: base64 of what was compressed already, three quarters of an octet of chance in each. */
static GBytes *mail_of(guint number) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        g_autoptr(GRand) rand = g_rand_new_with_seed(number);
        char *data = g_malloc(OCTETS);

        for (guint i = 0; i < OCTETS; i++)
                data[i] = letters[g_rand_int(rand) & 63];
        return g_bytes_new_take(data, OCTETS);
}

static gpointer put_some(gpointer data) {
        Bench *bench = data;

        for (guint i = 0; i < MAILS; i++) {
                guint number = (guint)g_atomic_int_add(&bench->next, 1);
                g_autoptr(GBytes) mail = mail_of(number);
                g_autofree char *receipt = NULL;
                g_autoptr(GError) error = NULL;

                if (bench->store) {
                        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", 1700000000);

                        receipt =
                                put_mail(bench->store->socket, envelope, g_bytes_get_data(mail, NULL), OCTETS, &error);
                } else {
                        receipt = mg_receipt_make(1, number);
                        mg_objects_write(bench->objects, receipt, mail, 3, bench->seal, &error);
                }
                g_assert_no_error(error);
        }
        return NULL;
}

/* Mails a second. */
static double run(Bench *bench) {
        gint64 begun = g_get_monotonic_time();
        GThread *threads[SESSIONS];

        for (guint i = 0; i < SESSIONS; i++)
                threads[i] = g_thread_new("putter", put_some, bench);
        for (guint i = 0; i < SESSIONS; i++)
                g_thread_join(threads[i]);
        return SESSIONS * MAILS * 1e6 / (double)(g_get_monotonic_time() - begun);
}

static double run_store(void) {
        g_autoptr(Store) store = store_new_kind(TRUE);
        Bench bench = {.store = store};

        return run(&bench);
}

static double run_objects(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-bench-XXXXXX", NULL);
        g_autoptr(MgSeal) seal = key_seal();
        MgMeter meter = {0};
        g_autoptr(MgObjects) objects = mg_objects_open(dir, &meter, NULL);
        Bench bench = {.objects = objects, .seal = seal};
        double rate = run(&bench);

        remove_tree(dir);
        return rate;
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        for (guint i = 0; i < ROUNDS; i++) {
                double store = run_store(), alone = run_objects();

                g_print("%d puts of %d KB at once: store %.0f mails/s, objects alone %.0f mails/s, ratio %.0f %%\n",
                        SESSIONS, OCTETS / 1024, store, alone, 100 * store / alone);
        }
        return 0;
}
