/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/upkeep_client.h"
#include "store/committer.h"
#include "store/index.h"

/*
 * Verify: looks through a store, index, objects and trail against each other, and mends what can be mended
 *
 * Whether the store serves meanwhile or not is hidden in how something is written (write) and in the keeper, who knows which objects are
 * on their way to a row. Reading takes turns with nobody: the connection is its own, and no statement is open between two steps.
 */
typedef struct MgVerify {
        /* Of the caller; borrowed. */
        sqlite3 *db;       /* its own, for reading */
        const MgVfs *vfs;
        MgObjects *objects;
        MgKeeper *keeper;  /* NULL: nothing is on its way, the store does not serve */
        gboolean (*write)(gpointer data, MgCommitFunc func, gpointer func_data, GError **error);
        gpointer write_data;
        guint64 reserve;
        const char *anchor_file; /* or NULL */
        gboolean repair;
        /* What is told; FALSE: nobody listens any more. */
        gboolean (*finding)(const MgFinding *finding, gpointer data);
        gboolean (*progress)(const MgProgress *progress, gpointer data);
        gpointer data;
        MgVerdict verdict;
        /* Of verify.c. */
        gint64 told_at;
        gboolean gone; /* nobody listens */
        MgIndex *scratch;
} MgVerify;

/* Goes through all. FALSE with error where it could not, without where nobody listens any more. The verdict is in verify. */
gboolean mg_verify_run(MgVerify *verify, GError **error);

/* For its parts alone (verify_rows.c, verify_objects.c). */
gboolean mg_verify_found(MgVerify *verify, MgFlaw flaw, MgMend mend, const char *subject, const char *detail);
/* At most once a second. FALSE where nobody listens. */
gboolean mg_verify_tell(MgVerify *verify, const char *step, guint64 done, guint64 of);
/* What a step says of its error: damage is a finding and the next step comes; another error ends all. */
gboolean mg_verify_forgive(MgVerify *verify, const char *step, GError *fault, GError **error);

gboolean mg_verify_rows(MgVerify *verify, GError **error);
gboolean mg_verify_objects(MgVerify *verify, GError **error);
gboolean mg_verify_files(MgVerify *verify, GError **error);
