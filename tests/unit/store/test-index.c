/* SPDX-License-Identifier: Apache-2.0 */
/* Index and lookup: schema versions, retries, searches. */
#include "index_fixture.h"

#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "store/search.h"

/* Runs SQL as somebody else would. */
static void run_sql(const char *path, const char *text) {
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_exec(db, text, NULL, NULL, NULL), ==, SQLITE_OK);
        sqlite3_close(db);
}

static gint64 number_of(const char *path, const char *text) {
        sqlite3_stmt *statement;
        gint64 number;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
        number = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return number;
}

/* The organizations of a mail where there are none. */
static char *nobody[] = {(char *)"", NULL};

/* Puts one row in a transaction of its own. serial < 0 is an event. */
static gboolean put(Fixture *fixture, gint64 serial, const MgEnvelope *envelope, guint8 key_octet) {
        g_autoptr(MgRecord) record = record_of(envelope, serial < 0 ? MG_OUTCOME_DEFERRED : MG_OUTCOME_CONVERTED);
        g_autoptr(GError) error = NULL;
        guint8 key[32];
        gboolean retry;

        memset(key, key_octet, sizeof key);
        if (serial >= 0) {
                g_free(record->receipt);
                record->receipt = mg_receipt_make(1, (guint32)serial);
        }
        g_assert_true(mg_index_begin(fixture->index, &error));
        mg_index_put(fixture->index, record, serial >= 0 ? key : NULL, key, nobody, &retry, &error);
        g_assert_no_error(error);
        g_assert_true(mg_index_commit(fixture->index, &error));
        return retry;
}

static void test_versions(Fixture *fixture, gconstpointer data) {
        static const struct {
                const char *sql;
                const char *said;
        } rows[] = {{"PRAGMA user_version = 3", "newer mugai"},
                    {"PRAGMA user_version = 1000000", "newer mugai"},
                    {"PRAGMA user_version = 0", "no index of mugai"},
                    {"PRAGMA user_version = -1", "no index of mugai"}};

        close_index(fixture);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;

                run_sql(fixture->path, rows[i].sql);
                fixture->index = mg_index_open(fixture->path, fixture->vfs, &error);
                g_assert_null(fixture->index);
                g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
                g_assert_nonnull(strstr(error->message, rows[i].said));
        }
        run_sql(fixture->path, "PRAGMA user_version = 2");
        fixture->index = mg_index_open(fixture->path, fixture->vfs, NULL);
        g_assert_nonnull(fixture->index);
}

static void test_no_database(Fixture *fixture, gconstpointer data) {
        g_autoptr(GError) error = NULL;

        close_index(fixture);
        g_assert_true(
                g_file_set_contents(fixture->path, "This is no database, however long one looks at it.....", -1, NULL));
        g_assert_null(mg_index_open(fixture->path, fixture->vfs, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
}

static void test_check(Fixture *fixture, gconstpointer data) {
        g_autoptr(GError) error = NULL;
        gboolean finished;

        g_assert_true(mg_index_check(fixture->index, 10, &finished, &error));
        g_assert_no_error(error);
        g_assert_true(finished);
}

static void test_retry(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgEnvelope) first = envelope_of("Q1", "a@example.jp", "b@example.jp", 1000);
        g_autoptr(MgEnvelope) second = envelope_of("Q2", "a@example.jp", "b@example.jp", 2000);
        g_autofree char *receipt = mg_receipt_make(1, 7);
        g_autoptr(MgRecord) row = NULL;

        g_assert_false(put(fixture, 7, first, 'k'));
        g_assert_true(put(fixture, 7, second, 'k'));
        row = mg_lookup_show(fixture->lookup, receipt, NULL);
        g_assert_cmpint(row->envelope->time, ==, 1000);
        g_assert_cmpstr(row->envelope->queue_id, ==, "Q2");
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM mail"), ==, 1);
        g_assert_cmpint(number_of(fixture->path, "SELECT retries FROM mail"), ==, 1);
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM part"), ==, 1);
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM recipient"), ==, 1);
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM attempt WHERE queue_id = 'Q1'"), ==, 1);
}

/* Which receipt a key has, seen from a time. */
static void test_key(Fixture *fixture, gconstpointer data) {
        static const struct {
                gint64 time;
                guint8 octet;
                gboolean found;
        } rows[] = {{100000, 'k', TRUE},         {100000 + 86400, 'k', TRUE},  {100000 + 86401, 'k', FALSE},
                    {100000 - 86400, 'k', TRUE}, {100000 - 86401, 'k', FALSE}, {100000, 'l', FALSE}};
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", 100000);
        g_autofree char *want = mg_receipt_make(1, 5);

        put(fixture, 5, envelope, 'k');
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *receipt = NULL;
                guint8 key[32];

                memset(key, rows[i].octet, sizeof key);
                g_assert_true(mg_lookup_key(fixture->lookup, key, rows[i].time, &receipt, NULL));
                g_assert_cmpstr(receipt, ==, rows[i].found ? want : NULL);
        }
        /* The same mail after more than a day is a new one and takes the key. */
        envelope->time += 90000;
        g_assert_false(put(fixture, 6, envelope, 'k'));
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM mail WHERE retry_key IS NOT NULL"), ==, 1);
        g_assert_cmpint(mg_lookup_last_serial(fixture->lookup, NULL), ==, 6);
}

