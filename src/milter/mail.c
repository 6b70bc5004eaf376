/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of one mail. Parses none of it: the worker reads, this side decides by values.
 */
#include "milter/mail.h"

#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/store_client.h"
#include "base/worker.h"
#include "compose/compose.h"
#include "compose/report.h"
#include "milter/keep.h"
#include "milter/scan.h"
#include "rules/decide.h"
#include "rules/match.h"

/* How long a mail may wait for a free worker, beside the worker's own deadline. */
#define QUEUE_WAIT_MS 60000
/* All waits of one mail together, from its end on. Postfix waits 300 s for the reply (milter_content_timeout): after
 * that the sender tries again, hears nothing again, and the same mail is worked on again and again. */
#define MAIL_MS 280000
/* Of these the commit has so much for itself. Worker, scanner and files share the rest, which is more than the longest
 * sandbox.deadline: the notice of a worker that was killed at its deadline is still kept and heard. */
#define WORK_MS (MAIL_MS - 20000)
/* Of what a record takes. */
#define REASON_CHARS 1000

static MgReply enter(MgGateway *gateway, const char *sender, MgSettings **settings) {
        const MgMailFacts facts = {.sender = sender, .time = g_get_real_time() / G_USEC_PER_SEC};
        MgReply reply = mg_gateway_enter(gateway, settings);

        return reply == MG_REPLY_BUSY && mg_rules_prefer((*settings)->config->policy->rules, &facts)
                       ? mg_gateway_enter_ahead(gateway, *settings)
                       : reply;
}

/* The bounds of which one is reached. */
static char *no_place(const MgConfig *config, MgReply reply) {
        return reply == MG_REPLY_BUSY ? g_strdup_printf("milter.max_mails is %u (and milter.priority_mails %u), "
                                                        "milter.max_memory is %" G_GUINT64_FORMAT ", and in use",
                                                        config->max_mails, config->priority_mails, config->max_memory)
                                      : g_strdup(mg_reply(reply)->text);
}

MgMail *mg_mail_new(MgGateway *gateway, const char *sender, MgReply *reply, char **reason) {
        MgSettings *settings;
        MgMail *mail;

        *reply = enter(gateway, sender, &settings);
        if (*reply != MG_REPLY_OK) {
                *reason = no_place(settings->config, *reply);
                mg_settings_unref(settings);
                return NULL;
        }
        mail = g_new0(MgMail, 1);
        mail->gateway = gateway;
        mail->settings = settings;
        mail->envelope = mg_envelope_new();
        mail->envelope->time = g_get_real_time() / G_USEC_PER_SEC;
        mail->names = g_ptr_array_new_with_free_func(g_free);
        mail->header = mg_header_new();
        mg_spool_init(&mail->spool, settings->config->policy->limits.mail_size);
        return mail;
}

void mg_mail_free(MgMail *mail) {
        if (!mail)
                return;
        mg_spool_clear(&mail->spool);
        g_ptr_array_unref(mail->names);
        mg_header_free(mail->header);
        g_free(mail->rejection);
        mg_envelope_free(mail->envelope);
        mg_gateway_leave(mail->gateway, mail->settings, mail->memory);
        g_free(mail);
}

/* Where the store cannot be asked the mail itself will hear of it. */
char *mg_mail_admit(MgMail *mail, const char *rcpt) {
        const MgOrganization *organization = mg_organizations_of(mail->settings->config->organizations, rcpt);
        g_autoptr(GError) error = NULL;
        char *reason = NULL;

        if (organization->quota == 0 || organization == mail->admitted)
                return NULL;
        if (!mg_store_admit(mail->settings->store_socket, rcpt, mail->declared, &reason, &error))
                mg_log(MG_LOG_WARNING, "quota of a recipient: %s", error->message);
        if (!reason)
                mail->admitted = organization;
        return reason;
}

/* What was kept of the mail makes room for others before the mail is over. */
static void give_back(MgMail *mail) {
        mg_spool_clear(&mail->spool);
        mg_gateway_shrink(mail->gateway, mail->memory);
        mail->memory = 0;
}

/* What the mail has taken since it was last asked, counted at the gateway. */
static void count_memory(MgMail *mail) {
        guint64 more = mail->spool.size - mail->memory;

        if (mail->spool.overflow)
                mail->refusal = MG_REPLY_TOO_LARGE;
        else if (mg_gateway_grow(mail->gateway, more))
                mail->memory += more;
        else
                mail->refusal = MG_REPLY_BUSY;
        /* What is refused makes room at once, not when its sender has said all of it. */
        if (mail->refusal != MG_REPLY_OK)
                give_back(mail);
}

