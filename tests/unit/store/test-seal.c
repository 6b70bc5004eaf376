/* SPDX-License-Identifier: Apache-2.0 */
/* Seals: each of the two keys opens what was sealed, no other does, and nothing that was changed comes out. */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "config/certificate.h"
#include "keys.h"

#define SIZE 30000

/* Content, its digest, and a frame of it: what an object is before it is sealed. */
typedef struct Original {
        GBytes *content;
        guint8 sha256[32];
        GByteArray *frame;
} Original;

static Original original_make(gsize n) {
        Original original = {.frame = g_byte_array_new()};
        guint8 *data = g_malloc(n + 1);
        gsize got;

        for (gsize i = 0; i < n; i++)
                data[i] = (guint8)g_test_rand_int();
        mg_digest(data, n, original.sha256);
        original.content = g_bytes_new_take(data, n);
        g_byte_array_set_size(original.frame, (guint)ZSTD_compressBound(n));
        got = ZSTD_compress(original.frame->data, original.frame->len, data, n, 3);
        g_assert_false(ZSTD_isError(got));
        g_byte_array_set_size(original.frame, (guint)got);
        return original;
}

static void original_clear(Original *original) {
        g_bytes_unref(original->content);
        g_byte_array_unref(original->frame);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Original, original_clear)

