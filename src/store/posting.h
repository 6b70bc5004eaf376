/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "store/needle.h"

/*
 * Posting: which mails have a term, so that a search need not look at every row
 *
 * A term is two neighbouring characters of a folded text, or the last one alone, and the field that they stand in.
 * Rows are taken together in the order of their ids, MG_SEGMENT_MAILS to a segment. The postings of a segment are
 * written once, in the order of their keys, when no row is added to it any more; until then it is pending, and a
 * search looks at all of its rows. Triggers (schema.c) delete the postings of a segment and make it pending again
 * with each row of it that is changed or deleted: postings never outlive a row, whoever deletes it.
 *
 * A mail may be found by its terms and not have the text: whoever asks looks at the row as well.
 */
#define MG_SEGMENT_MAILS 1024

/* Mails of a segment, a bit each. */
typedef struct MgMailSet {
        guint64 bits[MG_SEGMENT_MAILS / 64];
} MgMailSet;

static inline void mg_mail_set_add(MgMailSet *mails, guint place) {
        mails->bits[place / 64 % G_N_ELEMENTS(mails->bits)] |= G_GUINT64_CONSTANT(1) << place % 64;
}

static inline gboolean mg_mail_set_has(const MgMailSet *mails, guint place) {
        return (mails->bits[place / 64 % G_N_ELEMENTS(mails->bits)] >> place % 64 & 1) != 0;
}

/* Writes the postings of the oldest segment that is pending and full, within the transaction that is open. *wrote
 * says whether there was one. */
gboolean mg_posting_write(sqlite3 *db, gboolean *wrote, GError **error);

/* Whether the postings of a segment are those that its rows have now; a pending one has none. Within a snapshot. Whoever
 * changes what becomes a term makes all segments pending by a step of the schema. */
gboolean mg_posting_check(sqlite3 *db, gint64 segment, gboolean *right, GError **error);
/* Makes it pending again, within the transaction that is open: its postings are written anew as those of a new one. */
gboolean mg_posting_forget(sqlite3 *db, gint64 segment, GError **error);

/* What is read of them; a connection's. */
typedef struct MgPostings MgPostings;
MgPostings *mg_postings_new(sqlite3 *db, GError **error);
void mg_postings_free(MgPostings *postings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPostings, mg_postings_free)

/* What is asked of a mail. */
typedef struct MgWanted {
        GPtrArray *all;   /* of MgNeedle: each is in it */
        GPtrArray *any;   /* of MgNeedle: one of them is in it; NULL: not asked for */
        guint32 outcomes; /* bits 1 << MgOutcome: it ended in one of these ways; 0: not asked for */
        guint32 scans;    /* bits 1 << MgScanVerdict, NONE not among them, likewise */
} MgWanted;

/* The mails of a segment, which is not pending, that may be meant. */
gboolean mg_postings_find(MgPostings *postings, gint64 segment, const MgWanted *wanted, MgMailSet *mails,
                          GError **error);
