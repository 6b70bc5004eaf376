/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says of Postfix. Believes nothing that it cannot read: where it is not sure, Postfix runs and has not
 * read.
 */
#include "cli/postfix_running.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/postfix_run.h"

/* Whether the process was started for another folder, as far as it tells. */
static gboolean is_of_other(const char *pid, const char *folder) {
        g_autofree char *path = g_strdup_printf("/proc/%s/environ", pid);
        g_autofree char *texts = NULL;
        struct stat its, ours;
        gsize n = 0;

        if (!g_file_get_contents(path, &texts, &n, NULL))
                return FALSE;
        for (const char *s = texts; s < texts + n; s += strlen(s) + 1)
                if (g_str_has_prefix(s, "MAIL_CONFIG="))
                        return stat(s + strlen("MAIL_CONFIG="), &its) == 0 && stat(folder, &ours) == 0 &&
                               (its.st_dev != ours.st_dev || its.st_ino != ours.st_ino);
        return FALSE;
}

/* As `postfix status` finds it: master holds a lock on its file. */
gboolean mg_postfix_running(const char *folder, pid_t *master, GError **error) {
        g_autofree char *queue = mg_postfix_tool("postconf", folder, "-xh", "queue_directory", error);

        *master = 0;
        if (queue == NULL)
                return FALSE;
        g_autofree char *path = g_build_filename(g_strstrip(queue), "pid", "master.pid", NULL);
        g_autofree char *text = NULL;
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return TRUE;
        if (fd < 0 || !g_file_get_contents(path, &text, NULL, NULL)) {
                mg_error_system(error, "%s cannot be read", path);
                return FALSE;
        }
        if (flock(fd, LOCK_SH | LOCK_NB) < 0 && !is_of_other(g_strstrip(text), folder))
                *master = MAX((pid_t)g_ascii_strtoll(text, NULL, 10), 1);
        return TRUE;
}

/* Parent and start, in microseconds since the boot, of a process (proc(5)). FALSE where it is gone. */
static gboolean read_process(const char *pid, char name[16], pid_t *parent, gint64 *start) {
        g_autofree char *path = g_strdup_printf("/proc/%s/stat", pid);
        g_autofree char *text = NULL;

        if (!g_file_get_contents(path, &text, NULL, NULL))
                return FALSE;
        /* A name may have anything in it, and ends with the last bracket. */
        const char *open = strchr(text, '('), *close = strrchr(text, ')');
        g_auto(GStrv) fields = g_strsplit(close != NULL ? close + 1 : "", " ", -1);
        if (open == NULL || close < open || g_strv_length(fields) < 21)
                return FALSE;
        g_strlcpy(name, open + 1, MIN(16, (gsize)(close - open)));
        *parent = (pid_t)g_ascii_strtoll(fields[2], NULL, 10);
        *start = g_ascii_strtoll(fields[20], NULL, 10) * G_USEC_PER_SEC / sysconf(_SC_CLK_TCK);
        return TRUE;
}

/* The queue manager is always there, and another one after a reload. */
gboolean mg_postfix_has_read(pid_t master, const char *file) {
        g_autoptr(GDir) all = g_dir_open("/proc", 0, NULL);
        struct timespec boot = {0};
        struct stat written;
        gboolean manager = FALSE;

        if (all == NULL || stat(file, &written) < 0 || clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
                return FALSE;
        const gint64 booted = g_get_real_time() - (boot.tv_sec * G_USEC_PER_SEC + boot.tv_nsec / 1000);
        const gint64 since = written.st_mtim.tv_sec * G_USEC_PER_SEC + written.st_mtim.tv_nsec / 1000 - booted;
        for (const char *pid = g_dir_read_name(all); pid != NULL; pid = g_dir_read_name(all)) {
                char name[16] = "";
                pid_t parent;
                gint64 start;
                if (!g_ascii_isdigit(*pid) || !read_process(pid, name, &parent, &start) || parent != master)
                        continue;
                if (start <= since)
                        return FALSE;
                manager |= g_str_equal(name, "qmgr");
        }
        return manager;
}
