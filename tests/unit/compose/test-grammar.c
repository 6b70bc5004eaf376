/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output grammar: what it must refuse, and mutations of good messages. A mutation that it lets pass must still
 * hold an invariant that is stated here anew, without a word of the grammar's code.
 */
#include "compose/grammar.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sample.h"

#define FROM "From: \"Taro\" <taro@example.jp>\r\n"
#define REST                                                                                                           \
        "Message-ID: <1@example.jp>\r\n"                                                                               \
        "Date: Fri, 20 Nov 2026 16:18:20 +0900\r\n"                                                                    \
        "X-Mugai-Receipt: 0000005724\r\n"
#define MIME                                                                                                           \
        "MIME-Version: 1.0\r\n"                                                                                        \
        "Content-Type: text/plain; charset=utf-8\r\n"
#define CTE_7BIT "Content-Transfer-Encoding: 7bit\r\n"
#define CTE_BASE64 "Content-Transfer-Encoding: base64\r\n"
#define GOOD FROM REST MIME CTE_7BIT
#define HEADER(field) FROM REST field MIME CTE_7BIT "\r\nx\r\n"
#define BASE64(body) FROM REST MIME CTE_BASE64 "\r\n" body
#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10

static gboolean accepts(const char *message, gsize n, const MgPolicy *policy, GError **error) {
        g_autoptr(GBytes) bytes = g_bytes_new(message, n);
        g_autoptr(MgGrammarView) view = mg_grammar_check(bytes, policy, error);

        return view != NULL;
}

static const char *const good[] = {
        GOOD "\r\nx\r\n",
        GOOD "\r\n",
        GOOD "\r\na\tb\r\n\r\n--\r\nReceipt\r\n",
        BASE64("44GT44KTDQo=\r\n"),
        BASE64("eA0K\r\n"),
        GOOD "\r\n> begin 644 a\r\nbegin 644 \r\nbegin a\r\nbeginning 644 a\r\nbegin    \r\n",
        HEADER("Subject: plain words\r\n"),
        HEADER("Subject: =?utf-8?Q?a=20b_c?= d =?UTF-8?B?44GT?=\r\n =?UTF-8?B?44GT?=\r\n"),
        HEADER("Subject: =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=\r\n"),
        HEADER("To: <a@b>, \"x, \\\"y\\\"\" <\"a..b\"@c.jp>,\r\n =?UTF-8?B?44GT?= <a@[192.0.2.1]>\r\n"),
        HEADER("References: <a@b> <c@d>\r\n <e@f>\r\n"),
        HEADER("Received: from a by b with c id d; Fri, 20 Nov 2026 16:18:20 +0900\r\n"
               "Received: by b;\r\n Fri, 2 Nov 2026 16:18:20 -0000\r\n"),
        HEADER("X-Mail-Sanitized: DEL_ATTACH REP_LINK\r\n"),
        HEADER("List-Id: \"x\" <a.b>\r\n"),
        HEADER("Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n"),
};

typedef struct Bad {
        const char *what;
        const char *message;
} Bad;

