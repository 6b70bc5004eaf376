/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a private sanitize role, as mugaid starts one: sockets by systemd's convention, a control socket that ends
 * it. Does not restart it: a role that dies ends the command. What it logs is kept aside and shown only where it ended
 * badly.
 */
#include "cli/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"

/* libmagic's database and every iconv module are loaded before the role says that it serves. */
#define READY_MS 60000
#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define LOG_OCTETS (1024 * 1024)

/* All that the child needs between fork and exec, made before the fork. */
typedef struct Start {
        char *program;
        char *argv[4];
        GPtrArray *environment;
        char pid[32];   /* "LISTEN_PID=..." */
        int sockets[2]; /* listening, control: above the range that they are copied to */
        int null;
        int log;
        uid_t uid; /* 0: stay */
        gid_t gid;
} Start;

static void start_clear(Start *start) {
        g_free(start->program);
        g_clear_pointer(&start->environment, g_ptr_array_unref);
        for (guint i = 0; i < G_N_ELEMENTS(start->sockets); i++)
                mg_fd_close(&start->sockets[i]);
        mg_fd_close(&start->null);
        mg_fd_close(&start->log);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

/* Never returns. Calls nothing that allocates. */
static _Noreturn void child(Start *start) {
        snprintf(start->pid, sizeof start->pid, "LISTEN_PID=%ld", (long)getpid());
        if (dup2(start->null, 0) < 0 || dup2(start->log, 1) < 0 || dup2(start->log, 2) < 0 ||
            dup2(start->sockets[0], FIRST_FD) < 0 || dup2(start->sockets[1], FIRST_FD + 1) < 0)
                _exit(EX_OSERR);
        if (start->uid != 0 && (setgroups(0, NULL) < 0 || setresgid(start->gid, start->gid, start->gid) < 0 ||
                                setresuid(start->uid, start->uid, start->uid) < 0))
                _exit(EX_NOPERM);
        execve(start->program, start->argv, (char **)start->environment->pdata);
        dprintf(2, "%s cannot be started: %s\n", start->program, strerror(errno));
        _exit(EX_OSFILE);
}

/* The environment without another LISTEN_*, and ours at its end. */
static GPtrArray *make_environment(char *pid) {
        GPtrArray *environment = g_ptr_array_new_with_free_func(NULL);
        static const char fds[] = "LISTEN_FDS=2", names[] = "LISTEN_FDNAMES=sanitize:control";

        for (char **each = environ; *each != NULL; each++) {
                if (!g_str_has_prefix(*each, "LISTEN_"))
                        g_ptr_array_add(environment, *each);
        }
        g_ptr_array_add(environment, pid);
        g_ptr_array_add(environment, (char *)fds);
        g_ptr_array_add(environment, (char *)names);
        g_ptr_array_add(environment, NULL);
        return environment;
}

/* As root the role runs under its own user where that exists; a build folder on a host without it is used as it is. */
static void choose_user(Start *start, const MgConfig *config) {
        if (geteuid() != 0)
                return;
        guint64 number = 0;
        gboolean numeric = g_ascii_string_to_unsigned(config->user_sanitize, 10, 1, G_MAXINT32, &number, NULL);
        const struct passwd *user = numeric ? getpwuid((uid_t)number) : getpwnam(config->user_sanitize);
        /* A number that has no name is a user, too, and its own group. */
        start->uid = (uid_t)number;
        start->gid = (gid_t)number;
        if (user == NULL)
                return;
        start->uid = user->pw_uid;
        start->gid = user->pw_gid;
}

static int above(int fd) {
        return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + 8);
}

/* Listens in a fresh folder of mode 0700 and removes the names at once: the socket is reached through a descriptor. */
static int listen_private(MgEngine *engine, GError **error) {
        g_autofree char *folder = g_dir_make_tmp("mugai-XXXXXX", error);
        mg_autofd listening = -1;

        if (folder == NULL)
                return -1;
        g_autofree char *path = g_build_filename(folder, "sanitize.sock", NULL);
        listening = mg_packet_listen(path, 0600, error);
        if (listening >= 0) {
                engine->name = open(path, O_PATH | O_CLOEXEC);
                if (engine->name < 0)
                        mg_error_system(error, "%s", path);
                unlink(path);
        }
        rmdir(folder);
        if (engine->name < 0)
                return -1;
        engine->socket = g_strdup_printf("/proc/self/fd/%d", engine->name);
        return mg_fd_steal(&listening);
}

static gboolean prepare(MgEngine *engine, Start *start, const MgConfig *config, GError **error) {
        int pair[2];
        mg_autofd listening = listen_private(engine, error);

        if (listening < 0)
                return FALSE;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                mg_error_system(error, "no socket pair");
                return FALSE;
        }
        mg_autofd theirs = pair[1];
        engine->control = pair[0];
        start->sockets[0] = above(listening);
        start->sockets[1] = above(theirs);
        start->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        start->log = mg_fd_memory("mugai-log", error);
        if (start->log < 0)
                return FALSE;
        if (start->sockets[0] < 0 || start->sockets[1] < 0 || start->null < 0) {
                mg_error_system(error, "no descriptors");
                return FALSE;
        }
        choose_user(start, config);
        start->program = mg_config_program("mugai-sanitize");
        start->argv[0] = start->program;
        start->argv[1] = config->path != NULL ? (char *)"--config" : NULL;
        start->argv[2] = config->path;
        start->environment = make_environment(start->pid);
        return TRUE;
}

/* The last line that the role wrote: why it ended. */
static char *last_words(int log) {
        g_autoptr(GBytes) bytes = mg_fd_map(log, 0, LOG_OCTETS, NULL);
        gsize n = 0;
        const char *data = bytes != NULL ? g_bytes_get_data(bytes, &n) : NULL;
        g_autofree char *text = g_strchomp(g_strndup(data != NULL ? data : "", n));
        const char *line = strrchr(text, '\n');

        line = line != NULL ? line + 1 : text;
        return g_utf8_make_valid(*line != '\0' ? line : "it said nothing", -1);
}

static gboolean wait_ready(MgEngine *engine, const Start *start, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) fault = NULL;

        if (mg_packet_receive(engine->control, READY_MS, &packet, &fault) && packet.kind == MG_CONTROL_READY)
                return TRUE;
        mg_engine_clear(engine);
        g_autofree char *why = last_words(start->log);
        g_set_error(error, MG_ERROR, MG_ERROR_CLOSED, "the sanitizer did not start: %s", why);
        return FALSE;
}

gboolean mg_engine_start(MgEngine *engine, const MgConfig *config, GError **error) {
        g_auto(Start) start = {.sockets = {-1, -1}, .null = -1, .log = -1};

        if (!prepare(engine, &start, config, error)) {
                mg_engine_clear(engine);
                return FALSE;
        }
        pid_t pid = fork();
        if (pid == 0)
                child(&start);
        if (pid < 0) {
                mg_error_system(error, "cannot fork");
                mg_engine_clear(engine);
                return FALSE;
        }
        engine->pid = pid;
        /* Only the role may hold its ends: connecting must fail once it is gone. */
        for (guint i = 0; i < G_N_ELEMENTS(start.sockets); i++)
                mg_fd_close(&start.sockets[i]);
        return wait_ready(engine, &start, error);
}

void mg_engine_clear(MgEngine *engine) {
        mg_fd_close(&engine->control);
        mg_fd_close(&engine->name);
        g_clear_pointer(&engine->socket, g_free);
        if (engine->pid > 0) {
                while (waitpid(engine->pid, NULL, 0) < 0 && errno == EINTR)
                        continue;
        }
        engine->pid = 0;
}
