/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/job.h"
#include "store/lookup.h"
#include "store/object.h"
#include "store/quota.h"

/*
 * Keeper: gives out receipts, and knows the originals that are on their way between BEGIN and DONE
 *
 * Two sessions with the same mail (same envelope, same bytes) share one Kept, and so do a session and the row of a mail
 * that came within a day. An object that no session committed is removed when the last one leaves. Thread-safe.
 */
typedef struct MgKeeper MgKeeper;

typedef struct MgKept {
        char *receipt;
        guint8 key[32];       /* SHA-256 over sender, sorted recipients and digest of the content */
        guint8 sha256[32];    /* of the content */
        guint64 size;         /* of the content */
        char **organizations; /* whose mail it is, ended by NULL */
        guint8 stored[32];    /* digest of the object's file: by who writes it, before mg_keeper_written() */
        /* The rest belongs to the keeper, under its lock. */
        guint users;
        enum { MG_KEPT_WRITING, MG_KEPT_WRITTEN, MG_KEPT_LOST } state;
        gboolean fresh;     /* this process wrote the object; no row was seen */
        gboolean committed; /* a row is durable, or may be: the object stays */
        GError *error;      /* of LOST */
} MgKept;

/* All are borrowed; nobody else uses the lookup. last is the highest serial in use, or -1. */
MgKeeper *mg_keeper_new(MgLookup *lookup, MgObjects *objects, MgQuota *quota, gint64 last);
void mg_keeper_free(MgKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgKeeper, mg_keeper_free)

/* Whether the quota of an organization has room for size octets now. FALSE with FULL, or with another error. */
gboolean mg_keeper_has_room(MgKeeper *keeper, const MgTerms *terms, const char *organization, guint64 size,
                            GError **error);
/*
 * The Kept of a mail. *mine is TRUE for the one session that must write the object and say so by mg_keeper_written().
 * Give back by mg_keeper_leave(). NULL with error: FULL for want of space (reserve, or the quota of one of its organizations), STORE when the receipts of this
 * node are used up.
 */
MgKept *mg_keeper_begin(MgKeeper *keeper, const MgEnvelope *envelope, GBytes *content, const MgTerms *terms, guint node,
                        guint64 reserve, gboolean *mine, GError **error);
/* The object was written, or (fault not NULL, owned from here on) could not be. */
void mg_keeper_written(MgKeeper *keeper, MgKept *kept, GError *fault);
/* Waits until the object is written. FALSE with the error that the writer had. */
gboolean mg_keeper_wait(MgKeeper *keeper, MgKept *kept, GError **error);
/* The row is durable, or it cannot be said that it is not. */
void mg_keeper_committed(MgKeeper *keeper, MgKept *kept);
void mg_keeper_leave(MgKeeper *keeper, MgKept *kept);

/* Whether the mail with this receipt is between BEGIN and DONE. */
gboolean mg_keeper_has(MgKeeper *keeper, const char *receipt);
/* The highest serial that was given out, or -1. */
gint64 mg_keeper_last(MgKeeper *keeper);

/* Originals between BEGIN and DONE. */
guint mg_keeper_count(MgKeeper *keeper);
