/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor with roles that do no work (fake-role.c): order of start and drain, restarts, reload, status, hung
 * roles, and what it refuses to start with. It runs in a child process; what happened is read from the events that
 * the roles write and from the log.
 */
#include "supervisor/supervisor.h"

#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "mugai/policy.h"

#define USER_MILTER 60001
#define USER_SANITIZE 60002
#define USER_STORE 60003
#define GROUP 60004
#define GROUP_POSTFIX 60005
#define USER_ORDINARY 60006
#define USER_RELEASE 60007
#define RELEASE "release {\n enabled = yes\n allowed_domains = a.example.jp\n}\n"

typedef struct House {
        char *folder;
        char *config; /* path */
        char *events;
        char *log;
        MgSupervisorOptions options;
        pid_t pid; /* of the supervisor */
} House;

static char *inside(const House *house, const char *name) {
        return g_build_filename(house->folder, name, NULL);
}

static void put(const House *house, const char *name, const char *text) {
        g_autofree char *path = inside(house, name);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_cmpint(chmod(path, 0644), ==, 0);
}

static char *read_text(const char *path) {
        char *text = NULL;
        return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

static void put_config(const House *house, const char *more) {
        g_autofree char *text =
                g_strdup_printf("state_dir = %s/state\nrun_dir = %s/run\nrules_dir = %s\n"
                                "log {\n to = file\n file = %s\n}\n"
                                "user {\n milter = %d\n sanitize = %d\n store = %d\n release = %d\n group = %d\n}\n"
                                "milter {\n socket = unix:%s/run/milter/m.sock\n group = %d\n}\n%s",
                                house->folder, house->folder, house->folder, house->log, USER_MILTER, USER_SANITIZE,
                                USER_STORE, USER_RELEASE, GROUP, house->folder, GROUP_POSTFIX, more);
        put(house, "mugai.conf", text);
}

static void put_rules(const House *house) {
        g_autoptr(GString) text = g_string_new(NULL);
#define ROW(key, values) g_string_append_printf(text, "%s = \"%s\"\n", #key, values);
        MG_TEXTS(ROW)
#undef ROW
        put(house, "notice.ja.conf", text->str);
        put(house, "notice.en.conf", text->str);
}

/* Copies, not links: the build folder may be one that the roles' users cannot enter. */
static void put_programs(const House *house) {
        static const char *const names[] = {"mugai-store", "mugai-sanitize", "mugai-milter", "mugai-release"};
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *here = g_path_get_dirname(self);
        g_autofree char *fake = g_build_filename(here, "fake-role", NULL);
        g_autofree char *program = NULL;
        gsize n = 0;
        g_assert_true(g_file_get_contents(fake, &program, &n, NULL));
        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = inside(house, names[i]);
                g_assert_true(g_file_set_contents(path, program, (gssize)n, NULL));
                g_assert_cmpint(chmod(path, 0755), ==, 0);
        }
}

static void house_set_up(House *house, gconstpointer data) {
        *house = (House){.folder = g_dir_make_tmp("mugai-house-XXXXXX", NULL)};
        g_assert_cmpint(chmod(house->folder, 0755), ==, 0);
        house->config = inside(house, "mugai.conf");
        house->events = inside(house, "events");
        house->log = inside(house, "log");
        house->options = (MgSupervisorOptions){
                .config_path = house->config, .program_dir = house->folder, .ready_ms = 20000, .drain_ms = 20000};
        put(house, "events", "");
        g_assert_cmpint(chmod(house->events, 0666), ==, 0);
        put_rules(house);
        put_config(house, "");
        put_programs(house);
}

static void remove_tree(const char *path) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL; name = g_dir_read_name(dir)) {
                g_autofree char *below = g_build_filename(path, name, NULL);
                if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
                        remove_tree(below);
                else
                        g_unlink(below);
        }
        g_rmdir(path);
}

static void begin(House *house) {
        house->pid = fork();
        g_assert_cmpint(house->pid, >=, 0);
        if (house->pid == 0)
                _exit(mg_supervisor_run(&house->options));
}

