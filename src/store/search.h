/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"
#include "store/lookup.h"

/*
 * Search: the rows that a query asks for, newest first
 *
 * It goes on page by page; between two pages it holds nothing of the database, so that a row that is written or
 * deleted meanwhile may be in it or not. Errors: TIMEOUT for a page that took too long, STORE for a broken database,
 * else SYSTEM. A row whose record cannot be read is left out and counted.
 */
typedef struct MgSearch MgSearch;

/* All is borrowed. own (NULL: of no matter): the mail is to one of these addresses. */
MgSearch *mg_search_new(MgLookup *lookup, const MgQuery *query, char *const *own);
void mg_search_free(MgSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSearch, mg_search_free)

/*
 * Before the first page: mail of this organization alone is meant (borrowed), and after that second the rows say which that is. Mail up to then
 * is looked at as if it were meant: the caller says of each row whether it is.
 */
void mg_search_within(MgSearch *search, const char *organization, gint64 since);

/* Adds up to n further records (MgRecord) to an array that frees them; fewer than n means that these were the
 * last. */
gboolean mg_search_next(MgSearch *search, guint n, GPtrArray *records, GError **error);

/* Rows up to here that may be meant, too, but could not be read. */
guint32 mg_search_unreadable(const MgSearch *search);
