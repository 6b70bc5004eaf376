/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store is destroyed under load and made again of a backup that was written meanwhile: what was acknowledged before
 * the backup began is there once, and no receipt that was ever given out is given out again.
 */
#include "harness.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/audit_check.h"
#include "base/audit_client.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"
#include "base/receipt.h"
#include "config/organization.h"
#include "store/restore.h"
#include "store/upkeep.h"

#define PUTTERS 4
#define DAY 86400

static void hear_progress(const MgProgress *progress, gpointer data) {
}

static const MgUpkeepFuncs funcs = {.progress = hear_progress};

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static char *put(const Store *store, guint number, gint64 time, GError **error) {
        g_autofree char *text = g_strdup_printf("mail %u", number), *id = g_strdup_printf("Q%u", number);
        g_autoptr(MgEnvelope) envelope = envelope_of(id, "a@example.jp", "b@example.jp", time);

        return put_mail(store->socket, envelope, text, strlen(text), error);
}

static gboolean is_kept(const Store *store, const char *receipt, guint number) {
        g_autofree char *text = g_strdup_printf("mail %u", number);

        return original_is(store->socket, receipt, text, strlen(text), NULL);
}

static char *folder_of(const Store *store, const char *name) {
        return g_build_filename(store->dir, name, NULL);
}

static gboolean back_up(const Store *store, const char *folder, MgBackupSummary *summary, GError **error) {
        const MgAsker asker = {.socket_path = store->socket};
        mg_autofd fd = -1;

        mkdir(folder, 0700);
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        return mg_upkeep_backup(&asker, fd, &funcs, NULL, summary, error);
}

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

static gboolean restore(const Store *store, const char *folder, gint64 after, MgRestoreSummary *summary,
                        GError **error) {
        g_autofree char *state = folder_of(store, "state");
        g_autoptr(MgOrganizations) organizations = mg_organizations_new();
        g_autoptr(MgTerms) terms = mg_terms_new(organizations, NULL);
        mg_autofd fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Offline offline = {.settings = {.state_dir = state, .terms = terms}};
        GThread *thread;
        gboolean well;
        int pair[2];

        mg_organizations_get(organizations, 0)->retention = 30;
        mg_organizations_get(organizations, 0)->retention_failed = 30;
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        offline.sock = pair[1];
        thread = g_thread_new("offline", serve_offline, &offline);
        well = mg_upkeep_restore(pair[0], fd, after, &funcs, NULL, summary, error);
        close(pair[0]);
        g_thread_join(thread);
        return well;
}

static void destroy(Store *store) {
        g_autofree char *state = folder_of(store, "state");

        if (store->pid > 0)
                store_kill(store);
        remove_tree(state);
}

static void count_finding(const MgFinding *finding, gpointer data) {
        g_test_message("%s %s: %s", mg_flaw_name(finding->flaw), finding->subject, finding->detail);
}

/* Whole, as the store that runs sees itself. */
static void assert_whole(const Store *store, guint64 mails) {
        const MgUpkeepFuncs all = {count_finding, hear_progress};
        const MgAsker asker = {.socket_path = store->socket};
        g_autoptr(GError) error = NULL;
        mg_autofd sock = mg_upkeep_ask(&asker, FALSE, &error);
        MgVerdict verdict = {0};

        g_assert_true(sock >= 0 && mg_upkeep_hear(sock, &all, NULL, &verdict, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(verdict.found, ==, 0);
        g_assert_cmpuint(verdict.objects, ==, mails);
}

static gint64 number_of(const Store *store, const char *text) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        sqlite3_stmt *statement;
        gint64 number;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        sqlite3_busy_timeout(db, 10000);
        g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
        number = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return number;
}

static void sql(const Store *store, const char *text) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        char *fault = NULL;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        sqlite3_busy_timeout(db, 10000);
        sqlite3_exec(db, text, NULL, NULL, &fault);
        g_assert_cmpstr(fault, ==, NULL);
        sqlite3_close(db);
}

