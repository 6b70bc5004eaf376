/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start page: what each duty begins with.
 */
#include "base/request_client.h"
#include "console/find.h"
#include "console/handlers.h"
#include "console/names.h"

#define ASKERS (MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER)

static void put_waiting(MgVisit *visit, const MgRequestWaiting *count) {
        MgPage *page = &visit->page;
        g_autofree char *waiting = NULL, *age = NULL, *mine = NULL;

        mg_page_facts(page, "requests");
        if (page->is_json) {
                mg_json_number(&page->json, "waiting", count->others);
                mg_json_number(&page->json, "mine", count->mine);
        }
        age = mg_words_age(page->english, g_get_real_time() / G_USEC_PER_SEC - count->oldest);
        waiting = count->others == 0
                          ? g_strdup(T(page, N_("none")))
                          : g_strdup_printf(T(page, N_("%u; the oldest since %s")), (guint)count->others, age);
        mine = g_strdup_printf("%u", (guint)count->mine);
        if (!page->is_json) {
                if (mg_visit_is(visit, MG_DUTY_APPROVER | MG_DUTY_OFFICER))
                        mg_page_fact(page, NULL, T(page, N_("Requests of others that wait")), waiting);
                mg_page_fact(page, NULL, T(page, N_("My requests that wait")), mine);
        }
        mg_page_facts_end(page);
}

static void put_requests(MgVisit *visit) {
        MgPage *page = &visit->page;
        MgRequestWaiting waiting;
        g_autoptr(GError) error = NULL;

        if (!mg_visit_is(visit, ASKERS))
                return;
        mg_page_heading(page, T(page, N_("Requests")));
        if (mg_request_waiting(&visit->asker, &waiting, &error))
                put_waiting(visit, &waiting);
        else
                mg_page_say(page, "warning", T(page, N_("What waits cannot be said now: the store does not answer.")));
        if (!page->is_json && mg_visit_is(visit, MG_DUTY_APPROVER))
                mg_page_link(page, "/requests?state=waiting", T(page, N_("Decide on requests")));
        mg_page_link(page, "/requests?mine=1", T(page, N_("My requests")));
}

void mg_handle_home(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autofree char *duties = mg_name_duties(visit->http->english, visit->person->duties);
        g_autofree char *greeting = NULL;

        mg_visit_begin(visit, mg_words(visit->http->english, N_("Start")));
        if (page->is_json) {
                mg_json_text(&page->json, "login", visit->person->login);
                mg_json_text(&page->json, "name", visit->person->name);
                mg_json_begin(&page->json, "duties", '[');
                for (guint i = 0; i < _MG_DUTY_N; i++)
                        if (visit->person->duties & 1u << i)
                                mg_json_text(&page->json, NULL, mg_duty_name((MgDuty)(1u << i)));
                mg_json_end(&page->json, ']');
        }
        greeting = g_strdup_printf(T(page, N_("%s (%s)")), visit->person->name, duties);
        mg_page_say(page, "lead", greeting);
        if (mg_visit_is(visit, MG_DUTY_OFFICER | MG_DUTY_STAFF | MG_DUTY_AUDITOR | MG_DUTY_ADMINISTRATOR)) {
                mg_page_heading(page, T(page, N_("What was taken out of a mail")));
                mg_find_receipt_form(page, "", TRUE);
                mg_page_link(page, "/find",
                             T(page, N_("Without the number: find the mail by sender, subject or time")));
        }
        put_requests(visit);
        if (mg_visit_is(visit, MG_DUTY_AUDITOR)) {
                mg_page_heading(page, T(page, N_("Audit")));
                mg_page_link(page, "/audit", T(page, N_("Who did what")));
        }
        if (mg_visit_is(visit, MG_DUTY_ADMINISTRATOR)) {
                mg_page_heading(page, T(page, N_("The gateway")));
                mg_page_link(page, "/state", T(page, N_("State, store and figures")));
        }
        mg_visit_end(visit);
}
