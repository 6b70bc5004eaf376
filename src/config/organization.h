/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Organization: a body whose mail passes here, known by the domains of its recipients
 *
 * The default one has the name "" and the values that mugai.conf gives outside of the titled sections. Mail to a
 * domain that no section names is its mail, and so is what was kept for an organization that is in the configuration
 * no more.
 */
#define MG_ORGANIZATIONS_MAX 256
/* Octets of a name: it stands in names of figures and in the audit trail. */
#define MG_ORGANIZATION_NAME 32
/* Domains of one list. */
#define MG_DOMAINS_MAX 64

typedef struct MgOrganization {
        char *name;      /* TOKEN; "" is the default one */
        char *domains;   /* lower case, a blank between; ".example.jp" is all below it; of the default one those that
                          * are named so that nothing is released to them, or "" */
        char *seal_to;   /* certificate, or "" where originals are not sealed */
        guint retention; /* days that mail is kept */
        guint retention_failed; /* the same of mail that could not be converted */
        guint64 quota;          /* octets that originals may have together; 0: any */
        char *release_domains;  /* as domains: where originals may be released to; "" is nowhere */
        guint approvals;        /* persons who must approve a release beside the one who asks */
        guint sealing;          /* place of seal_to in the configuration's sealing, where originals are sealed */
} MgOrganization;

/* All of a configuration, the default one first. Immutable once it is loaded. */
typedef struct MgOrganizations MgOrganizations;

/* The default one alone. */
MgOrganizations *mg_organizations_new(void);
/* May be shared by threads once it is loaded. unref takes NULL. */
MgOrganizations *mg_organizations_ref(MgOrganizations *organizations);
void mg_organizations_unref(MgOrganizations *organizations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOrganizations, mg_organizations_unref)

guint mg_organizations_count(const MgOrganizations *organizations);
/* 0 is the default one. Borrowed, as all that is returned below. */
MgOrganization *mg_organizations_get(const MgOrganizations *organizations, guint i);
/* That of the name; the default one where there is none. */
const MgOrganization *mg_organizations_named(const MgOrganizations *organizations, const char *name);
/* That of the name, or NULL. */
const MgOrganization *mg_organizations_find(const MgOrganizations *organizations, const char *name);
/* That of a recipient: of the domain behind the last @, or else of the longest ".domain" above it; case and a final
 * dot make no difference. */
const MgOrganization *mg_organizations_of(const MgOrganizations *organizations, const char *address);

/* While loading: one more, with the values that the default one has now. */
MgOrganization *mg_organizations_add(MgOrganizations *organizations, const char *name);
/* While loading: takes in the domains of one. FALSE where one of them is taken already: *domain is the text of it
 * (caller frees) and *owner whose it is. */
gboolean mg_organizations_take_domains(MgOrganizations *organizations, const MgOrganization *organization,
                                       char **domain, const MgOrganization **owner);
