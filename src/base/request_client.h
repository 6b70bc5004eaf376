/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "mugai/request.h"

/*
 * Request client: what the store role answers about requests, one connection each (base/store_call.h)
 *
 *   REQUEST request            -> NUMBER                 of which receipt, paths of parts, addresses and reason are looked at
 *   REQUESTS query             -> ROW* END               newest first
 *   WAITING                    -> WAITING others oldest mine
 *   APPROVE number reason      -> DONE
 *   DENY number reason         -> DONE                   by its requester, too: who takes it back
 *   SETTLE number how reason   -> DONE                   of one that is unknown
 * and, for the release role alone:
 *   BEGIN                      -> DONE                   the role begins: what was handed over before is unknown from now on
 *   NEXT after                 -> ORDER order            the approved one with the lowest number above after; changes nothing
 *                              or END                    there is none
 *   CLAIM number               -> DONE                   handed-over is durable
 *   RESULT number result text  -> DONE
 *   LETTER_CLAIM               -> LETTER letter or END   the next letter that is due
 *   LETTER_RESULT number sent  -> DONE
 * Errors beside those of the store: MISSING no such request or mail, DENIED who may not, USAGE what cannot be asked
 * for so, and an act that the state of the request does not have.
 */
typedef enum MgRequestCall {
        MG_REQUEST_CALL_REQUEST = 260,
        MG_REQUEST_CALL_NUMBER,
        MG_REQUEST_CALL_REQUESTS,
        MG_REQUEST_CALL_ROW,
        MG_REQUEST_CALL_APPROVE,
        MG_REQUEST_CALL_DENY,
        MG_REQUEST_CALL_CLAIM,
        MG_REQUEST_CALL_ORDER,
        MG_REQUEST_CALL_RESULT,
        MG_REQUEST_CALL_SETTLE,
        MG_REQUEST_CALL_BEGIN,
        MG_REQUEST_CALL_LETTER_CLAIM,
        MG_REQUEST_CALL_LETTER,
        MG_REQUEST_CALL_LETTER_RESULT,
        MG_REQUEST_CALL_NEXT,
        MG_REQUEST_CALL_WAITING,
} MgRequestCall;

/* A request in full, as ROW and REQUEST carry it, and what NEXT and LETTER_CLAIM give. */
void mg_request_put(MgWriter *writer, const MgRequest *request);
MgRequest *mg_request_get(MgReader *reader);
void mg_order_put(MgWriter *writer, const MgOrder *order);
MgOrder *mg_order_get(MgReader *reader);
void mg_letter_put(MgWriter *writer, const MgLetter *letter);
MgLetter *mg_letter_get(MgReader *reader);

/* Which requests. */
#define MG_REQUEST_ANY_STATE _MG_REQUEST_STATE_N
#define MG_REQUESTS_MAX 10000
typedef struct MgRequestQuery {
        gint64 number;        /* that one, or 0 */
        MgRequestState state; /* or MG_REQUEST_ANY_STATE */
        gboolean mine;        /* made by who asks */
        gint64 before;        /* with lower numbers than that: the page behind another one; 0: from the newest */
        guint32 max;          /* rows, 1 to MG_REQUESTS_MAX */
} MgRequestQuery;

void mg_request_query_put(MgWriter *writer, const MgRequestQuery *query);
void mg_request_query_get(MgReader *reader, MgRequestQuery *query);

typedef enum MgDecide { MG_DECIDE_APPROVE = MG_REQUEST_CALL_APPROVE, MG_DECIDE_DENY = MG_REQUEST_CALL_DENY } MgDecide;
typedef enum MgSettle { MG_SETTLE_SENT, MG_SETTLE_AGAIN, _MG_SETTLE_N } MgSettle;

/* Asks. *number is the request's. */
gboolean mg_request_make(const MgAsker *asker, const MgRequest *request, gint64 *number, GError **error);
typedef gboolean (*MgRequestFunc)(const MgRequest *request, gpointer data); /* FALSE ends the listing */
gboolean mg_request_list(const MgAsker *asker, const MgRequestQuery *query, MgRequestFunc func, gpointer data,
                         GError **error);

/* How many requests wait: those of others that who asks may see, since when the oldest of them (0: none), and his own. */
typedef struct MgRequestWaiting {
        gint64 others, oldest, mine;
} MgRequestWaiting;
gboolean mg_request_waiting(const MgAsker *asker, MgRequestWaiting *waiting, GError **error);
/* reason may be "" for an approval. */
gboolean mg_request_decide(const MgAsker *asker, MgDecide decide, gint64 number, const char *reason, GError **error);
gboolean mg_request_settle(const MgAsker *asker, gint64 number, MgSettle how, const char *reason, GError **error);

/* --- the release role ---------------------------------------------------------------------------------------------- */

/* Once, before the first claim. */
gboolean mg_order_begin(const MgAsker *asker, GError **error);
/* The approved request with the lowest number above after, or *order NULL where there is none. Its original is had by
 * mg_store_get(). */
gboolean mg_order_next(const MgAsker *asker, gint64 after, MgOrder **order, GError **error);
/*
 * Immediately before it is sent. After TRUE mg_order_result() is due. USAGE where it is not approved any more; after another error it may be
 * handed over or not, and where nothing was sent RETURNED is the truth of both.
 */
gboolean mg_order_claim(const MgAsker *asker, gint64 number, GError **error);
/* text: what Postfix said or why nothing was sent; it is cleaned and cut here. Where the store cannot be asked, say it
 * again until it can. */
gboolean mg_order_result(const MgAsker *asker, gint64 number, MgOrderResult result, const char *text, GError **error);
/* The next letter, or *letter NULL. One that is not answered by a result is given again after the next begin. */
gboolean mg_letter_claim(const MgAsker *asker, MgLetter **letter, GError **error);
/* sent FALSE: it is given again later, a few times. */
gboolean mg_letter_result(const MgAsker *asker, gint64 number, gboolean sent, GError **error);
