/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outgoing message: one whole message byte for byte, fields one by one, Readings at every bound, and thousands of
 * random ones. All that is composed must pass the grammar. What the grammar itself refuses is tested in
 * test-grammar.c.
 */
#include "compose/compose.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sample.h"

static MgGrammarView *compose(const Sample *sample) {
        g_autoptr(GBytes) message = mg_compose(&sample->input);
        g_autoptr(GError) error = NULL;
        MgGrammarView *view = mg_grammar_check(message, sample->policy, &error);

        if (!view)
                g_error("refused: %s\n%.*s", error->message, (int)MIN(g_bytes_get_size(message), 4000),
                        (const char *)g_bytes_get_data(message, NULL));
        return view;
}

static void test_whole(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        MgHop *hop = mg_hop_new();
        static const char want[] = "Received: from mx.example.jp by relay.example.jp with ESMTPS id 4cK2;\r\n"
                                   " Fri, 20 Nov 2026 07:18:00 +0000\r\n"
                                   "From: =?UTF-8?B?5bGx55SwIOWkqumDjg==?= <taro@example.jp>\r\n"
                                   "To: \"Hanako\" <hanako@city.example.lg.jp>\r\n"
                                   "Subject: =?UTF-8?B?44CQ5re75LuY5YmK6Zmk44CR5Lya6K2w44Gu44GK55+l44KJ44Gb?=\r\n"
                                   "Message-ID: <1@example.jp>\r\n"
                                   "Date: Fri, 20 Nov 2026 16:18:20 +0900\r\n"
                                   "X-Mail-Sanitized: DEL_ATTACH REP_LINK\r\n"
                                   "X-Mugai-Receipt: 0000005724\r\n"
                                   "MIME-Version: 1.0\r\n"
                                   "Content-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Transfer-Encoding: 7bit\r\n"
                                   "\r\n"
                                   "Hello, see hxxps://example[.]jp/\r\n"
                                   "\r\n"
                                   "------ Below this line: a notice from the mail sanitizing gateway ------\r\n"
                                   "[Attachments removed] For safety these were taken out: 1\r\n"
                                   "Attached files are not passed on, of whatever type:\r\n"
                                   "- report.docx (a type, 24 KB)\r\n"
                                   "Links in the text were rewritten (hxxp, [.]) so that they do not open.\r\n"
                                   "Receipt number of the original: 0000-0057-24 (to get it, ask your IT desk)\r\n";

        g_free(hop->from), g_free(hop->by), g_free(hop->with), g_free(hop->id);
        hop->from = g_strdup("mx.example.jp");
        hop->by = g_strdup("relay.example.jp");
        hop->with = g_strdup("ESMTPS");
        hop->id = g_strdup("4cK2");
        hop->time = 1795159080;
        g_ptr_array_add(sample->reading->hops, hop);
        sample_set_body(sample, "Hello, see https://example.jp/\n", -1);
        sample_add_part(sample, MG_PART_BODY, "", "テキスト", 30);
        sample_add_part(sample, MG_PART_ATTACHMENT, "report.docx", "Word文書", 24 * 1024);

        g_autoptr(MgGrammarView) view = compose(sample);
        gsize n;
        const char *got = g_bytes_get_data(view->message, &n);

        g_assert_cmpmem(got, n, want, strlen(want));
}

