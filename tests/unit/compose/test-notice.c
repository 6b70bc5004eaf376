/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts below a body: templates, lists, marks, order and languages; and that the shipped texts keep to their
 * width.
 */
#include "compose/notice.h"

#include <string.h>

#include "base/link.h"
#include "base/receipt.h"
#include "sample.h"

static void test_expand(void) {
        static const struct {
                const char *template;
                const char *want;
        } cases[] = {
                {"", ""},
                {"plain", "plain"},
                {"{count} 件", "3 件"},
                {"{count}{name}{count}", "3{count}3"}, /* a value is not looked into */
                {"{other} {", "{other} {"},
                {"}{count}}", "}3}"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *got = mg_notice_expand(cases[i].template, "count", "3", "name", "{count}", NULL);

                g_assert_cmpstr(got, ==, cases[i].want);
        }
}

static char *make(const Sample *sample) {
        g_auto(MgNoticeText) text = {0};

        mg_notice_make(&sample->input, NULL, &text);
        return g_steal_pointer(&text.text);
}

static const char *mark_word(MgMarks mark) {
        return mark & (MG_MARK_NAME_ADDRESS | MG_MARK_NAME_SCRIPT | MG_MARK_NAME_HIDDEN) ? "name" : "other";
}

static void test_marks(void) {
        static const struct {
                MgMarks mark;
                const char *want;
        } cases[] = {
                {MG_MARK_AMBIGUOUS, "つくりが不自然"},
                {MG_MARK_BODY_CUT, "本文が長いため"},
                {MG_MARK_DATE_UNREADABLE, "送信日時を読み取れない"},
                {MG_MARK_FROM_UNREADABLE, "差出人を読み取れません"},
                {MG_MARK_NAME_ADDRESS, "差出人のものではないアドレス"},
                {MG_MARK_NAME_SCRIPT, "形の似た外国の文字"},
                {MG_MARK_NAME_HIDDEN, "目に見えない文字"},
                {MG_MARK_PARTIAL, "分割した一部"},
                {MG_MARK_SIGNED, "電子署名"},
                {MG_MARK_ENCRYPTED, "暗号化されたメール"},
                {MG_MARK_OPAQUE, "署名付きファイルの中"},
                {MG_MARK_STYLE_CUT, "書式の指定が多すぎる"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                for (gsize k = 0; k < G_N_ELEMENTS(cases); k++) {
                        g_autoptr(Sample) sample =
                                sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                        g_autofree char *text = NULL;

                        sample->reading->marks = cases[i].mark;
                        text = make(sample);
                        g_assert_true((strstr(text, cases[k].want) != NULL) == (i == k));
                        /* A12: where a name deceives the address is said */
                        g_assert_true((strstr(text, "差出人のアドレス: taro@example.jp\n") != NULL) ==
                                      g_str_has_prefix(mark_word(cases[i].mark), "name"));
                }
        }
}

/* Said of text and of a notice alone, in no other verdict, and without a name. */
static void test_infected(void) {
        for (guint outcome = 0; outcome < 3; outcome++)
                for (MgScanVerdict verdict = MG_SCAN_NONE; verdict < _MG_SCAN_N; verdict++) {
                        static const MgOutcome outcomes[] = {MG_OUTCOME_CONVERTED, MG_OUTCOME_FAILED, MG_OUTCOME_HELD};
                        g_autoptr(Sample) sample = sample_new(
                                sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                        g_autofree char *text = NULL;

                        sample->decision->outcome = outcomes[outcome];
                        sample->input.scan = verdict;
                        text = make(sample);
                        g_assert_cmpint(strstr(text, "危険なファイルが見つかりました") != NULL, ==,
                                        verdict == MG_SCAN_INFECTED);
                        g_assert_cmpint(strstr(text, "Something dangerous was found") != NULL, ==,
                                        verdict == MG_SCAN_INFECTED);
                }
}

static void test_counts(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autofree char *quiet = make(sample), *loud = NULL;

        g_assert_true(g_str_has_suffix(
                quiet, "-----\nReceipt number of the original: 0000-0057-24 (to get it, ask your IT desk)\n"));
        sample->reading->replaced = 7;
        sample->reading->hidden = 8;
        sample->reading->guessed = 9;
        sample->policy->limits.listed_parts = 2;
        for (guint i = 0; i < 5; i++)
                sample_add_part(sample, MG_PART_ATTACHMENT, "http://evil.example/x.zip", "x", 1);
        loud = make(sample);
        g_assert_nonnull(strstr(loud, "stand-in: 7\n"));
        g_assert_nonnull(strstr(loud, "left out: 8\n"));
        g_assert_nonnull(strstr(loud, "maybe wrong: 9\n"));
        g_assert_nonnull(strstr(loud, "taken out: 5\nAttached files are not passed on, of whatever type:\n- "
                                      "hxxp://evil[.]example/x[.]zip (a type, 1 B)\n- hxxp"));
        g_assert_nonnull(strstr(loud, "further ones: 3\n"));
        g_assert_cmpint(mg_link_find_live(loud, strlen(loud)), ==, -1);
}

/* Each reason stands once, above its parts, the gravest first; what no decision says is a file. */
static void test_reasons(void) {
        static const struct {
                MgTextId why;
                const char *name;
        } parts[] = {
                {MG_TEXT_why_file, "a.docx"},    {MG_TEXT_why_program, "b.exe"}, {MG_TEXT_line, "c.xlsx"},
                {MG_TEXT_why_encrypted, "d.7z"}, {MG_TEXT_why_program, "e.js"},  {MG_TEXT_from_unknown, "f.pdf"},
        };
        static const struct {
                guint64 max;
                const char *want;
        } rows[] = {
                {6,
                 "taken out: 6\nPrograms, or files that can run as one when they are opened:\n- b.exe (a type, 1 B)\n"
                 "- e.js (a type, 1 B)\nEncrypted; what is inside cannot be checked:\n- d.7z (a type, 1 B)\n"
                 "Attached files are not passed on, of whatever type:\n- a.docx (a type, 1 B)\n"
                 "- c.xlsx (a type, 1 B)\n- f.pdf (a type, 1 B)\nReceipt"},
                {2,
                 "taken out: 6\nPrograms, or files that can run as one when they are opened:\n- b.exe (a type, 1 B)\n"
                 "- e.js (a type, 1 B)\n- and further ones: 4\nReceipt"},
                {0, "taken out: 6\n- and further ones: 6\nReceipt"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autofree char *text = NULL;

                sample->policy->limits.listed_parts = rows[i].max;
                for (gsize k = 0; k < G_N_ELEMENTS(parts); k++) {
                        sample_add_part(sample, MG_PART_ATTACHMENT, parts[k].name, "x", 1);
                        sample_say_why(sample, parts[k].why);
                }
                text = make(sample);
                if (!strstr(text, rows[i].want))
                        g_error("%s", text);
        }
}

/* C1: below the part whose name deceives, and nowhere else. */
static void test_names(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        static const guint32 flags[] = {0, MG_PART_NAME_HIDDEN, MG_PART_NAME_SCRIPT | MG_PART_NAME_HIDDEN};
        g_autofree char *text = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
                sample_add_part(sample, MG_PART_ATTACHMENT, "a", "x", 1);
                ((MgFacts *)g_ptr_array_index(sample->reading->parts, i))->flags = flags[i];
        }
        text = make(sample);
        g_assert_nonnull(strstr(text, "- a (a type, 1 B)\n- a (a type, 1 B)\n"
                                      "  [Caution] Invisible characters were taken out of its name.\n"
                                      "- a (a type, 1 B)\n"
                                      "  [Caution] Invisible characters were taken out of its name.\n"
                                      "  [Caution] Its name mixes letters that look alike.\nReceipt"));
}

/* B10: another form of the text is said to be left out, in one line; one that is no form is listed. */
static void test_alternatives(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autofree char *none = make(sample), *text = NULL;

        g_assert_null(strstr(none, "Other forms"));
        sample_add_part(sample, MG_PART_ALTERNATIVE, "", "x", 1);
        sample_add_part(sample, MG_PART_ALTERNATIVE, "", "x", 1);
        sample_add_part(sample, MG_PART_ALTERNATIVE, "a", "x", 1);
        g_array_index(sample->decision->parts, MgPartDecision, 2).listed = TRUE;
        text = make(sample);
        g_assert_nonnull(strstr(text, "taken out: 1\n"));
        g_assert_nonnull(strstr(text, "Other forms of the text (HTML and the like) that were left out: 2\n"));
}

static void test_links(void) {
        g_autoptr(Sample) inert = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autoptr(Sample) plain = sample_new(sample_policy(MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_TEXT));
        Sample *samples[] = {inert, plain};

        for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
                g_auto(MgNoticeText) without = {0}, with = {0};

                sample_add_part(samples[i], MG_PART_ATTACHMENT, "evil.com", "x", 1);
                mg_notice_make(&samples[i]->input, NULL, &without);
                g_assert_false(without.replaced); /* a file name is no link of the body */
                g_assert_null(strstr(without.text, "so that they do not open"));
                sample_set_body(samples[i], "https://example.jp\n", -1);
                mg_notice_make(&samples[i]->input, NULL, &with);
                g_assert_true(with.replaced == (i == 0));
                g_assert_true((strstr(with.text, "so that they do not open.\n") != NULL) == (i == 0));
                g_assert_true(g_str_has_prefix(with.text, i == 0 ? "hxxps://example[.]jp\n" : "https://example.jp\n"));
        }
}

/* D7: each mode for a body that came as text and the list that HTML leaves; nothing live but where the mode says so. */
static void test_link_modes(void) {
        static const char body[] = "見積は https://www.example.jp/a?id=1 にあります。\n"
                                   "お知らせ [1] と地図 [2]、規約 [3]\n\n"
                                   "[1] https://a.example/x\n[2] http://b.example/\n[3] http://c.example/y\nend\n";
        static const struct {
                MgLinkMode mode;
                const char *want, *said;
        } rows[] = {
                {MG_LINKS_DEFANG,
                 "見積は hxxps://www[.]example[.]jp/a?id=1 にあります。\nお知らせ [1] と地図 [2]、規約 [3]\n\n"
                 "[1] hxxps://a[.]example/x\n[2] hxxp://b[.]example/\n[3] hxxp://c[.]example/y\nend\n",
                 "押しても開かない形"},
                {MG_LINKS_TEXT, body, NULL},
                {MG_LINKS_HOST,
                 "見積は www[.]example[.]jp にあります。\nお知らせ [1] と地図 [2]、規約 [3]\n\n"
                 "[1] a[.]example\n[2] b[.]example\n[3] c[.]example\nend\n",
                 "接続先の名前"},
                {MG_LINKS_REMOVE,
                 "見積は （リンク削除） にあります。\nお知らせ [1] と地図 [2]、規約 [3]\n\n"
                 "[1] （リンク削除） - [3]\nend\n",
                 "リンクは取り除きました"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, rows[i].mode));
                g_autofree char *text = NULL;

                sample_set_body(sample, body, -1);
                text = make(sample);
                g_assert_true(g_str_has_prefix(text, rows[i].want));
                g_assert_true((mg_link_find_live(text, strlen(text)) >= 0) == (rows[i].mode == MG_LINKS_TEXT));
                for (gsize k = 0; k < G_N_ELEMENTS(rows); k++)
                        if (rows[k].said)
                                g_assert_true((strstr(text, rows[k].said) != NULL) == (i == k));
        }
}

/* The shipped texts: no live link, lines of at most 76 columns with usual values, no word about how it was decided. */
static void test_shipped(void) {
        g_autoptr(MgPolicy) policy = sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_DEFANG);

        for (guint language = 0; language < 2; language++) {
                for (guint i = 0; i < _MG_TEXT_N; i++) {
                        g_autofree char *text = mg_notice_expand(
                                policy->texts[language][i], "count", "12", "name", "見積書.docx", "type", "Word文書",
                                "size", "24 KB", "receipt", "1234-5678-90", "shown", "4.0 MB", "from",
                                "taro@example.jp", "address", "taro@example.jp", "time", "2026-11-20 16:20 (JST)",
                                "request", "12345", "oldest", "2026-11-20 16:20 (JST)", "requester", "山田 太郎",
                                "approvers", "鈴木 花子", "subject", "会議の資料", "files", "見積書.docx", "found",
                                "Eicar-Signature", NULL);
                        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

                        g_assert_cmpstr(text, !=, "");
                        g_assert_null(strpbrk(text, "{}"));
                        g_assert_cmpint(mg_link_find_live(text, strlen(text)), ==, -1);
                        for (guint k = 0; lines[k]; k++)
                                g_assert_cmpuint(mg_text_columns_east(lines[k], strlen(lines[k])), <=, 76);
                }
        }
}

