/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as people and programs read them. Asks nobody.
 */
#include "cli/request.h"

#include <jansson.h>
#include <string.h>

#include "base/receipt.h"
#include "base/text.h"
#include "compose/report.h"

#define QUOTE_MAX 200
#define TEXT_QUOTE_MAX 2000

/* "2026-11-20T13:20:00Z"; NULL for no time. Caller frees. */
static char *time_text(gint64 time) {
        g_autoptr(GDateTime) when = time > 0 ? g_date_time_new_from_unix_utc(time) : NULL;

        return when != NULL ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static json_t *json_time(gint64 time) {
        g_autofree char *text = time_text(time);

        return text != NULL ? json_string(text) : json_null();
}

static json_t *json_parts(const GPtrArray *parts) {
        json_t *all = json_array();

        for (guint i = 0; i < parts->len; i++) {
                const MgRequestPart *part = g_ptr_array_index(parts, i);
                g_autofree char *digest = mg_text_hex(part->sha256, sizeof part->sha256);

                json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:I,s:s}", "path", part->path, "name", part->name,
                                                     "found", part->found, "size", (json_int_t)part->size, "sha256",
                                                     digest));
        }
        return all;
}

static json_t *json_addresses(const GPtrArray *addresses) {
        json_t *all = json_array();

        for (guint i = 0; i < addresses->len; i++)
                json_array_append_new(all, json_string(g_ptr_array_index(addresses, i)));
        return all;
}

static json_t *json_approvals(const GPtrArray *approvals) {
        json_t *all = json_array();

        for (guint i = 0; i < approvals->len; i++) {
                const MgApproval *approval = g_ptr_array_index(approvals, i);

                json_array_append_new(all, json_pack("{s:I,s:s,s:s,s:o}", "person", (json_int_t)approval->person,
                                                     "name", approval->name, "reason", approval->reason, "time",
                                                     json_time(approval->time)));
        }
        return all;
}

char *mg_cli_request_json(const MgRequest *request) {
        json_t *root = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:{s:I,s:s},s:b,s:o,s:o,s:s,s:i,s:o,s:o,s:o,s:o,s:s,s:b}",
                                 "number", (json_int_t)request->number, "receipt", request->receipt, "state",
                                 mg_request_state_name(request->state), "organization", request->organization, "from",
                                 request->from, "subject", request->subject, "requester", "person",
                                 (json_int_t)request->requester, "name", request->requester_name, "whole",
                                 request->parts->len == 0 && !request->erased, "parts", json_parts(request->parts),
                                 "to", json_addresses(request->addresses), "reason", request->reason, "needed",
                                 (int)request->needed, "approvals", json_approvals(request->approvals), "made",
                                 json_time(request->made), "decided", json_time(request->decided), "ended",
                                 json_time(request->ended), "result", request->result, "erased", request->erased);
        char *dump = json_dumps(root, JSON_COMPACT);
        char *text = g_strconcat(dump != NULL ? dump : "{}", "\n", NULL);

        free(dump); /* jansson's own allocator */
        json_decref(root);
        return text;
}

/* --- for a terminal ----------------------------------------------------------------------------------------------- */

static char *what_text(const MgRequest *request) {
        if (request->erased)
                return g_strdup("erased");
        return request->parts->len > 0
                       ? g_strdup_printf("%u part%s", request->parts->len, request->parts->len > 1 ? "s" : "")
                       : g_strdup("whole");
}

char *mg_cli_request_line(const MgRequest *request) {
        g_autofree char *receipt = mg_receipt_print(request->receipt), *made = time_text(request->made);
        g_autofree char *what = what_text(request), *name = mg_text_quote(request->requester_name, QUOTE_MAX);
        g_autofree char *reason = mg_text_quote(request->reason, QUOTE_MAX);

        return g_strdup_printf("%-6" G_GINT64_FORMAT " %s  %-11s  %s  %u/%u  %s  by=%s  reason=%s\n", request->number,
                               receipt, mg_request_state_name(request->state), made, request->approvals->len,
                               request->needed, what, name, reason);
}

static void add_quoted(GString *out, const char *label, const char *text) {
        g_autofree char *quoted = mg_text_quote(text, TEXT_QUOTE_MAX);

        if (*text != '\0')
                mg_report_row(out, label, "%s", quoted);
}

static void add_time(GString *out, const char *label, gint64 time) {
        g_autofree char *text = time_text(time);

        if (text != NULL)
                mg_report_row(out, label, "%s", text);
}

static void add_parts(GString *out, const GPtrArray *parts) {
        for (guint i = 0; i < parts->len; i++) {
                const MgRequestPart *part = g_ptr_array_index(parts, i);
                g_autofree char *name = mg_text_quote(part->name, QUOTE_MAX), *size = mg_text_size(part->size);
                g_autofree char *digest = mg_text_hex(part->sha256, sizeof part->sha256);

                g_string_append_printf(out, "  %s  %s  %s  %s\n      SHA-256 %s\n", part->path, name, part->found, size,
                                       digest);
        }
}

static void add_approvals(GString *out, const MgRequest *request) {
        mg_report_row(out, "承認 / approvals", "%u/%u", request->approvals->len, request->needed);
        for (guint i = 0; i < request->approvals->len; i++) {
                const MgApproval *approval = g_ptr_array_index(request->approvals, i);
                g_autofree char *name = mg_text_quote(approval->name, QUOTE_MAX), *time = time_text(approval->time);
                g_autofree char *reason = mg_text_quote(approval->reason, TEXT_QUOTE_MAX);

                g_string_append_printf(out, "  %s  %s  %s\n", time, name, *approval->reason != '\0' ? reason : "");
        }
}

char *mg_cli_request_text(const MgRequest *request) {
        GString *out = g_string_new(NULL);
        g_autofree char *receipt = mg_receipt_print(request->receipt), *what = what_text(request);

        mg_report_row(out, "申請番号 / request", "%" G_GINT64_FORMAT, request->number);
        mg_report_row(out, "状態 / state", "%s", mg_request_state_name(request->state));
        mg_report_row(out, "受付番号 / receipt", "%s", receipt);
        add_quoted(out, "組織 / organization", request->organization);
        add_quoted(out, "申請者 / requester", request->requester_name);
        add_time(out, "申請日時 / made", request->made);
        mg_report_row(out, "対象 / asked for", "%s", what);
        add_parts(out, request->parts);
        for (guint i = 0; i < request->addresses->len; i++)
                mg_report_row(out, "送付先 / to", "%s", (const char *)g_ptr_array_index(request->addresses, i));
        add_quoted(out, "理由 / reason", request->reason);
        add_approvals(out, request);
        add_time(out, "決定日時 / decided", request->decided);
        add_time(out, "終了日時 / ended", request->ended);
        add_quoted(out, "結果 / result", request->result);
        add_quoted(out, "メールの送信者 / from", request->from);
        add_quoted(out, "件名 / subject", request->subject);
        return g_string_free(out, FALSE);
}
