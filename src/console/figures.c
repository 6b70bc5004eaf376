/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a month, without any content: on a page, and as a table for a spreadsheet in which nothing is a formula.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/figures_client.h"
#include "console/handlers.h"
#include "console/names.h"

static const struct {
        MgCount count;
        const char *text;
} counts[] = {
        {MG_COUNT_OUTCOME, N_("Mails, by outcome")},
        {MG_COUNT_REASON, N_("Parts taken out, by reason")},
        {MG_COUNT_TYPE, N_("Parts taken out, by type")},
        {MG_COUNT_KEPT, N_("Files that came along, by type")},
        {MG_COUNT_REQUEST, N_("Requests made, by state")},
        {MG_COUNT_WAITING, N_("Requests that wait now")},
        {MG_COUNT_RELEASE, N_("Releases")},
};

static const char *count_text(gboolean english, MgCount count) {
        for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
                if (counts[i].count == count)
                        return mg_words(english, counts[i].text);
        return mg_count_name(count);
}

/* The month that is asked for ("2026-11"), or this one; when it begins and ends. FALSE after a page that says why. */
static gboolean read_month(MgVisit *visit, char **month, gint64 *since, gint64 *until) {
        const char *typed = mg_http_field(visit->http, "month");
        g_autoptr(GDateTime) now = g_date_time_new_now_local(), begin = NULL, end = NULL;
        int year = g_date_time_get_year(now), number = g_date_time_get_month(now), used = 0;

        if (*typed && (sscanf(typed, "%4d-%2d%n", &year, &number, &used) != 2 || typed[used] != '\0' || year < 1970))
                number = 0;
        begin = number > 0 ? g_date_time_new_local(year, number, 1, 0, 0, 0) : NULL;
        end = begin ? g_date_time_add_months(begin, 1) : NULL; /* NULL after the last month of GLib, 9999-12 */
        if (!end) {
                mg_visit_refuse(visit, 400, mg_words(visit->http->english, N_("A month is written as 2026-11.")));
                return FALSE;
        }
        *since = g_date_time_to_unix(begin);
        *until = g_date_time_to_unix(end);
        *month = g_date_time_format(begin, "%Y-%m");
        return TRUE;
}

static GPtrArray *ask(MgVisit *visit, char **month) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_count_row_free);
        gint64 since, until;
        GError *error = NULL;

        if (!read_month(visit, month, &since, &until))
                return NULL;
        if (mg_figures_count(&visit->asker, since, until, rows, &error))
                return g_steal_pointer(&rows);
        mg_visit_fault(visit, error);
        return NULL;
}

/* --- the page --------------------------------------------------------------------------------------------------- */

static void put_rows(MgPage *page, const GPtrArray *rows) {
        mg_page_table(page, "figures", T(page, N_("Figures of the month")), T(page, N_("Organization")),
                      T(page, N_("Kind")), T(page, N_("Figure")), T(page, N_("Count")), NULL);
        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);
                g_autofree char *name = mg_name_count(page->english, row->count, row->name);

                mg_page_row(page);
                mg_page_cell_word(page, "organization", row->organization,
                                  *row->organization ? row->organization : T(page, N_("(without a name)")));
                mg_page_cell_word(page, "what", mg_count_name(row->count), count_text(page->english, row->count));
                mg_page_cell_word(page, "figure", row->name, name);
                mg_page_cell_number(page, "count", row->n);
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
        if (rows->len == 0)
                mg_page_say(page, "empty",
                            T(page, N_("Nothing is counted for this month. Mail is counted as long as it is "
                                       "kept.")));
}

void mg_handle_figures(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autofree char *month = NULL, *path = NULL;
        g_autoptr(GPtrArray) rows = ask(visit, &month);

        if (!rows)
                return;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Figures")));
        mg_page_form_get(page, "/figures");
        mg_page_input(page, "month", "month", T(page, N_("Month")), month, NULL, "off", MG_INPUT_REQUIRED);
        mg_page_submit(page, NULL, NULL, T(page, N_("Show")), "main");
        mg_page_form_end(page);
        put_rows(page, rows);
        path = g_strconcat("/figures.csv?month=", month, NULL);
        mg_page_link(page, path, T(page, N_("Save as CSV")));
        mg_visit_end(visit);
}

/* --- for a spreadsheet ------------------------------------------------------------------------------------------ */

/* In quotes; what a spreadsheet would take for a formula begins with an apostrophe. */
static void put_cell(GString *out, const char *text, char after) {
        g_string_append(out, *text && strchr("=+-@\t\r", *text) ? "\"'" : "\"");
        for (; *text; text++)
                g_string_append_printf(out, *text == '"' ? "\"\"" : "%c", *text);
        g_string_append_c(out, '"');
        g_string_append_c(out, after);
}

void mg_handle_figures_csv(MgVisit *visit) {
        g_autofree char *month = NULL;
        g_autoptr(GPtrArray) rows = ask(visit, &month);
        GString *out = visit->reply->body;

        if (!rows)
                return;
        /* By the mark a Japanese Excel knows that it is UTF-8. */
        g_string_assign(out, "\xEF\xBB\xBF\"month\",\"organization\",\"what\",\"figure\",\"count\"\r\n");
        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);

                put_cell(out, month, ',');
                put_cell(out, row->organization, ',');
                put_cell(out, mg_count_name(row->count), ',');
                put_cell(out, row->name, ',');
                g_string_append_printf(out, "%" G_GINT64_FORMAT "\r\n", row->n);
        }
        visit->reply->type = "text/csv; charset=utf-8";
        visit->reply->file = g_strdup_printf("mugai-%s.csv", month);
}
