/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for people and programs: what stands in which form, and that no text of a mail or of a person breaks a line.
 */
#include <string.h>

#include "cli/request.h"

static void set(char **at, const char *text) {
        g_free(*at);
        *at = g_strdup(text);
}

static MgRequest *sample(void) {
        MgRequest *request = mg_request_new();
        MgRequestPart *part = mg_request_part_new();
        MgApproval *approval = mg_approval_new();

        request->number = 12;
        set(&request->receipt, "0000005724");
        set(&request->from, "a@example.com");
        set(&request->subject, "見積 \"至急\"");
        set(&request->requester_name, "山田 太郎");
        request->requester = 4;
        set(&request->reason, "契約に要る");
        set(&request->result, "250 2.0.0 Ok: queued as 4XyZ");
        request->state = MG_REQUEST_RELEASED;
        request->needed = 2;
        request->made = 1700000000;
        request->decided = 1700000100;
        g_ptr_array_add(request->addresses, g_strdup("taro@pref.example.jp"));
        set(&part->path, "1.2");
        set(&part->name, "見積書.pdf");
        set(&part->found, "application/pdf");
        part->size = 70000;
        memset(part->sha256, 0xab, sizeof part->sha256);
        g_ptr_array_add(request->parts, part);
        approval->person = 5;
        approval->time = 1700000100;
        set(&approval->name, "佐藤");
        g_ptr_array_add(request->approvals, approval);
        return request;
}

static void test_json(void) {
        g_autoptr(MgRequest) request = sample();
        g_autofree char *got = mg_cli_request_json(request);
        g_autofree char *digest = g_strnfill(64, 'x'), *want = NULL;

        for (guint i = 0; i < 64; i++)
                digest[i] = i % 2 ? 'b' : 'a';
        want = g_strdup_printf(
                "{\"number\":12,\"receipt\":\"0000005724\",\"state\":\"released\",\"organization\":\"\","
                "\"from\":\"a@example.com\",\"subject\":\"見積 \\\"至急\\\"\","
                "\"requester\":{\"person\":4,\"name\":\"山田 太郎\"},\"whole\":false,"
                "\"parts\":[{\"path\":\"1.2\",\"name\":\"見積書.pdf\",\"found\":\"application/pdf\",\"size\":70000,"
                "\"sha256\":\"%s\"}],\"to\":[\"taro@pref.example.jp\"],\"reason\":\"契約に要る\",\"needed\":2,"
                "\"approvals\":[{\"person\":5,\"name\":\"佐藤\",\"reason\":\"\",\"time\":\"2023-11-14T22:15:00Z\"}],"
                "\"made\":\"2023-11-14T22:13:20Z\",\"decided\":\"2023-11-14T22:15:00Z\",\"ended\":null,"
                "\"result\":\"250 2.0.0 Ok: queued as 4XyZ\",\"erased\":false}\n",
                digest);
        g_assert_cmpstr(got, ==, want);
}

static void test_line(void) {
        g_autoptr(MgRequest) request = sample();
        g_autofree char *one = mg_cli_request_line(request), *whole = NULL, *erased = NULL;

        g_assert_cmpstr(one, ==,
                        "12     0000-0057-24  released     2023-11-14T22:13:20Z  1/2  1 part  by=\"山田 太郎\"  "
                        "reason=\"契約に要る\"\n");
        g_ptr_array_set_size(request->parts, 0);
        whole = mg_cli_request_line(request);
        g_assert_nonnull(strstr(whole, "  1/2  whole  by="));
        request->erased = TRUE;
        erased = mg_cli_request_line(request);
        g_assert_nonnull(strstr(erased, "  1/2  erased  by="));
}

static void test_text(void) {
        g_autoptr(MgRequest) request = sample();
        g_autofree char *text = mg_cli_request_text(request);
        const char *facts = strstr(text, "1.2  \"見積書.pdf\"  application/pdf  68 KB"),
                   *subject = strstr(text, "件名 / subject");

        g_test_message("%s", text);
        g_assert_nonnull(facts);
        g_assert_nonnull(strstr(text, "taro@pref.example.jp\n"));
        g_assert_nonnull(strstr(text, "2023-11-14T22:15:00Z  \"佐藤\""));
        /* P9: what it is comes before what the mail says of itself */
        g_assert_true(facts < subject);
        g_assert_null(strstr(text, "終了日時"));
}

/* A terminal obeys nothing that stands in a text, and a line stays one. */
static void test_quoted(void) {
        g_autoptr(MgRequest) request = sample();
        g_autofree char *line = NULL, *text = NULL;
        MgRequestPart *part = g_ptr_array_index(request->parts, 0);

        set(&request->reason, "a\nb\033[31m");
        set(&request->requester_name, "x\"\r");
        set(&part->name, "c\033]0;d\007");
        line = mg_cli_request_line(request);
        text = mg_cli_request_text(request);
        g_assert_null(strpbrk(line, "\033\r\007"));
        g_assert_null(strpbrk(text, "\033\r\007"));
        g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/request/json", test_json);
        g_test_add_func("/cli/request/line", test_line);
        g_test_add_func("/cli/request/P9-text", test_text);
        g_test_add_func("/cli/request/P6-quoted", test_quoted);
        return g_test_run();
}
