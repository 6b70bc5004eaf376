/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what each duty sees of mail. Reads nothing from the store.
 */
#include "store/sight.h"

#include "base/error.h"

static const struct {
        guint32 who; /* a bit of MgDuty or MG_ACTOR_ */
        MgSight sight;
} rows[] = {
        /* Runs the machine: which mail, when, how it ended and why, by number. */
        {MG_DUTY_ADMINISTRATOR, {_MG_WITHHELD_ALL, _MG_WITHHELD_ALL, _MG_WITHHELD_ALL}},
        {MG_DUTY_OFFICER, {MG_SIGHT_NOTHING, 0, MG_SIGHT_NOTHING}},
        /* Sees the mail of the requests that he decides with these. */
        {MG_DUTY_APPROVER, {MG_SIGHT_NOTHING, MG_SIGHT_NOTHING, MG_SIGHT_NOTHING}},
        {MG_DUTY_STAFF, {MG_SIGHT_NOTHING, MG_SIGHT_NOTHING, 0}},
        {MG_DUTY_AUDITOR, {MG_SIGHT_NOTHING, _MG_WITHHELD_ALL, MG_SIGHT_NOTHING}},
        {MG_ACTOR_MEMBER, {0, 0, 0}},
};

MgSight mg_sight_of(const MgActor *actor) {
        guint32 is = actor->duties | (actor->member ? MG_ACTOR_MEMBER : 0u);
        MgSight sight = {MG_SIGHT_NOTHING, MG_SIGHT_NOTHING, MG_SIGHT_NOTHING};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                if (is & rows[i].who) {
                        sight.any &= rows[i].sight.any;
                        sight.organization &= rows[i].sight.organization;
                        sight.own &= rows[i].sight.own;
                }
        return sight;
}

guint32 mg_sight_asked(const MgQuery *query) {
        guint32 asked = query->sha256 ? MG_WITHHELD_DIGESTS : 0;
        gboolean words = query->words && query->words[0];

#define FIELD_ASKED(field, withheld)                                                                                   \
        if (query->field || words)                                                                                     \
                asked |= withheld;
        MG_SEARCH_FIELDS(FIELD_ASKED)
#undef FIELD_ASKED
        return asked;
}

gboolean mg_sight_search(const MgActor *actor, const MgQuery *query, gboolean *own, GError **error) {
        MgSight sight = mg_sight_of(actor);
        guint32 asked = mg_sight_asked(query);

        *own = (sight.any & sight.organization & (MG_SIGHT_ROW | asked)) != 0;
        if (!*own || !(sight.own & (MG_SIGHT_ROW | asked)))
                return TRUE;
        g_set_error_literal(
                error, MG_ERROR, MG_ERROR_DENIED,
                "a search by address, subject, name, digest or word needs the duty officer; yours show mail "
                "without these: search by queue id, receipt, outcome or time");
        return FALSE;
}

gboolean mg_sight_within(const MgActor *actor, const MgQuery *query, const MgOrganizations *organizations) {
        MgSight sight = mg_sight_of(actor);
        guint32 asked = MG_SIGHT_ROW | mg_sight_asked(query);

        return *actor->organization && mg_organizations_find(organizations, actor->organization) &&
               (sight.any & asked) && (sight.own & asked);
}

gboolean mg_sight_is_own(const MgActor *actor, const MgOrganizations *organizations, const char *address) {
        return mg_actor_has_address(actor, address) &&
               (!*actor->organization || mg_organizations_of(organizations, address) ==
                                                 mg_organizations_find(organizations, actor->organization));
}

static gboolean is_own(const MgActor *actor, const MgOrganizations *organizations, const MgRecord *record) {
        for (guint i = 0; i < record->envelope->rcpts->len; i++)
                if (mg_sight_is_own(actor, organizations, g_ptr_array_index(record->envelope->rcpts, i)))
                        return TRUE;
        return FALSE;
}

static gboolean is_of_organization(const MgActor *actor, const MgOrganizations *organizations, const MgRecord *record) {
        /* NULL, which no mail is of, where the configuration has no section of that name any more. */
        const MgOrganization *own = mg_organizations_find(organizations, actor->organization);

        for (guint i = 0; i < record->envelope->rcpts->len; i++)
                if (mg_organizations_of(organizations, g_ptr_array_index(record->envelope->rcpts, i)) == own)
                        return TRUE;
        return FALSE;
}

guint32 mg_sight_withheld(const MgActor *actor, const MgOrganizations *organizations, const MgRecord *record) {
        MgSight sight = mg_sight_of(actor);
        guint32 withheld = sight.any;

        if (sight.organization != MG_SIGHT_NOTHING && is_of_organization(actor, organizations, record))
                withheld &= sight.organization;
        if (sight.own != MG_SIGHT_NOTHING && is_own(actor, organizations, record))
                withheld &= sight.own;
        return withheld;
}

gboolean mg_sight_apply(const MgActor *actor, const MgOrganizations *organizations, MgRecord *record) {
        guint32 withheld = mg_sight_withheld(actor, organizations, record);

        if (withheld & MG_SIGHT_ROW)
                return FALSE;
        mg_record_withhold(record, withheld);
        return TRUE;
}
