/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmilter's callbacks: fill a MgMail, and hand what the grammar returned to Postfix. Parses no mail. One function,
 * hand_over(), owns the edits and their order (trap 17).
 */
#include "milter/session.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "milter/mail.h"

/* Postfix's own words are shorter; the bound is for logs and rows. */
#define ENVELOPE_CHARS 1000

typedef struct Session {
        char *client;    /* "name [address]" */
        gboolean silent; /* no reply is expected for header and body (SMFIP_NR_*) */
        MgMail *mail;    /* NULL between mails */
} Session;

/* For Postfix's side: no replies but to MAIL, RCPT and the end of message (trap 18), fields as they stand. */
#define STEPS_NEEDED SMFIP_HDR_LEADSPC
#define STEPS_SILENT (SMFIP_NR_CONN | SMFIP_NR_HDR | SMFIP_NR_BODY)
#define STEPS_SKIPPED (SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH)
#define ACTIONS_NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY)

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
                             unsigned long f3, unsigned long *pactions, unsigned long *psteps, unsigned long *pf2,
                             unsigned long *pf3) {
        Session *session;

        if ((actions & ACTIONS_NEEDED) != ACTIONS_NEEDED || (steps & STEPS_NEEDED) != STEPS_NEEDED) {
                mg_log(MG_LOG_ERROR, "the mail server offers too old a milter protocol: set milter_protocol = 6");
                return SMFIS_REJECT;
        }
        session = g_new0(Session, 1);
        session->silent = (steps & STEPS_SILENT) == STEPS_SILENT;
        session->client = g_strdup("");
        smfi_setpriv(ctx, session);
        *pactions = ACTIONS_NEEDED;
        *psteps = STEPS_NEEDED | (steps & STEPS_SKIPPED) | (session->silent ? STEPS_SILENT : 0);
        *pf2 = 0;
        *pf3 = 0;
        return SMFIS_CONTINUE;
}

static char *clean(const char *text) {
        return mg_text_clean(text ? text : "", text ? strlen(text) : 0, MG_CLASS_LINE, ENVELOPE_CHARS, NULL);
}

