/* SPDX-License-Identifier: Apache-2.0 */
/* Holds, as persons make and end them within the transaction of the committer; and as they keep mail from being
 * erased. */
#include "store/hold.h"

#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "harness.h"
#include "store/audit.h"
#include "store/expiry.h"
#include "store/index.h"
#include "store/sql.h"

#define NOW 1800000000
#define DAY 86400

typedef struct World {
        char *dir;
        char *path;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        sqlite3 *db;
        MgOrganizations *organizations;
        MgTerms *terms;
        GPtrArray *receipts; /* of ten mails: odd serials are of "ward", others of "club" */
} World;

static void add_mail(World *world, guint serial) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.org", "b@example.jp", NOW - 100 * DAY);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
        char *names[] = {(char *)(serial % 2 ? "ward" : "club"), NULL};
        const guint8 key[32] = {(guint8)serial};
        g_autoptr(GError) error = NULL;
        gboolean retry;

        g_free(record->receipt);
        record->receipt = mg_receipt_make(1, serial);
        g_ptr_array_add(world->receipts, g_strdup(record->receipt));
        mg_index_put(world->index, record, key, key, names, &retry, &error);
        g_assert_no_error(error);
}

static void set_up(World *world, gconstpointer data) {
        g_autoptr(GError) error = NULL;

        world->dir = g_dir_make_tmp("mugai-hold-XXXXXX", NULL);
        world->path = g_build_filename(world->dir, "index.db", NULL);
        world->vfs = mg_vfs_new(&world->meter, NULL);
        world->index = mg_index_open(world->path, world->vfs, &error);
        g_assert_no_error(error);
        world->db = mg_index_db(world->index);
        world->organizations = mg_organizations_new();
        mg_organizations_get(world->organizations, 0)->retention = 30;
        mg_organizations_get(world->organizations, 0)->retention_failed = 30;
        world->terms = mg_terms_new(world->organizations, NULL);
        world->receipts = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < 10; i++)
                add_mail(world, i);
}

static void tear_down(World *world, gconstpointer data) {
        g_ptr_array_unref(world->receipts);
        mg_terms_unref(world->terms);
        mg_organizations_unref(world->organizations);
        mg_index_free(world->index);
        mg_vfs_free(world->vfs);
        remove_tree(world->dir);
        g_free(world->path);
        g_free(world->dir);
}

/* An officer of an organization, or with person 0 the machine's owner. */
static MgActor actor_of(gint64 person, const char *organization) {
        return (MgActor){.person = person,
                         .name = (char *)(person == 0 ? "root" : "p:7"),
                         .duties = MG_DUTY_OFFICER,
                         .organization = (char *)organization};
}

/* Holds the mails with these serials, ended by -1. MG_ERROR code, or -1. */
static int hold(World *world, const MgActor *actor, const char *name, gint64 until, const int *serials) {
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        const MgHold order = {.name = (char *)name, .until = until};
        g_autoptr(GError) error = NULL;

        for (guint i = 0; serials[i] >= 0; i++)
                g_ptr_array_add(receipts, mg_receipt_make(1, (guint32)serials[i]));
        /* As the committer does it: what fails is taken back. */
        g_assert_true(mg_sql_do(world->db, "SAVEPOINT act", NULL));
        if (mg_hold_add(world->db, actor, &order, receipts, NOW, &error))
                g_assert_true(mg_sql_do(world->db, "RELEASE act", NULL));
        else
                g_assert_true(mg_sql_do(world->db, "ROLLBACK TO act; RELEASE act", NULL));
        return error ? error->code : -1;
}

static gint64 number(World *world, const char *text) {
        gint64 value;

        g_assert_true(mg_sql_number(world->db, text, &value, NULL));
        return value;
}

/* How many mails are due now, of all organizations. */
static gint64 due(World *world) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgExpiry) expiry = mg_expiry_open(world->path, world->vfs, world->terms, &error);
        MgExpiryCount count = {0};

        g_assert_no_error(error);
        g_assert_true(mg_expiry_count(expiry, NULL, NOW, &count, &error));
        return count.mails;
}

