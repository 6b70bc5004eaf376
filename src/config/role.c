/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of a role program. Does not switch users: the supervisor did that before it started the program.
 */
#include "config/role.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>

#include "base/error.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/packet.h"

/* The other three always run. */
static gboolean is_enabled(const MgConfig *config, const char *name) {
        return g_str_equal(name, "mugai-release")   ? config->release
               : g_str_equal(name, "mugai-console") ? config->console
               : g_str_equal(name, "mugai-monitor") ? config->monitor
                                                    : TRUE;
}

void mg_role_log(const char *program, const MgConfig *config) {
        const MgLogSettings settings = {config->log_to, config->log_format, (MgLogLevel)config->log_level, NULL};

        mg_log_open(program, &settings);
}

MgConfig *mg_role_start(int argc, char **argv, const char *name, const char *summary, int *status) {
        g_autofree char *path = NULL;
        gboolean version = FALSE, asks = FALSE, no_rules = FALSE;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "configuration (default: built-in values)", "FILE"},
                {"is-enabled", 0, 0, G_OPTION_ARG_NONE, &asks,
                 "exit 0 where the configuration has this role run, else 1", NULL},
                {"no-rules", 0, 0, G_OPTION_ARG_NONE, &no_rules,
                 "do not load policy.rules: for a role that mugai(1) starts for itself and that decides on no mail",
                 NULL},
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
        config = mg_config_load_with(path, no_rules ? "" : NULL, &error);
        if (!config) {
                g_printerr("%s: %s\n", name, error->message);
                *status = EX_CONFIG;
                return NULL;
        }
        if (asks) {
                *status = !is_enabled(config, name);
                mg_config_free(config);
                return NULL;
        }
        mg_role_log(name, config);
        signal(SIGPIPE, SIG_IGN);
        return config;
}

MgConfig *mg_role_reload(const MgConfig *config) {
        g_autoptr(GError) error = NULL;
        MgConfig *fresh = mg_config_load(config->path, &error);

        if (fresh) {
                mg_log_set_level((MgLogLevel)fresh->log_level);
                mg_log(MG_LOG_INFO, "configuration loaded again");
        } else
                mg_log_error("configuration not loaded, the running one stays", g_steal_pointer(&error));
        return fresh;
}

int mg_role_control(const MgConfig *config) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = mg_config_socket(config, "role.sock");
        int control = mg_packet_inherited("control");

        if (control >= 0 || !mg_notify_is_watched())
                return control;
        control = mg_packet_connect(path, &error);
        if (control < 0)
                mg_log_error("without mugaid this role takes no reload and shows no figures", g_steal_pointer(&error));
        return control;
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

/* A share of a thirtieth against a thread of the mail path. */
#define YIELD_NICE 15

/* Linux has a priority for each thread, and 0 is the one that calls. Without it all is as well, but slower. */
void mg_role_yield(void) {
        const struct sched_param none = {0};

        (void)sched_setscheduler(0, SCHED_BATCH, &none);
        (void)setpriority(PRIO_PROCESS, 0, YIELD_NICE);
}
