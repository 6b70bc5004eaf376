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
} MgCharsetRow;

/* The row of a label, or NULL. */
const MgCharsetRow *mg_charset_row(const char *label);
/* All rows, in order; *n is their number. */
const MgCharsetRow *mg_charset_rows(gsize *n);

/*
 * Output of a decoder. out has room for 3 octets per octet of input plus 16: no decoder needs more (two octets make at
 * most one character of 4, one octet at most one of 3).
 */
typedef struct MgSink {
        guint8 *at;
        guint8 *begin;
        guint32 replaced; /* all characters that could not be read */
        guint32 errors;   /* those that this charset does not have: evidence against it (vendor characters are none) */
} MgSink;

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
        gsize run = mg_ascii_run(p, end);
        memcpy(sink->at, p, run);
        sink->at += run;
        return p + run;
}

/* Cells of a table: a code point, 0 (none), or MG_CELL_GETA (a vendor's character without a place in Unicode). */
#define MG_CELL_GETA 0xFFFFFFFFu

#define MG_DOUBLE_LEADS 126  /* 0x81..0xFE */
#define MG_DOUBLE_TRAILS 191 /* 0x40..0xFE */
typedef struct MgDoubleTable {
        guint32 single[128]; /* 0x80..0xFF on their own */
        guint32 pair[MG_DOUBLE_LEADS][MG_DOUBLE_TRAILS];
} MgDoubleTable;

typedef struct MgSingleTable {
        guint32 single[128];
} MgSingleTable;

static inline guint32 mg_double_pair(const MgDoubleTable *table, guint8 lead, guint8 trail) {
        if (lead < 0x81 || lead > 0xFE || trail < 0x40 || trail > 0xFE)
                return 0;
        return table->pair[lead - 0x81][trail - 0x40];
}

/*
 * quad: asked for four octets that begin a GB18030 sequence of four; a code point or 0. NULL where the charset has
 * none.
 */
typedef guint32 (*MgQuadFunc)(const guint8 *p, gpointer data);
void mg_double_decode(const MgDoubleTable *table, MgQuadFunc quad, gpointer data, const guint8 *p, gsize n,
                      MgSink *sink);
void mg_single_decode(const MgSingleTable *table, const guint8 *p, gsize n, MgSink *sink);

/* charset_jis.c */
#define MG_JIS_ROWS                                                                                                    \
        120 /* 94 of JIS X 0208, then CP932's user-defined and IBM rows, which some mailers send as further rows */
typedef struct MgJisTables {
        const MgDoubleTable *cp932;
        guint32 x0208[MG_JIS_ROWS][94];
        guint32 x0212[94][94];
} MgJisTables;

/* Fills x0208 from cp932 by the arithmetic of Shift_JIS; x0212 is filled by the caller. */
void mg_jis_tables_init(MgJisTables *tables, const MgDoubleTable *cp932);
/* lost: also read `$B...(B` whose escape characters were lost on the way. */
void mg_jis_decode(const MgJisTables *tables, gboolean lost, const guint8 *p, gsize n, MgSink *sink);
void mg_euc_jp_decode(const MgJisTables *tables, const guint8 *p, gsize n, MgSink *sink);
/* Whether an escape sequence of ISO-2022-JP that leads to kanji or kana is there. */
gboolean mg_jis_present(const guint8 *p, gsize n);
/*
 * How Japanese the bytes look, read as Shift_JIS or EUC-JP: kana and common kanji speak for it, impossible bytes
 * against.
 */
gint64 mg_sjis_score(const MgJisTables *tables, const guint8 *p, gsize n);
gint64 mg_euc_jp_score(const MgJisTables *tables, const guint8 *p, gsize n);

/* charset_unicode.c */
typedef struct MgUtf8Scan {
        gsize high;     /* octets above 0x7F */
        gsize good;     /* well-formed sequences of several octets */
        gsize longer;   /* those of three or four */
        gsize bad;      /* ill-formed ones */
        gboolean pairs; /* two octets above 0x7F stand beside each other somewhere */
} MgUtf8Scan;
void mg_utf8_scan(const guint8 *p, gsize n, MgUtf8Scan *scan);
void mg_utf8_decode(const guint8 *p, gsize n, MgSink *sink);
void mg_utf16_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink);
void mg_utf32_decode(MgEndian endian, const guint8 *p, gsize n, MgSink *sink);
