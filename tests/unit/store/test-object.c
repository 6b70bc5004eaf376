/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: what is written is read, what was changed is refused, what is no object is not touched. */
#include "harness.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "keys.h"
#include "store/object.h"

typedef struct Fixture {
        char *dir;
        MgMeter meter;
        MgObjects *objects;
        MgSeal *seal;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
        fixture->dir = g_dir_make_tmp("mugai-object-XXXXXX", NULL);
        fixture->objects = mg_objects_open(fixture->dir, &fixture->meter, NULL);
        g_assert_nonnull(fixture->objects);
        fixture->seal = data ? key_seal() : NULL;
}

static void tear_down(Fixture *fixture, gconstpointer data) {
        mg_objects_free(fixture->objects);
        mg_seal_unref(fixture->seal);
        remove_tree(fixture->dir);
        g_free(fixture->dir);
}

/* Octets that compress by half. */
static GBytes *octets(gsize n) {
        guint8 *data = g_malloc(n + 1);

        for (gsize i = 0; i < n; i++)
                data[i] = i % 2 ? 'a' : (guint8)g_test_rand_int();
        return g_bytes_new_take(data, n);
}

static char *path_of(Fixture *fixture, const char *receipt) {
        g_autofree char *folder = g_strdup_printf("%05u", mg_receipt_serial(receipt) / MG_OBJECTS_FOLDER);
        g_autofree char *name = g_strconcat(receipt, fixture->seal ? ".zst.cms" : ".zst", NULL);

        return g_build_filename(fixture->dir, "objects", folder, name, NULL);
}

static void digest_of(GBytes *content, guint8 sha256[32]) {
        gsize n;
        gconstpointer data = g_bytes_get_data(content, &n);

        mg_digest(data, n, sha256);
}

static void digest_of_file(Fixture *fixture, const char *receipt, guint8 sha256[32]) {
        g_autofree char *path = path_of(fixture, receipt), *data = NULL;
        gsize n;

        g_assert_true(g_file_get_contents(path, &data, &n, NULL));
        mg_digest(data, n, sha256);
}

/* What is kept, opened where it is sealed. */
static GBytes *read_back(Fixture *fixture, const char *receipt, gsize size, const guint8 sha256[32]) {
        g_autoptr(GError) error = NULL;
        gboolean sealed = FALSE;
        mg_autofd fd = mg_objects_read(fixture->objects, receipt, size, sha256, &sealed, &error);
        g_autoptr(GBytes) kept = NULL, content = NULL;

        g_assert_no_error(error);
        g_assert_true(mg_fd_is_sealed(fd));
        g_assert_true(sealed == (fixture->seal != NULL));
        kept = mg_fd_map(fd, 0, G_MAXUINT32, &error);
        g_assert_no_error(error);
        content = sealed ? mg_opener_open(key_opener(KEY_ESCROW), kept, size, sha256, &error) : g_bytes_ref(kept);
        g_assert_no_error(error);
        return g_steal_pointer(&content);
}

static void test_round_trip(Fixture *fixture, gconstpointer data) {
        static const gsize sizes[] = {0, 1, 2, 1000, 131071, 131072, 131073, 5000000};
        static const int levels[] = {1, 3, 19};

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
                g_autoptr(GBytes) content = octets(sizes[i]), read = NULL, again = NULL;
                g_autofree char *receipt = mg_receipt_make(2, i * 999);
                g_autoptr(GError) error = NULL;
                guint8 sha256[32], stored[32], file[32];

                digest_of(content, sha256);
                mg_objects_write(fixture->objects, receipt, content, levels[i % G_N_ELEMENTS(levels)], fixture->seal,
                                 stored, &error);
                g_assert_no_error(error);
                digest_of_file(fixture, receipt, file);
                g_assert_cmpmem(stored, sizeof stored, file, sizeof file);
                g_assert_true(mg_objects_has(fixture->objects, receipt));
                read = read_back(fixture, receipt, sizes[i], sha256);
                g_assert_true(g_bytes_equal(read, content));
                /* A name is used once. */
                g_assert_false(mg_objects_write(fixture->objects, receipt, content, 3, fixture->seal, NULL, NULL));
                again = read_back(fixture, receipt, sizes[i], sha256);
                g_assert_true(g_bytes_equal(again, content));
        }
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects), ==, G_N_ELEMENTS(sizes));
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects_sealed), ==, fixture->seal ? G_N_ELEMENTS(sizes) : 0);
        g_assert_cmpint(mg_objects_last_serial(fixture->objects, NULL), ==, (G_N_ELEMENTS(sizes) - 1) * 999);
}

/* Changes the file of an object. */
typedef void (*Damage)(GByteArray *file);

static void flip(GByteArray *file) {
        file->data[file->len / 2] ^= 1;
}
static void cut(GByteArray *file) {
        g_byte_array_set_size(file, file->len / 2);
}
static void empty(GByteArray *file) {
        g_byte_array_set_size(file, 0);
}
static void garbage(GByteArray *file) {
        memset(file->data, 'x', file->len);
}
/* A whole frame of other content: only the digest tells. */
static void other_frame(GByteArray *file) {
        static const guint8 frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x03, 0x19, 0x00, 0x00, 'a', 'b', 'c'};

        g_byte_array_set_size(file, 0);
        g_byte_array_append(file, frame, sizeof frame);
}

