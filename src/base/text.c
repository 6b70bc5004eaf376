/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: character classes, cleaning, and the few forms in which text is printed
 *
 * One state machine (Walker) is fed one code point at a time and says what becomes of it. mg_text_is() asks that each
 * comes back as it went in; mg_text_clean() writes what comes back. So the two cannot disagree. Does not know
 * charsets other than UTF-8, does not normalize, does not judge homographs, and bounds no length.
 */
#include "base/text.h"

#include <string.h>

#define MAX_MARKS 4
#define GETA 0x3013 /* 〓: what Japanese typesetting prints where a character is missing */
#define REPLACEMENT 0xFFFD
#define ELLIPSIS 0x2026
#define BROKEN G_MAXUINT32 /* what decode() gives for octets that are not UTF-8 */

typedef struct Range {
        gunichar first, last;
} Range;

/*
 * What shows nothing and can hide something, or changes the direction of what stands around it. Beyond the list of the
 * header also fillers (U+115F.. 3164 FFA0), the combining grapheme joiner, deprecated and musical format characters and
 * the default-ignorable blocks that are not assigned yet.
 */
static const Range invisible[] = {
        {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
        {0x180E, 0x180E},   {0x200B, 0x200B},   {0x200E, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},
        {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x13430, 0x1345F},
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF}, {0xE01F0, 0xE0FFF},
};

/*
 * Scripts in which ZWJ and ZWNJ decide between letter forms: Arabic to N'Ko, India, Tibet, Myanmar, Khmer, Mongolia,
 * Bali, Java.
 */
static const Range joining[] = {
        {0x0600, 0x08FF}, {0x0900, 0x0DFF}, {0x0F00, 0x109F}, {0x1780, 0x18AF},
        {0x1B00, 0x1B7F}, {0xA980, 0xA9FF}, {0xFB50, 0xFDCF}, {0xFE70, 0xFEFC},
};

/* What emoji sequences are made of. */
static const Range pictographs[] = {
        {0x00A9, 0x00A9}, {0x00AE, 0x00AE}, {0x203C, 0x203C}, {0x2049, 0x2049}, {0x2122, 0x2122},   {0x2139, 0x2139},
        {0x2190, 0x21FF}, {0x2300, 0x23FF}, {0x24C2, 0x24C2}, {0x25A0, 0x27BF}, {0x2900, 0x297F},   {0x2B00, 0x2BFF},
        {0x3030, 0x3030}, {0x303D, 0x303D}, {0x3297, 0x3297}, {0x3299, 0x3299}, {0x1F000, 0x1FAFF},
};

/*
 * Bases of the standardized variants that are neither Han nor pictographs: mathematics, CJK punctuation, full-width
 * forms, Myanmar, Phags-pa.
 */
static const Range variants[] = {
        {0x1000, 0x109F}, {0x2200, 0x22FF}, {0x2A00, 0x2AFF}, {0x3001, 0x3002},
        {0xA840, 0xA877}, {0xAA60, 0xAA7F}, {0xFF01, 0xFF1F},
};

/* ranges are in ascending order. */
static gboolean in_ranges(gunichar c, const Range *ranges, gsize n) {
        for (gsize i = 0; i < n && c >= ranges[i].first; i++)
                if (c <= ranges[i].last)
                        return TRUE;
        return FALSE;
}

/* Where the walk stands: what the next combining character would act upon. */
typedef struct Walker {
        gboolean lines;  /* TEXT: LF and TAB may stand */
        gunichar base;   /* the last character that is no mark, selector or joiner; 0 at the beginning */
        guint marks;     /* combining marks since then */
        gboolean varied; /* a selector, or a joiner, came since then */
        gboolean joined; /* the last one was a joiner */
} Walker;

/* A character that stands for itself. */
static gunichar walk_base(Walker *walker, gunichar c) {
        walker->base = c;
        walker->marks = 0;
        walker->varied = walker->joined = FALSE;
        return c;
}

static gunichar walk_control(Walker *walker, gunichar c) {
        if (walker->lines && (c == '\n' || c == '\t'))
                return walk_base(walker, c);
        if (c == '\t' || (c >= '\n' && c <= '\r') || c == 0x85) /* VT, FF and NEL end a line as well */
                return walk_base(walker, walker->lines ? '\n' : ' ');
        return 0;
}

/* Zero or one selector directly after a base that has variants. */
static gunichar walk_selector(Walker *walker, gunichar c) {
        gunichar base = walker->base;
        gboolean fits;

        if (walker->marks > 0 || walker->varied)
                return 0;
        if (c >= 0xE0100)
                fits = g_unichar_get_script(base) == G_UNICODE_SCRIPT_HAN;
        else if (c >= 0xFE0E)
                fits = (base >= '0' && base <= '9') || base == '#' || base == '*' ||
                       in_ranges(base, pictographs, G_N_ELEMENTS(pictographs));
        else if (c >= 0xFE00)
                fits = in_ranges(base, variants, G_N_ELEMENTS(variants)) ||
                       g_unichar_get_script(base) == G_UNICODE_SCRIPT_HAN;
        else
                fits = base >= 0x1800 && base <= 0x18AF;
        if (!fits)
                return 0;
        walker->varied = TRUE;
        return c;
}

