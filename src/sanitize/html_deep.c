/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is open below the bound of depth. See html_deep.h. Implied ends are known as far as one element stands directly
 * in the other; of elements without a row only the innermost can end.
 */
#include "sanitize/html_deep.h"

enum { VEIL = 1, DROP = 2 };

typedef struct Entry {
        guint32 before; /* the place of the element of this kind around it, from 1 */
        guint32 block;  /* the place of the innermost block, this one included, from 1 */
        guint16 name;   /* a hash of it */
        guint8 element; /* _MG_ELEMENT_N: it has ended before what is inside */
        guint8 flags;
} Entry;

void mg_deep_init(MgDeep *deep) {
        *deep = (MgDeep){.open = g_array_new(FALSE, FALSE, sizeof(Entry))};
}

void mg_deep_clear(MgDeep *deep) {
        g_array_unref(deep->open);
}

/* place: from 1. */
static Entry *entry_at(const MgDeep *deep, guint32 place) {
        return &g_array_index(deep->open, Entry, place - 1);
}

static Entry *top_of(const MgDeep *deep) {
        return deep->open->len > 0 ? entry_at(deep, deep->open->len) : NULL;
}

static guint16 hash_of(MgPiece name) {
        guint hash = 5381;
        for (gsize i = 0; i < name.n; i++)
                hash = hash * 33 + ((guint8)name.s[i] | 0x20);
        return (guint16)(hash ^ hash >> 16);
}

/* It is the innermost of its kind. */
static void end_entry(MgDeep *deep, Entry *entry) {
        if (entry->element == _MG_ELEMENT_N)
                return;
        deep->last[entry->element] = entry->before;
        deep->veils -= (entry->flags & VEIL) != 0;
        deep->drops -= (entry->flags & DROP) != 0;
        entry->element = _MG_ELEMENT_N;
}

static void push_entry(MgDeep *deep, MgElement element, guint16 name, gboolean veil) {
        guint8 kind = mg_html_elements[element].kind;
        const guint32 place = deep->open->len + 1;
        gboolean block = kind != MG_HTML_INLINE && kind != MG_HTML_FORMAT;
        Entry entry = {.before = deep->last[element],
                       .block = block       ? place
                                : place > 1 ? top_of(deep)->block
                                            : 0,
                       .name = name,
                       .element = (guint8)element,
                       .flags = (veil ? VEIL : 0) | (kind == MG_HTML_DROP ? DROP : 0)};
        g_array_append_val(deep->open, entry);
        deep->last[element] = place;
        deep->veils += veil;
        deep->drops += kind == MG_HTML_DROP;
}

/* Down to the place. reopen: formatting elements open again behind it (WHATWG, 13.2.4.3), as far as they hide. */
static void pop_to(MgDeep *deep, guint32 place, gboolean reopen) {
        MgElement again[20];
        guint n = 0;
        while (deep->open->len >= place) {
                const Entry *top = top_of(deep);
                gboolean format = top->element < _MG_ELEMENT_N && mg_html_elements[top->element].kind == MG_HTML_FORMAT;
                if (reopen && format && (top->flags & VEIL) != 0 && n < G_N_ELEMENTS(again))
                        again[n++] = top->element;
                end_entry(deep, top_of(deep));
                g_array_set_size(deep->open, deep->open->len - 1);
        }
        while (n > 0)
                push_entry(deep, again[--n], 0, TRUE);
}

/* Whether an open element, the innermost, ends where the other begins (WHATWG, section 13.1.2.4). */
static gboolean ends_before(guint8 open, MgElement element) {
        guint scope = mg_html_elements[element].scope;
        switch (open) {
        case MG_ELEMENT_p:
                return mg_html_elements[element].kind == MG_HTML_BLOCK;
        case MG_ELEMENT_dd:
        case MG_ELEMENT_dt:
                return element == MG_ELEMENT_dd || element == MG_ELEMENT_dt;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                return (scope & (MG_HTML_CELL | MG_HTML_ROW)) != 0;
        case MG_ELEMENT_tr:
                return (scope & MG_HTML_ROW) != 0;
        case MG_ELEMENT_li:
        case MG_ELEMENT_option:
        case MG_ELEMENT_a:
        case MG_ELEMENT_button:
                return element == open;
        default:
                return FALSE;
        }
}

void mg_deep_open(MgDeep *deep, MgElement element, MgPiece name, gboolean veil) {
        while (deep->open->len > 0 && ends_before(top_of(deep)->element, element))
                pop_to(deep, deep->open->len, FALSE);
        push_entry(deep, element, hash_of(name), veil);
}

/* The place of the innermost element that the end tag does not reach over. */
static guint32 fence_of(const MgDeep *deep, MgElement element) {
        static const MgElement fences[] = {MG_ELEMENT_table, MG_ELEMENT_caption, MG_ELEMENT_td,    MG_ELEMENT_th,
                                           MG_ELEMENT_tr,    MG_ELEMENT_tbody,   MG_ELEMENT_thead, MG_ELEMENT_tfoot};
        guint32 fence = 0;
        guint scopes = mg_html_end_scopes(element);
        for (gsize i = 0; i < G_N_ELEMENTS(fences); i++)
                if (fences[i] != element && (mg_html_elements[fences[i]].scope & scopes) != 0)
                        fence = MAX(fence, deep->last[fences[i]]);
        return fence;
}

gboolean mg_deep_close(MgDeep *deep, MgElement element, MgPiece name) {
        const guint32 place = deep->last[element], fence = fence_of(deep, element);
        guint8 kind = mg_html_elements[element].kind;
        gboolean runs = kind == MG_HTML_INLINE || kind == MG_HTML_FORMAT;
        if (place == 0 && fence == 0)
                /* The end of an inline element around all of them would let out what a block here hides. */
                return runs && deep->veils > 0;
        if (place <= fence || (element == MG_ELEMENT_UNKNOWN && entry_at(deep, place)->name != hash_of(name)))
                return TRUE;
        if (!runs)
                pop_to(deep, place,
                       (mg_html_elements[element].scope & (MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW)) == 0);
        else if (kind == MG_HTML_FORMAT || top_of(deep)->block < place)
                end_entry(deep, entry_at(deep, place)); /* alone: what is inside goes on */
        while (deep->open->len > 0 && top_of(deep)->element == _MG_ELEMENT_N)
                g_array_set_size(deep->open, deep->open->len - 1);
        return TRUE;
}

void mg_deep_end(MgDeep *deep, gboolean reopen) {
        if (deep->open->len > 0)
                pop_to(deep, 1, reopen);
}
