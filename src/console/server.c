/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd on one side, routes on the other. Splits nothing of a request itself: console/http.h reads it.
 */
#include "console/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "console/route.h"

typedef struct Server {
        MgConsole console;
        const char *proxy;
        const char *user_header; /* in which that proxy says who signed in at it, or "" */
        guint per_address;
        guint header_ms;
        guint request_ms;
        GMutex lines_mutex;
        GPtrArray *lines; /* of Line, under lines_mutex */
        gboolean local;   /* the listener is a unix socket: who connects is the proxy */
        atomic_uint busy;
        GMutex mutex;
        GCond left;
        guint pages; /* that are made now; under the mutex, as the next one */
        gint64 turn; /* when the last page was due, by the rate alone */
        atomic_ullong requests;
        atomic_ullong refused; /* of them, 4xx */
        atomic_ullong faults;  /* of them, 5xx */
} Server;

/* A connection. It waits for a request from its beginning, or from the end of the one before. */
typedef struct Line {
        MHD_socket sock; /* libmicrohttpd's; open as long as this stands among the lines */
        gint64 end;      /* when it is cut off, monotonic microseconds; FOR_EVER while the request is answered */
} Line;

#define FOR_EVER G_MAXINT64

/* One request while its octets come in. */
typedef struct Upload {
        char *target;
        gint64 began;
        gboolean is_met; /* the header was seen */
        guint fault;     /* 408 or 413: the rest is not kept */
        GString *body;
} Upload;

/* --- requests that never end ------------------------------------------------------------------------------------ */

static gint64 after_ms(gint64 begin, guint ms) {
        return begin + (gint64)ms * 1000;
}

static void set_line(Server *server, struct MHD_Connection *connection, gint64 end) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&server->lines_mutex);
        Line *line = info ? info->socket_context : NULL;

        if (line)
                line->end = end;
}

static void note_line(void *data, struct MHD_Connection *connection, void **context,
                      enum MHD_ConnectionNotificationCode code) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        Server *server = data;
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&server->lines_mutex);
        Line *line = *context;

        if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
                g_ptr_array_remove_fast(server->lines, line);
                *context = NULL;
                return;
        }
        line = g_new0(Line, 1);
        line->sock = info ? info->connect_fd : MHD_INVALID_SOCKET;
        line->end = after_ms(g_get_monotonic_time(), server->header_ms);
        g_ptr_array_add(server->lines, line);
        *context = line;
}

/* libmicrohttpd counts from the last octet: who sends one now and then would hold his connection for ever. */
static void cut_slow(Server *server) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&server->lines_mutex);
        const gint64 now = g_get_monotonic_time();

        for (guint i = 0; i < server->lines->len; i++) {
                const Line *line = g_ptr_array_index(server->lines, i);

                if (line->end < now && line->sock != MHD_INVALID_SOCKET)
                        shutdown(line->sock, SHUT_RDWR);
        }
}

/* --- octets ----------------------------------------------------------------------------------------------------- */

static void *begin_upload(void *data, const char *target, struct MHD_Connection *connection) {
        Upload *upload = g_new0(Upload, 1);

        upload->target = g_strdup(target);
        upload->began = g_get_monotonic_time();
        upload->body = g_string_new(NULL);
        return upload;
}

static void end_upload(void *data, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code) {
        Server *server = data;
        Upload *upload = *state;

        set_line(server, connection, after_ms(g_get_monotonic_time(), server->header_ms));
        if (!upload)
                return;
        g_free(upload->target);
        explicit_bzero(upload->body->str, upload->body->len);
        g_string_free(upload->body, TRUE);
        g_free(upload);
        *state = NULL;
}

static void take_octets(const Server *server, Upload *upload, const char *data, gsize n) {
        if (upload->body->len + n > MG_HTTP_BODY)
                upload->fault = 413;
        if (g_get_monotonic_time() > after_ms(upload->began, server->request_ms))
                upload->fault = 408;
        if (!upload->fault)
                g_string_append_len(upload->body, data, (gssize)n);
}

/* --- fields that stand more than once --------------------------------------------------------------------------- */

typedef struct Occurrences {
        const char *name;
        const char *last; /* value of the last one, or NULL */
        guint n;
} Occurrences;

