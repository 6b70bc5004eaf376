/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live links: a table of what becomes of a text, properties over texts made of fragments of URLs, and time on long
 * ones. Does not ask real mail clients; a client's own rules are narrower than what is looked for here.
 */
#include "base/link.h"

#include <string.h>

#include "../used.h"
#include "base/text.h"

typedef struct LinkCase {
        const char *in;
        const char *out; /* NULL: the same, nothing is live */
} LinkCase;

static const LinkCase cases[] = {
        {"", NULL},
        {"http://example.jp/", "hxxp://example[.]jp/"},
        {"https://www.example.co.jp/a.b/c.html?d=e.f#g.h", "hxxps://www[.]example[.]co[.]jp/a.b/c.html?d=e.f#g.h"},
        {"HTTPS://EXAMPLE.JP", "HXXPS://EXAMPLE[.]JP"},
        {"ftp://ftp.example.jp/x", "fxp://ftp[.]example[.]jp/x"},
        {"http://192.0.2.1/x", "hxxp://192[.]0[.]2[.]1/x"},
        {"http://0x7f.1/", "hxxp://0x7f[.]1/"},
        {"http://user:pass@evil.example/", "hxxp://user:pass@evil[.]example/"},
        {"http://bank.jp@evil.example", "hxxp://bank[.]jp@evil[.]example"},
        {"http://report.pdf", "hxxp://report[.]pdf"},
        {"http://example。jp/", "hxxp://example[.]jp/"},
        {"http://例え．テスト/", "hxxp://例え[.]テスト/"},
        {"http://a｡b/", "hxxp://a[.]b/"},
        {"詳細はhttp://example.jp。次は", "詳細はhxxp://example[.]jp。次は"},
        {"(http://example.jp).", "(hxxp://example[.]jp)."},
        {"<http://example.jp>.", "<hxxp://example[.]jp>."},
        {"http://example.jp. Next", "hxxp://example[.]jp. Next"},
        {"hxxps://example[.]jp/", NULL},
        {"hxxp://192.0.2.1", "hxxp://192[.]0[.]2[.]1"},
        {"xhttp://a.jp", "xhttp[:]//a[.]jp"},
        {"git+ssh://a.jp", "git+ssh[:]//a[.]jp"},
        {"see.http://a.jp", "see[.]hxxp://a[.]jp"},
        {"smb://server/share", "smb[:]//server/share"},
        {"file:///C:/x", "file[:]///C:/x"},
        {"http://http://a.jp", "hxxp://hxxp://a[.]jp"},
        {"javascript:alert(1)", "javascript[:]alert(1)"},
        {"JavaScript:x", "JavaScript[:]x"},
        {"(vbscript:x)", "(vbscript[:]x)"},
        {"foo-javascript:x", "foo-javascript[:]x"},
        {"search-ms:query=x", "search-ms[:]query=x"},
        {"ms-word:ofe|u|x", "ms-word[:]ofe|u|x"},
        {"mailto:a@b.jp", "mailto[:]a@b.jp"},
        {"data:text/html,x", "data: text/html,x"},
        {"data: 5", NULL},
        {"Tel:03-1234-5678", "Tel: 03-1234-5678"},
        {"TEL: 03-1234", NULL},
        {"TEL：03-1234", NULL},
        {"file: x", NULL},
        {"件名:お知らせ 時刻 12:30 update:x", NULL},
        {"http:evil", "http[:]evil"},
        {"www.example", "www[.]example"},
        {"www.123", "www[.]123"},
        {"WWW.EXAMPLE.JP/x", "WWW[.]EXAMPLE[.]JP/x"},
        {"www。example。jp", "www[.]example。jp"},
        {"ftp.example", "ftp[.]example"},
        {"example.jp", "example[.]jp"},
        {"example.jp.", "example[.]jp."},
        {"サイトはexample.co.jpです。", "サイトはexample[.]co[.]jpです。"},
        {"市役所.jp", "市役所[.]jp"},
        {"a.xn--p1ai", "a[.]xn--p1ai"},
        {"archive.zip setup.sh", "archive[.]zip setup[.]sh"},
        {"report.pdf 資料.docx 申請.jtd 図.jww a.lzh", NULL},
        {"report.pdf.com", "report.pdf[.]com"},
        {"v1.2.3 3.14 10.5mm No.5 e.g. 1.はじめに", NULL},
        {"です。次", NULL},
        {"... .com ..com", NULL},
        {"foo@example.co.jp", NULL},
        {"E-mail:taro.yamada@city.example.lg.jp", NULL},
        {"<foo@example.jp>, bar@example.jp.", NULL},
        {"abc..def.@docomo.ne.jp", NULL},
        {"//foo@example.jp", "//foo@example[.]jp"},
        {"foo@example.jp/path", "foo@example[.]jp/path"},
        {"git@code.example.com:a/b", "git@code[.]example[.]com:a/b"},
        {"a@b.jp@c.jp", "a@b[.]jp@c[.]jp"},
        {"www.evil.com@example.jp", "www[.]evil[.]com@example[.]jp"},
        {"jp.www.a@b.jp", "jp[.]www[.]a@b[.]jp"},
        {"a@www.b.jp", "a@www[.]b[.]jp"},
        {"a@例え.jp", "a@例え[.]jp"},
        {"evil.com@x", "evil[.]com@x"},
        {"evil.com@1", "evil[.]com@1"},
        {"evil.com@-", "evil[.]com@-"},
        {"evil.com@x.", "evil[.]com@x."},
        {"evil.com@x.1", "evil[.]com@x.1"},
        {"evil.com@x.pdf", "evil[.]com@x.pdf"},
        {"evil.com@.jp", "evil[.]com@.jp"},
        {"evil.com@-x.jp", "evil[.]com@-x[.]jp"},
        {"evil.com@a..jp", "evil[.]com@a..jp"},
        {"evil.com%@x.jp", "evil[.]com%@x[.]jp"},
        {"a@b.xn--p1ai a@b.c.co.jp. a@b.jp…", NULL},
        {"a@b.рф", "a@b[.]рф"},
        {"президент.рф/путь", "президент[.]рф/путь"},
        {"ПРЕЗИДЕНТ.РФ", "ПРЕЗИДЕНТ[.]РФ"},
        {"x.онлайн-y", "x[.]онлайн-y"},
        {"例え.みんなへ", "例え[.]みんなへ"},
        {"例え.コム", "例え[.]コム"},
        {"한국.한국", "한국[.]한국"},
        {"a.中国", "a[.]中国"},
        {"a.中文", NULL},
        {"a.中", NULL},
        {"です.次 1.はじめに 概要.みん", NULL},
        {"foo.com-bar foo.com_bar", "foo[.]com-bar foo[.]com_bar"},
        {"foo.com2 report.pdf-old", NULL},
        {"foo.vermögensberatung", "foo[.]vermögensberatung"},
        {"imap:x snews:x tg:x", "imap[:]x snews[:]x tg[:]x"},
        {"vscode:x itms-apps:x itms-services:x", "vscode[:]x itms-apps[:]x itms-services[:]x"},
        {"mk:@MSITStore:c zoomus:x", "mk[:]@MSITStore:c zoomus[:]x"},
        {"mailbox:x whatsapp:x shell:x its:x", "mailbox: x whatsapp: x shell: x its: x"},
        {"search:query=x LINE:x market:x Spotify:x", "search: query=x LINE: x market: x Spotify: x"},
        {"ms-settings:x ms-x:y x-apple-y:z", "ms-settings[:]x ms-x[:]y x-apple-y[:]z"},
        {"Re:foo 12:30 note:this C:\\dir Fwd:x", NULL},
        {"\\\\server\\share", "[\\\\]server\\share"},
        {"\\\\192.0.2.1\\c$", "[\\\\]192.0.2.1\\c$"},
        {"C:\\dir\\file \\\\ x", NULL},
        {"\\\\\\\\a", "[\\\\\\\\]a"},
};

