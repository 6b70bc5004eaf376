/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in, in three steps: count the attempt, look at the password (outside of any transaction), then at the code,
 * and write what came of it. Reveals to who tries nothing but that.
 */
#include "store/sign_in.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/secret.h"
#include "store/audit.h"
#include "store/credential.h"
#include "store/sql.h"
#include "store/totp.h"

/* What is counted of an attempt. */
typedef struct Counted {
        guint8 key[32];
        guint (*wait)(guint failures); /* NULL: there is no such thing */
        gint64 forget;                 /* seconds in which one failure is forgotten; 0: none is */
        guint failures;
        gboolean noted; /* that somebody tried too early since the last one */
} Counted;

enum { LOGIN, ADDRESS, _COUNTED_N };

/* One attempt. Borrowed are login, password, code, address and token. */
typedef struct Attempt {
        const char *login, *code, *address;
        const guint8 *token; /* of the session that steps up, or NULL: one begins */
        Counted counted[_COUNTED_N];
        gint64 now;
        guint wait;     /* seconds before it is looked at: it is not */
        gint64 person;  /* 0: nobody */
        char *hash;     /* of the password, or NULL */
        gboolean right; /* the password */
        gboolean only_password;
        const char *failed; /* at what: a word for the trail, or NULL */
        const char *by;     /* "password", "totp", "recovery-code", "web-server" */
        MgSession *session;
} Attempt;

static void attempt_clear(Attempt *attempt) {
        mg_secret_free(attempt->hash);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Attempt, attempt_clear)

guint mg_sign_in_wait(guint failures) {
        guint doubled = failures < MG_SIGN_IN_FREE ? 0 : failures - MG_SIGN_IN_FREE + 1;

        return doubled == 0 ? 0 : doubled > 10 ? MG_SIGN_IN_WAIT_S : MIN(1u << doubled, MG_SIGN_IN_WAIT_S);
}

guint mg_sign_in_address_wait(guint failures) {
        guint wait = failures < MG_SIGN_IN_ADDRESS_FREE
                             ? 0
                             : mg_sign_in_wait(failures - MG_SIGN_IN_ADDRESS_FREE + MG_SIGN_IN_FREE);

        return MIN(wait, MG_SIGN_IN_ADDRESS_WAIT_S);
}

/* NULL where there is none, or with error. Caller frees. */
static char *address_digest(sqlite3 *db, const Attempt *attempt, GError **error) {
        guint8 key[MG_CHAIN_HASH];

        return attempt->address && *attempt->address && mg_audit_key(db, key, error)
                       ? mg_audit_digest(key, attempt->address)
                       : NULL;
}

static gboolean note(sqlite3 *db, const Attempt *attempt, MgActKind kind, const char *name, const char *value,
                     GError **error) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, attempt->person);
        g_autofree char *actor = g_strdup_printf("p:%" G_GINT64_FORMAT, attempt->person);
        g_autoptr(GError) fault = NULL;
        g_autofree char *address = address_digest(db, attempt, &fault);
        const char *person = attempt->person != 0 ? number : "none";
        const gboolean known = kind == MG_ACT_SIGNED_IN || attempt->token;
        MgAct act = {
                .kind = kind, .time = attempt->now, .actor = known ? actor : "unknown", .words = {{"person", person}}};
        guint n = 1;

        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        if (name) {
                act.words[n].name = name;
                act.words[n++].value = value;
        }
        if (address) {
                act.words[n].name = "address";
                act.words[n++].value = address;
        }
        return mg_audit_add(db, &act, error);
}

/* --- step one: count ----------------------------------------------------------------------------------------- */

/* Runs a statement with a key as parameter 1 and, where there is one, a number as parameter 2 and another as 3. */
static gboolean run(sqlite3 *db, const char *text, const Counted *counted, gint64 number, gint64 other,
                    GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        mg_sql_bind_blob(statement, 1, counted->key, sizeof counted->key);
        sqlite3_bind_int64(statement, 2, number);
        sqlite3_bind_int64(statement, 3, other);
        return mg_sql_run(db, statement, "count an attempt to sign in", error);
}

