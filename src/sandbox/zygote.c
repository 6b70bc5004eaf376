/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop that forks workers. Parses records of trusted peers only; never a mail.
 */
#include "sandbox/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/worker.h"
#include "config/role.h"
#include "sandbox/confine.h"
#include "sanitize/sanitize.h"

#define EVENTS 64
/* A peer sends its order at once; one that does not is none of ours. */
#define ORDER_WAIT_US (10 * G_USEC_PER_SEC)
/* Connections beside those that run or wait: orders that are on their way, questions for figures. */
#define SPARE_CONNECTIONS 32
/* Without descriptors nothing is accepted until a task ends or so long has passed. */
#define EXHAUSTED_MS 1000

typedef enum TaskState { TASK_NEW, TASK_WAITING, TASK_RUNNING } TaskState;

/* One connection: one mail. */
typedef struct Task {
        TaskState state;
        int sock;
        int original;
        int result;
        int pidfd;
        pid_t pid;
        gboolean late;   /* killed at the deadline */
        gboolean left;   /* killed since its client went away */
        gint64 deadline; /* monotonic microseconds: of the order while NEW, of the worker while RUNNING */
        MgWorkOrder order;
} Task;

typedef struct Zygote {
        MgConfig *config;
        MgConfine *confine;
        MgWorkFunc work;
        int epoll;
        int listening;
        int control;
        int signals;
        gboolean draining;
        gboolean accepting; /* the listening socket is watched */
        gboolean exhausted; /* no descriptor was left for a connection */
        GHashTable *tasks;  /* every Task, owned */
        GPtrArray *ended;   /* Tasks that ended in this round: later events of it may still name them */
        GQueue waiting;     /* Tasks in order of arrival, borrowed */
        guint busy;
        gint64 started, answered, late, left, died, refused;
        MgHistogram took; /* workers, from fork to end */
} Zygote;

static void task_free(gpointer data) {
        Task *task = data;

        mg_fd_close(&task->sock);
        mg_fd_close(&task->original);
        mg_fd_close(&task->result);
        mg_fd_close(&task->pidfd);
        g_free(task);
}

