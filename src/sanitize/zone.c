/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets of time zones. Of a VTIMEZONE what mailers write is read: observances that begin once or every year on
 * the n-th weekday of a month. Other rules (BYMONTHDAY, RDATE) count from their first date on. Zones of the past
 * are not known.
 */
#include "sanitize/zone.h"

#include <string.h>

#include "sanitize/moment.h"

/* Zones of one calendar, and observances of one zone, that are read: real ones have 1 to 3, and 2 to 10. */
static const guint zones_max = 16;
static const guint observances_max = 32;
/* Octets of a zone's name. */
static const gsize name_octets = 100;

typedef struct Observance {
        gint64 start;
        int from;
        int to;
        int month; /* of the yearly rule, 0: begins once */
        int nth;
        int weekday;
        int last_year;
} Observance;

typedef struct Zone {
        char *name;
        GArray *observances;
} Zone;

struct MgZones {
        GPtrArray *zones;
};

static void zone_free(gpointer data) {
        Zone *zone = data;
        g_free(zone->name);
        g_array_unref(zone->observances);
        g_free(zone);
}

void mg_zones_free(MgZones *zones) {
        if (zones == NULL)
                return;
        g_ptr_array_unref(zones->zones);
        g_free(zones);
}

/* Two digits, or -1. */
static int two(const char *s) {
        return g_ascii_isdigit(s[0]) && g_ascii_isdigit(s[1]) ? (s[0] - '0') * 10 + s[1] - '0' : -1;
}

gboolean mg_zone_time(const char *s, gint64 *local, gboolean *clock, gboolean *utc) {
        gsize digits = strspn(s, "0123456789");
        *clock = digits == 8 && s[8] == 'T' && strspn(s + 9, "0123456789") >= 4;
        *utc = *clock && strchr(s + 9, 'Z') != NULL;
        if (digits != 8 || (s[8] != '\0' && !*clock))
                return FALSE;
        int year = two(s) * 100 + two(s + 2), month = two(s + 4), day = two(s + 6);
        int hour = *clock ? two(s + 9) : 0, minute = *clock ? two(s + 11) : 0;
        if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59)
                return FALSE;
        *local = mg_moment_make(year, month, day, hour, minute, 0);
        return TRUE;
}

/* "+0900", "-033000". */
static int offset_of(const MgProperty *property) {
        g_autofree char *s = mg_ical_text(property, 16);
        gsize sign = s[0] == '+' || s[0] == '-';
        if (strspn(s + sign, "0123456789") < 4)
                return 0;
        int offset = two(s + sign) * 3600 + two(s + sign + 2) * 60;
        return s[0] == '-' ? -offset : offset;
}

/* "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU". */
static void read_rule(const MgProperty *property, Observance *out) {
        static const char *const days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
        g_autofree char *rule = mg_ical_text(property, 200);
        g_auto(GStrv) parts = g_strsplit(rule, ";", 20);
        int month = 0, nth = 0, weekday = -1;
        for (guint i = 0; parts[i] != NULL; i++) {
                if (g_ascii_strncasecmp(parts[i], "BYMONTH=", 8) == 0)
                        month = (int)g_ascii_strtoll(parts[i] + 8, NULL, 10);
                if (g_ascii_strncasecmp(parts[i], "UNTIL=", 6) == 0 && strspn(parts[i] + 6, "0123456789") >= 8)
                        out->last_year = two(parts[i] + 6) * 100 + two(parts[i] + 8);
                if (g_ascii_strncasecmp(parts[i], "BYDAY=", 6) != 0)
                        continue;
                char *day;
                nth = (int)g_ascii_strtoll(parts[i] + 6, &day, 10);
                for (int k = 0; k < 7; k++)
                        weekday = g_ascii_strcasecmp(day, days[k]) == 0 ? k : weekday;
        }
        if (month < 1 || month > 12 || nth == 0 || ABS(nth) > 5 || weekday < 0)
                return;
        out->month = month;
        out->nth = nth;
        out->weekday = weekday;
}

