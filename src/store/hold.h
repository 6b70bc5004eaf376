/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "base/care_client.h"
#include "store/actor.h"

/*
 * Hold: mail that is not erased, for a case and until a time, whatever its retention
 *
 * All of these run within the transaction that is open on db (mg_committer_do), and the acts go into the trail with
 * them. A hold belongs to the organization of who made it; nobody of another one adds to it or
 * ends it (DENIED). Who is of none is there for all.
 */

/* Puts mails on hold under a case, which may be there already: then until is the new one. receipts are ten digits
 * each, at least one; MISSING for one that is not there, and nothing was changed then. */
gboolean mg_hold_add(sqlite3 *db, const MgActor *actor, const MgHold *hold, const GPtrArray *receipts, gint64 now,
                     GError **error);
/* MISSING where there is no such case. */
gboolean mg_hold_end(sqlite3 *db, const MgActor *actor, const char *name, gint64 now, GError **error);
/* Ends those whose time is over. */
gboolean mg_hold_lapse(sqlite3 *db, gint64 now, GError **error);

/* All holds (MgHold, added to holds) that the actor may know of, by case. By any connection. */
gboolean mg_hold_list(sqlite3 *db, const MgActor *actor, GPtrArray *holds, GError **error);
