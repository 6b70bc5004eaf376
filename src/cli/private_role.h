/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "config/config.h"

/*
 * Private role: a role's program that a command starts for itself, as mugaid starts one: sockets by systemd's convention
 */
#define MG_PRIVATE_FDS 4

typedef struct MgPrivateRole {
        const char *program; /* "mugai-store" */
        const char *user;    /* as root it runs as this one, name or number, where that exists */
        const char *names;   /* of its descriptors: "sanitize:control" */
        int fds[MG_PRIVATE_FDS];
        guint n_fds;
        int log; /* what it writes to standard output and error */
} MgPrivateRole;

/* The process, for the caller to wait for, or -1 with error. All descriptors stay the caller's. */
pid_t mg_private_role_start(const MgPrivateRole *role, const MgConfig *config, GError **error);
/* The last line that it wrote into a memfd: why it ended. Caller frees. */
char *mg_private_role_last_words(int log);