static void test_round_trip(gconstpointer sealed) {
        g_autoptr(Store) store = store_new_kind(sealed != NULL);
        g_autofree char *folder = folder_of(store, "backup");
        char *receipts[5] = {NULL};
        MgBackupSummary backup = {0}, again = {0};
        MgRestoreSummary restored = {0};
        g_autoptr(GError) error = NULL;
        g_autofree char *next = NULL;
        int status;

        for (guint i = 0; i < 5; i++)
                receipts[i] = put(store, i, now(), NULL);
        g_assert_true(back_up(store, folder, &backup, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(backup.objects, ==, 5);
        g_assert_cmpuint(backup.copied, ==, 5);
        g_assert_cmpuint(backup.left_out, ==, 0);
        g_assert_true(back_up(store, folder, &again, &error));
        g_assert_cmpuint(again.copied, ==, 0);
        g_assert_cmpuint(again.removed, ==, 0);
        destroy(store);
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(restored.objects, ==, 5);
        g_assert_cmpuint(restored.erased + restored.left_out + restored.unknown, ==, 0);
        g_assert_true(store_start(store, &status));
        for (guint i = 0; i < 5; i++)
                g_assert_true(is_kept(store, receipts[i], i));
        assert_whole(store, 5);
        next = put(store, 5, now(), NULL);
        g_assert_cmpint(mg_receipt_serial(next), ==, restored.serial);
        g_assert_cmpint(restored.serial, >=, 5 + MG_RESTORE_SERIALS);
        g_assert_cmpint(number_of(store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"act\":\"restored\"%'"), ==,
                        1);
        for (guint i = 0; i < 5; i++)
                g_free(receipts[i]);
}

/* A mail that a sender was told is safe, and when. */
typedef struct Mail {
        guint number;
        char *receipt;
} Mail;

typedef struct Putter {
        Store *store;
        guint number;
        gint *stop;
        GMutex *mutex;
        GArray *mails; /* of Mail, in the order of their DONE; under the mutex */
        GThread *thread;
} Putter;

static gpointer put_mails(gpointer data) {
        Putter *putter = data;

        for (guint i = 0; !g_atomic_int_get(putter->stop); i++) {
                Mail mail = {.number = putter->number * 1000000 + i};

                mail.receipt = put(putter->store, mail.number, now(), NULL);
                if (!mail.receipt) {
                        g_usleep(2000);
                        continue;
                }
                g_mutex_lock(putter->mutex);
                g_array_append_val(putter->mails, mail);
                g_mutex_unlock(putter->mutex);
        }
        return NULL;
}

static guint count_mails(GMutex *mutex, const GArray *mails) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(mutex);

        return mails->len;
}

static void wait_mails(GMutex *mutex, const GArray *mails, guint n) {
        for (guint i = 0; i < 6000 && count_mails(mutex, mails) < n; i++)
                g_usleep(10000);
        g_assert_cmpuint(count_mails(mutex, mails), >=, n);
}

/* Each of the first n is there, once. */
static void check_mails(const Store *store, const GArray *mails, guint n) {
        for (guint i = 0; i < n; i++) {
                const Mail *mail = &g_array_index(mails, Mail, i);

                g_assert_true(is_kept(store, mail->receipt, mail->number));
        }
        g_assert_cmpint(number_of(store, "SELECT count(*) - count(DISTINCT queue_id) FROM mail"), ==, 0);
        g_assert_cmpint(number_of(store, "SELECT count(*) FROM mail"), >=, n);
}

static void run_putters(Putter putters[PUTTERS], Store *store, gint *stop, GMutex *mutex, GArray *mails, guint from) {
        g_atomic_int_set(stop, 0);
        for (guint i = 0; i < PUTTERS; i++) {
                putters[i] = (Putter){store, from + i, stop, mutex, mails, NULL};
                putters[i].thread = g_thread_new("putter", put_mails, &putters[i]);
        }
}

static void stop_putters(Putter putters[PUTTERS], gint *stop) {
        g_atomic_int_set(stop, 1);
        for (guint i = 0; i < PUTTERS; i++)
                g_thread_join(putters[i].thread);
}

static void test_destroyed(gconstpointer sealed) {
        g_autoptr(Store) store = store_new_kind(sealed != NULL);
        g_autofree char *folder = folder_of(store, "backup");
        g_autoptr(GHashTable) given = g_hash_table_new(g_str_hash, g_str_equal);
        GArray *mails = g_array_new(FALSE, FALSE, sizeof(Mail));
        Putter putters[PUTTERS];
        guint before, all, rounds;
        GMutex mutex;
        gint stop = 0;
        int status;

        g_mutex_init(&mutex);
        for (rounds = 0, all = 0; rounds < 3; rounds++) {
                MgRestoreSummary restored = {0};
                MgBackupSummary backup = {0};
                g_autoptr(GError) error = NULL;
                guint first = all;

                run_putters(putters, store, &stop, &mutex, mails, rounds * PUTTERS);
                wait_mails(&mutex, mails, first + 20);
                before = count_mails(&mutex, mails);
                g_assert_true(back_up(store, folder, &backup, &error));
                wait_mails(&mutex, mails, count_mails(&mutex, mails) + 10);
                destroy(store);
                stop_putters(putters, &stop);
                all = mails->len;
                g_assert_true(restore(store, folder, -1, &restored, &error));
                g_assert_no_error(error);
                g_assert_cmpuint(restored.left_out, ==, 0);
                g_assert_true(store_start(store, &status));
                /* Of this round: what came after an earlier backup is gone, as it must be. */
                for (guint i = first; i < before; i++) {
                        const Mail *mail = &g_array_index(mails, Mail, i);

                        g_assert_true(is_kept(store, mail->receipt, mail->number));
                }
                check_mails(store, mails, 0);
                assert_whole(store, restored.objects);
        }
        /* A receipt names one mail for ever, whether it is there still or not. */
        for (guint i = 0; i < mails->len; i++)
                g_assert_true(g_hash_table_add(given, g_array_index(mails, Mail, i).receipt));
        g_test_message("%u mails, %u destructions", mails->len, rounds);
        for (guint i = 0; i < mails->len; i++)
                g_free(g_array_index(mails, Mail, i).receipt);
        g_array_unref(mails);
        g_mutex_clear(&mutex);
}

/* The store is killed while it writes a backup, at any moment: the folder has one that is whole, the new or the old. */
static gpointer back_up_later(gpointer data) {
        Store *store = data;
        g_autofree char *folder = folder_of(store, "backup");
        MgBackupSummary summary;

        back_up(store, folder, &summary, NULL);
        return NULL;
}

static void test_cut_off(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *first = put(store, 0, now(), NULL);
        MgRestoreSummary restored = {0};
        MgBackupSummary summary;
        g_autoptr(GError) error = NULL;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        for (guint i = 1; i <= 20; i++) {
                g_autofree char *receipt = put(store, i, now(), NULL);
                GThread *thread = g_thread_new("backup", back_up_later, store);

                g_assert_nonnull(receipt);
                g_usleep((gulong)g_test_rand_int_range(0, 40000));
                store_kill(store);
                g_thread_join(thread);
                g_assert_true(store_start(store, &status));
        }
        destroy(store);
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(restored.left_out, ==, 0);
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, first, 0));
        g_test_message("%" G_GUINT64_FORMAT " of 21 mails in the last whole backup", restored.objects);
        assert_whole(store, restored.objects);
}

