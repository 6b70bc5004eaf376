/* SPDX-License-Identifier: Apache-2.0 */
/* The role as its clients, its supervisor and its disk see it. */
#include "harness.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"
#include "base/reading.h"
#include "base/receipt.h"

#define NOW 1700000000
#define SESSIONS 20

/* A mail of its own text, from a@ to b@. */
static char *put_text(const Store *store, const char *queue_id, const char *text, gint64 time, GError **error) {
        g_autoptr(MgEnvelope) envelope = envelope_of(queue_id, "a@example.jp", "b@example.jp", time);

        return put_mail(store->socket, envelope, text, strlen(text), error);
}

static gboolean text_is(const Store *store, const char *receipt, const char *text) {
        return original_is(store->socket, receipt, text, strlen(text), NULL);
}

static guint count_rows(const Store *store) {
        const MgQuery query = {.max = MG_QUERY_ROWS_MAX};
        g_autoptr(GPtrArray) rows = query_all(store->socket, &query);

        return rows->len;
}

/* Waits until a figure has a value: what a client that went away leaves is cleared away after it, not with it. */
static void wait_figure(Store *store, const char *name, gint64 value) {
        for (guint i = 0; i < 3000 && store_figure(store, name) != value; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, name), ==, value);
}

static void test_put(void) {
        static const gsize sizes[] = {0, 1, 100, 16384, 70000, 3000000};
        g_autoptr(Store) store = store_new();

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
                g_autofree char *data = g_malloc0(sizes[i] + 1), *receipt = NULL;
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
                g_autoptr(MgRecord) row = NULL;
                g_autoptr(GError) error = NULL;

                memset(data, (int)i, sizes[i]);
                receipt = put_mail(store->socket, envelope, data, sizes[i], &error);
                g_assert_no_error(error);
                g_assert_cmpint(receipt[0], ==, '3');
                g_assert_cmpuint(mg_receipt_serial(receipt), ==, i);
                g_assert_true(original_is(store->socket, receipt, data, sizes[i], &error));
                row = mg_store_show(&(MgAsker){store->socket}, receipt, &error);
                g_assert_no_error(error);
                g_assert_cmpstr(row->receipt, ==, receipt);
                g_assert_cmpuint(row->size, ==, sizes[i]);
                g_assert_cmpstr(mg_reading_value(row->reading, MG_FIELD_SUBJECT)->text, ==, "会議の資料");
        }
        g_assert_cmpint(store_figure(store, "converted"), ==, G_N_ELEMENTS(sizes));
        g_assert_cmpint(store_figure(store, "objects"), ==, G_N_ELEMENTS(sizes));
        g_assert_cmpint(store_figure(store, "in_flight"), ==, 0);
}

