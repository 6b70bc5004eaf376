/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of one mail. Parses none of it: the worker reads, this side decides by values.
 */
#include "milter/mail.h"

#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/store_client.h"
#include "base/worker.h"
#include "compose/compose.h"
#include "compose/report.h"
#include "rules/decide.h"

/* How long a mail may wait for a free worker, beside the worker's own deadline. Postfix waits 300 s
 * (milter_content_timeout). */
#define QUEUE_WAIT_MS 60000

MgMail *mg_mail_new(MgReply *reply) {
        MgSettings *settings;
        MgMail *mail;

        *reply = mg_gateway_enter(mg_gateway, &settings);
        if (*reply != MG_REPLY_OK) {
                mg_settings_unref(settings);
                return NULL;
        }
        mail = g_new0(MgMail, 1);
        mail->settings = settings;
        mail->envelope = mg_envelope_new();
        mail->envelope->time = g_get_real_time() / G_USEC_PER_SEC;
        mail->names = g_ptr_array_new_with_free_func(g_free);
        mg_spool_init(&mail->spool, settings->config->policy->limits.mail_size);
        return mail;
}

void mg_mail_free(MgMail *mail) {
        if (!mail)
                return;
        mg_spool_clear(&mail->spool);
        g_ptr_array_unref(mail->names);
        mg_envelope_free(mail->envelope);
        mg_gateway_leave(mg_gateway, mail->settings, mail->memory);
        g_free(mail);
}

/* What was kept of the mail makes room for others before the mail is over. */
static void give_back(MgMail *mail) {
        mg_spool_clear(&mail->spool);
        mg_gateway_shrink(mg_gateway, mail->memory);
        mail->memory = 0;
}

/* What the mail has taken since it was last asked, counted at the gateway. */
static void count_memory(MgMail *mail) {
        guint64 more = mail->spool.size - mail->memory;

        if (mail->spool.overflow)
                mail->refusal = MG_REPLY_TOO_LARGE;
        else if (mg_gateway_grow(mg_gateway, more))
                mail->memory += more;
        else
                mail->refusal = MG_REPLY_BUSY;
        /* What is refused makes room at once, not when its sender has said all of it. */
        if (mail->refusal != MG_REPLY_OK)
                give_back(mail);
}

void mg_mail_header(MgMail *mail, const char *name, const char *value) {
        if (mail->refusal != MG_REPLY_OK)
                return;
        if (mail->names->len >= mail->settings->config->policy->limits.header_fields) {
                mail->refusal = MG_REPLY_TOO_MANY_FIELDS;
                return;
        }
        g_ptr_array_add(mail->names, g_strdup(name));
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
        record->reason = mg_text_clean(reason, strlen(reason), MG_CLASS_LINE, 0, NULL);
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

/* What one mail has on its way: requests at both roles. */
typedef struct Requests {
        MgWork work;
        MgWorkOrder order;
        int store;
        char *receipt;
} Requests;

static void requests_clear(Requests *requests) {
        mg_work_clear(&requests->work);
        mg_fd_close(&requests->store);
        g_free(requests->receipt);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Requests, requests_clear)

static MgReply store_reply(const GError *error) {
        return g_error_matches(error, MG_ERROR, MG_ERROR_FULL) ? MG_REPLY_STORE_FULL : MG_REPLY_STORE_DOWN;
}

/* Worker and store get the original side by side. */
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
        if (!mg_store_begin(mail->settings->store_socket, mail->envelope, original, &requests->store,
                            &requests->receipt, error))
                return store_reply(*error);
        return MG_REPLY_OK;
}

static gboolean note_original(MgMail *mail, MgRecord *record, GError **error) {
        g_autoptr(GBytes) original = mg_fd_map(mail->spool.fd, 0, G_MAXSIZE, error);
        gsize n;
        const void *data;

        if (!original)
                return FALSE;
        data = g_bytes_get_data(original, &n);
        record->size = n;
        mg_digest(data, n, record->sha256);
        return TRUE;
}

/* The outgoing message: checked, or NULL with error where not even a notice could be made. Fills the record. */
static MgGrammarView *convert(MgMail *mail, Requests *requests, MgRecord *record, GError **error) {
        const MgPolicy *policy = mail->settings->config->policy;
        g_autoptr(MgReading) reading =
                mg_work_finish(&requests->work, &requests->order, requests->order.deadline_ms + QUEUE_WAIT_MS, error);
        g_autoptr(MgDecision) decision = NULL;
        g_autoptr(MgGrammarView) view = NULL;
        MgOutgoingInput input;

        if (!reading)
                return NULL;
        decision = mg_decide(policy, reading);
        input = (MgOutgoingInput){policy, mail->envelope, reading, decision, requests->receipt, record->size};
        view = mg_compose_checked(&input, &reading->failure, error);
        if (!view)
                return NULL;
        if (reading->failure != MG_FAILURE_NONE)
                decision->outcome = MG_OUTCOME_FAILED;
        record->bytes_out = g_bytes_get_size(view->message);
        memcpy(record->policy, policy->digest, sizeof record->policy);
        mg_record_take(record, g_steal_pointer(&reading), g_steal_pointer(&decision));
        return g_steal_pointer(&view);
}

static MgReply process(MgMail *mail, Requests *requests, MgGrammarView **view, MgRecord *record, GError **error) {
        MgReply reply = begin(mail, requests, error);

        if (reply != MG_REPLY_OK)
                return reply;
        record->receipt = (g_free(record->receipt), g_strdup(requests->receipt));
        if (!note_original(mail, record, error))
                return MG_REPLY_INTERNAL;
        *view = convert(mail, requests, record, error);
        if (!*view)
                return MG_REPLY_INTERNAL;
        g_free(record->reply);
        record->reply = mg_reply_line(MG_REPLY_OK);
        record->milliseconds = (guint32)((g_get_monotonic_time() - mail->begun) / 1000);
        return mg_store_commit(requests->store, record, error) ? MG_REPLY_OK : store_reply(*error);
}

MgReply mg_mail_process(MgMail *mail, MgGrammarView **view, MgRecord **record) {
        g_auto(Requests) requests = {.work = MG_WORK_INIT, .store = -1};
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
        return reply;
}

static guint removed_parts(const MgRecord *record) {
        guint n = 0;

        for (guint i = 0; i < record->decision->parts->len; i++)
                n += g_array_index(record->decision->parts, MgPartDecision, i).action == MG_ACTION_REMOVE;
        return n;
}

void mg_mail_report(const MgSettings *settings, MgRecord *record) {
        g_autofree char *line = mg_report_log(record);

        mg_log(MG_LOG_INFO, "%s", line);
        mg_gateway_count(mg_gateway, (MgCount)record->outcome, 1);
        mg_gateway_count(mg_gateway, MG_COUNT_PARTS_REMOVED, removed_parts(record));
        mg_gateway_count(mg_gateway, MG_COUNT_BYTES_IN, (gint64)record->size);
        mg_gateway_count(mg_gateway, MG_COUNT_BYTES_OUT, (gint64)record->bytes_out);
        if (*record->receipt == '\0')
                mg_ledger_add(mg_gateway->ledger, settings->store_socket, record);
        else
                mg_record_free(record);
}
