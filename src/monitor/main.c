/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-monitor: the role that gives figures and sends canaries. Joins configuration, descriptors and loop; does
 * nothing itself.
 */
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "config/role.h"
#include "monitor/monitor.h"

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        MgMonitorSockets sockets = {-1, -1, -1};
        int status = 0;
        MgConfig *config = mg_role_start(argc, argv, "mugai-monitor",
                                         "Gives figures to who watches the gateway, and sends canaries.", &status);

        if (!config)
                return status;
        mg_role_yield();
        path = mg_config_socket(config, "monitor.sock");
        sockets.control = mg_role_control(config);
        sockets.signals = mg_role_signals(&error);
        sockets.listener = mg_packet_inherited("monitor");
        if (sockets.signals >= 0 && sockets.listener < 0)
                sockets.listener = mg_packet_listen(path, 0660, &error);
        if (sockets.listener >= 0 && mg_monitor_serve(config, &sockets, &error))
                return EX_OK;
        mg_log_error("mugai-monitor cannot serve", g_steal_pointer(&error));
        return EX_OSERR;
}
