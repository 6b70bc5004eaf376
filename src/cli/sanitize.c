/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai sanitize: files through confined workers, rules and composition, as the milter does it, several at once.
 * Does not parse mail and keeps nothing: there is no store, so a receipt number stands for nothing.
 */
#include "cli/sanitize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "base/text.h"
#include "base/worker.h"
#include "cli/cli.h"
#include "cli/engine.h"
#include "cli/mailfile.h"
#include "compose/compose.h"
#include "compose/report.h"
#include "rules/decide.h"

/* Beyond the deadlines of the mails before it: a role that is alive has answered by then. */
#define PATIENCE_MS 30000
/* Originals in memory at once: beyond it the oldest is waited for before another one is read. */
#define IN_FLIGHT_OCTETS (96 * 1024 * 1024)

typedef struct Options {
        char *config;
        char *from;
        char **rcpts;
        char *report;
        char *folder;
        char *time;
        char *receipt;
        gboolean crlf;
        gboolean force;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->from);
        g_strfreev(options->rcpts);
        g_free(options->report);
        g_free(options->folder);
        g_free(options->time);
        g_free(options->receipt);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What holds for all mails of one call. */
typedef struct Run {
        const Options *options;
        MgConfig *config;
        MgEngine engine;
        MgWorkOrder order;
        gint64 time;
        char *receipt;
        FILE *reports;   /* of --report, or NULL */
        gboolean pretty; /* one report: for people; several: one line each */
        GQueue flights;  /* of Flight: begun and not finished, oldest first */
        guint64 octets;  /* of these mails */
        guint done;
        guint total;
        gboolean progress;
        int code; /* the worst so far */
} Run;

/* A mail between its begin and its end. */
typedef struct Flight {
        const MgSanitizeItem *item; /* borrowed */
        MgRecord *record;
        MgWork work;
        gboolean begun;
} Flight;

static void flight_free(Flight *flight) {
        mg_work_clear(&flight->work);
        mg_record_free(flight->record);
        g_free(flight);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Flight, flight_free)

