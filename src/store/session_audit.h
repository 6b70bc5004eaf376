/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/audit_client.h"
#include "base/store_client.h"
#include "store/session.h"

/*
 * Writes an act of this actor and returns when it is durable: what it speaks of may leave only then. The time is now.
 */
gboolean mg_session_act(MgStore *store, const MgActor *actor, const MgAct *act, GError **error);

/* That something was asked for and not given, where it is for want of a duty or because there is none: a receipt that the request
 * begins with is named. Nothing for other faults. What cannot be written is logged: nothing has left. */
void mg_session_refused(MgStore *store, const MgActor *actor, const char *what, const MgPacket *request,
                        const GError *fault);
/* That a search begins: what for. */
gboolean mg_session_searched(MgStore *store, const MgActor *actor, const MgQuery *query, GError **error);

/* Handler of AUDIT (base/audit_client.h), for the table in session.c. */
gboolean mg_session_audit(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
