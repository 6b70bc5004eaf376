/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails as the gateway writes them are as expected, and each single thing that is wrong with one is seen and named.
 */
#include "monitor/canary_judge.h"

#include <string.h>

#define TOKEN "0123456789abcdef"
#define DOMAIN "canary.mugai.invalid"
#define TIME 1795770000 /* Fri, 27 Nov 2026 09:00:00 +0000 */
#define BAD_TEXT                                                                                                       \
        "This is the visible text of the canary.\r\n\r\nhxxps://bank[.]invalid/ [1]\r\n[1] "                           \
        "hxxp://other[.]invalid/\r\n"                                                                                  \
        "- invoice[.]zip\r\n- order.xlsm\r\nReceipt: 1234-5678-90\r\n"
#define JAPANESE_TEXT                                                                                                  \
        "これは①㈱Ⅱ№の確認です。\r\nﾊﾝｶｸｶﾅも読めます。\r\n髙橋・山﨑\r\n\r\n・確認①資料.pdf\r\n1234-5678-90\r\n"

static const MgCanaryRound round_of_test = {TOKEN, DOMAIN, TIME, FALSE};

typedef struct Made {
        MgCanaryKind kind;
        const char *text;
        const char *instead; /* a field, as it begins, that is replaced */
        const char *by;      /* by this, or left out for "" */
        const char *behind;  /* the body, raw; or NULL */
} Made;

static void put_field(GString *mail, const Made *made, const char *field) {
        const gboolean other = made->instead && g_str_has_prefix(field, made->instead);

        if (!other || *made->by)
                g_string_append_printf(mail, "%s\r\n", other ? made->by : field);
}

/* What the gateway makes of a canary, with one difference. */
static GBytes *make(const Made *made) {
        const char *name = mg_canary_name(made->kind);
        g_autofree char *coded = g_base64_encode((const guint8 *)made->text, strlen(made->text));
        g_autofree char *id = g_strdup_printf("Message-ID: <%s-" TOKEN "@" DOMAIN ">", name);
        GString *mail = g_string_new("Received: from mugai.invalid (localhost [127.0.0.1])\r\n"
                                     "\tby gw.city.example.jp (Postfix); Fri, 27 Nov 2026 09:00:01 +0000\r\n");

        put_field(mail, made, "From: <canary@" DOMAIN ">");
        put_field(mail, made,
                  made->kind == MG_CANARY_BAD
                          ? "Subject: =?UTF-8?B?44CQ5re75LuY5YmK6Zmk44CRbXVnYWkgY2FuYXJ5IDAxMjM0NTY3?=\r\n"
                            " =?UTF-8?B?ODlhYmNkZWY=?="
                          : "Subject: =?ISO-2022-JP?B?GyRCTDUzMjI9JE4zTkcnGyhC?= " TOKEN);
        put_field(mail, made, id);
        put_field(mail, made, "Date: Fri, 27 Nov 2026 09:00:00 +0000");
        put_field(mail, made, "X-Mail-Sanitized: DEL_ATTACH");
        put_field(mail, made, "X-Mugai-Receipt: 1234567890");
        put_field(mail, made, "MIME-Version: 1.0");
        put_field(mail, made, "Content-Type: text/plain; charset=utf-8");
        put_field(mail, made, "Content-Transfer-Encoding: base64");
        g_string_append_printf(mail, "\r\n%s\r\n%s", coded, made->behind ? made->behind : "");
        return g_string_free_to_bytes(mail);
}

static void judged(const Made *made, MgCanaryVerdict verdict, const char *word) {
        g_autoptr(GBytes) mail = make(made);
        g_autofree char *what = NULL;
        const MgCanaryVerdict got = mg_canary_judge(made->kind, &round_of_test, mail, &what);

        if (got != verdict)
                g_test_message("said: %s", what ? what : "as expected");
        g_assert_cmpint(got, ==, verdict);
        if (!word)
                g_assert_null(what);
        else
                g_assert_nonnull(strstr(what, word));
}

