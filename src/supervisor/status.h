/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <poll.h>

#include "supervisor/child.h"

/*
 * status: what the administrator's command asks on control.sock
 *
 * A question opens a round: each role that serves is asked, and when all have answered, or after a second, whoever
 * waits gets all figures that came and mugaid's own. Never waits itself. Anything but MG_CONTROL_STATUS ends a
 * connection: whoever may look at figures may not end the gateway.
 */
#define MG_STATUS_CLIENTS 16
#define MG_STATUS_ROUND_MS 1000
#define MG_STATUS_IDLE_MS 10000

typedef struct MgStatusClient {
        int fd; /* -1: free */
        gboolean waiting;
        gint64 since;
} MgStatusClient;

typedef struct MgStatus {
        int listener; /* owned */
        MgStatusClient clients[MG_STATUS_CLIENTS];
        gint64 round_end; /* 0: no round runs */
        gint64 began;     /* of mugaid, for its uptime */
} MgStatus;

void mg_status_init(MgStatus *status, int listener, gint64 now);
void mg_status_clear(MgStatus *status);

/* Fills polls with what is to be watched; room for MG_STATUS_CLIENTS + 1. Returns how many. */
guint mg_status_watch(const MgStatus *status, struct pollfd *polls);
/* Handles what poll() found on those, in the same order. */
void mg_status_ready(MgStatus *status, MgChild *roles, guint n_roles, const struct pollfd *polls, guint n, gint64 now);
/* Opens a round where none runs. */
void mg_status_begin(MgStatus *status, MgChild *roles, guint n_roles, gint64 now);
/* Takes the answer of a role. */
void mg_status_answer(MgChild *role, GBytes *record);
/* Ends a round that is complete or whose time is over, and idle connections. Returns when it wants to be called
 * again, or G_MAXINT64. */
gint64 mg_status_tick(MgStatus *status, MgChild *roles, guint n_roles, gint64 now);
