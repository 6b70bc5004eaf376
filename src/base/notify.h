/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * notify: how a program tells the service manager that started it how it is (sd_notify(3))
 *
 * One datagram to the socket that NOTIFY_SOCKET names. Without that variable, and where nobody listens, nothing
 * happens: a role does not depend on who watches it.
 */
gboolean mg_notify_is_watched(void);
/* "READY=1", "WATCHDOG=1", "STOPPING=1". */
void mg_notify(const char *state);
