/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of routes, and what comes before every handler. Who may do what is in the end the store's to say: the
 * duties here are those of the store's own table of requests.
 */
#include "console/route.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/people_client.h"
#include "console/assets.h"
#include "console/handlers.h"
#include "console/said.h"

#define EVERYBODY 0
#define PERSONS _MG_DUTY_ALL
/* As store/session.c has them. */
#define LOOKERS (MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_STAFF | MG_DUTY_AUDITOR)
#define ASKERS (MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER)
#define SETTLERS (MG_DUTY_APPROVER | MG_DUTY_OFFICER)
#define MANAGERS (MG_DUTY_OFFICER | MG_DUTY_ADMINISTRATOR)
#define TRAIL (MG_DUTY_AUDITOR | MG_DUTY_ADMINISTRATOR)
#define KEEPERS (MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_AUDITOR)
#define COUNTERS (MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_APPROVER | MG_DUTY_AUDITOR)

#define GET(path, who, handle, menu) MG_HTTP_GET, path, who, MG_CSRF_NONE, handle, menu
#define POST(path, who, handle) MG_HTTP_POST, path, who, MG_CSRF_FORM, handle, NULL
#define POST_OPEN(path, handle) MG_HTTP_POST, path, EVERYBODY, MG_CSRF_ORIGIN, handle, NULL

static const MgRoute routes[] = {
        {GET("/", PERSONS, mg_handle_home, N_("Start"))},
        {GET("/sign-in", EVERYBODY, mg_handle_sign_in_page, NULL)},
        {POST_OPEN("/sign-in", mg_handle_sign_in)},
        {POST_OPEN("/language", mg_handle_language)},
        {POST("/sign-out", PERSONS, mg_handle_sign_out)},

        {GET("/find", LOOKERS, mg_handle_find, N_("Find mail"))},
        {GET("/receipt", LOOKERS, mg_handle_receipt, NULL)},
        {GET("/mail/*", LOOKERS, mg_handle_mail, NULL)},
        {POST("/mail/*/request", ASKERS, mg_handle_ask)},
        {POST("/mail/*/text", ASKERS, mg_handle_text)},

        {GET("/requests", ASKERS, mg_handle_requests, N_("Requests"))},
        {GET("/requests/*", ASKERS, mg_handle_request, NULL)},
        {POST("/requests/decide", ASKERS, mg_handle_decide)},
        {POST("/requests/*/settle", SETTLERS, mg_handle_settle)},

        {GET("/people", MANAGERS | MG_DUTY_AUDITOR, mg_handle_people, N_("People"))},
        {GET("/people/*", MANAGERS | MG_DUTY_AUDITOR, mg_handle_person, NULL)},
        {POST("/people", MANAGERS, mg_handle_person_add)},
        {POST("/people/*/change", MANAGERS, mg_handle_person_change)},
        {POST("/people/*/password", MANAGERS, mg_handle_person_password)},
        {POST("/people/*/totp", MANAGERS, mg_handle_person_totp)},
        {POST("/people/*/revoke", MANAGERS, mg_handle_person_revoke)},
        {GET("/import", MANAGERS, mg_handle_import_page, NULL)},
        {GET("/import.csv", MANAGERS, mg_handle_import_template, NULL)},
        {POST("/import", MANAGERS, mg_handle_import)},

        {GET("/audit", TRAIL, mg_handle_audit, N_("Audit"))},
        {POST("/audit/verify", TRAIL, mg_handle_audit_verify)},
        {POST("/audit/export", TRAIL, mg_handle_audit_export)},

        {GET("/state", KEEPERS, mg_handle_state, N_("State"))},

        {GET("/figures", COUNTERS, mg_handle_figures, N_("Figures"))},
        {GET("/figures.csv", COUNTERS, mg_handle_figures_csv, NULL)},

        {GET("/account", PERSONS, mg_handle_account, NULL)},
        {POST("/account/end", PERSONS, mg_handle_account_end)},
        {POST("/account/password", PERSONS, mg_handle_account_password)},
        {POST("/account/totp", PERSONS, mg_handle_account_totp)},
        {0},
};