static void test_damage(Fixture *fixture, gconstpointer data) {
        static const struct {
                Damage damage;
                gsize size;
        } rows[] = {{flip, 1000},    {cut, 1000},         {cut, 300000},   {empty, 10},
                    {garbage, 5000}, {other_frame, 1000}, {other_frame, 3}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GBytes) content = octets(rows[i].size);
                g_autofree char *receipt = mg_receipt_make(0, i), *path = path_of(fixture, receipt), *file = NULL;
                g_autoptr(GByteArray) bytes = g_byte_array_new();
                g_autoptr(GError) error = NULL;
                guint8 sha256[32];
                gboolean sealed;
                gsize n;

                digest_of(content, sha256);
                g_assert_true(mg_objects_write(fixture->objects, receipt, content, 3, fixture->seal, NULL, NULL));
                g_assert_true(g_file_get_contents(path, &file, &n, NULL));
                g_byte_array_append(bytes, (guint8 *)file, (guint)n);
                rows[i].damage(bytes);
                g_assert_true(g_file_set_contents(path, (char *)bytes->data, bytes->len, NULL));
                g_assert_cmpint(mg_objects_read(fixture->objects, receipt, rows[i].size, sha256, &sealed, &error), ==,
                                -1);
                g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        }
}

static void test_missing(Fixture *fixture, gconstpointer data) {
        g_autofree char *receipt = mg_receipt_make(4, 7);
        g_autoptr(GError) error = NULL;
        const guint8 sha256[32] = {0};
        gboolean sealed;

        g_assert_false(mg_objects_has(fixture->objects, receipt));
        g_assert_cmpint(mg_objects_read(fixture->objects, receipt, 1, sha256, &sealed, &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        mg_objects_remove(fixture->objects, receipt);
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects), ==, 0);
        g_assert_cmpint(mg_objects_last_serial(fixture->objects, NULL), ==, -1);
}

static gboolean collect(const char *receipt, guint64 size, gboolean sealed, gpointer data) {
        g_ptr_array_add(data, g_strdup(receipt));
        return TRUE;
}

/* Files that others put there are neither counted nor removed. */
static void test_each(Fixture *fixture, gconstpointer data) {
        static const char *const foreign[] = {"note.txt", "1234567890.zst", "00000000.zst",
                                              "x.zst",    "x.zst.cms",      "1000000050.zst.cms.1"};
        g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GBytes) content = octets(10);
        g_autofree char *first = mg_receipt_make(1, 5), *second = mg_receipt_make(1, 99999999);

        g_assert_true(mg_objects_write(fixture->objects, first, content, 3, fixture->seal, NULL, NULL));
        g_assert_true(mg_objects_write(fixture->objects, second, content, 3, fixture->seal, NULL, NULL));
        for (guint i = 0; i < G_N_ELEMENTS(foreign); i++) {
                g_autofree char *path = g_build_filename(fixture->dir, "objects", "00000", foreign[i], NULL);

                g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        }
        g_assert_true(mg_objects_each(fixture->objects, collect, seen, NULL));
        g_assert_cmpuint(seen->len, ==, 2);
        g_assert_true(g_ptr_array_find_with_equal_func(seen, first, g_str_equal, NULL));
        g_assert_true(g_ptr_array_find_with_equal_func(seen, second, g_str_equal, NULL));
        g_assert_cmpint(mg_objects_last_serial(fixture->objects, NULL), ==, 99999999);
}

/* A folder holds both kinds: from before keys were configured and from after. */
static void test_both(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgSeal) seal = key_seal();
        g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GBytes) content = octets(1000);
        guint8 sha256[32];

        digest_of(content, sha256);
        for (guint i = 0; i < 10; i++) {
                g_autofree char *receipt = mg_receipt_make(1, i);

                g_assert_true(mg_objects_write(fixture->objects, receipt, content, 3, i % 2 ? seal : NULL, NULL, NULL));
        }
        g_assert_true(mg_objects_each(fixture->objects, collect, seen, NULL));
        g_assert_cmpuint(seen->len, ==, 10);
        g_assert_cmpint(mg_objects_last_serial(fixture->objects, NULL), ==, 9);
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects_sealed), ==, 5);
        for (guint i = 0; i < seen->len; i++) {
                const char *receipt = g_ptr_array_index(seen, i);
                gboolean sealed;
                mg_autofd fd = mg_objects_read(fixture->objects, receipt, 1000, sha256, &sealed, NULL);

                g_assert_cmpint(fd, >=, 0);
                g_assert_cmpint(sealed, ==, mg_receipt_serial(receipt) % 2);
                mg_objects_remove(fixture->objects, receipt);
                g_assert_false(mg_objects_has(fixture->objects, receipt));
        }
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects), ==, 0);
        g_assert_cmpint(mg_meter_read(&fixture->meter.objects_sealed), ==, 0);
        g_assert_cmpint(mg_meter_read(&fixture->meter.object_bytes), ==, 0);
}

