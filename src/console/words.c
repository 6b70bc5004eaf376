/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts and times for people. Each request has a language of its own, so nothing here depends on the locale of the
 * process, which gettext's functions do.
 */
#include "console/words.h"

#include <stdlib.h>
#include <string.h>

#include "console/catalogue.h"

#define REIWA_BEFORE 2018 /* the year before its first one */

static int by_text(const void *text, const void *row) {
        return strcmp(text, ((const MgTranslation *)row)->text);
}

const char *mg_words(gboolean english, const char *text) {
        const MgTranslation *found =
                english ? NULL : bsearch(text, mg_catalogue, mg_catalogue_n, sizeof *mg_catalogue, by_text);

        return found ? found->translation : text;
}

char *mg_words_time(gboolean english, gint64 time) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(time);
        static const char *const days[] = {"月", "火", "水", "木", "金", "土", "日"};
        int year, month, day;

        if (!when)
                return g_strdup("?");
        if (english)
                return g_date_time_format(when, "%Y-%m-%d %H:%M");
        g_date_time_get_ymd(when, &year, &month, &day);
        if (year * 100 + month < 201905)
                return g_date_time_format(when, "%Y年%-m月%-d日 %H:%M");
        return g_strdup_printf("令和%.0d%s年%d月%d日（%s）%02d:%02d",
                               year == REIWA_BEFORE + 1 ? 0 : year - REIWA_BEFORE, year == REIWA_BEFORE + 1 ? "元" : "",
                               month, day, days[g_date_time_get_day_of_week(when) - 1], g_date_time_get_hour(when),
                               g_date_time_get_minute(when));
}

char *mg_words_machine_time(gint64 time) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(time);

        return when ? g_date_time_format_iso8601(when) : g_strdup("");
}

char *mg_words_age(gboolean english, gint64 seconds) {
        static const struct {
                gint64 seconds;
                const char *text;
        } units[] = {{86400, N_("%ld days")}, {3600, N_("%ld hours")}, {60, N_("%ld minutes")}};

        for (guint i = 0; i < G_N_ELEMENTS(units); i++)
                if (seconds >= units[i].seconds * (i == 2 ? 1 : 2))
                        return g_strdup_printf(mg_words(english, units[i].text), (long)(seconds / units[i].seconds));
        return g_strdup(mg_words(english, N_("just now")));
}