static guint count(const char *path, const char *needle) {
        g_autofree char *text = read_text(path);
        guint n = 0;
        for (const char *at = strstr(text, needle); at != NULL; at = strstr(at + 1, needle))
                n++;
        return n;
}

/* Until needle stands n times in the file; 30 s at most. */
static void await(const char *path, const char *needle, guint n) {
        gint64 end = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
        while (count(path, needle) < n) {
                if (g_get_monotonic_time() > end) {
                        g_autofree char *text = read_text(path);
                        g_error("%s: %u times \"%s\" did not come:\n%s", path, n, needle, text);
                }
                g_usleep(5000);
        }
}

static void begin_and_await(House *house) {
        begin(house);
        await(house->log, "ready: version", 1);
}

/* The exit code. One that does not end within 60 s is killed, and the test fails. */
static int await_end(House *house) {
        gint64 until = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
        int status = 0;
        pid_t ended = 0;
        while (ended == 0 && g_get_monotonic_time() < until) {
                ended = waitpid(house->pid, &status, WNOHANG);
                g_usleep(ended == 0 ? 5000 : 0);
        }
        if (ended == 0)
                kill(house->pid, SIGKILL);
        g_assert_cmpint(ended, ==, house->pid);
        house->pid = 0;
        g_assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int end(House *house) {
        g_assert_cmpint(kill(house->pid, SIGTERM), ==, 0);
        return await_end(house);
}

static void house_tear_down(House *house, gconstpointer data) {
        if (house->pid > 0)
                end(house);
        remove_tree(house->folder);
        g_free(house->folder);
        g_free(house->config);
        g_free(house->events);
        g_free(house->log);
}

/* The pid of the n-th start of a role, counted from 1. */
static pid_t pid_of(const House *house, const char *role, guint n) {
        g_autofree char *text = read_text(house->events);
        g_autofree char *needle = g_strdup_printf("%s start pid=", role);
        const char *at = text - 1;
        for (guint i = 0; i < n; i++) {
                at = strstr(at + 1, needle);
                g_assert_nonnull(at);
        }
        return (pid_t)g_ascii_strtoll(at + strlen(needle), NULL, 10);
}

static gsize place_of(const House *house, const char *needle) {
        g_autofree char *text = read_text(house->events);
        const char *at = strstr(text, needle);
        g_test_message("%s", needle);
        g_assert_nonnull(at);
        return (gsize)(at - text);
}

/* The figures as "role.name=value " in order. */
static char *ask(const House *house, guint32 kind, GError **error) {
        g_autofree char *path = inside(house, "run/control.sock");
        mg_autofd sock = mg_packet_connect(path, error);
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgReader reader;
        if (sock < 0 || !mg_packet_send(sock, kind, NULL, NULL, 0, error) ||
            !mg_packet_receive(sock, 5000, &packet, error))
                return NULL;
        g_assert_cmpuint(packet.kind, ==, MG_CONTROL_FIGURES);
        mg_reader_init(&reader, packet.record);
        g_autoptr(GArray) figures = mg_figures_get(&reader);
        g_assert_true(mg_reader_end(&reader, error));
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                g_string_append_printf(out, "%s.%s=%" G_GINT64_FORMAT " ", figure->role, figure->name, figure->value);
        }
        return g_string_free(out, FALSE);
}

static void assert_has(const char *text, const char *needle) {
        if (strstr(text, needle) == NULL)
                g_error("\"%s\" is not in:\n%s", needle, text);
}

static void test_start(House *house, gconstpointer data) {
        gboolean root = geteuid() == 0;
        begin_and_await(house);
        g_assert_cmpuint(place_of(house, "store start"), <, place_of(house, "sanitize start"));
        g_assert_cmpuint(place_of(house, "sanitize start"), <, place_of(house, "milter start"));
        g_autofree char *text = read_text(house->events);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        static const int users[] = {USER_STORE, USER_SANITIZE, USER_MILTER};
        for (guint i = 0; i < 3; i++) {
                g_autofree char *uid = g_strdup_printf(" uid=%d ", root ? users[i] : (int)getuid());
                assert_has(lines[i], uid);
                assert_has(lines[i], i < 2 ? " fds=0,1,2,3,4,5, " : " fds=0,1,2,3,4, ");
                assert_has(lines[i], i < 2 ? " listens=1 " : " listens=0 ");
                assert_has(lines[i], " null=1 ");
                assert_has(lines[i], " nnp=1 session=1 term=0");
        }
        g_assert_cmpint(end(house), ==, 0);
}

