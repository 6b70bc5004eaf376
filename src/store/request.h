/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "base/request_client.h"
#include "config/organization.h"
#include "mugai/job.h"
#include "store/actor.h"

/*
 * Requests: what is asked for, decided, handed over and settled (mugai/request.h)
 *
 * Everything that changes one runs within the transaction that is open on db (mg_committer_do): the change, its entry
 * in the audit trail and the letter about it become durable together. An act that the state does not have is refused
 * with USAGE, one that the actor may not do with DENIED, and a number that is none with MISSING; nothing was changed
 * then.
 *
 * Nobody decides alone: who asked never approves and never settles, and two approvals are two persons'. Of the
 * machine's owner there is one (person 0).
 */

/*
 * Asks for parts of a mail or for all of it. record is the mail's; of asked, receipt, paths of parts, addresses and
 * reason count. Staff ask for mail that came to an address of theirs, and to addresses of theirs; approvers and
 * officers for any mail of their organization. Which domains that is for, and how many approvals it needs, says that
 * organization; what runs (program.h) needs two. *number is the new request's.
 */
gboolean mg_request_add(sqlite3 *db, const MgActor *actor, const MgRecord *record, const MgRequest *asked,
                        const MgOrganizations *organizations, gint64 now, gint64 *number, GError **error);

/* By an approver of the same organization. */
gboolean mg_request_approve(sqlite3 *db, const MgActor *actor, gint64 number, const char *reason, gint64 now,
                            GError **error);
/* By an approver or officer of the same organization, or by who asked. Also of one that is approved and was not handed
 * over. */
gboolean mg_request_deny(sqlite3 *db, const MgActor *actor, gint64 number, const char *reason, gint64 now,
                         GError **error);
/* By an approver or officer of the same organization who looked whether it was sent. */
gboolean mg_request_say(sqlite3 *db, const MgActor *actor, gint64 number, MgSettle how, const char *reason, gint64 now,
                        GError **error);

/* The release role begins: what was handed over to the one before is unknown, and its letters are given out again. */
gboolean mg_requests_lose(sqlite3 *db, gint64 now, GError **error);
/* Hands an approved request over. */
gboolean mg_request_hand_over(sqlite3 *db, gint64 number, gint64 now, GError **error);
/* What the release role says of it; to say the same again is well, too. FAILED also of one that is approved: its
 * original cannot be read. RETURNED is counted: it is given out again after a minute, later each time up to an hour,
 * and the MG_REQUEST_RETURNS_MAX-th time it failed, which its result says. */
gboolean mg_request_end(sqlite3 *db, gint64 number, MgOrderResult result, const char *text, gint64 now, GError **error);

/* Requests that were made at or before that time and wait still expire. */
gboolean mg_requests_expire(sqlite3 *db, gint64 made, gint64 now, GError **error);
/* The retention of a mail ends: what waits or is approved expires, and of all requests for it what people wrote,
 * addresses and names of files are erased. Number, persons, state and times stay. */
gboolean mg_requests_erase(sqlite3 *db, const char *receipt, gint64 now, GError **error);

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* What a person is called: the name in the register, or "root" for the machine's owner. Caller frees. */
char *mg_request_name_of(sqlite3 *db, gint64 person);
/* MISSING where there is none. Caller frees. */
MgRequest *mg_request_load(sqlite3 *db, gint64 number, GError **error);
/* Up to n numbers (gint64) below before, highest first, of those that the actor may see: approvers and officers those
 * of their organization, all others their own. FALSE with error. */
gboolean mg_requests_find(sqlite3 *db, const MgActor *actor, const MgRequestQuery *query, gint64 before, guint n,
                          GArray *numbers, GError **error);
/* The lowest number above after of those that are approved and were not returned a moment ago; 0 where there is none, -1 with error. */
gint64 mg_request_next(sqlite3 *db, gint64 after, gint64 now, GError **error);
/* Those that wait, as the actor sees them. */
gboolean mg_requests_waiting(sqlite3 *db, const MgActor *actor, MgRequestWaiting *waiting, GError **error);
/* How many are in each state that somebody has to do with, and since when the oldest approved one waits to be handed over
 * (0: none). */
typedef struct MgRequestCounts {
        gint64 waiting, approved, unknown;
        gint64 approved_since;
} MgRequestCounts;
gboolean mg_requests_count(sqlite3 *db, MgRequestCounts *counts, GError **error);
/* Whether a request for that mail is approved or handed over: then the release role may have its original. -1 with
 * error. */
int mg_requests_allow(sqlite3 *db, const char *receipt, GError **error);
/* Whether there is a request for that mail, in whatever state, that people of this organization decide. -1 with error. */
int mg_requests_ask_for(sqlite3 *db, const char *receipt, const char *organization, GError **error);
/* Whether any would expire. -1 with error. */
int mg_requests_due(sqlite3 *db, gint64 made, GError **error);
