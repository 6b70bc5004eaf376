/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop over signals, control sockets and clocks. It never waits for a role: whatever a role does not do in time
 * is noticed by tick(). Reads no mail and touches no original.
 */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/notify.h"
#include "config/role.h"
#include "supervisor/folder.h"
#include "supervisor/status.h"

/* What a child that could not run its program ends with (child.c). */
#define EXIT_NOT_RUN 127
/* The part of milter and release of the time to drain, so that store and sanitize have some left when one hung. */
#define FIRST_SHARE(ms) ((ms) / 6 * 5)
/* How long a role may live on after it closed its control socket. */
#define DEAF_MS 5000
/* How long roles of an earlier mugaid, which was killed, may still hold run_dir: their own time to drain and some
 * more. */
#define LOCK_WAIT_MS 65000
#define LOCK_STEP_MS 100

typedef enum Phase { RUNNING, DRAINING_FIRST, DRAINING_REST, DONE } Phase;

typedef struct Supervisor {
        const MgSupervisorOptions *options;
        MgConfig *config; /* as it was at the start: what sockets, folders and users are */
        MgAccounts accounts;
        MgChild roles[_MG_ROLE_N];
        MgStatus status;
        int signals;
        int lock;
        int door;       /* with units: where roles come to; else -1 */
        gint64 look_at; /* with units: when the roles are asked next */
        Phase phase;
        gint64 first_end; /* while draining */
        gint64 end;
        int exit_code;
} Supervisor;

static gint64 now_ms(void) {
        return g_get_monotonic_time() / 1000;
}

static gboolean all_served(const Supervisor *s) {
        for (guint i = 0; i < s->accounts.n; i++)
                if (!s->roles[i].was_up)
                        return FALSE;
        return TRUE;
}

static void tell_to_end(MgChild *role) {
        if (role->pid == 0)
                return;
        mg_child_tell(role, MG_CONTROL_DRAIN);
        role->state = MG_CHILD_ENDING;
}

/* Milter, release, console and monitor end first: what they still have in work needs the other two. */
static gboolean ends_first(MgRoleId id) {
        return id >= MG_ROLE_MILTER;
}

static void begin_drain(Supervisor *s, gint64 now) {
        if (s->phase != RUNNING)
                return;
        mg_notify("STOPPING=1");
        mg_log(MG_LOG_INFO, "stopping: no new mail; mail in work has %u s", s->options->drain_ms / 1000);
        s->phase = DRAINING_FIRST;
        s->end = now + s->options->drain_ms;
        s->first_end = now + FIRST_SHARE(s->options->drain_ms);
        for (guint i = 0; i < s->accounts.n; i++)
                if (ends_first(i))
                        tell_to_end(&s->roles[i]);
}

static void give_up(Supervisor *s, int exit_code, const char *why, const MgChild *role, gint64 now) {
        mg_log(MG_LOG_ERROR, "giving up: %s %s", role->name, why);
        s->exit_code = exit_code;
        begin_drain(s, now);
}

static gboolean may_start(const Supervisor *s, MgRoleId id) {
        if (s->phase >= DRAINING_REST || (s->phase == DRAINING_FIRST && ends_first(id)))
                return FALSE;
        return id == 0 || s->roles[id - 1].was_up;
}

static void start_role(Supervisor *s, MgRoleId id, gint64 now) {
        g_autoptr(GError) error = NULL;
        MgSpawn spawn = {
                .program_dir = s->options->program_dir,
                .config_path = s->config->path,
                .account = s->accounts.root ? &s->accounts.role[id] : NULL,
                .group = s->accounts.group,
                .lock = s->lock,
        };
        MgChild *role = &s->roles[id];
        role->restarts += role->started != 0;
        if (!mg_child_start(role, &spawn, now, &error)) {
                mg_log(MG_LOG_ERROR, "%s; trying again", error->message);
                role->start_at = now + 1000;
                return;
        }
        role->kill_at = now + s->options->ready_ms;
        mg_log(MG_LOG_INFO, "%s started (pid %d)", role->name, (int)role->pid);
}

