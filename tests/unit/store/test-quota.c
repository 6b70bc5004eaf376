/* SPDX-License-Identifier: Apache-2.0 */
/* P4: mail of an organization that is at its quota is turned away with FULL, that of others is taken; what is
 * counted stays right. */
#include "harness.h"

#include <sqlite3.h>
#include <string.h>

#include "base/care_client.h"
#include "base/error.h"
#include "base/fd.h"

#define DAY 86400
#define KB 1024
#define SIZE (100 * KB)
/* The largest mail that a configuration of a quota allows must fit. */
#define TWO                                                                                                            \
        "limits {\n mail_size = 1 MB\n body = 100 KB\n header_bytes = 64 KB\n}\n"                                      \
        "store {\n retention = 30 d\n}\n"                                                                              \
        "organization ward {\n domains = ward.example.jp\n quota = 1 MB\n}\n"                                          \
        "organization club {\n domains = club.example.jp\n}\n"

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static Store *store_of(const char *configuration) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);

        store_configure(dir, configuration);
        return store_new_at(dir);
}

/* A mail of SIZE octets; number makes it another one. The receipt, or NULL with error. */
static char *put(const Store *store, const char *recipients, guint number, gint64 days_ago, GError **error) {
        g_auto(GStrv) list = g_strsplit(recipients, " ", -1);
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.org", list[0], now() - days_ago * DAY);
        g_autofree char *content = g_strnfill(SIZE, 'x');

        for (guint i = 1; list[i]; i++)
                g_ptr_array_add(envelope->rcpts, g_strdup(list[i]));
        memcpy(content, &number, sizeof number);
        return put_mail(store->socket, envelope, content, SIZE, error);
}

static void assert_put(const Store *store, const char *recipients, guint number) {
        g_autoptr(GError) error = NULL;
        g_autofree char *receipt = put(store, recipients, number, 0, &error);

        g_assert_no_error(error);
}

static void assert_full(const Store *store, const char *recipients, guint number) {
        g_autoptr(GError) error = NULL;

        g_assert_null(put(store, recipients, number, 0, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_FULL);
        g_assert_nonnull(strstr(error->message, "quota"));
        g_assert_nonnull(strstr(error->message, "organization ward"));
}

static MgOrganizationRow *row_of(const Store *store, const char *name) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) rows = mg_care_organizations(&(MgAsker){store->socket}, &error);

        g_assert_no_error(error);
        for (guint i = 0; i < rows->len; i++)
                if (strcmp(((MgOrganizationRow *)g_ptr_array_index(rows, i))->name, name) == 0)
                        return g_ptr_array_steal_index(rows, i);
        g_assert_not_reached();
}

static void assert_kept(const Store *store, const char *name, gint64 mails) {
        g_autoptr(MgOrganizationRow) row = row_of(store, name);

        g_assert_cmpint(row->mails, ==, mails);
        g_assert_cmpuint(row->octets, ==, (guint64)mails * SIZE);
}

static void wait_figure(Store *store, const char *name, gint64 value) {
        for (guint i = 0; i < 1000 && store_figure(store, name) != value; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, name), ==, value);
}

/* What a recipient is told before the mail is there: "" where there is room. */
static char *told(const Store *store, const char *recipient, guint64 size) {
        g_autoptr(GError) error = NULL;
        char *reason = NULL;

        g_assert_true(mg_store_admit(store->socket, recipient, size, &reason, &error));
        g_assert_no_error(error);
        return reason;
}

/* By the size that the sender says, or where he says none by whether there is any room at all. */
static void test_admit(void) {
        static const struct {
                const char *recipient;
                guint64 size;
                gboolean full;
        } rows[] = {
                {"b@ward.example.jp", 24 * KB, FALSE},
                {"b@ward.example.jp", 25 * KB, TRUE},
                {"b@ward.example.jp", 0, FALSE},
                {"b@ward.example.jp", G_MAXUINT64, TRUE},
                {"b@club.example.jp", 1024 * KB, FALSE},
                {"b@example.jp", G_MAXUINT64, FALSE},
                {"", 1, FALSE},
        };
        g_autoptr(Store) store = store_of(TWO);

        for (guint i = 0; i < 10; i++)
                assert_put(store, "b@ward.example.jp", i);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *reason = told(store, rows[i].recipient, rows[i].size);

                g_test_message("%s %" G_GUINT64_FORMAT ": %s", rows[i].recipient, rows[i].size, reason ? reason : "-");
                g_assert_cmpint(reason != NULL, ==, rows[i].full);
                g_assert_true(!reason || strstr(reason, "organization ward"));
        }
        g_assert_cmpuint(count_objects(store), ==, 10);
}

