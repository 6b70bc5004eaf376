/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question is a connection of its own: what came late to an earlier one is never taken for the answer to this
 * one.
 */
#include "monitor/ask.h"

#include <glib-unix.h>

#include "base/control.h"
#include "base/fd.h"

struct MgAsk {
        char *path;
        MgAskDone done;
        void *data;
        int sock;       /* -1: no question is on its way, or it could not be sent */
        guint heard;    /* source on sock, or 0 */
        guint deadline; /* source, or 0: no question is on its way */
};

MgAsk *mg_ask_new(const char *path, MgAskDone done, void *data) {
        MgAsk *ask = g_new0(MgAsk, 1);

        ask->path = g_strdup(path);
        ask->done = done;
        ask->data = data;
        ask->sock = -1;
        return ask;
}

static void forget(MgAsk *ask) {
        g_clear_handle_id(&ask->heard, g_source_remove);
        g_clear_handle_id(&ask->deadline, g_source_remove);
        mg_fd_close(&ask->sock);
}

static GArray *read_answer(int sock) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) figures = NULL;
        MgReader reader;

        if (!mg_packet_receive(sock, 0, &packet, NULL) || packet.kind != MG_CONTROL_FIGURES)
                return NULL;
        mg_reader_init(&reader, packet.record);
        figures = mg_figures_get(&reader);
        return mg_reader_end(&reader, NULL) ? g_steal_pointer(&figures) : NULL;
}

static gboolean hear(gint fd, GIOCondition condition, gpointer data) {
        MgAsk *ask = data;
        g_autoptr(GArray) figures = read_answer(fd);

        ask->heard = 0;
        forget(ask);
        ask->done(figures, ask->data);
        return G_SOURCE_REMOVE;
}

static gboolean end(gpointer data) {
        MgAsk *ask = data;

        ask->deadline = 0;
        forget(ask);
        ask->done(NULL, ask->data);
        return G_SOURCE_REMOVE;
}

void mg_ask_begin(MgAsk *ask) {
        if (ask->deadline != 0)
                return;
        ask->sock = mg_packet_connect_now(ask->path, NULL);
        if (ask->sock >= 0 && !mg_packet_send(ask->sock, MG_CONTROL_STATUS, NULL, NULL, 0, NULL))
                mg_fd_close(&ask->sock);
        if (ask->sock >= 0)
                ask->heard = g_unix_fd_add(ask->sock, G_IO_IN | G_IO_HUP, hear, ask);
        ask->deadline = g_timeout_add(ask->sock >= 0 ? MG_ASK_MS : 0, end, ask);
}

void mg_ask_free(MgAsk *ask) {
        if (!ask)
                return;
        forget(ask);
        g_free(ask->path);
        g_free(ask);
}
