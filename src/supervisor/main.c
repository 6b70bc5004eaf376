/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugaid: the command line of the supervisor. Stays in the foreground; whoever wants it in the background has
 * systemd or a container do that.
 */
#include <locale.h>
#include <stdio.h>
#include <sysexits.h>

#include "config/config.h"
#include "supervisor/supervisor.h"

int main(int argc, char **argv) {
        g_autofree char *config = NULL;
        gboolean check = FALSE, units = FALSE, version = FALSE;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "The configuration (" MG_SYSCONF_DIR "/mugai.conf)",
                 "FILE"},
                {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Check configuration and users, start nothing", NULL},
                {"units", 0, 0, G_OPTION_ARG_NONE, &units, "The roles are started by systemd, not by mugaid", NULL},
                {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL},
                {NULL},
        };
        g_autoptr(GError) error = NULL;
        g_autoptr(GOptionContext) context = g_option_context_new("- mail sanitization gateway");
        setlocale(LC_ALL, "");
        g_option_context_add_main_entries(context, entries, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
                g_printerr("mugaid: %s\n",
                           error != NULL ? error->message : "there are arguments that are no options; see --help");
                return EX_USAGE;
        }
        if (version) {
                puts("mugaid " MG_VERSION);
                return EX_OK;
        }
        if (config == NULL)
                config = g_strdup(MG_SYSCONF_DIR "/mugai.conf");
        if (check)
                return mg_supervisor_check(config);
        g_autofree char *program = mg_config_program("mugai-store");
        g_autofree char *folder = g_path_get_dirname(program);
        MgSupervisorOptions options = {
                .config_path = config,
                .units = units,
                .program_dir = folder,
                .ready_ms = MG_SUPERVISOR_READY_MS,
                .drain_ms = MG_SUPERVISOR_DRAIN_MS,
        };
        return mg_supervisor_run(&options);
}
