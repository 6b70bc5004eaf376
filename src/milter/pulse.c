/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The milter's connection to itself. Says nothing on it: libmilter sees a session that ends before it begins.
 */
#include "milter/pulse.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/fd.h"
#include "milter/gateway.h"

/* The listening socket is among the first descriptors of a process that has just begun. */
#define DESCRIPTORS 64

typedef struct Address {
        union {
                struct sockaddr any;
                struct sockaddr_un local;
                struct sockaddr_storage space;
        };
        socklen_t n;
} Address;

/* Where we listen, asked of the socket itself: the configuration may name a host or none. */
static gboolean find_listener(Address *address) {
        for (int fd = 3; fd < DESCRIPTORS; fd++) {
                int listens = 0;
                socklen_t n = sizeof listens;

                address->n = sizeof address->space;
                if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens &&
                    getsockname(fd, &address->any, &address->n) == 0)
                        return TRUE;
        }
        return FALSE;
}

static gboolean has_mail(void) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&mg_gateway->lock);

        return mg_gateway->mails > 0;
}

static gpointer beat(gpointer data) {
        g_autofree Address *address = data;

        for (;;) {
                mg_autofd sock = -1;

                g_usleep(MG_PULSE_MS * 1000);
                if (!has_mail())
                        continue;
                /* Not blocking: a full backlog is a listener that is busy, and the next beat follows. */
                sock = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                if (sock >= 0)
                        (void)!connect(sock, &address->any, address->n);
        }
        return NULL;
}

gboolean mg_pulse_start(const char *spec, GError **error) {
        g_autofree Address *address = g_new0(Address, 1);

        if (!find_listener(address)) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "milter.socket %s listens on no descriptor", spec);
                return FALSE;
        }
        /* It was bound under another name and renamed. */
        if (address->any.sa_family == AF_UNIX) {
                g_strlcpy(address->local.sun_path, spec + strlen("unix:"), sizeof address->local.sun_path);
                address->n = sizeof address->local;
        }
        g_thread_unref(g_thread_new("pulse", beat, g_steal_pointer(&address)));
        return TRUE;
}
