/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: a page in any octets. Whether the text is what a browser shows is not asked here.
 */
#include <string.h>

#include "fuzz.h"
#include "sanitize/charset.h"
#include "sanitize/html.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

static void check_found(const MgHtmlFound *found, gsize n, const MgLimits *limits) {
        g_autoptr(GString) targets = mg_html_targets(found);

        FUZZ_CHECK(found->hidden <= n && found->pictures <= n && found->links <= n);
        FUZZ_CHECK(found->targets->len <= limits->links && found->targets->len <= found->links);
        FUZZ_CHECK(found->cids->len <= limits->parts);
        FUZZ_CHECK(fuzz_is_utf8(targets->str, targets->len));
        fuzz_check_clean(targets->str, targets->len, 0);
}

/* Characters that anybody can see, without the marks that a layout adds. */
static GString *ink(const char *s, gsize n) {
        GString *out = g_string_sized_new(n);

        for (gsize i = 0; i < n; i++)
                if (g_ascii_isalnum(s[i]) || (guint8)s[i] >= 0xF0)
                        g_string_append_c(out, s[i]);
        return out;
}

/* A text that stands in a page as text is shown as it is, whatever markup it looks like. */
static void check_quoted(const char *text, gsize n, const MgLimits *limits) {
        g_autoptr(GString) page = g_string_new("<pre>");
        g_auto(MgHtmlFound) found = {0};

        for (gsize i = 0; i < n; i++) {
                if (text[i] == '<' || text[i] == '&' || text[i] == '>')
                        g_string_append(page, text[i] == '<' ? "&lt;" : text[i] == '>' ? "&gt;" : "&amp;");
                else
                        g_string_append_c(page, text[i]);
        }
        g_autoptr(GString) shown = mg_html_text(page->str, page->len, limits, &found);
        g_autoptr(GString) wanted = ink(text, n), got = ink(shown->str, shown->len);
        FUZZ_CHECK(g_string_equal(wanted, got));
        FUZZ_CHECK(found.links == 0 && found.pictures == 0 && found.hidden == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* Low bounds, so that short inputs meet them. */
        MgLimits limits = mg_limits_default;
        g_auto(MgDecoded) decoded = {0};
        g_auto(MgHtmlFound) found = {0}, again = {0};
        g_autofree char *meta = mg_html_meta_charset((const char *)data, size);

        limits.html_bytes = 2000;
        limits.body = 1000;
        limits.html_depth = 50;
        limits.html_nodes = 20000;
        limits.style_rules = 50;
        limits.links = 100;
        limits.parts = 100;
        mg_charset_decode((const char *)data, size, "utf-8", meta, &decoded);
        g_autoptr(GString) text = mg_html_text(decoded.text, decoded.n, &limits, &found);
        g_autoptr(GString) same = mg_html_text(decoded.text, decoded.n, &limits, &again);
        FUZZ_CHECK(g_string_equal(text, same));
        FUZZ_CHECK(fuzz_is_utf8(text->str, text->len));
        fuzz_check_clean(text->str, text->len, 0);
        check_found(&found, decoded.n, &limits);
        check_quoted(decoded.text, decoded.n, &mg_limits_default);
        FUZZ_CHECK(!meta || strlen(meta) <= 40);
        return 0;
}
