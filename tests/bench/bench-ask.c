/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages for people ask of a store: bench-ask [MAILS [FOLDER]]. Puts MAILS (default: 100,000) and 10,000
 * requests that wait into an index, starts a store on it and asks by its socket, with the tokens of persons, as the
 * console does. Prints median and worst of some rounds, each with its entries of the audit trail, and the CPU time of
 * the store for one. A FOLDER stays, and is asked again where it has an index. Asserts nothing of time.
 */
#include "../unit/store/crowd.h"
#include "../unit/store/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/audit_client.h"
#include "base/figures_client.h"
#include "base/receipt.h"
#include "base/request_client.h"
#include "store/sql.h"

#define BATCH 500
#define ROUNDS 7
#define LOG_PAGES 8192
#define REQUESTS 10000
/* Rows of a page, and one that says that there are more. */
#define PAGE 101
#define DAY 86400

/* Persons by number, whose token it is. BUSY gets the most mail of all staff, QUIET little. */
enum { OFFICER = 1, APPROVER, BUSY, QUIET, AUDITOR, ADMINISTRATOR, ALL };

typedef struct Bench {
        Store *store;
        guint mails;
        gint64 last; /* time of the newest mail */
} Bench;

/* --- what there is to ask for ----------------------------------------------------------------------------------- */

static void put_mails(const char *path, guint mails) {
        MgMeter meter = {0};
        g_autoptr(Crowd) crowd = crowd_new(1);
        g_autoptr(GError) error = NULL;
        MgVfs *vfs = mg_vfs_new(&meter, &error);
        MgIndex *index = mg_index_open(path, vfs, &error);

        g_assert_no_error(error);
        for (guint n; crowd->made < mails;) {
                n = MIN(mails - crowd->made, BATCH);
                g_autoptr(GPtrArray) records = crowd_batch(crowd, n);

                crowd_put(index, records);
                if (mg_index_log_pages(index) >= LOG_PAGES || crowd->made == mails)
                        g_assert_true(mg_index_checkpoint(index, crowd->made == mails, NULL));
        }
        mg_index_free(index);
        mg_vfs_free(vfs);
}

/* Each asks for the first part of a mail, newest last; BUSY made some of them. */
static void put_requests(Bench *bench) {
        g_autofree char *text = g_strdup_printf(
                "BEGIN;"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO request(number, receipt, organization, person, state, needed, made, reason)"
                " SELECT i, receipt, '', iif(i %% 400 = 0, %d, 100 + i %% 500), 'waiting', 1, unixepoch() - %d + i * "
                "60,"
                " '会議で使う資料' FROM n JOIN mail ON id = 1 + (i * 7919) %% %u;"
                "INSERT INTO request_part SELECT number, 0, '2', '資料.pdf', 'application/pdf', 99, zeroblob(32) FROM "
                "request;"
                "INSERT INTO request_address SELECT number, 'taro@pref.example.jp' FROM request;"
                "COMMIT",
                REQUESTS, BUSY, REQUESTS * 60, bench->mails);

        store_sql(bench->store, text);
}

