/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "milter/gateway.h"

/*
 * listener: connections of the mail server -> sessions, each on a thread of its own
 *
 * At most MG_LISTENER_SESSIONS at once; what comes beyond waits in the backlog until one ends.
 */
#define MG_LISTENER_SESSIONS 1000

/* Listens at "unix:/path", "inet:port@host" or "inet6:port@host"; a unix socket of a former process gives way by rename, so that there
 * is no moment without one. -1 with error. */
int mg_listener_open(const char *address, GError **error);

/* Takes connections for ever. */
G_NORETURN void mg_listener_run(MgGateway *gateway, int listening);