static void test_expected(void) {
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT}, MG_CANARY_AS_EXPECTED, NULL);
        judged(&(Made){.kind = MG_CANARY_JAPANESE, .text = JAPANESE_TEXT}, MG_CANARY_AS_EXPECTED, NULL);
        judged(&(Made){.kind = MG_CANARY_JAPANESE,
                       .text = "\033$B$3$l$O\033(B(1)(\033$B3t\033(B)IINo\033$B$N3NG'$G$9!#\033(B\r\n"
                               "\033$B%O%s%+%/%+%J$bFI$a$^$9!#\033(B\r\n\033$B9b66!&;3:j\033(B\r\n"
                               "\033$B3NG'\033(B(1)\033$B;qNA\033(B.pdf 1234-5678-90\r\n",
                       .instead = "Content-Type",
                       .by = "Content-Type: text/plain; charset=iso-2022-jp"},
               MG_CANARY_AS_EXPECTED, NULL);
}

/* The mails as they are sent: a way around the gateway. */
static void test_raw(void) {
        for (guint kind = 0; kind < _MG_CANARY_KIND_N; kind++) {
                g_autoptr(GBytes) mail = mg_canary_mail(kind, TOKEN, DOMAIN, TIME);
                g_autofree char *what = NULL;

                g_assert_cmpint(mg_canary_judge(kind, &round_of_test, mail, &what), ==, MG_CANARY_UNSAFE);
                g_assert_nonnull(what);
        }
}

static void test_unsafe(void) {
        static const char *const marks[] = {"canaryprogrammark", "CanaryProgramMark", "canary\r\n programmark",
                                            "63616e61727970726f6772616d6d61726b"};

        for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
                g_autofree char *text = g_strconcat(BAD_TEXT, marks[i], "\r\n", NULL);

                judged(&(Made){.kind = MG_CANARY_BAD, .text = text}, MG_CANARY_UNSAFE, "canaryprogrammark");
                judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .behind = marks[i]}, MG_CANARY_UNSAFE,
                       "canaryprogrammark");
        }
        /* Base64 at each offset. */
        for (guint offset = 0; offset < 3; offset++) {
                g_autofree char *inner = g_strdup_printf("%.*scanarymacromark and more", (int)offset, "MZ");
                g_autofree char *coded = g_base64_encode((const guint8 *)inner, strlen(inner));

                judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .behind = coded}, MG_CANARY_UNSAFE,
                       "canarymacromark");
        }
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT "http://other.invalid/\r\n"}, MG_CANARY_UNSAFE,
               "live link");
        judged(&(Made){.kind = MG_CANARY_BAD,
                       .text = BAD_TEXT,
                       .instead = "Content-Type",
                       .by = "Content-Type: text/html; charset=utf-8"},
               MG_CANARY_UNSAFE, "not one plain text");
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .instead = "Content-Type", .by = ""}, MG_CANARY_UNSAFE,
               "not one plain text");
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .instead = "From", .by = "X-Mailer: x"},
               MG_CANARY_UNSAFE, "X-Mailer");
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .instead = "From", .by = "no field"}, MG_CANARY_UNSAFE,
               "no field");
        judged(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT, .instead = "X-Mail-Sanitized", .by = ""},
               MG_CANARY_UNSAFE, "X-Mail-Sanitized");
}

static void test_links_that_may_live(void) {
        MgCanaryRound round = round_of_test;
        g_autoptr(GBytes) mail = make(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT "http://other.invalid/\r\n"});
        g_autofree char *what = NULL;

        round.live_links = TRUE;
        g_assert_cmpint(mg_canary_judge(MG_CANARY_BAD, &round, mail, &what), ==, MG_CANARY_AS_EXPECTED);
}

static void test_nul(void) {
        g_autoptr(GBytes) made = make(&(Made){.kind = MG_CANARY_BAD, .text = BAD_TEXT});
        g_autoptr(GString) longer = g_string_new_len(g_bytes_get_data(made, NULL), (gssize)g_bytes_get_size(made));
        g_autoptr(GBytes) mail = NULL;
        g_autofree char *what = NULL;

        g_string_append_len(longer, "\0MZ", 3);
        mail = g_bytes_new(longer->str, longer->len);
        g_assert_cmpint(mg_canary_judge(MG_CANARY_BAD, &round_of_test, mail, &what), ==, MG_CANARY_UNSAFE);
}

