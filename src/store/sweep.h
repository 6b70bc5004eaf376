/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/lookup.h"
#include "store/object.h"

/*
 * Sweep: counts the objects that were there at start, and removes those that have no row: what a kill left of mail that
 * nobody was told is safe
 *
 * Where more of them than mails can have been in work are newer than all that the index knows, it is the index that is
 * older than they are: they are moved to lost+found instead, since their mail may have been answered for.
 *
 * Runs in a thread of its own, so that a store with millions of objects serves before it has looked at all.
 */
typedef struct MgSweep MgSweep;

/* What the index knows, and what it cannot know. */
typedef struct MgSweepSerials {
        gint64 known;  /* the highest of the index; -1: none */
        gint64 last;   /* the highest that is looked at: those above belong to sessions */
        guint in_work; /* mails at once that have a serial and no row yet, at most */
} MgSweepSerials;

/* Starts. The lookup is owned, the rest borrowed. */
MgSweep *mg_sweep_start(MgObjects *objects, MgLookup *lookup, MgSweepSerials serials, MgMeter *meter);
/* Waits for the end, at most so long. TRUE when it has ended. */
gboolean mg_sweep_wait(MgSweep *sweep, guint milliseconds);
/* Tells it to end where it is, and frees. */
void mg_sweep_free(MgSweep *sweep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSweep, mg_sweep_free)