static const Bad bad[] = {
        {"empty", ""},
        {"no body", GOOD},
        {"one CR", GOOD "\r"},
        {"extra field", HEADER("Bcc: <a@b>\r\n")},
        {"X- field", HEADER("X-Mailer: x\r\n")},
        {"Return-Path", HEADER("Return-Path: <a@b>\r\n")},
        {"DKIM", HEADER("DKIM-Signature: x\r\n")},
        {"field in other case", HEADER("SUBJECT: x\r\n")},
        {"blank before colon", HEADER("Subject : x\r\n")},
        {"no blank after colon", HEADER("Subject:x\r\n")},
        {"no colon", HEADER("Subject\r\n")},
        {"empty value", HEADER("Subject: \r\n")},
        {"empty field", HEADER("Subject:\r\n")},
        {"subject twice", HEADER("Subject: x\r\nSubject: y\r\n")},
        {"from twice", HEADER("From: <a@b>\r\n")},
        {"content-type twice", HEADER("Content-Type: text/plain; charset=utf-8\r\n")},
        {"fold first", " x\r\n" GOOD "\r\nx\r\n"},
        {"blank fold", HEADER("Subject: x\r\n \r\n y\r\n")},
        {"tab fold", HEADER("Subject: x\r\n\ty\r\n")},
        {"two blanks", HEADER("Subject: x  y\r\n")},
        {"trailing blank", HEADER("Subject: x \r\n")},
        {"bare CR in field", HEADER("Subject: a\rb\r\n")},
        {"bare LF in field", HEADER("Subject: a\nBcc: b\r\n")},
        {"8 bit in field", HEADER("Subject: \xE3\x81\x93\r\n")},
        {"control in field", HEADER("Subject: a\x01\r\n")},
        {"DEL in field", HEADER("Subject: a\x7F\r\n")},
        {"tab in field", HEADER("Subject: a\tb\r\n")},
        {"CRLF in encoded word", HEADER("Subject: =?utf-8?Q?a=0D=0ABcc:x?=\r\n")},
        {"LF in encoded word", HEADER("Subject: =?utf-8?B?YQpi?=\r\n")},
        {"NUL in encoded word", HEADER("Subject: =?utf-8?Q?=00?=\r\n")},
        {"bidi in encoded word", HEADER("Subject: =?utf-8?B?4oCuYQ==?=\r\n")},
        {"bidi in display name", HEADER("To: =?utf-8?B?4oCuYQ==?= <a@b>\r\n")},
        {"tag characters", HEADER("Subject: =?utf-8?Q?=F3=A0=81=A1?=\r\n")},
        {"encoded word in two invalid halves", HEADER("Subject: =?utf-8?Q?=E3?= =?utf-8?Q?=81=93?=\r\n")},
        {"overlong UTF-8", HEADER("Subject: =?utf-8?Q?=C0=BC?=\r\n")},
        {"other charset", HEADER("Subject: =?us-ascii?Q?x?=\r\n")},
        {"UTF-7", HEADER("Subject: =?utf-7?Q?+ADw-?=\r\n")},
        {"language in encoded word", HEADER("Subject: =?utf-8*ja?Q?x?=\r\n")},
        {"unknown encoding", HEADER("Subject: =?utf-8?X?x?=\r\n")},
        {"empty encoded word", HEADER("Subject: =?utf-8?Q?"
                                      "?=\r\n")},
        {"encoded word of 76", HEADER("Subject: =?utf-8?Q?" X10 X10 X10 X10 X10 X10 "xxxx?=\r\n")},
        {"encoded word inside a word", HEADER("Subject: a=?utf-8?Q?x?=\r\n")},
        {"words without blank", HEADER("Subject: =?utf-8?Q?x?==?utf-8?Q?y?=\r\n")},
        {"broken base64", HEADER("Subject: =?utf-8?B?YQ?=\r\n")},
        {"base64 with bits left", HEADER("Subject: =?utf-8?B?YR==?=\r\n")},
        {"escape in JIS word", HEADER("Subject: =?iso-2022-jp?B?GyhJMRsoQg==?=\r\n")},
        {"JIS word that does not return", HEADER("Subject: =?iso-2022-jp?B?GyRCMnE1RA==?=\r\n")},
        {"encoded word in quotes", HEADER("To: \"=?utf-8?Q?x?=\" <a@b>\r\n")},
        {"encoded word in address", HEADER("To: <=?utf-8?Q?x?=@b>\r\n")},
        {"encoded word in message id", HEADER("In-Reply-To: <=?utf-8?Q?x?=@b>\r\n")},
        {"bare address", HEADER("To: a@b\r\n")},
        {"bare words", HEADER("To: Taro <a@b>\r\n")},
        {"address without domain", HEADER("To: <a>\r\n")},
        {"two @", HEADER("To: <a@b@c>\r\n")},
        {"source route", HEADER("To: <@a:b@c>\r\n")},
        {"group", HEADER("To: a:<a@b>;\r\n")},
        {"comment", HEADER("To: (x) <a@b>\r\n")},
        {"comma at the end", HEADER("To: <a@b>,\r\n")},
        {"no blank after comma", HEADER("To: <a@b>,<c@d>\r\n")},
        {"dots without quotes", HEADER("To: <a..b@c>\r\n")},
        {"quotes without need", HEADER("To: <\"a\"@c>\r\n")},
        {"blank in local part", HEADER("To: <\"a b\"@c>\r\n")},
        {"open quote", HEADER("To: \"x <a@b>\r\n")},
        {"backslash at the end", HEADER("To: \"x\\")},
        {"two senders", HEADER("Sender: <a@b>, <c@d>\r\n")},
        {"message id without brackets", HEADER("In-Reply-To: a@b\r\n")},
        {"text beside message id", HEADER("In-Reply-To: <a@b> x\r\n")},
        {"token with blank", HEADER("Precedence: bulk x\r\n")},
        {"token with comment", HEADER("Precedence: bulk(x)\r\n")},
        {"list id with blank", HEADER("List-Id: <a b>\r\n")},
        {"received without date", HEADER("Received: from a\r\n")},
        {"received with comment", HEADER("Received: from a (b); Fri, 20 Nov 2026 16:18:20 +0900\r\n")},
        {"received for", HEADER("Received: from a for <b@c>; Fri, 20 Nov 2026 16:18:20 +0900\r\n")},
        {"received in other order", HEADER("Received: by a from b; Fri, 20 Nov 2026 16:18:20 +0900\r\n")},
        {"received, blank", HEADER("Received: from a ; Fri, 20 Nov 2026 16:18:20 +0900\r\n")},
        {"received, nothing", HEADER("Received: ; Fri, 20 Nov 2026 16:18:20 +0900\r\n")},
        {"date with zone name", HEADER("Received: from a; Fri, 20 Nov 2026 16:18:20 GMT\r\n")},
        {"date without day", HEADER("Received: from a; 20 Nov 2026 16:18:20 +0900\r\n")},
        {"date of two digits", HEADER("Received: from a; Fri, 20 Nov 26 16:18:20 +0900\r\n")},
        {"hour 24", HEADER("Received: from a; Fri, 20 Nov 2026 24:18:20 +0900\r\n")},
        {"sanitized, unknown word", HEADER("X-Mail-Sanitized: NOTHING\r\n")},
        {"sanitized, wrong order", HEADER("X-Mail-Sanitized: REP_LINK DEL_ATTACH\r\n")},
        {"sanitized, comma at the end", HEADER("X-Mail-Sanitized: REP_LINK,\r\n")},
        {"no From", REST MIME CTE_7BIT "\r\nx\r\n"},
        {"no Message-ID",
         FROM "Date: Fri, 20 Nov 2026 16:18:20 +0900\r\nX-Mugai-Receipt: 0000005724\r\n" MIME CTE_7BIT "\r\nx\r\n"},
        {"no MIME-Version", FROM REST "Content-Type: text/plain; charset=utf-8\r\n" CTE_7BIT "\r\nx\r\n"},
        {"no Content-Type", FROM REST "MIME-Version: 1.0\r\n" CTE_7BIT "\r\nx\r\n"},
        {"no transfer encoding", FROM REST MIME "\r\nx\r\n"},
        {"wrong receipt", FROM
         "Message-ID: <a@b>\r\nDate: Fri, 20 Nov 2026 16:18:20 +0900\r\nX-Mugai-Receipt: 0000005725\r\n" MIME CTE_7BIT
         "\r\nx\r\n"},
        {"MIME 2.0", FROM REST "MIME-Version: 2.0\r\nContent-Type: text/plain; charset=utf-8\r\n" CTE_7BIT "\r\nx\r\n"},
        {"html", FROM REST "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n" CTE_7BIT "\r\nx\r\n"},
        {"multipart", FROM REST "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n" CTE_7BIT
                                "\r\n--a\r\n\r\nx\r\n--a\r\n\r\ny\r\n--a--\r\n"},
        {"parameter more",
         FROM REST "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8; name=a.exe\r\n" CTE_7BIT "\r\nx\r\n"},
        {"other charset of the body",
         FROM REST "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-7\r\n" CTE_7BIT "\r\nx\r\n"},
        {"charset that the policy lacks",
         FROM REST "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n" CTE_7BIT "\r\nx\r\n"},
        {"quoted-printable", FROM REST MIME "Content-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n"},
        {"8bit", FROM REST MIME "Content-Transfer-Encoding: 8bit\r\n\r\nx\r\n"},
        {"binary", FROM REST MIME "Content-Transfer-Encoding: binary\r\n\r\nx\r\n"},
        {"attachment", HEADER("Content-Disposition: attachment\r\n")},
        {"body without line end", GOOD "\r\nx"},
        {"bare LF in body", GOOD "\r\nx\n"},
        {"bare CR in body", GOOD "\r\nx\ry\r\n"},
        {"8 bit in body", GOOD "\r\n\xE3\x81\x93\r\n"},
        {"ESC in body", GOOD "\r\n\x1B[31m\r\n"},
        {"long line in 7bit", GOOD "\r\n" X70 "xxxxxxxxx\r\n"},
        {"live link", GOOD "\r\nhttp://example.jp/\r\n"},
        {"live name", GOOD "\r\nexample.jp\r\n"},
        {"live script", GOOD "\r\njavascript:x\r\n"},
        {"live UNC", GOOD "\r\n\\\\server\\x\r\n"},
        {"live link in base64", BASE64("aHR0cDovL2EuanANCg==\r\n")},
        {"uuencode", GOOD "\r\nbegin 644 a\r\n"},
        {"uuencode after blanks", GOOD "\r\nx\r\n \tbegin 0 a\r\n"},
        {"uuencode, two blanks", GOOD "\r\nbegin  a.exe\r\n"},
        {"uuencode after a wide blank", BASE64("44CAYmVnaW4gNjQ0IGENCg==\r\n")},
        {"base64 form of uuencode", GOOD "\r\nBegin-Base64 644 a\r\n"},
        {"yEnc", GOOD "\r\n=ybegin line=128\r\n"},
        {"BinHex", GOOD "\r\n (This file must be converted with BinHex 4.0)\r\n"},
        {"base64, no line end", BASE64("eA0K")},
        {"base64, LF", BASE64("eA0K\n")},
        {"base64, nothing", BASE64("")},
        {"base64, empty line", BASE64("\r\neA0K\r\n")},
        {"base64, short line", BASE64("eA0K\r\neA0K\r\n")},
        {"base64, long line",
         BASE64("eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA0K\r\n")},
        {"base64, blank", BASE64("eA0K \r\n")},
        {"base64, other letter", BASE64("eA-K\r\n")},
        {"base64, padding inside", BASE64("eA==eA0K\r\n")},
        {"base64, bits left", BASE64("eA0KeR==\r\n")},
        {"base64, three paddings", BASE64("e===\r\n")},
        {"base64 of bare LF", BASE64("eAo=\r\n")},
        {"base64 of bare CR", BASE64("eA14DQo=\r\n")},
        {"base64 without line end inside", BASE64("eA==\r\n")},
        {"base64 of NUL", BASE64("AA0K\r\n")},
        {"base64 of broken UTF-8", BASE64("44ENCg==\r\n")},
        {"base64 of bidi", BASE64("4oCuDQo=\r\n")},
        {"base64 of a private character", BASE64("7oCADQo=\r\n")},
        {"second header after the body's", BASE64("eA0K\r\n\r\nSubject: x\r\n")},
};

