/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* Assets: files that stand in the program, each under a path that follows from its content (assets.py) */
typedef struct MgAsset {
        const char *name; /* "style.css"; NULL ends the list */
        const char *path; /* "/assets/style-0123456789abcdef.css" */
        const char *type;
        const unsigned char *octets;
        gsize n;
} MgAsset;

extern const MgAsset mg_assets[];

/* By name, which there must be. */
const char *mg_asset_path(const char *name);
/* By path, or NULL. */
const MgAsset *mg_asset_at(const char *path);
