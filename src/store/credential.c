/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of tokens, passwords and second factors. Computes no password's hash: that takes too long for a transaction.
 */
#include "store/credential.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/secret.h"
#include "store/audit.h"
#include "store/people.h"
#include "store/sql.h"
#include "store/totp.h"

#define TOKEN_OCTETS 32
#define DAY 86400

static gint64 now_s(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static gboolean deny(GError **error, const char *text) {
        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, text);
        return FALSE;
}

static gboolean is_self(const MgActor *actor, const MgPerson *person) {
        return actor->person != 0 && actor->person == person->number;
}

/* What nobody does for himself who is known by a token only. */
static gboolean allow_self(const MgActor *actor, const MgPerson *person, MgActKind kind, GError **error) {
        if (!actor->by_token)
                return TRUE;
        if (kind == MG_ACT_TOKEN_MADE)
                return deny(error, "a token makes no further one: ask as your Unix user, or ask an officer");
        if (kind == MG_ACT_TOTP_SET && person->has_totp)
                return deny(error, "a second factor is replaced as your Unix user, or by an officer");
        return TRUE;
}

/* The person whose credential it is, where the actor may do that; NULL with error. */
static MgPerson *person_for(sqlite3 *db, const MgActor *actor, const char *login, MgActKind kind, GError **error) {
        g_autoptr(MgPerson) person = mg_people_get(db, login, error);
        gboolean manages;

        if (!person || !mg_people_manages(db, actor, &manages, error))
                return NULL;
        if (is_self(actor, person))
                return allow_self(actor, person, kind, error) ? g_steal_pointer(&person) : NULL;
        if (!manages) {
                deny(error, "only an officer does this for somebody else");
                return NULL;
        }
        if (*actor->organization && !g_str_equal(actor->organization, person->organization)) {
                deny(error, "this person is not of your organization");
                return NULL;
        }
        return g_steal_pointer(&person);
}

static gboolean note(sqlite3 *db, const MgActor *actor, MgActKind kind, gint64 person, const char *name,
                     const char *value, GError **error) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, person);
        MgAct act = {.kind = kind, .time = now_s(), .actor = actor->name, .words = {{"person", number}, {name, value}}};

        return mg_audit_add(db, &act, error);
}

/* Runs a statement that is about one person, parameter 1, and maybe something binary, parameter 2. */
static gboolean run(sqlite3 *db, const char *text, gint64 person, const void *data, gsize n, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, person);
        if (data)
                mg_sql_bind_blob(statement, 2, data, n);
        return mg_sql_run(db, statement, "write a credential", error);
}

/* --- tokens -------------------------------------------------------------------------------------------------- */

/* Base64 of URLs, without padding: class TOKEN. */
static char *random_token(void) {
        guint8 octets[TOKEN_OCTETS];
        char *text;

        mg_random(octets, sizeof octets);
        text = g_base64_encode(octets, sizeof octets);
        explicit_bzero(octets, sizeof octets);
        text[strcspn(text, "=")] = '\0';
        return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

/* What is to be known of a new one. */
typedef struct Made {
        gint64 person, now, until;
        gint64 idle; /* 0: it is no session */
        const char *by;
        gint64 stepped;
} Made;

static char *make_token(sqlite3 *db, const Made *made, GError **error) {
        g_autoptr(sqlite3_stmt) insert =
                mg_sql_prepare(db,
                               "INSERT INTO token(hash, person, made, used, idle, until, known_by, stepped)"
                               " VALUES(?1, ?2, ?3, ?3, nullif(?4, 0), ?5, ?6, ?7)",
                               error);
        mg_autosecret token = random_token();
        guint8 hash[32];

        if (!insert)
                return NULL;
        mg_digest(token, strlen(token), hash);
        mg_sql_bind_blob(insert, 1, hash, sizeof hash);
        sqlite3_bind_int64(insert, 2, made->person);
        sqlite3_bind_int64(insert, 3, made->now);
        sqlite3_bind_int64(insert, 4, made->idle);
        sqlite3_bind_int64(insert, 5, made->until);
        mg_sql_bind_text(insert, 6, made->by);
        sqlite3_bind_int64(insert, 7, made->stepped);
        return mg_sql_run(db, insert, "make a token", error) ? g_steal_pointer(&token) : NULL;
}

char *mg_credential_token(sqlite3 *db, const MgActor *actor, const char *login, guint32 days, GError **error) {
        g_autoptr(MgPerson) person = person_for(db, actor, login, MG_ACT_TOKEN_MADE, error);
        g_autofree char *text = g_strdup_printf("%u", days);
        mg_autosecret token = NULL;
        gint64 now = now_s();

        if (!person)
                return NULL;
        if (days < 1 || days > MG_TOKEN_DAYS_MAX) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "a token lasts 1 to %d days, not %u", MG_TOKEN_DAYS_MAX,
                            days);
                return NULL;
        }
        if (person->disabled) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%s is disabled", login);
                return NULL;
        }
        token = make_token(
                db, &(Made){.person = person->number, .now = now, .until = now + (gint64)days * DAY, .by = "token"},
                error);
        return token && note(db, actor, MG_ACT_TOKEN_MADE, person->number, "days", text, error)
                       ? g_steal_pointer(&token)
                       : NULL;
}

