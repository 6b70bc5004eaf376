/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address sets: one hash table, asked for the address, its domain and each ".domain" above. Reads no file.
 */
#include "base/address_set.h"

#include <string.h>

#include "base/text.h"

/* RFC 5321 section 4.5.3.1.2, RFC 1035 section 2.3.4. */
#define DOMAIN_OCTETS 253
#define LABEL_OCTETS 63

struct MgAddressSet {
        GHashTable *entries;
        gboolean has_below; /* there is an entry ".domain" */
};

MgAddressSet *mg_address_set_new(void) {
        MgAddressSet *set = g_atomic_rc_box_new0(MgAddressSet);

        set->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        return set;
}

static void set_clear(gpointer data) {
        g_hash_table_unref(((MgAddressSet *)data)->entries);
}

MgAddressSet *mg_address_set_ref(MgAddressSet *set) {
        return g_atomic_rc_box_acquire(set);
}

void mg_address_set_unref(MgAddressSet *set) {
        if (set)
                g_atomic_rc_box_release_full(set, set_clear);
}

static gboolean is_domain(const char *name, guint least) {
        gsize n = strlen(name);
        guint labels = 0;

        if (n == 0 || n > DOMAIN_OCTETS || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != n)
                return FALSE;
        for (const char *at = name; at; labels++) {
                gsize label = strcspn(at, ".");

                if (label == 0 || label > LABEL_OCTETS || *at == '-' || at[label - 1] == '-')
                        return FALSE;
                at = at[label] == '.' ? at + label + 1 : NULL;
        }
        return labels >= least;
}

static gboolean is_entry(const char *entry) {
        const char *at = strrchr(entry, '@');

        if (!at)
                return *entry == '.' ? is_domain(entry + 1, 1) : g_str_equal(entry, "<>") || is_domain(entry, 2);
        return at != entry && mg_text_is(entry, strlen(entry), MG_CLASS_ADDRESS) && is_domain(at + 1, 1);
}

gboolean mg_address_set_add(MgAddressSet *set, const char *entry) {
        g_autofree char *lower = g_ascii_strdown(entry, -1);

        if (!is_entry(lower) || g_hash_table_size(set->entries) >= MG_ADDRESS_SET_MAX)
                return FALSE;
        set->has_below |= *lower == '.';
        g_hash_table_add(set->entries, g_steal_pointer(&lower));
        return TRUE;
}

guint mg_address_set_count(const MgAddressSet *set) {
        return g_hash_table_size(set->entries);
}

/* A domain has at most 127 dots where it is one; an envelope that says more is not looked at further. */
#define DOTS_MAX 127

gboolean mg_address_set_has(const MgAddressSet *set, const char *address) {
        const char *at = strrchr(address, '@');
        const char *dot;
        guint dots = 0;

        if (g_hash_table_contains(set->entries, *address ? address : "<>"))
                return TRUE;
        if (!at)
                return FALSE;
        if (g_hash_table_contains(set->entries, at + 1))
                return TRUE;
        for (dot = set->has_below ? strchr(at + 1, '.') : NULL; dot && dots < DOTS_MAX; dot = strchr(dot + 1, '.')) {
                if (g_hash_table_contains(set->entries, dot))
                        return TRUE;
                dots++;
        }
        return FALSE;
}
