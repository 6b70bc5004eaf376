/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SMTP session, as the mail server tells it: fills a MgMail, and hands what the grammar returned to the mail
 * server. Parses no mail. One function, hand_over(), owns the edits and their order (trap 17).
 */
#include "milter/session.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "milter/mail.h"
#include "milter/protocol.h"

/* Postfix's own words are shorter; the bound is for logs and rows. */
#define ENVELOPE_CHARS 1000
/* Postfix's have 17 at most; a record takes 255 octets. */
#define QUEUE_ID_CHARS 63
/*
 * The milter hears nothing between RCPT and the final dot, and the mail has its place meanwhile: a client that takes
 * its time is not to hold it for longer. 25 MB in that time are 14 KB a second. Beyond Postfix's own smtpd_timeout
 * (300 s), so that we are not the ones who hang up on an idle session.
 */
#define TIMEOUT_S 1800
/* The address and ESMTP parameters of MAIL and RCPT, in a line of 2,048 octets (line_length_limit): a client may say
 * one of them many times, and is not to end its session by it. */
#define ARGUMENTS_MAX 1024
/* Macros of one step, each a name and a value. */
#define MACROS_MAX 200

typedef struct Session {
        MgGateway *gateway;
        MgPeer *peer;
        char *client;    /* "name [address]" */
        char *queue_id;  /* of the mail in work, or "" */
        gboolean agreed; /* on the protocol */
        gboolean silent; /* no reply is expected for connection, header and body (SILENT_*) */
        MgMail *mail;    /* NULL between mails */
} Session;

/* No replies but to MAIL, RCPT and the end of message (trap 18), fields as they stand. */
#define STEPS_NEEDED MG_MILTER_LEADING_SPACE
#define STEPS_SILENT (MG_MILTER_SILENT_CONNECT | MG_MILTER_SILENT_HEADER | MG_MILTER_SILENT_BODY)
#define STEPS_SKIPPED (MG_MILTER_NO_HELO | MG_MILTER_NO_UNKNOWN | MG_MILTER_NO_DATA | MG_MILTER_NO_END_OF_HEADER)
#define ACTIONS_NEEDED (MG_MILTER_MAY_ADD_HEADERS | MG_MILTER_MAY_CHANGE_HEADERS | MG_MILTER_MAY_CHANGE_BODY)
#define AGREED_NUMBERS 3

static gboolean speaks_nonsense(const MgMilterPacket *packet) {
        mg_log(MG_LOG_WARNING, "the mail server sent a packet '%c' that is none",
               g_ascii_isgraph(packet->command) ? packet->command : '?');
        return FALSE;
}

/* A step that is let pass. */
static gboolean go_on(Session *session, const MgMilterPacket *packet) {
        mg_peer_put(session->peer, MG_MILTER_CONTINUE, NULL, 0);
        return TRUE;
}

/* The same where the mail server waits for it only if it knows no better. */
static gboolean go_on_silently(Session *session) {
        if (!session->silent)
                mg_peer_put(session->peer, MG_MILTER_CONTINUE, NULL, 0);
        return TRUE;
}

static gboolean on_negotiate(Session *session, const MgMilterPacket *packet) {
        guint32 numbers[AGREED_NUMBERS], actions, steps;

        if (packet->n < sizeof numbers || session->agreed)
                return speaks_nonsense(packet);
        actions = mg_milter_number(packet->data + 4);
        steps = mg_milter_number(packet->data + 8);
        if (mg_milter_number(packet->data) < MG_MILTER_VERSION || (actions & ACTIONS_NEEDED) != ACTIONS_NEEDED ||
            (steps & STEPS_NEEDED) != STEPS_NEEDED) {
                mg_log(MG_LOG_ERROR, "the mail server offers too old a milter protocol: set milter_protocol = 6");
                return FALSE;
        }
        session->agreed = TRUE;
        session->silent = (steps & STEPS_SILENT) == STEPS_SILENT;
        steps = STEPS_NEEDED | (steps & STEPS_SKIPPED) | (session->silent ? STEPS_SILENT : 0);
        numbers[0] = GUINT32_TO_BE(MG_MILTER_VERSION);
        numbers[1] = GUINT32_TO_BE(ACTIONS_NEEDED);
        numbers[2] = GUINT32_TO_BE(steps);
        mg_peer_put(session->peer, (MgMilterReply)MG_MILTER_NEGOTIATE, numbers, sizeof numbers);
        return TRUE;
}