static void run_clear(Run *run) {
        for (Flight *flight = g_queue_pop_head(&run->flights); flight != NULL; flight = g_queue_pop_head(&run->flights))
                flight_free(flight);
        mg_engine_clear(&run->engine);
        g_clear_pointer(&run->config, mg_config_free);
        g_free(run->receipt);
        if (run->reports != NULL && run->reports != stdout)
                fclose(run->reports);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static const char *label(const MgSanitizeItem *item) {
        return item->input != NULL ? item->input : "standard input";
}

static void worse(Run *run, int code) {
        run->code = MAX(run->code, code);
}

/* A line about one mail; where several were given the others go on. */
static void complain(Run *run, const MgSanitizeItem *item, int code, const char *text) {
        g_autofree char *name = g_filename_display_name(label(item));

        if (run->progress)
                fputs("\r", stderr);
        worse(run, mg_cli_fail(code, "%s: %s", name, text));
}

static MgEnvelope *make_envelope(const Run *run) {
        MgEnvelope *envelope = mg_envelope_new();
        const char *const nobody[] = {"recipient@example.invalid", NULL};
        const char *const *rcpts = run->options->rcpts != NULL ? (const char *const *)run->options->rcpts : nobody;
        const char *from = run->options->from != NULL ? run->options->from : "";

        g_free(envelope->from);
        envelope->from = mg_text_clean(from, strlen(from), MG_CLASS_LINE, run->config->policy->limits.text_chars, NULL);
        for (; *rcpts != NULL; rcpts++)
                g_ptr_array_add(envelope->rcpts, mg_text_clean(*rcpts, strlen(*rcpts), MG_CLASS_LINE,
                                                               run->config->policy->limits.text_chars, NULL));
        envelope->time = run->time;
        return envelope;
}

static MgRecord *make_record(const Run *run) {
        MgRecord *record = mg_record_new();

        g_free(record->receipt);
        record->receipt = g_strdup(run->receipt);
        mg_envelope_free(record->envelope);
        record->envelope = make_envelope(run);
        memcpy(record->policy, run->config->policy->digest, sizeof record->policy);
        g_free(record->version);
        record->version = g_strdup(MG_VERSION);
        return record;
}

/* What the milter would answer instead of taking the mail. value 0: nobody counted to the end. */
static void refuse(MgRecord *record, MgReply reply, const char *what, guint64 value, guint64 bound) {
        record->outcome = MG_OUTCOME_REFUSED;
        g_free(record->receipt);
        record->receipt = g_strdup("");
        g_free(record->reply);
        record->reply = mg_reply_line(reply);
        g_free(record->reason);
        record->reason =
                value > 0 ? g_strdup_printf("limits.%s is %" G_GUINT64_FORMAT ", the mail has %" G_GUINT64_FORMAT, what,
                                            bound, value)
                          : g_strdup_printf("limits.%s is %" G_GUINT64_FORMAT ", the mail is larger", what, bound);
}

/* Reads the mail of the flight and fills what is known of it. NULL: there is nothing for a worker to do. */
static GByteArray *read_mail(Run *run, Flight *flight) {
        const MgLimits *limits = &run->config->policy->limits;
        const char *input = flight->item->input;
        g_autoptr(GError) error = NULL;
        gboolean too_large;
        mg_autofd opened = input != NULL ? open(input, O_RDONLY | O_CLOEXEC) : -1;

        if (input != NULL && opened < 0) {
                complain(run, flight->item, EX_NOINPUT, g_strerror(errno));
                return NULL;
        }
        g_autoptr(GByteArray) mail =
                mg_mailfile_read(input != NULL ? opened : STDIN_FILENO, limits->mail_size, &too_large, &error);
        if (error != NULL) {
                complain(run, flight->item, EX_NOINPUT, error->message);
                return NULL;
        }
        if (too_large) {
                refuse(flight->record, MG_REPLY_TOO_LARGE, "mail_size", 0, limits->mail_size);
                return NULL;
        }
        flight->record->size = mail->len;
        mg_digest(mail->data, mail->len, flight->record->sha256);
        const MgHeaderTrust trust = mg_config_trust(run->config);
        guint64 fields = mg_header_scan(flight->record->header, &trust, limits->header_fields, mail->data, mail->len);
        if (fields > limits->header_fields) {
                refuse(flight->record, MG_REPLY_TOO_MANY_FIELDS, "header_fields", fields, limits->header_fields);
                return NULL;
        }
        return g_steal_pointer(&mail);
}

/* A result that is there already is left as it is, and the mail with it: message and report belong together. */
static gboolean exists_already(Run *run, const MgSanitizeItem *item) {
        const char *const paths[] = {item->message, item->report};

        for (guint i = 0; i < G_N_ELEMENTS(paths) && !run->options->force; i++) {
                if (paths[i] == NULL || !g_file_test(paths[i], G_FILE_TEST_EXISTS))
                        continue;
                g_autofree char *text = g_strdup_printf("%s exists and is not overwritten without --force", paths[i]);
                complain(run, item, EX_IOERR, text);
                return TRUE;
        }
        return FALSE;
}

/* FALSE with error where the engine is gone: nothing else can be done either. */
static gboolean begin(Run *run, const MgSanitizeItem *item, GError **error) {
        if (exists_already(run, item)) {
                run->done++;
                return TRUE;
        }
        g_autoptr(Flight) flight = g_new0(Flight, 1);

        flight->item = item;
        flight->work = (MgWork)MG_WORK_INIT;
        flight->record = make_record(run);
        g_autoptr(GByteArray) mail = read_mail(run, flight);
        if (mail == NULL && flight->record->outcome != MG_OUTCOME_REFUSED) {
                run->done++;
                return TRUE;
        }
        if (mail != NULL) {
                mg_autofd original = mg_mailfile_memory(mail, error);
                if (original < 0 || !mg_work_begin(&flight->work, run->engine.socket, &run->order, original, error))
                        return FALSE;
                flight->begun = TRUE;
        }
        run->octets += flight->record->size;
        g_queue_push_tail(&run->flights, g_steal_pointer(&flight));
        return TRUE;
}

/* Decision, composition and check; the record takes the reading. NULL with error where there is not even a notice. */
static GString *convert(Run *run, MgRecord *record, MgReading *taken, GError **error) {
        const MgPolicy *policy = run->config->policy;
        const MgMailFacts facts = mg_cli_facts(run->config, record, 0);
        MgFailure failure = MG_FAILURE_NONE;
        g_autoptr(MgReading) reading = taken;
        g_autoptr(MgDecision) decision = mg_decide(policy, &facts, reading);
        const MgOutgoingInput input = {
                .policy = decision->policy,
                .envelope = record->envelope,
                .reading = reading,
                .decision = decision,
                .receipt = record->receipt,
                .size = record->size,
        };
        g_autoptr(MgGrammarView) view = mg_compose_checked(&input, &failure, error);

        if (view == NULL)
                return NULL;
        if (failure != reading->failure) {
                reading->failure = failure;
                mg_decision_free(decision);
                decision = mg_decide(policy, &facts, reading);
        }
        record->bytes_out = g_bytes_get_size(view->message);
        GString *message = mg_sanitize_message(view, run->options->crlf);
        if (decision->outcome == MG_OUTCOME_REFUSED) {
                g_free(record->reply);
                record->reply = g_strdup_printf("%s %s %s", mg_reply(MG_REPLY_REJECTED)->code,
                                                mg_reply(MG_REPLY_REJECTED)->status, decision->text);
        }
        mg_record_take(record, g_steal_pointer(&reading), g_steal_pointer(&decision));
        return message;
}

static void put_message(Run *run, const MgSanitizeItem *item, const GString *message) {
        g_autoptr(GError) error = NULL;

        if (item->message == NULL)
                fwrite(message->str, 1, message->len, stdout);
        else if (!mg_mailfile_write(item->message, message->str, message->len, run->options->force, &error))
                complain(run, item, EX_IOERR, error->message);
}

static void put_report(Run *run, const MgSanitizeItem *item, const MgRecord *record) {
        g_autoptr(GError) error = NULL;

        if (item->report != NULL) {
                g_autofree char *json = mg_report_json(record, TRUE);
                if (!mg_mailfile_write(item->report, json, strlen(json), run->options->force, &error))
                        complain(run, item, EX_IOERR, error->message);
        }
        if (run->reports != NULL) {
                g_autofree char *json = mg_report_json(record, run->pretty);
                fputs(json, run->reports);
        }
}

static void tell_progress(Run *run) {
        run->done++;
        if (run->progress && (run->done % 16 == 0 || run->done == run->total))
                fprintf(stderr, "\r%u/%u%s", run->done, run->total, run->done == run->total ? "\n" : "");
}

/* Waits for the oldest mail and writes what came of it. FALSE with error as above. */
static gboolean finish(Run *run, GError **error) {
        g_autoptr(Flight) flight = g_queue_pop_head(&run->flights);
        MgRecord *record = flight->record;
        guint wait_ms = run->order.deadline_ms * 3 + PATIENCE_MS;
        g_autoptr(MgReading) reading = NULL;
        GString *message = NULL;

        run->octets -= record->size;
        if (flight->begun) {
                reading = mg_work_finish(&flight->work, &run->order, wait_ms, error);
                if (reading == NULL)
                        return FALSE;
                const MgHeaderTrust trust = mg_config_trust(run->config);
                mg_header_reach(record->header, &trust, reading);
                message = convert(run, record, g_steal_pointer(&reading), error);
                if (message == NULL)
                        return FALSE;
                if (record->outcome != MG_OUTCOME_REFUSED)
                        put_message(run, flight->item, message);
                g_string_free(message, TRUE);
        }
        put_report(run, flight->item, record);
        if (record->outcome == MG_OUTCOME_REFUSED) {
                g_autofree char *text = g_strdup_printf("%s; %s", record->reply, record->reason);
                complain(run, flight->item, EX_DATAERR, text);
        }
        if (record->outcome == MG_OUTCOME_FAILED) {
                g_autofree char *text = g_strdup_printf("%s; a notice stands for it", record->reason);
                complain(run, flight->item, EX_DATAERR, text);
        }
        tell_progress(run);
        return TRUE;
}

/* Enough in flight that every worker is busy while we wait for a slow one, never more than the role takes. */
static guint window(const MgConfig *config) {
        return CLAMP(16 * g_get_num_processors(), 2, MAX(config->workers + config->waiting, 2));
}

static int work(Run *run, const GPtrArray *items) {
        guint most = window(run->config);
        GError *error = NULL;

        for (guint i = 0; i < items->len && error == NULL; i++) {
                if (!begin(run, g_ptr_array_index(items, i), &error))
                        break;
                while (error == NULL && (run->flights.length >= most || run->octets > IN_FLIGHT_OCTETS))
                        finish(run, &error);
        }
        while (run->flights.length > 0 && error == NULL)
                finish(run, &error);
        if (error != NULL) {
                g_autoptr(GError) fault = error;
                return mg_cli_fail(EX_TEMPFAIL, "stopped after %u of %u: %s; try again", run->done, run->total,
                                   fault->message);
        }
        if (run->reports != NULL && (fflush(run->reports) != 0 || ferror(run->reports)))
                worse(run, mg_cli_fail(EX_IOERR, "%s: %s", run->options->report, g_strerror(errno)));
        worse(run, mg_cli_flush());
        return run->code;
}

/* Everything of the options that can be wrong before a mail is touched. */
static int prepare(Run *run, const Options *options) {
        GError *error = NULL;

        run->options = options;
        run->config = mg_config_load(options->config, &error);
        if (run->config == NULL)
                return mg_cli_fail_error(NULL, error);
        run->time = g_get_real_time() / G_USEC_PER_SEC;
        if (options->time != NULL && !mg_cli_time(options->time, run->time, &run->time, &error))
                return mg_cli_fail_error("--time", error);
        run->receipt = options->receipt != NULL ? mg_receipt_read(options->receipt, &error) : mg_receipt_make(0, 0);
        if (run->receipt == NULL)
                return mg_cli_fail_error("--receipt", error);
        run->order = (MgWorkOrder){
                .limits = run->config->policy->limits,
                .deadline_ms = run->config->deadline_ms,
                .memory = run->config->worker_memory,
        };
        /* What is written there is people's mail. */
        if (options->folder != NULL && g_mkdir_with_parents(options->folder, 0700) < 0)
                return mg_cli_fail(EX_CANTCREAT, "%s: %s", options->folder, g_strerror(errno));
        return EX_OK;
}

static int open_report(Run *run) {
        const char *path = run->options->report;

        if (path == NULL)
                return EX_OK;
        if (g_str_equal(path, "-") && run->options->folder == NULL)
                return mg_cli_fail(EX_USAGE, "--report - needs --output-dir: the message goes to standard output");
        if (g_str_equal(path, "-")) {
                run->reports = stdout;
                return EX_OK;
        }
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (run->options->force ? O_TRUNC : O_EXCL), 0600);
        run->reports = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (run->reports != NULL)
                return EX_OK;
        if (errno == EEXIST)
                return mg_cli_fail(EX_IOERR, "%s exists and is not overwritten without --force", path);
        return mg_cli_fail(EX_IOERR, "%s: %s", path, g_strerror(errno));
}

