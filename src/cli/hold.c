/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai hold: mail that is not erased, for a case and until a day.
 * Finds the mails that a search names by asking the store as anybody would; who may hold what is known to the store.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/care_client.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/question.h"

#define DAY 86400

typedef struct Options {
        char *config_file;
        char *name;
        char *until;
        MgAsked asked; /* its until is --before */
        char **words;
        gboolean json;
        char **operands; /* behind the act */
        MgConfig *config;
        char *socket_path;
        MgAsker asker;
} Options;

static void options_clear(Options *options) {
        g_free(options->config_file);
        g_free(options->name);
        g_free(options->until);
        mg_asked_clear(&options->asked);
        g_strfreev(options->words);
        g_strfreev(options->operands);
        mg_config_free(options->config);
        g_free(options->socket_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int fail_store(const Options *options, GError *error) {
        return mg_cli_fail_role(options->config, "mugai-store", error);
}

/* EX_OK, or what is wrong with the number of a case. */
static int check_name(const char *name) {
        if (name == NULL)
                return mg_cli_fail(EX_USAGE, "say for which case: --case CASE");
        if (strlen(name) > MG_HOLD_NAME_MAX)
                return mg_cli_fail(EX_USAGE, "the case has %zu characters; it may have %d", strlen(name),
                                   MG_HOLD_NAME_MAX);
        if (!mg_text_is(name, strlen(name), MG_CLASS_TOKEN))
                return mg_cli_fail(EX_USAGE,
                                   "\"%s\" is no case: it stands in the audit trail, so write letters, "
                                   "digits and - _ . + : / alone, as in R8-wa-123",
                                   name);
        return EX_OK;
}

/* A day is held to its end. */
static int read_until(const char *text, gint64 *until) {
        GError *error = NULL;
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;

        if (text == NULL)
                return mg_cli_fail(EX_USAGE, "say until when: --until DATE, as in 2027-03-31");
        if (!mg_cli_time(text, now, until, &error))
                return mg_cli_fail_error("--until", error);
        *until += strlen(text) == strlen("2027-03-31") && text[4] == '-' ? DAY : 0;
        return *until > now ? EX_OK : mg_cli_fail(EX_USAGE, "--until %s is in the past", text);
}

static gboolean add_receipt(const MgRecord *record, gpointer data) {
        GPtrArray *receipts = data;

        g_ptr_array_add(receipts, g_strdup(record->receipt));
        return receipts->len <= MG_HOLD_MAILS_MAX;
}

/* Those that a search finds. */
static int add_found(const Options *options, MgQuestion *question, GPtrArray *receipts) {
        GError *error = NULL;
        guint32 unreadable = 0;

        if (!mg_store_query(&options->asker, &question->query, add_receipt, receipts, &unreadable, &error))
                return fail_store(options, error);
        if (unreadable > 0)
                mg_cli_fail(EX_OK, "not on hold: %u rows that cannot be read and may be meant, too", unreadable);
        return EX_OK;
}

static int add_named(const Options *options, GPtrArray *receipts) {
        for (char **typed = options->operands; *typed != NULL; typed++) {
                char *receipt = mg_cli_receipt(*typed);

                if (receipt == NULL)
                        return EX_DATAERR;
                g_ptr_array_add(receipts, receipt);
        }
        return EX_OK;
}

static int find_receipts(const Options *options, GPtrArray *receipts) {
        char *const none[] = {NULL};
        g_auto(MgQuestion) question = {.query = {.kept_only = TRUE}};
        int code = mg_question_read(&options->asked, options->words != NULL ? options->words : none, &question);

        if (code != EX_OK)
                return code;
        gboolean search = !mg_question_asks_nothing(&question);
        if (search == (*options->operands != NULL))
                return mg_cli_fail(EX_USAGE,
                                   "say which mail: receipts, or a search by --word, --from, --to, --subject, "
                                   "--name, --host, --hash, --since, --before");
        code = search ? add_found(options, &question, receipts) : add_named(options, receipts);
        if (code != EX_OK)
                return code;
        if (receipts->len == 0)
                return mg_cli_fail(EX_DATAERR, "no mail was found, and nothing is on hold");
        /* A search that gives all it may is one that may have left some out. */
        if (receipts->len >= MG_HOLD_MAILS_MAX)
                return mg_cli_fail(EX_USAGE,
                                   "%d mails or more are asked for; below that can be put on hold at once: "
                                   "narrow it by --since, --before or an address",
                                   MG_HOLD_MAILS_MAX);
        return EX_OK;
}

static int hold_add(const Options *options) {
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        GError *error = NULL;
        gint64 until = 0;
        int code = check_name(options->name);

        if (code == EX_OK)
                code = read_until(options->until, &until);
        if (code == EX_OK)
                code = find_receipts(options, receipts);
        if (code != EX_OK)
                return code;
        if (!mg_care_hold_add(&options->asker, options->name, until, receipts, &error))
                return fail_store(options, error);
        g_autofree char *text = g_strdup_printf("%u 通を保留しました (案件 %s)。\n%u mails are on hold for case %s.\n",
                                                receipts->len, options->name, receipts->len, options->name);
        mg_cli_print(text);
        return mg_cli_flush();
}

static int hold_end(const Options *options) {
        const char *name = options->operands[0];
        GError *error = NULL;
        int code;

        if (name == NULL || options->operands[1] != NULL)
                return mg_cli_fail(EX_USAGE, "usage: mugai hold end CASE");
        code = check_name(name);
        if (code != EX_OK)
                return code;
        if (!mg_care_hold_end(&options->asker, name, &error))
                return fail_store(options, error);
        g_autofree char *text =
                g_strdup_printf("案件 %s の保留を終えました。保管日数を過ぎたメールは次の点検で消去されます。\n"
                                "The hold for case %s has ended; mail whose time is over is erased at the next run.\n",
                                name, name);
        mg_cli_print(text);
        return mg_cli_flush();
}

static char *date_of(gint64 seconds) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);

        return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("?");
}

