/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "config/organization.h"

/*
 * Domains: since when the rows say whose mail it is as the configuration does
 *
 * mail_organization has what the configuration said when a mail came; who sees it is said by what it says now. From the moment on that is
 * noted here both are the same, and a search for the mail of one organization may ask the index for it.
 */

/* Takes note of the domains of all organizations; where they are others than before, that this holds from now on. On the committer's
 * thread. */
gboolean mg_domains_note(sqlite3 *db, const MgOrganizations *organizations, gint64 now, GError **error);
/* The last second of whose mail the rows may say something else; G_MAXINT64 where that was not noted yet. */
gint64 mg_domains_since(sqlite3 *db, const MgOrganizations *organizations);
