/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoded files inside a text: uuencode, yEnc, BinHex and armour are cut out and described; runs of base64 are found
 * by runs_base64. Lenient, since people and mailers quote, indent and double-space: marks before a line count for
 * nothing. Linear: what was searched for in vain is not searched for again. Not found: files spread over several
 * mails, and encodings that nobody's mailer unpacks.
 */
#include <string.h>

#include "sanitize/coding.h"
#include "sanitize/runs_base64.h"
#include "sanitize/text.h"

/* Empty lines that may stand between a frame and its data. */
static const guint blank_lines = 3;
/* Full lines of uuencoded data that are data without a frame, too: four lines of prose are never like that. */
static const guint orphan_lines = 4;

typedef struct Cutter {
        const char *begin;
        const char *end;
        GString *out;
        GArray *runs;
        guint max;
        gboolean bare;
        gboolean no_yend;  /* searched to the end of the text once, in vain */
        GHashTable *ends;  /* label -> last "-----END" line of it; NULL: not looked for yet */
        const char *found; /* where the run begins that is being cut */
} Cutter;

typedef struct Line {
        const char *begin; /* with the marks before it */
        const char *s;
        gsize n; /* without marks and line end */
        const char *next;
} Line;

void mg_run_clear(gpointer data) {
        MgRun *run = data;
        g_clear_pointer(&run->name, g_free);
        g_clear_pointer(&run->content, g_bytes_unref);
}

/* At most max quote marks and blanks before the line are left out. */
static Line marked_line_at(const char *s, const char *end, gsize max) {
        const char *lf = memchr(s, '\n', end - s);
        Line line = {s, s, (lf != NULL ? lf : end) - s, lf != NULL ? lf + 1 : end};
        if (line.n > 0 && s[line.n - 1] == '\r')
                line.n--;
        while (line.n > 0 && (gsize)(line.s - s) < max && (*line.s == ' ' || *line.s == '\t' || *line.s == '>'))
                line.s++, line.n--;
        return line;
}

static Line line_at(const char *s, const char *end) {
        return marked_line_at(s, end, G_MAXSIZE);
}

static gboolean begins(const Line *line, const char *word) {
        gsize n = strlen(word);
        return line->n >= n && memcmp(line->s, word, n) == 0;
}

/* Where there is no room in the list the data are cut all the same. */
static void add_run(Cutter *cutter, char *name, const char *claimed, GBytes *content, gboolean encrypted,
                    gboolean signature) {
        MgRun run = {name, claimed, content, encrypted, signature, cutter->found - cutter->begin, 0};
        if (cutter->runs->len < cutter->max)
                g_array_append_val(cutter->runs, run);
        else
                mg_run_clear(&run);
        g_string_append(cutter->out, cutter->bare ? MG_TEXT_CUT "\n" : MG_TEXT_CUT_ASCII "\n");
}

/* Octets of the blank at s, those included that a page or a Japanese keyboard makes; 0: none. */
static gsize blank_at(const char *s, const char *end) {
        if (s < end && (*s == ' ' || *s == '\t'))
                return 1;
        if (end - s >= 2 && memcmp(s, "\xC2\xA0", 2) == 0)
                return 2;
        return end - s >= 3 && memcmp(s, "\xE3\x80\x80", 3) == 0 ? 3 : 0;
}

static const char *skip_blanks(const char *s, const char *end) {
        for (gsize n; (n = blank_at(s, end)) > 0;)
                s += n;
        return s;
}

/* The line that a uuencoded file begins with. */
typedef struct Frame {
        const char *word; /* "begin" */
        const char *name;
        gboolean base64;
        gboolean strict; /* just as uuencode writes it */
} Frame;

/* "begin", blanks, an octal mode of any length, blanks, a name; wherever in the line. POSIX, uuencode. */
static gboolean find_frame(const Line *line, Frame *frame) {
        const char *end = line->s + line->n;
        for (const char *p = line->s; (p = memmem(p, end - p, "begin", 5)) != NULL; p += 5) {
                gboolean base64 = end - p > 12 && memcmp(p + 5, "-base64", 7) == 0;
                const char *blank = p + (base64 ? 12 : 5);
                const char *mode = skip_blanks(blank, end);
                const char *q = mode;
                while (q < end && *q >= '0' && *q <= '7')
                        q++;
                gboolean ended = q == end || blank_at(q, end) > 0;
                if (mode == blank || q == mode || q - mode > 7 || !ended)
                        continue;
                gboolean strict = p == line->s && mode - blank == 1 && q - mode >= 3 && q - mode <= 4;
                *frame = (Frame){p, skip_blanks(q, end), base64, strict};
                return TRUE;
        }
        return FALSE;
}

/*
 * A line of uuencoded data: its first character says how many octets follow. Blanks are zeros, and mailers drop some
 * of them: half of a line is enough.
 */
static gboolean is_uu_line(const Line *line) {
        if (line->n < 2 || line->s[0] <= ' ' || line->s[0] >= '`')
                return FALSE;
        gsize octets = line->s[0] - ' ';
        gsize chars = (octets + 2) / 3 * 4;
        if (line->n - 1 > chars + 2 || line->n - 1 < chars / 2)
                return FALSE;
        for (gsize i = 1; i < line->n; i++)
                if (line->s[i] < ' ' || line->s[i] > '`')
                        return FALSE;
        return TRUE;
}

