/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai report: how much of what came in a month, without any content.
 * Nothing is added up here: the store counts.
 */
#include "cli/count.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"

typedef struct Options {
        char *config;
        char *month;
        gboolean csv;
        gboolean json;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->month);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gint64 first_of(int year, int month) {
        g_autoptr(GDateTime) first = g_date_time_new_local(year, month, 1, 0, 0, 0);

        return g_date_time_to_unix(first);
}

gboolean mg_count_month(const char *text, gint64 *since, gint64 *until) {
        gboolean form = strlen(text) == 7 && text[4] == '-';
        int year = form ? atoi(text) : 0, month = form ? atoi(text + 5) : 0;

        for (guint i = 0; form && i < 7; i++)
                form = i == 4 || g_ascii_isdigit(text[i]);
        /* GLib has no moment after the year 9999, at which its last month would end. */
        if (!form || year < 2000 || year > 9998 || month < 1 || month > 12)
                return FALSE;
        *since = first_of(year, month);
        *until = month == 12 ? first_of(year + 1, 1) : first_of(year, month + 1);
        return TRUE;
}

static void put_cell(GString *csv, const char *text) {
        g_auto(GStrv) pieces = g_strsplit(text, "\"", -1);
        g_autofree char *doubled = g_strjoinv("\"\"", pieces);

        g_string_append_printf(csv, "\"%s%s\",", *text && strchr("=+-@\t\r", *text) ? "'" : "", doubled);
}

char *mg_count_csv(const GPtrArray *rows) {
        GString *csv = g_string_new("\xEF\xBB\xBForganization,kind,name,number\r\n");

        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);

                put_cell(csv, row->organization);
                put_cell(csv, mg_count_name(row->count));
                put_cell(csv, row->name);
                g_string_append_printf(csv, "%" G_GINT64_FORMAT "\r\n", row->n);
        }
        return g_string_free(csv, FALSE);
}

static char *json_of(const GPtrArray *rows) {
        json_t *all = json_array();

        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);

                json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:I}", "organization", row->organization, "kind",
                                                     mg_count_name(row->count), "name", row->name, "number",
                                                     (json_int_t)row->n));
        }
        char *dump = json_dumps(all, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(all);
        return text;
}

static char *text_of(const GPtrArray *rows) {
        GString *text = g_string_new(rows->len == 0 ? "nothing is counted in this month\n" : "");
        const char *before = NULL;

        for (guint i = 0; i < rows->len; i++) {
                const MgCountRow *row = g_ptr_array_index(rows, i);

                if (g_strcmp0(before, row->organization) != 0 || i == 0)
                        g_string_append_printf(text, "%s\n", *row->organization ? row->organization : "(default)");
                before = row->organization;
                g_string_append_printf(text, "  %-8s %12" G_GINT64_FORMAT "  %s\n", mg_count_name(row->count), row->n,
                                       row->name);
        }
        return g_string_free(text, FALSE);
}

static int by_organization(gconstpointer a, gconstpointer b) {
        const MgCountRow *const *left = a, *const *right = b;
        int order = strcmp((*left)->organization, (*right)->organization);

        return order != 0 ? order : (int)(*left)->count - (int)(*right)->count;
}

static int report(const Options *options) {
        int code = EX_OK;
        GError *error = NULL;
        gint64 since, until;
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_count_row_free);
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        if (options->month == NULL || !mg_count_month(options->month, &since, &until))
                return mg_cli_fail(EX_USAGE,
                                   "say which month, of the years 2000 to 9998: mugai report --month 2026-11");
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        if (!mg_figures_count(&asker, since, until, rows, &error))
                return mg_cli_fail_role(config, "mugai-store", error);
        g_ptr_array_sort(rows, by_organization);
        g_autofree char *text = options->csv ? mg_count_csv(rows) : options->json ? json_of(rows) : text_of(rows);
        mg_cli_print(text);
        return mg_cli_flush();
}

int mg_command_report(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"month", 'm', 0, G_OPTION_ARG_STRING, &options.month, "Which month", "YYYY-MM"},
                {"csv", 0, 0, G_OPTION_ARG_NONE, &options.csv, "CSV, for a spreadsheet", NULL},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "JSON", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        return operands != NULL ? report(&options) : EX_USAGE;
}
