/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few properties of CSS that hide text (D1). Not a style engine: no cascade by specificity, no layout, no
 * inherited sizes beyond zero; where it does not know it takes the text as visible, so that nothing of a real mail
 * is lost.
 */
#include <string.h>

#include "sanitize/html_private.h"

static gboolean word_is(const char *s, gsize n, const char *word) {
        return strlen(word) == n && g_ascii_strncasecmp(s, word, n) == 0;
}

static void trim(const char **s, gsize *n) {
        while (*n > 0 && g_ascii_isspace(**s))
                (*s)++, (*n)--;
        while (*n > 0 && g_ascii_isspace((*s)[*n - 1]))
                (*n)--;
}

static gboolean has(const char *s, gsize n, const char *part) {
        return s != NULL && memmem(s, n, part, strlen(part)) != NULL;
}

static const struct {
        const char *name;
        guint32 colour;
} colours[] = {
        {"white", 0xFFFFFF},      {"black", 0},
        {"red", 0xFF0000},        {"blue", 0x0000FF},
        {"yellow", 0xFFFF00},     {"green", 0x008000},
        {"gray", 0x808080},       {"grey", 0x808080},
        {"silver", 0xC0C0C0},     {"navy", 0x000080},
        {"ivory", 0xFFFFF0},      {"snow", 0xFFFAFA},
        {"whitesmoke", 0xF5F5F5}, {"ghostwhite", 0xF8F8FF},
};

static guint32 hex_colour(const char *s, gsize n) {
        guint32 value = 0;
        if (n != 3 && n != 6)
                return MG_COLOUR_UNKNOWN;
        for (gsize i = 0; i < n; i++) {
                int digit = g_ascii_xdigit_value(s[i]);
                if (digit < 0)
                        return MG_COLOUR_UNKNOWN;
                value = n == 3 ? value << 8 | digit << 4 | digit : value << 4 | digit;
        }
        return value;
}

static guint32 rgb_colour(const char *s, gsize n) {
        guint32 value = 0;
        guint channels = 0;
        for (gsize i = 0; i < n && channels < 3;) {
                if (!g_ascii_isdigit(s[i])) {
                        i++;
                        continue;
                }
                guint channel = 0;
                for (; i < n && g_ascii_isdigit(s[i]); i++)
                        channel = MIN(channel * 10 + (s[i] - '0'), 255);
                value = value << 8 | channel;
                channels++;
        }
        return channels == 3 ? value : MG_COLOUR_UNKNOWN;
}

guint32 mg_look_colour(const char *s, gsize n) {
        trim(&s, &n);
        if (n > 1 && *s == '#')
                return hex_colour(s + 1, n - 1);
        if (n > 4 && g_ascii_strncasecmp(s, "rgb(", 4) == 0)
                return rgb_colour(s + 4, n - 4);
        for (gsize i = 0; i < G_N_ELEMENTS(colours); i++)
                if (word_is(s, n, colours[i].name))
                        return colours[i].colour;
        return n == 6 ? hex_colour(s, n) : MG_COLOUR_UNKNOWN;
}

/* Whether the value is a length of zero: "0", "0px", "0.0em". */
static gboolean is_zero(const char *s, gsize n) {
        gsize digits = 0;
        while (digits < n && (s[digits] == '0' || s[digits] == '.'))
                digits++;
        return digits > 0 && s[0] == '0' && (digits == n || !g_ascii_isdigit(s[digits]));
}

/* Whether the size does not depend on the parent's. */
static gboolean is_absolute(const char *s, gsize n) {
        gboolean relative = n > 0 && s[n - 1] == '%';
        relative |= n >= 2 &&
                    (g_ascii_strncasecmp(s + n - 2, "em", 2) == 0 || g_ascii_strncasecmp(s + n - 2, "ex", 2) == 0);
        relative &= !(n >= 3 && g_ascii_strncasecmp(s + n - 3, "rem", 3) == 0);
        return !relative && !word_is(s, n, "inherit") && !word_is(s, n, "smaller") && !word_is(s, n, "larger");
}

typedef struct Styles {
        MgLook *look;
        gboolean overflow; /* overflow: hidden */
        gboolean flat;     /* height or max-height: 0 */
        gboolean away;     /* far outside of the page */
} Styles;

static void set_background(MgLook *look, const char *s, gsize n) {
        if (word_is(s, n, "transparent") || word_is(s, n, "inherit") || word_is(s, n, "none"))
                return;
        look->background = mg_look_colour(s, n);
}

/*
 * One declaration; name and value are trimmed and not empty. RFC-like parsing of CSS is not needed: what is odd
 * changes nothing.
 */
