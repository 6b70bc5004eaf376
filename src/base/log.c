/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines go. Does not quote: base/line.h does, and mg_text_quote() at callers who put what came with a mail into a
 * sentence.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syslog_text.h"
#include "base/text.h"

#define SYSLOG_SOCKET "/dev/log"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"
/* For who reads, so that a burst is not lost: Linux queues ten datagrams. Who was not back by then is waited for no
 * more until a line is taken again. */
#define PATIENCE_MS 50

/* Set by mg_log_open() before threads start, read afterwards; but the level and the counts. */
static struct {
        const char *program;
        MgLogTo to;
        MgLineFormat format;
        gboolean journal;           /* standard error is systemd's journal: it reads <N> in front of a line */
        gboolean socket;            /* standard error is a socket */
        int sock;                   /* to address, of journal and syslog; or -1 */
        struct sockaddr_un address; /* named with each line, so that who listens may come and go */
        atomic_int level;
        atomic_bool stalled; /* the last line was not taken */
        atomic_llong dropped;
        atomic_llong said; /* of them */
} destination = {.program = "mugai", .level = MG_LOG_INFO, .sock = -1};

static const char *level_name(MgLogLevel level) {
        return level == MG_LOG_ERROR     ? "error"
               : level == MG_LOG_WARNING ? "warning"
               : level == MG_LOG_INFO    ? "info"
                                         : "debug";
}

/* Whoever else has the same pipe or terminal goes on as before. Another user's pipe cannot be opened: then who started
 * us did it, and we ask before each line. */
static void unblock_stderr(void) {
        struct stat status;
        mg_autofd own = -1;

        destination.socket = FALSE;
        if (fstat(STDERR_FILENO, &status) < 0)
                return;
        destination.socket = S_ISSOCK(status.st_mode);
        if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))
                own = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0)
                dup2(own, STDERR_FILENO);
}