/*
 * The N-th sync of a backup fails with EIO, for every N: it says so, and the backup before it is whole. One is SQLite's
 * alone: whether the name of the copy beside the index is durable is nobody's concern, since it goes away.
 */
static void test_failing_sync(void) {
        Shared *shared = store_shared();
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *first = put(store, 0, now(), NULL), *second = NULL;
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        gboolean fired = TRUE;
        guint said = 0, silent = 0;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        second = put(store, 1, now(), NULL);
        for (gint nth = 1; fired; nth++) {
                gint base = g_atomic_int_get(&shared->syncs);
                gboolean well;

                g_atomic_int_set(&shared->fail_at, base + nth);
                well = back_up(store, folder, &summary, NULL);
                fired = g_atomic_int_get(&shared->syncs) >= base + nth;
                g_atomic_int_set(&shared->fail_at, 0);
                g_assert_true(well || fired);
                said += !well;
                silent += well && fired;
                g_assert_cmpint(nth, <, 20);
        }
        g_assert_cmpuint(said, >=, 4);
        g_assert_cmpuint(silent, <=, 1);
        destroy(store);
        g_assert_true(restore(store, folder, -1, &restored, NULL));
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, first, 0));
        g_assert_true(is_kept(store, second, 1));
        assert_whole(store, 2);
}

