/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"

/*
 * Server: the console as a whole. libmicrohttpd has a thread for each connection; this one hears the supervisor.
 */

/* Bounds of the server. */
#define MG_SERVER_CONNECTIONS 100 /* at once; further ones are closed */
#define MG_SERVER_PAGES 8         /* that are made at once; further ones wait */
#define MG_SERVER_BURST 50        /* that are begun as fast as they come; */
#define MG_SERVER_RATE 100  /* a second of all others, that wait their turn: each costs the store some questions */
#define MG_SERVER_IDLE_S 20 /* of a connection on which nothing moves */
#define MG_SERVER_STACK (512 * 1024)
#define MG_SERVER_DRAIN_S 10 /* that running requests have when it shall end */

/* Descriptors that it works with and closes. -1 where there is none, listener must be one. */
typedef struct MgConsoleSockets {
        int listener; /* listening stream socket */
        int control;  /* records of base/control.h; its end is a DRAIN */
        int signals;  /* readable when it shall drain (mg_role_signals) */
} MgConsoleSockets;

/* Serves until it is told to drain. FALSE with error where it could not begin: CONFIG for a certificate or key that cannot be read. */
gboolean mg_console_serve(const MgConfig *config, const MgConsoleSockets *sockets, GError **error);
