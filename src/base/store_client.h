/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "mugai/job.h"

/*
 * Store client: the requests that the store role answers, one connection per request
 *
 *   BEGIN envelope {original}  -> RECEIPT receipt sha256  the store begins to write the original at once
 *     COMMIT record            -> DONE                 on the same connection; DONE means original and row are durable
 *   ADMIT address size         -> ADMITTED reason      "" where the quota of its organization has room
 *   EVENT record               -> DONE                 a refused or deferred mail: a row without original
 *   QUERY query                -> RECORD* END          newest first; END says how many rows were left out (u32)
 *   SHOW receipt               -> RECORD               record, then (u32) what is withheld from who asks (store/sight.h)
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
        MG_STORE_FAULT, /* base/fault.h */
        MG_STORE_SEALED,
        MG_STORE_ADMIT,
        MG_STORE_ADMITTED,
} MgStoreKind;

/* Octets of a reason. */
#define MG_STORE_REASON_MAX 1000
/* How long a client waits. For the receipt the store only has to compute a digest; for DONE a disk has to write
 * (at most: a mail near its end waits less). */
#define MG_STORE_ADMIT_MS 5000
#define MG_STORE_RECEIPT_MS 30000
#define MG_STORE_COMMIT_MS 60000
/* Rows of one query where it says nothing, and at most. */
#define MG_QUERY_ROWS 100
#define MG_QUERY_ROWS_MAX 100000

/*
 * Texts of mail that are searched: X(field, what it is withheld with). Their order stands in the store's index: a new one comes
 * last.
 */
#define MG_SEARCH_FIELDS(X)                                                                                            \
        X(from, MG_WITHHELD_ADDRESSES) /* the envelope sender */                                                       \
        X(to, MG_WITHHELD_ADDRESSES)   /* a recipient of the envelope */                                               \
        X(subject, MG_WITHHELD_SUBJECT)                                                                                \
        X(name, MG_WITHHELD_NAMES) /* of a file, all names that it has */                                              \
        X(host, MG_WITHHELD_HOSTS) /* that a link of the body leads to */

typedef enum MgSearchField {
#define MG_SEARCH_FIELD(field, withheld) MG_SEARCH_##field,
        MG_SEARCH_FIELDS(MG_SEARCH_FIELD)
#undef MG_SEARCH_FIELD
                _MG_SEARCH_N,
} MgSearchField;

/*
 * What is asked of a mail; all of it must hold. A text is asked for by a part of it, whatever its case, its width and its kana
 * (store/fold.h). NULL and 0 ask for nothing.
 */
typedef struct MgQuery {
#define MG_QUERY_TEXT(field, withheld) const char *field;
        MG_SEARCH_FIELDS(MG_QUERY_TEXT)
#undef MG_QUERY_TEXT
        const char *const *words; /* each stands in any of these texts; ended by NULL */
        const char *queue_id;     /* exact */
        const char *receipt;      /* ten digits */
        const guint8 *sha256;     /* 32 octets: of the original, or of a part of it */
        gint64 since;             /* seconds since the epoch: not before */
        gint64 until;             /* before */
        guint32 outcomes;         /* bits 1 << MgOutcome: one of them */
        guint32 scans;            /* bits 1 << MgScanVerdict, NONE not among them: one of them */
        gboolean kept_only;       /* only mail with a receipt */
        guint32 max;              /* rows; 0 is 100 */
} MgQuery;
/* Words of a query, octets of each of its texts, octets of its digest. */
#define MG_QUERY_WORDS_MAX 8
#define MG_QUERY_TEXT_MAX 4096
#define MG_QUERY_DIGEST 32

void mg_query_put(MgWriter *writer, const MgQuery *query);
/* The strings are owned by the query here; mg_query_clear() frees them. max is 1 to MG_QUERY_ROWS_MAX afterwards. */
void mg_query_get(MgReader *reader, MgQuery *query);
void mg_query_clear(MgQuery *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgQuery, mg_query_clear)

/*
 * Before a mail is there: whether one of size octets (0: nobody knows) may come for a recipient. *reason (caller frees) says why not, or
 * is NULL where it may; it is no promise, since others may come first. FALSE with error where the store cannot be asked.
 */
gboolean mg_store_admit(const char *socket_path, const char *address, guint64 size, char **reason, GError **error);

/*
 * Hands the original over. *sock is the connection on which the record is committed (caller closes); *receipt ten
 * digits (caller frees). A mail that came before (same envelope, same bytes, within a day, or at this moment on another
 * connection) gets the receipt it had. sha256, where not NULL, is that of the original as the store read it. Errors:
 * SYSTEM/CLOSED/TIMEOUT (store down), FULL.
 */
gboolean mg_store_begin(const char *socket_path, const MgEnvelope *envelope, int original, int *sock, char **receipt,
                        guint8 sha256[32], GError **error);
/* Makes it durable; the store sets receipt, size and sha256 of the row itself. After TRUE the mail may be answered 250.
 * Waits for the original too, wait_ms at most: after TIMEOUT it may be durable all the same. Errors as above. */
gboolean mg_store_commit(int sock, const MgRecord *record, guint wait_ms, GError **error);
/* The row of a mail without an original. Waits while the store holds the connection, however long it hangs: a row that it
 * has already is not sent twice. */
gboolean mg_store_event(const char *socket_path, const MgRecord *record, GError **error);

typedef gboolean (*MgRecordFunc)(const MgRecord *record, gpointer data); /* FALSE ends the query */
/* *unreadable (NULL: not wanted) is how many rows may be meant, too, but cannot be read: damaged, or written by a newer version. */
gboolean mg_store_query(const MgAsker *asker, const MgQuery *query, MgRecordFunc func, gpointer data,
                        guint32 *unreadable, GError **error);
/* MISSING where there is no such receipt. Caller frees. */
MgRecord *mg_store_show(const MgAsker *asker, const char *receipt, GError **error);
/* A sealed memfd that the caller closes, with the original, or (*sealed) with the CMS that it is kept in. -1: MISSING, or
 * STORE where what is kept is not what came in; of a CMS only who opens it can say so. */
int mg_store_get(const MgAsker *asker, const char *receipt, gboolean *sealed, GError **error);