/* What rules look at, to one of its recipients. Borrows. */
static MgMailFacts facts_to(const MgMail *mail, const char *recipient) {
        return (MgMailFacts){
                .organization = mg_organizations_of(mail->settings->config->organizations, recipient)->name,
                .sender = mail->envelope->from,
                .recipient = recipient,
                .size = mail->spool.size,
                .time = mail->envelope->time,
                .header = mail->header,
        };
}

gboolean mg_mail_recipient(MgMail *mail, char *recipient) {
        GPtrArray *rcpts = mail->envelope->rcpts;

        if (rcpts->len > 0) {
                MgMailFacts first = facts_to(mail, g_ptr_array_index(rcpts, 0)), other = facts_to(mail, recipient);

                if (!mg_rules_share(mail->settings->config->policy->rules, &first, &other)) {
                        g_free(recipient);
                        return FALSE;
                }
        }
        g_ptr_array_add(rcpts, recipient);
        return TRUE;
}

void mg_mail_header(MgMail *mail, const char *name, const char *value) {
        const MgHeaderTrust trust = mg_config_trust(mail->settings->config);

        if (mail->refusal != MG_REPLY_OK)
                return;
        if (mail->names->len >= mail->settings->config->policy->limits.header_fields) {
                mail->refusal = MG_REPLY_TOO_MANY_FIELDS;
                return;
        }
        g_ptr_array_add(mail->names, g_strdup(name));
        mg_header_take(mail->header, &trust, name, value, strlen(value));
        mg_spool_header(&mail->spool, name, value);
        count_memory(mail);
}

void mg_mail_body(MgMail *mail, const void *data, gsize n) {
        if (mail->refusal != MG_REPLY_OK)
                return;
        if (!mail->body_begun)
                mg_spool_body(&mail->spool, "\r\n", 2);
        mail->body_begun = TRUE;
        mg_spool_body(&mail->spool, data, n);
        count_memory(mail);
}

static MgEnvelope *envelope_copy(const MgEnvelope *envelope) {
        MgEnvelope *copy = mg_envelope_new();

        g_free(copy->queue_id);
        g_free(copy->from);
        g_free(copy->client);
        copy->queue_id = g_strdup(envelope->queue_id);
        copy->from = g_strdup(envelope->from);
        copy->client = g_strdup(envelope->client);
        copy->time = envelope->time;
        for (guint i = 0; i < envelope->rcpts->len; i++)
                g_ptr_array_add(copy->rcpts, g_strdup(g_ptr_array_index(envelope->rcpts, i)));
        return copy;
}

static MgRecord *record_new(const MgEnvelope *envelope) {
        MgRecord *record = mg_record_new();

        mg_envelope_free(record->envelope);
        record->envelope = envelope_copy(envelope);
        g_free(record->version);
        record->version = g_strdup(MG_VERSION);
        return record;
}

MgRecord *mg_mail_refusal(const MgEnvelope *envelope, MgReply reply, const char *reason) {
        MgRecord *record = record_new(envelope);

        record->outcome = *mg_reply(reply)->code == '4' ? MG_OUTCOME_DEFERRED : MG_OUTCOME_REFUSED;
        record->decision->outcome = record->outcome;
        g_free(record->reply);
        record->reply = mg_reply_line(reply);
        g_free(record->reason);
        record->reason = mg_text_clean(reason, strlen(reason), MG_CLASS_LINE, REASON_CHARS, NULL);
        return record;
}

/* The number that was exceeded and the bound, for the administrator. */
static char *refusal_reason(const MgMail *mail) {
        const MgConfig *config = mail->settings->config;

        switch (mail->refusal) {
        case MG_REPLY_TOO_LARGE:
                return g_strdup_printf("limits.mail_size is %" G_GUINT64_FORMAT ", the mail is larger",
                                       config->policy->limits.mail_size);
        case MG_REPLY_TOO_MANY_FIELDS:
                return g_strdup_printf("limits.header_fields is %" G_GUINT64_FORMAT ", the mail has more",
                                       config->policy->limits.header_fields);
        case MG_REPLY_BUSY:
                return g_strdup_printf("milter.max_memory is %" G_GUINT64_FORMAT " and in use", config->max_memory);
        default:
                return g_strdup(mg_reply(mail->refusal)->text);
        }
}

/* What one mail has on its way: requests at both roles, and at the scanner. */
typedef struct Requests {
        MgWork work;
        MgWorkOrder order;
        MgScanWork scan;
        int store;
        char *receipt;
        guint8 sha256[32]; /* of the original, as the store says */
} Requests;

static void requests_clear(Requests *requests) {
        mg_work_clear(&requests->work);
        mg_scan_work_clear(&requests->scan);
        mg_fd_close(&requests->store);
        g_free(requests->receipt);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Requests, requests_clear)

