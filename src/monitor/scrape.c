/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd in our loop: its descriptor is one source, its clock another. Makes no figures.
 */
#include "monitor/scrape.h"

#include <glib-unix.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
/* How often connections are looked at that live too long. */
#define LOOK_MS 500

/* A connection, from its beginning to its end. */
typedef struct Line {
        MHD_socket sock; /* libmicrohttpd's */
        gint64 since;    /* monotonic microseconds */
} Line;

/* A request that waits for figures. */
typedef struct Waiting {
        struct MHD_Connection *connection;
        GBytes *text; /* NULL: not there yet */
} Waiting;

struct MgScrapes {
        struct MHD_Daemon *daemon;
        void (*wanted)(void *data);
        void *data;
        GPtrArray *lines;   /* of Line, owned by libmicrohttpd's socket context */
        GPtrArray *waiting; /* of Waiting that are suspended, borrowed */
        guint ready;        /* sources */
        guint clock;
        guint look;
        gint64 count;
};

/* --- replies ------------------------------------------------------------------------------------------------------ */

static enum MHD_Result reply(struct MHD_Connection *connection, guint status, const char *type, const void *text,
                             gsize n) {
        struct MHD_Response *response =
                MHD_create_response_from_buffer(n, (void *)(guintptr)text, MHD_RESPMEM_MUST_COPY);
        enum MHD_Result queued;

        if (!response)
                return MHD_NO;
        MHD_add_response_header(response, "Content-Type", type);
        MHD_add_response_header(response, "Connection", "close");
        MHD_add_response_header(response, "Cache-Control", "no-store");
        MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                MHD_add_response_header(response, "Allow", "GET, HEAD");
        queued = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, guint status, const char *sentence) {
        return reply(connection, status, "text/plain; charset=utf-8", sentence, strlen(sentence));
}

static enum MHD_Result hear(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *octets G_GNUC_UNUSED, size_t *n, void **state) {
        MgScrapes *scrapes = data;
        Waiting *waiting = *state;

        if (waiting) {
                gsize size;
                const void *text = g_bytes_get_data(waiting->text, &size);

                scrapes->count++;
                return reply(connection, MHD_HTTP_OK, CONTENT_TYPE, text, size);
        }
        /* At once, before a body: the connection is closed behind the reply. */
        if (*n > 0 || (!g_str_equal(method, "GET") && !g_str_equal(method, "HEAD")))
                return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD alone.\n");
        if (!g_str_equal(url, "/metrics"))
                return refuse(connection, MHD_HTTP_NOT_FOUND, "Figures are at /metrics.\n");
        waiting = g_new0(Waiting, 1);
        waiting->connection = connection;
        *state = waiting;
        g_ptr_array_add(scrapes->waiting, waiting);
        MHD_suspend_connection(connection);
        scrapes->wanted(scrapes->data);
        return MHD_YES;
}

static void end_request(void *data, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code) {
        MgScrapes *scrapes = data;
        Waiting *waiting = *state;

        if (!waiting)
                return;
        g_ptr_array_remove_fast(scrapes->waiting, waiting);
        g_clear_pointer(&waiting->text, g_bytes_unref);
        g_free(waiting);
        *state = NULL;
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static gboolean on_clock(gpointer data);

static void run(MgScrapes *scrapes) {
        MHD_UNSIGNED_LONG_LONG next;

        MHD_run(scrapes->daemon);
        g_clear_handle_id(&scrapes->clock, g_source_remove);
        if (MHD_get_timeout(scrapes->daemon, &next) == MHD_YES)
                scrapes->clock = g_timeout_add((guint)MIN(next, 60000), on_clock, scrapes);
}

static gboolean on_clock(gpointer data) {
        MgScrapes *scrapes = data;

        scrapes->clock = 0;
        run(scrapes);
        return G_SOURCE_REMOVE;
}

static gboolean on_ready(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        run(data);
        return G_SOURCE_CONTINUE;
}

/*
 * libmicrohttpd counts from the last octet: who sends one now and then would hold his connection for ever. And it
 * listens again, after it had all the connections that it may have, in the run after the one in which one ended.
 */
static gboolean cut_slow(gpointer data) {
        MgScrapes *scrapes = data;
        const gint64 before = g_get_monotonic_time() - MG_SCRAPE_S * G_USEC_PER_SEC;

        for (guint i = 0; i < scrapes->lines->len; i++) {
                const Line *line = g_ptr_array_index(scrapes->lines, i);

                if (line->since < before)
                        shutdown(line->sock, SHUT_RDWR);
        }
        run(scrapes);
        return G_SOURCE_CONTINUE;
}

static void note_line(void *data, struct MHD_Connection *connection, void **context,
                      enum MHD_ConnectionNotificationCode code) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        MgScrapes *scrapes = data;
        Line *line = *context;

        if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
                g_ptr_array_remove_fast(scrapes->lines, line);
                *context = NULL;
                return;
        }
        line = g_new0(Line, 1);
        line->sock = info ? info->connect_fd : MHD_INVALID_SOCKET;
        line->since = g_get_monotonic_time();
        g_ptr_array_add(scrapes->lines, line);
        *context = line;
}