const MgRoute *mg_routes(void) {
        return routes;
}

/* --- matching --------------------------------------------------------------------------------------------------- */

/* Segment by segment; *argument is what the first * stands for, borrowed from path. */
static gboolean matches(const char *pattern, const char *path, const char **argument, gsize *n) {
        *argument = "";
        *n = 0;
        while (*pattern && *path) {
                if (*pattern == '*') {
                        gsize segment = strcspn(path, "/");

                        if (segment == 0)
                                return FALSE;
                        *argument = path;
                        *n = segment;
                        path += segment;
                        pattern++;
                } else if (*pattern++ != *path++) {
                        return FALSE;
                }
        }
        return *pattern == *path;
}

/* NULL where there is none; *other then says whether there is one for the other method. */
static const MgRoute *find(MgHttpMethod method, const char *path, char **argument, gboolean *other) {
        const char *at;
        gsize n;

        *other = FALSE;
        for (const MgRoute *route = routes; route->path; route++) {
                if (!matches(route->path, path, &at, &n))
                        continue;
                if (route->method == method) {
                        *argument = g_strndup(at, n);
                        return route;
                }
                *other = TRUE;
        }
        return NULL;
}

gboolean mg_route_is_page(const char *target) {
        g_autofree char *path = g_strndup(target, strcspn(target, "?")), *argument = NULL;
        gboolean other;

        return strlen(target) <= MG_HTTP_TARGET && !strpbrk(target, "\\\r\n") && target[0] == '/' && target[1] != '/' &&
               find(MG_HTTP_GET, path, &argument, &other) != NULL;
}

/* --- before a handler ------------------------------------------------------------------------------------------- */

/* In a time that does not depend on where they differ. */
static gboolean is_equal(const char *a, const char *b) {
        guint8 differs = 0;

        if (strlen(a) != strlen(b))
                return FALSE;
        for (gsize i = 0; a[i]; i++)
                differs |= (guint8)(a[i] ^ b[i]);
        return differs == 0;
}

/* A page that somebody else made, or that is older than the session, may not act. */
static gboolean check_form(MgVisit *visit) {
        const MgHttpRequest *http = visit->http;

        if (visit->route->csrf == MG_CSRF_NONE || http->is_bearer)
                return TRUE;
        if (http->same_site &&
            (visit->route->csrf == MG_CSRF_ORIGIN || is_equal(mg_http_field(http, "csrf"), visit->csrf)))
                return TRUE;
        mg_visit_refuse(visit, 403,
                        mg_words(http->english, N_("This form is from another page, or from before you signed in. Open "
                                                   "the page again and fill it in anew.")));
        return FALSE;
}

/* Somebody whom the web server knows and the store does not, or not now. Takes over the error. */
static void say_unknown(MgVisit *visit, GError *error) {
        const gboolean english = visit->http->english;
        g_autofree char *sentence = NULL, *said = mg_said(english, error->message);

        if (!g_error_matches(error, MG_ERROR, MG_ERROR_DENIED)) {
                mg_visit_fault(visit, error);
                return;
        }
        sentence = g_strdup_printf(mg_words(english, N_("The web server says that you are %s, and here %s. A security "
                                                        "officer registers people.")),
                                   visit->http->user, said);
        mg_visit_refuse(visit, 403, sentence);
        g_error_free(error);
}

/* Whether the web server in front says that somebody else signed in than whose session this is, if it is one. */
static gboolean needs_session(const MgVisit *visit) {
        const MgHttpRequest *http = visit->http;

        return http->user && !http->is_bearer && visit->route->who != EVERYBODY &&
               !(visit->person && g_str_equal(visit->person->login, http->user));
}

