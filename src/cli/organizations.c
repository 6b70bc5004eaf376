/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of organizations for people and programs. Counts nothing: the store does.
 */
#include "cli/organizations.h"

#include "base/care_client.h"
#include "cli/cli.h"

static const char *const states[_MG_QUOTA_N] = {
        [MG_QUOTA_FREE] = "free", [MG_QUOTA_NEAR] = "near", [MG_QUOTA_FULL] = "full"};

GPtrArray *mg_organizations_ask(const MgConfig *config, GError **error) {
        g_autofree char *path = mg_config_socket(config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);

        return mg_care_organizations(&asker, error);
}

/* "1.2 GB of 50 GB (2 %)", or the first of these. Caller frees. */
static char *share_of(const MgOrganizationRow *row) {
        g_autofree char *have = mg_text_size(row->octets), *most = mg_text_size(row->quota);

        if (row->quota == 0)
                return g_steal_pointer(&have);
        return g_strdup_printf("%s of %s (%.0f %%)", have, most, 100.0 * (double)row->octets / (double)row->quota);
}

static const char *shown_name(const MgOrganizationRow *row) {
        return *row->name != '\0' ? row->name : "-";
}

char *mg_organizations_text(const GPtrArray *rows) {
        GString *text = g_string_new(NULL);

        g_string_append_printf(text, "%-20s %8s  %-28s %9s %9s %8s %6s\n", "organization", "mails", "kept", "retention",
                               "expiring", "requests", "held");
        for (guint i = 0; i < rows->len; i++) {
                const MgOrganizationRow *row = g_ptr_array_index(rows, i);
                g_autofree char *share = share_of(row);
                g_autofree char *days = g_strdup_printf("%u/%u d", row->retention, row->retention_failed);

                g_string_append_printf(text,
                                       "%-20s %8" G_GINT64_FORMAT "  %-28s %9s %9" G_GINT64_FORMAT " %8" G_GINT64_FORMAT
                                       " %6" G_GINT64_FORMAT "%s%s\n",
                                       shown_name(row), row->mails, share, days, row->expiring, row->requests,
                                       row->held, row->state == MG_QUOTA_FREE ? "" : "  quota ",
                                       row->state == MG_QUOTA_FREE ? "" : states[row->state]);
        }
        return g_string_free(text, FALSE);
}

json_t *mg_organizations_json(const GPtrArray *rows) {
        json_t *list = json_array();

        for (guint i = 0; i < rows->len; i++) {
                const MgOrganizationRow *row = g_ptr_array_index(rows, i);

                json_array_append_new(
                        list, json_pack("{s:s,s:b,s:I,s:I,s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "name", row->name,
                                        "configured", (int)row->configured, "mails", (json_int_t)row->mails, "bytes",
                                        (json_int_t)row->octets, "quota", (json_int_t)row->quota, "state",
                                        states[row->state], "retention", (json_int_t)row->retention, "retention_failed",
                                        (json_int_t)row->retention_failed, "expiring", (json_int_t)row->expiring,
                                        "requests", (json_int_t)row->requests, "held", (json_int_t)row->held));
        }
        return list;
}

static void check_quota(const MgOrganizationRow *row, GArray *findings) {
        gboolean full = row->state == MG_QUOTA_FULL;
        g_autofree char *share = share_of(row);
        g_autofree char *ja =
                g_strdup_printf(full ? "原本が上限に達し (%s)、この組織宛てのメールに 4xx を返しています。"
                                     : "原本が上限に近づいています (%s)。達すると 4xx を返します。",
                                share);
        g_autofree char *en =
                g_strdup_printf(full ? "Originals have %s: mail for this organization gets 4xx, and senders give up "
                                       "after some days."
                                     : "Originals have %s: at the quota mail for this organization gets 4xx.",
                                share);

        if (row->state != MG_QUOTA_FREE)
                mg_findings_add(findings, full ? "store.quota-full" : "store.quota-near",
                                full ? MG_SEVERITY_ERROR : MG_SEVERITY_WARNING, shown_name(row), ja, en,
                                "raise quota in mugai.conf, or shorten retention; then reload");
}

static void check_requests(const MgConfig *config, const MgOrganizationRow *row, GArray *findings) {
        g_autofree char *ja =
                g_strdup_printf("%u 日以内に消去されるメールに、処理中の申請が %" G_GINT64_FORMAT " 件あります。",
                                config->expiry_warning, row->requests);
        g_autofree char *en =
                g_strdup_printf("%" G_GINT64_FORMAT " requests wait for mail that is erased within %u days.",
                                row->requests, config->expiry_warning);

        if (row->requests > 0)
                mg_findings_add(findings, "store.requests-expire", MG_SEVERITY_WARNING, shown_name(row), ja, en,
                                "mugai requests, and decide; or mugai hold add RECEIPT --case CASE --until DATE");
}

void mg_organizations_check(const MgConfig *config, const GPtrArray *rows, GArray *findings) {
        for (guint i = 0; i < rows->len; i++) {
                const MgOrganizationRow *row = g_ptr_array_index(rows, i);

                check_quota(row, findings);
                check_requests(config, row, findings);
                if (!row->configured && row->mails > 0)
                        mg_findings_add(findings, "store.organization-gone", MG_SEVERITY_NOTE, row->name,
                                        "この組織の節は設定にありません。保管中のメールには節の外の値が使われます。",
                                        "The configuration has no section for this organization any more; its mail is "
                                        "kept by the values outside of sections.",
                                        "");
        }
}