gboolean mg_credential_revoke(sqlite3 *db, const MgActor *actor, const char *login, guint32 *tokens, GError **error) {
        g_autoptr(MgPerson) person = person_for(db, actor, login, MG_ACT_TOKEN_REVOKED, error);
        g_autofree char *text = NULL;

        if (!person || !run(db, "DELETE FROM token WHERE person = ?1", person->number, NULL, 0, error))
                return FALSE;
        *tokens = (guint32)sqlite3_changes(db);
        text = g_strdup_printf("%u", *tokens);
        return note(db, actor, MG_ACT_TOKEN_REVOKED, person->number, "tokens", text, error);
}

/* Who they were made for, and when, stays in the trail. */
gboolean mg_credential_lapse(sqlite3 *db, gint64 now, GError **error) {
        return run(db, "DELETE FROM token WHERE until <= ?1 OR used + idle <= ?1", now, NULL, 0, error);
}

char *mg_credential_session(sqlite3 *db, gint64 person, gint64 now, const char *by, gboolean stepped, GError **error) {
        const Made made = {.person = person,
                           .now = now,
                           .until = now + MG_SESSION_END_S,
                           .idle = MG_SESSION_IDLE_S,
                           .by = by,
                           .stepped = stepped ? now : 0};

        /* Those that ended are of no use to anybody. */
        return mg_credential_lapse(db, now, error) ? make_token(db, &made, error) : NULL;
}

gboolean mg_credential_use(sqlite3 *db, const guint8 token[32], GError **error) {
        return run(db, "UPDATE token SET used = max(used, ?1) WHERE hash = ?2", now_s(), token, 32, error);
}

gboolean mg_credential_end(sqlite3 *db, const MgActor *actor, GError **error) {
        if (!actor->by_token) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "there is no session: no token came before");
                return FALSE;
        }
        return run(db, "DELETE FROM token WHERE person = ?1 AND hash = ?2", actor->person, actor->token, 32, error) &&
               note(db, actor, MG_ACT_SIGNED_OUT, actor->person, NULL, NULL, error);
}

gboolean mg_credential_step_up(sqlite3 *db, gint64 person, const guint8 token[32], gint64 now, GError **error) {
        g_autoptr(sqlite3_stmt) update =
                mg_sql_prepare(db, "UPDATE token SET stepped = ?3 WHERE person = ?1 AND hash = ?2", error);

        if (!update)
                return FALSE;
        sqlite3_bind_int64(update, 1, person);
        mg_sql_bind_blob(update, 2, token, 32);
        sqlite3_bind_int64(update, 3, now);
        return mg_sql_run(db, update, "step up a session", error);
}

/* Himself where login is "", else somebody whose sessions the actor may see and end. */
static MgPerson *person_with_sessions(sqlite3 *db, const MgActor *actor, const char *login, GError **error) {
        g_autofree char *own = *login ? NULL : mg_people_login(db, actor->person, error);

        return *login || own ? person_for(db, actor, own ? own : login, MG_ACT_SIGNED_OUT, error) : NULL;
}

/* Of a row of the tokens of a person. */
enum { ID, BY, MADE, USED, UNTIL, STEPPED, IS_SESSION, IS_OWN };

gboolean mg_credential_sessions(sqlite3 *db, const MgActor *actor, const char *login, MgPerson **person,
                                GPtrArray *rows, GError **error) {
        g_autoptr(MgPerson) found = person_with_sessions(db, actor, login, error);
        g_autoptr(sqlite3_stmt) select = NULL;
        int result;

        select = found ? mg_sql_prepare(db,
                                        "SELECT lower(hex(substr(hash, 1, 8))), known_by, made, used, until, stepped,"
                                        " idle IS NOT NULL, hash = ?2 FROM token WHERE person = ?1"
                                        " AND until > unixepoch() AND (idle IS NULL OR used + idle > unixepoch())"
                                        " ORDER BY used DESC, made DESC",
                                        error)
                       : NULL;
        if (!select)
                return FALSE;
        sqlite3_bind_int64(select, 1, found->number);
        mg_sql_bind_blob(select, 2, actor->token, sizeof actor->token);
        while ((result = sqlite3_step(select)) == SQLITE_ROW) {
                MgSessionRow *row = g_new0(MgSessionRow, 1);

                row->id = g_strdup((const char *)sqlite3_column_text(select, ID));
                row->by = g_strdup((const char *)sqlite3_column_text(select, BY));
                row->made = sqlite3_column_int64(select, MADE);
                row->used = sqlite3_column_int64(select, USED);
                row->until = sqlite3_column_int64(select, UNTIL);
                row->stepped = sqlite3_column_int64(select, STEPPED);
                row->is_session = sqlite3_column_int(select, IS_SESSION) != 0;
                row->is_own = actor->by_token && sqlite3_column_int(select, IS_OWN) != 0;
                g_ptr_array_add(rows, row);
        }
        *person = g_steal_pointer(&found);
        return result == SQLITE_DONE || mg_sql_fail(db, "list sessions", error);
}