static void check(const char *in, const char *want) {
        g_autofree char *out = mg_link_defang(in, strlen(in));

        g_assert_cmpstr(out, ==, want);
        g_assert_cmpint(mg_link_find_live(out, strlen(out)), ==, -1);
        if (g_str_equal(in, want))
                g_assert_cmpint(mg_link_find_live(in, strlen(in)), ==, -1);
        else
                g_assert_cmpint(mg_link_find_live(in, strlen(in)), >=, 0);
}

static void test_table(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *around = g_strdup_printf("前 %s\n", cases[i].in);
                g_autofree char *want = g_strdup_printf("前 %s\n", cases[i].out ? cases[i].out : cases[i].in);

                check(cases[i].in, cases[i].out ? cases[i].out : cases[i].in);
                check(around, want);
        }
}

static const char *const fragments[] = {
        "http",
        "https",
        "HTTP",
        "ftp",
        "hxxp",
        "fxp",
        "javascript",
        "data",
        "tel",
        "file",
        "ms-",
        "ms-word",
        "mailto",
        "www",
        "WWW",
        "://",
        ":",
        "//",
        "/",
        "\\",
        "\\\\",
        ".",
        "..",
        "。",
        "．",
        "｡",
        "@",
        "a",
        "b1",
        "com",
        "jp",
        "pdf",
        "exe",
        "xn--p",
        "-",
        "_",
        "%",
        "+",
        " ",
        "\n",
        "　",
        "日本",
        "1",
        "192",
        "[",
        "]",
        "[.]",
        "[:]",
        "?",
        "#",
        "<",
        ">",
        "(",
        ")",
        "=",
        "&",
        "\xEF\xB8\x80",
        "か\xE3\x82\x99",
        "x",
        "tel:",
        "\t",
        "|",
        "^",
        "`",
        "\"",
        "search-ms",
        "hxxps",
        "zip",
        "foo@b.jp",
        "www.a@",
        "@www.b",
        "ftp..a",
        "@b.jp",
        "www.",
        "a.b.c",
        "http://",
        "\xC3\xA9",
        "葛\xF3\xA0\x84\x80",
        "evil.com@",
        "@1",
        "@-",
        "рф",
        ".РФ",
        "みんな",
        "みん",
        ".中国",
        "中",
        "한국",
        "ö",
        "imap:",
        "line",
        "itms-",
        "x-apple",
        "com-",
        "com_b",
        "co2",
        "%@",
};

