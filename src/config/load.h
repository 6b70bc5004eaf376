/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/* Load: one configuration on its way from a file. Private to this room. */
typedef struct MgLoad {
        const char *name; /* stands in errors */
        MgConfig *config;
        GArray *entries; /* of MgEntry; NULL without a file */
} MgLoad;

/* Where a key stands, in the section of that title where title is not NULL; 0 where it does not. */
guint mg_load_line(const MgLoad *load, const char *title, const char *key);
/* Where a fault between two keys without a title is: at the one that stands further down. */
guint mg_load_line_two(const MgLoad *load, const char *a, const char *b);

/* Reads the certificates that originals are sealed to: sealing of the configuration and its place for each
 * organization. */
gboolean mg_load_sealing(const MgLoad *load, GError **error);
/* Takes the sections of organizations, after all other keys: what one does not say it has from the default one. */
gboolean mg_load_organizations(const MgLoad *load, GError **error);
/* Looks at the keys of canaries, where there are some. */
gboolean mg_load_canary(const MgLoad *load, GError **error);