static void test_japanese(void) {
        g_autoptr(Sample) sample =
                sample_new(sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        sample_add_part(sample, MG_PART_ATTACHMENT, "見積書.docx", "Word文書", 24 * 1024);
        sample_add_part(sample, MG_PART_ATTACHMENT, "", "ZIP書庫", 3 * 512 * 1024);
        sample_add_part(sample, MG_PART_INLINE_PICTURE, "logo.png", "画像 (PNG)", 5);
        sample_add_part(sample, MG_PART_INLINE_PICTURE, "x.png", "画像 (PNG)", 5);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *body = sample_body(view);

        g_assert_cmpstr(body, ==,
                        "こんにちは。\n"
                        "\n"
                        "━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━\n"
                        "【添付ファイルの削除】安全のため、次の 2 件を取り除きました。\n"
                        "添付ファイルは、種類によらず渡しません:\n"
                        "・見積書.docx（Word文書、24 KB）\n"
                        "・（名前なし）（ZIP書庫、1.5 MB）\n"
                        "本文内の画像 2個を取り除きました。\n"
                        "原本の受付番号: 0000-0057-24（必要なときは情報担当へお伝えください）\n"
                        "\n"
                        "[Attachments removed] For safety these were taken out: 2\n"
                        "Attached files are not passed on, of whatever type:\n"
                        "- 見積書.docx (a type, 24 KB)\n"
                        "- (no name) (a type, 1.5 MB)\n"
                        "Pictures inside the text were removed: 2\n"
                        "Receipt number of the original: 0000-0057-24 (to get it, ask your IT desk)\n");
}

typedef struct FieldCase {
        MgFieldId id;
        const char *text;
        const char *address;
        const char *field;
        const char *want; /* as written */
} FieldCase;

static const FieldCase field_cases[] = {
        {MG_FIELD_CC, "", "a@b.jp", "Cc", "<a@b.jp>"},
        {MG_FIELD_CC, "A \"B\" \\C", "a@b.jp", "Cc", "\"A \\\"B\\\" \\\\C\" <a@b.jp>"},
        {MG_FIELD_CC, "", "abc..def.@docomo.ne.jp", "Cc", "<\"abc..def.\"@docomo.ne.jp>"},
        {MG_FIELD_CC, "", ".a@b.jp", "Cc", "<\".a\"@b.jp>"},
        {MG_FIELD_CC, "x", "", "Cc", "=?UTF-8?B?eCDvvIjjgqLjg4njg6zjgrnkuI3mmI7vvIk=?=\r\n <unreadable@mugai.invalid>"},
        {MG_FIELD_CC, "", "=?utf-8?q?x?=@b.jp", "Cc",
         "=?UTF-8?B?77yI44Ki44OJ44Os44K55LiN5piO77yJ?= <unreadable@mugai.invalid>"},
        {MG_FIELD_CC, "=?utf-8?Q?=0D=0A?=", "a@b.jp", "Cc", "=?UTF-8?B?PT91dGYtOD9RPz0wRD0wQT89?= <a@b.jp>"},
        {MG_FIELD_SUBJECT, "plain words", NULL, "Subject", "plain words"},
        {MG_FIELD_SUBJECT, " lead", NULL, "Subject", "=?UTF-8?B?IGxlYWQ=?="},
        {MG_FIELD_SUBJECT, "=?x", NULL, "Subject", "=?UTF-8?B?PT94?="},
        {MG_FIELD_SUBJECT, "", NULL, "Subject", NULL},
        {MG_FIELD_SUBJECT, "one two three four five six seven eight nine ten eleven twelve thirteen", NULL, "Subject",
         "one two three four five six seven eight nine ten eleven twelve\r\n thirteen"},
        {MG_FIELD_IN_REPLY_TO, "a@b", NULL, "In-Reply-To", "<a@b>"},
        {MG_FIELD_IN_REPLY_TO, "=?a@b", NULL, "In-Reply-To", NULL},
        {MG_FIELD_AUTO_SUBMITTED, "auto-replied", NULL, "Auto-Submitted", "auto-replied"},
        {MG_FIELD_PRECEDENCE, "bulk", NULL, "Precedence", "bulk"},
        {MG_FIELD_LIST_ID, "", "news.example.jp", "List-Id", "<news.example.jp>"},
        {MG_FIELD_LIST_ID, "通信", "news.example.jp", "List-Id", "=?UTF-8?B?6YCa5L+h?= <news.example.jp>"},
        {MG_FIELD_LIST_ID, "通信", "", "List-Id", NULL},
};

static void remove_values(MgReading *reading, MgFieldId id) {
        for (guint i = reading->values->len; i > 0; i--)
                if (((MgValue *)g_ptr_array_index(reading->values, i - 1))->id == id)
                        g_ptr_array_remove_index(reading->values, i - 1);
}

static void test_fields(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(field_cases); i++) {
                const FieldCase *c = field_cases + i;
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));

                remove_values(sample->reading, c->id);
                mg_reading_add_value(sample->reading, c->id, c->text, c->address);
                g_autoptr(MgGrammarView) view = compose(sample);
                g_autofree char *got = sample_field(view, c->field);

                g_assert_cmpstr(got, ==, c->want);
        }
}