gboolean mg_credential_end_sessions(sqlite3 *db, const MgActor *actor, const char *login, const char *id,
                                    guint32 *sessions, GError **error) {
        g_autoptr(MgPerson) person = person_with_sessions(db, actor, login, error);
        g_autoptr(sqlite3_stmt) statement = NULL;
        g_autofree char *text = NULL;

        statement = person ? mg_sql_prepare(db,
                                            "DELETE FROM token WHERE person = ?1 AND"
                                            " iif(?3 = '', idle IS NOT NULL AND hash != ?2,"
                                            " lower(hex(substr(hash, 1, 8))) = ?3)",
                                            error)
                           : NULL;
        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, person->number);
        mg_sql_bind_blob(statement, 2, actor->token, sizeof actor->token);
        mg_sql_bind_text(statement, 3, id);
        if (!mg_sql_run(db, statement, "end a session", error))
                return FALSE;
        *sessions = (guint32)sqlite3_changes(db);
        if (*sessions == 0 && *id) {
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no session %s", id);
                return FALSE;
        }
        text = g_strdup_printf("%u", *sessions);
        return note(db, actor, MG_ACT_SIGNED_OUT, person->number, "sessions", text, error);
}

/* --- password ------------------------------------------------------------------------------------------------ */

gboolean mg_credential_password(sqlite3 *db, const MgActor *actor, const char *login, const char *hash,
                                GError **error) {
        g_autoptr(MgPerson) person = person_for(db, actor, login, MG_ACT_PASSWORD_SET, error);
        g_autoptr(sqlite3_stmt) update = NULL;
        static const guint8 none[32];

        update = person ? mg_sql_prepare(db, "UPDATE person SET password = ?1 WHERE number = ?2", error) : NULL;
        if (!update)
                return FALSE;
        mg_sql_bind_text(update, 1, hash);
        sqlite3_bind_int64(update, 2, person->number);
        return mg_sql_run(db, update, "set a password", error) &&
               run(db, "DELETE FROM token WHERE person = ?1 AND idle IS NOT NULL AND hash != ?2", person->number,
                   is_self(actor, person) ? actor->token : none, 32, error) &&
               note(db, actor, MG_ACT_PASSWORD_SET, person->number, NULL, NULL, error);
}

/* --- second factor ------------------------------------------------------------------------------------------- */

static gboolean add_codes(sqlite3 *db, gint64 person, MgTotp *totp, GError **error) {
        if (!run(db, "DELETE FROM recovery_code WHERE person = ?1", person, NULL, 0, error))
                return FALSE;
        for (guint i = 0; i < MG_RECOVERY_CODES; i++) {
                guint8 hash[32];

                totp->codes[i] = mg_recovery_code_new();
                mg_recovery_code_hash(totp->codes[i], hash);
                if (!run(db, "INSERT INTO recovery_code VALUES(?1, ?2)", person, hash, sizeof hash, error))
                        return FALSE;
        }
        return TRUE;
}

gboolean mg_credential_totp(sqlite3 *db, const MgActor *actor, const char *login, MgTotp *totp, GError **error) {
        g_autoptr(MgPerson) person = person_for(db, actor, login, MG_ACT_TOTP_SET, error);
        guint8 secret[MG_TOTP_SECRET];
        gboolean well;

        if (!person)
                return FALSE;
        mg_random(secret, sizeof secret);
        totp->secret = mg_totp_text(secret);
        well = run(db, "UPDATE person SET totp = ?2, totp_counter = 0 WHERE number = ?1", person->number, secret,
                   sizeof secret, error) &&
               add_codes(db, person->number, totp, error) &&
               note(db, actor, MG_ACT_TOTP_SET, person->number, NULL, NULL, error);
        explicit_bzero(secret, sizeof secret);
        return well;
}
