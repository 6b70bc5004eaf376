/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts and ends a private mugai-store. Asks it nothing.
 */
#include "cli/upkeep.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/private_role.h"

gboolean mg_upkeep_start(MgUpkeep *upkeep, const MgConfig *config, GError **error) {
        mg_autofd theirs = -1;
        int pair[2];

        *upkeep = (MgUpkeep)MG_UPKEEP_INIT;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                mg_error_system(error, "no socket pair");
                return FALSE;
        }
        upkeep->sock = pair[0];
        theirs = pair[1];
        upkeep->log = mg_fd_memory("mugai-log", error);
        const MgPrivateRole role = {.program = "mugai-store",
                                    .user = config->user_store,
                                    .names = "upkeep",
                                    .fds = {theirs},
                                    .n_fds = 1,
                                    .log = upkeep->log};
        upkeep->pid = upkeep->log >= 0 ? mg_private_role_start(&role, config, error) : -1;
        if (upkeep->pid > 0)
                return TRUE;
        mg_upkeep_end(upkeep, NULL);
        return FALSE;
}

void mg_upkeep_end(MgUpkeep *upkeep, GError **error) {
        mg_fd_close(&upkeep->sock);
        while (upkeep->pid > 0 && waitpid(upkeep->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        upkeep->pid = 0;
        if (error != NULL && g_error_matches(*error, MG_ERROR, MG_ERROR_CLOSED)) {
                g_autofree char *why = mg_private_role_last_words(upkeep->log);

                g_clear_error(error);
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "mugai-store ended: %s", why);
        }
        mg_fd_close(&upkeep->log);
}