static void log_daemon(void *data, const char *format, va_list arguments) G_GNUC_PRINTF(2, 0);

static void log_daemon(void *data, const char *format, va_list arguments) {
        g_autofree char *line = g_strdup_vprintf(format, arguments);

        mg_log(MG_LOG_DEBUG, "%s", g_strchomp(line));
}

/* Takes listener where it starts. */
static gboolean start(MgScrapes *scrapes, int listener) {
        const union MHD_DaemonInfo *info;

        scrapes->daemon = MHD_start_daemon(
                MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, hear, scrapes,
                MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL, MHD_OPTION_LISTEN_SOCKET, listener,
                MHD_OPTION_NOTIFY_COMPLETED, end_request, scrapes, MHD_OPTION_NOTIFY_CONNECTION, note_line, scrapes,
                MHD_OPTION_CONNECTION_LIMIT, MG_SCRAPE_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, MG_SCRAPE_S,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MG_SCRAPE_HEAD, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                MHD_OPTION_END);
        if (!scrapes->daemon)
                return FALSE;
        info = MHD_get_daemon_info(scrapes->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        scrapes->ready = g_unix_fd_add(info->epoll_fd, G_IO_IN, on_ready, scrapes);
        scrapes->look = g_timeout_add(LOOK_MS, cut_slow, scrapes);
        return TRUE;
}

MgScrapes *mg_scrapes_new(int listener, void (*wanted)(void *data), void *data, GError **error) {
        MgScrapes *scrapes = g_new0(MgScrapes, 1);

        scrapes->wanted = wanted;
        scrapes->data = data;
        scrapes->lines = g_ptr_array_new_with_free_func(g_free);
        scrapes->waiting = g_ptr_array_new();
        if (start(scrapes, listener))
                return scrapes;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "libmicrohttpd does not start");
        mg_fd_close(&listener);
        mg_scrapes_free(scrapes);
        return NULL;
}

void mg_scrapes_answer(MgScrapes *scrapes, char *text) {
        g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));

        for (guint i = 0; i < scrapes->waiting->len; i++) {
                Waiting *waiting = g_ptr_array_index(scrapes->waiting, i);

                waiting->text = g_bytes_ref(bytes);
                MHD_resume_connection(waiting->connection);
        }
        g_ptr_array_set_size(scrapes->waiting, 0);
        run(scrapes);
}

gint64 mg_scrapes_count(const MgScrapes *scrapes) {
        return scrapes->count;
}

/* Who still waits gets nothing: libmicrohttpd ends no connection that is suspended. */
void mg_scrapes_free(MgScrapes *scrapes) {
        if (!scrapes)
                return;
        g_clear_handle_id(&scrapes->ready, g_source_remove);
        g_clear_handle_id(&scrapes->clock, g_source_remove);
        g_clear_handle_id(&scrapes->look, g_source_remove);
        if (scrapes->daemon) {
                mg_scrapes_answer(scrapes, g_strdup(""));
                g_clear_handle_id(&scrapes->clock, g_source_remove);
                MHD_stop_daemon(scrapes->daemon);
        }
        g_ptr_array_unref(scrapes->waiting);
        g_ptr_array_unref(scrapes->lines);
        g_free(scrapes);
}
