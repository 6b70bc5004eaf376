/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/session.h"

/*
 * Retention: erases the mail whose time is over (expiry.h), at start, each hour, and when the configuration was read
 * again
 *
 * Erased are the row of a mail with all that hangs on it, what people wrote in requests for it, then its object, then
 * the pages of SQLite's log. Rows go first, a few at a time between those of new mail, and with them an entry of the
 * audit trail: after a kill an object may be left without its row, which the sweep of the next start removes, and
 * never a row without its object.
 *
 * A clock that was set wrong would erase everything. So nothing is erased on the first day of an index, nor on the
 * first day after nobody looked for longer than two. Requests end by the same clock, and so only while it is believed.
 */
#define MG_RETENTION_GAP_S (2 * 86400)
#define MG_RETENTION_PATIENCE_S 86400

typedef struct MgRetention MgRetention;

/* Mails of one transaction: ids that are due, and what became of them. */
typedef struct MgErasure {
        MgKeeper *keeper;    /* NULL: no mail is on its way */
        GArray *ids;         /* of gint64 */
        gint64 time;
        GPtrArray *receipts; /* of originals whose rows were erased, whose objects are then to go; caller's */
        guint rows;          /* erased rows without an original */
} MgErasure;

/* Erases their rows, with an entry of the trail: an MgCommitFunc whose data is an MgErasure. What is on hold stays. */
gboolean mg_retention_erase(sqlite3 *db, gpointer data, GError **error);

/* Whether the clock is believed when it says now, by the last run that was noted: what ends by itself may end only then. */
gboolean mg_retention_believes(sqlite3 *db, gint64 now, gboolean *believed, GError **error);

/* Starts its thread; that it looks is noted when it returns. The store is borrowed. */
MgRetention *mg_retention_start(MgStore *store);
/* Looks now instead of at the next hour. */
void mg_retention_wake(MgRetention *retention);
/* Ends where it is, between two transactions. */
void mg_retention_free(MgRetention *retention);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRetention, mg_retention_free)
