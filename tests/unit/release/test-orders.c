/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders that a store does not let begin: with a store, a sanitize role and a Postfix that the test is. How often the
 * store is asked says how long an order waits.
 */
#include "release/orders.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/store_client.h"
#include "base/worker.h"

#define TO "taro@soto.example.jp"
#define TEXT "Subject: x\r\n\r\nx\r\n"
/* Longer than twice the time between two looks of the role. */
#define WATCHED_US (5 * G_USEC_PER_SEC)

/* What the store was asked; it is a process of its own. */
typedef struct Asked {
        gint claims;
        gint results;
} Asked;

typedef struct World {
        char *dir;
        MgConfig *config;
        char *store;
        char *sanitize;
        Asked *asked; /* shared */
        MgErrorCode fault;
        pid_t pids[3];
} World;

static void give_order(int sock, gint64 after) {
        g_autoptr(MgOrder) order = mg_order_new();
        g_auto(MgWriter) writer = {0};

        if (after >= 12) {
                mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
                return;
        }
        order->number = 12;
        g_free(order->receipt);
        order->receipt = g_strdup("0000005724");
        order->size = strlen(TEXT);
        g_ptr_array_add(order->addresses, g_strdup(TO));
        mg_writer_init(&writer);
        mg_order_put(&writer, order);
        mg_packet_send(sock, MG_REQUEST_CALL_ORDER, &writer, NULL, 0, NULL);
}

static void give_original(int sock) {
        mg_autofd original = mg_fd_memory("original", NULL);

        g_assert_true(mg_fd_write(original, TEXT, strlen(TEXT), NULL) && mg_fd_seal(original, 0, NULL));
        mg_packet_send(sock, MG_STORE_ORIGINAL, NULL, &original, 1, NULL);
}

static void refuse(int sock, MgErrorCode code) {
        g_autoptr(GError) fault = g_error_new_literal(MG_ERROR, (int)code, "the test says no");

        mg_fault_send(sock, fault);
}

static void answer_as_store(const World *world, int sock, const MgPacket *packet) {
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        switch (packet->kind) {
        case MG_REQUEST_CALL_BEGIN:
                mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
                break;
        case MG_REQUEST_CALL_NEXT:
                give_order(sock, mg_get_i64(&reader, "after"));
                break;
        case MG_STORE_GET:
                give_original(sock);
                break;
        case MG_REQUEST_CALL_CLAIM:
                g_atomic_int_inc(&world->asked->claims);
                refuse(sock, world->fault);
                break;
        case MG_REQUEST_CALL_RESULT:
                /* As of one that is approved and was not claimed. */
                g_atomic_int_inc(&world->asked->results);
                refuse(sock, MG_ERROR_USAGE);
                break;
        default:
                mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
        }
}

/* Its worker dies over each mail: then the original says nothing of itself, and is released as it is. */
static void answer_as_sanitize(const World *world, int sock, const MgPacket *packet) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u32(&writer, MG_WORK_END_DIED);
        mg_packet_send(sock, MG_WORK_DONE, &writer, NULL, 0, NULL);
}

typedef void (*AnswerFunc)(const World *world, int sock, const MgPacket *packet);

/* A process that ends with the test. */
static pid_t begin(void) {
        pid_t pid = fork();

        g_assert_cmpint(pid, >=, 0);
        if (pid == 0)
                prctl(PR_SET_PDEATHSIG, SIGKILL);
        return pid;
}

static pid_t serve(const World *world, const char *path, AnswerFunc func) {
        mg_autofd listener = mg_packet_listen(path, 0600, NULL);
        pid_t pid;

        g_assert_cmpint(listener, >=, 0);
        pid = begin();
        while (pid == 0) {
                mg_autofd sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                if (mg_packet_receive(sock, 10000, &packet, NULL))
                        func(world, sock, &packet);
        }
        return pid;
}

