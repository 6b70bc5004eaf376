/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/packet.h"

/*
 * Control: what the supervisor says to a role, and figures
 *
 * Each role inherits a SEQPACKET socket named "control", or, where it is a service of its own, connects to
 * run_dir/role.sock (config/role.h). MG_CONTROL_DRAIN: no new work, end when the running work
 * is done. MG_CONTROL_RELOAD: read the configuration again (a role that cannot keeps the old one and logs why); a file
 * that comes with it takes the place of standard error.
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
/* Sends them as a record of that kind; whoever asked and is gone is no fault. */
void mg_figures_send(int sock, guint32 kind, const GArray *figures);

/*
 * A role's side. Both tell a service manager, too (base/notify.h): that the role serves, and, with each answer, that it is
 * well. control may be -1: a role that was started by hand.
 */
/* As mg_packet_receive(), of a control socket; a new file for the log is taken. */
gboolean mg_control_receive(int control, int timeout_ms, MgPacket *packet, GError **error);
gboolean mg_control_serves(int control, GError **error);
/* Adds log_dropped to the figures. */
void mg_control_answer(int control, GArray *figures);
