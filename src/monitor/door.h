/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "monitor/canary.h"

/*
 * door: run_dir/monitor.sock, on which a round of canaries is asked for (base/canary_client.h)
 *
 * A connection brings one question, within MG_DOOR_S, and lives until it is answered.
 */
#define MG_DOOR_CLIENTS MG_CANARY_ASKERS
#define MG_DOOR_S 5

typedef struct MgDoor MgDoor;

/* Takes listener. canary is borrowed and outlives the door's last turn of the loop. */
MgDoor *mg_door_new(int listener, MgCanary *canary);
/* NULL is fine. */
void mg_door_free(MgDoor *door);
