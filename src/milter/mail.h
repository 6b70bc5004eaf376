/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/grammar.h"
#include "milter/gateway.h"
#include "milter/spool.h"
#include "mugai/job.h"

/*
 * mail: one mail between MAIL and the reply to its final dot, without the protocol
 *
 * session.c fills it from packets; mg_mail_process() takes the steps of DESIGN section 3: original to store
 * and worker, decide, compose, check, commit; what the session then hands to Postfix is the view that the grammar
 * returned.
 */
typedef struct MgMail {
        MgGateway *gateway;
        MgSettings *settings;
        MgEnvelope *envelope;
        MgSpool spool;
        GPtrArray *names; /* of char *: name of each header field seen, in order */
        MgHeader *header; /* what of them rules look at; NULL once the record has it */
        gboolean body_begun;
        guint64 memory;                 /* octets counted at the gateway */
        guint64 declared;               /* SIZE of MAIL (RFC 1870), or 0 */
        const MgOrganization *admitted; /* that of the last recipient; what it has room for was asked */
        MgReply refusal;                /* what the mail gets whatever follows, or MG_REPLY_OK */
        char *rejection;                /* what a rule tells the sender, where it rejects; else NULL */
        gint64 begun;                   /* monotonic microseconds: end of message */
} MgMail;

/*
 * Takes a place at the gateway, beyond max_mails where a rule prefers the sender. NULL with *reply and *reason
 * (caller frees) where there is none; the caller still reports the mail.
 */
MgMail *mg_mail_new(MgGateway *gateway, const char *sender, MgReply *reply, char **reason);
void mg_mail_free(MgMail *mail);

/*
 * Whether the mail may have this recipient: not where the quota of its organization is full, so that recipients of
 * others get the mail all the same. NULL: it may; else why not (caller frees).
 */
char *mg_mail_admit(MgMail *mail, const char *rcpt);

/* Takes a recipient. FALSE where other rules hold for it than for the first one: the sender sends to it separately. */
gboolean mg_mail_recipient(MgMail *mail, char *recipient);
/* One field, LF as the milter protocol has it; one piece of the body. Bounds are watched here. */
void mg_mail_header(MgMail *mail, const char *name, const char *value);
void mg_mail_body(MgMail *mail, const void *data, gsize n);

/*
 * All steps up to and with the commit. OK: *view is what goes on, *record what was kept; else why not, and
 * *record says so. *record is always set; the caller reports it by mg_mail_report() after it knows what Postfix
 * was told.
 */
MgReply mg_mail_process(MgMail *mail, MgGrammarView **view, MgRecord **record);

/* A record of a mail that was not taken: envelope is copied. */
MgRecord *mg_mail_refusal(const MgEnvelope *envelope, MgReply reply, const char *reason);
/*
 * Takes record. The log line and the figures; for a mail that was not taken also its row, by the gateway's ledger.
 * begun: as in MgMail, or 0 of a mail that did not come to its end.
 */
void mg_mail_report(MgGateway *gateway, const MgSettings *settings, MgRecord *record, MgReply reply, gint64 begun);
