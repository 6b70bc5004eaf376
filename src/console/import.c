/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of people: what it would change and what is wrong with it, each with its line; then, by a second form that
 * carries the same octets, all of it or nothing. Reads no CSV itself (base/people_table.h); who may be changed is the
 * store's to say.
 */
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "base/people_table.h"
#include "console/handlers.h"
#include "console/said.h"

/* Bounds of one table; a longer one is for the command. One edit is one transaction, which mail waits for. */
#define MG_IMPORT_OCTETS (500 * 1024) /* so that its base64 is a field that a form may have */
#define MG_IMPORT_PERSONS 5000

/* --- the first form --------------------------------------------------------------------------------------------- */

static void put_first_form(MgPage *page) {
        g_autofree char *hint = g_strdup_printf(
                T(page, N_("CSV as UTF-8 or as a Japanese Excel writes it; %u persons and %u KB at most.")),
                MG_IMPORT_PERSONS, MG_IMPORT_OCTETS / 1024);

        mg_page_form_files(page, "/import");
        mg_page_input(page, "file", "file", T(page, N_("File")), NULL, hint, "off", MG_INPUT_REQUIRED);
        mg_page_check(page, "checkbox", "disable_missing", "1",
                      T(page, N_("Disable who is not in the table: of your organization, and never yourself")), FALSE);
        mg_page_submit(page, NULL, NULL, T(page, N_("Show what it would change")), "main");
        mg_page_form_end(page);
        mg_page_link(page, "/import.csv", T(page, N_("Save an example of a table")));
}

void mg_handle_import_page(MgVisit *visit) {
        MgPage *page = &visit->page;

        mg_visit_begin(visit, mg_words(visit->http->english, N_("Import people")));
        mg_page_say(page, "lead",
                    T(page, N_("Nothing is changed before you have seen what would be. A column that is not in the "
                               "table stays as it is.")));
        put_first_form(page);
        mg_page_link(page, "/people", T(page, N_("Back")));
        mg_visit_end(visit);
}

void mg_handle_import_template(MgVisit *visit) {
        g_autofree char *text = mg_people_table_template();

        g_string_assign(visit->reply->body, text);
        visit->reply->type = "text/csv; charset=utf-8";
        visit->reply->file = g_strdup("mugai-people.csv");
}

/* --- what came -------------------------------------------------------------------------------------------------- */

/* The table: a file, or what the second form carries. NULL after a page that says what is missing. */
static GBytes *take_octets(MgVisit *visit) {
        const gboolean english = visit->http->english;
        GBytes *file = mg_http_file(visit->http, "file");
        const char *again = mg_http_field(visit->http, "again");
        g_autoptr(GBytes) data = NULL;
        g_autofree char *sentence = NULL;

        if (*again) {
                gsize n;
                guchar *octets = g_base64_decode(again, &n);

                data = g_bytes_new_take(octets, n);
        } else if (file) {
                data = g_bytes_ref(file);
        }
        if (!data || g_bytes_get_size(data) == 0) {
                mg_visit_refuse(visit, 400, mg_words(english, N_("Choose a file that is not empty.")));
                return NULL;
        }
        if (g_bytes_get_size(data) <= MG_IMPORT_OCTETS)
                return g_steal_pointer(&data);
        sentence = g_strdup_printf(mg_words(english, N_("The table has %zu octets; it may have %zu.")),
                                   g_bytes_get_size(data), (gsize)MG_IMPORT_OCTETS);
        mg_visit_refuse(visit, 413, sentence);
        return NULL;
}

/* --- what is said of it ----------------------------------------------------------------------------------------- */

static char *fields_text(gboolean english, guint32 fields) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++) {
                const MgPersonField field = (MgPersonField)(1u << i);

                if (fields & field)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? (english ? ", " : "、") : "",
                                               english ? mg_person_field_name(field) : mg_person_field_japanese(field));
        }
        return g_string_free(text, FALSE);
}

static void put_change(MgPage *page, const MgEditRow *row) {
        const gboolean added = row->result == MG_EDIT_ADDED, missing = row->at == MG_EDIT_MISSING;
        g_autofree char *words = mg_person_fields_text(row->fields), *fields = fields_text(page->english, row->fields);

        mg_page_row(page);
        mg_page_cell(page, "login", row->login);
        mg_page_cell_word(page, "change",
                          added     ? "add"
                          : missing ? "disable"
                                    : "change",
                          added     ? T(page, N_("is registered"))
                          : missing ? T(page, N_("is disabled"))
                                    : T(page, N_("is changed")));
        mg_page_cell_word(page, "fields", words, fields);
        mg_page_row_end(page);
}

