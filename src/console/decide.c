/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deciding on requests, one or several at once. Where the store wants password and code once more, they are asked for
 * on a page that carries the decision, and then it is done.
 */
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "base/request_client.h"
#include "console/handlers.h"
#include "console/requests.h"

/* Requests that are decided at once. */
#define DECIDED_MAX 100

/* --- forms ------------------------------------------------------------------------------------------------------ */

static void put_reason(MgPage *page, const char *hint, guint input) {
        mg_page_input(page, "text", "reason", T(page, N_("Reason")), NULL, hint, "off", input | MG_INPUT_WIDE);
}

void mg_requests_decide_fields(MgVisit *visit) {
        MgPage *page = &visit->page;

        put_reason(page, T(page, N_("Needed for a denial: who asked reads it.")), MG_INPUT_PLAIN);
        mg_page_submit(page, "decision", "approve", T(page, N_("Approve")), "main");
        mg_page_submit(page, "decision", "deny", T(page, N_("Deny")), "danger");
}

void mg_requests_withdraw_fields(MgVisit *visit) {
        MgPage *page = &visit->page;

        put_reason(page, T(page, N_("A word suffices.")), MG_INPUT_REQUIRED);
        mg_page_submit(page, "decision", "deny", T(page, N_("Take the request back")), "danger");
}

void mg_requests_settle_form(MgVisit *visit, gint64 number) {
        MgPage *page = &visit->page;
        g_autofree char *path = g_strdup_printf("/requests/%" G_GINT64_FORMAT "/settle", number);

        mg_page_heading(page, T(page, N_("Say whether it was sent")));
        mg_page_say(
                page, NULL,
                T(page, N_("The connection was lost while it was handed over. An administrator finds it in the log of "
                           "Postfix by its Message-ID; then say here what became of it.")));
        mg_page_form(page, path);
        put_reason(page, NULL, MG_INPUT_REQUIRED);
        mg_page_submit(page, "how", "sent", T(page, N_("It was sent")), "main");
        mg_page_submit(page, "how", "again", T(page, N_("It was not: send it again")), NULL);
        mg_page_form_end(page);
}

/* --- password and code once more -------------------------------------------------------------------------------- */

/* A code cannot be asked of who has nothing that makes one. */
static void say_no_factor(MgVisit *visit) {
        MgPage *page = &visit->page;

        visit->reply->status = 403;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Is it you?")));
        if (page->is_json) {
                mg_json_number(&page->json, "status", 403);
                mg_json_text(&page->json, "error", "second-factor");
        }
        mg_page_say(
                page, "warning",
                T(page, N_("An approval needs an authenticator, and you have none yet. Make one on the page of your "
                           "account, sign in with it, and decide then. Nothing was changed.")));
        mg_page_link(page, "/account", T(page, N_("My account")));
        mg_visit_end(visit);
}

/* sentence: what was wrong, or NULL. All fields of the act are carried along. */
static void ask_again(MgVisit *visit, const char *sentence) {
        MgPage *page = &visit->page;
        const GPtrArray *fields = visit->http->fields;

        if (!visit->person->has_totp) {
                say_no_factor(visit);
                return;
        }
        visit->reply->status = 403;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Is it you?")));
        if (page->is_json) {
                mg_json_number(&page->json, "status", 403);
                mg_json_text(&page->json, "error", "step-up");
        }
        mg_page_say(
                page, sentence ? "warning" : "note",
                sentence ? sentence
                         : T(page, N_("An approval lets a file in. Say your password and a code once more; then it is "
                                      "done.")));
        mg_page_form(page, visit->http->path);
        for (guint i = 0; i < fields->len; i++) {
                const MgHttpField *field = g_ptr_array_index(fields, i);

                if (!g_str_equal(field->name, "csrf") && !g_str_equal(field->name, "password") &&
                    !g_str_equal(field->name, "code"))
                        mg_page_hidden(page, field->name, field->value);
        }
        mg_page_input(page, "password", "password", T(page, N_("Password")), NULL, NULL, "current-password",
                      MG_INPUT_REQUIRED | MG_INPUT_FOCUS);
        mg_page_input(page, "text", "code", T(page, N_("Code")), NULL, NULL, "one-time-code", MG_INPUT_PLAIN);
        mg_page_submit(page, NULL, NULL, T(page, N_("It is me")), "main");
        mg_page_form_end(page);
        mg_visit_end(visit);
}

/* TRUE where nothing was said, or what was said is right. */
static gboolean step_up(MgVisit *visit) {
        const gboolean english = visit->http->english;
        const char *password, *code;
        GError *error = NULL;

        if (!mg_visit_line(visit, "password", mg_words(english, N_("Password")), MG_PASSWORD_MAX, FALSE, &password) ||
            !mg_visit_line(visit, "code", mg_words(english, N_("Code")), MG_PERSON_WORD_MAX, FALSE, &code))
                return FALSE;
        if (*password == '\0' || mg_people_step_up(&visit->asker, password, code, &error))
                return TRUE;
        if (g_error_matches(error, MG_ERROR, MG_ERROR_DENIED)) {
                ask_again(visit,
                          mg_words(english, N_("Password or code is wrong, or it was tried too often. A code works "
                                               "once: wait for the next one.")));
                g_error_free(error);
        } else {
                mg_visit_fault(visit, error);
        }
        return FALSE;
}

