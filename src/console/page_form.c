/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms: every input has a label that belongs to it. In JSON there are none.
 */
#include "console/page.h"

static void begin_form(MgPage *page, const char *path, const char *method, const char *encoding) {
        if (page->is_json)
                return;
        mg_html_begin(&page->html, "form", "action", path, "method", method, "enctype", encoding, "accept-charset",
                      "utf-8", NULL);
        if (page->csrf && *method == 'p')
                mg_html_begin(&page->html, "input", "type", "hidden", "name", "csrf", "value", page->csrf, NULL);
}

void mg_page_form(MgPage *page, const char *path) {
        begin_form(page, path, "post", NULL);
}

void mg_page_form_get(MgPage *page, const char *path) {
        begin_form(page, path, "get", NULL);
}

void mg_page_form_files(MgPage *page, const char *path) {
        begin_form(page, path, "post", "multipart/form-data");
}

void mg_page_form_end(MgPage *page) {
        if (!page->is_json)
                mg_html_end(&page->html);
}

void mg_page_group(MgPage *page, const char *legend) {
        if (page->is_json)
                return;
        mg_html_begin(&page->html, "fieldset", NULL);
        mg_html_put(&page->html, "legend", legend, NULL);
}

void mg_page_group_end(MgPage *page) {
        if (!page->is_json)
                mg_html_end(&page->html);
}

void mg_page_input(MgPage *page, const char *type, const char *name, const char *label, const char *value,
                   const char *hint, const char *autocomplete, guint input) {
        g_autofree char *id = g_strconcat("f-", name, NULL), *hint_id = g_strconcat("h-", name, NULL);

        if (page->is_json)
                return;
        mg_html_begin(&page->html, "div", "class", input & MG_INPUT_WIDE ? "field wide" : "field", NULL);
        mg_html_put(&page->html, "label", label, "for", id, NULL);
        if (hint)
                mg_html_put(&page->html, "p", hint, "class", "hint", "id", hint_id, NULL);
        mg_html_begin(&page->html, "input", "type", type, "id", id, "name", name, "value", value, "autocomplete",
                      autocomplete, "aria-describedby", hint ? hint_id : NULL, "required",
                      input & MG_INPUT_REQUIRED ? "" : NULL, "autofocus", input & MG_INPUT_FOCUS ? "" : NULL,
                      "inputmode", input & MG_INPUT_DIGITS ? "numeric" : NULL, "spellcheck", "false", NULL);
        mg_html_end(&page->html);
}

void mg_page_hidden(MgPage *page, const char *name, const char *value) {
        if (!page->is_json)
                mg_html_begin(&page->html, "input", "type", "hidden", "name", name, "value", value, NULL);
}

void mg_page_check(MgPage *page, const char *type, const char *name, const char *value, const char *label,
                   gboolean checked) {
        if (page->is_json)
                return;
        mg_html_begin(&page->html, "label", "class", "check", NULL);
        mg_html_begin(&page->html, "input", "type", type, "name", name, "value", value, "checked", checked ? "" : NULL,
                      NULL);
        mg_html_put(&page->html, "span", label, NULL);
        mg_html_end(&page->html);
}

void mg_page_choose(MgPage *page, const char *name, const char *label, const char *chosen, const char *const *choices) {
        g_autofree char *id = g_strconcat("f-", name, NULL);

        if (page->is_json)
                return;
        mg_html_begin(&page->html, "div", "class", "field", NULL);
        mg_html_put(&page->html, "label", label, "for", id, NULL);
        mg_html_begin(&page->html, "select", "id", id, "name", name, NULL);
        for (; choices[0]; choices += 2)
                mg_html_put(&page->html, "option", choices[1], "value", choices[0], "selected",
                            g_strcmp0(choices[0], chosen) == 0 ? "" : NULL, NULL);
        mg_html_end(&page->html);
        mg_html_end(&page->html);
}

void mg_page_submit(MgPage *page, const char *name, const char *value, const char *text, const char *class) {
        if (!page->is_json)
                mg_html_put(&page->html, "button", text, "type", "submit", "name", name, "value", value, "class", class,
                            NULL);
}
