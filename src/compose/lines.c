/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines: each line that people read is wrapped, made inert, expressed in the charset and kept from looking like the
 * beginning of a file. Does not know what a line says.
 */
#include "compose/lines.h"

#include <string.h>

#include "base/link.h"
#include "base/text.h"

#define LINE_MAX_OCTETS 998 /* RFC 5322 section 2.1.1, without the line end */
/* Where a line has to be wrapped: made inert it grows to twice its length at most ("a." in an authority). */
#define WRAP_OCTETS 480
/* In ISO-2022-JP each change between ASCII and kanji costs three octets more. */
#define WRAP_OCTETS_JIS 200
/* Columns by which a line that goes on is indented, beyond the blanks that it begins with, which count to a bound. */
#define INDENT 2
#define INDENT_MAX 16
/* Blanks in a row that a marked line may have. */
#define MARKED_BLANKS 8

/* How good a place for the end of a line is: the higher the better. */
typedef enum Place {
        PLACE_NONE,      /* what follows acts upon the character before: it would lose its base */
        PLACE_CHARACTER, /* within what is drawn as one: a family, a flag, a hand and its colour, a syllable of jamo */
        PLACE_CLUSTER,   /* between what is drawn */
        PLACE_WORD,      /* where people end lines */
        _PLACE_N,
} Place;

static gboolean is_indicator(gunichar c) {
        return c >= 0x1F1E6 && c <= 0x1F1FF;
}

/* Closing brackets, small kana, voice marks and their like: no line begins with them (JIS X 4051, UAX 14). */
static gboolean may_begin(gunichar c) {
        switch (g_unichar_break_type(c)) {
        case G_UNICODE_BREAK_SPACE:
        case G_UNICODE_BREAK_CLOSE_PUNCTUATION:
        case G_UNICODE_BREAK_CLOSE_PARANTHESIS:
        case G_UNICODE_BREAK_NON_STARTER:
        case G_UNICODE_BREAK_CONDITIONAL_JAPANESE_STARTER:
        case G_UNICODE_BREAK_EXCLAMATION:
        case G_UNICODE_BREAK_INFIX_SEPARATOR:
        case G_UNICODE_BREAK_AFTER: /* the blank of a Japanese keyboard, too */
                return FALSE;
        default:
                return TRUE;
        }
}

/* The place between two characters; odd: so many regional indicators, of which two make a flag, stand before it. */
static Place place_between(gunichar before, gunichar after, gboolean odd) {
        GUnicodeBreakType type = g_unichar_break_type(after);

        if (g_unichar_ismark(after) || after == 0x200C || after == 0x200D)
                return PLACE_NONE;
        if (before == 0x200D || (after >= 0x1F3FB && after <= 0x1F3FF) || (odd && is_indicator(after)) ||
            type == G_UNICODE_BREAK_HANGUL_V_JAMO || type == G_UNICODE_BREAK_HANGUL_T_JAMO)
                return PLACE_CHARACTER;
        if (!may_begin(after) || g_unichar_break_type(before) == G_UNICODE_BREAK_OPEN_PUNCTUATION)
                return PLACE_CLUSTER;
        return g_unichar_isspace(before) || g_unichar_iswide(before) || g_unichar_iswide(after) ? PLACE_WORD
                                                                                                : PLACE_CLUSTER;
}

/*
 * How many octets of [s, s+n) make a line of at most max octets and columns: all, else up to the best place in the
 * second half of what fits; where no place fits, up to the first one.
 */
static gsize wrap_at(const char *s, gsize n, gsize max, guint columns) {
        gsize last[_PLACE_N] = {0}, fits = 0;
        gunichar before = 0;
        guint used = 0, blank = 0; /* columns; blanks count once something follows them */
        gboolean odd = FALSE;

        if (n <= max && (columns == G_MAXUINT || mg_text_columns_east(s, n) <= columns))
                return n;
        for (const char *p = s, *next; p < s + n; p = next) {
                gunichar c = g_utf8_get_char(p);
                Place place = p > s ? place_between(before, c, odd) : PLACE_NONE;

                next = g_utf8_next_char(p);
                last[place] = (gsize)(p - s);
                fits = place > PLACE_NONE ? last[place] : fits;
                blank += mg_text_columns_east(p, (gsize)(next - p));
                if (!g_unichar_isspace(c)) {
                        used += blank;
                        blank = 0;
                }
                if (fits > 0 && ((gsize)(next - s) > max || used > columns))
                        break;
                if (next == s + n)
                        return n;
                odd = is_indicator(c) && !odd;
                before = c;
        }
        for (Place place = PLACE_WORD; place > PLACE_CHARACTER; place--)
                if (last[place] > fits / 2)
                        return last[place];
        return fits;
}

static const char *skip_blanks(const char *s) {
        while (*s && g_unichar_isspace(g_utf8_get_char(s)))
                s = g_utf8_next_char(s);
        return s;
}

