/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of the register: one person after the other, in one transaction. A rehearsal is the same with the end left out.
 */
#include <pwd.h>
#include <string.h>

#include "base/error.h"
#include "store/audit.h"
#include "store/people.h"
#include "store/sql.h"

#define ACCOUNT_OCTETS 16384
/* What nobody changes of himself. */
#define OF_OTHERS (MG_PERSON_DUTIES | MG_PERSON_ORGANIZATION | MG_PERSON_SCOPE | MG_PERSON_UNTIL | MG_PERSON_DISABLED)

typedef struct Editor {
        sqlite3 *db;
        const MgActor *actor;
        const MgEdit *edit;
        GPtrArray *rows;
        gboolean manages;
        gint64 now;
        GHashTable *seen; /* logins of this edit */
        guint counts[_MG_EDIT_RESULT_N];
} Editor;

/* One person on the way. text is what hinders it, or NULL. */
typedef struct Step {
        guint32 at;
        MgPerson *before; /* NULL: a new one */
        MgPerson *after;
        guint32 differ;
        char *text;
} Step;

static void step_clear(Step *step) {
        mg_person_free(step->before);
        mg_person_free(step->after);
        g_free(step->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Step, step_clear)

/* --- what may not be ----------------------------------------------------------------------------------------- */

static char *unregistered(const Editor *editor, const Step *step) {
        if (editor->edit->how == MG_EDIT_NEW && step->before)
                return g_strdup("is registered already: mugai user change");
        if (editor->edit->how == MG_EDIT_KNOWN && !step->before)
                return g_strdup("is not registered: mugai user add");
        return NULL;
}

static gboolean is_of_organization(const MgActor *actor, const MgPerson *person) {
        return *actor->organization == '\0' || g_str_equal(actor->organization, person->organization);
}

/* What the actor's duties do not cover. */
static char *forbidden(const Editor *editor, const Step *step) {
        const MgActor *actor = editor->actor;
        guint32 duties = step->after->duties | (step->before ? step->before->duties : 0);

        if (!editor->manages && duties != 0)
                return g_strdup("has duties, or gets some: only an officer manages such persons; an administrator "
                                "adds and changes those without duties");
        if (step->before && step->before->number == actor->person && step->differ & OF_OTHERS)
                return g_strdup("is yourself: nobody changes his own duties, organization, scope or end, or disables "
                                "or enables himself; another officer does");
        if (!is_of_organization(actor, step->after) || (step->before && !is_of_organization(actor, step->before)))
                return g_strdup_printf("is not of your organization, %s", actor->organization);
        return NULL;
}

/* The other spelling of a Unix user, number for name and name for number; "" where this machine knows none. */
static char *other_spelling(const char *user) {
        g_autofree char *buffer = g_malloc(ACCOUNT_OCTETS);
        struct passwd entry, *found = NULL;
        guint64 number;

        if (!g_ascii_string_to_unsigned(user, 10, 0, G_MAXUINT32 - 1, &number, NULL)) {
                getpwnam_r(user, &entry, buffer, ACCOUNT_OCTETS, &found);
                return found ? g_strdup_printf("%u", found->pw_uid) : g_strdup("");
        }
        getpwuid_r((uid_t)number, &entry, buffer, ACCOUNT_OCTETS, &found);
        return found ? g_strdup(found->pw_name) : g_strdup("");
}

/* *text is why the Unix user cannot be this person's, or NULL. FALSE with error. */
static gboolean check_unix_user(const Editor *editor, const Step *step, char **text, GError **error) {
        const char *user = step->after->unix_user;
        g_autofree char *other = other_spelling(user);
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(
                editor->db, "SELECT login FROM person WHERE unix_user IN (?1, ?2) AND number != ?3", error);
        int result;

        *text = NULL;
        if (!statement)
                return FALSE;
        if (*other == '\0' && !g_ascii_isdigit(*user))
                *text = g_strdup_printf("unix_user: this machine has no user %s; a number needs none", user);
        else if (g_str_equal(other, "0") || g_str_equal(other, "root"))
                *text = g_strdup_printf("unix_user: %s is root, who is an administrator and nobody else", user);
        if (*text)
                return TRUE;
        mg_sql_bind_text(statement, 1, user);
        mg_sql_bind_text(statement, 2, *other ? other : user);
        sqlite3_bind_int64(statement, 3, step->before ? step->before->number : 0);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                *text = g_strdup_printf("unix_user: %s is %s already", user,
                                        (const char *)sqlite3_column_text(statement, 0));
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(editor->db, "look for a Unix user", error);
}

/* Sets text where the step cannot be done. FALSE with error. */
static gboolean check(Editor *editor, Step *step, GError **error) {
        guint32 fields = step->before ? step->differ : _MG_PERSON_ALL;

        step->text = unregistered(editor, step);
        if (!step->text && !g_hash_table_add(editor->seen, g_strdup(step->after->login)))
                step->text = g_strdup("stands here twice");
        if (!step->text)
                step->text = mg_person_fault(step->after, fields);
        if (!step->text && step->differ)
                step->text = forbidden(editor, step);
        if (step->text || !(fields & MG_PERSON_UNIX_USER) || *step->after->unix_user == '\0')
                return TRUE;
        return check_unix_user(editor, step, &step->text, error);
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static void bind_optional(sqlite3_stmt *statement, int at, gint64 value) {
        if (value > 0)
                sqlite3_bind_int64(statement, at, value);
}

static gboolean write_person(const Editor *editor, Step *step, GError **error) {
        static const char insert[] = "INSERT INTO person(login, name, organization, duties, unix_user, scope, until,"
                                     " disabled, made) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        static const char update[] = "UPDATE person SET login = ?1, name = ?2, organization = ?3, duties = ?4,"
                                     " unix_user = ?5, scope = ?6, until = ?7, disabled = ?8 WHERE number = ?9";
        const MgPerson *after = step->after;
        sqlite3_stmt *statement = mg_sql_kept(editor->db, step->before ? update : insert, error);

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, after->login);
        mg_sql_bind_text(statement, 2, after->name);
        mg_sql_bind_text(statement, 3, after->organization);
        sqlite3_bind_int64(statement, 4, after->duties);
        mg_sql_bind_text(statement, 5, *after->unix_user ? after->unix_user : NULL);
        mg_sql_bind_text(statement, 6, after->scope);
        bind_optional(statement, 7, after->until);
        bind_optional(statement, 8, after->disabled);
        sqlite3_bind_int64(statement, 9, step->before ? step->before->number : editor->now);
        if (!mg_sql_run(editor->db, statement, "write a person", error))
                return FALSE;
        step->after->number = step->before ? step->before->number : sqlite3_last_insert_rowid(editor->db);
        return TRUE;
}

/* Runs a statement whose parameter 1 is the person and 2, where there is one, a text. */
static gboolean run(sqlite3 *db, const char *text, gint64 person, const char *value, GError **error) {
        sqlite3_stmt *statement = mg_sql_kept(db, text, error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, person);
        if (value)
                mg_sql_bind_text(statement, 2, value);
        return mg_sql_run(db, statement, text, error);
}

static gboolean write_addresses(const Editor *editor, const Step *step, GError **error) {
        const MgPerson *after = step->after;

        if (!run(editor->db, "DELETE FROM person_address WHERE person = ?1", after->number, NULL, error))
                return FALSE;
        for (guint i = 0; i < after->addresses->len; i++)
                if (!run(editor->db, "INSERT OR IGNORE INTO person_address VALUES(?1, ?2)", after->number,
                         g_ptr_array_index(after->addresses, i), error))
                        return FALSE;
        return TRUE;
}

static char *fields_text(guint32 fields) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++)
                if (fields & 1u << i)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? "+" : "",
                                               mg_person_field_name((MgPersonField)(1u << i)));
        return g_string_free(text, FALSE);
}