static void test_missing(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));

        g_ptr_array_set_size(sample->reading->values, 0);
        sample->reading->date = MG_TIME_NONE;
        sample_set_body(sample, " \n　\n", -1);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *from = sample_field(view, "From"), *to = sample_field(view, "To");
        g_autofree char *date = sample_field(view, "Date"), *id = sample_field(view, "Message-ID");
        g_autofree char *body = sample_body(view), *marker = sample_field(view, "X-Mail-Sanitized");

        g_assert_true(g_str_has_suffix(from, "<unreadable@mugai.invalid>"));
        g_assert_null(to);
        g_assert_null(marker);
        g_assert_cmpstr(date, ==, "Fri, 20 Nov 2026 07:20:00 +0000");
        g_assert_cmpstr(id, ==, "<0000005724@mugai.invalid>");
        g_assert_true(g_str_has_prefix(body, "（このメールには、表示できる本文がありません）\n\n━━"));
        g_assert_nonnull(strstr(body, "差出人を読み取れません"));
        g_assert_nonnull(strstr(body, "日付は受信した時刻"));
}

static void test_subject_tag(void) {
        static const struct {
                MgPartKind kind;
                const char *subject;
                const char *want;
        } cases[] = {
                {MG_PART_ATTACHMENT, "会議", "【添付削除】会議"},
                {MG_PART_ATTACHMENT, "【添付削除】会議", "【添付削除】会議"},
                {MG_PART_ATTACHMENT, "", "【添付削除】"},
                {MG_PART_INLINE_PICTURE, "会議", "会議"},
                {MG_PART_ALTERNATIVE, "会議", "会議"},
                {MG_PART_BODY, "会議", "会議"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autofree char *want = g_base64_encode((const guchar *)cases[i].want, strlen(cases[i].want));

                remove_values(sample->reading, MG_FIELD_SUBJECT);
                mg_reading_add_value(sample->reading, MG_FIELD_SUBJECT, cases[i].subject, NULL);
                sample_add_part(sample, cases[i].kind, "x", "ZIP書庫", 1);
                g_autoptr(MgGrammarView) view = compose(sample);
                g_autofree char *got = sample_field(view, "Subject");

                g_assert_nonnull(strstr(got, want));
        }
}

static void test_failed(void) {
        g_autoptr(Sample) sample =
                sample_new(sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));

        sample->reading->failure = MG_FAILURE_CRASH;
        sample->decision->outcome = MG_OUTCOME_FAILED;
        sample_add_part(sample, MG_PART_ATTACHMENT, "secret.zip", "ZIP書庫", 1);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *body = sample_body(view), *from = sample_field(view, "From"), *to = sample_field(view, "To");
        g_autofree char *auto_submitted = sample_field(view, "Auto-Submitted"), *id = sample_field(view, "Message-ID");

        g_assert_cmpstr(from, ==, "<taro@example.jp>");
        g_assert_null(to);
        g_assert_cmpstr(auto_submitted, ==, "auto-generated");
        g_assert_cmpstr(id, ==, "<0000005724@mugai.invalid>");
        g_assert_nonnull(strstr(body, "taro@example.jp"));
        g_assert_nonnull(strstr(body, "2026-11-20 16:20 (JST)"));
        g_assert_nonnull(strstr(body, "0000-0057-24"));
        g_assert_null(strstr(body, "こんにちは"));
        g_assert_null(strstr(body, "secret.zip"));

        g_free(sample->envelope->from);
        sample->envelope->from = g_strdup("");
        g_autoptr(MgGrammarView) bounce = compose(sample);
        g_autofree char *nobody = sample_field(bounce, "From");

        g_assert_true(g_str_has_suffix(nobody, "<unreadable@mugai.invalid>"));
}

static void test_cut(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autoptr(GString) long_body = g_string_new(NULL);

        sample->policy->limits.body = 4096;
        for (guint i = 0; i < 1000; i++)
                g_string_append_printf(long_body, "%u 行目\n", i);
        sample_set_body(sample, long_body->str, -1);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *body = sample_body(view);
        char *fixed = strstr(body, "\n━━");

        g_assert_nonnull(fixed);
        g_assert_cmpint(fixed - body, <=, 4096);
        g_assert_cmpint(fixed - body, >, 4000);
        g_autofree char *shown = mg_text_size((guint64)(fixed - body));
        g_autofree char *said = g_strdup_printf("途中まで（%s）", shown);
        g_assert_nonnull(strstr(fixed, said));
}

