/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Address set: mail addresses and domains, looked up by hash whatever their number
 *
 * An entry is "a@example.jp", "example.jp" (that domain alone), ".example.jp" (all below it, not itself) or "<>" (the
 * null sender). Case makes no difference. Shared by reference count, immutable once it is filled.
 */
#define MG_ADDRESS_SET_MAX 200000

typedef struct MgAddressSet MgAddressSet;

MgAddressSet *mg_address_set_new(void);
MgAddressSet *mg_address_set_ref(MgAddressSet *set);
void mg_address_set_unref(MgAddressSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgAddressSet, mg_address_set_unref)

/* FALSE where it is no entry, or the set has MG_ADDRESS_SET_MAX. One that is there already is taken once. */
gboolean mg_address_set_add(MgAddressSet *set, const char *entry);
guint mg_address_set_count(const MgAddressSet *set);
/* address is in lower case; "" is the null sender. */
gboolean mg_address_set_has(const MgAddressSet *set, const char *address);
