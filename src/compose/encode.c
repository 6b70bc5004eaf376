/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode: tokens, encoded words, quoted strings, folding, base64
 *
 * Knows no field by name and trusts that its values are of their class; what comes out is checked by grammar.c.
 */
#include "compose/encode.h"

#include <string.h>

#define WIDTH 76
#define WORD_MAX 75   /* of an encoded word, RFC 2047 section 2 */
#define QUOTED_MAX 60 /* longer names are encoded: a quoted string cannot be folded everywhere */
#define PLAIN_MAX 200 /* octets of one blank-free run in a plain subject */

void mg_field_begin(MgFieldWriter *writer, const char *name) {
        writer->start = writer->line = writer->out->len;
        g_string_append(writer->out, name);
        g_string_append_c(writer->out, ':');
}

void mg_field_end(MgFieldWriter *writer) {
        g_string_append(writer->out, "\r\n");
}

gsize mg_field_size(const MgFieldWriter *writer) {
        return writer->out->len - writer->start;
}

static gsize column(const MgFieldWriter *writer) {
        return writer->out->len - writer->line;
}

/* The field's name with its colon is all that stands there: no fold here, readers differ on an empty first line. */
static gboolean at_beginning(const MgFieldWriter *writer) {
        return writer->line == writer->start && writer->out->str[writer->out->len - 1] == ':';
}

static void fold(MgFieldWriter *writer) {
        g_string_append(writer->out, "\r\n");
        writer->line = writer->out->len;
}

static void put(MgFieldWriter *writer, const char *token, gsize n) {
        if (column(writer) + 1 + n > WIDTH && !at_beginning(writer))
                fold(writer);
        g_string_append_c(writer->out, ' ');
        g_string_append_len(writer->out, token, n);
}

void mg_field_token(MgFieldWriter *writer, const char *token) {
        put(writer, token, strlen(token));
}

/* How many octets of s go into one encoded word of at most max octets of payload, in whole characters; at least one. */
static gsize fit_utf8(const char *s, gsize max) {
        gsize n = 0;

        while (s[n]) {
                gsize next = (gsize)(g_utf8_next_char(s + n) - s);

                if (next > max && n > 0)
                        break;
                n = next;
        }
        return n;
}

/* The same for ISO-2022-JP, where going to kanji and back costs three octets each. */
static gsize fit_jis(const char *s, gsize max) {
        gsize n = 0, used = 0;
        gboolean kanji = FALSE;

        while (s[n]) {
                gboolean is_kanji = (guint8)s[n] >= 0x80;
                gsize cost = (is_kanji ? 2 : 1) + (is_kanji != kanji ? 3 : 0);

                if (used + cost + (is_kanji ? 3 : 0) > max && n > 0)
                        break;
                used += cost;
                kanji = is_kanji;
                n = (gsize)(g_utf8_next_char(s + n) - s);
        }
        return n;
}

static void put_encoded_words(MgFieldWriter *writer, const char *text) {
        const char *head = writer->jis ? "=?ISO-2022-JP?B?" : "=?UTF-8?B?";
        gsize frame = strlen(head) + 2;

        while (*text) {
                g_autoptr(GString) word = g_string_new(head);
                g_autoptr(GString) octets = g_string_new(NULL);
                g_autofree char *encoded = NULL;
                gsize room = WIDTH > column(writer) + 1 ? WIDTH - column(writer) - 1 : 0, n;

                if (room < frame + 16 && !at_beginning(writer)) { /* too little for a few characters */
                        fold(writer);
                        room = WORD_MAX;
                }
                room = (CLAMP(room, frame + 16, WORD_MAX) - frame) / 4 * 3;
                n = writer->jis ? fit_jis(text, room) : fit_utf8(text, room);
                if (writer->jis)
                        mg_jis_encode(writer->jis, text, n, octets);
                else
                        g_string_append_len(octets, text, n);
                encoded = g_base64_encode((const guchar *)octets->str, octets->len);
                g_string_append(word, encoded);
                g_string_append(word, "?=");
                put(writer, word->str, word->len);
                text += n;
        }
}

/*
 * Whether text can stand as bare words: ASCII that folding and unfolding gives back, and that no reader takes for an
 * encoded word.
 */
static gboolean is_plain(const char *text) {
        gsize run = 0;

        if (text[0] == ' ' || strstr(text, "=?") || strstr(text, "  "))
                return FALSE;
        for (const char *p = text; *p; p++) {
                if (*p < 0x20 || *p >= 0x7F)
                        return FALSE;
                run = *p == ' ' ? 0 : run + 1;
                if (run > PLAIN_MAX || (*p == ' ' && p[1] == '\0'))
                        return FALSE;
        }
        return TRUE;
}

/*
 * text in the charset of the field; a stand-in where the charset has nothing of it (marks without a base): a field
 * must not be left empty. Caller frees.
 */
static char *express(const MgFieldWriter *writer, const char *text) {
        g_autofree char *expressed = writer->jis ? mg_jis_express(writer->jis, text) : g_strdup(text);

        return g_strdup(*text && !*expressed ? "〓" : expressed);
}

void mg_field_text(MgFieldWriter *writer, const char *text) {
        g_autofree char *expressed = express(writer, text);

        if (!is_plain(expressed)) {
                put_encoded_words(writer, expressed);
                return;
        }
        for (const char *p = expressed; *p;) {
                gsize n = strcspn(p, " ");

                put(writer, p, n);
                p += n + (p[n] == ' ' ? 1 : 0);
        }
}

void mg_field_words(MgFieldWriter *writer, const char *text) {
        g_autofree char *expressed = express(writer, text);

        put_encoded_words(writer, expressed);
}

void mg_field_phrase(MgFieldWriter *writer, const char *text) {
        g_autofree char *expressed = express(writer, text);
        g_autoptr(GString) quoted = g_string_new("\"");

        if (!is_plain(expressed) || strlen(expressed) > QUOTED_MAX) {
                put_encoded_words(writer, expressed);
                return;
        }
        if (!*expressed)
                return;
        for (const char *p = expressed; *p; p++) {
                if (*p == '"' || *p == '\\')
                        g_string_append_c(quoted, '\\');
                g_string_append_c(quoted, *p);
        }
        g_string_append_c(quoted, '"');
        put(writer, quoted->str, quoted->len);
}

void mg_encode_base64(const char *data, gsize n, GString *out) {
        for (gsize i = 0; i < n; i += WIDTH / 4 * 3) {
                g_autofree char *line = g_base64_encode((const guchar *)data + i, MIN(n - i, WIDTH / 4 * 3));

                g_string_append(out, line);
                g_string_append(out, "\r\n");
        }
}
