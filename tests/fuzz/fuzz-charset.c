/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset: two lines, the label and what <meta> says, then the octets. Does not ask which charset is the right one.
 */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "sanitize/charset.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        g_autoptr(GError) error = NULL;

        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        return 0;
}

/* The line at *at without its end, or NULL where it is empty; caller frees. */
static char *take_line(const char *s, gsize n, gsize *at) {
        const char *end = memchr(s + *at, '\n', n - *at);
        gsize length = (end ? (gsize)(end - s) : n) - *at;
        char *line = length > 0 ? g_strndup(s + *at, length) : NULL;

        *at += length + (end ? 1 : 0);
        return line;
}

static gboolean is_ascii(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if ((guint8)s[i] >= 0x80)
                        return FALSE;
        return TRUE;
}

/* Whether a sequence of ISO-2022-JP stands at s whose ESC may have been lost: one that begins a run, or ends it. */
static gboolean is_lost(const char *s, gboolean begins) {
        return begins ? memcmp(s, "$B", 2) == 0 || memcmp(s, "$@", 2) == 0 || memcmp(s, "(I", 2) == 0
                      : memcmp(s, "(B", 2) == 0 || memcmp(s, "(J", 2) == 0;
}

/* Before the first sequence that begins a run, and behind the last that ends one, everything is itself. */
static void check_ascii(const MgDecoded *decoded, const char *octets, gsize n) {
        gsize begin = 0, end = n;

        while (begin + 1 < n && !is_lost(octets + begin, TRUE))
                begin++;
        while (end > begin + 1 && !is_lost(octets + end - 2, FALSE))
                end--;
        /* Within: two octets, characters or none, two octets. */
        if (begin + 4 > end) {
                FUZZ_CHECK(decoded->n == n && (n == 0 || memcmp(decoded->text, octets, n) == 0));
                return;
        }
        FUZZ_CHECK(decoded->n >= begin + n - end);
        FUZZ_CHECK(memcmp(decoded->text, octets, begin) == 0);
        FUZZ_CHECK(memcmp(decoded->text + decoded->n - (n - end), octets + end, n - end) == 0);
}

static void check_decoded(const MgDecoded *decoded, const char *octets, gsize n) {
        FUZZ_CHECK(decoded->text && decoded->text[decoded->n] == '\0');
        FUZZ_CHECK(fuzz_is_utf8(decoded->text, decoded->n));
        FUZZ_CHECK(decoded->n <= n * 3 + 16);
        FUZZ_CHECK(decoded->replaced <= n);
        FUZZ_CHECK(decoded->charset && mg_charset_name(decoded->charset));
        FUZZ_CHECK(strcmp(mg_charset_name(decoded->charset), decoded->charset) == 0);
        FUZZ_CHECK(!g_str_has_prefix(decoded->charset, "utf-7"));
        /* What says nothing but ASCII cannot say anything else, unless it switches charsets or is of two octets. */
        if (is_ascii(octets, n) && !memchr(octets, 0x1B, n) && !memchr(octets, '\0', n) && !memchr(octets, 0x0E, n) &&
            !memchr(octets, 0x0F, n))
                check_ascii(decoded, octets, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *s = (const char *)data;
        gsize at = 0;
        g_autofree char *label = take_line(s, size, &at);
        g_autofree char *meta = take_line(s, size, &at);
        g_auto(MgDecoded) decoded = {0}, again = {0}, utf8 = {0};

        mg_charset_decode(s + at, size - at, label, meta, &decoded);
        check_decoded(&decoded, s + at, size - at);
        mg_charset_decode(s + at, size - at, label, meta, &again);
        FUZZ_CHECK(again.n == decoded.n && memcmp(again.text, decoded.text, decoded.n) == 0);
        FUZZ_CHECK(again.charset == decoded.charset && again.replaced == decoded.replaced);
        fuzz_check_clean(decoded.text, decoded.n, 0);
        /* UTF-8 that says so is itself, but for a mark at its beginning. */
        mg_charset_decode(decoded.text, decoded.n, "utf-8", NULL, &utf8);
        if (!memchr(decoded.text, '\033', decoded.n) && !g_str_has_prefix(decoded.text, "\xEF\xBB\xBF") &&
            !memchr(decoded.text, '\0', decoded.n))
                FUZZ_CHECK(utf8.n == decoded.n && memcmp(utf8.text, decoded.text, decoded.n) == 0 &&
                           utf8.replaced == 0);
        return 0;
}
