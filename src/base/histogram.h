/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * histogram: how long things took, in a few counts
 *
 * Bounds are the same everywhere, so that figures of two roles can be laid over each other. Not thread-safe.
 */

/* Upper ends, in milliseconds: from a text of some lines to the deadline of a worker and the wait for one. */
#define MG_HISTOGRAM_BOUNDS(X)                                                                                         \
        X(5) X(10) X(25) X(50) X(100) X(250) X(500) X(1000) X(2500) X(5000) X(10000) X(30000) X(90000)
#define MG_HISTOGRAM_ONE(ms) +1
#define MG_HISTOGRAM_N (MG_HISTOGRAM_BOUNDS(MG_HISTOGRAM_ONE))

typedef struct MgHistogram {
        gint64 counts[MG_HISTOGRAM_N + 1]; /* by the first bound that is not below; the last is beyond all */
        gint64 sum_ms;
} MgHistogram;

void mg_histogram_add(MgHistogram *histogram, gint64 ms);
/*
 * Adds NAME_le_MS for each bound, how many took at most so long, NAME_le_inf for all, and NAME_sum_ms. NAME is at
 * most 40 characters.
 */
void mg_histogram_figures(const MgHistogram *histogram, GArray *figures, const char *role, const char *name);