/* A list of links that ends where the body is cut stays whole: its rows in one line, and the lines below it. */
static void test_cut_below_links(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_REMOVE));
        g_autoptr(GString) text = g_string_new(NULL);
        gsize list;

        sample->policy->limits.body = 4096;
        for (guint i = 0; i < 94; i++) {
                for (guint k = 0; i < 30 && k < 78; k++)
                        g_string_append_c(text, 'x');
                g_string_append(text, i < 30 ? "\n" : "a.bc\n");
        }
        g_string_append(text, "[1] http://a.com/\n[2] http://b.com/\n");
        list = text->len;
        /* The line below the list: more than is left of the body, or than a body may have. */
        for (guint length = 400; length <= 5000; length += 4600) {
                g_string_truncate(text, list);
                while (text->len < list + length)
                        g_string_append_c(text, 'y');
                sample_set_body(sample, text->str, -1);
                g_autoptr(MgGrammarView) view = compose(sample);
                g_autofree char *body = sample_body(view);

                g_assert_nonnull(strstr(body, "\n[1] （リンク削除） - [2]\n\n━━"));
                g_assert_nonnull(strstr(body, "途中まで"));
        }
}

/* Long lines are wrapped, whatever they are made of. Where characters stay as they are, nothing of them is lost. */
static void test_long_lines(void) {
        static const char *const units[] = {"a",
                                            "あ",
                                            "a あ",
                                            "か\xE3\x82\x99",
                                            "葛\xF3\xA0\x84\x80",
                                            "aあ",
                                            "x.jp/",
                                            "http://a.b.c.d ",
                                            "\xF0\x9F\x91\xA8\xE2\x80\x8D",
                                            "\\\\a",
                                            "z\xCC\x80\xCC\x81\xCC\x82\xCC\x83",
                                            "tel:0 "};

        for (gsize i = 0; i < 4 * G_N_ELEMENTS(units); i++) {
                MgCharset charset = i & 1 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP;
                MgLinkMode links = i & 2 ? MG_LINKS_DEFANG : MG_LINKS_TEXT;
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, charset, links));
                g_autoptr(GString) line = g_string_new(NULL);

                while (line->len < 5000)
                        g_string_append(line, units[i / 4]);
                sample_set_body(sample, line->str, -1);
                g_autoptr(MgGrammarView) view = compose(sample);
                g_autofree char *body = sample_body(view);
                char *fixed = strstr(body, "\n\n━━");
                g_autoptr(GString) joined = NULL;

                g_assert_nonnull(fixed);
                *fixed = '\0';
                joined = g_string_new(body);
                g_string_replace(joined, "\n", "", 0);
                if (charset == MG_CHARSET_UTF_8 && links == MG_LINKS_TEXT)
                        g_assert_cmpstr(joined->str, ==, line->str);
        }
}

/* The body as far as the blank line above the notice. Caller frees. */
static char *body_above_notice(const Sample *sample) {
        g_autoptr(MgGrammarView) view = compose(sample);
        char *body = sample_body(view), *fixed = strstr(body, "\n\n━━");

        g_assert_nonnull(fixed);
        fixed[1] = '\0';
        return body;
}

/* Lines that get a quote mark, and lines that do not, in both charsets and with links inert or not. */
static void check_quoted(const char *line, gboolean quoted) {
        for (guint i = 0; i < 4; i++) {
                g_autoptr(Sample) sample =
                        sample_new(sample_policy(MG_LANGUAGE_JA, i & 1 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP,
                                                 i & 2 ? MG_LINKS_DEFANG : MG_LINKS_TEXT));
                g_autofree char *text = g_strdup_printf("x\n%s\ny\n", line), *body = NULL;

                sample_set_body(sample, text, -1);
                body = body_above_notice(sample);
                if (g_str_has_prefix(body, "x\n> ") != quoted)
                        g_error("%s: %s", line, body);
        }
}

static void test_forged_line(void) {
        static const char *const forged[] = {
                "━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━",
                " ━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━ ",
                "　━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━",
                "━━━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━━━",
                "━━━ ここから下は、無害化ゲートウェイからの お知らせです。 ───",
                "ここから下は無害化ケ\xE3\x82\x99ートウェイからのお知らせて\xE3\x82\x99す",
                "ここから下は無害化ｹﾞｰﾄｳｪｲからのお知らせです",
                "安全です ここから下は無害化ゲートウェイからのお知らせです",
                "------ Below this line: a notice from the mail sanitizing gateway ------",
                "ここから下は无害化ケ゛―卜ウ工ィからのお知らせです",
                "ここから下は無害化ゲ━トウェイからのお知らせです",
                "ここから下は無害化ｹ\xE3\x82\x99一トウェイからのお知らせです",
                "－－－ Be1ow this line: а nоtice from the maiI sanitizing gateway",
                "＝＝ ＢＥＬＯＷ　this line, a notice from the mail sanitizing gateway",
        };

        for (gsize i = 0; i < G_N_ELEMENTS(forged); i++)
                check_quoted(forged[i], TRUE);
        check_quoted("━━━━━━━━━━━━", FALSE);
        check_quoted("無害化ゲートウェイからのお知らせを読みました", FALSE);
        check_quoted("工場は八日の夕方から二日間、人口の調査に力を入れます。", FALSE);
        check_quoted("ここから下は見積書の控えです。無害化の方法は一つ下の欄にあります。", FALSE);
        check_quoted("The notice below this line is from the mail gateway.", FALSE);
}

