/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML to text: what is readable comes through, what is hidden is counted, and no shape takes long (rows D1 to D8,
 * D13, E6).
 */
#include "../used.h"
#include "mails.h"
#include "sanitize/html.h"

typedef struct Row {
        const char *html;
        const char *text; /* with the list of addresses below */
        int hidden;       /* characters */
} Row;

#define USER "（注意: @ の前は宛先のホストではない / the host is what follows the @）"
#define NUMERIC "（注意: 数字で書かれたホスト / host written in numbers）"
#define SCHEME "（注意: Web以外を開くリンクを除去 / link that opens no web page removed）"
#define WARNING "（注意: 表示と異なるリンク先 / text shows another address）"

static const Row layout[] = {
        {"hello", "hello", 0},
        {"<p>a</p><p>b", "a\n\nb", 0},
        {"<div>a<div>b</div>c</div>", "a\nb\nc", 0},
        {"a<br>b<br><br><br><br>c", "a\nb\n\nc", 0},
        {" a \n b\t<b>c</b>d ", "a b cd", 0},
        {"日本\n語 と\n英 word\n語", "日本語 と英 word 語", 0},
        {"a&nbsp;&nbsp;b&amp;&lt;&#x3042;&hellip;", "a b&<あ…", 0},
        {"<h1>T</h1>x<h2>U</h2>y", "T\n\nx\n\nU\n\ny", 0},
        {"a<hr>b", "a\n----------------------------------------\nb", 0},
        {"<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "・a\n・b\n  ・c\n・d", 0},
        {"<ol><li>a</li><li value=5>b</li><li>c</li></ol>", "1. a\n5. b\n6. c", 0},
        {"<ol start=3><li>a</ol>", "3. a", 0},
        {"<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n  b\nc\n  d", 0},
        {"x<blockquote>a<p>b</p></blockquote>y", "x\n\n> a\n>\n> b\n\ny", 0},
        {"<blockquote><blockquote>a</blockquote>b</blockquote>", "> > a\n>\n> b", 0},
        {"<pre>a  b\n  c</pre>", "a  b\n  c", 0},
        {"<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>", "漢字(かんじ)", 0},
        {"<ruby>漢<rt>かん</ruby>字", "漢(かん)字", 0},
        {"<ruby>漢字<rt>かん<rt>じ</ruby>", "漢字(かんじ)", 0},
        {"<ruby>漢<rt>a(<rt></rt></ruby>字", "漢(a()字", 0},
        {"<ruby>漢<rt></rt></ruby>字", "漢字", 0},
        /* A power is no longer number. */
        {"10<sup>6</sup>円、10<SUP>-3</SUP>、2<sup>10<sup>3</sup></sup>", "10^6円、10^-3、2^10^3", 0},
        {"１０<sup>６</sup>", "１０^６", 0},
        {"x<sup>2</sup> m<sup>2</sup> 30<sup>th</sup> 5 <sup>1</sup> 6<sup> 1</sup> 7<sup></sup>8",
         "x2 m2 30th 5 1 6 1 78", 0},
        {"<a href=http://a.jp/>10<sup>6</sup></a>", "10^6 [1]\n\n[1] http://a.jp/", 0},
        /* As long as what stands before the table, what was read so far, or a link: none of it is a reading aid. */
        {"<rt>a</rt><table><tr><td>あ<rt>b</table>", "(a)\nあ(b)", 0},
        {"<rt>a<rt>b<ul style=display:inline><rt>c", "(ab(c))", 0},
        {"<rt>a</rt><a href=http://x.jp/><rt>日</rt></a>", "(a)(日) [1]\n\n[1] http://x.jp/", 0},
        {"<img src=cid:x alt=\"ロゴ\">a<img src=y>", "[画像: ロゴ]a", 0},
        {"<q>a</q>", "「a」", 0},
        {"<title>t</title><style>p{}</style><script>alert('<p>')</script><noscript>n</noscript><template>m</template>x",
         "nx", 0},
        {"<svg><title>t</title><text>u</text></svg>x", "x", 0},
        {"<!-- a --><!doctype html><?xml x?><![CDATA[y]]>x", "x", 0},
        {"<textarea>a &amp; <b></textarea><xmp><i>&amp;</xmp>", "a & <b>\n\n<i>&amp;", 0},
        {"a < b and a<3 </ >c", "a < b and a<3 c", 0},
        {"<p title=\"a>b\" style='x>y'>c", "c", 0},
        {"<a", "", 0},
        {"x<a href=\"http://unclosed", "x", 0},
        {"x<!-- unclosed", "x", 0},
        {"x<script>unclosed", "x", 0},
        {"<b><i>a</b>b</i>c", "abc", 0},
        {"</div></p>a</td>", "a", 0},
        {"<select><option>a<option>b</select>", "a\nb", 0},
};

static const Row tables[] = {
        {"<table><tr><th>名前<th>n<tr><td>a<td>10</table>", "名前 | n\na    | 10", 0},
        {"<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>", "a  b", 0},
        {"<table><tr><td>a<tr><td>b</table>", "a\nb", 0},
        {"<table><tr><td><p>a</p><p>b</p><td>c</table>", "a\n\nb\nc", 0},
        {"<table><tr><td><table><tr><td>a<td>b<tr><td>cc<td>d</table></table>", "a  | b\ncc | d", 0},
        {"<table><caption>C</caption><tr><td colspan=2>head<tr><td>a<td>b<tr><td>c<td>d</table>",
         "C\nhead\na | b\nc | d", 0},
        {"<table><tr><td>a<td><td>b<tr><td>c<td><td>d</table>", "a | b\nc | d", 0},
        {"<td>a</td><td>b</td>", "a b", 0},
        {"<blockquote><table><tr><td>a<td>b<tr><td>c<td>d</table></blockquote>", "> a | b\n> c | d", 0},
};

static const Row links[] = {
        {"<a href=\"https://example.jp/\">ここ</a>", "ここ [1]\n\n[1] https://example.jp/", 0},
        {"<a href=http://a.jp/>x</a> <a href=http://b.jp/>y</a> <a href=http://a.jp/>z</a>",
         "x [1] y [2] z [1]\n\n[1] http://a.jp/\n[2] http://b.jp/", 0},
        {"<a href=https://example.jp/x>https://example.jp/x</a>", "https://example.jp/x", 0},
        {"<a href=https://example.jp/>example.jp</a>", "example.jp", 0},
        {"<a href=https://evil.example/>https://bank.co.jp/login</a>",
         "https://bank.co.jp/login [1]" WARNING "\n\n[1] https://evil.example/", 0},
        {"<a href=https://evil.example/>www.bank.co.jp</a>",
         "www.bank.co.jp [1]" WARNING "\n\n[1] https://evil.example/", 0},
        {"<a href=https://evil.example/>bank．co．jp</a>", "bank．co．jp [1]" WARNING "\n\n[1] https://evil.example/",
         0},
        {"<a href=https://evil.example/>bank<b></b>.co.<i>jp</i></a>",
         "bank.co.jp [1]" WARNING "\n\n[1] https://evil.example/", 0},
        {"<a href=https://mail.example.jp/c>example.jp</a>", "example.jp [1]\n\n[1] https://mail.example.jp/c", 0},
        {"<a href=https://example.jp.evil.com/>example.jp</a>",
         "example.jp [1]" WARNING "\n\n[1] https://example.jp.evil.com/", 0},
        {"<a href=https://bank.co.jp@evil.com/>here</a>", "here [1]" USER "\n\n[1] https://bank.co.jp@evil.com/", 0},
        {"<a href=https://example.jp/>report.pdf</a>", "report.pdf [1]\n\n[1] https://example.jp/", 0},
        {"<a href=\" java\nscript:alert(1)\">x</a>", "x" SCHEME, 0},
        {"<a href=data:text/html,x>x</a><a href=file:///c:/>y</a><a href=\"\\\\host\\share\">z</a><a href=/rel>r</a><a "
         "href=search-ms:q>s</a>",
         "x" SCHEME "y" SCHEME "z" SCHEME "rs" SCHEME, 0},
        {"<a href=//example.jp/>x</a>", "x [1]\n\n[1] https://example.jp/", 0},
        {"<a href=https:\\\\example.jp>x</a>", "x [1]\n\n[1] https://example.jp", 0},
        {"<a href=\"ht\ntp://example.jp/a b\">x</a>", "x [1]\n\n[1] http://example.jp/a%20b", 0},
        {"<a href=mailto:a@example.jp?subject=x>a@example.jp</a>", "a@example.jp", 0},
        {"<a href=mailto:a%40example.jp>Mail</a>", "Mail [1]\n\n[1] a@example.jp", 0},
        {"<a href=tel:0312345678>電話</a>", "電話", 0},
        {"<a href=http://a.jp/><img src=x></a>", "[リンク / link] [1]\n\n[1] http://a.jp/", 0},
        {"<a href=http://a.jp/>x<a href=http://b.jp/>y", "x [1]y [2]\n\n[1] http://a.jp/\n[2] http://b.jp/", 0},
        {"<a href=http://a.jp/><div>x</div></a>z", "x [1]\nz\n\n[1] http://a.jp/", 0},
        {"<form action=http://a.jp/f>x</form>", "[フォーム送信先 / form] [1]\nx\n\n[1] http://a.jp/f", 0},
        {"<map><area href=http://a.jp/m></map>", "[画像リンク / image map] [1]\n\n[1] http://a.jp/m", 0},
        {"<meta http-equiv=refresh content=\"0; url='http://a.jp/r'\">x",
         "[自動転送 / refresh] [1] x\n\n[1] http://a.jp/r", 0},
        {"<a href='https://example.jp/?a=1&amp;b=2'>x</a>", "x [1]\n\n[1] https://example.jp/?a=1&b=2", 0},
};

static const Row hidden[] = {
        {"a<span style=\"display:none\">bcd</span>e", "ae", 3},
        {"a<span style=\"DISPLAY : NONE !important\">bcd</span>", "a", 3},
        {"a<div hidden>b c</div>", "a", 2},
        {"a<p style='visibility:hidden'>b<span style='visibility:visible'>c</span></p>", "a\n\nc", 1},
        {"a<font style=\"font-size:0px\">b</font>c", "ac", 1},
        {"<table><tr><td style=\"font-size:0px\"><div style=\"font-size:14px\">shown</div>x</td></table>", "shown", 1},
        {"a<span style=opacity:0>b</span><span style=opacity:0.5>c</span>", "ac", 1},
        {"a<div style=\"max-height:0;overflow:hidden\">b</div><div style=\"height:0\">c</div>", "a\nc", 1},
        {"a<div style=\"text-indent:-9999px\">b</div><div style=\"margin-left:-5px\">c</div>", "a\nc", 1},
        {"a<span style=\"color:#fff\">b</span><span style=\"color:#000\">c</span>", "ac", 1},
        {"<style>td{background:red}</style>a<span style=\"color:#fff\">b</span>", "a", 1},
        {"<style>body{background:red}</style><body>a<span style=\"color:#fff\">b</span>", "ab", 0},
        {"<div bgcolor=#000000>a<font color=white>b</font><font color=#010101>c</font></div>", "b", 2},
        {"<div style=\"background:#fff url(x.png)\">a<font color=white>b</font></div>", "ab", 0},
        {"a<p style=\"background:hsl(210,100%,20%);color:#fff\">b", "a\n\nb", 0},
        {"a<p style=\"background:var(--b,#036);color:#fff\">b", "a\n\nb", 0},
        {"a<p style=\"background:oklch(40% 0.1 250) no-repeat;color:#fff\">b", "a\n\nb", 0},
        {"a<p style=\"background:0 0/calc(1px) color-mix(in srgb,red,blue);color:#fff\">b", "a\n\nb", 0},
        {"a<p style=\"background:windowtext;color:#fff\">b", "a\n\nb", 0},
        {"a<p style=\"background:none;color:#fff\">b", "a", 1},
        {"a<p style=\"background:#fff calc(1px) 0;color:#fff\">b", "a", 1},
        {"a<p style=\"background:calc(1px) min(1px,2px);color:#fff\">b", "a", 1},
        {"a<p style=\"background:var(--b) #fff;color:#fff\">b", "a", 1},
        {"a<div style=\"width:1px;min-width:100%;overflow:hidden\">b</div>", "a\nb", 0},
        {"a<div style=\"min-height:40px;overflow:hidden;height:1px\">b</div>", "a\nb", 0},
        {"a<div style=\"max-width:0;min-width:calc(50% - 1px);overflow:hidden\">b</div>", "a\nb", 0},
        {"a<div style=\"width:1px;min-width:1px;overflow:hidden\">b</div>", "a", 1},
        {"a<div style=\"width:1px;min-width:auto;overflow:hidden\">b</div>", "a", 1},
        {"a<div style=\"width:1px;min-height:40px;overflow:hidden\">b</div>", "a", 1},
        {"<style>.h, #i{display:none} @media print{.v{display:none}} .w{display:none}.w{display:block}</style>"
         "a<p class=\"x h\">b</p><p id=i>c</p><p class=v>d</p><p class=w>e</p>",
         "a\n\nd\n\ne", 2},
        {"a<!--[if mso]><p>bcd</p><![endif]-->e", "ae", 3},
        {"a<!--[if !mso]><!-->b<!--<![endif]-->c<![if !mso]>d<![endif]>", "abcd", 0},
        {"<span style=display:none>&zwnj;&nbsp;&zwnj;</span>a", "a", 0},
        {"<span style=display:none>x</i></div>y</span>z", "z", 2},
};

static char *convert(const char *html, MgHtmlFound *found) {
        g_autoptr(GString) text = mg_html_text(html, strlen(html), &mg_limits_default, found);
        g_autoptr(GString) targets = mg_html_targets(found);
        if (targets->len > 0)
                g_string_append_printf(text, "\n\n%s", targets->str);
        g_strchomp(text->str);
        return g_strdup(text->str);
}

static void check_rows(const Row *rows, gsize n) {
        for (gsize i = 0; i < n; i++) {
                g_test_message("%s", rows[i].html);
                g_auto(MgHtmlFound) found = {0};
                g_autofree char *text = convert(rows[i].html, &found);
                g_assert_cmpstr(text, ==, rows[i].text);
                g_assert_cmpint(found.hidden, ==, rows[i].hidden);
        }
}

static void test_layout(void) {
        check_rows(layout, G_N_ELEMENTS(layout));
}

static void test_tables(void) {
        check_rows(tables, G_N_ELEMENTS(tables));
}

static void test_links(void) {
        check_rows(links, G_N_ELEMENTS(links));
}

static void test_hidden(void) {
        check_rows(hidden, G_N_ELEMENTS(hidden));
}

static void test_meta(void) {
        static const struct {
                const char *html;
                const char *charset;
        } rows[] = {
                {"<meta charset=Shift_JIS>", "shift_jis"},
                {"<META http-equiv=\"Content-Type\" content=\"text/html; charset=EUC-JP\">", "euc-jp"},
                {"<meta name=x><meta charset = \"utf-8\" />", "utf-8"},
                {"<meta name=charset>", NULL},
                {"charset=utf-8", NULL},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *charset = mg_html_meta_charset(rows[i].html, strlen(rows[i].html));
                g_assert_cmpstr(charset, ==, rows[i].charset);
        }
}

/*
 * Charset of the header against that of the page, a lead byte before "<" (E6), links numbered through, pictures
 * counted.
 */
static void test_mail(void) {
        g_autoptr(MgReading) reading = read_mail(
                "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/html; charset=Shift_JIS\n\n"
                "<p>\x93\xFA\x96{\x83</p><a href=http://a.jp/>a</a><img "
                "src=http://t.example/1.gif>\n--X\nContent-Type: text/html\n\n"
                "<meta charset=euc-jp><p>\xC6\xFC\xCB\xDC</p><a href=http://b.jp/>b</a>\n--X--\n");
        g_autofree char *body = body_of(reading);
        g_assert_true(g_str_has_prefix(body, "日本"));
        g_assert_nonnull(strstr(body, "\n\na [1]\n\n日本\n\nb [2]\n\n[1] http://a.jp/\n[2] http://b.jp/\n"));
        g_assert_null(strchr(body, '<'));
        g_assert_cmpuint(reading->links, ==, 2);
        g_assert_cmpuint(reading->pictures, ==, 1);
        g_assert_cmpstr(reading->body_type, ==, "text/html");
        g_assert_cmpuint(reading->replaced, >=, 1);
}

static void test_limits(void) {
        MgLimits limits = mg_limits_default;
        limits.links = 2;
        limits.html_nodes = 10; /* two of them are the page's own */
        g_auto(MgHtmlFound) found = {0};
        const char *html = "<p>a<p>b<p>c<p>d<p>e<p>f<p>g";
        g_autoptr(GString) text = mg_html_text(html, strlen(html), &limits, &found);
        g_assert_cmpstr(text->str, ==, "a\n\nb\n\nc\n\nd");
        g_assert_true(found.cut);
        limits.html_nodes = 100;
        const char *many = "<a href=http://a.jp/>a</a><a href=http://b.jp/>b</a><a href=http://c.jp/>c</a>";
        g_autoptr(GString) listed = mg_html_text(many, strlen(many), &limits, &found);
        g_assert_cmpstr(listed->str, ==, "a [1]b [2]c [-]");
        g_assert_cmpuint(found.targets->len, ==, 2);
        g_assert_cmpuint(found.links, ==, 3);
        limits.html_bytes = 3;
        g_autoptr(GString) cut = mg_html_text("abcdef", 6, &limits, &found);
        g_assert_cmpstr(cut->str, ==, "abc");
        g_autoptr(GString) whole = mg_html_text("aあい", 7, &limits, &found);
        g_assert_cmpstr(whole->str, ==, "a");
}

/*
 * More text than a body can have, in one piece, in many, and grown by indents; tables deeper than they are laid out.
 */
static void test_big(void) {
        static const struct {
                const char *unit;
                guint count;
                gboolean cut;
        } rows[] = {
                {"日本", 100, FALSE},
                {"日本", 1000, TRUE},
                {"<p>日本", 1000, TRUE},
                {"<ul><li>x", 300, TRUE},
                {"<table><tr><td>x", 100, FALSE},
        };
        MgLimits limits = mg_limits_default;
        limits.body = 2000;
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].unit);
                g_autoptr(GString) html = g_string_new(NULL);
                for (guint k = 0; k < rows[i].count; k++)
                        g_string_append(html, rows[i].unit);
                g_auto(MgHtmlFound) found = {0};
                g_autoptr(GString) text = mg_html_text(html->str, html->len, &limits, &found);
                g_assert_cmpint(found.cut, ==, rows[i].cut);
                g_assert_cmpuint(text->len, <, 3 * limits.body);
                g_assert_true(g_utf8_validate(text->str, text->len, NULL));
        }
}

