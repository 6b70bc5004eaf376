/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forgery: whether a line of a body imitates the fixed line, by its words, and whether it stands in the quote of a
 * notice. Asks no store: a receipt is judged by its node, check digit and serial.
 */
#include "compose/forgery.h"

#include <string.h>

#include "base/receipt.h"
#include "compose/notice.h"

/* How far below its fixed line a quoted notice has its receipt: it stands below the list of removed parts. */
#define QUOTED_OCTETS MG_NOTICE_LIST_OCTETS
#define PRINTED_OCTETS 12 /* 1234-5678-90 */

struct MgForgery {
        const char *receipt;  /* of this mail */
        char *fixed_words[2]; /* owned: mg_forgery_words() the fixed lines; "" where a line has none */
        /* Below the line that is judged: what follows, and how far a search for a receipt went there. */
        const char *below, *end, *searched;
        enum { SEARCH_OPEN, SEARCH_FOUND, SEARCH_NONE } search; /* what stands at its end: more, a receipt, no quote */
};

/*
 * What looks like a letter of ASCII, like kana, or like a kanji of the shipped fixed line: Greek and Cyrillic by small
 * letters and capitals, kanji and radicals; 0 for what looks like a dash, which is drawn. Sorted. Chosen by the usual
 * printed shapes, from no list of Unicode's and for no font; other kanji that resemble one another (未 and 末) are words
 * of their own and stand apart.
 */
static const struct {
        gunichar from, to;
} alike[] = {
        {0x0131, 'i'},    {0x0261, 'g'},    {0x03B1, 'a'},    {0x03B2, 'b'},    {0x03B5, 'e'},    {0x03B6, 'z'},
        {0x03B7, 'h'},    {0x03B9, 'i'},    {0x03BA, 'k'},    {0x03BC, 'm'},    {0x03BD, 'n'},    {0x03BF, 'o'},
        {0x03C1, 'p'},    {0x03C4, 't'},    {0x03C5, 'y'},    {0x03C7, 'x'},    {0x0430, 'a'},    {0x0432, 'b'},
        {0x0435, 'e'},    {0x043A, 'k'},    {0x043C, 'm'},    {0x043D, 'h'},    {0x043E, 'o'},    {0x0440, 'p'},
        {0x0441, 'c'},    {0x0442, 't'},    {0x0443, 'y'},    {0x0445, 'x'},    {0x0455, 's'},    {0x0456, 'i'},
        {0x0458, 'j'},    {0x04BB, 'h'},    {0x04CF, 'i'},    {0x0501, 'd'},    {0x051B, 'q'},    {0x051D, 'w'},
        {0x1173, 0},      {0x2E85, 0x30A4}, {0x2E9B, 0x7121}, {0x30FC, 0},      {0x31F3, 0x30C8}, {0x4E00, 0},
        {0x4E05, 0x4E0B}, {0x4E8C, 0x30CB}, {0x4EBB, 0x30A4}, {0x516B, 0x30CF}, {0x529B, 0x30AB}, {0x5343, 0x30C1},
        {0x535C, 0x30C8}, {0x535E, 0x4E0B}, {0x53E3, 0x30ED}, {0x5915, 0x30BF}, {0x5B80, 0x30A6}, {0x5DE5, 0x30A8},
        {0x65E0, 0x7121}, {0x65E1, 0x7121},
};

/* ぁ to ゖ, and ァ to ヶ: without script, size and voice. */
#define KANA_N (0x3096 - 0x3041 + 1)
static const char kana[] = "アアイイウウエエオオカカキキククケケココササシシススセセソソタタチチツツツテテトトナニヌネ"
                           "ノハハハヒヒヒフフフヘヘヘホホホマミムメモヤヤユユヨヨラリルレロワワヰヱヲンウカケ";
G_STATIC_ASSERT(sizeof kana == 3 * KANA_N + 1);

/* The kana that stands for c, in three octets; NULL for any other character. */
static const char *kana_of(gunichar c) {
        gunichar i = c - (c >= 0x30a1 ? 0x30a1 : 0x3041);

        return i < KANA_N ? kana + 3 * i : NULL;
}