static void test_good(void) {
        g_autoptr(MgPolicy) policy = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG);

        for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autoptr(GError) error = NULL;

                if (!accepts(good[i], strlen(good[i]), policy, &error))
                        g_error("refused: %s: %s", error->message, good[i]);
        }
}

static void test_bad(void) {
        g_autoptr(MgPolicy) policy = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG);

        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;

                if (accepts(bad[i].message, strlen(bad[i].message), policy, &error))
                        g_error("accepted: %s", bad[i].what);
                g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
        }
}

static void test_policy(void) {
        static const char live[] = GOOD "\r\nhttp://example.jp/\r\n";
        static const char jis[] =
                FROM REST "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n" CTE_BASE64
                          "\r\nGyRCMnE1RBsoQg0K\r\n";
        static const char jis_raw[] =
                FROM REST "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n" CTE_BASE64
                          "\r\nGyhJMRsoQg0K\r\n"; /* half-width kana */
        g_autoptr(MgPolicy) text = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_TEXT);
        g_autoptr(MgPolicy) old = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_ISO_2022_JP, MG_LINKS_DEFANG);

        g_assert_true(accepts(live, strlen(live), text, NULL));
        g_assert_false(accepts(live, strlen(live), old, NULL));
        g_assert_true(accepts(jis, strlen(jis), old, NULL));
        g_assert_false(accepts(jis, strlen(jis), text, NULL));
        g_assert_false(accepts(jis_raw, strlen(jis_raw), old, NULL));
}

