/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writers of HTML and JSON escape, times and days are as people write them, and no text lacks its Japanese.
 */
#include <string.h>

#include "console/html.h"
#include "console/json.h"
#include "console/names.h"
#include "console/reply.h"
#include "console/said.h"
#include "console/words.h"

static void test_html(void) {
        g_autoptr(GString) out = g_string_new(NULL);
        MgHtml html = {.out = out};

        mg_html_begin(&html, "p", "class", "x\" onclick='", "title", NULL, NULL);
        mg_html_put_text(&html, "<script>&\"' \u202e\u200b\x07 é 会計");
        mg_html_end(&html);
        mg_html_put(&html, "a", "\xff", "title", "\u202e", NULL);
        mg_html_begin(&html, "input", "name", "n", NULL);
        g_assert_cmpuint(html.depth, ==, 0);
        g_assert_cmpstr(
                out->str, ==,
                "<p class=\"x&quot; onclick=&#39;\">&lt;script&gt;&amp;&quot;&#39; "
                "<span class=\"mark\">U+202E</span><span class=\"mark\">U+200B</span>"
                "<span class=\"mark\">U+0007</span> é 会計</p><a title=\"[U+202E]\">\ufffd</a><input name=\"n\">");
}

static void test_json(void) {
        g_autoptr(GString) out = g_string_new(NULL);
        MgJson json = {.out = out};

        mg_json_begin(&json, NULL, '{');
        mg_json_text(&json, "a", "\"\\\n<会計>");
        mg_json_begin(&json, "b", '[');
        mg_json_number(&json, NULL, -1);
        mg_json_boolean(&json, NULL, TRUE);
        mg_json_text(&json, NULL, NULL);
        mg_json_end(&json, ']');
        mg_json_begin(&json, "c", '{');
        mg_json_end(&json, '}');
        mg_json_end(&json, '}');
        g_assert_cmpstr(out->str, ==, "{\"a\":\"\\\"\\\\\\u000a\\u003c会計\\u003e\",\"b\":[-1,true,null],\"c\":{}}");
}

static void test_times(void) {
        static const struct {
                gint64 time;
                const char *japanese;
        } rows[] = {{1795699200, "令和8年11月26日（木）13:20"},
                    {1556668800, "令和元年5月1日（水）00:00"},
                    {1556668799, "2019年4月30日 23:59"}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *text = mg_words_time(FALSE, rows[i].time);

                g_assert_cmpstr(text, ==, rows[i].japanese);
        }
        g_autofree char *english = mg_words_time(TRUE, 1795699200);
        g_assert_cmpstr(english, ==, "2026-11-26 13:20");
}

static void note_field(const char *name, const char *value, gpointer data) {
        g_string_append_printf(data, "%s: %s\n", name, value);
}

static void test_header(void) {
        g_autoptr(MgHttpReply) reply = mg_http_reply_new();
        g_autoptr(GString) header = g_string_new(NULL);
        static const char *const wanted[] = {"default-src 'none'",
                                             "frame-ancestors 'none'",
                                             "nosniff",
                                             "Referrer-Policy: same-origin\n",
                                             "no-store",
                                             "Set-Cookie: __Host-mugai=t; Path=/; HttpOnly; SameSite=Strict; Secure\n"};

        mg_http_reply_cookie(reply, "__Host-mugai", "t", -1, FALSE);
        mg_http_reply_fields(reply, note_field, header);
        for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
                g_assert_nonnull(strstr(header->str, wanted[i]));
        g_assert_null(strstr(header->str, "unsafe"));
        g_assert_null(strstr(header->str, "script-src"));
}

static void test_japanese(void) {
        g_assert_cmpstr(mg_words(FALSE, "Sign in"), ==, "サインイン");
        g_assert_cmpstr(mg_words(TRUE, "Sign in"), ==, "Sign in");
}

