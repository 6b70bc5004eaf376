/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jis: which characters ISO-2022-JP has, stand-ins for the others, and the octets
 *
 * The C library is asked one character at a time, for EUC-JP, and only an answer of two octets in JIS X 0208 is
 * taken: its own ISO-2022-JP writes vendor characters without an error. Escape sequences are written here.
 */
#include "compose/jis.h"

#include <string.h>

#define GETA 0x3013
#define PIECE_OCTETS 1024

struct MgJis {
        GIConv euc;
};

/*
 * What stands for what: punctuation of which Unicode has two and JIS one (tables of Microsoft against those of
 * glibc), and the variants of kanji that names have most often.
 */
static const struct {
        gunichar from, to;
} stand_ins[] = {
        {0x00A0, ' '},    {0x00A5, 0xFFE5}, {0x00C5, 0x212B}, {0x2011, 0x2010}, {0x2013, '-'},    {0x2014, 0x2015},
        {0x2022, 0x30FB}, {0x203E, 0xFFE3}, {0x2225, 0x2016}, {0x22EF, 0x2026}, {0x301D, 0x201C}, {0x301F, 0x201D},
        {0x5FB7, 0x5FB3}, {0x6A6B, 0x6A2A}, {0x6B65, 0x6B69}, {0x6FF5, 0x6FF1}, {0x7028, 0x702C}, {0x9115, 0x90F7},
        {0x9AD9, 0x9AD8}, {0x9EC3, 0x9EC4}, {0xFA11, 0x5D0E}, {0xFF02, '"'},    {0xFF07, '\''},   {0xFF0D, 0x2212},
        {0xFF5E, 0x301C}, {0xFFE0, 0x00A2}, {0xFFE1, 0x00A3}, {0xFFE2, 0x00AC}, {0xFFE4, '|'},    {0x20BB7, 0x5409},
};

MgJis *mg_jis_new(void) {
        GIConv euc = g_iconv_open("EUC-JP", "UTF-8");
        MgJis *jis;

        if (euc == (GIConv)-1)
                return NULL;
        jis = g_new(MgJis, 1);
        jis->euc = euc;
        return jis;
}

void mg_jis_free(MgJis *jis) {
        if (!jis)
                return;
        g_iconv_close(jis->euc);
        g_free(jis);
}

/* The code of c in JIS X 0208 (0x2121-0x7E7E), or 0. */
static guint code_of(const MgJis *jis, gunichar c) {
        char in[8], out[8], *from = in, *to = out;
        gsize n = (gsize)g_unichar_to_utf8(c, in), room = sizeof out;
        guint high, low;

        if (c < 0x80)
                return 0;
        g_iconv(jis->euc, NULL, NULL, NULL, NULL);
        if (g_iconv(jis->euc, &from, &n, &to, &room) != 0 || to - out != 2)
                return 0;
        high = (guint8)out[0];
        low = (guint8)out[1];
        if (high < 0xA1 || high > 0xFE || low < 0xA1 || low > 0xFE)
                return 0;
        return (high << 8 | low) & 0x7F7F;
}

static gboolean express_one(const MgJis *jis, gunichar c, GString *out) {
        if (c >= 0x80 && code_of(jis, c) == 0)
                return FALSE;
        g_string_append_unichar(out, c);
        return TRUE;
}

static gboolean express_stand_in(gunichar c, const MgJis *jis, GString *out) {
        for (gsize i = 0; i < G_N_ELEMENTS(stand_ins); i++) {
                if (stand_ins[i].from != c)
                        continue;
                return express_one(jis, stand_ins[i].to, out);
        }
        return FALSE;
}

/*
 * A voice mark, combining or half-width: one character with the kana before it, where there is such a one, else the
 * mark that stands by itself. FALSE for other characters.
 */
