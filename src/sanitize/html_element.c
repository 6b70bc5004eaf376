/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of elements and attributes. What is not in them is an inline element without a meaning, or no attribute.
 */
#include "sanitize/html_element.h"

#include <string.h>

/* Octets of the longest name. */
static const gsize name_max = 12;

const MgHtmlElement mg_html_elements[_MG_ELEMENT_N] = {[MG_ELEMENT_UNKNOWN] = {"", MG_HTML_INLINE, 0, 0},
#define MG_HTML_ELEMENT_ROW(name, kind, lines, scope) [MG_ELEMENT_##name] = {#name, MG_HTML_##kind, lines, scope},
                                                       MG_HTML_ELEMENTS(MG_HTML_ELEMENT_ROW)
#undef MG_HTML_ELEMENT_ROW
};

static const char *const attributes[_MG_ATTRIBUTE_N] = {
#define MG_HTML_ATTRIBUTE_ROW(id, name) [MG_ATTRIBUTE_##id] = name,
        MG_HTML_ATTRIBUTES(MG_HTML_ATTRIBUTE_ROW)
#undef MG_HTML_ATTRIBUTE_ROW
};

/* n is at least 1. Bit 5 makes letters of both cases the same. */
static guint hash_of(const char *name, gsize n) {
        guint first = name[0] | 0x20, second = name[n / 2] | 0x20, last = name[n - 1] | 0x20;
        return first * 31 + second * 7 + last * 131 + (guint)n * 17;
}

/* name may hold NUL, at which a comparison of strings would end with success. */
static gboolean same_name(const char *known, const char *name, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (known[i] == '\0' || known[i] != (name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]))
                        return FALSE;
        return known[n] == '\0';
}

/* Places are taken one behind the other; 0 is free, so that rows stand as their number + 1. */
static void put_name(guint8 *table, guint size, const char *name, guint row) {
        guint at = hash_of(name, strlen(name)) % size;
        while (table[at] != 0)
                at = (at + 1) % size;
        table[at] = row + 1;
}

void mg_html_names_init(MgHtmlNames *names) {
        G_STATIC_ASSERT(_MG_ELEMENT_N < 250 && _MG_ATTRIBUTE_N < 64);
        memset(names, 0, sizeof *names);
        for (guint i = 1; i < _MG_ELEMENT_N; i++)
                put_name(names->elements, sizeof names->elements, mg_html_elements[i].name, i);
        for (guint i = 0; i < _MG_ATTRIBUTE_N; i++)
                put_name(names->attributes, sizeof names->attributes, attributes[i], i);
}

MgElement mg_html_element(const MgHtmlNames *names, const char *name, gsize n) {
        const guint size = sizeof names->elements;
        if (n == 0 || n > name_max)
                return MG_ELEMENT_UNKNOWN;
        for (guint at = hash_of(name, n) % size; names->elements[at] != 0; at = (at + 1) % size)
                if (same_name(mg_html_elements[names->elements[at] - 1].name, name, n))
                        return names->elements[at] - 1;
        return MG_ELEMENT_UNKNOWN;
}

MgAttribute mg_html_attribute(const MgHtmlNames *names, const char *name, gsize n) {
        const guint size = sizeof names->attributes;
        if (n == 0 || n > name_max)
                return MG_ATTRIBUTE_NONE;
        for (guint at = hash_of(name, n) % size; names->attributes[at] != 0; at = (at + 1) % size)
                if (same_name(attributes[names->attributes[at] - 1], name, n))
                        return names->attributes[at] - 1;
        return MG_ATTRIBUTE_NONE;
}

gboolean mg_html_means_something(MgElement element) {
        switch (element) {
        case MG_ELEMENT_a:
        case MG_ELEMENT_button:
        case MG_ELEMENT_q:
        case MG_ELEMENT_rb:
        case MG_ELEMENT_rt:
        case MG_ELEMENT_rtc:
        case MG_ELEMENT_ruby:
        case MG_ELEMENT_sup:
                return TRUE;
        default:
                return FALSE;
        }
}

gboolean mg_html_is_of_head(MgElement element) {
        switch (element) {
        case MG_ELEMENT_base:
        case MG_ELEMENT_basefont:
        case MG_ELEMENT_bgsound:
        case MG_ELEMENT_link:
        case MG_ELEMENT_meta:
        case MG_ELEMENT_noframes:
        case MG_ELEMENT_script:
        case MG_ELEMENT_style:
        case MG_ELEMENT_template:
        case MG_ELEMENT_title:
                return TRUE;
        default:
                return FALSE;
        }
}

guint mg_html_end_scopes(MgElement element) {
        switch (element) {
        case MG_ELEMENT_table:
                return 0;
        case MG_ELEMENT_tr:
        case MG_ELEMENT_tbody:
        case MG_ELEMENT_thead:
        case MG_ELEMENT_tfoot:
                return MG_HTML_TABLE;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
        case MG_ELEMENT_caption:
                return MG_HTML_TABLE | MG_HTML_ROW;
        default:
                return MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW;
        }
}
