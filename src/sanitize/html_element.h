/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* html_element: the names of HTML, as far as they mean something for a text. */

typedef enum MgHtmlKind {
        MG_HTML_INLINE, /* changes nothing, unless it hides */
        MG_HTML_BLOCK,  /* is written under its own or another name */
        MG_HTML_VOID,   /* has no content and no end */
        MG_HTML_RAW,    /* its content is no markup and no text: dropped */
        MG_HTML_TEXT,   /* its content is text and no markup */
        MG_HTML_DROP,   /* it and all inside is dropped */
        MG_HTML_IGNORE, /* the tag is dropped, its content is not */
} MgHtmlKind;

/* Elements that an end tag or an implied end does not reach over. */
typedef enum MgHtmlScope { MG_HTML_CELL = 1, MG_HTML_LIST = 2, MG_HTML_TABLE = 4 } MgHtmlScope;

/* clang-format off */
/* X(name, kind, name under which it is written or NULL, scope) */
#define MG_HTML_ELEMENTS(X)                                                                                     \
        X(a, INLINE, "span", 0) X(abbr, INLINE, NULL, 0) X(b, INLINE, NULL, 0) X(big, INLINE, NULL, 0)          \
        X(code, INLINE, NULL, 0) X(em, INLINE, NULL, 0) X(font, INLINE, NULL, 0) X(i, INLINE, NULL, 0)          \
        X(label, INLINE, NULL, 0) X(small, INLINE, NULL, 0) X(span, INLINE, NULL, 0) X(strong, INLINE, NULL, 0) \
        X(tt, INLINE, NULL, 0) X(u, INLINE, NULL, 0) X(s, INLINE, NULL, 0) X(strike, INLINE, NULL, 0)           \
        X(sub, INLINE, NULL, 0) X(sup, INLINE, NULL, 0) X(nobr, INLINE, NULL, 0) X(del, INLINE, NULL, 0)        \
        X(ins, INLINE, NULL, 0) X(ruby, INLINE, NULL, 0) X(rt, INLINE, "span", 0) X(rp, DROP, NULL, 0)          \
        X(q, INLINE, "span", 0) X(button, INLINE, NULL, 0) X(select, BLOCK, "div", 0) X(option, BLOCK, "div", 0)\
        X(optgroup, BLOCK, "div", 0) X(address, BLOCK, "div", 0) X(article, BLOCK, "div", 0)                    \
        X(aside, BLOCK, "div", 0) X(blockquote, BLOCK, "blockquote", 0) X(body, BLOCK, "div", 0)                \
        X(center, BLOCK, "div", 0) X(details, BLOCK, "div", 0) X(dir, BLOCK, "ul", MG_HTML_LIST)                \
        X(div, BLOCK, "div", 0) X(dd, BLOCK, "dd", 0) X(dl, BLOCK, "dl", MG_HTML_LIST) X(dt, BLOCK, "dt", 0)    \
        X(fieldset, BLOCK, "div", 0) X(figcaption, BLOCK, "div", 0) X(figure, BLOCK, "div", 0)                  \
        X(footer, BLOCK, "div", 0) X(form, BLOCK, "div", 0) X(h1, BLOCK, "h1", 0) X(h2, BLOCK, "h1", 0)         \
        X(h3, BLOCK, "h1", 0) X(h4, BLOCK, "h1", 0) X(h5, BLOCK, "h1", 0) X(h6, BLOCK, "h1", 0)                 \
        X(header, BLOCK, "div", 0) X(legend, BLOCK, "div", 0) X(li, BLOCK, "li", 0) X(main, BLOCK, "div", 0)    \
        X(menu, BLOCK, "ul", MG_HTML_LIST) X(nav, BLOCK, "div", 0) X(ol, BLOCK, "ol", MG_HTML_LIST)             \
        X(p, BLOCK, "p", 0) X(pre, BLOCK, "pre", 0) X(section, BLOCK, "div", 0) X(summary, BLOCK, "div", 0)     \
        X(ul, BLOCK, "ul", MG_HTML_LIST) X(caption, BLOCK, "caption", MG_HTML_CELL)                             \
        X(table, BLOCK, "table", MG_HTML_TABLE) X(td, BLOCK, "td", MG_HTML_CELL)                                \
        X(th, BLOCK, "td", MG_HTML_CELL) X(tr, BLOCK, "tr", MG_HTML_TABLE) X(area, VOID, NULL, 0)               \
        X(base, VOID, NULL, 0) X(basefont, VOID, NULL, 0) X(bgsound, VOID, NULL, 0) X(br, VOID, "br", 0)        \
        X(col, VOID, NULL, 0) X(embed, VOID, NULL, 0) X(frame, VOID, NULL, 0) X(hr, VOID, "hr", 0)              \
        X(image, VOID, "img", 0) X(img, VOID, "img", 0) X(input, VOID, NULL, 0) X(link, VOID, NULL, 0)          \
        X(meta, VOID, NULL, 0) X(param, VOID, NULL, 0) X(source, VOID, NULL, 0) X(track, VOID, NULL, 0)         \
        X(wbr, VOID, NULL, 0) X(iframe, RAW, NULL, 0) X(noembed, RAW, NULL, 0) X(noframes, RAW, NULL, 0)        \
        X(script, RAW, NULL, 0) X(style, RAW, NULL, 0) X(title, RAW, NULL, 0) X(listing, TEXT, "pre", 0)        \
        X(plaintext, TEXT, "pre", 0) X(textarea, TEXT, "pre", 0) X(xmp, TEXT, "pre", 0)                         \
        X(datalist, DROP, NULL, 0) X(math, DROP, NULL, 0) X(noscript, DROP, NULL, 0) X(svg, DROP, NULL, 0)      \
        X(template, DROP, NULL, 0) X(audio, DROP, NULL, 0) X(video, DROP, NULL, 0) X(canvas, DROP, NULL, 0)     \
        X(head, IGNORE, NULL, 0) X(html, IGNORE, NULL, 0) X(tbody, IGNORE, NULL, 0) X(tfoot, IGNORE, NULL, 0)   \
        X(thead, IGNORE, NULL, 0) X(colgroup, IGNORE, NULL, 0)
