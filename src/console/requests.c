/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: the queue, one of them, and one's own. Deciding is in decide.c.
 */
#include "console/requests.h"

#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "base/request_client.h"
#include "base/text.h"
#include "console/handlers.h"
#include "console/names.h"
#include "console/said.h"

#define ROWS 100

/* What an act is answered with on the page that comes after it; a word that is none of these says nothing. */
static const struct {
        const char *word;
        const char *text;
} done[] = {
        {"asked", N_("The request was made. It waits for the approval of somebody else, and you get a mail when it is "
                     "decided.")},
        {"approved", N_("Approved.")},
        {"denied", N_("Denied. Who asked gets a mail.")},
        {"settled", N_("Settled.")},
};

static void put_done(MgVisit *visit) {
        const char *word = mg_http_field(visit->http, "done");

        for (guint i = 0; i < G_N_ELEMENTS(done); i++)
                if (g_str_equal(word, done[i].word))
                        mg_page_say(&visit->page, "done", T(&visit->page, done[i].text));
}

gboolean mg_requests_may_approve(const MgVisit *visit, const MgRequest *request) {
        if (!mg_visit_is(visit, MG_DUTY_APPROVER) || request->state != MG_REQUEST_WAITING ||
            request->requester == visit->person->number)
                return FALSE;
        for (guint i = 0; i < request->approvals->len; i++)
                if (((const MgApproval *)g_ptr_array_index(request->approvals, i))->person == visit->person->number)
                        return FALSE;
        return TRUE;
}

/* --- the queue -------------------------------------------------------------------------------------------------- */

/* Rows are borrowed while they come: what is shown of them is written at once. */
typedef struct List {
        MgVisit *visit;
        guint rows;
        gboolean decides; /* there is one that can be decided here */
        gint64 last;
        gboolean more;
} List;

static void put_number(MgVisit *visit, const MgRequest *request) {
        MgPage *page = &visit->page;
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, request->number);
        g_autofree char *path = g_strconcat("/requests/", number, NULL);
        g_autofree char *label = NULL;

        if (page->is_json) {
                mg_json_number(&page->json, "number", request->number);
                return;
        }
        mg_html_begin(&page->html, "td", NULL);
        if (mg_requests_may_approve(visit, request)) {
                label = g_strdup_printf(T(page, N_("Choose request %s")), number);
                mg_html_begin(&page->html, "input", "type", "checkbox", "name", "number", "value", number, "aria-label",
                              label, NULL);
        }
        mg_html_put(&page->html, "a", number, "href", path, NULL);
        mg_html_end(&page->html);
}

/* "契約書.xlsx, 2 more"; the whole original; erased. Caller frees. */
static char *what_text(gboolean english, const MgRequest *request) {
        const MgRequestPart *first;
        const char *name;

        if (request->erased)
                return g_strdup(mg_words(english, N_("erased")));
        if (request->parts->len == 0)
                return g_strdup(mg_words(english, N_("whole original")));
        first = g_ptr_array_index(request->parts, 0);
        name = *first->name ? first->name : mg_name_type(english, first->found);
        return request->parts->len == 1
                       ? g_strdup(name)
                       : g_strdup_printf(mg_words(english, N_("%s and %u more")), name, request->parts->len - 1);
}

static void put_row(MgVisit *visit, const MgRequest *request) {
        MgPage *page = &visit->page;
        g_autofree char *receipt = mg_receipt_print(request->receipt),
                        *mail = g_strconcat("/mail/", request->receipt, NULL);
        g_autofree char *what = what_text(page->english, request);
        g_autofree char *age = mg_words_age(page->english, g_get_real_time() / G_USEC_PER_SEC - request->made);
        g_autofree char *approvals = g_strdup_printf("%u / %u", request->approvals->len, request->needed);

        mg_page_row(page);
        put_number(visit, request);
        if (page->is_json)
                mg_page_cell_time(page, "made", request->made);
        else
                mg_page_cell(page, NULL, age);
        mg_page_cell_word(page, "state", mg_request_state_name(request->state),
                          mg_name_state(page->english, request->state));
        mg_page_cell(page, "requester", request->requester_name);
        mg_page_cell(page, "what", what);
        mg_page_cell(page, "reason", request->reason);
        mg_page_cell_link(page, "receipt", mail, request->receipt, receipt);
        mg_page_cell(page, "approvals", approvals);
        mg_page_row_end(page);
}

static gboolean take_row(const MgRequest *request, gpointer data) {
        List *list = data;
        MgPage *page = &list->visit->page;

        if (list->rows == ROWS) {
                list->more = TRUE;
                return FALSE;
        }
        if (list->rows++ == 0)
                mg_page_table(page, "requests", T(page, N_("Requests, the newest first")), T(page, N_("Number")),
                              T(page, N_("Age")), T(page, N_("State")), T(page, N_("Who asked")),
                              T(page, N_("Asked for")), T(page, N_("Reason")), T(page, N_("Receipt number")),
                              T(page, N_("Approvals")), NULL);
        list->decides = list->decides || mg_requests_may_approve(list->visit, request);
        list->last = request->number;
        put_row(list->visit, request);
        return TRUE;
}

