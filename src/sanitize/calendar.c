/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events and tasks of an invitation in words. Reads the properties of its tables and nothing else: no alarms, no HTML
 * description (X-ALT-DESC), no attachment (B22). Does not compute dates of repetitions.
 */
#include "sanitize/calendar.h"

#include <string.h>

#include "sanitize/ical.h"
#include "sanitize/moment.h"
#include "sanitize/recur.h"
#include "sanitize/zone.h"

/* Events and attendees that are shown; further ones are counted. */
static const guint events_max = 10;
static const guint attendees_max = 20;
/* Octets of one value, and of a description, that are shown. */
static const gsize value_octets = 500;
static const gsize description_octets = 8192;
/* The receiver's clock: Japan's, which is not put forward in summer. */
static const int receiver_offset = 9 * 3600;

typedef struct Word {
        const char *said;
        const char *shown;
} Word;

static const Word methods[] = {
        {"REQUEST", "招待 / Invitation"},    {"CANCEL", "取り消し / Cancellation"},
        {"REPLY", "返信 / Reply"},           {"PUBLISH", "お知らせ / For information"},
        {"ADD", "追加 / Addition"},          {"COUNTER", "変更の提案 / Proposal of a change"},
        {"REFRESH", "問い合わせ / Enquiry"}, {"DECLINECOUNTER", "提案の辞退 / Proposal declined"},
};

static const Word states[] = {
        {"CONFIRMED", "確定 / confirmed"},     {"TENTATIVE", "仮の予定 / tentative"},
        {"CANCELLED", "取り消し / cancelled"}, {"NEEDS-ACTION", "未着手 / to do"},
        {"COMPLETED", "完了 / completed"},     {"IN-PROCESS", "進行中 / in process"},
};

static const Word answers[] = {
        {"ACCEPTED", "出席 / accepted"},
        {"DECLINED", "欠席 / declined"},
        {"TENTATIVE", "仮に出席 / tentative"},
        {"DELEGATED", "代理 / delegated"},
};

typedef enum Key { KEY_SUMMARY, KEY_LOCATION, KEY_STATUS, KEY_RRULE, KEY_DURATION, KEY_DESCRIPTION, _KEY_N } Key;
static const char *const keys[_KEY_N] = {"SUMMARY", "LOCATION", "STATUS", "RRULE", "DURATION", "DESCRIPTION"};

typedef enum TimeKey { TIME_START, TIME_END, TIME_DUE, _TIME_N } TimeKey;
static const struct {
        const char *name, *label;
} times[_TIME_N] = {
        {"DTSTART", "開始 / Start"},
        {"DTEND", "終了 / End"},
        {"DUE", "期限 / Due"},
};

typedef struct Time {
        char *value; /* as it stands; NULL: none */
        char *zone;
        gint64 local;
        gboolean known; /* local can be read */
        gboolean clock;
        gboolean utc;
} Time;

typedef struct Event {
        char *texts[_KEY_N];
        Time times[_TIME_N];
        char *organizer;
        GString *attendees;
        guint attending;
        gboolean changed; /* SEQUENCE above 0 */
} Event;

static void event_clear(Event *event) {
        for (guint i = 0; i < _KEY_N; i++)
                g_free(event->texts[i]);
        for (guint i = 0; i < _TIME_N; i++) {
                g_free(event->times[i].value);
                g_free(event->times[i].zone);
        }
        g_free(event->organizer);
        g_string_free(event->attendees, TRUE);
}

static const char *find_word(const Word *words, gsize n, const char *said) {
        for (gsize i = 0; said != NULL && i < n; i++)
                if (g_ascii_strcasecmp(words[i].said, said) == 0)
                        return words[i].shown;
        return NULL;
}

/*
 * Reading -----------------------------------------------------------------------------------------------------------
 */

/* "name <address>" of a CAL-ADDRESS; one line. */
static char *person_of(const MgProperty *property) {
        g_autofree char *name = mg_ical_parameter(property, "CN", value_octets);
        g_autofree char *value = mg_ical_text(property, value_octets);
        const char *address = g_ascii_strncasecmp(value, "mailto:", 7) == 0 ? value + 7 : value;
        if (name == NULL || name[0] == '\0' || strcmp(name, address) == 0)
                return g_strdelimit(g_strdup(address), "\n", ' ');
        return g_strdelimit(g_strdup_printf("%s <%s>", name, address), "\n", ' ');
}

