/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"
#include "store/actor.h"
#include "store/committer.h"
#include "store/password.h"

/* What sessions work with; all borrowed and shared between threads. */
typedef struct MgStore {
        MgObjects *objects;
        MgKeeper *keeper;
        MgCommitter *committer;
        MgQuota *quota;
        MgMeter *meter;
        MgActors *actors;
        const char *index_path; /* for connections of one session's own */
        const MgVfs *vfs;
        const char *anchor_file; /* of the trail, or NULL */
        guint8 audit_key[32];    /* mg_audit_key() */
        MgPasswords *passwords;
        GMutex lookup_mutex;
        MgLookup *lookup; /* for questions; under lookup_mutex */
        atomic_bool backing_up;
        atomic_llong stranger_at; /* when a refusal to a token of nobody was put on record; 0: never */
        /* These follow the configuration when it is read again. */
        atomic_uint node;
        atomic_int level;
        atomic_ullong reserve;
        atomic_uint request_days;   /* that a request waits */
        atomic_uint digest_seconds; /* between two digests of one approver */
        GMutex terms_mutex;
        MgTerms *terms; /* under terms_mutex */
} MgStore;

/* The largest original that is looked at at all. What mail may have is limits.mail_size, which the milter holds. */
#define MG_STORE_ORIGINAL_MAX (1024ull * 1024 * 1024)
/* How long a session waits: for the request once connected, for COMMIT once the receipt is given, for a client that
 * does not read. */
#define MG_STORE_REQUEST_MS 10000
#define MG_STORE_RECORD_MS 900000
#define MG_STORE_SEND_S 30

/* The terms of this moment, which another configuration may replace. The caller unrefs. */
MgTerms *mg_store_terms(MgStore *store);

/*
 * The one request of a connection. People's questions are told from what the gateway asks on the way of a mail, so that they
 * can wait and be answered at a lower priority.
 */
typedef struct MgCall MgCall;
/* Waits for it. NULL where none came; what is none is answered. The call owns the socket from then on. */
MgCall *mg_session_hear(MgStore *store, int sock);
gboolean mg_session_is_of_people(const MgCall *call);
/* Answers, closes and frees. */
void mg_session_answer(MgStore *store, MgCall *call);
/* The same, without looking at it: too many wait. */
void mg_session_turn_away(MgCall *call);
