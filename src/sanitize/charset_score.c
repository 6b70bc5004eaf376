/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_score: how Japanese octets look, read as Shift_JIS or EUC-JP
 *
 * Kana, common kanji and punctuation speak for a reading, impossible octets and half-width kana in impossible order
 * against it. It knows no words and no language but Japanese, and decides nothing: charset.c compares.
 */
#include "sanitize/charset_table.h"

#define SCORE_ERROR (-20)
#define SCORE_VENDOR (-5)  /* a vendor's own character: possible, and rare */
#define SCORE_OCTETS 65536 /* enough to tell, and bounded */

/* What one character of a row (1 to 94 and beyond) says for a Japanese reading. */
static int row_score(guint row) {
        if (row == 4 || row == 5)
                return 3; /* hiragana, katakana */
        if (row >= 16 && row <= 47)
                return 2; /* kanji of level 1 */
        if (row == 1 || row == 2 || row == 3 || row == 13)
                return 1; /* punctuation, full-width letters, circled digits */
        return row >= 48 && row <= 84 ? -1 : 0;
}

static void count_cell(MgScore *score, guint32 cell, guint row) {
        score->chars++;
        score->errors += cell == 0;
        score->vendor += cell == MG_CELL_GETA;
        score->score += cell == 0 ? SCORE_ERROR : cell == MG_CELL_GETA ? SCORE_VENDOR : row_score(row);
        score->kana += mg_cell_is_char(cell) && (row == 4 || row == 5);
        score->kanji += mg_cell_is_char(cell) && row >= 16 && row <= 84;
        score->rare += mg_cell_is_char(cell) && row >= 48 && row <= 84;
}

/*
 * Whether the half-width kana c can stand behind before (0: none). Voice marks stand on ｳｶ-ﾄﾊ-ﾎ and ﾊ-ﾎ, small kana and
 * the long mark behind a kana, small kana not behind each other but ｯ.
 */
static gboolean half_fits(guint8 before, guint8 c) {
        gboolean kana = before >= 0xA6 && before <= 0xDF;
        gboolean small = before >= 0xA7 && before <= 0xAF;
        if (c == 0xDE)
                return before == 0xB3 || (before >= 0xB6 && before <= 0xC4) || (before >= 0xCA && before <= 0xCE);
        if (c == 0xDF)
                return before >= 0xCA && before <= 0xCE;
        if (c >= 0xA7 && c <= 0xAE)
                return kana && (!small || before == 0xAF);
        if (c == 0xAF || c == 0xB0)
                return kana;
        return !(c == 0xA4 || c == 0xA1 || c == 0xA6) || kana;
}

/* worth: what one says that fits. In EUC-JP each has an octet of its own before it, which says much. */
static void count_half(MgScore *score, guint8 before, guint8 c, int worth) {
        gboolean fits = half_fits(before, c);
        score->chars++;
        score->half++;
        score->odd += !fits;
        score->marks += fits && c >= 0xDE;
        score->score += fits ? worth : -2;
}

/* Counts the character at p, which is not ASCII; its octets. before: the half-width kana before it, or 0. */
typedef gsize (*CountFunc)(const MgJisTables *tables, const guint8 *p, const guint8 *end, guint8 *before,
                           MgScore *score);

/* longest: octets of a character. Where the text goes on behind what is scored, one that may be cut off is left out. */
static void score_text(const MgJisTables *tables, const guint8 *p, gsize n, gssize longest, CountFunc count,
                       MgScore *score) {
        const guint8 *end = p + MIN(n, SCORE_OCTETS);
        gboolean whole = n <= SCORE_OCTETS;
        guint8 before = 0;
        *score = (MgScore){0};
        while (p < end) {
                if (*p < 0x80) {
                        p += mg_ascii_run(p, end);
                        before = 0;
                } else if (end - p < longest && !whole) {
                        break;
                } else {
                        p += count(tables, p, end, &before, score);
                }
        }
}

static gsize count_sjis(const MgJisTables *tables, const guint8 *p, const guint8 *end, guint8 *before, MgScore *score) {
        guint8 lead = p[0], trail = end - p >= 2 ? p[1] : 0;
        guint32 pair = mg_double_pair(tables->cp932, lead, trail);
        if (pair == 0 && lead >= 0xA1 && lead <= 0xDF) {
                count_half(score, *before, lead, 0);
                *before = lead;
                return 1;
        }
        guint row = (guint)(lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 2 + (trail >= 0x9F ? 2 : 1);
        *before = 0;
        count_cell(score, pair, row);
        /* Latin text of 8 bits has single high octets before ASCII letters: such pairs prove little. */
        if (pair != 0 && trail < 0x80 && row > 5)
                score->score -= lead < 0xA0 ? 1 : 2;
        /* Kanji of level 2 with such a lead octet are no letters of another alphabet. */
        score->score += pair != 0 && lead < 0xA0 && row >= 48;
        score->low += pair != 0 && lead < 0xA0;
        return pair != 0 ? 2 : 1;
}

void mg_sjis_score(const MgJisTables *tables, const guint8 *p, gsize n, MgScore *score) {
        score_text(tables, p, n, 2, count_sjis, score);
}

static gsize count_euc_jp(const MgJisTables *tables, const guint8 *p, const guint8 *end, guint8 *before,
                          MgScore *score) {
        gsize used;
        guint8 lead = p[0];
        guint32 cell = mg_euc_jp_cell(tables, p, end, &used);
        gboolean half = lead == 0x8E && cell != 0;
        if (half)
                count_half(score, *before, p[1], 3);
        else
                count_cell(score, cell, lead >= 0xA1 ? lead - 0xA0u : 0);
        score->late += lead >= 0xC9;
        *before = half ? p[1] : 0;
        return used;
}

void mg_euc_jp_score(const MgJisTables *tables, const guint8 *p, gsize n, MgScore *score) {
        score_text(tables, p, n, 3, count_euc_jp, score);
}
