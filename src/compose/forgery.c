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

/* What becomes of a character of three octets among the words of its line. */
typedef enum Word { WORD_KEPT, WORD_DROPPED, WORD_ASKED } Word;

/*
 * Kept or dropped is what normalization and case folding leave so, each by itself and beside one another: nearly all
 * of a Japanese text. Those outside may still be as simple; they are asked of GLib, which takes ten times as long.
 */
static Word word_of(gunichar c) {
        if (c >= 0x4e00)
                return c <= 0x9fa5 ? WORD_KEPT : WORD_ASKED;
        if (c >= 0x30a1)
                return c == 0x30fb ? WORD_DROPPED : c <= 0x30fe ? WORD_KEPT : WORD_ASKED;
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
                                *out++ = g_ascii_tolower((char)c);
                        continue;
                }
                switch (word_of(c)) {
                case WORD_KEPT:
                        out = (char *)memcpy(out, p - 2, 3) + 3;
                        break;
                case WORD_DROPPED:
                        break;
                case WORD_ASKED:
                        sign = words_of_sign(c);
                        if (!sign)
                                return NULL;
                        out = g_stpcpy(out, sign); /* three octets at most, as the sign */
                        break;
                }
        }
        *out = '\0';
        return g_steal_pointer(&words);
}

char *mg_forgery_words(const char *line) {
        char *plain = plain_words(line);
        g_autofree char *form = plain ? NULL : g_utf8_normalize(line, -1, G_NORMALIZE_NFKC);
        g_autofree char *folded = plain ? NULL : g_utf8_casefold(form ? form : line, -1);
        GString *out;

        if (plain)
                return plain;
        out = g_string_new(NULL);

        for (const char *p = folded; *p; p = g_utf8_next_char(p))
                if (g_unichar_isalnum(g_utf8_get_char(p)))
                        g_string_append_unichar(out, g_utf8_get_char(p));
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