/* The release role is the last to start, ends with the milter, and gets the socket that is its own. */
static void test_release(House *house, gconstpointer data) {
        put_config(house, RELEASE);
        put(house, "release.mode", "slow");
        begin_and_await(house);
        g_assert_cmpuint(place_of(house, "milter start"), <, place_of(house, "release start"));
        g_autofree char *text = read_text(house->events);
        const char *line = strstr(text, "release start");
        g_autofree char *uid = g_strdup_printf(" uid=%d ", geteuid() == 0 ? USER_RELEASE : (int)getuid());
        assert_has(line, uid);
        assert_has(line, " fds=0,1,2,3,4,5, ");
        assert_has(line, " listens=1 ");
        g_autofree char *figures = ask(house, MG_CONTROL_STATUS, NULL);
        assert_has(figures, "mugaid.up_release=1 ");
        assert_has(figures, "release.answered=1 ");
        g_assert_cmpint(end(house), ==, 0);
        g_assert_cmpuint(place_of(house, "release drain"), <, place_of(house, "release end"));
        g_assert_cmpuint(place_of(house, "release end"), <, place_of(house, "sanitize drain"));
        g_assert_cmpuint(place_of(house, "release end"), <, place_of(house, "store drain"));
        g_assert_cmpuint(count(house->events, " end\n"), ==, 4);
}

static void test_hung_release(House *house, gconstpointer data) {
        put_config(house, RELEASE);
        put(house, "release.mode", "hung");
        house->options.drain_ms = 1200;
        begin_and_await(house);
        g_assert_cmpint(end(house), ==, 0);
        g_assert_cmpuint(count(house->log, "release did not end in time and is killed"), ==, 1);
        g_assert_cmpuint(count(house->events, " end\n"), ==, 3);
}

static void assert_mode(const House *house, const char *name, guint mode, guint uid, guint gid) {
        g_autofree char *path = inside(house, name);
        struct stat st;
        g_assert_cmpint(lstat(path, &st), ==, 0);
        g_test_message("%s", name);
        g_assert_cmphex(st.st_mode & 07777, ==, mode);
        if (geteuid() == 0) {
                g_assert_cmpuint(st.st_uid, ==, uid);
                g_assert_cmpuint(st.st_gid, ==, gid);
        }
}

/* What a service manager does: its socket for news, and a role as a service of its own. */
static int listen_for_news(const House *house) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        g_autofree char *path = inside(house, "news");
        int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        g_assert_cmpint(bind(sock, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(chmod(path, 0666), ==, 0);
        g_setenv("NOTIFY_SOCKET", path, TRUE);
        return sock;
}

/* How often it came; others are dropped. */
static guint hear_news(int sock, const char *news) {
        char text[64];
        guint n = 0;
        for (gssize size; (size = recv(sock, text, sizeof text - 1, 0)) > 0;) {
                text[size] = '\0';
                n += g_str_equal(text, news);
        }
        return n;
}

static void await_news(int sock, const char *news, guint n) {
        gint64 until = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
        guint heard = 0;
        while ((heard += hear_news(sock, news)) < n && g_get_monotonic_time() < until)
                g_usleep(5000);
        g_assert_cmpuint(heard, ==, n);
}

static pid_t begin_unit(const House *house, const char *name, guint user) {
        g_autofree char *program = inside(house, name);
        gid_t group = GROUP;
        pid_t pid = fork();
        if (pid != 0)
                return pid;
        if (setgroups(1, &group) < 0 || setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
                _exit(126);
        execl(program, program, "--config", house->config, NULL);
        _exit(127);
}

static void await_unit(pid_t pid, int wanted) {
        int status = 0;
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), ==, wanted);
}