static void test_bounds(void) {
        g_autoptr(MgPolicy) policy = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG);
        g_autoptr(GString) line = g_string_new(FROM REST "Subject: "), hops = g_string_new(NULL),
                           to = g_string_new(FROM REST "To: <a@b>");
        g_autoptr(GString) folds = g_string_new(FROM REST "Subject: x");

        for (guint i = 0; i < 990; i++)
                g_string_append_c(line, 'x');
        g_string_append(line, "\r\n" MIME CTE_7BIT "\r\nx\r\n");
        g_assert_false(accepts(line->str, line->len, policy, NULL));
        for (guint i = 0; i < 201; i++) {
                g_autofree char *all = g_strconcat(hops->str, GOOD "\r\nx\r\n", NULL);

                g_assert_true(accepts(all, strlen(all), policy, NULL));
                g_string_append(hops, "Received: from a; Fri, 20 Nov 2026 16:18:20 +0900\r\n");
        }
        g_string_append(hops, GOOD "\r\nx\r\n");
        g_assert_false(accepts(hops->str, hops->len, policy, NULL));
        for (guint i = 0; i < 500; i++)
                g_string_append(to, ",\r\n <a@b>");
        g_string_append(to, "\r\n" MIME CTE_7BIT "\r\nx\r\n");
        g_assert_false(accepts(to->str, to->len, policy, NULL));
        for (guint i = 0; i < 1000; i++)
                g_string_append(folds, "\r\n " X70);
        g_string_append(folds, "\r\n" MIME CTE_7BIT "\r\nx\r\n");
        g_assert_false(accepts(folds->str, folds->len, policy, NULL));
}

