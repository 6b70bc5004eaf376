/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Style sheets: rules are kept under the id, class or name that the last part of their selector needs, so that an
 * element is compared with few of them. See html_sheet.h for what is not understood.
 */
#include "sanitize/html_sheet.h"

#include <string.h>

#include "sanitize/html_media.h"

/* Comparisons for a document: 0.3 s. A newsletter needs some thousands. */
static const guint64 steps_max = 30000000;
/* Parts of a selector; classes of an element that are looked up. */
static const guint simples_max = 30, classes_max = 50;

typedef enum Kind { KIND_ANY, KIND_TAG, KIND_CLASS, KIND_ID, KIND_ATTRIBUTE, KIND_LINK } Kind;

typedef struct Simple {
        guint8 kind;
        gboolean left;  /* the first of its compound: around it stands the compound before */
        gboolean child; /* ... directly around it */
        MgAttribute attribute;
        char op; /* 0: is there; '=', '~', '|', '^', '$', '*' */
        MgPiece text;
} Simple;

typedef struct Selector {
        guint first, n; /* simples, from left to right */
        guint64 weight;
        guint declaration, declarations;
} Selector;

typedef struct Key {
        guint8 kind;
        MgPiece text;
} Key;

struct MgSheet {
        const MgHtmlNames *names;
        gboolean quirks;
        guint64 rules, steps;
        gboolean cut;
        GPtrArray *texts;     /* of GString: what pieces point into */
        GArray *simples;      /* of Simple */
        GArray *selectors;    /* of Selector */
        GArray *declarations; /* of MgDeclaration */
        GHashTable *by_key;   /* Key -> GArray of guint, indices of selectors */
        GArray *any;          /* of guint */
};

static guint key_hash(gconstpointer data) {
        const Key *key = data;
        guint hash = key->kind;
        for (gsize i = 0; i < key->text.n; i++)
                hash = hash * 33 + ((guint8)key->text.s[i] | 0x20);
        return hash;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
        const Key *x = a, *y = b;
        return x->kind == y->kind && x->text.n == y->text.n &&
               g_ascii_strncasecmp(x->text.s, y->text.s, x->text.n) == 0;
}

static void free_text(gpointer text) {
        g_string_free(text, TRUE);
}

MgSheet *mg_sheet_new(const MgHtmlNames *names, gboolean quirks, guint64 rules) {
        MgSheet *sheet = g_new0(MgSheet, 1);
        sheet->names = names;
        sheet->quirks = quirks;
        sheet->rules = rules;
        sheet->texts = g_ptr_array_new_with_free_func(free_text);
        sheet->simples = g_array_new(FALSE, TRUE, sizeof(Simple));
        sheet->selectors = g_array_new(FALSE, TRUE, sizeof(Selector));
        sheet->declarations = g_array_new(FALSE, TRUE, sizeof(MgDeclaration));
        sheet->by_key = g_hash_table_new_full(key_hash, key_equal, g_free, (GDestroyNotify)g_array_unref);
        sheet->any = g_array_new(FALSE, FALSE, sizeof(guint));
        return sheet;
}

void mg_sheet_free(MgSheet *sheet) {
        if (sheet == NULL)
                return;
        g_hash_table_unref(sheet->by_key);
        g_ptr_array_unref(sheet->texts);
        g_array_unref(sheet->simples);
        g_array_unref(sheet->selectors);
        g_array_unref(sheet->declarations);
        g_array_unref(sheet->any);
        g_free(sheet);
}

gboolean mg_sheet_is_empty(const MgSheet *sheet) {
        return sheet->selectors->len == 0;
}

gboolean mg_sheet_is_cut(const MgSheet *sheet) {
        return sheet->cut;
}

/*
 * --- selectors
 * ---------------------------------------------------------------------------------------------------------
 */

static gboolean is_name(char c) {
        return g_ascii_isalnum(c) || c == '-' || c == '_' || (guint8)c >= 0x80;
}

static MgPiece take_name(MgPiece *rest) {
        MgPiece name = {rest->s, 0};
        while (name.n < rest->n && is_name(rest->s[name.n]))
                name.n++;
        rest->s += name.n;
        rest->n -= name.n;
        return name;
}

