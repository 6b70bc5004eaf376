/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store is damaged in every way that a disk or a hand can, one at a time: verify-store names it, mends what follows
 * from the rest, and says of what does not that it is lost. A whole store has no finding, while mail flows, too.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"
#include "base/receipt.h"
#include "store/object.h"
#include "store/upkeep.h"

#define TIME 1700000000
#define MAILS 5

/* What a verification said: "flaw state subject", a line a finding. */
typedef struct Said {
        GString *lines;
        MgVerdict verdict;
        GError *error;
} Said;

static void hear_finding(const MgFinding *finding, gpointer data) {
        Said *said = data;

        if (g_getenv("MUGAI_TEST_LOG"))
                g_printerr("%s %s %s: %s\n", mg_flaw_name(finding->flaw), mg_mend_name(finding->mend), finding->subject,
                           finding->detail);
        g_string_append_printf(said->lines, "%s %s %s\n", mg_flaw_name(finding->flaw), mg_mend_name(finding->mend),
                               finding->subject);
}

static void hear_progress(const MgProgress *progress, gpointer data) {
}

static const MgUpkeepFuncs funcs = {hear_finding, hear_progress};

static void said_clear(Said *said) {
        g_string_free(said->lines, TRUE);
        g_clear_error(&said->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

/* The private store of the command, as a thread. */
typedef struct Offline {
        MgStoreSettings settings;
        int sock;
} Offline;

static gpointer serve_offline(gpointer data) {
        Offline *offline = data;

        mg_upkeep_serve(&offline->settings, offline->sock, NULL);
        mg_fd_close(&offline->sock);
        return NULL;
}

static void verify_offline(const char *dir, guint64 reserve, gboolean repair, Said *said) {
        g_autofree char *state = g_build_filename(dir, "state", NULL);
        Offline offline = {.settings = {.state_dir = state, .reserve = reserve}};
        GThread *thread;
        int pair[2];

        said->lines = g_string_new(NULL);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        offline.sock = pair[1];
        thread = g_thread_new("offline", serve_offline, &offline);
        if (mg_upkeep_ask_on(pair[0], repair, &said->error))
                mg_upkeep_hear(pair[0], &funcs, said, &said->verdict, &said->error);
        close(pair[0]);
        g_thread_join(thread);
}

static void verify_online(const Store *store, gboolean repair, Said *said) {
        const MgAsker asker = {.socket_path = store->socket};
        mg_autofd sock = mg_upkeep_ask(&asker, repair, &said->error);

        said->lines = g_string_new(NULL);
        if (sock >= 0)
                mg_upkeep_hear(sock, &funcs, said, &said->verdict, &said->error);
}

/* A store with some mails, which does not run. */
typedef struct Fixture {
        Store *store;
        char *receipts[MAILS];
        char *db;
        gboolean sealed;
} Fixture;

static void put_some(Fixture *fixture) {
        for (guint i = 0; i < MAILS; i++) {
                g_autofree char *text = g_strdup_printf("text of mail %u", i), *id = g_strdup_printf("Q%u", i);
                g_autoptr(MgEnvelope) envelope = envelope_of(id, "a@example.jp", "b@example.jp", TIME + i);

                g_ptr_array_add(envelope->rcpts, g_strdup("c@example.jp"));
                fixture->receipts[i] = put_mail(fixture->store->socket, envelope, text, strlen(text), NULL);
                g_assert_nonnull(fixture->receipts[i]);
        }
}

static void set_up(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgEnvelope) envelope = envelope_of("E", "a@example.jp", "b@example.jp", TIME);
        g_autoptr(MgRecord) event = record_of(envelope, MG_OUTCOME_REFUSED);

        fixture->sealed = data != NULL;
        fixture->store = store_new_kind(fixture->sealed);
        fixture->db = g_build_filename(fixture->store->dir, "state", "index.db", NULL);
        put_some(fixture);
        g_assert_true(mg_store_event(fixture->store->socket, event, NULL));
        g_assert_cmpint(store_drain(fixture->store), ==, 0);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
        for (guint i = 0; i < MAILS; i++)
                g_free(fixture->receipts[i]);
        store_free(fixture->store);
        g_free(fixture->db);
}

static void sql(const Fixture *fixture, const char *text) {
        char *fault = NULL;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(fixture->db, &db), ==, SQLITE_OK);
        sqlite3_exec(db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL);
        sqlite3_exec(db, text, NULL, NULL, &fault);
        g_assert_cmpstr(fault, ==, NULL);
        g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

static gint64 number_of(const Fixture *fixture, const char *text) {
        sqlite3_stmt *statement;
        gint64 number;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(fixture->db, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
        number = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return number;
}

static void assert_said(const Said *said, const char *lines) {
        g_assert_no_error(said->error);
        g_assert_cmpstr(said->lines->str, ==, lines);
}

static void assert_whole(Fixture *fixture) {
        g_auto(Said) said = {0};

        verify_offline(fixture->store->dir, 0, FALSE, &said);
        assert_said(&said, "");
        g_assert_cmpuint(said.verdict.found, ==, 0);
}

static char *path_of(const Fixture *fixture, const char *receipt) {
        g_autofree char *folder = g_strdup_printf("%05u", mg_receipt_serial(receipt) / MG_OBJECTS_FOLDER);
        g_autofree char *name = g_strconcat(receipt, fixture->sealed ? ".zst.cms" : ".zst", NULL);

        return g_build_filename(fixture->store->dir, "state", "objects", folder, name, NULL);
}

/* Looked through twice without repair and with it: what is lost stays so, what is mended is whole afterwards. */
static void assert_finding(Fixture *fixture, const char *flaw, const char *subject, gboolean lost) {
        g_auto(Said) looked = {0}, mended = {0}, after = {0};
        g_autofree char *possible = g_strdup_printf("%s %s %s\n", flaw, lost ? "lost" : "possible", subject);
        g_autofree char *done = g_strdup_printf("%s %s %s\n", flaw, lost ? "lost" : "repaired", subject);

        verify_offline(fixture->store->dir, 0, FALSE, &looked);
        assert_said(&looked, possible);
        verify_offline(fixture->store->dir, 0, TRUE, &mended);
        assert_said(&mended, done);
        g_assert_cmpuint(mended.verdict.repaired, ==, lost ? 0 : 1);
        g_assert_cmpuint(mended.verdict.lost, ==, lost ? 1 : 0);
        verify_offline(fixture->store->dir, 0, FALSE, &after);
        assert_said(&after, lost ? possible : "");
}

static void test_whole(Fixture *fixture, gconstpointer data) {
        g_auto(Said) said = {0}, online = {0};
        int status;

        verify_offline(fixture->store->dir, 0, TRUE, &said);
        assert_said(&said, "");
        g_assert_cmpuint(said.verdict.rows, ==, MAILS + 1);
        g_assert_cmpuint(said.verdict.objects, ==, MAILS);
        g_assert_cmpuint(said.verdict.entries, >=, MAILS + 2);
        g_assert_true(store_start(fixture->store, &status));
        verify_online(fixture->store, TRUE, &online);
        assert_said(&online, "");
        g_assert_cmpuint(online.verdict.objects, ==, MAILS);
}

static void test_busy(Fixture *fixture, gconstpointer data) {
        g_auto(Said) said = {0};
        int status;

        g_assert_true(store_start(fixture->store, &status));
        verify_offline(fixture->store->dir, 0, FALSE, &said);
        g_assert_error(said.error, MG_ERROR, MG_ERROR_TIMEOUT);
}

static void flip(const char *path, guint64 bit) {
        mg_autofd fd = open(path, O_RDWR);
        guint8 octet;

        g_assert_cmpint(pread(fd, &octet, 1, (off_t)(bit / 8)), ==, 1);
        octet ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(pwrite(fd, &octet, 1, (off_t)(bit / 8)), ==, 1);
}

/* Whatever bit of whichever kind of object rots. */
static void test_object_bits(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = path_of(fixture, fixture->receipts[2]);
        g_autofree char *wanted = g_strdup_printf("object-damaged lost %s\n", fixture->receipts[2]);
        struct stat status;
        guint bits = 0;

        g_assert_cmpint(stat(path, &status), ==, 0);
        for (guint64 bit = 0; bit < (guint64)status.st_size * 8; bit += fixture->sealed ? 61 : 5, bits++) {
                g_auto(Said) said = {0};

                flip(path, bit);
                verify_offline(fixture->store->dir, 0, TRUE, &said);
                assert_said(&said, wanted);
                flip(path, bit);
        }
        g_test_message("%u bits", bits);
        assert_whole(fixture);
}

static void test_objects(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = path_of(fixture, fixture->receipts[1]), *other = path_of(fixture, fixture->receipts[2]);
        g_autofree char *saved = NULL, *exchanged = NULL;
        gsize n, other_n;

        g_assert_true(g_file_get_contents(path, &saved, &n, NULL));
        g_assert_true(g_file_get_contents(other, &exchanged, &other_n, NULL));
        g_assert_cmpint(truncate(path, (off_t)n - 1), ==, 0);
        assert_finding(fixture, "object-damaged", fixture->receipts[1], TRUE);
        g_assert_true(g_file_set_contents(path, exchanged, (gssize)other_n, NULL));
        assert_finding(fixture, "object-damaged", fixture->receipts[1], TRUE);
        g_assert_cmpint(truncate(path, 0), ==, 0);
        assert_finding(fixture, "object-missing", fixture->receipts[1], TRUE);
        g_assert_cmpint(unlink(path), ==, 0);
        assert_finding(fixture, "object-missing", fixture->receipts[1], TRUE);
        g_assert_true(g_file_set_contents(path, saved, (gssize)n, NULL));
        assert_whole(fixture);
}

/* A row of version 1 has no digest of the file; what is unsealed is held against its own. */
static void test_old_rows(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = path_of(fixture, fixture->receipts[1]);
        struct stat status;

        sql(fixture, "UPDATE mail SET stored = NULL");
        assert_whole(fixture);
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpint(truncate(path, status.st_size / 2), ==, 0);
        assert_finding(fixture, "object-damaged", fixture->receipts[1], TRUE);
}

static void test_orphan(Fixture *fixture, gconstpointer data) {
        g_autofree char *receipt = mg_receipt_make(3, 700), *path = path_of(fixture, receipt);
        g_autofree char *name = g_path_get_basename(path);
        g_autofree char *aside = g_build_filename(fixture->store->dir, "state", "lost+found", name, NULL);

        g_assert_true(g_file_set_contents(path, "something", -1, NULL));
        assert_finding(fixture, "object-orphan", receipt, FALSE);
        g_assert_true(g_file_test(aside, G_FILE_TEST_IS_REGULAR));
}

/* Each column of mail that follows from the record, and the rows that hang on it. */
static void test_columns(Fixture *fixture, gconstpointer data) {
        static const char *const changes[] = {
                "queue_id = 'X'",     "sender = 'x@example.jp'", "client = ''",
                "outcome = 'failed'", "reply = '550 no'",        "reason = 'x'",
                "subject = '会議'",   "size = size + 1",         "sha256 = zeroblob(32)",
                "sha256 = x''",       "policy = x'01'",          "version = '9'",
                "bytes_out = 0",      "milliseconds = -1",       "time = time - 1",
        };
        static const char *const more[] = {
                "DELETE FROM recipient WHERE mail = 2",
                "DELETE FROM recipient WHERE mail = 2 AND address = 'c@example.jp'",
                "INSERT INTO recipient VALUES(2, 'd@example.jp')",
                "DELETE FROM part WHERE mail = 2",
                "UPDATE part SET name = 'x.exe' WHERE mail = 2",
                "UPDATE part SET sha256 = zeroblob(31) WHERE mail = 2",
                "INSERT INTO part SELECT 2, 7, path, kind, claimed, found, name, size, sha256, action, rule, reason"
                " FROM part WHERE mail = 1",
        };

        for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
                g_autofree char *text = g_strdup_printf("UPDATE mail SET %s WHERE id = 2", changes[i]);

                g_test_message("%s", changes[i]);
                sql(fixture, text);
                /* What the row says wrong of its object is found there as well; what is mended first is not. */
                if (g_str_has_prefix(changes[i], "size") || g_str_has_prefix(changes[i], "sha256")) {
                        g_autofree char *mended = g_strdup_printf("row-differs repaired %s\n", fixture->receipts[1]);
                        g_auto(Said) said = {0};

                        verify_offline(fixture->store->dir, 0, TRUE, &said);
                        assert_said(&said, mended);
                        assert_whole(fixture);
                } else {
                        assert_finding(fixture, "row-differs", fixture->receipts[1], FALSE);
                }
        }
        for (guint i = 0; i < G_N_ELEMENTS(more); i++) {
                g_test_message("%s", more[i]);
                sql(fixture, more[i]);
                assert_finding(fixture, "row-differs", fixture->receipts[1], FALSE);
        }
}

/* A receipt in a row that is another one's: the record says whose it is. */
static void test_receipt(Fixture *fixture, gconstpointer data) {
        g_autofree char *other = mg_receipt_make(3, 800);
        g_autofree char *text = g_strdup_printf("UPDATE mail SET receipt = '%s' WHERE id = 2", other);
        g_auto(Said) said = {0};

        sql(fixture, text);
        verify_offline(fixture->store->dir, 0, TRUE, &said);
        g_assert_true(g_str_has_prefix(said.lines->str, "row-differs repaired "));
        assert_whole(fixture);
        g_assert_cmpint(number_of(fixture, "SELECT count(DISTINCT receipt) FROM mail"), ==, MAILS);
}

static void test_record(Fixture *fixture, gconstpointer data) {
        sql(fixture, "UPDATE mail SET record = substr(record, 1, length(record) - 1) WHERE id = 3");
        assert_finding(fixture, "row-unreadable", fixture->receipts[2], TRUE);
        sql(fixture, "UPDATE mail SET record = x'' WHERE id = 3");
        assert_finding(fixture, "row-unreadable", fixture->receipts[2], TRUE);
}

static void test_tables(Fixture *fixture, gconstpointer data) {
        sql(fixture, "INSERT INTO recipient VALUES(99, 'x@example.jp')");
        assert_finding(fixture, "row-stranded", "recipient", FALSE);
        sql(fixture, "INSERT INTO token(hash, person, made, used, until) VALUES(zeroblob(32), 5, 0, 0, 0)");
        assert_finding(fixture, "row-stranded", "token", FALSE);
        sql(fixture, "UPDATE organization SET mails = mails + 1");
        assert_finding(fixture, "count-wrong", "organization", FALSE);
        sql(fixture, "UPDATE organization SET octets = 0");
        assert_finding(fixture, "count-wrong", "organization", FALSE);
}

/* Terms of a segment that no row has, of one that should have some, and of one that says it has none yet. */
static void test_search(Fixture *fixture, gconstpointer data) {
        sql(fixture, "INSERT INTO posting VALUES(0, 5, x'0100')");
        assert_finding(fixture, "search-wrong", "segment 0", FALSE);
        sql(fixture, "INSERT INTO posting VALUES(3, 5, x'0100')");
        assert_finding(fixture, "search-wrong", "segment 3", FALSE);
        sql(fixture, "DELETE FROM pending");
        assert_finding(fixture, "search-wrong", "segment 0", FALSE);
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM pending"), ==, 1);
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM posting"), ==, 0);
}

static void test_trail(Fixture *fixture, gconstpointer data) {
        sql(fixture, "UPDATE audit SET entry = replace(entry, 'gateway', 'root') WHERE number = 4");
        assert_finding(fixture, "trail-broken", "4", TRUE);
}

/* The page that a table or an index begins with. */
static guint64 root_of(const Fixture *fixture, const char *name) {
        g_autofree char *text = g_strdup_printf("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", name);

        return (guint64)number_of(fixture, text);
}

static void write_page(const Fixture *fixture, guint64 page, guint64 at, gconstpointer octets, gsize n) {
        guint64 size = (guint64)number_of(fixture, "PRAGMA page_size");
        mg_autofd fd = open(fixture->db, O_RDWR);

        g_assert_cmpint(pwrite(fd, octets, n, (off_t)((page - 1) * size + at)), ==, (gssize)n);
}

/* Of what can be made anew from the table: an index whose entries are not those of its rows. */
static void test_index_entries(Fixture *fixture, gconstpointer data) {
        guint64 size = (guint64)number_of(fixture, "PRAGMA page_size");
        g_auto(Said) looked = {0}, mended = {0}, online = {0};
        int status;

        /* The last octets of an index page are of its first entry: the time of a row. */
        write_page(fixture, root_of(fixture, "mail_queue_id"), size - 4, "ZZ", 2);
        verify_offline(fixture->store->dir, 0, FALSE, &looked);
        g_assert_true(g_str_has_prefix(looked.lines->str, "index-damaged possible index.db\n"));
        g_assert_cmpuint(looked.verdict.lost, ==, 0);
        /* A store that serves says so, too, and leaves it: mail would wait. */
        if (store_start(fixture->store, &status)) {
                verify_online(fixture->store, TRUE, &online);
                g_assert_true(g_str_has_prefix(online.lines->str, "index-damaged offline index.db\n"));
                g_assert_cmpint(store_drain(fixture->store), ==, 0);
        }
        verify_offline(fixture->store->dir, 0, TRUE, &mended);
        g_assert_true(g_str_has_prefix(mended.lines->str, "index-damaged repaired index.db\n"));
        assert_whole(fixture);
}

/* A page of the table: what was in it is lost, and the store does not start as if nothing had been. */
static void test_table_page(Fixture *fixture, gconstpointer data) {
        g_autofree char *noise = g_strnfill(2000, '\x5a');
        g_auto(Said) said = {0};
        int status;

        write_page(fixture, root_of(fixture, "mail"), 0, noise, 2000);
        verify_offline(fixture->store->dir, 0, TRUE, &said);
        g_assert_no_error(said.error);
        g_assert_nonnull(strstr(said.lines->str, "index-damaged lost"));
        g_assert_cmpuint(said.verdict.lost, >, 0);
        g_assert_false(store_start(fixture->store, &status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 10 + MG_ERROR_STORE);
}

static void test_no_database(Fixture *fixture, gconstpointer data) {
        g_auto(Said) said = {0};

        g_assert_true(g_file_set_contents(fixture->db, "this is no database, and was never one, you may believe it", -1,
                                          NULL));
        verify_offline(fixture->store->dir, 0, TRUE, &said);
        assert_said(&said, "index-damaged lost index.db\n");
}

/* A disk that is full or cannot be written: said, and nobody's loss. */
static void test_disk(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-verify-XXXXXX", NULL), *receipt = NULL;
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
        g_auto(Said) full = {0}, read_only = {0}, whole = {0};
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = NULL;
        int status;

        if (mount("tmpfs", dir, "tmpfs", 0, "size=8m") < 0) {
                rmdir(dir);
                g_test_skip("a disk can be mounted by root only");
                return;
        }
        store = store_new_at(dir);
        receipt = put_mail(store->socket, envelope, "text", 4, NULL);
        g_assert_nonnull(receipt);
        g_assert_cmpint(store_drain(store), ==, 0);
        verify_offline(dir, 1ull << 40, FALSE, &full);
        assert_said(&full, "disk-full possible state_dir\n");
        g_assert_cmpint(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
        verify_offline(dir, 0, FALSE, &read_only);
        g_assert_nonnull(read_only.error);
        g_assert_nonnull(strstr(read_only.error->message, "ead-only"));
        g_assert_false(store_start(store, &status));
        g_assert_cmpint(mount(NULL, dir, NULL, MS_REMOUNT, NULL), ==, 0);
        verify_offline(dir, 0, FALSE, &whole);
        assert_said(&whole, "");
        store_free(g_steal_pointer(&store));
        umount(dir);
        rmdir(dir);
}

/* The same under a store that serves: mail is refused with an error that says so, what was kept stays, and when there
 * is room mail is taken. */
static void test_disk_online(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-verify-XXXXXX", NULL),
                        *state = g_build_filename(dir, "state", NULL);
        g_autofree char *ballast = g_build_filename(state, "ballast", NULL), *noise = g_malloc(7800000);
        g_autofree char *first = NULL, *second = NULL;
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = NULL;
        g_auto(Said) said = {0};

        g_assert_cmpint(mkdir(state, 0700), ==, 0);
        if (mount("tmpfs", state, "tmpfs", 0, "size=8m") < 0) {
                remove_tree(dir);
                g_test_skip("a disk can be mounted by root only");
                return;
        }
        g_setenv("MUGAI_TEST_RESERVE", "1000000", TRUE);
        store = store_new_at(dir);
        g_unsetenv("MUGAI_TEST_RESERVE");
        first = put_mail(store->socket, envelope, "text", 4, NULL);
        g_assert_nonnull(first);
        for (gsize i = 0; i < 7800000; i++)
                noise[i] = (char)(i * i >> 7);
        g_assert_true(g_file_set_contents(ballast, noise, 7400000, NULL));
        second = put_mail(store->socket, envelope, noise, 500000, &error);
        g_assert_null(second);
        g_assert_error(error, MG_ERROR, MG_ERROR_FULL);
        g_clear_error(&error);
        verify_online(store, FALSE, &said);
        g_assert_cmpint(unlink(ballast), ==, 0);
        g_assert_true(said.error || g_str_equal(said.lines->str, "disk-full possible state_dir\n"));
        second = put_mail(store->socket, envelope, "another", 7, &error);
        g_assert_no_error(error);
        g_assert_true(original_is(store->socket, first, "text", 4, NULL));
        g_assert_true(original_is(store->socket, second, "another", 7, NULL));
        store_free(g_steal_pointer(&store));
        umount(state);
        remove_tree(dir);
}

/* The N-th sync of a mail fails with EIO, for every N: whatever became of the mail, nothing is lost, and what is left
 * over is mended. */
static void test_failing_sync(void) {
        Shared *shared = store_shared();
        gboolean fired = TRUE;
        gint nth;

        for (nth = 1; fired; nth++) {
                g_autoptr(Store) store = store_new();
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
                g_autofree char *before = put_mail(store->socket, envelope, "before", 6, NULL), *mail = NULL;
                g_auto(Said) online = {0}, offline = {0};
                gint base = g_atomic_int_get(&shared->syncs);

                g_assert_nonnull(before);
                g_atomic_int_set(&shared->fail_at, base + nth);
                mail = put_mail(store->socket, envelope, "text", 4, NULL);
                fired = g_atomic_int_get(&shared->syncs) >= base + nth;
                g_atomic_int_set(&shared->fail_at, 0);
                g_assert_cmpint(mail != NULL, ==, !fired);
                verify_online(store, TRUE, &online);
                g_assert_no_error(online.error);
                g_assert_cmpuint(online.verdict.lost, ==, 0);
                g_assert_cmpint(store_drain(store), ==, 0);
                verify_offline(store->dir, 0, FALSE, &offline);
                assert_said(&offline, "");
                g_assert_cmpint(nth, <, 10);
        }
        g_assert_cmpint(nth, >, 2);
}

typedef struct Putter {
        const char *socket;
        gint *stop;
        guint number;
        guint mails;
        GThread *thread;
} Putter;

static gpointer put_mails(gpointer data) {
        Putter *putter = data;

        while (!g_atomic_int_get(putter->stop)) {
                g_autofree char *text = g_strdup_printf("%u-%u", putter->number, putter->mails++ / 2);
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
                g_autofree char *receipt = put_mail(putter->socket, envelope, text, strlen(text), NULL);

                g_assert_nonnull(receipt);
        }
        return NULL;
}

/* Mail comes, and comes again, while the store is looked through: nothing is found, and nothing is taken away. */
static void test_flow(Fixture *fixture, gconstpointer data) {
        Putter putters[4];
        gint stop = 0;
        guint mails = 0, rounds;
        int status;

        g_assert_true(store_start(fixture->store, &status));
        for (guint i = 0; i < G_N_ELEMENTS(putters); i++) {
                putters[i] = (Putter){.socket = fixture->store->socket, .stop = &stop, .number = i};
                putters[i].thread = g_thread_new("putter", put_mails, &putters[i]);
        }
        for (rounds = 0; rounds < 10; rounds++) {
                g_auto(Said) said = {0};

                verify_online(fixture->store, TRUE, &said);
                assert_said(&said, "");
        }
        g_atomic_int_set(&stop, 1);
        for (guint i = 0; i < G_N_ELEMENTS(putters); i++) {
                g_thread_join(putters[i].thread);
                mails += putters[i].mails;
        }
        g_test_message("%u mails during %u rounds", mails, rounds);
        g_assert_cmpint(store_drain(fixture->store), ==, 0);
        assert_whole(fixture);
}

/* Who asked goes away: the store goes on. */
static void test_gone(Fixture *fixture, gconstpointer data) {
        const MgAsker asker = {.socket_path = fixture->store->socket};
        g_auto(Said) said = {0};
        int status;

        g_assert_true(store_start(fixture->store, &status));
        for (guint i = 0; i < 10; i++) {
                mg_autofd sock = mg_upkeep_ask(&asker, TRUE, NULL);

                g_assert_cmpint(sock, >=, 0);
        }
        verify_online(fixture->store, FALSE, &said);
        assert_said(&said, "");
        g_assert_cmpint(store_drain(fixture->store), ==, 0);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(Fixture *fixture, gconstpointer data);
                gboolean sealed;
        } rows[] = {{"whole", test_whole, TRUE},
                    {"busy", test_busy, FALSE},
                    {"object-bits", test_object_bits, TRUE},
                    {"objects", test_objects, TRUE},
                    {"old-rows", test_old_rows, TRUE},
                    {"orphan", test_orphan, TRUE},
                    {"columns", test_columns, FALSE},
                    {"receipt", test_receipt, FALSE},
                    {"record", test_record, FALSE},
                    {"tables", test_tables, FALSE},
                    {"search", test_search, FALSE},
                    {"trail", test_trail, FALSE},
                    {"index-entries", test_index_entries, FALSE},
                    {"table-page", test_table_page, FALSE},
                    {"no-database", test_no_database, FALSE},
                    {"flow", test_flow, TRUE},
                    {"gone", test_gone, FALSE}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/store/verify/", rows[i].name, NULL);
                g_autofree char *sealed = g_strconcat(name, "/sealed", NULL);

                g_test_add(name, Fixture, NULL, set_up, rows[i].func, tear_down);
                if (rows[i].sealed)
                        g_test_add(sealed, Fixture, "sealed", set_up, rows[i].func, tear_down);
        }
        g_test_add_func("/store/verify/disk", test_disk);
        g_test_add_func("/store/verify/failing-sync", test_failing_sync);
        g_test_add_func("/store/verify/disk-online", test_disk_online);
        return g_test_run();
}