/* --- mutations ---------------------------------------------------------------------------------------------------- */

/* What must hold of whatever passes, said without the grammar. */
static void check_invariant(const char *message, gsize n) {
        static const char *const names[] = {"Received: ",
                                            "From: ",
                                            "Sender: ",
                                            "Reply-To: ",
                                            "To: ",
                                            "Cc: ",
                                            "Subject: ",
                                            "Message-ID: ",
                                            "In-Reply-To: ",
                                            "References: ",
                                            "Auto-Submitted: ",
                                            "Precedence: ",
                                            "List-Id: ",
                                            "Date: ",
                                            "X-Mail-Sanitized: ",
                                            "X-Mugai-Receipt: ",
                                            "MIME-Version: 1.0",
                                            "Content-Type: text/plain;", /* a fold may stand here */
                                            "Content-Transfer-Encoding: "};
        guint seen[G_N_ELEMENTS(names)] = {0};
        const char *empty = g_strstr_len(message, (gssize)n, "\r\n\r\n");

        g_assert_nonnull(empty);
        for (gsize i = 0; i < n; i++) {
                g_assert_true((message[i] >= 0x20 && message[i] < 0x7F) || message[i] == '\t' || message[i] == '\r' ||
                              message[i] == '\n');
                g_assert_true(message[i] != '\n' || (i > 0 && message[i - 1] == '\r'));
                g_assert_true(message[i] != '\r' || (i + 1 < n && message[i + 1] == '\n'));
        }
        for (const char *line = message; line < empty + 2; line = strstr(line, "\r\n") + 2) {
                gsize which = 0;

                if (*line == ' ')
                        continue;
                while (which < G_N_ELEMENTS(names) && !g_str_has_prefix(line, names[which]))
                        which++;
                g_assert_cmpuint(which, <, G_N_ELEMENTS(names));
                if (which < G_N_ELEMENTS(names)) /* gcc does not see what the line above says */
                        g_assert_true(++seen[which] == 1 || which == 0);
        }
        g_assert_true(seen[1] && seen[16] && seen[17] && seen[18]);
}