/* Ten mails of 100 KB fit into 1 MB, the eleventh does not; at eight of them there is an alarm. */
static void test_full(void) {
        g_autoptr(Store) store = store_of(TWO);
        g_autofree char *again = NULL;

        for (guint i = 0; i < 10; i++) {
                assert_put(store, "b@ward.example.jp", i);
                g_assert_cmpint(store_figure(store, "quota_near"), ==, i >= 8);
        }
        g_assert_cmpint(store_figure(store, "quota_full"), ==, 0);
        assert_full(store, "b@ward.example.jp", 10);
        g_assert_cmpint(store_figure(store, "quota_full"), ==, 1);
        g_assert_cmpint(store_figure(store, "quota_near"), ==, 0);
        /* Others go on; who is among the recipients counts, and nothing of what was turned away is left. */
        assert_put(store, "b@club.example.jp", 11);
        assert_put(store, "b@example.jp", 12);
        assert_full(store, "b@club.example.jp b@ward.example.jp", 13);
        assert_put(store, "b@club.example.jp", 13);
        g_assert_cmpuint(count_objects(store), ==, 13);
        /* What is kept already is no further mail: its sender lost the answer. */
        again = put(store, "b@ward.example.jp", 3, 0, NULL);
        g_assert_nonnull(again);
        assert_kept(store, "ward", 10);
        assert_kept(store, "club", 2);
        assert_kept(store, "", 1);
}

/* A mail of two organizations counts for both; a restart and a kill count nothing twice and forget nothing. */
static void test_restart(void) {
        g_autoptr(Store) store = store_of(TWO);
        int status;

        for (guint i = 0; i < 9; i++)
                assert_put(store, i % 2 ? "b@ward.example.jp c@club.example.jp" : "b@ward.example.jp", i);
        for (guint round = 0; round < 2; round++) {
                if (round == 0)
                        g_assert_cmpint(store_drain(store), ==, 0);
                else
                        store_kill(store);
                g_assert_true(store_start(store, &status));
                assert_kept(store, "ward", 9);
                assert_kept(store, "club", 4);
                /* The alarm is known before the first mail comes. */
                wait_figure(store, "quota_near", 1);
        }
        assert_put(store, "b@ward.example.jp", 9);
        assert_full(store, "b@ward.example.jp", 10);
}

/* What expires makes room, and a count that is wrong is counted anew. */
static void test_expiry(void) {
        g_autoptr(Store) store = store_of(TWO);
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        sqlite3 *db;
        int status;

        for (guint i = 0; i < 10; i++) {
                g_autofree char *receipt = put(store, "b@ward.example.jp", i, i < 3 ? 31 : 1, NULL);

                g_assert_nonnull(receipt);
        }
        assert_full(store, "b@ward.example.jp", 10);
        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_exec(db,
                                     "UPDATE retention SET last_run = unixepoch(), not_before = 0;"
                                     "UPDATE organization SET mails = 99, octets = 99999999 WHERE name = 'ward'",
                                     NULL, NULL, NULL),
                        ==, SQLITE_OK);
        sqlite3_close(db);
        g_assert_true(store_start(store, &status));
        wait_figure(store, "expired", 3);
        assert_kept(store, "ward", 7);
        for (guint i = 0; i < 3; i++)
                assert_put(store, "b@ward.example.jp", 20 + i);
        assert_full(store, "b@ward.example.jp", 30);
}

/* A reload with a larger quota lets mail in at once; without a quota there is no alarm. */
static void test_reload(void) {
        g_autoptr(Store) store = store_of(TWO);
        g_autofree char *settings = g_build_filename(store->dir, "settings", NULL);
        g_autoptr(GString) more = g_string_new(TWO);

        for (guint i = 0; i < 10; i++)
                assert_put(store, "b@ward.example.jp", i);
        assert_full(store, "b@ward.example.jp", 10);
        g_assert_true(g_file_set_contents(settings, "3", -1, NULL));
        g_string_replace(more, "quota = 1 MB", "quota = 0 B", 0);
        store_configure(store->dir, more->str);
        g_assert_true(mg_packet_send(store->control, MG_CONTROL_RELOAD, NULL, NULL, 0, NULL));
        wait_figure(store, "quota_full", 0);
        g_assert_cmpint(store_figure(store, "quota_near"), ==, 0);
        assert_put(store, "b@ward.example.jp", 10);
}

/* Mails that are on their way count: twenty at once do not get in where ten fit. */
typedef struct Putter {
        const Store *store;
        guint number;
        gboolean taken;
        GThread *thread;
} Putter;

static gpointer put_one(gpointer data) {
        Putter *putter = data;
        g_autofree char *receipt = put(putter->store, "b@ward.example.jp", putter->number, 0, NULL);

        putter->taken = receipt != NULL;
        return NULL;
}

static void test_at_once(void) {
        g_autoptr(Store) store = store_of(TWO);
        Putter putters[20];
        guint taken = 0;

        for (guint i = 0; i < G_N_ELEMENTS(putters); i++) {
                putters[i] = (Putter){.store = store, .number = i};
                putters[i].thread = g_thread_new("putter", put_one, &putters[i]);
        }
        for (guint i = 0; i < G_N_ELEMENTS(putters); i++) {
                g_thread_join(putters[i].thread);
                taken += putters[i].taken;
        }
        g_assert_cmpuint(taken, <=, 10);
        assert_kept(store, "ward", taken);
        g_assert_cmpuint(count_objects(store), ==, taken);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/quota/admit", test_admit);
        g_test_add_func("/store/quota/P4-full", test_full);
        g_test_add_func("/store/quota/restart", test_restart);
        g_test_add_func("/store/quota/expiry", test_expiry);
        g_test_add_func("/store/quota/reload", test_reload);
        g_test_add_func("/store/quota/at-once", test_at_once);
        return g_test_run();
}