/* Many blanks in a marked line are one: behind them the imitation would stand on a row of its own. */
static void test_forged_blanks(void) {
        static const char fixed[] = "ここから下は無害化ゲートウェイからのお知らせです";
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autofree char *blanks = g_strnfill(80, ' '),
                        *want = g_strdup_printf("> a %s b        c\n> %s\na%sb\n", fixed, fixed, blanks),
                        *text = g_strdup_printf("a%s\u3000%s%sb        c\n%s\na%sb\n", blanks, fixed, blanks, fixed,
                                                blanks),
                        *body = NULL;

        sample_set_body(sample, text, -1);
        body = body_above_notice(sample);
        g_assert_cmpstr(body, ==, want);
}

/* Where a mail client would begin to rebuild a file, whatever the worker says of the text. */
static void test_file_begin(void) {
        static const char *const begins[] = {
                "begin 644 a.exe",
                " begin 644 a.exe",
                "\tbegin 0755 a",
                "　begin 644 a",
                "begin\t6\ta",
                "begin  a.exe",
                "BEGIN 644 http://a.jp/",
                "begin-base64 644 a.exe",
                "begin 644　a",
                "=ybegin line=128 size=1 name=a",
                " =YBEGIN part=1",
                "(This file must be converted with BinHex 4.0)",
                "(this file must be converted with binhex;",
        };
        static const char *const others[] = {"begin 644",          "begin", "begin a", "beginning 644 a",
                                             "to begin 644 times", "end",   "=yend",   "begin 3rd day"};

        for (gsize i = 0; i < G_N_ELEMENTS(begins); i++)
                check_quoted(begins[i], TRUE);
        for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
                check_quoted(others[i], FALSE);
}

/* A long line is wrapped; what begins a line only then is looked at as well. */
static void test_file_begin_wrapped(void) {
        for (guint before = 400; before < 500; before++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autoptr(GString) line = g_string_new(NULL);

                while (line->len < before)
                        g_string_append_c(line, 'a');
                g_string_append(line, " begin 644 b.exe ");
                while (line->len < 1200)
                        g_string_append_c(line, 'a');
                sample_set_body(sample, line->str, -1);
                g_autofree char *body = body_above_notice(sample);

                g_assert_null(strstr(body, "\nbegin"));
        }
}

/* A syllable of more parts than a line has room for is wrapped within: no mail is held back by it. */
static void test_jamo(void) {
        static const char *const parts[] = {"ᅡ", "ᆨ", "ힰ"};

        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autoptr(GString) text = g_string_new("가");
                guint shown = 0;

                for (guint k = 0; k < 1000; k++)
                        g_string_append(text, parts[i]);
                sample_set_body(sample, text->str, -1);
                g_autofree char *body = body_above_notice(sample);

                for (const char *at = body; (at = strstr(at, parts[i])); at++)
                        shown++;
                g_assert_cmpuint(shown, ==, 1000);
        }
}

/* A list that is longer than a body may be is counted, not a reason to hold the mail back. */
static void test_long_list(void) {
        g_autoptr(Sample) sample =
                sample_new(sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));
        g_autoptr(GString) name = g_string_new(NULL);

        for (guint i = 0; i < 500; i++)
                g_string_append(name, "aあ");
        sample->policy->limits.listed_parts = 10000, sample->policy->limits.body = 4096;
        for (guint i = 0; i < 10000; i++)
                sample_add_part(sample, MG_PART_ATTACHMENT, name->str, "ZIP書庫", 1);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *body = sample_body(view);

        g_assert_nonnull(strstr(body, "次の 10000 件"));
        g_assert_nonnull(strstr(body, "・ほか "));
}

