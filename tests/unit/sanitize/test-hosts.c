/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of links: which text names which, in plain text and in HTML, and that their number has a bound. */
#include <string.h>

#include "mails.h"
#include "sanitize/hosts.h"

static MgReading *reading_of(const char *text, const MgLimits *limits) {
        MgReading *reading = mg_reading_new();

        g_bytes_unref(reading->body);
        reading->body = g_bytes_new(text, strlen(text));
        mg_hosts_find(limits, reading);
        return reading;
}

static char *joined(const MgReading *reading) {
        GString *all = g_string_new(NULL);

        for (guint i = 0; i < reading->link_hosts->len; i++)
                g_string_append_printf(all, "%s%s", i > 0 ? " " : "",
                                       (const char *)g_ptr_array_index(reading->link_hosts, i));
        return g_string_free(all, FALSE);
}

static void test_text(void) {
        static const char *const rows[][2] = {
                {"", ""},
                {"no link, tanaka@example.jp, report.pdf", ""},
                {"https://www.Example.JP/a?b#c", "www.example.jp"},
                {"(https://example.jp) <http://example.com:8080/>", "example.jp example.com"},
                {"https://example.jp. https://example.jp", "example.jp"},
                {"https://user:pass@evil.example/", "evil.example"},
                {"https://example.jp@evil.example", "evil.example"},
                {"https://example.jp/@other.example", "example.jp"},
                {"https://example.jp\\@evil.example", "example.jp"},
                {"https://example.jp?x=http://other.example", "example.jp other.example"},
                {"www.example.jp と WWW.EXAMPLE.COM", "www.example.jp www.example.com"},
                {"xwww.example.jp a@www.example.jp", ""},
                {"https://intranet/ ftp://files.example.jp", "intranet files.example.jp"},
                {"http://192.0.2.1/ http://[2001:DB8::1]:80/", "192.0.2.1 [2001:db8::1]"},
                {"http://[2001:db8::1", ""},
                {"https://例え.jp/", "xn--r8jz45g.jp"},
                {"https://www.例え.jp", "www.xn--r8jz45g.jp"},
                {"https://例え．ＪＰ/", "xn--r8jz45g.jp"},
                {"https://xn--r8jz45g.jp/", "xn--r8jz45g.jp"},
                {"https://例え.テスト", "xn--r8jz45g.xn--zckzah"},
                {"https://example.jpをご覧ください。", "example.jp"},
                {"https://example.jp。次の文", "example.jp"},
                {"https://例え.jpをご覧ください", "xn--r8jz45g.jp"},
                {"https://shop.example.jpまたはexample.com", "shop.example.jp shop.example.xn--jpexample-rb4h0f2g.com"},
                {"https:// https://. https://-", ""},
                {"://", ""},
                {"https://a_b.example.jp", "a_b.example.jp"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgReading) reading = reading_of(rows[i][0], &mg_limits_default);
                g_autofree char *hosts = joined(reading);

                if (!g_str_equal(hosts, rows[i][1]))
                        g_test_message("%s", rows[i][0]);
                g_assert_cmpstr(hosts, ==, rows[i][1]);
                g_assert_cmpuint(reading->reached->len, ==, 0);
        }
}

/* Both numbers are said. */
static void test_bound(void) {
        MgLimits limits = mg_limits_default;
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        const MgReached *reached;

        limits.link_hosts = 3;
        for (guint i = 0; i < 10; i++)
                g_string_append_printf(text, "https://h%u.example.jp/ https://h0.example.jp/\n", i);
        reading = reading_of(text->str, &limits);
        g_assert_cmpuint(reading->link_hosts->len, ==, 3);
        g_assert_cmpuint(reading->reached->len, ==, 1);
        reached = &g_array_index(reading->reached, MgReached, 0);
        g_assert_cmpstr(reached->limit, ==, "link_hosts");
        g_assert_cmpuint(reached->value, ==, 10);
        g_assert_cmpuint(reached->bound, ==, 3);
}

/* A host that is too long for one, and a megabyte of beginnings. */
static void test_long(void) {
        static const char *const units[] = {"a", "a.", "://", "www.", "例", "@", "://a@", "[", "://["};

        for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) text = g_string_new("https://");
                g_autoptr(MgReading) reading = NULL;

                while (text->len < 1000000)
                        g_string_append(text, units[i]);
                reading = reading_of(text->str, &mg_limits_default);
                g_assert_cmpuint(reading->link_hosts->len, <=, 1);
        }
}

/* A mail of HTML: the addresses of its links, not those of its pictures. */
static void test_html(void) {
        static const char mail[] = "From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n"
                                   "<p><a href=\"https://Login.Evil.example/x\">www.bank.example</a>"
                                   "<img src=\"https://track.example/o.gif\"><a href=\"mailto:a@b.example\">x</a>"
                                   "<a href='https://例え.jp/'>y</a></p>\n";
        g_autoptr(MgReading) reading = read_mail(mail);
        g_autofree char *hosts = joined(reading);

        g_assert_nonnull(strstr(hosts, "login.evil.example"));
        g_assert_nonnull(strstr(hosts, "www.bank.example"));
        g_assert_nonnull(strstr(hosts, "xn--r8jz45g.jp"));
        g_assert_null(strstr(hosts, "track"));
        g_assert_null(strstr(hosts, "b.example"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/hosts/text", test_text);
        g_test_add_func("/hosts/bound", test_bound);
        g_test_add_func("/hosts/long", test_long);
        g_test_add_func("/hosts/html", test_html);
        return g_test_run();
}