static int sanitize(const Options *options, char **inputs) {
        g_auto(Run) run = {.engine = MG_ENGINE_INIT, .flights = G_QUEUE_INIT};
        GError *error = NULL;
        int code = prepare(&run, options);

        if (code != EX_OK)
                return code;
        g_autoptr(GPtrArray) items = mg_sanitize_plan(inputs, options->folder, &error);
        if (items == NULL)
                return mg_cli_fail_error(NULL, error);
        code = open_report(&run);
        if (code != EX_OK)
                return code;
        run.total = items->len;
        run.pretty = items->len == 1;
        run.progress = items->len > 1 && isatty(STDERR_FILENO);
        if (!mg_engine_start(&run.engine, run.config, &error)) {
                g_autoptr(GError) fault = error;
                return mg_cli_fail(EX_UNAVAILABLE, "%s", fault->message);
        }
        return work(&run, items);
}

int mg_command_sanitize(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration (default: the shipped rules)",
                 "FILE"},
                {"from", 'f', 0, G_OPTION_ARG_STRING, &options.from, "Envelope sender (default: the null sender)",
                 "ADDRESS"},
                {"rcpt", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &options.rcpts,
                 "Envelope recipient; may be given more than once", "ADDRESS"},
                {"output-dir", 'd', 0, G_OPTION_ARG_FILENAME, &options.folder, "Write NAME.eml and NAME.json there",
                 "FOLDER"},
                {"report", 0, 0, G_OPTION_ARG_FILENAME, &options.report,
                 "Write the report there as JSON; one line each for several mails", "FILE"},
                {"time", 0, 0, G_OPTION_ARG_STRING, &options.time, "Time of arrival (default: now)", "TIME"},
                {"receipt", 0, 0, G_OPTION_ARG_STRING, &options.receipt,
                 "Receipt number to print (default: 0000-0000-00)", "NUMBER"},
                {"crlf", 0, 0, G_OPTION_ARG_NONE, &options.crlf, "End lines with CR LF as on the wire", NULL},
                {"force", 0, 0, G_OPTION_ARG_NONE, &options.force, "Overwrite existing files", NULL},
                {0},
        };
        g_auto(GStrv) inputs = mg_cli_parse(command, entries, argc, argv, 0, -1);

        return inputs != NULL ? sanitize(&options, inputs) : EX_USAGE;
}