/* A reply: the fixed line behind `mark`, blank quoted lines of together `octets`, a receipt behind `last`. */
static char *reply(const char *mark, guint octets, const char *last, const char *receipt) {
        g_autofree char *printed = mg_receipt_print(receipt);
        GString *body = g_string_new("了解です。\n");

        g_string_append_printf(body, "%s━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━\n", mark);
        for (guint i = 0; i < octets; i += 4)
                g_string_append(body, ">  \n");
        g_string_append_printf(body, "%s原本の受付番号: %s（必要なときは情報担当へ）\n", last, printed);
        return g_string_free(body, FALSE);
}

/* D12: a reply may quote a notice of this gateway; whatever else looks like one is marked. */
static void test_quoted_notice(void) {
        static const struct {
                const char *mark, *last;
                guint octets, node;
                gint serial; /* beside the one of the mail itself */
                gboolean wrong, stays;
        } rows[] = {
                {"> ", "> ", 0, 0, -1, FALSE, TRUE},
                {"> ", "> ", 0, 0, 0, FALSE, TRUE},
                {">> ", "> > ", 40, 0, -571, FALSE, TRUE},
                {"> ", "> ", 256 * 1024 - 4, 0, -1, FALSE, TRUE},
                {"> ", "> ", 256 * 1024, 0, -1, FALSE, FALSE}, /* too far away */
                {"> ", "> ", 0, 1, -1, FALSE, FALSE},          /* another node */
                {"> ", "> ", 0, 0, -1, TRUE, FALSE},           /* check digit */
                {"> ", "> ", 0, 0, 1, FALSE, FALSE},           /* not given yet */
                {"", "> ", 0, 0, -1, FALSE, FALSE},            /* not quoted */
                {" > ", "> ", 0, 0, -1, FALSE, FALSE},
                {"＞ ", "> ", 0, 0, -1, FALSE, FALSE},
                {"> ", "", 0, 0, -1, FALSE, FALSE},     /* the receipt is not quoted */
                {"> ", "\n> ", 0, 0, -1, FALSE, FALSE}, /* another quote */
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
                g_autofree char *receipt = mg_receipt_make(rows[i].node, (guint32)(572 + rows[i].serial));
                g_autofree char *body = NULL, *text = NULL, *marked = NULL;

                if (rows[i].wrong)
                        receipt[9] = receipt[9] == '9' ? '0' : (char)(receipt[9] + 1);
                body = reply(rows[i].mark, rows[i].octets, rows[i].last, receipt);
                sample_set_body(sample, body, -1);
                text = make(sample);
                marked = g_strdup_printf("了解です。\n> %s━━━", rows[i].mark);
                if (g_str_has_prefix(text, body) != rows[i].stays || g_str_has_prefix(text, marked) == rows[i].stays)
                        g_error("row %" G_GSIZE_FORMAT ": %.200s", i, text);
        }
}

