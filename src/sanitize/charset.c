/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset: bytes of a mail -> UTF-8, by evidence first and label second
 *
 * The decision, and what speaks for it. The decoder does not clean (controls, bidi: base/text does), does not
 * normalize, and does not guess among other languages than Japanese: what no evidence and no label decides is
 * windows-1252.
 */
#include "sanitize/charset.h"

#include "sanitize/charset_table.h"

void mg_decoded_clear(MgDecoded *decoded) {
        g_clear_pointer(&decoded->text, g_free);
        decoded->n = 0;
}

const char *mg_charset_name(const char *label) {
        const MgCharsetRow *row = mg_charset_row(label);
        return row != NULL ? row->name : NULL;
}

gboolean mg_charset_jis_continues(const char *bytes, gsize n, const char *more, gsize n_more) {
        return mg_jis_continues((const guint8 *)bytes, n, (const guint8 *)more, n_more);
}

/* One text that is being read. */
typedef struct Text {
        const guint8 *p;
        gsize n;
        const MgCharsetRow *label;
        const MgCharsetRow *meta;
        MgUtf8Scan scan;
        gboolean scored;
        MgScore sjis, euc;
        MgDecoded *out;
} Text;

static void decode_row(const MgCharsetRow *row, const guint8 *p, gsize n, MgJisHigh high, MgSink *sink) {
        gsize n_rows;
        const MgCharsetTables *tables = mg_charset_tables();
        gpointer table = tables->table[row - mg_charset_rows(&n_rows)];
        switch (row->kind) {
        case MG_KIND_ASCII:
        case MG_KIND_UTF_8:
                mg_utf8_decode(p, n, sink);
                break;
        case MG_KIND_UTF_16:
                mg_utf16_decode(row->endian, p, n, sink);
                break;
        case MG_KIND_UTF_32:
                mg_utf32_decode(row->endian, p, n, sink);
                break;
        case MG_KIND_JIS:
                mg_jis_decode(tables->jis, TRUE, high, p, n, sink);
                break;
        case MG_KIND_EUC_JP:
                mg_euc_jp_decode(tables->jis, p, n, sink);
                break;
        case MG_KIND_DOUBLE:
                mg_double_decode(table, strcmp(row->name, "gb18030") == 0 ? tables->quads : NULL,
                                 table == tables->jis->cp932, p, n, sink);
                break;
        case MG_KIND_SINGLE:
                mg_single_decode(table, p, n, sink);
                break;
        }
}

/* Text in hand, and which errors it cost. */
typedef struct Attempt {
        MgDecoded decoded;
        guint32 errors;
} Attempt;

static void attempt_high(const MgCharsetRow *row, const guint8 *p, gsize n, MgJisHigh high, Attempt *out) {
        guint8 *buffer = g_malloc(MG_SINK_ROOM(n));
        MgSink sink = {.at = buffer, .begin = buffer, .end = buffer + MG_SINK_ROOM(n)};
        decode_row(row, p, n, high, &sink);
        gsize length = (gsize)(sink.at - buffer);
        buffer[length] = '\0';
        out->decoded = (MgDecoded){.text = g_realloc(buffer, length + 1),
                                   .n = length,
                                   .charset = row->name,
                                   .replaced = sink.replaced,
                                   .guessed = sink.guessed};
        out->errors = sink.errors;
}

static void attempt(const MgCharsetRow *row, const guint8 *p, gsize n, Attempt *out) {
        attempt_high(row, p, n, MG_JIS_HIGH_CP932, out);
}

/* Characters above ASCII of well-formed UTF-8. */
static guint32 count_characters(const MgDecoded *decoded) {
        gsize count = 0;
        for (gsize i = 0; i < decoded->n; i++)
                count += ((guint8)decoded->text[i] & 0xC0) == 0xC0;
        return (guint32)MIN(count, G_MAXUINT32);
}

/* guess: nothing confirms the charset, and another one would do as well. */
static void accept(Text *text, Attempt *attempt, MgCharsetReason reason, gboolean guess) {
        *text->out = attempt->decoded;
        text->out->reason = reason;
        if (guess)
                text->out->guessed = count_characters(text->out);
}

