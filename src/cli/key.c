/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai key: the table of its acts, which stand in key_make.c and key_lock.c.
 */
#include "cli/key.h"

static void options_clear(MgKeyOptions *options) {
        g_free(options->config);
        g_free(options->organization);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgKeyOptions, options_clear)

static const struct {
        const char *name;
        guint operands;
        int (*run)(const MgKeyOptions *options);
} acts[] = {
        {"init", 2, mg_key_init},     {"rotate", 2, mg_key_rotate}, {"list", 1, mg_key_list},
        {"unlock", 2, mg_key_unlock}, {"lock", 2, mg_key_lock},
};

int mg_command_key(const MgCommand *command, int argc, char **argv) {
        g_auto(MgKeyOptions) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"rsa", 0, 0, G_OPTION_ARG_NONE, &options.rsa, "RSA of 3072 bits instead of P-256 (init, rotate)",
                 NULL},
                {"escrow", 0, 0, G_OPTION_ARG_NONE, &options.escrow,
                 "The escrow key in the place of the organization's (rotate)", NULL},
                {"organization", 0, 0, G_OPTION_ARG_STRING, &options.organization, "Whose key it is (rotate)", "NAME"},
                {"minutes", 'm', 0, G_OPTION_ARG_INT, &options.minutes, "How long (unlock; default: release.unlock)",
                 "N"},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read passphrases there, a line each (init: the organization's, then the escrow's)", "FD"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object (list)", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 2);
        if (options.operands == NULL)
                return EX_USAGE;
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                if (g_str_equal(acts[i].name, options.operands[0]) &&
                    g_strv_length(options.operands) <= acts[i].operands)
                        return acts[i].run(&options);
        return mg_cli_fail(EX_USAGE, "usage: mugai key init DIR | rotate DIR | list | unlock FILE | lock [ID]");
}
