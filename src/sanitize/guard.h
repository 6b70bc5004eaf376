/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"

/* guard: the bounds that are checked on raw octets, before anything is parsed. */

/*
 * Sets the failure of the reading to LIMIT with the name of the bound and both numbers; the first one stays.
 * Returns FALSE.
 */
gboolean mg_guard_exceeded(MgReading *reading, const char *limit, guint64 value, guint64 bound);

/*
 * Checks one header block that begins at s and ends at its empty line or at s + n: number and size of fields,
 * parameters and their names in Content-Type and Content-Disposition, colons of address fields. One linear pass.
 * FALSE with the reading's failure set.
 */
gboolean mg_guard_block(const char *s, gsize n, const MgLimits *limits, MgReading *reading);
