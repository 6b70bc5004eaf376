/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of a store and its lock. Knows nothing of what is in it.
 */
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

#define LOCK_WAIT_MS 5000

int mg_folder_lock(const char *state_dir, GError **error) {
        g_autofree char *path = g_build_filename(state_dir, "lock", NULL);
        mg_autofd lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (lock < 0) {
                mg_error_system(error, "cannot open %s", path);
                return -1;
        }
        for (guint waited = 0; flock(lock, LOCK_EX | LOCK_NB) < 0; waited += 50) {
                if (errno != EWOULDBLOCK) {
                        mg_error_system(error, "cannot lock %s", path);
                        return -1;
                }
                if (waited >= LOCK_WAIT_MS) {
                        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "another store works on %s", state_dir);
                        return -1;
                }
                g_usleep(50000);
        }
        return mg_fd_steal(&lock);
}

/* The name of a folder is durable when the folder above it is synced. */
static gboolean sync_parent(const char *path, MgMeter *meter, GError **error) {
        g_autofree char *parent = g_path_get_dirname(path);
        mg_autofd fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        mg_meter_add(&meter->syncs, 1);
        if (fd >= 0 && fsync(fd) == 0)
                return TRUE;
        mg_error_system(error, "cannot make %s durable", path);
        return FALSE;
}

gboolean mg_folder_make(const char *state_dir, MgMeter *meter, GError **error) {
        struct stat status;

        if (stat(state_dir, &status) < 0 && errno == ENOENT) {
                if (g_mkdir_with_parents(state_dir, 0700) < 0) {
                        mg_error_system(error, "cannot make %s", state_dir);
                        return FALSE;
                }
                if (!sync_parent(state_dir, meter, error))
                        return FALSE;
        }
        if (stat(state_dir, &status) < 0) {
                mg_error_system(error, "cannot use %s", state_dir);
                return FALSE;
        }
        if (status.st_mode & 077)
                mg_log(MG_LOG_WARNING, "%s holds originals and others than its owner may look into it (mode %04o)",
                       state_dir, status.st_mode & 07777);
        return TRUE;
}
