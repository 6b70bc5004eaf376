/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of a role program. Does not switch users: the supervisor did that before it started the program.
 */
#include "config/role.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"

MgConfig *mg_role_start(int argc, char **argv, const char *name, const char *summary, int *status) {
        g_autofree char *path = NULL;
        gboolean version = FALSE;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "configuration (default: built-in values)", "FILE"},
                {"version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL},
                {0},
        };
        g_autoptr(GOptionContext) options = g_option_context_new(NULL);
        g_autoptr(GError) error = NULL;
        MgConfig *config;

        g_option_context_set_summary(options, summary);
        g_option_context_add_main_entries(options, entries, NULL);
        if (!g_option_context_parse(options, &argc, &argv, &error) || argc > 1) {
                g_printerr("%s: %s; see --help\n", name, error ? error->message : "takes no arguments");
                *status = EX_USAGE;
                return NULL;
        }
        if (version) {
                g_print("%s %s\n", name, MG_VERSION);
                *status = EX_OK;
                return NULL;
        }
        config = mg_config_load(path, &error);
        if (!config) {
                g_printerr("%s: %s\n", name, error->message);
                *status = EX_CONFIG;
                return NULL;
        }
        mg_log_open(name, config->log_to == MG_LOG_TO_SYSLOG, config->log_level);
        signal(SIGPIPE, SIG_IGN);
        return config;
}

MgConfig *mg_role_reload(const MgConfig *config) {
        g_autoptr(GError) error = NULL;
        MgConfig *fresh = mg_config_load(config->path, &error);

        if (fresh)
                mg_log(MG_LOG_INFO, "configuration loaded again");
        else
                mg_log_error("configuration not loaded, the running one stays", g_steal_pointer(&error));
        return fresh;
}

int mg_role_signals(GError **error) {
        sigset_t set;
        int fd;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
                mg_error_system(error, "cannot block signals");
                return -1;
        }
        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0)
                mg_error_system(error, "cannot watch signals");
        return fd;
}
