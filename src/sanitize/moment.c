/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of the civil calendar. Knows no leap seconds and no calendar but the Gregorian one, which it prolongs into
 * the past.
 */
#include "sanitize/moment.h"

static const gint64 day_seconds = 86400;

/* Days since 1970-01-01. Years begin in March here, so that the leap day is the last of one. */
static gint64 days_of(gint64 year, int month, int day) {
        gint64 from_march = (month + 9) % 12;
        gint64 y = year - (month <= 2);
        gint64 era = (y >= 0 ? y : y - 399) / 400;
        gint64 of_era = y - era * 400;
        gint64 of_year = (153 * from_march + 2) / 5 + day - 1;
        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static gint64 floor_days(gint64 local) {
        return (local >= 0 ? local : local - day_seconds + 1) / day_seconds;
}

gint64 mg_moment_make(int year, int month, int day, int hour, int minute, int second) {
        return days_of(year, month, day) * day_seconds + hour * 3600 + minute * 60 + second;
}

/* The inverse of days_of(). */
static void civil(gint64 local, int *year, int *month, int *day) {
        gint64 days = floor_days(local) + 719468;
        gint64 era = (days >= 0 ? days : days - 146096) / 146097;
        gint64 of_era = days - era * 146097;
        gint64 y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        gint64 of_year = of_era - (365 * y + y / 4 - y / 100);
        int from_march = (int)((5 * of_year + 2) / 153);
        *day = (int)(of_year - (153 * from_march + 2) / 5) + 1;
        *month = from_march < 10 ? from_march + 3 : from_march - 9;
        *year = (int)(y + era * 400) + (*month <= 2);
}

int mg_moment_year(gint64 local) {
        int year, month, day;
        civil(local, &year, &month, &day);
        return year;
}

int mg_moment_weekday(gint64 local) {
        int weekday = (int)((floor_days(local) + 4) % 7); /* 1970-01-01 was a Thursday */
        return weekday < 0 ? weekday + 7 : weekday;
}

gint64 mg_moment_nth(int year, int month, int n, int weekday) {
        if (n > 0) {
                gint64 first = mg_moment_make(year, month, 1, 0, 0, 0);
                return first + ((weekday - mg_moment_weekday(first) + 7) % 7 + (n - 1) * 7) * day_seconds;
        }
        gint64 next =
                month == 12 ? mg_moment_make(year + 1, 1, 1, 0, 0, 0) : mg_moment_make(year, month + 1, 1, 0, 0, 0);
        gint64 last = next - day_seconds;
        return last - ((mg_moment_weekday(last) - weekday + 7) % 7 + (-n - 1) * 7) * day_seconds;
}

void mg_moment_append(GString *out, gint64 local, gboolean clock) {
        static const char *const names[] = {"日 Sun", "月 Mon", "火 Tue", "水 Wed", "木 Thu", "金 Fri", "土 Sat"};
        int year, month, day;
        civil(local, &year, &month, &day);
        if (year < 1 || year > 9999)
                return;
        g_string_append_printf(out, "%04d-%02d-%02d (%s)", year, month, day, names[mg_moment_weekday(local)]);
        int seconds = (int)(local - floor_days(local) * day_seconds);
        if (clock)
                g_string_append_printf(out, " %02d:%02d", seconds / 3600, seconds / 60 % 60);
}

void mg_moment_append_zone(GString *out, int offset) {
        int minutes = ABS(offset) / 60;
        g_string_append_printf(out, "%c%02d%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
