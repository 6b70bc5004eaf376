/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for what was taken out of a mail. Whether it may be asked for, and where it may go, is the store's to say.
 */
#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "base/request_client.h"
#include "base/text.h"
#include "console/handlers.h"
#include "console/mail.h"
#include "console/names.h"

#define ASKERS (MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER)

/* --- the form --------------------------------------------------------------------------------------------------- */

static gboolean is_removed(const MgRecord *record, guint i) {
        return i < record->decision->parts->len &&
               g_array_index(record->decision->parts, MgPartDecision, i).action == MG_ACTION_REMOVE;
}

static guint count_removed(const MgRecord *record) {
        guint n = 0;

        for (guint i = 0; i < record->reading->parts->len; i++)
                n += is_removed(record, i) ? 1 : 0;
        return n;
}

static void put_parts(MgPage *page, const MgRecord *record) {
        const guint removed = count_removed(record);

        mg_page_group(page, T(page, N_("What you need")));
        for (guint i = 0; i < record->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);
                g_autofree char *size = mg_text_size(facts->size), *label = NULL;

                if (!is_removed(record, i))
                        continue;
                label = g_strdup_printf("%s (%s, %s)",
                                        *facts->name ? facts->name : mg_name_part(page->english, facts->kind),
                                        mg_name_type(page->english, facts->found), size);
                mg_page_check(page, "checkbox", "part", facts->path, label, removed == 1);
        }
        mg_page_check(page, "checkbox", "whole", "1", T(page, N_("The whole original mail, as it came")), removed == 0);
        mg_page_group_end(page);
}

/* Where the person's organization may release to. */
static const char *domains_of(const MgVisit *visit) {
        const MgOrganization *organization =
                mg_organizations_named(visit->console->config->organizations, visit->person->organization);

        return organization ? organization->release_domains : "";
}

static void put_addresses(MgVisit *visit) {
        MgPage *page = &visit->page;
        const char *domains = domains_of(visit);
        g_autofree char *hint = g_strdup_printf(T(page, N_("Possible domains: %s")), domains);
        const GPtrArray *addresses = visit->person->addresses;
        guint own = 0;

        mg_page_group(page, T(page, N_("Where to")));
        for (guint i = 0; i < addresses->len; i++) {
                const char *address = g_ptr_array_index(addresses, i);

                if (mg_config_has_domain(domains, address))
                        mg_page_check(page, "checkbox", "to", address, address, own++ == 0);
        }
        mg_page_input(page, "text", "to", own > 0 ? T(page, N_("Another address")) : T(page, N_("Address")), NULL, hint,
                      "email", own > 0 ? MG_INPUT_PLAIN : MG_INPUT_REQUIRED);
        mg_page_group_end(page);
}

void mg_ask_form(MgVisit *visit, const MgRecord *record) {
        MgPage *page = &visit->page;
        g_autofree char *path = g_strdup_printf("/mail/%s/request", record->receipt);

        if (page->is_json || !mg_visit_is(visit, ASKERS) || *record->receipt == '\0')
                return;
        mg_page_heading(page, T(page, N_("Ask for what was taken out")));
        if (!visit->console->config->release) {
                mg_page_say(page, "empty",
                            T(page, N_("Nothing can be released here: release.enabled is no. An "
                                       "administrator can change that.")));
                return;
        }
        mg_page_form(page, path);
        put_parts(page, record);
        put_addresses(visit);
        mg_page_input(page, "text", "reason", T(page, N_("Reason")), NULL,
                      T(page, N_("Who decides reads it: what it is for, and whom you expect it from.")), "off",
                      MG_INPUT_REQUIRED | MG_INPUT_WIDE);
        mg_page_submit(page, NULL, NULL, T(page, N_("Send the request")), "main");
        mg_page_form_end(page);
}

/* --- the act ---------------------------------------------------------------------------------------------------- */

static gboolean refuse(MgVisit *visit, const char *sentence) {
        mg_visit_refuse(visit, 400, mg_words(visit->http->english, sentence));
        return FALSE;
}

static gboolean take_parts(MgVisit *visit, MgRequest *request) {
        g_autofree const char **paths = mg_http_fields(visit->http, "part");
        const gboolean whole = *mg_http_field(visit->http, "whole") != '\0';
        const guint n = g_strv_length((char **)paths);

        if (n == 0 && !whole)
                return refuse(visit, N_("Tick what you need: one or more parts, or the whole original."));
        if (n > MG_REQUEST_PARTS_MAX)
                return refuse(visit, N_("These are too many parts; 100 may be asked for at once."));
        /* The whole original has all parts in it. */
        for (guint i = 0; i < n && !whole; i++) {
                MgRequestPart *part;

                if (*paths[i] == '\0' || !mg_text_is(paths[i], strlen(paths[i]), MG_CLASS_PATH))
                        return refuse(visit, N_("This is no part of a mail."));
                part = mg_request_part_new();
                g_free(part->path);
                part->path = g_strdup(paths[i]);
                g_ptr_array_add(request->parts, part);
        }
        return TRUE;
}

static gboolean take_addresses(MgVisit *visit, MgRequest *request) {
        g_autofree const char **typed = mg_http_fields(visit->http, "to");

        for (guint i = 0; typed[i]; i++) {
                g_autofree char *address = g_strstrip(g_strdup(typed[i]));

                if (*address == '\0')
                        continue;
                if (!mg_text_is(address, strlen(address), MG_CLASS_ADDRESS) || !strchr(address, '@'))
                        return refuse(visit, N_("This is no mail address. Write one address, as in name@example.jp."));
                g_ptr_array_add(request->addresses, g_steal_pointer(&address));
        }
        if (request->addresses->len == 0)
                return refuse(visit, N_("Say to which address it shall go."));
        return request->addresses->len <= MG_REQUEST_ADDRESSES_MAX ||
               refuse(visit, N_("These are too many addresses; 50 may be named."));
}

/* Addresses that the store would not release to are named before it is asked. */
static gboolean check_domains(MgVisit *visit, const MgRequest *request) {
        const gboolean english = visit->http->english;
        const char *domains = domains_of(visit);

        for (guint i = 0; i < request->addresses->len; i++) {
                const char *address = g_ptr_array_index(request->addresses, i);
                g_autofree char *sentence = NULL;

                if (mg_config_has_domain(domains, address))
                        continue;
                sentence = g_strdup_printf(
                        mg_words(english, N_("Nothing may be released to %s. It may go to addresses of: %s")), address,
                        domains);
                mg_visit_refuse(visit, 400, sentence);
                return FALSE;
        }
        return TRUE;
}

void mg_handle_ask(MgVisit *visit) {
        g_autoptr(MgRequest) request = mg_request_new();
        g_autofree char *receipt = mg_receipt_read(visit->argument, NULL), *path = NULL;
        const char *reason;
        GError *error = NULL;
        gint64 number;

        if (!receipt) {
                mg_visit_refuse(visit, 404, mg_words(visit->http->english, N_("This is no receipt number.")));
                return;
        }
        if (!mg_visit_line(visit, "reason", mg_words(visit->http->english, N_("Reason")), MG_REQUEST_REASON_MAX, TRUE,
                           &reason) ||
            !take_parts(visit, request) || !take_addresses(visit, request) || !check_domains(visit, request))
                return;
        g_free(request->receipt);
        request->receipt = g_steal_pointer(&receipt);
        g_free(request->reason);
        request->reason = g_strdup(reason);
        if (!mg_request_make(&visit->asker, request, &number, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        path = g_strdup_printf("/requests/%" G_GINT64_FORMAT "?done=asked", number);
        mg_visit_done(visit, path, number);
}
