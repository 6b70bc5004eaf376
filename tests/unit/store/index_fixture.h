/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* index_fixture: an index and a lookup on a folder that goes away with the test, without a store around them. */
#include "harness.h"

#include "store/index.h"
#include "store/lookup.h"

typedef struct Fixture {
        char *dir;
        char *path;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        MgLookup *lookup;
} Fixture;

static inline void set_up(Fixture *fixture, gconstpointer data) {
        g_autoptr(GError) error = NULL;

        fixture->dir = g_dir_make_tmp("mugai-index-XXXXXX", NULL);
        fixture->path = g_build_filename(fixture->dir, "index.db", NULL);
        fixture->vfs = mg_vfs_new(&fixture->meter, &error);
        g_assert_no_error(error);
        fixture->index = mg_index_open(fixture->path, fixture->vfs, &error);
        g_assert_no_error(error);
        fixture->lookup = mg_lookup_open(fixture->path, fixture->vfs, &error);
        g_assert_no_error(error);
}

static inline void close_index(Fixture *fixture) {
        g_clear_pointer(&fixture->lookup, mg_lookup_free);
        g_clear_pointer(&fixture->index, mg_index_free);
}

static inline void tear_down(Fixture *fixture, gconstpointer data) {
        close_index(fixture);
        mg_vfs_free(fixture->vfs);
        remove_tree(fixture->dir);
        g_free(fixture->dir);
        g_free(fixture->path);
}
