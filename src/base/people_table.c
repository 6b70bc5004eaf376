/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a CSV of people to an edit. Asks nobody: who may be changed, and whether a Unix user exists, the store says.
 */
#include "base/people_table.h"

#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/error.h"
#include "base/text.h"

/* Characters of a word that is shown as it stands in the table. */
#define SHOWN_MAX 100

/* A table on its way into an edit. */
typedef struct Import {
        MgPeopleTable *table;
        guint32 columns[MG_CSV_FIELDS]; /* the field of each */
        guint n_columns;
} Import;

static void fault_free(gpointer data) {
        MgTableFault *fault = data;

        g_free(fault->login);
        g_free(fault->text);
        g_free(fault);
}

void mg_people_table_free(MgPeopleTable *table) {
        if (!table)
                return;
        g_clear_pointer(&table->rows, g_ptr_array_unref);
        mg_edit_free(table->edit);
        g_ptr_array_unref(table->faults);
        g_free(table);
}

/* Takes over text. */
static void complain_of(MgPeopleTable *table, guint line, const char *login, char *text) {
        MgTableFault *fault;

        if (table->n_faults++ >= MG_PEOPLE_TABLE_FAULTS) {
                g_free(text);
                return;
        }
        fault = g_new0(MgTableFault, 1);
        fault->line = line;
        fault->login = g_strdup(login);
        fault->text = text;
        g_ptr_array_add(table->faults, fault);
}

static void complain(MgPeopleTable *table, guint line, char *text) {
        complain_of(table, line, "", text);
}

/* --- columns ------------------------------------------------------------------------------------------------- */

static char *columns_text(void) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++)
                if (MG_PEOPLE_TABLE_FIELDS & 1u << i)
                        g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "",
                                               mg_person_field_japanese((MgPersonField)(1u << i)),
                                               mg_person_field_name((MgPersonField)(1u << i)));
        return g_string_free(text, FALSE);
}

static void take_column(Import *import, guint line, const char *name) {
        MgEdit *edit = import->table->edit;
        guint32 field = mg_person_field_of(name);
        g_autofree char *quoted = mg_text_quote(name, SHOWN_MAX), *all = columns_text();

        import->columns[import->n_columns++] = field;
        if (field == MG_PERSON_DISABLED)
                complain(
                        import->table, line,
                        g_strdup_printf("column %s: who stands in the table is enabled; leave the others out, and have "
                                        "those who are missing disabled",
                                        quoted));
        else if (field == 0)
                complain(import->table, line, g_strdup_printf("there is no column %s: %s", quoted, all));
        else if (edit->fields & field)
                complain(import->table, line, g_strdup_printf("column %s stands there twice", quoted));
        edit->fields |= field;
}

static void take_header(Import *import) {
        const MgCsvRow *row = g_ptr_array_index(import->table->rows, 0);

        for (guint i = 0; i < row->fields->len; i++)
                take_column(import, row->line, g_ptr_array_index(row->fields, i));
        if (!(import->table->edit->fields & MG_PERSON_LOGIN))
                complain(import->table, row->line,
                         g_strdup("the first line names the columns, and ログイン名 (login) is missing"));
}

/* --- rows ---------------------------------------------------------------------------------------------------- */

static void set_text(char **field, const char *value) {
        g_free(*field);
        *field = g_strdup(value);
}

static void set_addresses(MgPerson *person, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value, " ,;\n", -1);

        for (guint i = 0; words[i]; i++)
                if (*words[i])
                        g_ptr_array_add(person->addresses, g_ascii_strdown(words[i], -1));
}

/* The last day counts whole. */
static gboolean set_until(MgPerson *person, const char *value, GError **error) {
        if (g_str_equal(value, "never") || mg_day_read(value, TRUE, &person->until))
                return TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "a day is written as 2027-03-31");
        return FALSE;
}

/* FALSE with error where the value cannot be read at all. */
static gboolean set_field(MgPerson *person, guint32 field, const char *value, GError **error) {
        switch (field) {
        case MG_PERSON_LOGIN:
                set_text(&person->login, value);
                return TRUE;
        case MG_PERSON_NAME:
                set_text(&person->name, value);
                return TRUE;
        case MG_PERSON_ORGANIZATION:
                set_text(&person->organization, value);
                return TRUE;
        case MG_PERSON_UNIX_USER:
                set_text(&person->unix_user, value);
                return TRUE;
        case MG_PERSON_SCOPE:
                set_text(&person->scope, value);
                return TRUE;
        case MG_PERSON_ADDRESSES:
                set_addresses(person, value);
                return TRUE;
        case MG_PERSON_DUTIES:
                return mg_people_duties(value, &person->duties, error);
        default:
                return set_until(person, value, error);
        }
}