static void test_random(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(7);

        for (guint i = 0; i < (g_test_slow() ? 5000000u : 200000u); i++) {
                g_autoptr(GString) raw = g_string_new(NULL);
                gint n = g_rand_int_range(rand, 1, 14);

                for (gint k = 0; k < n; k++)
                        g_string_append(raw, fragments[g_rand_int_range(rand, 0, G_N_ELEMENTS(fragments))]);
                g_autofree char *in = mg_text_clean(raw->str, raw->len, MG_CLASS_TEXT, 0, NULL);
                g_autofree char *once = mg_link_defang(in, strlen(in));
                g_autofree char *twice = mg_link_defang(once, strlen(once));

                if (mg_link_find_live(once, strlen(once)) != -1)
                        g_error("live at %d: \"%s\" from \"%s\"", (int)mg_link_find_live(once, strlen(once)), once, in);
                if (!g_str_equal(once, twice))
                        g_error("not idempotent: \"%s\" -> \"%s\" -> \"%s\"", in, once, twice);
                if (mg_link_find_live(in, strlen(in)) == -1 && !g_str_equal(in, once))
                        g_error("changed though nothing is live: \"%s\" -> \"%s\"", in, once);
                if (!mg_text_is(once, strlen(once), MG_CLASS_TEXT))
                        g_error("class lost: \"%s\" -> \"%s\"", in, once);
        }
}

/* Octets that are no UTF-8, NUL among them, are none of our business but must not be read beyond. */
static void test_octets(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(8);

        for (guint i = 0; i < 50000; i++) {
                gsize n = (gsize)g_rand_int_range(rand, 0, 24);
                g_autofree char *in = g_malloc(n + 1);

                for (gsize k = 0; k < n; k++)
                        in[k] = g_rand_boolean(rand) ? (char)g_rand_int_range(rand, 0, 256)
                                                     : "w.:/\\@hp"[g_rand_int_range(rand, 0, 8)];
                g_autofree char *exact = g_memdup2(in, n);
                g_autofree char *out = mg_link_defang(exact, n);

                g_assert_cmpint(mg_link_find_live(exact, n), <, (gssize)n);
                g_assert_nonnull(out);
        }
}

