/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/upkeep_client.h"
#include "store/terms.h"
#include "store/vfs.h"

/*
 * Restore: a backup becomes the store of an empty state folder
 *
 * What a backup does not know happened after it. So mail whose time is over by now is erased before anything of it is written; what was
 * approved may have been sent and is unknown until a person says so; tokens and sessions end, since one that was revoked would live
 * again; and serials and the numbers of requests, letters (Message-IDs are made of both) and persons (the audit trail names them so)
 * go on behind a gap, so that none that was given out since is given out again.
 */
#define MG_RESTORE_SERIALS 1000000
#define MG_RESTORE_NUMBERS 10000

typedef struct MgRestore {
        const char *state_dir; /* whose lock the caller has */
        int folder;            /* of the backup; borrowed */
        const MgVfs *vfs;
        const MgTerms *terms;
        gint64 after; /* highest serial that is known to have been given out, or -1 */
        gboolean (*progress)(const MgProgress *progress, gpointer data); /* FALSE: nobody listens any more */
        gpointer data;
        MgRestoreSummary summary;
} MgRestore;

/* FALSE with error: USAGE for a folder that is not empty, MISSING or STORE for a backup that is none. The index takes its name last:
 * without it nothing was restored. */
gboolean mg_restore_run(MgRestore *restore, GError **error);