/* Failures so far, and how long nothing is looked at. FALSE with error. */
static gboolean read_failures(sqlite3 *db, Attempt *attempt, Counted *counted, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "SELECT failures, retry_at, noted FROM sign_in WHERE login = ?1", error);
        int result;

        if (!statement)
                return FALSE;
        mg_sql_bind_blob(statement, 1, counted->key, sizeof counted->key);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
                const gint64 since = attempt->now - sqlite3_column_int64(statement, 1);
                const gint64 forgotten = counted->forget > 0 && since > 0 ? since / counted->forget : 0;

                counted->failures = (guint)MAX(sqlite3_column_int64(statement, 0) - forgotten, 0);
                counted->noted = sqlite3_column_int(statement, 2) != 0;
                /* More than is ever waited was noted by a clock that was ahead: it must not lock anybody out. */
                if (since < 0 && -since <= MG_SIGN_IN_WAIT_S)
                        attempt->wait = MAX(attempt->wait, (guint)-since);
        }
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "look for attempts to sign in", error);
}

static gboolean forget_old(sqlite3 *db, const Attempt *attempt, const Counted *counted, GError **error) {
        return run(db, "DELETE FROM sign_in WHERE login != ?1 AND retry_at < ?2", counted,
                   attempt->now - MG_SIGN_IN_FORGET_S, 0, error) &&
               run(db,
                   "DELETE FROM sign_in WHERE login != ?1 AND login IN"
                   " (SELECT login FROM sign_in ORDER BY retry_at DESC LIMIT -1 OFFSET ?2)",
                   counted, MG_SIGN_IN_LOGINS, 0, error);
}

static gboolean read_person(sqlite3 *db, Attempt *attempt, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "SELECT number, password FROM person WHERE login = ?1", error);
        int result;

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, attempt->login);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
                attempt->person = sqlite3_column_int64(statement, 0);
                attempt->hash = g_strdup((const char *)sqlite3_column_text(statement, 1));
        }
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "look for a person", error);
}

static gboolean read_all(sqlite3 *db, Attempt *attempt, GError **error) {
        attempt->wait = 0;
        for (guint i = 0; i < _COUNTED_N; i++)
                if (attempt->counted[i].wait && !read_failures(db, attempt, &attempt->counted[i], error))
                        return FALSE;
        return read_person(db, attempt, error);
}

/* Too early: once a delay that is an entry of the trail. */
static gboolean note_early(sqlite3 *db, const Attempt *attempt, GError **error) {
        gboolean noted = TRUE;

        for (guint i = 0; i < _COUNTED_N; i++) {
                const Counted *counted = &attempt->counted[i];

                if (!counted->wait)
                        continue;
                noted = noted && counted->noted;
                if (!run(db, "UPDATE sign_in SET noted = ?2 WHERE login = ?1", counted, 1, 0, error))
                        return FALSE;
        }
        return noted || note(db, attempt, MG_ACT_SIGN_IN_THROTTLED, NULL, NULL, error);
}

static gboolean count_one(sqlite3 *db, const Attempt *attempt, const Counted *counted, GError **error) {
        return forget_old(db, attempt, counted, error) &&
               run(db,
                   "INSERT INTO sign_in(login, failures, retry_at) VALUES(?1, ?3, ?2) ON CONFLICT(login)"
                   " DO UPDATE SET failures = ?3, retry_at = ?2, noted = 0",
                   counted, attempt->now + counted->wait(counted->failures + 1), counted->failures + 1, error);
}

static gboolean count(sqlite3 *db, gpointer data, GError **error) {
        Attempt *attempt = data;

        if (!read_all(db, attempt, error))
                return FALSE;
        if (attempt->wait > 0)
                return note_early(db, attempt, error);
        for (guint i = 0; i < _COUNTED_N; i++)
                if (attempt->counted[i].wait && !count_one(db, attempt, &attempt->counted[i], error))
                        return FALSE;
        return TRUE;
}

/* --- step three: what came of it ----------------------------------------------------------------------------- */

/* What the second step needs of a person, read anew: much may have changed while the password was looked at. */
enum { DUTIES, ENDED, DISABLED, TOTP, TOTP_COUNTER };

static gboolean take_recovery_code(sqlite3 *db, Attempt *attempt, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "DELETE FROM recovery_code WHERE person = ?1 AND hash = ?2", error);
        guint8 hash[32];

        if (!statement)
                return FALSE;
        mg_recovery_code_hash(attempt->code, hash);
        sqlite3_bind_int64(statement, 1, attempt->person);
        mg_sql_bind_blob(statement, 2, hash, sizeof hash);
        if (!mg_sql_run(db, statement, "take a recovery code", error))
                return FALSE;
        attempt->by = "recovery-code";
        if (sqlite3_changes(db) == 0)
                attempt->failed = "code";
        return TRUE;
}

