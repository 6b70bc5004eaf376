/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Outlet: where lines leave the store to: a file that only grows, or the host's syslog
 *
 * Opened for as long as a few lines take, so that a file may be renamed meanwhile and a syslog that was started anew is found.
 */
#define MG_OUTLET_SYSLOG "syslog"

typedef struct MgOutlet {
        int fd;
        gboolean syslog;
} MgOutlet;

/* to is MG_OUTLET_SYSLOG (facility authpriv) or the absolute path of a file, which is made where it is missing. */
gboolean mg_outlet_open(MgOutlet *outlet, const char *to, GError **error);
/* Writes a line, whole or not at all. Waits a few seconds at most. */
gboolean mg_outlet_put(MgOutlet *outlet, const char *line, GError **error);
/* What was written to a file is durable after TRUE. Closes in any case. */
gboolean mg_outlet_close(MgOutlet *outlet, GError **error);