/* wait_ms, or what is left until the mail is so old. */
static guint clip_wait(const MgMail *mail, guint wait_ms, gint64 age_ms) {
        const gint64 left_ms = age_ms - (g_get_monotonic_time() - mail->begun) / 1000;

        return (guint)CLAMP(left_ms, 0, (gint64)wait_ms);
}

static MgReply store_reply(const GError *error) {
        return g_error_matches(error, MG_ERROR, MG_ERROR_FULL) ? MG_REPLY_STORE_FULL : MG_REPLY_STORE_DOWN;
}

/* Worker, store and scanner get the original side by side. */
static MgReply begin(MgMail *mail, Requests *requests, GError **error) {
        const MgConfig *config = mail->settings->config;
        int original;

        if (!mail->body_begun)
                mg_spool_body(&mail->spool, "\r\n", 2);
        original = mg_spool_seal(&mail->spool, error);
        if (original < 0)
                return MG_REPLY_INTERNAL;
        requests->order = (MgWorkOrder){config->policy->limits, config->deadline_ms, config->worker_memory};
        if (!mg_work_begin(&requests->work, mail->settings->sanitize_socket, &requests->order, original, error))
                return MG_REPLY_INTERNAL;
        mg_scan_begin(&requests->scan, &mail->gateway->scanner, config, original, mail->spool.size);
        if (!mg_store_begin(mail->settings->store_socket, mail->envelope, original, &requests->store,
                            &requests->receipt, requests->sha256, error))
                return store_reply(*error);
        return MG_REPLY_OK;
}

/* What becomes of the mail. NULL with error where the worker could not be asked. */
static MgDecision *decide(const MgMail *mail, Requests *requests, MgReading **reading, MgScan *scan, GError **error) {
        const char *first = mail->envelope->rcpts->len > 0 ? g_ptr_array_index(mail->envelope->rcpts, 0) : "";
        const MgConfig *config = mail->settings->config;
        MgMailFacts facts = facts_to(mail, first);
        const MgHeaderTrust trust = mg_config_trust(mail->settings->config);
        const guint scan_ms = mg_rules_ask_scan(config->policy->rules) ? config->scan_wait_ms : config->scan_grace_ms;

        *reading = mg_work_finish(&requests->work, &requests->order,
                                  clip_wait(mail, requests->order.deadline_ms + QUEUE_WAIT_MS, WORK_MS), error);
        if (!*reading)
                return NULL;
        mg_header_reach(mail->header, &trust, *reading);
        mg_scan_finish(&requests->scan, &mail->gateway->scanner, clip_wait(mail, scan_ms, WORK_MS), scan);
        facts.scan = scan->verdict;
        return mg_decide(config->policy, &facts, *reading);
}

/*
 * The octets of the parts that are kept, in what is left of the time for worker and queue. They are in memory three
 * times: as they are, in the message, and while it is checked.
 */
static GPtrArray *keep(MgMail *mail, const MgReading *reading, MgDecision *decision) {
        const MgConfig *config = mail->settings->config;
        const gint64 age_ms = MIN((gint64)config->deadline_ms + QUEUE_WAIT_MS, WORK_MS);
        const MgKeeping keeping = {.config = config,
                                   .sanitize = mail->settings->sanitize_socket,
                                   .original = mail->spool.fd,
                                   .scanner = &mail->gateway->scanner,
                                   .until = mail->begun + age_ms * 1000};
        const guint64 memory = 3 * mg_keep_size(reading, decision);
        g_autofree char *full = NULL;

        if (memory == 0)
                return NULL;
        if (mg_gateway_grow(mail->gateway, memory)) {
                mail->memory += memory;
                return mg_keep_take(&keeping, reading, decision);
        }
        full = g_strdup_printf("milter.max_memory is %" G_GUINT64_FORMAT " and in use; files need %" G_GUINT64_FORMAT,
                               config->max_memory, memory);
        mg_keep_drop(decision, full);
        return NULL;
}

/* With the files that are kept, and without them where such a message may not leave: the text goes on all the same. */
static MgGrammarView *compose(const MgOutgoingInput *input, MgDecision *decision, MgFailure *failure, GError **error) {
        g_autoptr(GError) refusal = NULL;
        MgGrammarView *view = NULL;

        if (mg_decision_kept(decision) > 0) {
                view = mg_compose_kept(input, &refusal);
                if (view)
                        return view;
                mg_log(MG_LOG_WARNING, "%s: files may not leave: %s", input->receipt, refusal->message);
                mg_keep_drop(decision, "what was composed with it may not leave");
        }
        return mg_compose_checked(input, failure, error);
}

