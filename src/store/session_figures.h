/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/session.h"

/* Session, figures: the answer of base/figures_client.h, as a row of the table of requests. */
gboolean mg_session_figures(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
