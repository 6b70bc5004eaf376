/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"
#include "store/vfs.h"

/*
 * Follow: what leaves the trail while it grows: anchors at intervals, and each act as a line for others to read
 *
 * A thread of its own with a connection of its own. The trail itself is the queue of lines: where they leave to may be away for days
 * without that anything is lost, held in memory, or a mail waits. How far they have left stands in a file of the state folder, which is
 * written after the lines are: after a crash some leave twice, under the number that they had.
 */
typedef struct MgFollow MgFollow;

typedef struct MgFollowSettings {
        guint anchor_every_ms; /* and at start and end */
        char *anchor_file;     /* beside the log; NULL or "": none */
        char *lines_to;        /* NULL or "": nowhere; else as mg_outlet_open() has it */
} MgFollowSettings;

/* Starts; the settings are copied, the rest is borrowed. Lines go on where they stopped, or begin with what comes. */
MgFollow *mg_follow_start(const char *state_dir, const char *index_path, const MgVfs *vfs,
                          const MgFollowSettings *settings, MgMeter *meter, GError **error);
/* What is in the trail by now leaves, with an anchor; then it ends. */
void mg_follow_free(MgFollow *follow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgFollow, mg_follow_free)