static void test_life(World *world, gconstpointer data) {
        const MgActor officer = actor_of(7, "club");
        g_autoptr(GPtrArray) holds = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hold_free);
        const MgHold *first;

        g_assert_cmpint(due(world), ==, 10);
        g_assert_cmpint(hold(world, &officer, "R8-wa-123", NOW + DAY, (int[]){0, 2, -1}), ==, -1);
        g_assert_cmpint(due(world), ==, 8);
        /* A second case over one of them, and the first one anew: longer, and with one mail more. */
        g_assert_cmpint(hold(world, &officer, "audit/2027", NOW + 2 * DAY, (int[]){2, 4, -1}), ==, -1);
        g_assert_cmpint(hold(world, &officer, "R8-wa-123", NOW + 5 * DAY, (int[]){2, 6, -1}), ==, -1);
        g_assert_cmpint(due(world), ==, 6);
        g_assert_true(mg_hold_list(world->db, &officer, holds, NULL));
        g_assert_cmpuint(holds->len, ==, 2);
        first = g_ptr_array_index(holds, 0);
        g_assert_cmpstr(first->name, ==, "R8-wa-123");
        g_assert_cmpint(first->until, ==, NOW + 5 * DAY);
        g_assert_cmpint(first->mails, ==, 3);
        g_assert_cmpstr(first->actor, ==, "p:7");
        /* No statement erases what is on hold. */
        g_assert_false(mg_sql_do(world->db, "DELETE FROM mail WHERE id = (SELECT mail FROM hold_mail)", NULL));
        g_assert_true(mg_hold_end(world->db, &officer, "R8-wa-123", NOW, NULL));
        g_assert_cmpint(due(world), ==, 8);
        g_assert_true(mg_hold_lapse(world->db, NOW + 2 * DAY - 1, NULL));
        g_assert_cmpint(due(world), ==, 8);
        g_assert_true(mg_hold_lapse(world->db, NOW + 2 * DAY, NULL));
        g_assert_cmpint(due(world), ==, 10);
        g_assert_cmpint(number(world, "SELECT count(*) FROM hold_mail"), ==, 0);
}

