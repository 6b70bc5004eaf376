/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is erased and when: by organization and outcome, never on hold, never by a clock that jumped; and that nothing
 * of it is left in the folder, whenever the store is killed.
 */
#include "harness.h"

#include <ftw.h>
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "base/request_client.h"

#define DAY 86400
#define PLANTED "zqplanted"

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static Store *store_of(const char *configuration) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);

        store_configure(dir, configuration);
        return store_new_at(dir);
}

/* Runs SQL on the index of a store. The first column of the first row, or "". Caller frees. */
static char *sql(const Store *store, const char *text) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        sqlite3_stmt *statement;
        char *value = NULL;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        sqlite3_busy_timeout(db, 10000);
        g_assert_cmpint(sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
        if (sqlite3_step(statement) == SQLITE_ROW)
                value = g_strdup((const char *)sqlite3_column_text(statement, 0));
        g_assert_cmpint(sqlite3_finalize(statement), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
        return value ? value : g_strdup("");
}

static void run_sql(const Store *store, const char *text) {
        g_free(sql(store, text));
}

static void assert_sql(const Store *store, const char *text, const char *want) {
        g_autofree char *value = sql(store, text);

        g_assert_cmpstr(value, ==, want);
}

/* The same of what the store does by itself. */
static void wait_sql(const Store *store, const char *text, const char *want) {
        for (guint i = 0; i < 3000; i++) {
                g_autofree char *value = sql(store, text);

                if (g_strcmp0(value, want) == 0)
                        return;
                g_usleep(10000);
        }
        assert_sql(store, text, want);
}

/* The store has looked an hour ago: it trusts its clock. */
#define TRUSTED "UPDATE retention SET last_run = unixepoch() - 3600, not_before = 0"

/* Ends the store, and starts it again as if it had looked so long ago. */
static void restart(Store *store, const char *state) {
        int status;

        g_assert_cmpint(store_drain(store), ==, 0);
        run_sql(store, state);
        g_assert_true(store_start(store, &status));
}

static void wait_figure(Store *store, const char *name, gint64 value) {
        for (guint i = 0; i < 2000 && store_figure(store, name) != value; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, name), ==, value);
}

static char *put_with(const Store *store, const char *recipients, gint64 days_ago, MgOutcome outcome,
                      guint32 retention) {
        g_auto(GStrv) list = g_strsplit(recipients, " ", -1);
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.org", list[0], now() - days_ago * DAY);
        g_autoptr(MgRecord) record = record_of(envelope, outcome);
        g_autofree char *receipt = NULL;
        mg_autofd original = original_of(recipients, strlen(recipients));
        mg_autofd sock = -1;
        g_autoptr(GError) error = NULL;

        for (guint i = 1; list[i]; i++)
                g_ptr_array_add(envelope->rcpts, g_strdup(list[i]));
        mg_store_begin(store->socket, envelope, original, &sock, &receipt, NULL, &error);
        g_assert_no_error(error);
        record->terms.retention = retention;
        mg_store_commit(sock, record, MG_STORE_COMMIT_MS, &error);
        g_assert_no_error(error);
        return g_steal_pointer(&receipt);
}

static char *put_to(const Store *store, const char *recipients, gint64 days_ago, MgOutcome outcome) {
        return put_with(store, recipients, days_ago, outcome, 0);
}

static gboolean is_there(const Store *store, const char *receipt) {
        g_autoptr(MgRecord) row = mg_store_show(&(MgAsker){store->socket}, receipt, NULL);
        gboolean sealed;
        mg_autofd original = mg_store_get(&(MgAsker){store->socket}, receipt, &sealed, NULL);

        g_assert_cmpint(row != NULL, ==, original >= 0);
        return row != NULL;
}

#define ORGANIZATIONS                                                                                                  \
        "store {\n retention = 10 d\n retention_failed = 20 d\n}\n"                                                    \
        "organization ward {\n domains = ward.example.jp\n retention = 50 d\n retention_failed = 30 d\n}\n"            \
        "organization club {\n domains = club.example.jp\n}\n"

