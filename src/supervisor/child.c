/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending one role. Does not decide when: supervisor.c does.
 */
#include "supervisor/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

#define DELAY_FIRST_MS 100
#define DELAY_MOST_MS 5000
#define RAN_WELL_MS 30000
/* Descriptors of one mail are about six; this is for 1,000 mails at once. */
#define OPEN_FILES 8192
#define HANDED 3
#define HANDED_FROM 3
/* Above all descriptors that are handed over, so that moving them overwrites none. */
#define ASIDE 20

void mg_child_init(MgChild *role, const char *name, int listener) {
        *role = (MgChild){.name = name, .listener = listener, .control = -1};
}

void mg_child_clear(MgChild *role) {
        mg_fd_close(&role->listener);
        mg_fd_close(&role->control);
        g_clear_pointer(&role->figures, g_array_unref);
}

/* What exec is given, made before the fork. */
typedef struct Image {
        char *program;
        char *argv[4];
        GPtrArray *environment; /* ended by NULL */
        char pid[40];           /* LISTEN_PID=..., written by the child */
        int fds[HANDED];
        guint n_fds;
} Image;

static gboolean is_handed_variable(const char *line) {
        static const char *const names[] = {
                "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "NOTIFY_SOCKET=", "WATCHDOG_USEC="};
        for (guint i = 0; i < G_N_ELEMENTS(names); i++)
                if (g_str_has_prefix(line, names[i]))
                        return TRUE;
        return FALSE;
}

static void image_init(Image *image, const MgChild *role, const MgSpawn *spawn, int control) {
        g_autofree char *name = g_strconcat("mugai-", role->name, NULL);
        g_autoptr(GString) names = g_string_new("LISTEN_FDNAMES=");
        *image = (Image){.program = g_build_filename(spawn->program_dir, name, NULL)};
        image->argv[0] = image->program;
        image->argv[1] = (char *)"--config";
        image->argv[2] = (char *)spawn->config_path;
        if (role->listener >= 0) {
                image->fds[image->n_fds++] = role->listener;
                g_string_append_printf(names, "%s:", role->name);
        }
        image->fds[image->n_fds++] = control;
        image->fds[image->n_fds++] = spawn->lock;
        g_string_append(names, "control:lock");
        image->environment = g_ptr_array_new_with_free_func(g_free);
        for (char **line = environ; *line != NULL; line++)
                if (!is_handed_variable(*line))
                        g_ptr_array_add(image->environment, g_strdup(*line));
        /* A role looks for its functions as it starts, not each of its forked workers again. */
        g_ptr_array_add(image->environment, g_strdup("LD_BIND_NOW=1"));
        g_ptr_array_add(image->environment, g_strdup(names->str));
        g_ptr_array_add(image->environment, g_strdup_printf("LISTEN_FDS=%u", image->n_fds));
}

static void image_clear(Image *image) {
        g_free(image->program);
        g_ptr_array_unref(image->environment);
}

/* Child only. Ends it with one line; 127 as shells do for what cannot be run. */
G_GNUC_NORETURN static void child_fail(const char *what) {
        mg_log(MG_LOG_ERROR, "a role cannot be started: %s: %s", what, g_strerror(errno));
        _exit(127);
}

static void child_descriptors(const Image *image) {
        int aside[HANDED];
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
                child_fail("/dev/null");
        for (guint i = 0; i < image->n_fds; i++)
                if ((aside[i] = fcntl(image->fds[i], F_DUPFD_CLOEXEC, ASIDE)) < 0)
                        child_fail("descriptors");
        for (guint i = 0; i < image->n_fds; i++)
                if (dup2(aside[i], HANDED_FROM + (int)i) < 0)
                        child_fail("descriptors");
        /* All others are close-on-exec by how they were made; this is for those that came from whoever started us. */
        if (close_range(HANDED_FROM + image->n_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
                child_fail("descriptors");
}

static void child_bounds(void) {
        struct rlimit core = {0, 0}, files = {0};
        if (setrlimit(RLIMIT_CORE, &core) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
                child_fail("limits");
        if (files.rlim_cur < OPEN_FILES)
                files.rlim_cur = MIN((rlim_t)OPEN_FILES, files.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &files) < 0)
                child_fail("limits");
}

static void child_user(const MgSpawn *spawn) {
        const MgAccount *account = spawn->account;
        if (account != NULL &&
            (setgroups(1, &spawn->group) < 0 || setresgid(account->gid, account->gid, account->gid) < 0 ||
             setresuid(account->uid, account->uid, account->uid) < 0))
                child_fail("its user");
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                child_fail("no_new_privs");
}

G_GNUC_NORETURN static void child_run(Image *image, const MgSpawn *spawn, gboolean milter) {
        sigset_t none;
        g_snprintf(image->pid, sizeof image->pid, "LISTEN_PID=%d", (int)getpid());
        g_ptr_array_add(image->environment, image->pid);
        g_ptr_array_add(image->environment, NULL);
        child_descriptors(image);
        child_bounds();
        /* A session of its own: Ctrl-C at a terminal is for mugaid alone, which then drains. */
        setsid();
        /* The group of the milter's socket is Postfix's by the folder's set-group-id bit, and must be able to write
         * to it. */
        umask(milter ? 0007 : 0077);
        child_user(spawn);
        signal(SIGPIPE, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(image->program, image->argv, (char **)image->environment->pdata);
        child_fail(image->program);
}

gboolean mg_child_start(MgChild *role, const MgSpawn *spawn, gint64 now, GError **error) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                mg_error_system(error, "no control socket for %s", role->name);
                return FALSE;
        }
        mg_autofd ours = pair[0], theirs = pair[1];
        /* A hung role must not hang us: our end never blocks. */
        if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0) {
                mg_error_system(error, "no control socket for %s", role->name);
                return FALSE;
        }
        Image image;
        image_init(&image, role, spawn, theirs);
        pid_t pid = fork();
        if (pid == 0)
                child_run(&image, spawn, strcmp(role->name, "milter") == 0);
        int failed = errno;
        image_clear(&image);
        errno = failed;
        if (pid < 0) {
                mg_error_system(error, "cannot start %s", role->name);
                return FALSE;
        }
        role->pid = pid;
        role->control = mg_fd_steal(&ours);
        role->state = MG_CHILD_STARTING;
        role->started = now;
        return TRUE;
}

void mg_child_ended(MgChild *role, int status, gint64 now) {
        gboolean told = role->state == MG_CHILD_ENDING && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (WIFSIGNALED(status))
                mg_log(MG_LOG_ERROR, "%s (pid %d) was ended by signal %d (%s)", role->name, (int)role->pid,
                       WTERMSIG(status), g_strsignal(WTERMSIG(status)));
        else
                mg_log(told ? MG_LOG_INFO : MG_LOG_ERROR, "%s (pid %d) ended with exit code %d", role->name,
                       (int)role->pid, WEXITSTATUS(status));
        if (now - role->started >= RAN_WELL_MS)
                role->delay_ms = 0;
        role->start_at = now + role->delay_ms;
        role->delay_ms = role->delay_ms == 0 ? DELAY_FIRST_MS : MIN(2 * role->delay_ms, DELAY_MOST_MS);
        role->state = MG_CHILD_DOWN;
        role->pid = 0;
        role->kill_at = 0;
        role->asked = FALSE;
        mg_fd_close(&role->control);
}

void mg_child_joined(MgChild *role, int *control, pid_t pid, gint64 now) {
        mg_fd_close(&role->control);
        role->control = mg_fd_steal(control);
        role->restarts += role->started != 0;
        role->started = now;
        role->pid = pid;
        role->asked = FALSE;
        role->state = MG_CHILD_STARTING;
        mg_log(MG_LOG_INFO, "%s joined (pid %d)", role->name, (int)pid);
}

void mg_child_left(MgChild *role) {
        mg_log(role->state == MG_CHILD_ENDING ? MG_LOG_INFO : MG_LOG_WARNING, "%s (pid %d) left", role->name,
               (int)role->pid);
        mg_fd_close(&role->control);
        role->state = MG_CHILD_DOWN;
        role->pid = 0;
        role->asked = FALSE;
}

void mg_child_reload(MgChild *role, int log) {
        g_autoptr(GError) error = NULL;
        if (role->control >= 0 && !mg_packet_send(role->control, MG_CONTROL_RELOAD, NULL, &log, log >= 0, &error))
                mg_log(MG_LOG_WARNING, "%s cannot be told: %s", role->name, error->message);
}

void mg_child_tell(MgChild *role, guint32 kind) {
        g_autoptr(GError) error = NULL;
        if (role->control >= 0 && !mg_packet_send(role->control, kind, NULL, NULL, 0, &error))
                mg_log(MG_LOG_WARNING, "%s cannot be told: %s", role->name, error->message);
}

void mg_child_kill(MgChild *role) {
        if (role->pid > 0)
                kill(role->pid, SIGKILL);
        role->state = MG_CHILD_ENDING;
}