static char *clean_to(const char *text, gsize chars) {
        return mg_text_clean(text ? text : "", text ? strlen(text) : 0, MG_CLASS_LINE, chars, NULL);
}

static char *clean(const char *text) {
        return clean_to(text, ENVELOPE_CHARS);
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

static void set_text(char **text, char *value) {
        g_free(*text);
        *text = value;
}

/* The client's name and the queue id: what else a mail server says of itself is none of ours. */
static void take_macro(Session *session, const char *name, const char *value) {
        if (strcmp(name, "_") == 0)
                set_text(&session->client, clean(value));
        else if (strcmp(name, "i") == 0 || strcmp(name, "{i}") == 0)
                set_text(&session->queue_id, clean_to(value, QUEUE_ID_CHARS));
}

/* They come in front of the step to which they belong; those of MAIL begin a mail, which has no queue id yet. */
static gboolean on_macros(Session *session, const MgMilterPacket *packet) {
        const char *words[MACROS_MAX];
        int n;

        if (packet->n == 0)
                return speaks_nonsense(packet);
        if (*packet->data == MG_MILTER_MAIL)
                set_text(&session->queue_id, g_strdup(""));
        n = mg_milter_words(packet->data + 1, packet->n - 1, words, MACROS_MAX);
        if (n < 0)
                return speaks_nonsense(packet);
        for (int i = 0; i + 1 < n; i += 2)
                take_macro(session, words[i], words[i + 1]);
        return TRUE;
}

/* The name, and behind it family, port and address, where no macro has said both. */
static gboolean on_connect(Session *session, const MgMilterPacket *packet) {
        if (!memchr(packet->data, '\0', packet->n))
                return speaks_nonsense(packet);
        if (*session->client == '\0')
                set_text(&session->client, clean(packet->data));
        return go_on_silently(session);
}

/* text NULL: the row's. */
static gboolean answer_with(Session *session, MgReply reply, const char *text) {
        const MgReplyRow *row = mg_reply(reply);
        g_autofree char *line = g_strdup_printf("%s %s %s", row->code, row->status, text ? text : row->text);

        mg_peer_put(session->peer, MG_MILTER_REPLY_CODE, line, strlen(line) + 1);
        return TRUE;
}

static gboolean answer(Session *session, MgReply reply) {
        return answer_with(session, reply, NULL);
}

/* Said of a mail, or of one recipient, before its content was seen: a line and a row, without a queue id. */
static void report_early(const Session *session, const char *from, const char *rcpt, MgReply reply,
                         const char *reason) {
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        MgRecord *record;
        MgSettings *settings;

        g_free(envelope->client);
        g_free(envelope->from);
        envelope->client = g_strdup(session->client);
        envelope->from = clean(from);
        if (rcpt)
                g_ptr_array_add(envelope->rcpts, g_strdup(rcpt));
        envelope->time = g_get_real_time() / G_USEC_PER_SEC;
        record = mg_mail_refusal(envelope, reply, reason);
        settings = mg_gateway_settings(session->gateway);
        mg_mail_report(session->gateway, settings, record, reply, 0);
        mg_settings_unref(settings);
}

/* The SIZE of MAIL, RFC 1870; 0 where it is not said, or not as a number. */
static guint64 declared_size(const char *const *arguments, int n) {
        guint64 size = 0;

        for (int i = 1; i < n; i++)
                if (g_ascii_strncasecmp(arguments[i], "SIZE=", 5) == 0 &&
                    !g_ascii_string_to_unsigned(arguments[i] + 5, 10, 0, G_MAXINT64, &size, NULL))
                        size = 0;
        return size;
}

static gboolean on_mail(Session *session, const MgMilterPacket *packet) {
        const char *arguments[ARGUMENTS_MAX];
        const int n = mg_milter_words(packet->data, packet->n, arguments, ARGUMENTS_MAX);
        g_autofree char *from = NULL, *reason = NULL;
        MgReply reply = MG_REPLY_OK;

        if (n < 1)
                return speaks_nonsense(packet);
        from = bare_address(arguments[0]);
        g_clear_pointer(&session->mail, mg_mail_free);
        if (has_controls(from))
                reply = MG_REPLY_BAD_ADDRESS;
        else
                session->mail = mg_mail_new(session->gateway, from, &reply, &reason);
        if (reply != MG_REPLY_OK) {
                report_early(session, from, NULL, reply, reason ? reason : mg_reply(reply)->text);
                return answer(session, reply);
        }
        set_text(&session->mail->envelope->from, clean(from));
        set_text(&session->mail->envelope->client, g_strdup(session->client));
        session->mail->declared = declared_size(arguments, n);
        return go_on(session, packet);
}

static gboolean on_rcpt(Session *session, const MgMilterPacket *packet) {
        const char *arguments[ARGUMENTS_MAX];
        g_autofree char *rcpt = NULL, *cleaned = NULL, *full = NULL;

        if (mg_milter_words(packet->data, packet->n, arguments, ARGUMENTS_MAX) < 1)
                return speaks_nonsense(packet);
        rcpt = bare_address(arguments[0]);
        cleaned = clean(rcpt);
        if (!session->mail)
                return answer(session, MG_REPLY_INTERNAL);
        if (has_controls(rcpt))
                return answer(session, MG_REPLY_BAD_ADDRESS);
        full = mg_mail_admit(session->mail, cleaned);
        if (full) {
                report_early(session, session->mail->envelope->from, cleaned, MG_REPLY_STORE_FULL, full);
                return answer(session, MG_REPLY_STORE_FULL);
        }
        return mg_mail_recipient(session->mail, g_steal_pointer(&cleaned)) ? go_on(session, packet)
                                                                           : answer(session, MG_REPLY_OTHER_RULES);
}

static gboolean on_header(Session *session, const MgMilterPacket *packet) {
        const char *words[2];

        if (mg_milter_words(packet->data, packet->n, words, 2) != 2)
                return speaks_nonsense(packet);
        if (session->mail)
                mg_mail_header(session->mail, words[0], words[1]);
        return go_on_silently(session);
}

static gboolean on_body(Session *session, const MgMilterPacket *packet) {
        if (session->mail)
                mg_mail_body(session->mail, packet->data, packet->n);
        return go_on_silently(session);
}

/* Deletes every field that came, last to first, each by its own index among those of its name. */
static void delete_fields(Session *session, const MgMail *mail) {
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autofree guint32 *indexes = g_new0(guint32, mail->names->len + 1);

        for (guint i = 0; i < mail->names->len; i++) {
                char *key = g_ascii_strdown(g_ptr_array_index(mail->names, i), -1);

                indexes[i] = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) + 1;
                g_hash_table_insert(counts, key, GUINT_TO_POINTER(indexes[i]));
        }
        for (guint i = mail->names->len; i > 0; i--)
                mg_peer_put_change(session->peer, indexes[i - 1], g_ptr_array_index(mail->names, i - 1), "");
}

