/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoded files inside a text: uuencode, yEnc, BinHex, armour and bare base64 are cut out and described. Works on
 * octets, before the character set is decoded, because yEnc is 8-bit. One pass: no line is looked at by the same
 * matcher twice. Not found: runs behind a quote mark, and files spread over several mails are not put together.
 */
#include <string.h>

#include "sanitize/coding.h"
#include "sanitize/text.h"

/* Lines of base64 that make a run, and octets that make one without line ends. */
static const guint run_lines = 20;
static const gsize run_octets = 1000;

typedef struct Cutter {
        const char *end;
        GString *out;
        GArray *runs;
        guint max;
        gboolean no_armour_end; /* searched to the end of the text once, in vain */
} Cutter;

typedef struct Line {
        const char *s;
        gsize n; /* without the line end */
        const char *next;
} Line;

void mg_run_clear(gpointer data) {
        MgRun *run = data;
        g_clear_pointer(&run->name, g_free);
        g_clear_pointer(&run->content, g_bytes_unref);
}

static Line line_at(const char *s, const char *end) {
        const char *lf = memchr(s, '\n', end - s);
        Line line = {s, (lf != NULL ? lf : end) - s, lf != NULL ? lf + 1 : end};
        if (line.n > 0 && s[line.n - 1] == '\r')
                line.n--;
        return line;
}

static gboolean begins(const Line *line, const char *word) {
        gsize n = strlen(word);
        return line->n >= n && memcmp(line->s, word, n) == 0;
}

/* The text after the n-th blank of the line. */
static char *words_after(const Line *line, guint blanks) {
        gsize i = 0;
        while (i < line->n && blanks > 0)
                blanks -= line->s[i++] == ' ';
        return g_strndup(line->s + i, line->n - i);
}

static void add_run(Cutter *cutter, char *name, const char *claimed, GBytes *content, gboolean encrypted,
                    gboolean signature) {
        MgRun run = {name, claimed, content, encrypted, signature};
        g_array_append_val(cutter->runs, run);
        g_string_append(cutter->out, "[符号化されたデータを除去 / encoded data removed]\n");
}

/* A line of uuencoded data: its first character says how many octets follow. POSIX, uuencode. */
static gboolean is_uu_line(const Line *line) {
        if (line->n < 2 || line->s[0] <= ' ' || line->s[0] >= '`')
                return FALSE;
        gsize octets = line->s[0] - ' ';
        gsize chars = (octets + 2) / 3 * 4;
        if (line->n - 1 > chars + 2 || line->n - 1 < (octets * 8 + 5) / 6)
                return FALSE;
        for (gsize i = 1; i < line->n; i++)
                if (line->s[i] < ' ' || line->s[i] > '`')
                        return FALSE;
        return TRUE;
}

/* Octal digits of the mode in a "begin" line at its first blank, or 0. */
static guint mode_digits(const Line *line, gsize at) {
        guint digits = 0;
        while (at + digits < line->n && line->s[at + digits] >= '0' && line->s[at + digits] <= '7')
                digits++;
        gboolean ended = at + digits < line->n && line->s[at + digits] == ' ';
        return ended && digits >= 3 && digits <= 4 ? digits : 0;
}

static const char *cut_uuencode(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "begin ") || mode_digits(begin, 6) == 0)
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        if (!is_uu_line(&line))
                return NULL;
        while (line.s < cutter->end && is_uu_line(&line))
                line = line_at(line.next, cutter->end);
        GBytes *content = mg_coding_uudecode(begin->next, line.s - begin->next);
        add_run(cutter, words_after(begin, 2), "application/x-uuencode", content, FALSE, FALSE);
        if (line.s < cutter->end && (line.n == 0 || (line.n == 1 && (line.s[0] == '`' || line.s[0] == ' '))))
                line = line_at(line.next, cutter->end);
        return line.s < cutter->end && line.n == 3 && begins(&line, "end") ? line.next : line.s;
}

static gboolean is_base64_line(const Line *line) {
        gsize n = line->n;
        while (n > 0 && line->s[n - 1] == '=' && line->n - n < 2)
                n--;
        for (gsize i = 0; i < n; i++)
                if (!g_ascii_isalnum(line->s[i]) && line->s[i] != '+' && line->s[i] != '/')
                        return FALSE;
        return n > 0;
}

