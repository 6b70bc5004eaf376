/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/*
 * Schema: the tables of the index, by version
 *
 * A version that was shipped is never changed; what comes later is a further step. An index of an earlier version is
 * brought up to date step by step in one transaction, before anything else looks at it.
 */
#define MG_SCHEMA_VERSION 2

/* Makes the tables in an empty database, or brings an earlier version up to date. CONFIG for a database that is
 * newer than this program or not ours: nothing was changed then. */
gboolean mg_schema_take(sqlite3 *db, const char *path, GError **error);
