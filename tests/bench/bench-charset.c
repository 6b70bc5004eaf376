/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-charset: how fast octets in a charset become UTF-8, in octets of processor time, from 1 to 25 MB: the rate must
 * not fall with the size. Each text is decoded under its right label, choice of the charset included.
 */
#include <stdio.h>

#include "../unit/used.h"
#include "sanitize/charset.h"

static const struct {
        const char *label, *unit;
} rows[] = {
        {"us-ascii", "The quick brown fox jumps over the lazy dog.\n"},
        {"utf-8", "無害化したメールをお届けします。 abc\n"},
        {"iso-2022-jp", "\x1B$BL5322=$7$?%a!<%k$r$*FO$1$7$^$9!#\x1B(B abc\n"},
        {"shift_jis", "\x96\xB3\x8A\x51\x89\xBB\x82\xB5\x82\xBD\x83\x81\x81\x5B\x83\x8B\x82\xF0 abc\n"},
        {"euc-jp", "\xCC\xB5\xB3\xB2\xB2\xBD\xA4\xB7\xA4\xBF\xA5\xE1\xA1\xBC\xA5\xEB\xA4\xF2 abc\n"},
        {"windows-1252", "Gr\xFC\xDF"
                         "e aus K\xF6ln, \xE9t\xE9 \xE0 la plage\n"},
        {"windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2 abc\n"},
        {"gb18030", "\xC4\xE3\xBA\xC3 abc\n"},
        {"gb18030", "\x81\x30\x84\x36"},
};

static double rate(const char *label, const char *unit, gsize size) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_auto(MgDecoded) out = {0};
        gint64 begin;

        while (text->len < size)
                g_string_append(text, unit);
        begin = used_time();
        mg_charset_decode(text->str, text->len, label, NULL, &out);
        return (double)text->len / (double)MAX(used_time() - begin, 1);
}

int main(void) {
        g_autoptr(GError) error = NULL;

        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        printf("%-14s %10s %10s %10s  MB/s\n", "charset", "1 MB", "8 MB", "25 MB");
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                printf("%-14s %10.0f %10.0f %10.0f\n", rows[i].label, rate(rows[i].label, rows[i].unit, 1 << 20),
                       rate(rows[i].label, rows[i].unit, 8 << 20), rate(rows[i].label, rows[i].unit, 25 << 20));
        return 0;
}
