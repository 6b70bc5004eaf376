/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File types by content. Says what libmagic says, or a signature of Japanese files where that is too little, and
 * nothing of what the mail claims; has no opinion on which types are safe. Unpacks nothing.
 */
#include "sanitize/identify.h"

#include <magic.h>

#include "base/error.h"
#include "base/text.h"
#include "sanitize/signature.h"

/* Octets that libmagic looks at. Its signatures lie near the beginning; text detection reads all it is given. */
static const gsize looked_at = 262144;

/*
 * Octets that a regular expression of its database looks at. libmagic's own bound is 8192, and its expressions for text
 * are quadratic in blank lines: a part of 16 KB of them then takes 200 ms, and a mail can have a thousand.
 */
static const gsize expression_octets = 1024;

/* The cookie: opened before confinement since it reads files, inherited by every worker. */
static magic_t cookie;

gboolean mg_identify_warm(GError **error) {
        if (cookie != NULL)
                return TRUE;
        cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
        if (cookie != NULL && magic_setparam(cookie, MAGIC_PARAM_REGEX_MAX, &expression_octets) == 0 &&
            magic_load(cookie, NULL) == 0) {
                /* Once through, so that what libmagic builds at first use is shared by all workers. */
                g_free(mg_identify("text", 4));
                return TRUE;
        }
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "cannot load the magic database: %s",
                    cookie != NULL ? magic_error(cookie) : "out of memory");
        g_clear_pointer(&cookie, magic_close);
        return FALSE;
}

/* Whether libmagic has found no more than what a file is made of. */
static gboolean says_little(const char *type) {
        static const char *const little[] = {
                "application/octet-stream",  "text/plain",        "application/x-ole-storage", "application/cdfv2",
                "application/cdfv2-corrupt", "application/x-cdf", "application/vnd.ms-office", NULL};
        return g_strv_contains(little, type);
}

char *mg_identify(const void *data, gsize n) {
        const char *found = cookie != NULL ? magic_buffer(cookie, data, MIN(n, looked_at)) : NULL;
        g_autofree char *type = g_ascii_strdown(found != NULL ? found : "", -1);
        if (type[0] == '\0' || !mg_text_is(type, strlen(type), MG_CLASS_MIME)) {
                g_free(type);
                type = g_strdup("application/octet-stream");
        }
        const char *better = says_little(type) ? mg_signature_type(data, n) : NULL;
        return better != NULL ? g_strdup(better) : g_steal_pointer(&type);
}