/* Who has a mail, how it ended and how old it is decide. */
static void test_rules(void) {
        static const struct {
                const char *recipients;
                gint64 days;
                MgOutcome outcome;
                gboolean stays;
                guint32 by_rule;
        } rows[] = {
                {"a@example.jp", 9, MG_OUTCOME_CONVERTED, TRUE},
                {"f@example.jp", 59, MG_OUTCOME_CONVERTED, TRUE, 60},
                {"g@example.jp", 61, MG_OUTCOME_CONVERTED, FALSE, 60},
                {"h@example.jp", 59, MG_OUTCOME_FAILED, TRUE, 60},
                {"i@example.jp", 9, MG_OUTCOME_CONVERTED, TRUE, 1},
                {"i@ward.example.jp", 49, MG_OUTCOME_CONVERTED, TRUE, 40},
                {"b@example.jp", 11, MG_OUTCOME_CONVERTED, FALSE},
                {"c@example.jp", 11, MG_OUTCOME_FAILED, TRUE},
                {"d@example.jp", 21, MG_OUTCOME_FAILED, FALSE},
                {"a@ward.example.jp", 49, MG_OUTCOME_CONVERTED, TRUE},
                {"b@ward.example.jp", 51, MG_OUTCOME_CONVERTED, FALSE},
                {"c@ward.example.jp", 31, MG_OUTCOME_FAILED, FALSE},
                {"a@club.example.jp", 9, MG_OUTCOME_CONVERTED, TRUE},
                {"b@club.example.jp", 11, MG_OUTCOME_CONVERTED, FALSE},
                {"e@example.jp a@ward.example.jp", 49, MG_OUTCOME_CONVERTED, TRUE},
                {"e@example.jp a@ward.example.jp", 51, MG_OUTCOME_CONVERTED, FALSE},
                {"e@example.jp a@club.example.jp", 11, MG_OUTCOME_CONVERTED, FALSE},
                {"e@example.jp a@ward.example.jp", 25, MG_OUTCOME_FAILED, TRUE},
        };
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        char *receipts[G_N_ELEMENTS(rows)];
        guint gone = 0;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                receipts[i] = put_with(store, rows[i].recipients, rows[i].days, rows[i].outcome, rows[i].by_rule);
                gone += !rows[i].stays;
        }
        restart(store, TRUSTED);
        wait_figure(store, "expired", gone);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s, %d days", rows[i].recipients, (int)rows[i].days);
                g_assert_cmpint(is_there(store, receipts[i]), ==, rows[i].stays);
                g_free(receipts[i]);
        }
        g_assert_cmpuint(count_objects(store), ==, G_N_ELEMENTS(rows) - gone);
}

/* Terms of another configuration hold for what is kept already; an organization that is gone is the default one. */
static void test_other_terms(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autofree char *ward = put_to(store, "a@ward.example.jp", 40, MG_OUTCOME_CONVERTED);
        g_autofree char *club = put_to(store, "a@club.example.jp", 9, MG_OUTCOME_CONVERTED);
        g_autofree char *settings = g_build_filename(store->dir, "settings", NULL);

        restart(store, TRUSTED);
        g_assert_true(is_there(store, ward));
        /* Without a restart: a reload looks at once. */
        g_assert_true(g_file_set_contents(settings, "3", -1, NULL));
        store_configure(store->dir, "store {\n retention = 10 d\n retention_failed = 10 d\n}\n");
        g_assert_true(mg_packet_send(store->control, MG_CONTROL_RELOAD, NULL, NULL, 0, NULL));
        wait_figure(store, "expired", 1);
        g_assert_false(is_there(store, ward));
        g_assert_true(is_there(store, club));
}

/* Rows of mail that was not taken have no original; they go, too. */
static void test_events(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);

        for (guint i = 0; i < 3; i++) {
                static const gint64 days[] = {9, 11, 40};
                g_autoptr(MgEnvelope) envelope =
                        envelope_of("Q", "a@example.org", "b@example.jp", now() - days[i] * DAY);
                g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_REFUSED);

                g_assert_true(mg_store_event(store->socket, record, NULL));
        }
        restart(store, TRUSTED);
        wait_sql(store, "SELECT count(*) FROM mail", "1");
        assert_sql(store, "SELECT count(*) FROM mail_organization", "1");
        assert_sql(store, "SELECT mails || '/' || octets FROM organization WHERE name = ''", "0/0");
        assert_sql(store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"act\":\"expired\"%\"rows\":\"2\"%'", "1");
}

