/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <string.h>

/*
 * charset_table: what the files of the charset decoder share; nobody else includes it
 *
 * Tables are filled once by mg_charset_warm() and only read afterwards. Decoders are pure: tables and bytes in, UTF-8
 * out.
 */
typedef enum MgCharsetKind {
        MG_KIND_ASCII,
        MG_KIND_UTF_8,
        MG_KIND_UTF_16,
        MG_KIND_UTF_32,
        MG_KIND_JIS,    /* ISO-2022-JP and its relatives, own decoder */
        MG_KIND_EUC_JP, /* own decoder */
        MG_KIND_DOUBLE, /* one or two octets: a table made from iconv */
        MG_KIND_SINGLE, /* one octet: a table made from iconv */
} MgCharsetKind;

typedef enum MgEndian { MG_ENDIAN_UNKNOWN, MG_ENDIAN_BIG, MG_ENDIAN_LITTLE } MgEndian;

typedef struct MgCharsetRow {
        const char *name;  /* canonical, lower case */
        const char *key;   /* its letters and digits */
        const char *iconv; /* what iconv calls it; NULL where we decode it ourselves */
        MgCharsetKind kind;
        MgEndian endian;
        gboolean weak; /* a label that mailers set without looking: not believed against evidence */
        gboolean low;  /* has letters in 0x80 to 0x9F */
} MgCharsetRow;

/* The row of a label, or NULL. */
const MgCharsetRow *mg_charset_row(const char *label);
/* All rows, in order; *n is their number. */
const MgCharsetRow *mg_charset_rows(gsize *n);

/*
 * Output of a decoder: the buffer has room for 3 octets per octet of input plus 32. No character needs more (two octets
 * make at most one of 4, one octet at most one of 3) but an emoji, which asks mg_sink_has_room().
 */
#define MG_SINK_ROOM(n) ((n)*3 + 32)
typedef struct MgSink {
        guint8 *at;
        guint8 *begin;
        guint8 *end;
        guint32 replaced; /* all characters that could not be read */
        guint32 errors;   /* those that this charset does not have: evidence against it (vendor characters are none) */
        guint32 guessed;  /* characters of a carrier that may be those of another one */
} MgSink;

/* Whether 8 octets can be written and left octets of input still find their room. */
static inline gboolean mg_sink_has_room(const MgSink *sink, gsize left) {
        return (gsize)(sink->end - sink->at) >= left * 3 + 16 + 8;
}

static inline void mg_sink_char(MgSink *sink, guint32 c) {
        guint8 *p = sink->at;
        if (c < 0x80) {
                p[0] = (guint8)c;
                sink->at = p + 1;
        } else if (c < 0x800) {
                p[0] = (guint8)(0xC0 | c >> 6);
                p[1] = (guint8)(0x80 | (c & 0x3F));
                sink->at = p + 2;
        } else if (c < 0x10000) {
                p[0] = (guint8)(0xE0 | c >> 12);
                p[1] = (guint8)(0x80 | (c >> 6 & 0x3F));
                p[2] = (guint8)(0x80 | (c & 0x3F));
                sink->at = p + 3;
        } else {
                p[0] = (guint8)(0xF0 | c >> 18);
                p[1] = (guint8)(0x80 | (c >> 12 & 0x3F));
                p[2] = (guint8)(0x80 | (c >> 6 & 0x3F));
                p[3] = (guint8)(0x80 | (c & 0x3F));
                sink->at = p + 4;
        }
}

static inline void mg_sink_error(MgSink *sink) {
        mg_sink_char(sink, 0xFFFD);
        sink->replaced++;
        sink->errors++;
}

/* A vendor's own character: 〓, as Japanese printers' proofs have it. */
static inline void mg_sink_geta(MgSink *sink) {
        mg_sink_char(sink, 0x3013);
        sink->replaced++;
}

/*
 * Cells of a table: a character as its octets of UTF-8 in memory, 0 (none), or MG_CELL_GETA (a vendor's character
 * without a place in Unicode).
 */
#define MG_CELL_GETA 0xFFFFFFFFu

static inline gboolean mg_cell_is_char(guint32 cell) {
        return cell != 0 && cell != MG_CELL_GETA;
}

static inline guint32 mg_cell_of(guint32 c) {
        guint32 cell = 0;
        guint8 octets[8];
        MgSink sink = {.at = octets, .begin = octets};
        if (c == 0 || c == MG_CELL_GETA)
                return c;
        mg_sink_char(&sink, c);
        memcpy(&cell, octets, (gsize)(sink.at - octets));
        return cell;
}