static void test_jis(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));

        remove_values(sample->reading, MG_FIELD_FROM);
        mg_reading_add_value(sample->reading, MG_FIELD_FROM, "髙橋㈱", "taro@example.jp");
        sample_set_body(sample, "①髙橋㈱ ｶﾞｷﾞ ～－ é 😀 か\xE3\x82\x99 ⒈jp a․jp http://example.jp\n", -1);
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *body = sample_body(view), *type = sample_field(view, "Content-Type");
        g_autofree char *from = sample_field(view, "From");

        g_assert_cmpstr(type, ==, "text/plain; charset=iso-2022-jp");
        g_assert_true(g_str_has_prefix(from, "=?ISO-2022-JP?B?GyRCOWI2NhsoQigbJEIzdBsoQik=?= <taro@example.jp>"));
        g_assert_true(g_str_has_prefix(body, "(1)高橋(株) ガギ 〜− e 〓 が 1[.]jp a[.]jp hxxp://example[.]jp\n\n━━"));
}

/* Every value as long as its bound lets it be. */
static void test_bounds(void) {
        for (guint i = 0; i < 4; i++) {
                g_autoptr(Sample) sample =
                        sample_new(sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN,
                                                 i % 2 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));
                MgReading *reading = sample->reading;
                g_autoptr(GString) text = g_string_new(NULL), id = g_string_new(NULL), name = g_string_new(NULL);

                for (guint k = 0; k < 1000; k++)
                        g_string_append(text, i / 2 ? "a" : k % 2 ? "漢" : "b");
                for (guint k = 0; k < 998; k++)
                        g_string_append_c(id, 'i');
                for (guint k = 0; k < 255; k++)
                        g_string_append(name, "\xF0\xA0\xAE\xB7");
                g_ptr_array_set_size(reading->values, 0);
                for (MgFieldId field = MG_FIELD_FROM; field <= MG_FIELD_CC; field++)
                        for (guint k = 0; k < (field == MG_FIELD_SENDER ? 1 : 500); k++)
                                mg_reading_add_value(reading, field, text->str, "taro@example.jp");
                mg_reading_add_value(reading, MG_FIELD_SUBJECT, text->str, NULL);
                mg_reading_add_value(reading, MG_FIELD_MESSAGE_ID, id->str, NULL);
                g_string_truncate(id, 900);
                for (guint k = 0; k < 500; k++) {
                        mg_reading_add_value(reading, MG_FIELD_IN_REPLY_TO, id->str, NULL);
                        mg_reading_add_value(reading, MG_FIELD_REFERENCES, id->str, NULL);
                }
                g_string_truncate(id, 255);
                mg_reading_add_value(reading, MG_FIELD_PRECEDENCE, id->str, NULL);
                mg_reading_add_value(reading, MG_FIELD_LIST_ID, text->str, id->str);
                for (guint k = 0; k < 200; k++) {
                        MgHop *hop = mg_hop_new();

                        g_free(hop->from), g_free(hop->by), g_free(hop->with), g_free(hop->id);
                        hop->from = g_strdup(id->str), hop->by = g_strdup(id->str);
                        hop->with = g_strdup(id->str), hop->id = g_strdup(id->str);
                        g_ptr_array_add(reading->hops, hop);
                }
                for (guint k = 0; k < 1000; k++)
                        sample_add_part(sample, MG_PART_ATTACHMENT, name->str, "ZIP書庫", G_MAXUINT64);
                reading->marks = _MG_MARK_ALL;
                reading->hidden = reading->replaced = reading->guessed = G_MAXUINT32;
                reading->date = G_GINT64_CONSTANT(253402300799);
                reading->date_zone = 1439;
                g_autoptr(MgGrammarView) view = compose(sample);

                for (guint k = 0; k < view->fields->len; k++)
                        g_assert_cmpuint(g_array_index(view->fields, MgGrammarField, k).n, <, 60000);
                g_autofree char *to = sample_field(view, "To"), *date = sample_field(view, "Date");

                g_assert_nonnull(strstr(to, "<taro@example.jp>,"));
                g_assert_cmpstr(date, ==, "Fri, 31 Dec 9999 23:59:59 +0000");
        }
}

static void add_hops(MgReading *reading, guint count, const char *word) {
        for (guint i = 0; i < count; i++) {
                MgHop *hop = mg_hop_new();

                g_free(hop->from), g_free(hop->by), g_free(hop->with), g_free(hop->id);
                hop->from = g_strdup(word), hop->by = g_strdup(word);
                hop->with = g_strdup(word), hop->id = g_strdup(word);
                hop->time = MG_TIME_NONE;
                g_ptr_array_add(reading->hops, hop);
        }
}

