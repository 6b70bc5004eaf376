/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset: bytes of a mail -> UTF-8, by evidence first and label second
 *
 * mg_charset_warm() turns iconv's converters into tables before the worker is confined, so that decoding neither opens
 * a module nor hands iconv a name or more than one character of the mail. Only GB18030's four-octet codes ask a
 * converter later, which is kept open. The decoder does not clean (controls, bidi: base/text does), does not
 * normalize, and does not guess among other languages than Japanese: what no evidence and no label decides is
 * windows-1252.
 */
#include "sanitize/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/error.h"
#include "sanitize/charset_table.h"

#define ROWS_MAX 64

/*
 * The state of this file: filled once by mg_charset_warm(), only read afterwards but for the converter's own shift
 * state, which is reset before each use. One worker has one thread.
 */
static struct {
        gboolean warm;
        gpointer tables[ROWS_MAX]; /* of MgDoubleTable or MgSingleTable, by row */
        MgJisTables *jis;
        iconv_t gb18030;
} state;

/* One character through iconv: its code point, or 0 where there is none or more than one. */
static guint32 probe(iconv_t converter, const guint8 *bytes, gsize n) {
        char in[8];
        guint32 out[4];
        char *from = in, *to = (char *)out;
        gsize n_from = n, n_to = sizeof out;
        memcpy(in, bytes, n);
        iconv(converter, NULL, NULL, NULL, NULL);
        if (iconv(converter, &from, &n_from, &to, &n_to) == (gsize)-1 || n_from != 0)
                return 0;
        /* Converters that combine keep one character back. */
        if (iconv(converter, NULL, NULL, &to, &n_to) == (gsize)-1 || sizeof out - n_to != 4)
                return 0;
        if ((out[0] >= 0xE000 && out[0] <= 0xF8FF) || out[0] >= 0xF0000)
                return MG_CELL_GETA;
        return out[0];
}

/* GLib's byte order macro decides what the machine reads a code point as. */
#define UTF_32_NATIVE (G_BYTE_ORDER == G_LITTLE_ENDIAN ? "UTF-32LE" : "UTF-32BE")

static gboolean open_converter(const char *name, iconv_t *converter, GError **error) {
        *converter = iconv_open(UTF_32_NATIVE, name);
        if (*converter != (iconv_t)-1)
                return TRUE;
        mg_error_system(error, "iconv has no converter for %s", name);
        return FALSE;
}

static void fill_single(iconv_t converter, guint32 single[128]) {
        for (guint i = 0; i < 128; i++) {
                guint8 byte = (guint8)(0x80 + i);
                single[i] = probe(converter, &byte, 1);
        }
}

static void fill_pairs(iconv_t converter, MgDoubleTable *table) {
        for (guint lead = 0; lead < MG_DOUBLE_LEADS; lead++) {
                guint8 bytes[2] = {(guint8)(lead + 0x81), 0};
                for (guint trail = 0; trail < MG_DOUBLE_TRAILS; trail++) {
                        bytes[1] = (guint8)(trail + 0x40);
                        table->pair[lead][trail] = bytes[1] == 0x7F ? 0 : probe(converter, bytes, 2);
                        /* A lead octet that stands for itself followed by ASCII is no pair. */
                        if (table->single[bytes[0] - 0x80] != 0)
                                table->pair[lead][trail] = 0;
                }
        }
}

static gboolean fill_row(const MgCharsetRow *row, gpointer *table, GError **error) {
        iconv_t converter;
        if (row->iconv == NULL)
                return TRUE;
        if (!open_converter(row->iconv, &converter, error))
                return FALSE;
        if (row->kind == MG_KIND_SINGLE) {
                MgSingleTable *single = g_new0(MgSingleTable, 1);
                fill_single(converter, single->single);
                *table = single;
        } else {
                MgDoubleTable *pairs = g_new0(MgDoubleTable, 1);
                fill_single(converter, pairs->single);
                fill_pairs(converter, pairs);
                *table = pairs;
        }
        iconv_close(converter);
        return TRUE;
}

