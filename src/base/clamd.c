/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clamd's protocol, as much of it as is needed. Decides nothing, and never waits longer than it is told: the connection
 * does not block, and a question is shorter than any socket's buffer.
 */
#include "base/clamd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/text.h"

static gboolean send_descriptor(int sock, int fd) {
        char octet = '\0';
        struct iovec part = {&octet, 1};
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {0};
        struct msghdr message = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control};

        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        return sendmsg(sock, &message, MSG_NOSIGNAL) == 1;
}

int mg_clamd_ask(const char *socket_path, const char *command, int fd, MgScanFault *fault) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        g_autofree char *question = g_strconcat("z", command, NULL);
        gssize n = (gssize)strlen(question) + 1;
        mg_autofd sock = -1;

        *fault = MG_SCAN_FAULT_BROKEN;
        if (g_strlcpy(address.sun_path, socket_path, sizeof address.sun_path) >= sizeof address.sun_path) {
                errno = ENAMETOOLONG;
                return -1;
        }
        sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (sock < 0)
                return -1;
        if (connect(sock, (struct sockaddr *)&address, sizeof address) < 0) {
                /* Its queue of connections is full: it is there and takes none. */
                if (errno == EAGAIN)
                        *fault = MG_SCAN_FAULT_SILENT;
                return -1;
        }
        if (send(sock, question, (gsize)n, MSG_NOSIGNAL) != n || (fd >= 0 && !send_descriptor(sock, fd)))
                return -1;
        *fault = MG_SCAN_FAULT_NONE;
        return mg_fd_steal(&sock);
}

/* Whether something can be read until end, monotonic microseconds. */
static gboolean wait_readable(int sock, gint64 end) {
        struct pollfd poller = {.fd = sock, .events = POLLIN};
        int ready;

        do {
                ready = poll(&poller, 1, (int)(MAX(end - g_get_monotonic_time() + 999, 0) / 1000));
        } while (ready < 0 && errno == EINTR);
        return ready > 0;
}

char *mg_clamd_answer(int sock, guint wait_ms, MgScanFault *fault) {
        gint64 end = g_get_monotonic_time() + (gint64)wait_ms * 1000;
        char answer[MG_CLAMD_ANSWER];
        gsize n = 0;

        while (n < sizeof answer) {
                const char *last;
                gssize got;

                if (!wait_readable(sock, end)) {
                        *fault = MG_SCAN_FAULT_SILENT;
                        return NULL;
                }
                got = recv(sock, answer + n, sizeof answer - n, 0);
                if (got < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (got <= 0)
                        break;
                last = memchr(answer + n, '\0', (gsize)got);
                n += (gsize)got;
                if (!last)
                        continue;
                if (memchr(answer, '\n', (gsize)(last - answer)))
                        break;
                *fault = MG_SCAN_FAULT_NONE;
                return g_strndup(answer, (gsize)(last - answer));
        }
        *fault = MG_SCAN_FAULT_BROKEN;
        return NULL;
}

/* What clamd names after a bound of its own (AlertExceedsMax): it did not look at all of it. */
static const char exceeded[] = "Heuristics.Limits.Exceeded";

static void say(MgScan *scan, const char *words, gsize n) {
        g_autofree char *clean = mg_text_clean(words, n, MG_CLASS_LINE, 0, NULL);

        memcpy(scan->said, clean, mg_text_whole(clean, strlen(clean), MG_SCAN_SAID));
}

/* Behind "fd[10]: ", or NULL. */
static const char *behind_name(const char *answer) {
        const char *at = answer + strlen("fd[");

        if (!g_str_has_prefix(answer, "fd[") || !g_ascii_isdigit(*at))
                return NULL;
        at += strspn(at, "0123456789");
        return g_str_has_prefix(at, "]: ") ? at + strlen("]: ") : NULL;
}

/* By how an answer ends: X FOUND, X ERROR. What is in front of it is said. */
static const struct {
        const char *end;
        MgScanVerdict verdict;
        MgScanFault fault;
} ends[] = {
        {" FOUND", MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE},
        {" ERROR", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_REFUSED},
};

MgScan mg_clamd_verdict(const char *answer) {
        const char *named = behind_name(answer), *words = named ? named : answer;
        MgScan scan = {MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""};

        if (named && g_str_equal(words, "OK"))
                return (MgScan){.verdict = MG_SCAN_CLEAN};
        for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
                if (!g_str_has_suffix(words, ends[i].end) || (!named && ends[i].fault == MG_SCAN_FAULT_NONE))
                        continue;
                scan.verdict = ends[i].verdict;
                scan.fault = ends[i].fault;
                say(&scan, words, strlen(words) - strlen(ends[i].end));
        }
        if (scan.verdict == MG_SCAN_INFECTED && g_str_has_prefix(scan.said, exceeded)) {
                scan.verdict = MG_SCAN_UNSCANNED;
                scan.fault = MG_SCAN_FAULT_TOO_LARGE;
        }
        return scan;
}