/* "[name op value]" behind the bracket. */
static gboolean take_attribute(MgSheet *sheet, MgPiece *rest, Simple *simple) {
        const char *close = memchr(rest->s, ']', rest->n);
        if (close == NULL)
                return FALSE;
        MgPiece inside = mg_piece_trim((MgPiece){rest->s, close - rest->s});
        rest->n -= close + 1 - rest->s;
        rest->s = close + 1;
        MgPiece name = take_name(&inside);
        simple->kind = KIND_ATTRIBUTE;
        simple->attribute = mg_html_attribute(sheet->names, name.s, name.n);
        inside = mg_piece_trim(inside);
        if (inside.n > 1 && strchr("~|^$*", *inside.s) != NULL && inside.s[1] == '=') {
                simple->op = *inside.s;
                inside.s += 2, inside.n -= 2;
        } else if (inside.n > 0 && *inside.s == '=') {
                simple->op = '=';
                inside.s++, inside.n--;
        }
        inside = mg_piece_trim(inside);
        if (inside.n > 1 && (*inside.s == '"' || *inside.s == '\'')) {
                const char *quote = memchr(inside.s + 1, *inside.s, inside.n - 1);
                inside = (MgPiece){inside.s + 1, (quote != NULL ? quote : inside.s + inside.n) - inside.s - 1};
        }
        simple->text = inside;
        return simple->attribute != MG_ATTRIBUTE_NONE;
}

/* One simple selector at rest; FALSE where it is none that is understood. */
static gboolean take_simple(MgSheet *sheet, MgPiece *rest, Simple *simple) {
        char first = *rest->s;
        if (first == '.' || first == '#' || first == ':' || first == '[' || first == '*')
                rest->s++, rest->n--;
        switch (first) {
        case '*':
                simple->kind = KIND_ANY;
                return TRUE;
        case '[':
                return take_attribute(sheet, rest, simple);
        case ':':
                simple->text = take_name(rest);
                simple->kind = KIND_LINK;
                return mg_piece_is(simple->text, "link") || mg_piece_is(simple->text, "any-link");
        default:
                simple->kind = first == '.' ? KIND_CLASS : first == '#' ? KIND_ID : KIND_TAG;
                simple->text = take_name(rest);
                return simple->text.n > 0;
        }
}

/* A selector without commas. FALSE: it is not kept. */
static gboolean take_selector(MgSheet *sheet, MgPiece text, Selector *selector) {
        static const guint8 specific[] = {
                [KIND_TAG] = 1, [KIND_CLASS] = 2, [KIND_ID] = 3, [KIND_ATTRIBUTE] = 2, [KIND_LINK] = 2};
        static const guint32 weights[] = {0, 1, 1 << 8, 1 << 16};
        guint32 specificity = 0;
        gboolean left = TRUE, child = FALSE;
        for (text = mg_piece_trim(text); text.n > 0;) {
                Simple simple = {.left = left, .child = child};
                if (selector->n >= simples_max || !take_simple(sheet, &text, &simple))
                        return FALSE;
                specificity += weights[simple.kind < G_N_ELEMENTS(specific) ? specific[simple.kind] : 0];
                g_array_append_val(sheet->simples, simple);
                selector->n++;
                gsize before = text.n;
                text = mg_piece_trim(text);
                left = text.n < before;
                child = text.n > 0 && *text.s == '>';
                if (child) {
                        text.s++, text.n--;
                        text = mg_piece_trim(text);
                        left = TRUE;
                }
        }
        selector->weight = MG_WEIGHT_SHEET(specificity, sheet->selectors->len);
        return selector->n > 0 && !child;
}

/* Under the id, else the class, else the name that the last compound asks for. */
static void file_selector(MgSheet *sheet, const Selector *selector, guint index) {
        Key key = {KIND_ANY, {NULL, 0}};
        for (guint i = selector->first + selector->n; i > selector->first; i--) {
                const Simple *simple = &g_array_index(sheet->simples, Simple, i - 1);
                if (simple->kind <= KIND_ID && simple->kind > key.kind)
                        key = (Key){simple->kind, simple->text};
                if (simple->left)
                        break;
        }
        if (key.kind == KIND_ANY) {
                g_array_append_val(sheet->any, index);
                return;
        }
        GArray *list = g_hash_table_lookup(sheet->by_key, &key);
        if (list == NULL) {
                list = g_array_new(FALSE, FALSE, sizeof(guint));
                g_hash_table_insert(sheet->by_key, g_memdup2(&key, sizeof key), list);
        }
        g_array_append_val(list, index);
}

static void add_rule(MgSheet *sheet, MgPiece selectors, const char *block, gsize n) {
        guint declaration = sheet->declarations->len;
        mg_style_parse(block, n, sheet->declarations);
        guint declarations = sheet->declarations->len - declaration;
        while (declarations > 0 && selectors.n > 0) {
                const char *comma = memchr(selectors.s, ',', selectors.n);
                MgPiece one = {selectors.s, comma != NULL ? (gsize)(comma - selectors.s) : selectors.n};
                selectors.s += MIN(one.n + 1, selectors.n);
                selectors.n -= MIN(one.n + 1, selectors.n);
                if (sheet->selectors->len >= sheet->rules) {
                        sheet->cut = TRUE;
                        return;
                }
                Selector selector = {sheet->simples->len, 0, 0, declaration, declarations};
                if (!take_selector(sheet, one, &selector)) {
                        g_array_set_size(sheet->simples, selector.first);
                        continue;
                }
                file_selector(sheet, &selector, sheet->selectors->len);
                g_array_append_val(sheet->selectors, selector);
        }
}

