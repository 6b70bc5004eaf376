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

void mg_html_found_init(MgHtmlFound *found) {
        if (found->targets == NULL)
                found->targets = g_ptr_array_new_with_free_func(g_free);
        if (found->cids == NULL)
                found->cids = g_ptr_array_new_with_free_func(g_free);
}

GString *mg_html_text(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        mg_html_found_init(found);
        return mg_html_read(html, n, limits, found);
}

void mg_html_kept_clear(MgHtmlKept *kept) {
        if (kept->text != NULL)
                g_string_free(kept->text, TRUE);
        g_free(kept->html);
        mg_html_found_clear(&kept->found);
        *kept = (MgHtmlKept){0};
}

GString *mg_html_text_kept(MgHtmlKept *kept, const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        GString *text;

        /* Links are numbered through, so that only the first text of a mail is the same as one by itself. */
        if (kept->text == NULL || found->targets != NULL || kept->n != n || (n > 0 && memcmp(kept->html, html, n) != 0))
                return mg_html_text(html, n, limits, found);
        text = g_steal_pointer(&kept->text);
        *found = kept->found;
        kept->found = (MgHtmlFound){0};
        mg_html_kept_clear(kept);
        return text;
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
