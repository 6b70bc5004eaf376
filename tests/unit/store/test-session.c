/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: seen and ended by whose they are and by who manages people; stepped up before an approval; and attempts
 * counted by the client's address.
 */
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "base/request_client.h"
#include "base/secret.h"
#include "harness.h"
#include "store/sign_in.h"

#define PASSWORD "correct horse battery"
#define ADDRESS "192.0.2.7"

/* 2 is an officer, 3 an approver with a second factor, 4 the officer of an organization. */
static Store *store_with_persons(MgTotp *totp) {
        static const guint32 duties[] = {MG_DUTY_ADMINISTRATOR, MG_DUTY_OFFICER, MG_DUTY_APPROVER, MG_DUTY_OFFICER};
        Store *store = store_new();

        for (guint i = 0; i < G_N_ELEMENTS(duties); i++)
                store_add_person(store, i + 1, duties[i], "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number = 4");
        g_assert_true(mg_people_password(&(MgAsker){store->socket, "2"}, "login3", PASSWORD, "", NULL));
        g_assert_true(mg_people_totp(&(MgAsker){store->socket, "2"}, "login3", totp, NULL));
        return store;
}

static MgAsker as(const Store *store, const char *token) {
        return (MgAsker){store->socket, token};
}

static void sign_in(const Store *store, const char *code, MgSession *session) {
        g_autoptr(GError) error = NULL;
        const MgAsker nobody = as(store, NULL);

        mg_people_sign_in(&nobody, "login3", PASSWORD, code, ADDRESS, session, &error);
        g_assert_no_error(error);
        g_assert_true(session->second);
}

static GPtrArray *rows_of(const Store *store, const char *token, const char *login, GError **error) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_session_row_free);
        g_autoptr(MgPerson) person = NULL;
        const MgAsker asker = as(store, token);

        if (!mg_people_sessions(&asker, login, &person, rows, error))
                return NULL;
        g_assert_cmpstr(person->login, ==, "login3");
        return g_steal_pointer(&rows);
}

static const MgSessionRow *own_row(GPtrArray *rows) {
        const MgSessionRow *own = NULL;

        for (guint i = 0; i < rows->len; i++) {
                const MgSessionRow *row = g_ptr_array_index(rows, i);

                if (row->is_own)
                        own = row;
        }
        g_assert_nonnull(own);
        return own;
}

static void test_list(void) {
        g_auto(MgTotp) totp = {0};
        g_autoptr(Store) store = store_with_persons(&totp);
        g_auto(MgSession) one = {0}, two = {0};
        g_autoptr(GError) stranger = NULL;
        guint32 ended = 9;

        sign_in(store, totp.codes[0], &one);
        sign_in(store, totp.codes[1], &two);
        g_autoptr(GPtrArray) rows = rows_of(store, one.token, "", NULL);
        const MgAsker asker = as(store, one.token);

        g_assert_cmpuint(rows->len, ==, 3);
        g_assert_cmpstr(own_row(rows)->by, ==, "recovery-code");
        g_assert_true(own_row(rows)->is_session);
        g_assert_cmpint(own_row(rows)->stepped, ==, own_row(rows)->made);
        g_assert_cmpint(own_row(rows)->until, ==, one.until);
        /* Its officer sees them, one of another organization does not, and nobody ends what is none. */
        g_autoptr(GPtrArray) others = rows_of(store, "2", "login3", NULL);
        g_assert_cmpuint(others->len, ==, 3);
        g_assert_null(rows_of(store, "4", "login3", &stranger));
        g_assert_error(stranger, MG_ERROR, MG_ERROR_DENIED);
        g_assert_false(mg_people_end_session(&asker, "", "0123456789abcdef", &ended, NULL));
        /* All but the one that asks; the token that an officer made stays. */
        g_assert_true(mg_people_end_session(&asker, "", NULL, &ended, NULL));
        g_assert_cmpuint(ended, ==, 1);
        g_assert_null(rows_of(store, two.token, "", NULL));
        g_autoptr(GPtrArray) left = rows_of(store, one.token, "", NULL);
        g_assert_cmpuint(left->len, ==, 2);
        g_assert_true(mg_people_end_session(&(MgAsker){store->socket, "2"}, "login3", own_row(left)->id, &ended, NULL));
        g_assert_null(rows_of(store, one.token, "", NULL));
}

static int approve(const Store *store, const char *token) {
        g_autoptr(GError) error = NULL;
        const MgAsker asker = as(store, token);

        g_assert_false(mg_request_decide(&asker, MG_DECIDE_APPROVE, 77, "", &error));
        return error->code;
}

/* Whether it comes to the question which request that is. */
static void test_step_up(void) {
        g_auto(MgTotp) totp = {0};
        g_autoptr(Store) store = store_with_persons(&totp);
        g_auto(MgSession) session = {0};
        g_autoptr(GError) denied = NULL, without = NULL;

        sign_in(store, totp.codes[0], &session);
        const MgAsker asker = as(store, session.token);

        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_MISSING);
        store_sql(store, "UPDATE token SET stepped = stepped - 601 WHERE idle IS NOT NULL");
        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_STEP_UP);
        /* A token of an officer's making is not a session. */
        g_assert_cmpint(approve(store, "3"), ==, MG_ERROR_MISSING);
        g_assert_false(mg_people_step_up(&asker, "a wrong password", totp.codes[1], &denied));
        g_assert_error(denied, MG_ERROR, MG_ERROR_DENIED);
        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_STEP_UP);
        g_assert_false(mg_people_step_up(&asker, PASSWORD, totp.codes[0], NULL));
        g_assert_true(mg_people_step_up(&asker, PASSWORD, totp.codes[1], NULL));
        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_MISSING);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"stepped-up\"%\"p:3\"%'"),
                        ==, 1);
        g_assert_false(mg_people_step_up(&(MgAsker){store->socket, "3"}, PASSWORD, totp.codes[2], NULL));
        /* Who has no second factor cannot step up. */
        store_sql(store, "UPDATE person SET totp = NULL WHERE number = 3; DELETE FROM sign_in");
        g_assert_false(mg_people_step_up(&asker, PASSWORD, "", &without));
        g_assert_nonnull(strstr(without->message, "second factor"));
}