static gboolean read_query(MgVisit *visit, MgRequestQuery *query) {
        const char *state = mg_http_field(visit->http, "state"), *before = mg_http_field(visit->http, "before");
        guint64 number = 0;

        *query = (MgRequestQuery){.state = MG_REQUEST_ANY_STATE, .max = ROWS + 1};
        query->mine = g_str_equal(mg_http_field(visit->http, "mine"), "1");
        if (*state)
                query->state = mg_request_state_of(state);
        if ((*state && query->state == MG_REQUEST_ANY_STATE) ||
            (*before && !g_ascii_string_to_unsigned(before, 10, 1, G_MAXINT64, &number, NULL))) {
                mg_visit_refuse(visit, 400, NULL);
                return FALSE;
        }
        query->before = (gint64)number;
        return TRUE;
}

static void put_filter(MgVisit *visit, const MgRequestQuery *query) {
        MgPage *page = &visit->page;
        const char *choices[2 * _MG_REQUEST_STATE_N + 3] = {"", T(page, N_("all"))};

        for (guint i = 0; i < _MG_REQUEST_STATE_N; i++) {
                choices[2 * i + 2] = mg_request_state_name((MgRequestState)i);
                choices[2 * i + 3] = mg_name_state(page->english, (MgRequestState)i);
        }
        mg_page_form_get(page, "/requests");
        mg_page_choose(page, "state", T(page, N_("State")), mg_http_field(visit->http, "state"), choices);
        mg_page_check(page, "checkbox", "mine", "1", T(page, N_("only mine")), query->mine);
        mg_page_submit(page, NULL, NULL, T(page, N_("Show")), NULL);
        mg_page_form_end(page);
}

static void put_more(MgVisit *visit, const List *list) {
        MgPage *page = &visit->page;
        g_autofree char *path =
                g_strdup_printf("/requests?state=%s&mine=%s&before=%" G_GINT64_FORMAT,
                                *mg_http_field(visit->http, "state") ? mg_http_field(visit->http, "state") : "",
                                g_str_equal(mg_http_field(visit->http, "mine"), "1") ? "1" : "", list->last);

        if (page->is_json)
                mg_json_boolean(&page->json, "more", list->more);
        if (list->more)
                mg_page_link(page, path, T(page, N_("Older requests")));
}

/* The table stands in the form by which several are decided at once. */
static void put_list(MgVisit *visit, const List *list) {
        MgPage *page = &visit->page;

        if (list->rows > 0) {
                mg_page_table_end(page);
        } else {
                if (page->is_json) {
                        mg_json_begin(&page->json, "requests", '[');
                        mg_json_end(&page->json, ']');
                }
                mg_page_say(page, "empty",
                            T(page, N_("There are no such requests. Asking begins with the receipt number "
                                       "of a mail, on the start page.")));
        }
        if (list->decides)
                mg_requests_decide_fields(visit);
}