/* clang-format on */

typedef enum MgElement {
        MG_ELEMENT_UNKNOWN,
#define MG_HTML_ELEMENT_ID(name, kind, written, scope) MG_ELEMENT_##name,
        MG_HTML_ELEMENTS(MG_HTML_ELEMENT_ID)
#undef MG_HTML_ELEMENT_ID
                _MG_ELEMENT_N,
} MgElement;

typedef struct MgHtmlElement {
        const char *name;
        MgHtmlKind what;
        const char *written;
        guint8 scope;
} MgHtmlElement;

/* Attributes that are read. */
typedef enum MgAttribute {
        MG_ATTRIBUTE_NONE = -1,
        MG_ATTRIBUTE_action,
        MG_ATTRIBUTE_alt,
        MG_ATTRIBUTE_background,
        MG_ATTRIBUTE_bgcolor,
        MG_ATTRIBUTE_class,
        MG_ATTRIBUTE_color,
        MG_ATTRIBUTE_colspan,
        MG_ATTRIBUTE_content,
        MG_ATTRIBUTE_hidden,
        MG_ATTRIBUTE_href,
        MG_ATTRIBUTE_http_equiv,
        MG_ATTRIBUTE_id,
        MG_ATTRIBUTE_size,
        MG_ATTRIBUTE_src,
        MG_ATTRIBUTE_start,
        MG_ATTRIBUTE_style,
        MG_ATTRIBUTE_value,
        _MG_ATTRIBUTE_N,
} MgAttribute;

extern const MgHtmlElement mg_html_elements[_MG_ELEMENT_N];

/* By name, ASCII case ignored. */
MgElement mg_html_element(const char *name, gsize n);
MgAttribute mg_html_attribute(const char *name, gsize n);