static gunichar walk_joiner(Walker *walker, gunichar c) {
        gboolean picture = c == 0x200D && in_ranges(walker->base, pictographs, G_N_ELEMENTS(pictographs));

        if (walker->joined || !(picture || in_ranges(walker->base, joining, G_N_ELEMENTS(joining))))
                return 0;
        walker->joined = walker->varied = TRUE;
        return c;
}

static gunichar walk_mark(Walker *walker, gunichar c) {
        if (walker->marks >= MAX_MARKS)
                return 0;
        walker->marks++;
        walker->joined = FALSE;
        return c;
}

/* What becomes of c: itself, another character in its place, or 0: dropped, and then the walker is as it was. */
static gunichar walk(Walker *walker, gunichar c) {
        if (c >= 0x20 && c < 0x7F)
                return walk_base(walker, c);
        if (c < 0xA0)
                return walk_control(walker, c);
        if (c >= 0x3041 && c <= 0x9FFF && c != 0x3099 && c != 0x309A && c != 0x3164) /* most of a Japanese text */
                return walk_base(walker, c);
        if (c == 0x2028 || c == 0x2029)
                return walk_base(walker, walker->lines ? '\n' : ' ');
        if ((c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && (c & 0xFFFE) != 0xFFFE && c <= 0x10FFFF))
                return walk_base(walker, GETA);
        if (c > 0x10FFFF || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF) || (c >= 0xD800 && c <= 0xDFFF))
                return walk_base(walker, REPLACEMENT);
        if ((c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0x180B && c <= 0x180D) ||
            c == 0x180F)
                return walk_selector(walker, c);
        if (c == 0x200C || c == 0x200D)
                return walk_joiner(walker, c);
        if (in_ranges(c, invisible, G_N_ELEMENTS(invisible)))
                return 0;
        if (g_unichar_ismark(c))
                return walk_mark(walker, c);
        return walk_base(walker, c);
}

/*
 * One code point of [s, s+n), n > 0. BROKEN for what is not UTF-8 (overlong, surrogate, beyond U+10FFFF, cut off);
 * then the length is that of the longest beginning that could have become a character, as Unicode advises (section
 * 3.9).
 */
static gsize decode(const guint8 *s, gsize n, gunichar *c) {
        guint8 low = 0x80, high = 0xBF;
        gsize length;

        if (s[0] < 0x80) {
                *c = s[0];
                return 1;
        }
        *c = BROKEN;
        if (s[0] < 0xC2 || s[0] > 0xF4)
                return 1;
        length = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
        if (s[0] == 0xE0)
                low = 0xA0;
        else if (s[0] == 0xED)
                high = 0x9F;
        else if (s[0] == 0xF0)
                low = 0x90;
        else if (s[0] == 0xF4)
                high = 0x8F;

        gunichar value = s[0] & (0x7F >> length);
        for (gsize i = 1; i < length; i++) {
                if (i >= n || s[i] < low || s[i] > high)
                        return i;
                value = value << 6 | (s[i] & 0x3F);
                low = 0x80;
                high = 0xBF;
        }
        *c = value;
        return length;
}

/*
 * Whether three octets are one of the characters that Japanese text is made of, in valid UTF-8: U+3000 to 3029, 3041 to
 * 307F, 3080 to 30FF without the two marks among them, and 4000 to 9FFF. walk() lets each stand.
 */
static gboolean is_plain_wide(const guint8 *s) {
        if (s[0] < 0xE3 || s[0] > 0xE9 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80)
                return FALSE;
        if (s[0] > 0xE3)
                return TRUE;
        switch (s[1]) {
        case 0x80:
                return s[2] <= 0xA9;
        case 0x81:
                return s[2] >= 0x81;
        case 0x82:
                return s[2] != 0x99 && s[2] != 0x9A;
        default:
                return s[1] == 0x83;
        }
}

/*
 * The length of the run of printable ASCII (and LF, TAB where lines) and of those characters at s: it can be taken
 * as it stands. The walker stands behind it.
 */
static gsize plain_run(Walker *walker, const guint8 *s, gsize n) {
        gsize i = 0;

        for (;;) {
                while (i < n && ((s[i] >= 0x20 && s[i] < 0x7F) || (walker->lines && (s[i] == '\n' || s[i] == '\t'))))
                        i++;
                if (n - i < 3 || !is_plain_wide(s + i))
                        break;
                i += 3;
        }
        if (i > 0)
                walk_base(walker, s[i - 1] < 0x80 ? s[i - 1] : g_utf8_get_char((const char *)s + i - 3));
        return i;
}