/* Roles that a service manager starts: known by their users, drained in order, and the manager hears of them. */
static void test_units(House *house, gconstpointer data) {
        static const guint users[] = {USER_STORE, USER_SANITIZE, USER_MILTER};
        static const char *const names[] = {"mugai-store", "mugai-sanitize", "mugai-milter"};
        g_autofree char *run = inside(house, "run");
        g_autofree char *door = inside(house, "run/role.sock");
        pid_t pids[3];
        if (geteuid() != 0) {
                g_test_skip("users are switched by root alone");
                return;
        }
        g_assert_cmpint(g_mkdir(run, 0750), ==, 0);
        g_assert_cmpint(chown(run, 0, GROUP), ==, 0);
        mg_autofd news = listen_for_news(house);
        house->options.units = TRUE;
        begin(house);
        /* A socket has its mode a moment after its name. */
        struct stat st = {0};
        for (guint i = 0; i < 6000 && (lstat(door, &st) < 0 || (st.st_mode & 07777) != 0660); i++)
                g_usleep(5000);
        assert_mode(house, "run/role.sock", 0660, 0, GROUP);
        put(house, "milter.mode", "slow");
        for (guint i = 0; i < 3; i++)
                pids[i] = begin_unit(house, names[i], users[i]);
        await(house->log, "ready: version", 1);
        await_news(news, "READY=1", 4);
        g_autofree char *figures = ask(house, MG_CONTROL_STATUS, NULL);
        g_autofree char *pid = g_strdup_printf("mugaid.pid_store=%d ", (int)pids[0]);
        assert_has(figures, pid);
        assert_has(figures, "milter.answered=1 ");
        await_news(news, "WATCHDOG=1", 3);
        /* One dies, and is started again by the manager. */
        g_assert_cmpint(kill(pids[0], SIGKILL), ==, 0);
        await_unit(pids[0], -SIGKILL);
        await(house->log, ") left", 1);
        pids[0] = begin_unit(house, names[0], USER_STORE);
        await(house->log, "store joined", 2);
        g_autofree char *again = ask(house, MG_CONTROL_STATUS, NULL);
        assert_has(again, "mugaid.restarts_store=1 ");
        /* Whoever is no role is sent away. */
        await_unit(begin_unit(house, names[0], USER_ORDINARY), 0);
        await(house->log, "is no role's", 1);
        g_assert_cmpint(kill(house->pid, SIGHUP), ==, 0);
        await(house->events, " reload", 3);
        g_assert_cmpint(end(house), ==, 0);
        for (guint i = 0; i < 3; i++)
                await_unit(pids[i], 0);
        await_news(news, "STOPPING=1", 1);
        g_assert_cmpuint(place_of(house, "milter drain"), <, place_of(house, "milter end"));
        g_autofree char *text = read_text(house->events);
        assert_has(strstr(text, "milter end"), "sanitize drain");
        g_unsetenv("NOTIFY_SOCKET");
}