/* JIS X 0212 as the third code set of EUC, with the IBM characters that EUC-JP-MS has there. */
static gboolean fill_x0212(MgJisTables *jis, GError **error) {
        iconv_t converter;
        if (!open_converter("EUC-JP-MS", &converter, error))
                return FALSE;
        for (guint row = 0; row < 94; row++) {
                for (guint cell = 0; cell < 94; cell++) {
                        guint8 bytes[3] = {0x8F, (guint8)(row + 0xA1), (guint8)(cell + 0xA1)};
                        jis->x0212[row][cell] = probe(converter, bytes, 3);
                }
        }
        iconv_close(converter);
        return TRUE;
}

static gpointer table_of(const char *name) {
        gsize n;
        const MgCharsetRow *row = mg_charset_row(name);
        return state.tables[row - mg_charset_rows(&n)];
}

gboolean mg_charset_warm(GError **error) {
        gsize n;
        const MgCharsetRow *rows = mg_charset_rows(&n);
        if (state.warm)
                return TRUE;
        g_return_val_if_fail(n <= ROWS_MAX, FALSE);
        for (gsize i = 0; i < n; i++)
                if (state.tables[i] == NULL && !fill_row(&rows[i], &state.tables[i], error))
                        return FALSE;
        if (state.jis == NULL)
                state.jis = g_new0(MgJisTables, 1);
        mg_jis_tables_init(state.jis, table_of("shift_jis"));
        if (!fill_x0212(state.jis, error) || !open_converter("GB18030", &state.gb18030, error))
                return FALSE;
        /* The first conversion of a converter may allocate: let it do so now. */
        const guint8 euro[4] = {0x81, 0x30, 0x84, 0x36};
        if (probe(state.gb18030, euro, 4) == 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "iconv's GB18030 does not decode four octets");
                return FALSE;
        }
        state.warm = TRUE;
        return TRUE;
}

void mg_decoded_clear(MgDecoded *decoded) {
        g_clear_pointer(&decoded->text, g_free);
        decoded->n = 0;
}

const char *mg_charset_name(const char *label) {
        const MgCharsetRow *row = mg_charset_row(label);
        return row != NULL ? row->name : NULL;
}

static guint32 gb18030_quad(const guint8 *p, gpointer data) {
        return probe((iconv_t)data, p, 4);
}

/* Four octets of GB18030: 81-FE 30-39 81-FE 30-39. */
static inline gboolean is_quad(const guint8 *p, const guint8 *end) {
        return end - p >= 4 && p[1] >= 0x30 && p[1] <= 0x39 && p[2] >= 0x81 && p[2] <= 0xFE && p[3] >= 0x30 &&
               p[3] <= 0x39;
}

static inline void sink_cell(MgSink *sink, guint32 cell) {
        if (cell == MG_CELL_GETA)
                mg_sink_geta(sink);
        else if (cell == 0)
                mg_sink_error(sink);
        else
                mg_sink_char(sink, cell);
}

void mg_double_decode(const MgDoubleTable *table, MgQuadFunc quad, gpointer data, const guint8 *p, gsize n,
                      MgSink *sink) {
        const guint8 *end = p + n;
        while (p < end) {
                if (*p < 0x80) {
                        p = mg_sink_ascii(sink, p, end);
                        continue;
                }
                guint8 trail = end - p >= 2 ? p[1] : 0;
                guint32 cell = mg_double_pair(table, p[0], trail);
                gsize used = 2;
                if (cell == 0 && quad != NULL && is_quad(p, end)) {
                        cell = quad(p, data);
                        used = cell != 0 ? 4 : 1;
                } else if (cell == 0) {
                        cell = table->single[p[0] - 0x80];
                        /*
                         * E6: a lead without valid trail never swallows ASCII; two high octets without a character are
                         * one error.
                         */
                        used = cell == 0 && p[0] >= 0x81 && p[0] <= 0xFE && trail >= 0x80 && trail <= 0xFE ? 2 : 1;
                }
                sink_cell(sink, cell);
                p += used;
        }
}

