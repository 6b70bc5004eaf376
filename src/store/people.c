/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the register. What changes it is in people_edit.c and credential.c.
 */
#include "store/people.h"

#include "base/error.h"
#include "store/sql.h"

enum {
        NUMBER,
        LOGIN,
        NAME,
        ORGANIZATION,
        DUTIES,
        UNIX_USER,
        SCOPE,
        UNTIL,
        DISABLED,
        HAS_PASSWORD,
        HAS_TOTP,
        RECOVERY_CODES,
        TOKENS,
        ADDRESSES,
};

#define COLUMNS                                                                                                        \
        "SELECT number, login, name, organization, duties, coalesce(unix_user, ''), scope, coalesce(until, 0),"        \
        " coalesce(disabled, 0), password IS NOT NULL, totp IS NOT NULL,"                                              \
        " (SELECT count(*) FROM recovery_code WHERE person = number),"                                                 \
        " (SELECT count(*) FROM token WHERE person = number AND idle IS NULL AND until > unixepoch()),"                \
        " (SELECT group_concat(address, char(10)) FROM person_address WHERE person = number) FROM person"

static const char find_statement[] = COLUMNS " WHERE login = ?1";
/* ?1 login or '', ?2 organization or '' for all, ?3 scope or NULL for all, ?4 number that alone is seen, or 0. */
static const char select_statement[] =
        COLUMNS " WHERE (?1 = '' OR login = ?1) AND (?2 = '' OR organization = ?2) AND (?3 IS NULL OR scope = ?3)"
                " AND (?4 = 0 OR number = ?4) ORDER BY login";
static const char officer_statement[] =
        "SELECT EXISTS(SELECT 1 FROM person WHERE duties & 2 AND disabled IS NULL"
        " AND (until IS NULL OR until > unixepoch()) AND (unix_user IS NOT NULL OR password IS NOT NULL OR"
        " EXISTS(SELECT 1 FROM token WHERE person = number AND idle IS NULL AND token.until > unixepoch())))";
G_STATIC_ASSERT(MG_DUTY_OFFICER == 2);

static char *text_at(sqlite3_stmt *row, int at) {
        return g_strdup((const char *)sqlite3_column_text(row, at));
}

static MgPerson *person_of(sqlite3_stmt *row) {
        MgPerson *person = g_new0(MgPerson, 1);
        g_auto(GStrv) addresses = NULL;

        person->number = sqlite3_column_int64(row, NUMBER);
        person->login = text_at(row, LOGIN);
        person->name = text_at(row, NAME);
        person->organization = text_at(row, ORGANIZATION);
        person->duties = (guint32)sqlite3_column_int64(row, DUTIES);
        person->unix_user = text_at(row, UNIX_USER);
        person->scope = text_at(row, SCOPE);
        person->until = sqlite3_column_int64(row, UNTIL);
        person->disabled = sqlite3_column_int64(row, DISABLED);
        person->has_password = sqlite3_column_int(row, HAS_PASSWORD) != 0;
        person->has_totp = sqlite3_column_int(row, HAS_TOTP) != 0;
        person->recovery_codes = (guint32)sqlite3_column_int(row, RECOVERY_CODES);
        person->tokens = (guint32)sqlite3_column_int(row, TOKENS);
        person->addresses = g_ptr_array_new_with_free_func(g_free);
        if (sqlite3_column_type(row, ADDRESSES) != SQLITE_NULL)
                addresses = g_strsplit((const char *)sqlite3_column_text(row, ADDRESSES), "\n", -1);
        for (guint i = 0; addresses && addresses[i]; i++)
                g_ptr_array_add(person->addresses, g_strdup(addresses[i]));
        return person;
}

gboolean mg_people_find(sqlite3 *db, const char *login, MgPerson **person, GError **error) {
        sqlite3_stmt *statement = mg_sql_kept(db, find_statement, error);
        gboolean well;
        int result;

        *person = NULL;
        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, login);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                *person = person_of(statement);
        well = result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "look for a person", error);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return well;
}

MgPerson *mg_people_get(sqlite3 *db, const char *login, GError **error) {
        MgPerson *person;

        if (mg_people_find(db, login, &person, error) && !person)
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "nobody has the login %s", login);
        return person;
}

char *mg_people_login(sqlite3 *db, gint64 number, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, "SELECT login FROM person WHERE number = ?1", error);
        int result;

        if (!statement)
                return NULL;
        sqlite3_bind_int64(statement, 1, number);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                return text_at(statement, 0);
        if (result == SQLITE_DONE)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_MISSING, "who asks is no registered person");
        else
                mg_sql_fail(db, "look for a person", error);
        return NULL;
}

gboolean mg_people_select(sqlite3 *db, const MgActor *actor, const char *login, GPtrArray *persons, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, select_statement, error);
        gboolean manages = (actor->duties & (MG_DUTY_OFFICER | MG_DUTY_ADMINISTRATOR)) != 0;
        gboolean audits = (actor->duties & MG_DUTY_AUDITOR) != 0;
        int result = SQLITE_DONE;

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, login);
        mg_sql_bind_text(statement, 2, manages || audits ? actor->organization : "");
        mg_sql_bind_text(statement, 3, audits && !manages ? actor->scope : NULL);
        sqlite3_bind_int64(statement, 4, manages || audits ? 0 : actor->person > 0 ? actor->person : -1);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW)
                g_ptr_array_add(persons, person_of(statement));
        return result == SQLITE_DONE || mg_sql_fail(db, "list persons", error);
}

gboolean mg_people_has_officer(sqlite3 *db, gboolean *has, GError **error) {
        gint64 number;

        if (!mg_sql_number(db, officer_statement, &number, error))
                return FALSE;
        *has = number != 0;
        return TRUE;
}

gboolean mg_people_manages(sqlite3 *db, const MgActor *actor, gboolean *manages, GError **error) {
        gboolean officer = FALSE;

        *manages = (actor->duties & MG_DUTY_OFFICER) != 0;
        if (*manages || !(actor->duties & MG_DUTY_ADMINISTRATOR))
                return TRUE;
        if (!mg_people_has_officer(db, &officer, error))
                return FALSE;
        *manages = !officer;
        return TRUE;
}
