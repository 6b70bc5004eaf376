/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in and out, and the language. Who somebody is, and how often he or an address may try, the store says.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "base/text.h"
#include "console/handlers.h"
#include "console/route.h"

/* A language is remembered for so long. */
#define LANGUAGE_S (400ll * 86400)

/* The page that is wanted after that: of ours, else the start page. */
static const char *next_of(const MgVisit *visit) {
        const char *next = mg_http_field(visit->http, "next");

        return mg_route_is_page(next) && !g_str_has_prefix(next, "/sign-in") ? next : "/";
}

static void put_form(MgVisit *visit, const char *next) {
        MgPage *page = &visit->page;

        mg_page_form(page, "/sign-in");
        mg_page_hidden(page, "next", next);
        mg_page_input(page, "text", "login", T(page, N_("Login name")), mg_http_field(visit->http, "login"), NULL,
                      "username", MG_INPUT_REQUIRED | MG_INPUT_FOCUS);
        mg_page_input(page, "password", "password", T(page, N_("Password")), NULL, NULL, "current-password",
                      MG_INPUT_REQUIRED);
        mg_page_input(page, "text", "code", T(page, N_("Code")), NULL,
                      T(page, N_("The six digits of your authenticator, or one of your recovery codes. Leave it empty "
                                 "if you have neither.")),
                      "one-time-code", MG_INPUT_PLAIN);
        mg_page_submit(page, NULL, NULL, T(page, N_("Sign in")), "main");
        mg_page_form_end(page);
}

/* sentence: what is wrong, or NULL. */
static void put_page(MgVisit *visit, guint status, const char *class, const char *sentence, const char *next) {
        MgPage *page = &visit->page;

        visit->reply->status = status;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Sign in")));
        if (page->is_json) {
                mg_json_number(&page->json, "status", status);
                mg_json_text(&page->json, "error", sentence ? sentence : T(page, N_("Please sign in")));
        }
        if (sentence)
                mg_page_say(page, class, sentence);
        put_form(visit, next);
        mg_page_say(page, "hint",
                    T(page, N_("Forgotten the password, or lost the authenticator? A security officer gives you new "
                               "ones.")));
        mg_visit_end(visit);
}

void mg_sign_in_form(MgVisit *visit, gboolean ended) {
        const MgHttpRequest *http = visit->http;
        const gboolean get = http->method == MG_HTTP_GET;
        const char *sentence = !ended ? NULL
                               : get  ? N_("You were signed out: 30 minutes passed without anything done, or ten hours "
                                            "since you signed "
                                            "in. Sign in again, and you come back to the page that you wanted.")
                                      : N_("You were signed out: 30 minutes passed without anything done, or ten hours "
                                            "since you signed "
                                            "in. What you have just sent was not done; sign in and send it again.");

        if (ended)
                mg_http_reply_cookie(visit->reply, mg_http_session_cookie(visit->console->plain), "", 0,
                                     visit->console->plain);
        put_page(visit, 401, "note", sentence ? mg_words(http->english, sentence) : NULL,
                 get && mg_route_is_page(http->target) ? http->target : "/");
}

void mg_handle_sign_in_page(MgVisit *visit) {
        put_page(visit, 200, NULL, NULL, next_of(visit));
}

/* The store says it in seconds, in a sentence of its own. 0: it was not that. */
static guint wait_in(const GError *error) {
        const char *said = strstr(error->message, "too many attempts");
        guint seconds = 0;

        return said && sscanf(said, "too many attempts: try again in %u seconds", &seconds) == 1 ? seconds : 0;
}

static void say_wait(MgVisit *visit, guint seconds) {
        const gboolean english = visit->http->english;
        g_autofree char *sentence =
                seconds < 120
                        ? g_strdup_printf(mg_words(english, N_("Too many attempts. Try again in %u seconds.")), seconds)
                        : g_strdup_printf(mg_words(english, N_("Too many attempts. Try again in %u minutes.")),
                                          (seconds + 59) / 60);

        visit->reply->retry_after = seconds;
        put_page(visit, 429, "warning", sentence, next_of(visit));
}

static void say_failed(MgVisit *visit, GError *error) {
        guint wait;

        if (!g_error_matches(error, MG_ERROR, MG_ERROR_DENIED)) {
                mg_visit_fault(visit, error);
                return;
        }
        wait = wait_in(error);
        g_error_free(error);
        if (wait > 0)
                say_wait(visit, wait);
        else
                put_page(visit, 401, "warning",
                         mg_words(visit->http->english, N_("Login name, password or code is wrong. A code works once: "
                                                           "wait for the next one.")),
                         next_of(visit));
}

/* Full-width digits and blanks between are as good. Caller frees. */
static char *code_of(const char *typed) {
        g_autofree char *plain = g_utf8_normalize(typed, -1, G_NORMALIZE_ALL_COMPOSE);
        GString *code = g_string_new(NULL);

        for (const char *p = plain ? plain : ""; *p; p++)
                if (!g_ascii_isspace(*p))
                        g_string_append_c(code, *p);
        return g_string_free(code, FALSE);
}

void mg_handle_sign_in(MgVisit *visit) {
        const gboolean english = visit->http->english, plain = visit->console->plain;
        const char *login, *password, *typed;
        g_autofree char *code = NULL;
        g_auto(MgSession) session = {0};
        const MgAsker nobody = {.socket_path = visit->console->store_path};
        GError *error = NULL;

        if (!mg_visit_line(visit, "login", mg_words(english, N_("Login name")), MG_PERSON_LOGIN_MAX, TRUE, &login) ||
            !mg_visit_line(visit, "password", mg_words(english, N_("Password")), MG_PASSWORD_MAX, TRUE, &password) ||
            !mg_visit_line(visit, "code", mg_words(english, N_("Code")), MG_PERSON_WORD_MAX, FALSE, &typed))
                return;
        code = code_of(typed);
        if (!mg_people_sign_in(&nobody, login, password, code, visit->peer, &session, &error)) {
                say_failed(visit, error);
                return;
        }
        if (visit->http->wants_json) {
                mg_visit_begin(visit, "");
                mg_json_text(&visit->page.json, "token", session.token);
                mg_json_number(&visit->page.json, "idle", session.idle);
                mg_json_number(&visit->page.json, "until", session.until);
                mg_visit_end(visit);
                return;
        }
        mg_http_reply_cookie(visit->reply, mg_http_session_cookie(plain), session.token, -1, plain);
        mg_http_reply_see(visit->reply, next_of(visit));
}

void mg_handle_sign_out(MgVisit *visit) {
        const gboolean plain = visit->console->plain;
        GError *error = NULL;

        if (!mg_people_sign_out(&visit->asker, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        mg_http_reply_cookie(visit->reply, mg_http_session_cookie(plain), "", 0, plain);
        mg_visit_done(visit, "/sign-in", 0);
}

void mg_handle_language(MgVisit *visit) {
        const char *language = mg_http_field(visit->http, "language"), *next = mg_http_field(visit->http, "next");
        const gboolean plain = visit->console->plain;

        if (!g_str_equal(language, "ja") && !g_str_equal(language, "en")) {
                mg_visit_refuse(visit, 400, NULL);
                return;
        }
        mg_http_reply_cookie(visit->reply, mg_http_language_cookie(plain), language, LANGUAGE_S, plain);
        mg_visit_done(visit, mg_route_is_page(next) ? next : "/", 0);
}
