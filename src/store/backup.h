/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/upkeep_client.h"
#include "store/session.h"

/*
 * Backup: the store as it is at a moment, written into a folder while mail flows
 *
 * First the index, as of one transaction, then the originals that its rows name; what an earlier backup in the same folder has is not
 * written again, and what no row names any more is removed: what was erased here does not live on there. The manifest takes its
 * name last, so that a backup which was cut off leaves the one before it whole.
 */
typedef struct MgBackup {
        MgStore *store;      /* borrowed */
        const char *state_dir;
        int folder;          /* borrowed */
        gboolean (*progress)(const MgProgress *progress, gpointer data); /* FALSE: nobody listens any more */
        gpointer data;
        MgBackupSummary summary;
} MgBackup;

/* FALSE with error, or without where nobody listens any more. One at a time: TIMEOUT, at once, where the store writes another one. */
gboolean mg_backup_run(MgBackup *backup, GError **error);
/* Before the store serves: removes the copy of the index that a backup has left which did not end. */
void mg_backup_clear(const char *state_dir);
