/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "base/upkeep_client.h"
#include "key/open.h"

/* What became of the originals when a key was tried on each. */
typedef struct MgOpened {
        guint64 opened;    /* and what came out is the mail as it came in */
        guint64 other_key; /* not sealed to this one */
        guint64 unsealed;  /* the store has held them against their digests */
        guint64 damaged;   /* each is a finding, too */
} MgOpened;

/*
 * Opens each original of the running store but those in skip, a set of receipts. One whose time ends meanwhile is left out.
 * FALSE where the store cannot be asked or does not let who asks have originals.
 */
gboolean mg_verify_open(const MgAsker *asker, const MgOpener *opener, GHashTable *skip, const MgUpkeepFuncs *funcs,
                        gpointer data, MgOpened *opened, GError **error);
