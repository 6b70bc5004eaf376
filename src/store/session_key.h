/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/session.h"

/* Answers KEY (base/key_call.h): whether a person may unlock or lock a key, and the entry that he did. */
gboolean mg_session_key(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