/* Takes all recipients, and is never sent a message here. */
static void talk(int sock) {
        FILE *in = fdopen(sock, "r");
        char line[1200];

        dprintf(sock, "220 here\r\n");
        while (fgets(line, sizeof line, in))
                dprintf(sock, "%s\r\n", g_str_has_prefix(line, "DATA") ? "354 go" : "250 Ok");
        fclose(in);
}

static pid_t serve_mail(guint *port) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof address;
        mg_autofd listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t pid;

        g_assert_cmpint(bind(listener, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(listener, 5), ==, 0);
        g_assert_cmpint(getsockname(listener, (struct sockaddr *)&address, &n), ==, 0);
        *port = ntohs(address.sin_port);
        pid = begin();
        while (pid == 0)
                talk(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
        return pid;
}

static void replace(char **field, char *value) {
        g_free(*field);
        *field = value;
}

static void world_open(World *world, MgErrorCode fault) {
        guint port;

        *world = (World){.dir = g_dir_make_tmp("mugai-orders-XXXXXX", NULL), .fault = fault};
        world->asked = mmap(NULL, sizeof *world->asked, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        g_assert_true(world->asked != MAP_FAILED);
        world->config = mg_config_load(NULL, NULL);
        g_assert_nonnull(world->config);
        replace(&world->config->run_dir, g_strdup(world->dir));
        replace(&mg_organizations_get(world->config->organizations, 0)->release_domains, g_strdup("soto.example.jp"));
        replace(&world->config->release_from, g_strdup("it@city.example.jp"));
        world->store = mg_config_socket(world->config, "store.sock");
        world->sanitize = mg_config_socket(world->config, "sanitize.sock");
        world->pids[0] = serve(world, world->store, answer_as_store);
        world->pids[1] = serve(world, world->sanitize, answer_as_sanitize);
        world->pids[2] = serve_mail(&port);
        replace(&world->config->release_smtp, g_strdup_printf("inet:%u@127.0.0.1", port));
}

static void world_close(World *world) {
        for (guint i = 0; i < G_N_ELEMENTS(world->pids); i++) {
                kill(world->pids[i], SIGKILL);
                waitpid(world->pids[i], NULL, 0);
        }
        unlink(world->store);
        unlink(world->sanitize);
        rmdir(world->dir);
        munmap(world->asked, sizeof *world->asked);
        mg_config_free(world->config);
        g_free(world->store);
        g_free(world->sanitize);
        g_free(world->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_close)

/* As the loop of the role does. */
static void turn_for(MgOrders *orders, const MgConfig *config, gint64 us) {
        const gint64 until = g_get_monotonic_time() + us;

        while (g_get_monotonic_time() < until) {
                struct pollfd sock = {.fd = mg_orders_watch(orders), .events = POLLIN};

                poll(&sock, 1, MIN(mg_orders_next(orders), 100));
                if (sock.fd < 0 || sock.revents || mg_orders_next(orders) == 0)
                        mg_orders_turn(orders, config, FALSE);
        }
}

/* A claim that the store cannot write, since its disk is full or for another reason, is made again after a minute, not
 * at each look. Of a full disk it is known that nothing was claimed, and so nothing is said. */
static void test_not_claimed(void) {
        static const struct {
                MgErrorCode fault;
                gint results;
        } rows[] = {{MG_ERROR_FULL, 0}, {MG_ERROR_STORE, 1}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(World) world = {0};
                g_autoptr(MgKeyring) ring = mg_keyring_new();
                g_autoptr(MgOrders) orders = NULL;
                MgAsker store = {0};

                world_open(&world, rows[i].fault);
                store.socket_path = world.store;
                orders = mg_orders_new(&store, ring);
                turn_for(orders, world.config, WATCHED_US);
                g_test_message("fault %d: %d claims, %d results", rows[i].fault, world.asked->claims,
                               world.asked->results);
                g_assert_cmpint(world.asked->claims, ==, 1);
                g_assert_cmpint(world.asked->results, ==, rows[i].results);
        }
}

int main(int argc, char **argv) {
        signal(SIGPIPE, SIG_IGN);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/release/orders/not-claimed", test_not_claimed);
        return g_test_run();
}
