/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the gateway for who runs it: roles, figures since start, and what is kept of each organization. Figures
 * come from mugaid, which is asked as `mugai status` asks it.
 */
#include <string.h>

#include "base/care_client.h"
#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "console/handlers.h"
#include "console/names.h"
#include "mugai/rule.h"

#define ANSWER_MS 5000

static GArray *ask_figures(const MgVisit *visit, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) figures = NULL;
        mg_autofd sock = mg_packet_connect(visit->console->control_path, error);
        MgReader reader;

        if (sock < 0 || !mg_packet_send(sock, MG_CONTROL_STATUS, NULL, NULL, 0, error) ||
            !mg_packet_receive(sock, ANSWER_MS, &packet, error))
                return NULL;
        mg_reader_init(&reader, packet.record);
        figures = mg_figures_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&figures) : NULL;
}

static void put_figures(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) figures = ask_figures(visit, &error);

        mg_page_heading(page, T(page, N_("Roles and figures since start")));
        if (!figures) {
                mg_page_say(page, "warning", T(page, N_("mugaid does not answer; mugai status and its log say more.")));
                return;
        }
        mg_page_table(page, "figures", T(page, N_("Figures")), T(page, N_("Role")), T(page, N_("Figure")),
                      T(page, N_("Value")), NULL);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                g_autofree char *name = mg_name_figure(page->english, figure->name);

                mg_page_row(page);
                mg_page_cell(page, "role", figure->role);
                mg_page_cell_word(page, "figure", figure->name, name);
                mg_page_cell_number(page, "value", figure->value);
                mg_page_row_end(page);
        }
        mg_page_table_end(page);
}

/* --- exemptions ------------------------------------------------------------------------------------------------- */

/* So many days before its last one an exemption is said to end soon. */
#define SOON_DAYS 30

static const char *end_text(MgPage *page, const MgRule *rule) {
        const gint64 now = g_get_real_time() / G_USEC_PER_SEC;
        guint minute, weekday;

        if (rule->expires < mg_rule_day(now, &minute, &weekday))
                return T(page, N_("is over: it matches no longer"));
        return rule->expires < mg_rule_day(now + SOON_DAYS * (gint64)86400, &minute, &weekday)
                       ? T(page, N_("ends soon"))
                       : T(page, N_("holds"));
}

static void put_exemption(MgPage *page, const MgRule *rule) {
        g_autofree char *day = g_strdup_printf("%04u-%02u-%02u", rule->expires / 10000, rule->expires / 100 % 100,
                                               rule->expires % 100);

        mg_page_row(page);
        mg_page_cell(page, "name", rule->name);
        mg_page_cell(page, "reason", rule->reason);
        mg_page_cell(page, "approved_by", rule->approved_by);
        mg_page_cell(page, "expires", day);
        mg_page_cell(page, "state", end_text(page, rule));
        mg_page_row_end(page);
}

/* Of the rules as they stand on the disk: this role does not take them over when they change. */
static void put_exemptions(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_config_load(visit->console->config->path, &error);
        const GPtrArray *rules = config ? config->policy->rules : NULL;
        guint n = 0;

        mg_page_heading(page, T(page, N_("Exemptions of the rules")));
        if (!config) {
                mg_page_say(page, "warning", T(page, N_("The configuration on the disk does not load:")));
                mg_page_say(page, NULL, error->message);
                return;
        }
        mg_page_table(page, "exemptions", T(page, N_("Exemptions of the rules")), T(page, N_("Name")),
                      T(page, N_("Reason")), T(page, N_("Approved by")), T(page, N_("Last day")), T(page, N_("State")),
                      NULL);
        for (guint i = 0; rules && i < rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(rules, i);

                if (rule->exemption)
                        put_exemption(page, rule);
                n += rule->exemption ? 1 : 0;
        }
        mg_page_table_end(page);
        if (n == 0)
                mg_page_say(page, "empty", T(page, N_("No rule is eased by an exemption.")));
}

/* --- organizations ---------------------------------------------------------------------------------------------- */

static const char *quota_text(MgPage *page, const MgOrganizationRow *row) {
        return row->state == MG_QUOTA_FULL   ? T(page, N_("full: mail is turned away"))
               : row->state == MG_QUOTA_NEAR ? T(page, N_("nearly full"))
                                             : T(page, N_("free"));
}

static void put_organization(MgPage *page, const MgOrganizationRow *row) {
        static const char *const words[_MG_QUOTA_N] = {"free", "near", "full"};

        mg_page_row(page);
        mg_page_cell_word(page, "name", row->name, *row->name ? row->name : T(page, N_("(without a name)")));
        mg_page_cell_number(page, "mails", row->mails);
        mg_page_cell_size(page, "octets", row->octets);
        if (row->quota > 0)
                mg_page_cell_size(page, "quota", row->quota);
        else
                mg_page_cell_word(page, "quota", NULL, T(page, N_("none")));
        mg_page_cell_word(page, "state", words[row->state], quota_text(page, row));
        mg_page_cell_number(page, "retention", row->retention);
        mg_page_cell_number(page, "expiring", row->expiring);
        mg_page_cell_number(page, "requests", row->requests);
        mg_page_cell_number(page, "held", row->held);
        mg_page_row_end(page);
}

void mg_handle_state(MgVisit *visit) {
        MgPage *page = &visit->page;
        GError *error = NULL;
        g_autoptr(GPtrArray) rows = mg_care_organizations(&visit->asker, &error);

        if (!rows) {
                mg_visit_fault(visit, error);
                return;
        }
        mg_visit_begin(visit, mg_words(visit->http->english, N_("State")));
        mg_page_heading(page, T(page, N_("What is kept")));
        mg_page_table(page, "organizations", T(page, N_("What is kept of each organization")),
                      T(page, N_("Organization")), T(page, N_("Mails")), T(page, N_("Size")), T(page, N_("Quota")),
                      T(page, N_("State")), T(page, N_("Kept for days")), T(page, N_("Erased soon")),
                      T(page, N_("Open requests")), T(page, N_("On hold")), NULL);
        for (guint i = 0; i < rows->len; i++)
                put_organization(page, g_ptr_array_index(rows, i));
        mg_page_table_end(page);
        if (mg_visit_is(visit, MG_DUTY_ADMINISTRATOR)) {
                put_exemptions(visit);
                put_figures(visit);
        }
        mg_visit_end(visit);
}
