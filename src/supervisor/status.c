/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounds of questions for figures. A role whose answer is late is not asked again until it came, so that a hung
 * one is not buried in questions.
 */
#include "supervisor/status.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/control.h"
#include "base/fd.h"
#include "base/log.h"

void mg_status_init(MgStatus *status, int listener, gint64 now) {
        *status = (MgStatus){.listener = listener, .began = now};
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++)
                status->clients[i].fd = -1;
        fcntl(listener, F_SETFL, O_NONBLOCK);
}

static void drop(MgStatusClient *client) {
        mg_fd_close(&client->fd);
        client->waiting = FALSE;
}

void mg_status_clear(MgStatus *status) {
        mg_fd_close(&status->listener);
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++)
                drop(&status->clients[i]);
}

static MgStatusClient *free_client(MgStatus *status) {
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++)
                if (status->clients[i].fd < 0)
                        return &status->clients[i];
        return NULL;
}

guint mg_status_watch(const MgStatus *status, struct pollfd *polls) {
        gboolean full = TRUE;
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++) {
                full = full && status->clients[i].fd >= 0;
                polls[i] = (struct pollfd){.fd = status->clients[i].fd, .events = POLLIN};
        }
        polls[MG_STATUS_CLIENTS] = (struct pollfd){.fd = full ? -1 : status->listener, .events = POLLIN};
        return MG_STATUS_CLIENTS + 1;
}

void mg_status_begin(MgStatus *status, MgChild *roles, guint n_roles, gint64 now) {
        if (status->round_end != 0)
                return;
        status->round_end = now + MG_STATUS_ROUND_MS;
        for (guint i = 0; i < n_roles; i++) {
                MgChild *role = &roles[i];
                g_clear_pointer(&role->figures, g_array_unref);
                if (role->state != MG_CHILD_UP || role->control < 0 || role->asked)
                        continue;
                role->asked = TRUE;
                mg_child_tell(role, MG_CONTROL_STATUS);
        }
}

static void read_client(MgStatus *status, MgStatusClient *client, MgChild *roles, guint n_roles, gint64 now) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        if (!mg_packet_receive(client->fd, 0, &packet, NULL) || packet.kind != MG_CONTROL_STATUS) {
                drop(client);
                return;
        }
        client->waiting = TRUE;
        mg_status_begin(status, roles, n_roles, now);
}

void mg_status_ready(MgStatus *status, MgChild *roles, guint n_roles, const struct pollfd *polls, guint n, gint64 now) {
        for (guint i = 0; i + 1 < n; i++)
                if (polls[i].revents != 0 && status->clients[i].fd >= 0)
                        read_client(status, &status->clients[i], roles, n_roles, now);
        MgStatusClient *client = n > 0 && polls[n - 1].revents != 0 ? free_client(status) : NULL;
        if (client == NULL)
                return;
        client->fd = accept4(status->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        client->waiting = FALSE;
        client->since = now;
}

void mg_status_answer(MgChild *role, GBytes *record) {
        MgReader reader;
        g_autoptr(GError) error = NULL;
        mg_reader_init(&reader, record);
        g_autoptr(GArray) figures = mg_figures_get(&reader);
        role->asked = FALSE;
        if (!mg_reader_end(&reader, &error)) {
                mg_log(MG_LOG_WARNING, "the figures of %s cannot be read: %s", role->name, error->message);
                return;
        }
        g_clear_pointer(&role->figures, g_array_unref);
        role->figures = g_steal_pointer(&figures);
}

static void add_own(GArray *all, const MgChild *role) {
        g_autofree char *restarts = g_strconcat("restarts_", role->name, NULL);
        g_autofree char *pid = g_strconcat("pid_", role->name, NULL);
        g_autofree char *up = g_strconcat("up_", role->name, NULL);
        g_autofree char *answered = g_strconcat("answered_", role->name, NULL);
        mg_figures_add(all, "mugaid", up, role->state == MG_CHILD_UP);
        mg_figures_add(all, "mugaid", answered, role->figures != NULL);
        mg_figures_add(all, "mugaid", pid, role->pid);
        mg_figures_add(all, "mugaid", restarts, role->restarts);
}

static void answer_clients(MgStatus *status, MgChild *roles, guint n_roles, gint64 now) {
        g_auto(MgWriter) writer = {0};
        g_autoptr(GArray) all = mg_figures_new();
        mg_figures_add(all, "mugaid", "uptime_s", (now - status->began) / 1000);
        mg_figures_add(all, "mugaid", "log_dropped", mg_log_dropped());
        for (guint i = 0; i < n_roles; i++)
                add_own(all, &roles[i]);
        for (guint i = 0; i < n_roles; i++)
                for (guint j = 0; roles[i].figures != NULL && j < roles[i].figures->len; j++) {
                        const MgFigure *figure = &g_array_index(roles[i].figures, MgFigure, j);
                        mg_figures_add(all, roles[i].name, figure->name, figure->value);
                }
        mg_writer_init(&writer);
        mg_figures_put(&writer, all);
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++) {
                MgStatusClient *client = &status->clients[i];
                if (client->fd < 0 || !client->waiting)
                        continue;
                client->waiting = FALSE;
                client->since = now;
                if (!mg_packet_send(client->fd, MG_CONTROL_FIGURES, &writer, NULL, 0, NULL))
                        drop(client);
        }
}

static gboolean all_answered(const MgChild *roles, guint n_roles) {
        for (guint i = 0; i < n_roles; i++)
                if (roles[i].asked && roles[i].control >= 0)
                        return FALSE;
        return TRUE;
}

gint64 mg_status_tick(MgStatus *status, MgChild *roles, guint n_roles, gint64 now) {
        gint64 next = G_MAXINT64;
        if (status->round_end != 0 && (now >= status->round_end || all_answered(roles, n_roles))) {
                status->round_end = 0;
                answer_clients(status, roles, n_roles, now);
        }
        if (status->round_end != 0)
                next = status->round_end;
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++) {
                MgStatusClient *client = &status->clients[i];
                if (client->fd < 0 || client->waiting)
                        continue;
                if (now - client->since >= MG_STATUS_IDLE_MS)
                        drop(client);
                else
                        next = MIN(next, client->since + MG_STATUS_IDLE_MS);
        }
        return next;
}
