/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: read into a row of simple ones, matched from right to left. See html_selector.h for what is understood; a
 * selector that is not matches nothing, so that no text is lost by it.
 */
#include "sanitize/html_selector.h"

#include <string.h>

/* Parts of a selector, those in parentheses too. */
static const guint simples_max = 30;

typedef enum Kind {
        KIND_ANY,
        KIND_TAG,
        KIND_CLASS,
        KIND_ID,
        KIND_ATTRIBUTE,
        KIND_LINK,
        KIND_ROOT,
        KIND_NTH, /* a, b: an + b */
        KIND_LAST,
        KIND_ONLY,
        KIND_NEVER, /* what only happens in the hands of a reader */
        KIND_NOT,   /* a, b: simples of inner */
        KIND_IS,
        KIND_WHERE,
} Kind;

/* How a simple selector stands to the one before it. */
typedef enum Join { JOIN_NONE, JOIN_FIRST, JOIN_DESCENDANT, JOIN_CHILD, JOIN_NEXT, JOIN_LATER } Join;

typedef struct MgSimple {
        guint8 kind;
        guint8 join;
        char op;      /* of an attribute: 0: is there; '=', '~', '|', '^', '$', '*' */
        guint16 mark; /* of a sibling combinator before it */
        MgAttribute attribute;
        gint a, b;
        MgPiece text;
} MgSimple;

void mg_selectors_init(MgSelectors *all, const MgHtmlNames *names, gboolean quirks, guint64 marks_max) {
        *all = (MgSelectors){.names = names,
                             .quirks = quirks,
                             .marks_max = marks_max,
                             .simples = g_array_new(FALSE, TRUE, sizeof(MgSimple)),
                             .inner = g_array_new(FALSE, TRUE, sizeof(MgSimple))};
}

void mg_selectors_clear(MgSelectors *all) {
        g_array_unref(all->simples);
        g_array_unref(all->inner);
}

/*
 * --- reading
 * ------------------------------------------------------------------------------------------------------------
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

/* Octets before the first of the characters that stands outside of parentheses, brackets and strings, or all. */
static gsize span_to(MgPiece text, char wanted) {
        guint depth = 0;
        for (gsize i = 0; i < text.n; i++) {
                char c = text.s[i];
                if (c == wanted && depth == 0)
                        return i;
                if (c == '"' || c == '\'') {
                        const char *close = memchr(text.s + i + 1, c, text.n - i - 1);
                        i = close != NULL ? (gsize)(close - text.s) : text.n - 1;
                } else if (c == '(' || c == '[') {
                        depth++;
                } else if (c == ')' || c == ']') {
                        depth -= depth > 0;
                }
        }
        return text.n;
}

MgPiece mg_selector_next(MgPiece *list) {
        MgPiece one = {list->s, span_to(*list, ',')};
        gsize used = MIN(one.n + 1, list->n);
        list->s += used;
        list->n -= used;
        return one;
}

/* What stands in the parentheses or brackets that begin before rest. FALSE: they do not end. */
static gboolean take_inside(MgPiece *rest, char close, MgPiece *inside) {
        gsize n = span_to(*rest, close);
        if (n == rest->n)
                return FALSE;
        *inside = mg_piece_trim((MgPiece){rest->s, n});
        rest->s += n + 1;
        rest->n -= n + 1;
        return TRUE;
}

