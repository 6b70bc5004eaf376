/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Mail files: a mail on disk as the mail that Postfix would have
 */

/*
 * The form on the wire: a line end is CR LF, so each LF that has no CR before it gets one, and a last line that is not
 * ended is ended. Everything else stays as it is, NUL and lone CR included. In a file without one LF each CR ends a
 * line, as an old Macintosh wrote them: by LF it is a single line and no mail, so there is but one way to read it. What
 * Postfix hands over never comes here, and always has LF. Owned by the caller.
 */
GByteArray *mg_mailfile_wire(const guint8 *data, gsize n);

/*
 * Reads descriptor fd to its end. At most max octets, both as they stand and in the form on the wire: where there are
 * more *too_large is set and NULL returned without error. NULL with error where it cannot be read.
 */
GByteArray *mg_mailfile_read(int fd, guint64 max, gboolean *too_large, GError **error);

/* A sealed memfd with these octets, or -1 with error. */
int mg_mailfile_memory(const GByteArray *mail, GError **error);

/*
 * Writes path with mode 0600, whole or not at all: a neighbour is written and then takes the name. Without replace an
 * existing file of the name is an error and stays.
 */
gboolean mg_mailfile_write(const char *path, const char *data, gsize n, gboolean replace, GError **error);
/*
 * The same for what comes piece by piece: a descriptor of the neighbour, whose name is *name (caller frees), or -1. It takes the name
 * of path by end(), or goes by abandon(); the descriptor is closed by the caller.
 */
int mg_mailfile_begin(const char *path, char **name, GError **error);
gboolean mg_mailfile_end(const char *name, const char *path, gboolean replace, GError **error);
void mg_mailfile_abandon(const char *name);