static void apply(Styles *styles, const char *name, gsize name_n, const char *value, gsize n) {
        MgLook *look = styles->look;
        if (word_is(name, name_n, "display")) {
                look->gone |= word_is(value, n, "none");
        } else if (word_is(name, name_n, "visibility")) {
                look->invisible = word_is(value, n, "hidden") || word_is(value, n, "collapse");
        } else if (word_is(name, name_n, "opacity")) {
                look->gone |= is_zero(value, n);
        } else if (word_is(name, name_n, "font-size")) {
                if (is_zero(value, n))
                        look->tiny = TRUE;
                else if (is_absolute(value, n))
                        look->tiny = FALSE;
        } else if (word_is(name, name_n, "font")) {
                look->tiny &= !has(value, n, "px") && !has(value, n, "pt");
        } else if (word_is(name, name_n, "color")) {
                if (!word_is(value, n, "inherit"))
                        look->colour = mg_look_colour(value, n);
        } else if (word_is(name, name_n, "background") || word_is(name, name_n, "background-color")) {
                set_background(look, value, n);
        } else if (word_is(name, name_n, "background-image")) {
                look->background = MG_COLOUR_UNKNOWN;
        } else if (word_is(name, name_n, "overflow")) {
                styles->overflow = word_is(value, n, "hidden");
        } else if (word_is(name, name_n, "max-height") || word_is(name, name_n, "height") ||
                   word_is(name, name_n, "max-width")) {
                styles->flat |= is_zero(value, n);
        } else if (word_is(name, name_n, "text-indent") || word_is(name, name_n, "left") ||
                   word_is(name, name_n, "top") || word_is(name, name_n, "margin-left")) {
                styles->away |= n > 5 && value[0] == '-' && value[1] >= '5' && strspn(value + 1, "0123456789") >= 3;
        }
}

static void apply_all(Styles *styles, const char *style, gsize n) {
        const char *end = style + n;
        while (style < end) {
                const char *stop = memchr(style, ';', end - style);
                stop = stop != NULL ? stop : end;
                const char *colon = memchr(style, ':', stop - style);
                if (colon != NULL) {
                        const char *name = style, *value = colon + 1;
                        gsize name_n = colon - style, value_n = stop - value;
                        trim(&name, &name_n);
                        const char *important = memchr(value, '!', value_n);
                        value_n = important != NULL ? (gsize)(important - value) : value_n;
                        trim(&value, &value_n);
                        if (value_n > 0)
                                apply(styles, name, name_n, value, value_n);
                }
                style = stop < end ? stop + 1 : end;
        }
        styles->look->gone |= (styles->flat && styles->overflow) || styles->away;
}

void mg_look_style(MgLook *look, const char *style, gsize n) {
        Styles styles = {.look = look};
        apply_all(&styles, style, n);
}

gboolean mg_look_hides(const MgLook *look) {
        if (look->gone || look->invisible || look->tiny)
                return TRUE;
        if (look->colour == MG_COLOUR_UNKNOWN || look->background == MG_COLOUR_UNKNOWN)
                return FALSE;
        for (guint shift = 0; shift < 24; shift += 8) {
                int a = look->colour >> shift & 0xFF, b = look->background >> shift & 0xFF;
                if (ABS(a - b) > 8)
                        return FALSE;
        }
        return TRUE;
}

/* Selectors of one rule: only those that are a single class or id, with or without an element's name. */
static void sheet_rule(const char *selectors, gsize n, gboolean hides, GHashTable *hidden) {
        const char *end = selectors + n;
        while (selectors < end) {
                const char *comma = memchr(selectors, ',', end - selectors);
                const char *stop = comma != NULL ? comma : end;
                const char *s = selectors;
                gsize length = stop - s;
                trim(&s, &length);
                while (length > 0 && g_ascii_isalnum(*s))
                        s++, length--;
                gboolean simple = length > 1 && length <= 100 && (*s == '.' || *s == '#');
                for (gsize i = 1; i < length && simple; i++)
                        simple = g_ascii_isalnum(s[i]) || s[i] == '-' || s[i] == '_';
                g_autofree char *key = simple ? g_strndup(s, length) : NULL;
                if (key != NULL && hides && g_hash_table_size(hidden) < 1000)
                        g_hash_table_add(hidden, g_steal_pointer(&key));
                else if (key != NULL && !hides)
                        g_hash_table_remove(hidden, key);
                selectors = stop < end ? stop + 1 : end;
        }
}

/* "/" "*" comments out: they may stand anywhere. */
static char *without_comments(const char *css, gsize n) {
        GString *out = g_string_sized_new(n);
        const char *end = css + n;
        while (css < end) {
                const char *open = memmem(css, end - css, "/*", 2);
                g_string_append_len(out, css, (open != NULL ? open : end) - css);
                const char *close = open != NULL ? memmem(open + 2, end - open - 2, "*/", 2) : NULL;
                css = close != NULL ? close + 2 : end;
        }
        return g_string_free(out, FALSE);
}

void mg_look_sheet(const char *css, gsize n, GHashTable *hidden) {
        g_autofree char *text = without_comments(css, n);
        guint depth = 0; /* of at-rules: what holds only for some screens is no hiding */
        for (const char *s = text; *s != '\0';) {
                gsize head = strcspn(s, "{};");
                if (s[head] == '}')
                        depth -= depth > 0;
                if (s[head] != '{') {
                        s += head + (s[head] != '\0');
                        continue;
                }
                const char *selectors = s + strspn(s, " \t\r\n");
                const char *rule = s + head + 1;
                if (*selectors == '@') {
                        depth++;
                        s = rule;
                        continue;
                }
                gsize rule_n = strcspn(rule, "}");
                MgLook look = {.colour = MG_COLOUR_UNKNOWN, .background = MG_COLOUR_UNKNOWN};
                mg_look_style(&look, rule, rule_n);
                if (depth == 0 && selectors < s + head)
                        sheet_rule(selectors, s + head - selectors, look.gone || look.invisible, hidden);
                s = rule + rule_n + (rule[rule_n] != '\0');
        }
}
