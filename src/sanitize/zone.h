/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/ical.h"

/*
 * zone: time zones of calendars -> offsets
 *
 * By the VTIMEZONE of the mail itself, else by a small table of names (IANA's and Windows'): a confined worker can open
 * no file of zones.
 */
typedef struct MgZones MgZones;

/* The VTIMEZONE components of an unfolded calendar. Linear. */
MgZones *mg_zones_read(const char *text);
void mg_zones_free(MgZones *zones);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgZones, mg_zones_free)

/* Seconds east of UTC in the zone at the local time (moment.h). FALSE where the zone is not known. */
gboolean mg_zones_offset(const MgZones *zones, const char *name, gint64 local, int *offset);

/* A DATE or DATE-TIME (RFC 5545 section 3.3.5) as local time; *clock: it has one; *utc: it ends in Z. FALSE: it is none. */
gboolean mg_zone_time(const char *s, gint64 *local, gboolean *clock, gboolean *utc);
