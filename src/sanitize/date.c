/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date: the Date of a mail, by what its words look like and not by where they stand
 *
 * RFC 5322 with its obsolete forms (two-digit years, named zones, no seconds, comments anywhere), ctime's order, and
 * ISO 8601 as some programs write it. Pure arithmetic: no locale, no zone files. Japanese era years and month names
 * other than English are not read.
 */
#include <string.h>

#include "sanitize/header.h"
#include "sanitize/scan.h"

#define DATE_OCTETS 256 /* a date with comments is far shorter */
#define YEAR_MIN 1990
#define YEAR_MAX 9999

typedef struct Date {
        int year, month, day; /* -1: not there yet */
        int hour, minute, second;
        int zone; /* minutes */
        gboolean has_zone;
} Date;

typedef struct Zone {
        const char *name;
        int minutes;
} Zone;

/*
 * RFC 5322, 4.3, and the names that East Asian and European mailers add. Military letters and unknown names are UTC as
 * it says.
 */
static const Zone zones[] = {
        {"UT", 0},     {"UTC", 0},    {"GMT", 0},    {"Z", 0},      {"EST", -300}, {"EDT", -240}, {"CST", -360},
        {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420}, {"JST", 540},  {"KST", 540},
        {"HKT", 480},  {"SGT", 480},  {"CET", 60},   {"CEST", 120}, {"MET", 60},   {"MEST", 120}, {"EET", 120},
        {"EEST", 180}, {"WET", 0},    {"BST", 60},   {"MSK", 180},  {"AEST", 600}, {"NZST", 720},
};

static int month_of(const char *word, gsize n) {
        static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
        for (int i = 0; i < 12 && n >= 3; i++)
                if (g_ascii_strncasecmp(word, months + i * 3, 3) == 0)
                        return i + 1;
        return -1;
}

/* Digits at *p, at most max of them; -1 where there are none. */
static int number(const char **p, const char *end, int max) {
        int value = 0, n = 0;
        while (*p < end && g_ascii_isdigit(**p) && n < max) {
                value = value * 10 + (**p - '0');
                (*p)++;
                n++;
        }
        return n > 0 ? value : -1;
}

/* "12:34", "12:34:56", "12:34:56.789", and what some write after it: "Z", "+09:00". */
static gboolean read_time(Date *date, const char **p, const char *end) {
        date->hour = number(p, end, 2);
        if (*p >= end || (**p != ':' && **p != '.'))
                return FALSE;
        char mark = **p;
        (*p)++;
        date->minute = number(p, end, 2);
        date->second = 0;
        if (*p < end && **p == mark) {
                (*p)++;
                date->second = number(p, end, 2);
        }
        if (*p < end && **p == '.') {
                (*p)++;
                number(p, end, 9);
        }
        return date->hour >= 0 && date->hour <= 23 && date->minute >= 0 && date->minute <= 59 && date->second >= 0 &&
               date->second <= 60;
}

/* "+0900", "-9:30", "+09". A zone of a day or more is absurd. */
static gboolean read_offset(Date *date, const char **p, const char *end) {
        gboolean west = **p == '-';
        (*p)++;
        const char *digits = *p;
        int value = number(p, end, 4);
        gsize n = (gsize)(*p - digits);
        int hours = n > 2 ? value / 100 : value, minutes = n > 2 ? value % 100 : 0;
        if (n > 0 && n <= 2 && *p < end && **p == ':') {
                (*p)++;
                minutes = number(p, end, 2);
        }
        if (n == 0 || hours > 23 || minutes < 0 || minutes > 59 || (*p < end && g_ascii_isdigit(**p)))
                return FALSE;
        date->zone = (hours * 60 + minutes) * (west ? -1 : 1);
        date->has_zone = TRUE;
        return TRUE;
}

static int full_year(int year, gsize digits) {
        if (digits == 2)
                return year + (year < 50 ? 2000 : 1900);
        return digits == 3 ? year + 1900 : year;
}

/* "2024-01-31" or "2024/01/31" with the year read already. */
static gboolean read_iso(Date *date, int year, const char **p, const char *end) {
        char mark = **p;
        (*p)++;
        date->year = year;
        date->month = number(p, end, 2);
        if (*p >= end || **p != mark)
                return FALSE;
        (*p)++;
        date->day = number(p, end, 2);
        if (*p < end && (**p == 'T' || **p == 't'))
                (*p)++;
        return date->month >= 1 && date->month <= 12;
}

