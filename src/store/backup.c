/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a backup. Holds no lock that mail waits for: the index is read by a connection of its own, and an original
 * that is erased meanwhile is no part of the backup. A damaged original is not written: a backup that has it whole
 * keeps it.
 */
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "store/audit.h"
#include "store/manifest.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

#define TELL_EVERY 64
#define COPY_NAME "backup.db"

/* One run: what is in the folder already, and what is being written. */
typedef struct Run {
        MgBackup *backup;
        char *snapshot;     /* path of the copy of the index beside the index, until it is in the folder */
        sqlite3 *db;        /* of the snapshot */
        MgManifest *before; /* of the earlier backup, or NULL */
        MgManifestHead head;
        MgManifestWriter *writer;
        gint64 rows;
} Run;

void mg_backup_clear(const char *state_dir) {
        static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};

        for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
                g_autofree char *path = g_strconcat(state_dir, "/" COPY_NAME, suffixes[i], NULL);

                if (unlink(path) < 0 && errno != ENOENT)
                        mg_log(MG_LOG_WARNING, "%s, which a backup has left, cannot be removed: %s", path,
                               g_strerror(errno));
        }
}

static void run_clear(Run *run) {
        mg_sql_close(run->db);
        mg_manifest_free(run->before);
        mg_manifest_writer_free(run->writer);
        if (run->snapshot)
                mg_backup_clear(run->backup->state_dir);
        g_free(run->snapshot);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static gboolean tell(Run *run, const char *step, guint64 done, guint64 of) {
        const MgProgress progress = {step, done, of};

        return run->backup->progress(&progress, run->backup->data);
}

/* A copy of the index as of one transaction, without free pages. It needs as much space as the index has. */
static gboolean take_snapshot(Run *run, GError **error) {
        MgStore *store = run->backup->store;
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        g_autoptr(sqlite3_stmt) vacuum = db ? mg_sql_prepare(db, "VACUUM INTO ?1", error) : NULL;
        struct stat status;

        if (!vacuum)
                return FALSE;
        if (stat(store->index_path, &status) < 0) {
                mg_error_system(error, "the index");
                return FALSE;
        }
        if (!mg_objects_room(store->objects, (guint64)status.st_size, atomic_load(&store->reserve), error))
                return FALSE;
        run->snapshot = g_build_filename(run->backup->state_dir, COPY_NAME, NULL);
        mg_backup_clear(run->backup->state_dir);
        mg_sql_bind_text(vacuum, 1, run->snapshot);
        if (!mg_sql_run(db, vacuum, "copy of the index", error))
                return FALSE;
        /* After it: what is given out by now is at least what the copy knows. */
        run->head.serial = mg_keeper_last(store->keeper);
        run->head.made = g_get_real_time() / G_USEC_PER_SEC;
        run->db = mg_sql_open(run->snapshot, store->vfs, SQLITE_OPEN_READONLY, error);
        return run->db && mg_audit_head(run->db, &run->head.trail, error) &&
               mg_sql_number(run->db, "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'request'), 0)",
                             &run->head.request, error) &&
               mg_sql_number(run->db, "SELECT count(receipt) FROM mail", &run->rows, error);
}

static int make_file(int folder, const char *name, GError **error) {
        int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                mg_error_system(error, "%s cannot be made", name);
        return fd;
}

/* Writes octets as a file of the folder. */
static gboolean write_file(int folder, const char *name, gconstpointer data, gsize n, GError **error) {
        mg_autofd fd = make_file(folder, name, error);

        if (fd < 0)
                return FALSE;
        if (mg_fd_write(fd, data, n, error))
                return TRUE;
        g_prefix_error(error, "%s: ", name);
        return FALSE;
}

static gboolean copy_index(Run *run, GError **error) {
        mg_autofd from = open(run->snapshot, O_RDONLY | O_CLOEXEC);
        mg_autofd to = -1;

        if (from < 0) {
                mg_error_system(error, "the copy of the index");
                return FALSE;
        }
        g_snprintf(run->head.index, sizeof run->head.index, "index-%" G_GINT64_FORMAT ".db", g_get_real_time());
        to = make_file(run->backup->folder, run->head.index, error);
        if (to < 0)
                return FALSE;
        if (mg_digest_file(from, to, &run->head.index_size, run->head.index_sha256, error))
                return TRUE;
        g_prefix_error(error, "%s: ", run->head.index);
        return FALSE;
}

/* What the earlier backup has of it, if its file is there still. */
static gboolean has_before(Run *run, const char *receipt, MgManifestObject *object) {
        g_autofree char *path = NULL, *name = NULL;
        struct stat status;

        if (!run->before || !mg_manifest_find(run->before, receipt, object, NULL))
                return FALSE;
        path = mg_manifest_path(object);
        name = g_strconcat("objects/", path, NULL);
        return fstatat(run->backup->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
               (guint64)status.st_size == object->size;
}

static gboolean make_folder_of(Run *run, const char *path, GError **error) {
        g_autofree char *folder = g_strdup_printf("objects/%.5s", path);

        if ((mkdirat(run->backup->folder, "objects", 0700) == 0 || errno == EEXIST) &&
            (mkdirat(run->backup->folder, folder, 0700) == 0 || errno == EEXIST))
                return TRUE;
        mg_error_system(error, "%s cannot be made", folder);
        return FALSE;
}

static gboolean copy_object(Run *run, MgManifestObject *object, GBytes *bytes, GError **error) {
        g_autofree char *path = mg_manifest_path(object), *name = g_strconcat("objects/", path, NULL);
        gsize n;
        gconstpointer data = g_bytes_get_data(bytes, &n);

        run->backup->summary.copied++;
        run->backup->summary.octets += n;
        return make_folder_of(run, path, error) && write_file(run->backup->folder, name, data, n, error);
}

/* stored is the digest that the row has, or NULL. What is missing or damaged is counted and left out. */
static gboolean take_object(Run *run, const char *receipt, const guint8 *stored, GError **error) {
        MgManifestObject object = {0};
        g_autoptr(GError) fault = NULL;
        g_autoptr(GBytes) bytes = NULL;
        mg_autofd file = -1;

        if (has_before(run, receipt, &object) && (!stored || memcmp(stored, object.sha256, 32) == 0))
                return mg_manifest_add(run->writer, &object, error);
        file = mg_objects_open_file(run->backup->store->objects, receipt, &object.sealed, &fault);
        bytes = file >= 0 ? mg_fd_read(file, G_MAXINT64, &fault) : NULL;
        if (bytes) {
                object.size = g_bytes_get_size(bytes);
                g_strlcpy(object.receipt, receipt, sizeof object.receipt);
                mg_digest(g_bytes_get_data(bytes, NULL), object.size, object.sha256);
        }
        if (bytes && (!stored || memcmp(stored, object.sha256, 32) == 0))
                return copy_object(run, &object, bytes, error) && mg_manifest_add(run->writer, &object, error);
        run->backup->summary.left_out++;
        mg_log(MG_LOG_WARNING, "backup: the original of %s is left out: %s", receipt,
               fault ? fault->message : "its file does not have the digest that it was written with");
        return TRUE;
}

static gboolean take_objects(Run *run, GError **error) {
        g_autoptr(sqlite3_stmt) select = mg_sql_prepare(
                run->db, "SELECT receipt, stored FROM mail WHERE receipt IS NOT NULL ORDER BY receipt", error);
        MgBackupSummary *summary = &run->backup->summary;
        int result = SQLITE_DONE;

        while (select && (result = sqlite3_step(select)) == SQLITE_ROW) {
                const guint8 *stored = sqlite3_column_bytes(select, 1) == 32 ? sqlite3_column_blob(select, 1) : NULL;

                if (!take_object(run, (const char *)sqlite3_column_text(select, 0), stored, error))
                        return FALSE;
                summary->objects++;
                if (summary->objects % TELL_EVERY == 0 && !tell(run, "objects", summary->objects, (guint64)run->rows))
                        return FALSE;
        }
        return select && (result == SQLITE_DONE || mg_sql_fail(run->db, "rows of the copy", error));
}

/* Whether a file of a folder of objects is one that the manifest names; where that cannot be read it may be. */
static gboolean is_named(const MgManifest *manifest, const char *folder, const char *name) {
        MgManifestObject object;
        g_autofree char *receipt = g_strndup(name, 10), *path = NULL, *is = g_build_filename(folder, name, NULL);
        g_autoptr(GError) fault = NULL;

        if (!mg_manifest_find(manifest, receipt, &object, &fault))
                return fault != NULL;
        path = mg_manifest_path(&object);
        return g_str_equal(path, is);
}

static DIR *open_folder(int at, const char *name) {
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

        if (!folder && fd >= 0)
                close(fd);
        return folder;
}

static void tidy_folder(Run *run, DIR *objects, const char *name, const MgManifest *manifest) {
        DIR *folder = open_folder(dirfd(objects), name);
        struct dirent *entry;

        while (folder && (entry = readdir(folder)))
                if (entry->d_name[0] != '.' && !is_named(manifest, name, entry->d_name) &&
                    unlinkat(dirfd(folder), entry->d_name, 0) == 0)
                        run->backup->summary.removed++;
        if (folder)
                closedir(folder);
}

/* What the new manifest does not name: originals that were erased, the index of the backup before, what was cut off. */
static gboolean tidy(Run *run, GError **error) {
        g_autoptr(MgManifest) manifest = mg_manifest_read(run->backup->folder, error);
        DIR *top = manifest ? open_folder(run->backup->folder, ".") : NULL;
        DIR *objects = manifest ? open_folder(run->backup->folder, "objects") : NULL;
        struct dirent *entry;

        while (top && (entry = readdir(top)))
                if (g_str_has_prefix(entry->d_name, "index-") && !g_str_equal(entry->d_name, run->head.index))
                        unlinkat(dirfd(top), entry->d_name, 0);
        while (objects && (entry = readdir(objects)))
                if (entry->d_name[0] != '.')
                        tidy_folder(run, objects, entry->d_name, manifest);
        if (top)
                closedir(top);
        if (objects)
                closedir(objects);
        return manifest != NULL;
}

static gboolean read_before(Run *run, GError **error) {
        g_autoptr(GError) fault = NULL;

        run->before = mg_manifest_read(run->backup->folder, &fault);
        if (run->before || g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING))
                return TRUE;
        /* One that is damaged names nothing: all is written anew. */
        if (g_error_matches(fault, MG_ERROR, MG_ERROR_STORE)) {
                mg_log(MG_LOG_WARNING, "backup: %s; all is written anew", fault->message);
                return TRUE;
        }
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

/* One sync of the whole disk: a million files have no sync each. */
static gboolean make_durable(Run *run, GError **error) {
        if (syncfs(run->backup->folder) == 0)
                return TRUE;
        mg_error_system(error, "the backup cannot be made durable");
        return FALSE;
}

static gboolean write_backup(MgBackup *backup, GError **error) {
        g_auto(Run) run = {.backup = backup};

        if (!read_before(&run, error) || !tell(&run, "index", 0, 0) || !take_snapshot(&run, error) ||
            !copy_index(&run, error))
                return FALSE;
        run.writer = mg_manifest_begin(backup->folder, &run.head, error);
        if (!run.writer || !take_objects(&run, error) || !make_durable(&run, error) ||
            !mg_manifest_end(run.writer, error))
                return FALSE;
        backup->summary.made = run.head.made;
        return tidy(&run, error);
}

/* The lock goes with the folder's description, which who asked has, too: it is given back in words. */
static gboolean write_locked(MgBackup *backup, GError **error) {
        gboolean well;

        if (flock(backup->folder, LOCK_EX | LOCK_NB) < 0) {
                mg_error_system(error, "another backup is written into this folder");
                return FALSE;
        }
        well = write_backup(backup, error);
        flock(backup->folder, LOCK_UN);
        return well;
}

gboolean mg_backup_run(MgBackup *backup, GError **error) {
        gboolean well;

        /* There is one place for a copy of the index, and space for one is what was looked for. */
        if (atomic_exchange(&backup->store->backing_up, TRUE)) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_TIMEOUT,
                                    "another backup of this store is running; wait until it has ended");
                return FALSE;
        }
        well = write_locked(backup, error);
        atomic_store(&backup->store->backing_up, FALSE);
        return well;
}