/* A value as leading-space mode wants it: its own blank in front, folds as LF. Caller frees. */
static char *milter_value(const MgGrammarField *field) {
        GString *value = g_string_sized_new(field->n + 2);

        g_string_append_c(value, ' ');
        for (gsize i = 0; i < field->n; i++)
                if (field->value[i] != '\r')
                        g_string_append_c(value, field->value[i]);
        return g_string_free(value, FALSE);
}

static void add_fields(Session *session, const MgGrammarView *view) {
        for (guint i = 0; i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);
                g_autofree char *value = milter_value(field);

                mg_peer_put_header(session->peer, field->name, value);
        }
}

/*
 * The edits, in the one order that leaves nothing of the sender's (trap 17): delete, add, replace. With them the reply,
 * in one piece: where it does not arrive whole nothing is delivered, since edits without a reply are dropped (trap 20).
 */
static gboolean hand_over(Session *session, const MgMail *mail, const MgGrammarView *view) {
        delete_fields(session, mail);
        add_fields(session, view);
        mg_peer_put_body(session->peer, view->body, view->body_size);
        mg_peer_put(session->peer, MG_MILTER_CONTINUE, NULL, 0);
        return mg_peer_send(session->peer, NULL);
}

/* The row that says 250 stays: the retry finds it. What became of this try is a row and a line of its own. */
static void report_lost(Session *session, const MgMail *mail) {
        MgRecord *record = mg_mail_refusal(mail->envelope, MG_REPLY_INTERNAL, "the mail server did not take the edits");

        mg_mail_report(session->gateway, mail->settings, record, MG_REPLY_INTERNAL, 0);
}

