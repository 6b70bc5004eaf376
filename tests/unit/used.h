/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <time.h>

/*
 * used_time: processor time of this process so far, in microseconds
 *
 * For tests that something is not quadratic: their bounds are many times what it costs, and how busy the machine is does
 * not show in them.
 */
static inline gint64 used_time(void) {
        return (gint64)clock() * G_USEC_PER_SEC / CLOCKS_PER_SEC;
}