static gboolean take_step(sqlite3 *db, const Attempt *attempt, gint64 step, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "UPDATE person SET totp_counter = ?1 WHERE number = ?2", error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, step);
        sqlite3_bind_int64(statement, 2, attempt->person);
        return mg_sql_run(db, statement, "take a code", error);
}

static gboolean check_code(sqlite3 *db, Attempt *attempt, sqlite3_stmt *row, GError **error) {
        gint64 step;

        attempt->by = "password";
        if (sqlite3_column_bytes(row, TOTP) != MG_TOTP_SECRET)
                return TRUE;
        attempt->by = "totp";
        attempt->session->second = TRUE;
        if (mg_totp_check(sqlite3_column_blob(row, TOTP), attempt->now, sqlite3_column_int64(row, TOTP_COUNTER),
                          attempt->code, &step))
                return take_step(db, attempt, step, error);
        return take_recovery_code(db, attempt, error);
}

/* Sets what failed. FALSE with error. */
static gboolean check_person(sqlite3 *db, Attempt *attempt, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db,
                               "SELECT duties, coalesce(until <= unixepoch(), 0), disabled IS NOT NULL, totp,"
                               " totp_counter FROM person WHERE number = ?1",
                               error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, attempt->person);
        if (sqlite3_step(statement) != SQLITE_ROW)
                return mg_sql_fail(db, "look for a person", error);
        if (sqlite3_column_int(statement, DISABLED))
                attempt->failed = "disabled";
        else if (sqlite3_column_int(statement, ENDED))
                attempt->failed = "ended";
        if (attempt->failed || attempt->only_password)
                return TRUE;
        attempt->session->duties = (guint32)sqlite3_column_int64(statement, DUTIES);
        return attempt->by || check_code(db, attempt, statement, error);
}

static gboolean begin_session(sqlite3 *db, Attempt *attempt, GError **error) {
        attempt->session->person = attempt->person;
        attempt->session->idle = MG_SESSION_IDLE_S;
        attempt->session->until = attempt->now + MG_SESSION_END_S;
        attempt->session->token =
                mg_credential_session(db, attempt->person, attempt->now, attempt->by, attempt->session->second, error);
        return attempt->session->token && note(db, attempt, MG_ACT_SIGNED_IN, "by", attempt->by, error);
}

static gboolean step_up(sqlite3 *db, const Attempt *attempt, GError **error) {
        return mg_credential_step_up(db, attempt->person, attempt->token, attempt->now, error) &&
               note(db, attempt, MG_ACT_STEPPED_UP, "by", attempt->by, error);
}

/* What was right is counted no longer: of a login all that failed before, of an address, which others use too, this one
 * alone. */
static gboolean take_back(sqlite3 *db, const Attempt *attempt, GError **error) {
        const Counted *address = &attempt->counted[ADDRESS];

        return run(db, "DELETE FROM sign_in WHERE login = ?1", &attempt->counted[LOGIN], 0, 0, error) &&
               (!address->wait || run(db, "UPDATE sign_in SET failures = failures - 1, retry_at = ?2 WHERE login = ?1",
                                      address, attempt->now, 0, error));
}

static gboolean conclude(sqlite3 *db, gpointer data, GError **error) {
        Attempt *attempt = data;

        if (attempt->person == 0)
                attempt->failed = "login";
        else if (!attempt->right)
                attempt->failed = "password";
        if (!attempt->failed && !check_person(db, attempt, error))
                return FALSE;
        if (!attempt->failed && attempt->token && !attempt->session->second)
                attempt->failed = "no-second-factor";
        if (attempt->failed)
                return note(db, attempt, MG_ACT_SIGN_IN_FAILED, "at", attempt->failed, error);
        return take_back(db, attempt, error) &&
               (attempt->only_password ||
                (attempt->token ? step_up(db, attempt, error) : begin_session(db, attempt, error)));
}

/* --- all three ----------------------------------------------------------------------------------------------- */

