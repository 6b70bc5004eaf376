/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/session.h"

/* Session, text: the answer of base/text_call.h, as a row of the table of requests. */
gboolean mg_session_text(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
