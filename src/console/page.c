/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts and tables, in HTML or in JSON. Forms are in page_form.c.
 */
#include "console/page.h"

#include "base/text.h"

void mg_page_heading(MgPage *page, const char *text) {
        if (!page->is_json)
                mg_html_put(&page->html, "h2", text, NULL);
}

void mg_page_say(MgPage *page, const char *class, const char *text) {
        if (!page->is_json)
                mg_html_put(&page->html, "p", text, "class", class, NULL);
}

void mg_page_link(MgPage *page, const char *path, const char *text) {
        if (page->is_json)
                return;
        mg_html_begin(&page->html, "p", NULL);
        mg_html_put(&page->html, "a", text, "href", path, NULL);
        mg_html_end(&page->html);
}

/* --- facts ------------------------------------------------------------------------------------------------------ */

void mg_page_facts(MgPage *page, const char *key) {
        if (page->is_json)
                mg_json_begin(&page->json, key, '{');
        else
                mg_html_begin(&page->html, "dl", NULL);
}

void mg_page_facts_end(MgPage *page) {
        if (page->is_json)
                mg_json_end(&page->json, '}');
        else
                mg_html_end(&page->html);
}

static void put_fact(MgPage *page, const char *label, const char *text) {
        mg_html_begin(&page->html, "div", NULL);
        mg_html_put(&page->html, "dt", label, NULL);
        mg_html_put(&page->html, "dd", text, NULL);
        mg_html_end(&page->html);
}

void mg_page_fact_word(MgPage *page, const char *key, const char *label, const char *word, const char *text) {
        if (page->is_json)
                mg_json_text(&page->json, key, word);
        else if (*text)
                put_fact(page, label, text);
}

void mg_page_fact(MgPage *page, const char *key, const char *label, const char *text) {
        mg_page_fact_word(page, key, label, text, text);
}

void mg_page_fact_number(MgPage *page, const char *key, const char *label, gint64 number) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

        if (page->is_json)
                mg_json_number(&page->json, key, number);
        else
                put_fact(page, label, text);
}

void mg_page_fact_size(MgPage *page, const char *key, const char *label, guint64 octets) {
        g_autofree char *text = mg_text_size(octets);

        if (page->is_json)
                mg_json_number(&page->json, key, (gint64)octets);
        else
                put_fact(page, label, text);
}

static void put_time(MgPage *page, gint64 time) {
        g_autofree char *text = mg_words_time(page->english, time), *machine = mg_words_machine_time(time);

        mg_html_put(&page->html, "time", text, "datetime", machine, NULL);
}

static void json_time(MgPage *page, const char *key, gint64 time) {
        g_autofree char *text = time > 0 ? mg_words_machine_time(time) : NULL;

        mg_json_text(&page->json, key, text);
}

void mg_page_fact_time(MgPage *page, const char *key, const char *label, gint64 time) {
        if (page->is_json) {
                json_time(page, key, time);
        } else if (time > 0) {
                mg_html_begin(&page->html, "div", NULL);
                mg_html_put(&page->html, "dt", label, NULL);
                mg_html_begin(&page->html, "dd", NULL);
                put_time(page, time);
                mg_html_end(&page->html);
                mg_html_end(&page->html);
        }
}

/* --- tables ----------------------------------------------------------------------------------------------------- */

void mg_page_table(MgPage *page, const char *key, const char *caption, ...) {
        va_list titles;
        const char *title;

        if (page->is_json) {
                mg_json_begin(&page->json, key, '[');
                return;
        }
        mg_html_begin(&page->html, "div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption,
                      NULL);
        mg_html_begin(&page->html, "table", NULL);
        mg_html_put(&page->html, "caption", caption, NULL);
        mg_html_begin(&page->html, "thead", NULL);
        mg_html_begin(&page->html, "tr", NULL);
        va_start(titles, caption);
        while ((title = va_arg(titles, const char *)))
                mg_html_put(&page->html, "th", title, "scope", "col", NULL);
        va_end(titles);
        mg_html_end(&page->html);
        mg_html_end(&page->html);
        mg_html_begin(&page->html, "tbody", NULL);
}

void mg_page_table_end(MgPage *page) {
        if (page->is_json) {
                mg_json_end(&page->json, ']');
                return;
        }
        mg_html_end(&page->html);
        mg_html_end(&page->html);
        mg_html_end(&page->html);
}

void mg_page_row(MgPage *page) {
        if (page->is_json)
                mg_json_begin(&page->json, NULL, '{');
        else
                mg_html_begin(&page->html, "tr", NULL);
}

void mg_page_row_end(MgPage *page) {
        if (page->is_json)
                mg_json_end(&page->json, '}');
        else
                mg_html_end(&page->html);
}

void mg_page_cell(MgPage *page, const char *key, const char *text) {
        mg_page_cell_word(page, key, text, text);
}

void mg_page_cell_word(MgPage *page, const char *key, const char *word, const char *text) {
        if (page->is_json)
                mg_json_text(&page->json, key, word);
        else
                mg_html_put(&page->html, "td", text, NULL);
}

void mg_page_cell_link(MgPage *page, const char *key, const char *path, const char *value, const char *text) {
        if (page->is_json) {
                mg_json_text(&page->json, key, value);
                return;
        }
        mg_html_begin(&page->html, "td", NULL);
        mg_html_put(&page->html, "a", text, "href", path, NULL);
        mg_html_end(&page->html);
}

void mg_page_cell_number(MgPage *page, const char *key, gint64 number) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

        if (page->is_json)
                mg_json_number(&page->json, key, number);
        else
                mg_html_put(&page->html, "td", text, "class", "number", NULL);
}

void mg_page_cell_size(MgPage *page, const char *key, guint64 octets) {
        g_autofree char *text = mg_text_size(octets);

        if (page->is_json)
                mg_json_number(&page->json, key, (gint64)octets);
        else
                mg_html_put(&page->html, "td", text, "class", "number", NULL);
}

void mg_page_cell_time(MgPage *page, const char *key, gint64 time) {
        if (page->is_json) {
                json_time(page, key, time);
                return;
        }
        mg_html_begin(&page->html, "td", "class", "time", NULL);
        if (time > 0)
                put_time(page, time);
        mg_html_end(&page->html);
}