static gboolean read_digits(Date *date, const char **p, const char *end) {
        const char *begin = *p;
        int value = number(p, end, 5);
        gsize n = (gsize)(*p - begin);
        if (*p < end && (**p == ':' || (**p == '.' && date->day >= 0 && date->hour < 0 && n <= 2)) && date->hour < 0) {
                *p = begin;
                return read_time(date, p, end);
        }
        if (n == 4 && date->year < 0 && *p < end && (**p == '-' || **p == '/') && *p + 1 < end &&
            g_ascii_isdigit((*p)[1]))
                return read_iso(date, value, p, end);
        if (n <= 2 && date->day < 0) {
                date->day = value;
        } else if (date->year < 0 && n >= 2 && n <= 4) {
                date->year = full_year(value, n);
        } else {
                /* Behind a whole date a number without a sign is junk ("12:34:56.789 0000"). */
                return date->day >= 0 && date->year >= 0 && date->hour >= 0;
        }
        return TRUE;
}

static void read_word(Date *date, const char **p, const char *end) {
        const char *begin = *p;
        while (*p < end && (g_ascii_isalpha(**p) || (guchar) * *p >= 0x80))
                (*p)++;
        gsize n = (gsize)(*p - begin);
        int month = month_of(begin, n);
        if (date->month < 0 && month > 0) {
                date->month = month;
                return;
        }
        for (gsize i = 0; i < G_N_ELEMENTS(zones) && !date->has_zone && date->hour >= 0; i++) {
                if (strlen(zones[i].name) != n || g_ascii_strncasecmp(zones[i].name, begin, n) != 0)
                        continue;
                date->zone = zones[i].minutes;
                /* "GMT+0900": the offset that follows is the zone. */
                date->has_zone = !(zones[i].minutes == 0 && *p < end && (**p == '+' || **p == '-'));
        }
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static gint64 days_from_civil(int year, int month, int day) {
        gint64 y = year - (month <= 2);
        gint64 era = y / 400;
        gint64 of_era = y - era * 400;
        gint64 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static gboolean date_end(const Date *date, gint64 *time, gint32 *zone) {
        static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        if (date->year < YEAR_MIN || date->year > YEAR_MAX || date->month < 1 || date->hour < 0)
                return FALSE;
        gboolean leap = (date->year % 4 == 0 && date->year % 100 != 0) || date->year % 400 == 0;
        if (date->day < 1 || date->day > lengths[date->month - 1] || (date->month == 2 && date->day == 29 && !leap))
                return FALSE;
        gint64 local = days_from_civil(date->year, date->month, date->day) * 86400 + date->hour * 3600 +
                       date->minute * 60 + date->second;
        *time = local - (gint64)date->zone * 60;
        *zone = date->zone;
        return *time <= G_GINT64_CONSTANT(253402300799); /* the last second of year 9999, in UTC too */
}

gboolean mg_header_date(const char *value, gsize n, gint64 *time, gint32 *zone) {
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, DATE_OCTETS);
        Date date = {.year = -1, .month = -1, .day = -1, .hour = -1};
        MgFieldScan scan;
        mg_field_scan_init(&scan, text);
        gboolean good = TRUE;
        while (good && scan.at < scan.end) {
                char c = *scan.at;
                if (c == '(') {
                        gsize comment = mg_field_scan_comment(&scan);
                        scan.at = comment > 0 ? scan.at + comment : scan.end;
                } else if (g_ascii_isdigit(c)) {
                        good = read_digits(&date, &scan.at, scan.end);
                } else if ((c == '+' || c == '-') && date.hour >= 0 && !date.has_zone && scan.at + 1 < scan.end &&
                           g_ascii_isdigit(scan.at[1])) {
                        good = read_offset(&date, &scan.at, scan.end);
                } else if (g_ascii_isalpha(c) || (guchar)c >= 0x80) {
                        read_word(&date, &scan.at, scan.end);
                } else {
                        scan.at++;
                }
        }
        return good && date_end(&date, time, zone);
}
