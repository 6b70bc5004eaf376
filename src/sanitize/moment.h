/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * moment: days and clocks of the Gregorian calendar, without zones of the system: a confined worker can open none
 *
 * Local time is the seconds since 1970 that the clock would show if it were UTC.
 */

/* Local time of a date and a clock; month 1 to 12, day 1 to 31, both taken as they come. Years 1 to 9999. */
gint64 mg_moment_make(int year, int month, int day, int hour, int minute, int second);
int mg_moment_year(gint64 local);
/* 0 is Sunday. */
int mg_moment_weekday(gint64 local);
/* Midnight of the n-th weekday of a month; n -1 is the last one, -2 the one before it. */
gint64 mg_moment_nth(int year, int month, int n, int weekday);
/* "2026-04-01 (水 Wed)", with clock " 09:00" behind it; nothing beyond year 9999. */
void mg_moment_append(GString *out, gint64 local, gboolean clock);
/* "+0900"; seconds east of UTC. */
void mg_moment_append_zone(GString *out, int offset);