static char *address_of(const Bench *bench, const char *order) {
        g_autofree char *path = g_build_filename(bench->store->dir, "state", "index.db", NULL);
        g_autofree char *text = g_strdup_printf("SELECT address FROM (SELECT address FROM recipient WHERE mail > %u)"
                                                " GROUP BY address ORDER BY count(*) %s LIMIT 1",
                                                bench->mails - MIN(bench->mails, 20000), order);
        sqlite3 *db = NULL;
        sqlite3_stmt *statement;
        char *address;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        statement = mg_sql_prepare(db, text, NULL);
        g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
        address = g_strdup((const char *)sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return address;
}

static void put_persons(const Bench *bench) {
        g_autofree char *busy = address_of(bench, "DESC"), *quiet = address_of(bench, "ASC");

        store_add_person(bench->store, OFFICER, MG_DUTY_OFFICER, "o@city.mihon.lg.jp");
        store_add_person(bench->store, APPROVER, MG_DUTY_APPROVER, "a@city.mihon.lg.jp");
        store_add_person(bench->store, BUSY, MG_DUTY_STAFF, busy);
        store_add_person(bench->store, QUIET, MG_DUTY_STAFF, quiet);
        store_add_person(bench->store, AUDITOR, MG_DUTY_AUDITOR, "u@city.mihon.lg.jp");
        store_add_person(bench->store, ADMINISTRATOR, MG_DUTY_ADMINISTRATOR, "m@city.mihon.lg.jp");
        store_add_person(bench->store, ALL, _MG_DUTY_ALL, "all@city.mihon.lg.jp");
}

/* --- asking ----------------------------------------------------------------------------------------------------- */

typedef guint (*Ask)(const MgAsker *asker, gconstpointer what, GError **error);

static int compare(gconstpointer a, gconstpointer b) {
        const gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

        return (one > other) - (one < other);
}

/* Of all threads of the store. */
static double cpu_ms(const Store *store) {
        struct timespec now = {0};
        clockid_t clock;

        g_assert_cmpint(clock_getcpuclockid(store->pid, &clock), ==, 0);
        clock_gettime(clock, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void ask(const Bench *bench, guint person, const char *label, Ask func, gconstpointer what) {
        g_autofree char *token = g_strdup_printf("%u", person);
        const MgAsker asker = {bench->store->socket, token};
        const double cpu = cpu_ms(bench->store);
        gint64 took[ROUNDS];
        guint rows = 0;

        for (guint i = 0; i < ROUNDS; i++) {
                const gint64 begun = g_get_monotonic_time();
                g_autoptr(GError) error = NULL;

                rows = func(&asker, what, &error);
                g_assert_no_error(error);
                took[i] = g_get_monotonic_time() - begun;
        }
        qsort(took, ROUNDS, sizeof *took, compare);
        printf("  %6u rows %8.1f %8.1f %8.1f ms   %s\n", rows, (double)took[ROUNDS / 2] / 1000,
               (double)took[ROUNDS - 1] / 1000, (cpu_ms(bench->store) - cpu) / ROUNDS, label);
        fflush(stdout);
}

static gboolean count_mail(const MgRecord *record, gpointer data) {
        ++*(guint *)data;
        return TRUE;
}

static guint mails(const MgAsker *asker, gconstpointer what, GError **error) {
        MgQuery query = *(const MgQuery *)what;
        guint rows = 0;

        query.max = PAGE;
        mg_store_query(asker, &query, count_mail, &rows, NULL, error);
        return rows;
}

static guint one_mail(const MgAsker *asker, gconstpointer what, GError **error) {
        g_autoptr(MgRecord) record = mg_store_show(asker, what, error);

        return record != NULL;
}

static gboolean count_request(const MgRequest *request, gpointer data) {
        ++*(guint *)data;
        return TRUE;
}

static guint requests(const MgAsker *asker, gconstpointer what, GError **error) {
        guint rows = 0;

        mg_request_list(asker, what, count_request, &rows, error);
        return rows;
}

static guint waiting_of(const MgAsker *asker, gconstpointer what, GError **error) {
        MgRequestWaiting counts = {0};

        mg_request_waiting(asker, &counts, error);
        return counts.others > 0 ? 1 : 0;
}

typedef struct Span {
        gint64 since, until;
} Span;

static guint figures(const MgAsker *asker, gconstpointer what, GError **error) {
        const Span *span = what;
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_count_row_free);

        mg_figures_count(asker, span->since, span->until, rows, error);
        return rows->len;
}

static void ask_for_mails(const Bench *bench) {
        guint8 rare[32], common[32];
        const gint64 last = bench->last;

        crowd_digest(CROWD_FILES / 2, rare);
        crowd_digest(0, common);
        ask(bench, OFFICER, "from an address", mails, &(MgQuery){.from = "shikuke@"});
        ask(bench, OFFICER, "from a domain that wrote nothing", mails, &(MgQuery){.from = "city.mihon.lg.jp"});
        ask(bench, OFFICER, "to one of the staff", mails, &(MgQuery){.to = "7@city.mihon"});
        ask(bench, OFFICER, "a common word of subjects (会計)", mails, &(MgQuery){.subject = "会計"});
        ask(bench, OFFICER, "a rarer one (ワクチン接種)", mails, &(MgQuery){.subject = "ワクチン接種"});
        ask(bench, OFFICER, "one that no subject has (龍宮城)", mails, &(MgQuery){.subject = "龍宮城"});
        ask(bench, OFFICER, "one character (龍)", mails, &(MgQuery){.subject = "龍"});
        ask(bench, OFFICER, "three words anywhere (会計 田中 .zip)", mails,
            &(MgQuery){.words = (const char *const[]){"会計", "田中", ".zip", NULL}});
        ask(bench, OFFICER, "the name of a file (9876.pdf)", mails, &(MgQuery){.name = "9876.pdf"});
        ask(bench, OFFICER, "the end of names (.zip)", mails, &(MgQuery){.name = ".zip"});
        ask(bench, OFFICER, "the hash of a rare file", mails, &(MgQuery){.sha256 = rare});
        ask(bench, OFFICER, "the hash of the commonest file", mails, &(MgQuery){.sha256 = common});
        ask(bench, OFFICER, "the host of a link (kuku.)", mails, &(MgQuery){.host = "kuku."});
        ask(bench, OFFICER, "a host that no link has", mails, &(MgQuery){.host = "zzyzx.example"});
        ask(bench, OFFICER, "a day a year ago", mails,
            &(MgQuery){.since = last - 366 * DAY, .until = last - 365 * DAY});
        ask(bench, OFFICER, "from a day a year ago on, a common word", mails,
            &(MgQuery){.since = last - 366 * DAY, .until = last - 365 * DAY, .subject = "会計"});
        ask(bench, OFFICER, "a word that no mail of the last day has", mails,
            &(MgQuery){.since = last - DAY, .subject = "龍宮城"});
        ask(bench, OFFICER, "outcome failed", mails, &(MgQuery){.outcomes = 1u << MG_OUTCOME_FAILED});
        ask(bench, OFFICER, "outcome refused (none)", mails, &(MgQuery){.outcomes = 1u << MG_OUTCOME_REFUSED});
        ask(bench, OFFICER, "the newest", mails, &(MgQuery){0});
        ask(bench, AUDITOR, "the newest, as an auditor sees them", mails, &(MgQuery){0});
        ask(bench, BUSY, "staff: my mail of the last 14 days (much)", mails, &(MgQuery){.since = last - 14 * DAY});
        ask(bench, QUIET, "staff: my mail of the last 14 days (little)", mails, &(MgQuery){.since = last - 14 * DAY});
        ask(bench, BUSY, "staff: all my mail, the newest (much)", mails, &(MgQuery){0});
        ask(bench, QUIET, "staff: all my mail, the newest (little)", mails, &(MgQuery){0});
        ask(bench, QUIET, "staff: all my mail, a word that none has", mails, &(MgQuery){.subject = "龍宮城"});
        ask(bench, ALL, "all duties: the newest", mails, &(MgQuery){0});
}

static void ask_all(const Bench *bench) {
        const gint64 last = bench->last;
        g_autofree char *receipt = mg_receipt_make(1, bench->mails / 2);
        const MgRequestQuery any = {.state = MG_REQUEST_ANY_STATE, .max = PAGE}, waiting = {.max = PAGE},
                             mine = {.state = MG_REQUEST_ANY_STATE, .mine = TRUE, .max = PAGE},
                             denied = {.state = MG_REQUEST_DENIED, .max = PAGE},
                             oldest = {.before = PAGE + 1, .max = PAGE},
                             one = {.number = REQUESTS / 2, .state = MG_REQUEST_ANY_STATE, .max = 1};

        printf("  %6s      %8s %8s %8s\n", "", "median", "worst", "CPU");
        ask_for_mails(bench);
        ask(bench, OFFICER, "one mail", one_mail, receipt);
        ask(bench, APPROVER, "queue: the newest of 10,000 that wait", requests, &waiting);
        ask(bench, APPROVER, "queue: the oldest of them", requests, &oldest);
        ask(bench, APPROVER, "queue: in any state", requests, &any);
        ask(bench, APPROVER, "queue: denied (none)", requests, &denied);
        ask(bench, APPROVER, "one request", requests, &one);
        ask(bench, BUSY, "staff: my requests", requests, &mine);
        ask(bench, QUIET, "staff: my requests (none)", requests, &mine);
        ask(bench, APPROVER, "start page: what waits", waiting_of, NULL);
        ask(bench, ADMINISTRATOR, "figures of the last month", figures, &(Span){last - 30 * DAY, last});
        ask(bench, ADMINISTRATOR, "figures of a month long ago", figures, &(Span){last - 400 * DAY, last - 370 * DAY});
}

static void run(const char *dir, guint mails) {
        g_autofree char *state = g_build_filename(dir, "state", NULL),
                        *path = g_build_filename(state, "index.db", NULL);
        const gboolean there = g_file_test(path, G_FILE_TEST_EXISTS);
        Bench bench = {.mails = mails};

        g_mkdir_with_parents(state, 0700);
        if (!there)
                put_mails(path, mails);
        bench.store = store_new_at(dir);
        bench.mails = (guint)store_number(bench.store, "SELECT count(*) FROM mail");
        bench.last = store_number(bench.store, "SELECT max(time) FROM mail");
        if (!there)
                put_requests(&bench);
        put_persons(&bench);
        printf("%u mails, %d requests\n", bench.mails, REQUESTS);
        ask_all(&bench);
        store_drain(bench.store);
        g_free(bench.store->dir);
        g_free(bench.store->socket);
        g_free(bench.store);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        const guint most = argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : 100000;
        g_autofree char *dir = argc > 2 ? g_strdup(argv[2]) : g_dir_make_tmp("mugai-bench-XXXXXX", NULL);

        run(dir, most);
        if (argc <= 2)
                remove_tree(dir);
        return 0;
}