/*
 * --- sheets
 * ------------------------------------------------------------------------------------------------------------
 */

/* The first of the characters outside of strings, or end. */
static const char *find_any(const char *s, const char *end, const char *set) {
        while (s < end && strchr(set, *s) == NULL) {
                if (*s == '"' || *s == '\'') {
                        const char quote = *s;
                        while (s + 1 < end && s[1] != quote && s[1] != '\n')
                                s++;
                        s += s + 1 < end;
                }
                s++;
        }
        return MIN(s, end);
}

/* Behind the block whose content begins at s. */
static const char *skip_block(const char *s, const char *end) {
        for (guint depth = 1; depth > 0 && s < end; s++) {
                s = find_any(s, end, "{}");
                if (s == end)
                        break;
                if (*s == '{')
                        depth++;
                else
                        depth--;
        }
        return s;
}

/* "@" at s: goes into what holds for this screen and jumps over the rest. */
static const char *take_at_rule(const char *s, const char *end) {
        const char *stop = find_any(s, end, "{;");
        if (stop == end || *stop == ';')
                return MIN(stop + 1, end);
        MgPiece name = {s + 1, stop - s - 1};
        MgPiece word = take_name(&name);
        gboolean enter = mg_piece_is(word, "layer") || (mg_piece_is(word, "media") && mg_media_matches(name)) ||
                         (mg_piece_is(word, "supports") && !g_str_has_prefix(name.s + strspn(name.s, " "), "not"));
        return enter ? stop + 1 : skip_block(stop + 1, end);
}

void mg_sheet_add(MgSheet *sheet, const char *css, gsize n, MgPiece media) {
        if (media.s != NULL && !mg_media_matches(media))
                return;
        GString *plain = mg_style_plain(css, n);
        g_ptr_array_add(sheet->texts, plain);
        const char *s = plain->str, *end = plain->str + plain->len;
        while (s < end) {
                if (g_ascii_isspace(*s) || *s == '}' || *s == ';') {
                        s++;
                } else if (strncmp(s, "<!--", 4) == 0) {
                        s += 4;
                } else if (strncmp(s, "-->", 3) == 0) {
                        s += 3;
                } else if (*s == '@') {
                        s = take_at_rule(s, end);
                } else {
                        const char *open = find_any(s, end, "{}");
                        if (open == end)
                                break;
                        const char *close = *open == '{' ? find_any(open + 1, end, "{}") : open;
                        if (*open == '{' && (close == end || *close == '}'))
                                add_rule(sheet, (MgPiece){s, open - s}, open + 1, close - open - 1);
                        s = close < end && *close == '{' ? skip_block(close + 1, end) : MIN(close + 1, end);
                }
        }
}

/*
 * --- matching
 * ----------------------------------------------------------------------------------------------------------
 */

static gboolean same(const MgSheet *sheet, MgPiece a, MgPiece b) {
        if (a.n != b.n)
                return FALSE;
        return sheet->quirks ? g_ascii_strncasecmp(a.s, b.s, a.n) == 0 : memcmp(a.s, b.s, a.n) == 0;
}

/* The next word of a list that white space parts; n 0 at its end. */
static MgPiece next_class(MgPiece *list) {
        while (list->n > 0 && g_ascii_isspace(*list->s))
                list->s++, list->n--;
        MgPiece word = {list->s, 0};
        while (word.n < list->n && !g_ascii_isspace(list->s[word.n]))
                word.n++;
        list->s += word.n;
        list->n -= word.n;
        return word;
}

static gboolean has_word(MgSheet *sheet, MgPiece list, MgPiece wanted, gboolean exact) {
        while (list.n > 0) {
                MgPiece word = next_class(&list);
                sheet->steps++;
                if (word.n == wanted.n && word.n > 0 &&
                    (exact ? memcmp(word.s, wanted.s, word.n) == 0 : same(sheet, word, wanted)))
                        return TRUE;
        }
        return FALSE;
}

