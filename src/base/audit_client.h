/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/chain.h"
#include "base/store_call.h"
#include "mugai/act.h"

/*
 * Audit client: the audit trail, as the store hands it out
 *
 *   AUDIT query -> TRAIL span, then ENTRIES* of up to MG_AUDIT_PAGE each, then END
 * Entries come as they are kept, whether well or not. That somebody asked is an act, in the trail before the first packet leaves.
 */
typedef enum MgAuditRequest {
        MG_STORE_AUDIT = 240,
        MG_STORE_TRAIL,
        MG_STORE_ENTRIES,
} MgAuditRequest;

#define MG_AUDIT_PAGE 64
#define MG_AUDIT_ABOUT_MAX 4096

typedef struct MgAuditQuery {
        MgActKind purpose;   /* LISTED, VERIFIED, EXPORTED or ANCHORED: the act that this is */
        const char *actor;   /* exact, or NULL */
        const char *act;     /* word of a kind, or NULL */
        const char *receipt; /* ten digits, or NULL */
        const char *about;   /* a text that stands in the trail as its digest, or NULL */
        gint64 since;        /* time of the act; 0: all */
        gint64 until;        /* before it; 0: all */
        gboolean whole;      /* from the first entry that matches to the last one, none between left out */
        gboolean newest_first;
        guint32 max; /* entries; 0: all */
} MgAuditQuery;

void mg_audit_query_put(MgWriter *writer, const MgAuditQuery *query);
/* The texts are owned by the query here; mg_audit_query_clear() frees them. */
void mg_audit_query_get(MgReader *reader, MgAuditQuery *query);
void mg_audit_query_clear(MgAuditQuery *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgAuditQuery, mg_audit_query_clear)

/* Of what the entries that follow are a part. */
typedef struct MgAuditSpan {
        MgChain head;   /* the newest entry when this was asked */
        gint64 first;   /* numbers that were looked through; first > last: none */
        gint64 last;
        MgChain before; /* the entry before the first one: where a chain begins */
} MgAuditSpan;

void mg_audit_span_put(MgWriter *writer, const MgAuditSpan *span);
void mg_audit_span_get(MgReader *reader, MgAuditSpan *span);

void mg_audit_entries_put(MgWriter *writer, const GPtrArray *entries);
/* Of MgEntry. */
GPtrArray *mg_audit_entries_get(MgReader *reader);

/* Either ends the answer by FALSE; error may be set then and is handed on. */
typedef struct MgAuditFuncs {
        gboolean (*begin)(const MgAuditSpan *span, gpointer data, GError **error); /* or NULL */
        gboolean (*entry)(const MgEntry *entry, gpointer data, GError **error);
} MgAuditFuncs;

/* TRUE where all came, or a function ended it without an error. */
gboolean mg_audit_query(const MgAsker *asker, const MgAuditQuery *query, const MgAuditFuncs *funcs, gpointer data,
                        GError **error);
