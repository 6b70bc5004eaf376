/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a role's program apart from mugaid. Does not restart it and waits for nothing.
 */
#include "cli/private_role.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define LOG_OCTETS (1024 * 1024)

/* All that the child needs between fork and exec, made before the fork. */
typedef struct Start {
        char *program;
        char *argv[5];
        GPtrArray *environment;
        char pid[32];  /* "LISTEN_PID=..." */
        char *fds_are; /* "LISTEN_FDS=..." */
        char *names;
        int fds[MG_PRIVATE_FDS]; /* above the range that they are copied to */
        guint n_fds;
        int null;
        int log;
        uid_t uid; /* 0: stay */
        gid_t gid;
} Start;

static void start_clear(Start *start) {
        g_free(start->program);
        g_free(start->fds_are);
        g_free(start->names);
        g_clear_pointer(&start->environment, g_ptr_array_unref);
        for (guint i = 0; i < start->n_fds; i++)
                mg_fd_close(&start->fds[i]);
        mg_fd_close(&start->null);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

/* Never returns. Calls nothing that allocates. */
static _Noreturn void child(Start *start) {
        snprintf(start->pid, sizeof start->pid, "LISTEN_PID=%ld", (long)getpid());
        if (dup2(start->null, 0) < 0 || dup2(start->log, 1) < 0 || dup2(start->log, 2) < 0)
                _exit(EX_OSERR);
        for (guint i = 0; i < start->n_fds; i++)
                if (dup2(start->fds[i], FIRST_FD + (int)i) < 0)
                        _exit(EX_OSERR);
        if (start->uid != 0 && (setgroups(0, NULL) < 0 || setresgid(start->gid, start->gid, start->gid) < 0 ||
                                setresuid(start->uid, start->uid, start->uid) < 0))
                _exit(EX_NOPERM);
        execve(start->program, start->argv, (char **)start->environment->pdata);
        dprintf(2, "%s cannot be started: %s\n", start->program, strerror(errno));
        _exit(EX_OSFILE);
}

/* The environment without another LISTEN_*, and ours at its end. */
static GPtrArray *make_environment(Start *start) {
        GPtrArray *environment = g_ptr_array_new_with_free_func(NULL);

        for (char **each = environ; *each != NULL; each++) {
                if (!g_str_has_prefix(*each, "LISTEN_"))
                        g_ptr_array_add(environment, *each);
        }
        g_ptr_array_add(environment, start->pid);
        g_ptr_array_add(environment, start->fds_are);
        g_ptr_array_add(environment, start->names);
        g_ptr_array_add(environment, NULL);
        return environment;
}

/* As root the role runs under its own user where that exists; a build folder on a host without it is used as it is. */
static void choose_user(Start *start, const char *name) {
        if (geteuid() != 0)
                return;
        guint64 number = 0;
        gboolean numeric = g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT32, &number, NULL);
        const struct passwd *user = numeric ? getpwuid((uid_t)number) : getpwnam(name);
        /* A number that has no name is a user, too, and its own group. */
        start->uid = (uid_t)number;
        start->gid = (gid_t)number;
        if (user == NULL)
                return;
        start->uid = user->pw_uid;
        start->gid = user->pw_gid;
}

static gboolean prepare(Start *start, const MgPrivateRole *role, const MgConfig *config, GError **error) {
        start->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        start->log = role->log;
        for (; start->null >= 0 && start->n_fds < role->n_fds; start->n_fds++) {
                start->fds[start->n_fds] = fcntl(role->fds[start->n_fds], F_DUPFD_CLOEXEC, FIRST_FD + 8);
                if (start->fds[start->n_fds] < 0)
                        break;
        }
        if (start->n_fds < role->n_fds) {
                mg_error_system(error, "no descriptors");
                return FALSE;
        }
        choose_user(start, role->user);
        start->program = mg_config_program(role->program);
        start->argv[0] = start->program;
        start->argv[1] = (char *)"--no-rules";
        start->argv[2] = config->path != NULL ? (char *)"--config" : NULL;
        start->argv[3] = config->path;
        start->fds_are = g_strdup_printf("LISTEN_FDS=%u", role->n_fds);
        start->names = g_strconcat("LISTEN_FDNAMES=", role->names, NULL);
        start->environment = make_environment(start);
        return TRUE;
}

pid_t mg_private_role_start(const MgPrivateRole *role, const MgConfig *config, GError **error) {
        g_auto(Start) start = {.null = -1};
        pid_t pid;

        if (!prepare(&start, role, config, error))
                return -1;
        pid = fork();
        if (pid == 0)
                child(&start);
        if (pid < 0)
                mg_error_system(error, "cannot fork");
        return pid;
}

char *mg_private_role_last_words(int log) {
        g_autoptr(GBytes) bytes = mg_fd_map(log, 0, LOG_OCTETS, NULL);
        gsize n = 0;
        const char *data = bytes != NULL ? g_bytes_get_data(bytes, &n) : NULL;
        g_autofree char *text = g_strchomp(g_strndup(data != NULL ? data : "", n));
        const char *line = strrchr(text, '\n');

        line = line != NULL ? line + 1 : text;
        return g_utf8_make_valid(*line != '\0' ? line : "it said nothing", -1);
}