static guint files_in(const char *folder) {
        g_autofree char *objects = g_build_filename(folder, "objects", "00000", NULL);
        g_autoptr(GDir) dir = g_dir_open(objects, 0, NULL);
        guint n = 0;

        while (dir && g_dir_read_name(dir))
                n++;
        return n;
}

/* What was erased here does not live on in the backup: neither the original nor the index that named it. */
static void test_erased(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *one = put(store, 0, now(), NULL),
                        *other = put(store, 1, now(), NULL);
        g_autoptr(GDir) dir = NULL;
        MgBackupSummary summary = {0};
        guint indexes = 0;

        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_cmpuint(files_in(folder), ==, 2);
        sql(store, "PRAGMA foreign_keys = ON; DELETE FROM mail WHERE queue_id = 'Q0'");
        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_cmpuint(summary.removed, ==, 1);
        g_assert_cmpuint(files_in(folder), ==, 1);
        dir = g_dir_open(folder, 0, NULL);
        for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir))
                indexes += g_str_has_prefix(name, "index-");
        g_assert_cmpuint(indexes, ==, 1);
        g_assert_true(is_kept(store, other, 1));
        g_assert_nonnull(one);
}

/* A backup that is older than what may be kept: the rest is erased before anything serves. */
static void test_expiry(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *old = put(store, 0, now() - 40 * DAY, NULL),
                        *young = put(store, 1, now() - 20 * DAY, NULL);
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        const MgAsker asker = {.socket_path = store->socket};
        g_autoptr(MgRecord) none = NULL;
        g_autoptr(GError) error = NULL;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_cmpuint(summary.objects, ==, 2);
        destroy(store);
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(restored.erased, ==, 1);
        g_assert_cmpuint(restored.objects, ==, 1);
        g_assert_cmpuint(count_objects(store), ==, 1);
        g_assert_true(store_start(store, &status));
        none = mg_store_show(&asker, old, &error);
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
        g_assert_true(is_kept(store, young, 1));
        assert_whole(store, 1);
}

