/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/header.h"
#include "mugai/policy.h"
#include "mugai/scan.h"

/*
 * Job: one mail on its way through the gateway, as the trusted side knows it
 *
 * Everything here comes from Postfix or from us, nothing from the content of the mail. Strings are UTF-8 of class LINE
 * (base/text.h): what Postfix said is cleaned when the Job is filled.
 */
typedef struct MgEnvelope {
        char *queue_id;    /* Postfix queue id, or "" */
        char *from;        /* envelope sender without angle brackets; "" is the null sender */
        GPtrArray *rcpts;  /* of char *, at least one */
        char *client;      /* "name [address]" of the SMTP client, or "" */
        gint64 time;       /* arrival, seconds since the epoch */
} MgEnvelope;

MgEnvelope *mg_envelope_new(void);
void mg_envelope_free(MgEnvelope *envelope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgEnvelope, mg_envelope_free)

/* What is left out of a record where it is shown to somebody who may not see it: X(name, word). */
#define MG_WITHHELDS(X)                                                                                                \
        X(ADDRESSES, "addresses") /* sender, recipients, client */                                                     \
        X(SUBJECT, "subject") /* and names of fields */                                                                \
        X(NAMES, "names")     /* of files */                                                                           \
        X(HOSTS, "hosts")     /* of links */                                                                           \
        X(DIGESTS, "digests") /* of original, body and parts: a digest says whether a content that one has is this one */

enum {
#define MG_WITHHELD_NUMBER(name, word) MG_WITHHELD_NUMBER_##name,
        MG_WITHHELDS(MG_WITHHELD_NUMBER)
#undef MG_WITHHELD_NUMBER
                _MG_WITHHELD_N,
};
typedef enum MgWithheld {
#define MG_WITHHELD_BIT(name, word) MG_WITHHELD_##name = 1 << MG_WITHHELD_NUMBER_##name,
        MG_WITHHELDS(MG_WITHHELD_BIT)
#undef MG_WITHHELD_BIT
                _MG_WITHHELD_ALL = (1 << _MG_WITHHELD_N) - 1,
} MgWithheld;

/*
 * Record: all that is known of one mail after the fact; a row of the store's index, the answer of `show` and `trace`,
 * and the source of the report. A refused or deferred mail has no receipt, no original and a Reading without parts.
 */
typedef struct MgRecord {
        char *receipt;         /* ten digits, or "" */
        MgEnvelope *envelope;
        MgOutcome outcome;
        char *reply;           /* what Postfix answered: "250 2.0.0 ...", "451 4.3.2 ...": LINE */
        char *reason;          /* why, for administrators, English: LINE; "" for mail that was converted without a rule */
        guint64 size;          /* octets of the original */
        guint8 sha256[32];     /* of the original */
        guint8 policy[32];     /* digest of the policy that decided */
        char *version;         /* of this program */
        guint64 bytes_out;     /* octets of the outgoing message */
        guint32 milliseconds;  /* from end of message to reply */
        MgHeader *header;      /* never NULL */
        MgMailTerms terms;     /* by the rule that decided */
        MgReading *reading;    /* without body and values but Subject: what a report needs; never NULL */
        MgDecision *decision;  /* never NULL */
        char *body_digest;     /* hex SHA-256 of the body text, or "" */
        guint64 body_chars;    /* characters of the body text */
        MgScan scan;           /* what the scanner said of the original */
        guint32 withheld;      /* MgWithheld: empty here because who asked may not see it; never kept */
} MgRecord;

MgRecord *mg_record_new(void);
void mg_record_free(MgRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRecord, mg_record_free)

/* Whether one of its recipients is one of these addresses, whatever their case. */
gboolean mg_record_is_to(const MgRecord *record, char *const *addresses);

/* Empties what is withheld (bits of MgWithheld), and notes it. */
void mg_record_withhold(MgRecord *record, guint32 withheld);

/*
 * Puts a Reading and the Decision on it into the record, which owns them from here on: digest and length of the
 * body are noted, then body, hops and all values but the subject are dropped. The outcome is the decision's; the
 * reason, where there is a failure, is said in words with both numbers of a limit.
 */
void mg_record_take(MgRecord *record, MgReading *reading, MgDecision *decision);