/* The trail names what was erased, sixty-four to an entry, and nothing else is missing. */
static void test_trail(void) {
        const guint mails = 70;
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *trail = NULL;

        for (guint i = 0; i < mails; i++) {
                g_autofree char *to = g_strdup_printf("b%u@example.jp", i);

                g_ptr_array_add(receipts, put_to(store, to, 11, MG_OUTCOME_CONVERTED));
        }
        restart(store, TRUSTED);
        wait_figure(store, "expired", mails);
        trail = sql(store, "SELECT group_concat(entry) FROM audit WHERE entry LIKE '%\"act\":\"expired\"%'");
        for (guint i = 0; i < mails; i++)
                g_assert_nonnull(strstr(trail, g_ptr_array_index(receipts, i)));
        assert_sql(store, "SELECT group_concat(json_extract(entry, '$.mails')) FROM audit WHERE entry LIKE '%expired%'",
                   "64,6");
        assert_sql(store, "SELECT min(entry LIKE '%\"actor\":\"gateway\"%') FROM audit WHERE entry LIKE '%expired%'",
                   "1");
}

/* A clock that jumped, or a store that was away for long, erases nothing for a day. */
static void test_clock(void) {
        static const struct {
                const char *state;
                gboolean erases;
        } rows[] = {
                {"UPDATE retention SET last_run = 0, not_before = 0", FALSE},
                {"UPDATE retention SET last_run = unixepoch() - 3 * 86400, not_before = 0", FALSE},
                {"UPDATE retention SET last_run = unixepoch() - 60, not_before = unixepoch() + 60", FALSE},
                {"UPDATE retention SET last_run = unixepoch() + 9000000, not_before = 0", TRUE},
                {"UPDATE retention SET last_run = unixepoch() - 86400, not_before = unixepoch() - 1", TRUE},
                /* The clock was ahead, and is right again. */
                {"UPDATE retention SET last_run = unixepoch() + 9000000, not_before = unixepoch() + 9086400", FALSE},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Store) store = store_of(ORGANIZATIONS);
                g_autofree char *receipt = put_to(store, "b@example.jp", 11, MG_OUTCOME_CONVERTED);

                g_test_message("%s", rows[i].state);
                restart(store, rows[i].state);
                if (rows[i].erases)
                        wait_figure(store, "expired", 1);
                else
                        g_usleep(300000);
                g_assert_cmpint(is_there(store, receipt), ==, !rows[i].erases);
                wait_sql(store, "SELECT abs(last_run - unixepoch()) < 100 FROM retention", "1");
                assert_sql(store, "SELECT not_before < unixepoch() + 90000 FROM retention", "1");
        }
}

/* Neither ends a hold: a clock that leapt ahead says that its day is over. */
static void test_clock_of_holds(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autofree char *receipt = put_to(store, "b@example.jp", 1, MG_OUTCOME_CONVERTED);

        restart(store, "INSERT INTO hold(name, organization, actor, made, until)"
                       " VALUES('wa-1', '', 'x', unixepoch() - 9, unixepoch() - 1);"
                       "INSERT INTO hold_mail(mail, hold) SELECT mail.id, hold.id FROM hold, mail;"
                       "UPDATE retention SET last_run = unixepoch() - 3 * 86400, not_before = 0");
        wait_sql(store, "SELECT abs(last_run - unixepoch()) < 100 FROM retention", "1");
        assert_sql(store, "SELECT count(*) FROM hold", "1");
        restart(store, "UPDATE retention SET not_before = unixepoch() - 1");
        wait_sql(store, "SELECT count(*) FROM hold", "0");
        g_assert_true(is_there(store, receipt));
}