/* What may have happened after the backup: requests, tokens, numbers. */
static void test_since(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *mail = put(store, 0, now(), NULL), *next = NULL;
        g_autofree char *known = mg_receipt_make(3, 5000000);
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        int status;

        sql(store, "INSERT INTO person(number, login, name, organization, scope, duties, made)"
                   " VALUES(1, 'a', 'x', '', '', 1, 0);"
                   "INSERT INTO token(hash, person, made, used, until) VALUES(zeroblob(32), 1, 0, 0, 99999999999);"
                   "INSERT INTO request(number, receipt, organization, person, state, needed, made, reason) VALUES"
                   "(7, '1', '', 1, 'waiting', 1, 0, ''), (8, '1', '', 1, 'approved', 1, 0, ''),"
                   "(9, '1', '', 1, 'handed-over', 1, 0, ''), (10, '1', '', 1, 'released', 1, 0, '');"
                   "INSERT INTO sqlite_sequence(name, seq) VALUES('letter', 4)");
        g_assert_true(back_up(store, folder, &summary, NULL));
        destroy(store);
        g_assert_true(restore(store, folder, mg_receipt_serial(known), &restored, NULL));
        g_assert_cmpuint(restored.unknown, ==, 2);
        g_assert_cmpint(number_of(store, "SELECT count(*) FROM request WHERE state = 'unknown'"), ==, 2);
        g_assert_cmpint(number_of(store, "SELECT count(*) FROM request WHERE state IN ('waiting', 'released')"), ==, 2);
        g_assert_cmpint(number_of(store, "SELECT count(*) FROM token"), ==, 0);
        g_assert_cmpint(number_of(store, "SELECT seq FROM sqlite_sequence WHERE name = 'request'"), ==,
                        10 + MG_RESTORE_NUMBERS);
        /* One letter was there and none is: the next has no number that another one had. */
        g_assert_cmpint(number_of(store, "SELECT seq FROM sqlite_sequence WHERE name = 'letter'"), ==,
                        4 + MG_RESTORE_NUMBERS);
        g_assert_cmpint(number_of(store, "SELECT seq FROM sqlite_sequence WHERE name = 'person'"), ==,
                        1 + MG_RESTORE_NUMBERS);
        g_assert_true(store_start(store, &status));
        next = put(store, 1, now(), NULL);
        g_assert_cmpint(mg_receipt_serial(next), ==, 5000000 + MG_RESTORE_SERIALS + 1);
        g_assert_nonnull(mail);
}

static void flip(const char *folder, const char *name, guint64 bit) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        mg_autofd fd = open(path, O_RDWR);
        guint8 octet;

        g_assert_cmpint(pread(fd, &octet, 1, (off_t)(bit / 8)), ==, 1);
        octet ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(pwrite(fd, &octet, 1, (off_t)(bit / 8)), ==, 1);
}

static char *find_in(const char *folder, const char *prefix) {
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

        for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir))
                if (g_str_has_prefix(name, prefix))
                        return g_strdup(name);
        g_assert_not_reached();
}

/* A backup of which something rotted: the manifest and the index are refused, an original is left out and said. */
static void test_rotten(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *one = put(store, 0, now(), NULL),
                        *other = put(store, 1, now(), NULL);
        g_autofree char *object = g_strdup_printf("objects/00000/%s.zst", one), *index = NULL, *manifest = NULL;
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        g_autoptr(GError) error = NULL;
        gsize n;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        destroy(store);
        index = find_in(folder, "index-");
        manifest = g_build_filename(folder, "manifest", NULL);
        {
                g_autofree char *text = NULL;

                g_assert_true(g_file_get_contents(manifest, &text, &n, NULL));
        }
        for (guint64 bit = 0; bit < n * 8; bit += 7) {
                flip(folder, "manifest", bit);
                g_assert_false(restore(store, folder, -1, &restored, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
                g_clear_error(&error);
                flip(folder, "manifest", bit);
        }
        flip(folder, index, 40000);
        g_assert_false(restore(store, folder, -1, &restored, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        g_clear_error(&error);
        flip(folder, index, 40000);
        flip(folder, object, 99);
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(restored.left_out, ==, 1);
        g_assert_cmpuint(restored.objects, ==, 1);
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, other, 1));
        g_assert_false(is_kept(store, one, 0));
}

/* A damaged original is not written over a whole one that the backup has. */
static void test_damaged(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *state = folder_of(store, "state"),
                        *one = put(store, 0, now(), NULL), *other = NULL;
        g_autofree char *object = g_strdup_printf("objects/00000/%s.zst", one), *second = NULL;
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        other = put(store, 1, now(), NULL);
        second = g_strdup_printf("objects/00000/%s.zst", other);
        flip(state, object, 50);
        flip(state, second, 50);
        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_cmpuint(summary.left_out, ==, 1);
        destroy(store);
        g_assert_true(restore(store, folder, -1, &restored, NULL));
        g_assert_cmpuint(restored.objects, ==, 1);
        g_assert_cmpuint(restored.left_out, ==, 1);
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, one, 0));
}

