/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets: of which family they are. A name of this host has an address of either version as a rule.
 */
#include <glib/gstdio.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"

static int family_of(const char *address) {
        g_autoptr(GError) error = NULL;
        mg_autofd sock = mg_stream_listen(address, &error);
        struct sockaddr_storage bound;
        socklen_t n = sizeof bound;

        g_assert_no_error(error);
        g_assert_cmpint(getsockname(sock, (struct sockaddr *)&bound, &n), ==, 0);
        return bound.ss_family;
}

static void test_families(void) {
        g_autofree char *folder = g_dir_make_tmp("mugai-stream-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "sock", NULL), *address = g_strconcat("unix:", path, NULL);

        g_assert_cmpint(family_of("inet:0@127.0.0.1"), ==, AF_INET);
        g_assert_cmpint(family_of("inet:0@localhost"), ==, AF_INET);
        g_assert_cmpint(family_of(address), ==, AF_UNIX);
        g_assert_cmpint(g_unlink(path), ==, 0);
        g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void test_none(void) {
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(mg_stream_listen("unix:/proc/nonexistent/sock", &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/stream/families", test_families);
        g_test_add_func("/stream/none", test_none);
        return g_test_run();
}