static char *holds_text(const GPtrArray *holds) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < holds->len; i++) {
                const MgHold *hold = g_ptr_array_index(holds, i);
                g_autofree char *until = date_of(hold->until), *made = date_of(hold->made);

                g_string_append_printf(text, "%-20s  until %s  %6" G_GINT64_FORMAT " mails  since %s by %s  %s\n",
                                       hold->name, until, hold->mails, made, hold->actor, hold->organization);
        }
        if (holds->len == 0)
                g_string_append(text, "no mail is on hold\n");
        return g_string_free(text, FALSE);
}

static char *holds_json(const GPtrArray *holds) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < holds->len; i++) {
                const MgHold *hold = g_ptr_array_index(holds, i);
                json_t *object =
                        json_pack("{s:s,s:I,s:I,s:s,s:I,s:s}", "case", hold->name, "until", (json_int_t)hold->until,
                                  "mails", (json_int_t)hold->mails, "actor", hold->actor, "made",
                                  (json_int_t)hold->made, "organization", hold->organization);
                char *dump = json_dumps(object, JSON_COMPACT);

                g_string_append_printf(text, "%s\n", dump);
                free(dump);
                json_decref(object);
        }
        return g_string_free(text, FALSE);
}

static int hold_list(const Options *options) {
        GError *error = NULL;
        g_autoptr(GPtrArray) holds = NULL;

        if (*options->operands != NULL)
                return mg_cli_fail(EX_USAGE, "usage: mugai hold list");
        holds = mg_care_holds(&options->asker, &error);
        if (holds == NULL)
                return fail_store(options, error);
        g_autofree char *text = options->json ? holds_json(holds) : holds_text(holds);
        mg_cli_print(text);
        return mg_cli_flush();
}

static const struct {
        const char *name;
        int (*run)(const Options *options);
} acts[] = {{"add", hold_add}, {"end", hold_end}, {"list", hold_list}};

int mg_command_hold(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.asked = {.max = MG_HOLD_MAILS_MAX}};
        int code = EX_OK;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config_file, "Configuration", "FILE"},
                {"case", 0, 0, G_OPTION_ARG_STRING, &options.name, "Number of the case (add)", "CASE"},
                {"until", 'u', 0, G_OPTION_ARG_STRING, &options.until, "The last day: 2027-03-31 (add)", "DATE"},
                /* FILENAME: octets as they are, so that Japanese can be asked for whatever the locale. */
                {"word", 'w', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.words,
                 "Mail with this word, as mugai search has it; once for each (add)", "WORD"},
                {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.asked.from, "Mail of this sender (add)", "ADDRESS"},
                {"to", 't', 0, G_OPTION_ARG_FILENAME, &options.asked.to, "Mail to this recipient (add)", "ADDRESS"},
                {"subject", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.subject, "A part of the subject (add)", "TEXT"},
                {"name", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.name, "A part of a file's name (add)", "TEXT"},
                {"host", 0, 0, G_OPTION_ARG_FILENAME, &options.asked.host, "A part of a link's host (add)", "HOST"},
                {"hash", 0, 0, G_OPTION_ARG_STRING, &options.asked.hash, "SHA-256 of a file or of the mail (add)",
                 "SHA256"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.asked.since, "Mail not older: 2026-11-20, 3d (add)",
                 "TIME"},
                {"before", 0, 0, G_OPTION_ARG_STRING, &options.asked.until, "Mail older: 2026-11-20, 3d (add)", "TIME"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line (list)", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, -1);

        if (operands == NULL)
                return EX_USAGE;
        options.operands = g_strdupv(operands + 1);
        options.config = mg_cli_config(options.config_file, &code);
        if (options.config == NULL)
                return code;
        options.socket_path = mg_config_socket(options.config, "store.sock");
        options.asker = mg_cli_asker(options.socket_path);
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                if (g_str_equal(acts[i].name, operands[0]))
                        return acts[i].run(&options);
        return mg_cli_fail(EX_USAGE, "usage: mugai hold %s", command->parameters);
}
