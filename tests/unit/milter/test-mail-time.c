/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail is over before Postfix gives up waiting, whoever is slow and whoever says nothing. The clock is this
 * program's: a role that is slow puts it forward before it answers, a wait in vain puts it forward by all of the wait.
 */
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"
#include "base/receipt.h"
#include "base/store_client.h"
#include "base/worker.h"
#include "milter/mail.h"

/* Postfix's milter_content_timeout, and what it takes to answer. */
#define POSTFIX_S 300
#define REPLY_S 10
/* Real milliseconds in which a role of this program has answered, or will not. */
#define SILENT_MS 4000

/* What never answers. */
#define NEVER (-1)

typedef struct Row {
        const char *name;
        int receipt_s, worker_s, scanner_s, commit_s; /* how long each takes, or NEVER */
        MgReply reply;
} Row;

/* The longest that mugai.conf allows. */
#define DEADLINE_S 240
#define SCAN_S 30

static const Row rows[] = {
        {"quick", 0, 0, 0, 0, MG_REPLY_OK},
        {"worker is killed at its deadline", 1, DEADLINE_S, 1, 1, MG_REPLY_OK},
        {"no worker", 29, NEVER, NEVER, NEVER, MG_REPLY_INTERNAL},
        {"no commit", 29, 210, 20, NEVER, MG_REPLY_STORE_DOWN},
        {"neither scanner nor commit", 10, 225, NEVER, NEVER, MG_REPLY_STORE_DOWN},
};

/* Seconds since the program began. It has one clock. */
static int now_s;

static void pass(int seconds) {
        g_atomic_int_add(&now_s, seconds);
}

/* Instead of GLib's, for all rooms that this program links. */
gint64 g_get_monotonic_time(void) {
        return (gint64)(1 + g_atomic_int_get(&now_s)) * G_USEC_PER_SEC;
}

/* Instead of libc's: what is not there soon never comes. */
int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
        const struct timespec soon = {.tv_sec = SILENT_MS / 1000};
        int ready = ppoll(fds, n, timeout_ms < 0 ? NULL : &soon, NULL);

        if (ready == 0)
                pass((timeout_ms + 999) / 1000);
        return ready;
}

typedef struct World {
        const Row *row;
        MgGateway gateway;
        char *folder, *paths[3];
        int listening[3];
        GThread *roles[3];
} World;

/* Until the other side has closed. */
static void say_nothing(int sock) {
        char octet[256];

        while (recv(sock, octet, sizeof octet, 0) > 0)
                continue;
}

static gpointer run_store(gpointer data) {
        const World *world = data;
        mg_autofd sock = accept(world->listening[0], NULL, NULL);
        g_autofree char *receipt = mg_receipt_make(1, 1);
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_auto(MgWriter) writer = {0};
        const guint8 sha256[32] = {0};

        g_assert_true(mg_packet_receive(sock, -1, &packet, NULL));
        g_assert_cmpuint(packet.kind, ==, MG_STORE_BEGIN);
        mg_writer_init(&writer);
        mg_put_text(&writer, receipt);
        mg_put_raw(&writer, sha256, sizeof sha256);
        pass(world->row->receipt_s);
        g_assert_true(mg_packet_send(sock, MG_STORE_RECEIPT, &writer, NULL, 0, NULL));
        if (world->row->commit_s != NEVER && mg_packet_receive(sock, -1, &packet, NULL)) {
                g_assert_cmpuint(packet.kind, ==, MG_STORE_COMMIT);
                pass(world->row->commit_s);
                mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
        }
        say_nothing(sock);
        return NULL;
}

/* Killed at its deadline, so that a notice takes the place of the mail. */
static gpointer run_sanitize(gpointer data) {
        const World *world = data;
        mg_autofd sock = accept(world->listening[1], NULL, NULL);
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_auto(MgWriter) writer = {0};

        g_assert_true(mg_packet_receive(sock, -1, &packet, NULL));
        if (world->row->worker_s != NEVER) {
                mg_writer_init(&writer);
                mg_put_u32(&writer, MG_WORK_END_DEADLINE);
                pass(world->row->worker_s);
                g_assert_true(mg_packet_send(sock, MG_WORK_DONE, &writer, NULL, 0, NULL));
        }
        say_nothing(sock);
        return NULL;
}

