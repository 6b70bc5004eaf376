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
        {"text", "RECEIPT", "The words of one mail, as they left or in another character set", mg_command_text},
        {"search", "[WORD...]", "Mail by sender, recipient, subject, file, link or time", mg_command_search},
        {"trace", "", "What became of mail: accepted, deferred and refused alike", mg_command_trace},
        {"request", "RECEIPT | show|approve|deny|settle NUMBER",
         "Ask for what was taken out of a mail; decide on what others ask for", mg_command_request},
        {"requests", "", "What was asked for, newest first", mg_command_requests},
        {"hold", "add RECEIPT... | list | end CASE", "Mail that is not erased, for a case and until a day",
         mg_command_hold},
        {"user", "add | change | disable | list | token | import | ...",
         "Who may do what here, and by what people are known", mg_command_user},
        {"audit", "verify | list | export | anchor",
         "The trail of acts: is it whole, who did what, a bundle to take away", mg_command_audit},
        {"key", "ACT", "Keys that originals are sealed to: init DIR, rotate DIR, list, unlock FILE, lock [ID]",
         mg_command_key},
        {"backup", "DIR", "A copy of the store, while mail flows", mg_command_backup},
        {"restore", "DIR", "A store of a backup, while the gateway is stopped", mg_command_restore},
        {"verify-store", "", "Look through index, originals and trail, and mend what can be mended",
         mg_command_verify_store},
        {"report", "--month YYYY-MM", "How much of what came in a month, as text or CSV", mg_command_report},
        {"rules", "check [FILE] | explain FILE.eml | rehearse FILE",
         "Rules: what is wrong with them, which one decides on a mail, what new ones would have changed",
         mg_command_rules},
        {"status", "[--watch [SECONDS]]", "Roles, workers, counts and the size of the store", mg_command_status},
        {"selftest", "", "A known-bad and a Japanese mail through the whole path at once, and what came out",
         mg_command_selftest},
        {"check", "", "What is wrong with the configuration, this host and Postfix", mg_command_check},
        {"doctor", "[SYMPTOM [RECEIPT|QUEUE-ID]]",
         "What is at fault, and the command that mends it; by itself or for a symptom", mg_command_doctor},
        {"setup", "[postfix]", "A first configuration, by questions or a file; the lines that Postfix needs, and back",
         mg_command_setup},
};

static int print_help(void) {
        GString *text = g_string_new("usage: mugai COMMAND [OPTION...]\n\n");

        for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
                g_string_append_printf(text, "  %-9s %-10s %s\n", commands[i].name, commands[i].parameters,
                                       commands[i].summary);
        g_string_append(
                text,
                "\n  mugai COMMAND --help   its options\n"
                "  mugai --token-file FILE COMMAND   as the person whose token stands in FILE\n"
                "  mugai --version        the version\n\n"
                "Exit status: 0 done; 64 wrong usage; 65 wrong or unconvertible input; 66 no input; 69 the gateway\n"
                "cannot be asked; 70 a step of selftest failed; 74 input or output error; 75 try again; 77 not "
                "allowed, or a key that does not open\n"
                "it; 78 wrong configuration.\n");
        mg_cli_print(text->str);
        g_string_free(text, TRUE);
        return mg_cli_flush();
}

/* Takes --token-file FILE from the front: the token in it is what the store is asked with. EX_OK, or a status after one
 * line on standard error. */
static int take_token(int *argc, char ***argv) {
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;

        if (*argc < 2 || !g_str_equal((*argv)[1], "--token-file"))
                return EX_OK;
        if (*argc < 4)
                return mg_cli_fail(EX_USAGE, "usage: mugai --token-file FILE COMMAND; see mugai --help");
        if (!g_file_get_contents((*argv)[2], &text, NULL, &error))
                return mg_cli_fail(EX_NOINPUT, "%s", error->message);
        g_setenv(MG_CLI_TOKEN, g_strstrip(text), TRUE);
        explicit_bzero(text, strlen(text));
        *argc -= 2;
        *argv += 2;
        return EX_OK;
}

int main(int argc, char **argv) {
        int status;

        setlocale(LC_ALL, "");
        g_set_prgname("mugai");
        status = take_token(&argc, &argv);
        if (status != EX_OK)
                return status;
        if (argc < 2)
                return mg_cli_fail(EX_USAGE,
                                   "say what to do: mugai sanitize, list, search, show, get, text, trace, "
                                   "request, requests, hold, user, key, audit, rules, status, selftest, check or "
                                   "doctor; see mugai --help");
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
