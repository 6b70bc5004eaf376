/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/grammar.h"
#include "milter/gateway.h"
#include "milter/spool.h"
#include "mugai/job.h"

/*
 * mail: one mail between MAIL and the reply to its final dot, without libmilter
 *
 * session.c fills it from the callbacks; mg_mail_process() takes the steps of DESIGN section 3: original to store
 * and worker, decide, compose, check, commit; what the session then hands to Postfix is the view that the grammar
 * returned.
 */
typedef struct MgMail {
        MgSettings *settings;
        MgEnvelope *envelope;
        MgSpool spool;
        GPtrArray *names; /* of char *: name of each header field seen, in order */
        gboolean body_begun;
        guint64 memory;  /* octets counted at the gateway */
        MgReply refusal; /* what the mail gets whatever follows, or MG_REPLY_OK */
        gint64 begun;    /* monotonic microseconds: end of message */
} MgMail;

/* Takes a place at the gateway. NULL with *reply where there is none (the caller still reports the mail). */
MgMail *mg_mail_new(MgReply *reply);
void mg_mail_free(MgMail *mail);

/* One field, LF as libmilter gives it; one piece of the body. Bounds are watched here. */
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
/* Takes record. The log line and the figures; for a mail that was not taken also its row, by the gateway's ledger. */
void mg_mail_report(const MgSettings *settings, MgRecord *record);
