/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other programs, written whole or not at all.
 * Keeps no access lists and no extended attributes but those that a new file gets by itself.
 */
#include "cli/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"

#define NEW_MODE 0644
#define BESIDE ".mugai-new"

static gboolean fail(GError **error, const char *path, const char *what) {
        mg_error_system(error, "%s %s", path, what);
        return FALSE;
}

/* The folder's entries are on the disk. */
static gboolean sync_folder(const char *path, GError **error) {
        g_autofree char *name = g_path_get_dirname(path);
        mg_autofd folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (folder >= 0 && fsync(folder) == 0)
                return TRUE;
        return fail(error, name, "cannot be made durable");
}

/* The same name each time: what an interruption left is written over. */
static gboolean write_beside(const char *name, const struct stat *old, const char *text, GError **error) {
        mg_autofd fd = -1;

        if (unlink(name) < 0 && errno != ENOENT)
                return fail(error, name, "cannot be taken away");
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return fail(error, name, "cannot be made");
        if (old != NULL && fchown(fd, old->st_uid, old->st_gid) < 0)
                return fail(error, name, "cannot be given to the owner of the file");
        if (fchmod(fd, old != NULL ? old->st_mode & 07777 : NEW_MODE) < 0)
                return fail(error, name, "cannot be given the mode of the file");
        if (!mg_fd_write(fd, text, strlen(text), error))
                return FALSE;
        return fsync(fd) == 0 || fail(error, name, "cannot be made durable");
}

gboolean mg_replace_file(const char *path, const char *text, GError **error) {
        char resolved[PATH_MAX];
        struct stat old;
        gboolean there = stat(path, &old) == 0;

        if (!there && errno != ENOENT)
                return fail(error, path, "cannot be looked at");
        const char *target = there ? realpath(path, resolved) : path;
        if (target == NULL)
                return fail(error, path, "cannot be followed");
        g_autofree char *beside = g_strconcat(target, BESIDE, NULL);
        if (!write_beside(beside, there ? &old : NULL, text, error)) {
                unlink(beside);
                return FALSE;
        }
        if (rename(beside, target) < 0) {
                fail(error, target, "cannot be replaced");
                unlink(beside);
                return FALSE;
        }
        return sync_folder(target, error);
}

gboolean mg_replace_nothing(const char *path, const char *text, GError **error) {
        g_autofree char *beside = g_strconcat(path, BESIDE, NULL);
        gboolean well = write_beside(beside, NULL, text, error);

        if (well && link(beside, path) < 0)
                well = fail(error, path, "cannot be made");
        unlink(beside);
        return well && sync_folder(path, error);
}

void mg_replace_tidy(const char *path) {
        char resolved[PATH_MAX];
        const char *target = realpath(path, resolved);
        g_autofree char *beside = g_strconcat(target != NULL ? target : path, BESIDE, NULL);

        unlink(beside);
}

gboolean mg_replace_remove(const char *path, GError **error) {
        if (unlink(path) == 0)
                return sync_folder(path, error);
        return errno == ENOENT || fail(error, path, "cannot be removed");
}
