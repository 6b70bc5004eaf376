/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "store/terms.h"
#include "store/vfs.h"

/*
 * Expiry: whose time is over, of the mail that is kept
 *
 * A mail is due when each of its organizations has kept it for its days, longer where it could not be converted or where
 * a rule said so when it came, and no hold is on it. What an organization keeps it for is what the configuration says now, not when it came. A
 * connection of its own; changes nothing.
 */
typedef struct MgExpiry MgExpiry;

/* By the terms of now. NULL with error. */
MgExpiry *mg_expiry_open(const char *index_path, const MgVfs *vfs, const MgTerms *terms, GError **error);
void mg_expiry_free(MgExpiry *expiry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgExpiry, mg_expiry_free)

/* All organizations that are configured or have mail, the default one first, ended by NULL. Borrowed. */
char **mg_expiry_names(const MgExpiry *expiry);
/* What is kept of one: originals, their octets as they came in, and how many of them are on hold. */
gboolean mg_expiry_kept(MgExpiry *expiry, const char *name, gint64 *mails, guint64 *octets, gint64 *held,
                        GError **error);

/* Of how many organizations what was counted is not what the rows say. */
gboolean mg_expiry_wrong(MgExpiry *expiry, gint64 *organizations, GError **error);

/* Where a walk goes on. Begins at zeros. */
typedef struct MgExpiryCursor {
        gint64 time;
        gint64 mail;
} MgExpiryCursor;

/* Up to n ids (gint64, added to ids) of mail of an organization, rows without an original too, that is due at a
 * time, seconds since the epoch; the oldest first. */
gboolean mg_expiry_due(MgExpiry *expiry, const char *name, gint64 at, MgExpiryCursor *cursor, guint n, GArray *ids,
                       GError **error);

/* What of the originals is due at a time, of an organization or (NULL) of all. */
typedef struct MgExpiryCount {
        gint64 mails;
        gint64 requests; /* that wait or are approved, for these mails */
} MgExpiryCount;
gboolean mg_expiry_count(MgExpiry *expiry, const char *name, gint64 at, MgExpiryCount *count, GError **error);