/* What roles say and records keep; what a person wrote stays as it is. */
static void test_said(void) {
        static const struct {
                const char *text, *japanese;
        } cases[] = {
                {"store: the password that it replaces is wrong", "今のパスワードが違います"},
                {"a calendar entry; only text crosses", "予定データのため（届けるのは文字だけです）"},
                {"by rule programs: 庁外の依頼", "規則 programs による: 庁外の依頼"},
                {"rejected by rule night: encrypted; only text crosses",
                 "拒否しました: 規則 night による: 暗号化されているため（届けるのは文字だけです）"},
                {"could not be converted: limits.parts is 500, the mail has 501",
                 "変換できませんでした: limits.parts は 500 ですが、このメールは 501 です"},
                {"request 3 is denied and cannot be approved", "申請 3 は「却下」のため、承認できません"},
                {"no mail with receipt 1000000005 came to your organization",
                 "受付番号 1000000005 のメールはあなたの組織宛てに届いていません"},
                {"unix_user: x is y already", "UNIXユーザー: x はすでに y です"},
                {"has 70 octets; 1 to 64 are allowed", "70 バイトです。1 から 64 バイトにしてください"},
                {"山田: the file is there already", "山田: the file is there already"},
                {"%1 %s", "%1 %s"},
                {"by rule ", "by rule "},
                {"", ""},
        };
        g_autofree char *deep = g_strdup("x"), *english = mg_said(TRUE, "store: there is no request 3"), *said = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = mg_said(FALSE, cases[i].text);

                g_assert_cmpstr(text, ==, cases[i].japanese);
        }
        g_assert_cmpstr(english, ==, "there is no request 3");
        /* Sentences within sentences have an end. */
        for (guint i = 0; i < 1000; i++) {
                char *deeper = g_strconcat("rejected ", deep, NULL);

                g_free(deep);
                deep = deeper;
        }
        said = mg_said(FALSE, deep);
        g_assert_true(g_str_has_suffix(said, "rejected x"));
        for (const char *const *row = mg_said_rows(); *row; row++) {
                g_autofree char *text = mg_said(FALSE, *row);

                g_assert_cmpstr(text, !=, "");
        }
}

static void test_names(void) {
        static const struct {
                MgCount count;
                const char *name, *japanese;
        } cases[] = {{MG_COUNT_OUTCOME, "converted", "テキストにして配送"},
                     {MG_COUNT_REASON, "a signature; only text crosses", "電子署名のため（届けるのは文字だけです）"},
                     {MG_COUNT_TYPE, "application/pdf", "PDF文書 (application/pdf)"},
                     {MG_COUNT_REQUEST, "denied", "却下"},
                     {MG_COUNT_WAITING, "requests", "申請"},
                     {MG_COUNT_RELEASE, "median-s", "半数が終わるまでの秒数"},
                     {MG_COUNT_REASON, "...", "その他"},
                     {MG_COUNT_RELEASE, "new-word", "new-word"}};
        static const struct {
                MgScan scan;
                const char *japanese;
        } scans[] = {
                {{MG_SCAN_NONE, MG_SCAN_FAULT_NONE, ""}, ""},
                {{MG_SCAN_CLEAN, MG_SCAN_FAULT_NONE, ""}, "何も見つかりませんでした"},
                {{MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Eicar"}, "ウイルスを検出しました: Eicar"},
                {{MG_SCAN_UNSCANNED, MG_SCAN_FAULT_TOO_LARGE, ""}, "検査していません: 検査できる大きさを超えています"}};
        g_autofree char *restarts = mg_name_figure(FALSE, "restarts_store"), *unheard = mg_name_figure(FALSE, "x_y");

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = mg_name_count(FALSE, cases[i].count, cases[i].name);

                g_test_message("%s", text);
                g_assert_true(g_str_has_prefix(text, cases[i].japanese));
        }
        for (guint i = 0; i < G_N_ELEMENTS(scans); i++) {
                g_autofree char *text = mg_name_scan(FALSE, &scans[i].scan);

                g_assert_cmpstr(text, ==, scans[i].japanese);
        }
        g_assert_cmpstr(restarts, ==, "再起動の回数: store");
        g_assert_cmpstr(unheard, ==, "x_y");
        g_assert_cmpstr(mg_name_type(TRUE, ""), ==, "");
}

int main(int argc, char **argv) {
        g_setenv("TZ", "UTC", TRUE);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/console/writers/html", test_html);
        g_test_add_func("/console/writers/json", test_json);
        g_test_add_func("/console/writers/times", test_times);
        g_test_add_func("/console/writers/header", test_header);
        g_test_add_func("/console/writers/japanese", test_japanese);
        g_test_add_func("/console/writers/said", test_said);
        g_test_add_func("/console/writers/names", test_names);
        return g_test_run();
}
