/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, passwords, codes: who gets in, how often one may try, and that no secret is written anywhere. */
#include "harness.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/people_client.h"
#include "base/secret.h"
#include "store/sign_in.h"
#include "store/totp.h"

#define PASSWORD "correct horse battery"
#define OTHER "another long password"
#define STRANGER "nobody"

/* 1 is an administrator, 2 an officer, 3 staff, 4 the officer of an organization. */
static Store *store_with_persons(void) {
        static const guint32 duties[] = {MG_DUTY_ADMINISTRATOR, MG_DUTY_OFFICER, MG_DUTY_STAFF, MG_DUTY_OFFICER};
        Store *store = store_new();

        for (guint i = 0; i < G_N_ELEMENTS(duties); i++)
                store_add_person(store, i + 1, duties[i], "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number = 4");
        return store;
}

static MgAsker as(const Store *store, const char *token) {
        return (MgAsker){store->socket, token};
}

static gboolean says(const GError *error, const char *part) {
        return error && strstr(error->message, part) != NULL;
}

/* Signs in with nothing asked for but whether it works; the error is that of the store. */
static gboolean signs_in(const Store *store, const char *login, const char *password, const char *code,
                         GError **error) {
        g_auto(MgSession) session = {0};
        const MgAsker asker = as(store, NULL);

        return mg_people_sign_in(&asker, login, password, code, NULL, &session, error);
}

static void set_password(const Store *store, const char *login, const char *password) {
        const MgAsker asker = as(store, "2");
        g_autoptr(GError) error = NULL;

        mg_people_password(&asker, login, password, "", &error);
        g_assert_no_error(error);
}

/* The code that an authenticator shows so many steps from now. */
static char *code_of(const char *base32, int steps) {
        g_autofree char *code = g_malloc0(MG_TOTP_DIGITS + 1);
        time_t now = (time_t)(g_get_real_time() / G_USEC_PER_SEC) + steps * MG_TOTP_STEP;
        char *secret;
        size_t n;

        g_assert_cmpint(oath_base32_decode(base32, strlen(base32), &secret, &n), ==, OATH_OK);
        g_assert_cmpuint(n, ==, MG_TOTP_SECRET);
        g_assert_cmpint(oath_totp_generate(secret, n, now, MG_TOTP_STEP, 0, MG_TOTP_DIGITS, code), ==, OATH_OK);
        free(secret);
        return g_steal_pointer(&code);
}

/* --- parts --------------------------------------------------------------------------------------------------- */

/* RFC 6238, appendix B, of SHA-1: the last six of its eight digits. */
static void test_totp(void) {
        static const struct {
                gint64 time;
                const char *code;
        } rows[] = {{1111111109, "081804"},
                    {1111111111, "050471"},
                    {1234567890, "005924"},
                    {2000000000, "279037"},
                    {20000000000, "353130"}};
        static const char *const wrong[] = {"", "28708", "2870821", "287083", "28708a", " 28708", "-87082"};
        const guint8 *secret = (const guint8 *)"12345678901234567890";
        gint64 step;

        g_assert_true(mg_totp_check(secret, 59, -1, "287082", &step));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                gint64 now = rows[i].time / MG_TOTP_STEP;

                for (gint64 off = -3; off <= 3; off++)
                        g_assert_cmpint(
                                mg_totp_check(secret, rows[i].time + off * MG_TOTP_STEP, -1, rows[i].code, &step), ==,
                                off >= -1 && off <= 1);
                g_assert_true(mg_totp_check(secret, rows[i].time, now - 1, rows[i].code, &step));
                g_assert_cmpint(step, ==, now);
                g_assert_false(mg_totp_check(secret, rows[i].time, now, rows[i].code, &step));
        }
        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
                g_assert_false(mg_totp_check(secret, 59, -1, wrong[i], &step));
}