/* The descriptor is watched; data of a task's descriptors is the Task, of our own the address of the field. */
static void watch(Zygote *zygote, int fd, gpointer data) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};

        if (fd >= 0 && epoll_ctl(zygote->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
                g_error("epoll: %s", g_strerror(errno));
}

/* Before each close: a descriptor that a child inherited keeps an epoll entry alive. */
static void unwatch(Zygote *zygote, int fd) {
        if (fd >= 0)
                epoll_ctl(zygote->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void task_end(Zygote *zygote, Task *task) {
        unwatch(zygote, task->sock);
        unwatch(zygote, task->pidfd);
        if (task->state == TASK_WAITING)
                g_queue_remove(&zygote->waiting, task);
        if (task->state == TASK_RUNNING)
                zygote->busy--;
        zygote->exhausted = FALSE;
        g_hash_table_steal(zygote->tasks, task);
        g_ptr_array_add(zygote->ended, task);
}

static gboolean give_part(GBytes *content, gpointer data) {
        return mg_work_answer_part(GPOINTER_TO_INT(data), content);
}

gboolean mg_work_sanitize(GBytes *mail, int result, const MgWorkOrder *order) {
        g_autoptr(MgReading) reading = NULL;

        if (order->want == MG_WORK_WANT_PART)
                return mg_sanitize_take(mail, &order->limits, order->part_size, order->part_sha256, give_part,
                                        GINT_TO_POINTER(result));
        reading = order->want == MG_WORK_WANT_FACTS ? mg_sanitize_look(mail, &order->limits)
                  : *order->charset                 ? mg_sanitize_read_as(mail, &order->limits, order->charset)
                                                    : mg_sanitize_read(mail, &order->limits);
        return mg_work_answer(result, reading);
}

/* The child. Returns to nobody. */
static G_NORETURN void run_worker(const Zygote *zygote, const Task *task) {
        const MgConfineBounds bounds = {
                .memory = task->order.memory,
                .file_size = mg_work_result_size(&task->order),
                .cpu_seconds = task->order.deadline_ms / 1000 + 2,
        };
        g_autoptr(GBytes) mail = NULL;
        sigset_t none;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (dup2(task->original, STDIN_FILENO) < 0 || dup2(task->result, STDOUT_FILENO) < 0)
                _exit(EXIT_FAILURE);
#if defined(__SANITIZE_ADDRESS__)
        mg_confine_descriptors(zygote->confine, STDERR_FILENO + 1);
#else
        mg_confine_descriptors(zygote->confine, STDERR_FILENO);
#endif
        mail = mg_fd_map(STDIN_FILENO, 0, task->order.limits.mail_size, NULL);
        if (!mail || !mg_confine_apply(zygote->confine, &bounds))
                _exit(EXIT_FAILURE);
        _exit(zygote->work(mail, STDOUT_FILENO, &task->order) ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void start_worker(Zygote *zygote, Task *task) {
        pid_t pid = fork();

        if (pid == 0)
                run_worker(zygote, task);
        if (pid < 0) {
                mg_log(MG_LOG_ERROR, "cannot start a worker: %s", g_strerror(errno));
                task_end(zygote, task);
                return;
        }
        task->pid = pid;
        task->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (task->pidfd < 0) {
                mg_log(MG_LOG_ERROR, "cannot watch a worker: %s", g_strerror(errno));
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
                task_end(zygote, task);
                return;
        }
        mg_fd_close(&task->original);
        mg_fd_close(&task->result);
        task->state = TASK_RUNNING;
        task->deadline = g_get_monotonic_time() + (gint64)task->order.deadline_ms * 1000;
        zygote->busy++;
        zygote->started++;
        watch(zygote, task->pidfd, task);
}

static void start_waiting(Zygote *zygote) {
        while (zygote->busy < zygote->config->workers && !g_queue_is_empty(&zygote->waiting))
                start_worker(zygote, g_queue_pop_head(&zygote->waiting));
}

static MgWorkEnd how_ended(Zygote *zygote, const Task *task) {
        int status = 0;

        while (waitpid(task->pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (task->late) {
                zygote->late++;
                return MG_WORK_END_DEADLINE;
        }
        if (task->left) {
                zygote->left++;
                return MG_WORK_END_DIED;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
                zygote->answered++;
                return MG_WORK_END_ANSWERED;
        }
        zygote->died++;
        if (WIFSIGNALED(status))
                mg_log(MG_LOG_WARNING, "worker died of signal %d (%s)%s", WTERMSIG(status), strsignal(WTERMSIG(status)),
                       WTERMSIG(status) == SIGSYS ? ": a system call that is not allowed" : "");
        else
                mg_log(MG_LOG_WARNING, "worker ended with status %d", WEXITSTATUS(status));
        return MG_WORK_END_DIED;
}

/* The worker is gone, and only now is its mail answered. */
static void finish_worker(Zygote *zygote, Task *task) {
        g_auto(MgWriter) writer = {0};
        g_autoptr(GError) error = NULL;

        mg_histogram_add(&zygote->took, (g_get_monotonic_time() - task->deadline) / 1000 + task->order.deadline_ms);
        mg_writer_init(&writer);
        mg_put_u32(&writer, how_ended(zygote, task));
        if (!mg_packet_send(task->sock, MG_WORK_DONE, &writer, NULL, 0, &error) && !task->left)
                mg_log(MG_LOG_INFO, "nobody waits for a worker's answer any more: %s", error->message);
        task_end(zygote, task);
        start_waiting(zygote);
}

/* The mails are mapped: a descriptor that could still change under the worker, or a result that could grow, is
 * refused. */
static gboolean take_order(Task *task, MgPacket *packet, GError **error) {
        struct stat status;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        mg_work_order_get(&reader, &task->order);
        if (packet->n_fds != 2 || !mg_fd_is_sealed(packet->fds[0]))
                mg_reader_fail(&reader, "original", "is no sealed memory file");
        else if (fcntl(packet->fds[1], F_GET_SEALS) != (F_SEAL_GROW | F_SEAL_SHRINK) ||
                 fstat(packet->fds[1], &status) < 0 || (guint64)status.st_size != mg_work_result_size(&task->order))
                mg_reader_fail(&reader, "result", "is no memory file of fixed size");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        task->original = mg_fd_steal(&packet->fds[0]);
        task->result = mg_fd_steal(&packet->fds[1]);
        return TRUE;
}

static GArray *figures_of(Zygote *zygote) {
        const struct {
                const char *name;
                gint64 value;
        } rows[] = {
                {"workers_busy", zygote->busy},           {"workers_waiting", g_queue_get_length(&zygote->waiting)},
                {"workers_max", zygote->config->workers}, {"workers_started", zygote->started},
                {"workers_answered", zygote->answered},   {"workers_late", zygote->late},
                {"workers_left", zygote->left},           {"workers_died", zygote->died},
                {"workers_refused", zygote->refused},     {"landlock_abi", mg_confine_landlock_abi()},
        };
        GArray *figures = mg_figures_new();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                mg_figures_add(figures, "sanitize", rows[i].name, rows[i].value);
        mg_histogram_figures(&zygote->took, figures, "sanitize", "worker");
        return figures;
}

static void take_request(Zygote *zygote, Task *task) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        if (!mg_packet_receive(task->sock, 0, &packet, &error)) {
                task_end(zygote, task);
                return;
        }
        if (packet.kind == MG_WORK_STATUS) {
                g_autoptr(GArray) figures = figures_of(zygote);

                mg_figures_send(task->sock, MG_WORK_FIGURES, figures);
                task_end(zygote, task);
                return;
        }
        if (packet.kind != MG_WORK_READ || !take_order(task, &packet, &error)) {
                mg_log(MG_LOG_WARNING, "request refused: %s", error ? error->message : "unknown kind");
                task_end(zygote, task);
                return;
        }
        if (g_queue_get_length(&zygote->waiting) >= zygote->config->waiting) {
                mg_log(MG_LOG_WARNING,
                       "%u mails wait for a worker and sandbox.waiting allows %u: one more is sent back",
                       g_queue_get_length(&zygote->waiting), zygote->config->waiting);
                zygote->refused++;
                task_end(zygote, task);
                return;
        }
        task->state = TASK_WAITING;
        g_queue_push_tail(&zygote->waiting, task);
        start_waiting(zygote);
}

/* Something happened on a task's connection or its worker ended. */
static void serve_task(Zygote *zygote, Task *task) {
        siginfo_t ended = {0};

        if (task->state == TASK_NEW) {
                take_request(zygote, task);
                return;
        }
        if (task->state == TASK_RUNNING &&
            waitid(P_PIDFD, (id_t)task->pidfd, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
                finish_worker(zygote, task);
                return;
        }
        /* Peers say nothing after their order, so this is the connection's end: nobody wants the answer. */
        unwatch(zygote, task->sock);
        task->left = TRUE;
        if (task->state == TASK_RUNNING)
                syscall(SYS_pidfd_send_signal, task->pidfd, SIGKILL, NULL, 0);
        else
                task_end(zygote, task);
}

/* Watches the listening socket as long as there is room; what is not accepted waits in the backlog. */
static void accept_while_room(Zygote *zygote) {
        guint most = zygote->config->workers + zygote->config->waiting + SPARE_CONNECTIONS;
        gboolean room = !zygote->draining && !zygote->exhausted && g_hash_table_size(zygote->tasks) < most;

        if (room && !zygote->accepting)
                watch(zygote, zygote->listening, &zygote->listening);
        if (!room && zygote->accepting)
                unwatch(zygote, zygote->listening);
        zygote->accepting = room;
}

static void accept_task(Zygote *zygote) {
        int sock = accept4(zygote->listening, NULL, NULL, SOCK_CLOEXEC);
        Task *task;

        if (sock < 0) {
                zygote->exhausted = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
                if (zygote->exhausted)
                        mg_log(MG_LOG_ERROR, "cannot take a mail: %s", g_strerror(errno));
                return;
        }
        task = g_new0(Task, 1);
        *task = (Task){.state = TASK_NEW, .sock = sock, .original = -1, .result = -1, .pidfd = -1};
        task->deadline = g_get_monotonic_time() + ORDER_WAIT_US;
        g_hash_table_add(zygote->tasks, task);
        watch(zygote, sock, task);
}

static void drain(Zygote *zygote) {
        g_autoptr(GList) tasks = g_hash_table_get_keys(zygote->tasks);

        if (zygote->draining)
                return;
        /* Those that have not said a word would hold up the end. */
        for (GList *at = tasks; at; at = at->next)
                if (((Task *)at->data)->state == TASK_NEW)
                        task_end(zygote, at->data);
        zygote->draining = TRUE;
        accept_while_room(zygote);
        mg_fd_close(&zygote->listening);
        mg_log(MG_LOG_INFO, "no new work; %u mails to finish", g_hash_table_size(zygote->tasks));
}

static void answer_control(Zygote *zygote) {
        g_autoptr(GArray) figures = figures_of(zygote);

        mg_control_answer(zygote->control, figures);
}

static void take_control(Zygote *zygote) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgConfig *fresh;

        if (!mg_control_receive(zygote->control, 0, &packet, NULL)) {
                unwatch(zygote, zygote->control);
                mg_fd_close(&zygote->control);
                drain(zygote);
                return;
        }
        switch (packet.kind) {
        case MG_CONTROL_DRAIN:
                drain(zygote);
                break;
        case MG_CONTROL_RELOAD:
                fresh = mg_role_reload(zygote->config);
                if (!fresh)
                        break;
                mg_config_free(zygote->config);
                zygote->config = fresh;
                start_waiting(zygote);
                break;
        case MG_CONTROL_STATUS:
                answer_control(zygote);
                break;
        default:
                mg_log(MG_LOG_WARNING, "control packet of unknown kind %u", packet.kind);
        }
}

/* One whose order did not come is closed, a worker that is over its time is killed. */
static void end_late(Zygote *zygote, Task *task) {
        if (task->state == TASK_NEW) {
                task_end(zygote, task);
                return;
        }
        task->late = TRUE;
        mg_log(MG_LOG_WARNING, "worker killed at its deadline of %u ms", task->order.deadline_ms);
        syscall(SYS_pidfd_send_signal, task->pidfd, SIGKILL, NULL, 0);
}

/* Ends what is over its deadline; returns milliseconds to the next deadline, or -1. */
static int check_deadlines(Zygote *zygote) {
        g_autoptr(GList) tasks = g_hash_table_get_keys(zygote->tasks);
        gint64 now = g_get_monotonic_time(), next = G_MAXINT64;

        if (zygote->exhausted)
                next = now + EXHAUSTED_MS * 1000;
        for (GList *at = tasks; at; at = at->next) {
                Task *task = at->data;

                if (task->state == TASK_WAITING || task->late)
                        continue;
                if (task->deadline <= now)
                        end_late(zygote, task);
                else
                        next = MIN(next, task->deadline);
        }
        return next == G_MAXINT64 ? -1 : (int)MIN((next - now) / 1000 + 1, G_MAXINT);
}

static void serve_event(Zygote *zygote, gpointer data) {
        if (data == &zygote->listening)
                accept_task(zygote);
        else if (data == &zygote->control)
                take_control(zygote);
        else if (data == &zygote->signals)
                drain(zygote);
        else if (g_hash_table_contains(zygote->tasks, data))
                serve_task(zygote, data);
}

static void loop(Zygote *zygote) {
        struct epoll_event events[EVENTS];

        while (!zygote->draining || g_hash_table_size(zygote->tasks) > 0) {
                int timeout = check_deadlines(zygote), n;

                accept_while_room(zygote);
                n = epoll_wait(zygote->epoll, events, EVENTS, timeout);
                if (n == 0)
                        zygote->exhausted = FALSE;
                for (int i = 0; i < n; i++)
                        serve_event(zygote, events[i].data.ptr);
                g_ptr_array_set_size(zygote->ended, 0);
                if (zygote->draining && zygote->signals >= 0) {
                        unwatch(zygote, zygote->signals);
                        mg_fd_close(&zygote->signals);
                }
        }
}

gboolean mg_zygote_run(MgConfig *config, int listening, int control, MgWorkFunc work, GError **error) {
        Zygote zygote = {
                .config = config, .work = work, .listening = listening, .control = control, .waiting = G_QUEUE_INIT};
        gboolean ready;

        zygote.epoll = epoll_create1(EPOLL_CLOEXEC);
        zygote.signals = mg_role_signals(error);
        zygote.confine = zygote.signals < 0 ? NULL : mg_confine_new(config->landlock == MG_LANDLOCK_REQUIRED, error);
        zygote.tasks = g_hash_table_new_full(NULL, NULL, task_free, NULL);
        zygote.ended = g_ptr_array_new_with_free_func(task_free);
        ready = zygote.confine && fcntl(listening, F_SETFL, O_NONBLOCK) == 0;
        if (ready) {
                watch(&zygote, zygote.control, &zygote.control);
                watch(&zygote, zygote.signals, &zygote.signals);
                mg_control_serves(control, NULL);
                loop(&zygote);
        }
        g_hash_table_unref(zygote.tasks);
        g_ptr_array_unref(zygote.ended);
        mg_confine_free(zygote.confine);
        mg_fd_close(&zygote.listening);
        mg_fd_close(&zygote.control);
        mg_fd_close(&zygote.signals);
        mg_fd_close(&zygote.epoll);
        mg_config_free(zygote.config);
        return ready;
}
