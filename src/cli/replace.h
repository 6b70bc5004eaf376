/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Replace: a text in the place of a file, so that an interruption leaves the old one or the new one
 *
 * Durable when it returns. Mode, owner and group stay, those of a file that was not there are 0644 and this process's.
 * A symbolic link stays one, and what it points at is replaced.
 */
gboolean mg_replace_file(const char *path, const char *text, GError **error);
/* The same where there must be no file yet. */
gboolean mg_replace_nothing(const char *path, const char *text, GError **error);
/* What an interruption left beside a file; for who knows that nobody else writes it. */
void mg_replace_tidy(const char *path);
/* Takes the file away, durably. TRUE where there is none. */
gboolean mg_replace_remove(const char *path, GError **error);
