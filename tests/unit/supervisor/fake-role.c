/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role that does no work: stands in for mugai-store, mugai-sanitize and mugai-milter in the supervisor's tests.
 * What it does is said by the file ROLE.mode beside its configuration, what it saw goes to the file "events" there,
 * one line an event.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/control.h"
#include "base/fd.h"

typedef struct Fake {
        const char *name; /* "store" */
        char *folder;
        char *mode;
        int control;
} Fake;

static void event(const Fake *fake, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void event(const Fake *fake, const char *format, ...) {
        g_autofree char *path = g_build_filename(fake->folder, "events", NULL);
        mg_autofd fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        va_list args;
        va_start(args, format);
        g_autofree char *text = g_strdup_vprintf(format, args);
        va_end(args);
        g_autofree char *line = g_strdup_printf("%s %s\n", fake->name, text);
        if (fd < 0 || write(fd, line, strlen(line)) < 0)
                _exit(3);
}

/* The numbers of the open descriptors, but the one that lists them. */
static char *open_descriptors(void) {
        GString *out = g_string_new(NULL);
        DIR *dir = opendir("/proc/self/fd");
        for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
                if (entry->d_name[0] != '.' && g_ascii_strtoll(entry->d_name, NULL, 10) != dirfd(dir))
                        g_string_append_printf(out, "%s,", entry->d_name);
        closedir(dir);
        return g_string_free(out, FALSE);
}

static gboolean is_null(int fd) {
        struct stat a, b;
        return fstat(fd, &a) == 0 && stat("/dev/null", &b) == 0 && a.st_rdev == b.st_rdev;
}

static gboolean listens(const char *name) {
        int yes = 0;
        socklen_t n = sizeof yes;
        int fd = mg_packet_inherited(name);
        return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

static void say_start(const Fake *fake) {
        g_autofree char *fds = open_descriptors();
        sigset_t blocked;
        sigprocmask(SIG_SETMASK, NULL, &blocked);
        event(fake, "start pid=%d uid=%d fds=%s null=%d listens=%d nnp=%d session=%d term=%d", (int)getpid(),
              (int)getuid(), fds, is_null(0) && is_null(1), listens(fake->name), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
              getsid(0) == getpid(), sigismember(&blocked, SIGTERM));
}

static void answer(const Fake *fake) {
        g_autoptr(GArray) figures = mg_figures_new();
        mg_figures_add(figures, fake->name, "answered", 1);
        mg_control_answer(fake->control, figures);
}

static gboolean is_mode(const Fake *fake, const char *mode) {
        return strcmp(fake->mode, mode) == 0;
}

/* Until it is told to end or the supervisor is gone. */
static void serve(const Fake *fake) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        while (mg_packet_receive(fake->control, -1, &packet, NULL) && packet.kind != MG_CONTROL_DRAIN) {
                event(fake, "%s", packet.kind == MG_CONTROL_RELOAD ? "reload" : "status");
                if (packet.kind == MG_CONTROL_STATUS && is_mode(fake, "lying"))
                        mg_packet_send(fake->control, MG_CONTROL_FIGURES, NULL, NULL, 0, NULL);
                else if (packet.kind == MG_CONTROL_STATUS && !is_mode(fake, "silent"))
                        answer(fake);
        }
        event(fake, "drain");
}

static void sleep_for_ever(void) {
        for (;;)
                pause();
}

int main(int argc, char **argv) {
        const char *base = strrchr(argv[0], '/');
        if (argc != 3 || strcmp(argv[1], "--config") != 0 || base == NULL || strncmp(base, "/mugai-", 7) != 0)
                return 64;
        Fake fake = {
                .name = base + 7, .folder = g_path_get_dirname(argv[2]), .control = mg_packet_inherited("control")};
        g_autofree char *mode_name = g_strconcat(fake.name, ".mode", NULL);
        g_autofree char *mode_path = g_build_filename(fake.folder, mode_name, NULL);
        if (!g_file_get_contents(mode_path, &fake.mode, NULL, NULL))
                fake.mode = g_strdup("");
        /* A service of its own, as config/role.c does it. */
        g_autofree char *door = g_build_filename(fake.folder, "run/role.sock", NULL);
        if (fake.control < 0)
                fake.control = mg_packet_connect(door, NULL);
        say_start(&fake);
        if (is_mode(&fake, "config"))
                _exit(78);
        if (is_mode(&fake, "broken"))
                _exit(1);
        if (!is_mode(&fake, "mute"))
                mg_control_serves(fake.control, NULL);
        if (is_mode(&fake, "mute") || is_mode(&fake, "hung"))
                sleep_for_ever();
        if (is_mode(&fake, "deaf")) {
                close(fake.control);
                sleep_for_ever();
        }
        serve(&fake);
        if (is_mode(&fake, "slow"))
                g_usleep(600 * 1000);
        event(&fake, "end");
        g_free(fake.mode);
        g_free(fake.folder);
        return 0;
}
