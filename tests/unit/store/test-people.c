/* SPDX-License-Identifier: Apache-2.0 */
/* The register of persons: who may change what in it, as a whole or not at all. */
#include "harness.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/people_client.h"

#define ADMINISTRATOR MG_DUTY_ADMINISTRATOR
#define OFFICER MG_DUTY_OFFICER
#define APPROVER MG_DUTY_APPROVER
#define STAFF MG_DUTY_STAFF
#define AUDITOR MG_DUTY_AUDITOR

static void set(char **field, const char *value) {
        g_free(*field);
        *field = g_strdup(value);
}

static MgPerson *person_of(const char *login, guint32 duties) {
        MgPerson *person = mg_person_new();

        set(&person->login, login);
        set(&person->name, "花子");
        person->duties = duties;
        return person;
}

/* An edit of one person, which it takes over. */
static MgEdit *edit_of(MgEditHow how, guint32 fields, MgPerson *person) {
        MgEdit *edit = mg_edit_new();

        edit->how = how;
        edit->apply = TRUE;
        edit->fields = fields;
        g_ptr_array_add(edit->persons, person);
        return edit;
}

static GPtrArray *rows_new(void) {
        return g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free);
}

/* What became of an edit of one person, which is freed: what the row says, or NULL where it was done or nothing was to
 * do. */
static char *do_edit(const Store *store, const char *token, MgEdit *edit) {
        g_autoptr(GPtrArray) rows = rows_new();
        g_autoptr(MgEdit) taken = edit;
        g_autoptr(GError) error = NULL;
        const MgEditRow *row;
        gboolean applied;

        if (!mg_people_edit(&(MgAsker){store->socket, token}, taken, rows, &applied, &error))
                return g_strdup(error->message);
        row = rows->len > 0 ? g_ptr_array_index(rows, 0) : NULL;
        g_assert_cmpint(applied, ==, !row || row->result != MG_EDIT_FAULT);
        return applied ? NULL : g_strdup(row->text);
}

static gboolean says(const char *text, const char *part) {
        if (!part || !text)
                return !part && !text;
        return strstr(text, part) != NULL;
}

static void check(const Store *store, const char *token, MgEdit *edit, const char *part) {
        g_autofree char *text = do_edit(store, token, edit);

        g_test_message("%s: %s", token ? token : "owner", text ? text : "done");
        g_assert_true(says(text, part));
}

static MgPerson *find(const Store *store, const char *login) {
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        g_autoptr(GError) error = NULL;

        mg_people_list(&(MgAsker){store->socket, NULL}, login, persons, &error);
        g_assert_no_error(error);
        return persons->len == 1 ? g_ptr_array_steal_index(persons, 0) : NULL;
}

static gint64 persons_in(const Store *store, const char *condition) {
        g_autofree char *text = g_strdup_printf("SELECT count(*) FROM person WHERE %s", condition);

        return store_number(store, text);
}

/* The machine's owner is everything, then an administrator who makes the first officer, then one who cannot. */
static void test_first(void) {
        g_autoptr(Store) store = store_new();
        MgPerson *officer = person_of("officer", OFFICER);

        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person_of("staff", STAFF)), NULL);
        /* One who is known by nothing cannot act, and so is no officer yet. */
        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person_of("idle", OFFICER)), NULL);
        set(&officer->unix_user, "60071");
        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, officer), NULL);
        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person_of("second", OFFICER)), "only an officer");
        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person_of("third", STAFF)), "only an officer");
        check(store, NULL, edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person_of("plain", 0)), NULL);
        check(store, NULL, edit_of(MG_EDIT_KNOWN, MG_PERSON_DUTIES, person_of("plain", OFFICER)), "only an officer");
        check(store, NULL, edit_of(MG_EDIT_KNOWN, MG_PERSON_DUTIES, person_of("officer", 0)), "only an officer");
        /* The officer's end is past: the owner makes another one. */
        store_sql(store, "UPDATE person SET until = 1700000000 WHERE login = 'officer'");
        check(store, NULL, edit_of(MG_EDIT_KNOWN, MG_PERSON_DUTIES, person_of("plain", OFFICER)), NULL);
}

/* 1 is an administrator, 2 and 3 officers, 4 staff, 5 an auditor, 6 the officer of an organization. */
static Store *store_with_persons(void) {
        static const guint32 duties[] = {ADMINISTRATOR, OFFICER, OFFICER, STAFF, AUDITOR, OFFICER};
        Store *store = store_new();

        for (guint i = 0; i < G_N_ELEMENTS(duties); i++)
                store_add_person(store, i + 1, duties[i], "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number = 6;"
                         "UPDATE person SET scope = 'assembly' WHERE number = 4");
        return store;
}

