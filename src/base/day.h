/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Day: as people and forms write it -> a moment in this machine's time zone
 *
 * "2026-11-26", also "2026/11/26" as spreadsheets make of it, with full-width digits and signs, blanks aside. *time is when that day begins
 * or (end) when the next one does: a day has 23 to 25 hours. "" is 0. text is UTF-8. FALSE where it is no day.
 */
gboolean mg_day_read(const char *text, gboolean end, gint64 *time);
