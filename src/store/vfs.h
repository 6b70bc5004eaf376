/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"

/*
 * Vfs: SQLite's own file layer with its syncs counted, so that the figure of the store is what the disk really sees,
 * and with what lies between the cells of a page wiped, so that what is erased is not left there
 *
 * SQLite's secure_delete wipes a cell that is deleted; but where cells are moved to other pages, their old copies stay
 * in the unallocated part of the page. That part is written as zeros. It must outlive every connection that was opened
 * with its name.
 */
typedef struct MgVfs MgVfs;

/*
 * A page of a table or an index is told from others by its first octet, which in all others is the first of a page
 * number. Below so many pages that is 0 (64 GB of 4 KB each): who writes through this layer sets PRAGMA max_page_count
 * to it.
 */
#define MG_VFS_PAGES_MOST 16777215

/* NULL with error where SQLite has no file layer. The meter is borrowed. */
MgVfs *mg_vfs_new(MgMeter *meter, GError **error);
void mg_vfs_free(MgVfs *vfs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgVfs, mg_vfs_free)

/* For sqlite3_open_v2(). Borrowed. */
const char *mg_vfs_name(const MgVfs *vfs);
