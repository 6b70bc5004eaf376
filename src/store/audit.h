/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "base/audit_client.h"

/*
 * Audit: the trail of acts in the index, append-only, each entry chained to the one before (base/chain.h)
 */

/* Adds an act within the transaction that is open: act and what it speaks of become durable together or not at all. A value that
 * is not of class TOKEN, or a line beyond MG_CHAIN_LINE_MAX, is refused with PROTOCOL. */
gboolean mg_audit_add(sqlite3 *db, const MgAct *act, GError **error);

/*
 * The key of digests, made at first use. A text that an act is about stands in the trail as its digest by this key, "h:" and 32
 * hexadecimal digits of the text in lower case: who has the text and may ask the store finds it, nobody finds the text.
 */
gboolean mg_audit_key(sqlite3 *db, guint8 key[MG_CHAIN_HASH], GError **error);
char *mg_audit_digest(const guint8 key[MG_CHAIN_HASH], const char *text);

/* Reading goes by any connection, a snapshot a call. What is read is as it is kept, whether well or not. */

/* Number and hash of the newest entry (of a hash that is too short the rest is zeros); zeros where there is none. */
gboolean mg_audit_head(sqlite3 *db, MgChain *head, GError **error);
/* Up to n entries (MgEntry, added to entries) from a number towards another one, both included, upwards or downwards. */
gboolean mg_audit_page(sqlite3 *db, gint64 from, gint64 to, guint n, GPtrArray *entries, GError **error);
/* Which entries, by number, a query is about: head, first, last and what comes before the first. */
gboolean mg_audit_span(sqlite3 *db, const MgAuditQuery *query, MgAuditSpan *span, GError **error);
/* Whether an entry is one that a query without whole asks for. about is the digest of the query's, or NULL. */
gboolean mg_audit_matches(const MgAuditQuery *query, const char *about, const MgEntry *entry);