/* Nor does it end a request, which has no way back from there. */
static void test_clock_of_requests(void) {
        static const struct {
                const char *state;
                gboolean expires;
        } rows[] = {
                {"UPDATE retention SET last_run = unixepoch() - 365 * 86400, not_before = 0", FALSE},
                /* As a run has noted it while the clock was ahead. */
                {"UPDATE retention SET last_run = unixepoch() - 60, not_before = unixepoch() + 86000", FALSE},
                {"UPDATE retention SET last_run = unixepoch() - 60, not_before = unixepoch() - 1", TRUE},
                /* It was ahead, and is right again. */
                {"UPDATE retention SET last_run = unixepoch() + 9000000, not_before = unixepoch() - 1", TRUE},
        };
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        const MgAsker role = {store->socket};

        run_sql(store, "INSERT INTO request(receipt, organization, person, state, needed, made, reason)"
                       " VALUES('0000000013', '', 0, 'waiting', 1, unixepoch() - 365 * 86400, 'x')");
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgLetter) letter = NULL;

                /* While the store runs, for a clock does not leap at its start alone. */
                run_sql(store, rows[i].state);
                g_assert_true(mg_letter_claim(&role, &letter, NULL));
                g_test_message("%s", rows[i].state);
                assert_sql(store, "SELECT state FROM request", rows[i].expires ? "expired" : "waiting");
                run_sql(store, "UPDATE request SET state = 'waiting'");
        }
}

/* Tokens and sessions that have ended leave no rows; those that last stay. */
static void test_tokens(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);

        run_sql(store, "INSERT INTO person(number, login, name, organization, scope, duties, made)"
                       " VALUES(50, 'x', 'x', '', '', 1, 0)");
        restart(store,
                "INSERT INTO token(hash, person, made, used, idle, until) VALUES"
                " (x'01', 50, 0, 0, NULL, unixepoch() - 1),"
                " (x'02', 50, 0, unixepoch() - 1801, 1800, unixepoch() + 9000),"
                " (x'03', 50, 0, 0, NULL, unixepoch() + 9000), (x'04', 50, 0, unixepoch(), 1800, unixepoch() + 9000)");
        assert_sql(store, "SELECT group_concat(hex(hash)) FROM (SELECT hash FROM token ORDER BY hash)", "03,04");
}

/* No receipt is given twice, were all mail erased. */
static void test_receipts(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autofree char *last = NULL, *next = NULL;

        for (guint i = 0; i < 5; i++) {
                g_autofree char *to = g_strdup_printf("b%u@example.jp", i);

                g_free(last);
                last = put_to(store, to, 11, MG_OUTCOME_CONVERTED);
        }
        restart(store, TRUSTED);
        wait_figure(store, "expired", 5);
        assert_sql(store, "SELECT count(*) FROM mail", "0");
        g_assert_cmpuint(count_objects(store), ==, 0);
        restart(store, TRUSTED);
        next = put_to(store, "b@example.jp", 1, MG_OUTCOME_CONVERTED);
        g_assert_cmpuint(mg_receipt_serial(next), ==, mg_receipt_serial(last) + 1);
}

/* --- for real
 * ------------------------------------------------------------------------------------------------------ */

static void set(char **field, const char *what, guint number) {
        g_free(*field);
        *field = g_strdup_printf("%s-%s-%u", PLANTED, what, number);
}

/* So much noise that zstd leaves the words among it as they are. */
#define NOISE 4000