/* A cell that is a character: four octets are written at `at`, behind those that count is what is returned. */
static inline guint8 *mg_cell_write(guint8 *at, guint32 cell) {
        memcpy(at, &cell, 4);
        guint8 lead = *at;
        return at + 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0);
}

static inline void mg_sink_octets(MgSink *sink, guint32 cell) {
        sink->at = mg_cell_write(sink->at, cell);
}

static inline void mg_sink_cell(MgSink *sink, guint32 cell) {
        if (cell == MG_CELL_GETA)
                mg_sink_geta(sink);
        else if (cell == 0)
                mg_sink_error(sink);
        else
                mg_sink_octets(sink, cell);
}

/* How many of [p, end) are ASCII before the first that is not. Eight at a time. */
static inline gsize mg_ascii_run(const guint8 *p, const guint8 *end) {
        const guint8 *q = p;
        while (end - q >= 8) {
                guint64 word;
                memcpy(&word, q, 8);
                if (word & G_GUINT64_CONSTANT(0x8080808080808080))
                        break;
                q += 8;
        }
        while (q < end && *q < 0x80)
                q++;
        return (gsize)(q - p);
}

static inline const guint8 *mg_sink_ascii(MgSink *sink, const guint8 *p, const guint8 *end) {
        guint8 *at = sink->at;
        while (end - p >= 8) {
                guint64 word;
                memcpy(&word, p, 8);
                if (word & G_GUINT64_CONSTANT(0x8080808080808080))
                        break;
                memcpy(at, &word, 8);
                at += 8;
                p += 8;
        }
        while (p < end && *p < 0x80)
                *at++ = *p++;
        sink->at = at;
        return p;
}

#define MG_DOUBLE_LEADS 128 /* 0x80..0xFF */
typedef struct MgDoubleTable {
        guint32 single[128]; /* 0x80..0xFF on their own */
        guint32 pair[MG_DOUBLE_LEADS][256];
} MgDoubleTable;

typedef struct MgSingleTable {
        guint32 single[256];
} MgSingleTable;

static inline guint32 mg_double_pair(const MgDoubleTable *table, guint8 lead, guint8 trail) {
        return lead >= 0x80 ? table->pair[lead - 0x80][trail] : 0;
}

/* GB18030's codes of four octets for the Basic Multilingual Plane, in their order. */
#define MG_QUADS 39420
typedef struct MgQuadTable {
        guint32 cell[MG_QUADS];
} MgQuadTable;

#define MG_JIS_ROWS                                                                                                    \
        120 /* 94 of JIS X 0208, then CP932's user-defined and IBM rows, which some mailers send as further rows */
typedef struct MgJisTables {
        const MgDoubleTable *cp932;
        guint32 x0208[MG_JIS_ROWS][94];
        guint32 x0212[94][94];
} MgJisTables;

/* charset_tables.c: what mg_charset_warm() made. table: of MgDoubleTable or MgSingleTable, by row of mg_charset_rows(). */
typedef struct MgCharsetTables {
        gpointer *table;
        MgJisTables *jis;
        MgQuadTable *quads;
} MgCharsetTables;
const MgCharsetTables *mg_charset_tables(void);

/* charset_double.c */
/* quads: NULL where the charset has no codes of four octets. emoji: read the carriers' pictographs of Shift_JIS. */
void mg_double_decode(const MgDoubleTable *table, const MgQuadTable *quads, gboolean emoji, const guint8 *p, gsize n,
                      MgSink *sink);
void mg_single_decode(const MgSingleTable *table, const guint8 *p, gsize n, MgSink *sink);

/* charset_emoji.c */
typedef enum MgCarrier { MG_CARRIER_DOCOMO, MG_CARRIER_KDDI, MG_CARRIER_SOFTBANK, _MG_CARRIER_N } MgCarrier;

/* Which carrier's pictographs a text in Shift_JIS has. */
typedef struct MgCarrierGuess {
        MgCarrier carrier;
        gboolean any;  /* there is one */
        gboolean sure; /* no other carrier has as many of them */
} MgCarrierGuess;
void mg_emoji_carrier(const MgDoubleTable *cp932, const guint8 *p, gsize n, MgCarrierGuess *guess);
/* Writes the emoji of a carrier's code of Shift_JIS. FALSE where there is none or no room; left: octets of input left. */
gboolean mg_emoji_write(MgCarrier carrier, guint code, gsize left, MgSink *sink);
/* The length of SoftBank's `ESC $ page code... SI` at p (on ESC), or 0. */
gsize mg_emoji_webcode(const guint8 *p, const guint8 *end);
/* Writes its emoji, each that is unknown as a replaced character. */
void mg_emoji_write_webcode(const guint8 *p, gsize n, gsize left, MgSink *sink);

