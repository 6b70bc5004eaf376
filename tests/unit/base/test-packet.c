/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets: records of any length and descriptors arrive; what is no packet is refused and leaks nothing.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"

static guint open_descriptors(void) {
        DIR *folder = opendir("/proc/self/fd");
        guint n = 0;

        while (readdir(folder))
                n++;
        closedir(folder);
        return n;
}

static void pair(int ends[2]) {
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
}

static void test_lengths(void) {
        static const gsize lengths[] = {0, 1, MG_PACKET_INLINE - 6, MG_PACKET_INLINE, MG_PACKET_INLINE + 1, 3000000};
        int ends[2];

        pair(ends);
        for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
                g_autofree char *data = g_malloc0(lengths[i] + 1);
                g_auto(MgWriter) writer = {0};
                g_auto(MgPacket) packet = MG_PACKET_INIT;
                g_autoptr(GError) error = NULL;
                const guint8 *got;
                MgReader reader;
                gsize n;

                memset(data, 'x', lengths[i]);
                mg_writer_init(&writer);
                mg_put_bytes(&writer, data, lengths[i]);
                g_assert_true(mg_packet_send(ends[0], 7, &writer, ends, 2, &error));
                g_assert_true(mg_packet_receive(ends[1], 1000, &packet, &error));
                g_assert_cmpuint(packet.kind, ==, 7);
                g_assert_cmpuint(packet.n_fds, ==, 2);
                g_assert_cmpint(fcntl(packet.fds[1], F_GETFD), ==, FD_CLOEXEC);
                mg_reader_init(&reader, packet.record);
                got = mg_get_bytes(&reader, lengths[i], &n, "data");
                g_assert_cmpmem(got, n, data, lengths[i]);
                g_assert_true(mg_reader_end(&reader, &error));
        }
        close(ends[0]);
        close(ends[1]);
}

/* Raw messages that no sender of ours makes. */
static void send_raw(int sock, const void *data, gsize n, const int *fds, guint n_fds) {
        char space[CMSG_SPACE(sizeof(int) * 16)] = {0};
        struct iovec part = {(void *)data, n};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        struct cmsghdr *header;

        if (n_fds > 0) {
                message.msg_control = space;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
                memcpy(CMSG_DATA(header), fds, sizeof(int) * n_fds);
        }
        g_assert_cmpint(sendmsg(sock, &message, 0), >=, 0);
}

static void test_no_packet(void) {
        guint before = open_descriptors();
        int ends[2], many[10];
        mg_autofd unsealed = mg_fd_memory("unsealed", NULL);
        static const char in_memory[8] = {1, 0, 0, 0, 1, 0, 0, 0};
        g_autofree char *huge = g_malloc0(MG_PACKET_INLINE * 2);
        struct {
                const char *name;
                const void *data;
                gsize n;
                const int *fds;
                guint n_fds;
        } rows[] = {
                {"short", "abc", 3, NULL, 0},
                {"short with a descriptor", "abc", 3, &unsealed, 1},
                {"says in memory, has none", in_memory, 8, NULL, 0},
                {"says in memory, not sealed", in_memory, 8, &unsealed, 1},
                {"longer than a packet", huge, MG_PACKET_INLINE * 2, NULL, 0},
                {"too many descriptors", huge, 100, many, 10},
        };

        pair(ends);
        for (guint i = 0; i < 10; i++)
                many[i] = unsealed;
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(MgPacket) packet = MG_PACKET_INIT;
                g_autoptr(GError) error = NULL;

                g_test_message("%s", rows[i].name);
                send_raw(ends[0], rows[i].data, rows[i].n, rows[i].fds, rows[i].n_fds);
                g_assert_false(mg_packet_receive(ends[1], 1000, &packet, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                g_assert_cmpuint(packet.n_fds, ==, 0);
        }
        close(ends[0]);
        close(ends[1]);
        mg_fd_close(&unsealed);
        g_assert_cmpuint(open_descriptors(), ==, before);
}

static void test_peer(void) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;
        int ends[2];

        pair(ends);
        g_assert_false(mg_packet_receive(ends[1], 20, &packet, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_TIMEOUT);
        g_clear_error(&error);
        close(ends[0]);
        g_assert_false(mg_packet_receive(ends[1], 1000, &packet, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CLOSED);
        g_clear_error(&error);
        g_assert_false(mg_packet_send(ends[1], 1, NULL, NULL, 0, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CLOSED);
        close(ends[1]);
}

/* A socket that is connected to just before it gets its mode. */
static const char *door;
static guint opened, refused;

/* In place of the C library's. */
int chmod(const char *path, mode_t mode) {
        if (g_strcmp0(path, door) == 0) {
                mg_autofd client = mg_packet_connect(path, NULL);

                *(client >= 0 ? &opened : &refused) += 1;
        }
        return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

/* Who waits for the mode of a socket is let in then. */
static void test_door(void) {
        g_autofree char *folder = g_dir_make_tmp("mugai-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "a.sock", NULL);
        g_autoptr(GError) error = NULL;
        struct stat status;
        mg_autofd sock = -1;

        door = path;
        sock = mg_packet_listen(path, 0600, &error);
        door = NULL;
        g_assert_no_error(error);
        g_assert_cmpint(sock, >=, 0);
        g_assert_cmpint(lstat(path, &status), ==, 0);
        g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
        g_assert_cmpuint(opened, ==, 1);
        g_assert_cmpuint(refused, ==, 0);
        unlink(path);
        rmdir(folder);
}

static void test_listen(void) {
        g_autofree char *folder = g_dir_make_tmp("mugai-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "a.sock", NULL);
        g_autofree char *deep = g_strnfill(200, 'x');
        g_autoptr(GError) error = NULL;
        mg_autofd first = mg_packet_listen(path, 0600, &error);
        mg_autofd again = mg_packet_listen(path, 0600, &error);
        mg_autofd client = mg_packet_connect(path, &error);
        mg_autofd server = accept(again, NULL, NULL);

        g_assert_no_error(error);
        g_assert_cmpint(first, >=, 0);
        g_assert_cmpint(client, >=, 0);
        g_assert_cmpint(server, >=, 0);
        g_assert_cmpint(mg_packet_connect(deep, &error), ==, -1);
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
        unlink(path);
        rmdir(folder);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/packet/lengths", test_lengths);
        g_test_add_func("/packet/no-packet", test_no_packet);
        g_test_add_func("/packet/peer", test_peer);
        g_test_add_func("/packet/listen", test_listen);
        g_test_add_func("/packet/door", test_door);
        return g_test_run();
}
