/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/lookup.h"
#include "store/object.h"

/*
 * Sweep: counts the objects that were there at start, and removes those that have no row: what a kill left of mail that
 * nobody was told is safe
 *
 * Runs in a thread of its own, so that a store with millions of objects serves before it has looked at all.
 */
typedef struct MgSweep MgSweep;

/* Starts. Looks only at serials up to last: those above belong to sessions. The lookup is owned, the rest borrowed. */
MgSweep *mg_sweep_start(MgObjects *objects, MgLookup *lookup, gint64 last, MgMeter *meter);
/* Waits for the end, at most so long. TRUE when it has ended. */
gboolean mg_sweep_wait(MgSweep *sweep, guint milliseconds);
/* Tells it to end where it is, and frees. */
void mg_sweep_free(MgSweep *sweep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSweep, mg_sweep_free)
