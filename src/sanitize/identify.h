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

/*
 * The same of a part that is read as a text: it has no name and is not called an attachment. Where it holds no control
 * octets libmagic is not asked about what begins as a page of HTML does, about what is claimed to be text/plain or
 * nothing ("") and begins in Japanese or with a word and has no markup, and about what is claimed to be message/rfc822
 * or message/delivery-status and begins with a field. So a letter about a program is no program. What an exemption
 * keeps is asked of mg_identify() once more. Caller frees.
 */
char *mg_identify_text(const void *data, gsize n, const char *claimed);
