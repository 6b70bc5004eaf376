/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "store/seal.h"

/*
 * Server: the store role as a whole, from a folder and a listening socket to the last checkpoint
 */
typedef struct MgStoreSettings {
        const char *state_dir;
        guint node;        /* first digit of receipts */
        int level;         /* zstd */
        guint64 reserve;   /* octets kept free */
        guint connections; /* at once; further ones wait in the backlog */
        MgSeal *seal;      /* what originals are sealed by, or NULL; the server takes it over */
        uid_t stranger;    /* user of the role that parses mail, which has nothing to ask here; 0 is none */
} MgStoreSettings;

/* Reads the configuration again; only node, level, reserve and seal are taken from it. FALSE with error keeps the old
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
