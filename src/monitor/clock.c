/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks against each other. Asks no time server.
 */
#include "monitor/clock.h"

#include <time.h>

#define SECONDS_A_YEAR 31556952 /* of the Gregorian calendar, on average */

static gint64 read_clock(clockid_t id) {
        struct timespec at = {0};

        clock_gettime(id, &at);
        return (gint64)at.tv_sec * G_USEC_PER_SEC + at.tv_nsec / 1000;
}

MgMoment mg_moment_now(void) {
        return (MgMoment){.real = read_clock(CLOCK_REALTIME), .boot = read_clock(CLOCK_BOOTTIME)};
}

char *mg_clock_check(const MgMoment *before, const MgMoment *now) {
        const gint64 step = now->real - before->real - (now->boot - before->boot);
        const gint64 year = 1970 + now->real / G_USEC_PER_SEC / SECONDS_A_YEAR;

        if (year < MG_CLOCK_YEAR)
                return g_strdup_printf("the clock says the year %" G_GINT64_FORMAT ", before %d", year, MG_CLOCK_YEAR);
        if (before->boot != 0 && ABS(step) > MG_CLOCK_STEP_MS * 1000)
                return g_strdup_printf("the clock was set %s by %" G_GINT64_FORMAT " s", step > 0 ? "forward" : "back",
                                       (ABS(step) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC);
        return NULL;
}