static void test_recovery_code(void) {
        mg_autosecret code = mg_recovery_code_new();
        mg_autosecret other = mg_recovery_code_new();
        g_autofree char *upper = g_ascii_strup(code, -1), *blanks = g_strdelimit(g_strdup(code), "-", ' ');
        guint8 one[32], two[32];

        g_assert_cmpuint(strlen(code), ==, 19);
        g_assert_cmpstr(code, !=, other);
        mg_recovery_code_hash(code, one);
        mg_recovery_code_hash(upper, two);
        g_assert_cmpmem(one, 32, two, 32);
        mg_recovery_code_hash(blanks, two);
        g_assert_cmpmem(one, 32, two, 32);
        mg_recovery_code_hash(other, two);
        g_assert_true(memcmp(one, two, 32) != 0);
}

static void test_wait(void) {
        static const guint waits[] = {0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};

        for (guint i = 0; i < G_N_ELEMENTS(waits); i++)
                g_assert_cmpuint(mg_sign_in_wait(i), ==, waits[i]);
        g_assert_cmpuint(mg_sign_in_wait(G_MAXUINT), ==, 900);
}

static void test_passwords(void) {
        static const struct {
                const char *password;
                gboolean well;
        } rows[] = {{"", FALSE},
                    {"elevenchars", FALSE},
                    {"twelve chars", TRUE},
                    {"十二文字のパスワードです", TRUE},
                    {"十一文字のパスワードだ", FALSE},
                    {"with a\ttabulator", FALSE},
                    {"login-is-this", FALSE},
                    {"login-is-this and more than that", TRUE}};
        g_autoptr(MgPasswords) passwords = mg_passwords_new();
        g_autofree char *one = mg_passwords_hash(passwords, PASSWORD, NULL);
        g_autofree char *two = mg_passwords_hash(passwords, PASSWORD, NULL);
        gboolean right;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *fault = mg_password_fault(rows[i].password, "login-is-this");

                g_assert_cmpint(fault == NULL, ==, rows[i].well);
        }
        g_assert_true(g_str_has_prefix(one, "$y$"));
        g_assert_cmpstr(one, !=, two);
        g_assert_true(mg_passwords_check(passwords, PASSWORD, one, &right, NULL) && right);
        g_assert_true(mg_passwords_check(passwords, PASSWORD " ", one, &right, NULL) && !right);
        g_assert_true(mg_passwords_check(passwords, PASSWORD, NULL, &right, NULL) && !right);
}

/* A flood of passwords is turned away before it holds threads. */
static void test_flood(void) {
        g_autoptr(MgPasswords) passwords = mg_passwords_new();
        g_autoptr(GError) error = NULL;
        guint entered = 0;

        while (entered < 1000 && mg_passwords_enter(passwords, &error))
                entered++;
        g_assert_error(error, MG_ERROR, MG_ERROR_TIMEOUT);
        g_assert_cmpuint(entered, <, 16);
        mg_passwords_leave(passwords);
        g_assert_true(mg_passwords_enter(passwords, NULL));
}

/* --- signing in ---------------------------------------------------------------------------------------------- */

static void test_password(void) {
        g_autoptr(Store) store = store_with_persons();
        static const struct {
                const char *login, *password;
        } wrong[] = {{"login3", OTHER}, {"login3", ""},       {"login2", PASSWORD},  {STRANGER, PASSWORD},
                     {"", PASSWORD},    {"LOGIN3", PASSWORD}, {"' OR 1=1", PASSWORD}};
        g_autoptr(GError) error = NULL;
        const MgAsker asker = as(store, NULL);
        g_auto(MgSession) session = {0};

        set_password(store, "login3", PASSWORD);
        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) denied = NULL;

                g_assert_false(signs_in(store, wrong[i].login, wrong[i].password, "", &denied));
                g_assert_error(denied, MG_ERROR, MG_ERROR_DENIED);
                g_assert_cmpstr(denied->message, ==, "store: login, password or code is wrong");
        }
        mg_people_sign_in(&asker, "login3", PASSWORD, "", NULL, &session, &error);
        g_assert_no_error(error);
        g_assert_cmpint(session.person, ==, 3);
        g_assert_cmpuint(session.duties, ==, MG_DUTY_STAFF);
        g_assert_false(session.second);
        g_assert_cmpuint(session.idle, ==, MG_SESSION_IDLE_S);
        /* The failures before were taken back by it. */
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM sign_in WHERE failures = 1"), ==, 5);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM sign_in"), ==, 5);
}

