/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private sanitize role, with a control socket that ends it. Does not restart it: a role that dies ends the command.
 * What it logs is kept aside and shown only where it ended badly.
 */
#include "cli/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "cli/private_role.h"

/* libmagic's database and every iconv module are loaded before the role says that it serves. */
#define READY_MS 60000

/* Listens in a fresh folder of mode 0700 and removes the names at once: the socket is reached through a descriptor. */
static int listen_private(MgEngine *engine, GError **error) {
        g_autofree char *folder = g_dir_make_tmp("mugai-XXXXXX", error);
        mg_autofd listening = -1;

        if (folder == NULL)
                return -1;
        g_autofree char *path = g_build_filename(folder, "sanitize.sock", NULL);
        listening = mg_packet_listen(path, 0600, error);
        if (listening >= 0) {
                engine->name = open(path, O_PATH | O_CLOEXEC);
                if (engine->name < 0)
                        mg_error_system(error, "%s", path);
                unlink(path);
        }
        rmdir(folder);
        if (engine->name < 0)
                return -1;
        engine->socket = g_strdup_printf("/proc/self/fd/%d", engine->name);
        return mg_fd_steal(&listening);
}

static gboolean wait_ready(MgEngine *engine, int log, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) fault = NULL;

        if (mg_packet_receive(engine->control, READY_MS, &packet, &fault) && packet.kind == MG_CONTROL_READY)
                return TRUE;
        mg_engine_clear(engine);
        g_autofree char *why = mg_private_role_last_words(log);
        g_set_error(error, MG_ERROR, MG_ERROR_CLOSED, "the sanitizer did not start: %s", why);
        return FALSE;
}

/* Only the role may hold its ends afterwards: connecting must fail once it is gone. */
static gboolean start_role(MgEngine *engine, const MgConfig *config, int log, GError **error) {
        mg_autofd listening = listen_private(engine, error);
        mg_autofd theirs = -1;
        int pair[2];
        pid_t pid;

        if (listening < 0)
                return FALSE;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                mg_error_system(error, "no socket pair");
                return FALSE;
        }
        engine->control = pair[0];
        theirs = pair[1];
        const MgPrivateRole role = {.program = "mugai-sanitize",
                                    .user = config->user_sanitize,
                                    .names = "sanitize:control",
                                    .fds = {listening, theirs},
                                    .n_fds = 2,
                                    .log = log};
        pid = mg_private_role_start(&role, config, error);
        engine->pid = MAX(pid, 0);
        return pid > 0;
}

gboolean mg_engine_start(MgEngine *engine, const MgConfig *config, GError **error) {
        mg_autofd log = mg_fd_memory("mugai-log", error);

        if (log >= 0 && start_role(engine, config, log, error))
                return wait_ready(engine, log, error);
        mg_engine_clear(engine);
        return FALSE;
}

void mg_engine_clear(MgEngine *engine) {
        mg_fd_close(&engine->control);
        mg_fd_close(&engine->name);
        g_clear_pointer(&engine->socket, g_free);
        if (engine->pid > 0) {
                while (waitpid(engine->pid, NULL, 0) < 0 && errno == EINTR)
                        continue;
        }
        engine->pid = 0;
}