void mg_log_open(const char *program, const MgLogSettings *settings) {
        const struct timeval patience = {.tv_usec = PATIENCE_MS * 1000L};
        const char *path = settings->socket                   ? settings->socket
                           : settings->to == MG_LOG_TO_SYSLOG ? SYSLOG_SOCKET
                                                              : JOURNAL_SOCKET;

        destination.program = program;
        destination.to = settings->to;
        destination.format = settings->format;
        destination.journal = g_getenv("JOURNAL_STREAM") != NULL;
        mg_log_set_level(settings->level);
        unblock_stderr();
        mg_fd_close(&destination.sock);
        if (settings->to != MG_LOG_TO_SYSLOG && settings->to != MG_LOG_TO_JOURNAL)
                return;
        destination.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        setsockopt(destination.sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        destination.address = (struct sockaddr_un){.sun_family = AF_UNIX};
        g_strlcpy(destination.address.sun_path, path, sizeof destination.address.sun_path);
}

void mg_log_set_level(MgLogLevel level) {
        atomic_store(&destination.level, (int)level);
}

gboolean mg_log_replace(int fd) {
        return dup2(fd, STDERR_FILENO) >= 0;
}

/* --- ways out ----------------------------------------------------------------------------------------------------- */

/* Each says whether the line was taken. */
static gboolean to_socket(GString *text) {
        const int waits = atomic_load(&destination.stalled) ? MSG_DONTWAIT : 0;

        return sendto(destination.sock, text->str, text->len, waits | MSG_NOSIGNAL,
                      (const struct sockaddr *)&destination.address, sizeof destination.address) >= 0;
}

static gboolean to_syslog(MgLogLevel level, const char *line) {
        g_autofree char *text = mg_syslog_text((int)level | LOG_MAIL, destination.program, line);
        g_autoptr(GString) datagram = g_string_new(text);

        return to_socket(datagram);
}

/* "queue_id" is MUGAI_QUEUE_ID. */
static void put_journal(const char *name, const char *value, void *data) {
        g_autofree char *upper = g_ascii_strup(name, -1);

        g_string_append_printf(data, "MUGAI_%s=%s\n", upper, value);
}

static gboolean to_journal(MgLogLevel level, const MgLine *line, const char *text) {
        g_autoptr(GString) datagram = g_string_sized_new(512);

        g_string_append_printf(datagram, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n",
                               (int)level, LOG_MAIL >> 3, destination.program, text);
        mg_line_each(line, put_journal, datagram);
        return to_socket(datagram);
}

static gboolean is_ready(int fd) {
        struct pollfd wanted = {.fd = fd, .events = POLLOUT};

        return poll(&wanted, 1, atomic_load(&destination.stalled) ? 0 : PATIENCE_MS) == 1;
}

/* One write a line keeps the lines of several processes apart: a pipe takes it as a whole or not at all. */
static gboolean to_stderr(MgLogLevel level, const MgLineFrom *from, const char *text) {
        g_autoptr(GString) out = g_string_sized_new(512);

        if (destination.journal)
                g_string_append_printf(out, "<%d>", level);
        if (destination.format == MG_LINE_TEXT) {
                g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(from->time / G_USEC_PER_SEC);
                g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S%:z ");

                g_string_append_printf(out, "%s%s[%d]: ", destination.journal ? "" : time, from->program, from->pid);
        }
        g_string_append(out, text);
        if (out->len >= MG_LINE_MAX)
                g_string_truncate(out, mg_text_whole(out->str, out->len, MG_LINE_MAX - 1));
        g_string_append_c(out, '\n');
        if (!is_ready(STDERR_FILENO))
                return FALSE;
        if (destination.socket)
                return send(STDERR_FILENO, out->str, out->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (gssize)out->len;
        return write(STDERR_FILENO, out->str, out->len) == (gssize)out->len;
}

static gboolean put(MgLogLevel level, const MgLine *line) {
        const MgLineFrom from = {destination.program, (int)getpid(), level_name(level), g_get_real_time()};
        g_autofree char *text = mg_line_format(line, destination.format, &from);

        const gboolean taken = destination.to == MG_LOG_TO_SYSLOG    ? to_syslog(level, text)
                               : destination.to == MG_LOG_TO_JOURNAL ? to_journal(level, line, text)
                                                                     : to_stderr(level, &from, text);

        atomic_store(&destination.stalled, !taken);
        return taken;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static MgLine *sentence(MgLogLevel level, const char *text) {
        MgLine *line = mg_line_new("log", "", level == MG_LOG_ERROR ? 7 : level == MG_LOG_WARNING ? 5 : 2);

        mg_line_add(line, MG_LINE_MSG, text);
        return line;
}

/* Before the line that follows those that were lost. One thread says it. */
static void say_dropped(void) {
        long long said = atomic_load(&destination.said);
        const long long dropped = atomic_load(&destination.dropped);
        g_autoptr(MgLine) line = NULL;
        g_autofree char *text = NULL;

        if (dropped == said || !atomic_compare_exchange_strong(&destination.said, &said, dropped))
                return;
        text = g_strdup_printf("%lld log lines were lost: nobody took them in time", dropped - said);
        line = sentence(MG_LOG_WARNING, text);
        if (!put(MG_LOG_WARNING, line))
                atomic_fetch_sub(&destination.said, dropped - said);
}

void mg_log_line(MgLogLevel level, const MgLine *line) {
        if ((int)level > atomic_load(&destination.level))
                return;
        say_dropped();
        if (!put(level, line))
                atomic_fetch_add(&destination.dropped, 1);
}

void mg_log(MgLogLevel level, const char *format, ...) {
        g_autofree char *text = NULL;
        g_autoptr(MgLine) line = NULL;
        va_list arguments;

        if ((int)level > atomic_load(&destination.level))
                return;
        va_start(arguments, format);
        text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        line = sentence(level, text);
        mg_log_line(level, line);
}

void mg_log_error(const char *what, GError *error) {
        mg_log(MG_LOG_ERROR, "%s: %s", what, error ? error->message : "unknown error");
        g_clear_error(&error);
}

gint64 mg_log_dropped(void) {
        return atomic_load(&destination.dropped);
}