static void read_observance(const char **at, Zone *zone) {
        Observance one = {.last_year = G_MAXINT};
        MgProperty property;
        while (mg_ical_next(at, &property) && !mg_ical_is(&property, "END")) {
                gboolean clock, utc;
                g_autofree char *value = mg_ical_is(&property, "DTSTART") ? mg_ical_text(&property, 32) : NULL;
                if (value != NULL)
                        mg_zone_time(value, &one.start, &clock, &utc);
                else if (mg_ical_is(&property, "TZOFFSETFROM"))
                        one.from = offset_of(&property);
                else if (mg_ical_is(&property, "TZOFFSETTO"))
                        one.to = offset_of(&property);
                else if (mg_ical_is(&property, "RRULE"))
                        read_rule(&property, &one);
        }
        if (zone->observances->len < observances_max)
                g_array_append_val(zone->observances, one);
}

static Zone *read_zone(const char **at) {
        Zone *zone = g_new0(Zone, 1);
        zone->observances = g_array_new(FALSE, FALSE, sizeof(Observance));
        MgProperty property;
        while (mg_ical_next(at, &property) && !mg_ical_is(&property, "END")) {
                if (mg_ical_is(&property, "TZID") && zone->name == NULL)
                        zone->name = mg_ical_text(&property, name_octets);
                else if (mg_ical_is(&property, "BEGIN"))
                        read_observance(at, zone);
        }
        return zone;
}

MgZones *mg_zones_read(const char *text) {
        MgZones *zones = g_new0(MgZones, 1);
        zones->zones = g_ptr_array_new_with_free_func(zone_free);
        MgProperty property;
        while (zones->zones->len < zones_max && mg_ical_next(&text, &property))
                if (mg_ical_is(&property, "BEGIN") && mg_ical_says(&property, "VTIMEZONE"))
                        g_ptr_array_add(zones->zones, read_zone(&text));
        return zones;
}

/* When the observance began last before the local time, or G_MININT64. */
static gint64 onset(const Observance *one, gint64 local) {
        if (one->month == 0 || one->start > local)
                return one->start <= local ? one->start : G_MININT64;
        gint64 clock = ((one->start % 86400) + 86400) % 86400;
        int year = mg_moment_year(local);
        for (int y = year; y >= year - 1; y--) {
                gint64 at = mg_moment_nth(y, one->month, one->nth, one->weekday) + clock;
                if (at <= local && at >= one->start && y <= one->last_year)
                        return at;
        }
        return one->last_year < year - 1 ? mg_moment_nth(one->last_year, one->month, one->nth, one->weekday) + clock
                                         : one->start;
}

static gboolean by_observances(const Zone *zone, gint64 local, int *offset) {
        gint64 latest = G_MININT64;
        for (guint i = 0; i < zone->observances->len; i++) {
                const Observance *one = &g_array_index(zone->observances, Observance, i);
                gint64 at = onset(one, local);
                if (i == 0)
                        *offset = one->from;
                if (at == G_MININT64 || at < latest)
                        continue;
                latest = at;
                *offset = one->to;
        }
        return zone->observances->len > 0;
}

typedef enum Summer { SUMMER_NONE, SUMMER_EUROPE, SUMMER_AMERICA, SUMMER_AUSTRALIA } Summer;

