/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of base64 in a text. Counts words and not lines: a run is words of the base64 alphabet with nothing between
 * them but blanks, line ends, quote marks and padding, many of which change between capitals, small letters and
 * digits as no language and no table does. Does not decode, and does not find other encodings (hexadecimal, base32).
 */
#include "sanitize/runs_base64.h"

#include <string.h>

/*
 * Octets that make a run: two thirds of them are data. The smallest file that does something is about as large, while
 * keys, signatures of header fields and identifiers that people quote are below.
 */
static const gsize run_octets = 1000;
/* Octets of ordinary looking words between two that look encoded: "QUJD" is one of the former by chance. */
static const gsize gap_octets = 64;
/* Characters of a word that nobody writes: zeros of a program are "AAAAAAAA". */
static const gsize filler_octets = 16;

typedef enum Look { LOOK_PROSE, LOOK_FILLER, LOOK_DENSE } Look;
typedef enum Letter { LETTER_NONE, LETTER_LOWER, LETTER_UPPER, LETTER_DIGIT, LETTER_SIGN, _LETTER_N } Letter;

typedef struct Run {
        GArray *spans;
        const char *s;
        const char *begin; /* of the first dense word, or NULL */
        const char *end;   /* of the last one */
        gsize octets;
        gsize pending; /* octets after the last dense word */
        gsize gap;     /* those of them that look like prose */
} Run;

/* Asked of every octet of every text. */
static Letter letter(char c) {
        static const guint8 letters[256] = {
                ['a' ... 'z'] = LETTER_LOWER, ['A' ... 'Z'] = LETTER_UPPER, ['0' ... '9'] = LETTER_DIGIT,
                ['+'] = LETTER_SIGN,          ['/'] = LETTER_SIGN,
        };
        return letters[(guint8)c];
}

static Look look_at(const char *s, gsize n) {
        gsize count[_LETTER_N] = {0}, changes = 0;
        Letter before = LETTER_SIGN;
        for (gsize i = 0; i < n; i++) {
                Letter now = letter(s[i]);
                count[now]++;
                changes += now != before && now != LETTER_SIGN && before != LETTER_SIGN;
                before = now;
        }
        gboolean mixed = count[LETTER_LOWER] > 0 && count[LETTER_UPPER] > 0;
        gboolean dense = n >= 24 ? changes * 6 >= n : changes >= 3 || (count[LETTER_DIGIT] > 0 && changes >= 2);
        if (mixed && dense)
                return LOOK_DENSE;
        return n >= filler_octets ? LOOK_FILLER : LOOK_PROSE;
}

/* Text drawn with a few letters is no data, and names of programs' variables have no digits: base64 has all. */
static gboolean is_varied(const char *s, const char *end) {
        gsize count[256] = {0}, distinct = 0, kinds[_LETTER_N] = {0};
        for (; s < end; s++) {
                distinct += count[(guint8)*s]++ == 0;
                kinds[letter(*s)]++;
        }
        gsize all = kinds[LETTER_LOWER] + kinds[LETTER_UPPER] + kinds[LETTER_DIGIT] + kinds[LETTER_SIGN];
        return distinct >= 16 && kinds[LETTER_LOWER] > 0 && kinds[LETTER_UPPER] > 0 &&
               (kinds[LETTER_DIGIT] + kinds[LETTER_SIGN]) * 50 >= all;
}

static void close_run(Run *run) {
        if (run->begin != NULL && run->octets >= run_octets && is_varied(run->begin, run->end)) {
                MgSpan span = {run->begin - run->s, run->end - run->s};
                g_array_append_val(run->spans, span);
        }
        run->begin = NULL;
}

static void take_word(Run *run, const char *word, gsize n, gboolean padded) {
        Look look = n >= run_octets ? LOOK_DENSE : look_at(word, n);
        if (look == LOOK_DENSE && run->begin == NULL)
                *run = (Run){run->spans, run->s, word, word, 0, 0, 0};
        if (run->begin == NULL)
                return;
        run->pending += n;
        if (look == LOOK_DENSE || padded) {
                run->octets += run->pending;
                run->end = word + n;
                run->pending = run->gap = 0;
        } else if (look == LOOK_PROSE) {
                run->gap += n;
                if (run->gap > gap_octets)
                        close_run(run);
        }
}

/* Octets at s that part words of one run: white space, no-break and ideographic blanks, quote marks; 0: it ends. */
static gsize joint_at(const char *s, const char *end) {
        if (g_ascii_isspace(*s) || *s == '>')
                return 1;
        if (end - s >= 2 && memcmp(s, "\xC2\xA0", 2) == 0)
                return 2;
        return end - s >= 3 && memcmp(s, "\xE3\x80\x80", 3) == 0 ? 3 : 0;
}

GArray *mg_base64_spans(const char *s, gsize n) {
        GArray *spans = g_array_new(FALSE, FALSE, sizeof(MgSpan));
        Run run = {.spans = spans, .s = s};
        const char *end = s + n;
        for (const char *p = s; p < end;) {
                /* Nothing parts what has not begun. */
                while (run.begin == NULL && p < end && letter(*p) == LETTER_NONE)
                        p++;
                const char *word = p;
                while (p < end && letter(*p) != LETTER_NONE)
                        p++;
                const char *pad = p;
                while (pad < end && *pad == '=' && pad - p < 2)
                        pad++;
                gboolean padded = pad > p && p > word && (pad == end || joint_at(pad, end) > 0);
                if (p > word)
                        take_word(&run, word, p - word, padded);
                if (padded && run.begin != NULL)
                        run.end = pad;
                p = padded ? pad : p;
                gsize joint = p < end ? joint_at(p, end) : 0;
                if (p < end && joint == 0 && letter(*p) == LETTER_NONE)
                        close_run(&run);
                if (p < end && letter(*p) == LETTER_NONE)
                        p += MAX(joint, (gsize)1);
        }
        close_run(&run);
        return spans;
}
