/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a backup into an empty folder. Believes no file of it: each has its digest in the manifest. An original that is
 * missing or damaged there is left out; its row stays and says what was.
 */
#include "store/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/receipt.h"
#include "store/audit.h"
#include "store/expiry.h"
#include "store/hold.h"
#include "store/manifest.h"
#include "store/object.h"
#include "store/retention.h"
#include "store/schema.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

#define TELL_EVERY 64
#define ERASE_AT_ONCE 64
#define NEW_INDEX "index.db.restore"
#define NEW_OBJECTS "objects.restore"

typedef struct Run {
        MgRestore *restore;
        int state;
        char *path; /* of the index as long as it has not its name */
        MgManifest *manifest;
        sqlite3 *db;
        gint64 now;
} Run;

static void run_clear(Run *run) {
        mg_sql_close(run->db);
        mg_manifest_free(run->manifest);
        mg_fd_close(&run->state);
        g_free(run->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static gboolean tell(Run *run, const char *step, guint64 done, guint64 of) {
        const MgProgress progress = {step, done, of};

        return run->restore->progress(&progress, run->restore->data);
}

static gboolean is_there(Run *run, const char *name) {
        return faccessat(run->state, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void clear_folder(int at, const char *name) {
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *entry;

        while (folder && (entry = readdir(folder)))
                if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
                        unlinkat(dirfd(folder), entry->d_name, 0);
        if (folder)
                closedir(folder);
        unlinkat(at, name, AT_REMOVEDIR);
}

/* What a restore that was cut off has left: nobody was told that any of it is a store. */
static gboolean clear_leavings(Run *run, GError **error) {
        int fd = openat(run->state, NEW_OBJECTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *folders = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *entry;

        while (folders && (entry = readdir(folders)))
                if (entry->d_name[0] != '.')
                        clear_folder(dirfd(folders), entry->d_name);
        if (folders)
                closedir(folders);
        if ((unlinkat(run->state, NEW_OBJECTS, AT_REMOVEDIR) == 0 || errno == ENOENT) &&
            (unlinkat(run->state, NEW_INDEX, 0) == 0 || errno == ENOENT) &&
            (unlinkat(run->state, NEW_INDEX "-journal", 0) == 0 || errno == ENOENT))
                return TRUE;
        mg_error_system(error, "what an earlier restore has left cannot be removed");
        return FALSE;
}

static gboolean take_folder(Run *run, GError **error) {
        static const char *const names[] = {"index.db", "index.db-wal", "objects"};

        run->state = open(run->restore->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (run->state < 0) {
                mg_error_system(error, "cannot open %s", run->restore->state_dir);
                return FALSE;
        }
        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                if (!is_there(run, names[i]))
                        continue;
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "%s/%s is there, and nothing is restored over it: move the folder away first, it may hold "
                            "mail that the backup does not know",
                            run->restore->state_dir, names[i]);
                return FALSE;
        }
        return clear_leavings(run, error);
}

static int open_file(Run *run, const char *name, GError **error) {
        int fd = openat(run->restore->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                mg_error_system(error, "%s of the backup", name);
        return fd;
}

static int make_file(Run *run, const char *name, GError **error) {
        int fd = openat(run->state, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                mg_error_system(error, "%s cannot be made", name);
        return fd;
}

static void set_changed(const char *name, GError **error) {
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "%s of the backup is not as it was written", name);
}

/* The octets of a file of the backup, if it is as the manifest says. */
static GBytes *read_file(Run *run, const char *name, guint64 size, const guint8 sha256[32], GError **error) {
        mg_autofd fd = open_file(run, name, error);
        g_autoptr(GBytes) bytes = fd >= 0 ? mg_fd_read(fd, G_MAXINT64, error) : NULL;

        if (fd >= 0 && !bytes)
                g_prefix_error(error, "%s of the backup: ", name);
        if (!bytes)
                return NULL;
        if (g_bytes_get_size(bytes) == size && mg_digest_is(bytes, sha256))
                return g_steal_pointer(&bytes);
        set_changed(name, error);
        return NULL;
}

static gboolean write_file(Run *run, const char *name, GBytes *bytes, GError **error) {
        mg_autofd fd = make_file(run, name, error);
        gsize n;
        gconstpointer data = g_bytes_get_data(bytes, &n);

        return fd >= 0 && mg_fd_write(fd, data, n, error);
}

/* Larger than memory, maybe. Only what is as it was written is opened. */
static gboolean copy_index(Run *run, GError **error) {
        const MgManifestHead *head = mg_manifest_head(run->manifest);
        mg_autofd from = open_file(run, head->index, error);
        mg_autofd to = from >= 0 && tell(run, "index", 0, 0) ? make_file(run, NEW_INDEX, error) : -1;
        guint8 digest[32];
        guint64 n;

        if (to < 0)
                return FALSE;
        if (!mg_digest_file(from, to, &n, digest, error)) {
                g_prefix_error(error, "%s of the backup: ", head->index);
                return FALSE;
        }
        if (n == head->index_size && memcmp(digest, head->index_sha256, sizeof digest) == 0)
                return TRUE;
        set_changed(head->index, error);
        return FALSE;
}

/* Brings it up to date where it is of an earlier version. */
static gboolean open_index(Run *run, GError **error) {
        run->path = g_build_filename(run->restore->state_dir, NEW_INDEX, NULL);
        run->db = mg_sql_open(run->path, run->restore->vfs, SQLITE_OPEN_READWRITE, error);
        return run->db && mg_sql_do(run->db, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON", error) &&
               mg_schema_take(run->db, run->path, error);
}

static gboolean in_transaction(Run *run, MgCommitFunc func, gpointer data, GError **error) {
        if (!mg_sql_do(run->db, "BEGIN IMMEDIATE", error))
                return FALSE;
        if (func(run->db, data, error) && mg_sql_do(run->db, "COMMIT", error))
                return TRUE;
        if (!sqlite3_get_autocommit(run->db))
                sqlite3_exec(run->db, "ROLLBACK", NULL, NULL, NULL);
        return FALSE;
}

/* What is due of one organization, a few at a time. */
static gboolean erase_of(Run *run, MgExpiry *expiry, const char *name, GError **error) {
        MgExpiryCursor cursor = {0};
        guint found = ERASE_AT_ONCE;

        while (found == ERASE_AT_ONCE) {
                g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
                g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
                MgErasure erasure = {.ids = ids, .time = run->now, .receipts = receipts};

                if (!mg_expiry_due(expiry, name, run->now, &cursor, ERASE_AT_ONCE, ids, error))
                        return FALSE;
                found = ids->len;
                if (found > 0 && !in_transaction(run, mg_retention_erase, &erasure, error))
                        return FALSE;
                run->restore->summary.erased += receipts->len;
        }
        return TRUE;
}

static gboolean erase_due(Run *run, GError **error) {
        g_autoptr(MgExpiry) expiry = mg_expiry_open(run->path, run->restore->vfs, run->restore->terms, error);

        for (char **name = expiry ? mg_expiry_names(expiry) : NULL; name && *name; name++)
                if (!erase_of(run, expiry, *name, error))
                        return FALSE;
        return expiry != NULL;
}

static gboolean do_numbered(sqlite3 *db, const char *text, gint64 number, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, number);
        return mg_sql_run(db, statement, "after a restore", error);
}

/* Numbers go on behind a gap. */
static gboolean leave_gap(Run *run, sqlite3 *db, GError **error) {
        const MgManifestHead *head = mg_manifest_head(run->manifest);
        /* A table that never had a row has no sequence yet. */
        static const char unnumbered[] = "INSERT INTO sqlite_sequence(name, seq) SELECT column1, 0"
                                         " FROM (VALUES('letter'), ('person'))"
                                         " WHERE column1 NOT IN (SELECT name FROM sqlite_sequence)";
        const gint64 serial = MAX(head->serial, run->restore->after) + MG_RESTORE_SERIALS;

        if (serial >= MG_RECEIPT_SERIALS - 1) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE,
                            "behind a gap of %d the next receipt would have the serial %" G_GINT64_FORMAT
                            ", and there are %u",
                            MG_RESTORE_SERIALS, serial + 1, MG_RECEIPT_SERIALS);
                return FALSE;
        }
        run->restore->summary.serial = serial + 1;
        return do_numbered(db, "UPDATE retention SET last_serial = max(last_serial, ?1)", serial, error) &&
               mg_sql_do(db, unnumbered, error) &&
               do_numbered(db, "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name IN ('letter', 'person')",
                           MG_RESTORE_NUMBERS, error) &&
               mg_sql_do(db, "DELETE FROM sqlite_sequence WHERE name = 'request'", error) &&
               do_numbered(db, "INSERT INTO sqlite_sequence(name, seq) VALUES('request', ?1)",
                           head->request + MG_RESTORE_NUMBERS, error);
}

/* One that was approved, or handed over, may have been sent since. */
static gboolean make_unknown(Run *run, sqlite3 *db, GError **error) {
        g_autoptr(sqlite3_stmt) select =
                mg_sql_prepare(db, "SELECT number FROM request WHERE state IN ('approved', 'handed-over')", error);
        int result = SQLITE_DONE;

        while (select && (result = sqlite3_step(select)) == SQLITE_ROW) {
                g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)sqlite3_column_int64(select, 0));
                const MgAct act = {.kind = MG_ACT_RELEASE_UNKNOWN,
                                   .time = run->now,
                                   .actor = "root",
                                   .words = {{"request", number}, {"why", "restored"}}};

                if (!mg_audit_add(db, &act, error))
                        return FALSE;
                run->restore->summary.unknown++;
        }
        return select && (result == SQLITE_DONE || mg_sql_fail(db, "requests", error)) &&
               mg_sql_do(db, "UPDATE request SET state = 'unknown' WHERE state IN ('approved', 'handed-over')", error);
}

static gboolean settle(sqlite3 *db, gpointer data, GError **error) {
        Run *run = data;
        const MgManifestHead *head = mg_manifest_head(run->manifest);
        g_autofree char *made = g_strdup_printf("%" G_GINT64_FORMAT, head->made), *serial = NULL;
        MgAct act = {.kind = MG_ACT_RESTORED, .time = run->now, .actor = "root", .words = {{"made", made}}};

        if (!leave_gap(run, db, error))
                return FALSE;
        serial = g_strdup_printf("%" G_GINT64_FORMAT, run->restore->summary.serial);
        act.words[1].name = "serial";
        act.words[1].value = serial;
        return mg_audit_add(db, &act, error) && mg_hold_lapse(db, run->now, error) && make_unknown(run, db, error) &&
               mg_sql_do(db, "DELETE FROM token", error);
}

static gboolean restore_object(Run *run, const char *receipt, GError **error) {
        g_autofree char *path = NULL, *from = NULL, *to = NULL, *folder = NULL;
        g_autoptr(GError) fault = NULL;
        g_autoptr(GBytes) bytes = NULL;
        MgManifestObject object;

        if (!mg_manifest_find(run->manifest, receipt, &object, &fault)) {
                run->restore->summary.left_out++;
                mg_log(MG_LOG_WARNING, "restore: the backup has no original of %s%s%s", receipt, fault ? ": " : "",
                       fault ? fault->message : "");
                return TRUE;
        }
        path = mg_manifest_path(&object);
        from = g_strconcat("objects/", path, NULL);
        bytes = read_file(run, from, object.size, object.sha256, &fault);
        if (!bytes) {
                run->restore->summary.left_out++;
                mg_log(MG_LOG_WARNING, "restore: %s", fault->message);
                return TRUE;
        }
        folder = g_strdup_printf(NEW_OBJECTS "/%.5s", path);
        to = g_strdup_printf(NEW_OBJECTS "/%s", path);
        if (mkdirat(run->state, folder, 0700) < 0 && errno != EEXIST) {
                mg_error_system(error, "%s cannot be made", folder);
                return FALSE;
        }
        run->restore->summary.objects++;
        return write_file(run, to, bytes, error);
}

static gboolean restore_objects(Run *run, GError **error) {
        g_autoptr(sqlite3_stmt) select =
                mg_sql_prepare(run->db, "SELECT receipt FROM mail WHERE receipt IS NOT NULL ORDER BY id", error);
        int result = SQLITE_DONE;
        guint64 done = 0;

        if (mkdirat(run->state, NEW_OBJECTS, 0700) < 0) {
                mg_error_system(error, "%s cannot be made", NEW_OBJECTS);
                return FALSE;
        }
        while (select && (result = sqlite3_step(select)) == SQLITE_ROW) {
                if (!restore_object(run, (const char *)sqlite3_column_text(select, 0), error))
                        return FALSE;
                if (++done % TELL_EVERY == 0 && !tell(run, "objects", done, mg_manifest_count(run->manifest)))
                        return FALSE;
        }
        return select && (result == SQLITE_DONE || mg_sql_fail(run->db, "rows", error));
}

/* The index last. */
static gboolean take_names(Run *run, GError **error) {
        g_clear_pointer(&run->db, mg_sql_close);
        if (syncfs(run->state) == 0 && renameat(run->state, NEW_OBJECTS, run->state, "objects") == 0 &&
            fsync(run->state) == 0 && renameat(run->state, NEW_INDEX, run->state, "index.db") == 0 &&
            fsync(run->state) == 0)
                return TRUE;
        mg_error_system(error, "what was restored cannot be made durable");
        return FALSE;
}

gboolean mg_restore_run(MgRestore *restore, GError **error) {
        g_auto(Run) run = {.restore = restore, .state = -1, .now = g_get_real_time() / G_USEC_PER_SEC};

        if (!take_folder(&run, error))
                return FALSE;
        run.manifest = mg_manifest_read(restore->folder, error);
        if (!run.manifest)
                return FALSE;
        restore->summary.made = mg_manifest_head(run.manifest)->made;
        return copy_index(&run, error) && open_index(&run, error) && in_transaction(&run, settle, &run, error) &&
               erase_due(&run, error) && restore_objects(&run, error) && take_names(&run, error);
}