static gboolean match_attribute(MgSheet *sheet, const Simple *simple, const MgSubject *subject) {
        MgPiece value = {NULL, 0}, text = simple->text;
        if (subject->attributes != NULL)
                value = subject->attributes[simple->attribute];
        else if (simple->attribute == MG_ATTRIBUTE_class)
                value = subject->class;
        else if (simple->attribute == MG_ATTRIBUTE_id)
                value = subject->id;
        if (value.s == NULL || simple->op == 0)
                return value.s != NULL;
        sheet->steps += value.n / 16;
        switch (simple->op) {
        case '=':
                return value.n == text.n && memcmp(value.s, text.s, text.n) == 0;
        case '^':
                return text.n > 0 && value.n >= text.n && memcmp(value.s, text.s, text.n) == 0;
        case '$':
                return text.n > 0 && value.n >= text.n && memcmp(value.s + value.n - text.n, text.s, text.n) == 0;
        case '*':
                return text.n > 0 && memmem(value.s, value.n, text.s, text.n) != NULL;
        case '|':
                return value.n >= text.n && memcmp(value.s, text.s, text.n) == 0 &&
                       (value.n == text.n || value.s[text.n] == '-');
        default:
                return has_word(sheet, value, text, TRUE);
        }
}

static gboolean match_simple(MgSheet *sheet, const Simple *simple, const MgSubject *subject) {
        sheet->steps++;
        switch ((Kind)simple->kind) {
        case KIND_ANY:
                return TRUE;
        case KIND_TAG:
                return subject->name.n == simple->text.n &&
                       g_ascii_strncasecmp(subject->name.s, simple->text.s, simple->text.n) == 0;
        case KIND_CLASS:
                return has_word(sheet, subject->class, simple->text, FALSE);
        case KIND_ID:
                return subject->id.s != NULL && same(sheet, subject->id, simple->text);
        case KIND_ATTRIBUTE:
                return match_attribute(sheet, simple, subject);
        case KIND_LINK:
                return subject->element == MG_ELEMENT_a;
        }
        return FALSE;
}

/* The compound whose last simple is before `after`; *first is where it begins. */
static gboolean match_compound(MgSheet *sheet, guint low, guint after, const MgSubject *subject, guint *first) {
        gboolean matches = TRUE;
        guint i = after;
        do {
                i--;
                matches = matches && match_simple(sheet, &g_array_index(sheet->simples, Simple, i), subject);
        } while (i > low && !g_array_index(sheet->simples, Simple, i).left);
        *first = i;
        return matches;
}

/*
 * From right to left; a descendant takes the nearest element around that matches. A child left of a descendant
 * may so be missed, which shows a text that is hidden and never hides one that is shown.
 */
static gboolean match_selector(MgSheet *sheet, const Selector *selector, const GArray *around,
                               const MgSubject *subject) {
        guint first = 0, level = around->len;
        if (!match_compound(sheet, selector->first, selector->first + selector->n, subject, &first))
                return FALSE;
        while (first > selector->first) {
                gboolean child = g_array_index(sheet->simples, Simple, first).child, found = FALSE;
                guint after = first;
                while (!found && level > 0) {
                        level--;
                        found = match_compound(sheet, selector->first, after, &g_array_index(around, MgSubject, level),
                                               &first);
                        if (child)
                                break;
                }
                if (!found)
                        return FALSE;
        }
        return TRUE;
}

static void match_list(MgSheet *sheet, const GArray *list, const GArray *around, const MgSubject *subject,
                       MgStyle *style) {
        for (guint i = 0; list != NULL && i < list->len && sheet->steps < steps_max; i++) {
                const Selector *selector = &g_array_index(sheet->selectors, Selector, g_array_index(list, guint, i));
                if (!match_selector(sheet, selector, around, subject))
                        continue;
                for (guint k = 0; k < selector->declarations; k++)
                        mg_style_put(style,
                                     &g_array_index(sheet->declarations, MgDeclaration, selector->declaration + k),
                                     selector->weight);
                sheet->steps += selector->declarations;
        }
        sheet->cut |= sheet->steps >= steps_max;
}

void mg_sheet_match(MgSheet *sheet, const GArray *around, const MgSubject *subject, MgStyle *style) {
        match_list(sheet, sheet->any, around, subject, style);
        Key key = {KIND_TAG, subject->name};
        match_list(sheet, g_hash_table_lookup(sheet->by_key, &key), around, subject, style);
        MgPiece classes = subject->class;
        for (guint i = 0; i < classes_max && classes.n > 0; i++) {
                key = (Key){KIND_CLASS, next_class(&classes)};
                sheet->steps++;
                match_list(sheet, g_hash_table_lookup(sheet->by_key, &key), around, subject, style);
        }
        key = (Key){KIND_ID, subject->id};
        if (subject->id.s != NULL)
                match_list(sheet, g_hash_table_lookup(sheet->by_key, &key), around, subject, style);
}
