/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"
#include "config/organization.h"
#include "store/actor.h"

/*
 * Sight: which rows of mail an actor sees, and what of them, by his duties
 */

/* Beside the bits of MgWithheld: the row itself. */
#define MG_SIGHT_ROW (1u << 31)
#define MG_SIGHT_NOTHING (MG_SIGHT_ROW | _MG_WITHHELD_ALL)

/* What is withheld: of any mail, of mail to the actor's organization, and of mail to one of his own addresses. */
typedef struct MgSight {
        guint32 any;
        guint32 organization;
        guint32 own;
} MgSight;

/* Who has several duties sees what any of them lets him see. */
MgSight mg_sight_of(const MgActor *actor);

/*
 * Whether a search may look at mail in general, or (*own) at the actor's own alone: where he sees no other, and where the search asks
 * for what is withheld from him elsewhere. DENIED where nothing is left.
 */
gboolean mg_sight_search(const MgActor *actor, const MgQuery *query, gboolean *own, GError **error);
/*
 * Whether what such a search finds is mail of the actor's organization and no other, and that organization has domains of its own. So the
 * index may be asked for it; each row is judged all the same.
 */
gboolean mg_sight_within(const MgActor *actor, const MgQuery *query, const MgOrganizations *organizations);
/* What a search asks for: rows of which any of it (bits of MgWithheld) is withheld are not found, since that would tell it. */
guint32 mg_sight_asked(const MgQuery *query);
/* Whether it is one of the actor's addresses; where he is of an organization, one of its domain. */
gboolean mg_sight_is_own(const MgActor *actor, const MgOrganizations *organizations, const char *address);
/* What of this record is withheld: bits of MgWithheld and MG_SIGHT_ROW. Recipients say whose mail it is. */
guint32 mg_sight_withheld(const MgActor *actor, const MgOrganizations *organizations, const MgRecord *record);
/* Takes that out of the record. FALSE where the row itself is withheld. */
gboolean mg_sight_apply(const MgActor *actor, const MgOrganizations *organizations, MgRecord *record);