/* charset_jis.c */
/* Fills x0208 from cp932 by the arithmetic of Shift_JIS; x0212 is filled by the caller. */
void mg_jis_tables_init(MgJisTables *tables, const MgDoubleTable *cp932);
/* What octets above 0x7F are that stand in a text of ISO-2022-JP. */
typedef enum MgJisHigh { MG_JIS_HIGH_CP932, MG_JIS_HIGH_EUC, MG_JIS_HIGH_UTF_8 } MgJisHigh;
/* lost: also read `$B...(B` whose escape characters were lost on the way. */
void mg_jis_decode(const MgJisTables *tables, gboolean lost, MgJisHigh high, const guint8 *p, gsize n, MgSink *sink);
void mg_euc_jp_decode(const MgJisTables *tables, const guint8 *p, gsize n, MgSink *sink);
/* Whether an escape sequence of ISO-2022-JP that leads to kanji or kana is there, or a carrier's. */
gboolean mg_jis_present(const guint8 *p, gsize n);
/* Whether more goes on with the kanji, kana or escape sequence that [p, p+n) ends in, or neither is ISO-2022-JP. */
gboolean mg_jis_continues(const guint8 *p, gsize n, const guint8 *more, gsize n_more);
/*
 * Characters in runs of `$B...(B` of a text without one ESC; a run that begins with kana is none. *sure: they can hardly
 * be anything else.
 */
guint32 mg_jis_lost(const MgJisTables *tables, const guint8 *p, gsize n, gboolean *sure);
/* The code at p in EUC-JP and how many octets it took. A lead octet without a trail of its own takes one. */
guint32 mg_euc_jp_cell(const MgJisTables *tables, const guint8 *p, const guint8 *end, gsize *used);

/* charset_score.c: how Japanese the octets look, read as Shift_JIS or EUC-JP. Looks at a beginning of bounded length. */
typedef struct MgScore {
        gint64 score;   /* kana and common kanji speak for it, impossible octets against */
        guint32 chars;  /* above ASCII */
        guint32 errors; /* octets that are no character */
        guint32 vendor; /* a vendor's own characters */
        guint32 kana;   /* full-width kana */
        guint32 kanji;  /* of level 1 and 2 */
        guint32 rare;   /* of level 2 */
        guint32 half;   /* half-width kana */
        guint32 odd;    /* half-width kana where none can stand: a voice mark after a vowel and the like */
        guint32 marks;  /* voice marks of half-width kana where they can stand */
        guint32 low;    /* characters with a lead octet below 0xA0, which most other charsets do not have */
        guint32 late;   /* of EUC-JP: those with a lead octet of 0xC9 and above, which is no hangul in EUC-KR */
} MgScore;
void mg_sjis_score(const MgJisTables *tables, const guint8 *p, gsize n, MgScore *score);
void mg_euc_jp_score(const MgJisTables *tables, const guint8 *p, gsize n, MgScore *score);

/* charset_unicode.c */
typedef struct MgUtf8Scan {
        gsize high;     /* octets above 0x7F */
        gsize good;     /* well-formed sequences of several octets */
        gsize longer;   /* those of three or four */
        gsize bad;      /* ill-formed ones; beyond MG_UTF8_HOPELESS the others are no longer counted */
        gboolean pairs; /* two octets above 0x7F stand beside each other somewhere */
} MgUtf8Scan;
#define MG_UTF8_HOPELESS 256
void mg_utf8_scan(const guint8 *p, gsize n, MgUtf8Scan *scan);
void mg_utf8_decode(const guint8 *p, gsize n, MgSink *sink);
void mg_utf16_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink);
void mg_utf32_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink);

/*
 * Length of the well-formed sequence of UTF-8 at p (its first octet is above 0x7F), or minus the length of the
 * ill-formed beginning.
 */
static inline int mg_utf8_sequence(const guint8 *p, const guint8 *end) {
        guint8 lead = p[0];
        guint8 low = 0x80, high = 0xBF;
        int more;
        if (lead >= 0xE1 && lead <= 0xEC && end - p >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80)
                return 3; /* most of Japanese */
        if (lead >= 0xC2 && lead <= 0xDF) {
                more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
                more = 2;
                low = lead == 0xE0 ? 0xA0 : 0x80;
                high = lead == 0xED ? 0x9F : 0xBF;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
                more = 3;
                low = lead == 0xF0 ? 0x90 : 0x80;
                high = lead == 0xF4 ? 0x8F : 0xBF;
        } else {
                return -1;
        }
        for (int i = 1; i <= more; i++) {
                if (p + i >= end || p[i] < low || p[i] > high)
                        return -i;
                low = 0x80;
                high = 0xBF;
        }
        return more + 1;
}