static const char *cut_begin_base64(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "begin-base64 ") || mode_digits(begin, 13) == 0)
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        if (!is_base64_line(&line))
                return NULL;
        while (line.s < cutter->end && is_base64_line(&line))
                line = line_at(line.next, cutter->end);
        gboolean broken = FALSE;
        GBytes *content = mg_coding_decode(MG_CODING_BASE64, begin->next, line.s - begin->next, &broken);
        add_run(cutter, words_after(begin, 2), "application/x-uuencode", content, FALSE, FALSE);
        return begins(&line, "====") ? line.next : line.s;
}

static const char *cut_yenc(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "=ybegin ") || memmem(begin->s, begin->n, " size=", 6) == NULL)
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        const char *data = begins(&line, "=ypart ") ? line.next : line.s;
        while (line.s < cutter->end && !begins(&line, "=yend"))
                line = line_at(line.next, cutter->end);
        const char *name = memmem(begin->s, begin->n, " name=", 6);
        gsize name_n = name != NULL ? begin->s + begin->n - name - 6 : 0;
        GBytes *content = mg_coding_ydecode(data, MAX(line.s, data) - data);
        add_run(cutter, g_strndup(name_n > 0 ? name + 6 : "", name_n), "application/x-yencode", content, FALSE, FALSE);
        return line.next;
}

/* RFC 1741: from the line that begins with a colon to the one that ends with one. Kept as it stands. */
static const char *cut_binhex(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "(This file must be converted with BinHex"))
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        for (guint i = 0; i < 3 && line.n == 0 && line.s < cutter->end; i++)
                line = line_at(line.next, cutter->end);
        if (line.n < 2 || line.s[0] != ':')
                return NULL;
        const char *data = line.s;
        while (line.s < cutter->end && line.n > 0 && (line.s[line.n - 1] != ':' || line.n == 1))
                line = line_at(line.next, cutter->end);
        GBytes *content = g_bytes_new(data, MIN(line.next, cutter->end) - data);
        add_run(cutter, g_strdup(""), "application/mac-binhex40", content, FALSE, FALSE);
        return line.next;
}

static const struct {
        const char *label;
        const char *claimed;
        gboolean encrypted;
        gboolean signature;
} armours[] = {
        {"PGP MESSAGE", "application/pgp-encrypted", TRUE, FALSE},
        {"PGP SIGNATURE", "application/pgp-signature", FALSE, TRUE},
        {"PGP PUBLIC KEY BLOCK", "application/pgp-keys", FALSE, FALSE},
        {"PKCS7", "application/pkcs7-mime", TRUE, FALSE},
        {"CMS", "application/pkcs7-mime", TRUE, FALSE},
        {"", "application/x-pem-file", FALSE, FALSE},
};

/* Whether base64 follows: after at most 16 armour headers and an empty line (RFC 9580 section 6.2). */
static gboolean is_armoured(const Line *begin, const char *end) {
        Line line = line_at(begin->next, end);
        for (guint i = 0; i < 16 && line.s < end; i++) {
                if (line.n >= 8 && is_base64_line(&line))
                        return TRUE;
                if (line.n > 0 && memchr(line.s, ':', line.n) == NULL)
                        return FALSE;
                line = line_at(line.next, end);
        }
        return FALSE;
}

/* The line that says that signed text follows, and its Hash headers: dropped, the text itself stays. */
static const char *skip_signed_head(Cutter *cutter, const Line *begin) {
        Line line = line_at(begin->next, cutter->end);
        while (line.s < cutter->end && begins(&line, "Hash:"))
                line = line_at(line.next, cutter->end);
        return line.s < cutter->end && line.n == 0 ? line.next : line.s;
}

