/* SPDX-License-Identifier: Apache-2.0 */
/* Mail files: line ends, bounds, and that nothing is written over unasked. */
#include "cli/mailfile.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

static void test_wire(void) {
        static const struct {
                const char *in;
                gsize n;
                const char *out;
                gsize m;
        } cases[] = {
                {"", 0, "", 0},
                {"a\n", 2, "a\r\n", 3},
                {"a\r\n", 3, "a\r\n", 3},
                {"a", 1, "a\r\n", 3},
                {"\n\n", 2, "\r\n\r\n", 4},
                {"a\r\nb\nc\r\n", 8, "a\r\nb\r\nc\r\n", 9},
                {"a\rb\n", 4, "a\rb\r\n", 5},
                {"a\r\r\n", 4, "a\r\r\n", 4},
                {"a\n\r", 3, "a\r\n\r\r\n", 6},
                /* not one LF: CR ends lines */
                {"a\r", 2, "a\r\n", 3},
                {"a\r\rb\rc", 6, "a\r\n\r\nb\r\nc\r\n", 11},
                {"\0\n\0", 3, "\0\r\n\0\r\n", 6},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GByteArray) wire = mg_mailfile_wire((const guint8 *)cases[i].in, cases[i].n);
                g_assert_cmpmem(wire->data, wire->len, cases[i].out, cases[i].m);
                /* The form on the wire stays as it is. */
                g_autoptr(GByteArray) again = mg_mailfile_wire(wire->data, wire->len);
                g_assert_cmpmem(again->data, again->len, cases[i].out, cases[i].m);
        }
}

/* A file of n lines, read with a bound of max. */
static GByteArray *read_lines(guint n, guint64 max, gboolean *too_large) {
        g_autoptr(GError) error = NULL;
        mg_autofd fd = mg_fd_memory("test", &error);
        g_assert_no_error(error);
        for (guint i = 0; i < n; i++)
                g_assert_true(mg_fd_write(fd, "abcdefg\n", 8, NULL));
        g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
        GByteArray *mail = mg_mailfile_read(fd, max, too_large, &error);
        g_assert_no_error(error);
        return mail;
}

static void test_bounds(void) {
        gboolean too_large;
        g_autoptr(GByteArray) fits = read_lines(20000, 180000, &too_large);
        g_assert_false(too_large);
        g_assert_cmpuint(fits->len, ==, 180000);
        /* Small enough as it stands, but not on the wire. */
        g_assert_null(read_lines(20000, 179999, &too_large));
        g_assert_true(too_large);
        g_assert_null(read_lines(20000, 1000, &too_large));
        g_assert_true(too_large);
}

static void test_unreadable(void) {
        g_autoptr(GError) error = NULL;
        gboolean too_large;
        mg_autofd folder = open("/", O_RDONLY | O_CLOEXEC);

        g_assert_null(mg_mailfile_read(folder, 1000, &too_large, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
        g_assert_false(too_large);
}

static void test_memory(void) {
        const GByteArray mail = {(guint8 *)"a\r\n", 3};
        g_autoptr(GError) error = NULL;
        mg_autofd fd = mg_mailfile_memory(&mail, &error);

        g_assert_no_error(error);
        g_assert_true(mg_fd_is_sealed(fd));
        g_autoptr(GBytes) bytes = mg_fd_map(fd, 0, 100, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "a\r\n", 3);
}

static guint count_files(const char *folder) {
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        guint n = 0;

        while (g_dir_read_name(dir) != NULL)
                n++;
        return n;
}

static void test_write(void) {
        g_autofree char *folder = g_dir_make_tmp("test-cli-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "a.eml", NULL);
        g_autofree char *nowhere = g_build_filename(folder, "none", "a.eml", NULL);
        g_autofree char *content = NULL;
        g_autoptr(GError) exists = NULL, missing = NULL;
        struct stat status;

        g_assert_true(mg_mailfile_write(path, "one", 3, FALSE, NULL));
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
        g_assert_false(mg_mailfile_write(path, "two", 3, FALSE, &exists));
        g_assert_error(exists, MG_ERROR, MG_ERROR_SYSTEM);
        g_assert_nonnull(strstr(exists->message, "--force"));
        g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
        g_assert_cmpstr(content, ==, "one");
        g_clear_pointer(&content, g_free);
        g_assert_true(mg_mailfile_write(path, "two", 3, TRUE, NULL));
        g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
        g_assert_cmpstr(content, ==, "two");
        g_assert_false(mg_mailfile_write(nowhere, "x", 1, TRUE, &missing));
        g_assert_error(missing, MG_ERROR, MG_ERROR_SYSTEM);
        /* No neighbour is left behind. */
        g_assert_cmpuint(count_files(folder), ==, 1);
        g_remove(path);
        g_rmdir(folder);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/mailfile/wire", test_wire);
        g_test_add_func("/cli/mailfile/bounds", test_bounds);
        g_test_add_func("/cli/mailfile/unreadable", test_unreadable);
        g_test_add_func("/cli/mailfile/memory", test_memory);
        g_test_add_func("/cli/mailfile/write", test_write);
        return g_test_run();
}