void mg_handle_requests(MgVisit *visit) {
        MgRequestQuery query;
        List list = {.visit = visit};
        GError *error = NULL;

        if (!read_query(visit, &query))
                return;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Requests")));
        put_done(visit);
        put_filter(visit, &query);
        mg_page_form(&visit->page, "/requests/decide");
        if (!mg_request_list(&visit->asker, &query, take_row, &list, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        put_list(visit, &list);
        mg_page_form_end(&visit->page);
        put_more(visit, &list);
        mg_visit_end(visit);
}

/* --- one request ------------------------------------------------------------------------------------------------ */

static void put_parts(MgPage *page, const MgRequest *request) {
        if (request->parts->len == 0 && !page->is_json) {
                mg_page_say(page, "note",
                            request->erased ? T(page, N_("The mail's retention has ended: what was asked "
                                                         "for is erased."))
                                            : T(page, N_("The whole original mail is asked for.")));
                return;
        }
        mg_page_table(page, "parts", T(page, N_("Parts that are asked for")), T(page, N_("Part")),
                      T(page, N_("Name of a file")), T(page, N_("Type, by its content")), T(page, N_("Size")),
                      "SHA-256", NULL);
        for (guint i = 0; i < request->parts->len; i++) {
                const MgRequestPart *part = g_ptr_array_index(request->parts, i);
                g_autofree char *digest = mg_text_hex(part->sha256, sizeof part->sha256);

                mg_page_row(page);
                mg_page_cell(page, "path", part->path);
                mg_page_cell(page, "name", part->name);
                mg_page_cell_word(page, "found", part->found, mg_name_type(page->english, part->found));
                mg_page_cell_size(page, "size", part->size);
                mg_page_cell(page, "sha256", digest);
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
}

static void put_approvals(MgPage *page, const MgRequest *request) {
        if (request->approvals->len == 0 && !page->is_json)
                return;
        mg_page_table(page, "approvals", T(page, N_("Approvals")), T(page, N_("Who")), T(page, N_("When")),
                      T(page, N_("Reason")), NULL);
        for (guint i = 0; i < request->approvals->len; i++) {
                const MgApproval *approval = g_ptr_array_index(request->approvals, i);

                mg_page_row(page);
                mg_page_cell(page, "name", approval->name);
                mg_page_cell_time(page, "time", approval->time);
                mg_page_cell(page, "reason", approval->reason);
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
}

static void put_facts(MgVisit *visit, const MgRequest *request) {
        MgPage *page = &visit->page;
        g_autofree char *receipt = mg_receipt_print(request->receipt),
                        *mail = g_strconcat("/mail/", request->receipt, NULL);
        g_autofree char *addresses = NULL, *result = mg_said(page->english, request->result);
        g_autofree char *needed = g_strdup_printf("%u / %u", request->approvals->len, request->needed);

        g_ptr_array_add(request->addresses, NULL);
        addresses = g_strjoinv(", ", (char **)request->addresses->pdata);
        g_ptr_array_remove_index(request->addresses, request->addresses->len - 1);
        mg_page_facts(page, "request");
        if (page->is_json)
                mg_json_number(&page->json, "number", request->number);
        mg_page_fact_word(page, "state", T(page, N_("State")), mg_request_state_name(request->state),
                          mg_name_state(page->english, request->state));
        mg_page_fact(page, "requester", T(page, N_("Who asked")), request->requester_name);
        mg_page_fact(page, "reason", T(page, N_("Reason")), request->reason);
        mg_page_fact(page, "to", T(page, N_("Where to")), addresses);
        mg_page_fact(page, "approved_by", T(page, N_("Approvals")), needed);
        mg_page_fact_word(page, "receipt", T(page, N_("Receipt number")), request->receipt, receipt);
        mg_page_fact(page, "from", T(page, N_("Sender (envelope)")), request->from);
        mg_page_fact(page, "subject", T(page, N_("Subject")), request->subject);
        mg_page_fact_time(page, "made", T(page, N_("Asked")), request->made);
        mg_page_fact_time(page, "decided", T(page, N_("Decided")), request->decided);
        mg_page_fact_time(page, "ended", T(page, N_("Ended")), request->ended);
        mg_page_fact_word(page, "result", T(page, N_("Result")), request->result, result);
        mg_page_facts_end(page);
        if (!mg_visit_is(visit, MG_DUTY_OFFICER | MG_DUTY_STAFF))
                return;
        mg_page_link(page, mail, T(page, N_("To the mail")));
}

static void put_acts(MgVisit *visit, const MgRequest *request) {
        MgPage *page = &visit->page;
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, request->number);
        const gboolean own = request->requester == visit->person->number;

        if (mg_requests_may_approve(visit, request) || (own && request->state == MG_REQUEST_WAITING)) {
                mg_page_heading(page, own ? T(page, N_("Take it back")) : T(page, N_("Decide")));
                mg_page_form(page, "/requests/decide");
                mg_page_hidden(page, "number", number);
                if (own)
                        mg_requests_withdraw_fields(visit);
                else
                        mg_requests_decide_fields(visit);
                mg_page_form_end(page);
        }
        if (request->state == MG_REQUEST_UNKNOWN && !own && mg_visit_is(visit, MG_DUTY_APPROVER | MG_DUTY_OFFICER))
                mg_requests_settle_form(visit, request->number);
}

static gboolean take_one(const MgRequest *request, gpointer data) {
        List *list = data;
        MgVisit *visit = list->visit;
        g_autofree char *title =
                g_strdup_printf(mg_words(visit->http->english, N_("Request %ld")), (long)request->number);

        list->rows++;
        mg_visit_begin(visit, title);
        put_done(visit);
        put_facts(visit, request);
        put_parts(&visit->page, request);
        put_approvals(&visit->page, request);
        put_acts(visit, request);
        mg_visit_end(visit);
        return FALSE;
}

void mg_handle_request(MgVisit *visit) {
        List list = {.visit = visit};
        guint64 number = 0;
        GError *error = NULL;

        if (g_ascii_string_to_unsigned(visit->argument, 10, 1, G_MAXINT64, &number, NULL)) {
                const MgRequestQuery query = {.number = (gint64)number, .state = MG_REQUEST_ANY_STATE, .max = 1};

                if (!mg_request_list(&visit->asker, &query, take_one, &list, &error)) {
                        mg_visit_fault(visit, error);
                        return;
                }
        }
        if (list.rows == 0)
                mg_visit_refuse(visit, 404,
                                mg_words(visit->http->english, N_("There is no request with this number that you may "
                                                                  "see.")));
}
