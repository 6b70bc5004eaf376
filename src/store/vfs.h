/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"

/*
 * Vfs: SQLite's own file layer with its syncs counted, so that the figure of the store is what the disk really sees
 *
 * It must outlive every connection that was opened with its name.
 */
typedef struct MgVfs MgVfs;

/* NULL with error where SQLite has no file layer. The meter is borrowed. */
MgVfs *mg_vfs_new(MgMeter *meter, GError **error);
void mg_vfs_free(MgVfs *vfs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgVfs, mg_vfs_free)

/* For sqlite3_open_v2(). Borrowed. */
const char *mg_vfs_name(const MgVfs *vfs);
