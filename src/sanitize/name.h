/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* name: what in a display name deceives about the address beside it (row A12) */

/* Whether decoded text, not cleaned yet, holds characters that show nothing or turn the direction of others. */
gboolean mg_name_hides(const char *text, gsize n);

/*
 * MG_MARK_NAME_* of a cleaned display name beside its address (A-labels): another address in it, in whatever width;
 * a word of Latin letters with Cyrillic ones or Greek look-alikes. Linear in the name.
 */
guint32 mg_name_marks(const char *name, const char *address);