static void test_linear(void) {
        static const char *const units[] = {
                "a.",    "http://", "@",    "\\\\", "a@",      "a.b@c.", "www.",   "ms-",   "xn--",
                "。",    "a:",      "://",  "-",    ".",       "a",      ":",      "tel:",  "a.a@",
                "ftp.",  "%2e.",    "ｗ．", "\\a",  "http:",   "-ms-x:", "x.pdf.", "1.",    "+.-",
                "a://b", "a.b/@",   "[.]",  ".あ",  "あ.みん", "a@b-.",  ".сай",   "a.рф@", "a@b.jp."};

        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) in = g_string_new(NULL);
                gint64 begin = used_time();

                while (in->len < 1048576)
                        g_string_append(in, units[i]);
                g_autofree char *out = mg_link_defang(in->str, in->len);

                g_assert_cmpint(mg_link_find_live(out, strlen(out)), ==, -1);
                g_assert_cmpint(used_time() - begin, <, 3 * G_USEC_PER_SEC);
        }
}

typedef struct ShortCase {
        const char *in;
        const char *host;
        const char *word;
} ShortCase;

static const ShortCase short_cases[] = {
        {"", "", ""},
        {"本文です。12:30 report.pdf", "本文です。12:30 report.pdf", "本文です。12:30 report.pdf"},
        {"https://www.example.jp/a?b=c#d", "www[.]example[.]jp", "(link)"},
        {"詳細はhttps://example.jp/a/をご覧ください。", "詳細はexample[.]jpをご覧ください。",
         "詳細は(link)をご覧ください。"},
        {"詳細はhttps://example.jpをご覧ください。", "詳細はexample[.]jpをご覧ください。",
         "詳細は(link)をご覧ください。"},
        {"(http://example.jp/x_(y)).", "(example[.]jp).", "((link))."},
        {"<http://example.jp>, next", "<example[.]jp>, next", "<(link)>, next"},
        {"「http://example.jp/」", "「example[.]jp」", "「(link)」"},
        {"http://bank.jp@evil.example/", "evil[.]example", "(link)"},
        {"http://user:pass@evil.example:8080/x", "evil[.]example", "(link)"},
        {"http://[2001:db8::1]:80/x", "[2001:db8::1]", "(link)"},
        {"http://192.0.2.1/x", "192.0.2.1", "(link)"},
        {"http://例え.テスト/道", "例え.テスト道", "(link)道"},
        {"http://xn--r8jz45g.jp/ x", "xn--r8jz45g[.]jp x", "(link) x"},
        {"http:///x", "(link)", "(link)"},
        {"www.example.jp/a www.b.jp", "www[.]example[.]jp www[.]b[.]jp", "(link) (link)"},
        {"サイトはexample.co.jpです。", "サイトはexample[.]co[.]jpです。", "サイトは(link)です。"},
        {"example.jp/a?b、example.com.", "example[.]jp、example[.]com.", "(link)、(link)."},
        {"市役所.jp/x", "市役所[.]jp/x", "市役所[.]jp/x"},
        {"javascript:alert(1) x", "(link) x", "(link) x"},
        {"ms-word:ofe|u|http://a.jp/x", "(link)|u|a[.]jp", "(link)|u|(link)"},
        {"Tel:03-1234", "Tel: 03-1234", "Tel: 03-1234"},
        {"mailto:a@b.jp?subject=x", "a@b.jp", "a@b.jp"},
        {"mailto:evil.com/x", "evil[.]com/x", "(link)"},
        {"a@b.jp foo@example.co.jp", "a@b.jp foo@example.co.jp", "a@b.jp foo@example.co.jp"},
        {"\\\\srv\\share\\x y", "srv y", "(link) y"},
        {"hxxps://example[.]jp/", "hxxps://example[.]jp/", "hxxps://example[.]jp/"},
        {"http://a.jp/5\xEF\xB8\x8F!", "a[.]jp!", "(link)!"},
        {"mailto:a@b.jp?1\xEF\xB8\x8F\xE2\x83\xA3", "a@b.jp", "a@b.jp"},
        {"x\xCC\x81\xCC\x81\xCC\x81\xCC\x81http://\xCC\x81", "x\xCC\x81\xCC\x81\xCC\x81\xCC\x81",
         "x\xCC\x81\xCC\x81\xCC\x81\xCC\x81(link)"},
        {"[1] https://www.example.jp/a\n[2] http://b.jp/", "[1] www[.]example[.]jp\n[2] b[.]jp",
         "[1] (link)\n[2] (link)"},
};

