/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_double: charsets of one or two octets a character, by table
 *
 * Shift_JIS, GB18030 (and its codes of four octets), Big5, EUC-KR and all of a single octet. Does not decide which of
 * them it is.
 */
#include "sanitize/charset_table.h"

/* Four octets of GB18030: 81-FE 30-39 81-FE 30-39. */
static inline gboolean is_quad(const guint8 *p, const guint8 *end) {
        return end - p >= 4 && p[0] >= 0x81 && p[0] <= 0xFE && p[1] >= 0x30 && p[1] <= 0x39 && p[2] >= 0x81 &&
               p[2] <= 0xFE && p[3] >= 0x30 && p[3] <= 0x39;
}

/* From 90 30 81 30 on they count the other planes. */
static guint32 quad_cell(const MgQuadTable *quads, const guint8 *p) {
        guint32 index = (((guint32)(p[0] - 0x81) * 10 + (p[1] - 0x30u)) * 126 + (p[2] - 0x81u)) * 10 + (p[3] - 0x30u);
        guint32 astral = (0x90 - 0x81) * 12600;
        if (index < MG_QUADS)
                return quads->cell[index];
        return index >= astral && index - astral < 0x100000 ? mg_cell_of(index - astral + 0x10000) : 0;
}

typedef struct Double {
        const MgDoubleTable *table;
        const MgQuadTable *quads;
        MgCarrierGuess carrier;
        const guint8 *end;
        MgSink *sink;
} Double;

static gboolean write_emoji(const Double *d, const guint8 *p, guint32 cell) {
        /* SoftBank's last page lies on IBM's kanji. */
        gboolean vendor = !mg_cell_is_char(cell) || (p[0] == 0xFB && d->carrier.carrier == MG_CARRIER_SOFTBANK);
        if (!d->carrier.any || !vendor || d->end - p < 2 ||
            !mg_emoji_write(d->carrier.carrier, (guint)(p[0] << 8 | p[1]), (gsize)(d->end - p - 2), d->sink))
                return FALSE;
        d->sink->guessed += !d->carrier.sure;
        return TRUE;
}

/* What is not simply a pair of the table. Returns how many octets it took. */
static gsize decode_odd(const Double *d, const guint8 *p) {
        guint8 trail = d->end - p >= 2 ? p[1] : 0;
        guint32 cell = mg_double_pair(d->table, p[0], trail);
        if (write_emoji(d, p, cell))
                return 2;
        if (cell != 0) {
                mg_sink_cell(d->sink, cell);
                return 2;
        }
        if (d->quads != NULL && is_quad(p, d->end)) {
                cell = quad_cell(d->quads, p);
                mg_sink_cell(d->sink, cell);
                return cell != 0 ? 4 : 1;
        }
        cell = d->table->single[p[0] - 0x80];
        mg_sink_cell(d->sink, cell);
        /* E6: a lead without valid trail never swallows ASCII; two high octets without a character are one error. */
        return cell == 0 && p[0] >= 0x81 && p[0] <= 0xFE && trail >= 0x80 && trail <= 0xFE ? 2 : 1;
}

void mg_double_decode(const MgDoubleTable *table, const MgQuadTable *quads, gboolean emoji, const guint8 *p, gsize n,
                      MgSink *sink) {
        Double d = {.table = table, .quads = quads, .end = p + n, .sink = sink};
        const guint8 *end = p + n;
        if (emoji)
                mg_emoji_carrier(table, p, n, &d.carrier);
        gboolean fb = d.carrier.any && d.carrier.carrier == MG_CARRIER_SOFTBANK;
        while (p < end) {
                if (*p < 0x80) {
                        p = mg_sink_ascii(sink, p, end);
                        continue;
                }
                guint32 cell = end - p >= 2 ? table->pair[p[0] - 0x80][p[1]] : 0;
                if (mg_cell_is_char(cell) && !(fb && p[0] == 0xFB)) {
                        mg_sink_octets(sink, cell);
                        p += 2;
                } else {
                        p += decode_odd(&d, p);
                }
        }
}

void mg_single_decode(const MgSingleTable *table, const guint8 *p, gsize n, MgSink *sink) {
        const guint8 *end = p + n;
        /* Not through the sink: the compiler would load and store its place for each octet. */
        guint8 *at = sink->at;
        for (; p < end; p++) {
                guint32 cell = table->single[*p];
                if (G_LIKELY(mg_cell_is_char(cell))) {
                        at = mg_cell_write(at, cell);
                } else if (*p == 0) {
                        *at++ = 0;
                } else {
                        sink->at = at;
                        mg_sink_cell(sink, cell);
                        at = sink->at;
                }
        }
        sink->at = at;
}
