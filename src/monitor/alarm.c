/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which alarms stand. Says nothing itself: who hears does.
 */
#include "monitor/alarm.h"

const char *mg_alarm_state_name(MgAlarmState state) {
        static const char *const names[_MG_ALARM_STATE_N] = {"begins", "stands", "ends"};

        return names[state];
}

void mg_alarms_clear(MgAlarms *alarms) {
        for (guint i = 0; i < _MG_ALARM_N; i++)
                g_clear_pointer(&alarms->all[i].detail, g_free);
}

static void say(const MgAlarms *alarms, MgAlarm alarm, MgAlarmState state) {
        const MgAlarmNews news = {alarm, state, alarms->all[alarm].since, alarms->all[alarm].detail};

        alarms->hear(&news, alarms->data);
}

void mg_alarms_raise(MgAlarms *alarms, MgAlarm alarm, const char *detail, gint64 now, gint64 time) {
        const gboolean begins = !alarms->all[alarm].stands;

        g_free(alarms->all[alarm].detail);
        alarms->all[alarm].detail = g_strdup(detail);
        if (begins) {
                alarms->all[alarm].stands = TRUE;
                alarms->all[alarm].since = time;
        } else if (now - alarms->all[alarm].said < MG_ALARM_REPEAT_US) {
                return;
        }
        alarms->all[alarm].said = now;
        say(alarms, alarm, begins ? MG_ALARM_BEGINS : MG_ALARM_STANDS);
}

void mg_alarms_end(MgAlarms *alarms, MgAlarm alarm) {
        if (!alarms->all[alarm].stands)
                return;
        alarms->all[alarm].stands = FALSE;
        say(alarms, alarm, MG_ALARM_ENDS);
}

guint mg_alarms_standing(const MgAlarms *alarms) {
        guint n = 0;

        for (guint i = 0; i < _MG_ALARM_N; i++)
                n += alarms->all[i].stands;
        return n;
}