/* A change of one field of one person, by person number asked. */
static const struct {
        const char *token;
        const char *login;
        guint32 field;
        const char *part; /* of why not, or NULL */
} changes[] = {
        {"2", "login4", MG_PERSON_NAME, NULL},
        {"2", "login4", MG_PERSON_DUTIES, NULL},
        {"2", "login4", MG_PERSON_UNTIL, NULL},
        {"2", "login4", MG_PERSON_DISABLED, NULL},
        {"2", "login6", MG_PERSON_DUTIES, NULL},
        {"2", "nobody", MG_PERSON_NAME, "is not registered"},
        {"2", "login2", MG_PERSON_NAME, NULL},
        {"2", "login2", MG_PERSON_DUTIES, "is yourself"},
        {"2", "login2", MG_PERSON_ORGANIZATION, "is yourself"},
        {"2", "login2", MG_PERSON_SCOPE, "is yourself"},
        {"2", "login2", MG_PERSON_UNTIL, "is yourself"},
        {"2", "login2", MG_PERSON_DISABLED, "is yourself"},
        {"6", "login6", MG_PERSON_NAME, NULL},
        {"6", "login4", MG_PERSON_NAME, "is not of your organization, town"},
        {"6", "login2", MG_PERSON_DISABLED, "is not of your organization, town"},
        {"1", "login4", MG_PERSON_NAME, "only an officer"},
        {"1", "login4", MG_PERSON_UNIX_USER, "only an officer"},
        {"1", "login4", MG_PERSON_DISABLED, "only an officer"},
        {"1", "login1", MG_PERSON_DUTIES, "only an officer"},
        {"4", "login4", MG_PERSON_NAME, "edit is denied"},
        {"5", "login4", MG_PERSON_NAME, "edit is denied"},
};

/* Something that nobody has. */
static MgPerson *changed(const char *login) {
        MgPerson *person = person_of(login, APPROVER | STAFF);

        set(&person->organization, "village");
        set(&person->scope, "committee");
        set(&person->unix_user, "60072");
        person->until = G_GINT64_CONSTANT(4102444800);
        person->disabled = 1;
        return person;
}

static void test_changes(void) {
        for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
                g_autoptr(Store) store = store_with_persons();
                g_autoptr(MgPerson) before = find(store, changes[i].login), after = NULL;
                g_autoptr(MgPerson) wanted = changed(changes[i].login);

                check(store, changes[i].token, edit_of(MG_EDIT_KNOWN, changes[i].field, changed(changes[i].login)),
                      changes[i].part);
                after = find(store, changes[i].login);
                if (!before)
                        g_assert_null(after);
                else if (changes[i].part)
                        g_assert_cmpuint(mg_person_differs(before, after, _MG_PERSON_ALL), ==, 0);
                else
                        g_assert_cmpuint(mg_person_differs(wanted, after, changes[i].field), ==, 0);
        }
}

/* What no person can be: login, name, Unix user and so on. */
static void test_faults(void) {
        static const struct {
                const char *login, *name, *unix_user, *organization, *address, *part;
        } rows[] = {
                {"Upper", "x", "", "", NULL, "login: is written in lower case"},
                {"", "x", "", "", NULL, "login: has 0 octets"},
                {"-x", "x", "", "", NULL, "login: is written in"},
                {"x", "", "", "", NULL, "name: is empty"},
                {"x", "x", "root", "", NULL, "unix_user: is root"},
                {"x", "x", "0", "", NULL, "unix_user: is root"},
                {"x", "x", "nobody-has-this-name", "", NULL, "unix_user: this machine has no user"},
                {"x", "x", "daemon", "", NULL, NULL},
                {"y", "x", "1", "", NULL, "unix_user: 1 is x already"},
                {"y", "x", "daemon", "", NULL, "unix_user: daemon is x already"},
                {"x", "x", "", "", NULL, "is registered already"},
                {"y", "x", "", "two words", NULL, "organization: is one word"},
                {"y", "x", "", "", "no address", "addresses: has \"no address\", which is no mail address"},
        };
        g_autoptr(Store) store = store_with_persons();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgPerson *person = person_of(rows[i].login, 0);

                set(&person->name, rows[i].name);
                set(&person->unix_user, rows[i].unix_user);
                set(&person->organization, rows[i].organization);
                if (rows[i].address)
                        g_ptr_array_add(person->addresses, g_strdup(rows[i].address));
                check(store, "2", edit_of(MG_EDIT_NEW, _MG_PERSON_ALL, person), rows[i].part);
        }
}

