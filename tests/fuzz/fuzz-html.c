/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: a page in any octets. Whether the text is what a browser shows is not asked here.
 */
#include <string.h>

#include "fuzz.h"
#include "sanitize/charset.h"
#include "sanitize/html_element.h"
#include "sanitize/html_private.h"

/* Octets of a name that html_prune.c writes. */
#define NAME_MAX_OCTETS 16

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

/* Whether html_element.h has it as a name that is written. */
static gboolean is_written(const char *name, gsize n) {
        for (gsize i = 0; i < _MG_ELEMENT_N; i++) {
                const char *written = mg_html_elements[i].written;

                if (written && strlen(written) == n && strncmp(written, name, n) == 0)
                        return TRUE;
        }
        return FALSE;
}

static gboolean is_void(const char *name, gsize n) {
        return mg_html_elements[mg_html_element(name, n)].what == MG_HTML_VOID;
}

/* Behind the attributes of a tag: name="value", the value without a quote. NULL where it is anything else. */
static const char *skip_attributes(const char *p) {
        while (*p == ' ') {
                gsize name = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz-");

                if (name == 0 || p[1 + name] != '=' || p[2 + name] != '"')
                        return NULL;
                p = strchr(p + 3 + name, '"');
                if (!p)
                        return NULL;
                p++;
        }
        return *p == '>' ? p + 1 : NULL;
}

/*
 * What gumbo gets is elements of the table alone, well-nested within the bound, with quoted attributes: no script, no
 * comment, no other markup.
 */
static void check_pruned(const GString *pruned, const MgLimits *limits) {
        g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(const char *));

        FUZZ_CHECK(strlen(pruned->str) == pruned->len);
        for (const char *p = strchr(pruned->str, '<'); p; p = strchr(p, '<')) {
                gboolean end = p[1] == '/';
                const char *name = p + (end ? 2 : 1);
                gsize n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

                FUZZ_CHECK(n > 0 && n <= NAME_MAX_OCTETS && is_written(name, n));
                p = skip_attributes(name + n);
                FUZZ_CHECK(p);
                if (end) {
                        FUZZ_CHECK(open->len > 0 && p == name + n + 1);
                        const char *opened = g_array_index(open, const char *, open->len - 1);
                        FUZZ_CHECK(strncmp(opened, name, n) == 0 && (opened[n] == ' ' || opened[n] == '>'));
                        g_array_set_size(open, open->len - 1);
                } else if (!is_void(name, n)) {
                        g_array_append_val(open, name);
                }
                FUZZ_CHECK(open->len <= limits->html_depth + 1);
        }
        FUZZ_CHECK(open->len == 0);
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
        g_auto(MgHtmlFound) found = {0}, again = {0}, alone = {0};
        g_autofree char *meta = mg_html_meta_charset((const char *)data, size);

        limits.html_depth = 50;
        limits.html_nodes = 20000;
        limits.links = 100;
        limits.parts = 100;
        mg_charset_decode((const char *)data, size, "utf-8", meta, &decoded);
        alone.targets = g_ptr_array_new_with_free_func(g_free);
        alone.cids = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GString) pruned = mg_html_prune(decoded.text, decoded.n, &limits, &alone);
        check_pruned(pruned, &limits);
        g_autoptr(GString) text = mg_html_text(decoded.text, decoded.n, &limits, &found);
        g_autoptr(GString) same = mg_html_text(decoded.text, decoded.n, &limits, &again);
        FUZZ_CHECK(g_string_equal(text, same));
        FUZZ_CHECK(fuzz_is_utf8(text->str, text->len));
        fuzz_check_clean(text->str, text->len, 0);
        check_found(&found, decoded.n, &limits);
        check_quoted(decoded.text, decoded.n, &limits);
        FUZZ_CHECK(!meta || strlen(meta) <= 40);
        return 0;
}