static void test_shorten(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(short_cases); i++) {
                const ShortCase *row = &short_cases[i];
                g_autofree char *host = mg_link_shorten(row->in, strlen(row->in), TRUE, "(link)");
                g_autofree char *word = mg_link_shorten(row->in, strlen(row->in), FALSE, "(link)");

                g_assert_cmpstr(host, ==, row->host);
                g_assert_cmpstr(word, ==, row->word);
                g_assert_true(mg_text_is(host, strlen(host), MG_CLASS_TEXT));
                g_assert_true(mg_text_is(word, strlen(word), MG_CLASS_TEXT));
        }
}

/* Whatever the text: inert, of its class, and the same a second time. */
static void test_shorten_random(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(20261126);

        for (guint round = 0; round < 30000; round++) {
                g_autoptr(GString) text = g_string_new(NULL);
                g_autofree char *clean = NULL;

                for (gint n = g_rand_int_range(rand, 0, 14); n > 0; n--)
                        g_string_append(text, fragments[g_rand_int_range(rand, 0, G_N_ELEMENTS(fragments))]);
                clean = mg_text_clean(text->str, text->len, MG_CLASS_TEXT, 0, NULL);
                for (guint host = 0; host < 2; host++) {
                        g_autofree char *out = mg_link_shorten(clean, strlen(clean), host, "（リンク）");

                        g_assert_cmpint(mg_link_find_live(out, strlen(out)), ==, -1);
                        g_assert_true(mg_text_is(out, strlen(out), MG_CLASS_TEXT));
                }
        }
}

/* 1 MB of each hostile shape: time grows with the length and no faster. */
static void test_shorten_linear(void) {
        static const char *const units[] = {"http://",
                                            "a.jp",
                                            "a.jp/",
                                            "a.jp+",
                                            "a.jp,",
                                            "a.jp@",
                                            "http://a.jp",
                                            "あ.jp",
                                            "www.",
                                            "\\\\a",
                                            "tel:x",
                                            "javascript:",
                                            "hxxp://",
                                            "a@b.jp.",
                                            "http://a.jp(",
                                            "http://あ",
                                            "mailto:",
                                            "a.jp\n",
                                            "https://a.jp/b?c=d あ",
                                            "[1] http://a.jp/\n",
                                            "x.みんな",
                                            "1.",
                                            "tel:",
                                            "あ.世界",
                                            "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t:x "};

        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) text = g_string_new(NULL);
                gint64 begin, used;

                while (text->len < 1 << 20)
                        g_string_append(text, units[i]);
                begin = used_time();
                g_free(mg_link_shorten(text->str, text->len, TRUE, "x"));
                used = used_time() - begin;
                g_test_message("1 MB of '%s': %d ms", units[i], (int)(used / 1000));
                g_assert_cmpint(used, <, 5 * G_USEC_PER_SEC);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link/table", test_table);
        g_test_add_func("/link/random", test_random);
        g_test_add_func("/link/octets", test_octets);
        g_test_add_func("/link/linear", test_linear);
        g_test_add_func("/link/D6-D7-shorten", test_shorten);
        g_test_add_func("/link/D5-D7-shorten-random", test_shorten_random);
        g_test_add_func("/link/D13-shorten-linear", test_shorten_linear);
        return g_test_run();
}
