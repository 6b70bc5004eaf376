/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Running: the Postfix of a configuration folder as processes of this host. Asks, and changes nothing. */

/* *master: of the one that runs with this folder, 0 where none does. FALSE with error where that cannot be known. */
gboolean mg_postfix_running(const char *folder, pid_t *master, GError **error);

/* Whether it and each of its processes know what master.cf, this file, says since it was written last: all were started later. */
gboolean mg_postfix_has_read(pid_t master, const char *file);