static enum MHD_Result count_field(void *data, enum MHD_ValueKind kind, const char *name, const char *value) {
        Occurrences *occurrences = data;

        if (g_ascii_strcasecmp(name, occurrences->name) != 0)
                return MHD_YES;
        occurrences->n++;
        occurrences->last = value;
        return MHD_YES;
}

static Occurrences occurrences_of(const char *name, struct MHD_Connection *connection) {
        Occurrences occurrences = {.name = name};

        if (*name)
                MHD_get_connection_values(connection, MHD_HEADER_KIND, count_field, &occurrences);
        return occurrences;
}

/* --- who -------------------------------------------------------------------------------------------------------- */

/* Address of the other end. Caller frees. */
static char *address_of(struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        char text[INET6_ADDRSTRLEN] = "";

        if (info && info->client_addr && info->client_addr->sa_family == AF_INET)
                inet_ntop(AF_INET, &((const struct sockaddr_in *)info->client_addr)->sin_addr, text, sizeof text);
        else if (info && info->client_addr && info->client_addr->sa_family == AF_INET6)
                inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)info->client_addr)->sin6_addr, text, sizeof text);
        return g_strdup(text);
}

/* Whether it comes from the web server in front: on a unix socket that is whoever may connect. */
static gboolean is_proxy(const Server *server, struct MHD_Connection *connection) {
        g_autofree char *address = address_of(connection);

        return server->local || (*server->proxy && g_str_equal(address, server->proxy));
}

