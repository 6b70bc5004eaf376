/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * name: what in a display name, or in the letters of a domain, deceives about the address (row A12), and what in the name
 * of a file deceives about the file (row C1)
 */

/* Whether decoded text, not cleaned yet, holds characters that show nothing or turn the direction of others. */
gboolean mg_name_hides(const char *text, gsize n);

/* Whether Windows takes a file name, without folders, for a device: CON, nul.txt, COM1 (C3). */
gboolean mg_name_is_device(const char *name);

/* Whether a word of cleaned text has Latin letters beside Cyrillic ones or Greek look-alikes. */
gboolean mg_name_mixes(const char *text);

/*
 * MG_MARK_NAME_* of a cleaned display name beside its address (A-labels) and the letters of the domain, or NULL where
 * these are ASCII: another address in the name, in whatever width; a word of Latin letters with Cyrillic ones or Greek
 * look-alikes in the name or the domain; a label of the domain that can be read as ASCII and is not. Linear in the name.
 */
guint32 mg_name_marks(const char *name, const char *address, const char *domain);