static void role_ended(Supervisor *s, MgRoleId id, int status, gint64 now) {
        MgChild *role = &s->roles[id];
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        mg_child_ended(role, status, now);
        if (s->phase == RUNNING && !all_served(s) && code == EX_CONFIG)
                give_up(s, EX_CONFIG, "does not accept its configuration", role, now);
        else if (s->phase == RUNNING && !all_served(s) && code == EXIT_NOT_RUN)
                give_up(s, EX_OSERR, "cannot be run", role, now);
}

/* Every child that ended, by its pid. As the first process of a container we are also given orphans of others. */
static void reap(Supervisor *s, gint64 now) {
        siginfo_t info = {0};
        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
                int status = 0;
                if (waitpid(info.si_pid, &status, 0) != info.si_pid)
                        return;
                for (guint i = 0; i < s->accounts.n; i++)
                        if (s->roles[i].pid == info.si_pid)
                                role_ended(s, i, status, now);
                info.si_pid = 0;
        }
}

static int open_log(const Supervisor *s, GError **error) {
        int log = open(s->config->log_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (log < 0)
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "the file %s of \"log.file\" cannot be opened: %s",
                            s->config->log_file, g_strerror(errno));
        return log;
}

static void reload(Supervisor *s) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) next = mg_config_load(s->config->path, &error);
        if (next == NULL) {
                mg_log(MG_LOG_ERROR, "not reloaded, all goes on as it was: %s", error->message);
                return;
        }
        g_auto(GStrv) changed = mg_config_changed(s->config, next);
        g_autofree char *names = g_strjoinv(", ", changed);
        if (*changed != NULL)
                mg_log(MG_LOG_WARNING, "changed, but taken over by a restart only: %s", names);
        mg_log_set_level((MgLogLevel)next->log_level);
        mg_autofd log = s->config->log_to == MG_LOG_TO_FILE ? open_log(s, &error) : -1;
        if (error != NULL)
                mg_log(MG_LOG_ERROR, "%s; lines go on to where they went", error->message);
        if (log >= 0)
                mg_log_replace(log);
        /* Those that are services of their own have a standard error of their own. */
        for (guint i = 0; i < s->accounts.n; i++)
                mg_child_reload(&s->roles[i], s->options->units ? -1 : log);
        mg_log(MG_LOG_INFO, "reloaded %s", s->config->path);
}

static void read_signals(Supervisor *s, gint64 now) {
        struct signalfd_siginfo info;
        while (read(s->signals, &info, sizeof info) == (gssize)sizeof info) {
                if (info.ssi_signo == SIGCHLD)
                        reap(s, now);
                else if (info.ssi_signo == SIGHUP)
                        reload(s);
                else
                        begin_drain(s, now);
        }
}

static void role_serves(Supervisor *s, MgChild *role, gint64 now) {
        if (role->state != MG_CHILD_STARTING)
                return;
        gboolean before = all_served(s);
        role->state = MG_CHILD_UP;
        role->was_up = TRUE;
        role->kill_at = 0;
        mg_log(MG_LOG_INFO, "%s serves after %" G_GINT64_FORMAT " ms", role->name, now - role->started);
        if (before || !all_served(s))
                return;
        mg_notify("READY=1");
        mg_log(MG_LOG_INFO, "ready: version " MG_VERSION ", milter on %s", s->config->milter_socket);
}

static void read_role(Supervisor *s, MgChild *role, gint64 now) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;
        if (!mg_packet_receive(role->control, 0, &packet, &error)) {
                if (!g_error_matches(error, MG_ERROR, MG_ERROR_CLOSED))
                        mg_log(MG_LOG_ERROR, "%s on its control socket: %s", role->name, error->message);
                if (s->options->units) {
                        mg_child_left(role);
                        return;
                }
                mg_fd_close(&role->control);
                /* Its end follows by SIGCHLD; one that lives on without a way to be told anything is ended. */
                if (role->state != MG_CHILD_ENDING)
                        role->kill_at = now + DEAF_MS;
                return;
        }
        if (packet.kind == MG_CONTROL_READY)
                role_serves(s, role, now);
        else if (packet.kind == MG_CONTROL_FIGURES)
                mg_status_answer(role, packet.record);
        else
                mg_log(MG_LOG_WARNING, "%s sent a record of kind %u, which is not for mugaid", role->name, packet.kind);
}