static gboolean note(const Editor *editor, const Step *step, GError **error) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, step->after->number);
        g_autofree char *duties = mg_duties_text(step->after->duties, "+"), *fields = fields_text(step->differ);
        MgAct act = {.kind = step->before ? MG_ACT_PERSON_CHANGED : MG_ACT_PERSON_ADDED,
                     .time = editor->now,
                     .actor = editor->actor->name,
                     .words = {{"person", number},
                               {"duties", *duties ? duties : "none"},
                               {"disabled", step->after->disabled ? "yes" : "no"},
                               {step->before ? "fields" : NULL, fields}}};

        return mg_audit_add(editor->db, &act, error);
}

static gboolean write_step(const Editor *editor, Step *step, GError **error) {
        if (!write_person(editor, step, error))
                return FALSE;
        if ((!step->before || step->differ & MG_PERSON_ADDRESSES) && !write_addresses(editor, step, error))
                return FALSE;
        /* Who comes back later does not find old sessions open. */
        if (step->after->disabled &&
            !run(editor->db, "DELETE FROM token WHERE person = ?1", step->after->number, NULL, error))
                return FALSE;
        return note(editor, step, error);
}

/* --- an edit ------------------------------------------------------------------------------------------------- */

static void add_row(Editor *editor, Step *step, MgEditResult result) {
        MgEditRow *row;

        editor->counts[result]++;
        if (result == MG_EDIT_SAME)
                return;
        row = g_new0(MgEditRow, 1);
        row->at = step->at;
        row->result = result;
        row->login = g_strdup(step->after->login);
        row->fields = result == MG_EDIT_CHANGED ? step->differ : 0;
        row->text = g_strdup(step->text ? step->text : "");
        g_ptr_array_add(editor->rows, row);
}

