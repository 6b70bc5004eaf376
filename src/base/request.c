/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, orders and letters as objects and on the wire. Decides nothing about them.
 */
#include "mugai/request.h"

#include "base/reading.h"
#include "base/request_client.h"

#define SHORT_MAX 255
#define ADDRESS_MAX 320
#define PATH_MAX_OCTETS 255
/* A character is at most four octets of UTF-8; the widest bounds that limits.* can have. */
#define NAME_MAX_OCTETS (4 * 1000)
#define SUBJECT_MAX_OCTETS (4 * 10000)

static const char *const states[_MG_REQUEST_STATE_N] = {
#define STATE_WORD(name, word) [MG_REQUEST_##name] = (word),
        MG_REQUEST_STATES(STATE_WORD)
#undef STATE_WORD
};

const char *mg_request_state_name(MgRequestState state) {
        return state < _MG_REQUEST_STATE_N ? states[state] : "unheard-of";
}

MgRequestState mg_request_state_of(const char *word) {
        guint state = 0;

        while (state < _MG_REQUEST_STATE_N && !g_str_equal(states[state], word))
                state++;
        return (MgRequestState)state;
}

/* --- making and freeing ---------------------------------------------------------------------------------------- */

MgRequestPart *mg_request_part_new(void) {
        MgRequestPart *part = g_new0(MgRequestPart, 1);

        part->path = g_strdup("");
        part->name = g_strdup("");
        part->found = g_strdup("");
        return part;
}

void mg_request_part_free(MgRequestPart *part) {
        if (!part)
                return;
        g_free(part->path);
        g_free(part->name);
        g_free(part->found);
        g_free(part);
}

MgApproval *mg_approval_new(void) {
        MgApproval *approval = g_new0(MgApproval, 1);

        approval->name = g_strdup("");
        approval->reason = g_strdup("");
        return approval;
}

void mg_approval_free(MgApproval *approval) {
        if (!approval)
                return;
        g_free(approval->name);
        g_free(approval->reason);
        g_free(approval);
}

static GPtrArray *new_parts(void) {
        return g_ptr_array_new_with_free_func((GDestroyNotify)mg_request_part_free);
}

MgRequest *mg_request_new(void) {
        MgRequest *request = g_new0(MgRequest, 1);

        request->receipt = g_strdup("");
        request->organization = g_strdup("");
        request->from = g_strdup("");
        request->subject = g_strdup("");
        request->requester_name = g_strdup("");
        request->reason = g_strdup("");
        request->result = g_strdup("");
        request->parts = new_parts();
        request->addresses = g_ptr_array_new_with_free_func(g_free);
        request->approvals = g_ptr_array_new_with_free_func((GDestroyNotify)mg_approval_free);
        request->needed = 1;
        return request;
}

void mg_request_free(MgRequest *request) {
        if (!request)
                return;
        g_free(request->receipt);
        g_free(request->organization);
        g_free(request->from);
        g_free(request->subject);
        g_free(request->requester_name);
        g_free(request->reason);
        g_free(request->result);
        g_ptr_array_unref(request->parts);
        g_ptr_array_unref(request->addresses);
        g_ptr_array_unref(request->approvals);
        g_free(request);
}

MgOrder *mg_order_new(void) {
        MgOrder *order = g_new0(MgOrder, 1);

        order->receipt = g_strdup("");
        order->organization = g_strdup("");
        order->from = g_strdup("");
        order->subject = g_strdup("");
        order->requester = g_strdup("");
        order->approvers = g_ptr_array_new_with_free_func(g_free);
        order->parts = new_parts();
        order->addresses = g_ptr_array_new_with_free_func(g_free);
        return order;
}

void mg_order_free(MgOrder *order) {
        if (!order)
                return;
        g_free(order->receipt);
        g_free(order->organization);
        g_free(order->from);
        g_free(order->subject);
        g_free(order->requester);
        g_ptr_array_unref(order->approvers);
        g_ptr_array_unref(order->parts);
        g_ptr_array_unref(order->addresses);
        g_free(order);
}

MgLetter *mg_letter_new(void) {
        MgLetter *letter = g_new0(MgLetter, 1);

        letter->to = g_strdup("");
        letter->receipt = g_strdup("");
        return letter;
}

void mg_letter_free(MgLetter *letter) {
        if (!letter)
                return;
        g_free(letter->to);
        g_free(letter->receipt);
        g_free(letter);
}

/* --- on the wire ----------------------------------------------------------------------------------------------- */

/* Takes over what g_new0() left NULL or "". */
static void take(char **at, char *text) {
        g_free(*at);
        *at = text;
}