static void test_missing(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = mg_receipt_make(3, 1234);
        g_autoptr(GError) error = NULL;
        gboolean sealed;

        g_assert_null(mg_store_show(&(MgAsker){store->socket}, receipt, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
        g_clear_error(&error);
        g_assert_cmpint(mg_store_get(&(MgAsker){store->socket}, receipt, &sealed, &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
        g_clear_error(&error);
        g_assert_cmpint(mg_store_get(&(MgAsker){store->socket}, "' OR 1=1", &sealed, &error), ==, -1);
        g_assert_nonnull(error);
}

/* The retry rule: who, to whom, what and when decide; the queue id does not. */
static void test_retry(void) {
        static const struct {
                const char *from, *rcpts, *text;
                gint64 time;
                gboolean same;
        } rows[] = {
                {"a@example.jp", "b@example.jp,c@example.jp", "text", NOW, TRUE},
                {"a@example.jp", "c@example.jp,b@example.jp", "text", NOW + 86400, TRUE},
                {"a@example.jp", "b@example.jp", "text", NOW, FALSE},
                {"a@example.jp", "b@example.jp,c@example.jp,c@example.jp", "text", NOW, FALSE},
                {"", "b@example.jp,c@example.jp", "text", NOW, FALSE},
                {"a@example.jp", "b@example.jp,c@example.jp", "Text", NOW, FALSE},
                {"a@example.jpb@example.jp", "c@example.jp", "text", NOW, FALSE},
                {"a@example.jp", "b@example.jp,c@example.jp", "text", NOW + 86401, FALSE},
        };
        g_autoptr(Store) store = store_new();
        g_autofree char *first = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(GStrv) rcpts = g_strsplit(rows[i].rcpts, ",", 0);
                g_autofree char *receipt = NULL, *queue_id = g_strdup_printf("Q%u", i);
                g_autoptr(MgEnvelope) envelope = envelope_of(queue_id, rows[i].from, rcpts[0], rows[i].time);
                g_autoptr(GError) error = NULL;

                for (guint j = 1; rcpts[j]; j++)
                        g_ptr_array_add(envelope->rcpts, g_strdup(rcpts[j]));
                receipt = put_mail(store->socket, envelope, rows[i].text, 4, &error);
                g_assert_no_error(error);
                if (i == 0)
                        first = g_strdup(receipt);
                g_assert_cmpint(g_str_equal(receipt, first), ==, rows[i].same);
        }
        g_assert_cmpint(store_figure(store, "retries"), ==, 1);
        g_assert_cmpuint(count_rows(store), ==, G_N_ELEMENTS(rows) - 1);
        g_assert_cmpuint(count_objects(store), ==, G_N_ELEMENTS(rows) - 1);
}

typedef struct Putter {
        const Store *store;
        guint number;
        guint mails;
        gulong pause_us; /* on the average, between BEGIN and COMMIT: the worker's time */
        gulong think_us; /* on the average, between DONE and BEGIN: the SMTP session's time */
        gboolean same;
        char *receipt;
        GThread *thread;
} Putter;

/* Between nothing and twice that. */
static void sleep_about(GRand *rand, gulong us) {
        if (us > 0)
                g_usleep((gulong)g_rand_int_range(rand, 0, (gint32)(2 * us)));
}

/* Puts mails one after the other, as one SMTP session would. */
static gpointer put_mails(gpointer data) {
        Putter *putter = data;
        g_autoptr(GRand) rand = g_rand_new_with_seed(putter->number);

        for (guint i = 0; i < putter->mails; i++) {
                g_autofree char *text = g_strdup_printf("%u-%u", putter->same ? 0 : putter->number, i);
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
                g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
                mg_autofd original = original_of(text, strlen(text));
                g_autoptr(GError) error = NULL;
                mg_autofd sock = -1;

                g_clear_pointer(&putter->receipt, g_free);
                mg_store_begin(putter->store->socket, envelope, original, &sock, &putter->receipt, NULL, &error);
                g_assert_no_error(error);
                sleep_about(rand, putter->pause_us);
                mg_store_commit(sock, record, MG_STORE_COMMIT_MS, &error);
                g_assert_no_error(error);
                sleep_about(rand, putter->think_us);
        }
        return NULL;
}

static void run_putters(const Store *store, Putter putters[SESSIONS], const Putter *kind) {
        for (guint i = 0; i < SESSIONS; i++) {
                putters[i] = *kind;
                putters[i].store = store;
                putters[i].number = i;
                putters[i].thread = g_thread_new("putter", put_mails, &putters[i]);
        }
        for (guint i = 0; i < SESSIONS; i++)
                g_thread_join(putters[i].thread);
}

static void free_receipts(Putter putters[SESSIONS]) {
        for (guint i = 0; i < SESSIONS; i++)
                g_free(putters[i].receipt);
}

/* The same mail on many connections at once is one mail. */
static void test_same_at_once(void) {
        const Putter kind = {.mails = 1, .pause_us = 20000, .same = TRUE};
        g_autoptr(Store) store = store_new();
        Putter putters[SESSIONS];

        run_putters(store, putters, &kind);
        for (guint i = 1; i < SESSIONS; i++)
                g_assert_cmpstr(putters[i].receipt, ==, putters[0].receipt);
        g_assert_cmpuint(count_rows(store), ==, 1);
        g_assert_cmpuint(count_objects(store), ==, 1);
        g_assert_cmpint(store_figure(store, "retries"), ==, SESSIONS - 1);
        g_assert_true(text_is(store, putters[0].receipt, "0-0"));
        free_receipts(putters);
}

/* Group commit: at most 1.2 syncs a mail at 20 sessions, however long worker and SMTP take. */
static void check_syncs(gboolean sealed) {
        static const struct {
                guint mails;
                gulong pause_us, think_us;
        } rows[] = {{100, 0, 0},       {100, 1000, 0},     {40, 10000, 0},
                    {100, 1000, 1000}, {40, 20000, 20000}, {40, 5000, 20000}};
        Shared *shared = store_shared();

        /* What is sealed differs in nothing that a row could show: two of them do. */
        for (guint i = 0; i < G_N_ELEMENTS(rows); i += sealed ? 3 : 1) {
                const Putter kind = {
                        .mails = rows[i].mails, .pause_us = rows[i].pause_us, .think_us = rows[i].think_us};
                g_autoptr(Store) store = store_new_kind(sealed);
                gint64 begun = g_get_monotonic_time();
                guint mails = SESSIONS * rows[i].mails;
                Putter putters[SESSIONS];
                gint before = g_atomic_int_get(&shared->syncs), syncs;
                double seconds;

                run_putters(store, putters, &kind);
                seconds = (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
                syncs = g_atomic_int_get(&shared->syncs) - before;
                g_test_message(
                        "%u mails, %lu us to COMMIT, %lu us to BEGIN: %.3f syncs a mail, %.0f mails/s, batches of %.1f",
                        mails, rows[i].pause_us, rows[i].think_us, (double)syncs / mails, mails / seconds,
                        (double)mails / (double)store_figure(store, "batches"));

                g_assert_cmpint(syncs * 10, <=, (gint)mails * 12);
                g_assert_cmpuint(count_objects(store), ==, mails);
                free_receipts(putters);
        }
}

static void test_syncs(void) {
        check_syncs(FALSE);
}

static void test_syncs_sealed(void) {
        check_syncs(TRUE);
}

/* A client that goes away between BEGIN and COMMIT leaves nothing, unless another one has the same mail. */
static void test_gone_client(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
        g_autofree char *first = NULL, *second = NULL;
        guint8 sha256[32], wanted[32];
        mg_autofd original = original_of("text", 4);
        mg_autofd one = -1;
        mg_autofd other = -1;

        g_assert_true(mg_store_begin(store->socket, envelope, original, &one, &first, NULL, NULL));
        mg_fd_close(&one);
        wait_figure(store, "in_flight", 0);
        wait_figure(store, "connections", 0);
        g_assert_cmpuint(count_objects(store), ==, 0);
        g_assert_cmpuint(count_rows(store), ==, 0);

        g_clear_pointer(&first, g_free);
        g_assert_true(mg_store_begin(store->socket, envelope, original, &one, &first, NULL, NULL));
        g_assert_true(mg_store_begin(store->socket, envelope, original, &other, &second, sha256, NULL));
        mg_digest("text", 4, wanted);
        g_assert_cmpmem(sha256, sizeof sha256, wanted, sizeof wanted);
        g_assert_cmpstr(first, ==, second);
        mg_fd_close(&one);
        wait_figure(store, "connections", 1);
        g_assert_true(mg_store_commit(other, record, MG_STORE_COMMIT_MS, NULL));
        g_assert_true(text_is(store, second, "text"));
        g_assert_cmpuint(count_objects(store), ==, 1);
}

static void test_event(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(MgEnvelope) envelope = envelope_of("EV1", "a@example.jp", "b@example.jp", NOW);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_REFUSED);
        const MgQuery all = {0}, kept = {.kept_only = TRUE}, by_id = {.queue_id = "EV1"};
        g_autoptr(GPtrArray) rows = NULL, none = NULL, one = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_true(mg_store_event(store->socket, record, &error));
        g_assert_true(mg_store_event(store->socket, record, &error));
        g_assert_no_error(error);
        rows = query_all(store->socket, &all);
        none = query_all(store->socket, &kept);
        one = query_all(store->socket, &by_id);
        g_assert_cmpuint(rows->len, ==, 2);
        g_assert_cmpuint(none->len, ==, 0);
        g_assert_cmpuint(one->len, ==, 2);
        g_assert_cmpstr(((MgRecord *)g_ptr_array_index(rows, 0))->receipt, ==, "");
        g_assert_cmpuint(count_objects(store), ==, 0);
        g_assert_cmpint(store_figure(store, "refused"), ==, 2);
}

/* Newest first, over more than one page, no more than asked for. */
static void test_query(void) {
        static const guint bounds[][2] = {{0, 100}, {1, 1}, {64, 64}, {65, 65}, {128, 128}, {1000, 150}};
        g_autoptr(Store) store = store_new();

        for (guint i = 0; i < 150; i++) {
                g_autofree char *text = g_strdup_printf("%u", i), *receipt = put_text(store, text, text, NOW + i, NULL);

                g_assert_nonnull(receipt);
        }
        for (guint i = 0; i < G_N_ELEMENTS(bounds); i++) {
                const MgQuery query = {.max = bounds[i][0]};
                g_autoptr(GPtrArray) rows = query_all(store->socket, &query);

                g_assert_cmpuint(rows->len, ==, bounds[i][1]);
                for (guint j = 0; j < rows->len; j++) {
                        const MgRecord *row = g_ptr_array_index(rows, j);

                        g_assert_cmpint(row->envelope->time, ==, NOW + 149 - j);
                }
        }
}

/* What is no proper request gets a FAULT or is cut, and the store goes on. */
static void test_bad_requests(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
        mg_autofd open_memory = mg_fd_memory("open", NULL);
        int pipe_ends[2];
        const guint32 kinds[] = {MG_STORE_BEGIN, MG_STORE_COMMIT, MG_STORE_EVENT,
                                 MG_STORE_QUERY, MG_STORE_SHOW,   MG_STORE_GET,
                                 MG_STORE_DONE,  MG_STORE_TOKEN,  4711};
        g_autofree char *receipt = NULL;

        g_assert_cmpint(pipe(pipe_ends), ==, 0);
        for (guint i = 0; i < 3; i++) {
                const int given[] = {open_memory, pipe_ends[0], -1};
                g_autoptr(GError) error = NULL;
                mg_autofd sock = -1;

                if (given[i] >= 0) {
                        g_assert_false(
                                mg_store_begin(store->socket, envelope, given[i], &sock, &receipt, NULL, &error));
                        g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                }
        }
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
                for (guint n = 0; n < 40; n++) {
                        g_auto(MgPacket) answer = MG_PACKET_INIT;
                        mg_autofd sock = mg_packet_connect(store->socket, NULL);
                        MgWriter writer = {g_byte_array_new()};

                        for (guint j = 0; j < n; j++) {
                                const guint8 octet = (guint8)(j == 0 ? MG_WIRE_VERSION : g_test_rand_int());

                                g_byte_array_append(writer.bytes, &octet, 1);
                        }
                        g_assert_true(mg_packet_send(sock, kinds[i], &writer, NULL, 0, NULL));
                        if (mg_packet_receive(sock, 10000, &answer, NULL))
                                g_assert_cmpuint(answer.kind, ==, MG_STORE_FAULT);
                        mg_writer_clear(&writer);
                }
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        receipt = put_text(store, "Q", "still there", NOW, NULL);
        g_assert_nonnull(receipt);
}

static void test_damaged_original(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = put_text(store, "Q", "some text that is kept", NOW, NULL);
        g_autofree char *path = g_strdup_printf("%s/state/objects/00000/%s.zst", store->dir, receipt), *data = NULL;
        g_autofree char *again = NULL;
        g_autoptr(GError) error = NULL;
        gboolean sealed;
        gsize n;

        g_assert_true(g_file_get_contents(path, &data, &n, NULL));
        data[n / 2] ^= 1;
        g_assert_true(g_file_set_contents(path, data, (gssize)n, NULL));
        g_assert_cmpint(mg_store_get(&(MgAsker){store->socket}, receipt, &sealed, &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        /* Where the object is gone altogether a retry is kept anew: the sender still has the only copy. */
        g_assert_cmpint(unlink(path), ==, 0);
        again = put_text(store, "Q2", "some text that is kept", NOW, NULL);
        g_assert_cmpstr(again, !=, receipt);
        g_assert_true(text_is(store, again, "some text that is kept"));
}

static void test_one_store_a_folder(void) {
        g_autoptr(Store) store = store_new();
        Store second = *store;
        int status;

        g_assert_false(store_start(&second, &status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 10 + MG_ERROR_TIMEOUT);
}

static void test_newer_schema(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL), *data = NULL;
        gsize n;
        int status;

        g_assert_cmpint(store_drain(store), ==, 0);
        /* user_version stands at octet 60 of the file, big-endian. */
        g_assert_true(g_file_get_contents(path, &data, &n, NULL));
        data[63] = 3;
        g_assert_true(g_file_set_contents(path, data, (gssize)n, NULL));
        g_assert_false(store_start(store, &status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 10 + MG_ERROR_CONFIG);
}

/* Receipts go on where they were, after any end. */
static void test_serials_go_on(void) {
        g_autoptr(Store) store = store_new();
        int status;

        for (guint i = 0; i < 4; i++) {
                g_autofree char *text = g_strdup_printf("%u", i), *receipt = put_text(store, "Q", text, NOW, NULL);

                g_assert_cmpuint(mg_receipt_serial(receipt), ==, i);
                if (i % 2)
                        g_assert_cmpint(store_drain(store), ==, 0);
                else
                        store_kill(store);
                g_assert_true(store_start(store, &status));
                g_assert_cmpint(store_figure(store, "objects"), ==, i + 1);
        }
}

static void test_orphans_are_swept(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = put_text(store, "Q", "kept", NOW, NULL);
        int status;

        g_assert_cmpint(store_drain(store), ==, 0);
        for (guint i = 10; i < 20; i++) {
                g_autofree char *orphan = mg_receipt_make(3, i);
                g_autofree char *path = g_strdup_printf("%s/state/objects/00000/%s.zst", store->dir, orphan);

                g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        }
        g_assert_true(store_start(store, &status));
        g_assert_cmpint(store_figure(store, "swept"), ==, 10);
        g_assert_cmpint(store_figure(store, "objects"), ==, 1);
        g_assert_cmpuint(count_objects(store), ==, 1);
        g_assert_true(text_is(store, receipt, "kept"));
}

/* A drain lets the mails that were begun be committed, and takes no new ones. */
/* An index that is gone is not made anew where there are originals: they would be files without a row. */
static void test_missing_index(void) {
        static const char *const lost[] = {"", "index is empty"};
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = put_text(store, "Q", "kept", NOW, NULL);
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        g_autofree char *away = g_strconcat(path, ".away", NULL);
        int status;

        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_cmpint(g_rename(path, away), ==, 0);
        for (guint i = 0; i < G_N_ELEMENTS(lost); i++) {
                if (*lost[i])
                        g_assert_true(g_file_set_contents(path, "", 0, NULL));
                g_assert_false(store_start(store, &status));
                g_assert_cmpint(WEXITSTATUS(status), ==, 10 + MG_ERROR_CONFIG);
                g_assert_cmpuint(count_objects(store), ==, 1);
        }
        g_assert_cmpint(g_rename(away, path), ==, 0);
        g_assert_true(store_start(store, &status));
        g_assert_true(text_is(store, receipt, "kept"));
}

/* An index that is older than the originals: those that it cannot know are more than were in work, and are kept. */
static void test_older_index(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *receipt = put_text(store, "Q", "kept", NOW, NULL);
        g_autofree char *aside = g_build_filename(store->dir, "state", "lost+found", NULL);
        g_autoptr(GDir) folder = NULL;
        guint found = 0;
        int status;

        g_assert_cmpint(store_drain(store), ==, 0);
        for (guint i = 10; i < 710; i++) {
                g_autofree char *orphan = mg_receipt_make(3, i);
                g_autofree char *path = g_strdup_printf("%s/state/objects/00000/%s.zst", store->dir, orphan);

                g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        }
        g_assert_true(store_start(store, &status));
        for (guint i = 0; i < 3000 && count_objects(store) > 1; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, "swept"), ==, 0);
        g_assert_cmpint(store_figure(store, "objects"), ==, 1);
        folder = g_dir_open(aside, 0, NULL);
        while (folder && g_dir_read_name(folder))
                found++;
        g_assert_cmpuint(found, ==, 700);
        g_assert_true(text_is(store, receipt, "kept"));
}

static void test_drain(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
        g_autofree char *receipt = NULL, *log = g_build_filename(store->dir, "state", "index.db-wal", NULL);
        mg_autofd original = original_of("text", 4);
        mg_autofd sock = -1;
        struct stat log_status;
        int status;

        g_assert_true(mg_store_begin(store->socket, envelope, original, &sock, &receipt, NULL, NULL));
        g_assert_true(mg_packet_send(store->control, MG_CONTROL_DRAIN, NULL, NULL, 0, NULL));
        g_usleep(300000);
        g_assert_true(mg_store_commit(sock, record, MG_STORE_COMMIT_MS, NULL));
        g_assert_cmpint(waitpid(store->pid, &status, 0), ==, store->pid);
        g_assert_cmpint(status, ==, 0);
        store->pid = 0;
        mg_fd_close(&store->control);
        /* After an end in good order all is in the database itself. */
        g_assert_true(stat(log, &log_status) < 0 || log_status.st_size == 0);
        g_assert_true(store_start(store, &status));
        g_assert_true(text_is(store, receipt, "text"));
}

/* The supervisor's end is a drain, too. */
static void test_supervisor_gone(void) {
        g_autoptr(Store) store = store_new();
        int status;

        mg_fd_close(&store->control);
        g_assert_cmpint(waitpid(store->pid, &status, 0), ==, store->pid);
        g_assert_cmpint(status, ==, 0);
        store->pid = 0;
}

static void test_reload(void) {
        g_autoptr(Store) store = store_new();
        g_autofree char *path = g_build_filename(store->dir, "settings", NULL);

        for (guint i = 0; i < 3; i++) {
                static const char nodes[] = "3773";
                g_autofree char *text = g_strdup_printf("%u", i), *receipt = NULL;

                /* First there is no file to read: the old settings stay. */
                if (i == 1)
                        g_assert_true(g_file_set_contents(path, "7", 1, NULL));
                if (i == 2)
                        g_assert_cmpint(unlink(path), ==, 0);
                g_assert_true(mg_packet_send(store->control, MG_CONTROL_RELOAD, NULL, NULL, 0, NULL));
                store_figure(store, "objects");
                receipt = put_text(store, "Q", text, NOW, NULL);
                g_assert_cmpint(receipt[0], ==, i == 2 ? '7' : nodes[i]);
                g_assert_cmpuint(mg_receipt_serial(receipt), ==, i);
        }
}

/* One mail whose N-th sync fails, then a kill. TRUE where there was an N-th sync. */
static gboolean fail_nth_sync(Shared *shared, gint nth, gboolean put_after) {
        g_autoptr(Store) store = store_new();
        g_autofree char *before = put_text(store, "Q0", "before", NOW, NULL), *receipt = NULL, *after = NULL,
                        *again = NULL;
        g_autoptr(GError) error = NULL;
        gint base = g_atomic_int_get(&shared->syncs);
        gboolean fired;
        int status;

        g_assert_nonnull(before);
        g_atomic_int_set(&shared->fail_at, base + nth);
        receipt = put_text(store, "Q1", "text", NOW, &error);
        fired = g_atomic_int_get(&shared->syncs) >= base + nth;
        g_atomic_int_set(&shared->fail_at, 0);
        g_assert_cmpint(receipt != NULL, ==, !fired);
        if (put_after)
                after = put_text(store, "Q2", "after", NOW, NULL);
        g_assert_cmpint(after != NULL, ==, put_after);
        store_kill(store);
        g_assert_true(store_start(store, &status));
        g_assert_true(text_is(store, before, "before"));
        g_assert_cmpuint(count_rows(store), ==, count_objects(store));
        if (after)
                g_assert_true(text_is(store, after, "after"));
        /* The sender comes again, whatever it was told: there is one row for the mail in the end. */
        again = put_text(store, "Q3", "text", NOW, &error);
        g_assert_true(text_is(store, again, "text"));
        if (receipt)
                g_assert_cmpstr(again, ==, receipt);
        g_assert_cmpuint(count_rows(store), ==, put_after ? 3 : 2);
        g_assert_cmpuint(count_objects(store), ==, put_after ? 3 : 2);
        return fired;
}

/*
 * The N-th sync of a mail fails, for every N until none does: the mail gets an error or is kept, never half of
 * it; what was kept before is there; the next mail is taken. After a kill rows and objects agree.
 */
static void test_failing_sync(void) {
        Shared *shared = store_shared();
        gint nth = 1;

        while (fail_nth_sync(shared, nth, TRUE)) {
                g_assert_true(fail_nth_sync(shared, nth, FALSE));
                g_assert_cmpint(++nth, <, 10);
        }
        /* Its object and the log; its name was made durable ahead. */
        g_assert_cmpint(nth, >, 2);
}

#define NOISE_OCTETS 700000

/* Leaves room for some mails and half a one: it is an object that does not fit, not its row. */
static void lay_ballast(const char *dir, const char *ballast) {
        g_autofree char *content = NULL;
        struct statvfs room;
        gsize n;

        g_assert_cmpint(statvfs(dir, &room), ==, 0);
        n = room.f_bavail * room.f_frsize - (8 * NOISE_OCTETS + NOISE_OCTETS / 2);
        content = g_malloc0(n);
        g_assert_true(g_file_set_contents(ballast, content, (gssize)n, NULL));
}

/* On a disk of a few megabytes: FULL, nothing left behind, and mail is taken again when there is room. */
static void fill(const char *dir) {
        g_autoptr(Store) store = store_new_at(dir);
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        g_autofree guint8 *noise = g_malloc(NOISE_OCTETS);
        g_autoptr(GError) error = NULL;
        g_autofree char *ballast = g_build_filename(dir, "ballast", NULL), *last = NULL;
        gint64 objects;

        lay_ballast(dir, ballast);
        for (guint i = 0; i < 40 && !error; i++) {
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", NOW);
                char *receipt;

                for (guint j = 0; j < NOISE_OCTETS; j += 4)
                        memcpy(noise + j, &(guint32){(guint32)g_test_rand_int()}, 4);
                receipt = put_mail(store->socket, envelope, noise, NOISE_OCTETS, &error);
                if (receipt)
                        g_ptr_array_add(receipts, receipt);
        }
        g_assert_error(error, MG_ERROR, MG_ERROR_FULL);
        g_assert_cmpuint(receipts->len, >, 1);
        objects = store_figure(store, "objects");
        g_assert_cmpint(objects, ==, receipts->len);
        g_assert_cmpuint(count_objects(store), ==, receipts->len);
        g_assert_cmpint(unlink(ballast), ==, 0);
        last = put_text(store, "Q", "small again", NOW, NULL);
        g_assert_nonnull(last);
        g_assert_true(text_is(store, last, "small again"));
}

static void test_full_disk(void) {
        static const char *const reserves[] = {"0", "1000000"};

        for (guint i = 0; i < G_N_ELEMENTS(reserves); i++) {
                g_autofree char *dir = g_dir_make_tmp("mugai-store-full-XXXXXX", NULL);

                if (mount("tmpfs", dir, "tmpfs", 0, "size=8m") < 0) {
                        rmdir(dir);
                        g_test_skip("a small disk can be mounted by root only");
                        return;
                }
                g_setenv("MUGAI_TEST_RESERVE", reserves[i], TRUE);
                fill(dir);
                g_unsetenv("MUGAI_TEST_RESERVE");
                g_assert_cmpint(umount(dir), ==, 0);
                rmdir(dir);
        }
}

#define STRANGER 60099

/* What asks as the user of a role that has nothing to ask is sent away; others are served. */
static void test_stranger(void) {
        g_autofree char *receipt = NULL;
        g_autoptr(Store) store = NULL;
        int status;
        pid_t pid;

        if (geteuid() != 0) {
                g_test_skip("only root can ask as another user");
                return;
        }
        g_setenv("MUGAI_TEST_STRANGER", G_STRINGIFY(STRANGER), TRUE);
        store = store_new();
        g_unsetenv("MUGAI_TEST_STRANGER");
        receipt = put_text(store, "Q", "a secret", NOW, NULL);
        g_assert_nonnull(receipt);
        g_assert_cmpint(chmod(store->dir, 0755), ==, 0);
        g_assert_cmpint(chmod(store->socket, 0666), ==, 0);
        pid = fork();
        if (pid == 0) {
                g_autoptr(GError) error = NULL;
                gboolean sealed;

                if (setresuid(STRANGER, STRANGER, STRANGER) < 0)
                        _exit(2);
                if (mg_store_get(&(MgAsker){store->socket}, receipt, &sealed, &error) >= 0)
                        _exit(3);
                _exit(g_error_matches(error, MG_ERROR, MG_ERROR_CLOSED) ? 0 : 4);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
        g_assert_true(text_is(store, receipt, "a secret"));
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(void);
        } rows[] = {{"put", test_put},
                    {"missing", test_missing},
                    {"retry", test_retry},
                    {"same-at-once", test_same_at_once},
                    {"syncs", test_syncs},
                    {"syncs/sealed", test_syncs_sealed},
                    {"gone-client", test_gone_client},
                    {"event", test_event},
                    {"query", test_query},
                    {"bad-requests", test_bad_requests},
                    {"damaged-original", test_damaged_original},
                    {"one-store-a-folder", test_one_store_a_folder},
                    {"newer-schema", test_newer_schema},
                    {"serials-go-on", test_serials_go_on},
                    {"orphans-are-swept", test_orphans_are_swept},
                    {"missing-index", test_missing_index},
                    {"older-index", test_older_index},
                    {"drain", test_drain},
                    {"supervisor-gone", test_supervisor_gone},
                    {"reload", test_reload},
                    {"stranger", test_stranger},
                    {"failing-sync", test_failing_sync},
                    {"full-disk", test_full_disk}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/store/server/", rows[i].name, NULL);

                g_test_add_func(path, rows[i].func);
        }
        return g_test_run();
}
