/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai user import: a table of people becomes one edit (base/people_table.h), which the store plans or does.
 * Every fault is said with its line, those of the table and those that the store finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/people_client.h"
#include "base/people_table.h"
#include "cli/user.h"

typedef struct Options {
        char *config;
        gboolean apply;
        gboolean disable_missing;
        gboolean template;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- what is said -------------------------------------------------------------------------------------------- */

static void print_row(const MgEditRow *row) {
        g_autofree char *fields = mg_person_fields_text(row->fields), *text = NULL;

        if (row->result == MG_EDIT_ADDED)
                text = g_strdup_printf("追加 add      %s\n", row->login);
        else if (row->at == MG_EDIT_MISSING)
                text = g_strdup_printf("停止 disable  %s\n", row->login);
        else
                text = g_strdup_printf("変更 change   %-16s %s\n", row->login, fields);
        mg_cli_print(text);
}

static int print_result(MgPeopleTable *table, const GPtrArray *rows, gboolean applied) {
        const MgTableCounts counts = mg_people_table_counts(rows);
        g_autofree char *sums =
                g_strdup_printf("追加 %u、変更 %u、停止 %u / add %u, change %u, disable %u\n", counts.added,
                                counts.changed, counts.disabled, counts.added, counts.changed, counts.disabled);

        for (guint i = 0; i < rows->len; i++) {
                const MgEditRow *row = g_ptr_array_index(rows, i);

                if (row->result == MG_EDIT_FAULT)
                        mg_people_table_fault(table, row);
                else
                        print_row(row);
        }
        mg_cli_print(sums);
        if (table->n_faults == 0 && !applied)
                mg_cli_print("まだ何も変えていません。よければ --apply を付けてください / nothing is changed yet: "
                             "add --apply\n");
        return mg_cli_flush();
}

static int fail_faults(const MgPeopleTable *table, const char *path) {
        for (guint i = 0; i < table->faults->len; i++) {
                const MgTableFault *fault = g_ptr_array_index(table->faults, i);
                g_autofree char *at = fault->line > 0 ? g_strdup_printf(":%u", fault->line) : g_strdup("");

                mg_cli_fail(EX_DATAERR, "%s%s: %s%s%s", path, at, fault->login, *fault->login ? ": " : "", fault->text);
        }
        if (table->n_faults > table->faults->len)
                mg_cli_fail(EX_DATAERR, "and %u more", table->n_faults - table->faults->len);
        return mg_cli_fail(EX_DATAERR, "%s: %u 箇所の誤り。何も変えていません / %u faults: nothing was changed", path,
                           table->n_faults, table->n_faults);
}

static int ask(MgPeopleTable *table, const Options *options) {
        g_auto(MgUserStore) store = {0};
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free);
        GError *error = NULL;
        gboolean applied = FALSE;
        int code = mg_user_store(options->config, &store);

        if (code != EX_OK)
                return code;
        table->edit->apply = options->apply;
        table->edit->disable_missing = options->disable_missing;
        if (!mg_people_edit(&store.asker, table->edit, rows, &applied, &error))
                return mg_user_fail(&store, error);
        code = print_result(table, rows, applied);
        return code == EX_OK && table->n_faults > 0 ? fail_faults(table, options->operands[0]) : code;
}

/* --- the command --------------------------------------------------------------------------------------------- */

static int import(const Options *options) {
        const char *path = options->operands[0];
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC);
        g_autoptr(MgPeopleTable) table = NULL;
        g_autoptr(GBytes) data = NULL;
        g_autoptr(GError) error = NULL;
        gsize n;

        if (fd < 0)
                return mg_cli_fail(EX_NOINPUT, "%s: %s", path, g_strerror(errno));
        data = mg_fd_map(fd, 0, MG_CSV_OCTETS, &error);
        if (data == NULL)
                return mg_cli_fail(EX_NOINPUT, "%s: %s", path, error->message);
        const char *text = g_bytes_get_data(data, &n);
        table = mg_people_table_read(text, n, MG_EDIT_PERSONS_MAX);
        return table->n_faults > 0 ? fail_faults(table, path) : ask(table, options);
}

static int print_template(void) {
        g_autofree char *text = mg_people_table_template();

        mg_cli_print(text);
        return mg_cli_flush();
}

int mg_user_import(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"apply", 0, 0, G_OPTION_ARG_NONE, &options.apply, "Do it; without it only say what would be done",
                 NULL},
                {"disable-missing", 0, 0, G_OPTION_ARG_NONE, &options.disable_missing,
                 "Disable those who are not in the file", NULL},
                {"template", 0, 0, G_OPTION_ARG_NONE, &options.template, "Print an example of a file", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 0, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        if (options.template)
                return print_template();
        if (options.operands[0] == NULL)
                return mg_cli_fail(EX_USAGE, "name the file: mugai user import FILE.csv");
        return import(&options);
}
