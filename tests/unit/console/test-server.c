/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server over a real socket: its header, its bounds, noise, figures, and its end. No store answers: pages that need
 * nobody do without.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/control.h"
#include "base/fd.h"
#include "base/stream.h"
#include "console/server.h"

typedef struct Fixture {
        MgConfig *config;
        int control;
        guint16 port;
        GThread *thread;
        MgConsoleSockets sockets;
} Fixture;

static gpointer serve(gpointer data) {
        Fixture *fixture = data;

        return GINT_TO_POINTER(mg_console_serve(fixture->config, &fixture->sockets, NULL));
}

static void begin(Fixture *fixture, gconstpointer data) {
        struct sockaddr_in address;
        socklen_t n = sizeof address;
        g_auto(MgPacket) ready = MG_PACKET_INIT;
        int pair[2];

        fixture->config = mg_config_load(NULL, NULL);
        g_assert_nonnull(fixture->config);
        g_free(fixture->config->run_dir);
        fixture->config->run_dir = g_strdup("/nonexistent");
        if (g_strcmp0(data, "header") == 0)
                fixture->config->console_header_ms = 300;
        if (g_strcmp0(data, "body") == 0)
                fixture->config->console_request_ms = 300;
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        fixture->control = pair[0];
        fixture->sockets = (MgConsoleSockets){mg_stream_listen("inet:0@127.0.0.1", NULL), pair[1], -1};
        g_assert_cmpint(fixture->sockets.listener, >=, 0);
        g_assert_cmpint(getsockname(fixture->sockets.listener, (struct sockaddr *)&address, &n), ==, 0);
        fixture->port = ntohs(address.sin_port);
        fixture->thread = g_thread_new("console", serve, fixture);
        g_assert_true(mg_packet_receive(fixture->control, 10000, &ready, NULL));
        g_assert_cmpuint(ready.kind, ==, MG_CONTROL_READY);
}

/* It ends well when it is told to. */
static void end(Fixture *fixture, gconstpointer data) {
        g_assert_true(mg_packet_send(fixture->control, MG_CONTROL_DRAIN, NULL, NULL, 0, NULL));
        g_assert_true(GPOINTER_TO_INT(g_thread_join(fixture->thread)));
        mg_fd_close(&fixture->control);
        mg_config_free(fixture->config);
}

static int connect_to(const Fixture *fixture) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET, .sin_port = htons(fixture->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_assert_cmpint(connect(sock, (const struct sockaddr *)&address, sizeof address), ==, 0);
        return sock;
}

/* What comes back until the server closes. */
static char *exchange(const Fixture *fixture, const char *sent, gsize n) {
        mg_autofd sock = connect_to(fixture);
        GString *answer = g_string_new(NULL);
        char buffer[4096];
        gssize got;

        while (n > 0) {
                gssize done = send(sock, sent, n, MSG_NOSIGNAL);

                if (done <= 0)
                        break;
                sent += done;
                n -= (gsize)done;
        }
        while ((got = recv(sock, buffer, sizeof buffer, 0)) > 0)
                g_string_append_len(answer, buffer, got);
        return g_string_free(answer, FALSE);
}

static char *get(const Fixture *fixture, const char *target, const char *fields) {
        g_autofree char *request =
                g_strdup_printf("GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", target, fields);

        return exchange(fixture, request, strlen(request));
}

static void test_page(Fixture *fixture, gconstpointer data) {
        g_autofree char *page = get(fixture, "/sign-in", "");
        g_autofree char *none = get(fixture, "/", "");
        g_autofree char *gone = get(fixture, "/none", "");
        g_autofree char *json = get(fixture, "/", "Accept: application/json\r\n");
        g_autofree char *down = get(fixture, "/", "Authorization: Bearer abc\r\n");
        const char *sheet = strstr(page, "/assets/style-");
        g_autofree char *path = sheet ? g_strndup(sheet, strcspn(sheet, "\"")) : NULL;
        g_autofree char *style = path ? get(fixture, path, "") : NULL;

        g_assert_true(g_str_has_prefix(page, "HTTP/1.1 200 "));
        g_assert_nonnull(strstr(page, "Content-Security-Policy: default-src 'none';"));
        g_assert_nonnull(strstr(page, "Cache-Control: no-store"));
        g_assert_nonnull(strstr(page, "サインイン"));
        g_assert_true(g_str_has_prefix(none, "HTTP/1.1 401 "));
        g_assert_true(g_str_has_prefix(gone, "HTTP/1.1 404 "));
        g_assert_nonnull(strstr(json, "\r\n\r\n{\"status\":401,"));
        g_assert_true(g_str_has_prefix(down, "HTTP/1.1 503 "));
        g_assert_nonnull(style);
        g_assert_true(g_str_has_prefix(style, "HTTP/1.1 200 "));
        g_assert_nonnull(strstr(style, "immutable"));
}

