/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose keys originals are sealed to: the certificates, and what they say about each other.
 */
#include <string.h>

#include "config/certificate.h"
#include "config/load.h"
#include "config/syntax.h"

/* Where the certificate of an organization is named: in its section, or for all. */
static const char *key_of(const MgLoad *load, const MgOrganization *organization, guint *line) {
        *line = mg_load_line(load, organization->name, "organization.seal_to");
        if (*organization->name != '\0' && *line != 0)
                return "organization.seal_to";
        *line = mg_load_line_two(load, "store.seal_to", "store.escrow");
        return "store.seal_to";
}

/* *place is where it stands in sealing. A file that two organizations name is read once. */
static gboolean read_one(const MgLoad *load, const char *key, guint line, const char *path, const char *organization,
                         guint *place, GError **error) {
        GPtrArray *sealing = load->config->sealing;
        g_autofree char *fault = NULL;
        for (*place = 0; *place < sealing->len; (*place)++)
                if (strcmp(((const MgCertificate *)g_ptr_array_index(sealing, *place))->path, path) == 0)
                        return TRUE;
        MgCertificate *certificate = mg_certificate_read(path, &fault);
        if (certificate == NULL) {
                mg_syntax_error(error, load->name, line, "\"%s\": %s %s", key, path, fault);
                return FALSE;
        }
        certificate->organization = g_strdup(organization);
        g_ptr_array_add(sealing, certificate);
        return TRUE;
}

/* Every organization has a key or none has: who looks at one object must know what the others are. */
static gboolean check_pairs(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        gboolean escrow = *config->escrow != '\0';
        for (guint i = 0; i < mg_organizations_count(config->organizations); i++) {
                const MgOrganization *organization = mg_organizations_get(config->organizations, i);
                guint line;
                const char *key = key_of(load, organization, &line);
                if ((*organization->seal_to != '\0') == escrow)
                        continue;
                mg_syntax_error(error, load->name, line,
                                "\"%s\" stands without \"%s\"; originals are sealed to both, the second being the "
                                "certificate of "
                                "%s (mugai key init makes both)",
                                escrow ? "store.escrow" : key, escrow ? key : "store.escrow",
                                escrow ? "the organization's key" : "a key that is kept offline");
                return FALSE;
        }
        return TRUE;
}

static gboolean read_all(const MgLoad *load, guint *escrow, GError **error) {
        const MgConfig *config = load->config;
        guint line;
        for (guint i = 0; i < mg_organizations_count(config->organizations); i++) {
                MgOrganization *organization = mg_organizations_get(config->organizations, i);
                const char *key = key_of(load, organization, &line);
                if (!read_one(load, key, line, organization->seal_to, organization->name, &organization->sealing,
                              error))
                        return FALSE;
        }
        line = mg_load_line_two(load, "store.escrow", "store.escrow");
        return read_one(load, "store.escrow", line, config->escrow, NULL, escrow, error);
}

static gboolean same_key(const GPtrArray *sealing, guint one, guint other) {
        const MgCertificate *a = g_ptr_array_index(sealing, one), *b = g_ptr_array_index(sealing, other);
        return memcmp(a->key_digest, b->key_digest, sizeof a->key_digest) == 0;
}

/* An organization that lost its key must not have lost its originals. */
static gboolean check_escrow(const MgLoad *load, guint escrow, GError **error) {
        const MgConfig *config = load->config;
        for (guint i = 0; i < mg_organizations_count(config->organizations); i++) {
                const MgOrganization *organization = mg_organizations_get(config->organizations, i);
                guint line;
                const char *key = key_of(load, organization, &line);
                if (!same_key(config->sealing, organization->sealing, escrow))
                        continue;
                mg_syntax_error(error, load->name, line,
                                "\"store.escrow\": %s has the same key as \"%s\"; it should be a second key that is "
                                "kept offline",
                                config->escrow, key);
                return FALSE;
        }
        return TRUE;
}

gboolean mg_load_sealing(const MgLoad *load, GError **error) {
        guint escrow;
        if (!check_pairs(load, error))
                return FALSE;
        return *load->config->escrow == '\0' || (read_all(load, &escrow, error) && check_escrow(load, escrow, error));
}