/* The only officer, known by his Unix user alone, takes that from himself. */
static void test_last_officer(void) {
        g_autoptr(Store) store = store_with_persons();

        if (geteuid() != 0) {
                g_test_skip("only root can ask as another user");
                return;
        }
        store_sql(store, "UPDATE person SET disabled = 1700000000 WHERE number IN (3, 6); DELETE FROM token;"
                         "UPDATE person SET unix_user = '60073' WHERE number = 2");
        g_assert_cmpint(chmod(store->dir, 0755), ==, 0);
        g_assert_cmpint(chmod(store->socket, 0666), ==, 0);
        g_assert_cmpint(seteuid(60073), ==, 0);
        check(store, NULL, edit_of(MG_EDIT_KNOWN, MG_PERSON_UNIX_USER, person_of("login2", 0)),
              "no officer would be left");
        check(store, NULL, edit_of(MG_EDIT_KNOWN, MG_PERSON_NAME, person_of("login2", 0)), NULL);
        g_assert_cmpint(seteuid(0), ==, 0);
        g_assert_cmpint(persons_in(store, "unix_user = '60073'"), ==, 1);
}

/* --- many at once -------------------------------------------------------------------------------------------- */

/* login4 as it is, login5 with another name, a new one, and whatever else. */
static MgEdit *import_of(gboolean apply, gboolean missing, MgPerson *more) {
        MgEdit *edit = mg_edit_new();
        MgPerson *same = person_of("login4", STAFF), *other = person_of("login5", AUDITOR);

        edit->how = MG_EDIT_EITHER;
        edit->apply = apply;
        edit->disable_missing = missing;
        edit->fields = MG_PERSON_NAME | MG_PERSON_DUTIES | MG_PERSON_DISABLED;
        set(&same->name, "x");
        g_ptr_array_add(edit->persons, same);
        g_ptr_array_add(edit->persons, other);
        g_ptr_array_add(edit->persons, person_of("new", STAFF));
        if (more)
                g_ptr_array_add(edit->persons, more);
        return edit;
}

static char *rows_text(const GPtrArray *rows) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < rows->len; i++) {
                const MgEditRow *row = g_ptr_array_index(rows, i);

                g_string_append_printf(text, "%d:%s:%u:%x ", row->at == MG_EDIT_MISSING ? -1 : (int)row->at, row->login,
                                       row->result, row->fields);
        }
        return g_string_free(text, FALSE);
}

static void test_import(void) {
        static const struct {
                const char *token;
                gboolean apply, missing, twice;
                const char *rows; /* at:login:result:fields */
                gboolean applied;
        } cases[] = {
                {"2", FALSE, FALSE, FALSE, "1:login5:2:2 2:new:1:0 ", FALSE},
                {"2", TRUE, FALSE, FALSE, "1:login5:2:2 2:new:1:0 ", TRUE},
                {"2", TRUE, FALSE, TRUE, "1:login5:2:2 2:new:1:0 3:new:3:0 ", FALSE},
                {"2", FALSE, TRUE, FALSE, "1:login5:2:2 2:new:1:0 -1:login1:2:100 -1:login3:2:100 -1:login6:2:100 ",
                 FALSE},
                {"2", TRUE, TRUE, FALSE, "1:login5:2:2 2:new:1:0 -1:login1:2:100 -1:login3:2:100 -1:login6:2:100 ",
                 TRUE},
                {"6", TRUE, TRUE, FALSE, "1:login5:3:0 2:new:3:0 ", FALSE},
                {"1", TRUE, FALSE, FALSE, "1:login5:3:0 2:new:3:0 ", FALSE},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Store) store = store_with_persons();
                g_autoptr(GPtrArray) rows = rows_new();
                g_autoptr(MgEdit) edit =
                        import_of(cases[i].apply, cases[i].missing, cases[i].twice ? person_of("new", STAFF) : NULL);
                g_autofree char *text = NULL;
                g_autoptr(GError) error = NULL;
                gint64 entries = store_number(store, "SELECT count(*) FROM audit");
                gboolean applied = FALSE;

                mg_people_edit(&(MgAsker){store->socket, cases[i].token}, edit, rows, &applied, &error);
                g_assert_no_error(error);
                text = rows_text(rows);
                g_assert_cmpstr(text, ==, cases[i].rows);
                g_assert_cmpint(applied, ==, cases[i].applied);
                /* All of it or nothing, trail included: an entry a person and one for the import. */
                g_assert_cmpint(persons_in(store, "login = 'new'"), ==, applied);
                g_assert_cmpint(persons_in(store, "disabled IS NOT NULL"), ==, applied && cases[i].missing ? 3 : 0);
                g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit") - entries, ==,
                                applied ? (gint64)rows->len + 1 : 0);
        }
}

