/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, orders and letters on the wire: what was put comes back the same, what is cut or empty is refused.
 */
#include <string.h>

#include "base/request_client.h"

#define ADDRESS "taro@pref.example.jp"

static void set(char **at, const char *text) {
        g_free(*at);
        *at = g_strdup(text);
}

static void add_part(GPtrArray *parts) {
        MgRequestPart *part = mg_request_part_new();

        set(&part->path, "1.2");
        set(&part->name, "見積書.pdf");
        set(&part->found, "application/pdf");
        part->size = 70000;
        memset(part->sha256, 7, sizeof part->sha256);
        g_ptr_array_add(parts, part);
}

static MgRequest *request_sample(void) {
        MgRequest *request = mg_request_new();
        MgApproval *approval = mg_approval_new();

        set(&request->receipt, "1000000013");
        set(&request->organization, "gikai");
        set(&request->from, "a@example.com");
        set(&request->subject, "見積の件");
        set(&request->requester_name, "yamada");
        set(&request->reason, "契約に要る");
        set(&request->result, "250 2.0.0 Ok: queued as 4XyZ");
        set(&approval->name, "sato");
        set(&approval->reason, "可");
        approval->person = 3;
        approval->time = 1700000100;
        add_part(request->parts);
        g_ptr_array_add(request->addresses, g_strdup(ADDRESS));
        g_ptr_array_add(request->approvals, approval);
        request->number = 12;
        request->requester = 2;
        request->state = MG_REQUEST_RELEASED;
        request->needed = 2;
        request->made = 1700000000;
        request->decided = 1700000100;
        request->ended = 1700000200;
        return request;
}

static void put_request(MgWriter *writer) {
        g_autoptr(MgRequest) request = request_sample();

        mg_request_put(writer, request);
}

static void put_order(MgWriter *writer) {
        MgOrder *order = mg_order_new();

        set(&order->receipt, "1000000013");
        set(&order->organization, "ward");
        set(&order->from, "a@example.com");
        set(&order->subject, "見積の件");
        order->number = 12;
        order->size = 100000;
        order->scan = (MgScan){MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Win.Test"};
        set(&order->requester, "総務 太郎");
        g_ptr_array_add(order->approvers, g_strdup("承認 花子"));
        add_part(order->parts);
        g_ptr_array_add(order->addresses, g_strdup(ADDRESS));
        mg_order_put(writer, order);
        mg_order_free(order);
}

static void put_letter(MgWriter *writer) {
        MgLetter *letter = mg_letter_new();

        set(&letter->to, ADDRESS);
        letter->number = 4;
        letter->kind = MG_LETTER_WAITING;
        letter->count = 3;
        letter->oldest = 1700000000;
        mg_letter_put(writer, letter);
        mg_letter_free(letter);
}

static void take_request(MgReader *reader, MgWriter *again) {
        g_autoptr(MgRequest) request = mg_request_get(reader);

        mg_request_put(again, request);
}

static void take_order(MgReader *reader, MgWriter *again) {
        MgOrder *order = mg_order_get(reader);

        mg_order_put(again, order);
        mg_order_free(order);
}

static void take_letter(MgReader *reader, MgWriter *again) {
        MgLetter *letter = mg_letter_get(reader);

        mg_letter_put(again, letter);
        mg_letter_free(letter);
}

static const struct {
        void (*put)(MgWriter *writer);
        void (*take)(MgReader *reader, MgWriter *again);
} kinds[] = {{put_request, take_request}, {put_order, take_order}, {put_letter, take_letter}};

/* Reads n octets of bytes and writes what was understood into again. */
static gboolean read_back(guint kind, const GByteArray *bytes, gsize n, MgWriter *again) {
        g_autoptr(GBytes) record = g_bytes_new(bytes->data, n);
        MgReader reader;

        mg_reader_init(&reader, record);
        kinds[kind].take(&reader, again);
        return mg_reader_end(&reader, NULL);
}

static void test_same(void) {
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
                g_auto(MgWriter) first = {0}, second = {0};

                mg_writer_init(&first);
                mg_writer_init(&second);
                kinds[i].put(&first);
                g_assert_true(read_back(i, first.bytes, first.bytes->len, &second));
                g_assert_cmpmem(first.bytes->data, first.bytes->len, second.bytes->data, second.bytes->len);
        }
}

static void test_cut(void) {
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
                g_auto(MgWriter) whole = {0};

                mg_writer_init(&whole);
                kinds[i].put(&whole);
                for (gsize n = 0; n < whole.bytes->len; n++) {
                        g_auto(MgWriter) again = {0};

                        mg_writer_init(&again);
                        g_assert_false(read_back(i, whole.bytes, n, &again));
                }
        }
}

/* TRUE where the sample is taken after change() was at it. */
static gboolean is_taken(void (*change)(MgRequest *request)) {
        g_autoptr(MgRequest) request = request_sample();
        g_auto(MgWriter) writer = {0}, again = {0};

        change(request);
        mg_writer_init(&writer);
        mg_writer_init(&again);
        mg_request_put(&writer, request);
        return read_back(0, writer.bytes, writer.bytes->len, &again);
}

static void no_address(MgRequest *request) {
        g_ptr_array_set_size(request->addresses, 0);
}

static void erased(MgRequest *request) {
        request->erased = TRUE;
        g_ptr_array_set_size(request->addresses, 0);
}

static void half_erased(MgRequest *request) {
        request->erased = TRUE;
}

static void odd_address(MgRequest *request) {
        g_ptr_array_add(request->addresses, g_strdup("a@b.jp, c@d.jp"));
}

static void many_addresses(MgRequest *request) {
        while (request->addresses->len <= MG_REQUEST_ADDRESSES_MAX)
                g_ptr_array_add(request->addresses, g_strdup(ADDRESS));
}

static void many_parts(MgRequest *request) {
        while (request->parts->len <= MG_REQUEST_PARTS_MAX)
                add_part(request->parts);
}

static void no_path(MgRequest *request) {
        set(&((MgRequestPart *)g_ptr_array_index(request->parts, 0))->path, "");
}

static void third_approval(MgRequest *request) {
        while (request->approvals->len < 3)
                g_ptr_array_add(request->approvals, mg_approval_new());
}

static void two_lines(MgRequest *request) {
        set(&request->reason, "a\nb");
}

static void no_part(MgRequest *request) {
        g_ptr_array_set_size(request->parts, 0);
}

static void test_bounds(void) {
        g_assert_true(is_taken(no_part));
        g_assert_true(is_taken(erased));
        g_assert_false(is_taken(half_erased));
        g_assert_false(is_taken(no_address));
        g_assert_false(is_taken(odd_address));
        g_assert_false(is_taken(many_addresses));
        g_assert_false(is_taken(many_parts));
        g_assert_false(is_taken(no_path));
        g_assert_false(is_taken(third_approval));
        g_assert_false(is_taken(two_lines));
}

static void test_words(void) {
        for (guint i = 0; i < _MG_REQUEST_STATE_N; i++)
                g_assert_cmpint(mg_request_state_of(mg_request_state_name(i)), ==, i);
        g_assert_cmpint(mg_request_state_of("handed over"), ==, _MG_REQUEST_STATE_N);
        g_assert_cmpstr(mg_request_state_name(MG_REQUEST_HANDED_OVER), ==, "handed-over");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/request/same", test_same);
        g_test_add_func("/request/cut", test_cut);
        g_test_add_func("/request/bounds", test_bounds);
        g_test_add_func("/request/words", test_words);
        return g_test_run();
}
