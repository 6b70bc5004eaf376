/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/session.h"

/* Session, people: the answers of base/people_client.h, as rows of the table of requests. */
gboolean mg_session_edit(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_people(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_token(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_revoke(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_password(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_totp(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_sign_in(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_vouch(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_sign_out(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_sessions(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_end_sessions(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_step_up(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);

gboolean mg_session_who(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);

/* Notes that a session is in use; what goes wrong with it is logged. */
void mg_session_use(MgStore *store, const MgActor *actor);
