/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters: each kind, in each language and charset, passes the grammar and says its numbers and nothing that can be
 * clicked.
 */
#include "compose/letter.h"

#include <string.h>

#include "base/link.h"
#include "sample.h"

#define TO "taro@city.example.lg.jp"

static MgLetter letter_of(MgLetterKind kind) {
        return (MgLetter){.number = 7,
                          .kind = kind,
                          .to = (char *)TO,
                          .time = 1700000000,
                          .request = 12,
                          .receipt = (char *)"0000005724",
                          .count = 3,
                          .oldest = 1699990000};
}

static MgGrammarView *compose(const MgPolicy *policy, const MgLetter *letter) {
        const MgLetterhead head = {.from = "it@city.example.jp", .node = 1};
        g_autoptr(GError) error = NULL;
        MgGrammarView *view = mg_compose_letter(policy, &head, letter, &error);

        g_assert_no_error(error);
        return view;
}

static void field_is(const MgGrammarView *view, const char *name, const char *want) {
        g_autofree char *value = sample_field(view, name);

        g_assert_cmpstr(value, ==, want);
}

static void check(const MgPolicy *policy, MgLetterKind kind) {
        const MgLetter letter = letter_of(kind);
        g_autoptr(MgGrammarView) view = compose(policy, &letter), again = compose(policy, &letter);
        g_autofree char *body = sample_body(view);
        gboolean digest = kind == MG_LETTER_WAITING;

        g_assert_true(g_bytes_equal(view->message, again->message));
        field_is(view, "From", "<it@city.example.jp>");
        field_is(view, "To", "<" TO ">");
        field_is(view, "Message-ID", "<letter.1.7.1700000000@mugai.invalid>");
        field_is(view, "Auto-Submitted", "auto-generated");
        field_is(view, "Date", "Tue, 14 Nov 2023 22:13:20 +0000");
        field_is(view, "X-Mugai-Receipt", "0000005724");
        g_test_message("%s", body);
        g_assert_null(strchr(body, '{'));
        g_assert_nonnull(strstr(body, digest ? "2023-11-15 04:26 (JST)" : "2023-11-15 07:13 (JST)"));
        g_assert_nonnull(strstr(body, digest ? " 3\n" : " 12\n"));
        g_assert_true(digest || strstr(body, " 0000-0057-24\n"));
        /* The gateway, which it passes, adds a receipt of its own. */
        for (guint language = 0; language < 2; language++)
                g_assert_true((policy->languages & (language == 0 ? MG_LANGUAGE_JA : MG_LANGUAGE_EN)) == 0 ||
                              strstr(body, policy->texts[language][MG_TEXT_letter_own_receipt]));
        /* The fixed line stands below texts of others alone. */
        g_assert_null(strstr(body, policy->texts[0][MG_TEXT_line]));
        g_assert_true((policy->languages & MG_LANGUAGE_EN) == 0 || strstr(body, digest ? "Oldest: " : "Request: "));
        g_assert_true((policy->languages & MG_LANGUAGE_JA) == 0 || strstr(body, digest ? "件数" : "申請番号"));
}

static void test_kinds(void) {
        for (guint32 languages = 1; languages <= 3; languages++)
                for (guint charset = 0; charset < 2; charset++) {
                        g_autoptr(MgPolicy) policy = sample_policy(
                                languages, charset ? MG_CHARSET_ISO_2022_JP : MG_CHARSET_UTF_8, MG_LINKS_DEFANG);

                        for (guint kind = 0; kind < _MG_LETTER_KIND_N; kind++)
                                check(policy, kind);
                }
}

/* The shipped words have no link: with links as they stand these are the same. */
static void test_no_link(void) {
        g_autoptr(MgPolicy) inert = sample_policy(3, MG_CHARSET_UTF_8, MG_LINKS_REMOVE);
        g_autoptr(MgPolicy) plain = sample_policy(3, MG_CHARSET_UTF_8, MG_LINKS_TEXT);

        for (guint kind = 0; kind < _MG_LETTER_KIND_N; kind++) {
                const MgLetter letter = letter_of(kind);
                g_autoptr(MgGrammarView) one = compose(inert, &letter), other = compose(plain, &letter);

                g_assert_true(g_bytes_equal(one->message, other->message));
        }
}

/* A subject of the policy is one line, whatever stands in it. */
static void test_subject(void) {
        g_autoptr(MgPolicy) policy = sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG);
        const MgLetter letter = letter_of(MG_LETTER_DENIED);
        g_autoptr(MgGrammarView) view = NULL;

        g_free(policy->texts[0][MG_TEXT_letter_denied_subject]);
        policy->texts[0][MG_TEXT_letter_denied_subject] = g_strdup("no {request}\nBcc: x@example.jp {count}");
        view = compose(policy, &letter);
        field_is(view, "Subject", "no 12 Bcc: x@example.jp 3");
        field_is(view, "Bcc", NULL);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/compose/letter/kinds", test_kinds);
        g_test_add_func("/compose/letter/no-link", test_no_link);
        g_test_add_func("/compose/letter/subject", test_subject);
        return g_test_run();
}
