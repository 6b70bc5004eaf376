/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index of many mails: bench-index [MAILS [FOLDER]]. Prints what a put costs, with and without terms, how large
 * the index is, and how long the questions of a day take, at 10,000 mails and at each ten times as many up to MAILS
 * (default: 100,000). Where FOLDER is given the index is made there, and stays. Asserts nothing of time.
 *
 * bench-index --json MAILS FOLDER SECONDS is what tests/bench/run asks: only searches, a line of JSON for each, with
 * medians. It fills in large batches, and ends where all of it took so many seconds.
 */
#include "../unit/store/crowd.h"
#include "../unit/store/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "store/search.h"

#define BATCH 14 /* as a store under load has it */
#define LARGE_BATCH 512
#define ROUNDS 5
#define JSON_ROUNDS 15

typedef struct Bench {
        char *path;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        Crowd *crowd;
} Bench;

static double cpu_seconds(void) {
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static gint64 octets_of(const char *path) {
        struct stat status;

        return stat(path, &status) == 0 ? (gint64)status.st_size : 0;
}

typedef struct Cost {
        double seconds, cpu, log;
} Cost;

/* What was put since the last checkpoint goes into the index. */
static void copy_log(Bench *bench, Cost *cost, gboolean all) {
        cost->log += mg_index_log_pages(bench->index) * 4096.0;
        g_assert_true(mg_index_checkpoint(bench->index, all, NULL));
}

static void put_batch(Bench *bench, guint n, Cost *cost) {
        g_autoptr(GPtrArray) records = crowd_batch(bench->crowd, n);
        gint64 begun = g_get_monotonic_time();
        double cpu = cpu_seconds();

        crowd_put(bench->index, records);
        cost->cpu += cpu_seconds() - cpu;
        if (mg_index_log_pages(bench->index) >= 8192)
                copy_log(bench, cost, FALSE);
        cost->seconds += (double)(g_get_monotonic_time() - begun) / 1e6;
}

/* Fills up to so many; the log is copied back as the store does it. */
static void fill(Bench *bench, guint mails, const char *what) {
        guint before = bench->crowd->made;
        double n = mails - before;
        Cost cost = {0};

        while (bench->crowd->made < mails)
                put_batch(bench, MIN(mails - bench->crowd->made, BATCH), &cost);
        copy_log(bench, &cost, TRUE);
        printf("%u mails%s: %.0f puts/s in batches of %d, %.0f us of processor and %.1f KB of log a put, index %.0f "
               "octets a mail\n",
               mails, what, n / cost.seconds, BATCH, cost.cpu * 1e6 / n, cost.log / 1024 / n,
               (double)octets_of(bench->path) / mails);
        fflush(stdout);
}

static void start(Bench *bench, const char *dir, const char *name) {
        g_autoptr(GError) error = NULL;

        bench->path = g_build_filename(dir, name, NULL);
        bench->crowd = crowd_new(1);
        bench->vfs = mg_vfs_new(&bench->meter, &error);
        bench->index = mg_index_open(bench->path, bench->vfs, &error);
        g_assert_no_error(error);
}

static void end(Bench *bench) {
        mg_index_free(bench->index);
        mg_vfs_free(bench->vfs);
        crowd_free(bench->crowd);
        g_free(bench->path);
}

/* The same without what posting.c does. */
static void fill_without_terms(const char *dir, guint mails) {
        Bench bench = {0};

        start(&bench, dir, "bare.db");
        g_assert_cmpint(sqlite3_exec(mg_index_db(bench.index), "DROP TRIGGER mail_added", NULL, NULL, NULL), ==,
                        SQLITE_OK);
        fill(&bench, mails, " without terms");
        end(&bench);
}

/* The first 100 rows, as a new connection gets them; how many there were. */
static guint search_once(const Bench *bench, const MgQuery *query, gint64 *took) {
        const gint64 begun = g_get_monotonic_time();
        g_autoptr(MgLookup) lookup = mg_lookup_open(bench->path, bench->vfs, NULL);
        g_autoptr(MgSearch) search = mg_search_new(lookup, query, NULL);
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        g_autoptr(GError) error = NULL;

        mg_search_next(search, 100, records, &error);
        g_assert_no_error(error);
        *took = g_get_monotonic_time() - begun;
        return records->len;
}

static int compare(gconstpointer a, gconstpointer b) {
        const gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

        return (one > other) - (one < other);
}

/* The best of some rounds, and the worst, which is the first one after a start. */
static void ask(const Bench *bench, const char *what, const MgQuery *query) {
        gint64 took[ROUNDS];
        guint found = 0;

        for (guint i = 0; i < ROUNDS; i++)
                found = search_once(bench, query, &took[i]);
        qsort(took, ROUNDS, sizeof *took, compare);
        printf("  %-44s %3u rows, %.1f to %.1f ms\n", what, found, (double)took[0] / 1000,
               (double)took[ROUNDS - 1] / 1000);
}

static void ask_json(const Bench *bench, const char *what, const MgQuery *query) {
        gint64 took[JSON_ROUNDS];
        guint found = 0;

        for (guint i = 0; i < JSON_ROUNDS; i++)
                found = search_once(bench, query, &took[i]);
        qsort(took, JSON_ROUNDS, sizeof *took, compare);
        printf("{\"mails\": %u, \"question\": \"%s\", \"rows\": %u, \"least\": %.3f, \"median\": %.3f, "
               "\"most\": %.3f}\n",
               bench->crowd->made, what, found, (double)took[0] / 1000, (double)took[JSON_ROUNDS / 2] / 1000,
               (double)took[JSON_ROUNDS - 1] / 1000);
}

/* One mail of a thousand is of a small organization. */
#define SMALL 1000

/* The newest 100 of it: as the index has them, or by a look at every row until as many must have come by. */
static void ask_small(const Bench *bench, gboolean within) {
        gint64 begun = g_get_monotonic_time();
        g_autoptr(MgLookup) lookup = mg_lookup_open(bench->path, bench->vfs, NULL);
        g_autoptr(MgSearch) search = mg_search_new(lookup, &(MgQuery){0}, NULL);
        guint rows = 0, got = 100, want = within ? 100 : 100 * SMALL;

        if (within)
                mg_search_within(search, "small", 0);
        while (rows < want && got == 100) {
                g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

                g_assert_true(mg_search_next(search, 100, records, NULL));
                rows += got = records->len;
        }
        printf("  %-44s %6u rows looked at, %.1f ms\n",
               within ? "100 mails of a small organization" : "the same, other rows passed over", rows,
               (double)(g_get_monotonic_time() - begun) / 1000);
}

static void ask_all(const Bench *bench) {
        guint8 rare[32], common[32];
        const MgQuery nothing = {0};

        crowd_digest(CROWD_FILES / 2, rare);
        crowd_digest(0, common);
        ask(bench, "who received this hash (a rare file)", &(MgQuery){.sha256 = rare});
        ask(bench, "who received this hash (the commonest file)", &(MgQuery){.sha256 = common});
        ask(bench, "the newest 100", &nothing);
        ask(bench, "会計", &(MgQuery){.words = (const char *const[]){"会計", NULL}});
        ask(bench, "会計 and 田中 and .zip", &(MgQuery){.words = (const char *const[]){"会計", "田中", ".zip", NULL}});
        ask(bench, "a word that no mail has (龍宮城)", &(MgQuery){.words = (const char *const[]){"龍宮城", NULL}});
        ask(bench, "a word that no mail has (zzyzx.example)",
            &(MgQuery){.words = (const char *const[]){"zzyzx.example", NULL}});
        ask(bench, "--name 9876.pdf", &(MgQuery){.name = "9876.pdf"});
        ask(bench, "--from of an address (shikuke@)", &(MgQuery){.from = "shikuke@"});
        ask(bench, "--from city.mihon.lg.jp (nobody)", &(MgQuery){.from = "city.mihon.lg.jp"});
        ask(bench, "--to of one of the staff", &(MgQuery){.to = "7@city.mihon"});
        ask(bench, "--host of a link (kuku.)", &(MgQuery){.host = "kuku."});
        ask(bench, "--outcome failed", &(MgQuery){.outcomes = 1u << MG_OUTCOME_FAILED});
        ask(bench, "one character (龍)", &(MgQuery){.words = (const char *const[]){"龍", NULL}});
        g_assert_cmpint(sqlite3_exec(mg_index_db(bench->index),
                                     "UPDATE mail_organization SET organization = 'small' WHERE mail % 1000 = 7", NULL,
                                     NULL, NULL),
                        ==, SQLITE_OK);
        ask_small(bench, FALSE);
        ask_small(bench, TRUE);
}

/* FALSE: the time is over before so many are there. */
static gboolean fill_until(Bench *bench, guint mails, gint64 deadline) {
        Cost cost = {0};

        while (bench->crowd->made < mails && g_get_monotonic_time() < deadline)
                put_batch(bench, MIN(mails - bench->crowd->made, LARGE_BATCH), &cost);
        copy_log(bench, &cost, TRUE);
        return bench->crowd->made >= mails;
}

static void ask_all_json(const Bench *bench) {
        guint8 rare[32], common[32], none[32];

        memset(none, 0xee, sizeof none);
        crowd_digest(CROWD_FILES / 2, rare);
        crowd_digest(0, common);
        ask_json(bench, "hash of the commonest file", &(MgQuery){.sha256 = common});
        ask_json(bench, "hash of a rare file", &(MgQuery){.sha256 = rare});
        ask_json(bench, "hash that no file has", &(MgQuery){.sha256 = none});
        ask_json(bench, "to one of the staff", &(MgQuery){.to = "7@city.mihon"});
        ask_json(bench, "from an address", &(MgQuery){.from = "shikuke@"});
        ask_json(bench, "from a domain that wrote nothing", &(MgQuery){.from = "city.mihon.lg.jp"});
        ask_json(bench, "common word of subjects (会計)", &(MgQuery){.subject = "会計"});
        ask_json(bench, "rarer one (ワクチン接種)", &(MgQuery){.subject = "ワクチン接種"});
        ask_json(bench, "one that no subject has (龍宮城)", &(MgQuery){.subject = "龍宮城"});
        ask_json(bench, "host of a link (kuku.)", &(MgQuery){.host = "kuku."});
        ask_json(bench, "host that no link has", &(MgQuery){.host = "zzyzx.example"});
}

static int run_json(guint most, const char *dir, guint seconds) {
        const gint64 begun = g_get_monotonic_time(), deadline = begun + (gint64)seconds * G_USEC_PER_SEC;
        Bench bench = {0};

        start(&bench, dir, "index.db");
        for (guint mails = 10000; mails <= most; mails *= 10) {
                if (!fill_until(&bench, mails, deadline)) {
                        printf("{\"mails\": %u, \"left_out\": \"only %u were there after %u s\"}\n", mails,
                               bench.crowd->made, seconds);
                        break;
                }
                printf("{\"mails\": %u, \"octets\": %" G_GINT64_FORMAT ", \"filled_s\": %.1f}\n", mails,
                       octets_of(bench.path), (double)(g_get_monotonic_time() - begun) / 1e6);
                ask_all_json(&bench);
                fflush(stdout);
        }
        end(&bench);
        return 0;
}

int main(int argc, char **argv) {
        if (argc == 5 && strcmp(argv[1], "--json") == 0)
                return run_json((guint)strtoul(argv[2], NULL, 10), argv[3], (guint)strtoul(argv[4], NULL, 10));

        guint most = argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : 100000;

        if (most < 10000 || argc > 3) {
                fputs("usage: bench-index [MAILS [FOLDER]] (at least 10000) or --json MAILS FOLDER SECONDS\n", stderr);
                return 64;
        }
        g_autofree char *dir = argc > 2 ? g_strdup(argv[2]) : g_dir_make_tmp("mugai-bench-XXXXXX", NULL);
        Bench bench = {0};

        fill_without_terms(dir, MIN(most, 100000));
        start(&bench, dir, "index.db");
        for (guint mails = 10000; mails <= most; mails *= 10) {
                fill(&bench, mails, "");
                ask_all(&bench);
        }
        end(&bench);
        if (argc <= 2)
                remove_tree(dir);
        return 0;
}