/* Whole and half hours from UTC, and how the clock is put forward; names that meetings with Japan come with. */
static const struct {
        const char *name;
        int minutes;
        Summer summer;
} known[] = {
        {"Asia/Tokyo", 540, SUMMER_NONE},
        {"Tokyo Standard Time", 540, SUMMER_NONE},
        {"Japan", 540, SUMMER_NONE},
        {"JST", 540, SUMMER_NONE},
        {"UTC", 0, SUMMER_NONE},
        {"Etc/UTC", 0, SUMMER_NONE},
        {"GMT", 0, SUMMER_NONE},
        {"Asia/Seoul", 540, SUMMER_NONE},
        {"Korea Standard Time", 540, SUMMER_NONE},
        {"Asia/Shanghai", 480, SUMMER_NONE},
        {"China Standard Time", 480, SUMMER_NONE},
        {"Asia/Taipei", 480, SUMMER_NONE},
        {"Taipei Standard Time", 480, SUMMER_NONE},
        {"Asia/Hong_Kong", 480, SUMMER_NONE},
        {"Asia/Singapore", 480, SUMMER_NONE},
        {"Singapore Standard Time", 480, SUMMER_NONE},
        {"Asia/Bangkok", 420, SUMMER_NONE},
        {"SE Asia Standard Time", 420, SUMMER_NONE},
        {"Asia/Kolkata", 330, SUMMER_NONE},
        {"India Standard Time", 330, SUMMER_NONE},
        {"Europe/London", 0, SUMMER_EUROPE},
        {"GMT Standard Time", 0, SUMMER_EUROPE},
        {"Europe/Paris", 60, SUMMER_EUROPE},
        {"Romance Standard Time", 60, SUMMER_EUROPE},
        {"Europe/Berlin", 60, SUMMER_EUROPE},
        {"W. Europe Standard Time", 60, SUMMER_EUROPE},
        {"Central Europe Standard Time", 60, SUMMER_EUROPE},
        {"Central European Standard Time", 60, SUMMER_EUROPE},
        {"America/New_York", -300, SUMMER_AMERICA},
        {"Eastern Standard Time", -300, SUMMER_AMERICA},
        {"America/Chicago", -360, SUMMER_AMERICA},
        {"Central Standard Time", -360, SUMMER_AMERICA},
        {"America/Denver", -420, SUMMER_AMERICA},
        {"Mountain Standard Time", -420, SUMMER_AMERICA},
        {"America/Los_Angeles", -480, SUMMER_AMERICA},
        {"Pacific Standard Time", -480, SUMMER_AMERICA},
        {"Pacific/Honolulu", -600, SUMMER_NONE},
        {"Hawaiian Standard Time", -600, SUMMER_NONE},
        {"Australia/Sydney", 600, SUMMER_AUSTRALIA},
        {"AUS Eastern Standard Time", 600, SUMMER_AUSTRALIA},
};

/* Whether the clock is an hour ahead; on the day of a change by the winter clock's hour. */
static gboolean is_summer(Summer summer, gint64 local, int minutes) {
        int year = mg_moment_year(local);
        gint64 hour = 3600;
        switch (summer) {
        case SUMMER_EUROPE:
                return local >= mg_moment_nth(year, 3, -1, 0) + hour + minutes * 60 &&
                       local < mg_moment_nth(year, 10, -1, 0) + 2 * hour + minutes * 60;
        case SUMMER_AMERICA:
                return local >= mg_moment_nth(year, 3, 2, 0) + 2 * hour &&
                       local < mg_moment_nth(year, 11, 1, 0) + 2 * hour;
        case SUMMER_AUSTRALIA:
                return local >= mg_moment_nth(year, 10, 1, 0) + 2 * hour ||
                       local < mg_moment_nth(year, 4, 1, 0) + 3 * hour;
        case SUMMER_NONE:
                break;
        }
        return FALSE;
}

gboolean mg_zones_offset(const MgZones *zones, const char *name, gint64 local, int *offset) {
        for (guint i = 0; i < zones->zones->len; i++) {
                const Zone *zone = zones->zones->pdata[i];
                if (zone->name != NULL && strcmp(zone->name, name) == 0 && by_observances(zone, local, offset))
                        return TRUE;
        }
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
                if (g_ascii_strcasecmp(known[i].name, name) != 0)
                        continue;
                *offset = known[i].minutes * 60 + (is_summer(known[i].summer, local, known[i].minutes) ? 3600 : 0);
                return TRUE;
        }
        return FALSE;
}
