/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that does what it should, that fails, that is not there, that hangs, that never stops talking; and more of
 * them than may wait.
 */
#include "monitor/hook.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

typedef struct Fixture {
        char *dir;
        char *command;
        char *out;
        MgHook *hook;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
        g_autofree char *script = NULL;

        fixture->dir = g_dir_make_tmp("mugai-hook-XXXXXX", NULL);
        fixture->command = g_build_filename(fixture->dir, "command", NULL);
        fixture->out = g_build_filename(fixture->dir, "out", NULL);
        script = g_strdup_printf("#!/bin/sh\nout=%s\n%s\n", fixture->out, (const char *)data);
        g_assert_true(g_file_set_contents(fixture->command, script, -1, NULL));
        g_assert_cmpint(chmod(fixture->command, 0755), ==, 0);
        fixture->hook = mg_hook_new(3);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        mg_hook_free(fixture->hook);
        g_remove(fixture->command);
        g_remove(fixture->out);
        g_rmdir(fixture->dir);
        g_free(fixture->dir);
        g_free(fixture->command);
        g_free(fixture->out);
}

static char *written(const Fixture *fixture) {
        char *text = NULL;

        g_file_get_contents(fixture->out, &text, NULL, NULL);
        return text;
}

static const MgAlarmNews news = {MG_ALARM_NEXT_HOP, MG_ALARM_BEGINS, 1795770000, "inet:25@192.0.2.1: no connection"};

#define SHOW                                                                                                           \
        "echo \"$1 $2 $# $MUGAI_ALARM $MUGAI_ALARM_STATE $MUGAI_ALARM_SINCE $MUGAI_ALARM_DETAIL $MUGAI_NODE\" "        \
        ">$out.new\n"                                                                                                  \
        "test -n \"$MUGAI_ALARM_JA$MUGAI_ALARM_EN$MUGAI_ALARM_DO_JA$MUGAI_ALARM_DO_EN\" && mv $out.new $out"

static void test_facts(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *text = NULL;

        mg_hook_run(fixture->hook, fixture->command, &news);
        while (!(text = written(fixture)))
                g_main_context_iteration(NULL, FALSE);
        g_assert_cmpstr(text, ==,
                        "next-hop begins 2 next-hop begins 2026-11-27T09:00:00Z inet:25@192.0.2.1: no connection 3\n");
        g_assert_cmpint(mg_hook_failed(fixture->hook), ==, 0);
}

static void failed(Fixture *fixture, gint64 n) {
        while (mg_hook_failed(fixture->hook) < n)
                g_main_context_iteration(NULL, TRUE);
        g_assert_cmpint(mg_hook_failed(fixture->hook), ==, n);
}

static void test_failing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        mg_hook_run(fixture->hook, fixture->command, &news);
        failed(fixture, 1);
        mg_hook_run(fixture->hook, "/nonexistent/command", &news);
        failed(fixture, 2);
        mg_hook_run(fixture->hook, "", &news);
        g_assert_false(g_main_context_pending(NULL) && mg_hook_failed(fixture->hook) != 2);
}

/* Whether a process runs: one that ended and that nobody waits for does not. */
static gboolean runs(const char *pid) {
        g_autofree char *number = g_strstrip(g_strdup(pid)), *path = g_build_filename("/proc", number, "stat", NULL);
        g_autofree char *stat = NULL;

        return g_file_get_contents(path, &stat, NULL, NULL) && !strstr(stat, ") Z ");
}

/* Killed with what it started; what waited behind it runs then. */
static void test_hanging(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        const gint64 began = g_get_monotonic_time();
        const MgAlarmNews end = {MG_ALARM_NEXT_HOP, MG_ALARM_ENDS, 0, ""};
        g_autofree char *text = NULL;

        mg_hook_run(fixture->hook, fixture->command, &news);
        mg_hook_run(fixture->hook, fixture->command, &end);
        while (!(text = written(fixture)))
                g_main_context_iteration(NULL, TRUE);
        g_assert_cmpint(mg_hook_failed(fixture->hook), ==, 1);
        g_assert_cmpint(g_get_monotonic_time() - began, >=, (MG_HOOK_S - 1) * G_USEC_PER_SEC);
        /* The sleep that it started is gone. */
        while (runs(text))
                g_usleep(1000);
}

/* The queue holds so many, and the one that runs. */
static void test_many(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        for (guint i = 0; i < MG_HOOK_WAITING + 3; i++)
                mg_hook_run(fixture->hook, fixture->command, &news);
        g_assert_cmpint(mg_hook_failed(fixture->hook), ==, 2);
        failed(fixture, MG_HOOK_WAITING + 3);
}

/* Set free while a command runs. */
static void test_freed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *text = NULL;

        mg_hook_run(fixture->hook, fixture->command, &news);
        while (!(text = written(fixture)))
                g_main_context_iteration(NULL, FALSE);
        g_clear_pointer(&fixture->hook, mg_hook_free);
        while (runs(text))
                g_usleep(1000);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        mg_log_set_level(MG_LOG_ERROR);
        g_test_add("/hook/facts", Fixture, SHOW, set_up, test_facts, tear_down);
        g_test_add("/hook/failing", Fixture, "echo no >&2; exit 3", set_up, test_failing, tear_down);
        g_test_add("/hook/hanging", Fixture,
                   "if [ $2 = ends ]; then mv $out.pid $out; exit; fi; sleep 1000 & echo $! >$out.pid; wait", set_up,
                   test_hanging, tear_down);
        g_test_add("/hook/talking", Fixture, "head -c 10000000 /dev/zero; exit 1", set_up, test_failing, tear_down);
        g_test_add("/hook/many", Fixture, "exit 1", set_up, test_many, tear_down);
        g_test_add("/hook/freed", Fixture, "echo $$ >$out.new; mv $out.new $out; exec sleep 1000", set_up, test_freed,
                   tear_down);
        return g_test_run();
}
