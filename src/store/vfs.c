/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the syncs of SQLite, and wipes pages of the database on their way to the file. Changes nothing else: every
 * other method is the one of the default file layer. A sync of the folder that the default layer does when it creates
 * a file is not seen here. SQLite's log is left as it is, since its frames have checksums; it is emptied by who
 * erases.
 */
#include "store/vfs.h"

#include <sqlite3.h>
#include <string.h>

#include "base/error.h"

/* First in memory stands what SQLite calls through; behind it what our one method needs. */
typedef struct CountingMethods {
        sqlite3_io_methods methods;
        int (*sync)(sqlite3_file *file, int flags);
        int (*write)(sqlite3_file *file, const void *data, int n, sqlite3_int64 offset);
        MgMeter *meter;
} CountingMethods;

/* The default layer has a table of methods a kind of file; each is copied once for databases and once for other
 * files, when the first one is opened. */
#define KINDS_MAX 8

struct MgVfs {
        sqlite3_vfs vfs;
        sqlite3_vfs *under;
        char *name;
        MgMeter *meter;
        GMutex mutex;
        struct {
                const sqlite3_io_methods *methods;
                gboolean database;
        } seen[KINDS_MAX];
        CountingMethods counting[KINDS_MAX];
        guint n;
};

static int counted_sync(sqlite3_file *file, int flags) {
        CountingMethods *counting = (CountingMethods *)file->pMethods;

        mg_meter_add(&counting->meter->syncs, 1);
        return counting->sync(file, flags);
}

#define PAGE_LEAST 512
#define PAGE_MOST 65536
/* Of the file format: the first page begins with a header of the file. */
#define FILE_HEAD 100

static gsize number_at(const guint8 *at) {
        return (gsize)at[0] << 8 | at[1];
}

/* The unallocated part of a page that is one of a table or an index, between the pointers to its cells and the
 * first of them. FALSE for other pages. Whatever is not as the format says is left alone. */
static gboolean find_gap(const guint8 *page, gsize n, gsize head, gsize *from, gsize *to) {
        guint8 kind = page[head];
        gboolean leaf = kind == 10 || kind == 13;
        gsize pointers = head + (leaf ? 8 : 12), cells = number_at(page + head + 3);
        gsize first_free = number_at(page + head + 1);

        *from = pointers + 2 * cells;
        *to = number_at(page + head + 5);
        *to = *to == 0 ? PAGE_MOST : *to;
        if ((!leaf && kind != 2 && kind != 5) || *from > *to || *to > n || (first_free != 0 && first_free < *to))
                return FALSE;
        for (gsize i = 0; i < cells; i++) {
                gsize cell = number_at(page + pointers + 2 * i);

                if (cell < *to || cell >= n)
                        return FALSE;
        }
        return TRUE;
}

static gboolean is_page(int n, sqlite3_int64 offset) {
        return n >= PAGE_LEAST && n <= PAGE_MOST && (n & (n - 1)) == 0 && offset % n == 0;
}

static int wiped_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 offset) {
        CountingMethods *counting = (CountingMethods *)file->pMethods;
        g_autofree guint8 *page = NULL;
        gsize from, to;

        if (!is_page(n, offset) || !find_gap(data, (gsize)n, offset == 0 ? FILE_HEAD : 0, &from, &to))
                return counting->write(file, data, n, offset);
        page = g_memdup2(data, (gsize)n);
        memset(page + from, 0, to - from);
        return counting->write(file, page, n, offset);
}

/* Our copy of a table of methods, or the table itself where there are more kinds than we keep. */
static const sqlite3_io_methods *counting_methods(MgVfs *vfs, const sqlite3_io_methods *methods, gboolean database) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&vfs->mutex);
        CountingMethods *counting;

        for (guint i = 0; i < vfs->n; i++)
                if (vfs->seen[i].methods == methods && vfs->seen[i].database == database)
                        return &vfs->counting[i].methods;
        if (vfs->n == KINDS_MAX)
                return methods;
        vfs->seen[vfs->n].methods = methods;
        vfs->seen[vfs->n].database = database;
        counting = &vfs->counting[vfs->n++];
        counting->methods = *methods;
        counting->methods.xSync = counted_sync;
        counting->sync = methods->xSync;
        counting->write = methods->xWrite;
        if (database)
                counting->methods.xWrite = wiped_write;
        counting->meter = vfs->meter;
        return &counting->methods;
}

static int counted_open(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags) {
        MgVfs *vfs = self->pAppData;
        int result = vfs->under->xOpen(vfs->under, name, file, flags, out_flags);

        if (file->pMethods)
                file->pMethods = counting_methods(vfs, file->pMethods, (flags & SQLITE_OPEN_MAIN_DB) != 0);
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
