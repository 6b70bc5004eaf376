/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 20 concurrent puts of 50 KB: the store role, with socket, digest, index and group commit, against threads that only
 * compress, seal, write and sync the same octets by the same functions. Prints both with their CPU time and their
 * ratio; asserts nothing. TMPDIR says on which file system: one with a journal, as servers have (ext4 without one looks
 * for inodes that were deleted lately whenever a file is made, and that is then all that is measured).
 */
#include "../unit/store/harness.h"
#include "../unit/store/keys.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/receipt.h"
#include "store/object.h"

#define SESSIONS 20
#define MAILS 2000
#define OCTETS (50 * 1024)
#define ROUNDS 5

/* What both kinds of a run work on. The mails and their memfds are made before the clock runs, as a milter has them. */
typedef struct Bench {
        const Store *store; /* NULL: the objects alone */
        MgObjects *objects;
        MgSeal *seal;
        GBytes *mails[MAILS];
        int originals[MAILS];
        gint next;
} Bench;

typedef struct Figures {
        double rate;   /* mails a second */
        double cpu_ms; /* a mail, of this process */
} Figures;

/* As mail is: base64 of what was compressed already, three quarters of an octet of chance in each. */
static GBytes *mail_of(guint number) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        g_autoptr(GRand) rand = g_rand_new_with_seed(number);
        char *data = g_malloc(OCTETS);

        for (guint i = 0; i < OCTETS; i++)
                data[i] = letters[g_rand_int(rand) & 63];
        return g_bytes_new_take(data, OCTETS);
}

static void put(Bench *bench, const MgEnvelope *envelope, guint number, GError **error) {
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
        g_autofree char *receipt = NULL;
        mg_autofd sock = -1;

        if (mg_store_begin(bench->store->socket, envelope, bench->originals[number], &sock, &receipt, NULL, error))
                mg_store_commit(sock, record, MG_STORE_COMMIT_MS, error);
}

static gpointer put_some(gpointer data) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", 1700000000);
        Bench *bench = data;

        for (;;) {
                guint number = (guint)g_atomic_int_add(&bench->next, 1);
                g_autofree char *receipt = mg_receipt_make(1, number);
                g_autoptr(GError) error = NULL;

                if (number >= MAILS)
                        return NULL;
                if (bench->store)
                        put(bench, envelope, number, &error);
                else
                        mg_objects_write(bench->objects, receipt, bench->mails[number], 3, bench->seal, NULL, &error);
                g_assert_no_error(error);
        }
}

static double cpu_ms(int who) {
        struct rusage usage;

        getrusage(who, &usage);
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static Figures run(Bench *bench) {
        double cpu = cpu_ms(RUSAGE_SELF);
        gint64 begun = g_get_monotonic_time();
        GThread *threads[SESSIONS];

        bench->next = 0;
        for (guint i = 0; i < SESSIONS; i++)
                threads[i] = g_thread_new("putter", put_some, bench);
        for (guint i = 0; i < SESSIONS; i++)
                g_thread_join(threads[i]);
        return (Figures){MAILS * 1e6 / (double)(g_get_monotonic_time() - begun), (cpu_ms(RUSAGE_SELF) - cpu) / MAILS};
}

/* The folder is left to the caller: what is deleted now would cost the next run. */
static Figures run_store(Bench *bench, Store *store) {
        double cpu = cpu_ms(RUSAGE_CHILDREN), syncs, batches;
        Figures figures;

        bench->store = store;
        figures = run(bench);
        syncs = (double)store_figure(store, "syncs");
        batches = (double)store_figure(store, "batches");
        store_drain(store);
        g_print("store %6.0f mails/s, CPU of the store %.2f ms and of its clients %.2f ms a mail, %.2f syncs a mail, "
                "%.1f mails "
                "a batch\n",
                figures.rate, (cpu_ms(RUSAGE_CHILDREN) - cpu) / MAILS, figures.cpu_ms, syncs / MAILS, MAILS / batches);
        return figures;
}

static Figures run_objects(Bench *bench, const char *dir) {
        MgMeter meter = {0};
        g_autoptr(MgObjects) objects = mg_objects_open(dir, &meter, NULL);
        Figures figures;

        bench->store = NULL;
        bench->objects = objects;
        figures = run(bench);
        g_print("alone %6.0f mails/s, CPU %.2f ms a mail\n", figures.rate, figures.cpu_ms);
        return figures;
}

static gint compare(gconstpointer a, gconstpointer b) {
        return *(const double *)a < *(const double *)b ? -1 : 1;
}

int main(int argc, char **argv) {
        const struct rlimit most = {2 * MAILS, 2 * MAILS};
        static Bench bench;
        double ratios[ROUNDS];
        Store *stores[ROUNDS];
        char *dirs[ROUNDS];

        harness_main(&argc, &argv);
        setrlimit(RLIMIT_NOFILE, &most);
        bench.seal = key_seal();
        for (guint i = 0; i < MAILS; i++) {
                bench.mails[i] = mail_of(i);
                bench.originals[i] = original_of(g_bytes_get_data(bench.mails[i], NULL), OCTETS);
        }
        for (guint i = 0; i < ROUNDS; i++) {
                stores[i] = store_new_kind(TRUE);
                dirs[i] = g_dir_make_tmp("mugai-bench-XXXXXX", NULL);
                ratios[i] = 100 * run_store(&bench, stores[i]).rate / run_objects(&bench, dirs[i]).rate;
        }
        qsort(ratios, ROUNDS, sizeof *ratios, compare);
        g_print("%d puts of %d KB at once: %.0f %% of the objects alone (median of %d rounds, %.0f to %.0f)\n",
                SESSIONS, OCTETS / 1024, ratios[ROUNDS / 2], ROUNDS, ratios[0], ratios[ROUNDS - 1]);
        for (guint i = 0; i < ROUNDS; i++) {
                store_free(stores[i]);
                remove_tree(dirs[i]);
        }
        return 0;
}