static void parts_put(MgWriter *writer, const GPtrArray *parts) {
        mg_put_u32(writer, parts->len);
        for (guint i = 0; i < parts->len; i++) {
                const MgRequestPart *part = g_ptr_array_index(parts, i);

                mg_put_text(writer, part->path);
                mg_put_text(writer, part->name);
                mg_put_text(writer, part->found);
                mg_put_u64(writer, part->size);
                mg_put_raw(writer, part->sha256, sizeof part->sha256);
        }
}

static void parts_get(MgReader *reader, GPtrArray *parts) {
        guint32 n = mg_get_count(reader, MG_REQUEST_PARTS_MAX, "parts");

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                MgRequestPart *part = mg_request_part_new();

                take(&part->path, mg_get_text(reader, PATH_MAX_OCTETS, MG_CLASS_PATH, "part.path"));
                take(&part->name, mg_get_text(reader, NAME_MAX_OCTETS, MG_CLASS_LINE, "part.name"));
                take(&part->found, mg_get_text(reader, SHORT_MAX, MG_CLASS_MIME, "part.found"));
                part->size = mg_get_u64(reader, "part.size");
                mg_get_raw(reader, part->sha256, sizeof part->sha256, "part.sha256");
                if (!*part->path)
                        mg_reader_fail(reader, "part.path", "is empty");
                g_ptr_array_add(parts, part);
        }
}

static void addresses_put(MgWriter *writer, const GPtrArray *addresses) {
        mg_put_u32(writer, addresses->len);
        for (guint i = 0; i < addresses->len; i++)
                mg_put_text(writer, g_ptr_array_index(addresses, i));
}

static void addresses_get(MgReader *reader, gboolean erased, GPtrArray *addresses) {
        guint32 n = mg_get_count(reader, MG_REQUEST_ADDRESSES_MAX, "addresses");

        if ((n == 0) != erased)
                mg_reader_fail(reader, "addresses", erased ? "are there, but erased" : "are none");
        for (guint32 i = 0; i < n && !reader->fault; i++) {
                char *address = mg_get_text(reader, ADDRESS_MAX, MG_CLASS_ADDRESS, "address");

                if (!*address)
                        mg_reader_fail(reader, "address", "is empty");
                g_ptr_array_add(addresses, address);
        }
}

static void approval_put(MgWriter *writer, const MgApproval *approval) {
        mg_put_i64(writer, approval->person);
        mg_put_text(writer, approval->name);
        mg_put_text(writer, approval->reason);
        mg_put_i64(writer, approval->time);
}

static MgApproval *approval_get(MgReader *reader) {
        MgApproval *approval = mg_approval_new();

        approval->person = mg_get_i64(reader, "approval.person");
        take(&approval->name, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "approval.name"));
        take(&approval->reason, mg_get_text(reader, MG_REQUEST_REASON_MAX, MG_CLASS_LINE, "approval.reason"));
        approval->time = mg_get_i64(reader, "approval.time");
        return approval;
}

void mg_request_put(MgWriter *writer, const MgRequest *request) {
        mg_put_i64(writer, request->number);
        mg_put_text(writer, request->receipt);
        mg_put_text(writer, request->organization);
        mg_put_text(writer, request->from);
        mg_put_text(writer, request->subject);
        mg_put_i64(writer, request->requester);
        mg_put_text(writer, request->requester_name);
        parts_put(writer, request->parts);
        mg_put_u8(writer, request->erased ? 1 : 0);
        addresses_put(writer, request->addresses);
        mg_put_text(writer, request->reason);
        mg_put_u32(writer, request->state);
        mg_put_u32(writer, request->needed);
        mg_put_u32(writer, request->approvals->len);
        for (guint i = 0; i < request->approvals->len; i++)
                approval_put(writer, g_ptr_array_index(request->approvals, i));
        mg_put_i64(writer, request->made);
        mg_put_i64(writer, request->decided);
        mg_put_i64(writer, request->ended);
        mg_put_text(writer, request->result);
}

