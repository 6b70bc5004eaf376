/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Errors and replies
 *
 * A GError of this domain means that an operation could not be done. What a mail gets for it is a row of
 * MG_REPLIES: one table from code to SMTP reply, enhanced status (RFC 3463) and text. The text names no rule,
 * scanner, host or path, since bounces carry it back.
 */
#define MG_ERROR (mg_error_quark())
GQuark mg_error_quark(void);

typedef enum MgErrorCode {
        MG_ERROR_SYSTEM,   /* a system call failed; the message has errno's text */
        MG_ERROR_CLOSED,   /* the peer closed */
        MG_ERROR_TIMEOUT,
        MG_ERROR_PROTOCOL, /* a peer said something that its protocol does not have */
        MG_ERROR_CONFIG,   /* a configuration does not load: "file:line: sentence" */
        MG_ERROR_FULL,     /* no space left, or below the reserve */
        MG_ERROR_MISSING,  /* no such receipt */
        MG_ERROR_STORE,    /* the store's data does not agree with itself */
        MG_ERROR_GRAMMAR,  /* what was composed is not what may leave */
        MG_ERROR_USAGE,    /* a command line */
        MG_ERROR_DENIED,   /* a key or passphrase that does not open it, or a person who may not */
        MG_ERROR_LOCKED,   /* the key that opens it is not unlocked now */
        MG_ERROR_STEP_UP,  /* who asks may, and has to say password and code again before */
        _MG_ERROR_N,
} MgErrorCode;

typedef enum MgReply {
        MG_REPLY_OK,              /* 250 */
        MG_REPLY_BUSY,            /* admission: too many mails at once, or too much memory in use */
        MG_REPLY_STORE_DOWN,      /* the original cannot be kept now */
        MG_REPLY_STORE_FULL,
        MG_REPLY_INTERNAL,        /* neither text nor notice could be made now */
        MG_REPLY_STOPPING,        /* shutting down */
        MG_REPLY_TOO_LARGE,       /* limits.mail_size */
        MG_REPLY_TOO_MANY_FIELDS, /* limits.header_fields */
        MG_REPLY_OTHER_RULES,     /* at RCPT: a recipient for whom other rules hold than for the first one */
        MG_REPLY_REJECTED,        /* a rule rejects; its text stands in the place of the row's */
        MG_REPLY_BAD_ADDRESS,     /* line breaks or controls in an envelope address */
        _MG_REPLY_N,
} MgReply;

typedef struct MgReplyRow {
        const char *code;     /* "451" */
        const char *status;   /* "4.3.2" */
        const char *text;
} MgReplyRow;

const MgReplyRow *mg_reply(MgReply reply);
/* "451 4.3.2 text". Caller frees. */
char *mg_reply_line(MgReply reply);

/* Sets error to "what: strerror(errno)" with code SYSTEM (FULL for ENOSPC and EDQUOT); keeps errno. */
void mg_error_system(GError **error, const char *what, ...) G_GNUC_PRINTF(2, 3);