static guint try_mutation(const GString *mutated, const MgPolicy *policy) {
        if (!accepts(mutated->str, mutated->len, policy, NULL))
                return 0;
        check_invariant(mutated->str, mutated->len);
        return 1;
}

static void test_mutations(void) {
        static const char *const inserts[] = {"\r\n",
                                              "\r",
                                              "\n",
                                              " ",
                                              "\t",
                                              "\r\n\r\n",
                                              "\r\nBcc: <a@b>\r\n",
                                              "=?utf-8?Q?=0D=0A?=",
                                              "\x80",
                                              "<",
                                              ">",
                                              ",",
                                              ":",
                                              ";",
                                              "\"",
                                              "A",
                                              "=",
                                              "?",
                                              "0",
                                              "--x\r\n",
                                              "\r\n "};
        g_autoptr(GRand) rand = g_rand_new_with_seed(5);
        guint passed = 0, tried = 0;

        for (guint round = 0; round < 12; round++) {
                g_autoptr(Sample) sample =
                        round == 0
                                ? sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG))
                                : sample_random(rand, sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autoptr(GBytes) message = mg_compose(&sample->input);
                gsize n;
                const char *bytes = g_bytes_get_data(message, &n);
                gsize step = 1 + n / 1000;

                check_invariant(bytes, n);
                for (gsize at = 0; at < n; at += step) {
                        g_autoptr(GString) mutated = g_string_new_len(bytes, (gssize)n);

                        mutated->str[at] = (char)(mutated->str[at] ^ (1 << g_rand_int_range(rand, 0, 8)));
                        passed += try_mutation(mutated, sample->policy);
                        mutated->str[at] = (char)g_rand_int_range(rand, 0, 256);
                        passed += try_mutation(mutated, sample->policy);
                        mutated->str[at] = bytes[at];
                        g_string_erase(mutated, (gssize)at,
                                       g_rand_int_range(rand, 1, 4) % (gssize)(n - at) + (n - at == 1));
                        passed += try_mutation(mutated, sample->policy);
                        g_string_truncate(mutated, 0);
                        g_string_append_len(mutated, bytes, (gssize)n);
                        g_string_insert(mutated, (gssize)at, inserts[g_rand_int_range(rand, 0, G_N_ELEMENTS(inserts))]);
                        passed += try_mutation(mutated, sample->policy);
                        tried += 4;
                }
        }
        g_test_message("%u of %u mutations passed and hold the invariant", passed, tried);
        g_assert_cmpuint(tried, >, 5000);
        g_assert_cmpuint(passed, <, tried / 2);
}

/* A message cut anywhere is refused, or is one by itself: never read beyond its end (the sanitizer watches). */
static void test_cut(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autoptr(GBytes) message = mg_compose(&sample->input);
        gsize n;
        const char *bytes = g_bytes_get_data(message, &n);

        for (gsize at = 0; at < n; at++) {
                g_autofree char *exact = g_memdup2(bytes, at);
                GBytes *part = g_bytes_new_take(g_steal_pointer(&exact), at);
                g_autoptr(MgGrammarView) view = mg_grammar_check(part, sample->policy, NULL);

                g_assert_null(view);
                g_bytes_unref(part);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/grammar/good", test_good);
        g_test_add_func("/grammar/bad", test_bad);
        g_test_add_func("/grammar/policy", test_policy);
        g_test_add_func("/grammar/bounds", test_bounds);
        g_test_add_func("/grammar/mutations", test_mutations);
        g_test_add_func("/grammar/cut", test_cut);
        return g_test_run();
}