static void test_folders(House *house, gconstpointer data) {
        begin_and_await(house);
        assert_mode(house, "run", 0751, 0, GROUP);
        assert_mode(house, "state", 0700, USER_STORE, USER_STORE);
        if (geteuid() == 0)
                assert_mode(house, "run/milter", 02710, USER_MILTER, GROUP_POSTFIX);
        assert_mode(house, "run/store.sock", 0660, 0, GROUP);
        assert_mode(house, "run/sanitize.sock", 0660, 0, GROUP);
        assert_mode(house, "run/control.sock", 0660, 0, GROUP);
        assert_mode(house, "log", 0640, 0, 0);
        g_assert_cmpint(end(house), ==, 0);
        /* Once more over what is there. */
        begin(house);
        await(house->log, "ready: version", 2);
        assert_mode(house, "run", 0751, 0, GROUP);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_drain(House *house, gconstpointer data) {
        put(house, "milter.mode", "slow");
        begin_and_await(house);
        g_assert_cmpint(end(house), ==, 0);
        g_assert_cmpuint(place_of(house, "milter drain"), <, place_of(house, "milter end"));
        g_assert_cmpuint(place_of(house, "milter end"), <, place_of(house, "sanitize drain"));
        g_assert_cmpuint(place_of(house, "milter end"), <, place_of(house, "store drain"));
        g_assert_cmpuint(count(house->events, " end\n"), ==, 3);
        g_assert_cmpuint(count(house->events, " start "), ==, 3);
}

/* What the milter still has in work needs the store: one that dies meanwhile is started again. */
static void test_drain_restart(House *house, gconstpointer data) {
        put(house, "milter.mode", "slow");
        begin_and_await(house);
        g_assert_cmpint(kill(house->pid, SIGINT), ==, 0);
        await(house->events, "milter drain", 1);
        g_assert_cmpint(kill(pid_of(house, "store", 1), SIGKILL), ==, 0);
        await(house->events, "store start", 2);
        g_assert_cmpint(await_end(house), ==, 0);
        g_assert_cmpuint(count(house->events, "store end"), ==, 1);
        g_assert_cmpuint(count(house->events, "milter start"), ==, 1);
}

static void test_restart(House *house, gconstpointer data) {
        begin_and_await(house);
        for (guint i = 1; i <= 3; i++) {
                gint64 began = g_get_monotonic_time();
                g_assert_cmpint(kill(pid_of(house, "store", i), SIGKILL), ==, 0);
                await(house->log, "store serves", i + 1);
                /* At once, after 0.1 s, after 0.2 s. */
                g_assert_cmpint(g_get_monotonic_time() - began, >=, i == 1 ? 0 : (i - 1) * 100000);
        }
        g_autoptr(GError) error = NULL;
        g_autofree char *figures = ask(house, MG_CONTROL_STATUS, &error);
        g_assert_no_error(error);
        assert_has(figures, "mugaid.restarts_store=3 ");
        assert_has(figures, "mugaid.restarts_milter=0 ");
        g_assert_cmpuint(count(house->log, "was ended by signal 9"), ==, 3);
        g_assert_cmpuint(count(house->events, "milter start"), ==, 1);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_hung_milter(House *house, gconstpointer data) {
        put(house, "milter.mode", "hung");
        house->options.drain_ms = 1200;
        begin_and_await(house);
        gint64 began = g_get_monotonic_time();
        g_assert_cmpint(end(house), ==, 0);
        gint64 took = (g_get_monotonic_time() - began) / 1000;
        g_assert_cmpint(took, >=, 1000);
        g_assert_cmpint(took, <, 10000);
        g_assert_cmpuint(count(house->log, "milter did not end in time and is killed"), ==, 1);
        g_assert_cmpuint(count(house->events, " end\n"), ==, 2);
}

static void test_hung_store(House *house, gconstpointer data) {
        put(house, "store.mode", "hung");
        house->options.drain_ms = 1200;
        begin_and_await(house);
        g_assert_cmpint(end(house), ==, 0);
        g_assert_cmpuint(count(house->log, "store did not end in time and is killed"), ==, 1);
        g_assert_cmpuint(count(house->events, " end\n"), ==, 2);
}

static void test_reload(House *house, gconstpointer data) {
        begin_and_await(house);
        put_config(house, "nod = 1\n");
        g_assert_cmpint(kill(house->pid, SIGHUP), ==, 0);
        g_autofree char *want =
                g_strdup_printf("not reloaded, all goes on as it was: %s:19: there is no key \"nod\"", house->config);
        await(house->log, want, 1);
        g_assert_cmpuint(count(house->events, "reload"), ==, 0);

        put_config(house, "node = 2\npolicy { links = text }\n");
        g_assert_cmpint(kill(house->pid, SIGHUP), ==, 0);
        await(house->events, " reload\n", 3);
        await(house->log, "changed, but taken over by a restart only: node\n", 1);
        g_assert_cmpuint(count(house->events, " start "), ==, 3);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_status(House *house, gconstpointer data) {
        put(house, "sanitize.mode", "silent");
        begin_and_await(house);
        for (guint i = 0; i < 2; i++) {
                g_autoptr(GError) error = NULL;
                gint64 began = g_get_monotonic_time();
                g_autofree char *figures = ask(house, MG_CONTROL_STATUS, &error);
                g_assert_no_error(error);
                /* The first round waits its second for the silent role; the second does not ask it again. */
                g_assert_cmpint(g_get_monotonic_time() - began, <, 3 * G_USEC_PER_SEC);
                g_autofree char *pid = g_strdup_printf("mugaid.pid_sanitize=%d ", (int)pid_of(house, "sanitize", 1));
                assert_has(figures, "mugaid.uptime_s=");
                assert_has(figures, "mugaid.up_store=1 ");
                assert_has(figures, "mugaid.up_sanitize=1 ");
                assert_has(figures, pid);
                assert_has(figures, "store.answered=1 ");
                assert_has(figures, "milter.answered=1 ");
                g_assert_null(strstr(figures, "sanitize.answered"));
        }
        g_assert_cmpuint(count(house->events, "sanitize status"), ==, 1);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_status_answers(House *house, gconstpointer data) {
        put(house, "store.mode", "lying");
        begin_and_await(house);
        gint64 took = G_MAXINT64;
        /* All have answered, one with what is no record of figures: nobody is waited for, a busy machine apart. */
        for (guint asked = 1; asked <= 5 && took >= 900000; asked++) {
                g_autoptr(GError) error = NULL;
                gint64 began = g_get_monotonic_time();
                g_autofree char *figures = ask(house, MG_CONTROL_STATUS, &error);
                took = g_get_monotonic_time() - began;
                g_assert_no_error(error);
                assert_has(figures, "sanitize.answered=1 ");
                g_assert_null(strstr(figures, "store.answered"));
                g_assert_cmpuint(count(house->log, "the figures of store cannot be read"), ==, asked);
        }
        g_assert_cmpint(took, <, 900000);
        g_assert_cmpint(end(house), ==, 0);
}

/* Whoever may look at figures may not end or reload the gateway; nor keep it from answering others. */
static void test_status_only(House *house, gconstpointer data) {
        static const guint32 kinds[] = {MG_CONTROL_DRAIN, MG_CONTROL_RELOAD, MG_CONTROL_READY, MG_CONTROL_FIGURES, 0};
        begin_and_await(house);
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
                g_autoptr(GError) error = NULL;
                g_assert_null(ask(house, kinds[i], &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_CLOSED);
        }
        g_autofree char *path = inside(house, "run/control.sock");
        mg_autofd idle = mg_packet_connect(path, NULL);
        g_assert_cmpint(idle, >=, 0);
        g_autofree char *figures = ask(house, MG_CONTROL_STATUS, NULL);
        g_assert_nonnull(figures);
        g_assert_cmpuint(count(house->events, "drain") + count(house->events, "reload"), ==, 0);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_role_refuses_config(House *house, gconstpointer data) {
        put(house, "sanitize.mode", "config");
        begin(house);
        g_assert_cmpint(await_end(house), ==, 78);
        g_assert_cmpuint(count(house->log, "giving up: sanitize does not accept its configuration"), ==, 1);
        g_assert_cmpuint(count(house->events, "milter start"), ==, 0);
        g_assert_cmpuint(count(house->events, "sanitize start"), ==, 1);
        g_assert_cmpuint(count(house->events, "store end"), ==, 1);
}

static void test_role_missing(House *house, gconstpointer data) {
        g_autofree char *program = inside(house, "mugai-store");
        g_assert_cmpint(g_unlink(program), ==, 0);
        begin(house);
        g_assert_cmpint(await_end(house), ==, 71);
        g_assert_cmpuint(count(house->log, "giving up: store cannot be run"), ==, 1);
        g_assert_cmpuint(count(house->log, "store started"), ==, 1);
}

/* A role that dies before it serves is tried again, and nothing after it starts meanwhile. */
static void test_role_broken(House *house, gconstpointer data) {
        put(house, "sanitize.mode", "broken");
        begin(house);
        await(house->log, "ended with exit code 1", 3);
        g_assert_cmpuint(count(house->events, "milter start"), ==, 0);
        put(house, "sanitize.mode", "");
        await(house->log, "ready: version", 1);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_role_mute(House *house, gconstpointer data) {
        put(house, "store.mode", "mute");
        house->options.ready_ms = 300;
        begin(house);
        await(house->log, "store did not say in time that it serves and is killed", 2);
        g_assert_cmpuint(count(house->events, "sanitize start"), ==, 0);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_role_deaf(House *house, gconstpointer data) {
        put(house, "milter.mode", "deaf");
        begin_and_await(house);
        await(house->log, "milter closed its control socket and is killed", 1);
        put(house, "milter.mode", "");
        await(house->events, "milter start", 2);
        await(house->log, "milter serves", 2);
        g_assert_cmpint(end(house), ==, 0);
}

/* Roles of a supervisor that was killed end by themselves, and those of the next one start after that. */
static void test_killed(House *house, gconstpointer data) {
        put(house, "milter.mode", "slow");
        begin_and_await(house);
        g_assert_cmpint(kill(house->pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(house->pid, NULL, 0), ==, house->pid);
        begin(house);
        await(house->log, "ready: version", 2);
        g_assert_cmpuint(count(house->log, "waiting for them to end"), ==, 1);
        g_autofree char *text = read_text(house->events);
        const char *second = strstr(strstr(text, "store start") + 1, "store start");
        g_assert_nonnull(second);
        g_assert_true(strstr(text, "milter end") < second);
        g_assert_cmpint(end(house), ==, 0);
}

/* The exit code with more in the configuration; nothing must have been started. */
static void assert_refused(House *house, int code, const char *sentence) {
        g_autofree char *stderr_path = inside(house, "stderr");
        house->pid = fork();
        g_assert_cmpint(house->pid, >=, 0);
        if (house->pid == 0) {
                if (freopen(stderr_path, "w", stderr) == NULL)
                        _exit(99);
                _exit(mg_supervisor_run(&house->options));
        }
        g_assert_cmpint(await_end(house), ==, code);
        g_autofree char *on_stderr = read_text(stderr_path);
        g_autofree char *in_log = read_text(house->log);
        g_autofree char *both = g_strconcat(on_stderr, in_log, NULL);
        assert_has(both, sentence);
        g_assert_cmpuint(count(house->events, "start"), ==, 0);
        g_assert_cmpuint(count(house->log, "started (pid"), ==, 0);
}

static void test_bad_config(House *house, gconstpointer data) {
        g_autofree char *run = inside(house, "run");
        put_config(house, "node = x\n");
        g_autofree char *want =
                g_strdup_printf("mugaid: %s:19: \"node\" is \"x\"; it should be a whole number", house->config);
        assert_refused(house, 78, want);
        g_assert_false(g_file_test(run, G_FILE_TEST_EXISTS));
        g_assert_cmpint(mg_supervisor_check(house->config), ==, 78);
        put_config(house, "");
        g_assert_cmpint(mg_supervisor_check(house->config), ==, 0);
        g_assert_false(g_file_test(run, G_FILE_TEST_EXISTS));
}

static void test_bad_folders(House *house, gconstpointer data) {
        g_autofree char *run = inside(house, "run");
        g_autofree char *state = inside(house, "state");
        g_assert_cmpint(mkdir(run, 0755), ==, 0);
        g_assert_cmpint(chmod(run, 0777), ==, 0);
        assert_refused(house, 78,
                       "\"run_dir\" can be written by others (mode 0777); look at what is in it, then: chmod go-w");
        g_assert_cmpint(chmod(run, 0755), ==, 0);
        g_assert_cmpint(symlink("/tmp", state), ==, 0);
        assert_refused(house, 78, "\"state_dir\" is no folder or a symbolic link; name the folder itself");
        g_assert_cmpint(unlink(state), ==, 0);
        if (geteuid() != 0)
                return;
        g_assert_cmpint(mkdir(state, 0700), ==, 0);
        g_assert_cmpint(chown(state, USER_ORDINARY, USER_ORDINARY), ==, 0);
        assert_refused(house, 78, "\"state_dir\" belongs to user 60006 instead of 60003");
        /* Root's own folder is given to the store where nothing is in it, and else not. */
        g_assert_cmpint(chown(state, 0, 0), ==, 0);
        put(house, "state/x", "x");
        assert_refused(house, 78, "\"state_dir\" belongs to user 0 instead of 60003");
        g_autofree char *x = inside(house, "state/x");
        g_assert_cmpint(unlink(x), ==, 0);
        begin_and_await(house);
        g_assert_cmpint(end(house), ==, 0);
}

static void test_bad_log(House *house, gconstpointer data) {
        g_autofree char *text = read_text(house->config);
        g_autoptr(GString) changed = g_string_new(text);
        g_assert_cmpuint(g_string_replace(changed, "/log\n", "/missing/log\n", 1), ==, 1);
        put(house, "mugai.conf", changed->str);
        assert_refused(house, 78, "/missing/log of \"log.file\" cannot be opened: No such file or directory");
}

/* Two on one run_dir: the second waits, and can be told to end meanwhile; the first notices nothing. */
static void test_second(House *house, gconstpointer data) {
        begin_and_await(house);
        House second = *house;
        begin(&second);
        await(house->log, "waiting for them to end", 1);
        g_assert_cmpint(end(&second), ==, 69);
        g_autofree char *figures = ask(house, MG_CONTROL_STATUS, NULL);
        assert_has(figures, "store.answered=1 ");
        g_assert_cmpuint(count(house->events, " start "), ==, 3);
        g_assert_cmpint(end(house), ==, 0);
}

/* A folder of Postfix's for the socket keeps its group and mode, and must be one in which the milter can work. */
static void test_milter_folder(House *house, gconstpointer data) {
        g_autofree char *spool = inside(house, "spool");
        g_autofree char *text = read_text(house->config);
        g_autoptr(GString) changed = g_string_new(text);
        g_string_replace(changed, "/run/milter/m.sock", "/spool/m.sock", 1);
        put(house, "mugai.conf", changed->str);
        if (geteuid() != 0) {
                g_test_skip("only root changes users");
                return;
        }
        g_assert_cmpint(mkdir(spool, 0755), ==, 0);
        assert_refused(house, 78, "\"milter.socket\" belongs to user 0 instead of 60001");
        g_assert_cmpint(chown(spool, USER_MILTER, GROUP_POSTFIX), ==, 0);
        begin_and_await(house);
        assert_mode(house, "spool", 0755, USER_MILTER, GROUP_POSTFIX);
        assert_mode(house, "run", 0750, 0, GROUP);
        g_assert_cmpint(end(house), ==, 0);
}

/* Started by somebody who is not root all runs as him, whoever the configuration names. */
static void test_ordinary(House *house, gconstpointer data) {
        if (geteuid() != 0) {
                g_test_skip("the other tests are this one where they are not run by root");
                return;
        }
        g_assert_cmpint(chown(house->folder, USER_ORDINARY, USER_ORDINARY), ==, 0);
        house->pid = fork();
        if (house->pid == 0)
                _exit(setgid(USER_ORDINARY) < 0 || setuid(USER_ORDINARY) < 0 ? 99 : mg_supervisor_run(&house->options));
        await(house->log, "ready: version", 1);
        g_assert_cmpuint(count(house->events, " uid=60006 "), ==, 3);
        assert_mode(house, "state", 0700, USER_ORDINARY, USER_ORDINARY);
        g_assert_cmpint(end(house), ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/supervisor/supervisor/" #name, House, NULL, house_set_up, test_##name, house_tear_down)
        ADD(start);
        ADD(release);
        ADD(folders);
        ADD(drain);
        ADD(drain_restart);
        ADD(restart);
        ADD(hung_milter);
        ADD(hung_store);
        ADD(hung_release);
        ADD(reload);
        ADD(status);
        ADD(status_answers);
        ADD(status_only);
        ADD(role_refuses_config);
        ADD(role_missing);
        ADD(role_broken);
        ADD(role_mute);
        ADD(role_deaf);
        ADD(killed);
        ADD(bad_config);
        ADD(bad_folders);
        ADD(bad_log);
        ADD(second);
        ADD(milter_folder);
        ADD(ordinary);
        ADD(units);
        return g_test_run();
}
