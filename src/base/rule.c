/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules as objects: making, freeing, words. Loads nothing (config does), matches nothing (rules does).
 */
#include "mugai/rule.h"

#include <string.h>

#include "base/address_set.h"
#include "mugai/policy.h"

static void condition_clear(gpointer data) {
        MgCondition *condition = data;

        g_free(condition->value);
        g_strfreev(condition->words);
        g_free(condition->letters);
        g_clear_pointer(&condition->sets, g_ptr_array_unref);
}

guint64 mg_letters(const char *s, gsize n) {
        guint64 letters = 0;

        for (gsize i = 0; i < n; i++)
                if (s[i] != '*')
                        letters |= (guint64)1 << (g_ascii_tolower(s[i]) & 63);
        return letters;
}

void mg_condition_set_words(MgCondition *condition, char **words) {
        const guint n = words ? g_strv_length(words) : 0;

        g_strfreev(condition->words);
        g_free(condition->letters);
        condition->words = words;
        condition->letters = g_new(guint64, n);
        for (guint i = 0; i < n; i++)
                condition->letters[i] = mg_letters(words[i], strlen(words[i]));
}

MgRule *mg_rule_new(const char *name) {
        MgRule *rule = g_new0(MgRule, 1);

        rule->name = g_strdup(name);
        rule->text = g_strdup("");
        rule->reason = g_strdup("");
        rule->approved_by = g_strdup("");
        rule->conditions = g_array_new(FALSE, TRUE, sizeof(MgCondition));
        g_array_set_clear_func(rule->conditions, condition_clear);
        return rule;
}

void mg_rule_free(MgRule *rule) {
        if (!rule)
                return;
        g_free(rule->name);
        g_free(rule->text);
        g_free(rule->reason);
        g_free(rule->approved_by);
        g_array_unref(rule->conditions);
        mg_policy_unref(rule->policy);
        g_free(rule);
}

gboolean mg_rule_asks(const MgRule *rule, MgMatch from, MgMatch to) {
        for (guint i = 0; i < rule->conditions->len; i++) {
                MgMatch match = g_array_index(rule->conditions, MgCondition, i).match;

                if (match >= from && match <= to)
                        return TRUE;
        }
        return FALSE;
}

const char *mg_match_word(MgMatch match) {
        static const char *const words[_MG_MATCH_N] = {
#define MG_MATCH_WORD(id, word) [MG_MATCH_##id] = word,
                MG_MATCHES(MG_MATCH_WORD)
#undef MG_MATCH_WORD
        };

        return match < _MG_MATCH_N ? words[match] : "unknown";
}

const char *mg_release_by_name(MgReleaseBy by) {
        static const char *const names[_MG_RELEASE_BY_N] = {[MG_RELEASE_BY_STAFF] = "staff",
                                                            [MG_RELEASE_BY_OFFICER] = "officer",
                                                            [MG_RELEASE_BY_NOBODY] = "nobody"};

        return by < _MG_RELEASE_BY_N ? names[by] : "unknown";
}

/* Japan has no summer time; the notices say the same hours. */
#define JST_S (9 * 3600)

guint32 mg_rule_day(gint64 time, guint *minute, guint *weekday) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(time + JST_S);

        if (!when) {
                *minute = *weekday = 0;
                return 0;
        }
        *minute = (guint)(g_date_time_get_hour(when) * 60 + g_date_time_get_minute(when));
        *weekday = (guint)g_date_time_get_day_of_week(when) - 1;
        return (guint32)(g_date_time_get_year(when) * 10000 + g_date_time_get_month(when) * 100 +
                         g_date_time_get_day_of_month(when));
}

gint mg_rule_days_between(guint32 from, guint32 to) {
        g_autoptr(GDate) first =
                g_date_new_dmy((GDateDay)(from % 100), (GDateMonth)(from / 100 % 100), (GDateYear)(from / 10000));
        g_autoptr(GDate) last =
                g_date_new_dmy((GDateDay)(to % 100), (GDateMonth)(to / 100 % 100), (GDateYear)(to / 10000));

        return g_date_days_between(first, last);
}
