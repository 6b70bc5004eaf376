/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of repetition (RFC 5545 section 3.3.10) in words. Reads FREQ, INTERVAL, BYDAY, COUNT and UNTIL; where a
 * rule says more than that it says so. Does not compute dates.
 */
#include "sanitize/recur.h"

#include <string.h>

#include "sanitize/moment.h"
#include "sanitize/zone.h"

typedef struct Rule {
        int unit; /* index in units, -1: none */
        guint64 interval;
        guint64 count;
        const char *days;
        const char *until;
        gboolean more;
} Rule;

static const struct {
        const char *freq;
        const char *ja, *every_ja, *en;
} units[] = {
        {"DAILY", "日", "毎日", "day"},
        {"WEEKLY", "週", "毎週", "week"},
        {"MONTHLY", "か月", "毎月", "month"},
        {"YEARLY", "年", "毎年", "year"},
};

static const struct {
        const char *code, *ja, *en;
} days[] = {
        {"SU", "日", "Sun"}, {"MO", "月", "Mon"}, {"TU", "火", "Tue"}, {"WE", "水", "Wed"},
        {"TH", "木", "Thu"}, {"FR", "金", "Fri"}, {"SA", "土", "Sat"},
};

static void read_part(Rule *rule, const char *name, const char *value) {
        if (g_ascii_strcasecmp(name, "FREQ") == 0) {
                for (guint i = 0; i < G_N_ELEMENTS(units); i++)
                        rule->unit = g_ascii_strcasecmp(value, units[i].freq) == 0 ? (int)i : rule->unit;
        } else if (g_ascii_strcasecmp(name, "INTERVAL") == 0) {
                rule->interval = g_ascii_strtoull(value, NULL, 10);
        } else if (g_ascii_strcasecmp(name, "COUNT") == 0) {
                rule->count = g_ascii_strtoull(value, NULL, 10);
        } else if (g_ascii_strcasecmp(name, "BYDAY") == 0) {
                rule->days = value;
        } else if (g_ascii_strcasecmp(name, "UNTIL") == 0) {
                rule->until = value;
        } else if (g_ascii_strcasecmp(name, "WKST") != 0) {
                rule->more = TRUE;
        }
}

/* "1MO,-1FR": 第1月、最終金 / 1st Mon, last Fri. At most 14, so that a week fits twice. */
static void append_days(const char *value, GString *ja, GString *en) {
        g_auto(GStrv) list = g_strsplit(value, ",", 15);
        for (guint i = 0; list[i] != NULL && i < 14; i++) {
                char *code;
                gint64 nth = g_ascii_strtoll(list[i], &code, 10);
                for (guint k = 0; k < G_N_ELEMENTS(days); k++) {
                        if (g_ascii_strcasecmp(code, days[k].code) != 0)
                                continue;
                        g_string_append(ja, i > 0 ? "・" : " ");
                        g_string_append(en, i > 0 ? ", " : ": ");
                        if (nth > 0 && nth <= 5)
                                g_string_append_printf(ja, "第%d", (int)nth),
                                        g_string_append_printf(en, "no. %d ", (int)nth);
                        if (nth < 0)
                                g_string_append(ja, "最終"), g_string_append(en, "last ");
                        g_string_append(ja, days[k].ja);
                        g_string_append(en, days[k].en);
                }
        }
}

static void append_end(const Rule *rule, GString *ja, GString *en) {
        gint64 until;
        gboolean clock, utc;
        if (rule->count > 0) {
                g_string_append_printf(ja, "、%" G_GUINT64_FORMAT "回", rule->count);
                g_string_append_printf(en, ", %" G_GUINT64_FORMAT " times", rule->count);
        }
        if (rule->until != NULL && mg_zone_time(rule->until, &until, &clock, &utc)) {
                g_string_append(ja, "、");
                mg_moment_append(ja, until, FALSE);
                g_string_append(ja, "まで");
                g_string_append(en, ", until then");
        }
}

void mg_recur_append(GString *out, const char *text) {
        g_auto(GStrv) parts = g_strsplit(text, ";", 20);
        Rule rule = {.unit = -1, .interval = 1};
        for (guint i = 0; parts[i] != NULL; i++) {
                char *equals = strchr(parts[i], '=');
                if (equals == NULL)
                        continue;
                *equals = '\0';
                read_part(&rule, parts[i], equals + 1);
        }
        if (rule.unit < 0 || rule.interval == 0) {
                g_string_append(out, "くり返しあり / repeats");
                return;
        }
        g_autoptr(GString) ja = g_string_new(NULL), en = g_string_new(NULL);
        if (rule.interval == 1) {
                g_string_append(ja, units[rule.unit].every_ja);
                g_string_append_printf(en, "every %s", units[rule.unit].en);
        } else {
                g_string_append_printf(ja, "%" G_GUINT64_FORMAT "%sごと", rule.interval, units[rule.unit].ja);
                g_string_append_printf(en, "every %" G_GUINT64_FORMAT " %ss", rule.interval, units[rule.unit].en);
        }
        if (rule.days != NULL)
                append_days(rule.days, ja, en);
        append_end(&rule, ja, en);
        if (rule.more)
                g_string_append(ja, "（ほかに条件あり）"), g_string_append(en, " (under further conditions)");
        g_string_append_printf(out, "%s / %s", ja->str, en->str);
}