static void decode_as(Text *text, const MgCharsetRow *row, MgCharsetReason reason, gboolean guess) {
        Attempt result;
        attempt(row, text->p, text->n, &result);
        accept(text, &result, reason, guess);
}

static void copy_as(Text *text, const char *name, MgCharsetReason reason) {
        char *copy = g_malloc(text->n + 1);
        memcpy(copy, text->p, text->n);
        copy[text->n] = '\0';
        *text->out = (MgDecoded){.text = copy, .n = text->n, .charset = name, .reason = reason};
}

/* The charset that a byte order mark names, and the mark's length. */
static const MgCharsetRow *row_of_mark(const guint8 *p, gsize n, gsize *mark) {
        static const struct {
                guint8 bytes[4];
                gsize n;
                const char *name;
        } marks[] = {
                {{0xEF, 0xBB, 0xBF}, 3, "utf-8"},    {{0xFF, 0xFE, 0, 0}, 4, "utf-32le"},
                {{0, 0, 0xFE, 0xFF}, 4, "utf-32be"}, {{0xFF, 0xFE}, 2, "utf-16le"},
                {{0xFE, 0xFF}, 2, "utf-16be"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
                if (n < marks[i].n || memcmp(p, marks[i].bytes, marks[i].n) != 0)
                        continue;
                *mark = marks[i].n;
                return mg_charset_row(marks[i].name);
        }
        return NULL;
}

static gboolean is_wide(const MgCharsetRow *row) {
        return row != NULL && (row->kind == MG_KIND_UTF_16 || row->kind == MG_KIND_UTF_32);
}

static gboolean is_multibyte(const MgCharsetRow *row) {
        return row != NULL && row->kind != MG_KIND_ASCII && row->kind != MG_KIND_SINGLE && !is_wide(row);
}

static gboolean is_shift_jis(const MgCharsetRow *row) {
        return strcmp(row->name, "shift_jis") == 0;
}

static void score(Text *text) {
        const MgJisTables *jis = mg_charset_tables()->jis;
        if (text->scored)
                return;
        mg_sjis_score(jis, text->p, text->n, &text->sjis);
        mg_euc_jp_score(jis, text->p, text->n, &text->euc);
        text->scored = TRUE;
}

/*
 * A score below which octets are not taken for Japanese: two common kanji where no label says anything, three against
 * one that does (two octets prove nothing: C0 BC is an overlong '<' and a kanji of EUC-JP).
 */
#define SCORE_UNLABELLED 4
#define SCORE_AGAINST_LABEL 6
#define SYMBOL_OCTETS 4096 /* enough to tell letters from symbols */

/* Every octet is a character of the charset itself. */
static gboolean is_whole(const MgScore *score) {
        return score->errors == 0 && score->vendor == 0 && score->chars > 0;
}

/* As good as kana and kanji of level 1 are in the mean. */
static gboolean is_good(const MgScore *score) {
        gint64 full = (gint64)score->chars - score->half;
        return is_whole(score) && score->score > 0 && score->score * 2 >= full * 3;
}

/* More speaks for it than against. */
static gboolean is_possible(const MgScore *score) {
        return is_whole(score) && score->score * 2 >= (gint64)score->chars - score->half;
}

/* Shift_JIS with so many lead octets below 0xA0 that hardly another charset is meant. */
static gboolean is_low(const MgScore *score) {
        return is_possible(score) && score->low * 2 >= score->chars;
}

/* All half-width kana, each where one can stand: what is hardest to tell from kanji of EUC-JP. */
static gboolean is_half_text(const MgScore *score) {
        return score->half > 0 && score->half == score->chars && score->odd == 0;
}

/*
 * The better of Shift_JIS and EUC-JP. *clear: the other one cannot be meant, since it has errors where this one has
 * next to none, or makes much worse Japanese.
 */
static const MgCharsetRow *japanese_row(Text *text, gboolean *clear) {
        score(text);
        gboolean euc = text->euc.score > text->sjis.score;
        if (is_half_text(&text->sjis) && text->sjis.marks > 0 && text->euc.kana == 0 && text->euc.half == 0)
                euc = FALSE;
        if (text->euc.score == text->sjis.score)
                euc = text->label != NULL && text->label->kind == MG_KIND_EUC_JP;
        const MgScore *best = euc ? &text->euc : &text->sjis, *other = euc ? &text->sjis : &text->euc;
        gboolean few = best->errors <= best->chars / 32 && best->score >= SCORE_UNLABELLED;
        gboolean apart = best->score - other->score >= MAX(SCORE_AGAINST_LABEL, (gint64)best->chars);
        gboolean half = is_half_text(&text->sjis) && text->euc.errors == 0 && text->euc.kana == 0;
        *clear = few && !half && (apart || (best->errors == 0 && other->errors > 0));
        return mg_charset_row(euc ? "euc-jp" : "shift_jis");
}

/* Whether errors are so few that the label is right and the text is damaged: one, and one more for each 32 octets. */
static gboolean few_errors(guint32 errors, gsize high) {
        return errors <= high / 32 + (high > 2 ? 1 : 0);
}

/* Next to no kanji of level 2, as in any Japanese text. The hanzi and hangul of the neighbours have more of them. */
static gboolean is_common(const MgScore *score) {
        return is_whole(score) && score->rare * 10 <= score->kanji;
}

/*
 * Whether a text that decodes under the label of a neighbour's charset is EUC-JP. GB2312 has kana where JIS has them,
 * but lacks a quarter of the kanji of a Japanese text.
 */
static gboolean is_euc_after_all(Text *text) {
        const MgScore *euc = &text->euc;
        if (is_possible(euc) && euc->half >= 2 && euc->half * 2 >= euc->chars)
                return TRUE;
        if (strcmp(text->label->name, "big5") == 0) /* there four characters of ten have a trail octet of ASCII */
                return is_possible(euc) && euc->chars >= 8;
        if (strcmp(text->label->name, "euc-kr") == 0)
                return is_possible(euc) && euc->chars >= 3 && (euc->late + euc->kana) * 6 >= euc->chars;
        return is_common(euc) && euc->kana >= 2 && euc->kanji >= 12;
}

/*
 * A multibyte label under which the octets decode, and that is wrong all the same: the Japanese charset that they are
 * in. EUC-JP is half-width kana in Shift_JIS, and both are rare hanzi or hangul in the charsets of the neighbours.
 */
static const MgCharsetRow *overruled(Text *text) {
        const MgCharsetRow *label = text->label;
        score(text);
        if (is_shift_jis(label)) {
                gboolean euc = is_whole(&text->euc) && text->euc.chars >= 2 && text->euc.score > text->sjis.score;
                return euc && !is_half_text(&text->sjis) ? mg_charset_row("euc-jp") : NULL;
        }
        if (label->kind != MG_KIND_DOUBLE)
                return NULL;
        if (is_low(&text->sjis) && text->sjis.chars >= 3 && text->sjis.score > text->euc.score)
                return mg_charset_row("shift_jis");
        return is_euc_after_all(text) ? mg_charset_row("euc-jp") : NULL;
}

/* So short that the octets of a neighbour's charset could be a few kanji as well. */
#define SHORT_CHARS 32
/* So short that even rare kanji may be meant. */
#define FEW_CHARS 4

static gboolean is_rivalled(Text *text) {
        const MgCharsetRow *label = text->label;
        const MgScore *sjis = &text->sjis, *euc = &text->euc;
        score(text);
        if (is_shift_jis(label))
                return sjis->half == sjis->chars && is_possible(euc);
        if (label->kind == MG_KIND_EUC_JP)
                return is_half_text(sjis) && euc->kana == 0;
        if (label->kind != MG_KIND_DOUBLE)
                return FALSE;
        return (is_whole(euc) && euc->score >= 0 && (euc->chars <= SHORT_CHARS || euc->kana > 0 || is_common(euc))) ||
               (is_whole(sjis) && sjis->chars <= (sjis->score >= 0 ? SHORT_CHARS : FEW_CHARS));
}

/* A multibyte label (not UTF-16, 32): TRUE where the text is clean or nearly so under it, or what overrules it. */
static gboolean try_label(Text *text, gboolean damaged) {
        if (text->label->kind == MG_KIND_UTF_8 && text->scan.good == 0)
                return FALSE;
        Attempt result;
        attempt(text->label, text->p, text->n, &result);
        if (result.errors > 0 && !(damaged && few_errors(result.errors, text->scan.high))) {
                mg_decoded_clear(&result.decoded);
                return FALSE;
        }
        const MgCharsetRow *other = text->label->kind != MG_KIND_UTF_8 ? overruled(text) : NULL;
        if (other == NULL) {
                accept(text, &result, MG_CHARSET_REASON_LABEL, is_rivalled(text));
                return TRUE;
        }
        mg_decoded_clear(&result.decoded);
        /* What GB18030 says in kana and kanji may be meant so all the same, and so may a short text in Shift_JIS. */
        gboolean guess = strcmp(text->label->name, "gb18030") == 0 ||
                         (is_shift_jis(text->label) && text->euc.chars <= SHORT_CHARS && text->euc.kana == 0);
        decode_as(text, other, MG_CHARSET_REASON_SCORE, guess);
        return TRUE;
}

static gboolean try_meta(Text *text) {
        Attempt result;
        if (!is_multibyte(text->meta) || (text->meta->kind == MG_KIND_UTF_8 && text->scan.good == 0))
                return FALSE;
        attempt(text->meta, text->p, text->n, &result);
        if (result.errors == 0) {
                accept(text, &result, MG_CHARSET_REASON_META, FALSE);
                return TRUE;
        }
        mg_decoded_clear(&result.decoded);
        return FALSE;
}

/* What a character is under a label of single octets; 0 where it has none. */
static gunichar single_char(const MgCharsetRow *label, guint8 octet) {
        gsize n_rows;
        const MgSingleTable *table = mg_charset_tables()->table[label - mg_charset_rows(&n_rows)];
        char octets[8] = "";
        memcpy(octets, &table->single[octet], sizeof table->single[octet]);
        return mg_cell_is_char(table->single[octet]) ? g_utf8_get_char(octets) : 0;
}

/* Octets above 0x7F that are no letter under the label: EUC-JP has many, words have none. */
static guint32 count_symbols(Text *text) {
        guint32 symbols = 0;
        for (gsize i = 0; i < MIN(text->n, SYMBOL_OCTETS); i++) {
                gunichar c = text->p[i] < 0x80 ? 'a' : single_char(text->label, text->p[i]);
                symbols += !g_unichar_isalpha(c) && !g_unichar_ismark(c);
        }
        return symbols;
}

/* Whether the octets are Japanese against a label of single octets that a mailer chose. */
static gboolean is_against_single(Text *text, const MgCharsetRow *row, gboolean clear) {
        if (is_shift_jis(row))
                return is_low(&text->sjis) && text->sjis.chars >= 2 && !text->label->low;
        /* Letters of other alphabets make kanji, but hardly kana, and stand in words of any length. */
        const MgScore *euc = &text->euc;
        if (clear && is_good(euc) && euc->score >= SCORE_AGAINST_LABEL && euc->kana * 4 >= euc->chars)
                return TRUE;
        if (!is_possible(euc) || euc->chars < 2)
                return FALSE;
        /* Words of Latin letters have those above 0x7F alone, others have them in rows. */
        gboolean latin = g_unichar_get_script(single_char(text->label, 0xE9)) == G_UNICODE_SCRIPT_LATIN;
        return latin || count_symbols(text) * 10 >= euc->chars;
}

/*
 * Whether windows-1252 is borne out: all that is not ASCII are its quotes and dashes, which are leads of kanji in
 * Shift_JIS. "a_\x96_b" is a dash between two words, and no text of kanji has all its trails in ASCII for long.
 */
static gboolean is_punctuated(const Text *text) {
        for (gsize i = 0; i < text->n; i++)
                if (text->p[i] >= 0x80 && text->p[i] != 0x85 && (text->p[i] < 0x91 || text->p[i] > 0x97))
                        return FALSE;
        return strcmp(text->label->name, "windows-1252") == 0;
}

/* Whether the octets are Japanese where the label says nothing, says what mailers set blindly, or cannot be true. */
static gboolean is_against_weak(Text *text, const MgCharsetRow *row) {
        gboolean none = text->label == NULL || text->label->kind == MG_KIND_ASCII;
        const MgScore *best = is_shift_jis(row) ? &text->sjis : &text->euc;
        if (best->score >= (none ? SCORE_UNLABELLED : SCORE_AGAINST_LABEL))
                return TRUE;
        if (text->label != NULL && (text->label->kind == MG_KIND_UTF_8 || is_punctuated(text)))
                return FALSE;
        /* EUC-JP has no octet above 0x7F alone, Shift_JIS has such that are no letters elsewhere. */
        if (best == &text->euc)
                return is_possible(best) && best->chars >= 2;
        return is_low(best) || (none && is_whole(best) && best->odd == 0 && best->score >= 0 && best->chars >= 2);
}

/* CP932 against EUC-JP by score, where the label leaves room for it. */
static gboolean try_score(Text *text) {
        const MgCharsetRow *label = text->label;
        gboolean clear, weak = label == NULL || label->weak;
        const MgCharsetRow *row = japanese_row(text, &clear);
        gboolean japanese =
                label != NULL && (label->kind == MG_KIND_JIS || label->kind == MG_KIND_EUC_JP || is_shift_jis(label));
        if (!weak && label->kind == MG_KIND_SINGLE) {
                if (!is_against_single(text, row, clear))
                        return FALSE;
        } else if (!japanese && !is_against_weak(text, row)) {
                return FALSE;
        }
        decode_as(text, row, MG_CHARSET_REASON_SCORE, !clear);
        return TRUE;
}

/* Octets above 0x7F that are not UTF-8. */
static void decode_high(Text *text) {
        const MgCharsetRow *label = text->label;
        gboolean multibyte = is_multibyte(label);
        gboolean weak = label == NULL || label->weak;
        /* One that is cut or damaged: no other charset has rows of three octets so whole. */
        if ((label == NULL || label->kind != MG_KIND_UTF_8) && text->scan.longer >= 3 &&
            few_errors(text->scan.bad, text->scan.high)) {
                decode_as(text, mg_charset_row("utf-8"), MG_CHARSET_REASON_UTF_8, FALSE);
                return;
        }
        /* A text of ISO-2022-JP with high octets and no escape is another Japanese charset. */
        if (multibyte && label->kind != MG_KIND_JIS && try_label(text, TRUE))
                return;
        if (weak && try_meta(text))
                return;
        if (try_score(text))
                return;
        score(text);
        gboolean rival = (is_whole(&text->euc) && text->euc.score >= 0) || is_possible(&text->sjis) ||
                         (is_whole(&text->sjis) && (text->sjis.low > 0 || text->sjis.chars <= 2));
        if (multibyte && (label->kind != MG_KIND_UTF_8 || text->scan.good > 0 || text->scan.pairs))
                decode_as(text, label, MG_CHARSET_REASON_LABEL, FALSE);
        else if (label != NULL && label->kind == MG_KIND_SINGLE)
                decode_as(text, label, MG_CHARSET_REASON_LABEL, rival);
        else if (text->meta != NULL && text->meta->kind == MG_KIND_SINGLE)
                decode_as(text, text->meta, MG_CHARSET_REASON_META, rival);
        else
                decode_as(text, mg_charset_row("windows-1252"), MG_CHARSET_REASON_FALLBACK, TRUE);
}

/* Escapes of ISO-2022-JP, and what the octets above 0x7F beside them are. */
static void decode_escapes(Text *text) {
        gboolean clear;
        MgJisHigh high = MG_JIS_HIGH_CP932;
        if (text->scan.high > 0 && text->scan.bad == 0)
                high = MG_JIS_HIGH_UTF_8;
        else if (text->scan.high > 0 && japanese_row(text, &clear)->kind == MG_KIND_EUC_JP && clear)
                high = MG_JIS_HIGH_EUC;
        Attempt result;
        attempt_high(mg_charset_row("iso-2022-jp"), text->p, text->n, high, &result);
        accept(text, &result, MG_CHARSET_REASON_ESCAPES, FALSE);
}

static void decode_ascii(Text *text) {
        const MgCharsetRow *label = text->label;
        if (label != NULL && label->kind == MG_KIND_JIS) {
                decode_as(text, label, MG_CHARSET_REASON_LABEL, FALSE);
                return;
        }
        gboolean sure;
        guint32 lost = mg_jis_lost(mg_charset_tables()->jis, text->p, text->n, &sure);
        if (sure && (label == NULL || label->weak)) {
                decode_as(text, mg_charset_row("iso-2022-jp"), MG_CHARSET_REASON_ESCAPES, FALSE);
                return;
        }
        copy_as(text, label != NULL && !is_wide(label) ? label->name : "us-ascii", MG_CHARSET_REASON_ASCII);
        text->out->guessed = lost;
}

/*
 * Well-formed UTF-8. Short texts of an East Asian charset can happen to be UTF-8 of two octets a character, which is
 * Latin or Greek nonsense then.
 */
static void decode_utf8(Text *text) {
        const MgCharsetRow *label = text->label;
        gboolean doubtful = text->scan.longer == 0 && (label == NULL || label->kind != MG_KIND_UTF_8);
        gboolean other = doubtful && is_multibyte(label) && label->kind != MG_KIND_JIS && try_label(text, FALSE);
        gboolean rival = FALSE;
        if (doubtful) {
                score(text);
                rival = is_good(&text->euc) || is_half_text(&text->sjis);
        }
        /* One or two characters, which with the ASCII behind them may be as many kanji or hanzi. */
        if (text->scan.good <= 2) {
                score(text);
                gboolean kanji = is_whole(&text->sjis) && text->sjis.low > 0;
                rival |= label == NULL || is_shift_jis(label) ? kanji : label->kind == MG_KIND_DOUBLE;
        }
        if (!other)
                copy_as(text, "utf-8", MG_CHARSET_REASON_UTF_8);
        if (rival)
                text->out->guessed = count_characters(text->out);
}

void mg_charset_decode(const char *bytes, gsize n, const char *label, const char *meta, MgDecoded *out) {
        Text text = {.p = (const guint8 *)bytes,
                     .n = n,
                     .label = mg_charset_row(label),
                     .meta = mg_charset_row(meta),
                     .out = out};
        gsize mark = 0;
        *out = (MgDecoded){0};
        if (n == 0) {
                text.p = (const guint8 *)"";
                copy_as(&text, text.label != NULL ? text.label->name : "us-ascii", MG_CHARSET_REASON_NONE);
                return;
        }
        const MgCharsetRow *marked = row_of_mark(text.p, n, &mark);
        if (marked != NULL) {
                text.p += mark;
                text.n -= mark;
                decode_as(&text, marked, MG_CHARSET_REASON_BOM, FALSE);
                return;
        }
        mg_utf8_scan(text.p, n, &text.scan);
        if (is_wide(text.label) && (text.scan.bad > 0 || memchr(bytes, 0, n) != NULL)) {
                decode_as(&text, text.label, MG_CHARSET_REASON_LABEL, FALSE);
                return;
        }
        /* Beside octets above 0x7F escapes are believed unless the label is of another country. */
        const MgCharsetRow *row = text.label;
        gboolean foreign = row != NULL && !row->weak && (row->kind == MG_KIND_SINGLE || row->kind == MG_KIND_DOUBLE) &&
                           !is_shift_jis(row);
        if (mg_jis_present(text.p, n) && (text.scan.high == 0 || !foreign))
                decode_escapes(&text);
        else if (text.scan.high == 0)
                decode_ascii(&text);
        else if (text.scan.bad == 0)
                decode_utf8(&text);
        else
                decode_high(&text);
}

void mg_charset_decode_as(const char *bytes, gsize n, const char *name, MgDecoded *out) {
        Text text = {.p = (const guint8 *)(n > 0 ? bytes : ""), .n = n, .out = out};
        const MgCharsetRow *row = mg_charset_row(name);
        gsize mark = 0;
        *out = (MgDecoded){0};
        if (row_of_mark(text.p, n, &mark) == row) {
                text.p += mark;
                text.n -= mark;
        }
        decode_as(&text, row, MG_CHARSET_REASON_ASKED, FALSE);
}
