/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * clock: whether the time of day can be believed
 *
 * What is due is erased, exemptions end and receipts are dated by it. It is held against the clock that counts from the start of the
 * kernel and cannot be set: chrony and its like slew by half a millisecond a second at most, so whatever moves further was set. That
 * is said once, in the round that sees it: which of the two times was the right one nobody here knows.
 */
#define MG_CLOCK_STEP_MS 2000
/* No time before the year of this program's making. */
#define MG_CLOCK_YEAR 2026

/* Microseconds of both clocks at one moment. */
typedef struct MgMoment {
        gint64 real; /* CLOCK_REALTIME */
        gint64 boot; /* CLOCK_BOOTTIME: goes on while the machine sleeps */
} MgMoment;

MgMoment mg_moment_now(void);
/* NULL, or what is wrong, in a sentence; the caller frees it. before: of the last look; boot is 0 where there was none. */
char *mg_clock_check(const MgMoment *before, const MgMoment *now);