/* D12: digits around the number make it another one; many fixed lines above one receipt, and below it. */
static void test_quoted_notices(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autofree char *text = NULL;
        g_autofree char *digits = reply("> ", 0, "> 原本 10000-0057-24 0000-0057-240 ", "9999999999"), *other = NULL;
        g_autoptr(GString) body = g_string_new(NULL);
        const char *line = "> ここから下は無害化ゲートウェイからのお知らせです\n";

        for (guint i = 0; i < 10000; i++)
                g_string_append(body, line);
        g_string_append(body, "> 0000-0057-24\n");
        for (guint i = 0; i < 10000; i++)
                g_string_append(body, line);
        sample_set_body(sample, body->str, -1);
        text = make(sample);
        /* The first ones are farther from it than the bound, the last ones have none below them. */
        g_assert_true(g_str_has_prefix(text, "> > ここ"));
        g_assert_nonnull(
                strstr(text, "\n> ここから下は無害化ゲートウェイからのお知らせです\n> 0000-0057-24\n> > ここ"));
        sample_set_body(sample, digits, -1);
        other = make(sample);
        g_assert_true(g_str_has_prefix(other, "了解です。\n> > ━━━"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/notice/expand", test_expand);
        g_test_add_func("/notice/A12-marks", test_marks);
        g_test_add_func("/notice/counts", test_counts);
        g_test_add_func("/notice/infected", test_infected);
        g_test_add_func("/notice/reasons", test_reasons);
        g_test_add_func("/notice/C1-names", test_names);
        g_test_add_func("/notice/B10-alternatives", test_alternatives);
        g_test_add_func("/notice/links", test_links);
        g_test_add_func("/notice/D7-link-modes", test_link_modes);
        g_test_add_func("/notice/D12-quoted-notice", test_quoted_notice);
        g_test_add_func("/notice/D12-quoted-notices", test_quoted_notices);
        g_test_add_func("/notice/shipped", test_shipped);
        return g_test_run();
}
