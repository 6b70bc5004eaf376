/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"
#include "store/session.h"

/* Answers to the requests of base/care_client.h. */
gboolean mg_session_hold_add(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_hold_end(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
gboolean mg_session_holds(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
/* Adds what is kept and what may be of each organization, organization_mails:NAME and so on, with "-" for the one without a name;
 * and audit_entries and audit_head_s: number and age of the newest entry of the trail. */
void mg_session_care_figures(MgStore *store, GArray *all);
gboolean mg_session_organizations(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
