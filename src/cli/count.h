/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/figures_client.h"

/* Count: the figures of a month, as text, CSV or JSON. */

/* "2026-11": its first second and that of the next month, local time. FALSE where it is none of the years 2000 to 9998. */
gboolean mg_count_month(const char *text, gint64 *since, gint64 *until);

/*
 * CSV (RFC 4180, UTF-8 with the mark that Excel wants): organization, kind, name, number. A cell that a spreadsheet would take for a
 * formula begins with an apostrophe. rows: of MgCountRow. Caller frees.
 */
char *mg_count_csv(const GPtrArray *rows);