/* An original that shrinks while it is copied is left out, and the store lives on. */
static void test_shrinking(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *state = folder_of(store, "state"),
                        *one = put(store, 0, now(), NULL), *next = NULL;
        g_autofree char *path = g_strdup_printf("%s/objects/00000/%s.zst", state, one);
        Cutter *cutter = cutter_start(path, 32 << 20);
        MgBackupSummary summary = {0};
        g_autoptr(GError) error = NULL;

        for (guint i = 0; i < 20; i++) {
                g_assert_true(back_up(store, folder, &summary, &error));
                g_assert_no_error(error);
                g_assert_cmpuint(summary.left_out, ==, 1);
        }
        cutter_end(cutter);
        next = put(store, 1, now(), NULL);
        g_assert_true(is_kept(store, next, 1));
}

/* An original that cannot be read is damaged: left out, not handed out, and named by who looks through the store. */
static void test_unreadable(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *state = folder_of(store, "state"),
                        *one = put(store, 0, now(), NULL), *other = put(store, 1, now(), NULL);
        g_autofree char *path = g_strdup_printf("%s/objects/00000/%s.zst", state, one),
                        *in_it = g_build_filename(path, "x", NULL);
        const MgUpkeepFuncs all = {count_finding, hear_progress};
        const MgAsker asker = {.socket_path = store->socket};
        mg_autofd sock = -1;
        MgBackupSummary summary = {0};
        MgVerdict verdict = {0};
        g_autoptr(GError) error = NULL;

        /* A folder can be opened as a file can, and fails when it is read. */
        g_assert_cmpint(unlink(path), ==, 0);
        g_assert_cmpint(g_mkdir_with_parents(in_it, 0700), ==, 0);
        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_cmpuint(summary.left_out, ==, 1);
        g_assert_false(original_is(store->socket, one, "mail 0", 6, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        g_clear_error(&error);
        sock = mg_upkeep_ask(&asker, FALSE, &error);
        g_assert_true(sock >= 0 && mg_upkeep_hear(sock, &all, NULL, &verdict, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(verdict.lost, ==, 1);
        g_assert_cmpuint(verdict.found, ==, 1);
        g_assert_true(is_kept(store, other, 1));
}

/* A backup that waits until somebody reads what stands where its manifest is to be written. */
typedef struct Stuck {
        char *fifo;
        char *copy; /* of the index, beside it */
        GThread *thread;
} Stuck;

static gboolean is_file(const char *path) {
        return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void get_stuck(Stuck *stuck, Store *store) {
        g_autofree char *folder = folder_of(store, "backup");

        stuck->fifo = g_build_filename(folder, "manifest.new", NULL);
        stuck->copy = g_build_filename(store->dir, "state", "backup.db", NULL);
        g_assert_cmpint(mkdir(folder, 0700), ==, 0);
        g_assert_cmpint(mkfifo(stuck->fifo, 0600), ==, 0);
        stuck->thread = g_thread_new("backup", back_up_later, store);
        for (guint i = 0; i < 6000 && !is_file(stuck->copy); i++)
                g_usleep(10000);
        g_assert_true(is_file(stuck->copy));
}

static void stuck_clear(Stuck *stuck) {
        mg_autofd reader = open(stuck->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        g_assert_cmpint(unlink(stuck->fifo), ==, 0);
        g_thread_join(stuck->thread);
        g_free(stuck->fifo);
        g_free(stuck->copy);
}

/* Two at once would write over each other's copy of the index: the second is told so, and the next one is taken. */
static void test_two(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *other = folder_of(store, "other"), *receipt = put(store, 0, now(), NULL);
        MgBackupSummary summary = {0};
        g_autoptr(GError) error = NULL;
        Stuck stuck;

        get_stuck(&stuck, store);
        for (guint i = 0; i < 2; i++) {
                g_assert_false(back_up(store, other, &summary, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_TIMEOUT);
                g_assert_nonnull(strstr(error->message, "another backup"));
                g_clear_error(&error);
        }
        g_assert_true(is_kept(store, receipt, 0));
        stuck_clear(&stuck);
        g_assert_true(back_up(store, other, &summary, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(summary.copied, ==, 1);
}

/* A copy of the index that a dead store has left would keep rows that are erased. */
static void test_leavings(void) {
        static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = put(store, 0, now(), NULL);
        Stuck stuck;
        int status;

        get_stuck(&stuck, store);
        store_kill(store);
        for (guint i = 1; i < G_N_ELEMENTS(suffixes); i++) {
                g_autofree char *path = g_strconcat(stuck.copy, suffixes[i], NULL);

                g_assert_true(g_file_set_contents(path, "row", 3, NULL));
        }
        g_assert_true(is_file(stuck.copy));
        g_assert_true(store_start(store, &status));
        for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
                g_autofree char *path = g_strconcat(stuck.copy, suffixes[i], NULL);

                g_assert_false(is_file(path));
        }
        g_assert_true(is_kept(store, receipt, 0));
        stuck_clear(&stuck);
}

/* Nothing is restored over a store, beside one that runs, or out of a folder that is no backup. */
static void test_refused(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *receipt = put(store, 0, now(), NULL),
                        *empty = folder_of(store, "empty");
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        g_autoptr(GError) error = NULL;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        g_assert_false(restore(store, folder, -1, &restored, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_TIMEOUT);
        g_clear_error(&error);
        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_false(restore(store, folder, -1, &restored, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        g_clear_error(&error);
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, receipt, 0));
        destroy(store);
        g_assert_cmpint(mkdir(empty, 0700), ==, 0);
        g_assert_false(restore(store, empty, -1, &restored, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
        g_clear_error(&error);
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
}

/* A restore that was cut off is no store, and the next one begins anew. */
static void test_restore_cut_off(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *folder = folder_of(store, "backup"), *receipt = put(store, 0, now(), NULL),
                        *objects = g_build_filename(store->dir, "state", "objects.restore", "00000", NULL),
                        *index = g_build_filename(store->dir, "state", "index.db.restore", NULL),
                        *some = g_build_filename(objects, "3000000001.zst", NULL);
        MgRestoreSummary restored = {0};
        MgBackupSummary summary = {0};
        g_autoptr(GError) error = NULL;
        int status;

        g_assert_true(back_up(store, folder, &summary, NULL));
        destroy(store);
        g_assert_cmpint(g_mkdir_with_parents(objects, 0700), ==, 0);
        g_assert_true(g_file_set_contents(index, "half", -1, NULL));
        g_assert_true(g_file_set_contents(some, "half", -1, NULL));
        g_assert_true(restore(store, folder, -1, &restored, &error));
        g_assert_no_error(error);
        g_assert_true(store_start(store, &status));
        g_assert_true(is_kept(store, receipt, 0));
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_data_func("/store/backup/round-trip", NULL, test_round_trip);
        g_test_add_data_func("/store/backup/round-trip/sealed", "sealed", test_round_trip);
        g_test_add_data_func("/store/backup/destroyed", NULL, test_destroyed);
        g_test_add_data_func("/store/backup/destroyed/sealed", "sealed", test_destroyed);
        g_test_add_func("/store/backup/cut-off", test_cut_off);
        g_test_add_func("/store/backup/failing-sync", test_failing_sync);
        g_test_add_func("/store/backup/erased", test_erased);
        g_test_add_func("/store/backup/expiry", test_expiry);
        g_test_add_func("/store/backup/since", test_since);
        g_test_add_func("/store/backup/rotten", test_rotten);
        g_test_add_func("/store/backup/damaged", test_damaged);
        g_test_add_func("/store/backup/shrinking", test_shrinking);
        g_test_add_func("/store/backup/unreadable", test_unreadable);
        g_test_add_func("/store/backup/two", test_two);
        g_test_add_func("/store/backup/leavings", test_leavings);
        g_test_add_func("/store/backup/refused", test_refused);
        g_test_add_func("/store/backup/restore-cut-off", test_restore_cut_off);
        return g_test_run();
}
