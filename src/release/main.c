/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-release: the role that sends on what was asked for and approved. Joins configuration, sockets and server; does
 * nothing itself.
 */
#include <sys/stat.h>
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "config/role.h"
#include "key/hold.h"
#include "release/server.h"

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        MgReleaseSockets sockets = {-1, -1, -1};
        int status = 0;
        MgConfig *config;

        /* Before any secret is here, and before libcrypto has memory of its own. Files are not made. */
        if (!mg_hold_prepare())
                return EX_SOFTWARE;
        mg_opener_guard();
        umask(0777);
        config = mg_role_start(argc, argv, "mugai-release",
                               "Sends originals that were asked for and approved, and holds unlocked keys.", &status);
        if (!config)
                return status;
        path = mg_config_socket(config, "release.sock");
        sockets.control = mg_role_control(config);
        sockets.listener = mg_packet_inherited("release");
        sockets.signals = mg_role_signals(&error);
        if (sockets.signals >= 0 && sockets.listener < 0)
                sockets.listener = mg_packet_listen(path, 0660, &error);
        if (sockets.listener >= 0 && mg_release_serve(config, &sockets, &error))
                return EX_OK;
        mg_log_error("mugai-release cannot serve", g_steal_pointer(&error));
        return EX_OSERR;
}
