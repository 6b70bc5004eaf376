/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Whether a file of that name runs when it is opened, or makes something run, by the end of its name. Case, and blanks and
 * dots behind it, which some systems drop, do not count.
 */
gboolean mg_extension_runs(const char *name);
