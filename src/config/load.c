/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where keys stand, and the sections with a title. What a key may be is said by table.c.
 */
#include "config/load.h"

#include <string.h>

#include "config/syntax.h"
#include "config/table.h"

guint mg_load_line(const MgLoad *load, const char *title, const char *key) {
        for (guint i = 0; load->entries != NULL && i < load->entries->len; i++) {
                const MgEntry *entry = &g_array_index(load->entries, MgEntry, i);
                if (strcmp(entry->key, key) == 0 && g_strcmp0(entry->title, title) == 0)
                        return entry->line;
        }
        return 0;
}

guint mg_load_line_two(const MgLoad *load, const char *a, const char *b) {
        guint line = MAX(mg_load_line(load, NULL, a), mg_load_line(load, NULL, b));
        return MAX(line, 1);
}

static gboolean begin_section(const MgLoad *load, const MgEntry *entry, GError **error) {
        if (strcmp(entry->key, MG_SECTION_ORGANIZATION) != 0) {
                mg_syntax_error(error, load->name, entry->line,
                                "section \"%s\" has a title, \"%s\"; only \"organization\" takes one", entry->key,
                                entry->title);
                return FALSE;
        }
        if (strlen(entry->title) > MG_ORGANIZATION_NAME) {
                mg_syntax_error(error, load->name, entry->line,
                                "the name \"%s\" has %zu characters; an organization's may have %d", entry->title,
                                strlen(entry->title), MG_ORGANIZATION_NAME);
                return FALSE;
        }
        if (mg_organizations_count(load->config->organizations) > MG_ORGANIZATIONS_MAX) {
                mg_syntax_error(error, load->name, entry->line,
                                "this is organization number %u; there may be %d of them",
                                mg_organizations_count(load->config->organizations), MG_ORGANIZATIONS_MAX);
                return FALSE;
        }
        mg_organizations_add(load->config->organizations, entry->title);
        return TRUE;
}

/* A key of the section that was begun last. */
static gboolean take_key(const MgLoad *load, const MgEntry *entry, GError **error) {
        MgOrganizations *all = load->config->organizations;
        MgOrganization *organization = mg_organizations_get(all, mg_organizations_count(all) - 1);
        const MgKey *key = mg_key_find(entry->key);
        g_autofree char *fault =
                key != NULL ? mg_key_set_in(key, organization, entry->value) : mg_key_suggest(entry->key);
        if (fault == NULL)
                return TRUE;
        mg_syntax_error(error, load->name, entry->line, "%s", fault);
        return FALSE;
}

static gboolean take_domains(const MgLoad *load, const MgOrganization *organization, GError **error) {
        guint line = mg_load_line(load, organization->name, "organization.domains");
        g_autofree char *domain = NULL;
        const MgOrganization *owner;
        if (line == 0) {
                mg_syntax_error(error, load->name, mg_load_line(load, organization->name, MG_SECTION_ORGANIZATION),
                                "organization \"%s\" has no \"domains\"; name the domains of its recipients, as in "
                                "domains = \"city.example.jp .city.example.jp\"",
                                organization->name);
                return FALSE;
        }
        if (mg_organizations_take_domains(load->config->organizations, organization, &domain, &owner))
                return TRUE;
        mg_syntax_error(error, load->name, line,
                        owner == organization ? "domain %s stands in \"domains\" of organization \"%s\" twice"
                                              : "domain %s stands in \"domains\" of organization \"%s\" too; a domain "
                                                "belongs to one organization",
                        domain, owner->name);
        return FALSE;
}

gboolean mg_load_organizations(const MgLoad *load, GError **error) {
        const MgOrganizations *all = load->config->organizations;
        for (guint i = 0; load->entries != NULL && i < load->entries->len; i++) {
                const MgEntry *entry = &g_array_index(load->entries, MgEntry, i);
                if (entry->title == NULL)
                        continue;
                if (entry->value == NULL ? !begin_section(load, entry, error) : !take_key(load, entry, error))
                        return FALSE;
        }
        for (guint i = 1; i < mg_organizations_count(all); i++)
                if (!take_domains(load, mg_organizations_get(all, i), error))
                        return FALSE;
        return TRUE;
}
