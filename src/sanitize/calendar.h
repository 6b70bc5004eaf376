/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * calendar: text/calendar (RFC 5545), UTF-8 -> what is asked (invitation, change, ...), and of each event title, times in
 * the receiver's zone and the sender's, repetition, place, organizer, attendees, description. Bounded lists, not cleaned;
 * empty where there is no event. Linear.
 */
GString *mg_calendar_summary(const char *s, gsize n);
