/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index of an earlier version, brought up to date: every row is found as before, and a kill at any write of the
 * way leaves the earlier version or the new one. tests/unit/store/index-1.sql says what is in it.
 */
#include "harness.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/reading.h"
#include "store/index.h"
#include "store/schema.h"

#define KILLS_MOST 1000
/* Of 募集要項.pdf. */
#define FOUR_OCTETS 0x22, 0x22, 0x22, 0x22
#define FILE_DIGEST                                                                                                    \
        FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS, FOUR_OCTETS

/* A folder as a store has it: state/index.db below it. Caller removes the tree. */
static char *make_folder(char **path) {
        char *dir = g_dir_make_tmp("mugai-schema-XXXXXX", NULL);
        g_autofree char *state = g_build_filename(dir, "state", NULL);

        g_assert_cmpint(mkdir(state, 0700), ==, 0);
        *path = g_build_filename(state, "index.db", NULL);
        return dir;
}

static void run_sql(const char *path, const char *text) {
        char *fault = NULL;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        sqlite3_exec(db, text, NULL, NULL, &fault);
        g_assert_cmpstr(fault, ==, NULL);
        g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

static void make_index(const char *path, guint version) {
        g_autofree char *file = g_strdup_printf("%s/index-%u.sql", g_getenv("MUGAI_FIXTURES"), version);
        g_autofree char *text = NULL;

        g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
        run_sql(path, text);
        run_sql(path, "PRAGMA journal_mode = WAL");
}

/* The first column of all rows, joined by a blank. */
static char *rows_of(const char *path, const char *text) {
        GString *all = g_string_new(NULL);
        sqlite3_stmt *statement;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW)
                g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
        return g_string_free(all, FALSE);
}

static void assert_rows(const char *path, const char *text, const char *want) {
        g_autofree char *rows = rows_of(path, text);

        g_assert_cmpstr(rows, ==, want);
}

/* The queue ids of what a query finds, joined; "-" is none. */
static char *found_by(const Store *store, const MgQuery *query) {
        g_autoptr(GPtrArray) rows = query_all(store->socket, query);
        GString *all = g_string_new(NULL);

        for (guint i = 0; i < rows->len; i++) {
                const MgRecord *record = g_ptr_array_index(rows, i);
                const char *id = record->envelope->queue_id;

                g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", *id != '\0' ? id : "-");
        }
        return g_string_free(all, FALSE);
}

/* What list, trace and show say of the rows of index-1.sql. */
static void assert_all_found(const Store *store) {
        static const guint8 file[32] = {FILE_DIGEST};
        static const struct {
                MgQuery query;
                const char *found;
        } rows[] = {{{.kept_only = TRUE}, "4F1A2B3C4D 4F1A2B3C53 4F1A2B3C51 4F1A2B3C50"},
                    {{0}, "4F1A2B3C4D - 4F1A2B3C54 4F1A2B3C53 4F1A2B3C51 4F1A2B3C50"},
                    {{.since = 1789000400}, "4F1A2B3C4D - 4F1A2B3C54"},
                    {{.from = "tanaka"}, "4F1A2B3C4D 4F1A2B3C51"},
                    {{.from = "flood"}, "-"},
                    {{.to = "zaisei"}, "- 4F1A2B3C50"},
                    {{.to = "soumu@city.example.lg"}, "4F1A2B3C54 4F1A2B3C51 4F1A2B3C50"},
                    {{.subject = "会計"}, "4F1A2B3C50"},
                    {{.subject = "カタログ"}, "4F1A2B3C53"},
                    {{.name = "見積書.pdf"}, "4F1A2B3C4D"},
                    {{.name = ".exe"}, "4F1A2B3C50"},
                    {{.outcomes = 1u << MG_OUTCOME_FAILED}, "4F1A2B3C51"},
                    {{.receipt = "1000003042"}, "4F1A2B3C53"},
                    {{.sha256 = file}, "4F1A2B3C50"},
                    {{.queue_id = "4F1A2B3C54"}, "4F1A2B3C54"},
                    {{.queue_id = "4F1A2B3C52"}, "4F1A2B3C53"}};
        static const struct {
                const char *receipt, *subject;
                guint parts;
        } kept[] = {{"1000000301", "見積書の送付", 2},
                    {"1000003027", "会計年度任用職員の募集について", 2},
                    {"1000003034", NULL, 0},
                    {"1000003042", "ｶﾀﾛｸﾞ 100% の_ご案内", 2}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *found = found_by(store, &rows[i].query);

                g_assert_cmpstr(found, ==, rows[i].found);
        }
        for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
                g_autoptr(MgRecord) record = mg_store_show(&(MgAsker){store->socket}, kept[i].receipt, NULL);
                const MgValue *subject = record ? mg_reading_value(record->reading, MG_FIELD_SUBJECT) : NULL;

                g_assert_nonnull(record);
                g_assert_cmpstr(subject ? subject->text : NULL, ==, kept[i].subject);
                g_assert_cmpuint(record->reading->parts->len, ==, kept[i].parts);
        }
}

