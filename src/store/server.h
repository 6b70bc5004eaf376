/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "store/actor.h"
#include "store/follow.h"
#include "store/terms.h"

/*
 * Server: the store role as a whole, from a folder and a listening socket to the last checkpoint
 */
/* The role that parses mail, and the one that is on the network and runs a program of the administrator's. */
#define MG_STORE_STRANGERS 2

typedef struct MgStoreSettings {
        const char *state_dir;
        guint node;           /* first digit of receipts */
        int level;            /* zstd */
        guint64 reserve;      /* octets kept free */
        guint connections;    /* at once; further ones wait in the backlog */
        MgTerms *terms;       /* of organizations; the server takes them over */
        guint request_days;   /* that a request waits for a decision */
        guint digest_seconds; /* between two letters to an approver about what waits */
        MgFollowSettings follow; /* what leaves the trail; borrowed, fixed while it serves */
        MgActorUsers users;   /* fixed while it serves */
        uid_t strangers[MG_STORE_STRANGERS]; /* users of roles that have nothing to ask here; 0 is none */
} MgStoreSettings;

/* Reads the configuration again; what is fixed while it serves is not taken from it. FALSE with error keeps the old
 * ones. */
typedef gboolean (*MgStoreReload)(gpointer data, MgStoreSettings *settings, GError **error);

/* Descriptors that a store works with; none is closed. -1 where there is none, listener must be one. */
typedef struct MgStoreSockets {
        int listener; /* listening SEQPACKET socket */
        int control;  /* records of base/control.h; its end is a DRAIN */
        int signals;  /* readable when the store shall drain (mg_role_signals) */
} MgStoreSockets;

/*
 * Serves until it is told to drain. No other thread may run yet. TRUE when all ended well; FALSE with error where it
 * could not begin: CONFIG for a folder that this program cannot use, STORE for one that is damaged, TIMEOUT where
 * another store has it.
 */
gboolean mg_store_serve(const MgStoreSettings *settings, const MgStoreSockets *sockets, MgStoreReload reload,
                        gpointer data, GError **error);
