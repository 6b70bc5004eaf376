/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a mail, made anew by a worker, as it was delivered or with another character set. Nothing is released by
 * it; the key must be unlocked where originals are sealed.
 */
#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "base/release_client.h"
#include "console/handlers.h"
#include "console/mail.h"

static void put_form(MgVisit *visit, const char *receipt, const char *chosen) {
        MgPage *page = &visit->page;
        static const char *const charsets[] = {
#define CHARSET(name) name, name,
                MG_TEXT_CHARSETS(CHARSET)
#undef CHARSET
                        NULL};
        const char *choices[G_N_ELEMENTS(charsets) + 2] = {"", T(page, N_("as it was delivered"))};
        g_autofree char *path = g_strdup_printf("/mail/%s/text", receipt);

        memcpy(choices + 2, charsets, sizeof charsets);
        mg_page_form(page, path);
        mg_page_choose(page, "charset", T(page, N_("Character set")), chosen, choices);
        mg_page_submit(page, NULL, NULL, T(page, N_("Read it again")), "main");
        mg_page_form_end(page);
}

static void put_text(MgVisit *visit, const MgMailText *text) {
        MgPage *page = &visit->page;

        mg_page_facts(page, "text");
        mg_page_fact(page, "subject", T(page, N_("Subject")), text->subject);
        mg_page_fact(page, "charset", T(page, N_("Character set")), text->charset);
        mg_page_fact_number(page, "replaced", T(page, N_("Characters that could not be read")), text->replaced);
        mg_page_fact_word(page, "delivered", T(page, N_("Is it what was delivered?")), text->delivered ? "yes" : "no",
                          text->delivered ? T(page, N_("yes")) : T(page, N_("no: it is read anew")));
        if (page->is_json)
                mg_json_text(&page->json, "text", text->text);
        mg_page_facts_end(page);
        if (page->is_json)
                return;
        if (*text->text)
                mg_html_put(&page->html, "pre", text->text, "tabindex", "0", NULL);
        else
                mg_page_say(page, "empty", T(page, N_("This mail has no text.")));
        if (text->cut)
                mg_page_say(page, "note", T(page, N_("There is more; the rest is left out here.")));
}

static void say_fault(MgVisit *visit, GError *error) {
        const gboolean english = visit->http->english;

        if (g_error_matches(error, MG_ERROR, MG_ERROR_LOCKED)) {
                mg_visit_refuse(visit, 403,
                                mg_words(english, N_("The key that opens this mail is locked now. A security officer "
                                                     "unlocks it for some minutes: mugai key unlock.")));
                g_error_free(error);
        } else if (g_error_matches(error, MG_ERROR, MG_ERROR_GRAMMAR)) {
                mg_visit_refuse(visit, 400, mg_words(english, N_("This mail cannot be turned into text.")));
                g_error_free(error);
        } else {
                mg_visit_fault(visit, error);
        }
}

void mg_handle_text(MgVisit *visit) {
        const gboolean english = visit->http->english;
        g_autofree char *receipt = mg_receipt_read(visit->argument, NULL), *mail = NULL;
        const char *charset = mg_http_field(visit->http, "charset");
        g_autoptr(MgMailText) text = NULL;
        GError *error = NULL;

        if (!receipt) {
                mg_visit_refuse(visit, 404, mg_words(english, N_("This is no receipt number.")));
                return;
        }
        if (*charset && !mg_text_charset_is(charset)) {
                mg_visit_refuse(visit, 400, NULL);
                return;
        }
        if (!visit->console->release_path) {
                mg_visit_refuse(visit, 404,
                                mg_words(english, N_("Texts are read again by the role release, which does not "
                                                     "run here (release.enabled).")));
                return;
        }
        text = mg_release_text(&(MgAsker){visit->console->release_path, visit->asker.token}, receipt,
                               *charset ? charset : NULL, &error);
        if (!text) {
                say_fault(visit, error);
                return;
        }
        mail = g_strconcat("/mail/", receipt, NULL);
        mg_visit_begin(visit, mg_words(english, N_("Text of the mail")));
        put_form(visit, receipt, charset);
        put_text(visit, text);
        mg_page_link(&visit->page, mail, T(&visit->page, N_("To the mail")));
        mg_visit_end(visit);
}

void mg_text_form(MgVisit *visit, const char *receipt) {
        MgPage *page = &visit->page;

        if (page->is_json || !visit->console->release_path ||
            !mg_visit_is(visit, MG_DUTY_OFFICER | MG_DUTY_APPROVER | MG_DUTY_STAFF))
                return;
        mg_page_heading(page, T(page, N_("Does the text look garbled?")));
        put_form(visit, receipt, "");
}
