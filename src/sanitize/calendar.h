/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * calendar: text/calendar (RFC 5545), UTF-8 -> a summary of its first event, a line a property, not cleaned; empty
 * where there is none. Linear.
 */
GString *mg_calendar_summary(const char *s, gsize n);
