/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail, from octets to Reading: bounds, header, structure, body. The order matters: nothing is parsed before
 * its bounds are checked. Opens no file, keeps no state between mails, decides nothing.
 */
#include "sanitize/sanitize.h"

#include <locale.h>

#include "base/digest.h"
#include "base/error.h"
#include "sanitize/body.h"
#include "sanitize/charset.h"
#include "sanitize/guard.h"
#include "sanitize/header.h"
#include "sanitize/identify.h"
#include "sanitize/identify_active.h"
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
        "UEsDBBQAAAAAAAAAgVysKpPYAgAAAAIAAAAFAAAAYS50eHRoaQ==\r\n"
        "--X\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "H4sIAAAAAAACA9PT19N3CEis8EhNTEktYqAJMIAAXLSBgZERgg0SNzQwMjBnUKhgoAMoLS5JLAJa"
        "zzAygaGFQkFiSYbts+lL9RP1SipKuBhGwQgC9pBYp6kdoExtZmKCO/9jsM0NzI0YFAxG8/8oGAWj"
        "YBSMglFAEwAAdQwN5gAMAAA=\r\n--X--\r\n";

gboolean mg_sanitize_warm(GError **error) {
        guint8 digest[32];
        mg_digest("", 0, digest);
        /* libarchive turns the UTF-16 of 7-Zip, CAB and ISO files into the charset of the locale, and gives no name in
         * that of C. glibc opens files for it, hence before confinement. */
        if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "there is no locale C.UTF-8");
                return FALSE;
        }
        if (!mg_charset_warm(error) || !mg_identify_warm(error))
                return FALSE;
        g_autoptr(GBytes) mail = g_bytes_new_static(sample, sizeof sample - 1);
        g_autoptr(MgReading) unused = mg_sanitize_read(mail, &mg_limits_default);
        if (unused->failure == MG_FAILURE_NONE)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "the mail that warms the sanitizer cannot be read");
        return FALSE;
}

static MgReading *read_mail(GBytes *mail, const MgLimits *limits, const char *charset, MgWanted *wanted) {
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
        mg_header_read_as(fields, limits, charset, reading);
        if (!ok)
                return reading;
        g_autoptr(MgTree) tree = mg_walk(mail, limits, reading);
        if (tree != NULL)
                mg_body_read(tree, limits, charset, reading, wanted);
        return reading;
}

MgReading *mg_sanitize_read(GBytes *mail, const MgLimits *limits) {
        return read_mail(mail, limits, NULL, NULL);
}

MgReading *mg_sanitize_read_as(GBytes *mail, const MgLimits *limits, const char *charset) {
        const char *name = mg_charset_name(charset);
        if (name != NULL)
                return read_mail(mail, limits, name, NULL);
        MgReading *reading = mg_reading_new();
        reading->failure = MG_FAILURE_INTERNAL;
        return reading;
}

MgReading *mg_sanitize_look(GBytes *content, const MgLimits *limits) {
        MgReading *reading = mg_reading_new();
        MgArchiveUse use = {0};
        MgFacts *facts = mg_facts_new();
        gsize n;
        const char *data = g_bytes_get_data(content, &n);
        data = data != NULL ? data : "";
        const MgRange all = {.length = n, .kind = MG_RANGE_CONTENT, .part = 0, .count = 1};
        g_free(facts->path);
        g_free(facts->found);
        g_free(facts->name);
        facts->path = g_strdup("1");
        facts->found = mg_identify(data, n);
        /* Some name, since scripts are looked for in texts that have one; without an extension it says nothing. */
        facts->name = g_strdup("file");
        facts->size = n;
        mg_digest(data, n, facts->sha256);
        mg_active_look(data, n, limits, reading, &use, facts);
        g_free(facts->name);
        facts->name = g_strdup("");
        g_ptr_array_add(reading->parts, facts);
        if (n > 0)
                g_array_append_val(reading->ranges, all);
        return reading;
}

gboolean mg_sanitize_take(GBytes *mail, const MgLimits *limits, guint64 size, const guint8 sha256[32], MgPartFunc func,
                          gpointer data) {
        MgWanted wanted = {size, sha256, func, data, FALSE};
        g_autoptr(MgReading) unused G_GNUC_UNUSED = read_mail(mail, limits, NULL, &wanted);

        return wanted.done;
}
