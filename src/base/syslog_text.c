/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a line for the local syslog. Sends none. libc's syslog() is not used: it waits for who reads
 * /dev/log, and says nothing of a line that was lost.
 */
#include "base/syslog_text.h"

#include <glib.h>
#include <unistd.h>

char *mg_syslog_text(int priority, const char *program, const char *line) {
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *clock = g_date_time_format(now, "%H:%M:%S");

        return g_strdup_printf("<%d>%s %2d %s %s[%d]: %s", priority, months[g_date_time_get_month(now) - 1],
                               g_date_time_get_day_of_month(now), clock, program, (int)getpid(), line);
}
