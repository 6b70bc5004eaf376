/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One child at a time from a bounded queue. Knows nothing of why there is an alarm, and tries none again.
 */
#include "monitor/hook.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

typedef struct Run {
        char *label; /* "unsafe begins" */
        GStrv argv;
        GStrv environment;
} Run;

struct MgHook {
        guint node;
        GQueue waiting; /* of Run */
        Run *run;       /* the one that goes on, or NULL */
        GPid pid;
        int output; /* -1: none, or closed */
        GString *said;
        guint child, timer, reader; /* sources, or 0 */
        gboolean late;              /* it was killed */
        gint64 failed;
};

static void run_free(gpointer data) {
        Run *run = data;

        g_free(run->label);
        g_strfreev(run->argv);
        g_strfreev(run->environment);
        g_free(run);
}

MgHook *mg_hook_new(guint node) {
        MgHook *hook = g_new0(MgHook, 1);

        hook->node = node;
        hook->output = -1;
        hook->said = g_string_new(NULL);
        g_queue_init(&hook->waiting);
        return hook;
}

gint64 mg_hook_failed(const MgHook *hook) {
        return hook->failed;
}

/* What there is; FALSE at the end. */
static gboolean read_some(MgHook *hook) {
        char octets[512];
        const ssize_t n = read(hook->output, octets, sizeof octets);

        if (n > 0)
                g_string_append_len(hook->said, octets, MIN(n, (ssize_t)(MG_HOOK_OUTPUT - hook->said->len)));
        return n > 0;
}

static gboolean hear_output(gint fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        MgHook *hook = data;

        if (read_some(hook))
                return G_SOURCE_CONTINUE;
        hook->reader = 0;
        return G_SOURCE_REMOVE;
}

static void begin_next(MgHook *hook);

static void hear_end(GPid pid G_GNUC_UNUSED, gint status, gpointer data) {
        MgHook *hook = data;
        g_autofree char *said = NULL;
        const gboolean well = !hook->late && WIFEXITED(status) && WEXITSTATUS(status) == 0;

        hook->child = 0;
        /* It may have said more than the loop has read; what its own children say later is not waited for. */
        for (guint i = 0; i < 4 && read_some(hook); i++)
                ;
        g_clear_handle_id(&hook->timer, g_source_remove);
        g_clear_handle_id(&hook->reader, g_source_remove);
        mg_fd_close(&hook->output);
        said = mg_text_quote(hook->said->str, MG_HOOK_OUTPUT);
        hook->failed += !well;
        if (hook->late)
                mg_log(MG_LOG_WARNING, "alarm command (%s): not done within %d s, killed; it said %s", hook->run->label,
                       MG_HOOK_S, said);
        else if (!well)
                mg_log(MG_LOG_WARNING, "alarm command (%s): %s %d; it said %s", hook->run->label,
                       WIFEXITED(status) ? "exit status" : "signal",
                       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said);
        else
                mg_log(MG_LOG_INFO, "alarm command (%s): done", hook->run->label);
        g_clear_pointer(&hook->run, run_free);
        begin_next(hook);
}

static gboolean end_late(gpointer data) {
        MgHook *hook = data;

        hook->timer = 0;
        hook->late = TRUE;
        kill(-hook->pid, SIGKILL);
        return G_SOURCE_REMOVE;
}

/* In the child, before exec: a session of its own, no signal blocked, and both outputs in one. */
static void prepare(gpointer data G_GNUC_UNUSED) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        setsid();
        dup2(STDOUT_FILENO, STDERR_FILENO);
}

static gboolean start(MgHook *hook, GError **error) {
        if (!g_spawn_async_with_pipes("/", hook->run->argv, hook->run->environment, G_SPAWN_DO_NOT_REAP_CHILD, prepare,
                                      NULL, &hook->pid, NULL, &hook->output, NULL, error))
                return FALSE;
        fcntl(hook->output, F_SETFL, O_NONBLOCK);
        hook->late = FALSE;
        g_string_truncate(hook->said, 0);
        hook->child = g_child_watch_add(hook->pid, hear_end, hook);
        hook->timer = g_timeout_add_seconds(MG_HOOK_S, end_late, hook);
        hook->reader = g_unix_fd_add(hook->output, G_IO_IN | G_IO_HUP, hear_output, hook);
        return TRUE;
}

static void begin_next(MgHook *hook) {
        while (!hook->run && (hook->run = g_queue_pop_head(&hook->waiting)) != NULL) {
                g_autoptr(GError) error = NULL;

                if (start(hook, &error))
                        return;
                hook->failed++;
                mg_log(MG_LOG_WARNING, "alarm command (%s) did not start: %s", hook->run->label, error->message);
                g_clear_pointer(&hook->run, run_free);
        }
}

static GStrv environment_of(const MgHook *hook, const MgAlarmNews *news) {
        const MgAlarmRow *row = mg_alarm_row(news->alarm);
        g_autoptr(GDateTime) since = g_date_time_new_from_unix_utc(news->since);
        g_autofree char *iso = since ? g_date_time_format_iso8601(since) : g_strdup("");
        g_autofree char *node = g_strdup_printf("%u", hook->node);
        const struct {
                const char *name;
                const char *value;
        } all[] = {
                {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                {"LANG", "C.UTF-8"},
                {"MUGAI_ALARM", row->word},
                {"MUGAI_ALARM_STATE", mg_alarm_state_name(news->state)},
                {"MUGAI_ALARM_SINCE", iso},
                {"MUGAI_ALARM_DETAIL", news->detail},
                {"MUGAI_ALARM_JA", row->ja},
                {"MUGAI_ALARM_EN", row->en},
                {"MUGAI_ALARM_DO_JA", row->do_ja},
                {"MUGAI_ALARM_DO_EN", row->do_en},
                {"MUGAI_NODE", node},
        };
        GStrv environment = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(all); i++)
                environment = g_environ_setenv(environment, all[i].name, all[i].value, TRUE);
        return environment;
}

void mg_hook_run(MgHook *hook, const char *command, const MgAlarmNews *news) {
        const char *argv[] = {command, mg_alarm_row(news->alarm)->word, mg_alarm_state_name(news->state), NULL};
        Run *run;

        if (*command == '\0')
                return;
        if (hook->waiting.length >= MG_HOOK_WAITING) {
                hook->failed++;
                mg_log(MG_LOG_WARNING, "alarm command (%s %s): not run, %d others wait", argv[1], argv[2],
                       MG_HOOK_WAITING);
                return;
        }
        run = g_new0(Run, 1);
        run->label = g_strdup_printf("%s %s", argv[1], argv[2]);
        run->argv = g_strdupv((char **)argv);
        run->environment = environment_of(hook, news);
        g_queue_push_tail(&hook->waiting, run);
        begin_next(hook);
}

void mg_hook_free(MgHook *hook) {
        if (!hook)
                return;
        g_clear_handle_id(&hook->child, g_source_remove);
        g_clear_handle_id(&hook->timer, g_source_remove);
        g_clear_handle_id(&hook->reader, g_source_remove);
        if (hook->run) {
                kill(-hook->pid, SIGKILL);
                waitpid(hook->pid, NULL, 0);
                run_free(hook->run);
        }
        mg_fd_close(&hook->output);
        g_queue_clear_full(&hook->waiting, run_free);
        g_string_free(hook->said, TRUE);
        g_free(hook);
}