static void read_attendee(Event *event, const MgProperty *property) {
        if (++event->attending > attendees_max)
                return;
        g_autofree char *person = person_of(property);
        g_autofree char *status = mg_ical_parameter(property, "PARTSTAT", value_octets);
        const char *answer = find_word(answers, G_N_ELEMENTS(answers), status);
        g_string_append_printf(event->attendees, "%s%s", event->attendees->len > 0 ? ", " : "", person);
        if (answer != NULL)
                g_string_append_printf(event->attendees, " (%s)", answer);
}

static void read_time(Time *time, const MgProperty *property) {
        time->value = mg_ical_text(property, value_octets);
        time->zone = mg_ical_parameter(property, "TZID", value_octets);
        time->known = mg_zone_time(time->value, &time->local, &time->clock, &time->utc);
}

/* The first of its kind counts, but for attendees. */
static void read_property(Event *event, const MgProperty *property) {
        for (guint i = 0; i < _KEY_N; i++)
                if (event->texts[i] == NULL && mg_ical_is(property, keys[i]))
                        event->texts[i] =
                                mg_ical_text(property, i == KEY_DESCRIPTION ? description_octets : value_octets);
        for (guint i = 0; i < _TIME_N; i++)
                if (event->times[i].value == NULL && mg_ical_is(property, times[i].name))
                        read_time(&event->times[i], property);
        if (mg_ical_is(property, "ATTENDEE"))
                read_attendee(event, property);
        else if (event->organizer == NULL && mg_ical_is(property, "ORGANIZER"))
                event->organizer = person_of(property);
        else if (mg_ical_is(property, "SEQUENCE"))
                event->changed = property->value_n > 0 && !mg_ical_says(property, "0");
}

/* To the END of the component; what lies inside it (alarms) is left out. */
static void read_event(const char **at, Event *event) {
        guint depth = 0;
        MgProperty property;
        while (mg_ical_next(at, &property)) {
                gboolean finish = mg_ical_is(&property, "END");
                if (finish && depth == 0)
                        return;
                if (finish)
                        depth--;
                else if (mg_ical_is(&property, "BEGIN"))
                        depth++;
                else if (depth == 0)
                        read_property(event, &property);
        }
}

/*
 * Writing -----------------------------------------------------------------------------------------------------------
 */

static void add_line(GString *out, const char *label, const char *value) {
        if (value == NULL || value[0] == '\0')
                return;
        g_autofree char *line = g_strdelimit(g_strdup(value), "\n", ' ');
        g_string_append_printf(out, "%s: %s\n", label, line);
}

/* The receiver's clock first, and the sender's where it is another. */
static void add_time(GString *out, const MgZones *zones, const char *label, const Time *time) {
        int offset = 0;
        if (time->value == NULL || time->value[0] == '\0')
                return;
        g_string_append_printf(out, "%s: ", label);
        gboolean placed = time->utc || (time->zone != NULL && mg_zones_offset(zones, time->zone, time->local, &offset));
        if (!time->known) {
                g_string_append(out, time->value);
        } else if (!time->clock) {
                mg_moment_append(out, time->local, FALSE);
                g_string_append(out, " 終日 / all day");
        } else if (!placed) {
                mg_moment_append(out, time->local, TRUE);
                g_string_append_printf(out, " (%s)",
                                       time->zone != NULL ? time->zone : "時間帯の指定なし / no time zone");
        } else {
                mg_moment_append(out, time->local - offset + receiver_offset, TRUE);
                g_string_append(out, " 日本時間 / Japan time");
        }
        if (time->known && time->clock && placed && offset != receiver_offset) {
                g_string_append(out, "\n  差出人の時間帯 / Sender's time zone: ");
                mg_moment_append(out, time->local, TRUE);
                g_string_append_c(out, ' ');
                mg_moment_append_zone(out, offset);
                if (!time->utc)
                        g_string_append_printf(out, " (%s)", time->zone);
        }
        g_string_append_c(out, '\n');
}

