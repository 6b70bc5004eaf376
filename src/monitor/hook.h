/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "monitor/alarm.h"

/*
 * hook: a program of the administrator's that is run for what an alarm has to say
 *
 * No shell. Arguments: word of the alarm, "begins", "stands" or "ends". Environment: PATH, LANG, and MUGAI_ALARM, MUGAI_ALARM_STATE,
 * MUGAI_ALARM_SINCE (UTC, ISO 8601), MUGAI_ALARM_DETAIL, MUGAI_ALARM_JA, MUGAI_ALARM_EN, MUGAI_ALARM_DO_JA, MUGAI_ALARM_DO_EN,
 * MUGAI_NODE. One at a time, in a session of its own; after MG_HOOK_S it is killed with what it started there. What it says is logged as far
 * as MG_HOOK_OUTPUT, and the rest thrown away.
 */
#define MG_HOOK_S 20
#define MG_HOOK_OUTPUT 400
/* News that wait for the program; further ones are logged and not run. */
#define MG_HOOK_WAITING 16

typedef struct MgHook MgHook;

MgHook *mg_hook_new(guint node);
/* Kills what runs. NULL is fine. */
void mg_hook_free(MgHook *hook);
/* From the loop of the default context. command: an absolute path; "" does nothing. */
void mg_hook_run(MgHook *hook, const char *command, const MgAlarmNews *news);
/* Runs that failed: not started, ended by another status than 0, killed. */
gint64 mg_hook_failed(const MgHook *hook);
