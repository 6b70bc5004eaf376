/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: acts by person and time, whether the chain is whole, and entries as a bundle that is verified
 * elsewhere (packaging/verify-audit.py). It names ids and numbers, no content.
 */
#include <string.h>

#include "base/audit_check.h"
#include "base/audit_client.h"
#include "base/day.h"
#include "base/error.h"
#include "base/text.h"
#include "console/handlers.h"

#define ROWS 200
#define WORD_MAX 100
/* Octets of a bundle: 413 beyond. */
#define BUNDLE_MAX (32 * 1024 * 1024)

/* --- the page --------------------------------------------------------------------------------------------------- */

static gboolean read_query(MgVisit *visit, MgAuditQuery *query) {
        const gboolean english = visit->http->english;

        if (!mg_visit_line(visit, "actor", mg_words(english, N_("Who")), WORD_MAX, FALSE, &query->actor) ||
            !mg_visit_line(visit, "act", mg_words(english, N_("What")), WORD_MAX, FALSE, &query->act))
                return FALSE;
        if (!mg_day_read(mg_http_field(visit->http, "since"), FALSE, &query->since) ||
            !mg_day_read(mg_http_field(visit->http, "until"), TRUE, &query->until)) {
                mg_visit_refuse(visit, 400, mg_words(english, N_("A day is written as 2026-11-26.")));
                return FALSE;
        }
        if (*query->act && !mg_act_is(query->act)) {
                mg_visit_refuse(visit, 400, NULL);
                return FALSE;
        }
        query->actor = *query->actor ? query->actor : NULL;
        query->act = *query->act ? query->act : NULL;
        return TRUE;
}

static void put_acts(MgPage *page, const char *chosen) {
        const char *choices[2 * _MG_ACT_N + 3] = {"", T(page, N_("all"))};

        for (guint i = 0; i < _MG_ACT_N; i++)
                choices[2 * i + 2] = choices[2 * i + 3] = mg_act_name((MgActKind)i);
        mg_page_choose(page, "act", T(page, N_("What")), chosen, choices);
}

static void put_form(MgVisit *visit) {
        MgPage *page = &visit->page;

        mg_page_form_get(page, "/audit");
        mg_page_input(page, "text", "actor", T(page, N_("Who")), mg_http_field(visit->http, "actor"),
                      T(page, N_("p: and the number of a person, root or gateway.")), "off", MG_INPUT_PLAIN);
        put_acts(page, mg_http_field(visit->http, "act"));
        mg_page_input(page, "date", "since", T(page, N_("From this day")), mg_http_field(visit->http, "since"), NULL,
                      "off", MG_INPUT_PLAIN);
        mg_page_input(page, "date", "until", T(page, N_("Up to this day")), mg_http_field(visit->http, "until"), NULL,
                      "off", MG_INPUT_PLAIN);
        mg_page_submit(page, NULL, NULL, T(page, N_("Show")), "main");
        mg_page_form_end(page);
}

static void put_button(MgVisit *visit, const char *path, const char *text) {
        MgPage *page = &visit->page;

        mg_page_form(page, path);
        mg_page_hidden(page, "since", mg_http_field(visit->http, "since"));
        mg_page_hidden(page, "until", mg_http_field(visit->http, "until"));
        mg_page_submit(page, NULL, NULL, text, NULL);
        mg_page_form_end(page);
}

typedef struct List {
        MgVisit *visit;
        guint rows;
} List;

static gboolean put_entry(const MgEntry *entry, gpointer data, GError **error) {
        List *list = data;
        MgPage *page = &list->visit->page;
        g_auto(MgEntryFacts) facts = {0};
        g_autoptr(GString) words = g_string_new(NULL);

        mg_entry_read(entry, &facts);
        for (guint i = 0; facts.words && i + 1 < facts.words->len; i += 2)
                g_string_append_printf(words, "%s%s=%s", i > 0 ? " " : "",
                                       (const char *)g_ptr_array_index(facts.words, i),
                                       (const char *)g_ptr_array_index(facts.words, i + 1));
        if (list->rows++ == 0)
                mg_page_table(page, "entries", T(page, N_("Acts, the newest first")), T(page, N_("Number")),
                              T(page, N_("When")), T(page, N_("Who")), T(page, N_("What")), T(page, N_("On what")),
                              NULL);
        mg_page_row(page);
        mg_page_cell_number(page, "number", entry->number);
        mg_page_cell_time(page, "time", facts.time);
        mg_page_cell(page, "actor", facts.actor ? facts.actor : "?");
        mg_page_cell(page, "act", facts.act ? facts.act : "?");
        mg_page_cell(page, "words", words->str);
        mg_page_row_end(page);
        return TRUE;
}