/* Data of this packet is the end of the body. The line stands in the log before the sender knows. */
static gboolean end_mail(Session *session, MgMail *mail, const MgMilterPacket *packet) {
        g_autoptr(MgGrammarView) view = NULL;
        MgRecord *record;
        MgReply reply;

        if (packet->n > 0)
                mg_mail_body(mail, packet->data, packet->n);
        set_text(&mail->envelope->queue_id, g_strdup(session->queue_id));
        reply = mg_mail_process(mail, &view, &record);
        mg_mail_report(session->gateway, mail->settings, record, reply, mail->begun);
        if (reply != MG_REPLY_OK)
                return answer_with(session, reply, mail->rejection);
        if (hand_over(session, mail, view))
                return TRUE;
        report_lost(session, mail);
        return FALSE;
}

static gboolean on_end(Session *session, const MgMilterPacket *packet) {
        MgMail *mail = g_steal_pointer(&session->mail);
        gboolean goes_on;

        if (!mail)
                return answer(session, MG_REPLY_INTERNAL);
        /* Before the mail is counted out: a process that drains ends when the last one is. */
        goes_on = end_mail(session, mail, packet) && mg_peer_send(session->peer, NULL);
        mg_mail_free(mail);
        set_text(&session->queue_id, g_strdup(""));
        mg_peer_forget(session->peer);
        return goes_on;
}

static gboolean on_abort(Session *session, const MgMilterPacket *packet) {
        g_clear_pointer(&session->mail, mg_mail_free);
        set_text(&session->queue_id, g_strdup(""));
        mg_peer_forget(session->peer);
        return TRUE;
}

static gboolean on_quit(Session *session, const MgMilterPacket *packet) {
        return FALSE;
}

static gboolean on_quit_new(Session *session, const MgMilterPacket *packet) {
        set_text(&session->client, g_strdup(""));
        return on_abort(session, packet);
}

/* FALSE: the session is over. */
typedef gboolean (*Step)(Session *session, const MgMilterPacket *packet);

static const struct {
        MgMilterCommand command;
        Step step;
} steps[] = {
        {MG_MILTER_ABORT, on_abort},
        {MG_MILTER_BODY, on_body},
        {MG_MILTER_CONNECT, on_connect},
        {MG_MILTER_MACROS, on_macros},
        {MG_MILTER_END, on_end},
        {MG_MILTER_HELO, go_on},
        {MG_MILTER_QUIT_NEW, on_quit_new},
        {MG_MILTER_HEADER, on_header},
        {MG_MILTER_MAIL, on_mail},
        {MG_MILTER_END_OF_HEADER, go_on},
        {MG_MILTER_NEGOTIATE, on_negotiate},
        {MG_MILTER_QUIT, on_quit},
        {MG_MILTER_RCPT, on_rcpt},
        {MG_MILTER_DATA, go_on},
        {MG_MILTER_UNKNOWN, go_on},
};

/* Nothing but an agreement comes first. */
static gboolean take_step(Session *session, const MgMilterPacket *packet) {
        for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
                if (steps[i].command == (MgMilterCommand)packet->command)
                        return session->agreed || packet->command == MG_MILTER_NEGOTIATE ||
                                               packet->command == MG_MILTER_QUIT
                                       ? steps[i].step(session, packet)
                                       : speaks_nonsense(packet);
        return speaks_nonsense(packet);
}

static void session_clear(Session *session) {
        g_clear_pointer(&session->mail, mg_mail_free);
        mg_peer_free(session->peer);
        g_free(session->client);
        g_free(session->queue_id);
}

void mg_session_run(MgGateway *gateway, int fd) {
        Session session = {.gateway = gateway,
                           .peer = mg_peer_new(fd, TIMEOUT_S),
                           .client = g_strdup(""),
                           .queue_id = g_strdup("")};
        g_autoptr(GError) error = NULL;
        MgMilterPacket packet;

        while (mg_peer_next(session.peer, &packet, &error) && take_step(&session, &packet) &&
               mg_peer_send(session.peer, &error))
                ;
        if (error)
                mg_log(MG_LOG_WARNING, "a session with the mail server is over: %s", error->message);
        session_clear(&session);
}
