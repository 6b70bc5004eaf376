/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of every page, and pages about what went wrong.
 */
#include "console/visit.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "console/assets.h"
#include "console/route.h"
#include "console/said.h"

#define FORM_SALT "mugai console form\n"

void mg_visit_clear(MgVisit *visit) {
        g_clear_pointer(&visit->person, mg_person_free);
        g_clear_pointer(&visit->argument, g_free);
        mg_secret_clear(&visit->token);
}

void mg_visit_csrf(const char *token, char csrf[65]) {
        g_autofree char *text = g_strconcat(FORM_SALT, token, NULL), *hex = NULL;
        guint8 digest[32];

        mg_digest(text, strlen(text), digest);
        explicit_bzero(text, strlen(text));
        hex = mg_text_hex(digest, sizeof digest);
        g_strlcpy(csrf, hex, 65);
}

gboolean mg_visit_is(const MgVisit *visit, guint32 duties) {
        return visit->person && visit->person->duties & duties;
}

/* --- frame ------------------------------------------------------------------------------------------------------ */

static void put_head(MgVisit *visit, const char *title) {
        MgHtml *html = &visit->page.html;
        g_autofree char *whole = g_strdup_printf("%s - %s", title, T(&visit->page, N_("Release desk")));

        g_string_append(html->out, "<!DOCTYPE html>\n");
        mg_html_begin(html, "html", "lang", visit->page.english ? "en" : "ja", NULL);
        mg_html_begin(html, "head", NULL);
        mg_html_begin(html, "meta", "charset", "utf-8", NULL);
        mg_html_begin(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1", NULL);
        mg_html_put(html, "title", whole, NULL);
        mg_html_begin(html, "link", "rel", "stylesheet", "href", mg_asset_path("style.css"), NULL);
        mg_html_begin(html, "link", "rel", "icon", "href", mg_asset_path("icon.svg"), NULL);
        mg_html_end(html);
}

static void put_menu(MgVisit *visit) {
        MgHtml *html = &visit->page.html;

        mg_html_begin(html, "nav", "aria-label", T(&visit->page, N_("Menu")), NULL);
        mg_html_begin(html, "ul", NULL);
        for (const MgRoute *route = mg_routes(); route->path; route++) {
                if (!route->menu || !mg_visit_is(visit, route->who))
                        continue;
                mg_html_begin(html, "li", NULL);
                mg_html_put(html, "a", T(&visit->page, route->menu), "href", route->path, "aria-current",
                            route == visit->route ? "page" : NULL, NULL);
                mg_html_end(html);
        }
        mg_html_end(html);
        mg_html_end(html);
}

/* The page that one is on comes back in the other language; a page that answers an act does not, it is begun anew. */
static void put_language(MgVisit *visit) {
        MgPage *page = &visit->page;

        mg_page_form(page, "/language");
        mg_page_hidden(page, "next", visit->http->method == MG_HTTP_GET ? visit->http->target : "/");
        mg_html_put(&page->html, "button", page->english ? "日本語" : "English", "type", "submit", "name", "language",
                    "value", page->english ? "ja" : "en", "lang", page->english ? "ja" : "en", "class", "plain", NULL);
        mg_page_form_end(page);
}

static void put_header(MgVisit *visit) {
        MgPage *page = &visit->page;
        MgHtml *html = &page->html;

        mg_html_put(html, "a", T(page, N_("To the content")), "href", "#main", "class", "skip", NULL);
        mg_html_begin(html, "header", NULL);
        mg_html_begin(html, "div", "class", "bar", NULL);
        mg_html_begin(html, "p", "class", "brand", NULL);
        mg_html_put(html, "a", T(page, N_("Release desk")), "href", "/", NULL);
        mg_html_end(html);
        mg_html_begin(html, "div", "class", "self", NULL);
        if (visit->person) {
                mg_html_put(html, "a", visit->person->name, "href", "/account", NULL);
                mg_page_form(page, "/sign-out");
                mg_page_submit(page, NULL, NULL, T(page, N_("Sign out")), "plain");
                mg_page_form_end(page);
        }
        put_language(visit);
        mg_html_end(html);
        mg_html_end(html);
        if (visit->person)
                put_menu(visit);
        mg_html_end(html);
}

void mg_visit_begin(MgVisit *visit, const char *title) {
        GString *out = visit->reply->body;

        g_string_truncate(out, 0);
        visit->page = (MgPage){.html = {.out = out},
                               .json = {.out = out},
                               .is_json = visit->http->wants_json,
                               .english = visit->http->english,
                               .csrf = *visit->csrf ? visit->csrf : NULL};
        if (visit->page.is_json) {
                visit->reply->type = "application/json";
                mg_json_begin(&visit->page.json, NULL, '{');
                return;
        }
        visit->reply->type = "text/html; charset=utf-8";
        put_head(visit, title);
        mg_html_begin(&visit->page.html, "body", NULL);
        put_header(visit);
        mg_html_begin(&visit->page.html, "main", "id", "main", NULL);
        mg_html_put(&visit->page.html, "h1", title, NULL);
}

void mg_visit_end(MgVisit *visit) {
        if (visit->page.is_json) {
                mg_json_end(&visit->page.json, '}');
                g_string_append_c(visit->reply->body, '\n');
                return;
        }
        while (visit->page.html.depth > 0)
                mg_html_end(&visit->page.html);
        g_string_append_c(visit->reply->body, '\n');
}

/* --- what went wrong -------------------------------------------------------------------------------------------- */

/* X(status, title, what to do next) */
static const struct {
        guint status;
        const char *title;
        const char *next;
} faults[] = {
        {400, N_("This cannot be done so"), N_("Go back, correct the field and send it again.")},
        {401, N_("Please sign in"), N_("Sign in, and you come back to the page that you wanted.")},
        {403, N_("This is not allowed"),
         N_("If you need this for your work, ask a security officer. Nothing was changed.")},
        {404, N_("There is no such page"), N_("Check the address, or begin at the start page.")},
        {405, N_("This page cannot be used so"), N_("Begin at the start page.")},
        {408, N_("This took too long"), N_("Send it again; a slow line may need several attempts.")},
        {413, N_("This is too large"),
         N_("A form may have 1 MB, a table of people 500 KB. A longer one is imported by the command mugai user "
            "import.")},
        {414, N_("The address is too long"), N_("Begin at the start page.")},
        {429, N_("Too many attempts"), N_("Wait for the time that is said and try again. Nothing else is blocked.")},
        {500, N_("Something went wrong here"),
         N_("Try again. If it stays so, tell an administrator the time; the log has the reason.")},
        {503, N_("The store does not answer"),
         N_("Mail goes on meanwhile. Try again in a minute; if it stays so, an administrator looks at mugai status.")},
};

static guint row_of(guint status) {
        for (guint i = 0; i < G_N_ELEMENTS(faults); i++)
                if (faults[i].status == status)
                        return i;
        return G_N_ELEMENTS(faults) - 2; /* 500 */
}

void mg_visit_refuse(MgVisit *visit, guint status, const char *sentence) {
        const guint row = row_of(status);
        MgPage *page = &visit->page;

        visit->reply->status = status;
        if (status == 503)
                visit->reply->retry_after = 30;
        mg_visit_begin(visit, mg_words(visit->http->english, faults[row].title));
        if (page->is_json) {
                mg_json_number(&page->json, "status", status);
                mg_json_text(&page->json, "error", sentence ? sentence : T(page, faults[row].title));
        }
        if (sentence)
                mg_page_say(page, "warning", sentence);
        mg_page_say(page, NULL, T(page, faults[row].next));
        mg_page_link(page, "/", T(page, N_("To the start page")));
        mg_visit_end(visit);
}

/* What a code of the store is for HTTP. */
static guint status_of(const GError *error) {
        if (error->domain != MG_ERROR)
                return 500;
        switch ((MgErrorCode)error->code) {
        case MG_ERROR_DENIED:
                return 403;
        case MG_ERROR_STEP_UP:
        case MG_ERROR_LOCKED:
                return 403;
        case MG_ERROR_MISSING:
                return 404;
        case MG_ERROR_USAGE:
        case MG_ERROR_PROTOCOL:
                return 400;
        case MG_ERROR_SYSTEM:
        case MG_ERROR_CLOSED:
        case MG_ERROR_TIMEOUT:
        case MG_ERROR_FULL:
                return 503;
        default:
                return 500;
        }
}

void mg_visit_fault(MgVisit *visit, GError *error) {
        const guint status = status_of(error);
        g_autofree char *said = mg_said(visit->http->english, error->message);

        if (status >= 500)
                mg_log(MG_LOG_ERROR, "%s: %s", visit->http->path, error->message);
        mg_visit_refuse(visit, status, status >= 500 ? NULL : said);
        g_error_free(error);
}

void mg_visit_done(MgVisit *visit, const char *path, gint64 number) {
        if (!visit->http->wants_json) {
                mg_http_reply_see(visit->reply, path);
                return;
        }
        mg_visit_begin(visit, "");
        mg_json_boolean(&visit->page.json, "done", TRUE);
        if (number > 0)
                mg_json_number(&visit->page.json, "number", number);
        mg_visit_end(visit);
}

gboolean mg_visit_line(MgVisit *visit, const char *name, const char *label, gsize max, gboolean needed,
                       const char **text) {
        const gboolean english = visit->http->english;
        g_autofree char *sentence = NULL;
        gsize n;

        *text = mg_http_field(visit->http, name);
        n = strlen(*text);
        if (n == 0 && needed)
                sentence = g_strdup_printf(mg_words(english, N_("Please fill in: %s")), label);
        else if (n > max)
                sentence = g_strdup_printf(mg_words(english, N_("%s is too long: %zu octets; it may have %zu")), label,
                                           n, max);
        else if (!mg_text_is(*text, n, MG_CLASS_LINE))
                sentence = g_strdup_printf(
                        mg_words(english, N_("%s has an invisible or a control character; write one line of text")),
                        label);
        if (sentence)
                mg_visit_refuse(visit, 400, sentence);
        return sentence == NULL;
}