/* Who is disabled or past his end hears the same as who is wrong. */
static void test_gone(void) {
        static const char *const ways[] = {"disabled = 1700000000", "until = 1700000000", "password = NULL"};
        g_autoptr(Store) store = store_with_persons();

        for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
                g_autofree char *statement = g_strdup_printf("UPDATE person SET %s WHERE number = 3", ways[i]);
                g_autoptr(GError) error = NULL;

                store_sql(store,
                          "UPDATE person SET disabled = NULL, until = NULL WHERE number = 3; DELETE FROM sign_in");
                set_password(store, "login3", PASSWORD);
                store_sql(store, statement);
                g_assert_false(signs_in(store, "login3", PASSWORD, "", &error));
                g_assert_cmpstr(error->message, ==, "store: login, password or code is wrong");
        }
}

static gint64 acts(const Store *store, const char *act) {
        g_autofree char *statement =
                g_strdup_printf("SELECT count(*) FROM audit WHERE entry LIKE '%%\"act\":\"%s\"%%'", act);

        return store_number(store, statement);
}

static void test_throttle(void) {
        static const char *const logins[] = {"login3", STRANGER};
        g_autoptr(Store) store = store_with_persons();

        set_password(store, "login3", PASSWORD);
        for (guint i = 0; i < G_N_ELEMENTS(logins); i++) {
                gint64 failed = acts(store, "sign-in-failed"), throttled = acts(store, "sign-in-throttled");

                for (guint j = 0; j < MG_SIGN_IN_FREE; j++)
                        g_assert_false(signs_in(store, logins[i], OTHER, "", NULL));
                /* The wait may pass while this test is held up; it is made long. */
                store_sql(store, "UPDATE sign_in SET retry_at = retry_at + 100");
                for (guint j = 0; j < 5; j++) {
                        g_autoptr(GError) error = NULL;

                        g_assert_false(signs_in(store, logins[i], PASSWORD, "", &error));
                        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
                        g_assert_true(says(error, "too many attempts: try again in "));
                }
                g_assert_cmpint(acts(store, "sign-in-failed") - failed, ==, MG_SIGN_IN_FREE);
                g_assert_cmpint(acts(store, "sign-in-throttled") - throttled, ==, 1);
        }
        /* A clock that was ahead, and is right again. */
        store_sql(store, "UPDATE sign_in SET retry_at = unixepoch() + 86400");
        g_assert_true(signs_in(store, "login3", PASSWORD, "", NULL));
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM sign_in"), ==, 1);
}

/* What is counted outlives the store's process; what is old, or too much, goes. */
static void test_counts(void) {
        g_autoptr(Store) store = store_with_persons();
        int status;

        g_assert_false(signs_in(store, "a", OTHER, "", NULL));
        g_assert_false(signs_in(store, "a", OTHER, "", NULL));
        store_kill(store);
        g_assert_true(store_start(store, &status));
        g_assert_cmpint(store_number(store, "SELECT failures FROM sign_in"), ==, 2);
        store_sql(store,
                  "UPDATE sign_in SET retry_at = unixepoch() - 86500;"
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)"
                  " INSERT INTO sign_in(login, failures, retry_at) SELECT CAST(i AS BLOB), 1, unixepoch() FROM n");
        g_assert_false(signs_in(store, "b", OTHER, "", NULL));
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM sign_in"), <=, MG_SIGN_IN_LOGINS + 1);
}

/* --- second factor ------------------------------------------------------------------------------------------- */

static void make_totp(const Store *store, const char *token, const char *login, MgTotp *totp) {
        const MgAsker asker = as(store, token);
        g_autoptr(GError) error = NULL;

        mg_people_totp(&asker, login, totp, &error);
        g_assert_no_error(error);
}

