/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"

/* Folder: the state folder, which one process works on at a time */

/* Makes it, durably, where it is missing. Warns where others than its owner may look into it. */
gboolean mg_folder_make(const char *state_dir, MgMeter *meter, GError **error);
/* Takes it; a process that is just ending is waited for. The descriptor holds the lock until it is closed; -1 with TIMEOUT where
 * another one has it. */
int mg_folder_lock(const char *state_dir, GError **error);
