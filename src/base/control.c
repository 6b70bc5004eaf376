/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures on the wire, and what a role says on its control socket.
 */
#include "base/control.h"

#include "base/log.h"
#include "base/notify.h"

#define FIGURES_MAX 2000
#define FIGURE_NAME_MAX 64

static void figure_clear(gpointer data) {
        MgFigure *figure = data;

        g_free(figure->role);
        g_free(figure->name);
}

GArray *mg_figures_new(void) {
        GArray *figures = g_array_new(FALSE, FALSE, sizeof(MgFigure));

        g_array_set_clear_func(figures, figure_clear);
        return figures;
}

void mg_figures_add(GArray *figures, const char *role, const char *name, gint64 value) {
        MgFigure figure = {g_strdup(role), g_strdup(name), value};

        g_array_append_val(figures, figure);
}

void mg_figures_put(MgWriter *writer, const GArray *figures) {
        mg_put_u32(writer, figures->len);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);

                mg_put_text(writer, figure->role);
                mg_put_text(writer, figure->name);
                mg_put_i64(writer, figure->value);
        }
}

GArray *mg_figures_get(MgReader *reader) {
        GArray *figures = mg_figures_new();
        guint32 n = mg_get_count(reader, FIGURES_MAX, "figures");

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                MgFigure figure;

                figure.role = mg_get_text(reader, FIGURE_NAME_MAX, MG_CLASS_TOKEN, "figure.role");
                figure.name = mg_get_text(reader, FIGURE_NAME_MAX, MG_CLASS_TOKEN, "figure.name");
                figure.value = mg_get_i64(reader, "figure.value");
                g_array_append_val(figures, figure);
        }
        return figures;
}

void mg_figures_send(int sock, guint32 kind, const GArray *figures) {
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_figures_put(&writer, figures);
        mg_packet_send(sock, kind, &writer, NULL, 0, NULL);
}

gboolean mg_control_receive(int control, int timeout_ms, MgPacket *packet, GError **error) {
        if (!mg_packet_receive(control, timeout_ms, packet, error))
                return FALSE;
        if (packet->kind == MG_CONTROL_RELOAD && packet->n_fds == 1)
                mg_log_replace(packet->fds[0]);
        return TRUE;
}

gboolean mg_control_serves(int control, GError **error) {
        if (control >= 0 && !mg_packet_send(control, MG_CONTROL_READY, NULL, NULL, 0, error))
                return FALSE;
        mg_notify("READY=1");
        return TRUE;
}

void mg_control_answer(int control, GArray *figures) {
        mg_figures_add(figures, "log", "log_dropped", mg_log_dropped());
        mg_figures_send(control, MG_CONTROL_FIGURES, figures);
        mg_notify("WATCHDOG=1");
}
