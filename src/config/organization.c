/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Organizations and the way from an address to one. Reads no file; what the keys of a section are is said by table.c,
 * and what they say about each other is looked at by config.c.
 */
#include "config/organization.h"

#include <string.h>

struct MgOrganizations {
        GPtrArray *all;
        GHashTable *domains; /* "example.jp" or ".example.jp" -> MgOrganization */
};

static void organization_free(gpointer data) {
        MgOrganization *organization = data;

        g_free(organization->name);
        g_free(organization->domains);
        g_free(organization->seal_to);
        g_free(organization->release_domains);
        g_free(organization);
}

MgOrganizations *mg_organizations_new(void) {
        MgOrganizations *organizations = g_atomic_rc_box_new0(MgOrganizations);
        MgOrganization *first = g_new0(MgOrganization, 1);

        first->name = g_strdup("");
        first->domains = g_strdup("");
        organizations->all = g_ptr_array_new_with_free_func(organization_free);
        organizations->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_ptr_array_add(organizations->all, first);
        return organizations;
}

static void organizations_clear(gpointer data) {
        MgOrganizations *organizations = data;

        g_hash_table_unref(organizations->domains);
        g_ptr_array_unref(organizations->all);
}

MgOrganizations *mg_organizations_ref(MgOrganizations *organizations) {
        return g_atomic_rc_box_acquire(organizations);
}

void mg_organizations_unref(MgOrganizations *organizations) {
        if (organizations)
                g_atomic_rc_box_release_full(organizations, organizations_clear);
}

guint mg_organizations_count(const MgOrganizations *organizations) {
        return organizations->all->len;
}

MgOrganization *mg_organizations_get(const MgOrganizations *organizations, guint i) {
        return g_ptr_array_index(organizations->all, i);
}

const MgOrganization *mg_organizations_find(const MgOrganizations *organizations, const char *name) {
        for (guint i = 0; i < organizations->all->len; i++) {
                const MgOrganization *organization = g_ptr_array_index(organizations->all, i);

                if (strcmp(organization->name, name) == 0)
                        return organization;
        }
        return NULL;
}

const MgOrganization *mg_organizations_named(const MgOrganizations *organizations, const char *name) {
        const MgOrganization *organization = mg_organizations_find(organizations, name);

        return organization ? organization : g_ptr_array_index(organizations->all, 0);
}

/* The domain of an address as the table has it; "" where there is none. */
static char *domain_of(const char *address) {
        const char *at = strrchr(address, '@');
        char *domain = g_ascii_strdown(at ? at + 1 : "", -1);
        gsize n = strlen(domain);

        if (n > 0 && domain[n - 1] == '.')
                domain[n - 1] = '\0';
        return domain;
}

const MgOrganization *mg_organizations_of(const MgOrganizations *organizations, const char *address) {
        g_autofree char *domain = domain_of(address);
        const MgOrganization *found = g_hash_table_lookup(organizations->domains, domain);

        /* From the longest: ".b.c" of "a.b.c", then ".c". */
        for (const char *dot = strchr(domain, '.'); !found && dot; dot = strchr(dot + 1, '.'))
                found = g_hash_table_lookup(organizations->domains, dot);
        return found ? found : g_ptr_array_index(organizations->all, 0);
}

MgOrganization *mg_organizations_add(MgOrganizations *organizations, const char *name) {
        const MgOrganization *first = g_ptr_array_index(organizations->all, 0);
        MgOrganization *organization = g_memdup2(first, sizeof *first);

        organization->name = g_strdup(name);
        organization->domains = g_strdup("");
        organization->seal_to = g_strdup(first->seal_to);
        organization->release_domains = g_strdup(first->release_domains);
        g_ptr_array_add(organizations->all, organization);
        return organization;
}

gboolean mg_organizations_take_domains(MgOrganizations *organizations, const MgOrganization *organization,
                                       char **domain, const MgOrganization **owner) {
        g_auto(GStrv) list = g_strsplit(organization->domains, " ", -1);

        for (char **one = list; *one; one++) {
                *owner = g_hash_table_lookup(organizations->domains, *one);
                if (*owner) {
                        *domain = g_strdup(*one);
                        return FALSE;
                }
                g_hash_table_insert(organizations->domains, g_strdup(*one), (gpointer)organization);
        }
        return TRUE;
}
