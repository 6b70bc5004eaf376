/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai request, mugai requests: what was taken out of a mail is asked for, and others decide.
 * Who may do what is known to the store alone; here is only looked whether it can be understood.
 */
#include "base/request_client.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/request.h"

#define MAX_ROWS 100

typedef struct Options {
        char *config;
        char **parts;
        gboolean whole;
        char **to;
        char *reason;
        char *state;
        gboolean mine;
        int max;
        gboolean json;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_strfreev(options->parts);
        g_strfreev(options->to);
        g_free(options->reason);
        g_free(options->state);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* The store, and the configuration that says where it is. */
typedef struct Store {
        MgConfig *config;
        char *socket_path;
        MgAsker asker;
} Store;

static void store_clear(Store *store) {
        mg_config_free(store->config);
        g_free(store->socket_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Store, store_clear)

static int store_of(const Options *options, Store *store) {
        int code = EX_OK;

        store->config = mg_cli_config(options->config, &code);
        if (store->config == NULL)
                return code;
        store->socket_path = mg_config_socket(store->config, "store.sock");
        store->asker = mg_cli_asker(store->socket_path);
        return EX_OK;
}

static int fail_store(const Store *store, GError *error) {
        return mg_cli_fail_role(store->config, "mugai-store", error);
}

/* What is wrong with a reason, or EX_OK. NULL is one that was not given. */
static int check_reason(const char *reason, gboolean needed) {
        if (reason == NULL || *reason == '\0')
                return needed ? mg_cli_fail(EX_USAGE, "say why: --reason TEXT") : EX_OK;
        if (strlen(reason) > MG_REQUEST_REASON_MAX)
                return mg_cli_fail(EX_USAGE, "--reason has %zu octets; it may have %d", strlen(reason),
                                   MG_REQUEST_REASON_MAX);
        if (!mg_text_is(reason, strlen(reason), MG_CLASS_LINE))
                return mg_cli_fail(EX_USAGE, "--reason has a line end, a control or an invisible character; write one "
                                             "line of plain text");
        return EX_OK;
}

/* Number of a request, or 0 after one line on standard error. */
static gint64 number_of(const char *typed) {
        guint64 number = 0;

        if (!g_ascii_string_to_unsigned(typed, 10, 1, G_MAXINT64, &number, NULL))
                mg_cli_fail(EX_USAGE, "\"%s\" is no number of a request; mugai requests lists them", typed);
        return (gint64)number;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static int add_parts(const Options *options, MgRequest *request) {
        guint n = options->parts != NULL ? g_strv_length(options->parts) : 0;

        if ((n == 0) != options->whole)
                return mg_cli_fail(EX_USAGE, "say what: --part N, which may stand more than once, or --whole; mugai "
                                             "show RECEIPT lists the parts");
        if (n > MG_REQUEST_PARTS_MAX)
                return mg_cli_fail(EX_USAGE, "%u parts are asked for; at most %d may be", n, MG_REQUEST_PARTS_MAX);
        for (guint i = 0; i < n; i++) {
                const char *path = options->parts[i];
                MgRequestPart *part;

                if (*path == '\0' || !mg_text_is(path, strlen(path), MG_CLASS_PATH))
                        return mg_cli_fail(EX_USAGE, "\"%s\" is no number of a part, such as 2 or 1.3", path);
                part = mg_request_part_new();
                g_free(part->path);
                part->path = g_strdup(path);
                g_ptr_array_add(request->parts, part);
        }
        return EX_OK;
}

static int add_addresses(const Options *options, MgRequest *request) {
        guint n = options->to != NULL ? g_strv_length(options->to) : 0;

        if (n == 0)
                return mg_cli_fail(EX_USAGE, "say where it shall go: --to ADDRESS, which may stand more than once");
        if (n > MG_REQUEST_ADDRESSES_MAX)
                return mg_cli_fail(EX_USAGE, "%u addresses are named; at most %d may be", n, MG_REQUEST_ADDRESSES_MAX);
        for (guint i = 0; i < n; i++) {
                const char *address = options->to[i];

                if (*address == '\0' || !mg_text_is(address, strlen(address), MG_CLASS_ADDRESS))
                        return mg_cli_fail(EX_USAGE, "\"%s\" is no mail address", address);
                g_ptr_array_add(request->addresses, g_strdup(address));
        }
        return EX_OK;
}

static int fill(const Options *options, MgRequest *request) {
        int code = check_reason(options->reason, TRUE);

        if (code == EX_OK)
                code = add_parts(options, request);
        if (code == EX_OK)
                code = add_addresses(options, request);
        if (code != EX_OK)
                return code;
        g_free(request->reason);
        request->reason = g_strdup(options->reason);
        g_free(request->receipt);
        request->receipt = mg_cli_receipt(options->operands[0]);
        return request->receipt != NULL ? EX_OK : EX_DATAERR;
}

static int make(const Options *options) {
        g_autoptr(MgRequest) request = mg_request_new();
        g_auto(Store) store = {0};
        GError *error = NULL;
        gint64 number;
        int code = fill(options, request);

        if (code == EX_OK)
                code = store_of(options, &store);
        if (code != EX_OK)
                return code;
        if (!mg_request_make(&store.asker, request, &number, &error))
                return fail_store(&store, error);
        g_autofree char *text =
                options->json ? g_strdup_printf("{\"number\": %" G_GINT64_FORMAT "}\n", number)
                              : g_strdup_printf("request %" G_GINT64_FORMAT " is made and waits for approval by "
                                                "others (mugai request show %" G_GINT64_FORMAT ")\n",
                                                number, number);
        mg_cli_print(text);
        return mg_cli_flush();
}

/* --- deciding ----------------------------------------------------------------------------------------------------- */

static int decide(const Options *options, MgDecide how) {
        gint64 number = number_of(options->operands[1]);
        int code = number > 0 ? check_reason(options->reason, how == MG_DECIDE_DENY) : EX_USAGE;
        g_auto(Store) store = {0};
        GError *error = NULL;

        if (code == EX_OK)
                code = store_of(options, &store);
        if (code != EX_OK)
                return code;
        return mg_request_decide(&store.asker, how, number, options->reason, &error) ? EX_OK
                                                                                     : fail_store(&store, error);
}

static int approve(const Options *options) {
        return decide(options, MG_DECIDE_APPROVE);
}

static int deny(const Options *options) {
        return decide(options, MG_DECIDE_DENY);
}

static int settle(const Options *options) {
        const char *word = options->operands[2];
        gboolean sent = g_str_equal(word, "sent");
        gint64 number = number_of(options->operands[1]);
        int code = number > 0 ? check_reason(options->reason, TRUE) : EX_USAGE;
        g_auto(Store) store = {0};
        GError *error = NULL;

        if (code == EX_OK && !sent && !g_str_equal(word, "again"))
                code = mg_cli_fail(EX_USAGE,
                                   "\"%s\" is neither \"sent\" (it was, nothing more is done) nor \"again\" "
                                   "(it was not, it is handed over once more)",
                                   word);
        if (code == EX_OK)
                code = store_of(options, &store);
        if (code != EX_OK)
                return code;
        return mg_request_settle(&store.asker, number, sent ? MG_SETTLE_SENT : MG_SETTLE_AGAIN, options->reason, &error)
                       ? EX_OK
                       : fail_store(&store, error);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

/* How one request of an answer is printed, and how many there were. */
typedef struct Printer {
        char *(*text)(const MgRequest *request);
        guint rows;
} Printer;

static gboolean print_row(const MgRequest *request, gpointer data) {
        Printer *printer = data;
        g_autofree char *text = printer->text(request);

        mg_cli_print(text);
        printer->rows++;
        return !ferror(stdout);
}

static int show(const Options *options) {
        const MgRequestQuery query = {
                .number = number_of(options->operands[1]), .state = MG_REQUEST_ANY_STATE, .max = 1};
        Printer printer = {.text = options->json ? mg_cli_request_json : mg_cli_request_text};
        g_auto(Store) store = {0};
        GError *error = NULL;
        int code = query.number > 0 ? store_of(options, &store) : EX_USAGE;

        if (code != EX_OK)
                return code;
        if (!mg_request_list(&store.asker, &query, print_row, &printer, &error))
                return fail_store(&store, error);
        if (printer.rows == 0)
                return mg_cli_fail(EX_DATAERR, "there is no request %" G_GINT64_FORMAT " that you may see",
                                   query.number);
        return mg_cli_flush();
}

/* What may stand after `mugai request`, beside a receipt. */
static const struct {
        const char *name;
        guint operands;
        int (*run)(const Options *options);
} acts[] = {{"show", 2, show}, {"approve", 2, approve}, {"deny", 2, deny}, {"settle", 3, settle}};

int mg_command_request(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"part", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.parts,
                 "Ask for this part, as mugai show counts them; once for each", "N"},
                {"whole", 'w', 0, G_OPTION_ARG_NONE, &options.whole, "Ask for the whole original", NULL},
                {"to", 't', 0, G_OPTION_ARG_STRING_ARRAY, &options.to, "Where it shall go; once for each", "ADDRESS"},
                {"reason", 'r', 0, G_OPTION_ARG_STRING, &options.reason, "Why", "TEXT"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 3);
        if (options.operands == NULL)
                return EX_USAGE;
        guint n = g_strv_length(options.operands);
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                if (g_str_equal(acts[i].name, options.operands[0]) && n == acts[i].operands)
                        return acts[i].run(&options);
        if (n == 1)
                return make(&options);
        return mg_cli_fail(EX_USAGE,
                           "usage: mugai request RECEIPT, show NUMBER, approve NUMBER, deny NUMBER, or settle "
                           "NUMBER sent|again; see mugai request --help");
}

static int list(const Options *options) {
        MgRequestQuery query = {.state = MG_REQUEST_ANY_STATE, .mine = options->mine, .max = (guint32)options->max};
        Printer printer = {.text = options->json ? mg_cli_request_json : mg_cli_request_line};
        g_auto(Store) store = {0};
        GError *error = NULL;
        int code;

        if (options->max < 1 || options->max > MG_REQUESTS_MAX)
                return mg_cli_fail(EX_USAGE, "--max is %d, but must be 1 to %d", options->max, MG_REQUESTS_MAX);
        if (options->state != NULL) {
                query.state = mg_request_state_of(options->state);
                if (query.state == MG_REQUEST_ANY_STATE)
                        return mg_cli_fail(EX_USAGE,
                                           "\"%s\" is no state: waiting, approved, denied, expired, "
                                           "handed-over, released, failed or unknown",
                                           options->state);
        }
        code = store_of(options, &store);
        if (code != EX_OK)
                return code;
        if (!mg_request_list(&store.asker, &query, print_row, &printer, &error))
                return fail_store(&store, error);
        if (printer.rows == 0 && !options->json)
                mg_cli_print("no requests found\n");
        return mg_cli_flush();
}

int mg_command_requests(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.max = MAX_ROWS};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"state", 's', 0, G_OPTION_ARG_STRING, &options.state, "Only in this state: waiting, approved, ...",
                 "STATE"},
                {"mine", 'm', 0, G_OPTION_ARG_NONE, &options.mine, "Only those that you made", NULL},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.max, "At most so many (default: 100)", "N"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 0, 0);
        return options.operands != NULL ? list(&options) : EX_USAGE;
}
