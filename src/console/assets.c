/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for assets. Their octets are in a source that assets.py makes.
 */
#include "console/assets.h"

const char *mg_asset_path(const char *name) {
        const MgAsset *asset = mg_assets;

        while (!g_str_equal(asset->name, name))
                asset++;
        return asset->path;
}

const MgAsset *mg_asset_at(const char *path) {
        for (const MgAsset *asset = mg_assets; asset->name; asset++)
                if (g_str_equal(asset->path, path))
                        return asset;
        return NULL;
}
