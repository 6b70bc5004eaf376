/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a day. Knows no other calendar than the one of the western years.
 */
#include "base/day.h"

#include <stdio.h>

/* ASCII digits and hyphens of what people type. Caller frees. */
static char *plain_day(const char *text) {
        GString *out = g_string_new(NULL);

        for (const char *p = text; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (c >= 0xFF10 && c <= 0xFF19)
                        c = c - 0xFF10 + '0';
                if (c == '/' || c == '.' || c == 0xFF0F || c == 0xFF0D || c == 0x2212 || c == 0x30FC)
                        c = '-';
                if (!g_unichar_isspace(c))
                        g_string_append_unichar(out, c);
        }
        return g_string_free(out, FALSE);
}

gboolean mg_day_read(const char *text, gboolean end, gint64 *time) {
        g_autofree char *plain = plain_day(text);
        g_autoptr(GDateTime) day = NULL, next = NULL;
        int year, month, number, used = 0;

        *time = 0;
        if (*plain == '\0')
                return TRUE;
        if (sscanf(plain, "%4d-%2d-%2d%n", &year, &month, &number, &used) != 3 || plain[used] != '\0' || year < 1970)
                return FALSE;
        day = g_date_time_new_local(year, month, number, 0, 0, 0);
        next = day && end ? g_date_time_add_days(day, 1) : NULL;
        if (day)
                *time = g_date_time_to_unix(next ? next : day);
        return day != NULL;
}