/* "name op value" */
static gboolean take_attribute(const MgSelectors *all, MgPiece inside, MgSimple *simple) {
        MgPiece name = take_name(&inside);
        simple->kind = KIND_ATTRIBUTE;
        simple->attribute = mg_html_attribute(all->names, name.s, name.n);
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

/* A sign, blanks, at most six digits. */
static gboolean take_number(MgPiece text, gint *number) {
        gint sign = text.n > 0 && *text.s == '-' ? -1 : 1, value = 0;
        if (text.n > 0 && (*text.s == '+' || *text.s == '-'))
                text = mg_piece_trim((MgPiece){text.s + 1, text.n - 1});
        if (text.n == 0 || text.n > 6)
                return FALSE;
        for (gsize i = 0; i < text.n; i++) {
                if (!g_ascii_isdigit(text.s[i]))
                        return FALSE;
                value = value * 10 + (text.s[i] - '0');
        }
        *number = sign * value;
        return TRUE;
}

/* "odd", "even", "3", "2n", "-n + 3" (CSS Syntax 3, section 6). */
static gboolean take_nth(MgPiece text, MgSimple *simple) {
        simple->kind = KIND_NTH;
        if (mg_piece_is(text, "odd") || mg_piece_is(text, "even")) {
                simple->a = 2;
                simple->b = g_ascii_tolower(*text.s) == 'o';
                return TRUE;
        }
        gsize n = 0;
        while (n < text.n && g_ascii_tolower(text.s[n]) != 'n')
                n++;
        if (n == text.n)
                return take_number(text, &simple->b);
        MgPiece step = mg_piece_trim((MgPiece){text.s, n});
        MgPiece begin = mg_piece_trim((MgPiece){text.s + n + 1, text.n - n - 1});
        gboolean sign = step.n == 1 && (*step.s == '+' || *step.s == '-');
        if (step.n == 0 || sign)
                simple->a = sign && *step.s == '-' ? -1 : 1;
        else if (!take_number(step, &simple->a))
                return FALSE;
        return begin.n == 0 || (strchr("+-", *begin.s) != NULL && take_number(begin, &simple->b));
}

static const struct {
        const char *name;
        Kind kind;
        gboolean argument;
} pseudos[] = {
        {"link", KIND_LINK, FALSE},         {"any-link", KIND_LINK, FALSE},   {"root", KIND_ROOT, FALSE},
        {"checked", KIND_ATTRIBUTE, FALSE}, {"first-child", KIND_NTH, FALSE}, {"nth-child", KIND_NTH, TRUE},
        {"last-child", KIND_LAST, FALSE},   {"only-child", KIND_ONLY, FALSE}, {"hover", KIND_NEVER, FALSE},
        {"active", KIND_NEVER, FALSE},      {"focus", KIND_NEVER, FALSE},     {"visited", KIND_NEVER, FALSE},
        {"target", KIND_NEVER, FALSE},      {"not", KIND_NOT, TRUE},          {"is", KIND_IS, TRUE},
        {"where", KIND_WHERE, TRUE},
};

static gboolean take_simple(MgSelectors *all, MgPiece *rest, MgSimple *simple, guint32 *specificity);

/* Compounds with commas between them, into inner. *specificity: of the one that has most. */
static gboolean take_compounds(MgSelectors *all, MgPiece list, MgSimple *simple, guint32 *specificity) {
        simple->a = (gint)all->inner->len;
        while (list.n > 0) {
                MgPiece one = mg_piece_trim(mg_selector_next(&list));
                MgSimple part = {.join = JOIN_FIRST};
                guint32 sum = 0;
                for (; one.n > 0; part = (MgSimple){.join = JOIN_NONE}) {
                        gboolean nested = all->inner->len - simple->a >= simples_max ||
                                          !take_simple(all, &one, &part, &sum) || part.kind >= KIND_NOT;
                        if (nested)
                                return FALSE;
                        g_array_append_val(all->inner, part);
                }
                if (part.join == JOIN_FIRST)
                        return FALSE;
                *specificity = MAX(*specificity, sum);
        }
        simple->b = (gint)all->inner->len;
        return simple->b > simple->a;
}

/* Behind the colon. */
static gboolean take_pseudo(MgSelectors *all, MgPiece *rest, MgSimple *simple, guint32 *specificity) {
        MgPiece name = take_name(rest), inside = {NULL, 0};
        gsize row = 0;
        while (row < G_N_ELEMENTS(pseudos) && !mg_piece_is(name, pseudos[row].name))
                row++;
        gboolean argument = rest->n > 0 && *rest->s == '(';
        if (row == G_N_ELEMENTS(pseudos) || argument != pseudos[row].argument)
                return FALSE;
        if (argument) {
                rest->s++, rest->n--;
                if (!take_inside(rest, ')', &inside))
                        return FALSE;
        }
        simple->kind = pseudos[row].kind;
        simple->b = 1; /* :first-child */
        simple->attribute = MG_ATTRIBUTE_checked;
        all->looks_ahead |= simple->kind == KIND_LAST || simple->kind == KIND_ONLY;
        all->placed |= simple->kind >= KIND_NTH && simple->kind <= KIND_ONLY;
        guint32 within = 0;
        if (simple->kind >= KIND_NOT) {
                gboolean good = take_compounds(all, inside, simple, &within);
                *specificity += simple->kind == KIND_WHERE ? 0 : within;
                return good;
        }
        simple->b = argument ? 0 : simple->b;
        return !argument || take_nth(inside, simple);
}

/* One simple selector at rest; FALSE where it is none that is understood. */
static gboolean take_simple(MgSelectors *all, MgPiece *rest, MgSimple *simple, guint32 *specificity) {
        static const guint32 class = 1 << 8, id = 1 << 16;
        MgPiece inside;
        char first = *rest->s;
        if (first == '.' || first == '#' || first == ':' || first == '[' || first == '*')
                rest->s++, rest->n--;
        switch (first) {
        case '*':
                simple->kind = KIND_ANY;
                return TRUE;
        case '[':
                *specificity += class;
                return take_inside(rest, ']', &inside) && take_attribute(all, inside, simple);
        case ':':
                if (!take_pseudo(all, rest, simple, specificity))
                        return FALSE;
                *specificity += simple->kind >= KIND_NOT ? 0 : class;
                return TRUE;
        default:
                simple->kind = first == '.' ? KIND_CLASS : first == '#' ? KIND_ID : KIND_TAG;
                simple->text = take_name(rest);
                *specificity += first == '.' ? class : first == '#' ? id : 1;
                return simple->text.n > 0;
        }
}

/* What stands between two compounds; JOIN_NONE: nothing, the compound goes on. */
static Join take_join(MgPiece *rest) {
        gsize before = rest->n;
        *rest = mg_piece_trim(*rest);
        char c = rest->n > 0 ? *rest->s : '\0';
        Join join = c == '>' ? JOIN_CHILD : c == '+' ? JOIN_NEXT : c == '~' ? JOIN_LATER : JOIN_NONE;
        if (join == JOIN_NONE)
                return rest->n < before ? JOIN_DESCENDANT : JOIN_NONE;
        *rest = mg_piece_trim((MgPiece){rest->s + 1, rest->n - 1});
        return join;
}

static gboolean take_all(MgSelectors *all, MgPiece text, MgSelector *selector) {
        Join join = JOIN_FIRST;
        for (text = mg_piece_trim(text); text.n > 0;) {
                MgSimple simple = {.join = join};
                if (selector->n >= simples_max || !take_simple(all, &text, &simple, &selector->specificity) ||
                    simple.kind == KIND_NEVER)
                        return FALSE;
                if (join == JOIN_NEXT || join == JOIN_LATER) {
                        if (all->marks >= all->marks_max) {
                                all->marks_beyond++;
                                return FALSE;
                        }
                        simple.mark = ++all->marks;
                }
                all->placed |= join >= JOIN_CHILD;
                g_array_append_val(all->simples, simple);
                selector->n++;
                join = take_join(&text);
        }
        return selector->n > 0 && (join == JOIN_NONE || join == JOIN_DESCENDANT);
}

/* Whether it asks an element before or around its last compound for an attribute that is not kept anyway. */
static gboolean asks_around(const MgSelectors *all, const MgSelector *selector) {
        gboolean around = FALSE;
        for (guint i = selector->first + selector->n; i > selector->first; i--) {
                const MgSimple *simple = &g_array_index(all->simples, MgSimple, i - 1);
                gboolean attribute = simple->kind == KIND_ATTRIBUTE;
                for (gint k = simple->a; simple->kind >= KIND_NOT && k < simple->b; k++)
                        attribute |= g_array_index(all->inner, MgSimple, k).kind == KIND_ATTRIBUTE;
                if (around && attribute)
                        return TRUE;
                around |= simple->join != JOIN_NONE;
        }
        return FALSE;
}

gboolean mg_selector_take(MgSelectors *all, MgPiece text, MgSelector *selector) {
        MgSelectors before = *all;
        const guint simples = all->simples->len, inner = all->inner->len;
        *selector = (MgSelector){.first = simples};
        if (take_all(all, text, selector)) {
                all->looks_around |= asks_around(all, selector);
                return TRUE;
        }
        before.marks_beyond = all->marks_beyond;
        *all = before;
        g_array_set_size(all->simples, simples);
        g_array_set_size(all->inner, inner);
        return FALSE;
}

gboolean mg_selector_left(const MgSelectors *all, const MgSelector *selector, guint i, MgSelector *left) {
        const MgSimple *simple = &g_array_index(all->simples, MgSimple, selector->first + i);
        *left = (MgSelector){selector->first, i, 0, simple->mark};
        return simple->mark > 0;
}

MgSelectorKey mg_selector_key(const MgSelectors *all, const MgSelector *selector) {
        static const char kinds[] = {[KIND_ANY] = '*', [KIND_TAG] = 'e', [KIND_CLASS] = '.', [KIND_ID] = '#'};
        Kind best = KIND_ANY;
        MgPiece text = {NULL, 0};
        for (guint i = selector->first + selector->n; i > selector->first; i--) {
                const MgSimple *simple = &g_array_index(all->simples, MgSimple, i - 1);
                if (simple->kind <= KIND_ID && simple->kind > best) {
                        best = simple->kind;
                        text = simple->text;
                }
                if (simple->join != JOIN_NONE)
                        break;
        }
        return (MgSelectorKey){kinds[best], text};
}

/*
 * --- the trail
 * ------------------------------------------------------------------------------------------------------------
 */

/* Marks of a level: of the element that is open there or comes next, of the one before it, of all before it. */
typedef enum Row { ROW_OWN, ROW_NEXT, ROW_LATER, _ROW_N } Row;

/* An open element, or what the outermost stand in. */
typedef struct Entry {
        MgSubject subject;
        guint children; /* so far */
        guint last;     /* the number of the last of them */
} Entry;

struct MgTrail {
        const MgSelectors *all;
        const GByteArray *lasts;
        GByteArray *found;
        guint number;      /* of the element that comes next */
        guint words;       /* of 64 marks */
        GArray *entries;   /* of Entry; the first is no element */
        GArray *marks;     /* of guint64, words for each row of the children of each entry */
        GPtrArray *blocks; /* of the attributes of open elements, by level, where a selector asks for them */
};

static guint64 *marks_of(const MgTrail *trail, guint level, Row row) {
        return &g_array_index(trail->marks, guint64, (level * _ROW_N + row) * trail->words);
}

static Entry *innermost(const MgTrail *trail) {
        return &g_array_index(trail->entries, Entry, trail->entries->len - 1);
}

static void push_entry(MgTrail *trail, const MgSubject *subject) {
        const Entry entry = {.subject = *subject};
        g_array_append_val(trail->entries, entry);
        if (trail->words > 0)
                g_array_set_size(trail->marks, trail->entries->len * _ROW_N * trail->words);
}

MgTrail *mg_trail_new(const MgSelectors *all, const GByteArray *lasts) {
        const MgSubject none = {0};
        MgTrail *trail = g_new0(MgTrail, 1);
        trail->all = all;
        trail->lasts = lasts;
        trail->found = g_byte_array_new();
        trail->words = all->marks > 0 ? all->marks / 64 + 1 : 0;
        trail->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
        trail->marks = g_array_new(FALSE, TRUE, sizeof(guint64));
        trail->blocks = g_ptr_array_new_with_free_func(g_free);
        push_entry(trail, &none);
        return trail;
}

/* The last child of an element is the last once the element ends. */
static void note_last(MgTrail *trail) {
        const Entry *entry = innermost(trail);
        if (entry->children == 0)
                return;
        while (trail->found->len <= entry->last / 8)
                g_byte_array_append(trail->found, (const guint8 *)"", 1);
        trail->found->data[entry->last / 8] |= (guint8)(1 << entry->last % 8);
}

GByteArray *mg_trail_end(MgTrail *trail) {
        while (mg_trail_depth(trail) > 0)
                mg_trail_leave(trail);
        if (trail->all->looks_ahead)
                note_last(trail);
        GByteArray *found = trail->found;
        g_array_unref(trail->entries);
        g_array_unref(trail->marks);
        g_ptr_array_unref(trail->blocks);
        g_free(trail);
        return found;
}

guint mg_trail_depth(const MgTrail *trail) {
        return trail->entries->len - 1;
}

const MgSubject *mg_trail_at(const MgTrail *trail, guint level) {
        return &g_array_index(trail->entries, Entry, level + 1).subject;
}

static gboolean is_last(const MgTrail *trail, guint number) {
        const GByteArray *lasts = trail->lasts;
        return lasts != NULL && number / 8 < lasts->len && (lasts->data[number / 8] >> number % 8 & 1) != 0;
}

void mg_trail_place(const MgTrail *trail, guint level, MgSubject *subject) {
        if (!trail->all->placed)
                return;
        gboolean open = level < mg_trail_depth(trail);
        subject->index = open ? mg_trail_at(trail, level)->index : innermost(trail)->children + 1;
        subject->last = open ? mg_trail_at(trail, level)->last : is_last(trail, trail->number);
}

void mg_trail_mark(MgTrail *trail, guint mark) {
        marks_of(trail, mg_trail_depth(trail), ROW_OWN)[mark / 64] |= G_GUINT64_CONSTANT(1) << mark % 64;
}

/* The element that was open at the level, or had no children, stands before those that come. */
static void close_marks(MgTrail *trail) {
        const guint level = mg_trail_depth(trail);
        guint64 *own = marks_of(trail, level, ROW_OWN), *next = marks_of(trail, level, ROW_NEXT);
        guint64 *later = marks_of(trail, level, ROW_LATER);
        for (guint i = 0; i < trail->words; i++) {
                next[i] = own[i];
                later[i] |= own[i];
                own[i] = 0;
        }
}

static void count_child(MgTrail *trail) {
        Entry *around = innermost(trail);
        around->children++;
        around->last = trail->number++;
}

/* A copy of the attributes for as long as the element is open. */
static const MgPiece *keep_attributes(MgTrail *trail, const MgPiece *attributes) {
        const guint level = mg_trail_depth(trail);
        if (!trail->all->looks_around)
                return NULL;
        while (trail->blocks->len <= level)
                g_ptr_array_add(trail->blocks, g_new(MgPiece, _MG_ATTRIBUTE_N));
        MgPiece *block = trail->blocks->pdata[level];
        memcpy(block, attributes, sizeof(MgPiece) * _MG_ATTRIBUTE_N);
        return block;
}

void mg_trail_enter(MgTrail *trail, MgSubject *subject) {
        mg_trail_place(trail, mg_trail_depth(trail), subject);
        subject->attributes = keep_attributes(trail, subject->attributes);
        count_child(trail);
        push_entry(trail, subject);
}

void mg_trail_leave(MgTrail *trail) {
        if (trail->all->looks_ahead)
                note_last(trail);
        g_array_set_size(trail->entries, trail->entries->len - 1);
        if (trail->words == 0)
                return;
        g_array_set_size(trail->marks, trail->entries->len * _ROW_N * trail->words);
        close_marks(trail);
}

void mg_trail_pass(MgTrail *trail) {
        count_child(trail);
        if (trail->words > 0)
                close_marks(trail);
}

void mg_trail_forget(MgTrail *trail) {
        innermost(trail)->children = 0;
        if (trail->words > 0)
                memset(marks_of(trail, mg_trail_depth(trail), ROW_OWN), 0, trail->words * _ROW_N * sizeof(guint64));
}

/*
 * --- matching
 * -----------------------------------------------------------------------------------------------------------
 */

static gboolean same(const MgSelectors *all, MgPiece a, MgPiece b) {
        if (a.n != b.n)
                return FALSE;
        return all->quirks ? g_ascii_strncasecmp(a.s, b.s, a.n) == 0 : memcmp(a.s, b.s, a.n) == 0;
}

MgPiece mg_class_next(MgPiece *list) {
        while (list->n > 0 && g_ascii_isspace(*list->s))
                list->s++, list->n--;
        MgPiece word = {list->s, 0};
        while (word.n < list->n && !g_ascii_isspace(list->s[word.n]))
                word.n++;
        list->s += word.n;
        list->n -= word.n;
        return word;
}

static gboolean has_word(MgSelectors *all, MgPiece list, MgPiece wanted, gboolean exact) {
        while (list.n > 0) {
                MgPiece word = mg_class_next(&list);
                all->steps++;
                if (word.n == wanted.n && word.n > 0 &&
                    (exact ? memcmp(word.s, wanted.s, word.n) == 0 : same(all, word, wanted)))
                        return TRUE;
        }
        return FALSE;
}

static gboolean match_attribute(MgSelectors *all, const MgSimple *simple, const MgSubject *subject) {
        MgPiece value = {NULL, 0}, text = simple->text;
        if (subject->attributes != NULL)
                value = subject->attributes[simple->attribute];
        if (value.s == NULL || simple->op == 0)
                return value.s != NULL;
        all->steps += value.n / 16;
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
                return has_word(all, value, text, TRUE);
        }
}

