/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai list, show, trace: questions to the store.
 * Does not open the store's files: all it knows comes from the store role.
 */
#include <stdio.h>

#include "base/error.h"
#include "base/store_client.h"
#include "cli/cli.h"
#include "compose/report.h"

#define MAX_ROWS 100000

typedef struct Options {
        char *config;
        char *from;
        char *to;
        char *queue_id;
        char *since;
        int max;
        gboolean json;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->from);
        g_free(options->to);
        g_free(options->queue_id);
        g_free(options->since);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* How one row of an answer is printed, and how many there were. */
typedef struct Printer {
        char *(*line)(const MgRecord *record);
        guint rows;
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
        return !ferror(stdout);
}

static int ask(const Options *options, gboolean kept_only, char *(*line)(const MgRecord *record)) {
        int code = EX_OK;
        GError *error = NULL;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);
        Printer printer = {.line = options->json ? json_line : line};
        MgQuery query = {
                .from = options->from,
                .to = options->to,
                .queue_id = options->queue_id,
                .kept_only = kept_only,
                .max = (guint32)options->max,
        };

        if (config == NULL)
                return code;
        if (options->max < 1 || options->max > MAX_ROWS)
                return mg_cli_fail(EX_USAGE, "--max is %d, but must be 1 to %d", options->max, MAX_ROWS);
        if (options->since != NULL &&
            !mg_cli_time(options->since, g_get_real_time() / G_USEC_PER_SEC, &query.since, &error))
                return mg_cli_fail_error("--since", error);
        g_autofree char *path = mg_config_socket(config, "store.sock");
        if (!mg_store_query(path, &query, print_row, &printer, &error))
                return mg_cli_fail_role(config, "mugai-store", error);
        if (printer.rows == 0 && !options->json)
                mg_cli_print("no mail found\n");
        return mg_cli_flush();
}

int mg_command_list(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.max = 100};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.max, "At most so many (default: 100)", "N"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.since, "Not older: 2026-11-20, 2h, 3d", "TIME"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        return operands != NULL ? ask(&options, TRUE, mg_report_line) : EX_USAGE;
}

int mg_command_trace(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.max = 100};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"from", 'f', 0, G_OPTION_ARG_STRING, &options.from, "Envelope sender, or a part of it", "ADDRESS"},
                {"to", 't', 0, G_OPTION_ARG_STRING, &options.to, "A recipient, or a part of it", "ADDRESS"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.since, "Not older: 2026-11-20, 2h, 3d", "TIME"},
                {"queue-id", 'q', 0, G_OPTION_ARG_STRING, &options.queue_id, "Queue id of Postfix", "ID"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.max, "At most so many (default: 100)", "N"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        return operands != NULL ? ask(&options, FALSE, trace_line) : EX_USAGE;
}

static int show(const Options *options, const char *receipt) {
        int code = EX_OK;
        GError *error = NULL;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        g_autofree char *path = mg_config_socket(config, "store.sock");
        g_autoptr(MgRecord) record = mg_store_show(path, receipt, &error);
        if (record == NULL)
                return mg_cli_fail_role(config, "mugai-store", error);
        g_autofree char *text = options->json ? mg_report_json(record, TRUE) : mg_report_text(record);
        mg_cli_print(text);
        return mg_cli_flush();
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