/* One of the characters that look like c, a letter without case and marks, always the same; 0 for a dash. */
static gunichar look_of(gunichar c) {
        const char *base = kana_of(c);
        gsize low = 0;

        if (c < 0x80)
                return c == 'l' || c == '1' ? 'i' : c == '0' ? 'o' : c;
        if (base)
                return g_utf8_get_char(base);
        /* The last row that is not above c: always so many steps, for a processor that guesses ahead. */
        for (gsize n = G_N_ELEMENTS(alike); n > 1; n -= n / 2)
                low += alike[low + n / 2].from <= c ? n / 2 : 0;
        return alike[low].from == c ? alike[low].to : c;
}

/* Puts the look of c, whose octets s are, in no more of them. Returns where the next one goes. */
static char *put_look(gunichar c, const void *s, char *out) {
        const char *base = kana_of(c);
        gunichar look;

        if (base)
                return (char *)memcpy(out, base, 3) + 3;
        look = look_of(c);
        if (look == 0)
                return out;
        if (look < 0x80) {
                *out = (char)look;
                return out + 1;
        }
        if (look == c)
                return (char *)memcpy(out, s, 3) + 3; /* of characters above ASCII none here has two or four */
        return out + g_unichar_to_utf8(look, out);
}

/* What becomes of a character of three octets among the words of its line. */
typedef enum Word { WORD_KEPT, WORD_DROPPED, WORD_ASKED } Word;

/*
 * Kept, by its look, or dropped is what normalization and case folding leave so or only take a voice mark from: nearly
 * all of a Japanese text. Those outside may still be as simple; they are asked of GLib, which takes ten times as long.
 */
static Word word_of(gunichar c) {
        if (c >= 0x4e00)
                return c <= 0x9fa5 ? WORD_KEPT : WORD_ASKED;
        if (c >= 0x30a1)
                return c == 0x30fb ? WORD_DROPPED : c <= 0x30f6 || c == 0x30fc || c == 0x30fd ? WORD_KEPT : WORD_ASKED;
        if (c >= 0x3041)
                return c <= 0x3096 ? WORD_KEPT : WORD_ASKED;
        if (c >= 0x3000)
                return (c >= 0x3005 && c <= 0x3007) || (c >= 0x3021 && c <= 0x3029) ? WORD_KEPT
                       : c <= 0x3029                                                ? WORD_DROPPED
                                                                                    : WORD_ASKED;
        return (c >= 0x2500 && c <= 0x26ff) || (c >= 0x2190 && c <= 0x22ff) || (c >= 0x2010 && c <= 0x2027)
                       ? WORD_DROPPED
                       : WORD_ASKED;
}

/* What Japanese mail is full of beside those: circled numbers and companies, in the words that GLib makes of them. */
static const char *words_of_sign(gunichar c) {
        static const char *const numbers[] = {"1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10",
                                              "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"};

        if (c >= 0x2460 && c < 0x2460 + G_N_ELEMENTS(numbers))
                return numbers[c - 0x2460];
        return c == 0x3231 ? "株" : c == 0x3232 ? "有" : NULL;
}

/* The words of a line of such characters, ASCII and full-width ASCII; NULL for any other. Caller frees. */
static char *plain_words(const char *line) {
        g_autofree char *words = g_malloc(strlen(line) + 1);
        const char *sign;
        char *out = words;

        for (const guint8 *p = (const guint8 *)line; *p; p++) {
                gunichar c = *p;

                if (c >= 0x80) {
                        if (c < 0xe0 || c >= 0xf0)
                                return NULL;
                        c = (c & 0xf) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
                        p += 2;
                }
                if (c >= 0xff01 && c <= 0xff5e)
                        c -= 0xff01 - '!';
                if (c < 0x80) {
                        if (g_ascii_isalnum((char)c))
                                out = put_look((guint8)g_ascii_tolower((char)c), p, out);
                        continue;
                }
                switch (word_of(c)) {
                case WORD_KEPT:
                        out = put_look(c, p - 2, out);
                        break;
                case WORD_DROPPED:
                        break;
                case WORD_ASKED:
                        sign = words_of_sign(c);
                        if (!sign)
                                return NULL;
                        for (; *sign; sign = g_utf8_next_char(sign)) /* three octets at most, as the sign */
                                out = put_look(g_utf8_get_char(sign), sign, out);
                        break;
                }
        }
        *out = '\0';
        return g_steal_pointer(&words);
}