/* A mail with planted words wherever the index and the object keep what a sender said. */
static char *put_planted(const Store *store, guint number, gint64 days) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "", "", now() - days * DAY);
        g_autoptr(MgRecord) record = NULL;
        g_autofree char *content = NULL, *receipt = NULL, *subject = NULL;
        MgFacts *facts;
        int n;
        mg_autofd original = -1;
        mg_autofd sock = -1;
        g_autoptr(GError) error = NULL;

        set(&envelope->queue_id, "queue", number);
        set(&envelope->from, "sender", number);
        set(&envelope->client, "client", number);
        set((char **)&g_ptr_array_index(envelope->rcpts, 0), "recipient", number);
        record = record_of(envelope, MG_OUTCOME_CONVERTED);
        set(&record->reply, "reply", number);
        set(&record->reason, "reason", number);
        facts = g_ptr_array_index(record->reading->parts, 0);
        set(&facts->name, "name", number);
        subject = g_strdup_printf("%s-subject-%u 会議", PLANTED, number);
        g_free(mg_reading_value(record->reading, MG_FIELD_SUBJECT)->text);
        ((MgValue *)mg_reading_value(record->reading, MG_FIELD_SUBJECT))->text = g_strdup(subject);
        content = g_malloc(NOISE);
        for (guint i = 0; i < NOISE; i++)
                content[i] = (char)g_test_rand_int();
        n = g_snprintf(content, NOISE, "X-Header: %s-header-%u\r\n\r\n%s-body-%u\r\n", PLANTED, number, PLANTED,
                       number);
        g_assert_cmpint(n, <, NOISE);
        original = original_of(content, NOISE);
        mg_store_begin(store->socket, envelope, original, &sock, &receipt, NULL, &error);
        g_assert_no_error(error);
        mg_store_commit(sock, record, MG_STORE_COMMIT_MS, &error);
        g_assert_no_error(error);
        return g_steal_pointer(&receipt);
}

/* nftw() has no argument for its function. */
static const char *looked_for;
static guint found;

static int look(const char *path, const struct stat *status, int kind, struct FTW *walk) {
        g_autofree char *content = NULL;
        gsize n;

        if (kind != FTW_F || !g_file_get_contents(path, &content, &n, NULL))
                return 0;
        if (memmem(content, n, looked_for, strlen(looked_for)))
                g_test_message("%s is in %s", looked_for, path + walk->base);
        found += memmem(content, n, looked_for, strlen(looked_for)) != NULL;
        return 0;
}

/* In how many files of the folder the words stand. */
static guint files_with(const Store *store, const char *words) {
        looked_for = words;
        found = 0;
        nftw(store->dir, look, 16, FTW_PHYS);
        return found;
}

static const char *const fields[] = {"queue",  "sender", "client",  "recipient", "reply",
                                     "reason", "name",   "subject", "header",    "body"};

static void assert_planted(const Store *store, guint number, gboolean there) {
        for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
                g_autofree char *words = g_strdup_printf("%s-%s-%u", PLANTED, fields[i], number);
                guint n = files_with(store, words);

                g_test_message("%s: %u files", words, n);
                g_assert_cmpint(n > 0, ==, there);
        }
}

/* What people wrote in a request for a mail. */
static void plant_request(const Store *store, const char *receipt) {
        g_autofree char *request =
                g_strdup_printf("INSERT INTO request(receipt, organization, person, state, needed, made, reason)"
                                " VALUES('%s', '', 0, 'waiting', 1, unixepoch(), '" PLANTED "-why')",
                                receipt);

        run_sql(store, request);
        run_sql(store, "INSERT INTO request_part VALUES(1, 0, '2', '" PLANTED "-part', 'application/pdf', 9, x'00')");
        run_sql(store, "INSERT INTO request_address VALUES(1, '" PLANTED "-to@example.org')");
        run_sql(store, "INSERT INTO approval VALUES(1, 0, 1, '" PLANTED "-approval')");
}

#define MAILS 600

/*
 * After the run no file of the folder has a word of what was erased: not the database and its free pages, not SQLite's
 * log, not the objects. What is between is kept, and found.
 */
static void test_for_real(void) {
        static const char *const written[] = {"-why", "-part", "-to@", "-approval"};
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autofree char *first = NULL;
        guint gone = 0;

        for (guint i = 1000; i < 1000 + MAILS; i++) {
                gboolean stays = i % 3 == 0;
                g_autofree char *receipt = put_planted(store, i, stays ? 5 : 15);

                if (!first && !stays)
                        first = g_strdup(receipt);
                gone += !stays;
        }
        plant_request(store, first);
        for (guint i = 0; i < G_N_ELEMENTS(written); i++) {
                g_autofree char *words = g_strconcat(PLANTED, written[i], NULL);

                g_assert_cmpuint(files_with(store, words), >, 0);
        }
        restart(store, TRUSTED);
        wait_figure(store, "expired", gone);
        /* The log is emptied after the last transaction. */
        for (guint i = 0;
             i < 3000 && files_with(store, PLANTED "-body-1001") + files_with(store, PLANTED "-subject-1598") > 0; i++)
                g_usleep(10000);
        for (guint i = 1000; i < 1000 + MAILS; i += i < 1010 || i > 1000 + MAILS - 10 ? 1 : 37)
                assert_planted(store, i, i % 3 == 0);
        for (guint i = 0; i < G_N_ELEMENTS(written); i++) {
                g_autofree char *words = g_strconcat(PLANTED, written[i], NULL);

                g_assert_cmpuint(files_with(store, words), ==, 0);
        }
        assert_sql(store, "SELECT state || erased FROM request", "expired1");
        assert_sql(store, "PRAGMA integrity_check", "ok");
}

