/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_emoji: pictographs of the Japanese mobile carriers -> emoji
 *
 * Codes are those of the carriers' Shift_JIS, which overlap: which carrier a text is from is told by the codes that it
 * has. SoftBank's escapes are its Shift_JIS in pages of one letter, and its private-use characters of Unicode are the
 * same pages from U+E000 on. The tables are made from Unicode's own data while the project is built. Pictographs that
 * Unicode does not have stay 〓.
 */
#include "sanitize/charset.h"
#include "sanitize/charset_table.h"

typedef struct MgEmoji {
        guint16 code;
        guint32 first;
        guint32 second; /* keycaps and flags are two characters; 0: one */
} MgEmoji;

#include "sanitize/emoji_table.h"

static const struct {
        const MgEmoji *rows;
        gsize n;
} carriers[_MG_CARRIER_N] = {
        [MG_CARRIER_DOCOMO] = {docomo_emoji, G_N_ELEMENTS(docomo_emoji)},
        [MG_CARRIER_KDDI] = {kddi_emoji, G_N_ELEMENTS(kddi_emoji)},
        [MG_CARRIER_SOFTBANK] = {softbank_emoji, G_N_ELEMENTS(softbank_emoji)},
};

static const MgEmoji *find(MgCarrier carrier, guint code) {
        gsize low = 0, high = carriers[carrier].n;
        while (low < high) {
                gsize middle = low + (high - low) / 2;
                const MgEmoji *row = &carriers[carrier].rows[middle];
                if (row->code == code)
                        return row;
                if (row->code < code)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* In mail KDDI's codes from 0xF640 on stand from 0xEB40 on as well, where CP932 has nothing. */
static guint plain_code(MgCarrier carrier, guint code) {
        return carrier == MG_CARRIER_KDDI && code >= 0xEB40 && code <= 0xECFC ? code + 0xB00 : code;
}

void mg_emoji_carrier(const MgDoubleTable *cp932, const guint8 *p, gsize n, MgCarrierGuess *guess) {
        const guint8 *end = p + n;
        gsize hits[_MG_CARRIER_N] = {0};
        *guess = (MgCarrierGuess){0};
        while (p < end) {
                if (*p < 0x80) {
                        p += mg_ascii_run(p, end);
                        continue;
                }
                guint32 cell = end - p >= 2 ? cp932->pair[p[0] - 0x80][p[1]] : 0;
                gboolean mail = cell == 0 && (*p == 0xEB || *p == 0xEC) && end - p >= 2;
                for (guint i = 0; (cell == MG_CELL_GETA || mail) && i < _MG_CARRIER_N; i++)
                        hits[i] += find(i, plain_code(i, (guint)(p[0] << 8 | p[1]))) != NULL;
                p += cell != 0 ? 2 : 1;
        }
        for (guint i = 1; i < _MG_CARRIER_N; i++)
                if (hits[i] > hits[guess->carrier])
                        guess->carrier = i;
        guess->any = hits[guess->carrier] > 0;
        guess->sure = TRUE;
        for (guint i = 0; i < _MG_CARRIER_N; i++)
                if (i != guess->carrier && hits[i] == hits[guess->carrier])
                        guess->sure = FALSE;
}

static void put(const MgEmoji *row, MgSink *sink) {
        mg_sink_char(sink, row->first);
        if (row->second != 0)
                mg_sink_char(sink, row->second);
}

gboolean mg_emoji_write(MgCarrier carrier, guint code, gsize left, MgSink *sink) {
        const MgEmoji *row = find(carrier, plain_code(carrier, code));
        if (row == NULL || !mg_sink_has_room(sink, left))
                return FALSE;
        put(row, sink);
        return TRUE;
}

/* Where the pages of SoftBank's escapes begin in its Shift_JIS; in Unicode they begin at U+E000, U+E100 and so on. */
static const struct {
        char letter;
        guint16 code;
} pages[] = {{'G', 0xF941}, {'E', 0xF741}, {'F', 0xF7A1}, {'O', 0xF9A1}, {'P', 0xFB41}, {'Q', 0xFBA1}};

static guint page_code(guint8 letter, guint8 c) {
        for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
                if ((guint8)pages[i].letter != letter)
                        continue;
                guint code = pages[i].code + (c - 0x21u);
                gboolean skips = (pages[i].code & 0xFF) < 0x7F && (code & 0xFF) >= 0x7F;
                return code + (skips ? 1 : 0);
        }
        return 0;
}

gsize mg_emoji_webcode(const guint8 *p, const guint8 *end) {
        if (end - p < 4 || p[1] != '$' || page_code(p[2], '!') == 0)
                return 0;
        const guint8 *q = p + 3;
        while (q < end && *q >= 0x21 && *q <= 0x7A)
                q++;
        /* Without the SI that closes it it ends with its first code. */
        if (q == p + 3)
                return 0;
        return q < end && *q == 0x0F ? (gsize)(q + 1 - p) : 4;
}

void mg_emoji_write_webcode(const guint8 *p, gsize n, gsize left, MgSink *sink) {
        const guint8 *end = p + n;
        for (const guint8 *q = p + 3; q < end && *q != 0x0F; q++)
                if (!mg_emoji_write(MG_CARRIER_SOFTBANK, page_code(p[2], *q), left + (gsize)(end - q), sink))
                        mg_sink_geta(sink);
}

/*
 * The first private-use character of [p, end), or end: EE 80 80 to EF A3 BF, planes 15 and 16 from
 * F3 B0 80 80 on. What is no UTF-8 is none.
 */
static const guint8 *find_private(const guint8 *p, const guint8 *end) {
        while (p < end) {
                if (*p < 0x80) {
                        p += mg_ascii_run(p, end);
                        continue;
                }
                int n = mg_utf8_sequence(p, end);
                if ((n == 3 && (p[0] == 0xEE || (p[0] == 0xEF && p[1] <= 0xA3))) ||
                    (n == 4 && (p[0] == 0xF4 || (p[0] == 0xF3 && p[1] >= 0xB0))))
                        return p;
                p += ABS(n);
        }
        return end;
}

static const MgEmoji *private_emoji(gunichar c) {
        guint page = (c - 0xE000) >> 8, at = c & 0xFF;
        if (page >= G_N_ELEMENTS(pages) || at == 0 || at > 'z' - ' ')
                return NULL;
        return find(MG_CARRIER_SOFTBANK, page_code((guint8)pages[page].letter, (guint8)(at + ' ')));
}

GString *mg_charset_settle_private(const char *text, gsize n, gboolean pictographs, guint32 *replaced) {
        const guint8 *p = (const guint8 *)text, *end = p + n;
        const guint8 *next = find_private(p, end);
        if (next == end)
                return NULL;
        GString *out = g_string_sized_new(n);
        for (; next < end; next = find_private(p, end)) {
                g_string_append_len(out, (const char *)p, next - p);
                gunichar c = g_utf8_get_char((const char *)next);
                const MgEmoji *row = pictographs ? private_emoji(c) : NULL;
                g_string_append_unichar(out, row != NULL ? row->first : 0x3013);
                if (row != NULL && row->second != 0)
                        g_string_append_unichar(out, row->second);
                *replaced += row == NULL && *replaced < G_MAXUINT32;
                p = next + (*next < 0xF0 ? 3 : 4);
        }
        g_string_append_len(out, (const char *)p, end - p);
        return out;
}
