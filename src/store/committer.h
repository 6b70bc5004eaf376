/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/index.h"
#include "store/keeper.h"

/*
 * Committer: one thread that makes rows durable, many at a time
 *
 * What is ready together shares one sync of each folder, one transaction and so one sync of SQLite's log. While several
 * mails are on their way at once a batch waits until most of them are ready, at most MG_COMMIT_WAIT_MS: that is what
 * keeps the syncs a mail near one under load. A mail that is alone never waits.
 */
#define MG_COMMIT_WAIT_MS 150
/* A batch costs two syncs beside those of its objects: with fourteen mails a seventh of a sync each. It waits for no
 * more. */
#define MG_COMMIT_ENOUGH 14
#define MG_COMMIT_BATCH 64

typedef struct MgCommitter MgCommitter;

/* Starts the thread. All are borrowed; nobody else uses the index. */
MgCommitter *mg_committer_new(MgIndex *index, MgObjects *objects, MgKeeper *keeper, MgMeter *meter);
/* Ends the thread when its queue is empty, and empties SQLite's log. */
void mg_committer_free(MgCommitter *committer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCommitter, mg_committer_free)

/* One more mail has its receipt and will be committed; one that said so will not be. */
void mg_committer_expect(MgCommitter *committer);
void mg_committer_forgo(MgCommitter *committer);

/*
 * Makes the row of a kept mail (which was expected) or, with kept NULL, of an event durable. Returns when it is. The
 * record's time may be changed. FALSE with error: nothing is claimed to be durable.
 */
gboolean mg_committer_put(MgCommitter *committer, MgRecord *record, MgKept *kept, GError **error);