/* Whether there is an n from 0 on with an + b the index. */
static gboolean match_nth(const MgSimple *simple, guint index) {
        gint64 n = (gint64)index - simple->b;
        return simple->a == 0 ? n == 0 : n % simple->a == 0 && n / simple->a >= 0;
}

static gboolean match_inner(MgSelectors *all, const MgSimple *simple, const MgSubject *subject);

static gboolean match_simple(MgSelectors *all, const MgSimple *simple, const MgSubject *subject) {
        all->steps++;
        switch ((Kind)simple->kind) {
        case KIND_ANY:
                return TRUE;
        case KIND_TAG:
                return subject->name.n == simple->text.n &&
                       g_ascii_strncasecmp(subject->name.s, simple->text.s, simple->text.n) == 0;
        case KIND_CLASS:
                return has_word(all, subject->class, simple->text, FALSE);
        case KIND_ID:
                return subject->id.s != NULL && same(all, subject->id, simple->text);
        case KIND_ATTRIBUTE:
                return match_attribute(all, simple, subject);
        case KIND_LINK:
                return subject->element == MG_ELEMENT_a;
        case KIND_ROOT:
                return subject->element == MG_ELEMENT_html;
        case KIND_NTH:
                return match_nth(simple, subject->index);
        case KIND_LAST:
                return subject->last;
        case KIND_ONLY:
                return subject->index == 1 && subject->last;
        case KIND_NEVER:
                return FALSE;
        case KIND_NOT:
                return !match_inner(all, simple, subject);
        case KIND_IS:
        case KIND_WHERE:
                return match_inner(all, simple, subject);
        }
        return FALSE;
}

