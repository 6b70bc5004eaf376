/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai list, show, search, trace: questions to the store.
 * Does not open the store's files: all it knows comes from the store role.
 */
#include <stdio.h>

#include "base/error.h"
#include "base/store_client.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/question.h"
#include "compose/report.h"

typedef struct Options {
        char *config;
        MgAsked asked;
        gboolean json;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        mg_asked_clear(&options->asked);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- questions ---------------------------------------------------------------------------------------------------- */

/* How one row of an answer is printed, how many there were, and what was left out of them. */
typedef struct Printer {
        char *(*line)(const MgRecord *record);
        guint rows;
        guint32 withheld;
} Printer;

static char *json_line(const MgRecord *record) {
        return mg_report_json(record, FALSE);
}

/* The line of list has no reply and no reason; who traces asks for these. */
static char *trace_line(const MgRecord *record) {
        g_autofree char *line = g_strchomp(mg_report_line(record));

        return g_strdup_printf("%s\n    queue_id=%s reply=%s%s%s\n", line,
                               *record->envelope->queue_id != '\0' ? record->envelope->queue_id : "-",
                               *record->reply != '\0' ? record->reply : "-", *record->reason != '\0' ? " reason=" : "",
                               record->reason);
}

static gboolean print_row(const MgRecord *record, gpointer data) {
        Printer *printer = data;
        g_autofree char *line = printer->line(record);

        mg_cli_print(line);
        if (!g_str_has_suffix(line, "\n"))
                mg_cli_print("\n");
        printer->rows++;
        printer->withheld |= record->withheld;
        return !ferror(stdout);
}

/* Once, beside what was printed, so that nobody takes an empty place for an empty value. */
static int say_withheld(guint32 withheld) {
        g_autofree char *words = mg_report_withheld(withheld);
        int status = mg_cli_flush();

        if (words != NULL)
                mg_cli_fail(
                        EX_OK,
                        "left out: %s; your duties do not include reading mail (officer: all mail, staff: their own)",
                        words);
        return status;
}

static void say_unreadable(guint32 unreadable) {
        if (unreadable > 0)
                mg_cli_fail(
                        EX_OK,
                        "left out: %u rows that cannot be read, damaged or of a newer version; they may be meant, too",
                        unreadable);
}

static int ask(const Options *options, MgQuestion *question, char *(*line)(const MgRecord *record)) {
        int code = EX_OK;
        GError *error = NULL;
        guint32 unreadable = 0;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);
        Printer printer = {.line = options->json ? json_line : line};

        if (config == NULL)
                return code;
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        if (!mg_store_query(&asker, &question->query, print_row, &printer, &unreadable, &error))
                return mg_cli_fail_role(config, "mugai-store", error);
        if (printer.rows == 0 && !options->json)
                mg_cli_print("no mail found\n");
        say_unreadable(unreadable);
        return say_withheld(printer.withheld);
}

int mg_command_list(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.asked = {.max = 100}};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.asked.max, "At most so many (default: 100)", "N"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.asked.since, "Not older: 2026-11-20, 2h, 3d", "TIME"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        g_auto(MgQuestion) question = {.query = {.kept_only = TRUE}};

        if (operands == NULL)
                return EX_USAGE;
        int code = mg_question_read(&options.asked, operands, &question);
        return code == EX_OK ? ask(&options, &question, mg_report_line) : code;
}

int mg_command_trace(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.asked = {.max = 100}};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.asked.from, "Envelope sender, or a part of it",
                 "ADDRESS"},
                {"to", 't', 0, G_OPTION_ARG_FILENAME, &options.asked.to, "A recipient, or a part of it", "ADDRESS"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.asked.since, "Not older: 2026-11-20, 2h, 3d", "TIME"},
                {"queue-id", 'q', 0, G_OPTION_ARG_STRING, &options.asked.queue_id, "Queue id of Postfix", "ID"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.asked.max, "At most so many (default: 100)", "N"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        g_auto(MgQuestion) question = {0};

        if (operands == NULL)
                return EX_USAGE;
        int code = mg_question_read(&options.asked, operands, &question);
        return code == EX_OK ? ask(&options, &question, trace_line) : code;
}

int mg_command_search(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.asked = {.max = 100}};
        /* FILENAME: octets as they are, so that Japanese can be asked for whatever the locale. */
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.asked.from, "Envelope sender, or a part of it",
                 "ADDRESS"},
                {"to", 't', 0, G_OPTION_ARG_FILENAME, &options.asked.to, "A recipient, or a part of it", "ADDRESS"},
                {"subject", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.subject, "A part of the subject", "TEXT"},
                {"name", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.name, "A part of the name of a file", "TEXT"},
                {"host", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.host, "A part of a host that a link leads to",
                 "HOST"},
                {"hash", 0, 0, G_OPTION_ARG_STRING, &options.asked.hash, "SHA-256 of a file or of the whole mail",
                 "SHA256"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.asked.since, "Not older: 2026-11-20, 2h, 3d", "TIME"},
                {"until", 'u', 0, G_OPTION_ARG_STRING, &options.asked.until, "Older: 2026-11-20, 2h, 3d", "TIME"},
                {"outcome", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.asked.outcomes,
                 "converted, failed, deferred, refused or held; more than once: any of them", "WORD"},
                {"scan", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.asked.scans,
                 "clean, infected or unscanned, by a scanner; more than once: any of them", "WORD"},
                {"receipt", 0, 0, G_OPTION_ARG_STRING, &options.asked.receipt, "Receipt number", "RECEIPT"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.asked.max, "At most so many (default: 100)", "N"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };
        g_auto(GStrv) words = mg_cli_parse(command, entries, argc, argv, 0, MG_QUERY_WORDS_MAX);
        g_auto(MgQuestion) question = {0};

        if (words == NULL)
                return EX_USAGE;
        int code = mg_question_read(&options.asked, words, &question);
        if (code == EX_OK && mg_question_asks_nothing(&question))
                return mg_cli_fail(EX_USAGE, "say what to look for: words, or an option; see mugai search --help");
        return code == EX_OK ? ask(&options, &question, mg_report_line) : code;
}

static int show(const Options *options, const char *receipt) {
        int code = EX_OK;
        GError *error = NULL;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        g_autoptr(MgRecord) record = mg_store_show(&asker, receipt, &error);
        if (record == NULL)
                return mg_cli_fail_role(config, "mugai-store", error);
        g_autofree char *text = options->json ? mg_report_json(record, TRUE) : mg_report_text(record);
        mg_cli_print(text);
        return say_withheld(record->withheld);
}

int mg_command_show(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);

        if (operands == NULL)
                return EX_USAGE;
        g_autofree char *receipt = mg_cli_receipt(operands[0]);
        return receipt != NULL ? show(&options, receipt) : EX_DATAERR;
}