static gboolean is_text(const char *s, gsize n, gboolean lines) {
        const guint8 *p = (const guint8 *)s;
        Walker walker = {.lines = lines};

        for (gsize i = 0; i < n;) {
                gsize run = plain_run(&walker, p + i, n - i);
                gunichar c;

                if (run > 0) {
                        i += run;
                        continue;
                }
                i += decode(p + i, n - i, &c);
                if (c == 0 || c == BROKEN || walk(&walker, c) != c)
                        return FALSE;
        }
        return TRUE;
}

static gboolean is_one_of(char c, const char *others) {
        return g_ascii_isalnum(c) || (c != '\0' && strchr(others, c) != NULL);
}

static gboolean all_of(const char *s, gsize n, const char *others) {
        for (gsize i = 0; i < n; i++)
                if (!is_one_of(s[i], others))
                        return FALSE;
        return TRUE;
}

static gboolean is_mime(const char *s, gsize n) {
        const char *slash = memchr(s, '/', n);

        if (n == 0)
                return TRUE;
        if (!slash || slash == s || slash + 1 == s + n || !g_ascii_isalnum(s[0]) || !g_ascii_isalnum(slash[1]))
                return FALSE;
        for (gsize i = 0; i < n; i++)
                if (s + i != slash && (g_ascii_isupper(s[i]) || !is_one_of(s[i], "!#$&-^_.+")))
                        return FALSE;
        return TRUE;
}

static gboolean is_domain(const char *s, gsize n) {
        if (n > 2 && s[0] == '[' && s[n - 1] == ']')
                return all_of(s + 1, n - 2, ".:-");
        for (gsize i = 0; i < n; i++)
                if (!is_one_of(s[i], "-_.") || (s[i] == '.' && (i == 0 || i + 1 == n || s[i - 1] == '.')))
                        return FALSE;
        return n > 0;
}

static gboolean is_address(const char *s, gsize n) {
        const char *at = n > 0 ? memchr(s, '@', n) : NULL;

        if (n == 0)
                return TRUE;
        return at && at > s && all_of(s, at - s, "!#$%&'*+-/=?^_`{|}~.") && is_domain(at + 1, s + n - at - 1);
}

static gboolean is_msgid(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (s[i] <= 0x20 || s[i] >= 0x7F || strchr("<>()\"\\,", s[i]))
                        return FALSE;
        return n > 0;
}

static gboolean is_path(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (!g_ascii_isdigit(s[i]) && s[i] != '.' && s[i] != '/')
                        return FALSE;
        return TRUE;
}

gboolean mg_text_is(const char *s, gsize n, MgClass class) {
        switch (class) {
        case MG_CLASS_TEXT:
        case MG_CLASS_LINE:
                return is_text(s, n, class == MG_CLASS_TEXT);
        case MG_CLASS_TOKEN:
                return n > 0 && all_of(s, n, "-_.+:/");
        case MG_CLASS_MIME:
                return is_mime(s, n);
        case MG_CLASS_PATH:
                return is_path(s, n);
        case MG_CLASS_ADDRESS:
                return is_address(s, n);
        case MG_CLASS_MSGID:
                return is_msgid(s, n);
        case MG_CLASS_HOST:
                return all_of(s, n, ".-_:[]/@+=");
        case _MG_CLASS_N:
                break;
        }
        return FALSE;
}

/* What mg_text_clean() writes to, with the place at which it would have to be cut. */
typedef struct Cleaned {
        GString *out;
        gsize max;   /* characters, 0: no bound */
        gsize chars; /* written so far */
        gsize last;  /* offset of character number max */
        gboolean full;
} Cleaned;

static void put(Cleaned *cleaned, gunichar c) {
        if (cleaned->max > 0 && cleaned->chars == cleaned->max) {
                g_string_truncate(cleaned->out, cleaned->last);
                g_string_append_unichar(cleaned->out, ELLIPSIS);
                cleaned->full = TRUE;
                return;
        }
        cleaned->last = cleaned->out->len;
        g_string_append_unichar(cleaned->out, c);
        cleaned->chars++;
}

/* Characters that stay as they are: copied whole where no bound is near, else one by one. */
static void put_run(Cleaned *cleaned, const char *s, gsize n) {
        const char *end = s + n;

        if (n == 0)
                return;
        if (cleaned->max == 0) {
                g_string_append_len(cleaned->out, s, n);
                return;
        }
        if (n < cleaned->max - cleaned->chars) {
                g_string_append_len(cleaned->out, s, n);
                cleaned->chars += (gsize)g_utf8_strlen(s, (gssize)n);
                cleaned->last = (gsize)(g_utf8_prev_char(cleaned->out->str + cleaned->out->len) - cleaned->out->str);
                return;
        }
        for (; s < end && !cleaned->full; s = g_utf8_next_char(s))
                put(cleaned, g_utf8_get_char(s));
}

