/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/alarm.h"

/*
 * alarm: what stands, since when, and when it is said
 *
 * An alarm is said when it begins, once an hour while it stands, and when it ends.
 */
typedef enum MgAlarmState {
        MG_ALARM_BEGINS,
        MG_ALARM_STANDS, /* said again */
        MG_ALARM_ENDS,
        _MG_ALARM_STATE_N,
} MgAlarmState;

/* "begins", "stands", "ends". */
const char *mg_alarm_state_name(MgAlarmState state);

/* How often one that stands is said again. */
#define MG_ALARM_REPEAT_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

typedef struct MgAlarmNews {
        MgAlarm alarm;
        MgAlarmState state;
        gint64 since;       /* seconds since the epoch */
        const char *detail; /* one line; of the last failure where it ends */
} MgAlarmNews;

/* Hears what is to be said; news is borrowed. */
typedef void (*MgAlarmHear)(const MgAlarmNews *news, gpointer data);

typedef struct MgAlarms {
        MgAlarmHear hear;
        gpointer data;
        struct {
                gboolean stands;
                gint64 since;
                gint64 said;  /* microseconds, monotonic */
                char *detail; /* of the last failure */
        } all[_MG_ALARM_N];
} MgAlarms;

void mg_alarms_clear(MgAlarms *alarms);
/* now: microseconds, monotonic; time: seconds since the epoch. */
void mg_alarms_raise(MgAlarms *alarms, MgAlarm alarm, const char *detail, gint64 now, gint64 time);
void mg_alarms_end(MgAlarms *alarms, MgAlarm alarm);
guint mg_alarms_standing(const MgAlarms *alarms);
