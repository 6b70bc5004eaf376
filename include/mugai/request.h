/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/scan.h"

/*
 * Request: somebody asks for what was taken out of a mail, and what became of that
 *
 *   waiting --approve (as often as needed)--> approved --claim--> handed-over --result--> released | failed
 *      |                                         ^                    |
 *      +--deny-> denied                          +----- returned -----+-- the role begins again --> unknown
 *      +--time-> expired                         +------------------------ settle again -----------'
 *                                                  released <------------- settle sent ------------'
 *
 * The release role looks at what is approved, opens the original and makes the message; that changes nothing. Then it claims the
 * request, and sends only when "handed-over" is durable: so a request is handed over once. What became of a request that was handed
 * over when the role ended is known to nobody: a person looks (the Message-ID is a function of the number) and settles it.
 */
#define MG_REQUEST_STATES(X)                                                                                           \
        X(WAITING, "waiting")                                                                                          \
        X(APPROVED, "approved")                                                                                        \
        X(DENIED, "denied")                                                                                            \
        X(EXPIRED, "expired")                                                                                          \
        X(HANDED_OVER, "handed-over")                                                                                  \
        X(RELEASED, "released") /* Postfix has taken it: the queue is Postfix's */                                     \
        X(FAILED, "failed")     /* nothing was sent, and trying again would not help */                                \
        X(UNKNOWN, "unknown")

typedef enum MgRequestState {
#define MG_REQUEST_STATE(name, word) MG_REQUEST_##name,
        MG_REQUEST_STATES(MG_REQUEST_STATE)
#undef MG_REQUEST_STATE
                _MG_REQUEST_STATE_N,
} MgRequestState;

/* "handed-over", and back: _MG_REQUEST_STATE_N for a word that is none. */
const char *mg_request_state_name(MgRequestState state);
MgRequestState mg_request_state_of(const char *word);

/* Bounds of one request. Texts are octets. */
#define MG_REQUEST_PARTS_MAX 100
#define MG_REQUEST_ADDRESSES_MAX 50
#define MG_REQUEST_APPROVALS_MAX 2
#define MG_REQUEST_REASON_MAX 1000
#define MG_REQUEST_TEXT_MAX 2000
/* So often an order may come back unsent (MG_ORDER_RETURNED) before its request failed. */
#define MG_REQUEST_RETURNS_MAX 20
/* Requests of one person that wait at once. */
#define MG_REQUEST_WAITING_MAX 100

/* A part that is asked for, as the index knows it (mugai/reading.h, Facts). */
typedef struct MgRequestPart {
        char *path;  /* PATH, not "" */
        char *name;  /* LINE, or "" */
        char *found; /* MIME, or "" */
        guint64 size;
        guint8 sha256[32]; /* of its octets, decoded: what is taken out of the original must have this digest */
} MgRequestPart;

/* Who approved. name is what that person is called in the register of people. */
typedef struct MgApproval {
        gint64 person;
        char *name;   /* LINE */
        char *reason; /* LINE, or "" */
        gint64 time;
} MgApproval;

typedef struct MgRequest {
        gint64 number;        /* 1 on; 0 in a request that is being made */
        char *receipt;        /* ten digits: of the mail */
        char *organization;   /* LINE; "" is the default one */
        char *from;           /* LINE: envelope sender of the mail, or "" */
        char *subject;        /* LINE: of the mail, or "" */
        gint64 requester;     /* number of a person */
        char *requester_name; /* LINE */
        GPtrArray *parts;     /* of MgRequestPart, in the order of the mail; empty: the whole original */
        GPtrArray *addresses; /* of char *, ADDRESS, at least one: where to */
        gboolean erased;      /* the mail's retention ended: parts, addresses and what people wrote are gone */
        char *reason;         /* LINE: the requester's words */
        MgRequestState state;
        guint32 needed;       /* approvals, 1 or 2 */
        GPtrArray *approvals; /* of MgApproval, the first one first */
        gint64 made;          /* times: seconds since the epoch, 0 where it did not come to that */
        gint64 decided;       /* approved (by the last one needed), denied or expired */
        gint64 ended;         /* released, failed, or became unknown */
        char *result;         /* LINE: why it was denied or expired, what Postfix said, who settled it and why; or "" */
} MgRequest;

MgRequestPart *mg_request_part_new(void);
void mg_request_part_free(MgRequestPart *part);
MgApproval *mg_approval_new(void);
void mg_approval_free(MgApproval *approval);
/* Empty strings and arrays; the arrays own what is added. */
MgRequest *mg_request_new(void);
void mg_request_free(MgRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRequest, mg_request_free)

/* Order: what the release role needs to do what was approved. */
typedef struct MgOrder {
        gint64 number;
        char *receipt;
        char *organization;   /* LINE: that asked, and whose mail it is; "" is the default one */
        guint64 size;         /* of the original */
        guint8 sha256[32];    /* of the original: what was opened must have this digest */
        char *from;           /* LINE: envelope sender of the original; "" is the null sender */
        char *subject;        /* LINE: of the original, or "" */
        gint64 time;          /* arrival of the original */
        MgScan scan;          /* what the scanner said of the original */
        gint64 made;          /* when it was asked for */
        char *requester;      /* LINE: names, which the message says */
        GPtrArray *approvers; /* of char *, LINE */
        GPtrArray *parts;     /* of MgRequestPart; empty: the whole original */
        GPtrArray *addresses; /* of char *, ADDRESS */
} MgOrder;

MgOrder *mg_order_new(void);
void mg_order_free(MgOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOrder, mg_order_free)

/* What the release role says of an order. */
typedef enum MgOrderResult {
        MG_ORDER_RELEASED, /* Postfix has taken responsibility: its reply is the text */
        MG_ORDER_FAILED, /* nothing was sent, and it would be the same tomorrow: the text says why; also of one not claimed */
        MG_ORDER_RETURNED, /* nothing was sent, and it may be claimed again later, a number of times */
        MG_ORDER_UNSURE,   /* the connection was lost after the final dot: nobody can say */
        _MG_ORDER_RESULT_N,
} MgOrderResult;

/*
 * Letter: a short mail of the gateway's own to a person, about requests. Known of it are numbers and times; its words
 * are in rules/notice.*.conf.
 */
typedef enum MgLetterKind {
        MG_LETTER_APPROVED,
        MG_LETTER_DENIED,
        MG_LETTER_EXPIRED,
        MG_LETTER_RELEASED,
        MG_LETTER_FAILED,
        MG_LETTER_WAITING, /* the digest for who approves: count and oldest are set */
        _MG_LETTER_KIND_N,
} MgLetterKind;

typedef struct MgLetter {
        gint64 number; /* of the letter, 1 on: its Message-ID is a function of it */
        MgLetterKind kind;
        char *to;       /* ADDRESS */
        gint64 time;    /* when there was something to say */
        gint64 request; /* for WAITING the newest that waits */
        char *receipt;  /* of its mail */
        guint32 count;  /* requests that wait */
        gint64 oldest;  /* when the oldest of these was made */
} MgLetter;

MgLetter *mg_letter_new(void);
void mg_letter_free(MgLetter *letter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgLetter, mg_letter_free)