static void test_different(void) {
        static const struct {
                const char *instead, *by, *word;
        } fields[] = {
                {"Date", "Date: Fri, 27 Nov 2026 18:00:00 +0900", "Date"},
                {"Message-ID", "", "Message-ID"},
                {"Subject", "Subject: mugai canary", "Subject"},
                {"X-Mugai-Receipt", "", "receipt"},
                {"X-Mugai-Receipt", "X-Mugai-Receipt: 1234567891", "1234-5678-91"},
                {"Content-Transfer-Encoding", "", "text"},
        };
        static const struct {
                MgCanaryKind kind;
                const char *text, *word;
        } texts[] = {
                {MG_CANARY_BAD, "", "line 1"},
                {MG_CANARY_BAD, "This is the visible text of the canary.\r\n- order.xlsm\r\n1234-5678-90",
                 "invoice.zip"},
                {MG_CANARY_BAD, "\xff\xfe", "decoded"},
                /* ① by its neighbour, and a kana that became full-width. */
                {MG_CANARY_JAPANESE, "これは②㈱Ⅱ№の確認です。\r\n", "line 1"},
                {MG_CANARY_JAPANESE, "これは①㈱Ⅱ№の確認です。\r\nハンカクカナも読めます。\r\n", "line 2"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
                judged(&(Made){.kind = MG_CANARY_BAD,
                               .text = BAD_TEXT,
                               .instead = fields[i].instead,
                               .by = fields[i].by},
                       MG_CANARY_DIFFERENT, fields[i].word);
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
                judged(&(Made){.kind = texts[i].kind, .text = texts[i].text}, MG_CANARY_DIFFERENT, texts[i].word);
}

static void test_any_octets(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(7);

        for (guint run = 0; run < 3000; run++) {
                g_autoptr(GBytes) made = make(&(Made){.kind = MG_CANARY_JAPANESE, .text = JAPANESE_TEXT});
                gsize n;
                guint8 *octets = g_bytes_unref_to_data(g_steal_pointer(&made), &n);
                g_autofree char *what = NULL;

                for (guint i = 0; i < 5; i++)
                        octets[g_rand_int_range(rand, 0, (gint32)n)] = (guint8)g_rand_int(rand);
                g_autoptr(GBytes) mail = g_bytes_new_take(octets, (gsize)g_rand_int_range(rand, 0, (gint32)n));

                g_assert_cmpint(mg_canary_judge(MG_CANARY_JAPANESE, &round_of_test, mail, &what), !=,
                                MG_CANARY_AS_EXPECTED);
                g_assert_nonnull(what);
        }
}

static void test_address(void) {
        g_autofree char *token = mg_canary_token(), *other = mg_canary_token();
        g_autofree char *date = mg_canary_date(TIME);

        g_assert_cmpuint(strlen(token), ==, MG_CANARY_TOKEN);
        g_assert_cmpstr(token, !=, other);
        g_assert_cmpstr(date, ==, "Fri, 27 Nov 2026 09:00:00 +0000");
        for (guint kind = 0; kind < _MG_CANARY_KIND_N; kind++) {
                g_autofree char *address = mg_canary_address(kind, token, DOMAIN);

                g_assert_cmpint(mg_canary_kind_of(address, token, DOMAIN), ==, kind);
                g_assert_cmpint(mg_canary_kind_of(address, other, DOMAIN), ==, _MG_CANARY_KIND_N);
                g_assert_cmpint(mg_canary_kind_of(address, token, "example.jp"), ==, _MG_CANARY_KIND_N);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/canary/expected", test_expected);
        g_test_add_func("/canary/raw", test_raw);
        g_test_add_func("/canary/unsafe", test_unsafe);
        g_test_add_func("/canary/links-that-may-live", test_links_that_may_live);
        g_test_add_func("/canary/nul", test_nul);
        g_test_add_func("/canary/different", test_different);
        g_test_add_func("/canary/any-octets", test_any_octets);
        g_test_add_func("/canary/address", test_address);
        return g_test_run();
}
