/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of the release role. Never waits for a client, and hands no octet of an original to anybody.
 */
#include "release/server.h"

#include <fcntl.h>
#include <poll.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/role.h"
#include "release/door.h"
#include "release/orders.h"
#include "release/texts.h"

typedef struct Server {
        MgConfig *config;
        MgReleaseSockets sockets;
        gboolean draining;
        MgKeyring *ring;
        char *store_path;
        MgDoor door;
        MgTexts texts;
        MgOrders *orders;
} Server;

/* What of the configuration is used at once. */
static void take_config(Server *server, MgConfig *config) {
        mg_config_free(server->config);
        server->config = config;
        server->door.config = config;
}

static void drain(Server *server, const char *why) {
        if (server->draining)
                return;
        server->draining = TRUE;
        mg_log(MG_LOG_INFO, "draining (%s)", why);
}

static void read_again(Server *server) {
        MgConfig *fresh = mg_role_reload(server->config);

        if (fresh)
                take_config(server, fresh);
}

static void send_figures(Server *server) {
        g_autoptr(GArray) figures = mg_figures_new();

        mg_figures_add(figures, "release", "keys_unlocked", mg_keyring_count(server->ring));
        mg_orders_figures(server->orders, figures);
        mg_control_answer(server->sockets.control, figures);
}

static void hear_control(Server *server) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        if (!mg_control_receive(server->sockets.control, 0, &packet, &error)) {
                if (g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL))
                        return;
                mg_fd_close(&server->sockets.control);
                drain(server, "the supervisor is gone");
                return;
        }
        switch (packet.kind) {
        case MG_CONTROL_DRAIN:
                drain(server, "told to");
                break;
        case MG_CONTROL_RELOAD:
                read_again(server);
                break;
        case MG_CONTROL_STATUS:
                send_figures(server);
                break;
        default:
                mg_log(MG_LOG_WARNING, "control record %u is none", packet.kind);
        }
}

/* Milliseconds to what is due next. */
static int wait_of(const Server *server) {
        int orders = mg_orders_next(server->orders), keys = mg_keyring_next(server->ring);
        int texts = mg_texts_next(&server->texts), first = keys >= 0 ? MIN(keys, orders) : orders;

        return texts >= 0 ? MIN(texts, first) : first;
}

enum {
        POLL_CONTROL,
        POLL_SIGNALS,
        POLL_ORDER,
        POLL_TEXTS,
        POLL_DOOR = POLL_TEXTS + MG_TEXTS_MAX,
        _POLL_N = POLL_DOOR + MG_DOOR_CLIENTS + 1
};

/* One turn of the loop. A negative descriptor is one that poll leaves out. */
static void turn(Server *server) {
        struct pollfd all[_POLL_N] = {
                [POLL_CONTROL] = {.fd = server->sockets.control, .events = POLLIN},
                [POLL_SIGNALS] = {.fd = server->draining ? -1 : server->sockets.signals, .events = POLLIN},
                [POLL_ORDER] = {.fd = mg_orders_watch(server->orders), .events = POLLIN},
        };
        const guint generation = mg_keyring_generation(server->ring);
        int ready;

        mg_door_watch(&server->door, server->draining, all + POLL_DOOR);
        mg_texts_watch(&server->texts, all + POLL_TEXTS);
        ready = poll(all, _POLL_N, wait_of(server));
        mg_door_expire(&server->door);
        mg_texts_turn(&server->texts);
        if (ready > 0 && all[POLL_CONTROL].revents)
                hear_control(server);
        if (ready > 0 && all[POLL_SIGNALS].revents)
                drain(server, "signal");
        if (ready > 0)
                mg_door_serve(&server->door, all + POLL_DOOR);
        if (generation != mg_keyring_generation(server->ring))
                mg_orders_wake(server->orders);
        if (all[POLL_ORDER].fd < 0 || all[POLL_ORDER].revents || mg_orders_next(server->orders) == 0)
                mg_orders_turn(server->orders, server->config, server->draining);
}

static void clear(Server *server) {
        mg_door_clear(&server->door);
        mg_texts_clear(&server->texts);
        mg_orders_free(server->orders);
        mg_keyring_free(server->ring);
        g_free(server->store_path);
        mg_fd_close(&server->sockets.listener);
        mg_fd_close(&server->sockets.control);
        mg_fd_close(&server->sockets.signals);
        mg_config_free(server->config);
}

gboolean mg_release_serve(MgConfig *config, const MgReleaseSockets *sockets, GError **error) {
        Server server = {
                .sockets = *sockets, .ring = mg_keyring_new(), .store_path = mg_config_socket(config, "store.sock")};
        gboolean ready = fcntl(sockets->listener, F_SETFL, O_NONBLOCK) == 0;

        server.door = (MgDoor){
                .listener = sockets->listener, .ring = server.ring, .store = {.socket_path = server.store_path}};
        mg_door_init(&server.door);
        mg_texts_init(&server.texts, &server.door.store, server.ring);
        server.door.texts = &server.texts;
        server.orders = mg_orders_new(&server.door.store, server.ring);
        take_config(&server, config);
        if (!ready)
                mg_error_system(error, "listening socket");
        else
                ready = mg_control_serves(sockets->control, error);
        while (ready && (!server.draining || mg_orders_busy(server.orders)))
                turn(&server);
        clear(&server);
        return ready;
}