/* Sealed in pieces of so many octets. */
static GBytes *seal_pieces(MgSeal *seal, const Original *original, gsize piece) {
        mg_autofd fd = mg_fd_memory("sealed", NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgSealStream) stream = mg_seal_begin(seal, fd, NULL, &error);
        g_autoptr(GBytes) sealed = NULL;
        guint64 written = 0;

        g_assert_no_error(error);
        for (gsize at = 0; at < original->frame->len; at += piece)
                g_assert_true(mg_seal_write(stream, original->frame->data + at, MIN(piece, original->frame->len - at),
                                            &error));
        g_assert_true(mg_seal_end(stream, &written, &error));
        sealed = mg_fd_map(fd, 0, G_MAXUINT32, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(g_bytes_get_size(sealed), ==, written);
        return g_steal_pointer(&sealed);
}

static gboolean opens(KeyOf who, GBytes *sealed, const Original *original, GError **error) {
        gsize size = g_bytes_get_size(original->content);
        g_autoptr(GBytes) content = mg_opener_open(key_opener(who), sealed, size, original->sha256, error);

        return content && g_bytes_equal(content, original->content);
}

static void test_keys(void) {
        g_autoptr(MgSeal) seal = key_seal();
        g_auto(Original) original = original_make(SIZE);
        g_autoptr(GBytes) sealed = seal_pieces(seal, &original, SIZE);

        g_assert_true(opens(KEY_ORGANIZATION, sealed, &original, NULL));
        g_assert_true(opens(KEY_ESCROW, sealed, &original, NULL));
        for (KeyOf who = KEY_OTHER; who < _KEY_N; who++) {
                g_autoptr(GError) error = NULL;

                g_assert_false(opens(who, sealed, &original, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        }
}

/* A part is sealed to the organizations that it names and to the escrow, and to nobody else. */
static void test_parts(void) {
        static const struct {
                guint places[3], n;
                gboolean organization, other;
        } rows[] = {{{0}, 1, TRUE, FALSE},
                    {{1}, 1, FALSE, TRUE},
                    {{0, 1}, 2, TRUE, TRUE},
                    {{0}, 0, FALSE, FALSE},
                    {{1, 1, 1}, 3, FALSE, TRUE}};
        g_autoptr(MgSeal) whole = key_seal_of_two();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgSeal) seal = mg_seal_part(whole, rows[i].places, rows[i].n);
                g_auto(Original) original = original_make(SIZE);
                g_autoptr(GBytes) sealed = seal_pieces(seal, &original, SIZE);

                g_assert_cmpint(opens(KEY_ORGANIZATION, sealed, &original, NULL), ==, rows[i].organization);
                g_assert_cmpint(opens(KEY_OTHER, sealed, &original, NULL), ==, rows[i].other);
                g_assert_true(opens(KEY_ESCROW, sealed, &original, NULL));
                g_assert_false(opens(KEY_STRANGER, sealed, &original, NULL));
        }
}

static void test_sizes(void) {
        static const gsize sizes[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 65535, 65536, 65537, 1000000};
        static const gsize pieces[] = {1000000000, 4096, 777};
        g_autoptr(MgSeal) seal = key_seal();

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
                for (guint j = 0; j < G_N_ELEMENTS(pieces); j++) {
                        g_auto(Original) original = original_make(sizes[i]);
                        g_autoptr(GBytes) sealed = seal_pieces(seal, &original, pieces[j]);
                        g_autoptr(GError) error = NULL;

                        g_assert_true(opens(KEY_ORGANIZATION, sealed, &original, &error));
                        g_assert_no_error(error);
                }
}

/* Twice the same content is never twice the same object, nor is one a beginning of the other. */
static void test_fresh(void) {
        g_autoptr(MgSeal) seal = key_seal();
        g_auto(Original) original = original_make(SIZE);
        g_autoptr(GBytes) one = seal_pieces(seal, &original, SIZE), other = seal_pieces(seal, &original, SIZE);
        const char *data = g_bytes_get_data(one, NULL);

        g_assert_false(g_bytes_equal(one, other));
        g_assert_null(memmem(g_bytes_get_data(other, NULL), g_bytes_get_size(other),
                             data + g_bytes_get_size(one) - 1000, 64));
}

/* One bit anywhere, or a cut anywhere: no content, and an error. */
static void test_damage(void) {
        g_autoptr(MgSeal) seal = key_seal();
        g_auto(Original) original = original_make(3000);
        g_autoptr(GBytes) sealed = seal_pieces(seal, &original, SIZE);
        gsize n = g_bytes_get_size(sealed);
        guint opened = 0;

        for (gsize at = 0; at < n; at += 7) {
                g_autofree char *data = g_memdup2(g_bytes_get_data(sealed, NULL), n);
                g_autoptr(GBytes) flipped = NULL, cut = g_bytes_new(data, at);
                g_autoptr(GError) error = NULL, cut_error = NULL;

                data[at] ^= (char)(1 << at % 8);
                flipped = g_bytes_new(data, n);
                /* Some bits of the structure mean nothing to who opens it, such as the other key's part of it. What
                 * comes out then is the original all the same. */
                opened += opens(KEY_ORGANIZATION, flipped, &original, &error);
                g_assert_false(opens(KEY_ORGANIZATION, cut, &original, &cut_error));
                g_assert_nonnull(cut_error);
        }
        g_assert_cmpuint(opened, <, n / 7 / 2);
}

/* A whole object of another mail in its place. */
static void test_exchanged(void) {
        g_autoptr(MgSeal) seal = key_seal();
        g_auto(Original) one = original_make(1000), other = original_make(1000);
        g_autoptr(GBytes) sealed = seal_pieces(seal, &other, SIZE);
        g_autoptr(GError) error = NULL;

        g_assert_false(opens(KEY_ORGANIZATION, sealed, &one, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
}

static void test_full_disk(void) {
        g_autoptr(MgSeal) seal = key_seal();
        g_auto(Original) original = original_make(300000);
        mg_autofd fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgSealStream) stream = mg_seal_begin(seal, fd, NULL, &error);
        guint64 written;

        g_assert_no_error(error);
        g_assert_false(mg_seal_write(stream, original.frame->data, original.frame->len, &error) &&
                       mg_seal_end(stream, &written, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_FULL);
}

static void test_no_certificate(void) {
        MgCertificate garbage = {.path = (char *)"x", .der = g_bytes_new_static("garbage", 7)};
        g_autoptr(GPtrArray) all = g_ptr_array_new();
        g_autoptr(GError) error = NULL;

        g_ptr_array_add(all, &garbage);
        g_assert_null(mg_seal_new(all, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
        g_bytes_unref(garbage.der);
}

static int wrong_passphrase(char *buffer, int size, int writing, void *data) {
        return (int)g_strlcpy(buffer, "wrong", (gsize)size);
}

static void test_passphrase(void) {
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), "mugai-test-key", NULL);
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_set_contents(path, key_pair(KEY_ORGANIZATION)->key, -1, NULL));
        g_assert_nonnull(strstr(key_pair(KEY_ORGANIZATION)->key, "-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        g_assert_null(mg_opener_read(path, wrong_passphrase, NULL, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_true(g_file_set_contents(path, "no key", -1, NULL));
        g_assert_null(mg_opener_read(path, wrong_passphrase, NULL, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        remove(path);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/seal/keys", test_keys);
        g_test_add_func("/store/seal/parts", test_parts);
        g_test_add_func("/store/seal/sizes", test_sizes);
        g_test_add_func("/store/seal/fresh", test_fresh);
        g_test_add_func("/store/seal/damage", test_damage);
        g_test_add_func("/store/seal/exchanged", test_exchanged);
        g_test_add_func("/store/seal/full-disk", test_full_disk);
        g_test_add_func("/store/seal/no-certificate", test_no_certificate);
        g_test_add_func("/store/seal/passphrase", test_passphrase);
        return g_test_run();
}
