/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions of persons, and their answers. Decides nothing about a round.
 */
#include "monitor/door.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"

typedef struct Client {
        MgDoor *door;
        int fd; /* -1: free */
        guint watch, timer;
} Client;

struct MgDoor {
        int listener;
        guint watch;
        MgCanary *canary;
        Client clients[MG_DOOR_CLIENTS];
};

static void drop(Client *client) {
        g_clear_handle_id(&client->watch, g_source_remove);
        g_clear_handle_id(&client->timer, g_source_remove);
        mg_fd_close(&client->fd);
}

static void answer(const GPtrArray *steps, gpointer data) {
        Client *client = data;
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_canary_steps_put(&writer, steps);
        mg_packet_send(client->fd, MG_CANARY_ANSWER, &writer, NULL, 0, NULL);
        drop(client);
}

/* FALSE with error where no round answers. */
static gboolean take(Client *client, const MgPacket *packet, GError **error) {
        MgReader reader;
        guint32 timeout_ms;

        if (packet->kind != MG_CANARY_ASK) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "request %u is none", packet->kind);
                return FALSE;
        }
        mg_reader_init(&reader, packet->record);
        timeout_ms = mg_get_u32(&reader, "timeout_ms");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        return mg_canary_ask(client->door->canary, timeout_ms, answer, client, error);
}

static gboolean hear(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        Client *client = data;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        g_clear_handle_id(&client->timer, g_source_remove);
        client->watch = 0;
        if (!mg_packet_receive(fd, 0, &packet, NULL)) {
                drop(client);
        } else if (!take(client, &packet, &error)) {
                mg_fault_send(fd, error);
                drop(client);
        }
        return G_SOURCE_REMOVE;
}

static gboolean is_late(gpointer data) {
        Client *client = data;

        client->timer = 0;
        drop(client);
        return G_SOURCE_REMOVE;
}

static gboolean is_called(gint listener, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        MgDoor *door = data;
        mg_autofd fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        for (guint i = 0; i < MG_DOOR_CLIENTS && fd >= 0; i++) {
                Client *client = &door->clients[i];

                if (client->fd >= 0)
                        continue;
                client->fd = mg_fd_steal(&fd);
                client->watch = g_unix_fd_add(client->fd, G_IO_IN | G_IO_HUP, hear, client);
                client->timer = g_timeout_add_seconds(MG_DOOR_S, is_late, client);
        }
        return G_SOURCE_CONTINUE;
}

MgDoor *mg_door_new(int listener, MgCanary *canary) {
        MgDoor *door = g_new0(MgDoor, 1);

        door->listener = listener;
        door->canary = canary;
        for (guint i = 0; i < MG_DOOR_CLIENTS; i++)
                door->clients[i] = (Client){.door = door, .fd = -1};
        fcntl(listener, F_SETFL, O_NONBLOCK);
        door->watch = g_unix_fd_add(listener, G_IO_IN, is_called, door);
        return door;
}

void mg_door_free(MgDoor *door) {
        if (!door)
                return;
        g_clear_handle_id(&door->watch, g_source_remove);
        for (guint i = 0; i < MG_DOOR_CLIENTS; i++)
                drop(&door->clients[i]);
        mg_fd_close(&door->listener);
        g_free(door);
}
