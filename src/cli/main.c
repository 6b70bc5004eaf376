/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai: the table of commands.
 * Does nothing but find the row; options are read by the commands.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const MgCommand commands[] = {
        {"sanitize", "[FILE...]", "Turn mail into text as the gateway does, without Postfix", mg_command_sanitize},
        {"list", "", "Kept mail, newest first", mg_command_list},
        {"show", "RECEIPT", "All that is known of one mail", mg_command_show},
        {"get", "RECEIPT", "The original of one mail, to standard output", mg_command_get},
        {"trace", "", "What became of mail: accepted, deferred and refused alike", mg_command_trace},
        {"key", "init DIR | list", "Make the keys that originals are sealed to; say which are in use", mg_command_key},
        {"status", "", "Roles, workers, counts and the size of the store", mg_command_status},
        {"check", "", "What is wrong with the configuration, this host and Postfix", mg_command_check},
};

static int print_help(void) {
        GString *text = g_string_new("usage: mugai COMMAND [OPTION...]\n\n");

        for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
                g_string_append_printf(text, "  %-9s %-10s %s\n", commands[i].name, commands[i].parameters,
                                       commands[i].summary);
        g_string_append(
                text,
                "\n  mugai COMMAND --help   its options\n"
                "  mugai --version        the version\n\n"
                "Exit status: 0 done; 64 wrong usage; 65 wrong or unconvertible input; 66 no input; 69 the gateway\n"
                "cannot be asked; 74 input or output error; 75 try again; 77 a key or passphrase that does not open "
                "it;\n"
                "78 wrong configuration.\n");
        mg_cli_print(text->str);
        g_string_free(text, TRUE);
        return mg_cli_flush();
}

int main(int argc, char **argv) {
        setlocale(LC_ALL, "");
        g_set_prgname("mugai");
        if (argc < 2)
                return mg_cli_fail(EX_USAGE,
                                   "say what to do: mugai sanitize, list, show, get, trace, key, status or check; "
                                   "see mugai --help");
        if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") || g_str_equal(argv[1], "help"))
                return print_help();
        if (g_str_equal(argv[1], "--version")) {
                mg_cli_print("mugai " MG_VERSION "\n");
                return mg_cli_flush();
        }
        for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
                if (g_str_equal(commands[i].name, argv[1]))
                        return commands[i].run(&commands[i], argc - 1, argv + 1);
        }
        return mg_cli_fail(EX_USAGE, "there is no command \"%s\"; see mugai --help", argv[1]);
}