static gboolean has_prefix_nocase(const char *s, const char *prefix) {
        return g_ascii_strncasecmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * A line from which mail clients begin to rebuild a file: "begin 644 name" (uuencode; clients differ on mode and name,
 * and some take two blanks for both), "=ybegin ", and the line above BinHex. The worker cuts such files out of the
 * text; this holds whatever the worker says.
 */
static gboolean is_file_begin(const char *line) {
        const char *p = skip_blanks(line), *blanks;

        if (has_prefix_nocase(p, "=ybegin ") || has_prefix_nocase(p, "(This file must be converted with BinHex"))
                return TRUE;
        if (!has_prefix_nocase(p, "begin"))
                return FALSE;
        p += strlen("begin");
        if (has_prefix_nocase(p, "-base64"))
                p += strlen("-base64");
        blanks = p;
        p = skip_blanks(p);
        if (p == blanks || !*p)
                return FALSE;
        if (p > g_utf8_next_char(blanks))
                return TRUE;
        for (blanks = p; g_ascii_isdigit(*blanks); blanks++)
                ;
        return blanks > p && skip_blanks(blanks) > blanks;
}

/*
 * A line that imitates the fixed line, marked. A mail client that wraps lines would show it on a row of its own behind
 * many blanks: those are one. Caller frees.
 */
static char *mark_forgery(const char *line) {
        GString *out = g_string_new("> ");

        for (const char *p = line, *end; *p; p = end) {
                end = skip_blanks(p);
                if (g_utf8_strlen(p, end - p) > MARKED_BLANKS)
                        g_string_append_c(out, ' ');
                else {
                        end = end > p ? end : g_utf8_next_char(p);
                        g_string_append_len(out, p, end - p);
                }
        }
        return g_string_free(out, FALSE);
}

/* The line as it leaves; *inert tells whether a link was in it. Caller frees. */
static char *finish_line(const MgLines *lines, MgForgery *forgery, const char *s, gsize n, gboolean *inert) {
        gboolean defang = lines->policy->links != MG_LINKS_TEXT;
        g_autofree char *line = defang ? mg_link_defang(s, n) : g_strndup(s, n);

        *inert = strlen(line) != n || memcmp(line, s, n) != 0;
        if (forgery && mg_forgery_is(forgery, line))
                return mark_forgery(line);
        if (is_file_begin(line))
                return g_strconcat("> ", line, NULL);
        return g_steal_pointer(&line);
}

/* Octets of the line in the charset of the body. */
static gsize octets_of(const MgLines *lines, const char *line) {
        g_autoptr(GString) octets = NULL;

        if (!lines->jis)
                return strlen(line);
        octets = g_string_new(NULL);
        mg_jis_encode(lines->jis, line, strlen(line), octets);
        return octets->len;
}

static void put_line(MgLines *lines, const char *line, gboolean inert) {
        g_string_append(lines->out, line);
        g_string_append_c(lines->out, '\n');
        lines->inert |= inert;
}

static gsize wrap_octets(const MgLines *lines) {
        return lines->jis ? WRAP_OCTETS_JIS : WRAP_OCTETS;
}

/* One line, without its LF, already expressed. */
static void add_wrapped(MgLines *lines, MgForgery *forgery, const char *s, gsize n) {
        gboolean inert;

        if (n <= LINE_MAX_OCTETS) {
                g_autofree char *line = finish_line(lines, forgery, s, n, &inert);

                if (octets_of(lines, line) <= LINE_MAX_OCTETS) {
                        put_line(lines, line, inert);
                        return;
                }
        }
        do {
                gsize part = wrap_at(s, n, wrap_octets(lines), G_MAXUINT);
                g_autofree char *line = finish_line(lines, forgery, s, part, &inert);

                put_line(lines, line, inert);
                s += part;
                n -= part;
        } while (n > 0);
}

/* The line in the characters of the charset. Caller frees. */
static char *express(const MgLines *lines, const char *s, gsize n) {
        g_autofree char *line = g_strndup(s, n);

        return lines->jis ? mg_jis_express(lines->jis, line) : g_steal_pointer(&line);
}

void mg_lines_add(MgLines *lines, const char *s, gsize n, MgForgery *forgery) {
        g_autofree char *line = express(lines, s, n);

        add_wrapped(lines, forgery, line, strlen(line));
}

static gsize without_blanks(const char *s, gsize n) {
        const char *last;

        while (n > 0 && g_unichar_isspace(g_utf8_get_char(last = g_utf8_prev_char(s + n))))
                n = (gsize)(last - s);
        return n;
}

/*
 * Puts as much of [s, s+n) as fits into a line, behind so many blanks, and returns how much. What is made inert grows:
 * then less of it is tried. Blanks at the end of a line show nothing and are left out.
 */
static gsize say_part(MgLines *lines, const char *s, gsize n, guint indent) {
        guint room = MG_NOTICE_COLUMNS - indent;

        for (;;) {
                gsize part = wrap_at(s, n, wrap_octets(lines), room), shown = without_blanks(s, part);
                g_autoptr(GString) behind = g_string_sized_new(indent + shown);
                gboolean inert;
                for (guint i = 0; i < indent; i++)
                        g_string_append_c(behind, ' ');
                g_string_append_len(behind, s, (gssize)shown);
                g_autofree char *line = finish_line(lines, NULL, behind->str, behind->len, &inert);
                guint columns = mg_text_columns_east(line, strlen(line));

                if (columns <= MG_NOTICE_COLUMNS || room == 1) {
                        put_line(lines, line, inert);
                        return part;
                }
                room = MAX(1, MIN(room - 1, room * MG_NOTICE_COLUMNS / columns));
        }
}

/* One line, already expressed. What goes on is indented: no name may look like a line that the gateway begins. */
static void say_line(MgLines *lines, const char *s, gsize n) {
        guint lead = mg_text_columns_east(s, (gsize)(skip_blanks(s) - s));
        guint indent = 0;

        do {
                gsize part = say_part(lines, s, n, indent);
                const char *rest = skip_blanks(s + part);

                n -= (gsize)(rest - s);
                s = rest;
                indent = INDENT + MIN(lead, INDENT_MAX);
        } while (n > 0);
}

void mg_lines_say(MgLines *lines, const char *text) {
        while (*text) {
                gsize n = strcspn(text, "\n");
                g_autofree char *line = express(lines, text, n);

                say_line(lines, line, strlen(line));
                text += n + (text[n] == '\n' ? 1 : 0);
        }
}