static void put_plan(MgPage *page, const GPtrArray *rows, gboolean applied) {
        const MgTableCounts counts = mg_people_table_counts(rows);

        mg_page_say(page, applied ? "done" : "note",
                    applied ? T(page, N_("All of it was done."))
                            : T(page, N_("Nothing is changed yet. This is what would be:")));
        mg_page_facts(page, "counts");
        mg_page_fact_number(page, "added", T(page, N_("Registered")), counts.added);
        mg_page_fact_number(page, "changed", T(page, N_("Changed")), counts.changed);
        mg_page_fact_number(page, "disabled", T(page, N_("Disabled")), counts.disabled);
        mg_page_facts_end(page);
        if (rows->len == 0) {
                mg_page_say(page, "empty", T(page, N_("All who stand in the table are registered so already.")));
                return;
        }
        mg_page_table(page, "changes", T(page, N_("What changes")), T(page, N_("Login name")), T(page, N_("Change")),
                      T(page, N_("In what")), NULL);
        for (guint i = 0; i < rows->len; i++)
                put_change(page, g_ptr_array_index(rows, i));
        mg_page_table_end(page);
}

static void put_fault(MgPage *page, const MgTableFault *fault) {
        g_autofree char *text = mg_said(page->english, fault->text);

        mg_page_row(page);
        if (fault->line > 0)
                mg_page_cell_number(page, "line", fault->line);
        else
                mg_page_cell_word(page, "line", NULL, "-");
        mg_page_cell(page, "login", fault->login);
        mg_page_cell_word(page, "fault", fault->text, text);
        mg_page_row_end(page);
}

static void put_faults(MgPage *page, const MgPeopleTable *table) {
        g_autofree char *more =
                g_strdup_printf(T(page, N_("%u more faults are not shown.")), table->n_faults - table->faults->len);

        mg_page_say(page, "warning",
                    T(page, N_("Nothing was changed. Correct these lines and choose the file again.")));
        mg_page_table(page, "faults", T(page, N_("What is wrong")), T(page, N_("Line")), T(page, N_("Login name")),
                      T(page, N_("What is wrong")), NULL);
        for (guint i = 0; i < table->faults->len; i++)
                put_fault(page, g_ptr_array_index(table->faults, i));
        mg_page_table_end(page);
        if (table->n_faults > table->faults->len)
                mg_page_say(page, "note", more);
        put_first_form(page);
}

/* The same octets once more. */
static void put_second_form(MgPage *page, GBytes *data, gboolean disable_missing) {
        g_autofree char *again = g_base64_encode(g_bytes_get_data(data, NULL), g_bytes_get_size(data));

        mg_page_form_files(page, "/import");
        mg_page_hidden(page, "again", again);
        mg_page_hidden(page, "disable_missing", disable_missing ? "1" : "");
        mg_page_submit(page, "apply", "1", T(page, N_("Do all of this")), "main");
        mg_page_form_end(page);
}

void mg_handle_import(MgVisit *visit) {
        g_autoptr(GBytes) data = take_octets(visit);
        g_autoptr(MgPeopleTable) table = NULL;
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free);
        gboolean applied = FALSE;
        GError *error = NULL;

        if (!data)
                return;
        table = mg_people_table_read(g_bytes_get_data(data, NULL), g_bytes_get_size(data), MG_IMPORT_PERSONS);
        table->edit->apply = *mg_http_field(visit->http, "apply") != '\0';
        table->edit->disable_missing = *mg_http_field(visit->http, "disable_missing") != '\0';
        if (table->n_faults == 0 && !mg_people_edit(&visit->asker, table->edit, rows, &applied, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        for (guint i = 0; i < rows->len && !applied; i++)
                if (((const MgEditRow *)g_ptr_array_index(rows, i))->result == MG_EDIT_FAULT)
                        mg_people_table_fault(table, g_ptr_array_index(rows, i));
        visit->reply->status = table->n_faults > 0 ? 400 : 200;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Import people")));
        if (visit->page.is_json)
                mg_json_boolean(&visit->page.json, "applied", applied);
        if (table->n_faults > 0)
                put_faults(&visit->page, table);
        else
                put_plan(&visit->page, rows, applied);
        if (table->n_faults == 0 && !applied && rows->len > 0)
                put_second_form(&visit->page, data, table->edit->disable_missing);
        mg_page_link(&visit->page, "/people", T(&visit->page, N_("To the people")));
        mg_visit_end(visit);
}