/*
 * Well-nested and never deeper than the bound, whatever comes in; each shape at 1 MB within a second, many times
 * what it takes.
 */
static void test_hostile(void) {
        static const char *const units[] = {
                "<div>",
                "<b>",
                "<b class=a><i>",
                "<a href=http://a.jp/>x",
                "<table>",
                "<table><td>",
                "<table><tr><td>x",
                "<tr><td>x",
                "<font size=1>x",
                "<p>",
                "<p>x",
                "<li>x",
                "<ul><li>x",
                "<dl><dd>x",
                "<blockquote>x",
                "<pre>x\n",
                "<h1>",
                "<select><option>",
                "<svg><title>",
                "<style>.a{",
                "<span style=color:red>x",
                "<span hidden>",
                "<form action=http://a.jp/>",
                "<ruby>x<rt>y",
                "<img alt=x>",
                "<br>x",
                "<hr>",
                "<!--",
                "<!-- -->",
                "<",
                "</",
                "</p></div>",
                "&",
                "&amp;",
                "<script>",
                "<p a=b ",
                "<p style='a:b;",
                "<!--[if mso]>x<![endif]-->",
                "\xE3\x81\x82\n",
                "a\xCC\x81",
        };
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) html = g_string_new(NULL);
                while (html->len < 1 << 20)
                        g_string_append(html, units[i]);
                gint64 begin = used_time();
                g_auto(MgHtmlFound) found = {0};
                g_autoptr(GString) text = mg_html_text(html->str, html->len, &mg_limits_default, &found);
                gint64 took = used_time() - begin;
                g_test_message("%s: %" G_GINT64_FORMAT " us", units[i], took);
                g_assert_true(g_utf8_validate(text->str, text->len, NULL));