static void test_rollback(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", 100000);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_REFUSED);
        gboolean retry;

        g_assert_true(mg_index_begin(fixture->index, NULL));
        g_assert_true(mg_index_put(fixture->index, record, NULL, NULL, nobody, &retry, NULL));
        mg_index_rollback(fixture->index);
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM mail"), ==, 0);
        put(fixture, -1, envelope, 0);
        g_assert_cmpint(number_of(fixture->path, "SELECT count(*) FROM mail"), ==, 1);
}

/* The queue ids that a search finds, page by page, joined. */
static char *search(Fixture *fixture, const MgQuery *query, guint page) {
        g_autoptr(MgSearch) search = mg_search_new(fixture->lookup, query, NULL);
        GString *all = g_string_new(NULL);

        for (;;) {
                g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

                g_assert_true(mg_search_next(search, page, records, NULL));
                for (guint i = 0; i < records->len; i++) {
                        const MgRecord *record = g_ptr_array_index(records, i);

                        g_string_append(all, record->envelope->queue_id);
                }
                if (records->len < page)
                        return g_string_free(all, FALSE);
        }
}

static void test_search(Fixture *fixture, gconstpointer data) {
        static const struct {
                gint64 serial; /* < 0: an event */
                const char *queue_id, *from, *rcpt;
                gint64 time;
        } mails[] = {{1, "A", "tanaka@example.jp", "x@city.example.jp", 100},
                     {2, "B", "100%_sure@example.com", "y@city.example.jp", 200},
                     {-1, "C", "", "x@city.example.jp", 300},
                     {3, "D", "Tanaka@EXAMPLE.jp", "z_z@city.example.jp", 300},
                     {4, "E", "back\\slash@example.org", "z%z@city.example.jp", 50}};
        static const struct {
                MgQuery query;
                const char *found;
        } rows[] = {{{0}, "DCBAE"},
                    {{.from = "tanaka"}, "DA"},
                    {{.from = "%"}, "B"},
                    {{.from = "_"}, "B"},
                    {{.from = "%_"}, "B"},
                    {{.from = "\\"}, "E"},
                    {{.from = "example"}, "DBAE"},
                    {{.from = "' OR 1=1 --"}, ""},
                    {{.to = "z_z"}, "D"},
                    {{.to = "z%z"}, "E"},
                    {{.to = "x@"}, "CA"},
                    {{.to = "x@", .kept_only = TRUE}, "A"},
                    {{.since = 200}, "DCB"},
                    {{.since = 301}, ""},
                    {{.until = 200}, "AE"},
                    {{.since = 100, .until = 300}, "BA"},
                    {{.kept_only = TRUE}, "DBAE"},
                    {{.queue_id = "C"}, "C"},
                    {{.queue_id = "A", .since = 101}, ""},
                    {{.queue_id = "%"}, ""}};

        for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
                g_autoptr(MgEnvelope) envelope =
                        envelope_of(mails[i].queue_id, mails[i].from, mails[i].rcpt, mails[i].time);

                put(fixture, mails[i].serial, envelope, (guint8)i);
        }
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                for (guint page = 1; page <= 6; page++) {
                        g_autofree char *found = search(fixture, &rows[i].query, page);

                        g_assert_cmpstr(found, ==, rows[i].found);
                }
}

/* A mail that came again is found by the queue id it had first, too. */
static void test_search_attempt(Fixture *fixture, gconstpointer data) {
        static const char *const ids[] = {"Q1", "Q2", "Q3"};

        for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
                g_autoptr(MgEnvelope) envelope = envelope_of(ids[i], "a@example.jp", "b@example.jp", 1000);

                put(fixture, 1, envelope, 'k');
        }
        for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
                const MgQuery query = {.queue_id = ids[i]};
                g_autofree char *found = search(fixture, &query, 5);

                g_assert_cmpstr(found, ==, "Q3");
        }
}

static void test_checkpoint(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", 100000);
        long long before;

        put(fixture, 1, envelope, 'k');
        g_assert_cmpuint(mg_index_log_pages(fixture->index), >, 0);
        before = mg_meter_read(&fixture->meter.syncs);
        g_assert_true(mg_index_checkpoint(fixture->index, FALSE, NULL));
        g_assert_cmpuint(mg_index_log_pages(fixture->index), ==, 0);
        g_assert_cmpint(mg_meter_read(&fixture->meter.syncs), >, before);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(Fixture *fixture, gconstpointer data);
        } rows[] = {{"/store/index/versions", test_versions},
                    {"/store/index/no-database", test_no_database},
                    {"/store/index/check", test_check},
                    {"/store/index/retry", test_retry},
                    {"/store/index/key", test_key},
                    {"/store/index/rollback", test_rollback},
                    {"/store/index/search", test_search},
                    {"/store/index/search-attempt", test_search_attempt},
                    {"/store/index/checkpoint", test_checkpoint}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add(rows[i].name, Fixture, NULL, set_up, rows[i].func, tear_down);
        return g_test_run();
}