/* Whom the web server in front has signed in: a session that looks and asks, and approves nothing before password and
 * code were said here. */
static void test_vouched(void) {
        static const struct {
                const char *login, *says, *at;
        } rows[] = {{"nobody-here", "nobody of this name", "login"},
                    {"CITY\\login3", "nobody of this name", "login"},
                    {"login1", "is disabled", "disabled"},
                    {"login2", "until a day that is past", "ended"}};
        g_auto(MgTotp) totp = {0};
        g_autoptr(Store) store = store_with_persons(&totp);
        const MgAsker console = as(store, NULL);
        g_auto(MgSession) session = {0};
        g_autoptr(GError) error = NULL;

        mg_people_vouch(&console, "login3", ADDRESS, &session, &error);
        g_assert_no_error(error);
        g_assert_cmpint(session.person, ==, 3);
        g_assert_cmpuint(session.duties, ==, MG_DUTY_APPROVER);
        g_assert_false(session.second);
        g_autoptr(GPtrArray) sessions = rows_of(store, session.token, "", NULL);
        g_assert_cmpstr(own_row(sessions)->by, ==, "web-server");
        g_assert_cmpint(own_row(sessions)->stepped, ==, 0);
        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_STEP_UP);
        g_assert_true(mg_people_step_up(&(MgAsker){store->socket, session.token}, PASSWORD, totp.codes[1], NULL));
        g_assert_cmpint(approve(store, session.token), ==, MG_ERROR_MISSING);
        g_assert_cmpint(
                store_number(store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"signed-in\"%\"web-server\"%'"), ==,
                1);
        /* A token proves its person, and no word for another. */
        g_assert_false(mg_people_vouch(&(MgAsker){store->socket, "2"}, "login3", ADDRESS, &(MgSession){0}, NULL));
        store_sql(store,
                  "UPDATE person SET disabled = 1 WHERE number = 1; UPDATE person SET until = 1 WHERE number = 2");
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *count = g_strdup_printf(
                        "SELECT count(*) FROM audit WHERE entry LIKE '%%\"sign-in-failed\"%%\"at\":\"%s\"%%'",
                        rows[i].at);
                g_autoptr(GError) denied = NULL;
                g_auto(MgSession) none = {0};
                const gint64 before = store_number(store, count);

                g_assert_false(mg_people_vouch(&console, rows[i].login, ADDRESS, &none, &denied));
                g_assert_error(denied, MG_ERROR, MG_ERROR_DENIED);
                g_assert_nonnull(strstr(denied->message, rows[i].says));
                g_assert_null(none.token);
                g_assert_cmpint(store_number(store, count) - before, ==, 1);
        }
}

static void test_address(void) {
        g_auto(MgTotp) totp = {0};
        g_autoptr(Store) store = store_with_persons(&totp);
        const MgAsker nobody = as(store, NULL);
        g_auto(MgSession) session = {0};
        g_autoptr(GError) throttled = NULL, other = NULL;

        g_assert_cmpuint(mg_sign_in_address_wait(MG_SIGN_IN_ADDRESS_FREE - 1), ==, 0);
        g_assert_cmpuint(mg_sign_in_address_wait(MG_SIGN_IN_ADDRESS_FREE), ==, 2);
        g_assert_cmpuint(mg_sign_in_address_wait(1000), ==, MG_SIGN_IN_ADDRESS_WAIT_S);
        /* Twenty failures of as many logins, from one address; what is right is not counted. */
        g_assert_true(mg_people_sign_in(&nobody, "login3", PASSWORD, totp.codes[0], ADDRESS, &session, NULL));
        for (guint i = 0; i < MG_SIGN_IN_ADDRESS_FREE; i++) {
                g_autofree char *login = g_strdup_printf("stranger%u", i);
                g_auto(MgSession) unused = {0};

                g_assert_false(mg_people_sign_in(&nobody, login, PASSWORD, "", ADDRESS, &unused, NULL));
        }
        mg_session_clear(&session);
        store_sql(store, "UPDATE sign_in SET retry_at = retry_at + 30 WHERE failures = 20");
        g_assert_false(mg_people_sign_in(&nobody, "another", PASSWORD, "", ADDRESS, &session, &throttled));
        g_assert_nonnull(strstr(throttled->message, "too many attempts"));
        g_assert_false(mg_people_sign_in(&nobody, "another", PASSWORD, "", "192.0.2.8", &session, &other));
        g_assert_nonnull(strstr(other->message, "is wrong"));
        /* One is forgotten each minute, and the trail has no address. */
        store_sql(store, "UPDATE sign_in SET retry_at = unixepoch() - 600 WHERE failures = 20");
        g_assert_false(mg_people_sign_in(&nobody, "another2", PASSWORD, "", ADDRESS, &session, NULL));
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM sign_in WHERE failures = 11"), ==, 1);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit WHERE entry LIKE '%192.0.2%'"), ==, 0);
        g_assert_cmpint(store_number(store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"address\":\"h:%'"), >, 20);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/session/list", test_list);
        g_test_add_func("/store/session/step-up", test_step_up);
        g_test_add_func("/store/session/vouched", test_vouched);
        g_test_add_func("/store/session/address", test_address);
        return g_test_run();
}
