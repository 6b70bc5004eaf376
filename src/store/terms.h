/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/organization.h"
#include "store/seal.h"

/*
 * Terms: what the configuration says of organizations, as the store works by it
 *
 * Immutable; another configuration brings others. May be shared by threads.
 */
typedef struct MgTerms {
        MgOrganizations *organizations;
        MgSeal *seal;         /* to the keys of all organizations and the escrow; NULL: originals are not sealed */
        guint expiry_warning; /* days before its expiry that mail is spoken of */
        guint quota_alarm;    /* percent of a quota from which on there is an alarm */
} MgTerms;

/* References organizations, takes seal over. The rest is for the caller to set, before anybody else has it. */
MgTerms *mg_terms_new(MgOrganizations *organizations, MgSeal *seal);
MgTerms *mg_terms_ref(MgTerms *terms);
void mg_terms_unref(MgTerms *terms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgTerms, mg_terms_unref)

/* Names of the organizations of a mail by its recipients, each once, ended by NULL; at least one. Caller frees with
 * g_strfreev(). */
char **mg_terms_names(const MgTerms *terms, const GPtrArray *recipients);
/* What a mail of these organizations is sealed by: the key of each and the escrow. NULL: it is not sealed. Caller
 * unrefs. */
MgSeal *mg_terms_seal(const MgTerms *terms, char **names);
