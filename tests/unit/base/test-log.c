/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines go, and that nobody waits for who reads them: what is not taken is counted, and said when somebody
 * reads again. Each case runs in a process of its own, since it changes standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

/* More than a pipe and a socket's queue hold. */
#define MANY 5000

static void log_many(guint n) {
        for (guint i = 0; i < n; i++)
                mg_log(MG_LOG_INFO, "line %u %s", i,
                       "................................................................");
}

/* Everything that a descriptor has now. */
static char *drain(int fd) {
        GString *text = g_string_new(NULL);
        char buffer[65536];
        struct pollfd wanted = {.fd = fd, .events = POLLIN};

        while (poll(&wanted, 1, 0) == 1 && wanted.revents & POLLIN) {
                const gssize n = read(fd, buffer, sizeof buffer);

                if (n <= 0)
                        break;
                g_string_append_len(text, buffer, n);
                g_string_append_c(text, '\n');
        }
        return g_string_free(text, FALSE);
}

/* Runs a case in a child; it passes where it returns TRUE. */
static void in_child(gboolean (*run)(void)) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0)
                _exit(run() ? 0 : 1);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(status, ==, 0);
}

static gboolean is_lost_and_said(int fd) {
        g_autofree char *before = drain(fd), *after = NULL, *want = NULL;
        const gint64 lost = mg_log_dropped();

        mg_log(MG_LOG_INFO, "again");
        after = drain(fd);
        want = g_strdup_printf("%" G_GINT64_FORMAT " log lines were lost: nobody took them in time", lost);
        return lost > 0 && lost < MANY && strstr(before, "line 0 ") && strstr(after, want) && strstr(after, "again") &&
               mg_log_dropped() == lost;
}

static gboolean run_pipe(void) {
        const MgLogSettings settings = {MG_LOG_TO_STDERR, MG_LINE_TEXT, MG_LOG_INFO, NULL};
        int pair[2];

        if (pipe(pair) < 0 || dup2(pair[1], STDERR_FILENO) < 0)
                return FALSE;
        mg_log_open("test", &settings);
        log_many(MANY);
        /* The other end has not become one that does not block. */
        return is_lost_and_said(pair[0]) && !(fcntl(pair[1], F_GETFL) & O_NONBLOCK);
}

/* As under systemd, where standard error is a socket of the journal. */
static gboolean run_stream(void) {
        const MgLogSettings settings = {MG_LOG_TO_STDERR, MG_LINE_JSON, MG_LOG_INFO, NULL};
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || dup2(pair[1], STDERR_FILENO) < 0)
                return FALSE;
        g_setenv("JOURNAL_STREAM", "1:2", TRUE);
        mg_log_open("test", &settings);
        log_many(MANY);
        return is_lost_and_said(pair[0]);
}

static int listen_at(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        unlink(path);
        return bind(sock, (const struct sockaddr *)&address, sizeof address) == 0 ? sock : -1;
}

static gboolean run_datagrams(MgLogTo to, const char *begins, const char *ends) {
        g_autofree char *dir = g_dir_make_tmp("log-XXXXXX", NULL), *path = g_build_filename(dir, "socket", NULL);
        const MgLogSettings settings = {to, MG_LINE_TEXT, MG_LOG_INFO, path};
        g_autofree char *first = NULL;
        mg_autofd one = listen_at(path), other = -1;
        gboolean well;

        mg_log_open("test", &settings);
        mg_log(MG_LOG_WARNING, "first");
        first = drain(one);
        log_many(MANY);
        well = g_str_has_prefix(first, begins) && g_str_has_suffix(first, ends) && is_lost_and_said(one);
        /* It goes and comes again: the next line finds it. */
        mg_fd_close(&one);
        unlink(path);
        mg_log(MG_LOG_INFO, "to nobody");
        other = listen_at(path);
        mg_log(MG_LOG_INFO, "to the next");
        g_free(first);
        first = drain(other);
        unlink(path);
        rmdir(dir);
        return well && strstr(first, "1 log lines were lost") && strstr(first, "to the next") &&
               !strstr(first, "to nobody");
}

static gboolean run_syslog(void) {
        return run_datagrams(MG_LOG_TO_SYSLOG, "<20>", ": first\n");
}

static gboolean run_journal(void) {
        return run_datagrams(MG_LOG_TO_JOURNAL,
                             "PRIORITY=4\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=test\nMESSAGE=first\n",
                             "MUGAI_MSG=first\n\n");
}

/* A full disk. */
static gboolean run_full(void) {
        const MgLogSettings settings = {MG_LOG_TO_FILE, MG_LINE_TEXT, MG_LOG_INFO, NULL};
        mg_autofd full = open("/dev/full", O_WRONLY | O_CLOEXEC);

        if (full < 0 || !mg_log_replace(full))
                return FALSE;
        mg_log_open("test", &settings);
        log_many(3);
        return mg_log_dropped() == 3;
}

/* The level, and a file in the place of another one. */
static gboolean run_file(void) {
        const MgLogSettings settings = {MG_LOG_TO_FILE, MG_LINE_LOGFMT, MG_LOG_WARNING, NULL};
        g_autofree char *dir = g_dir_make_tmp("log-XXXXXX", NULL);
        g_autofree char *one = g_build_filename(dir, "one", NULL), *two = g_build_filename(dir, "two", NULL);
        mg_autofd first = open(one, O_RDWR | O_CREAT | O_APPEND, 0600),
                  second = open(two, O_RDWR | O_CREAT | O_APPEND, 0600);
        g_autofree char *a = NULL, *b = NULL;
        gboolean well;

        mg_log_replace(first);
        mg_log_open("test", &settings);
        mg_log(MG_LOG_INFO, "not written");
        mg_log_set_level(MG_LOG_INFO);
        mg_log(MG_LOG_INFO, "in the first");
        mg_log_replace(second);
        mg_log(MG_LOG_INFO, "in the second");
        well = g_file_get_contents(one, &a, NULL, NULL) && g_file_get_contents(two, &b, NULL, NULL);
        unlink(one);
        unlink(two);
        rmdir(dir);
        return well && g_str_has_suffix(a, " event=log msg=\"in the first\"\n") && !strstr(a, "not written") &&
               strchr(a, '\n') == a + strlen(a) - 1 && g_str_has_suffix(b, " event=log msg=\"in the second\"\n");
}

static void test_case(gconstpointer data) {
        in_child((gboolean(*)(void))data);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_data_func("/base/log/pipe", run_pipe, test_case);
        g_test_add_data_func("/base/log/stream", run_stream, test_case);
        g_test_add_data_func("/base/log/syslog", run_syslog, test_case);
        g_test_add_data_func("/base/log/journal", run_journal, test_case);
        g_test_add_data_func("/base/log/full", run_full, test_case);
        g_test_add_data_func("/base/log/file", run_file, test_case);
        return g_test_run();
}
