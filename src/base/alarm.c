/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of alarms. Which of them stand the role monitor knows.
 */
#include "base/alarm.h"

static const MgAlarmRow rows[_MG_ALARM_N] = {
#define MG_ALARM_ROW(name, ...) [MG_ALARM_##name] = {__VA_ARGS__},
        MG_ALARMS(MG_ALARM_ROW)
#undef MG_ALARM_ROW
};

const MgAlarmRow *mg_alarm_row(MgAlarm alarm) {
        return &rows[alarm];
}

char *mg_alarm_figure(MgAlarm alarm) {
        return g_strdelimit(g_strconcat(MG_ALARM_FIGURE, rows[alarm].word, NULL), "-", '_');
}