/* Old rows and new ones side by side, and the numbers of receipts go on. */
static void assert_goes_on(const Store *store) {
        g_autoptr(MgEnvelope) envelope = envelope_of("NEW", "new@example.jp", "soumu@city.example.lg.jp", 1795000000);
        g_autofree char *receipt = put_mail(store->socket, envelope, "text", 4, NULL);

        g_assert_cmpstr(receipt, >, "1000003042");
        g_assert_true(original_is(store->socket, receipt, "text", 4, NULL));
        g_autofree char *found = found_by(store, &(const MgQuery){.to = "soumu@city.example.lg"});
        g_assert_cmpstr(found, ==, "NEW 4F1A2B3C54 4F1A2B3C51 4F1A2B3C50");
}

static void test_found(gconstpointer data) {
        g_autofree char *path = NULL;
        g_autofree char *dir = make_folder(&path);
        g_autoptr(Store) store = NULL;

        make_index(path, GPOINTER_TO_UINT(data));
        store = store_new_at(dir);
        assert_all_found(store);
        assert_goes_on(store);
}

/* In a process of its own, which SQLite's nth write ends. */
static gint writes_left;

static ssize_t dying_pwrite(int fd, const void *data, size_t n, off_t at) {
        if (--writes_left == 0)
                kill(getpid(), SIGKILL);
        return pwrite(fd, data, n, at);
}

static void die_at_write(gint nth) {
        sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

        writes_left = nth;
        g_assert_cmpint(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)dying_pwrite), ==, SQLITE_OK);
        vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)dying_pwrite);
}

/* TRUE when the way was gone to its end. */
static gboolean open_and_die(const char *path, gint nth) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                MgMeter meter = {0};
                g_autoptr(GError) error = NULL;
                MgIndex *index;

                die_at_write(nth);
                index = mg_index_open(path, mg_vfs_new(&meter, NULL), &error);
                _exit(index ? 0 : 1);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        return !WIFSIGNALED(status);
}

/* Either all is as it was, or the whole way was gone. */
static void assert_one_version(const char *path, const char *schema) {
        g_autofree char *version = rows_of(path, "PRAGMA user_version");

        assert_rows(path, "PRAGMA integrity_check", "ok");
        assert_rows(path, "SELECT count(*) FROM mail", "6");
        if (g_str_equal(version, "1"))
                assert_rows(path, "SELECT name FROM sqlite_schema ORDER BY name", schema);
        else
                g_assert_cmpstr(version, ==, G_STRINGIFY(MG_SCHEMA_VERSION));
}

static void test_kill(gconstpointer data) {
        g_autofree char *schema = NULL;
        gboolean ended = FALSE;
        gint nth = 0;

        while (!ended) {
                g_autofree char *path = NULL;
                g_autofree char *dir = make_folder(&path);
                g_autoptr(Store) store = NULL;

                make_index(path, GPOINTER_TO_UINT(data));
                if (!schema)
                        schema = rows_of(path, "SELECT name FROM sqlite_schema ORDER BY name");
                ended = open_and_die(path, ++nth);
                g_assert_cmpint(nth, <, KILLS_MOST);
                assert_one_version(path, schema);
                store = store_new_at(dir);
                assert_all_found(store);
        }
        g_test_message("killed at each of %d writes", nth - 1);
        g_assert_cmpint(nth, >, 2);
}

static void test_log(gconstpointer data) {
        if (g_test_subprocess()) {
                g_autofree char *path = NULL;
                g_autofree char *dir = make_folder(&path);
                MgMeter meter = {0};

                make_index(path, GPOINTER_TO_UINT(data));
                mg_log_set_level(MG_LOG_INFO);
                mg_index_free(mg_index_open(path, mg_vfs_new(&meter, NULL), NULL));
                remove_tree(dir);
                return;
        }
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*index.db is brought from schema version 1 to *; until then no mail is taken*"
                                  "index.db has schema version *");
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(gconstpointer data);
        } rows[] = {{"found", test_found}, {"kill", test_kill}, {"log", test_log}};

        harness_main(&argc, &argv);
        for (guint version = 1; version < MG_SCHEMA_VERSION; version++)
                for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                        g_autofree char *name = g_strdup_printf("/store/schema/%u/%s", version, rows[i].name);

                        g_test_add_data_func(name, GUINT_TO_POINTER(version), rows[i].func);
                }
        return g_test_run();
}