char *mg_forgery_words(const char *line) {
        char *plain = plain_words(line);
        g_autofree char *form = plain ? NULL : g_utf8_normalize(line, -1, G_NORMALIZE_NFKD);
        g_autofree char *folded = plain ? NULL : g_utf8_casefold(form ? form : line, -1);
        GString *out;

        if (plain)
                return plain;
        out = g_string_new(NULL);

        for (const char *p = folded; *p; p = g_utf8_next_char(p)) {
                gunichar look = look_of(g_utf8_get_char(p));

                if (look != 0 && g_unichar_isalnum(look))
                        g_string_append_unichar(out, look);
        }
        return g_string_free(out, FALSE);
}

MgForgery *mg_forgery_new(const MgOutgoingInput *input, const MgJis *jis) {
        MgForgery *forgery = g_new0(MgForgery, 1);

        forgery->receipt = input->receipt;
        for (guint language = 0; language < 2; language++) {
                const char *line = input->policy->texts[language][MG_TEXT_line];
                g_autofree char *expressed = jis ? mg_jis_express(jis, line) : g_strdup(line);

                forgery->fixed_words[language] = mg_forgery_words(expressed);
        }
        return forgery;
}

void mg_forgery_free(MgForgery *forgery) {
        g_free(forgery->fixed_words[0]);
        g_free(forgery->fixed_words[1]);
        g_free(forgery);
}

void mg_forgery_look_below(MgForgery *forgery, const char *below, const char *end) {
        forgery->below = below;
        forgery->end = end;
}

/* Whether s, of PRINTED_OCTETS, is a receipt number that the node of this mail's own gave, at the latest now. */
static gboolean is_own_receipt(const MgForgery *forgery, const char *s) {
        const char *own = forgery->receipt;
        g_autofree char *printed = g_strndup(s, PRINTED_OCTETS);
        g_autofree char *receipt = NULL;

        if (printed[4] != '-' || printed[9] != '-' || strlen(own) != PRINTED_OCTETS - 2)
                return FALSE;
        receipt = mg_receipt_read(printed, NULL);
        return receipt && *receipt == *own && mg_receipt_serial(receipt) <= mg_receipt_serial(own);
}

static gboolean has_own_receipt(const MgForgery *forgery, const char *s, gsize n) {
        for (gsize i = 0; i + PRINTED_OCTETS <= n; i++) {
                gboolean alone = (i == 0 || !g_ascii_isdigit(s[i - 1])) &&
                                 (i + PRINTED_OCTETS == n || !g_ascii_isdigit(s[i + PRINTED_OCTETS]));

                if (alone && g_ascii_isdigit(s[i]) && s[i + 4] == '-' && is_own_receipt(forgery, s + i))
                        return TRUE;
        }
        return FALSE;
}

/*
 * Whether such a receipt stands in the quote below the line that is added. Searches on from where the last search
 * ended, so that each line is looked at once whatever number of fixed lines asks.
 */
static gboolean quotes_receipt(MgForgery *forgery) {
        const char *below = forgery->below, *s = below;

        if (forgery->searched && below < forgery->searched) {
                if (forgery->search != SEARCH_OPEN)
                        return forgery->search == SEARCH_FOUND;
                s = forgery->searched;
        }
        forgery->search = SEARCH_OPEN;
        while (forgery->search == SEARCH_OPEN && s < forgery->end && s - below < QUOTED_OCTETS) {
                const char *end = memchr(s, '\n', (gsize)(forgery->end - s));
                gsize n = (gsize)((end ? end : forgery->end) - s);

                if (*s != '>')
                        forgery->search = SEARCH_NONE;
                else if (has_own_receipt(forgery, s, n))
                        forgery->search = SEARCH_FOUND;
                s += n + (end ? 1 : 0);
        }
        forgery->searched = s;
        return forgery->search == SEARCH_FOUND;
}

gboolean mg_forgery_is(MgForgery *forgery, const char *line) {
        g_autofree char *words = mg_forgery_words(line);

        for (guint language = 0; language < 2; language++)
                if (*forgery->fixed_words[language] && strstr(words, forgery->fixed_words[language]))
                        return *line != '>' || !quotes_receipt(forgery);
        return FALSE;
}