void mg_handle_audit(MgVisit *visit) {
        MgAuditQuery query = {.purpose = MG_ACT_LISTED, .newest_first = TRUE, .max = ROWS};
        const MgAuditFuncs funcs = {NULL, put_entry};
        MgPage *page = &visit->page;
        List list = {.visit = visit};
        GError *error = NULL;

        if (!read_query(visit, &query))
                return;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Audit")));
        put_form(visit);
        if (!mg_audit_query(&visit->asker, &query, &funcs, &list, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        if (list.rows > 0)
                mg_page_table_end(page);
        else
                mg_page_say(page, "empty", T(page, N_("No act is found. Ask for a longer time, or for all acts.")));
        if (list.rows == ROWS)
                mg_page_say(page, "note",
                            T(page, N_("These are the newest 200. Ask for a shorter time to see older ones.")));
        mg_page_heading(page, T(page, N_("Is the trail whole?")));
        put_button(visit, "/audit/verify", T(page, N_("Walk along all of it")));
        mg_page_heading(page, T(page, N_("Export")));
        mg_page_say(page, NULL,
                    T(page, N_("The acts of these days as a bundle that verify-audit.py checks elsewhere.")));
        put_button(visit, "/audit/export", T(page, N_("Save the bundle")));
        mg_visit_end(visit);
}

/* --- the chain -------------------------------------------------------------------------------------------------- */

static gboolean check_entry(const MgEntry *entry, gpointer data, GError **error) {
        return mg_audit_check_entry(data, entry);
}

void mg_handle_audit_verify(MgVisit *visit) {
        const MgAuditQuery query = {.purpose = MG_ACT_VERIFIED, .whole = TRUE};
        const MgAuditFuncs funcs = {NULL, check_entry};
        MgPage *page = &visit->page;
        g_auto(MgAuditCheck) check = {0};
        g_autofree char *hash = NULL;
        GError *error = NULL;
        gboolean well;

        mg_audit_check_init(&check, NULL);
        if (!mg_audit_query(&visit->asker, &query, &funcs, &check, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        well = mg_audit_check_end(&check);
        hash = mg_text_hex(check.chain.hash, MG_CHAIN_HASH);
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Is the trail whole?")));
        mg_page_say(page, well ? "done" : "warning",
                    well ? T(page, N_("Every entry follows from the one before."))
                         : (page->english ? check.en : check.ja));
        mg_page_facts(page, "trail");
        mg_page_fact_word(page, "state", T(page, N_("State")), well ? "whole" : "broken",
                          well ? T(page, N_("whole")) : T(page, N_("broken")));
        mg_page_fact_number(page, "entries", T(page, N_("Entries that are well")), check.chain.number);
        mg_page_fact(page, "hash", T(page, N_("Hash of the last of them")), hash);
        mg_page_facts_end(page);
        mg_page_say(page, "hint",
                    T(page,
                      N_("Compare number and hash with an anchor that was kept elsewhere: that shows a trail that was "
                         "chained anew as a whole.")));
        mg_page_link(page, "/audit", T(page, N_("Back")));
        mg_visit_end(visit);
}

/* --- the bundle ------------------------------------------------------------------------------------------------- */

typedef struct Bundle {
        const MgAuditQuery *query;
        GString *out;
        MgAuditCheck check;
        guint64 entries;
} Bundle;

static char *time_json(gint64 time) {
        return time != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, time) : g_strdup("null");
}

static gboolean put_head(const MgAuditSpan *span, gpointer data, GError **error) {
        Bundle *bundle = data;
        g_autofree char *before = mg_text_hex(span->before.hash, MG_CHAIN_HASH);
        g_autofree char *head = mg_text_hex(span->head.hash, MG_CHAIN_HASH);
        g_autofree char *since = time_json(bundle->query->since), *until = time_json(bundle->query->until);

        g_string_append_printf(bundle->out,
                               "{\"bundle\":\"mugai-audit-1\",\"made\":%" G_GINT64_FORMAT
                               ",\"since\":%s,\"until\":%s,\"first\":%" G_GINT64_FORMAT ",\"last\":%" G_GINT64_FORMAT
                               ",\"before\":\"%s\",\"head\":{\"number\":%" G_GINT64_FORMAT ",\"hash\":\"%s\"}}\n",
                               g_get_real_time() / G_USEC_PER_SEC, since, until, span->first, span->last, before,
                               span->head.number, head);
        bundle->check.chain = span->before;
        return TRUE;
}

static gboolean put_bundle_entry(const MgEntry *entry, gpointer data, GError **error) {
        Bundle *bundle = data;
        g_autofree char *line = NULL;

        if (!mg_audit_check_entry(&bundle->check, entry)) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "nothing is exported: %s", bundle->check.en);
                return FALSE;
        }
        if (bundle->out->len > BUNDLE_MAX) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE,
                                    N_("These are too many acts for one bundle; ask for a shorter time."));
                return FALSE;
        }
        bundle->entries++;
        line = mg_entry_export(entry);
        g_string_append_printf(bundle->out, "%s\n", line);
        return TRUE;
}

void mg_handle_audit_export(MgVisit *visit) {
        MgAuditQuery query = {.purpose = MG_ACT_EXPORTED, .whole = TRUE};
        const MgAuditFuncs funcs = {put_head, put_bundle_entry};
        g_autoptr(GString) out = g_string_new(NULL);
        Bundle bundle = {.query = &query, .out = out};
        g_autofree char *digest = NULL;
        GError *error = NULL;

        if (!read_query(visit, &query))
                return;
        query.actor = query.act = NULL;
        mg_audit_check_init(&bundle.check, NULL);
        if (mg_audit_query(&visit->asker, &query, &funcs, &bundle, &error)) {
                digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)out->str, out->len);
                g_string_append_printf(out, "{\"entries\":%" G_GUINT64_FORMAT ",\"sha256\":\"%s\"}\n", bundle.entries,
                                       digest);
                g_string_assign(visit->reply->body, out->str);
                visit->reply->type = "application/x-ndjson";
                visit->reply->file = g_strdup("mugai-audit.jsonl");
        } else {
                mg_visit_fault(visit, error);
        }
        mg_audit_check_clear(&bundle.check);
}
