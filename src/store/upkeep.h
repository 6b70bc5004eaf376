/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/upkeep_client.h"
#include "store/server.h"
#include "store/session.h"

/* Upkeep: answers to the requests of base/upkeep_client.h */

/* Of a store that serves. */
gboolean mg_session_verify(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_backup(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);

/*
 * Of a store that does not: takes the folder, answers the one request that comes on sock, and ends. Nobody is asked for a duty: who can
 * start this program as the store's user can do all that it does. FALSE with error where it could not; that was answered, too.
 */
gboolean mg_upkeep_serve(const MgStoreSettings *settings, int sock, GError **error);
