/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* identify: octets -> MIME type, by libmagic and by signatures that it lacks. */

/*
 * Loads the magic database, once per process before confinement. File-scope state: libmagic's cookie, used by the
 * one thread of a worker.
 */
gboolean mg_identify_warm(GError **error);

/*
 * What [data, data+n) is by its bytes: class MIME, never NULL, "application/octet-stream" where nothing is known.
 * Caller frees.
 */
char *mg_identify(const void *data, gsize n);