char *mg_text_clean(const char *s, gsize n, MgClass class, gsize max_chars, guint32 *lost) {
        const guint8 *p = (const guint8 *)s;
        gboolean lines = class == MG_CLASS_TEXT;
        Walker walker = {.lines = lines};
        Cleaned cleaned = {.out = g_string_sized_new(MIN(n, 65536)), .max = max_chars};

        g_return_val_if_fail(class == MG_CLASS_TEXT || class == MG_CLASS_LINE, g_string_free(cleaned.out, FALSE));
        for (gsize i = 0; i < n && !cleaned.full;) {
                gsize run = plain_run(&walker, p + i, n - i);
                gunichar c, kept;

                if (run > 0) {
                        put_run(&cleaned, s + i, run);
                        i += run;
                        continue;
                }
                i += decode(p + i, n - i, &c);
                if (c == '\r' && i < n && p[i] == '\n')
                        continue; /* the LF stands for both */
                kept = walk(&walker, c == BROKEN ? REPLACEMENT : c);
                if (kept != 0)
                        put(&cleaned, kept);
                if (lost && (kept == 0 || (kept != c && kept != '\n' && kept != ' ')) && *lost < G_MAXUINT32)
                        (*lost)++;
        }
        return g_string_free(cleaned.out, FALSE);
}

char *mg_text_quote(const char *s, gsize max) {
        const guint8 *p = (const guint8 *)(s ? s : "");
        gsize n = strlen((const char *)p);
        Walker walker = {0};
        GString *out = g_string_new("\"");

        for (gsize i = 0; i < n;) {
                gunichar c;
                gsize length = decode(p + i, n - i, &c);
                gsize before = out->len;

                if (c == '"' || c == '\\')
                        g_string_append_printf(out, "\\%c", (char)c);
                else if (c != BROKEN && walk(&walker, c) == c)
                        g_string_append_len(out, (const char *)p + i, length);
                else
                        for (gsize k = 0; k < length; k++)
                                g_string_append_printf(out, "\\x%02x", p[i + k]);
                if (out->len - 1 > max) {
                        g_string_truncate(out, before);
                        g_string_append(out, "...");
                        break;
                }
                i += length;
        }
        g_string_append_c(out, '"');
        return g_string_free(out, FALSE);
}

gsize mg_text_whole(const char *s, gsize n, gsize max) {
        if (n <= max)
                return n;
        while (max > 0 && ((guint8)s[max] & 0xC0) == 0x80)
                max--;
        return max;
}

guint mg_text_columns(const char *s) {
        const guint8 *p = (const guint8 *)s;
        gsize n = strlen(s);
        guint columns = 0;

        for (gsize i = 0; i < n;) {
                gunichar c;

                i += decode(p + i, n - i, &c);
                if (c == BROKEN)
                        columns++;
                else if (c >= 0x20 && c != 0x7F && !g_unichar_iszerowidth(c))
                        columns += g_unichar_iswide(c) ? 2 : 1;
        }
        return columns;
}

guint mg_text_columns_east(const char *s, gsize n) {
        guint columns = 0;

        for (const char *p = s; p < s + n; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (c == '\t')
                        columns += 8;
                else if (c >= 0x20 && c != 0x7F && !g_unichar_iszerowidth(c))
                        columns += g_unichar_iswide_cjk(c) ? 2 : 1;
        }
        return columns;
}

char *mg_text_size(guint64 octets) {
        static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
        guint64 whole = octets, part = 0;
        guint unit = 0;

        if (octets < 1024)
                return g_strdup_printf("%u B", (guint)octets);
        for (; unit < G_N_ELEMENTS(units); unit++) {
                part = whole % 1024;
                whole /= 1024;
                if (whole < 1024)
                        break;
        }
        /* One digit after the point where it says something; integers only, so that no locale writes a comma. */
        if (unit == 0 || whole >= 100)
                return g_strdup_printf("%u %s", (guint)whole, units[unit]);
        return g_strdup_printf("%u.%u %s", (guint)whole, (guint)(part * 10 / 1024), units[unit]);
}

char *mg_text_hex(const guint8 *bytes, gsize n) {
        static const char digits[] = "0123456789abcdef";
        char *hex = g_malloc(2 * n + 1);

        for (gsize i = 0; i < n; i++) {
                hex[2 * i] = digits[bytes[i] >> 4];
                hex[2 * i + 1] = digits[bytes[i] & 15];
        }
        hex[2 * n] = '\0';
        return hex;
}