/* "P1DT2H30M", "P2W" (RFC 5545 section 3.3.6) -> seconds; 0 where it is none. Years of it are bound enough. */
static gint64 seconds_of(const char *s) {
        gint64 sum = 0, number = 0;
        for (s += strcspn(s, "P"); *s != '\0'; s++) {
                if (g_ascii_isdigit(*s)) {
                        number = MIN(number * 10 + (*s - '0'), 100000000);
                        continue;
                }
                gint64 unit = *s == 'W' ? 604800 : *s == 'D' ? 86400 : *s == 'H' ? 3600 : *s == 'M' ? 60 : *s == 'S';
                sum += number * unit;
                number = 0;
        }
        return MIN(sum, G_GINT64_CONSTANT(100) * 366 * 86400);
}

/* An end that is said as a duration; an end date is the day after the last one (RFC 5545 section 3.6.1). */
static void complete_times(Event *event) {
        Time *start = &event->times[TIME_START], *end = &event->times[TIME_END];
        if (end->known && !end->clock && start->known && end->local > start->local)
                end->local -= 86400;
        if (end->value != NULL || event->texts[KEY_DURATION] == NULL || !start->known)
                return;
        gint64 duration = seconds_of(event->texts[KEY_DURATION]);
        if (event->texts[KEY_DURATION][0] == '-' || duration == 0)
                return;
        *end = *start;
        end->value = g_strdup(start->value);
        end->zone = g_strdup(start->zone);
        end->local += start->clock ? duration : MAX(duration - 86400, 0);
}

static void add_event(GString *out, const MgZones *zones, Event *event) {
        complete_times(event);
        add_line(out, "件名 / Summary", event->texts[KEY_SUMMARY]);
        for (guint i = 0; i < _TIME_N; i++)
                add_time(out, zones, times[i].label, &event->times[i]);
        if (event->texts[KEY_RRULE] != NULL) {
                g_string_append(out, "くり返し / Repeats: ");
                mg_recur_append(out, event->texts[KEY_RRULE]);
                g_string_append_c(out, '\n');
        }
        add_line(out, "場所 / Location", event->texts[KEY_LOCATION]);
        add_line(out, "主催者 / Organizer", event->organizer);
        if (event->attending > attendees_max)
                g_string_append_printf(event->attendees, ", ほか%u人 / and %u more", event->attending - attendees_max,
                                       event->attending - attendees_max);
        add_line(out, "出席者 / Attendees", event->attendees->str);
        add_line(out, "状態 / Status", find_word(states, G_N_ELEMENTS(states), event->texts[KEY_STATUS]));
        if (event->texts[KEY_DESCRIPTION] != NULL && event->texts[KEY_DESCRIPTION][0] != '\0')
                g_string_append_printf(out, "説明 / Description:\n%s\n", event->texts[KEY_DESCRIPTION]);
}

GString *mg_calendar_summary(const char *s, gsize n) {
        GString *out = g_string_new(NULL);
        g_autofree char *text = mg_ical_unfold(s, n);
        g_autoptr(MgZones) zones = mg_zones_read(text);
        g_autofree char *method = NULL;
        gboolean changed = FALSE;
        guint events = 0;
        const char *at = text;
        MgProperty property;
        while (mg_ical_next(&at, &property)) {
                if (method == NULL && mg_ical_is(&property, "METHOD"))
                        method = mg_ical_text(&property, value_octets);
                if (!mg_ical_is(&property, "BEGIN") ||
                    (!mg_ical_says(&property, "VEVENT") && !mg_ical_says(&property, "VTODO")) || ++events > events_max)
                        continue;
                Event event = {.attendees = g_string_new(NULL)};
                read_event(&at, &event);
                changed |= event.changed;
                if (events > 1)
                        g_string_append_c(out, '\n');
                add_event(out, zones, &event);
                event_clear(&event);
        }
        if (events > events_max)
                g_string_append_printf(out, "\nほか%u件の予定 / and %u more events\n", events - events_max,
                                       events - events_max);
        const char *what = find_word(methods, G_N_ELEMENTS(methods), method);
        if (what == methods[0].shown && changed)
                what = "変更 / Update";
        if (out->len > 0)
                g_string_prepend(out, "\n");
        if (out->len > 0 && what != NULL)
                g_string_prepend(out, what);
        if (out->len > 0)
                g_string_prepend(out, what != NULL ? "[予定 / Calendar] " : "[予定 / Calendar]");
        return out;
}
