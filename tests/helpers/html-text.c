/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html-text: what the worker makes of HTML, for tests: "N LF" and N octets of UTF-8 on standard input, any number of
 * times; for each "TEXT TARGETS HIDDEN LF", octets of the text, octets of the list of addresses, characters of hidden
 * text, and then both.
 */
#include <stdio.h>

#include "sanitize/html.h"

int main(void) {
        unsigned long n;

        while (scanf("%lu", &n) == 1 && getchar() == '\n' && n < 100000000) {
                g_autofree char *html = g_malloc(n + 1);
                g_auto(MgHtmlFound) found = {0};

                if (fread(html, 1, n, stdin) != n)
                        return 1;
                g_autoptr(GString) text = mg_html_text(html, n, &mg_limits_default, &found);
                g_autoptr(GString) targets = mg_html_targets(&found);
                printf("%lu %lu %u\n", (unsigned long)text->len, (unsigned long)targets->len, found.hidden);
                fwrite(text->str, 1, text->len, stdout);
                fwrite(targets->str, 1, targets->len, stdout);
                fflush(stdout);
        }
        return 0;
}
