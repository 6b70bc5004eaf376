/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-sanitize: the role that reads mail, in confined workers. Links the parsers and no network, database or TLS.
 */
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "config/role.h"
#include "sandbox/zygote.h"
#include "sanitize/sanitize.h"

int main(int argc, char **argv) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        int status, listening;
        MgConfig *config =
                mg_role_start(argc, argv, "mugai-sanitize", "Reads mail in confined workers, one per mail.", &status);

        if (!config)
                return status;
        path = mg_config_socket(config, "sanitize.sock");
        listening = mg_packet_inherited("sanitize");
        if (listening < 0)
                listening = mg_packet_listen(path, 0660, &error);
        if (listening >= 0 && mg_sanitize_warm(&error) &&
            mg_zygote_run(config, listening, mg_role_control(config), mg_work_sanitize, &error))
                return EX_OK;
        status = g_error_matches(error, MG_ERROR, MG_ERROR_CONFIG) ? EX_CONFIG : EX_OSERR;
        mg_log_error("mugai-sanitize cannot serve", g_steal_pointer(&error));
        return status;
}
