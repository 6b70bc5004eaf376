/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of elements and attributes. What is not in them is an inline element without a meaning, or no attribute.
 */
#include "sanitize/html_element.h"

#include <string.h>

/* Octets of the longest name. */
static const gsize name_max = 12;

const MgHtmlElement mg_html_elements[_MG_ELEMENT_N] = {[MG_ELEMENT_UNKNOWN] = {"", MG_HTML_INLINE, NULL, 0},
#define MG_HTML_ELEMENT_ROW(name, kind, written, scope) [MG_ELEMENT_##name] = {#name, MG_HTML_##kind, written, scope},
                                                       MG_HTML_ELEMENTS(MG_HTML_ELEMENT_ROW)
#undef MG_HTML_ELEMENT_ROW
};

static const char *const attributes[_MG_ATTRIBUTE_N] = {
        [MG_ATTRIBUTE_action] = "action",
        [MG_ATTRIBUTE_alt] = "alt",
        [MG_ATTRIBUTE_background] = "background",
        [MG_ATTRIBUTE_bgcolor] = "bgcolor",
        [MG_ATTRIBUTE_class] = "class",
        [MG_ATTRIBUTE_color] = "color",
        [MG_ATTRIBUTE_colspan] = "colspan",
        [MG_ATTRIBUTE_content] = "content",
        [MG_ATTRIBUTE_hidden] = "hidden",
        [MG_ATTRIBUTE_href] = "href",
        [MG_ATTRIBUTE_http_equiv] = "http-equiv",
        [MG_ATTRIBUTE_id] = "id",
        [MG_ATTRIBUTE_size] = "size",
        [MG_ATTRIBUTE_src] = "src",
        [MG_ATTRIBUTE_start] = "start",
        [MG_ATTRIBUTE_style] = "style",
        [MG_ATTRIBUTE_value] = "value",
};

/* name may hold NUL, at which a comparison of strings would end with success. */
static gboolean same_name(const char *known, const char *name, gsize n) {
        return known[0] == g_ascii_tolower(*name) && strlen(known) == n && g_ascii_strncasecmp(known, name, n) == 0;
}

MgElement mg_html_element(const char *name, gsize n) {
        for (guint i = 1; i < _MG_ELEMENT_N && n > 0 && n <= name_max; i++)
                if (same_name(mg_html_elements[i].name, name, n))
                        return i;
        return MG_ELEMENT_UNKNOWN;
}

MgAttribute mg_html_attribute(const char *name, gsize n) {
        for (int i = 0; i < _MG_ATTRIBUTE_N && n > 0 && n <= name_max; i++)
                if (same_name(attributes[i], name, n))
                        return i;
        return MG_ATTRIBUTE_NONE;
}
