/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai setup: its options. What it asks stands in setup_answers.c, what it does to Postfix in setup_postfix.c.
 */
#include "cli/setup.h"

static void options_clear(MgSetupOptions *options) {
        g_free(options->config);
        g_free(options->from);
        g_free(options->postfix_dir);
        g_strfreev(options->services);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgSetupOptions, options_clear)

int mg_command_setup(const MgCommand *command, int argc, char **argv) {
        g_auto(MgSetupOptions) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config,
                 "Configuration that is written, or for Postfix read (default: " MG_SYSCONF_DIR "/mugai.conf)", "FILE"},
                {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.from, "Take the answers from a file, ask nothing",
                 "FILE"},
                {"template", 0, 0, G_OPTION_ARG_NONE, &options.template, "Print such a file, for an editor", NULL},
                {"print", 0, 0, G_OPTION_ARG_NONE, &options.print, "Print mugai.conf, write nothing", NULL},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read the passphrases of the keys there, a line each: the organization's, then the escrow's", "FD"},
                {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.dry_run,
                 "Show what would change in Postfix's files; exit status 1 where something would (postfix)", NULL},
                {"undo", 0, 0, G_OPTION_ARG_NONE, &options.undo, "Take the lines back (postfix)", NULL},
                {"reload", 0, 0, G_OPTION_ARG_NONE, &options.reload, "Let Postfix read its files anew (postfix)", NULL},
                {"service", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.services,
                 "Service of master.cf that mail comes in by, where there are several; once for each (postfix)",
                 "NAME"},
                {"postfix-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.postfix_dir,
                 "Postfix's configuration folder (default: its own)", "FOLDER"},
                {"no-probe", 0, 0, G_OPTION_ARG_NONE, &options.no_probe, "Do not ask the next hop by EHLO (postfix)",
                 NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 1);

        if (operands == NULL)
                return EX_USAGE;
        if (operands[0] == NULL)
                return mg_setup_answers(&options);
        if (g_str_equal(operands[0], "postfix"))
                return mg_setup_postfix(&options);
        return mg_cli_fail(EX_USAGE, "usage: mugai setup [--from FILE] | postfix [--dry-run] [--undo]");
}