void mg_single_decode(const MgSingleTable *table, const guint8 *p, gsize n, MgSink *sink) {
        const guint8 *end = p + n;
        while (p < end) {
                if (*p < 0x80)
                        p = mg_sink_ascii(sink, p, end);
                else
                        sink_cell(sink, table->single[*p++ - 0x80]);
        }
}

static void decode_row(const MgCharsetRow *row, const guint8 *p, gsize n, MgSink *sink) {
        gsize n_rows;
        const gpointer table = state.tables[row - mg_charset_rows(&n_rows)];
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
                mg_jis_decode(state.jis, TRUE, p, n, sink);
                break;
        case MG_KIND_EUC_JP:
                mg_euc_jp_decode(state.jis, p, n, sink);
                break;
        case MG_KIND_DOUBLE: {
                gboolean quads = strcmp(row->name, "gb18030") == 0;
                mg_double_decode(table, quads ? gb18030_quad : NULL, state.gb18030, p, n, sink);
                break;
        }
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

static void attempt(const MgCharsetRow *row, const guint8 *p, gsize n, Attempt *out) {
        guint8 *buffer = g_malloc(n * 3 + 16);
        MgSink sink = {.at = buffer, .begin = buffer};
        decode_row(row, p, n, &sink);
        gsize length = (gsize)(sink.at - buffer);
        buffer[length] = '\0';
        out->decoded = (MgDecoded){
                .text = g_realloc(buffer, length + 1), .n = length, .charset = row->name, .replaced = sink.replaced};
        out->errors = sink.errors;
}

static void decode_as(const MgCharsetRow *row, const guint8 *p, gsize n, MgDecoded *out) {
        Attempt result;
        attempt(row, p, n, &result);
        *out = result.decoded;
}

static void copy_as(const char *name, const guint8 *p, gsize n, MgDecoded *out) {
        char *text = g_malloc(n + 1);
        memcpy(text, p, n);
        text[n] = '\0';
        *out = (MgDecoded){.text = text, .n = n, .charset = name};
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

/*
 * A score below which octets are not taken for Japanese: two common kanji where no label says anything, three against
 * one that does (two octets prove nothing: C0 BC is an overlong '<' and a kanji of EUC-JP).
 */
#define SCORE_UNLABELLED 4
#define SCORE_AGAINST_LABEL 6

/* The better of Shift_JIS and EUC-JP if it reaches least, else NULL. */
static const MgCharsetRow *japanese_row(const guint8 *p, gsize n, const MgCharsetRow *label, gint64 least) {
        gint64 sjis = mg_sjis_score(state.jis, p, n);
        gint64 euc = mg_euc_jp_score(state.jis, p, n);
        if (MAX(sjis, euc) < least)
                return NULL;
        if (sjis == euc && label != NULL && label->kind == MG_KIND_EUC_JP)
                return label;
        return mg_charset_row(euc > sjis ? "euc-jp" : "shift_jis");
}

/* Whether errors are so few that the label is right and the text is damaged: one, and one more for each 32 octets. */
static gboolean few_errors(guint32 errors, gsize high) {
        return errors <= high / 32 + (high > 2 ? 1 : 0);
}

/* A multibyte label (not UTF-8's own 16 and 32): its text if that is clean or nearly so. */
static gboolean try_label(const MgCharsetRow *row, const guint8 *p, gsize n, const MgUtf8Scan *scan, gboolean damaged,
                          MgDecoded *out) {
        if (row->kind == MG_KIND_UTF_8 && scan->good == 0)
                return FALSE;
        Attempt result;
        attempt(row, p, n, &result);
        if (result.errors == 0 || (damaged && few_errors(result.errors, scan->high))) {
                *out = result.decoded;
                return TRUE;
        }
        mg_decoded_clear(&result.decoded);
        return FALSE;
}

/* Octets above 0x7F that are not UTF-8. */
static void decode_high(const guint8 *p, gsize n, const MgCharsetRow *label, const MgCharsetRow *meta,
                        const MgUtf8Scan *scan, MgDecoded *out) {
        const MgCharsetRow *multibyte = is_multibyte(label) ? label : NULL;
        gboolean weak = label == NULL || label->weak;
        /* A text of ISO-2022-JP with high octets and no escape is another Japanese charset. */
        gboolean jis = multibyte != NULL && multibyte->kind == MG_KIND_JIS;
        if (multibyte != NULL && !jis && try_label(multibyte, p, n, scan, TRUE, out))
                return;
        if (weak && is_multibyte(meta) && try_label(meta, p, n, scan, FALSE, out))
                return;
        gboolean japanese = jis || (multibyte != NULL &&
                                    (multibyte->kind == MG_KIND_EUC_JP || strcmp(multibyte->name, "shift_jis") == 0));
        gboolean unlabelled = label == NULL || label->kind == MG_KIND_ASCII;
        const MgCharsetRow *row = NULL;
        if (japanese)
                row = japanese_row(p, n, label, G_MININT64);
        else if (weak || multibyte != NULL)
                row = japanese_row(p, n, label, unlabelled ? SCORE_UNLABELLED : SCORE_AGAINST_LABEL);
        if (row == NULL && multibyte != NULL && (multibyte->kind != MG_KIND_UTF_8 || scan->good > 0 || scan->pairs))
                row = multibyte;
        if (row == NULL && label != NULL && label->kind == MG_KIND_SINGLE)
                row = label;
        if (row == NULL && meta != NULL && meta->kind == MG_KIND_SINGLE)
                row = meta;
        decode_as(row != NULL ? row : mg_charset_row("windows-1252"), p, n, out);
}

void mg_charset_decode(const char *bytes, gsize n, const char *label, const char *meta, MgDecoded *out) {
        const guint8 *p = (const guint8 *)bytes;
        const MgCharsetRow *row = mg_charset_row(label);
        gsize mark = 0;
        *out = (MgDecoded){0};
        if (n == 0) {
                copy_as(row != NULL ? row->name : "us-ascii", (const guint8 *)"", 0, out);
                return;
        }
        const MgCharsetRow *marked = row_of_mark(p, n, &mark);
        if (marked != NULL) {
                decode_as(marked, p + mark, n - mark, out);
                return;
        }
        MgUtf8Scan scan;
        mg_utf8_scan(p, n, &scan);
        if (is_wide(row) && (scan.bad > 0 || memchr(p, 0, n) != NULL)) {
                decode_as(row, p, n, out);
                return;
        }
        gboolean jis_label = row != NULL && row->kind == MG_KIND_JIS;
        gboolean jis = mg_jis_present(p, n);
        if ((jis && (scan.high == 0 || jis_label)) || (jis_label && scan.high == 0)) {
                decode_as(mg_charset_row("iso-2022-jp"), p, n, out);
                return;
        }
        if (scan.high == 0) {
                copy_as(row != NULL && !is_wide(row) ? row->name : "us-ascii", p, n, out);
                return;
        }
        /*
         * Short texts of an East Asian charset can happen to be UTF-8 of two octets a character, which is then Latin
         * nonsense.
         */
        gboolean doubtful = scan.longer == 0 && is_multibyte(row) && row->kind != MG_KIND_UTF_8 && !jis_label;
        if (scan.bad == 0 && !(doubtful && try_label(row, p, n, &scan, FALSE, out))) {
                copy_as("utf-8", p, n, out);
                return;
        }
        if (scan.bad > 0)
                decode_high(p, n, row, mg_charset_row(meta), &scan, out);
}