static void test_second(void) {
        g_autoptr(Store) store = store_with_persons();
        g_auto(MgTotp) totp = {0}, again = {0};
        g_autofree char *code = NULL, *next = NULL;

        set_password(store, "login3", PASSWORD);
        make_totp(store, "2", "login3", &totp);
        code = code_of(totp.secret, 0);
        next = code_of(totp.secret, 1);
        g_assert_false(signs_in(store, "login3", PASSWORD, "", NULL));
        g_assert_false(signs_in(store, "login3", OTHER, code, NULL));
        g_assert_true(signs_in(store, "login3", PASSWORD, code, NULL));
        /* Each code once, and none that is older than one that was taken. */
        g_assert_false(signs_in(store, "login3", PASSWORD, code, NULL));
        g_assert_true(signs_in(store, "login3", PASSWORD, next, NULL));
        g_assert_false(signs_in(store, "login3", PASSWORD, code, NULL));
        for (guint i = 0; i < MG_RECOVERY_CODES; i++) {
                store_sql(store, "DELETE FROM sign_in");
                g_assert_false(signs_in(store, "login3", OTHER, totp.codes[i], NULL));
                g_assert_true(signs_in(store, "login3", PASSWORD, totp.codes[i], NULL));
                g_assert_false(signs_in(store, "login3", PASSWORD, totp.codes[i], NULL));
        }
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM recovery_code"), ==, 0);
        /* A new one ends all of the old one. */
        make_totp(store, "2", "login3", &again);
        store_sql(store, "DELETE FROM sign_in");
        g_clear_pointer(&code, g_free);
        code = code_of(totp.secret, 0);
        g_assert_false(signs_in(store, "login3", PASSWORD, code, NULL));
        g_assert_true(signs_in(store, "login3", PASSWORD, again.codes[0], NULL));
}

/* --- sessions and tokens ------------------------------------------------------------------------------------- */

static gboolean is_admitted(const Store *store, const char *token) {
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        const MgAsker asker = as(store, token);

        return mg_people_list(&asker, "", persons, NULL) && persons->len > 0;
}

static void test_session(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker nobody = as(store, NULL);
        g_auto(MgSession) one = {0}, two = {0}, three = {0};
        gint64 used;

        set_password(store, "login3", PASSWORD);
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, "", NULL, &one, NULL));
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, "", NULL, &two, NULL));
        g_assert_cmpstr(one.token, !=, two.token);
        g_assert_true(is_admitted(store, one.token) && is_admitted(store, two.token));
        g_assert_true(mg_people_sign_out(&(MgAsker){store->socket, one.token}, NULL));
        g_assert_false(is_admitted(store, one.token));
        g_assert_false(mg_people_sign_out(&nobody, NULL));
        /* Use is noted, a minute's worth at a time, and keeps it from ending. */
        store_sql(store, "UPDATE token SET used = used - 70 WHERE idle IS NOT NULL");
        used = store_number(store, "SELECT used FROM token WHERE idle IS NOT NULL");
        g_assert_true(is_admitted(store, two.token));
        g_assert_cmpint(store_number(store, "SELECT used FROM token WHERE idle IS NOT NULL"), >=, used + 70);
        store_sql(store, "UPDATE token SET used = used - 1801 WHERE idle IS NOT NULL");
        g_assert_false(is_admitted(store, two.token));
        /* The next session takes those that ended with it; and it ends at last however much it is used. */
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, "", NULL, &three, NULL));
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM token WHERE idle IS NOT NULL"), ==, 1);
        g_assert_cmpint(three.until - MG_SESSION_END_S, <=, g_get_real_time() / G_USEC_PER_SEC);
        store_sql(store, "UPDATE token SET until = unixepoch() - 1 WHERE idle IS NOT NULL");
        g_assert_false(is_admitted(store, three.token));
}