/*
 * The least limits that load, texts as long as they load, hops as long as they cross: the notice can always go, a
 * short mail too, and more hops are left than Postfix counts before it ends a loop.
 */
static void test_least_limits(void) {
        g_autofree char *word = g_strnfill(255, 'h'), *local = g_strnfill(64, 'l'), *host = g_strnfill(250, 'd');

        for (guint i = 0; i < 8; i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(
                        MG_LANGUAGE_JA, i & 1 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));
                MgLimits *limits = &sample->policy->limits;
                MgFailure failure;
                g_autoptr(GError) error = NULL;

                limits->header_bytes = 8192, limits->body = 4096, limits->addresses = 1, limits->references = 0;
                limits->hops = i & 2 ? 51 : 1000, limits->listed_parts = 1;
                add_hops(sample->reading, 1000, i & 4 ? word : "relay.example.jp");
                g_autoptr(MgGrammarView) mail = mg_compose_checked(&sample->input, &failure, &error);

                g_assert_no_error(error);
                g_assert_cmpint(failure, ==, MG_FAILURE_NONE);
                g_assert_cmpuint(mail->fields->len, >=, 51 + 9);
                for (guint k = 0; k < _MG_TEXT_N; k++) {
                        g_autoptr(GString) text = g_string_new(NULL);

                        while (text->len < 4080)
                                g_string_append(text, i & 4 ? "a㌖" : "\xF0\xA0\xAE\xB7");
                        g_free(sample->policy->texts[0][k]);
                        sample->policy->texts[0][k] = g_strdup(text->str);
                }
                g_free(sample->envelope->from);
                sample->envelope->from = i & 2 ? g_strdup_printf("%s@%s", local, host) : g_strdup("?");
                sample->decision->outcome = MG_OUTCOME_FAILED;
                g_autoptr(MgGrammarView) notice = mg_compose_checked(&sample->input, &failure, &error);

                g_assert_no_error(error);
                g_assert_cmpuint(notice->fields->len, >=, 51 + 10);
        }
}

/* Forty-five hops as relays write them, in the least room: their words go, the mail does not. */
static void test_hops(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        guint whole = 0, count = 0;

        sample->policy->limits.header_bytes = 8192;
        add_hops(sample->reading, 45, "mail-relay-0001.mx.example.co.jp");
        g_autoptr(MgGrammarView) view = compose(sample);

        for (guint i = 0; i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);

                if (!g_str_equal(field->name, "Received"))
                        continue;
                count++;
                whole += g_str_has_prefix(field->value, "from unknown;") ? 0 : 1;
                g_assert_true(whole == count || !g_str_has_prefix(field->value, "from mail")); /* the newest ones */
        }
        g_assert_cmpuint(count, ==, 45);
        g_assert_cmpuint(whole, >, 10);
        g_assert_cmpuint(whole, <, 45);
}

/* Texts of the largest limits.text_chars that loads. */
static void test_long_texts(void) {
        static const char *const units[] = {"a", "あ", "aあ", "a㌖", "\xF0\xA0\xAE\xB7"};

        for (gsize i = 0; i < 2 * G_N_ELEMENTS(units); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(
                        MG_LANGUAGE_JA, i & 1 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));
                g_autoptr(GString) text = g_string_new(NULL);
                MgFailure failure;

                sample->policy->limits.text_chars = 10000;
                while (g_utf8_strlen(text->str, -1) < 10000)
                        g_string_append(text, units[i / 2]);
                g_ptr_array_set_size(sample->reading->values, 0);
                for (MgFieldId id = MG_FIELD_FROM; id <= MG_FIELD_CC; id++)
                        mg_reading_add_value(sample->reading, id, text->str, "a@b.jp");
                mg_reading_add_value(sample->reading, MG_FIELD_SUBJECT, text->str, NULL);
                mg_reading_add_value(sample->reading, MG_FIELD_LIST_ID, text->str, "a.b");
                g_autoptr(MgGrammarView) view = mg_compose_checked(&sample->input, &failure, NULL);
                g_autofree char *subject = sample_field(view, "Subject");

                g_assert_cmpint(failure, ==, MG_FAILURE_NONE);
                g_assert_cmpuint(strlen(subject), >, 10000);
        }
}

