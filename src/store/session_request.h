/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/request_client.h"
#include "store/session.h"

/* Handlers of base/request_client.h, for the table in session.c. Who may is said there by duty; whose request it is, and
 * in which state, is looked at in request.c. */
gboolean mg_session_request(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_waiting(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_requests(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_decide(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_settle(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
/* Adds requests_waiting, requests_approved, requests_unknown, and requests_approved_s: how long the oldest approved one
 * has waited to be handed over. */
void mg_session_request_figures(MgStore *store, GArray *all);
/* Whether the actor may have this original: the release role only what was approved. FALSE with DENIED. */
gboolean mg_session_may_have(MgStore *store, const MgActor *actor, const char *receipt, GError **error);
/* Of the release role. */
gboolean mg_session_begin(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_next(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_claim(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_result(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_letter(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_letter_result(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
