/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role over a real socket, beside a mugaid that answers, is silent, or is not there: a scrape is answered in
 * bounded time, whatever others do with their connections.
 */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/control.h"
#include "base/fd.h"
#include "base/stream.h"
#include "monitor/monitor.h"

typedef enum Mugaid { ABSENT, SILENT, ANSWERS } Mugaid;

typedef struct Fixture {
        MgConfig *config;
        char *folder;
        int control; /* the supervisor's end */
        int mugaid;  /* listener of control.sock, or -1 */
        int waits;   /* a client that stays, or -1 */
        guint16 port;
        GThread *thread;
        MgMonitorSockets sockets;
} Fixture;

static gpointer serve(gpointer data) {
        Fixture *fixture = data;

        return GINT_TO_POINTER(mg_monitor_serve(fixture->config, &fixture->sockets, NULL));
}

/* A port that was free just now. */
static guint16 free_port(void) {
        struct sockaddr_in address;
        socklen_t n = sizeof address;
        mg_autofd sock = mg_stream_listen("inet:0@127.0.0.1", NULL);

        g_assert_cmpint(sock, >=, 0);
        g_assert_cmpint(getsockname(sock, (struct sockaddr *)&address, &n), ==, 0);
        return ntohs(address.sin_port);
}

static void begin(Fixture *fixture, gconstpointer data) {
        g_auto(MgPacket) ready = MG_PACKET_INIT;
        g_autofree char *path = NULL;
        int pair[2];

        fixture->folder = g_dir_make_tmp("monitor-XXXXXX", NULL);
        fixture->config = mg_config_load(NULL, NULL);
        fixture->waits = -1;
        fixture->port = free_port();
        g_free(fixture->config->run_dir);
        fixture->config->run_dir = g_strdup(fixture->folder);
        g_free(fixture->config->monitor_listen);
        fixture->config->monitor_listen = g_strdup_printf("inet:%u@127.0.0.1", fixture->port);
        path = mg_config_socket(fixture->config, "control.sock");
        fixture->mugaid = GPOINTER_TO_INT(data) == ABSENT ? -1 : mg_packet_listen(path, 0600, NULL);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        fixture->control = pair[0];
        fixture->sockets = (MgMonitorSockets){.control = pair[1], .signals = -1, .listener = -1};
        fixture->thread = g_thread_new("monitor", serve, fixture);
        g_assert_true(mg_packet_receive(fixture->control, 10000, &ready, NULL));
        g_assert_cmpuint(ready.kind, ==, MG_CONTROL_READY);
}

static void end(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = g_build_filename(fixture->folder, "control.sock", NULL);

        g_assert_true(mg_packet_send(fixture->control, MG_CONTROL_DRAIN, NULL, NULL, 0, NULL));
        g_assert_true(GPOINTER_TO_INT(g_thread_join(fixture->thread)));
        mg_fd_close(&fixture->control);
        mg_fd_close(&fixture->mugaid);
        mg_fd_close(&fixture->waits);
        g_unlink(path);
        g_rmdir(fixture->folder);
        g_free(fixture->folder);
}