static gpointer run_scanner(gpointer data) {
        const World *world = data;
        mg_autofd sock = accept(world->listening[2], NULL, NULL);

        if (world->row->scanner_s != NEVER) {
                pass(world->row->scanner_s);
                g_assert_cmpint(send(sock, "fd[9]: OK", 10, MSG_NOSIGNAL), ==, 10);
        }
        say_nothing(sock);
        return NULL;
}

static int listen_stream(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        g_assert_cmpint(bind(sock, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(sock, 1), ==, 0);
        return sock;
}

static void world_init(World *world, const Row *row) {
        static const char *const names[] = {"store.sock", "sanitize.sock", "clamd.sock"};
        static gpointer (*const runs[])(gpointer) = {run_store, run_sanitize, run_scanner};
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);

        g_assert_no_error(error);
        *world = (World){.row = row, .folder = g_dir_make_tmp("mugai-XXXXXX", NULL)};
        g_free(config->run_dir);
        config->run_dir = g_strdup(world->folder);
        config->deadline_ms = DEADLINE_S * 1000;
        config->scan_wait_ms = config->scan_grace_ms = SCAN_S * 1000;
        world->paths[0] = mg_config_socket(config, names[0]);
        world->paths[1] = mg_config_socket(config, names[1]);
        world->paths[2] = g_build_filename(world->folder, names[2], NULL);
        g_free(config->scan_socket);
        config->scan_socket = g_strdup(world->paths[2]);
        for (guint i = 0; i < 3; i++) {
                world->listening[i] =
                        i == 2 ? listen_stream(world->paths[i]) : mg_packet_listen(world->paths[i], 0600, &error);
                g_assert_no_error(error);
                world->roles[i] = g_thread_new(names[i], runs[i], world);
        }
        g_mutex_init(&world->gateway.lock);
        mg_scan_watch_init(&world->gateway.scanner);
        world->gateway.settings = mg_settings_new(config);
}

static void world_clear(World *world) {
        for (guint i = 0; i < 3; i++) {
                g_thread_join(world->roles[i]);
                mg_fd_close(&world->listening[i]);
                g_unlink(world->paths[i]);
                g_free(world->paths[i]);
        }
        g_rmdir(world->folder);
        g_free(world->folder);
        mg_settings_unref(world->gateway.settings);
        g_mutex_clear(&world->gateway.lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void test_row(gconstpointer data) {
        const Row *row = data;
        g_auto(World) world;
        MgReply reply;
        char *reason = NULL;
        MgGrammarView *view;
        MgRecord *record;
        gint64 took_s;

        world_init(&world, row);
        MgMail *mail = mg_mail_new(&world.gateway, "a@example.org", &reply, &reason);
        g_assert_nonnull(mail);
        g_assert_true(mg_mail_recipient(mail, g_strdup("b@city.example.jp")));
        mg_mail_header(mail, "Subject", " x");
        mg_mail_body(mail, "x\r\n", 3);
        reply = mg_mail_process(mail, &view, &record);
        took_s = (g_get_monotonic_time() - mail->begun) / G_USEC_PER_SEC;
        if (reply != row->reply)
                g_test_message("%s", record->reason);
        g_assert_cmpint(reply, ==, row->reply);
        g_assert_cmpint(took_s, <=, POSTFIX_S - REPLY_S);
        g_assert_true((view != NULL) == (row->reply == MG_REPLY_OK));
        mg_grammar_view_free(view);
        mg_record_free(record);
        mg_mail_free(mail);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/mail-time/%s", rows[i].name);

                g_test_add_data_func(path, &rows[i], test_row);
        }
        return g_test_run();
}
