/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets on SOCK_SEQPACKET sockets. Knows frames and descriptors, not what a record says.
 */
#include "base/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/fd.h"

#define BACKLOG 1024

typedef struct Frame {
        guint32 kind;     /* little-endian */
        guint8 in_memory; /* the record is in the last descriptor */
        guint8 zero[3];
} Frame;

void mg_packet_clear(MgPacket *packet) {
        g_clear_pointer(&packet->record, g_bytes_unref);
        for (guint i = 0; i < MG_PACKET_FDS; i++)
                mg_fd_close(&packet->fds[i]);
        packet->n_fds = 0;
        packet->kind = 0;
}

static gboolean send_frame(int sock, const Frame *frame, const void *data, gsize n, const int *fds, guint n_fds,
                           GError **error) {
        struct iovec parts[2] = {{(void *)frame, sizeof *frame}, {(void *)data, n}};
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int) * (MG_PACKET_FDS + 1))];
        } control = {0};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent;

        if (n_fds > 0) {
                message.msg_control = control.space;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
                memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
        }
        do {
                sent = sendmsg(sock, &message, MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        if (sent >= 0)
                return TRUE;
        if (errno == EPIPE || errno == ECONNRESET)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_CLOSED, "the other side closed the connection");
        else
                mg_error_system(error, "cannot send");
        return FALSE;
}

gboolean mg_packet_send(int sock, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds, GError **error) {
        static const guint8 empty_record[] = {MG_WIRE_VERSION};
        const guint8 *data = writer ? writer->bytes->data : empty_record;
        gsize n = writer ? writer->bytes->len : sizeof empty_record;
        Frame frame = {.kind = GUINT32_TO_LE(kind)};
        int all[MG_PACKET_FDS + 1];
        mg_autofd memory = -1;

        g_assert(n_fds <= MG_PACKET_FDS);
        if (n <= MG_PACKET_INLINE)
                return send_frame(sock, &frame, data, n, fds, n_fds, error);

        memory = mg_fd_memory("mugai-record", error);
        if (memory < 0 || !mg_fd_write(memory, data, n, error) || !mg_fd_seal(memory, 0, error))
                return FALSE;
        if (n_fds > 0)
                memcpy(all, fds, sizeof(int) * n_fds);
        all[n_fds] = memory;
        frame.in_memory = 1;
        return send_frame(sock, &frame, NULL, 0, all, n_fds + 1, error);
}

static gboolean wait_readable(int sock, int timeout_ms, GError **error) {
        struct pollfd poller = {.fd = sock, .events = POLLIN};
        gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
        int ready;

        for (;;) {
                gint64 left = timeout_ms < 0 ? -1 : MAX((end - g_get_monotonic_time() + 999) / 1000, 0);

                ready = poll(&poller, 1, (int)left);
                if (ready > 0)
                        return TRUE;
                if (ready == 0) {
                        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "no answer within %d ms", timeout_ms);
                        return FALSE;
                }
                if (errno != EINTR) {
                        mg_error_system(error, "cannot wait");
                        return FALSE;
                }
        }
}

/* Takes every descriptor that came, so that none leaks whatever the peer sent. Returns how many. */
static guint take_descriptors(struct msghdr *message, int all[MG_PACKET_FDS + 1]) {
        guint n = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                for (gsize at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len && n <= MG_PACKET_FDS; at += sizeof(int))
                        memcpy(&all[n++], (char *)c + at, sizeof(int));
        }
        return n;
}

/* Puts frame, data and descriptors into the packet, which owns the descriptors from here on. */
static gboolean unpack(MgPacket *packet, const char *buffer, gsize n, int *all, guint n_all, GError **error) {
        Frame frame;
        mg_autofd memory = -1;

        memcpy(&frame, buffer, MIN(n, sizeof frame));
        if (n >= sizeof frame && frame.in_memory && n_all > 0)
                memory = mg_fd_steal(&all[n_all - 1]);
        for (guint i = 0; i < n_all && i < MG_PACKET_FDS; i++)
                if (all[i] >= 0)
                        packet->fds[packet->n_fds++] = mg_fd_steal(&all[i]);
        for (guint i = 0; i < n_all; i++)
                mg_fd_close(&all[i]);
        if (n < sizeof frame || (frame.in_memory && !mg_fd_is_sealed(memory))) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "what came is no packet");
                return FALSE;
        }
        packet->kind = GUINT32_FROM_LE(frame.kind);
        packet->is_mapped = frame.in_memory != 0;
        packet->record = frame.in_memory ? mg_fd_map(memory, 0, MG_PACKET_MAX, error)
                                         : g_bytes_new(buffer + sizeof frame, n - sizeof frame);
        return packet->record != NULL;
}

