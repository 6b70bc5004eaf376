/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-html: how fast HTML becomes text, in octets of processor time: newsletters, and hostile shapes from 64 KB to
 * 25 MB, whose rate must not fall with their size. bench-html [FILE...] reads files in the place of the newsletters.
 * Bounds that end a page early (limits.html_nodes, limits.body) are out of the way, so that all of it is read.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sanitize/html.h"

static const char head[] =
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>body{margin:0;padding:0}.col{vertical-align:top}"
        "@media only screen and (max-width:600px){.col{display:block!important}.hide{display:none!important}}"
        ".pre{display:none}</style></head><body bgcolor=\"#eeeeee\"><div class=\"pre\">今月の便り</div><table "
        "width=600>";

static const char article[] =
        "<tr><td align=\"center\" valign=\"top\" style=\"padding:0 20px 20px;font-family:Meiryo,sans-serif;"
        "font-size:14px;line-height:1.7;color:#333333;\"><table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" "
        "width=\"100%%\" style=\"border-collapse:collapse;\"><tr><td width=\"180\" class=\"col\" "
        "style=\"padding-right:15px;\"><a href=\"https://news.example.jp/c/%u?u=0123456789abcdef\" target=\"_blank\" "
        "style=\"color:#0066cc;text-decoration:none;\"><img src=\"https://img.example.jp/%u.jpg\" width=\"180\" "
        "height=\"120\" alt=\"写真\" style=\"display:block;border:0;\"></a></td><td class=\"col\"><p "
        "style=\"margin:0 0 10px 0;font-weight:bold;font-size:16px;color:#222222;\">第%u回 市民講座のお知らせ</p><p "
        "style=\"margin:0;\">日ごろより市の事業にご理解とご協力をいただき、ありがとうございます。<br>このたび、下記の"
        "とおり講座を開催しますので、ふるってご参加ください。</p><p style=\"margin:10px 0 0;\"><a "
        "href=\"https://news.example.jp/d/%u\" style=\"color:#0066cc;\">詳しくはこちら</a></p></td></tr></table></td>"
        "</tr>\n";

static const struct {
        const char *name;
        const char *begin; /* stands once before the units */
        const char *unit;
} shapes[] = {
        {"one line of text", "", "日本語の文章が続きます。"},
        {"unclosed b", "", "<b>x"},
        {"unclosed b, styled", "", "<b style=color:red>x"},
        {"nested tables", "", "<table><tr><td>x"},
        {"nested div", "", "<div>x"},
        {"rows of cells", "<table>", "<tr><td>a<td>b<td>c"},
        {"attributes", "<p ", "abc=d "},
        {"formatting across paragraphs", "<font color=red><i style=color:blue>", "<p>x"},
        {"rules and elements", "", "<style>.a .b{color:red}</style><p class=a>x"},
        {"many rules, many elements", NULL, "<p class=\"a b c\"><i class=x>x</i>"},
        {"siblings and places",
         "<style>.a~.b{display:none}.c+.d>i,li:last-child,p:not(.e):nth-child(3n){color:red}</style>",
         "<p class=\"a c\"><i class=d>x</i></p>"},
        {"references", "", "&amp;&hellip;"},
        {"links", "", "<a href=https://example.jp/x>y</a> "},
        {"comments", "", "<!-- x -->"},
};

static double seconds_of(const GString *html, gsize *text_n) {
        MgLimits limits = mg_limits_default;
        g_auto(MgHtmlFound) found = {0};
        clock_t begin = clock();

        limits.html_nodes = limits.body = (guint64)1 << 40;
        limits.html_bytes = limits.body;
        g_autoptr(GString) text = mg_html_text(html->str, html->len, &limits, &found);
        *text_n = text->len;
        return MAX((double)(clock() - begin) / CLOCKS_PER_SEC, 1e-6);
}

static void report(const char *name, const GString *html) {
        gsize text_n = 0;
        double took = seconds_of(html, &text_n);

        printf("%-30s %9.3f MB -> %9.3f MB %8.3f s %7.1f MB/s\n", name, html->len / 1e6, text_n / 1e6, took,
               html->len / 1e6 / took);
}

/* A newsletter as long as they get, 64 KB: a document of its own each time. */
static void bench_newsletter(void) {
        g_autoptr(GString) html = g_string_new(head);
        double took = 0;
        gsize octets = 0, text_n = 0;

        for (guint i = 0; html->len < 65536; i++)
                g_string_append_printf(html, article, i, i, i, i);
        for (; octets < 25000000; octets += html->len)
                took += seconds_of(html, &text_n);
        printf("newsletters of %.0f KB: %.1f MB/s\n", html->len / 1e3, octets / 1e6 / took);
}

static void bench_shape(gsize i) {
        g_autoptr(GString) html = g_string_new(shapes[i].begin);

        if (shapes[i].begin == NULL) {
                g_string_append(html, "<style>");
                for (guint k = 0; k < 4000; k++)
                        g_string_append_printf(html, ".a.n%u,p .x%u i{color:red}", k, k);
                g_string_append(html, "</style>");
        }
        for (gsize size = 65536; size <= 26214400; size *= 20) {
                while (html->len < size)
                        g_string_append(html, shapes[i].unit);
                report(shapes[i].name, html);
        }
}

int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
                g_autofree char *content = NULL;
                gsize n = 0;
                if (!g_file_get_contents(argv[i], &content, &n, NULL))
                        return 1;
                g_autoptr(GString) html = g_string_new_len(content, n);
                report(argv[i], html);
        }
        if (argc > 1)
                return 0;
        bench_newsletter();
        for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
                bench_shape(i);
        return 0;
}
