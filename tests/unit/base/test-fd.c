/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are read: whole, cut off, too long, and on a disk that cannot read them. The memory of a process at 0
 * stands for a bad sector: reading there is EIO.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/error.h"

/* A memfd with n octets. */
static int file_of(gsize n) {
        int fd = mg_fd_memory("test", NULL);
        g_autofree char *data = g_malloc(n + 1);

        for (gsize i = 0; i < n; i++)
                data[i] = (char)(i % 251);
        g_assert_true(mg_fd_write(fd, data, n, NULL));
        return fd;
}

static void test_read(void) {
        static const gsize sizes[] = {0, 1, 4095, 4096, 262143, 262144, 262145, 5000000};

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
                mg_autofd fd = file_of(sizes[i]);
                mg_autofd copy = mg_fd_memory("copy", NULL);
                g_autoptr(GBytes) read = mg_fd_read(fd, sizes[i], NULL), mapped = mg_fd_map(fd, 0, sizes[i], NULL);
                g_autoptr(GBytes) copied = NULL;
                guint8 digest[32];
                guint64 n;

                g_assert_true(g_bytes_equal(read, mapped));
                g_assert_true(mg_digest_file(fd, copy, &n, digest, NULL));
                g_assert_cmpuint(n, ==, sizes[i]);
                g_assert_true(mg_digest_is(read, digest));
                copied = mg_fd_read(copy, G_MAXUINT64, NULL);
                g_assert_true(g_bytes_equal(read, copied));
        }
}

static void test_read_at(void) {
        mg_autofd fd = file_of(1000);
        char data[1000];

        g_assert_cmpint(mg_fd_read_at(fd, data, sizeof data, 0, NULL), ==, 1000);
        g_assert_cmpint(mg_fd_read_at(fd, data, sizeof data, 990, NULL), ==, 10);
        g_assert_cmpint((guint8)data[9], ==, 999 % 251);
        g_assert_cmpint(mg_fd_read_at(fd, data, sizeof data, 1000, NULL), ==, 0);
        g_assert_cmpint(mg_fd_read_at(fd, data, sizeof data, 5000, NULL), ==, 0);
}

static void test_too_long(void) {
        mg_autofd fd = file_of(11);
        g_autoptr(GError) error = NULL;

        g_assert_null(mg_fd_read(fd, 10, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
}

static void test_bad_sector(void) {
        mg_autofd fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
        g_autoptr(GError) error = NULL, other = NULL;
        guint8 digest[32];
        char data[10];
        guint64 n;

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(mg_fd_read_at(fd, data, sizeof data, 0, &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
        g_assert_nonnull(strstr(error->message, g_strerror(EIO)));
        g_assert_false(mg_digest_file(fd, -1, &n, digest, &other));
        g_assert_error(other, MG_ERROR, MG_ERROR_SYSTEM);
}

/* Has a size, and cannot be read. */
static void test_folder(void) {
        mg_autofd fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(fd, >=, 0);
        g_assert_null(mg_fd_read(fd, G_MAXUINT64, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/fd/read", test_read);
        g_test_add_func("/fd/read-at", test_read_at);
        g_test_add_func("/fd/too-long", test_too_long);
        g_test_add_func("/fd/bad-sector", test_bad_sector);
        g_test_add_func("/fd/folder", test_folder);
        return g_test_run();
}