/* --- acts ------------------------------------------------------------------------------------------------------- */

static gboolean read_numbers(MgVisit *visit, GArray *numbers) {
        g_autofree const char **typed = mg_http_fields(visit->http, "number");

        for (guint i = 0; typed[i]; i++) {
                guint64 number = 0;

                if (!g_ascii_string_to_unsigned(typed[i], 10, 1, G_MAXINT64, &number, NULL) || i >= DECIDED_MAX) {
                        mg_visit_refuse(visit, 400, NULL);
                        return FALSE;
                }
                g_array_append_val(numbers, number);
        }
        if (numbers->len == 0)
                mg_visit_refuse(visit, 400, mg_words(visit->http->english, N_("Choose at least one request.")));
        return numbers->len > 0;
}

/* What became of each, where not all went well. */
static void put_results(MgVisit *visit, const GArray *numbers, const GPtrArray *faults) {
        MgPage *page = &visit->page;

        visit->reply->status = 400;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Not all could be decided")));
        mg_page_table(page, "results", T(page, N_("What became of each")), T(page, N_("Number")), T(page, N_("Result")),
                      NULL);
        for (guint i = 0; i < numbers->len; i++) {
                const char *fault = g_ptr_array_index(faults, i);

                mg_page_row(page);
                mg_page_cell_number(page, "number", g_array_index(numbers, gint64, i));
                mg_page_cell_word(page, "error", fault, fault ? fault : T(page, N_("done")));
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
        mg_page_link(page, "/requests?state=waiting", T(page, N_("To the requests that wait")));
        mg_visit_end(visit);
}

/* FALSE where a page was written: it needs password and code, or the store does not answer. */
static gboolean decide_all(MgVisit *visit, MgDecide how, const char *reason, const GArray *numbers, GPtrArray *faults,
                           guint *failed) {
        for (guint i = 0; i < numbers->len; i++) {
                g_autoptr(GError) error = NULL;

                if (mg_request_decide(&visit->asker, how, g_array_index(numbers, gint64, i), reason, &error)) {
                        g_ptr_array_add(faults, NULL);
                        continue;
                }
                if (g_error_matches(error, MG_ERROR, MG_ERROR_STEP_UP)) {
                        ask_again(visit, NULL);
                        return FALSE;
                }
                if (numbers->len == 1) {
                        mg_visit_fault(visit, g_steal_pointer(&error));
                        return FALSE;
                }
                g_ptr_array_add(faults, g_strdup(mg_words(visit->http->english, error->message)));
                (*failed)++;
        }
        return TRUE;
}

void mg_handle_decide(MgVisit *visit) {
        const gboolean english = visit->http->english;
        const char *word = mg_http_field(visit->http, "decision"), *reason;
        const gboolean deny = g_str_equal(word, "deny");
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *path = NULL;
        guint failed = 0;

        if (!deny && !g_str_equal(word, "approve")) {
                mg_visit_refuse(visit, 400, NULL);
                return;
        }
        if (!mg_visit_line(visit, "reason", mg_words(english, N_("Reason")), MG_REQUEST_REASON_MAX, deny, &reason) ||
            !read_numbers(visit, numbers) || !step_up(visit) ||
            !decide_all(visit, deny ? MG_DECIDE_DENY : MG_DECIDE_APPROVE, reason, numbers, faults, &failed))
                return;
        if (failed > 0) {
                put_results(visit, numbers, faults);
                return;
        }
        path = numbers->len == 1 ? g_strdup_printf("/requests/%" G_GINT64_FORMAT "?done=%s",
                                                   g_array_index(numbers, gint64, 0), deny ? "denied" : "approved")
                                 : g_strdup_printf("/requests?state=waiting&done=%s", deny ? "denied" : "approved");
        mg_visit_done(visit, path, 0);
}

void mg_handle_settle(MgVisit *visit) {
        const char *word = mg_http_field(visit->http, "how"), *reason;
        const gboolean sent = g_str_equal(word, "sent");
        g_autofree char *path = NULL;
        guint64 number = 0;
        GError *error = NULL;

        if ((!sent && !g_str_equal(word, "again")) ||
            !g_ascii_string_to_unsigned(visit->argument, 10, 1, G_MAXINT64, &number, NULL)) {
                mg_visit_refuse(visit, 400, NULL);
                return;
        }
        if (!mg_visit_line(visit, "reason", mg_words(visit->http->english, N_("Reason")), MG_REQUEST_REASON_MAX, TRUE,
                           &reason) ||
            !step_up(visit))
                return;
        if (!mg_request_settle(&visit->asker, (gint64)number, sent ? MG_SETTLE_SENT : MG_SETTLE_AGAIN, reason,
                               &error)) {
                if (g_error_matches(error, MG_ERROR, MG_ERROR_STEP_UP)) {
                        ask_again(visit, NULL);
                        g_error_free(error);
                } else {
                        mg_visit_fault(visit, error);
                }
                return;
        }
        path = g_strdup_printf("/requests/%s?done=settled", visit->argument);
        mg_visit_done(visit, path, 0);
}
