/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines. Does not quote: values that come from mail go through mg_text_quote() at the caller, who knows which
 * they are.
 */
#include "base/log.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LINE_MAX_OCTETS 8192

/* Set once by mg_log_open() before threads start, read afterwards. */
static struct {
        const char *program;
        gboolean syslog;
        gboolean journal; /* standard error is systemd's journal: it reads <N> in front of a line */
        MgLogLevel level;
} destination = {.program = "mugai", .level = MG_LOG_INFO};

void mg_log_open(const char *program, gboolean to_syslog, MgLogLevel level) {
        destination.program = program;
        destination.syslog = to_syslog;
        destination.journal = g_getenv("JOURNAL_STREAM") != NULL;
        destination.level = level;
        if (to_syslog)
                openlog(program, LOG_PID, LOG_MAIL);
}

static void write_line(MgLogLevel level, const char *text) {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *time = destination.journal ? NULL : g_date_time_format(now, "%Y-%m-%dT%H:%M:%S%:z ");
        g_autoptr(GString) line = g_string_sized_new(256);

        if (destination.journal)
                g_string_append_printf(line, "<%d>", level);
        else
                g_string_append(line, time);
        g_string_append_printf(line, "%s[%d]: %s", destination.program, (int)getpid(), text);
        if (line->len > LINE_MAX_OCTETS)
                g_string_truncate(line, LINE_MAX_OCTETS);
        g_string_append_c(line, '\n');
        /* One write a line keeps the lines of several processes apart; there is no one to tell where it fails. */
        if (write(STDERR_FILENO, line->str, line->len) < 0)
                return;
}

void mg_log(MgLogLevel level, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list arguments;

        if (level > destination.level)
                return;
        va_start(arguments, format);
        text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_strdelimit(text, "\r\n", ' ');
        if (destination.syslog)
                syslog((int)level, "%s", text);
        else
                write_line(level, text);
}

void mg_log_error(const char *what, GError *error) {
        mg_log(MG_LOG_ERROR, "%s: %s", what, error ? error->message : "unknown error");
        g_clear_error(&error);
}
