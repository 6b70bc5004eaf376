/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"
#include "monitor/ask.h"
#include "monitor/canary.h"
#include "monitor/scrape.h"

/*
 * monitor: the role as a whole, one thread and one loop of GLib's default context
 *
 * What is done at times or waits for something adds a source of its own to that context (g_timeout_add,
 * g_unix_fd_add) and never waits in a callback: a scrape is answered meanwhile, and mugaid hears that the role is
 * well.
 */

/* How long after a port that was taken it is tried again. */
#define MG_MONITOR_LISTEN_S 5

typedef struct MgMonitor {
        MgConfig *config; /* in force; a reload replaces it */
        GMainLoop *loop;
        MgAsk *ask;
        MgCanary *canary;
        MgScrapes *scrapes; /* NULL as long as the port cannot be had */
        guint listening;    /* source that tries the port again, or 0 */
        gboolean was_deaf;  /* it was said that the port cannot be had */
} MgMonitor;

/* Descriptors that it works with and closes. -1 where there is none. */
typedef struct MgMonitorSockets {
        int control;  /* records of base/control.h; its end is a DRAIN */
        int signals;  /* readable when it shall end (mg_role_signals) */
        int listener; /* of monitor.sock */
} MgMonitorSockets;

/* Serves until it is told to end. Takes config. FALSE with error where it could not begin. */
gboolean mg_monitor_serve(MgConfig *config, const MgMonitorSockets *sockets, GError **error);
