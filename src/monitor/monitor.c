/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop, and what the supervisor says. Figures of roles are mugaid's: no role is asked from here, so that a
 * scrape costs them no more than `mugai status` does.
 */
#include "monitor/monitor.h"

#include <glib-unix.h>
#include <string.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/stream.h"
#include "config/role.h"
#include "monitor/door.h"
#include "monitor/exemption.h"
#include "monitor/text.h"

/* The role's own figures, for mugaid and for scrapes alike. */
static void add_own(const MgMonitor *monitor, GArray *figures) {
        mg_figures_add(figures, "monitor", "version_" MG_VERSION, 1);
        mg_figures_add(figures, "monitor", "scrapes", monitor->scrapes ? mg_scrapes_count(monitor->scrapes) : 0);
        mg_exemption_figures(monitor->config->policy, g_get_real_time() / G_USEC_PER_SEC, figures);
        mg_canary_figures(monitor->canary, figures);
}

/* --- scrapes ------------------------------------------------------------------------------------------------------ */

/* Own figures are taken from here and not from mugaid's answer, so that they are there where mugaid is not. */
static void have_figures(const GArray *answer, void *data) {
        MgMonitor *monitor = data;
        g_autoptr(GArray) figures = mg_figures_new();

        mg_figures_add(figures, "monitor", "supervisor_up", answer != NULL);
        mg_figures_add(figures, "monitor", "log_dropped", mg_log_dropped());
        add_own(monitor, figures);
        for (guint i = 0; answer && i < answer->len; i++) {
                const MgFigure *figure = &g_array_index(answer, MgFigure, i);

                if (!g_str_equal(figure->role, "monitor"))
                        mg_figures_add(figures, figure->role, figure->name, figure->value);
        }
        if (monitor->scrapes)
                mg_scrapes_answer(monitor->scrapes, mg_text_of_figures(figures));
}

static void want_figures(void *data) {
        MgMonitor *monitor = data;

        mg_ask_begin(monitor->ask);
}

/* Again and again: a port that is taken keeps the figures away and nothing else. */
static gboolean listen_again(gpointer data) {
        MgMonitor *monitor = data;
        g_autoptr(GError) error = NULL;
        const int listener = mg_stream_listen(monitor->config->monitor_listen, &error);

        if (listener >= 0)
                monitor->scrapes = mg_scrapes_new(listener, want_figures, monitor, &error);
        if (monitor->scrapes)
                mg_log(MG_LOG_INFO, "figures on %s", monitor->config->monitor_listen);
        else if (!monitor->was_deaf)
                mg_log(MG_LOG_ERROR, "no figures for now: %s; trying again", error->message);
        monitor->was_deaf = monitor->scrapes == NULL;
        monitor->listening = monitor->scrapes ? 0 : g_timeout_add_seconds(MG_MONITOR_LISTEN_S, listen_again, monitor);
        return G_SOURCE_REMOVE;
}

/* --- the supervisor ----------------------------------------------------------------------------------------------- */

static void reload(MgMonitor *monitor) {
        MgConfig *fresh = mg_role_reload(monitor->config);

        if (!fresh)
                return;
        mg_canary_configure(monitor->canary, fresh);
        mg_config_free(monitor->config);
        monitor->config = fresh;
}

static gboolean hear_control(gint fd, GIOCondition condition, gpointer data) {
        MgMonitor *monitor = data;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) figures = mg_figures_new();

        if (!mg_control_receive(fd, 0, &packet, &error)) {
                if (!g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL))
                        g_main_loop_quit(monitor->loop);
        } else if (packet.kind == MG_CONTROL_STATUS) {
                add_own(monitor, figures);
                mg_control_answer(fd, figures);
        } else if (packet.kind == MG_CONTROL_RELOAD) {
                reload(monitor);
        } else if (packet.kind == MG_CONTROL_DRAIN) {
                g_main_loop_quit(monitor->loop);
        }
        return G_SOURCE_CONTINUE;
}

static gboolean hear_signal(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        MgMonitor *monitor = data;

        g_main_loop_quit(monitor->loop);
        return G_SOURCE_CONTINUE;
}

gboolean mg_monitor_serve(MgConfig *config, const MgMonitorSockets *sockets, GError **error) {
        g_autofree char *path = mg_config_socket(config, "control.sock");
        MgMonitorSockets own = *sockets;
        MgMonitor monitor = {.config = config, .loop = g_main_loop_new(NULL, FALSE)};
        guint heard[] = {own.control < 0 ? 0 : g_unix_fd_add(own.control, G_IO_IN | G_IO_HUP, hear_control, &monitor),
                         own.signals < 0 ? 0 : g_unix_fd_add(own.signals, G_IO_IN, hear_signal, &monitor)};
        MgDoor *door = NULL;
        gboolean well;

        monitor.canary = mg_canary_new(config);
        if (own.listener >= 0)
                door = mg_door_new(mg_fd_steal(&own.listener), monitor.canary);
        monitor.ask = mg_ask_new(path, have_figures, &monitor);
        listen_again(&monitor);
        well = mg_control_serves(own.control, error);
        if (well)
                g_main_loop_run(monitor.loop);
        mg_log(MG_LOG_INFO, "ending");
        for (guint i = 0; i < G_N_ELEMENTS(heard); i++)
                g_clear_handle_id(&heard[i], g_source_remove);
        g_clear_handle_id(&monitor.listening, g_source_remove);
        mg_door_free(door);
        mg_canary_free(monitor.canary);
        mg_scrapes_free(monitor.scrapes);
        mg_ask_free(monitor.ask);
        g_main_loop_unref(monitor.loop);
        mg_config_free(monitor.config);
        mg_fd_close(&own.control);
        mg_fd_close(&own.signals);
        return well;
}
