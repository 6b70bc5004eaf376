/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "config/config.h"

/* Upkeep: a mugai-store of the command's own, which answers one request of base/upkeep_client.h while no store serves */
typedef struct MgUpkeep {
        pid_t pid;
        int sock; /* where it answers */
        int log;
} MgUpkeep;

#define MG_UPKEEP_INIT                                                                                                 \
        { .sock = -1, .log = -1 }

/* Under the store's user where this is run as root. */
gboolean mg_upkeep_start(MgUpkeep *upkeep, const MgConfig *config, GError **error);
/* Waits for its end. What it wrote is what is wrong where it said nothing on the socket: the error is replaced then. */
void mg_upkeep_end(MgUpkeep *upkeep, GError **error);