/* The outgoing message: checked, or NULL with error where not even a notice could be made. Fills the record. */
static MgGrammarView *convert(MgMail *mail, const Requests *requests, MgReading *read, MgDecision *decided,
                              MgRecord *record, GError **error) {
        g_autoptr(MgReading) reading = read;
        g_autoptr(MgDecision) decision = decided;
        g_autoptr(GPtrArray) contents = keep(mail, reading, decision);
        MgOutgoingInput input = {.policy = decision->policy,
                                 .envelope = mail->envelope,
                                 .reading = reading,
                                 .decision = decision,
                                 .receipt = requests->receipt,
                                 .size = record->size,
                                 .scan = record->scan.verdict,
                                 .contents = contents};
        g_autoptr(MgGrammarView) view = compose(&input, decision, &reading->failure, error);

        if (!view)
                return NULL;
        if (reading->failure != MG_FAILURE_NONE)
                decision->outcome = MG_OUTCOME_FAILED;
        record->bytes_out = g_bytes_get_size(view->message);
        memcpy(record->policy, mail->settings->config->policy->digest, sizeof record->policy);
        mg_record_take(record, g_steal_pointer(&reading), g_steal_pointer(&decision));
        return g_steal_pointer(&view);
}

static MgReply reject(MgMail *mail, const MgDecision *decision, GError **error) {
        mail->rejection = g_strdup(decision->text);
        g_set_error(error, MG_ERROR, MG_ERROR_DENIED, "rejected %s", decision->reason);
        return MG_REPLY_REJECTED;
}

static MgReply process(MgMail *mail, Requests *requests, MgGrammarView **view, MgRecord *record, GError **error) {
        MgReply reply = begin(mail, requests, error);
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(MgDecision) decision = NULL;

        if (reply != MG_REPLY_OK)
                return reply;
        record->receipt = (g_free(record->receipt), g_strdup(requests->receipt));
        record->size = mail->spool.size;
        memcpy(record->sha256, requests->sha256, sizeof record->sha256);
        decision = decide(mail, requests, &reading, &record->scan, error);
        if (!decision)
                return MG_REPLY_INTERNAL;
        if (decision->outcome == MG_OUTCOME_REFUSED)
                return reject(mail, decision, error);
        mg_header_free(record->header);
        record->header = g_steal_pointer(&mail->header);
        *view = convert(mail, requests, g_steal_pointer(&reading), g_steal_pointer(&decision), record, error);
        if (!*view)
                return MG_REPLY_INTERNAL;
        g_free(record->reply);
        record->reply = mg_reply_line(MG_REPLY_OK);
        record->milliseconds = (guint32)((g_get_monotonic_time() - mail->begun) / 1000);
        return mg_store_commit(requests->store, record, clip_wait(mail, MG_STORE_COMMIT_MS, MAIL_MS), error)
                       ? MG_REPLY_OK
                       : store_reply(*error);
}

MgReply mg_mail_process(MgMail *mail, MgGrammarView **view, MgRecord **record) {
        g_auto(Requests) requests = {.work = MG_WORK_INIT, .scan = MG_SCAN_WORK_INIT, .store = -1};
        g_autoptr(GError) error = NULL;
        MgReply reply = mail->refusal;

        *view = NULL;
        mail->begun = g_get_monotonic_time();
        if (reply != MG_REPLY_OK) {
                g_autofree char *reason = refusal_reason(mail);

                *record = mg_mail_refusal(mail->envelope, reply, reason);
                return reply;
        }
        *record = record_new(mail->envelope);
        reply = process(mail, &requests, view, *record, &error);
        give_back(mail);
        if (reply == MG_REPLY_OK)
                return reply;
        g_clear_pointer(view, mg_grammar_view_free);
        mg_record_free(*record);
        *record = mg_mail_refusal(mail->envelope, reply, error->message);
        if (mail->rejection) {
                g_free((*record)->reply);
                (*record)->reply =
                        g_strdup_printf("%s %s %s", mg_reply(reply)->code, mg_reply(reply)->status, mail->rejection);
        }
        return reply;
}

void mg_mail_report(MgGateway *gateway, const MgSettings *settings, MgRecord *record, MgReply reply, gint64 begun) {
        g_autoptr(MgLine) line = mg_report_log(record);

        mg_log_line(MG_LOG_INFO, line);
        mg_gateway_count(gateway, record, reply, begun > 0 ? (g_get_monotonic_time() - begun) / 1000 : -1);
        if (*record->receipt == '\0')
                mg_ledger_add(gateway->ledger, settings->store_socket, record);
        else
                mg_record_free(record);
}