/* A session says whose it is; that he wants what his duties do not include is on record. */
static void test_who(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker nobody = as(store, NULL);
        g_auto(MgSession) session = {0};
        g_autoptr(MgPerson) person = NULL;
        g_autoptr(GError) error = NULL;

        set_password(store, "login3", PASSWORD);
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, "", NULL, &session, NULL));
        person = mg_people_who(&(MgAsker){store->socket, session.token}, _MG_DUTY_ALL, NULL);
        g_assert_nonnull(person);
        g_assert_cmpstr(person->login, ==, "login3");
        g_assert_cmpuint(person->duties, ==, session.duties);
        g_assert_cmpint(acts(store, "refused"), ==, 0);
        g_clear_pointer(&person, mg_person_free);
        person = mg_people_who(&(MgAsker){store->socket, session.token}, _MG_DUTY_ALL & ~session.duties, NULL);
        g_assert_nonnull(person);
        g_assert_cmpint(acts(store, "refused"), ==, 1);
        g_assert_null(mg_people_who(&(MgAsker){store->socket, "none"}, 0, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_null(mg_people_who(&nobody, 0, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        /* Of tokens that are nobody's there is an entry a minute at most: anybody can make them up. */
        const gint64 refused = acts(store, "refused");
        for (guint i = 0; i < 20; i++)
                g_assert_null(mg_people_who(&(MgAsker){store->socket, "made-up"}, 0, NULL));
        g_assert_cmpint(acts(store, "refused"), <=, refused + 1);
}

/* Whose credentials whom makes: token, password, second factor. NULL: it is done. */
static const struct {
        const char *token, *login;
        const char *parts[3];
} makers[] = {
        {"2", "login3", {NULL, NULL, NULL}},
        {"2", "login2", {"a token makes no further one", NULL, NULL}},
        {"3", "login3", {"a token makes no further one", NULL, NULL}},
        {"3", "login2", {"only an officer", "only an officer", "only an officer"}},
        {"1", "login3", {"only an officer", "only an officer", "only an officer"}},
        {NULL, "login3", {"only an officer", "only an officer", "only an officer"}},
        {"4", "login3", {"not of your organization", "not of your organization", "not of your organization"}},
        {"2", "nobody", {"nobody has the login", "nobody has the login", "nobody has the login"}},
};

static void test_makers(void) {
        g_autoptr(Store) store = store_with_persons();

        for (guint i = 0; i < G_N_ELEMENTS(makers); i++) {
                const MgAsker asker = as(store, makers[i].token);
                GError *errors[3] = {NULL};
                mg_autosecret token = mg_people_token(&asker, makers[i].login, 30, &errors[0]);
                g_auto(MgTotp) totp = {0};

                mg_people_password(&asker, makers[i].login, PASSWORD, "", &errors[1]);
                mg_people_totp(&asker, makers[i].login, &totp, &errors[2]);
                for (guint j = 0; j < 3; j++) {
                        g_test_message("%s for %s, %u: %s", makers[i].token ? makers[i].token : "owner",
                                       makers[i].login, j, errors[j] ? errors[j]->message : "done");
                        g_assert_true(makers[i].parts[j] ? says(errors[j], makers[i].parts[j]) : errors[j] == NULL);
                        g_clear_error(&errors[j]);
                }
                store_sql(store,
                          "UPDATE person SET password = NULL, totp = NULL; DELETE FROM token WHERE idle IS NOT NULL");
        }
}

static void test_token(void) {
        static const guint32 wrong[] = {0, MG_TOKEN_DAYS_MAX + 1, G_MAXUINT32};
        g_autoptr(Store) store = store_with_persons();
        const MgAsker officer = as(store, "2");
        mg_autosecret token = mg_people_token(&officer, "login3", 30, NULL);
        guint32 ended;

        g_assert_cmpuint(strlen(token), ==, 43);
        g_assert_true(is_admitted(store, token));
        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) error = NULL;

                g_assert_null(mg_people_token(&officer, "login3", wrong[i], &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        }
        g_assert_true(mg_people_revoke(&officer, "login3", &ended, NULL));
        g_assert_cmpuint(ended, ==, 2);
        g_assert_false(is_admitted(store, token));
        g_assert_false(is_admitted(store, "3"));
}

/* A session that was taken from somebody sets him no password and no second factor. */
static void test_taken_session(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker taken = as(store, "3");
        g_auto(MgTotp) totp = {0}, other = {0};
        g_autoptr(GError) error = NULL;

        set_password(store, "login3", PASSWORD);
        g_assert_false(mg_people_password(&taken, "login3", OTHER, "", &error));
        g_assert_true(says(error, "the password that it replaces is wrong"));
        g_assert_false(mg_people_password(&taken, "login3", OTHER, OTHER, NULL));
        g_assert_true(signs_in(store, "login3", PASSWORD, "", NULL));
        /* One who has none yet makes his own. */
        make_totp(store, "3", "login3", &totp);
        g_clear_error(&error);
        g_assert_false(mg_people_totp(&taken, "login3", &other, &error));
        g_assert_true(says(error, "a second factor is replaced"));
        store_sql(store, "DELETE FROM sign_in");
        g_assert_true(mg_people_password(&taken, "login3", OTHER, PASSWORD, NULL));
        g_assert_true(signs_in(store, "login3", OTHER, totp.codes[0], NULL));
        /* Guesses of the old one are counted as those of signing in are. */
        for (guint i = 0; i < MG_SIGN_IN_FREE; i++)
                g_assert_false(mg_people_password(&taken, "login3", PASSWORD, "wrong", NULL));
        store_sql(store, "UPDATE sign_in SET retry_at = retry_at + 100");
        g_clear_error(&error);
        g_assert_false(mg_people_password(&taken, "login3", PASSWORD, OTHER, &error));
        g_assert_true(says(error, "too many attempts"));
}

/* --- nothing of it is written -------------------------------------------------------------------------------- */

static gboolean folder_holds(const Store *store, const char *secret) {
        static const char *const names[] = {"index.db", "index.db-wal"};
        gboolean holds = FALSE;

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(store->dir, "state", names[i], NULL), *data = NULL;
                gsize n;

                if (g_file_get_contents(path, &data, &n, NULL))
                        holds = holds || memmem(data, n, secret, strlen(secret)) != NULL;
        }
        return holds;
}

static void test_secrets(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker officer = as(store, "2"), nobody = as(store, NULL);
        mg_autosecret token = mg_people_token(&officer, "login3", 30, NULL);
        g_auto(MgTotp) totp = {0};
        g_auto(MgSession) session = {0};
        gint64 entries = store_number(store, "SELECT count(*) FROM audit");

        set_password(store, "login3", PASSWORD);
        make_totp(store, "2", "login3", &totp);
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, totp.codes[0], NULL, &session, NULL));
        g_assert_false(signs_in(store, "login3", OTHER, totp.codes[1], NULL));
        g_assert_true(mg_people_sign_out(&(MgAsker){store->socket, session.token}, NULL));
        g_assert_true(folder_holds(store, "login3"));
        g_assert_false(folder_holds(store, PASSWORD));
        g_assert_false(folder_holds(store, OTHER));
        g_assert_false(folder_holds(store, token));
        g_assert_false(folder_holds(store, session.token));
        g_assert_false(folder_holds(store, totp.secret));
        for (guint i = 0; i < MG_RECOVERY_CODES; i++)
                g_assert_false(folder_holds(store, totp.codes[i]));
        /* password-set, totp-set, signed-in, sign-in-failed, signed-out: ids alone, no login. */
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit") - entries, ==, 5);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit WHERE entry LIKE '%login3%'"), ==, 0);
        g_assert_cmpint(
                store_number(store,
                             "SELECT count(*) FROM audit WHERE entry LIKE"
                             " '%\"act\":\"signed-in\",\"actor\":\"p:3\",\"person\":\"3\",\"by\":\"recovery-code\"}'"),
                ==, 1);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(void);
        } rows[] = {{"totp", test_totp},       {"recovery-code", test_recovery_code},
                    {"wait", test_wait},       {"passwords", test_passwords},
                    {"flood", test_flood},     {"password", test_password},
                    {"gone", test_gone},       {"throttle", test_throttle},
                    {"counts", test_counts},   {"second", test_second},
                    {"session", test_session}, {"makers", test_makers},
                    {"token", test_token},     {"taken-session", test_taken_session},
                    {"secrets", test_secrets}, {"who", test_who}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/store/sign-in/", rows[i].name, NULL);

                g_test_add_func(path, rows[i].func);
        }
        return g_test_run();
}