/* Who comes back from another post is enabled, and his old tokens are gone. */
static void test_return(void) {
        g_autoptr(Store) store = store_with_persons();
        MgPerson *person = person_of("login4", 0);
        gint64 tokens = store_number(store, "SELECT count(*) FROM token WHERE person = 4");

        person->disabled = 1;
        g_assert_cmpint(tokens, ==, 1);
        check(store, "2", edit_of(MG_EDIT_KNOWN, MG_PERSON_DISABLED, person), NULL);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM token WHERE person = 4"), ==, 0);
        g_assert_cmpint(persons_in(store, "number = 4 AND disabled > 1700000000"), ==, 1);
        check(store, "2", edit_of(MG_EDIT_EITHER, MG_PERSON_DISABLED, person_of("login4", 0)), NULL);
        g_assert_cmpint(persons_in(store, "number = 4 AND disabled IS NULL"), ==, 1);
}

/* --- who sees whom ------------------------------------------------------------------------------------------- */

static void test_list(void) {
        static const struct {
                const char *token, *logins;
        } rows[] = {
                {"1", "login1 login2 login3 login4 login5 login6 "},
                {"2", "login1 login2 login3 login4 login5 login6 "},
                {"4", "login4 "},
                {"5", "login1 login2 login3 login5 login6 "},
                {"6", "login6 "},
                {"7", "login4 login7 "},
        };
        g_autoptr(Store) store = store_with_persons();

        store_add_person(store, 7, AUDITOR, "y@example.jp");
        store_sql(store, "UPDATE person SET scope = 'assembly' WHERE number = 7");
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
                g_autoptr(GString) logins = g_string_new(NULL);
                g_autoptr(GError) error = NULL;

                mg_people_list(&(MgAsker){store->socket, rows[i].token}, "", persons, &error);
                g_assert_no_error(error);
                for (guint j = 0; j < persons->len; j++) {
                        const MgPerson *person = g_ptr_array_index(persons, j);

                        if (!g_str_equal(person->login, "login7") || g_str_equal(rows[i].token, "7"))
                                g_string_append_printf(logins, "%s ", person->login);
                }
                g_assert_cmpstr(logins->str, ==, rows[i].logins);
        }
}

/* As many as an import may have: it ends, and mail is taken meanwhile. */
static void test_many(void) {
        g_autoptr(Store) store = store_with_persons();
        g_autoptr(MgEdit) edit = mg_edit_new();
        g_autoptr(GPtrArray) rows = rows_new();
        g_autoptr(GError) error = NULL;
        gint64 begun = g_get_monotonic_time();
        gboolean applied;

        edit->how = MG_EDIT_EITHER;
        edit->apply = TRUE;
        edit->fields = _MG_PERSON_ALL;
        for (guint i = 0; i < 20000; i++) {
                g_autofree char *login = g_strdup_printf("staff%05u", i);
                MgPerson *person = person_of(login, STAFF);

                g_ptr_array_add(person->addresses, g_strdup_printf("%s@city.example.jp", login));
                g_ptr_array_add(edit->persons, person);
        }
        mg_people_edit(&(MgAsker){store->socket, "2"}, edit, rows, &applied, &error);
        g_assert_no_error(error);
        g_assert_true(applied);
        g_assert_cmpuint(rows->len, ==, 20000);
        g_test_message("20000 persons in %.2f s", (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/people/first", test_first);
        g_test_add_func("/store/people/changes", test_changes);
        g_test_add_func("/store/people/faults", test_faults);
        g_test_add_func("/store/people/last-officer", test_last_officer);
        g_test_add_func("/store/people/import", test_import);
        g_test_add_func("/store/people/return", test_return);
        g_test_add_func("/store/people/list", test_list);
        g_test_add_func("/store/people/many", test_many);
        return g_test_run();
}
