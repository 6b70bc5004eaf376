/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-milter: the role that talks to Postfix. Links no parser of mail. Is stopped by control records, never by
 * signals: libmilter ends sessions on them in the middle of a mail.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/role.h"
#include "milter/gateway.h"
#include "milter/pulse.h"
#include "milter/session.h"

#define BACKLOG 1024
/* Longer than Postfix keeps an idle SMTP session (smtpd_timeout 300 s), so that we are not the ones who hang up. */
#define SESSION_TIMEOUT_S 1800
#define DRAIN_S 60
/* Beside it, for rows of mail that was not taken, where the store is slow or down. */
#define DRAIN_ROWS_MS 3000
#define LAST_REPLY_US 100000

static void answer_status(int control) {
        static const char *const names[_MG_COUNT_N] = {
                [MG_COUNT_CONVERTED] = "converted",         [MG_COUNT_FAILED] = "failed",
                [MG_COUNT_DEFERRED] = "deferred",           [MG_COUNT_REFUSED] = "refused",
                [MG_COUNT_PARTS_REMOVED] = "parts_removed", [MG_COUNT_BYTES_IN] = "bytes_in",
                [MG_COUNT_BYTES_OUT] = "bytes_out",
        };
        g_autoptr(GArray) figures = mg_figures_new();
        g_auto(MgWriter) writer = {0};

        g_mutex_lock(&mg_gateway->lock);
        for (guint i = 0; i < _MG_COUNT_N; i++)
                mg_figures_add(figures, "milter", names[i], mg_gateway->counts[i]);
        mg_figures_add(figures, "milter", "mails_now", mg_gateway->mails);
        mg_figures_add(figures, "milter", "memory_now", (gint64)mg_gateway->memory);
        g_mutex_unlock(&mg_gateway->lock);
        mg_figures_add(figures, "milter", "rows_waiting", mg_ledger_left(mg_gateway->ledger));
        mg_writer_init(&writer);
        mg_figures_put(&writer, figures);
        mg_packet_send(control, MG_CONTROL_FIGURES, &writer, NULL, 0, NULL);
}

static void reload(void) {
        MgSettings *now;
        MgConfig *fresh;

        g_mutex_lock(&mg_gateway->lock);
        now = mg_settings_ref(mg_gateway->settings);
        g_mutex_unlock(&mg_gateway->lock);
        fresh = mg_role_reload(now->config);
        if (fresh)
                mg_gateway_replace(mg_gateway, mg_settings_new(fresh));
        mg_settings_unref(now);
}

/* The mails under way get their reply; new ones are sent back at MAIL meanwhile. */
static void wait_for_mails(void) {
        for (guint waited = 0; waited < DRAIN_S * 100; waited++) {
                guint mails;

                g_mutex_lock(&mg_gateway->lock);
                mails = mg_gateway->mails;
                g_mutex_unlock(&mg_gateway->lock);
                if (mails == 0)
                        return;
                g_usleep(10000);
        }
        mg_log(MG_LOG_WARNING, "mails were still under way after %d s; their senders will try again", DRAIN_S);
}

/*
 * Serves the control socket until it says drain or closes, and ends the process when the last mail has its reply.
 * Not by smfi_stop(): that cuts the sessions which are in the middle of a mail.
 */
static gpointer serve_control(gpointer data) {
        int control = GPOINTER_TO_INT(data);
        guint rows;
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        while (mg_packet_receive(control, -1, &packet, NULL) && packet.kind != MG_CONTROL_DRAIN) {
                if (packet.kind == MG_CONTROL_STATUS)
                        answer_status(control);
                else if (packet.kind == MG_CONTROL_RELOAD)
                        reload();
                else
                        mg_log(MG_LOG_WARNING, "control packet of unknown kind %u", packet.kind);
        }
        g_mutex_lock(&mg_gateway->lock);
        mg_gateway->draining = TRUE;
        mg_log(MG_LOG_INFO, "no new mail; %u to finish", mg_gateway->mails);
        g_mutex_unlock(&mg_gateway->lock);
        wait_for_mails();
        rows = mg_ledger_flush(mg_gateway->ledger, DRAIN_ROWS_MS);
        if (rows > 0)
                mg_log(MG_LOG_WARNING, "the store has no row of %u mails that were not taken; the log has their lines",
                       rows);
        /* libmilter writes a mail's reply just after the mail was counted out. */
        g_usleep(LAST_REPLY_US);
        _exit(EX_OK);
}

/* Listens on the configured socket; a unix socket of a former process gives way by rename, so that there is no
 * moment without one. */
static gboolean open_socket(const MgConfig *config, GError **error) {
        const char *path = g_str_has_prefix(config->milter_socket, "unix:") ? config->milter_socket + 5 : NULL;
        g_autofree char *fresh = path ? g_strconcat(path, ".new", NULL) : NULL;
        g_autofree char *spec = path ? g_strconcat("unix:", fresh, NULL) : g_strdup(config->milter_socket);

        if (smfi_setconn(spec) != MI_SUCCESS || smfi_register(mg_session_callbacks) != MI_SUCCESS ||
            smfi_settimeout(SESSION_TIMEOUT_S) != MI_SUCCESS || smfi_setbacklog(BACKLOG) != MI_SUCCESS ||
            smfi_opensocket(TRUE) != MI_SUCCESS) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "cannot listen on milter.socket %s",
                            config->milter_socket);
                return FALSE;
        }
        /* Who may connect is said by the folder's group (milter.group), which the supervisor made. */
        if (path && (chmod(fresh, 0666) < 0 || rename(fresh, path) < 0)) {
                mg_error_system(error, "cannot put milter.socket %s in place", path);
                return FALSE;
        }
        return TRUE;
}

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        int control, status;
        MgGateway gateway = {0};
        MgConfig *config =
                mg_role_start(argc, argv, "mugai-milter", "Takes mail from Postfix and hands text back.", &status);

        if (!config)
                return status;
        if (!open_socket(config, &error)) {
                mg_log_error("mugai-milter cannot serve", g_steal_pointer(&error));
                return EX_UNAVAILABLE;
        }
        g_mutex_init(&gateway.lock);
        gateway.settings = mg_settings_new(config);
        gateway.ledger = mg_ledger_new();
        mg_gateway = &gateway;
        if (!mg_pulse_start(config->milter_socket, &error)) {
                mg_log_error("mugai-milter cannot serve", g_steal_pointer(&error));
                return EX_UNAVAILABLE;
        }
        control = mg_packet_inherited("control");
        if (control >= 0) {
                mg_packet_send(control, MG_CONTROL_READY, NULL, NULL, 0, NULL);
                g_thread_unref(g_thread_new("control", serve_control, GINT_TO_POINTER(control)));
        }
        return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
