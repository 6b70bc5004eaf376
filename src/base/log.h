/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Log: one line per event, to standard error (a file, or systemd's journal with <N> in front) or to syslog
 *
 * A line is written by one write(2). Values from mail go through mg_text_quote() first. File-scope state: the
 * destination, set once by mg_log_open() before threads start.
 */
typedef enum MgLogLevel { MG_LOG_ERROR = 3, MG_LOG_WARNING = 4, MG_LOG_INFO = 6, MG_LOG_DEBUG = 7 } MgLogLevel;

/* program stands in front of each line; level and below are written. syslog: facility mail, else standard error. */
void mg_log_open(const char *program, gboolean syslog, MgLogLevel level);
void mg_log(MgLogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "what: error->message", and the error is freed. */
void mg_log_error(const char *what, GError *error);