static gboolean is_address(const char *text) {
        guint8 octets[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
}

/*
 * The last one that a proxy added is what it saw; what stands before it anybody may have written, in the same field or,
 * where the proxy adds a field of its own behind, in one before. Caller frees.
 */
static char *peer_of(const Server *server, struct MHD_Connection *connection) {
        g_autofree char *address = address_of(connection);
        const char *said = occurrences_of("X-Forwarded-For", connection).last;
        const char *last = said ? strrchr(said, ',') : NULL;
        g_autofree char *client = g_strstrip(g_strdup(last ? last + 1 : said ? said : ""));

        if (is_proxy(server, connection) && is_address(client))
                return g_steal_pointer(&client);
        return g_steal_pointer(&address);
}

/* --- answer ----------------------------------------------------------------------------------------------------- */

static void add_field(const char *name, const char *value, gpointer data) {
        MHD_add_response_header(data, name, value);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const MgHttpReply *reply) {
        struct MHD_Response *response =
                MHD_create_response_from_buffer(reply->body->len, reply->body->str, MHD_RESPMEM_MUST_COPY);
        enum MHD_Result sent;

        if (!response)
                return MHD_NO;
        mg_http_reply_fields(reply, add_field, response);
        if (reply->status == 401)
                MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
        /* What is left of a body that was not taken would be read as the next request. */
        if (reply->status == 408 || reply->status == 413)
                MHD_add_response_header(response, "Connection", "close");
        sent = MHD_queue_response(connection, reply->status, response);
        MHD_destroy_response(response);
        return sent;
}

static void count(Server *server, guint status) {
        atomic_fetch_add(&server->requests, 1);
        if (status >= 500)
                atomic_fetch_add(&server->faults, 1);
        else if (status >= 400)
                atomic_fetch_add(&server->refused, 1);
}

#define FIELD(name) MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name)

static enum MHD_Result answer(Server *server, struct MHD_Connection *connection, const char *method, Upload *upload) {
        const MgHttpHead head = {
                .method = method,
                .target = upload->target,
                .cookie = FIELD("Cookie"),
                .content_type = FIELD("Content-Type"),
                .accept = FIELD("Accept"),
                .authorization = FIELD("Authorization"),
                .host = FIELD("Host"),
                .origin = FIELD("Origin"),
                .fetch_site = FIELD("Sec-Fetch-Site"),
                .user = *server->user_header ? FIELD(server->user_header) : NULL,
                .users = occurrences_of(server->user_header, connection).n,
                .is_proxy = is_proxy(server, connection),
        };
        g_autoptr(MgHttpRequest) request =
                mg_http_read(&head, upload->body->str, upload->body->len, server->console.plain);
        g_autoptr(MgHttpReply) reply = mg_http_reply_new();
        g_autofree char *peer = peer_of(server, connection);

        if (upload->fault)
                request->fault = upload->fault;
        mg_route_serve(&server->console, request, peer, reply);
        count(server, reply->status);
        return send_reply(connection, reply);
}

/* When the next page may begin. Under the mutex. */
static gint64 take_turn(Server *server) {
        const gint64 step = G_USEC_PER_SEC / MG_SERVER_RATE;

        server->turn = MAX(server->turn, g_get_monotonic_time() - MG_SERVER_BURST * step) + step;
        return server->turn;
}

static void begin_page(Server *server) {
        gint64 wait;

        g_mutex_lock(&server->mutex);
        wait = take_turn(server) - g_get_monotonic_time();
        g_mutex_unlock(&server->mutex);
        if (wait > 0)
                g_usleep((gulong)wait);
        g_mutex_lock(&server->mutex);
        while (server->pages >= MG_SERVER_PAGES)
                g_cond_wait(&server->left, &server->mutex);
        server->pages++;
        g_mutex_unlock(&server->mutex);
}

static void end_page(Server *server) {
        g_mutex_lock(&server->mutex);
        server->pages--;
        g_cond_signal(&server->left);
        g_mutex_unlock(&server->mutex);
}

static enum MHD_Result hear(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *octets, size_t *n, void **state) {
        Server *server = data;
        Upload *upload = *state;
        enum MHD_Result sent;

        if (!upload->is_met) {
                upload->is_met = TRUE;
                /*
                 * One that comes late is answered, and one that never ends is cut off: no answer may be queued before
                 * the end of a body, and of what wraps a chunked one nothing is heard here.
                 */
                set_line(server, connection, after_ms(after_ms(upload->began, server->request_ms), server->request_ms));
                return MHD_YES;
        }
        if (*n > 0) {
                take_octets(server, upload, octets, *n);
                *n = 0;
                return MHD_YES;
        }
        set_line(server, connection, FOR_EVER);
        atomic_fetch_add(&server->busy, 1);
        begin_page(server);
        sent = answer(server, connection, method, upload);
        end_page(server);
        atomic_fetch_sub(&server->busy, 1);
        return sent;
}

/* --- the supervisor --------------------------------------------------------------------------------------------- */

static void send_figures(Server *server, int control) {
        g_autoptr(GArray) figures = mg_figures_new();

        mg_figures_add(figures, "console", "requests", (gint64)atomic_load(&server->requests));
        mg_figures_add(figures, "console", "requests_refused", (gint64)atomic_load(&server->refused));
        mg_figures_add(figures, "console", "requests_failed", (gint64)atomic_load(&server->faults));
        mg_control_answer(control, figures);
}

/* FALSE where it shall end. All keys of the console are taken over by a restart, so a RELOAD changes nothing. */
static gboolean hear_control(Server *server, int control) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        if (!mg_control_receive(control, 0, &packet, &error))
                return g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL);
        if (packet.kind == MG_CONTROL_STATUS)
                send_figures(server, control);
        return packet.kind != MG_CONTROL_DRAIN;
}

static void wait_for_end(Server *server, const MgConsoleSockets *sockets) {
        struct pollfd polls[] = {{.fd = sockets->control, .events = POLLIN},
                                 {.fd = sockets->signals, .events = POLLIN}};

        for (gboolean on = TRUE; on;) {
                const int ready = poll(polls, G_N_ELEMENTS(polls), (int)MIN(server->header_ms, 1000));

                cut_slow(server);
                if (ready <= 0)
                        continue;
                on = !polls[1].revents && (!polls[0].revents || hear_control(server, sockets->control));
        }
        mg_log(MG_LOG_INFO, "draining");
}

static void drain(Server *server, struct MHD_Daemon *daemon) {
        MHD_socket listener = MHD_quiesce_daemon(daemon);

        for (guint i = 0; i < MG_SERVER_DRAIN_S * 20 && atomic_load(&server->busy) > 0; i++)
                g_usleep(G_USEC_PER_SEC / 20);
        MHD_stop_daemon(daemon);
        if (listener != MHD_INVALID_SOCKET)
                close(listener);
}

