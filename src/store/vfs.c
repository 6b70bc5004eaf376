/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the syncs of SQLite. Changes nothing else: every other method is the one of the default file layer. A sync of
 * the folder that the default layer does when it creates a file is not seen here.
 */
#include "store/vfs.h"

#include <sqlite3.h>

#include "base/error.h"

/* First in memory stands what SQLite calls through; behind it what our one method needs. */
typedef struct CountingMethods {
        sqlite3_io_methods methods;
        int (*sync)(sqlite3_file *file, int flags);
        MgMeter *meter;
} CountingMethods;

/* The default layer has a table of methods a kind of file; each is copied once, when its first file is opened. */
#define KINDS_MAX 8

struct MgVfs {
        sqlite3_vfs vfs;
        sqlite3_vfs *under;
        char *name;
        MgMeter *meter;
        GMutex mutex;
        const sqlite3_io_methods *seen[KINDS_MAX];
        CountingMethods counting[KINDS_MAX];
        guint n;
};

static int counted_sync(sqlite3_file *file, int flags) {
        CountingMethods *counting = (CountingMethods *)file->pMethods;

        mg_meter_add(&counting->meter->syncs, 1);
        return counting->sync(file, flags);
}

/* The counting copy of a table of methods, or the table itself where there are more kinds than we keep. */
static const sqlite3_io_methods *counting_methods(MgVfs *vfs, const sqlite3_io_methods *methods) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&vfs->mutex);
        CountingMethods *counting;

        for (guint i = 0; i < vfs->n; i++)
                if (vfs->seen[i] == methods)
                        return &vfs->counting[i].methods;
        if (vfs->n == KINDS_MAX)
                return methods;
        vfs->seen[vfs->n] = methods;
        counting = &vfs->counting[vfs->n++];
        counting->methods = *methods;
        counting->methods.xSync = counted_sync;
        counting->sync = methods->xSync;
        counting->meter = vfs->meter;
        return &counting->methods;
}

static int counted_open(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags) {
        MgVfs *vfs = self->pAppData;
        int result = vfs->under->xOpen(vfs->under, name, file, flags, out_flags);

        if (file->pMethods)
                file->pMethods = counting_methods(vfs, file->pMethods);
        return result;
}

MgVfs *mg_vfs_new(MgMeter *meter, GError **error) {
        sqlite3_vfs *under = sqlite3_vfs_find(NULL);
        g_autoptr(MgVfs) vfs = NULL;

        if (!under) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "SQLite has no file layer");
                return NULL;
        }
        vfs = g_new0(MgVfs, 1);
        g_mutex_init(&vfs->mutex);
        vfs->under = under;
        vfs->meter = meter;
        vfs->name = g_strdup_printf("mugai-%p", (void *)vfs);
        vfs->vfs = *under;
        vfs->vfs.pNext = NULL;
        vfs->vfs.zName = vfs->name;
        vfs->vfs.pAppData = vfs;
        vfs->vfs.xOpen = counted_open;
        if (sqlite3_vfs_register(&vfs->vfs, 0) != SQLITE_OK) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "SQLite does not take a file layer");
                return NULL;
        }
        return g_steal_pointer(&vfs);
}

void mg_vfs_free(MgVfs *vfs) {
        if (!vfs)
                return;
        sqlite3_vfs_unregister(&vfs->vfs);
        g_mutex_clear(&vfs->mutex);
        g_free(vfs->name);
        g_free(vfs);
}

const char *mg_vfs_name(const MgVfs *vfs) {
        return vfs->name;
}
