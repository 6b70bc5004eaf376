/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/committer.h"

/* What sessions work with; all borrowed and shared between threads. */
typedef struct MgStore {
        MgObjects *objects;
        MgKeeper *keeper;
        MgCommitter *committer;
        MgMeter *meter;
        GMutex lookup_mutex;
        MgLookup *lookup; /* for questions; under lookup_mutex */
        /* These follow the configuration when it is read again. */
        atomic_uint node;
        atomic_int level;
        atomic_ullong reserve;
        GMutex seal_mutex;
        MgSeal *seal; /* NULL: originals are not sealed; under seal_mutex */
} MgStore;

/* The largest original that is looked at at all. What mail may have is limits.mail_size, which the milter holds. */
#define MG_STORE_ORIGINAL_MAX (1024ull * 1024 * 1024)
/* How long a session waits: for the request once connected, for COMMIT once the receipt is given, for a client that
 * does not read. */
#define MG_STORE_REQUEST_MS 10000
#define MG_STORE_RECORD_MS 900000
#define MG_STORE_SEND_S 30

/* Answers the one request of a connection. Does not close it. */
void mg_session_run(MgStore *store, int sock);