MgRequest *mg_request_get(MgReader *reader) {
        MgRequest *request = mg_request_new();
        guint32 n;

        request->number = mg_get_i64(reader, "request.number");
        take(&request->receipt, mg_get_text(reader, 10, MG_CLASS_TOKEN, "request.receipt"));
        take(&request->organization, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "request.organization"));
        take(&request->from, mg_get_text(reader, SUBJECT_MAX_OCTETS, MG_CLASS_LINE, "request.from"));
        take(&request->subject, mg_get_text(reader, SUBJECT_MAX_OCTETS, MG_CLASS_LINE, "request.subject"));
        request->requester = mg_get_i64(reader, "request.requester");
        take(&request->requester_name, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "request.requester_name"));
        parts_get(reader, request->parts);
        request->erased = mg_get_u8(reader, "request.erased") != 0;
        addresses_get(reader, request->erased, request->addresses);
        take(&request->reason, mg_get_text(reader, MG_REQUEST_REASON_MAX, MG_CLASS_LINE, "request.reason"));
        request->state = mg_get_enum(reader, _MG_REQUEST_STATE_N, "request.state");
        request->needed = mg_get_u32(reader, "request.needed");
        n = mg_get_count(reader, MG_REQUEST_APPROVALS_MAX, "request.approvals");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(request->approvals, approval_get(reader));
        request->made = mg_get_i64(reader, "request.made");
        request->decided = mg_get_i64(reader, "request.decided");
        request->ended = mg_get_i64(reader, "request.ended");
        take(&request->result, mg_get_text(reader, MG_REQUEST_TEXT_MAX, MG_CLASS_LINE, "request.result"));
        return request;
}

void mg_order_put(MgWriter *writer, const MgOrder *order) {
        mg_put_i64(writer, order->number);
        mg_put_text(writer, order->receipt);
        mg_put_text(writer, order->organization);
        mg_put_u64(writer, order->size);
        mg_put_raw(writer, order->sha256, sizeof order->sha256);
        mg_put_text(writer, order->from);
        mg_put_text(writer, order->subject);
        mg_put_i64(writer, order->time);
        mg_scan_put(writer, &order->scan);
        mg_put_i64(writer, order->made);
        mg_put_text(writer, order->requester);
        mg_put_u32(writer, order->approvers->len);
        for (guint i = 0; i < order->approvers->len; i++)
                mg_put_text(writer, g_ptr_array_index(order->approvers, i));
        parts_put(writer, order->parts);
        addresses_put(writer, order->addresses);
}

MgOrder *mg_order_get(MgReader *reader) {
        MgOrder *order = mg_order_new();
        guint32 n;

        order->number = mg_get_i64(reader, "order.number");
        take(&order->receipt, mg_get_text(reader, 10, MG_CLASS_TOKEN, "order.receipt"));
        take(&order->organization, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "order.organization"));
        order->size = mg_get_u64(reader, "order.size");
        mg_get_raw(reader, order->sha256, sizeof order->sha256, "order.sha256");
        take(&order->from, mg_get_text(reader, SUBJECT_MAX_OCTETS, MG_CLASS_LINE, "order.from"));
        take(&order->subject, mg_get_text(reader, SUBJECT_MAX_OCTETS, MG_CLASS_LINE, "order.subject"));
        order->time = mg_get_i64(reader, "order.time");
        mg_scan_get(reader, &order->scan);
        order->made = mg_get_i64(reader, "order.made");
        take(&order->requester, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "order.requester"));
        n = mg_get_count(reader, MG_REQUEST_APPROVALS_MAX, "order.approvers");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(order->approvers, mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "order.approver"));
        parts_get(reader, order->parts);
        addresses_get(reader, FALSE, order->addresses);
        return order;
}

void mg_letter_put(MgWriter *writer, const MgLetter *letter) {
        mg_put_i64(writer, letter->number);
        mg_put_u32(writer, letter->kind);
        mg_put_text(writer, letter->to);
        mg_put_i64(writer, letter->time);
        mg_put_i64(writer, letter->request);
        mg_put_text(writer, letter->receipt);
        mg_put_u32(writer, letter->count);
        mg_put_i64(writer, letter->oldest);
}

MgLetter *mg_letter_get(MgReader *reader) {
        MgLetter *letter = mg_letter_new();

        letter->number = mg_get_i64(reader, "letter.number");
        letter->kind = mg_get_enum(reader, _MG_LETTER_KIND_N, "letter.kind");
        take(&letter->to, mg_get_text(reader, ADDRESS_MAX, MG_CLASS_ADDRESS, "letter.to"));
        letter->time = mg_get_i64(reader, "letter.time");
        letter->request = mg_get_i64(reader, "letter.request");
        take(&letter->receipt, mg_get_text(reader, 10, MG_CLASS_HOST, "letter.receipt"));
        letter->count = mg_get_u32(reader, "letter.count");
        letter->oldest = mg_get_i64(reader, "letter.oldest");
        if (!*letter->to)
                mg_reader_fail(reader, "letter.to", "is empty");
        return letter;
}