/* A role that is a service of its own came. Whoever may connect is in the group; which role it is, its user says. */
static void take_role(Supervisor *s, gint64 now) {
        mg_autofd sock = accept4(s->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct ucred peer;
        socklen_t n = sizeof peer;
        if (sock < 0 || getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
                return;
        for (guint i = 0; i < s->accounts.n; i++) {
                if (s->accounts.role[i].uid != peer.uid)
                        continue;
                mg_child_joined(&s->roles[i], &sock, peer.pid, now);
                if (s->phase != RUNNING)
                        tell_to_end(&s->roles[i]);
                return;
        }
        mg_log(MG_LOG_WARNING, "user %u is no role's and came to role.sock", (guint)peer.uid);
}

static void kill_all(Supervisor *s, gboolean first_only) {
        for (guint i = 0; i < s->accounts.n; i++)
                if (s->roles[i].pid != 0 && (ends_first(i) || !first_only)) {
                        mg_log(MG_LOG_ERROR, "%s did not end in time and is killed", s->roles[i].name);
                        mg_child_kill(&s->roles[i]);
                }
}

/* Whether any of the roles that end first, or of the others, still runs. */
static gboolean any_runs(const Supervisor *s, gboolean first) {
        for (guint i = 0; i < s->accounts.n; i++)
                if (s->roles[i].pid != 0 && ends_first(i) == first)
                        return TRUE;
        return FALSE;
}

static void tick_drain(Supervisor *s, gint64 now) {
        if (s->phase == DRAINING_FIRST && now >= s->first_end && any_runs(s, TRUE)) {
                kill_all(s, TRUE);
                s->first_end = s->end;
        }
        if (s->phase == DRAINING_FIRST && !any_runs(s, TRUE)) {
                s->phase = DRAINING_REST;
                tell_to_end(&s->roles[MG_ROLE_SANITIZE]);
                tell_to_end(&s->roles[MG_ROLE_STORE]);
        }
        if (s->phase != RUNNING && now >= s->end && s->options->units) {
                mg_log(MG_LOG_ERROR, "not all roles ended in time; they are left to the service manager");
                s->phase = DONE;
        } else if (s->phase != RUNNING && now >= s->end) {
                kill_all(s, FALSE);
                s->end = now + 1000;
        }
        if (s->phase == DRAINING_REST && !any_runs(s, FALSE))
                s->phase = DONE;
}

/* What is due by the clock. Returns when the next thing is. */
static gint64 tick(Supervisor *s, gint64 now) {
        gint64 next = mg_status_tick(&s->status, s->roles, s->accounts.n, now);
        tick_drain(s, now);
        if (s->options->units && now >= s->look_at) {
                mg_status_begin(&s->status, s->roles, s->accounts.n, now);
                s->look_at = now + MG_SUPERVISOR_LOOK_MS;
        }
        if (s->options->units)
                next = MIN(next, s->look_at);
        for (guint i = 0; i < s->accounts.n; i++) {
                MgChild *role = &s->roles[i];
                if (role->pid != 0 && role->kill_at != 0 && now >= role->kill_at) {
                        mg_log(MG_LOG_ERROR, "%s %s and is killed", role->name,
                               role->control < 0 ? "closed its control socket" : "did not say in time that it serves");
                        role->kill_at = 0;
                        mg_child_kill(role);
                }
                if (s->options->units)
                        continue;
                if (role->pid == 0 && may_start(s, i) && now >= role->start_at)
                        start_role(s, i, now);
                if (role->pid == 0 && may_start(s, i))
                        next = MIN(next, role->start_at);
                if (role->pid != 0 && role->kill_at != 0)
                        next = MIN(next, role->kill_at);
        }
        if (s->phase == DRAINING_FIRST)
                next = MIN(next, s->first_end);
        return s->phase == RUNNING ? next : MIN(next, s->end);
}

static void run(Supervisor *s) {
        struct pollfd polls[2 + _MG_ROLE_N + MG_STATUS_CLIENTS + 1];
        struct pollfd *role_polls = polls + 2, *status_polls = polls + 2 + _MG_ROLE_N;
        for (gint64 next = tick(s, now_ms()); s->phase != DONE; next = tick(s, now_ms())) {
                polls[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
                polls[1] = (struct pollfd){.fd = s->door, .events = POLLIN};
                for (guint i = 0; i < _MG_ROLE_N; i++)
                        role_polls[i] = (struct pollfd){.fd = s->roles[i].control, .events = POLLIN};
                guint n = mg_status_watch(&s->status, status_polls);
                gint64 wait = CLAMP(next - now_ms(), 0, 60000);
                if (poll(polls, 2 + _MG_ROLE_N + n, (int)wait) <= 0)
                        continue;
                gint64 now = now_ms();
                /* Before signals: a record that a role sent and then died is still read. */
                for (guint i = 0; i < s->accounts.n; i++)
                        if (role_polls[i].revents != 0)
                                read_role(s, &s->roles[i], now);
                mg_status_ready(&s->status, s->roles, s->accounts.n, status_polls, n, now);
                if (polls[1].revents != 0)
                        take_role(s, now);
                if (polls[0].revents != 0)
                        read_signals(s, now);
        }
}

/* Signals come by descriptor; standard input is closed to what anybody types; a log file takes the place of
 * standard error, which the roles inherit. */
static gboolean prepare_process(Supervisor *s, GError **error) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGCHLD);
        signal(SIGPIPE, SIG_IGN);
        umask(0027);
        s->signals = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
        mg_autofd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (s->signals < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0) {
                mg_error_system(error, "cannot prepare the process");
                return FALSE;
        }
        if (s->config->log_to == MG_LOG_TO_FILE) {
                mg_autofd log = open_log(s, error);
                if (log < 0 || !mg_log_replace(log))
                        return FALSE;
                /* Lines in a file begin with the time, not with the journal's marks. */
                g_unsetenv("JOURNAL_STREAM");
        }
        mg_role_log("mugaid", s->config);
        return TRUE;
}

/* Whether SIGTERM or SIGINT came while nothing was started yet. */
static gboolean told_to_end(Supervisor *s) {
        struct signalfd_siginfo info;
        while (read(s->signals, &info, sizeof info) == (gssize)sizeof info)
                if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
                        return TRUE;
        return FALSE;
}

static gboolean take_lock(Supervisor *s, GError **error) {
        gint64 end = now_ms() + LOCK_WAIT_MS;
        for (gboolean said = FALSE;; said = TRUE) {
                g_autoptr(GError) fault = NULL;
                s->lock = mg_folder_lock(s->config, &fault);
                if (s->lock >= 0)
                        return TRUE;
                if (!g_error_matches(fault, MG_ERROR, MG_ERROR_TIMEOUT) || now_ms() >= end || told_to_end(s)) {
                        g_propagate_error(error, g_steal_pointer(&fault));
                        return FALSE;
                }
                if (!said)
                        mg_log(MG_LOG_WARNING, "%s; waiting for them to end", fault->message);
                g_usleep(LOCK_STEP_MS * 1000);
        }
}

/* A port that is taken keeps the pages away, not the mail: the role then tries by itself, again and again. */
static int listen_for_console(const Supervisor *s) {
        g_autoptr(GError) error = NULL;
        int listener = mg_folder_listen_console(s->config, &s->accounts, &error);
        if (listener < 0)
                mg_log(MG_LOG_ERROR, "no pages for now: %s", error->message);
        return listener;
}

static const char *const role_names[_MG_ROLE_N] = {"store", "sanitize", "milter", "release", "console", "monitor"};

/* The socket that was handed over, or one of our own. */
static int listen_on(const Supervisor *s, const char *name, GError **error) {
        g_autofree char *file = g_strconcat(name, ".sock", NULL);
        int inherited = mg_packet_inherited(name);
        return inherited >= 0 ? inherited : mg_folder_listen(s->config, &s->accounts, file, error);
}

/* Roles that are services of their own bring their sockets, and have their folders from whoever starts them. */
static gboolean await_roles(Supervisor *s, GError **error) {
        for (guint i = 0; i < s->accounts.n; i++)
                mg_child_init(&s->roles[i], role_names[s->accounts.id[i]], -1);
        int control = listen_on(s, "control", error);
        if (control < 0)
                return FALSE;
        mg_status_init(&s->status, control, now_ms());
        s->door = listen_on(s, "role", error);
        return s->door >= 0;
}

static gboolean prepare_roles(Supervisor *s, GError **error) {
        if (!mg_folders_make(s->config, &s->accounts, error) || !take_lock(s, error))
                return FALSE;
        for (guint i = 0; i < s->accounts.n; i++) {
                MgRoleId id = s->accounts.id[i];
                g_autofree char *socket = g_strconcat(role_names[id], ".sock", NULL);
                gboolean own = id == MG_ROLE_MILTER || id == MG_ROLE_CONSOLE;
                int listener = own ? -1 : mg_folder_listen(s->config, &s->accounts, socket, error);
                if (!own && listener < 0)
                        return FALSE;
                if (id == MG_ROLE_CONSOLE)
                        listener = listen_for_console(s);
                mg_child_init(&s->roles[i], role_names[id], listener);
        }
        int control = mg_folder_listen(s->config, &s->accounts, "control.sock", error);
        if (control < 0)
                return FALSE;
        mg_status_init(&s->status, control, now_ms());
        return TRUE;
}

static int exit_code_of(const GError *error) {
        return error->code == MG_ERROR_CONFIG ? EX_CONFIG : error->code == MG_ERROR_TIMEOUT ? EX_UNAVAILABLE : EX_OSERR;
}

static gboolean load(Supervisor *s, GError **error) {
        s->config = mg_config_load(s->options->config_path, error);
        return s->config != NULL &&
               mg_accounts_find(s->config, s->options->units || geteuid() == 0, &s->accounts, error);
}

static void clear(Supervisor *s) {
        for (guint i = 0; i < _MG_ROLE_N; i++)
                mg_child_clear(&s->roles[i]);
        mg_status_clear(&s->status);
        mg_fd_close(&s->signals);
        mg_fd_close(&s->lock);
        mg_fd_close(&s->door);
        mg_config_free(s->config);
}

int mg_supervisor_run(const MgSupervisorOptions *options) {
        g_autoptr(GError) error = NULL;
        Supervisor s = {.options = options, .signals = -1, .lock = -1, .door = -1, .status = {.listener = -1}};
        for (guint i = 0; i < _MG_ROLE_N; i++)
                mg_child_init(&s.roles[i], "", -1);
        for (guint i = 0; i < MG_STATUS_CLIENTS; i++)
                s.status.clients[i].fd = -1;
        if (!load(&s, &error)) {
                g_printerr("mugaid: %s\n", error->message);
                s.exit_code = EX_CONFIG;
        } else if (!prepare_process(&s, &error) ||
                   !(options->units ? await_roles(&s, &error) : prepare_roles(&s, &error))) {
                s.exit_code = exit_code_of(error);
                mg_log(MG_LOG_ERROR, "not started: %s", error->message);
        } else {
                run(&s);
                mg_log(MG_LOG_INFO, "ended");
        }
        clear(&s);
        return s.exit_code;
}

int mg_supervisor_check(const char *config_path) {
        g_autoptr(GError) error = NULL;
        MgSupervisorOptions options = {.config_path = config_path};
        Supervisor s = {.options = &options};
        gboolean good = load(&s, &error);
        if (!good)
                g_printerr("mugaid: %s\n", error->message);
        mg_config_free(s.config);
        return good ? EX_OK : EX_CONFIG;
}
