/* SPDX-License-Identifier: Apache-2.0 */
/* Mail of several organizations: whose it is, and whose keys open it. */
#include "harness.h"

#include <sqlite3.h>
#include <string.h>

#include "base/fd.h"
#include "keys.h"

#define TWO                                                                                                            \
        "store {\n seal_to = DIR/organization.crt\n escrow = DIR/escrow.crt\n}\n"                                      \
        "organization ward {\n domains = \"ward.example.jp .ward.example.jp\"\n seal_to = DIR/other.crt\n}\n"          \
        "organization union {\n domains = union.example.jp\n}\n"
#define TEXT "original"

static Store *store_of_two(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);

        keys_write(dir);
        keys_write_other(dir);
        store_configure(dir, TWO);
        return store_new_at(dir);
}

/* To recipients with a blank between. Returns the receipt. */
static char *put_to(const Store *store, const char *recipients) {
        g_auto(GStrv) list = g_strsplit(recipients, " ", -1);
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.org", list[0], g_get_real_time() / G_USEC_PER_SEC);
        g_autoptr(GError) error = NULL;
        char *receipt;

        for (guint i = 1; list[i]; i++)
                g_ptr_array_add(envelope->rcpts, g_strdup(list[i]));
        receipt = put_mail(store->socket, envelope, TEXT, strlen(TEXT), &error);
        g_assert_no_error(error);
        return receipt;
}

static gboolean opens(const Store *store, const char *receipt, KeyOf who) {
        g_autoptr(MgRecord) row = mg_store_show(&(MgAsker){store->socket}, receipt, NULL);
        gboolean is_sealed = FALSE;
        mg_autofd fd = mg_store_get(&(MgAsker){store->socket}, receipt, &is_sealed, NULL);
        g_autoptr(GBytes) sealed = mg_fd_map(fd, 0, G_MAXUINT32, NULL);
        g_autoptr(GBytes) content = mg_opener_open(key_opener(who), sealed, row->size, row->sha256, NULL);

        g_assert_true(is_sealed);
        return content != NULL;
}

/* Names of the organizations of a mail, with a comma between; "-" is the one without a name. */
static char *names_of(const Store *store, const char *receipt) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        GString *all = g_string_new(NULL);
        sqlite3_stmt *statement;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_prepare_v2(db,
                                           "SELECT organization FROM mail_organization JOIN mail ON mail.id = mail"
                                           " WHERE receipt = ?1 ORDER BY organization",
                                           -1, &statement, NULL),
                        ==, SQLITE_OK);
        sqlite3_bind_text(statement, 1, receipt, -1, SQLITE_STATIC);
        while (sqlite3_step(statement) == SQLITE_ROW) {
                const char *name = (const char *)sqlite3_column_text(statement, 0);

                g_string_append_printf(all, "%s%s", all->len > 0 ? "," : "", *name ? name : "-");
        }
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return g_string_free(all, FALSE);
}

static void test_sealed(void) {
        static const struct {
                const char *recipients, *names;
                gboolean organization, other;
        } rows[] = {
                {"x@example.jp", "-", TRUE, FALSE},
                {"x@ward.example.jp", "ward", FALSE, TRUE},
                {"x@SCHOOL.ward.example.jp y@ward.example.jp", "ward", FALSE, TRUE},
                {"x@union.example.jp", "union", TRUE, FALSE},
                {"x@ward.example.jp x@example.jp", "-,ward", TRUE, TRUE},
                {"x@union.example.jp x@ward.example.jp x@example.jp", "-,union,ward", TRUE, TRUE},
                {"x@union.example.jp x@example.jp", "-,union", TRUE, FALSE},
        };
        g_autoptr(Store) store = store_of_two();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *receipt = put_to(store, rows[i].recipients);
                g_autofree char *names = names_of(store, receipt);

                g_test_message("%s", rows[i].recipients);
                g_assert_cmpstr(names, ==, rows[i].names);
                g_assert_cmpint(opens(store, receipt, KEY_ORGANIZATION), ==, rows[i].organization);
                g_assert_cmpint(opens(store, receipt, KEY_OTHER), ==, rows[i].other);
                g_assert_true(opens(store, receipt, KEY_ESCROW));
                g_assert_false(opens(store, receipt, KEY_STRANGER));
        }
}

/* A reload changes whose the mail is that comes from then on; what is kept, and what comes again, stays as it was. */
static void test_reload(void) {
        static const char moved[] = "store {\n seal_to = DIR/organization.crt\n escrow = DIR/escrow.crt\n}\n"
                                    "organization union {\n domains = ward.example.jp\n}\n";
        g_autoptr(Store) store = store_of_two();
        g_autofree char *settings = g_build_filename(store->dir, "settings", NULL);
        g_autofree char *before = put_to(store, "x@ward.example.jp"), *again = NULL, *after = NULL;
        g_autofree char *names = NULL, *names_after = NULL;

        store_configure(store->dir, moved);
        g_assert_true(g_file_set_contents(settings, "3", -1, NULL));
        g_assert_true(mg_packet_send(store->control, MG_CONTROL_RELOAD, NULL, NULL, 0, NULL));
        g_assert_cmpint(store_figure(store, "sealing"), ==, 1);
        again = put_to(store, "x@ward.example.jp");
        after = put_to(store, "y@ward.example.jp");
        names = names_of(store, before);
        names_after = names_of(store, after);
        g_assert_cmpstr(again, ==, before);
        g_assert_cmpstr(names, ==, "ward");
        g_assert_cmpstr(names_after, ==, "union");
        g_assert_true(opens(store, before, KEY_OTHER));
        g_assert_false(opens(store, after, KEY_OTHER));
        g_assert_true(opens(store, after, KEY_ORGANIZATION));
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/organizations/sealed", test_sealed);
        g_test_add_func("/store/organizations/reload", test_reload);
        return g_test_run();
}
