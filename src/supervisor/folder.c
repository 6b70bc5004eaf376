/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and sockets. Mends owner and mode of what is ours; takes over nothing that others could have put
 * something into.
 */
#include "supervisor/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/packet.h"
#include "base/stream.h"

typedef struct Wanted {
        const char *key; /* of the configuration */
        const char *path;
        uid_t uid;
        gid_t gid; /* MG_NO_GID: as it is */
        mode_t mode;
} Wanted;

static gboolean refuse(GError **error, const Wanted *wanted, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean refuse(GError **error, const Wanted *wanted, const char *format, ...) {
        va_list args;
        va_start(args, format);
        g_autofree char *sentence = g_strdup_vprintf(format, args);
        va_end(args);
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "the folder %s of \"%s\" %s", wanted->path, wanted->key,
                    sentence);
        return FALSE;
}

static gboolean is_empty(const char *path) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        return dir != NULL && g_dir_read_name(dir) == NULL;
}

static gboolean check_folder(const Wanted *wanted, const struct stat *st, gboolean root, GError **error) {
        if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
                return refuse(error, wanted,
                              "can be written by others (mode %04o); look at what is in it, then: chmod go-w %s",
                              st->st_mode & 07777, wanted->path);
        if (st->st_uid == wanted->uid || (root && st->st_uid == 0 && is_empty(wanted->path)))
                return TRUE;
        return refuse(error, wanted, "belongs to user %u instead of %u; look at what is in it, then: chown -R %u %s",
                      (guint)st->st_uid, (guint)wanted->uid, (guint)wanted->uid, wanted->path);
}

/* Owner first: changing it clears the set-group-id bit. A group that an ordinary user is not in is left out: he
 * alone then uses it. */
static gboolean give_folder(int fd, const Wanted *wanted, gboolean root, GError **error) {
        gboolean given = fchown(fd, root ? wanted->uid : (uid_t)-1, wanted->gid) == 0 || !root;
        if (given && fchmod(fd, wanted->mode) == 0)
                return TRUE;
        return refuse(error, wanted, "cannot be given its owner and mode: %s", g_strerror(errno));
}

static gboolean make_folder(const Wanted *wanted, gboolean root, GError **error) {
        g_autofree char *above = g_path_get_dirname(wanted->path);
        struct stat st;
        if (g_mkdir_with_parents(above, 0755) < 0 || (mkdir(wanted->path, 0700) < 0 && errno != EEXIST))
                return refuse(error, wanted, "cannot be made: %s", g_strerror(errno));
        mg_autofd fd = open(wanted->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
                return refuse(error, wanted, "is no folder or a symbolic link; name the folder itself");
        if (fd < 0 || fstat(fd, &st) < 0)
                return refuse(error, wanted, "cannot be opened: %s", g_strerror(errno));
        return check_folder(wanted, &st, root, error) && give_folder(fd, wanted, root, error);
}

static gboolean is_inside(const char *path, const char *folder) {
        gsize n = strlen(folder);
        return strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* The folder of a unix socket of the milter. One outside of run_dir that is there already keeps its group and mode:
 * Postfix's own folders are such. */
static gboolean make_milter_folder(const MgConfig *config, const MgAccounts *accounts, GError **error) {
        if (!g_str_has_prefix(config->milter_socket, "unix:"))
                return TRUE;
        g_autofree char *path = g_path_get_dirname(config->milter_socket + 5);
        Wanted wanted = {"milter.socket", path, accounts->role[MG_ROLE_MILTER].uid, accounts->milter_group, 02710};
        if (strcmp(path, config->run_dir) == 0 && accounts->root)
                return refuse(error, &wanted,
                              "is \"run_dir\" itself, where only root makes files; put the socket into a folder in it");
        if (strcmp(path, config->run_dir) == 0)
                return TRUE;
        struct stat st;
        if (is_inside(path, config->run_dir) || lstat(path, &st) < 0)
                return make_folder(&wanted, accounts->root, error);
        if (!S_ISDIR(st.st_mode))
                return refuse(error, &wanted, "is no folder or a symbolic link; name the folder itself");
        return check_folder(&wanted, &st, FALSE, error);
}

gboolean mg_folders_make(const MgConfig *config, const MgAccounts *accounts, GError **error) {
        gboolean passing = g_str_has_prefix(config->milter_socket, "unix:") &&
                           is_inside(config->milter_socket + 5, config->run_dir);
        Wanted run = {"run_dir", config->run_dir, geteuid(), accounts->group, passing ? 0751 : 0750};
        Wanted state = {"state_dir", config->state_dir, accounts->role[MG_ROLE_STORE].uid,
                        accounts->role[MG_ROLE_STORE].gid, 0700};
        return make_folder(&run, accounts->root, error) && make_folder(&state, accounts->root, error) &&
               make_milter_folder(config, accounts, error);
}

int mg_folder_lock(const MgConfig *config, GError **error) {
        g_autofree char *path = mg_config_socket(config, "mugaid.lock");
        mg_autofd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) {
                mg_error_system(error, "cannot open %s", path);
                return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
                return mg_fd_steal(&fd);
        if (errno == EWOULDBLOCK)
                g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "another mugaid, or roles of one, run on %s",
                            config->run_dir);
        else
                mg_error_system(error, "cannot lock %s", path);
        return -1;
}

int mg_folder_listen_console(const MgConfig *config, const MgAccounts *accounts, GError **error) {
        mg_autofd fd = mg_stream_listen(config->console_socket, error);
        if (fd >= 0 && accounts->console_group != MG_NO_GID &&
            lchown(config->console_socket + strlen("unix:"), (uid_t)-1, accounts->console_group) < 0 &&
            accounts->root) {
                mg_error_system(error, "cannot give %s to its group", config->console_socket);
                return -1;
        }
        return mg_fd_steal(&fd);
}

int mg_folder_listen(const MgConfig *config, const MgAccounts *accounts, const char *name, GError **error) {
        g_autofree char *path = mg_config_socket(config, name);
        mg_autofd fd = mg_packet_listen(path, 0660, error);
        if (fd < 0)
                return -1;
        if (accounts->group != MG_NO_GID && lchown(path, (uid_t)-1, accounts->group) < 0 && accounts->root) {
                mg_error_system(error, "cannot give %s to its group", path);
                return -1;
        }
        return mg_fd_steal(&fd);
}
