/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/line.h"

/*
 * Log: one line per event, to standard error, systemd's journal or syslog
 *
 * Nobody waits for who reads it, but for some milliseconds after a line that was taken: a line that is not taken is
 * lost, counted, and the next one that is taken is preceded by one that says how many were. A file is standard error,
 * too: the supervisor opens it, and a disk that hangs is the one thing that is waited for. Values from mail that stand
 * in a sentence go through mg_text_quote() first. File-scope state: the destination, set by mg_log_open() before
 * threads start, and the counts.
 */
typedef enum MgLogLevel { MG_LOG_ERROR = 3, MG_LOG_WARNING = 4, MG_LOG_INFO = 6, MG_LOG_DEBUG = 7 } MgLogLevel;
typedef enum MgLogTo { MG_LOG_TO_STDERR, MG_LOG_TO_JOURNAL, MG_LOG_TO_SYSLOG, MG_LOG_TO_FILE } MgLogTo;

typedef struct MgLogSettings {
        MgLogTo to;
        MgLineFormat format;
        MgLogLevel level;   /* this and below are written */
        const char *socket; /* of journal or syslog; NULL: where it is by convention */
} MgLogSettings;

/* program is in each line, and is borrowed. A pipe or terminal at standard error is opened anew where that may be done, so
 * that it does not block. */
void mg_log_open(const char *program, const MgLogSettings *settings);
/* Takes another level, also while threads run. */
void mg_log_set_level(MgLogLevel level);
/* Standard error is this file from now on, in the midst of other threads' lines. The descriptor stays the caller's. */
gboolean mg_log_replace(int fd);

void mg_log(MgLogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "what: error->message", and the error is freed. */
void mg_log_error(const char *what, GError *error);
void mg_log_line(MgLogLevel level, const MgLine *line);

/* Lines that were lost since the start. */
gint64 mg_log_dropped(void);
