/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepts, and starts threads. Reads nothing.
 */
#include "milter/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/stream.h"
#include "milter/session.h"

/* Where there is no descriptor or thread for one more connection: until others have ended. */
#define EXHAUSTED_US (G_USEC_PER_SEC / 10)

typedef struct Listener {
        MgGateway *gateway;
        GMutex lock;
        GCond ended;
        guint sessions;
} Listener;

typedef struct Connection {
        Listener *listener;
        int fd;
} Connection;

int mg_listener_open(const char *address, GError **error) {
        const char *path = g_str_has_prefix(address, "unix:") ? address + strlen("unix:") : NULL;
        g_autofree char *fresh = path ? g_strconcat(path, ".new", NULL) : NULL;
        g_autofree char *spec = path ? g_strconcat("unix:", fresh, NULL) : g_strdup(address);
        mg_autofd listening = mg_stream_listen(spec, error);

        if (listening < 0) {
                g_prefix_error(error, "milter.socket: ");
                return -1;
        }
        /* Who may connect is said by the folder's group (milter.group), which the supervisor made. */
        if (path && (chmod(fresh, 0666) < 0 || rename(fresh, path) < 0)) {
                mg_error_system(error, "cannot put milter.socket %s in place", path);
                return -1;
        }
        return mg_fd_steal(&listening);
}

static void leave(Listener *listener) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&listener->lock);

        listener->sessions--;
        g_cond_signal(&listener->ended);
}

static gpointer serve(gpointer data) {
        g_autofree Connection *connection = data;

        mg_session_run(connection->listener->gateway, connection->fd);
        leave(connection->listener);
        return NULL;
}

static void wait_for_room(Listener *listener) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&listener->lock);

        if (listener->sessions == MG_LISTENER_SESSIONS)
                mg_log(MG_LOG_WARNING, "the mail server has %u sessions at once, and no more are taken",
                       listener->sessions);
        while (listener->sessions >= MG_LISTENER_SESSIONS)
                g_cond_wait(&listener->ended, &listener->lock);
        listener->sessions++;
}

/* The connection gets its thread. FALSE where there is none for it; then it is closed, and its mail comes again. */
static gboolean start(Listener *listener, int fd) {
        const int yes = 1;
        Connection *connection = g_new(Connection, 1);
        g_autoptr(GError) error = NULL;
        GThread *thread;

        /* Of TCP; a unix socket does not have it. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        *connection = (Connection){listener, fd};
        thread = g_thread_try_new("session", serve, connection, &error);
        if (thread) {
                g_thread_unref(thread);
                return TRUE;
        }
        mg_log(MG_LOG_ERROR, "no thread for a session of the mail server: %s", error->message);
        g_free(connection);
        close(fd);
        return FALSE;
}

/* What is not the connection's own fault. */
static gboolean is_exhausted(void) {
        return errno != EINTR && errno != ECONNABORTED && errno != EAGAIN;
}

void mg_listener_run(MgGateway *gateway, int listening) {
        Listener listener = {.gateway = gateway};

        g_mutex_init(&listener.lock);
        g_cond_init(&listener.ended);
        for (;;) {
                gboolean exhausted;
                int fd;

                wait_for_room(&listener);
                fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
                if (fd >= 0 && start(&listener, fd))
                        continue;
                exhausted = fd >= 0 || is_exhausted();
                if (fd < 0 && exhausted)
                        mg_log(MG_LOG_ERROR, "cannot take a session of the mail server: %s", g_strerror(errno));
                if (exhausted)
                        g_usleep(EXHAUSTED_US);
                leave(&listener);
        }
}
