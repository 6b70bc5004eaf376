/* SPDX-License-Identifier: Apache-2.0 */
/* Reports in words: deliveries, receipts, complaints, external bodies, codes (rows B12, B20). */
#include "sanitize/report.h"

#include "../used.h"
#include "mails.h"
#include "sanitize/status.h"

#define DSN                                                                                                            \
        "Reporting-MTA: dns; mx.example.jp\nX-Postfix-Queue-ID: 4cK2\nArrival-Date: Wed, 1 Apr 2026 09:00:00 "         \
        "+0900\n\n"
#define HEAD "[配送結果の通知 / Delivery report]\n受付 / Arrived: 2026-04-01 (水 Wed) 09:00 +0900\n\n"

static const struct {
        const char *id;
        const char *report;
        const char *text;
} deliveries[] = {
        {"B20-failed",
         DSN "Final-Recipient: rfc822; taro@example.jp\nOriginal-Recipient: rfc822;TARO@example.jp\nAction: failed\n"
             "Status: 5.1.1\nRemote-MTA: dns; 192.0.2.1\nDiagnostic-Code: smtp; 550 5.1.1 <taro@example.jp>... User\n"
             "    unknown, see https://example.jp/help or /var/log/x\n",
         HEAD "宛先 / Recipient: taro@example.jp\n結果 / Result: 届けられませんでした / could not be delivered\n"
              "理由 / Reason: 宛先のメールアドレスが存在しません / the mail address does not exist (5.1.1)\n"
              "相手側の説明 / Their words: 550 5.1.1 <taro@example.jp>... User unknown, see … or …\n"},
        {"B20-delayed",
         DSN "Final-Recipient: rfc822;a@example.jp\nOriginal-Recipient: rfc822;b@example.jp\nAction: delayed\nStatus: "
             "4.4.1 (no answer)\nWill-Retry-Until: Mon, 6 Apr 2026 09:00:00 +0900\n",
         HEAD "宛先 / Recipient: a@example.jp\nもとの宛先 / Original recipient: b@example.jp\n"
              "結果 / Result: まだ届けられていません / not yet delivered\n"
              "理由 / Reason: 受信側のサーバーが応答しません / the receiving system does not answer (4.4.1)\n"
              "再送の期限 / Retried until: 2026-04-06 (月 Mon) 09:00 +0900\n"},
        {"B20-code-in-diagnostic",
         "Original-Recipient: rfc822; <a@example.jp>\nAction: failed (really)\nStatus: 5.0.0\nDiagnostic-Code: smtp; "
         "552 5.2.2 full\n",
         "[配送結果の通知 / Delivery report]\n\n宛先 / Recipient: a@example.jp\n"
         "結果 / Result: 届けられませんでした / could not be delivered\n"
         "理由 / Reason: 宛先のメールボックスがいっぱいです / the mailbox is full (5.2.2)\n"
         "相手側の説明 / Their words: 552 5.2.2 full\n"},
        {"B20-two",
         "Final-Recipient: rfc822; a@example.jp\nAction: delivered\n\n\nFinal-Recipient: rfc822; "
         "b@example.jp\nAction: relayed\nX-Evil: <script>\n",
         "[配送結果の通知 / Delivery report]\n\n宛先 / Recipient: a@example.jp\n結果 / Result: 届きました / delivered\n"
         "\n宛先 / Recipient: b@example.jp\n結果 / Result: 次のサーバーへ送られました（以後は不明） / passed on; what "
         "came after is not known\n"},
        {"B20-nothing", DSN, HEAD},
        {"B20-no-fields", "\n\n\nno field\n", ""},
        {"B20-empty", "", ""},
};

static void test_delivery(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(deliveries); i++) {
                g_test_message("%s", deliveries[i].id);
                g_autoptr(GString) text =
                        mg_report_delivery(deliveries[i].report, strlen(deliveries[i].report), &mg_limits_default);
                g_autofree char *want = g_strchomp(g_strdup(deliveries[i].text));
                g_assert_cmpstr(g_strchomp(text->str), ==, want);
        }
}

/* Fifty recipients are shown and the others counted. */
static void test_many(void) {
        g_autoptr(GString) report = g_string_new(DSN);
        for (guint i = 0; i < 53; i++)
                g_string_append_printf(report, "Final-Recipient: rfc822; a%u@example.jp\nAction: failed\n\n", i);
        g_autoptr(GString) text = mg_report_delivery(report->str, report->len, &mg_limits_default);
        g_assert_nonnull(strstr(text->str, "a49@example.jp\n"));
        g_assert_null(strstr(text->str, "a50@example.jp"));
        g_assert_nonnull(strstr(text->str, "ほか3件の宛先 / and 3 more recipients\n"));
}

