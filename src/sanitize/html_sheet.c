/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Style sheets: rules are kept under the id, class or name that the last part of their selector needs, so that an
 * element is compared with few of them. See html_sheet.h for what is not understood.
 */
#include "sanitize/html_sheet.h"

#include <string.h>

#include "sanitize/html_media.h"

/* Classes of an element that are looked up. */
static const guint classes_max = 50;

typedef struct Rule {
        MgSelector selector;
        guint64 weight;
        guint declaration, declarations;
} Rule;

struct MgSheet {
        MgSelectors selectors;
        const MgLimits *limits;
        guint64 beyond;       /* selectors that were left out */
        gboolean starved;     /* matches were left out */
        GPtrArray *texts;     /* of GString: what pieces point into */
        GArray *rules;        /* of Rule */
        GArray *declarations; /* of MgDeclaration */
        GHashTable *by_key;   /* MgSelectorKey -> GArray of guint, indices of rules */
        GArray *any;          /* of guint */
};

static guint key_hash(gconstpointer data) {
        const MgSelectorKey *key = data;
        guint hash = (guint8)key->kind;
        for (gsize i = 0; i < key->text.n; i++)
                hash = hash * 33 + ((guint8)key->text.s[i] | 0x20);
        return hash;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
        const MgSelectorKey *x = a, *y = b;
        return x->kind == y->kind && x->text.n == y->text.n &&
               g_ascii_strncasecmp(x->text.s, y->text.s, x->text.n) == 0;
}

static void free_text(gpointer text) {
        g_string_free(text, TRUE);
}

MgSheet *mg_sheet_new(const MgHtmlNames *names, gboolean quirks, const MgLimits *limits) {
        MgSheet *sheet = g_new0(MgSheet, 1);
        mg_selectors_init(&sheet->selectors, names, quirks, limits->style_marks);
        sheet->limits = limits;
        sheet->texts = g_ptr_array_new_with_free_func(free_text);
        sheet->rules = g_array_new(FALSE, TRUE, sizeof(Rule));
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
        mg_selectors_clear(&sheet->selectors);
        g_array_unref(sheet->rules);
        g_array_unref(sheet->declarations);
        g_array_unref(sheet->any);
        g_free(sheet);
}

gboolean mg_sheet_is_empty(const MgSheet *sheet) {
        return sheet->rules->len == 0;
}

const MgSelectors *mg_sheet_selectors(const MgSheet *sheet) {
        return &sheet->selectors;
}

guint64 mg_sheet_rules(const MgSheet *sheet) {
        return sheet->beyond > 0 ? sheet->rules->len + sheet->beyond : 0;
}

guint64 mg_sheet_steps(const MgSheet *sheet) {
        return sheet->starved ? sheet->selectors.steps : 0;
}

guint64 mg_sheet_marks(const MgSheet *sheet) {
        const MgSelectors *all = &sheet->selectors;
        return all->marks_beyond > 0 ? all->marks + all->marks_beyond : 0;
}

/*
 * --- rules
 * -------------------------------------------------------------------------------------------------------------
 */

static void file_rule(MgSheet *sheet, const Rule *rule) {
        guint index = sheet->rules->len;
        g_array_append_val(sheet->rules, *rule);
        MgSelectorKey key = mg_selector_key(&sheet->selectors, &rule->selector);
        if (key.kind == '*') {
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

/* The rule, and one without declarations for each left side of a sibling combinator. */
static void add_selector(MgSheet *sheet, MgPiece text, Rule *rule) {
        if (!mg_selector_take(&sheet->selectors, text, &rule->selector))
                return;
        rule->weight = MG_WEIGHT_SHEET(rule->selector.specificity, sheet->rules->len);
        for (guint i = 0; i < rule->selector.n; i++) {
                Rule left = {0};
                if (mg_selector_left(&sheet->selectors, &rule->selector, i, &left.selector))
                        file_rule(sheet, &left);
        }
        file_rule(sheet, rule);
}

static void add_rule(MgSheet *sheet, MgPiece selectors, const char *block, gsize n) {
        Rule rule = {.declaration = sheet->declarations->len};
        guint known = sheet->rules->len;
        mg_style_parse(block, n, sheet->declarations);
        rule.declarations = sheet->declarations->len - rule.declaration;
        while (rule.declarations > 0 && selectors.n > 0) {
                MgPiece selector = mg_selector_next(&selectors);
                if (sheet->rules->len >= sheet->limits->style_rules)
                        sheet->beyond++;
                else
                        add_selector(sheet, selector, &rule);
        }
        if (sheet->rules->len == known)
                g_array_set_size(sheet->declarations, rule.declaration);
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
        MgPiece word = {name.s, 0};
        while (word.n < name.n && (g_ascii_isalnum(name.s[word.n]) || name.s[word.n] == '-'))
                word.n++;
        name = (MgPiece){name.s + word.n, name.n - word.n};
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

/* An element against the rules, and where it stands. */
typedef struct Match {
        MgSheet *sheet;
        MgTrail *trail;
        guint level;
        gboolean next; /* it comes next */
        const MgSubject *subject;
        MgStyle *style;
} Match;

static void match_list(const Match *match, const GArray *list) {
        MgSheet *sheet = match->sheet;
        guint n = list != NULL ? list->len : 0, i = 0;
        for (; i < n && sheet->selectors.steps < sheet->limits->style_steps; i++) {
                const Rule *rule = &g_array_index(sheet->rules, Rule, g_array_index(list, guint, i));
                if (!mg_selector_matches(&sheet->selectors, &rule->selector, match->trail, match->level,
                                         match->subject))
                        continue;
                if (rule->selector.mark > 0 && match->next)
                        mg_trail_mark(match->trail, rule->selector.mark);
                for (guint k = 0; k < rule->declarations; k++)
                        mg_style_put(match->style,
                                     &g_array_index(sheet->declarations, MgDeclaration, rule->declaration + k),
                                     rule->weight);
                sheet->selectors.steps += rule->declarations;
        }
        sheet->starved |= i < n;
}

static void match_key(const Match *match, char kind, MgPiece text) {
        MgSelectorKey key = {kind, text};
        match_list(match, g_hash_table_lookup(match->sheet->by_key, &key));
}

void mg_sheet_match(MgSheet *sheet, MgTrail *trail, guint level, const MgSubject *subject, MgStyle *style) {
        const Match match = {sheet, trail, level, level == mg_trail_depth(trail), subject, style};
        match_list(&match, sheet->any);
        match_key(&match, 'e', subject->name);
        MgPiece classes = subject->class;
        for (guint i = 0; i < classes_max && classes.n > 0; i++) {
                match_key(&match, '.', mg_class_next(&classes));
                sheet->selectors.steps++;
        }
        if (subject->id.s != NULL)
                match_key(&match, '#', subject->id);
}