/* What ISO-2022-JP has no character for at all: a stand-in, not an empty field. */
static void test_jis_nothing(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG));

        g_ptr_array_set_size(sample->reading->values, 0);
        mg_reading_add_value(sample->reading, MG_FIELD_FROM, "\xCC\x81", "a@b.jp");
        mg_reading_add_value(sample->reading, MG_FIELD_TO, "\xCC\x81\xCC\x82", "a@b.jp");
        mg_reading_add_value(sample->reading, MG_FIELD_SUBJECT, "\xCC\x81", NULL);
        mg_reading_add_value(sample->reading, MG_FIELD_LIST_ID, "\xCC\x81", "a.b");
        g_autoptr(MgGrammarView) view = compose(sample);
        g_autofree char *subject = sample_field(view, "Subject"), *from = sample_field(view, "From");

        g_assert_cmpstr(subject, ==, "=?ISO-2022-JP?B?GyRCIi4bKEI=?=");
        g_assert_cmpstr(from, ==, "=?ISO-2022-JP?B?GyRCIi4bKEI=?= <a@b.jp>");
}

static void test_random(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(17);
        guint rounds = g_test_slow() ? 40000 : 4000;

        for (guint i = 0; i < rounds; i++) {
                g_autoptr(Sample) sample =
                        sample_random(rand, sample_policy(1 + i % 3, i % 4 ? MG_CHARSET_UTF_8 : MG_CHARSET_ISO_2022_JP,
                                                          i % 5 ? MG_LINKS_DEFANG : MG_LINKS_TEXT));
                g_autoptr(MgGrammarView) view = compose(sample);
                g_autoptr(GBytes) again = mg_compose(&sample->input);
                g_autofree char *body = sample_body(view);

                g_assert_true(g_bytes_equal(view->message, again));
                g_assert_nonnull(strstr(body, "0000-0057-24"));
                g_assert_true(mg_text_is(body, strlen(body), MG_CLASS_TEXT));
        }
}

/* A value that breaks its class (a fault on our side of the border) ends in the notice, not in the mail. */
static void test_checked(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        MgFailure failure;
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGrammarView) good = mg_compose_checked(&sample->input, &failure, &error);

        g_assert_no_error(error);
        g_assert_nonnull(good);
        g_assert_cmpint(failure, ==, MG_FAILURE_NONE);

        mg_reading_add_value(sample->reading, MG_FIELD_PRECEDENCE, "bulk\r\nBcc: x@y", NULL);
        g_autoptr(MgGrammarView) notice = mg_compose_checked(&sample->input, &failure, &error);

        g_assert_no_error(error);
        g_assert_cmpint(failure, ==, MG_FAILURE_GRAMMAR);
        g_autofree char *auto_submitted = sample_field(notice, "Auto-Submitted");

        g_assert_cmpstr(auto_submitted, ==, "auto-generated");

        sample->input.receipt = "0000005725"; /* with a wrong check digit not even the notice is good */
        g_assert_null(mg_compose_checked(&sample->input, &failure, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/compose/whole", test_whole);
        g_test_add_func("/compose/japanese", test_japanese);
        g_test_add_func("/compose/fields", test_fields);
        g_test_add_func("/compose/missing", test_missing);
        g_test_add_func("/compose/subject-tag", test_subject_tag);
        g_test_add_func("/compose/failed", test_failed);
        g_test_add_func("/compose/cut", test_cut);
        g_test_add_func("/compose/cut-below-links", test_cut_below_links);
        g_test_add_func("/compose/A16-long-lines", test_long_lines);
        g_test_add_func("/compose/D12-forged-line", test_forged_line);
        g_test_add_func("/compose/D12-forged-blanks", test_forged_blanks);
        g_test_add_func("/compose/file-begin", test_file_begin);
        g_test_add_func("/compose/file-begin-wrapped", test_file_begin_wrapped);
        g_test_add_func("/compose/jamo", test_jamo);
        g_test_add_func("/compose/long-list", test_long_list);
        g_test_add_func("/compose/jis", test_jis);
        g_test_add_func("/compose/bounds", test_bounds);
        g_test_add_func("/compose/least-limits", test_least_limits);
        g_test_add_func("/compose/hops", test_hops);
        g_test_add_func("/compose/long-texts", test_long_texts);
        g_test_add_func("/compose/jis-nothing", test_jis_nothing);
        g_test_add_func("/compose/random", test_random);
        g_test_add_func("/compose/checked", test_checked);
        return g_test_run();
}