/* The line without the blanks that were dropped. */
static void append_uu_line(GString *data, const Line *line) {
        gsize chars = (line->s[0] - ' ' + 2) / 3 * 4;
        g_string_append_len(data, line->s, line->n);
        for (gsize n = line->n - 1; n < chars; n++)
                g_string_append_c(data, ' ');
        g_string_append_c(data, '\n');
}

/* At most blank_lines empty lines left out. */
static Line skip_empty(const Cutter *cutter, Line line, gsize marks) {
        for (guint i = 0; i < blank_lines && line.n == 0 && line.s < cutter->end; i++)
                line = marked_line_at(line.next, cutter->end, marks);
        return line;
}

/* Data lines from s on, behind as many marks, and what ends them; returns where it goes on. */
static const char *take_uu(const Cutter *cutter, const char *s, gsize marks, GString *data, guint *lines,
                           gboolean *ended) {
        Line line = skip_empty(cutter, marked_line_at(s, cutter->end, marks), marks);
        const char *stop = line.begin;
        while (line.s < cutter->end && is_uu_line(&line)) {
                append_uu_line(data, &line);
                *lines += 1;
                stop = line.next;
                line = skip_empty(cutter, marked_line_at(line.next, cutter->end, marks), marks);
        }
        if (line.s < cutter->end && line.n == 1 && (line.s[0] == '`' || line.s[0] == ' '))
                line = skip_empty(cutter, marked_line_at(line.next, cutter->end, marks), marks);
        *ended = line.s < cutter->end && line.n == 3 && begins(&line, "end");
        return *ended ? line.next : stop;
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

static const char *take_base64(const Cutter *cutter, const char *s, GString *data, guint *lines, gboolean *ended) {
        Line line = skip_empty(cutter, line_at(s, cutter->end), G_MAXSIZE);
        while (line.s < cutter->end && is_base64_line(&line)) {
                g_string_append_len(data, line.s, line.n);
                *lines += 1;
                line = line_at(line.next, cutter->end);
        }
        *ended = begins(&line, "====");
        return *ended ? line.next : line.begin;
}

static const char *cut_uuencode(Cutter *cutter, const Line *begin) {
        Frame frame;
        if (!find_frame(begin, &frame))
                return NULL;
        g_autoptr(GString) data = g_string_new(NULL);
        guint lines = 0;
        gboolean ended = FALSE;
        const char *next = frame.base64 ? take_base64(cutter, begin->next, data, &lines, &ended)
                                        : take_uu(cutter, begin->next, begin->s - begin->begin, data, &lines, &ended);
        /* "We begin 10 May" is no frame: a loose one needs more data after it than one short line. */
        if (lines == 0 || (!frame.strict && lines < 2 && !ended))
                return NULL;
        g_string_append_len(cutter->out, begin->begin, frame.word - begin->begin);
        if (frame.word > begin->s)
                g_string_append_c(cutter->out, '\n');
        gboolean broken = FALSE;
        GBytes *content = frame.base64 ? mg_coding_decode(MG_CODING_BASE64, data->str, data->len, &broken)
                                       : mg_coding_uudecode(data->str, data->len);
        add_run(cutter, g_strndup(frame.name, begin->s + begin->n - frame.name), "application/x-uuencode", content,
                FALSE, FALSE);
        return next;
}

/* Full lines of uuencoded data without a frame. */
static const char *cut_orphans(Cutter *cutter, const Line *begin) {
        gsize marks = begin->s - begin->begin;
        Line line = *begin;
        for (guint i = 0; i < orphan_lines; i++) {
                if (line.n < 61 || line.n > 63 || *line.s != 'M' || !is_uu_line(&line))
                        return NULL;
                line = marked_line_at(line.next, cutter->end, marks);
        }
        g_autoptr(GString) data = g_string_new(NULL);
        guint lines = 0;
        gboolean ended;
        const char *next = take_uu(cutter, begin->begin, marks, data, &lines, &ended);
        g_string_append_len(cutter->out, begin->begin, marks);
        add_run(cutter, g_strdup(""), "application/x-uuencode", mg_coding_uudecode(data->str, data->len), FALSE, FALSE);
        return next;
}

/* Only with the line that ends it: without one it may be what a person wrote. */
static const char *cut_yenc(Cutter *cutter, const Line *begin) {
        if (cutter->no_yend || !begins(begin, "=ybegin "))
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        const char *data = begins(&line, "=ypart ") ? line.next : line.begin;
        while (line.s < cutter->end && !begins(&line, "=yend"))
                line = line_at(line.next, cutter->end);
        if (!begins(&line, "=yend")) {
                cutter->no_yend = TRUE;
                return NULL;
        }
        const char *name = memmem(begin->s, begin->n, " name=", 6);
        gsize name_n = name != NULL ? begin->s + begin->n - name - 6 : 0;
        GBytes *content = mg_coding_ydecode(data, MAX(line.begin, data) - data);
        g_string_append_len(cutter->out, begin->begin, begin->s - begin->begin);
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
        g_string_append_len(cutter->out, begin->begin, begin->s - begin->begin);
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
        return line.s < cutter->end && line.n == 0 ? line.next : line.begin;
}

/* What stands between "-----BEGIN " or "-----END " and the dashes after it. */
static char *label_of(const Line *line, gsize skip) {
        const char *s = line->s + skip;
        gsize n = line->n - skip;
        const char *dashes = memmem(s, n, "-----", 5);
        return g_strstrip(g_strndup(s, dashes != NULL ? (gsize)(dashes - s) : n));
}

/* One pass over the text, so that blocks without an end are not searched to the end one by one. */
static void find_ends(Cutter *cutter, const char *s) {
        cutter->ends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        while (s < cutter->end) {
                Line line = line_at(s, cutter->end);
                if (begins(&line, "-----END "))
                        g_hash_table_replace(cutter->ends, label_of(&line, 9), (gpointer)line.begin);
                s = line.next;
        }
}

/* From BEGIN to the END of the same label. */
static const char *cut_armour(Cutter *cutter, const Line *begin) {
        if (!begins(begin, "-----BEGIN "))
                return NULL;
        g_autofree char *label = label_of(begin, 11);
        if (g_str_has_prefix(label, "PGP SIGNED MESSAGE"))
                return skip_signed_head(cutter, begin);
        if (!is_armoured(begin, cutter->end))
                return NULL;
        if (cutter->ends == NULL)
                find_ends(cutter, begin->begin);
        const char *last = g_hash_table_lookup(cutter->ends, label);
        if (last == NULL || last < begin->next)
                return NULL;
        Line line = line_at(begin->next, cutter->end);
        for (gboolean same = FALSE; !same && line.begin < last;) {
                g_autofree char *end = begins(&line, "-----END ") ? label_of(&line, 9) : NULL;
                same = g_strcmp0(end, label) == 0;
                if (!same)
                        line = line_at(line.next, cutter->end);
        }
        guint row = 0;
        while (!g_str_has_prefix(label, armours[row].label))
                row++;
        g_string_append_len(cutter->out, begin->begin, begin->s - begin->begin);
        add_run(cutter, g_strdup(""), armours[row].claimed, g_bytes_new(begin->begin, line.next - begin->begin),
                armours[row].encrypted, armours[row].signature);
        return line.next;
}

static const char *cut_framed(Cutter *cutter, const Line *line) {
        cutter->found = line->begin;
        const char *next = line->n == 0 ? NULL : cut_uuencode(cutter, line);
        if (next != NULL || line->n == 0)
                return next;
        switch (*line->s) {
        case 'M':
                return cut_orphans(cutter, line);
        case '=':
                return cut_yenc(cutter, line);
        case '(':
                return cut_binhex(cutter, line);
        case '-':
                return cut_armour(cutter, line);
        default:
                return NULL;
        }
}

/* Base64 that begins in the line that begins at p: cut where it is found. */
static const char *cut_span(Cutter *cutter, const char *p, const MgSpan *span) {
        const char *begin = MAX(p, cutter->begin + span->begin);
        const char *stop = cutter->begin + span->end;
        gboolean broken = FALSE;
        g_autoptr(GBytes) decoded = mg_coding_decode(MG_CODING_BASE64, begin, stop - begin, &broken);
        cutter->found = begin;
        g_string_append_len(cutter->out, p, begin - p);
        add_run(cutter, g_strdup(""), "application/octet-stream", g_bytes_ref(decoded), FALSE, FALSE);
        while (stop < cutter->end && *stop == '\r')
                stop++;
        return stop < cutter->end && *stop == '\n' ? stop + 1 : stop;
}

GString *mg_text_cut_runs(const char *s, gsize n, gboolean bare, GArray *runs, guint max) {
        Cutter cutter = {.begin = s,
                         .end = s + n,
                         .out = g_string_sized_new(MIN(n, 1 << 20)),
                         .runs = runs,
                         .max = max,
                         .bare = bare};
        g_autoptr(GArray) spans = mg_base64_spans(s, bare ? n : 0);
        guint at = 0;
        for (const char *p = s; p < cutter.end;) {
                Line line = line_at(p, cutter.end);
                guint known = runs->len;
                const char *next = cut_framed(&cutter, &line);
                while (at < spans->len && s + g_array_index(spans, MgSpan, at).end <= p)
                        at++;
                const MgSpan *span = at < spans->len ? &g_array_index(spans, MgSpan, at) : NULL;
                if (next == NULL && span != NULL && s + span->begin < line.next)
                        next = cut_span(&cutter, p, span);
                else if (next == NULL)
                        g_string_append_len(cutter.out, p, line.next - p);
                p = next != NULL ? next : line.next;
                if (runs->len > known) {
                        MgRun *run = &g_array_index(runs, MgRun, known);
                        run->n = p - s - run->at;
                }
        }
        g_clear_pointer(&cutter.ends, g_hash_table_unref);
        return cutter.out;
}
