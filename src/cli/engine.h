/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "config/config.h"

/*
 * Engine: a sanitize role of this command's own
 *
 * The same program that the gateway runs, with a socket that nobody else can name: the socket file is unlinked as soon
 * as it is held open, and reached through the descriptor. The role ends when its control socket closes, so also when
 * this command is killed.
 */
typedef struct MgEngine {
        pid_t pid;    /* 0: none */
        int control;  /* our end, or -1 */
        int name;     /* O_PATH descriptor of the unlinked socket, or -1 */
        char *socket; /* what mg_work_begin() connects to */
} MgEngine;

#define MG_ENGINE_INIT                                                                                                 \
        { 0, -1, -1, NULL }

/* Starts the role and waits until it serves. FALSE with error; what the role itself says is on standard error. */
gboolean mg_engine_start(MgEngine *engine, const MgConfig *config, GError **error);
/* Ends it and waits for its end. */
void mg_engine_clear(MgEngine *engine);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgEngine, mg_engine_clear)