/* given has the values of those fields. */
static gboolean take_step(Editor *editor, guint32 at, const MgPerson *given, guint32 fields, GError **error) {
        g_auto(Step) step = {.at = at};

        if (!mg_people_find(editor->db, given->login, &step.before, error))
                return FALSE;
        step.after = mg_person_new();
        if (step.before)
                mg_person_copy(step.after, step.before, _MG_PERSON_ALL);
        mg_person_copy(step.after, given, fields | MG_PERSON_LOGIN);
        if (step.after->disabled && !(step.before && step.before->disabled))
                step.after->disabled = editor->now;
        step.differ = step.before ? mg_person_differs(step.before, step.after, _MG_PERSON_ALL) : _MG_PERSON_ALL;
        if (!check(editor, &step, error))
                return FALSE;
        if (!step.text && step.differ && !write_step(editor, &step, error))
                return FALSE;
        add_row(editor, &step,
                step.text      ? MG_EDIT_FAULT
                : !step.before ? MG_EDIT_ADDED
                : step.differ  ? MG_EDIT_CHANGED
                               : MG_EDIT_SAME);
        return TRUE;
}

/* Everybody who is not in the edit, is not the actor, and is of his organization. */
static gboolean disable_missing(Editor *editor, GError **error) {
        g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);

        if (!mg_people_select(editor->db, editor->actor, "", all, error))
                return FALSE;
        for (guint i = 0; i < all->len; i++) {
                MgPerson *person = g_ptr_array_index(all, i);

                if (person->disabled || person->number == editor->actor->person ||
                    g_hash_table_contains(editor->seen, person->login))
                        continue;
                person->disabled = editor->now;
                if (!take_step(editor, MG_EDIT_MISSING, person, MG_PERSON_DISABLED, error))
                        return FALSE;
        }
        return TRUE;
}

static gboolean note_import(const Editor *editor, GError **error) {
        g_autofree char *added = g_strdup_printf("%u", editor->counts[MG_EDIT_ADDED]);
        g_autofree char *changed = g_strdup_printf("%u", editor->counts[MG_EDIT_CHANGED]);
        g_autofree char *same = g_strdup_printf("%u", editor->counts[MG_EDIT_SAME]);
        MgAct act = {.kind = MG_ACT_PEOPLE_IMPORTED,
                     .time = editor->now,
                     .actor = editor->actor->name,
                     .words = {{"added", added}, {"changed", changed}, {"same", same}}};

        return editor->edit->how != MG_EDIT_EITHER || mg_audit_add(editor->db, &act, error);
}

static gboolean take_steps(Editor *editor, GError **error) {
        const MgEdit *edit = editor->edit;

        for (guint i = 0; i < edit->persons->len; i++)
                if (!take_step(editor, i, g_ptr_array_index(edit->persons, i), edit->fields, error))
                        return FALSE;
        if (edit->disable_missing && !disable_missing(editor, error))
                return FALSE;
        return note_import(editor, error);
}

static gboolean keeps_officer(Editor *editor, gboolean before, GError **error) {
        gboolean after;

        if (!mg_people_has_officer(editor->db, &after, error))
                return FALSE;
        if (!before || after)
                return TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED,
                            "no officer would be left who can act: give the duty to somebody else first");
        return FALSE;
}

gboolean mg_people_edit_do(sqlite3 *db, const MgActor *actor, const MgEdit *edit, GPtrArray *rows, gboolean *planned,
                           GError **error) {
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Editor editor = {.db = db,
                         .actor = actor,
                         .edit = edit,
                         .rows = rows,
                         .now = g_get_real_time() / G_USEC_PER_SEC,
                         .seen = seen};
        gboolean officer;

        *planned = FALSE;
        if (!mg_people_has_officer(db, &officer, error) || !mg_people_manages(db, actor, &editor.manages, error) ||
            !take_steps(&editor, error) || !keeps_officer(&editor, officer, error))
                return FALSE;
        if (edit->apply && editor.counts[MG_EDIT_FAULT] == 0)
                return TRUE;
        *planned = TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "the edit was only planned");
        return FALSE;
}
