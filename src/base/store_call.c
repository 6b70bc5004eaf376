/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answers, whatever they say. Repeats nothing.
 */
#include "base/store_call.h"

#include <string.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/store_client.h"

gboolean mg_store_answer(int sock, int timeout_ms, guint32 kind, guint32 other, MgPacket *packet, GError **error) {
        if (!mg_packet_receive(sock, timeout_ms, packet, error)) {
                g_prefix_error(error, "store: ");
                return FALSE;
        }
        if (packet->kind == kind || (other != 0 && packet->kind == other))
                return TRUE;
        if (packet->kind == MG_FAULT)
                mg_fault_take(packet, "store", error);
        else
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: answered %u where %u was due", packet->kind,
                            kind);
        return FALSE;
}

static gboolean send_token(int sock, const char *token, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_text(&writer, token);
        return mg_packet_send(sock, MG_STORE_TOKEN, &writer, NULL, 0, error);
}

/* ".../store.sock" -> "store": who did not answer. */
static void say_who(const char *socket_path, GError **error) {
        g_autofree char *name = g_path_get_basename(socket_path);

        name[strcspn(name, ".")] = '\0';
        g_prefix_error(error, "%s: ", name);
}

int mg_store_ask(const MgAsker *asker, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds,
                 GError **error) {
        mg_autofd sock = mg_packet_connect(asker->socket_path, error);

        if (sock < 0 || (asker->token && !send_token(sock, asker->token, error)) ||
            !mg_packet_send(sock, kind, writer, fds, n_fds, error)) {
                say_who(asker->socket_path, error);
                return -1;
        }
        return mg_fd_steal(&sock);
}