static void begin_count(Attempt *attempt) {
        /* No login has a line end. */
        g_autofree char *address = g_strconcat("address\n", attempt->address, NULL);

        attempt->counted[LOGIN].wait = mg_sign_in_wait;
        mg_digest(attempt->login, strlen(attempt->login), attempt->counted[LOGIN].key);
        if (!attempt->address || !*attempt->address)
                return;
        attempt->counted[ADDRESS].wait = mg_sign_in_address_wait;
        attempt->counted[ADDRESS].forget = MG_SIGN_IN_ADDRESS_FORGET_S;
        mg_digest(address, strlen(address), attempt->counted[ADDRESS].key);
}

static gboolean look(MgCommitter *committer, MgPasswords *passwords, Attempt *attempt, const char *password,
                     GError **error) {
        attempt->now = g_get_real_time() / G_USEC_PER_SEC;
        begin_count(attempt);
        if (!mg_committer_do(committer, count, attempt, error))
                return FALSE;
        if (attempt->wait > 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_DENIED, "too many attempts: try again in %u seconds",
                            attempt->wait);
                return FALSE;
        }
        if (!mg_passwords_check(passwords, password, attempt->hash, &attempt->right, error) ||
            !mg_committer_do(committer, conclude, attempt, error))
                return FALSE;
        if (!attempt->failed)
                return TRUE;
        if (g_str_equal(attempt->failed, "no-second-factor")) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED,
                                    "this needs a second factor, and you have none (mugai user totp)");
                return FALSE;
        }
        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED,
                            attempt->only_password ? "the password that it replaces is wrong"
                                                   : "login, password or code is wrong");
        return FALSE;
}

/* What cannot be looked at now is not counted either. */
static gboolean try(MgCommitter *committer, MgPasswords *passwords, Attempt *attempt, const char *password,
                    GError **error) {
        gboolean well;

        if (!mg_passwords_enter(passwords, error))
                return FALSE;
        well = look(committer, passwords, attempt, password, error);
        mg_passwords_leave(passwords);
        return well;
}

gboolean mg_sign_in(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                    const char *code, const char *address, MgSession *session, GError **error) {
        g_auto(Attempt) attempt = {.login = login, .code = code, .address = address, .session = session};

        *session = (MgSession){0};
        if (try(committer, passwords, &attempt, password, error))
                return TRUE;
        mg_secret_free(session->token);
        *session = (MgSession){0};
        return FALSE;
}

gboolean mg_step_up(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                    const char *code, const guint8 token[32], GError **error) {
        MgSession unused = {0};
        g_auto(Attempt) attempt = {.login = login, .code = code, .token = token, .session = &unused};

        return try(committer, passwords, &attempt, password, error);
}

gboolean mg_sign_in_confirm(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                            GError **error) {
        g_auto(Attempt) attempt = {.login = login, .only_password = TRUE};

        return try(committer, passwords, &attempt, password, error);
}

/* --- whom a web server has signed in ------------------------------------------------------------------------- */

static gboolean vouch(sqlite3 *db, gpointer data, GError **error) {
        Attempt *attempt = data;

        if (!read_person(db, attempt, error))
                return FALSE;
        if (attempt->person == 0)
                attempt->failed = "login";
        else if (!check_person(db, attempt, error))
                return FALSE;
        return attempt->failed ? note(db, attempt, MG_ACT_SIGN_IN_FAILED, "at", attempt->failed, error)
                               : begin_session(db, attempt, error);
}

static const struct {
        const char *failed, *text;
} hindrances[] = {
        {"login", "nobody of this name is registered"},
        {"disabled", "this person is disabled"},
        {"ended", "this person was registered until a day that is past"},
};

gboolean mg_sign_in_vouched(MgCommitter *committer, const char *login, const char *address, MgSession *session,
                            GError **error) {
        g_auto(Attempt) attempt = {.login = login, .address = address, .by = "web-server", .session = session};

        *session = (MgSession){0};
        attempt.now = g_get_real_time() / G_USEC_PER_SEC;
        if (mg_committer_do(committer, vouch, &attempt, error) && !attempt.failed)
                return TRUE;
        for (guint i = 0; i < G_N_ELEMENTS(hindrances); i++)
                if (g_strcmp0(attempt.failed, hindrances[i].failed) == 0)
                        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, hindrances[i].text);
        mg_secret_free(session->token);
        *session = (MgSession){0};
        return FALSE;
}
