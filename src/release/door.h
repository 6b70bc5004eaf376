/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <poll.h>

#include "release/keyring.h"
#include "release/texts.h"

/*
 * Door: connections on release.sock and what is asked there (base/release_client.h)
 *
 * Who asks is known from the connection, what he may do from the store. Never waits for a client; while the store or a passphrase is
 * asked nothing else is done.
 */
#define MG_DOOR_CLIENTS 8

typedef struct MgDoorClient {
        int fd; /* -1: free */
        gint64 since;
        char *token; /* that came first, or NULL */
} MgDoorClient;

typedef struct MgDoor {
        int listener;      /* borrowed */
        MgKeyring *ring;   /* borrowed */
        MgAsker store;     /* borrowed: how the store is asked */
        MgTexts *texts;    /* borrowed */
        const MgConfig *config; /* borrowed: of this moment */
        MgDoorClient clients[MG_DOOR_CLIENTS];
} MgDoor;

void mg_door_init(MgDoor *door);
void mg_door_clear(MgDoor *door);

/* Fills polls with what is to be watched; room for MG_DOOR_CLIENTS + 1. Closed: no new connections. */
void mg_door_watch(const MgDoor *door, gboolean closed, struct pollfd *polls);
/* Handles what poll() found on those, in the same order, and ends connections that have nothing to say. */
void mg_door_serve(MgDoor *door, const struct pollfd *polls);

/* Records in the store that keys were locked since their time was over. */
void mg_door_expire(MgDoor *door);
