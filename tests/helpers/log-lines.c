/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log-lines FORMAT stderr|journal|syslog [SOCKET]: lines of the log from values on standard input
 *
 * Reads values that end with NUL, three a line: sender, reply, reason. Writes each as the line of a mail to where
 * it says, and to standard output the three as the log has them, each ended by NUL. Ends with the number of lines
 * that were lost, at most 100.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static void put_value(const char *name, const char *value, void *data) {
        fwrite(value, 1, strlen(value) + 1, stdout);
}

static void put_line(char **values) {
        g_autoptr(MgLine) line = mg_line_new("mail", "refused", 3);

        mg_line_add(line, MG_LINE_FROM, values[0]);
        mg_line_add(line, MG_LINE_REPLY, values[1]);
        mg_line_add(line, MG_LINE_REASON, values[2]);
        mg_log_line(MG_LOG_INFO, line);
        mg_line_each(line, put_value, NULL);
}

int main(int argc, char **argv) {
        static const char *const formats[] = {"text", "logfmt", "json", "cef"};
        MgLogSettings settings = {.level = MG_LOG_INFO, .socket = argc > 3 ? argv[3] : NULL};
        char *values[3] = {NULL};
        gsize sizes[3] = {0};

        if (argc < 3)
                return 64;
        settings.to = g_str_equal(argv[2], "syslog")    ? MG_LOG_TO_SYSLOG
                      : g_str_equal(argv[2], "journal") ? MG_LOG_TO_JOURNAL
                                                        : MG_LOG_TO_STDERR;
        for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
                if (g_str_equal(argv[1], formats[i]))
                        settings.format = i;
        mg_log_open("log-lines", &settings);
        for (guint n = 0; getdelim(&values[n % 3], &sizes[n % 3], '\0', stdin) > 0; n++)
                if (n % 3 == 2)
                        put_line(values);
        for (guint i = 0; i < 3; i++)
                free(values[i]);
        return (int)MIN(mg_log_dropped(), 100);
}
