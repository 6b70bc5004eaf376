/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"

/*
 * Store call: what the client sides of all requests to the store share
 *
 * A request is one packet on a connection of its own; a FAULT in place of an answer becomes the error that the store had.
 * Before it may come
 *   TOKEN token
 * and then who asks is the person that this bearer token was made for; else it is the Unix user of the connection
 * (store/actor.h). What an actor may not ask is answered by FAULT with DENIED.
 */
#define MG_STORE_TOKEN 220 /* among MgStoreKind and its like */
/* Octets of a bearer token at most; class TOKEN. */
#define MG_STORE_TOKEN_MAX 100

/* Where the store is asked, and as whom. Both are borrowed. */
typedef struct MgAsker {
        const char *socket_path;
        const char *token; /* NULL: as the Unix user of this process */
} MgAsker;

/* Connects and sends the request. The connection, which the caller closes, or -1 with error. */
int mg_store_ask(const MgAsker *asker, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds,
                 GError **error);
/* Waits for an answer of this kind (or, where other is not 0, of that one). timeout_ms < 0 waits for ever. */
gboolean mg_store_answer(int sock, int timeout_ms, guint32 kind, guint32 other, MgPacket *packet, GError **error);
