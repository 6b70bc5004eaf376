/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_jis: ISO-2022-JP and EUC-JP as Japanese mail really is
 *
 * Own decoders, since iconv's drop text with NEC and IBM characters, let unknown escapes pass and join what empty
 * escapes separate (trap 5). JIS code points are looked up as Shift_JIS ones in the CP932 table, so WAVE DASH and its
 * like come out as Windows has them. Accepted: ESC ( B J H I, ESC $ @ B, ESC $ ( @ B D O P Q, ESC & @. JIS-Roman is
 * read as ASCII (E3). Any other escape and SO, SI are U+FFFD and leave ASCII behind. It does not decode the other sets
 * of ISO-2022-JP-2 nor the characters that JIS X 0213 added (each is one 〓). A carrier's pictographs, in the rows that
 * KDDI uses or in SoftBank's escapes, are emoji.
 */
#include "sanitize/charset_table.h"

#define ESC 0x1B
#define X0208_LAST_ROW 84 /* counted from 1 */

typedef enum JisSet { SET_ASCII, SET_KANA, SET_X0208, SET_X0212, SET_X0213_1, SET_X0213_2 } JisSet;

typedef struct JisEscape {
        const char *sequence; /* after ESC */
        JisSet set;
} JisEscape;

/* No sequence is the beginning of another one. */
static const JisEscape jis_escapes[] = {
        {"(B", SET_ASCII},  {"(J", SET_ASCII},    {"(H", SET_ASCII},    {"(I", SET_KANA},
        {"$@", SET_X0208},  {"$B", SET_X0208},    {"$(@", SET_X0208},   {"$(B", SET_X0208},
        {"$(D", SET_X0212}, {"$(O", SET_X0213_1}, {"$(Q", SET_X0213_1}, {"$(P", SET_X0213_2},
};

/* The escape sequence at p (on ESC), or NULL. */
static const JisEscape *jis_escape_at(const guint8 *p, const guint8 *end) {
        for (gsize i = 0; i < G_N_ELEMENTS(jis_escapes); i++) {
                gsize n = strlen(jis_escapes[i].sequence);
                if ((gsize)(end - p) > n && memcmp(p + 1, jis_escapes[i].sequence, n) == 0)
                        return &jis_escapes[i];
        }
        return NULL;
}

gboolean mg_jis_present(const guint8 *p, gsize n) {
        const guint8 *end = p + n;
        for (; p < end && (p = memchr(p, ESC, (gsize)(end - p))) != NULL; p++) {
                const JisEscape *escape = jis_escape_at(p, end);
                if ((escape != NULL && escape->set != SET_ASCII) || mg_emoji_webcode(p, end) > 0)
                        return TRUE;
        }
        return FALSE;
}

void mg_jis_tables_init(MgJisTables *tables, const MgDoubleTable *cp932) {
        tables->cp932 = cp932;
        for (guint row = 0; row < MG_JIS_ROWS; row++) {
                guint8 lead = (guint8)(row / 2 + (row < 62 ? 0x81 : 0xC1));
                for (guint cell = 0; cell < 94; cell++) {
                        guint8 odd = (guint8)(cell + (cell < 63 ? 0x40 : 0x41));
                        guint8 trail = row & 1 ? (guint8)(cell + 0x9F) : odd;
                        guint32 code = mg_double_pair(cp932, lead, trail);
                        /* Mobile carriers put their pictographs into rows that JIS X 0208 leaves free at its end. */
                        tables->x0208[row][cell] = code == 0 && row >= X0208_LAST_ROW ? MG_CELL_GETA : code;
                }
        }
}

/* State of one text in ISO-2022-JP. */
typedef struct Jis {
        const MgJisTables *tables;
        const guint8 *p;
        const guint8 *end;
        const guint8 *next_escape; /* first ESC at or after p as last looked for, or end */
        JisSet set;
        JisSet origin;  /* the set before the escapes that stand here without a character between them */
        gboolean fresh; /* an escape was the last thing read */
        gboolean lost;
        gboolean lost_kana;          /* a run may begin with kana, too: there are runs of kanji */
        const guint8 *lost_until[3]; /* by lost_walk(): no lost escape before this has an end */
        MgJisHigh high;
        gboolean kddi; /* one of its pictographs was read */
        MgSink *sink;
} Jis;

static const guint8 *jis_next_escape(Jis *jis) {
        if (jis->next_escape < jis->p) {
                const guint8 *found = memchr(jis->p, ESC, (gsize)(jis->end - jis->p));
                jis->next_escape = found != NULL ? found : jis->end;
        }
        return jis->next_escape;
}

/*
 * E2: ASCII text that an empty run of kanji splits is not joined without a mark. Nothing is joined at the beginning of
 * a line; and kanji with an empty run of ASCII between are what mailers make that encode piece by piece.
 */
static void jis_switch(Jis *jis, JisSet set) {
        if (!jis->fresh)
                jis->origin = jis->set;
        gboolean empty = jis->fresh && set == jis->origin && set != jis->set;
        gboolean joins = set == SET_ASCII && jis->sink->at > jis->sink->begin && jis->sink->at[-1] != '\n';
        if (empty && joins) {
                mg_sink_char(jis->sink, 0xFFFD);
                jis->sink->replaced++;
        }
        jis->fresh = !(empty && joins);
        jis->set = set;
}

static void jis_escape(Jis *jis) {
        const JisEscape *escape = jis_escape_at(jis->p, jis->end);
        if (escape != NULL) {
                jis->p += 1 + strlen(escape->sequence);
                jis_switch(jis, escape->set);
                return;
        }
        /* ESC & @ announces the revision of 1990 of the set that ESC $ B then names. */
        if (jis->end - jis->p >= 3 && jis->p[1] == '&' && jis->p[2] == '@') {
                jis->p += 3;
                return;
        }
        gsize webcode = mg_emoji_webcode(jis->p, jis->end);
        if (webcode > 0)
                mg_emoji_write_webcode(jis->p, webcode, (gsize)(jis->end - jis->p) - webcode, jis->sink);
        else
                mg_sink_error(jis->sink);
        jis->p += MAX(webcode, 1);
        jis->set = webcode > 0 ? jis->set : SET_ASCII;
        jis->fresh = FALSE;
}

/*
 * A control character inside kanji or kana. RFC 1468 wants ASCII at the end of a line. Where the next escape leads
 * back to ASCII nothing was closed here (a hop folded the line), and the set goes on.
 */
static void jis_control(Jis *jis) {
        guint8 c = *jis->p++;
        jis->fresh = FALSE;
        if (c == 0x0E || c == 0x0F) {
                mg_sink_error(jis->sink);
                return;
        }
        mg_sink_char(jis->sink, c);
        if (c != '\n')
                return;
        const guint8 *next = jis_next_escape(jis);
        const JisEscape *escape = next < jis->end ? jis_escape_at(next, jis->end) : NULL;
        if (escape == NULL || escape->set != SET_ASCII)
                jis->set = SET_ASCII;
}

/* One octet above 0x7F, and what belongs to it: another charset that was mixed in, half-width kana most of all. */
static void jis_high(Jis *jis) {
        gsize used = 1;
        guint32 cell = 0;
        guint8 c = *jis->p;
        jis->fresh = FALSE;
        if (jis->high == MG_JIS_HIGH_UTF_8) {
                int n = mg_utf8_sequence(jis->p, jis->end);
                used = (gsize)ABS(n);
                if (n > 0)
                        memcpy(&cell, jis->p, used);
        } else if (jis->high == MG_JIS_HIGH_EUC) {
                cell = mg_euc_jp_cell(jis->tables, jis->p, jis->end, &used);
        } else {
                cell = jis->end - jis->p >= 2 ? mg_double_pair(jis->tables->cp932, c, jis->p[1]) : 0;
                used = cell != 0 ? 2 : 1;
                if (cell == 0 && c >= 0x80)
                        cell = jis->tables->cp932->single[c - 0x80];
        }
        mg_sink_cell(jis->sink, cell);
        jis->p += used;
}

/* Whether a pair of seven bits is a character of JIS X 0208 or a row of CP932. */
static gboolean is_x0208(const MgJisTables *tables, const guint8 *q) {
        if (q[0] < 0x21 || q[0] > 0x7E || q[1] < 0x21 || q[1] > 0x7E)
                return FALSE;
        return mg_cell_is_char(tables->x0208[q[0] - 0x21][q[1] - 0x21]);
}

/* Lost escapes: what they begin. No `(B` here: it only ends. Between kanji `$@` and `$B` are kana. */
static const JisEscape lost_escapes[] = {{"$B", SET_X0208}, {"$@", SET_X0208}, {"(I", SET_KANA}};

static gboolean lost_begins(const guint8 *p, const guint8 *end, JisSet *set) {
        for (gsize i = 0; i < G_N_ELEMENTS(lost_escapes) && end - p >= 2; i++) {
                if (memcmp(p, lost_escapes[i].sequence, 2) != 0 || (*set == SET_X0208 && *p == '$'))
                        continue;
                *set = lost_escapes[i].set;
                return TRUE;
        }
        return FALSE;
}

static gboolean lost_ends(const guint8 *p, const guint8 *end) {
        return end - p >= 2 && p[0] == '(' && (p[1] == 'B' || p[1] == 'J');
}

/* What stands in a lost run at p: the octets that it takes, 0 where it is no such run. *set changes with an escape. */
static gsize lost_step(const MgJisTables *tables, const guint8 *p, const guint8 *end, JisSet *set, guint32 *cell) {
        *cell = 0;
        if (lost_begins(p, end, set))
                return 2;
        if (*set == SET_KANA && *p >= 0x21 && *p <= 0x5F) {
                *cell = mg_cell_of(0xFF61 + (guint32)(*p - 0x21));
                return 1;
        }
        if (*set != SET_X0208 || end - p < 2 || !is_x0208(tables, p))
                return 0;
        *cell = tables->x0208[p[0] - 0x21][p[1] - 0x21];
        return 2;
}

/* Which of three walks a lost run takes: kanji at even or odd octets, kana. */
static guint lost_walk(const Jis *jis, const guint8 *p, JisSet set) {
        return set == SET_KANA ? 2 : (guint)(jis->end - p) & 1;
}

/* Whether kana can stand so in a word: no small one and no mark of sound first, marks only where they are spoken. */
static gboolean is_kana_word(const guint8 *p, const guint8 *end) {
        guint8 before = 0;
        for (; p < end; before = *p++) {
                gboolean h_row = before >= 0x4A && before <= 0x4E;
                gboolean voiced = h_row || before == 0x33 || (before >= 0x36 && before <= 0x44);
                if ((*p == 0x5E && !voiced) || (*p == 0x5F && !h_row) || (before == 0 && *p >= 0x27 && *p <= 0x30))
                        return FALSE;
        }
        return TRUE;
}

/* How far a bracket's end is looked for: that is done for each lost escape again. */
static const gsize bracket_octets = 200;

/*
 * Whether the bracket at p is closed, on its line and soon: those of lost escapes are not. What stands directly before
 * a capital or a digit closes nothing: it may be the small kana u.
 */
static gboolean is_closed(const guint8 *p, const guint8 *end) {
        guint depth = 0;
        for (end = p + MIN((gsize)(end - p), bracket_octets); p < end && *p != '\n'; p++) {
                depth += *p == '(';
                depth -= *p == ')' && !(end - p > 1 && (g_ascii_isupper(p[1]) || g_ascii_isdigit(p[1])));
                if (depth == 0)
                        return TRUE;
        }
        return FALSE;
}

/* Whether "(I" at p and "(B" at close are ASCII, as in "SUM(IIF(Balance>0,1,0))", "(II)(B)", "$(INC)/$(BIN)". */
static gboolean is_bracketed(const guint8 *p, const guint8 *close, const guint8 *end) {
        return is_closed(p, end) && is_closed(close, end);
}

/*
 * Where a lost escape stands at p: the `(B` that closes its run, else NULL. All in it are existing characters; one is
 * enough, since no other text has just this form, but for kana that are not beside kanji: those may be ASCII. Linear
 * over all p: what walked into a dead end is remembered.
 */
static const guint8 *lost_end(Jis *jis, const guint8 *p) {
        JisSet set = SET_ASCII;
        guint32 cell;
        gsize count = 0, used;
        const guint8 *q = p;
        if (!lost_begins(p, jis->end, &set) || p < jis->lost_until[lost_walk(jis, p, set)])
                return NULL;
        gboolean doubtful = set == SET_KANA && !jis->lost_kana;
        while (q < jis->end && (used = lost_step(jis->tables, q, jis->end, &set, &cell)) > 0) {
                jis->lost_until[lost_walk(jis, q, set)] = q + 1;
                count += cell != 0;
                q += used;
                doubtful = doubtful && set == SET_KANA;
                if (count > 0 && lost_ends(q, jis->end))
                        return doubtful && (!is_kana_word(p + 2, q) || is_bracketed(p, q, jis->end)) ? NULL : q;
        }
        for (guint i = 0; i < G_N_ELEMENTS(jis->lost_until); i++)
                if (jis->lost_until[i] > p)
                        jis->lost_until[i] = q;
        return NULL;
}

static void jis_lost(Jis *jis, const guint8 *close) {
        JisSet set = SET_ASCII;
        guint32 cell;
        while (jis->p < close) {
                jis->p += lost_step(jis->tables, jis->p, jis->end, &set, &cell);
                if (cell != 0)
                        mg_sink_cell(jis->sink, cell);
        }
        jis->p += 2;
}

guint32 mg_jis_lost(const MgJisTables *tables, const guint8 *p, gsize n, gboolean *sure) {
        Jis jis = {.tables = tables, .end = p + n, .lost_until = {p, p, p}};
        guint32 found = 0, cell;
        *sure = FALSE;
        if (memchr(p, ESC, n) != NULL || memmem(p, n, "(B", 2) == NULL)
                return 0;
        while (p < jis.end) {
                const guint8 *close = *p == '$' || *p == '(' ? lost_end(&jis, p) : NULL;
                JisSet set = SET_ASCII;
                while (p < close) {
                        gboolean kana = set == SET_X0208 && (*p == 0x24 || *p == 0x25);
                        p += lost_step(tables, p, close, &set, &cell);
                        found += cell != 0;
                        *sure |= kana && cell != 0;
                }
                p += close != NULL ? 2 : 1;
        }
        *sure |= found >= 2;
        return found;
}

gboolean mg_jis_continues(const guint8 *p, gsize n, const guint8 *more, gsize n_more) {
        const guint8 *end = p + n, *last = n > 0 ? memrchr(p, ESC, n) : NULL;
        /* Octets above 0x7F: it is no ISO-2022-JP, and characters may be split. */
        if (mg_ascii_run(p, end) < n || mg_ascii_run(more, more + n_more) < n_more)
                return TRUE;
        if (last == NULL)
                return FALSE;
        const JisEscape *escape = jis_escape_at(last, end);
        /* Within an escape sequence: ESC, ESC $, ESC (, ESC $ (. */
        if (escape == NULL)
                return end - last <= 3;
        return escape->set != SET_ASCII && n_more > 0 && *more != ESC;
}

/* Whether one of eight ASCII octets is below 0x10: maybe SO or SI. */
static inline gboolean has_shift(const guint8 *p) {
        guint64 word;
        memcpy(&word, p, 8);
        return ((word - G_GUINT64_CONSTANT(0x1010101010101010)) & ~word & G_GUINT64_CONSTANT(0x8080808080808080)) != 0;
}

/* ASCII up to the next escape. */
static void jis_ascii(Jis *jis) {
        const guint8 *stop = jis_next_escape(jis);
        while (jis->p < stop) {
                guint8 c = *jis->p;
                const guint8 *close = NULL;
                if (!jis->lost && mg_ascii_run(jis->p, MIN(stop, jis->p + 8)) == 8 && !has_shift(jis->p)) {
                        memcpy(jis->sink->at, jis->p, 8);
                        jis->sink->at += 8;
                        jis->p += 8;
                        continue;
                }
                if (c >= 0x80) {
                        jis_high(jis);
                        continue;
                }
                if (c == 0x0E || c == 0x0F) {
                        jis_control(jis);
                        continue;
                }
                if (jis->lost && (c == '$' || c == '('))
                        close = lost_end(jis, jis->p);
                if (close != NULL) {
                        jis_lost(jis, close);
                        continue;
                }
                mg_sink_char(jis->sink, c);
                jis->p++;
        }
        jis->fresh = FALSE;
}

static void jis_kana(Jis *jis) {
        const guint8 *stop = jis_next_escape(jis);
        while (jis->p < stop && jis->set == SET_KANA) {
                guint8 c = *jis->p;
                if (c < 0x20) {
                        jis_control(jis);
                        continue;
                }
                guint8 kana = c | 0x80;
                if (c == ' ')
                        mg_sink_char(jis->sink, c);
                else if (kana >= 0xA1 && kana <= 0xDF)
                        mg_sink_char(jis->sink, 0xFF61 + (guint32)(kana - 0xA1));
                else
                        mg_sink_error(jis->sink);
                jis->p++;
                jis->fresh = FALSE;
        }
}

/*
 * KDDI's pictographs from row 0x75 on are those of its Shift_JIS from 0xF640 on, and from row 0x79 on, where NEC has
 * IBM's kanji, those from 0xF340 on. There the kanji are read, which names need, and in a mail with pictographs they
 * are a guess.
 */
#define KDDI_ROW (0x75 - 0x21)
#define KDDI_ROWS_FREE 4

static gboolean jis_emoji(Jis *jis, guint row, guint cell) {
        guint from = row - KDDI_ROW;
        guint trail = from & 1 ? cell + 0x9F : cell + (cell < 63 ? 0x40 : 0x41);
        if (jis->set != SET_X0208 || row < KDDI_ROW || from >= KDDI_ROWS_FREE)
                return FALSE;
        jis->kddi = TRUE;
        return mg_emoji_write(MG_CARRIER_KDDI, (0xF6 + from / 2) << 8 | trail, (gsize)(jis->end - jis->p), jis->sink);
}

static guint32 jis_cell(const Jis *jis, guint row, guint cell) {
        if (jis->set == SET_X0208)
                return jis->tables->x0208[row][cell];
        if (row >= 94)
                return 0;
        if (jis->set == SET_X0212)
                return jis->tables->x0212[row][cell];
        /* JIS X 0213 agrees with JIS X 0208 and row 13 where these have a character; beyond row 84 CP932 has others. */
        guint32 code = jis->set == SET_X0213_1 && row < X0208_LAST_ROW ? jis->tables->x0208[row][cell] : 0;
        return code != 0 ? code : MG_CELL_GETA;
}

/* Not simply a pair that is a character. */
static void jis_odd(Jis *jis, const guint8 *stop) {
        guint8 lead = jis->p[0];
        if (lead < 0x20) {
                jis_control(jis);
                return;
        }
        jis->fresh = FALSE;
        guint8 trail = stop - jis->p >= 2 ? jis->p[1] : 0;
        guint row = lead - 0x21u, cell = trail - 0x21u;
        if (lead == ' ') {
                mg_sink_char(jis->sink, lead);
                jis->p++;
        } else if (lead >= 0x80 && (trail < 0x21 || trail >= 0x80)) {
                jis_high(jis); /* the escape that ends the kanji is missing */
        } else if (row >= MG_JIS_ROWS || cell >= 94) {
                mg_sink_error(jis->sink);
                jis->p++;
        } else {
                guint32 code = jis_cell(jis, row, cell);
                jis->p += 2;
                jis->sink->guessed += jis->kddi && mg_cell_is_char(code) && row >= KDDI_ROW;
                if (code != MG_CELL_GETA || !jis_emoji(jis, row, cell))
                        mg_sink_cell(jis->sink, code);
        }
}

static void jis_double(Jis *jis) {
        const guint8 *stop = jis_next_escape(jis);
        const JisSet set = jis->set;
        while (jis->p < stop && jis->set == set) {
                const guint8 *p = jis->p;
                guint8 *begin = jis->sink->at;
                while (set == SET_X0208 && stop - p >= 2 && p[0] - 0x21u < MG_JIS_ROWS && p[1] - 0x21u < 94) {
                        guint32 cell = jis->tables->x0208[p[0] - 0x21][p[1] - 0x21];
                        if (!mg_cell_is_char(cell) || (jis->kddi && p[0] - 0x21 >= KDDI_ROW))
                                break;
                        mg_sink_octets(jis->sink, cell);
                        p += 2;
                }
                jis->fresh &= jis->sink->at == begin;
                jis->p = p;
                if (p < stop)
                        jis_odd(jis, stop);
        }
}

void mg_jis_decode(const MgJisTables *tables, gboolean lost, MgJisHigh high, const guint8 *p, gsize n, MgSink *sink) {
        Jis jis = {.tables = tables,
                   .high = high,
                   .p = p,
                   .end = p + n,
                   .set = SET_ASCII,
                   .origin = SET_ASCII,
                   .sink = sink};
        /* Lost escapes are looked for only where not one was kept: a hop that strips them strips them all. */
        jis.lost = lost && memchr(p, ESC, n) == NULL;
        if (jis.lost && memmem(p, n, "(I", 2) != NULL)
                mg_jis_lost(tables, p, n, &jis.lost_kana);
        jis.lost_until[0] = jis.lost_until[1] = jis.lost_until[2] = p;
        const guint8 *first = n > 0 ? memchr(p, ESC, n) : NULL;
        jis.next_escape = first != NULL ? first : jis.end;
        while (jis.p < jis.end) {
                if (*jis.p == ESC)
                        jis_escape(&jis);
                else if (jis.set == SET_ASCII)
                        jis_ascii(&jis);
                else if (jis.set == SET_KANA)
                        jis_kana(&jis);
                else
                        jis_double(&jis);
        }
}

guint32 mg_euc_jp_cell(const MgJisTables *tables, const guint8 *p, const guint8 *end, gsize *used) {
        gsize left = (gsize)(end - p);
        guint8 lead = p[0];
        guint8 second = left >= 2 ? p[1] : 0;
        guint8 third = left >= 3 ? p[2] : 0;
        *used = 1;
        if (lead == 0x8E && second >= 0xA1 && second <= 0xDF) {
                *used = 2;
                return mg_cell_of(0xFF61 + (guint32)(second - 0xA1));
        }
        if (lead == 0x8F && second >= 0xA1 && second <= 0xFE && third >= 0xA1 && third <= 0xFE) {
                *used = 3;
                return tables->x0212[second - 0xA1][third - 0xA1];
        }
        if (lead < 0xA1 || lead > 0xFE || second < 0xA1 || second > 0xFE)
                return 0;
        *used = 2;
        return tables->x0208[lead - 0xA1][second - 0xA1];
}

void mg_euc_jp_decode(const MgJisTables *tables, const guint8 *p, gsize n, MgSink *sink) {
        const guint8 *end = p + n;
        while (p < end) {
                if (*p < 0x80) {
                        p = mg_sink_ascii(sink, p, end);
                        continue;
                }
                guint32 cell = 0;
                gsize used = 2;
                if (end - p >= 2 && p[0] - 0xA1u < 94 && p[1] - 0xA1u < 94)
                        cell = tables->x0208[p[0] - 0xA1][p[1] - 0xA1];
                else
                        cell = mg_euc_jp_cell(tables, p, end, &used);
                if (mg_cell_is_char(cell))
                        mg_sink_octets(sink, cell);
                else
                        mg_sink_cell(sink, cell);
                p += used;
        }
}