static void test_bounds(Fixture *fixture, gconstpointer data) {
        g_autofree char *fill = g_strnfill(MG_HTTP_BODY + 1000, 'a');
        g_autofree char *body = g_strdup_printf("POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                                                "Content-Type: application/x-www-form-urlencoded\r\n\r\n%s",
                                                strlen(fill), fill);
        g_autofree char *target = g_strdup_printf("GET /%.*s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                                  MG_HTTP_TARGET + 10, fill);
        g_autofree char *head = g_strdup_printf("GET / HTTP/1.1\r\nHost: a\r\nX: %.*s\r\n\r\n", 2 * MG_HTTP_HEAD, fill);
        g_autofree char *large = exchange(fixture, body, strlen(body));
        g_autofree char *distant = exchange(fixture, target, strlen(target));
        g_autofree char *thick = exchange(fixture, head, strlen(head));
        g_autofree char *still = get(fixture, "/sign-in", "");

        g_assert_true(g_str_has_prefix(large, "HTTP/1.1 413 "));
        g_assert_true(g_str_has_prefix(distant, "HTTP/1.1 414 "));
        g_assert_true(g_str_has_prefix(thick, "HTTP/1.1 431 ") || *thick == '\0');
        g_assert_true(g_str_has_prefix(still, "HTTP/1.1 200 "));
}

/* Bytes that are no HTTP, requests that stop halfway, and many connections at once leave it as it was. */
static void test_noise(Fixture *fixture, gconstpointer data) {
        static const char *const noise[] = {"\r\n\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x01\x01",
                                            "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"};
        int open[30];

        for (guint i = 0; i < G_N_ELEMENTS(noise); i++) {
                mg_autofd sock = connect_to(fixture);

                g_assert_cmpint(send(sock, noise[i], strlen(noise[i]), MSG_NOSIGNAL), ==, (gssize)strlen(noise[i]));
        }
        g_assert_cmpuint(fixture->config->console_per_address, ==, G_N_ELEMENTS(open));
        for (guint i = 0; i < G_N_ELEMENTS(open); i++)
                open[i] = connect_to(fixture);
        for (guint i = 0; i < G_N_ELEMENTS(open); i++)
                close(open[i]);
        for (guint i = 0; i < 100; i++) {
                g_autofree char *page = get(fixture, "/sign-in", "");

                if (g_str_has_prefix(page, "HTTP/1.1 200 "))
                        return;
                g_usleep(50000);
        }
        g_assert_not_reached();
}

/* Who sends an octet now and then is cut off when its time is over; who is quick is answered. */
static void cut_off(const Fixture *fixture, const char *first, const char *more) {
        mg_autofd slow = connect_to(fixture);
        char buffer[64];
        guint octets = 0;

        g_assert_cmpint(send(slow, first, strlen(first), MSG_NOSIGNAL), ==, (gssize)strlen(first));
        /* Far more than the time it has: bounded by what is sent and not by a clock. */
        while (octets < 20000 && recv(slow, buffer, sizeof buffer, MSG_DONTWAIT) != 0) {
                if (send(slow, &more[octets % strlen(more)], 1, MSG_NOSIGNAL) < 0)
                        break;
                octets++;
                g_usleep(5000);
        }
        g_assert_cmpuint(octets, <, 20000);
        g_autofree char *page = get(fixture, "/sign-in", "");
        g_assert_true(g_str_has_prefix(page, "HTTP/1.1 200 "));
}

static void test_slow(Fixture *fixture, gconstpointer data) {
        cut_off(fixture, "GET /sign-in HTTP/1.1\r\nHost: a\r\n", "X: y\r\n");
}

/* Neither a body, nor what a chunked one is wrapped in, holds a connection. */
static void test_slow_body(Fixture *fixture, gconstpointer data) {
        cut_off(fixture, "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", "a");
        cut_off(fixture, "POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n");
        cut_off(fixture, "POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n");
}

static void test_figures(Fixture *fixture, gconstpointer data) {
        static const struct {
                const char *name;
                gint64 value;
        } rows[] = {{"requests", 2}, {"requests_refused", 1}, {"requests_failed", 0}, {"log_dropped", 0}};
        g_autofree char *page = get(fixture, "/sign-in", ""), *none = get(fixture, "/none", "");
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) figures = NULL;
        MgReader reader;

        g_assert_true(mg_packet_send(fixture->control, MG_CONTROL_STATUS, NULL, NULL, 0, NULL));
        g_assert_true(mg_packet_receive(fixture->control, 10000, &packet, NULL));
        g_assert_cmpuint(packet.kind, ==, MG_CONTROL_FIGURES);
        mg_reader_init(&reader, packet.record);
        figures = mg_figures_get(&reader);
        g_assert_cmpuint(figures->len, ==, G_N_ELEMENTS(rows));
        for (guint i = 0; i < figures->len; i++) {
                g_assert_cmpstr(g_array_index(figures, MgFigure, i).name, ==, rows[i].name);
                g_assert_cmpint(g_array_index(figures, MgFigure, i).value, ==, rows[i].value);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add("/console/server/page", Fixture, NULL, begin, test_page, end);
        g_test_add("/console/server/bounds", Fixture, NULL, begin, test_bounds, end);
        g_test_add("/console/server/noise", Fixture, NULL, begin, test_noise, end);
        g_test_add("/console/server/slow", Fixture, "header", begin, test_slow, end);
        g_test_add("/console/server/slow-body", Fixture, "body", begin, test_slow_body, end);
        g_test_add("/console/server/figures", Fixture, NULL, begin, test_figures, end);
        return g_test_run();
}
