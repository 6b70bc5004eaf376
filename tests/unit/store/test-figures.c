/* SPDX-License-Identifier: Apache-2.0 */
/* Figures: counted by organization within two times, for who may have them. */
#include <string.h>

#include "base/error.h"
#include "base/figures_client.h"
#include "base/text.h"
#include "harness.h"

#define SINCE 1790000000
#define UNTIL (SINCE + 1000)

static void put(const Store *store, const char *rcpt, gint64 time) {
        static guint serial;
        g_autofree char *id = g_strdup_printf("Q%u", ++serial);
        g_autoptr(MgEnvelope) envelope = envelope_of(id, "a@example.org", rcpt, time);
        g_autoptr(GError) error = NULL;
        g_autofree char *receipt = put_mail(store->socket, envelope, id, strlen(id), &error);

        g_assert_no_error(error);
}

static Store *store_of_two(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);
        Store *store;

        store_configure(dir, "organization town {\n domains = town.example.jp\n}\n");
        store = store_new_at(dir);
        put(store, "x@example.jp", SINCE);
        put(store, "y@example.jp", SINCE + 999);
        put(store, "z@example.jp", UNTIL);
        put(store, "x@town.example.jp", SINCE + 5);
        store_sql(store, "UPDATE mail SET scan = 'infected' WHERE queue_id = 'Q1'");
        store_add_person(store, 1, MG_DUTY_ADMINISTRATOR, "a@example.jp");
        store_add_person(store, 2, MG_DUTY_AUDITOR, "b@example.jp");
        store_add_person(store, 3, MG_DUTY_OFFICER, "c@town.example.jp");
        store_add_person(store, 4, MG_DUTY_STAFF, "d@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number = 3");
        for (guint i = 1; i <= 4; i++) {
                g_autofree char *statement =
                        g_strdup_printf("INSERT INTO request(receipt, organization, person, state, needed, made, ended,"
                                        " reason) VALUES('1000000018', '', 4, '%s', 1, %d, %d, 'r')",
                                        i < 4 ? "released" : "waiting", SINCE, SINCE + (int)i * 100);

                store_sql(store, statement);
        }
        return store;
}

/* "organization kind name n" a line. */
static char *counted(const Store *store, const char *token, GError **error) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_count_row_free);
        const MgAsker asker = {store->socket, token};
        GString *text = g_string_new(NULL);

        if (!mg_figures_count(&asker, SINCE, UNTIL, rows, error)) {
                g_string_free(text, TRUE);
                return NULL;
        }
        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);

                if (!g_str_equal(row->name, "oldest-s"))
                        g_string_append_printf(text, "%s %s %s %" G_GINT64_FORMAT "\n", row->organization,
                                               mg_count_name(row->count), row->name, row->n);
        }
        return g_string_free(text, FALSE);
}

static void test_counts(void) {
        static const char own[] = " outcome converted 2\n";
        g_autoptr(Store) store = store_of_two();
        g_autoptr(GError) denied = NULL;
        g_autofree char *all = counted(store, "1", NULL), *city = counted(store, "2", NULL);
        g_autofree char *town = counted(store, "3", NULL);

        g_test_message("%s", all);
        g_assert_nonnull(strstr(all, own));
        g_assert_nonnull(strstr(all, "town outcome converted 1\n"));
        g_assert_nonnull(strstr(city, own));
        g_assert_null(strstr(city, "town"));
        g_assert_true(g_str_has_prefix(town, "town outcome converted 1\n"));
        g_assert_null(strstr(town, own));
        g_assert_nonnull(strstr(all, " scan infected 1\n"));
        g_assert_null(strstr(all, " scan none"));
        g_assert_nonnull(strstr(all, " request released 3\n"));
        g_assert_nonnull(strstr(all, " waiting requests 1\n"));
        g_assert_nonnull(strstr(all, " release requests 3\n release median-s 200\n release longest-s 300\n"));
        g_assert_nonnull(strstr(all, " type "));
        g_assert_nonnull(strstr(all, " reason "));
        g_assert_null(counted(store, "4", &denied));
        g_assert_error(denied, MG_ERROR, MG_ERROR_DENIED);
}

/* Types beyond the bound are one row. */
static void test_bound(void) {
        g_autoptr(Store) store = store_of_two();
        g_autofree char *all = NULL;

        store_sql(store, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)"
                         " INSERT INTO part SELECT 1, 1000 + i, '1', 'attachment', '', 'x/t' || i, '', 1, zeroblob(32),"
                         " 'remove', '', 'r' FROM n");
        all = counted(store, "1", NULL);
        g_assert_nonnull(strstr(all, " type ... "));
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/figures/counts", test_counts);
        g_test_add_func("/store/figures/bound", test_bound);
        return g_test_run();
}