#if !defined(__SANITIZE_ADDRESS__)
                g_assert_cmpint(took, <, G_USEC_PER_SEC);
#endif
        }
}

/* One tag with very many attributes, which must not be compared each with each. */
static void test_attributes(void) {
        g_autoptr(GString) html = g_string_new("<p ");
        for (guint i = 0; i < 100000; i++)
                g_string_append_printf(html, "a%u=b ", i);
        g_string_append(html, ">x");
        g_auto(MgHtmlFound) found = {0};
        g_autofree char *text = convert(html->str, &found);
        g_assert_cmpstr(text, ==, "x");
}

/* Every beginning of a document is a document. */
static void test_cut_anywhere(void) {
        const char *html = "<!DOCTYPE html><head><style>.a{display:none}</style></head><body bgcolor=\"#fff\"><!--[if "
                           "mso]>x<![endif]--><table>"
                           "<tr><td colspan='2'>日本<a href=\"http://a.jp/?x&amp;y\">b</a><ul><li>c</ul></table><img "
                           "alt=d src=cid:e>&hellip;";
        for (gsize n = 0; n <= strlen(html); n++) {
                g_autofree char *part = g_strndup(html, n);
                g_auto(MgHtmlFound) found = {0};
                g_autoptr(GString) text = mg_html_text(part, strlen(part), &mg_limits_default, &found);
                g_assert_null(strstr(text->str, "<t"));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/html/layout", test_layout);
        g_test_add_func("/html/tables", test_tables);
        g_test_add_func("/html/links", test_links);
        g_test_add_func("/html/hidden", test_hidden);
        g_test_add_func("/html/meta", test_meta);
        g_test_add_func("/html/mail", test_mail);
        g_test_add_func("/html/limits", test_limits);
        g_test_add_func("/html/big", test_big);
        g_test_add_func("/html/hostile", test_hostile);
        g_test_add_func("/html/attributes", test_attributes);
        g_test_add_func("/html/cut-anywhere", test_cut_anywhere);
        return g_test_run();
}