/* A session of whom the web server has signed in. FALSE after a page that says why there is none. */
static gboolean begin_session(MgVisit *visit) {
        const MgAsker nobody = {.socket_path = visit->console->store_path};
        const gboolean plain = visit->console->plain;
        g_auto(MgSession) session = {0};
        GError *error = NULL;

        g_clear_pointer(&visit->person, mg_person_free);
        if (mg_people_vouch(&nobody, visit->http->user, visit->peer, &session, &error)) {
                visit->token = g_steal_pointer(&session.token);
                visit->asker.token = visit->token;
                mg_http_reply_cookie(visit->reply, mg_http_session_cookie(plain), visit->token, -1, plain);
                visit->person = mg_people_who(&visit->asker, visit->route->who, &error);
        }
        if (!visit->person)
                say_unknown(visit, error);
        return visit->person != NULL;
}

/* Who asks. FALSE after a page that says what is missing. */
static gboolean admit(MgVisit *visit) {
        g_autoptr(GError) error = NULL;

        if (visit->asker.token)
                visit->person = mg_people_who(&visit->asker, visit->route->who, &error);
        if (error && !g_error_matches(error, MG_ERROR, MG_ERROR_DENIED)) {
                mg_visit_fault(visit, g_steal_pointer(&error));
                return FALSE;
        }
        if (needs_session(visit) && !begin_session(visit))
                return FALSE;
        if (visit->person)
                mg_visit_csrf(visit->asker.token, visit->csrf);
        if (visit->route->who != EVERYBODY && !visit->person) {
                mg_sign_in_form(visit, error != NULL && !visit->http->is_bearer);
                return FALSE;
        }
        if (visit->route->who == EVERYBODY || mg_visit_is(visit, visit->route->who))
                return TRUE;
        mg_visit_refuse(visit, 403, mg_words(visit->http->english, N_("Your duties do not include this.")));
        return FALSE;
}

static void serve_asset(const MgAsset *asset, MgHttpReply *reply) {
        g_string_append_len(reply->body, (const char *)asset->octets, (gssize)asset->n);
        reply->type = asset->type;
        reply->is_lasting = TRUE;
}

static void serve(MgVisit *visit) {
        const MgHttpRequest *http = visit->http;
        gboolean other = FALSE;

        if (http->fault) {
                mg_visit_refuse(visit, http->fault,
                                http->fault == 403
                                        ? mg_words(http->english, N_("Who somebody is may say the web server in front "
                                                                     "alone, and this did not come from it."))
                                        : NULL);
                return;
        }
        visit->route = find(http->method, http->path, &visit->argument, &other);
        if (!visit->route && other)
                visit->reply->allow = g_strdup(http->method == MG_HTTP_GET ? "POST" : "GET, HEAD");
        if (!visit->route)
                mg_visit_refuse(visit, other ? 405 : 404, NULL);
        else if (admit(visit) && check_form(visit))
                visit->route->handle(visit);
}

void mg_route_serve(const MgConsole *console, const MgHttpRequest *request, const char *peer, MgHttpReply *reply) {
        const MgAsset *asset = request->fault ? NULL : mg_asset_at(request->path);
        g_auto(MgVisit) visit = {.console = console,
                                 .http = request,
                                 .reply = reply,
                                 .peer = peer,
                                 .asker = {.socket_path = console->store_path, .token = request->token}};
        const gint64 began = g_get_monotonic_time();

        if (asset && request->method == MG_HTTP_GET) {
                serve_asset(asset, reply);
                return;
        }
        serve(&visit);
        /* The query is what somebody looks for: it stands in the audit trail, by digests. */
        mg_log(request->method == MG_HTTP_POST || reply->status >= 500 ? MG_LOG_INFO : MG_LOG_DEBUG,
               "%s %s %u by %s from %s in %d ms", request->method == MG_HTTP_POST ? "POST" : "GET", request->path,
               reply->status, visit.person ? visit.person->login : "nobody", peer,
               (int)((g_get_monotonic_time() - began) / 1000));
}
