/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail, from octets to Reading: bounds, header, structure, body. The order matters: nothing is parsed before
 * its bounds are checked. Opens no file, keeps no state between mails, decides nothing.
 */
#include "sanitize/sanitize.h"

#include <gmime/gmime.h>

#include "base/digest.h"
#include "sanitize/body.h"
#include "sanitize/charset.h"
#include "sanitize/guard.h"
#include "sanitize/header.h"
#include "sanitize/identify.h"
#include "sanitize/walk.h"

gboolean mg_sanitize_warm(GError **error) {
        guint8 digest[32];
        mg_digest("", 0, digest);
        g_mime_init();
        return mg_charset_warm(error) && mg_identify_warm(error);
}

MgReading *mg_sanitize_read(GBytes *mail, const MgLimits *limits) {
        MgReading *reading = mg_reading_new();
        gsize n;
        const char *s = g_bytes_get_data(mail, &n);
        if (s == NULL)
                s = "";
        gboolean ok = mg_guard_block(s, n, limits, reading);
        if (n > limits->mail_size)
                ok = mg_guard_exceeded(reading, "mail_size", n, limits->mail_size);
        gsize body = 0;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(s, n, limits, &body, &odd);
        mg_header_read(fields, limits, reading);
        if (!ok)
                return reading;
        g_autoptr(MgTree) tree = mg_walk(mail, limits, reading);
        if (tree != NULL)
                mg_body_read(tree, limits, reading);
        return reading;
}
