/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/index.h"
#include "store/keeper.h"

/*
 * Committer: one thread that makes rows durable, many at a time
 *
 * What is ready together shares one sync of each folder, one transaction and so one sync of SQLite's log. While other
 * mails are between BEGIN and COMMIT a batch waits for them, at most as long as a mail takes from one to the other, and
 * never longer than MG_COMMIT_WAIT_MS: under load that makes batches, alone it costs nothing.
 */
#define MG_COMMIT_WAIT_MS 50
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
 * Makes the row of a kept mail (which was expected; took_us is what passed since) or, with kept NULL, of an event
 * durable. Returns when it is. The record's time may be changed. FALSE with error: nothing is claimed to be durable.
 */
gboolean mg_committer_put(MgCommitter *committer, MgRecord *record, MgKept *kept, gint64 took_us, GError **error);
