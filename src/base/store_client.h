/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"
#include "mugai/job.h"

/*
 * Store client: the requests that the store role answers, one connection per request
 *
 *   BEGIN envelope {original}  -> RECEIPT receipt      the store begins to write the original at once
 *     COMMIT record            -> DONE                 on the same connection; DONE means original and row are durable
 *   EVENT record               -> DONE                 a refused or deferred mail: a row without original
 *   QUERY query                -> RECORD* END          newest first
 *   SHOW receipt               -> RECORD
 *   GET receipt                -> ORIGINAL {memfd}     the original as it came in
 *                              or SEALED {memfd}       the CMS as it is kept: the store cannot open it
 * FAULT (error code, message) is the answer to what could not be done; where the original could not be written it is
 * the answer to COMMIT. A BEGIN that is closed without COMMIT leaves nothing.
 */
typedef enum MgStoreKind {
        MG_STORE_BEGIN = 200,
        MG_STORE_RECEIPT,
        MG_STORE_COMMIT,
        MG_STORE_DONE,
        MG_STORE_EVENT,
        MG_STORE_QUERY,
        MG_STORE_RECORD,
        MG_STORE_END,
        MG_STORE_SHOW,
        MG_STORE_GET,
        MG_STORE_ORIGINAL,
        MG_STORE_FAULT,
        MG_STORE_SEALED,
} MgStoreKind;

/* How long a client waits. For the receipt the store only has to compute a digest; for DONE a disk has to write. */
#define MG_STORE_RECEIPT_MS 30000
#define MG_STORE_COMMIT_MS 60000
/* Rows of one query where it says nothing, and at most. */
#define MG_QUERY_ROWS 100
#define MG_QUERY_ROWS_MAX 10000

typedef struct MgQuery {
        const char *from;     /* envelope sender or a part of it, or NULL */
        const char *to;       /* a recipient or a part of it, or NULL */
        const char *queue_id; /* exact, or NULL */
        gint64 since;         /* seconds since the epoch, 0: all */
        gboolean kept_only;   /* only mail with a receipt */
        guint32 max;          /* rows; 0 is 100 */
} MgQuery;

void mg_query_put(MgWriter *writer, const MgQuery *query);
/* The strings are owned by the query here; mg_query_clear() frees them. max is 1 to MG_QUERY_ROWS_MAX afterwards. */
void mg_query_get(MgReader *reader, MgQuery *query);
void mg_query_clear(MgQuery *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgQuery, mg_query_clear)

/*
 * Hands the original over. *sock is the connection on which the record is committed (caller closes); *receipt ten
 * digits (caller frees). A mail that came before (same envelope, same bytes, within a day, or at this moment on another
 * connection) gets the receipt it had. Errors: SYSTEM/CLOSED/TIMEOUT (store down), FULL.
 */
gboolean mg_store_begin(const char *socket_path, const MgEnvelope *envelope, int original, int *sock, char **receipt,
                        GError **error);
/* Makes it durable; the store sets receipt, size and sha256 of the row itself. After TRUE the mail may be answered 250.
 * Waits for the original too. Errors as above. */
gboolean mg_store_commit(int sock, const MgRecord *record, GError **error);
/* The row of a mail without an original. Waits while the store holds the connection, however long it hangs: a row that it
 * has already is not sent twice. */
gboolean mg_store_event(const char *socket_path, const MgRecord *record, GError **error);

typedef gboolean (*MgRecordFunc)(const MgRecord *record, gpointer data); /* FALSE ends the query */
gboolean mg_store_query(const char *socket_path, const MgQuery *query, MgRecordFunc func, gpointer data,
                        GError **error);
/* MISSING where there is no such receipt. Caller frees. */
MgRecord *mg_store_show(const char *socket_path, const char *receipt, GError **error);
/* A sealed memfd that the caller closes, with the original, or (*sealed) with the CMS that it is kept in. -1: MISSING, or
 * STORE where what is kept is not what came in; of a CMS only who opens it can say so. */
int mg_store_get(const char *socket_path, const char *receipt, gboolean *sealed, GError **error);
