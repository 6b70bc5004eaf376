/* SPDX-License-Identifier: Apache-2.0 */
/* A table of people as an edit, and what is wrong with one. */
#include "base/people_table.h"

#include <string.h>

static MgPeopleTable *read_text(const char *text, guint max) {
        return mg_people_table_read(text, strlen(text), max);
}

static void test_edit(void) {
        static const char text[] = "ログイン名,name,役割,addresses,有効期限\r\n"
                                   "hanako,例 花子,職員 承認者,A@city.example.jp b@city.example.jp,2027/3/31\r\n"
                                   "\r\n"
                                   "taro,例 太郎,,,\r\n";
        g_autoptr(MgPeopleTable) table = read_text(text, 2);
        const MgPerson *hanako, *taro;

        g_assert_cmpuint(table->n_faults, ==, 0);
        g_assert_cmpint(table->edit->how, ==, MG_EDIT_EITHER);
        g_assert_false(table->edit->apply);
        g_assert_cmpuint(table->edit->fields, ==,
                         MG_PERSON_LOGIN | MG_PERSON_NAME | MG_PERSON_DUTIES | MG_PERSON_ADDRESSES | MG_PERSON_UNTIL |
                                 MG_PERSON_DISABLED);
        g_assert_cmpuint(table->edit->persons->len, ==, 2);
        hanako = g_ptr_array_index(table->edit->persons, 0);
        taro = g_ptr_array_index(table->edit->persons, 1);
        g_assert_cmpstr(hanako->name, ==, "例 花子");
        g_assert_cmpuint(hanako->duties, ==, MG_DUTY_STAFF | MG_DUTY_APPROVER);
        g_assert_cmpuint(hanako->addresses->len, ==, 2);
        g_assert_cmpstr(g_ptr_array_index(hanako->addresses, 0), ==, "a@city.example.jp");
        g_assert_cmpint(hanako->until, ==, 1806537600);
        g_assert_cmpint(hanako->disabled, ==, 0);
        g_assert_cmpint(taro->until, ==, 0);
}

static void test_template(void) {
        g_autofree char *text = mg_people_table_template();
        g_autoptr(MgPeopleTable) table = read_text(text, 1);

        g_assert_cmpuint(table->n_faults, ==, 0);
        g_assert_cmpuint(table->edit->fields, ==, _MG_PERSON_ALL);
        g_assert_cmpuint(table->edit->persons->len, ==, 1);
}

static void test_faults(void) {
        static const struct {
                const char *text;
                guint line;
                const char *fault;
        } rows[] = {
                {"", 0, "there is nobody in it"},
                {"login,name\n", 0, "there is nobody in it"},
                {"login,name\na,b\nc,d\ne,f\n", 0, "there are 3 persons in it; 2 at once are allowed"},
                {"name\nx\n", 1, "the first line names the columns, and ログイン名 (login) is missing"},
                {"login,shoe size\na,b\n", 1, "there is no column \"shoe size\""},
                {"login,login\na,b\n", 1, "column \"login\" stands there twice"},
                {"login,disabled\na,b\n", 1, "column \"disabled\": who stands in the table is enabled"},
                {"login,name\n\"a,b\n", 2, "a quoted field has no end"},
                {"login,name\na\n", 2, "the line has 1 fields; the first one names 2 columns"},
                {"login,duties\n\na,boss\n", 3, "duties: \"boss\" is no duty"},
                {"login,until\na,tomorrow\n", 2, "until: a day is written as 2027-03-31"},
                {"login,name\nUPPER,x\n", 2, "login: is written in lower case"},
                {"login,addresses\na,x\n", 2, "addresses: has \"x\", which is no mail address"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgPeopleTable) table = read_text(rows[i].text, 2);
                const MgTableFault *fault = table->faults->len > 0 ? g_ptr_array_index(table->faults, 0) : NULL;

                g_test_message("%s", rows[i].text);
                g_assert_nonnull(fault);
                g_assert_cmpuint(table->n_faults, ==, 1);
                g_assert_cmpuint(fault->line, ==, rows[i].line);
                g_assert_true(g_str_has_prefix(fault->text, rows[i].fault));
        }
}

/* Of many faults the first ones are kept and all are counted. */
static void test_many(void) {
        g_autoptr(GString) text = g_string_new("login,name\n");
        g_autoptr(MgPeopleTable) table = NULL;
        MgEditRow row = {.at = 4, .result = MG_EDIT_FAULT, .login = (char *)"x", .text = (char *)"stands here twice"};

        for (guint i = 0; i < MG_PEOPLE_TABLE_FAULTS + 50; i++)
                g_string_append(text, "X,\n");
        table = read_text(text->str, 1000);
        g_assert_cmpuint(table->n_faults, ==, MG_PEOPLE_TABLE_FAULTS + 50);
        g_assert_cmpuint(table->faults->len, ==, MG_PEOPLE_TABLE_FAULTS);
        mg_people_table_fault(table, &row);
        g_assert_cmpuint(table->n_faults, ==, MG_PEOPLE_TABLE_FAULTS + 51);
}

/* What the store found has the line of its person, or none where he is not in the table. */
static void test_store(void) {
        g_autoptr(MgPeopleTable) table = read_text("login,name\na,b\n\nc,d\n", 10);
        MgEditRow rows[] = {{.at = 1, .result = MG_EDIT_FAULT, .login = (char *)"c", .text = (char *)"is yourself"},
                            {.at = MG_EDIT_MISSING, .result = MG_EDIT_FAULT, .login = (char *)"e", .text = (char *)"x"},
                            {.at = 0, .result = MG_EDIT_ADDED},
                            {.at = MG_EDIT_MISSING, .result = MG_EDIT_CHANGED}};
        g_autoptr(GPtrArray) all = g_ptr_array_new();
        MgTableCounts counts;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_ptr_array_add(all, &rows[i]);
        counts = mg_people_table_counts(all);
        g_assert_cmpuint(counts.added, ==, 1);
        g_assert_cmpuint(counts.changed, ==, 0);
        g_assert_cmpuint(counts.disabled, ==, 1);
        mg_people_table_fault(table, &rows[0]);
        mg_people_table_fault(table, &rows[1]);
        g_assert_cmpuint(((const MgTableFault *)g_ptr_array_index(table->faults, 0))->line, ==, 4);
        g_assert_cmpstr(((const MgTableFault *)g_ptr_array_index(table->faults, 0))->text, ==, "is yourself");
        g_assert_cmpstr(((const MgTableFault *)g_ptr_array_index(table->faults, 0))->login, ==, "c");
        g_assert_cmpuint(((const MgTableFault *)g_ptr_array_index(table->faults, 1))->line, ==, 0);
}

int main(int argc, char **argv) {
        g_setenv("TZ", "UTC", TRUE);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/base/people-table/edit", test_edit);
        g_test_add_func("/base/people-table/template", test_template);
        g_test_add_func("/base/people-table/faults", test_faults);
        g_test_add_func("/base/people-table/many", test_many);
        g_test_add_func("/base/people-table/store", test_store);
        return g_test_run();
}
