/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first VEVENT (or VTODO) of an invitation in a few lines. Reads five properties and nothing else: no
 * recurrence, no alarms, no time zone arithmetic, no HTML description, no attachment.
 */
#include "sanitize/calendar.h"

#include <string.h>

/* Octets of one value that are shown. */
static const gsize value_max = 500;

static const struct {
        const char *property;
        const char *label;
        gboolean time;
} shown[] = {
        {"SUMMARY", "件名 / Summary", FALSE},   {"DTSTART", "開始 / Start", TRUE},
        {"DTEND", "終了 / End", TRUE},          {"DUE", "期限 / Due", TRUE},
        {"LOCATION", "場所 / Location", FALSE}, {"ORGANIZER", "主催者 / Organizer", FALSE},
};

/* At most max octets of UTF-8, whole characters. */
static gsize cut_at(const char *s, gsize n, gsize max) {
        if (n <= max)
                return n;
        while (max > 0 && ((guint8)s[max] & 0xC0) == 0x80)
                max--;
        return max;
}

/* "20260401T090000Z" -> "2026-04-01 09:00 UTC"; anything else stays as it is. */
static void append_time(GString *out, const char *value, const char *zone, gsize zone_n) {
        gsize digits = strspn(value, "0123456789");
        gboolean clock = digits == 8 && value[8] == 'T' && strspn(value + 9, "0123456789") >= 4;
        if (digits != 8 || (value[8] != '\0' && !clock)) {
                g_string_append(out, value);
                return;
        }
        g_string_append_printf(out, "%.4s-%.2s-%.2s", value, value + 4, value + 6);
        if (clock)
                g_string_append_printf(out, " %.2s:%.2s", value + 9, value + 11);
        if (clock && strchr(value + 9, 'Z') != NULL)
                g_string_append(out, " UTC");
        else if (zone_n > 0)
                g_string_append_printf(out, " (%.*s)", (int)zone_n, zone);
}

/* RFC 5545 section 3.3.11: backslash before comma, semicolon, backslash, n. */
static char *unescape(const char *s, gsize n) {
        GString *out = g_string_sized_new(n);
        for (gsize i = 0; i < n; i++) {
                if (s[i] != '\\' || i + 1 == n) {
                        g_string_append_c(out, s[i]);
                        continue;
                }
                i++;
                g_string_append_c(out, s[i] == 'n' || s[i] == 'N' ? ' ' : s[i]);
        }
        return g_string_free(out, FALSE);
}

/* The value begins at the first colon outside quotes. */
static const char *find_colon(const char *s, const char *end) {
        gboolean quoted = FALSE;
        for (; s < end; s++) {
                if (*s == '"')
                        quoted = !quoted;
                else if (*s == ':' && !quoted)
                        return s;
        }
        return NULL;
}

/* Writes the line of a property that is shown to its place; the first of its kind counts. */
static void read_property(const char *s, const char *end, GString *lines[]) {
        const char *colon = find_colon(s, end);
        if (colon == NULL)
                return;
        gsize name_n = strcspn(s, ";:");
        for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
                if (strlen(shown[i].property) != name_n || g_ascii_strncasecmp(s, shown[i].property, name_n) != 0 ||
                    lines[i] != NULL)
                        continue;
                GString *out = lines[i] = g_string_new(NULL);
                g_autofree char *value = unescape(colon + 1, cut_at(colon + 1, (gsize)(end - colon - 1), value_max));
                const char *zone = memmem(s, colon - s, "TZID=", 5);
                g_string_append_printf(out, "%s: ", shown[i].label);
                if (shown[i].time)
                        append_time(out, value, zone != NULL ? zone + 5 : NULL,
                                    zone != NULL ? cut_at(zone + 5, strcspn(zone + 5, ":;"), 64) : 0);
                else
                        g_string_append(out, g_ascii_strncasecmp(value, "mailto:", 7) == 0 ? value + 7 : value);
                g_string_append_c(out, '\n');
        }
}

/* RFC 5545 section 3.1: a line that begins with a blank goes on with the one before. */
static char *unfold(const char *s, gsize n) {
        GString *out = g_string_sized_new(n);
        for (gsize i = 0; i < n; i++) {
                if (s[i] == '\0' || s[i] == '\r')
                        continue;
                if (s[i] == '\n' && i + 1 < n && (s[i + 1] == ' ' || s[i + 1] == '\t'))
                        i++;
                else
                        g_string_append_c(out, s[i]);
        }
        return g_string_free(out, FALSE);
}

GString *mg_calendar_summary(const char *s, gsize n) {
        GString *out = g_string_new(NULL);
        g_autofree char *text = unfold(s, n);
        gboolean inside = FALSE;
        guint depth = 0; /* of components inside the event: alarms have a SUMMARY of their own */
        GString *lines[G_N_ELEMENTS(shown)] = {NULL};
        for (char *line = text; *line != '\0';) {
                char *end = line + strcspn(line, "\n");
                char *next = *end != '\0' ? end + 1 : end;
                *end = '\0';
                gboolean begin = g_ascii_strncasecmp(line, "BEGIN:", 6) == 0;
                gboolean finish = g_ascii_strncasecmp(line, "END:", 4) == 0;
                if (!inside)
                        inside = begin && (g_ascii_strncasecmp(line + 6, "VEVENT", 6) == 0 ||
                                           g_ascii_strncasecmp(line + 6, "VTODO", 5) == 0);
                else if (finish && depth == 0)
                        break;
                else if (begin || finish)
                        depth += begin ? 1 : -1;
                else if (depth == 0)
                        read_property(line, end, lines);
                line = next;
        }
        for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
                if (lines[i] == NULL)
                        continue;
                g_string_append_len(out, lines[i]->str, lines[i]->len);
                g_string_free(lines[i], TRUE);
        }
        if (out->len > 0)
                g_string_prepend(out, "[予定 / Calendar]\n");
        return out;
}
