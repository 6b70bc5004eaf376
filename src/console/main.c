/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-console: the role that shows pages. Joins configuration, sockets and server; does nothing itself.
 */
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/stream.h"
#include "config/role.h"
#include "console/server.h"

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = NULL;
        MgConsoleSockets sockets = {-1, -1, -1};
        int status = 0;

        config = mg_role_start(argc, argv, "mugai-console",
                               "Shows pages to security staff, staff and auditors, who ask the store through it.",
                               &status);
        if (!config)
                return status;
        mg_role_yield();
        sockets.control = mg_role_control(config);
        sockets.listener = mg_packet_inherited("console");
        sockets.signals = mg_role_signals(&error);
        if (sockets.signals >= 0 && sockets.listener < 0)
                sockets.listener = mg_stream_listen(config->console_socket, &error);
        if (sockets.listener >= 0 && mg_console_serve(config, &sockets, &error))
                return EX_OK;
        status = g_error_matches(error, MG_ERROR, MG_ERROR_CONFIG) ? EX_CONFIG : EX_OSERR;
        mg_log_error("mugai-console cannot serve", g_steal_pointer(&error));
        return status;
}
