/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* html_element: the names of HTML, as far as they mean something for a text. */

typedef enum MgHtmlKind {
        MG_HTML_INLINE, /* runs in its line, unless a style says otherwise */
        MG_HTML_FORMAT, /* the same; opened again behind what closed it unasked (WHATWG 13.2.4.3) */
        MG_HTML_BLOCK,  /* begins a line */
        MG_HTML_VOID,   /* has no content and no end */
        MG_HTML_RAW,    /* its content is no markup and no text: dropped */
        MG_HTML_TEXT,   /* its content is text and no markup */
        MG_HTML_DROP,   /* it and all inside is never shown, and nothing that somebody hid */
        MG_HTML_IGNORE, /* the tag is dropped, its content is not */
} MgHtmlKind;

/* Elements that an end tag or an implied end does not reach over. */
typedef enum MgHtmlScope { MG_HTML_CELL = 1, MG_HTML_LIST = 2, MG_HTML_TABLE = 4, MG_HTML_BUTTON = 8, MG_HTML_ROW = 16 } MgHtmlScope;

/* clang-format off */
/* X(name, kind, line ends around it, scope) */
#define MG_HTML_ELEMENTS(X)                                                                                     \
        X(a, FORMAT, 0, 0) X(b, FORMAT, 0, 0) X(big, FORMAT, 0, 0) X(code, FORMAT, 0, 0) X(em, FORMAT, 0, 0)    \
        X(font, FORMAT, 0, 0) X(i, FORMAT, 0, 0) X(nobr, FORMAT, 0, 0) X(s, FORMAT, 0, 0) X(small, FORMAT, 0, 0)\
        X(strike, FORMAT, 0, 0) X(strong, FORMAT, 0, 0) X(tt, FORMAT, 0, 0) X(u, FORMAT, 0, 0)                  \
        X(abbr, INLINE, 0, 0) X(button, INLINE, 0, MG_HTML_BUTTON) X(del, INLINE, 0, 0) X(ins, INLINE, 0, 0)    \
        X(label, INLINE, 0, 0) X(q, INLINE, 0, 0) X(rb, INLINE, 0, 0) X(rt, INLINE, 0, 0) X(rtc, INLINE, 0, 0)  \
        X(ruby, INLINE, 0, 0) X(span, INLINE, 0, 0) X(sub, INLINE, 0, 0) X(sup, INLINE, 0, 0)                   \
        X(select, BLOCK, 1, 0) X(option, BLOCK, 1, 0) X(optgroup, BLOCK, 1, 0)                                  \
        X(address, BLOCK, 1, 0) X(article, BLOCK, 1, 0) X(aside, BLOCK, 1, 0) X(blockquote, BLOCK, 2, 0)        \
        X(body, BLOCK, 1, 0) X(center, BLOCK, 1, 0) X(details, BLOCK, 1, 0) X(dialog, BLOCK, 1, 0)              \
        X(dir, BLOCK, 2, MG_HTML_LIST) X(div, BLOCK, 1, 0) X(dd, BLOCK, 1, 0) X(dl, BLOCK, 2, MG_HTML_LIST)     \
        X(dt, BLOCK, 1, 0) X(fieldset, BLOCK, 1, 0) X(figcaption, BLOCK, 1, 0) X(figure, BLOCK, 2, 0)           \
        X(footer, BLOCK, 1, 0) X(form, BLOCK, 1, 0) X(h1, BLOCK, 2, 0) X(h2, BLOCK, 2, 0) X(h3, BLOCK, 2, 0)    \
        X(h4, BLOCK, 2, 0) X(h5, BLOCK, 2, 0) X(h6, BLOCK, 2, 0) X(header, BLOCK, 1, 0) X(hgroup, BLOCK, 1, 0)  \
        X(legend, BLOCK, 1, 0) X(li, BLOCK, 1, 0) X(main, BLOCK, 1, 0) X(menu, BLOCK, 2, MG_HTML_LIST)          \
        X(nav, BLOCK, 1, 0) X(ol, BLOCK, 2, MG_HTML_LIST) X(p, BLOCK, 2, 0) X(pre, BLOCK, 2, 0)                 \
        X(search, BLOCK, 1, 0) X(section, BLOCK, 1, 0) X(summary, BLOCK, 1, 0) X(ul, BLOCK, 2, MG_HTML_LIST)    \
        X(caption, BLOCK, 1, MG_HTML_CELL) X(table, BLOCK, 1, MG_HTML_TABLE) X(td, BLOCK, 0, MG_HTML_CELL)      \
        X(th, BLOCK, 0, MG_HTML_CELL) X(tr, BLOCK, 0, MG_HTML_ROW) X(tbody, BLOCK, 0, MG_HTML_ROW)          \
        X(thead, BLOCK, 0, MG_HTML_ROW) X(tfoot, BLOCK, 0, MG_HTML_ROW)                                     \
        X(area, VOID, 0, 0) X(base, VOID, 0, 0) X(basefont, VOID, 0, 0) X(bgsound, VOID, 0, 0) X(br, VOID, 0, 0)\
        X(col, VOID, 0, 0) X(embed, VOID, 0, 0) X(frame, VOID, 0, 0) X(hr, VOID, 1, 0) X(image, VOID, 0, 0)     \
        X(img, VOID, 0, 0) X(input, VOID, 0, 0) X(keygen, VOID, 0, 0) X(link, VOID, 0, 0) X(meta, VOID, 0, 0)   \
        X(param, VOID, 0, 0) X(source, VOID, 0, 0) X(track, VOID, 0, 0) X(wbr, VOID, 0, 0)                      \
        X(iframe, RAW, 0, 0) X(noembed, RAW, 0, 0) X(noframes, RAW, 0, 0) X(script, RAW, 0, 0)                  \
        X(style, RAW, 0, 0) X(title, RAW, 0, 0)                                                                 \
        X(listing, BLOCK, 2, 0) X(plaintext, TEXT, 2, 0) X(textarea, TEXT, 1, 0) X(xmp, TEXT, 2, 0)             \
        X(annotation, DROP, 0, 0) X(audio, DROP, 0, 0) X(datalist, DROP, 0, 0) X(meter, DROP, 0, 0)            \
        X(progress, DROP, 0, 0) X(rp, DROP, 0, 0) X(svg, DROP, 0, 0) X(template, DROP, 0, 0) X(video, DROP, 0, 0)                       \
        X(colgroup, IGNORE, 0, 0) X(head, IGNORE, 0, 0) X(html, INLINE, 0, 0)
