/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word: encoded words as mailers write them
 *
 * Accepted beyond RFC 2047: any length, any case, blanks and question marks inside, missing padding, base64 in pieces,
 * no blank between words or beside text, a language after the charset (RFC 2231, 5), charsets that do not exist
 * (guessed). What is no word stays as it stands. It knows no quoting: callers decide where words may be.
 */
#include "sanitize/word.h"

#include <string.h>

#include "sanitize/charset.h"

#define LABEL_MAX 64

typedef struct Word {
        char label[LABEL_MAX]; /* without the language */
        char coding;           /* 'B' or 'Q' */
        const char *text;
        gsize n_text;
        gsize length;
} Word;

/* The charset between "=?" and the next '?'; its length, or -1 where it cannot be one. */
static gssize word_label(const char *p, gsize n, char label[LABEL_MAX]) {
        gsize n_label = 0;
        gboolean language = FALSE;
        for (gsize i = 0; i < MIN(n, LABEL_MAX); i++) {
                guchar c = (guchar)p[i];
                if (c == '?') {
                        label[n_label] = '\0';
                        return (gssize)i;
                }
                if (c < 0x20 || c > 0x7E || strchr("=<>\"(),", c) != NULL)
                        return -1;
                language |= c == '*';
                if (!language && c != ' ')
                        label[n_label++] = (char)c;
        }
        return -1;
}

/* The end of the text: the first "?=". A "=?" before it begins another word, and this one is none. */
static const char *word_end(const char *text, const char *end) {
        const char *p = text;
        while (p < end && (p = memchr(p, '?', (gsize)(end - p))) != NULL) {
                if (p + 1 < end && p[1] == '=')
                        return p;
                if (p > text && p[-1] == '=')
                        return NULL;
                p++;
        }
        return NULL;
}

static gboolean word_parse(const char *p, gsize n, Word *word) {
        if (n < 8 || p[0] != '=' || p[1] != '?')
                return FALSE;
        gssize n_label = word_label(p + 2, n - 2, word->label);
        const char *coding = p + 3 + n_label;
        if (n_label < 0 || (gsize)n_label + 7 > n || coding[1] != '?')
                return FALSE;
        word->coding = g_ascii_toupper(coding[0]);
        if (word->coding != 'B' && word->coding != 'Q')
                return FALSE;
        word->text = coding + 2;
        const char *end = word_end(word->text, p + n);
        if (end == NULL)
                return FALSE;
        word->n_text = (gsize)(end - word->text);
        word->length = (gsize)(end + 2 - p);
        return TRUE;
}

gsize mg_word_length(const char *p, gsize n) {
        Word word;
        return word_parse(p, n, &word) ? word.length : 0;
}

static int base64_value(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '-')
                return 62;
        return c == '/' || c == '_' ? 63 : -1;
}

static void decode_b(const Word *word, GString *out) {
        guint32 bits = 0;
        guint n_bits = 0;
        for (gsize i = 0; i < word->n_text; i++) {
                int value = base64_value(word->text[i]);
                if (value < 0) {
                        /* Padding ends a piece; another may follow. */
                        n_bits = word->text[i] == '=' ? 0 : n_bits;
                        continue;
                }
                bits = bits << 6 | (guint32)value;
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        g_string_append_c(out, (char)(bits >> n_bits & 0xFF));
                }
        }
}

static void decode_q(const Word *word, GString *out) {
        for (gsize i = 0; i < word->n_text; i++) {
                char c = word->text[i];
                gboolean coded = c == '=' && i + 2 < word->n_text;
                int high = coded ? g_ascii_xdigit_value(word->text[i + 1]) : -1;
                int low = high >= 0 ? g_ascii_xdigit_value(word->text[i + 2]) : -1;
                if (low >= 0) {
                        g_string_append_c(out, (char)(high << 4 | low));
                        i += 2;
                } else {
                        g_string_append_c(out, c == '_' ? ' ' : c);
                }
        }
}

/* Octets that are to be decoded together. */
typedef struct Run {
        char label[LABEL_MAX];
        char coding; /* of the last word; 0: no run */
        GString *bytes;
        GString *out;
        guint32 replaced;
        guint32 guessed;
} Run;

static void append_decoded(Run *run, const char *bytes, gsize n, const char *label) {
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, n, label, NULL, &decoded);
        run->replaced += decoded.replaced;
        run->guessed += decoded.guessed;
        const char *p = decoded.text, *end = decoded.text + decoded.n;
        /* Some mailers encode the NUL that ends their string. */
        while (end > p && end[-1] == '\0')
                end--;
        while (p < end) {
                const char *nul = memchr(p, 0, (gsize)(end - p));
                g_string_append_len(run->out, p, (nul != NULL ? nul : end) - p);
                if (nul == NULL)
                        return;
                /* A3: visible, since whoever takes the text as a C string would end it here. */
                g_string_append(run->out, "\xEF\xBF\xBD");
                run->replaced++;
                p = nul + 1;
        }
}

static void run_end(Run *run) {
        if (run->coding != 0 && run->bytes->len > 0)
                append_decoded(run, run->bytes->str, run->bytes->len, run->label);
        run->coding = 0;
        g_string_truncate(run->bytes, 0);
}

static void run_add(Run *run, const Word *word) {
        g_autoptr(GString) bytes = g_string_sized_new(word->n_text);
        if (word->coding == 'B')
                decode_b(word, bytes);
        else
                decode_q(word, bytes);
        gboolean same = run->coding != 0 && g_ascii_strcasecmp(run->label, word->label) == 0;
        if (same && g_strcmp0(mg_charset_name(word->label), "iso-2022-jp") == 0)
                same = run->coding == word->coding &&
                       mg_charset_jis_continues(run->bytes->str, run->bytes->len, bytes->str, bytes->len);
        if (!same) {
                run_end(run);
                g_strlcpy(run->label, word->label, sizeof run->label);
        }
        run->coding = word->coding;
        g_string_append_len(run->bytes, bytes->str, (gssize)bytes->len);
}

static gboolean all_blank(const char *p, const char *end) {
        while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
                p++;
        return p == end;
}

static void run_literal(Run *run, const char *p, const char *end, gboolean between) {
        if (p == end || (between && run->coding != 0 && all_blank(p, end)))
                return;
        run_end(run);
        append_decoded(run, p, (gsize)(end - p), NULL);
}

void mg_word_decode(const char *s, gsize n, GString *out, guint32 *replaced, guint32 *guessed) {
        g_autoptr(GString) bytes = g_string_new(NULL);
        Run run = {.bytes = bytes, .out = out};
        const char *end = s + n, *literal = s, *p = s;
        while (p < end && (p = memmem(p, (gsize)(end - p), "=?", 2)) != NULL) {
                Word word;
                if (!word_parse(p, (gsize)(end - p), &word)) {
                        p += 2;
                        continue;
                }
                run_literal(&run, literal, p, TRUE);
                run_add(&run, &word);
                p += word.length;
                literal = p;
        }
        run_literal(&run, literal, end, FALSE);
        run_end(&run);
        if (replaced != NULL)
                *replaced += run.replaced;
        if (guessed != NULL)
                *guessed += run.guessed;
}