/* --- kill
 * ---------------------------------------------------------------------------------------------------------- */

static void assert_agree(const Store *store) {
        const MgQuery query = {.max = MG_QUERY_ROWS_MAX, .kept_only = TRUE};
        g_autoptr(GPtrArray) rows = query_all(store->socket, &query);

        g_assert_cmpuint(count_objects(store), ==, rows->len);
        for (guint i = 0; i < rows->len; i++)
                g_assert_true(is_there(store, ((MgRecord *)g_ptr_array_index(rows, i))->receipt));
}

/* Killed after so many milliseconds of erasing, again and again: no row is without its object, and no object is left
 * without its row once the next store has looked. */
static void test_kill(void) {
        const guint mails = 300;
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        int status;

        for (guint i = 0; i < mails; i++) {
                g_autofree char *to = g_strdup_printf("b%u@example.jp", i);
                g_autofree char *receipt = put_to(store, to, i % 5 == 0 ? 1 : 11, MG_OUTCOME_CONVERTED);
        }
        for (gulong ms = 0; ms < 60; ms += 5) {
                restart(store, "UPDATE retention SET last_run = unixepoch(), not_before = unixepoch() + 1000");
                assert_agree(store);
                g_assert_cmpint(store_drain(store), ==, 0);
                run_sql(store, TRUSTED);
                g_assert_true(store_start(store, &status));
                g_usleep(ms * 1000);
                store_kill(store);
                g_assert_true(store_start(store, &status));
        }
        wait_sql(store, "SELECT count(*) FROM mail", "60");
        restart(store, TRUSTED);
        assert_agree(store);
        assert_sql(store, "SELECT mails FROM organization WHERE name = ''", "60");
        assert_sql(store, "PRAGMA integrity_check", "ok");
}

static gboolean log_has(const Store *store, const char *words) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db-wal", NULL);
        g_autofree char *content = NULL;
        gsize n;

        return g_file_get_contents(path, &content, &n, NULL) && memmem(content, n, words, strlen(words));
}

/* Killed when rows were erased and the log was not emptied yet: the next start empties it, before anything else. */
static void test_kill_before_emptying(void) {
        g_autoptr(Store) store = store_of(ORGANIZATIONS);
        g_autofree char *receipt = put_planted(store, 1, 5);
        int status;

        g_assert_true(log_has(store, PLANTED "-subject-1"));
        store_kill(store);
        g_assert_true(log_has(store, PLANTED "-subject-1"));
        g_assert_true(store_start(store, &status));
        g_assert_false(log_has(store, PLANTED "-subject-1"));
        g_assert_true(is_there(store, receipt));
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/retention/rules", test_rules);
        g_test_add_func("/store/retention/other-terms", test_other_terms);
        g_test_add_func("/store/retention/events", test_events);
        g_test_add_func("/store/retention/trail", test_trail);
        g_test_add_func("/store/retention/clock", test_clock);
        g_test_add_func("/store/retention/clock-of-holds", test_clock_of_holds);
        g_test_add_func("/store/retention/clock-of-requests", test_clock_of_requests);
        g_test_add_func("/store/retention/tokens", test_tokens);
        g_test_add_func("/store/retention/receipts", test_receipts);
        g_test_add_func("/store/retention/for-real", test_for_real);
        g_test_add_func("/store/retention/kill", test_kill);
        g_test_add_func("/store/retention/kill-before-emptying", test_kill_before_emptying);
        return g_test_run();
}
