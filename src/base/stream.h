/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Stream: a listening stream socket from an address as the configuration spells it
 *
 * "unix:/path" (mode 0660, a stale socket file is replaced), "inet:port@host" (of a name that has both, its address of version 4) or
 * "inet6:port@host". -1 with SYSTEM, which names the address; the caller closes it.
 */
int mg_stream_listen(const char *address, GError **error);
