/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/html.h"
#include "console/json.h"
#include "console/words.h"

/*
 * Page: what a handler writes, once for people (HTML) and for programs (JSON)
 *
 * Facts and tables have a key for JSON and a label for HTML. What is for people alone (headings, sentences, forms) is left out of JSON.
 * A page is begun and ended by console/visit.h.
 */
typedef struct MgPage {
        MgHtml html;
        MgJson json;
        gboolean is_json;
        gboolean english;
        const char *csrf; /* borrowed: what each form carries, or NULL */
} MgPage;

/* A text in the language of the page. */
#define T(page, text) mg_words((page)->english, text)

/* --- for people ------------------------------------------------------------------------------------------------- */

void mg_page_heading(MgPage *page, const char *text);
/* A paragraph; class may be NULL. "note", "warning", "done", "empty". */
void mg_page_say(MgPage *page, const char *class, const char *text);
/* A paragraph that is a link. */
void mg_page_link(MgPage *page, const char *path, const char *text);

/* --- for both --------------------------------------------------------------------------------------------------- */

/* A list of facts; an object in JSON. */
void mg_page_facts(MgPage *page, const char *key);
void mg_page_facts_end(MgPage *page);
/* A fact whose text is "" is left out of HTML. */
void mg_page_fact(MgPage *page, const char *key, const char *label, const char *text);
/* In JSON the word stands, in HTML the text. */
void mg_page_fact_word(MgPage *page, const char *key, const char *label, const char *word, const char *text);
void mg_page_fact_number(MgPage *page, const char *key, const char *label, gint64 number);
void mg_page_fact_size(MgPage *page, const char *key, const char *label, guint64 octets);
void mg_page_fact_time(MgPage *page, const char *key, const char *label, gint64 time); /* 0: left out */

/* A table; an array of objects in JSON. caption is for who hears it; the titles of columns end with NULL. */
void mg_page_table(MgPage *page, const char *key, const char *caption, ...) G_GNUC_NULL_TERMINATED;
void mg_page_table_end(MgPage *page);
void mg_page_row(MgPage *page);
void mg_page_row_end(MgPage *page);
void mg_page_cell(MgPage *page, const char *key, const char *text);
void mg_page_cell_word(MgPage *page, const char *key, const char *word, const char *text);
void mg_page_cell_link(MgPage *page, const char *key, const char *path, const char *value, const char *text);
void mg_page_cell_number(MgPage *page, const char *key, gint64 number);
void mg_page_cell_size(MgPage *page, const char *key, guint64 octets);
void mg_page_cell_time(MgPage *page, const char *key, gint64 time);

/* --- forms ------------------------------------------------------------------------------------------------------ */

/* POST to a path of ours, with what proves that it is from a page of ours. */
void mg_page_form(MgPage *page, const char *path);
/* GET: it asks and changes nothing. */
void mg_page_form_get(MgPage *page, const char *path);
/* The same for files. */
void mg_page_form_files(MgPage *page, const char *path);
void mg_page_form_end(MgPage *page);
void mg_page_group(MgPage *page, const char *legend);
void mg_page_group_end(MgPage *page);

/* What is special of an input. */
typedef enum MgInput {
        MG_INPUT_PLAIN = 0,
        MG_INPUT_REQUIRED = 1 << 0,
        MG_INPUT_FOCUS = 1 << 1, /* has the keyboard first */
        MG_INPUT_WIDE = 1 << 2,
        MG_INPUT_DIGITS = 1 << 3, /* a telephone's keyboard of digits */
} MgInput;

/* type: "text", "password", "date", "email". hint may be NULL; autocomplete is a token of HTML's. */
void mg_page_input(MgPage *page, const char *type, const char *name, const char *label, const char *value,
                   const char *hint, const char *autocomplete, guint input);
void mg_page_hidden(MgPage *page, const char *name, const char *value);
void mg_page_check(MgPage *page, const char *type, const char *name, const char *value, const char *label,
                   gboolean checked);
/* Choices are value and text in turn, ended by NULL. */
void mg_page_choose(MgPage *page, const char *name, const char *label, const char *chosen, const char *const *choices);
/* class: "main", "danger" or NULL. name may be NULL. */
void mg_page_submit(MgPage *page, const char *name, const char *value, const char *text, const char *class);