/* Whether one of the compounds in the parentheses matches. They hold no parentheses themselves. */
static gboolean match_inner(MgSelectors *all, const MgSimple *simple, const MgSubject *subject) {
        gboolean matches = FALSE;
        for (gint i = simple->a; i < simple->b; i++) {
                const MgSimple *part = &g_array_index(all->inner, MgSimple, i);
                if (part->join == JOIN_FIRST && matches)
                        return TRUE;
                matches = (part->join == JOIN_FIRST || matches) && match_simple(all, part, subject);
        }
        return matches;
}

/*
 * The compounds that child combinators join, from the one before *after upwards from *level. What is left of them: the
 * simples before *after, joined by *join, for elements around *level. A sibling combinator leaves nothing: the mark
 * says it all.
 */
static gboolean match_chain(MgSelectors *all, const MgTrail *trail, const MgSubject *subject, guint *after,
                            guint *level, Join *join) {
        for (;;) {
                const MgSimple *simple;
                do {
                        simple = &g_array_index(all->simples, MgSimple, --*after);
                        if (!match_simple(all, simple, subject))
                                return FALSE;
                } while (simple->join == JOIN_NONE);
                *join = simple->join;
                if (*join == JOIN_NEXT || *join == JOIN_LATER) {
                        const guint64 *marks = marks_of(trail, *level, *join == JOIN_NEXT ? ROW_NEXT : ROW_LATER);
                        return (marks[simple->mark / 64] >> simple->mark % 64 & 1) != 0;
                }
                if (*join != JOIN_CHILD)
                        return TRUE;
                if (*level == 0)
                        return FALSE;
                subject = mg_trail_at(trail, --*level);
        }
}

/*
 * A chain of children takes the nearest place around where it matches as a whole, which leaves most room for what is
 * left of it.
 */
gboolean mg_selector_matches(MgSelectors *all, const MgSelector *selector, const MgTrail *trail, guint level,
                             const MgSubject *subject) {
        guint after = selector->first + selector->n;
        Join join = JOIN_FIRST;
        if (!match_chain(all, trail, subject, &after, &level, &join))
                return FALSE;
        while (join == JOIN_DESCENDANT) {
                const guint end = after;
                gboolean found = FALSE;
                guint top = level;
                for (guint at = level; at > 0 && !found; at--) {
                        after = end;
                        top = at - 1;
                        found = match_chain(all, trail, mg_trail_at(trail, at - 1), &after, &top, &join);
                }
                if (!found)
                        return FALSE;
                level = top;
        }
        return TRUE;
}
