/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Handover: one message to the local Postfix, once
 *
 * Postfix owns queue, TLS and retry; what is said here is only whether it has taken the message. One connection, one transaction, and
 * all recipients or none.
 */
typedef enum MgHandover {
        MG_HANDOVER_TAKEN,   /* 250 after the final dot */
        MG_HANDOVER_REFUSED, /* 5xx: it would be the same tomorrow. Nothing was taken. */
        MG_HANDOVER_LATER,   /* Postfix is not there, or 4xx. Nothing was taken. */
        MG_HANDOVER_UNSURE,  /* the final dot was on its way and no reply came */
} MgHandover;

/* Called once, when Postfix has accepted all recipients and is ready for the message. FALSE: it is not sent (LATER). */
typedef gboolean (*MgReadyFunc)(gpointer data);

typedef struct MgHandoverMail {
        const char *address;        /* "inet:port@host" of this host */
        const char *sender;         /* ADDRESS; "" is the null sender */
        const GPtrArray *rcpts;     /* of char *, ADDRESS */
        GBytes *message;            /* CRLF line ends */
        MgReadyFunc ready;          /* or NULL */
        gpointer data;
} MgHandoverMail;

/* Once in a process, before the first one. FALSE where the library cannot be used. */
gboolean mg_handover_prepare(void);
/* *text is what Postfix said, or why it said nothing: of any characters; the caller frees it. */
MgHandover mg_handover(const MgHandoverMail *mail, char **text);