/* A planted string stands in an unsealed file's frame and in no sealed one. */
static void test_planted(Fixture *fixture, gconstpointer data) {
        static const char planted[] = "planted-string-that-zstd-leaves-as-it-is-0123456789";
        g_autoptr(GBytes) content = g_bytes_new_static(planted, sizeof planted);
        g_autofree char *receipt = mg_receipt_make(0, 1), *path = path_of(fixture, receipt), *file = NULL;
        static const guint8 frame[] = {0x28, 0xb5, 0x2f, 0xfd};
        gsize n;

        g_assert_true(mg_objects_write(fixture->objects, receipt, content, 3, fixture->seal, NULL, NULL));
        g_assert_true(g_file_get_contents(path, &file, &n, NULL));
        g_assert_true((memmem(file, n, planted, 20) != NULL) == (fixture->seal == NULL));
        g_assert_true((memmem(file, n, frame, sizeof frame) != NULL) == (fixture->seal == NULL));
}

/* Names stand before there is content. They are no objects; a file that has content is not written over. */
static void test_blanks(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GBytes) content = octets(10);
        g_autofree char *before = mg_receipt_make(1, 993), *first = mg_receipt_make(1, 994);
        g_autofree char *next = mg_receipt_make(1, 999), *path = path_of(fixture, next), *path_before = NULL;
        g_autoptr(GError) error = NULL;
        long long syncs;

        mg_objects_begin(fixture->objects, 994);
        g_assert_true(mg_objects_write(fixture->objects, first, content, 3, fixture->seal, NULL, NULL));
        path_before = path_of(fixture, before);
        g_assert_false(g_file_test(path_before, G_FILE_TEST_EXISTS));
        g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
        g_assert_false(mg_objects_has(fixture->objects, next));
        g_assert_true(mg_objects_each(fixture->objects, collect, seen, NULL));
        g_assert_cmpuint(seen->len, ==, 1);
        g_assert_cmpint(mg_objects_last_serial(fixture->objects, NULL), ==, 994);

        syncs = mg_meter_read(&fixture->meter.syncs);
        g_assert_true(mg_objects_write(fixture->objects, next, content, 3, fixture->seal, NULL, NULL));
        g_assert_cmpint(mg_meter_read(&fixture->meter.syncs), ==, syncs + 1);
        g_assert_false(mg_objects_write(fixture->objects, next, content, 3, fixture->seal, NULL, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        g_assert_true(mg_objects_has(fixture->objects, next));
}

static void test_room(Fixture *fixture, gconstpointer data) {
        guint64 space = mg_objects_space(fixture->objects, NULL);
        g_autoptr(GError) error = NULL;

        g_assert_cmpuint(space, >, 0);
        g_assert_true(mg_objects_room(fixture->objects, 1, 0, NULL));
        g_assert_false(mg_objects_room(fixture->objects, 1, G_MAXUINT64, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_FULL);
        g_assert_false(mg_objects_room(fixture->objects, G_MAXUINT64, 1, NULL));
}

/* A file that shrinks while it is read is damaged, and nobody dies of it: pages that are no more cannot be read. */
static void test_shrinking(Fixture *fixture, gconstpointer data) {
        g_autoptr(GBytes) content = octets(1000);
        g_autofree char *receipt = mg_receipt_make(0, 0), *path = path_of(fixture, receipt);
        const gint64 until = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
        guint8 sha256[32], stored[32];
        Cutter *cutter;

        digest_of(content, sha256);
        g_assert_true(mg_objects_write(fixture->objects, receipt, content, 3, fixture->seal, stored, NULL));
        cutter = cutter_start(path, 32 << 20);
        while (g_get_monotonic_time() < until) {
                g_autoptr(GError) error = NULL;

                g_assert_false(mg_objects_check(fixture->objects, receipt, 1000, sha256, stored, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        }
        cutter_end(cutter);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                const char *sealed; /* NULL: not */
                void (*func)(Fixture *fixture, gconstpointer data);
        } rows[] = {{"/store/object/round-trip", NULL, test_round_trip},
                    {"/store/object/round-trip/sealed", "sealed", test_round_trip},
                    {"/store/object/blanks", NULL, test_blanks},
                    {"/store/object/blanks/sealed", "sealed", test_blanks},
                    {"/store/object/planted", NULL, test_planted},
                    {"/store/object/planted/sealed", "sealed", test_planted},
                    {"/store/object/both", NULL, test_both},
                    {"/store/object/damage", NULL, test_damage},
                    {"/store/object/missing", NULL, test_missing},
                    {"/store/object/each", NULL, test_each},
                    {"/store/object/shrinking", NULL, test_shrinking},
                    {"/store/object/shrinking/sealed", "sealed", test_shrinking},
                    {"/store/object/room", NULL, test_room}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add(rows[i].name, Fixture, rows[i].sealed, set_up, rows[i].func, tear_down);
        return g_test_run();
}
