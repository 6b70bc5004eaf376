/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/index.h"
#include "store/keeper.h"

/*
 * Committer: one thread that makes rows durable, many at a time
 *
 * What is ready together shares one transaction and so one sync of SQLite's log. While several
 * mails are on their way at once a batch waits until most of them are ready, for three times as long as so many took
 * lately and for MG_COMMIT_WAIT_MS at most: that is what keeps the syncs a mail near one under load. A mail that is
 * alone never waits, and none waits for what people do.
 */
#define MG_COMMIT_WAIT_MS 150
#define MG_COMMIT_PATIENCE 3
/* Between two batches of nothing but what people do, where several do something at once: a sync holds up those of mail. */
#define MG_COMMIT_APART_MS 25
/* A batch costs one sync beside those of its objects: with eight mails an eighth of a sync each. It waits for no more. */
#define MG_COMMIT_ENOUGH 8
#define MG_COMMIT_BATCH 64

typedef struct MgCommitter MgCommitter;

/* Starts the thread. All are borrowed; nobody else uses the index. */
MgCommitter *mg_committer_new(MgIndex *index, MgKeeper *keeper, MgMeter *meter);
/* Ends the thread when its queue is empty, and empties SQLite's log. */
void mg_committer_free(MgCommitter *committer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCommitter, mg_committer_free)

/* One more mail has its receipt and will be committed; one that said so will not be. */
void mg_committer_expect(MgCommitter *committer);
void mg_committer_forgo(MgCommitter *committer);

/*
 * Makes the row of a kept mail (which was expected) or, with kept NULL, of an event durable. organizations are those of the mail,
 * ended by NULL. Returns when it is. The
 * record's time may be changed. FALSE with error: nothing is claimed to be durable.
 */
gboolean mg_committer_put(MgCommitter *committer, MgRecord *record, MgKept *kept, char **organizations, GError **error);

/* Writes rows through the index's connection, within a transaction that is open. Runs on the committer's thread and takes no time. */
typedef gboolean (*MgCommitFunc)(sqlite3 *db, gpointer data, GError **error);
/*
 * Runs func in a batch, and returns when what it wrote is durable. Where func says FALSE only its own writes are taken back, and its
 * error is the caller's.
 */
gboolean mg_committer_do(MgCommitter *committer, MgCommitFunc func, gpointer data, GError **error);
