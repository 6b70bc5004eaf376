/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One's own account: sessions, password, second factor. What is made here is shown once and kept nowhere.
 */
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "console/handlers.h"
#include "console/names.h"
#include "console/people.h"

/* --- the page --------------------------------------------------------------------------------------------------- */

static const char *by_text(gboolean english, const char *by) {
        return g_str_equal(by, "totp")            ? mg_words(english, N_("password and code"))
               : g_str_equal(by, "recovery-code") ? mg_words(english, N_("password and recovery code"))
               : g_str_equal(by, "web-server")    ? mg_words(english, N_("the web server in front"))
               : g_str_equal(by, "password")      ? mg_words(english, N_("password"))
                                                  : mg_words(english, N_("token of a program"));
}

static void put_end(MgPage *page, const MgSessionRow *row) {
        if (page->is_json) {
                mg_json_boolean(&page->json, "own", row->is_own);
                return;
        }
        mg_html_begin(&page->html, "td", NULL);
        if (row->is_own) {
                mg_html_put_text(&page->html, T(page, N_("this one")));
        } else if (row->is_session) {
                mg_html_put(&page->html, "button", T(page, N_("End it")), "type", "submit", "name", "id", "value",
                            row->id, NULL);
        }
        mg_html_end(&page->html);
}

static void put_sessions(MgVisit *visit, const GPtrArray *rows) {
        MgPage *page = &visit->page;

        mg_page_heading(page, T(page, N_("Where you are signed in")));
        mg_page_form(page, "/account/end");
        mg_page_table(page, "sessions", T(page, N_("Sessions, the newest first")), T(page, N_("Since")),
                      T(page, N_("Last used")), T(page, N_("By")), T(page, N_("Ends")), NULL);
        for (guint i = 0; i < rows->len; i++) {
                const MgSessionRow *row = g_ptr_array_index(rows, i);

                mg_page_row(page);
                mg_page_cell_time(page, "made", row->made);
                mg_page_cell_time(page, "used", row->used);
                mg_page_cell_word(page, "by", row->by, by_text(page->english, row->by));
                put_end(page, row);
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
        mg_page_submit(page, "id", "", T(page, N_("End all others")), NULL);
        mg_page_form_end(page);
}

static void put_password_form(MgPage *page) {
        mg_page_heading(page, T(page, N_("Change the password")));
        mg_page_form(page, "/account/password");
        mg_page_input(page, "password", "before", T(page, N_("Password until now")), NULL, NULL, "current-password",
                      MG_INPUT_REQUIRED);
        mg_page_input(page, "password", "password", T(page, N_("New password")), NULL,
                      T(page, N_("At least 12 characters; several words are easy to keep in mind.")), "new-password",
                      MG_INPUT_REQUIRED);
        mg_page_input(page, "password", "again", T(page, N_("New password once more")), NULL, NULL, "new-password",
                      MG_INPUT_REQUIRED);
        mg_page_submit(page, NULL, NULL, T(page, N_("Change the password")), "main");
        mg_page_form_end(page);
}

static void put_totp_form(MgVisit *visit) {
        MgPage *page = &visit->page;

        mg_page_heading(page, T(page, N_("Authenticator")));
        mg_page_say(page, NULL,
                    visit->person->has_totp
                            ? T(page, N_("You have one. A new one takes its place, and the recovery codes too."))
                            : T(page, N_("You have none. With one, a stolen password alone opens nothing.")));
        mg_page_form(page, "/account/totp");
        mg_page_submit(page, NULL, NULL, T(page, N_("Make a new one")), NULL);
        mg_page_form_end(page);
}

void mg_handle_account(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_session_row_free);
        g_autoptr(MgPerson) person = NULL;
        GError *error = NULL;

        if (!mg_people_sessions(&visit->asker, "", &person, rows, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        mg_visit_begin(visit, mg_words(visit->http->english, N_("My account")));
        if (*mg_http_field(visit->http, "done"))
                mg_page_say(page, "done", T(page, N_("Done.")));
        mg_people_facts(page, person);
        put_sessions(visit, rows);
        put_password_form(page);
        put_totp_form(visit);
        mg_visit_end(visit);
}

/* --- acts ------------------------------------------------------------------------------------------------------- */

void mg_handle_account_end(MgVisit *visit) {
        const char *id;
        guint32 sessions;
        GError *error = NULL;

        if (!mg_visit_line(visit, "id", "id", MG_PERSON_WORD_MAX, FALSE, &id))
                return;
        if (mg_people_end_session(&visit->asker, "", *id ? id : NULL, &sessions, &error))
                mg_visit_done(visit, "/account?done=1", 0);
        else
                mg_visit_fault(visit, error);
}

void mg_handle_account_password(MgVisit *visit) {
        const gboolean english = visit->http->english;
        const char *before, *password, *again;
        GError *error = NULL;

        if (!mg_visit_line(visit, "before", mg_words(english, N_("Password until now")), MG_PASSWORD_MAX, FALSE,
                           &before) ||
            !mg_visit_line(visit, "password", mg_words(english, N_("New password")), MG_PASSWORD_MAX, TRUE,
                           &password) ||
            !mg_visit_line(visit, "again", mg_words(english, N_("New password once more")), MG_PASSWORD_MAX, FALSE,
                           &again))
                return;
        if (!visit->http->is_bearer && !g_str_equal(password, again)) {
                mg_visit_refuse(visit, 400, mg_words(english, N_("The two new passwords differ.")));
                return;
        }
        if (mg_people_password(&visit->asker, visit->person->login, password, before, &error))
                mg_visit_done(visit, "/account?done=1", 0);
        else
                mg_visit_fault(visit, error);
}

void mg_handle_account_totp(MgVisit *visit) {
        mg_people_make_totp(visit, visit->person->login, "/account");
}
