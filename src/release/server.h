/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/*
 * Server: the release role as a whole, one thread
 *
 * Answers questions on release.sock (base/release_client.h), and works off what was approved, one order after the other, each in
 * a process of its own.
 */

/* Descriptors that it works with and closes. -1 where there is none, listener must be one. */
typedef struct MgReleaseSockets {
        int listener; /* listening SEQPACKET socket */
        int control;  /* records of base/control.h; its end is a DRAIN */
        int signals;  /* readable when the role shall drain (mg_role_signals) */
} MgReleaseSockets;

/* Serves until it is told to drain and the running order has ended. Takes the configuration. FALSE with error where it could
 * not begin. */
gboolean mg_release_serve(MgConfig *config, const MgReleaseSockets *sockets, GError **error);