static void test_status(void) {
        static const struct {
                const char *code;
                const char *en; /* NULL: no code */
                gsize n;
        } rows[] = {
                {"5.1.1", "the mail address does not exist", 5},
                {"5.1.99 x", "there is a problem with the mail address", 6},
                {"4.9.9", "temporarily not deliverable", 5},
                {"5.0.0", "not deliverable", 5},
                {"2.1.5", "delivered", 5},
                {"5.7.509", "refused by a security rule", 7},
                {"5.1.1234", NULL, 0},
                {"3.1.1", NULL, 0},
                {"5.1", NULL, 0},
                {"5..1", NULL, 0},
                {"", NULL, 0},
                {"550", NULL, 0},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                gsize n;
                const MgStatusWords *words = mg_status_words(rows[i].code, &n);
                g_assert_cmpstr(words != NULL ? words->en : NULL, ==, rows[i].en);
                g_assert_cmpuint(n, ==, rows[i].n);
        }
}

static void test_disposition(void) {
        static const char report[] = "Reporting-UA: pc; x\nFinal-Recipient: rfc822; a@example.jp\nOriginal-Message-ID: "
                                     "<1@x>\nDisposition: manual-action/MDN-sent-manually; displayed/error\n";
        g_autoptr(GString) text = mg_report_disposition(report, sizeof report - 1, &mg_limits_default);
        g_assert_cmpstr(text->str, ==,
                        "[開封などの通知 / Receipt notification]\n受取人 / Recipient: a@example.jp\n"
                        "結果 / Result: 表示されました（開封） / displayed\n");
}

static void test_feedback(void) {
        static const char report[] = "Feedback-Type: abuse\nUser-Agent: x/1\nOriginal-Mail-From: <a@example.jp>\n"
                                     "Original-Rcpt-To: <b@example.com>\nSource-IP: 192.0.2.1\n";
        g_autoptr(GString) text = mg_report_feedback(report, sizeof report - 1, &mg_limits_default);
        g_assert_cmpstr(text->str, ==,
                        "[受信者からの申告 / Feedback report]\n内容 / Type: 迷惑メールとしての申告 / a complaint about "
                        "spam\n差出人 / Sender: a@example.jp\n宛先 / Recipient: b@example.com\n送信元 / Source: "
                        "192.0.2.1\n");
}

/* B12: where it would be fetched from, and no word of what stands in its place. */
static void test_external(void) {
        g_autoptr(MgReading) reading = read_mail(
                "Content-Type: message/external-body; access-type=URL; url=\"http://example.jp/x\"\n\nContent-Type: "
                "image/gif\n\nphantom\n");
        g_autofree char *body = body_of(reading);
        g_assert_nonnull(strstr(body, "ここでは取り寄せていません。\n"));
        g_assert_nonnull(strstr(body, "取り寄せ方 / Access type: URL\n場所 / URL: http://example.jp/x\n"));
        g_assert_null(strstr(body, "phantom"));
        g_assert_null(strstr(body, "image/gif"));
}

/* The time of reading grows with the report and not with its square. */
static void test_linear(void) {
        static const char *const pieces[] = {"Final-Recipient: a\n\n", "\n", "A: b\n",
                                             "Diagnostic-Code: 5.1 5.1 5.1\n\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_autoptr(GString) report = g_string_new(NULL);
                while (report->len < 4000000)
                        g_string_append(report, pieces[i]);
                gint64 begin = used_time();
                g_autoptr(GString) text = mg_report_delivery(report->str, report->len, &mg_limits_default);
                g_assert_cmpuint(text->len, <, 100000);
                g_test_message("%s %.2f s", pieces[i], (used_time() - begin) / 1e6);
                g_assert_cmpint(used_time() - begin, <, 20 * G_USEC_PER_SEC);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/report/delivery", test_delivery);
        g_test_add_func("/report/many", test_many);
        g_test_add_func("/report/status", test_status);
        g_test_add_func("/report/disposition", test_disposition);
        g_test_add_func("/report/feedback", test_feedback);
        g_test_add_func("/report/external", test_external);
        g_test_add_func("/report/linear", test_linear);
        return g_test_run();
}