gboolean mg_packet_receive(int sock, int timeout_ms, MgPacket *packet, GError **error) {
        char buffer[sizeof(Frame) + MG_PACKET_INLINE];
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int) * (MG_PACKET_FDS + 1))];
        } control = {0};
        struct iovec part = {buffer, sizeof buffer};
        struct msghdr message = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control};
        int all[MG_PACKET_FDS + 1];
        gboolean unpacked;
        guint n_all;
        ssize_t n;

        mg_packet_clear(packet);
        if (!wait_readable(sock, timeout_ms, error))
                return FALSE;
        do {
                n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
        } while (n < 0 && errno == EINTR);
        if (n < 0 && errno != ECONNRESET) {
                mg_error_system(error, "cannot receive");
                return FALSE;
        }
        if (n <= 0) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_CLOSED, "the other side closed the connection");
                return FALSE;
        }
        n_all = take_descriptors(&message, all);
        unpacked = unpack(packet, buffer, (gsize)n, all, n_all, error);
        /* It may have been a password. */
        explicit_bzero(buffer, (gsize)n);
        if (!unpacked || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
                mg_packet_clear(packet);
                if (error && !*error)
                        g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "a packet is too long");
                return FALSE;
        }
        return TRUE;
}

gboolean mg_packet_has_peer(int sock) {
        struct pollfd poller = {.fd = sock};
        int ready;

        do {
                ready = poll(&poller, 1, 0);
        } while (ready < 0 && errno == EINTR);
        return ready == 0;
}

static int open_socket(const char *path, struct sockaddr_un *address, GError **error) {
        int sock;

        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        if (g_strlcpy(address->sun_path, path, sizeof address->sun_path) >= sizeof address->sun_path) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "socket path %s is longer than %" G_GSIZE_FORMAT, path,
                            sizeof address->sun_path - 1);
                return -1;
        }
        sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (sock < 0)
                mg_error_system(error, "no socket");
        return sock;
}

int mg_packet_listen(const char *path, guint mode, GError **error) {
        struct sockaddr_un address;
        mg_autofd sock = open_socket(path, &address, error);

        if (sock < 0)
                return -1;
        unlink(path);
        /* fchmod before bind is how the file gets no mode but this one, less what umask takes. It gives that back when
         * it listens: who is let in is heard. */
        if (fchmod(sock, (mode_t)mode) < 0 || bind(sock, (struct sockaddr *)&address, sizeof address) < 0 ||
            listen(sock, BACKLOG) < 0 || chmod(path, (mode_t)mode) < 0) {
                mg_error_system(error, "cannot listen on %s", path);
                return -1;
        }
        return mg_fd_steal(&sock);
}

static int connect_to(const char *path, gboolean waits, GError **error) {
        struct sockaddr_un address;
        mg_autofd sock = open_socket(path, &address, error);
        int done;

        if (sock < 0 || (!waits && !g_unix_set_fd_nonblocking(sock, TRUE, error)))
                return -1;
        do {
                done = connect(sock, (struct sockaddr *)&address, sizeof address);
        } while (done < 0 && errno == EINTR);
        if (done < 0) {
                mg_error_system(error, "cannot reach %s", path);
                return -1;
        }
        return mg_fd_steal(&sock);
}

int mg_packet_connect(const char *path, GError **error) {
        return connect_to(path, TRUE, error);
}

int mg_packet_connect_now(const char *path, GError **error) {
        return connect_to(path, FALSE, error);
}

int mg_packet_inherited(const char *name) {
        const char *pid = g_getenv("LISTEN_PID"), *count = g_getenv("LISTEN_FDS"), *names = g_getenv("LISTEN_FDNAMES");
        g_auto(GStrv) each = NULL;
        guint64 n;

        if (!pid || !count || !names || g_ascii_strtoull(pid, NULL, 10) != (guint64)getpid())
                return -1;
        n = g_ascii_strtoull(count, NULL, 10);
        each = g_strsplit(names, ":", 64);
        for (guint i = 0; each[i] && i < n; i++) {
                int fd = 3 + (int)i;

                if (!g_str_equal(each[i], name))
                        continue;
                return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
        }
        return -1;
}
