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
        atomic_llong anchors;                 /* heads of the trail that were said to the log */
        atomic_llong anchored;                /* when the last one was, seconds since the epoch; 0: not yet */
        atomic_llong anchor_faults;           /* anchors that could not be written */
        atomic_llong lines;                   /* acts that have left as lines */
        atomic_llong line_faults;             /* rounds in which they could not; they are tried again */
        atomic_llong swept;                   /* objects without a row that were removed at start */
        atomic_llong expired;                 /* mails that were erased since their time was over */
        atomic_llong expiring;                /* mails that will be within store.expiry_warning, as last counted */
        atomic_llong expiring_requests;       /* requests that wait or are approved for these */
        atomic_llong quota_near;              /* organizations near their quota now */
        atomic_llong quota_full;              /* organizations whose mail is turned away now */
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
