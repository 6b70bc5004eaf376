/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "mugai/policy.h"

/* Meter: what the store counts, one for the process, shared by its threads. Everything is since start but the
 * objects. */
typedef struct MgMeter {
        atomic_llong syncs;                   /* fsync and fdatasync, those of SQLite included */
        atomic_llong outcomes[_MG_OUTCOME_N]; /* rows written, by outcome; retries are not among them */
        atomic_llong retries;                 /* mail that came again and got the receipt it had */
        atomic_llong bytes;                   /* octets of originals taken, before compression */
        atomic_llong batches;                 /* transactions */
        atomic_llong faults;                  /* requests that were answered by a FAULT */
        atomic_llong swept;                   /* objects without a row that were removed at start */
        atomic_llong objects;                 /* objects on the disk */
        atomic_llong objects_sealed;          /* those of them that are sealed */
        atomic_llong object_bytes;            /* their octets, as stored */
} MgMeter;

static inline void mg_meter_add(atomic_llong *counter, long long n) {
        atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline long long mg_meter_read(atomic_llong *counter) {
        return atomic_load_explicit(counter, memory_order_relaxed);
}