static void test_refused(World *world, gconstpointer data) {
        const MgActor officer = actor_of(7, "club"), other = actor_of(7, "ward"), owner = actor_of(0, "");
        g_autoptr(GPtrArray) holds = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hold_free);
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(hold(world, &officer, "c", NOW, (int[]){0, -1}), ==, MG_ERROR_USAGE);
        g_assert_cmpint(hold(world, &officer, "c", NOW + DAY, (int[]){0, 99, -1}), ==, MG_ERROR_MISSING);
        /* Mail of another organization is none for this one. */
        g_assert_cmpint(hold(world, &officer, "c", NOW + DAY, (int[]){0, 1, -1}), ==, MG_ERROR_MISSING);
        g_assert_cmpint(number(world, "SELECT count(*) FROM hold"), ==, 0);
        g_assert_cmpint(due(world), ==, 10);
        g_assert_cmpint(hold(world, &other, "c", NOW + DAY, (int[]){1, 3, -1}), ==, -1);
        g_assert_cmpint(hold(world, &officer, "c", NOW + DAY, (int[]){0, -1}), ==, MG_ERROR_DENIED);
        g_assert_false(mg_hold_end(world->db, &officer, "c", NOW, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_false(mg_hold_end(world->db, &officer, "d", NOW, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
        g_assert_true(mg_hold_list(world->db, &officer, holds, NULL));
        g_assert_cmpuint(holds->len, ==, 0);
        g_assert_true(mg_hold_list(world->db, &owner, holds, NULL));
        g_assert_cmpuint(holds->len, ==, 1);
        g_assert_cmpint(hold(world, &owner, "c", NOW + DAY, (int[]){0, -1}), ==, -1);
        g_assert_true(mg_hold_end(world->db, &owner, "c", NOW, NULL));
}

/* Case, end and each receipt stand in the trail; so does the end, and who ended it. */
static void test_trail(World *world, gconstpointer data) {
        static const char *const wanted[] = {
                "\"act\":\"held\",\"actor\":\"p:7\",\"case\":\"c-1\",\"until\":\"1800086400\",\"mails\":\"2\","
                "\"receipts\":\"",
                "\"act\":\"hold-ended\",\"actor\":\"p:7\",\"case\":\"c-1\",\"mails\":\"2\"",
                "\"act\":\"hold-ended\",\"actor\":\"gateway\",\"case\":\"c-2\",\"mails\":\"1\"",
        };
        const MgActor officer = actor_of(7, "club");

        g_assert_cmpint(hold(world, &officer, "c-1", NOW + DAY, (int[]){0, 2, -1}), ==, -1);
        g_assert_cmpint(hold(world, &officer, "c-2", NOW + DAY, (int[]){2, -1}), ==, -1);
        g_assert_true(mg_hold_end(world->db, &officer, "c-1", NOW, NULL));
        g_assert_true(mg_hold_lapse(world->db, NOW + DAY, NULL));
        for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
                g_autofree char *text =
                        g_strdup_printf("SELECT count(*) FROM audit WHERE instr(entry, '%s') > 0", wanted[i]);

                g_assert_cmpint(number(world, text), ==, 1);
        }
        for (guint i = 0; i < 3; i += 2) {
                g_autofree char *text = g_strdup_printf(
                        "SELECT count(*) FROM audit WHERE instr(entry, '\"held\"') > 0 AND instr(entry, '%s') > 0",
                        (char *)g_ptr_array_index(world->receipts, i));

                g_assert_cmpint(number(world, text), ==, i == 0 ? 1 : 2);
        }
}

/* By the store's socket: a hold outlives a restart, keeps mail, and lets it go at the next run. */
static void test_store(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);
        gint64 real = g_get_real_time() / G_USEC_PER_SEC;
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.org", "b@example.jp", real - 40 * DAY);
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) holds = NULL, organizations = NULL;
        g_autoptr(Store) store = NULL;
        const MgOrganizationRow *row;
        g_autoptr(GError) error = NULL;
        sqlite3 *db;
        int status;

        store_configure(dir, "store {\n retention = 30 d\n}\n");
        store = store_new_at(dir);
        g_ptr_array_add(receipts, put_mail(store->socket, envelope, "text", 4, &error));
        g_assert_no_error(error);
        mg_care_hold_add(&(MgAsker){store->socket}, "case-1", real + DAY, receipts, &error);
        g_assert_no_error(error);
        for (guint round = 0; round < 2; round++) {
                g_autofree char *path = g_build_filename(dir, "state", "index.db", NULL);

                g_assert_cmpint(store_drain(store), ==, 0);
                g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
                g_assert_cmpint(sqlite3_exec(db, "UPDATE retention SET last_run = unixepoch(), not_before = 0", NULL,
                                             NULL, NULL),
                                ==, SQLITE_OK);
                sqlite3_close(db);
                g_assert_true(store_start(store, &status));
                if (round == 1)
                        break;
                g_usleep(200000);
                g_assert_true(original_is(store->socket, g_ptr_array_index(receipts, 0), "text", 4, &error));
                holds = mg_care_holds(&(MgAsker){store->socket}, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(holds->len, ==, 1);
                organizations = mg_care_organizations(&(MgAsker){store->socket}, &error);
                g_assert_no_error(error);
                row = g_ptr_array_index(organizations, 0);
                g_assert_cmpint(row->mails, ==, 1);
                g_assert_cmpuint(row->octets, ==, 4);
                g_assert_cmpint(row->held, ==, 1);
                g_assert_cmpint(row->expiring, ==, 0);
                g_assert_cmpuint(row->retention, ==, 30);
                mg_care_hold_end(&(MgAsker){store->socket}, "case-1", &error);
                g_assert_no_error(error);
                g_assert_false(mg_care_hold_end(&(MgAsker){store->socket}, "case-1", &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
                g_clear_error(&error);
        }
        for (guint i = 0; i < 3000 && store_figure(store, "expired") == 0; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, "expired"), ==, 1);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
#define ADD(name) g_test_add("/store/hold/" #name, World, NULL, set_up, test_##name, tear_down)
        ADD(life);
        ADD(refused);
        ADD(trail);
        g_test_add_func("/store/hold/store", test_store);
        return g_test_run();
}
