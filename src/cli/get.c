/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai get: one original.
 * A sealed one is opened here, in the process of the person who has the key: the gateway has none.
 */
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"
#include "cli/cli.h"
#include "cli/mailfile.h"
#include "cli/passphrase.h"

typedef struct Options {
        char *config;
        char *output;
        char *key;
        int passphrase_fd;
        gboolean sealed;
        gboolean force;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->output);
        g_free(options->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int put_original(const Options *options, GBytes *original) {
        gsize n;
        const char *data = g_bytes_get_data(original, &n);
        GError *error = NULL;

        if (options->output == NULL) {
                if (!mg_fd_write(STDOUT_FILENO, data, n, &error))
                        return mg_cli_fail_error("standard output", error);
                return EX_OK;
        }
        if (!mg_mailfile_write(options->output, data, n, options->force, &error))
                return mg_cli_fail_error(NULL, error);
        return EX_OK;
}

static int open_sealed(const Options *options, const MgConfig *config, const char *receipt, GBytes *sealed) {
        GError *error = NULL;
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        g_autoptr(MgRecord) record = mg_store_show(&asker, receipt, &error);

        if (record == NULL)
                return mg_cli_fail_role(config, "mugai-store", error);
        mg_opener_guard();
        g_autoptr(MgOpener) opener = mg_passphrase_opener(options->key, options->passphrase_fd, &error);
        if (opener == NULL)
                return mg_cli_fail_error(NULL, error);
        g_autoptr(GBytes) original = mg_opener_open(opener, sealed, record->size, record->sha256, &error);
        if (original == NULL)
                return mg_cli_fail_error(receipt, error);
        return put_original(options, original);
}

static int put_kept(const Options *options, const MgConfig *config, const char *receipt, GBytes *kept,
                    gboolean sealed) {
        if (options->sealed && !sealed)
                return mg_cli_fail(EX_DATAERR, "the original of %s is not sealed: leave --sealed away", receipt);
        if (!sealed || options->sealed)
                return put_original(options, kept);
        if (options->key != NULL)
                return open_sealed(options, config, receipt, kept);
        return mg_cli_fail(
                EX_NOPERM,
                "the original of %s is sealed: open it with --key FILE, the private key of the organization or of the "
                "escrow, or take it as it is kept with --sealed",
                receipt);
}

static int get(const Options *options, const char *receipt) {
        int code = EX_OK;
        GError *error = NULL;
        gboolean sealed = FALSE;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        if (options->sealed && options->key != NULL)
                return mg_cli_fail(EX_USAGE,
                                   "--sealed takes the original as it is kept, and --key opens it: use one of them");
        if (options->output == NULL && isatty(STDOUT_FILENO) && !options->force)
                return mg_cli_fail(EX_USAGE,
                                   "an original is not written to a terminal, which would obey what stands in it: "
                                   "redirect it, or use --output FILE, or --force");
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        mg_autofd fd = mg_store_get(&asker, receipt, &sealed, &error);
        if (fd < 0)
                return mg_cli_fail_role(config, "mugai-store", error);
        g_autoptr(GBytes) kept = mg_fd_map(fd, 0, G_MAXINT32, &error);
        if (kept == NULL)
                return mg_cli_fail_error("the original", error);
        return put_kept(options, config, receipt, kept, sealed);
}

int mg_command_get(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Write it there instead", "FILE"},
                {"key", 'k', 0, G_OPTION_ARG_FILENAME, &options.key, "Open a sealed original with this private key",
                 "FILE"},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read its passphrase there, not from the terminal", "FD"},
                {"sealed", 0, 0, G_OPTION_ARG_NONE, &options.sealed, "A sealed original as it is kept: CMS in DER",
                 NULL},
                {"force", 0, 0, G_OPTION_ARG_NONE, &options.force, "To a terminal too, and over an existing file",
                 NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);

        if (operands == NULL)
                return EX_USAGE;
        g_autofree char *receipt = mg_cli_receipt(operands[0]);
        return receipt != NULL ? get(&options, receipt) : EX_DATAERR;
}