static gboolean express_voice(const MgJis *jis, gunichar c, GString *out) {
        gunichar mark = c == 0xFF9E || c == 0xFF9F ? c - 0xFF9E + 0x3099 : c;
        const char *last = g_utf8_find_prev_char(out->str, out->str + out->len);
        gunichar voiced;

        if (mark != 0x3099 && mark != 0x309A)
                return FALSE;
        if (last && g_unichar_compose(g_utf8_get_char(last), mark, &voiced) && code_of(jis, voiced) != 0) {
                g_string_truncate(out, (gsize)(last - out->str));
                g_string_append_unichar(out, voiced);
        } else
                g_string_append_unichar(out, mark == 0x3099 ? 0x309B : 0x309C);
        return TRUE;
}

/*
 * The characters that Unicode calls compatible, and of these without their marks but those of kana; FALSE where one of
 * them is missing as well.
 */
static gboolean express_compatible(const MgJis *jis, const char *s, gsize n, GNormalizeMode mode, GString *out) {
        g_autofree char *form = g_utf8_normalize(s, (gssize)n, mode);
        gsize begin = out->len;

        for (const char *p = form; p && *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (express_voice(jis, c, out) || (mode == G_NORMALIZE_NFKD && g_unichar_ismark(c)))
                        continue;
                if (express_one(jis, c, out) || express_stand_in(c, jis, out))
                        continue;
                g_string_truncate(out, begin);
                return FALSE;
        }
        return form != NULL && out->len > begin;
}

/* One character that has no code. */
static void express_odd(const MgJis *jis, const char *s, GString *out) {
        gunichar c = g_utf8_get_char(s);
        const char *end = g_utf8_next_char(s);

        if (express_voice(jis, c, out))
                return;
        if (g_unichar_ismark(c) || c == 0x200C || c == 0x200D) /* selectors and joiners too */
                return;
        if (c >= 0x2460 && c <= 0x2473) { /* ① to ⑳ */
                g_string_append_printf(out, "(%u)", c - 0x2460 + 1);
                return;
        }
        if (express_stand_in(c, jis, out) || express_compatible(jis, s, end - s, G_NORMALIZE_NFKC, out) ||
            express_compatible(jis, s, end - s, G_NORMALIZE_NFKD, out))
                return;
        g_string_append_unichar(out, GETA);
}

/*
 * Octets of s up to a place that no composition crosses: GLib's NFC takes the square of the length, and a line of a
 * body may have megabytes.
 */
static gsize piece_of(const char *s) {
        const char *p = s;

        while (*p && (p - s < PIECE_OCTETS || g_unichar_ismark(g_utf8_get_char(p))))
                p = g_utf8_next_char(p);
        return (gsize)(p - s);
}

char *mg_jis_express(const MgJis *jis, const char *s) {
        GString *out = g_string_new(NULL);

        while (*s) {
                gsize n = piece_of(s);
                g_autofree char *composed = g_utf8_normalize(s, (gssize)n, G_NORMALIZE_NFC); /* か + U+3099 is が */
                g_autofree char *piece = composed ? NULL : g_strndup(s, n);

                for (const char *p = composed ? composed : piece; *p; p = g_utf8_next_char(p))
                        if (!express_one(jis, g_utf8_get_char(p), out))
                                express_odd(jis, p, out);
                s += n;
        }
        return g_string_free(out, FALSE);
}

void mg_jis_encode(const MgJis *jis, const char *s, gsize n, GString *out) {
        gboolean kanji = FALSE;

        for (const char *p = s; p < s + n; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                guint code = c < 0x80 ? 0 : code_of(jis, c);

                if ((c >= 0x80) != kanji)
                        g_string_append(out, kanji ? "\x1B(B" : "\x1B$B");
                kanji = c >= 0x80;
                if (!kanji) {
                        g_string_append_c(out, (char)c);
                        continue;
                }
                if (code == 0)
                        code = 0x222E; /* 〓: the caller did not ask mg_jis_express() */
                g_string_append_c(out, (char)(code >> 8));
                g_string_append_c(out, (char)(code & 0x7F));
        }
        if (kanji)
                g_string_append(out, "\x1B(B");
}