static int send_to(const Fixture *fixture, const char *text) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET, .sin_port = htons(fixture->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_assert_cmpint(connect(sock, (const struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(send(sock, text, strlen(text), MSG_NOSIGNAL), ==, (gssize)strlen(text));
        return sock;
}

/* What comes until the role closes. */
static char *read_all(int sock) {
        GString *answer = g_string_new(NULL);
        char buffer[4096];
        gssize got;

        while ((got = recv(sock, buffer, sizeof buffer, 0)) > 0)
                g_string_append_len(answer, buffer, got);
        return g_string_free(answer, FALSE);
}

static char *exchange(const Fixture *fixture, const char *text) {
        mg_autofd sock = send_to(fixture, text);

        return read_all(sock);
}

#define SCRAPE "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

static void answer_one(const Fixture *fixture) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) figures = mg_figures_new();
        mg_autofd sock = accept(fixture->mugaid, NULL, NULL);

        g_assert_true(mg_packet_receive(sock, 10000, &packet, NULL));
        g_assert_cmpuint(packet.kind, ==, MG_CONTROL_STATUS);
        mg_figures_add(figures, "mugaid", "up_store", 1);
        /* Long ago, by way of mugaid: the role knows better. */
        mg_figures_add(figures, "monitor", "scrapes", 99);
        mg_figures_send(sock, MG_CONTROL_FIGURES, figures);
}

/* Who asks while a question is on its way has the answer to that one. */
static void test_answers(Fixture *fixture, gconstpointer data) {
        mg_autofd one = send_to(fixture, SCRAPE);
        mg_autofd two = send_to(fixture, SCRAPE);
        g_autofree char *first = NULL, *second = NULL, *head = NULL;

        answer_one(fixture);
        first = read_all(one);
        g_assert_true(g_str_has_prefix(first, "HTTP/1.1 200 "));
        g_assert_nonnull(strstr(first, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
        g_assert_nonnull(strstr(first, "\nmugai_supervisor_up 1\n"));
        g_assert_nonnull(strstr(first, "\nmugai_role_up{role=\"store\"} 1\n"));
        g_assert_nonnull(strstr(first, "\nmugai_scrapes_total 0\n"));
        /* The second came with the first or just after its answer. */
        if (poll(&(struct pollfd){.fd = fixture->mugaid, .events = POLLIN}, 1, 200) > 0)
                answer_one(fixture);
        second = read_all(two);
        g_assert_nonnull(strstr(second, "\nmugai_supervisor_up 1\n"));
        one = send_to(fixture, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        answer_one(fixture);
        head = read_all(one);
        g_assert_true(g_str_has_prefix(head, "HTTP/1.1 200 "));
        g_assert_true(g_str_has_suffix(head, "\r\n\r\n"));
}

/* Without mugaid there are still the own figures, and that it is missing is one of them. */
static void test_without(Fixture *fixture, gconstpointer data) {
        const gint64 began = g_get_monotonic_time();
        g_autofree char *text = exchange(fixture, SCRAPE);
        const gint64 took = (g_get_monotonic_time() - began) / 1000;

        g_assert_true(g_str_has_prefix(text, "HTTP/1.1 200 "));
        g_assert_nonnull(strstr(text, "\nmugai_supervisor_up 0\n"));
        g_assert_null(strstr(text, "mugai_role_up"));
        if (GPOINTER_TO_INT(data) == SILENT)
                g_assert_cmpint(took, >=, MG_ASK_MS - 100);
}

static void test_refuses(Fixture *fixture, gconstpointer data) {
        static const struct {
                const char *sent, *want;
        } rows[] = {
                {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 "},
                {"GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 "},
                {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 405 "},
                {"DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 "},
                {"noise\r\n\r\n", ""},
        };
        GString *long_field = g_string_new("GET /metrics HTTP/1.1\r\nHost: a\r\nA: ");
        g_autofree char *refused = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *answer = exchange(fixture, rows[i].sent);

                g_test_message("%s -> %.40s", rows[i].sent, answer);
                g_assert_true(g_str_has_prefix(answer, rows[i].want));
                g_assert_null(strstr(answer, "mugai_"));
        }
        for (guint i = 0; i < 2 * MG_SCRAPE_HEAD; i++)
                g_string_append_c(long_field, 'a');
        g_string_append(long_field, "\r\n\r\n");
        refused = exchange(fixture, long_field->str);
        g_assert_null(strstr(refused, "mugai_"));
        g_string_free(long_field, TRUE);
}

/* All places taken by clients that say a little now and then, or nothing: they are cut, and a scrape comes through. */
static void test_slow(Fixture *fixture, gconstpointer data) {
        int socks[2 * MG_SCRAPE_CONNECTIONS];
        g_autofree char *text = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(socks); i++)
                socks[i] = send_to(fixture, i % 2 ? "GET /met" : "");
        for (guint i = 0; i < 4; i++) {
                g_usleep(G_USEC_PER_SEC / 2);
                for (guint j = 1; j < G_N_ELEMENTS(socks); j += 2)
                        send(socks[j], "r", 1, MSG_NOSIGNAL);
        }
        text = exchange(fixture, SCRAPE);
        g_assert_nonnull(strstr(text, "\nmugai_supervisor_up 0\n"));
        for (guint i = 0; i < G_N_ELEMENTS(socks); i++)
                mg_fd_close(&socks[i]);
}

/* Who waits for figures when the role ends does not keep it; one who left does not disturb it. */
static void test_leaves(Fixture *fixture, gconstpointer data) {
        for (guint i = 0; i < 2 * MG_SCRAPE_CONNECTIONS; i++) {
                mg_autofd sock = send_to(fixture, SCRAPE);
                g_usleep(1000);
        }
        fixture->waits = send_to(fixture, SCRAPE);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add("/monitor/serve/answers", Fixture, GINT_TO_POINTER(ANSWERS), begin, test_answers, end);
        g_test_add("/monitor/serve/silent", Fixture, GINT_TO_POINTER(SILENT), begin, test_without, end);
        g_test_add("/monitor/serve/absent", Fixture, GINT_TO_POINTER(ABSENT), begin, test_without, end);
        g_test_add("/monitor/serve/refuses", Fixture, GINT_TO_POINTER(ABSENT), begin, test_refuses, end);
        g_test_add("/monitor/serve/slow", Fixture, GINT_TO_POINTER(ABSENT), begin, test_slow, end);
        g_test_add("/monitor/serve/leaves", Fixture, GINT_TO_POINTER(SILENT), begin, test_leaves, end);
        return g_test_run();
}