static sfsistat on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address) {
        Session *session = smfi_getpriv(ctx);
        const char *said = smfi_getsymval(ctx, "_");

        g_free(session->client);
        session->client = clean(said ? said : hostname);
        return session->silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* "<a@example.org>" -> "a@example.org". Caller frees. */
static char *bare_address(const char *argument) {
        gsize n = strlen(argument);

        if (n >= 2 && argument[0] == '<' && argument[n - 1] == '>')
                return g_strndup(argument + 1, n - 2);
        return g_strdup(argument);
}

/* A4: an address with controls is refused, not cleaned: it was made to be misread. */
static gboolean has_controls(const char *address) {
        for (const guchar *at = (const guchar *)address; *at; at++)
                if (*at < 0x20 || *at == 0x7f)
                        return TRUE;
        return FALSE;
}

static sfsistat answer(SMFICTX *ctx, MgReply reply) {
        const MgReplyRow *row = mg_reply(reply);

        smfi_setreply(ctx, (char *)row->code, (char *)row->status, (char *)row->text);
        return *row->code == '4' ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

/* Said of a mail before its content was seen: a line and a row, without a queue id. */
static void report_early(const Session *session, const char *from, MgReply reply, const char *reason) {
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        MgRecord *record;
        MgSettings *settings;

        g_free(envelope->client);
        g_free(envelope->from);
        envelope->client = g_strdup(session->client);
        envelope->from = clean(from);
        envelope->time = g_get_real_time() / G_USEC_PER_SEC;
        record = mg_mail_refusal(envelope, reply, reason);
        g_mutex_lock(&mg_gateway->lock);
        settings = mg_settings_ref(mg_gateway->settings);
        g_mutex_unlock(&mg_gateway->lock);
        mg_mail_report(settings, record);
        mg_settings_unref(settings);
}

static sfsistat on_mail(SMFICTX *ctx, char **arguments) {
        Session *session = smfi_getpriv(ctx);
        g_autofree char *from = bare_address(arguments[0]);
        MgReply reply = MG_REPLY_OK;

        g_clear_pointer(&session->mail, mg_mail_free);
        if (has_controls(from))
                reply = MG_REPLY_BAD_ADDRESS;
        else
                session->mail = mg_mail_new(&reply);
        if (reply != MG_REPLY_OK) {
                report_early(session, from, reply, mg_reply(reply)->text);
                return answer(ctx, reply);
        }
        g_free(session->mail->envelope->from);
        session->mail->envelope->from = clean(from);
        g_free(session->mail->envelope->client);
        session->mail->envelope->client = g_strdup(session->client);
        return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX *ctx, char **arguments) {
        Session *session = smfi_getpriv(ctx);
        g_autofree char *rcpt = bare_address(arguments[0]);

        if (!session->mail)
                return answer(ctx, MG_REPLY_INTERNAL);
        if (has_controls(rcpt))
                return answer(ctx, MG_REPLY_BAD_ADDRESS);
        g_ptr_array_add(session->mail->envelope->rcpts, clean(rcpt));
        return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value) {
        Session *session = smfi_getpriv(ctx);

        if (session->mail)
                mg_mail_header(session->mail, name, value);
        return session->silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t n) {
        Session *session = smfi_getpriv(ctx);

        if (session->mail)
                mg_mail_body(session->mail, data, n);
        return session->silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* Deletes every field that came, last to first, each by its own index among those of its name. */
static gboolean delete_fields(SMFICTX *ctx, const MgMail *mail) {
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autofree int *indexes = g_new0(int, mail->names->len + 1);

        for (guint i = 0; i < mail->names->len; i++) {
                char *key = g_ascii_strdown(g_ptr_array_index(mail->names, i), -1);

                indexes[i] = GPOINTER_TO_INT(g_hash_table_lookup(counts, key)) + 1;
                g_hash_table_insert(counts, key, GINT_TO_POINTER(indexes[i]));
        }
        for (guint i = mail->names->len; i > 0; i--)
                if (smfi_chgheader(ctx, g_ptr_array_index(mail->names, i - 1), indexes[i - 1], NULL) != MI_SUCCESS)
                        return FALSE;
        return TRUE;
}

/* A value as libmilter wants it in leading-space mode: its own blank in front, folds as LF. Caller frees. */
static char *milter_value(const MgGrammarField *field) {
        GString *value = g_string_sized_new(field->n + 2);

        g_string_append_c(value, ' ');
        for (gsize i = 0; i < field->n; i++)
                if (field->value[i] != '\r')
                        g_string_append_c(value, field->value[i]);
        return g_string_free(value, FALSE);
}

static gboolean add_fields(SMFICTX *ctx, const MgGrammarView *view) {
        for (guint i = 0; i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);
                g_autofree char *value = milter_value(field);

                if (smfi_addheader(ctx, (char *)field->name, value) != MI_SUCCESS)
                        return FALSE;
        }
        return TRUE;
}

/*
 * The edits, in the one order that leaves nothing of the sender's (trap 17): delete, add, replace. Where one
 * fails nothing is delivered, since edits before a 4xx are dropped (trap 20).
 */
static gboolean hand_over(SMFICTX *ctx, const MgMail *mail, const MgGrammarView *view) {
        return delete_fields(ctx, mail) && add_fields(ctx, view) &&
               smfi_replacebody(ctx, (unsigned char *)view->body, (int)view->body_size) == MI_SUCCESS;
}

static sfsistat on_end(SMFICTX *ctx) {
        Session *session = smfi_getpriv(ctx);
        MgMail *mail = g_steal_pointer(&session->mail);
        g_autoptr(MgGrammarView) view = NULL;
        MgRecord *record;
        MgReply reply;

        if (!mail)
                return answer(ctx, MG_REPLY_INTERNAL);
        g_free(mail->envelope->queue_id);
        mail->envelope->queue_id = clean(smfi_getsymval(ctx, "i"));
        reply = mg_mail_process(mail, &view, &record);
        if (reply == MG_REPLY_OK && !hand_over(ctx, mail, view)) {
                /* The row that says 250 stays: the retry finds it. What became of this try is a row of its own. */
                reply = MG_REPLY_INTERNAL;
                mg_record_free(record);
                record = mg_mail_refusal(mail->envelope, reply, "the mail server did not take the edits");
        }
        mg_mail_report(mail->settings, record);
        mg_mail_free(mail);
        return reply == MG_REPLY_OK ? SMFIS_CONTINUE : answer(ctx, reply);
}

static sfsistat on_abort(SMFICTX *ctx) {
        Session *session = smfi_getpriv(ctx);

        g_clear_pointer(&session->mail, mg_mail_free);
        return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx) {
        Session *session = smfi_getpriv(ctx);

        if (!session)
                return SMFIS_CONTINUE;
        smfi_setpriv(ctx, NULL);
        g_clear_pointer(&session->mail, mg_mail_free);
        g_free(session->client);
        g_free(session);
        return SMFIS_CONTINUE;
}

const struct smfiDesc mg_session_callbacks = {
        .xxfi_name = (char *)"mugai",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = ACTIONS_NEEDED,
        .xxfi_connect = on_connect,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_rcpt,
        .xxfi_header = on_header,
        .xxfi_body = on_body,
        .xxfi_eom = on_end,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_negotiate = on_negotiate,
};