/* clang-format on */

typedef enum MgElement {
        MG_ELEMENT_UNKNOWN,
#define MG_HTML_ELEMENT_ID(name, kind, lines, scope) MG_ELEMENT_##name,
        MG_HTML_ELEMENTS(MG_HTML_ELEMENT_ID)
#undef MG_HTML_ELEMENT_ID
                _MG_ELEMENT_N,
} MgElement;

typedef struct MgHtmlElement {
        const char *name;
        guint8 kind; /* MgHtmlKind */
        guint8 lines;
        guint8 scope;
} MgHtmlElement;

/* Attributes that are read: X(identifier, name). */
#define MG_HTML_ATTRIBUTES(X)                                                                                          \
        X(action, "action")                                                                                            \
        X(align, "align")                                                                                              \
        X(alt, "alt")                                                                                                  \
        X(background, "background")                                                                                    \
        X(bgcolor, "bgcolor")                                                                                          \
        X(checked, "checked")                                                                                          \
        X(class, "class")                                                                                              \
        X(color, "color")                                                                                              \
        X(colspan, "colspan")                                                                                          \
        X(content, "content")                                                                                          \
        X(formaction, "formaction")                                                                                    \
        X(height, "height")                                                                                            \
        X(hidden, "hidden")                                                                                            \
        X(href, "href")                                                                                                \
        X(http_equiv, "http-equiv")                                                                                    \
        X(id, "id")                                                                                                    \
        X(media, "media")                                                                                              \
        X(name, "name")                                                                                                \
        X(open, "open")                                                                                                \
        X(placeholder, "placeholder")                                                                                  \
        X(rel, "rel")                                                                                                  \
        X(reversed, "reversed")                                                                                        \
        X(role, "role")                                                                                                \
        X(rowspan, "rowspan")                                                                                          \
        X(size, "size")                                                                                                \
        X(src, "src")                                                                                                  \
        X(start, "start")                                                                                              \
        X(style, "style")                                                                                              \
        X(text, "text")                                                                                                \
        X(title, "title")                                                                                              \
        X(type, "type")                                                                                                \
        X(value, "value")                                                                                              \
        X(width, "width")

typedef enum MgAttribute {
        MG_ATTRIBUTE_NONE = -1,
#define MG_HTML_ATTRIBUTE_ID(id, name) MG_ATTRIBUTE_##id,
        MG_HTML_ATTRIBUTES(MG_HTML_ATTRIBUTE_ID)
#undef MG_HTML_ATTRIBUTE_ID
                _MG_ATTRIBUTE_N,
} MgAttribute;

extern const MgHtmlElement mg_html_elements[_MG_ELEMENT_N];

/* Elements that are more than their look. */
gboolean mg_html_means_something(MgElement element);
/* Elements that stand in the head where nothing of the body came before (WHATWG, 13.2.6.4.4). */
gboolean mg_html_is_of_head(MgElement element);
/* What the end tag of the element does not reach over: MgHtmlScope. */
guint mg_html_end_scopes(MgElement element);

/* Names -> rows of the tables; made once for a document, since a look at every row costs more than the rest. */
typedef struct MgHtmlNames {
        guint8 elements[512];
        guint8 attributes[128];
} MgHtmlNames;

void mg_html_names_init(MgHtmlNames *names);

/* By name, ASCII case ignored. */
MgElement mg_html_element(const MgHtmlNames *names, const char *name, gsize n);
MgAttribute mg_html_attribute(const MgHtmlNames *names, const char *name, gsize n);
