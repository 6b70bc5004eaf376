/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail, from octets to Reading: bounds, header, structure, body. The order matters: nothing is parsed before
 * its bounds are checked. Opens no file, keeps no state between mails, decides nothing.
 */
#include "sanitize/sanitize.h"

#include <gmime/gmime.h>

#include "base/digest.h"
#include "base/error.h"
#include "sanitize/body.h"
#include "sanitize/charset.h"
#include "sanitize/guard.h"
#include "sanitize/header.h"
#include "sanitize/identify.h"
#include "sanitize/walk.h"

/*
 * Goes through every step once, so that what libraries make at first use is made before confinement, and shared by
 * all workers.
 */
static const char sample[] =
        "From: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= <a@example.jp>\r\nDate: Wed, 1 Apr 2026 09:00:00 +0900\r\n"
        "Subject: =?utf-8?Q?a?=\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n"
        "--X\r\nContent-Type: text/plain; charset=shift_jis; format=flowed\r\n\r\n\x93\xFA\x96{ \r\nbegin 644 "
        "a\r\n#0V%T\r\n`\r\nend\r\n"
        "--X\r\nContent-Type: text/html; charset=euc-jp\r\n\r\n<ol start=2><li style='color:red'>\xC6\xFC<a "
        "href=http://example.jp/>x.jp</a><table><tr><td>a\r\n"
        "--X\r\nContent-Type: message/rfc822\r\n\r\nDate: Wed, 1 Apr 2026 09:00:00 +0900\r\nSubject: b\r\n\r\nc\r\n"
        "--X\r\nContent-Type: application/zip; "
        "name*=iso-2022-jp''%1B%24B%46%7C%1B%28B.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "UEsDBBQAAAAAAAAAgVysKpPYAgAAAAIAAAAFAAAAYS50eHRoaQ==\r\n--X--\r\n";

gboolean mg_sanitize_warm(GError **error) {
        guint8 digest[32];
        mg_digest("", 0, digest);
        g_mime_init();
        if (!mg_charset_warm(error) || !mg_identify_warm(error))
                return FALSE;
        g_autoptr(GBytes) mail = g_bytes_new_static(sample, sizeof sample - 1);
        g_autoptr(MgReading) unused = mg_sanitize_read(mail, &mg_limits_default);
        if (unused->failure == MG_FAILURE_NONE)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "the mail that warms the sanitizer cannot be read");
        return FALSE;
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
