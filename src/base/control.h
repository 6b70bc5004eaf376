/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/packet.h"

/*
 * Control: what the supervisor says to a role, and figures
 *
 * Each role inherits a SEQPACKET socket named "control". MG_CONTROL_DRAIN: no new work, end when the running work
 * is done. MG_CONTROL_RELOAD: read the configuration again (a role that cannot keeps the old one and logs why).
 * MG_CONTROL_STATUS is answered by MG_CONTROL_FIGURES. The control socket closing means that the supervisor is
 * gone: the role drains. The same records serve the administrator's command on run_dir/control.sock, where mugaid
 * answers for all roles.
 */
typedef enum MgControlKind {
        MG_CONTROL_DRAIN = 100,
        MG_CONTROL_RELOAD,
        MG_CONTROL_STATUS,
        MG_CONTROL_FIGURES,
        MG_CONTROL_READY, /* a role says that it serves now */
} MgControlKind;

/* One named number of a role: "workers_busy" 3. Names are TOKEN. */
typedef struct MgFigure {
        char *role;
        char *name;
        gint64 value;
} MgFigure;

/* An array of MgFigure that clears its elements. */
GArray *mg_figures_new(void);
void mg_figures_add(GArray *figures, const char *role, const char *name, gint64 value);
void mg_figures_put(MgWriter *writer, const GArray *figures);
GArray *mg_figures_get(MgReader *reader);
