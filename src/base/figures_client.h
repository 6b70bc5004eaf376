/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"

/*
 * Figures client: how much of what came, between two times, without any content; one connection (base/store_call.h)
 *
 *   COUNT since until -> COUNTED row* END
 * The administrator has the figures of all organizations, officers, approvers and auditors those of their own. Mail is counted as long as
 * its row is kept: after its retention it is in no figure any more.
 */
#define MG_FIGURES_COUNT 286 /* among the kinds of records of the store: care of the store, 280 to 299 */
#define MG_FIGURES_ROW 287

/* What is counted: X(name, word). */
#define MG_COUNTS(X)                                                                                                   \
        X(OUTCOME, "outcome") /* mails, by what they ended with */                                                     \
        X(SCAN, "scan")       /* mails that were kept, by what the scanner said; none where none was configured */     \
        X(REASON, "reason")   /* parts that were taken out, by the reason of their decision */                         \
        X(TYPE, "type")       /* parts that were taken out, by found type */                                           \
        X(KEPT, "kept")       /* parts that went on as files, by found type */                                         \
        X(REQUEST, "request") /* requests that were made then, by the state that they have now */                      \
        X(WAITING, "waiting") /* "requests": that wait now, whenever made; "oldest-s": age of the oldest */            \
        X(RELEASE, "release") /* of those released then: "requests", "median-s", "longest-s" since they were made */

typedef enum MgCount {
#define MG_COUNT_NAME(name, word) MG_COUNT_##name,
        MG_COUNTS(MG_COUNT_NAME)
#undef MG_COUNT_NAME
                _MG_COUNT_N,
} MgCount;

const char *mg_count_name(MgCount count);

/* Rows of one kind and organization at most, those with the highest counts; what they leave out is in one row named "...". */
#define MG_COUNT_ROWS_MAX 100

typedef struct MgCountRow {
        char *organization; /* LINE; "" is the default one */
        MgCount count;
        char *name; /* LINE */
        gint64 n;
} MgCountRow;

void mg_count_row_free(MgCountRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCountRow, mg_count_row_free)
void mg_count_row_put(MgWriter *writer, const MgCountRow *row);
MgCountRow *mg_count_row_get(MgReader *reader);

/* rows gets MgCountRow: by organization, then kind, then n downwards. Times are seconds since the epoch: since <= t < until. */
gboolean mg_figures_count(const MgAsker *asker, gint64 since, gint64 until, GPtrArray *rows, GError **error);
