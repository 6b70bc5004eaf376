/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai text: the words of one mail, as they left, or read again in another character set.
 * The release role opens the original and a worker reads it: nothing is opened here, and nothing is released.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/release_client.h"
#include "cli/cli.h"

typedef struct Options {
        char *config;
        char *charset;
        gboolean json;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->charset);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void print_json(const MgMailText *text) {
        json_t *root = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:b,s:b}", "subject", text->subject, "text", text->text,
                                 "charset", text->charset, "charset_reason", mg_charset_reason_name(text->reason),
                                 "replaced", (json_int_t)text->replaced, "guessed", (json_int_t)text->guessed,
                                 "delivered", text->delivered, "cut", text->cut);
        char *dump = json_dumps(root, JSON_INDENT(2));

        mg_cli_print(dump);
        mg_cli_print("\n");
        free(dump);
        json_decref(root);
}

/* The words go to standard output as they are; what is to be known of them to standard error. */
static void print_text(const MgMailText *text) {
        g_printerr("mugai: read as %s (%s); %u characters cannot be read, %u are a guess; %s%s\n",
                   *text->charset != '\0' ? text->charset : "nothing", mg_charset_reason_name(text->reason),
                   text->replaced, text->guessed,
                   text->delivered ? "as it was delivered" : "not the text that was delivered",
                   text->cut ? "; there is more of it" : "");
        mg_cli_print(text->text);
}

static int charsets(const char *wrong) {
        g_autoptr(GString) names = g_string_new(NULL);

#define ADD_CHARSET(name) g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
        MG_TEXT_CHARSETS(ADD_CHARSET)
#undef ADD_CHARSET
        return mg_cli_fail(EX_USAGE, "--charset %s: it is one of %s", wrong, names->str);
}

static int text(const Options *options, const char *receipt) {
        int code = EX_OK;
        GError *error = NULL;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        if (options->charset != NULL && !mg_text_charset_is(options->charset))
                return charsets(options->charset);
        if (!config->release)
                return mg_cli_fail(EX_CONFIG,
                                   "release.enabled is no: originals are opened by the release role, which is not on");
        g_autofree char *path = mg_config_socket(config, "release.sock");
        const MgAsker asker = mg_cli_asker(path);
        g_autoptr(MgMailText) found = mg_release_text(&asker, receipt, options->charset, &error);
        if (found == NULL)
                return g_error_matches(error, MG_ERROR, MG_ERROR_GRAMMAR)
                               ? mg_cli_fail_error(receipt, error)
                               : mg_cli_fail_role(config, "mugai-release", error);
        if (options->json)
                print_json(found);
        else
                print_text(found);
        return mg_cli_flush();
}

int mg_command_text(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"charset", 0, 0, G_OPTION_ARG_STRING, &options.charset, "Read the text in this character set", "NAME"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "JSON", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);

        if (operands == NULL)
                return EX_USAGE;
        g_autofree char *receipt = mg_cli_receipt(operands[0]);
        return receipt != NULL ? text(&options, receipt) : EX_DATAERR;
}