static const char *cut_armour(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "-----BEGIN "))
                return NULL;
        Line label = {begin->s + 11, begin->n - 11, NULL};
        if (begins(&label, "PGP SIGNED MESSAGE"))
                return skip_signed_head(cutter, begin);
        if (cutter->no_armour_end || !is_armoured(begin, cutter->end))
                return NULL;
        const char *stop = memmem(begin->next, cutter->end - begin->next, "\n-----END ", 10);
        if (stop == NULL) {
                cutter->no_armour_end = TRUE;
                return NULL;
        }
        Line last = line_at(stop + 1, cutter->end);
        guint row = 0;
        while (!begins(&label, armours[row].label))
                row++;
        add_run(cutter, g_strdup(""), armours[row].claimed, g_bytes_new(begin->s, last.next - begin->s),
                armours[row].encrypted, armours[row].signature);
        return last.next;
}

/* Text drawn with a few letters is no data: base64 of anything has many. */
static gboolean is_varied(const char *s, gsize n) {
        guint8 seen[256] = {0};
        guint distinct = 0, lower = 0, upper = 0;
        for (gsize i = 0; i < n; i++) {
                distinct += !seen[(guint8)s[i]];
                seen[(guint8)s[i]] = 1;
                lower += g_ascii_islower(s[i]) != 0;
                upper += g_ascii_isupper(s[i]) != 0;
        }
        return distinct >= 16 && lower > 0 && upper > 0;
}

/* *skip: where the scan goes on when it is no run, so that its lines are not looked at again. */
static const char *cut_base64(Cutter *cutter, const Line *begin, const char **skip) {
        if (begin->n < 40 || !is_base64_line(begin))
                return NULL;
        Line line = *begin;
        guint lines = 0;
        while (line.s < cutter->end && line.n == begin->n && is_base64_line(&line)) {
                lines++;
                line = line_at(line.next, cutter->end);
        }
        *skip = line.s;
        if (lines < run_lines || !is_varied(begin->s, begin->n * 4))
                return NULL;
        const char *stop = line.s;
        if (line.s < cutter->end && line.n < begin->n && line.n % 4 == 0 && is_base64_line(&line))
                stop = line.next;
        gboolean broken = FALSE;
        add_run(cutter, g_strdup(""), "application/octet-stream",
                mg_coding_decode(MG_CODING_BASE64, begin->s, stop - begin->s, &broken), FALSE, FALSE);
        return stop;
}

/* A line that may hold a run without line ends: data: addresses and the like (B17). */
static void cut_in_line(Cutter *cutter, const Line *line) {
        const char *end = line->s + line->n;
        const char *done = line->s;
        for (const char *p = line->s; p < end;) {
                const char *q = p;
                while (q < end && (g_ascii_isalnum(*q) || *q == '+' || *q == '/'))
                        q++;
                if ((gsize)(q - p) >= run_octets && cutter->runs->len < cutter->max && is_varied(p, q - p)) {
                        gboolean broken = FALSE;
                        g_string_append_len(cutter->out, done, p - done);
                        add_run(cutter, g_strdup(""), "application/octet-stream",
                                mg_coding_decode(MG_CODING_BASE64, p, q - p, &broken), FALSE, FALSE);
                        done = q;
                }
                p = q + 1;
        }
        g_string_append_len(cutter->out, done, line->next - done);
}

GString *mg_text_cut_runs(const char *s, gsize n, GArray *runs, guint max) {
        Cutter cutter = {s + n, g_string_sized_new(MIN(n, 1 << 20)), runs, max, FALSE};
        const char *plain = s; /* lines before this one are no base64 run */
        for (const char *p = s; p < cutter.end;) {
                Line line = line_at(p, cutter.end);
                const char *next = NULL;
                if (runs->len < max) {
                        switch (*p) {
                        case 'b':
                                next = cut_uuencode(&cutter, &line);
                                next = next != NULL ? next : cut_begin_base64(&cutter, &line);
                                break;
                        case '=':
                                next = cut_yenc(&cutter, &line);
                                break;
                        case '(':
                                next = cut_binhex(&cutter, &line);
                                break;
                        case '-':
                                next = cut_armour(&cutter, &line);
                                break;
                        }
                        if (next == NULL && p >= plain)
                                next = cut_base64(&cutter, &line, &plain);
                }
                if (next == NULL && line.n >= run_octets)
                        cut_in_line(&cutter, &line);
                else if (next == NULL)
                        g_string_append_len(cutter.out, p, line.next - p);
                p = next != NULL ? next : line.next;
        }
        return cutter.out;
}
