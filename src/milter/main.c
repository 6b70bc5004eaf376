/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-milter: the role that talks to Postfix. Links no parser of mail. Is stopped by control records, or by SIGTERM;
 * either way the mails that are in work get their reply first.
 */
#include <poll.h>
#include <sysexits.h>

#include "base/control.h"
#include "base/error.h"
#include "base/log.h"
#include "config/role.h"
#include "milter/gateway.h"
#include "milter/listener.h"

#define DRAIN_S 60
/* Beside it, for rows of mail that was not taken, where the store is slow or down. */
#define DRAIN_ROWS_MS 3000

typedef struct Control {
        MgGateway *gateway;
        int sock;    /* the supervisor's, or -1 */
        int signals; /* readable at SIGTERM and SIGINT */
} Control;

static void answer_status(MgGateway *gateway, int control) {
        g_autoptr(GArray) figures = mg_figures_new();

        g_mutex_lock(&gateway->lock);
        mg_tally_figures(&gateway->tally, figures);
        mg_figures_add(figures, "milter", "mails_now", gateway->mails);
        mg_figures_add(figures, "milter", "memory_now", (gint64)gateway->memory);
        g_mutex_unlock(&gateway->lock);
        mg_figures_add(figures, "milter", "rows_waiting", mg_ledger_left(gateway->ledger));
        mg_control_answer(control, figures);
}

static void reload(MgGateway *gateway) {
        MgSettings *now = mg_gateway_settings(gateway);
        MgConfig *fresh = mg_role_reload(now->config);

        if (fresh)
                mg_gateway_replace(gateway, mg_settings_new(fresh));
        mg_settings_unref(now);
}

/* The mails under way get their reply; new ones are sent back at MAIL meanwhile. */
static void wait_for_mails(MgGateway *gateway) {
        for (guint waited = 0; waited < DRAIN_S * 100; waited++) {
                guint mails;

                g_mutex_lock(&gateway->lock);
                mails = gateway->mails;
                g_mutex_unlock(&gateway->lock);
                if (mails == 0)
                        return;
                g_usleep(10000);
        }
        mg_log(MG_LOG_WARNING, "mails were still under way after %d s; their senders will try again", DRAIN_S);
}

static G_NORETURN void drain(MgGateway *gateway) {
        guint rows;

        g_mutex_lock(&gateway->lock);
        gateway->draining = TRUE;
        mg_log(MG_LOG_INFO, "no new mail; %u to finish", gateway->mails);
        g_mutex_unlock(&gateway->lock);
        wait_for_mails(gateway);
        rows = mg_ledger_flush(gateway->ledger, DRAIN_ROWS_MS);
        if (rows > 0)
                mg_log(MG_LOG_WARNING, "the store has no row of %u mails that were not taken; the log has their lines",
                       rows);
        _exit(EX_OK);
}

/* Until a signal, or the supervisor, asks for the end; or until the supervisor is gone. */
static void serve_request(Control *control) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (!mg_control_receive(control->sock, 0, &packet, NULL) || packet.kind == MG_CONTROL_DRAIN)
                drain(control->gateway);
        if (packet.kind == MG_CONTROL_STATUS)
                answer_status(control->gateway, control->sock);
        else if (packet.kind == MG_CONTROL_RELOAD)
                reload(control->gateway);
        else
                mg_log(MG_LOG_WARNING, "control packet of unknown kind %u", packet.kind);
}

static gpointer serve_control(gpointer data) {
        Control *control = data;
        /* A descriptor of -1 is passed over. */
        struct pollfd watched[] = {{.fd = control->sock, .events = POLLIN}, {.fd = control->signals, .events = POLLIN}};

        for (;;) {
                if (poll(watched, G_N_ELEMENTS(watched), -1) < 0)
                        continue;
                if (watched[1].revents)
                        drain(control->gateway);
                if (watched[0].revents)
                        serve_request(control);
        }
        return NULL;
}

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        int listening, status;
        MgGateway gateway = {0};
        Control control = {.gateway = &gateway};
        MgConfig *config =
                mg_role_start(argc, argv, "mugai-milter", "Takes mail from Postfix and hands text back.", &status);

        if (!config)
                return status;
        control.signals = mg_role_signals(&error);
        listening = control.signals < 0 ? -1 : mg_listener_open(config->milter_socket, &error);
        if (listening < 0) {
                mg_log_error("mugai-milter cannot serve", g_steal_pointer(&error));
                return EX_UNAVAILABLE;
        }
        g_mutex_init(&gateway.lock);
        gateway.settings = mg_settings_new(config);
        gateway.ledger = mg_ledger_new();
        mg_scan_watch_init(&gateway.scanner);
        control.sock = mg_role_control(config);
        mg_control_serves(control.sock, NULL);
        g_thread_unref(g_thread_new("control", serve_control, &control));
        mg_listener_run(&gateway, listening);
}