/* --- beginning -------------------------------------------------------------------------------------------------- */

static void log_daemon(void *data, const char *format, va_list arguments) G_GNUC_PRINTF(2, 0);

static void log_daemon(void *data, const char *format, va_list arguments) {
        g_autofree char *line = g_strdup_vprintf(format, arguments);

        mg_log(MG_LOG_DEBUG, "%s", g_strchomp(line));
}

static struct MHD_Daemon *start_daemon(Server *server, int listener, const char *certificate, const char *key) {
        const guint flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                            MHD_USE_ERROR_LOG | (certificate ? MHD_USE_TLS : 0u);
        const gboolean counts = !server->local && *server->proxy == '\0';
        struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
                                       {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
                                       {MHD_OPTION_END, 0, NULL}};

        return MHD_start_daemon(flags, 0, NULL, NULL, hear, server, MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL,
                                MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_URI_LOG_CALLBACK, begin_upload, NULL,
                                MHD_OPTION_NOTIFY_COMPLETED, end_upload, server, MHD_OPTION_NOTIFY_CONNECTION,
                                note_line, server, MHD_OPTION_CONNECTION_LIMIT, MG_SERVER_CONNECTIONS,
                                MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                counts ? server->per_address : MG_SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                                MG_SERVER_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MG_HTTP_HEAD,
                                MHD_OPTION_THREAD_STACK_SIZE, (size_t)MG_SERVER_STACK, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                                MHD_OPTION_ARRAY, certificate ? tls : tls + 2, MHD_OPTION_END);
}

static gboolean read_file(const char *path, char **text, GError **error) {
        g_autoptr(GError) fault = NULL;

        if (*path == '\0' || g_file_get_contents(path, text, NULL, &fault))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s", fault->message);
        return FALSE;
}

static gboolean run(Server *server, const MgConfig *config, const MgConsoleSockets *sockets, GError **error) {
        g_autofree char *certificate = NULL;
        mg_autosecret key = NULL;
        struct MHD_Daemon *daemon;

        if (!read_file(config->console_certificate, &certificate, error) ||
            !read_file(config->console_key, &key, error))
                return FALSE;
        daemon = start_daemon(server, sockets->listener, certificate, key);
        if (!daemon) {
                g_set_error(error, MG_ERROR, certificate ? MG_ERROR_CONFIG : MG_ERROR_SYSTEM,
                            "libmicrohttpd does not start on %s%s", config->console_socket,
                            certificate ? ": do console.certificate and console.key belong together?" : "");
                return FALSE;
        }
        mg_log(MG_LOG_INFO, "pages on %s", config->console_socket);
        if (mg_control_serves(sockets->control, NULL))
                wait_for_end(server, sockets);
        drain(server, daemon);
        return TRUE;
}

gboolean mg_console_serve(const MgConfig *config, const MgConsoleSockets *sockets, GError **error) {
        g_autofree char *store = mg_config_socket(config, "store.sock");
        g_autofree char *release = mg_config_socket(config, "release.sock");
        g_autofree char *control = mg_config_socket(config, "control.sock");
        MgConsoleSockets own = *sockets;
        Server server = {
                .console = {.config = config,
                            .store_path = store,
                            .release_path = config->release ? release : NULL,
                            .control_path = control,
                            .plain = config->console_cookie == MG_COOKIE_PLAIN},
                .proxy = config->console_proxy,
                .user_header = config->console_user_header,
                .per_address = config->console_per_address,
                .header_ms = config->console_header_ms,
                .request_ms = config->console_request_ms,
                .lines = g_ptr_array_new_with_free_func(g_free),
                .local = g_str_has_prefix(config->console_socket, "unix:"),
        };
        gboolean well;

        g_mutex_init(&server.lines_mutex);
        g_mutex_init(&server.mutex);
        g_cond_init(&server.left);
        well = run(&server, config, &own, error);
        g_ptr_array_unref(server.lines);
        g_mutex_clear(&server.lines_mutex);
        g_cond_clear(&server.left);
        g_mutex_clear(&server.mutex);
        mg_fd_close(&own.control);
        mg_fd_close(&own.signals);
        return well;
}
