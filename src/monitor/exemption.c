/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exemptions as figures. Names none: how many there are is the alarm, and which ones `mugai rules check` says.
 */
#include "monitor/exemption.h"

#include "base/control.h"

#define DAY 86400

void mg_exemption_figures(const MgPolicy *policy, gint64 now, GArray *figures) {
        guint minute, weekday;
        const guint32 today = mg_rule_day(now, &minute, &weekday);
        gint64 over = 0, soon = 0, hold = 0;
        gint least = G_MAXINT;

        for (guint i = 0; policy->rules && i < policy->rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(policy->rules, i);
                gint days;

                if (!rule->exemption)
                        continue;
                days = mg_rule_days_between(today, rule->expires);
                over += days < 0;
                soon += days >= 0 && days <= MG_EXEMPTION_SOON_DAYS;
                hold += days > MG_EXEMPTION_SOON_DAYS;
                least = days >= 0 ? MIN(least, days) : least;
        }
        mg_figures_add(figures, "monitor", "exemptions_hold", hold);
        mg_figures_add(figures, "monitor", "exemptions_end_soon", soon);
        mg_figures_add(figures, "monitor", "exemptions_over", over);
        if (least < G_MAXINT)
                mg_figures_add(figures, "monitor", "exemption_end_s", (gint64)least * DAY);
}