static void take_row(Import *import, const MgCsvRow *row) {
        MgPerson *person = mg_person_new();
        char *fault = NULL;

        g_ptr_array_add(import->table->edit->persons, person);
        if (row->fields->len != import->n_columns)
                fault = g_strdup_printf("the line has %u fields; the first one names %u columns", row->fields->len,
                                        import->n_columns);
        for (guint i = 0; !fault && i < row->fields->len; i++) {
                g_autoptr(GError) error = NULL;

                if (!set_field(person, import->columns[i], g_ptr_array_index(row->fields, i), &error))
                        fault = g_strdup_printf("%s: %s", mg_person_field_name((MgPersonField)import->columns[i]),
                                                error->message);
        }
        if (!fault)
                fault = mg_person_fault(person, import->table->edit->fields);
        if (fault)
                complain(import->table, row->line, fault);
}

static void take_rows(MgPeopleTable *table, guint max) {
        Import import = {.table = table};
        const guint persons = table->rows->len > 0 ? table->rows->len - 1 : 0;

        if (persons == 0)
                complain(table, 0, g_strdup("there is nobody in it"));
        else if (persons > max)
                complain(table, 0, g_strdup_printf("there are %u persons in it; %u at once are allowed", persons, max));
        else
                take_header(&import);
        /* Of a table whose columns are unknown no row can be read. */
        for (guint i = table->n_faults == 0 ? 1 : table->rows->len; i < table->rows->len; i++)
                take_row(&import, g_ptr_array_index(table->rows, i));
        /* Whoever stands in the table works here. */
        table->edit->fields |= MG_PERSON_DISABLED;
}

/* "LINE: sentence" */
static void complain_csv(MgPeopleTable *table, const GError *error) {
        guint line = 0;
        int used = 0;

        sscanf(error->message, "%u: %n", &line, &used);
        complain(table, line, g_strdup(error->message + used));
}

MgPeopleTable *mg_people_table_read(const char *data, gsize n, guint max) {
        MgPeopleTable *table = g_new0(MgPeopleTable, 1);
        g_autoptr(GError) error = NULL;

        table->faults = g_ptr_array_new_with_free_func(fault_free);
        table->edit = mg_edit_new();
        table->edit->how = MG_EDIT_EITHER;
        table->rows = mg_csv_read(data, n, &error);
        if (table->rows)
                take_rows(table, max);
        else
                complain_csv(table, error);
        return table;
}

/* --- what the store says ------------------------------------------------------------------------------------- */

void mg_people_table_fault(MgPeopleTable *table, const MgEditRow *row) {
        const gboolean missing = row->at >= table->edit->persons->len;
        const MgCsvRow *csv = missing ? NULL : g_ptr_array_index(table->rows, row->at + 1);

        complain_of(table, csv ? csv->line : 0, row->login, g_strdup(row->text));
}

MgTableCounts mg_people_table_counts(const GPtrArray *rows) {
        MgTableCounts counts = {0};

        for (guint i = 0; i < rows->len; i++) {
                const MgEditRow *row = g_ptr_array_index(rows, i);

                if (row->result == MG_EDIT_ADDED)
                        counts.added++;
                else if (row->result == MG_EDIT_CHANGED && row->at == MG_EDIT_MISSING)
                        counts.disabled++;
                else if (row->result == MG_EDIT_CHANGED)
                        counts.changed++;
        }
        return counts;
}

char *mg_people_table_template(void) {
        GString *text = g_string_new("\xEF\xBB\xBF");

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++)
                if (MG_PEOPLE_TABLE_FIELDS & 1u << i)
                        g_string_append_printf(text, "%s%s", i > 0 ? "," : "",
                                               mg_person_field_japanese((MgPersonField)(1u << i)));
        g_string_append(text, "\r\nhanako,例 花子,,職員 承認者,,hanako@city.example.lg.jp,,2027-03-31\r\n");
        return g_string_free(text, FALSE);
}

char *mg_person_fields_text(guint32 fields) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++)
                if (fields & 1u << i)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "",
                                               mg_person_field_name((MgPersonField)(1u << i)));
        return g_string_free(text, FALSE);
}

/* --- duties -------------------------------------------------------------------------------------------------- */

gboolean mg_people_duties(const char *text, guint32 *duties, GError **error) {
        g_autofree char *wrong = NULL, *all = NULL;

        if (mg_duties_read(text, duties, &wrong))
                return TRUE;
        all = mg_people_duties_text(_MG_DUTY_ALL);
        g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "\"%s\" is no duty: %s", wrong, all);
        return FALSE;
}

char *mg_people_duties_text(guint32 duties) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (duties & 1u << i)
                        g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "",
                                               mg_duty_japanese((MgDuty)(1u << i)), mg_duty_name((MgDuty)(1u << i)));
        return g_string_free(text, FALSE);
}
