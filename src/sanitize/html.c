/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door to HTML. See html.h.
 */
#include "sanitize/html.h"

#include <string.h>

#include "sanitize/html_private.h"

/*
 * Octets at the beginning in which a charset is looked for: WHATWG says 1024, mailers put style sheets before it.
 */
static const gsize meta_octets = 4096;

void mg_html_found_clear(MgHtmlFound *found) {
        g_clear_pointer(&found->targets, g_ptr_array_unref);
        g_clear_pointer(&found->cids, g_ptr_array_unref);
}

GString *mg_html_text(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        if (found->targets == NULL)
                found->targets = g_ptr_array_new_with_free_func(g_free);
        if (found->cids == NULL)
                found->cids = g_ptr_array_new_with_free_func(g_free);
        return mg_html_read(html, n, limits, found);
}

char *mg_html_meta_charset(const char *bytes, gsize n) {
        g_autofree char *head = g_ascii_strdown(bytes, MIN(n, meta_octets));
        for (const char *meta = head; (meta = strstr(meta, "<meta")) != NULL; meta += 5) {
                const char *end = meta + strcspn(meta, ">");
                const char *charset = g_strstr_len(meta, end - meta, "charset");
                if (charset == NULL)
                        continue;
                charset += 7;
                charset += strspn(charset, " \t\r\n");
                if (*charset != '=')
                        continue;
                charset++;
                charset += strspn(charset, " \t\r\n\"'");
                gsize length = strcspn(charset, " \t\r\n\"'/>;");
                if (length > 0 && length <= 40)
                        return g_strndup(charset, length);
        }
        return NULL;
}

GString *mg_html_targets(const MgHtmlFound *found) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; found->targets != NULL && i < found->targets->len; i++)
                g_string_append_printf(out, "[%u] %s\n", i + 1, (const char *)found->targets->pdata[i]);
        return out;
}
