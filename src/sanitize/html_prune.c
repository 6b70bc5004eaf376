/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML of any shape -> little HTML, well-nested and of bounded depth, so that gumbo has nothing to mend: its adoption agency, its attribute lists and
 * its formatting elements are quadratic on hostile input (200,000 unclosed <b>). Elements that change nothing in a text are
 * left out, those that hide text are obeyed, attributes but the few below are dropped.
 * The tokenizer follows the WHATWG states for tags, comments and raw text; the stack knows the implied end tags that mails use. Where it
 * differs from a browser lines break elsewhere, and no markup comes through.
 */
#include <string.h>

#include "sanitize/html_private.h"

typedef enum What {
        WHAT_INLINE, /* changes nothing, unless it hides */
        WHAT_BLOCK,  /* is written under its own or another name */
        WHAT_VOID,   /* has no content and no end */
        WHAT_RAW,    /* its content is no markup and no text: dropped */
        WHAT_TEXT,   /* its content is text and no markup */
        WHAT_DROP,   /* it and all inside is dropped */
        WHAT_IGNORE, /* the tag is dropped, its content is not */
} What;

/* Elements that an end tag or an implied end does not reach over. */
typedef enum Scope { SCOPE_NONE, SCOPE_CELL = 1, SCOPE_LIST = 2, SCOPE_TABLE = 4 } Scope;

typedef enum Element {
        ELEMENT_UNKNOWN,
#define MG_ELEMENTS(X)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
        X(a, INLINE, "span", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
        X(abbr, INLINE, NULL, 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
        X(b, INLINE, NULL, 0) X(big, INLINE, NULL, 0) X(code, INLINE, NULL, 0) X(em, INLINE, NULL, 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                font, INLINE, NULL, 0) X(i, INLINE, NULL, 0) X(label, INLINE, NULL, 0) X(small, INLINE, NULL, 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                X(span, INLINE, NULL, 0) X(strong, INLINE, NULL, 0) X(tt, INLINE, NULL, 0) X(u, INLINE, NULL, 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                        s, INLINE, NULL, 0) X(strike, INLINE, NULL, 0) X(sub, INLINE, NULL, 0) X(sup, INLINE, NULL, 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                        X(nobr, INLINE, NULL, 0) X(del, INLINE, NULL, 0) X(ins, INLINE, NULL, 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                ruby, INLINE, NULL, 0) X(rt, INLINE, "span", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                X(rp, DROP, NULL, 0) X(q, INLINE, "span", 0) X(button, INLINE, NULL, 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   \
                                        select, BLOCK, "div", 0) X(option, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                                                                   0) X(optgroup, BLOCK, "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           \
                                        X(address, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                                          0) X(article, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        \
                                               0) X(aside, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                                                    0) X(blockquote, BLOCK, "blockquote",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
                                                         0) X(body, BLOCK, "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                X(center, BLOCK, "div", 0) X(details, BLOCK, "div", 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
                                                        dir, BLOCK,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                        "ul", SCOPE_LIST) X(div, BLOCK, "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                        X(dd, BLOCK, "dd", 0) X(dl, BLOCK, "dl", SCOPE_LIST) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                dt, BLOCK, "dt", 0) X(fieldset, BLOCK, "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                                                                X(figcaption, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  \
                                                                  0) X(figure, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 \
                                                                       0) X(footer, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                            0) X(form, BLOCK, "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                        X(h1, BLOCK, "h1", 0) X(h2, BLOCK, "h1", 0) X(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                                                                                h3, BLOCK, "h1",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                                                                                0) X(h4, BLOCK, "h1",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        \
                                                                                     0) X(h5, BLOCK, "h1", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
                                                                                X(h6, BLOCK, "h1",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           \
                                                                                  0) X(header, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 \
                                                                                       0) X(legend, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                            0) X(li, BLOCK, "li", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                        X(main, BLOCK, "div",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
                                                                                          0) X(menu, BLOCK, "ul",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                               SCOPE_LIST) X(nav,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                                             BLOCK,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                             "div", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                                                                                                X(ol, BLOCK, "ol",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           \
                                                                                                  SCOPE_LIST)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
                                                                                                        X(p, BLOCK,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                          "p", 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                                                X(pre,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                                                                                                                  BLOCK, "pre", 0) X(section, BLOCK, "div", 0) X(summary, BLOCK, "div", 0) X(ul, BLOCK, "ul", SCOPE_LIST) X(caption, BLOCK, "caption", SCOPE_CELL) X(table, BLOCK, "table", SCOPE_TABLE) X(td, BLOCK, "td", SCOPE_CELL) X(th,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
                                                                                                                                                                                                                                                                                                                                          BLOCK, "td", SCOPE_CELL) X(tr,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                                                                                                                                                                                                                                                                                                                                                                     BLOCK,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                                     "tr", SCOPE_TABLE) X(area,                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                                                                                                                                                                                                                                                                                                                                          VOID, NULL, 0) X(base, VOID, NULL, 0) X(basefont,                                                                                                                                                                                                                                                                                                                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                                                                                                  VOID,                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                                                                                                                                                                                                                                                                                                                  NULL, 0) X(bgsound,                                                                                                                                                                                                                                                                                                                                                                                                                        \
                                                                                                                                                                                                                                                                                                                                                                                                                                             VOID, NULL, 0) X(br, VOID, "br", 0) X(col,                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   VOID,                                                                                                                                                                                                                                                                                                                                                                                     \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   NULL, 0) X(embed,                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              VOID,                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              NULL,                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              0) X(frame, VOID, NULL, 0) X(hr,                                                                                                                                                                                                                                                                                                                                               \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           VOID,                                                                                                                                                                                                                                                                                                                                             \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "hr", 0) X(image, VOID, "img", 0) X(img,                                                                                                                                                                                                                                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               VOID,                                                                                                                                                                                                                                                                                                         \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "img",                                                                                                                                                                                                                                                                                                        \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               0) X(input,                                                                                                                                                                                                                                                                                                   \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    VOID,                                                                                                                                                                                                                                                                                                    \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    NULL, 0) X(link, VOID, NULL, 0) X(meta,                                                                                                                                                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      VOID, NULL, 0) X(param,                                                                                                                                                                                                                                                \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       VOID,                                                                                                                                                                                                                                                 \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       NULL,                                                                                                                                                                                                                                                 \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       0) X(source,                                                                                                                                                                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            VOID, NULL, 0) X(track, VOID, NULL, 0) X(wbr, VOID,                                                                                                                                                                                              \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     NULL, 0) X(iframe,                                                                                                                                                                                      \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                RAW,                                                                                                                                                                                         \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                NULL, 0) X(noembed,                                                                                                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           RAW, NULL, 0) X(noframes, RAW, NULL,                                                                                                                                              \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           0) X(script, RAW, NULL, 0) X(style,                                                                                                                               \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        RAW, NULL, 0) X(title,                                                                                                               \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        RAW, NULL, 0) X(listing, TEXT, "pre", 0) X(plaintext,                                                                \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   TEXT,                                                                     \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   "pre", 0) X(textarea, TEXT, "pre", 0) X(xmp, TEXT, "pre", 0) X(datalist,  \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  DROP,      \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  NULL,      \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  0) X(math, \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       DROP, \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       NULL, \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       0)    \
                                                                                                                        X(noscript,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                          DROP,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                                                                          NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                                                                          0) X(svg,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                               DROP,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                                                               NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                                                               0) X(template,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
                                                                                                                                    DROP,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
                                                                                                                                    NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
                                                                                                                                    0) X(audio,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                                                                                         DROP,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               \
                                                                                                                                         NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               \
                                                                                                                                         0) X(video,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                                                                              DROP,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                                              NULL, 0) X(canvas,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                                                                                                                                                         DROP, NULL, 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                X(head,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                  IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
                                                                                                                                  NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                  0) X(html,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 \
                                                                                                                                       IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               \
                                                                                                                                       NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 \
                                                                                                                                       0) X(tbody,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           \
                                                                                                                                            IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                                            NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                                                                            0) X(tfoot,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      \
                                                                                                                                                 IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                                                                                                                                                 NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                                                                                                                                                 0)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
                                                                                                                                        X(thead,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
                                                                                                                                          IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
                                                                                                                                          NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              \
                                                                                                                                          0) X(colgroup,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     \
                                                                                                                                               IGNORE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       \
                                                                                                                                               NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
                                                                                                                                               0)
#define MG_ELEMENT_ID(name, what, written, scope) ELEMENT_##name,
        MG_ELEMENTS(MG_ELEMENT_ID)
#undef MG_ELEMENT_ID
                _ELEMENT_N,
} Element;

static const struct ElementRow {
        const char *name;
        What what;
        const char *written; /* name under which it is written, or NULL */
        guint8 scope;
} rows[_ELEMENT_N] = {[ELEMENT_UNKNOWN] = {"", WHAT_INLINE, NULL, 0},
#define MG_ELEMENT_ROW(name, what, written, scope) [ELEMENT_##name] = {#name, WHAT_##what, written, scope},
                      MG_ELEMENTS(MG_ELEMENT_ROW)
#undef MG_ELEMENT_ROW
};

typedef enum Attribute {
        ATTRIBUTE_NONE = -1,
        ATTRIBUTE_alt,
        ATTRIBUTE_background,
        ATTRIBUTE_bgcolor,
        ATTRIBUTE_class,
        ATTRIBUTE_color,
        ATTRIBUTE_colspan,
        ATTRIBUTE_content,
        ATTRIBUTE_hidden,
        ATTRIBUTE_href,
        ATTRIBUTE_action,
        ATTRIBUTE_http_equiv,
        ATTRIBUTE_id,
        ATTRIBUTE_size,
        ATTRIBUTE_src,
        ATTRIBUTE_start,
        ATTRIBUTE_style,
        ATTRIBUTE_value,
        _ATTRIBUTE_N,
} Attribute;

static const char *const attribute_names[_ATTRIBUTE_N] = {
        "alt",    "background", "bgcolor", "class", "color", "colspan", "content", "hidden", "href",
        "action", "http-equiv", "id",      "size",  "src",   "start",   "style",   "value",
};

typedef struct Piece {
        const char *s;
        gsize n;
} Piece;

typedef struct Tag {
        Element element;
        gboolean end;
        Piece attributes[_ATTRIBUTE_N]; /* s NULL: not there */
} Tag;

typedef struct Open {
        Element element;
        const char *written; /* NULL: stands on the stack only */
        gboolean drop;
        MgLook look;
} Open;

typedef struct Pruner {
        const MgLimits *limits;
        MgHtmlFound *found;
        GString *out;
        GArray *stack; /* of Open; at most limits.html_depth */
        guint open[_ELEMENT_N];
        guint flat[_ELEMENT_N]; /* left out since the stack was full: their end tags are left out too */
        guint drops;            /* entries of the stack that drop */
        guint64 nodes;
        guint64 text;       /* octets that can be seen */
        GHashTable *hidden; /* of mg_look_sheet() */
        MgLook page;        /* how the page looks outside of all elements */
} Pruner;

static const MgLook *look_now(const Pruner *pruner) {
        if (pruner->stack->len == 0)
                return &pruner->page;
        return &g_array_index(pruner->stack, Open, pruner->stack->len - 1).look;
}

/* --- text ---------------------------------------------------------------------------------------------------------------- */

/* Characters that are not white space; entities count as they stand. */
static void count_hidden(Pruner *pruner, const char *s, gsize n) {
        guint64 chars = 0;
        for (gsize i = 0; i < n; i++)
                chars += ((guint8)s[i] & 0xC0) != 0x80 && (guint8)s[i] > ' ';
        guint64 hidden = (guint64)pruner->found->hidden + chars;
        pruner->found->hidden = MIN(hidden, G_MAXUINT32);
}

static gboolean is_blank(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if ((guint8)s[i] > ' ')
                        return FALSE;
        return TRUE;
}

/* Entities and blanks of hidden fillers ("&zwnj;&nbsp;") are no text that somebody hid. */
static void hide_text(Pruner *pruner, const char *s, gsize n) {
        const char *end = s + n;
        while (s < end) {
                const char *amp = memchr(s, '&', end - s);
                const char *stop = amp != NULL ? amp : end;
                count_hidden(pruner, s, stop - s);
                const char *semicolon = amp != NULL ? memchr(amp, ';', MIN(end - amp, 12)) : NULL;
                s = semicolon != NULL ? semicolon + 1 : amp != NULL ? amp + 1 : end;
        }
}

static void put_text(Pruner *pruner, const char *s, gsize n, gboolean markup) {
        if (n == 0 || pruner->drops > 0)
                return;
        const Open *top = pruner->stack->len > 0 ? &g_array_index(pruner->stack, Open, pruner->stack->len - 1) : NULL;
        /* White space between cells: gumbo would move it out of the table. */
        if (top != NULL && (rows[top->element].scope & SCOPE_TABLE) != 0 && is_blank(s, n))
                return;
        if (mg_look_hides(look_now(pruner))) {
                hide_text(pruner, s, n);
                return;
        }
        pruner->nodes++;
        pruner->text += n;
        const char *end = s + n;
        while (s < end) {
                gsize run = 0;
                while (s + run < end && s[run] != '<' && s[run] != '\0' && (markup || s[run] != '&'))
                        run++;
                g_string_append_len(pruner->out, s, run);
                s += run;
                if (s < end)
                        g_string_append(pruner->out, *s == '<' ? "&lt;" : *s == '&' ? "&amp;" : " ");
                s += s < end;
        }
}

/* --- the stack ----------------------------------------------------------------------------------------------------------- */

static void pop(Pruner *pruner) {
        Open *top = &g_array_index(pruner->stack, Open, pruner->stack->len - 1);
        if (top->written != NULL && pruner->drops == 0)
                g_string_append_printf(pruner->out, "</%s>", top->written);
        pruner->drops -= top->drop;
        pruner->open[top->element]--;
        g_array_set_size(pruner->stack, pruner->stack->len - 1);
}

/* Closes the innermost of the element and what is open inside, unless an element of the scopes stands between. */
static gboolean close_to(Pruner *pruner, Element element, guint scopes) {
        if (pruner->open[element] == 0)
                return FALSE;
        guint i = pruner->stack->len;
        for (; i > 0; i--) {
                Element at = g_array_index(pruner->stack, Open, i - 1).element;
                if (at == element)
                        break;
                if ((rows[at].scope & scopes) != 0)
                        return FALSE;
        }
        while (i > 0 && pruner->stack->len >= i)
                pop(pruner);
        return i > 0;
}

/* Whether a block stands above the innermost of the element. */
static gboolean is_inside_block(const Pruner *pruner, Element element) {
        for (guint i = pruner->stack->len; i > 0; i--) {
                Element at = g_array_index(pruner->stack, Open, i - 1).element;
                if (at == element)
                        return FALSE;
                if (rows[at].what == WHAT_BLOCK)
                        return TRUE;
        }
        return TRUE;
}

/* End tags that HTML lets a writer leave out (WHATWG, section 13.1.2.4), as far as they matter. */
static void imply_ends(Pruner *pruner, Element element) {
        const guint cell = SCOPE_CELL | SCOPE_TABLE;
        switch (element) {
        case ELEMENT_li:
                close_to(pruner, ELEMENT_li, cell | SCOPE_LIST);
                break;
        case ELEMENT_dd:
        case ELEMENT_dt:
                close_to(pruner, ELEMENT_dd, cell | SCOPE_LIST);
                close_to(pruner, ELEMENT_dt, cell | SCOPE_LIST);
                break;
        case ELEMENT_td:
        case ELEMENT_th:
                if (!close_to(pruner, ELEMENT_td, SCOPE_TABLE))
                        close_to(pruner, ELEMENT_th, SCOPE_TABLE);
                break;
        case ELEMENT_tr:
                imply_ends(pruner, ELEMENT_td);
                close_to(pruner, ELEMENT_tr, cell);
                break;
        case ELEMENT_option:
                close_to(pruner, ELEMENT_option, cell);
                break;
        case ELEMENT_rt:
        case ELEMENT_rp:
                close_to(pruner, ELEMENT_rt, cell | SCOPE_LIST);
                close_to(pruner, ELEMENT_rp, cell | SCOPE_LIST);
                break;
        case ELEMENT_a:
                close_to(pruner, ELEMENT_a, cell);
                break;
        default:
                if (rows[element].what == WHAT_BLOCK || element == ELEMENT_hr)
                        close_to(pruner, ELEMENT_p, cell);
        }
}

/* --- writing tags -------------------------------------------------------------------------------------------------------- */

static void put_attribute(Pruner *pruner, const char *name, const Piece *value) {
        if (value->s == NULL)
                return;
        g_string_append_printf(pruner->out, " %s=\"", name);
        for (gsize i = 0; i < value->n; i++)
                if (value->s[i] == '"')
                        g_string_append(pruner->out, "&quot;");
                else
                        g_string_append_c(pruner->out, value->s[i] != '\0' ? value->s[i] : ' ');
        g_string_append_c(pruner->out, '"');
}

/* An address in the place of an element that has no text of its own (area, refresh, form; D4). */
static void put_address(Pruner *pruner, const char *label, const Piece *href) {
        if (href->s == NULL || is_blank(href->s, href->n) || pruner->drops > 0)
                return;
        pruner->nodes += 2;
        g_string_append(pruner->out, "<span");
        put_attribute(pruner, "href", href);
        g_string_append_printf(pruner->out, ">%s</span> ", label);
}

static void remember_cid(Pruner *pruner, const Piece *src) {
        if (src->s == NULL || src->n <= 4 || g_ascii_strncasecmp(src->s, "cid:", 4) != 0)
                return;
        if (pruner->found->cids->len < pruner->limits->parts)
                g_ptr_array_add(pruner->found->cids, g_uri_unescape_segment(src->s + 4, src->s + src->n, NULL)
                                                             ?: g_strndup(src->s + 4, src->n - 4));
}

static void put_refresh(Pruner *pruner, const Tag *tag) {
        const Piece *kind = &tag->attributes[ATTRIBUTE_http_equiv];
        const Piece *content = &tag->attributes[ATTRIBUTE_content];
        if (kind->s == NULL || kind->n != 7 || g_ascii_strncasecmp(kind->s, "refresh", 7) != 0 || content->s == NULL)
                return;
        const char *equals = memchr(content->s, '=', content->n);
        if (equals == NULL)
                return;
        Piece href = {equals + 1, content->s + content->n - equals - 1};
        while (href.n > 0 && strchr(" '\"", *href.s) != NULL)
                href.s++, href.n--;
        while (href.n > 0 && strchr(" '\"", href.s[href.n - 1]) != NULL)
                href.n--;
        put_address(pruner, "[自動転送 / refresh]", &href);
}

static void put_void(Pruner *pruner, const Tag *tag) {
        const char *written = rows[tag->element].written;
        gboolean picture = written != NULL && strcmp(written, "img") == 0;
        if (picture) {
                remember_cid(pruner, &tag->attributes[ATTRIBUTE_src]);
                pruner->found->pictures += pruner->found->pictures < G_MAXUINT32;
        }
        if (pruner->drops > 0 || mg_look_hides(look_now(pruner)))
                return;
        if (tag->element == ELEMENT_area)
                put_address(pruner, "[画像リンク / image map]", &tag->attributes[ATTRIBUTE_href]);
        if (tag->element == ELEMENT_meta)
                put_refresh(pruner, tag);
        if (written == NULL)
                return;
        pruner->nodes++;
        g_string_append_printf(pruner->out, "<%s", written);
        if (picture)
                put_attribute(pruner, "alt", &tag->attributes[ATTRIBUTE_alt]);
        g_string_append_c(pruner->out, '>');
}

static gboolean sheet_hides(const Pruner *pruner, const Tag *tag) {
        if (g_hash_table_size(pruner->hidden) == 0)
                return FALSE;
        const Piece *class = &tag->attributes[ATTRIBUTE_class];
        const Piece *id = &tag->attributes[ATTRIBUTE_id];
        char key[128];
        for (gsize i = 0, from = 0; class->s != NULL && i <= class->n; i++) {
                if (i < class->n && !g_ascii_isspace(class->s[i]))
                        continue;
                g_snprintf(key, sizeof key, ".%.*s", (int)MIN(i - from, sizeof key), class->s + from);
                if (i > from && g_hash_table_contains(pruner->hidden, key))
                        return TRUE;
                from = i + 1;
        }
        if (id->s == NULL)
                return FALSE;
        g_snprintf(key, sizeof key, "#%.*s", (int)MIN(id->n, sizeof key), id->s);
        return g_hash_table_contains(pruner->hidden, key);
}

static MgLook look_of(const Pruner *pruner, const Tag *tag) {
        MgLook look = *look_now(pruner);
        const Piece *a = tag->attributes;
        if (a[ATTRIBUTE_bgcolor].s != NULL)
                look.background = mg_look_colour(a[ATTRIBUTE_bgcolor].s, a[ATTRIBUTE_bgcolor].n);
        if (a[ATTRIBUTE_background].s != NULL)
                look.background = MG_COLOUR_UNKNOWN;
        if (a[ATTRIBUTE_color].s != NULL)
                look.colour = mg_look_colour(a[ATTRIBUTE_color].s, a[ATTRIBUTE_color].n);
        if (tag->element == ELEMENT_font && a[ATTRIBUTE_size].s != NULL)
                look.tiny = FALSE;
        if (tag->element == ELEMENT_a && a[ATTRIBUTE_style].s == NULL)
                look.colour = MG_COLOUR_UNKNOWN; /* links have a colour of their own */
        if (a[ATTRIBUTE_style].s != NULL)
                mg_look_style(&look, a[ATTRIBUTE_style].s, a[ATTRIBUTE_style].n);
        look.gone |= a[ATTRIBUTE_hidden].s != NULL || sheet_hides(pruner, tag);
        return look;
}

static void put_open_tag(Pruner *pruner, const Tag *tag, const char *written) {
        pruner->nodes++;
        g_string_append_printf(pruner->out, "<%s", written);
        switch (tag->element) {
        case ELEMENT_a:
                put_attribute(pruner, "href", &tag->attributes[ATTRIBUTE_href]);
                break;
        case ELEMENT_rt:
                g_string_append(pruner->out, " title=\"rt\"");
                break;
        case ELEMENT_q:
                g_string_append(pruner->out, " title=\"q\"");
                break;
        case ELEMENT_td:
        case ELEMENT_th:
                put_attribute(pruner, "colspan", &tag->attributes[ATTRIBUTE_colspan]);
                break;
        case ELEMENT_ol:
                put_attribute(pruner, "start", &tag->attributes[ATTRIBUTE_start]);
                break;
        case ELEMENT_li:
                put_attribute(pruner, "value", &tag->attributes[ATTRIBUTE_value]);
                break;
        default:
                break;
        }
        g_string_append_c(pruner->out, '>');
}

/* Table parts outside of a table are no table parts; a table directly inside a table ends it. */
static gboolean fits_table(Pruner *pruner, Element element) {
        if (element == ELEMENT_table && pruner->stack->len > 0) {
                Element top = g_array_index(pruner->stack, Open, pruner->stack->len - 1).element;
                if (top == ELEMENT_table || top == ELEMENT_tr)
                        close_to(pruner, ELEMENT_table, 0);
        }
        gboolean part =
                element == ELEMENT_td || element == ELEMENT_th || element == ELEMENT_tr || element == ELEMENT_caption;
        return !part || pruner->open[ELEMENT_table] > 0;
}

static void open_tag(Pruner *pruner, const Tag *tag) {
        const struct ElementRow *row = &rows[tag->element];
        imply_ends(pruner, tag->element);
        if (!fits_table(pruner, tag->element)) {
                put_text(pruner, " ", 1, TRUE);
                return;
        }
        const MgLook *outer = look_now(pruner);
        Open open = {tag->element, row->written, row->what == WHAT_DROP, look_of(pruner, tag)};
        gboolean changes = memcmp(&open.look, outer, sizeof open.look) != 0;
        if (row->what == WHAT_INLINE && row->written == NULL && !changes)
                return; /* its end tag finds nothing to close */
        if (pruner->stack->len >= pruner->limits->html_depth) {
                pruner->flat[tag->element]++;
                if (row->what == WHAT_BLOCK)
                        put_text(pruner, " ", 1, TRUE);
                return;
        }
        if (pruner->drops > 0 || open.drop)
                open.written = NULL;
        if (open.written != NULL)
                put_open_tag(pruner, tag, open.written);
        pruner->drops += open.drop;
        pruner->open[tag->element]++;
        g_array_append_val(pruner->stack, open);
        if (tag->element == ELEMENT_form)
                put_address(pruner, "[フォーム送信先 / form]", &tag->attributes[ATTRIBUTE_action]);
}

static void close_tag(Pruner *pruner, Element element) {
        const struct ElementRow *row = &rows[element];
        if (pruner->flat[element] > 0) {
                pruner->flat[element]--;
                return;
        }
        if (element == ELEMENT_br) {
                put_text(pruner, " ", 1, TRUE);
                return;
        }
        if (element == ELEMENT_ruby)
                imply_ends(pruner, ELEMENT_rt);
        if (pruner->open[element] == 0)
                return;
        if (row->what == WHAT_INLINE && element != ELEMENT_a && is_inside_block(pruner, element))
                return;
        guint scopes = element == ELEMENT_table         ? 0
                       : (row->scope & SCOPE_CELL) != 0 ? SCOPE_TABLE
                       : element == ELEMENT_tr          ? 0
                                                        : SCOPE_CELL | SCOPE_TABLE;
        close_to(pruner, element, scopes);
}

/* --- tokens -------------------------------------------------------------------------------------------------------------- */

/* Perfect enough: names are short and few begin alike. */
static Element find_element(const char *s, gsize n) {
        if (n == 0 || n > 12)
                return ELEMENT_UNKNOWN;
        char first = g_ascii_tolower(*s);
        for (guint i = 1; i < _ELEMENT_N; i++)
                if (rows[i].name[0] == first && g_ascii_strncasecmp(rows[i].name, s, n) == 0 && rows[i].name[n] == '\0')
                        return i;
        return ELEMENT_UNKNOWN;
}

static Attribute find_attribute(const char *s, gsize n) {
        if (n == 0 || n > 12)
                return ATTRIBUTE_NONE;
        char first = g_ascii_tolower(*s);
        for (int i = 0; i < _ATTRIBUTE_N; i++)
                if (attribute_names[i][0] == first && g_ascii_strncasecmp(attribute_names[i], s, n) == 0 &&
                    attribute_names[i][n] == '\0')
                        return i;
        return ATTRIBUTE_NONE;
}

static gboolean is_space(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* One attribute at p; the first of a name counts. Returns where the next one begins. */
static const char *read_attribute(const char *p, const char *end, Tag *tag) {
        const char *name = p++; /* a leading "=" is part of the name */
        while (p < end && !is_space(*p) && *p != '/' && *p != '>' && *p != '=')
                p++;
        gsize name_n = p - name;
        Piece value = {p, 0};
        const char *after = p;
        while (after < end && is_space(*after))
                after++;
        if (after < end && *after == '=') {
                p = after + 1;
                while (p < end && is_space(*p))
                        p++;
                if (p < end && (*p == '"' || *p == '\'')) {
                        const char *close = memchr(p + 1, *p, end - p - 1);
                        value.s = p + 1;
                        p = close != NULL ? close : end;
                        value.n = p - value.s;
                        p += p < end;
                } else {
                        value.s = p;
                        while (p < end && !is_space(*p) && *p != '>')
                                p++;
                        value.n = p - value.s;
                }
        }
        Attribute attribute = find_attribute(name, name_n);
        if (attribute != ATTRIBUTE_NONE && tag->attributes[attribute].s == NULL)
                tag->attributes[attribute] = value;
        return p;
}

/* The tag whose name begins at p. Returns the position after its ">", or NULL where the text ends inside it. */
static const char *read_tag(const char *p, const char *end, Tag *tag) {
        const char *name = p;
        while (p < end && !is_space(*p) && *p != '/' && *p != '>')
                p++;
        tag->element = find_element(name, p - name);
        for (;;) {
                while (p < end && (is_space(*p) || *p == '/'))
                        p++;
                if (p >= end)
                        return NULL;
                if (*p == '>')
                        return p + 1;
                p = read_attribute(p, end, tag);
        }
}

/* The end tag of a raw text element, or end. */
static const char *find_raw_end(const char *p, const char *end, const char *name) {
        gsize n = strlen(name);
        for (; (p = memchr(p, '<', end - p)) != NULL; p++)
                if ((gsize)(end - p) > n + 2 && p[1] == '/' && g_ascii_strncasecmp(p + 2, name, n) == 0 &&
                    (is_space(p[n + 2]) || p[n + 2] == '/' || p[n + 2] == '>'))
                        return p;
        return end;
}

static const char *skip_raw(Pruner *pruner, const char *p, const char *end, Element element) {
        const char *stop = element == ELEMENT_plaintext ? end : find_raw_end(p, end, rows[element].name);
        if (element == ELEMENT_style)
                mg_look_sheet(p, stop - p, pruner->hidden);
        if (rows[element].what == WHAT_TEXT && pruner->drops == 0) {
                /* Written before its text: a block by itself. */
                pruner->nodes += 2;
                g_string_append(pruner->out, "<pre>\n");
                put_text(pruner, p, stop - p, element == ELEMENT_textarea);
                g_string_append(pruner->out, "</pre>");
        }
        const char *close = stop < end ? memchr(stop, '>', end - stop) : NULL;
        return close != NULL ? close + 1 : end;
}

/* Text between tags: what Outlook alone would show. */
static void hide_markup(Pruner *pruner, const char *s, gsize n) {
        const char *end = s + n;
        while (s < end) {
                const char *open = memchr(s, '<', end - s);
                hide_text(pruner, s, (open != NULL ? open : end) - s);
                const char *close = open != NULL ? memchr(open, '>', end - open) : NULL;
                s = close != NULL ? close + 1 : end;
        }
}

/* "<!--" at p. Returns the position after the comment. WHATWG, section 13.2.5.43 to 52. */
static const char *skip_comment(Pruner *pruner, const char *p, const char *end) {
        const char *s = p + 4;
        if (s < end && *s == '>')
                return s + 1;
        if (s + 1 < end && s[0] == '-' && s[1] == '>')
                return s + 2;
        const char *close = s;
        gsize length = 0;
        for (; (close = memmem(close, end - close, "--", 2)) != NULL; close++) {
                length = close + 2 < end && close[2] == '>'                      ? 3
                         : close + 3 < end && close[2] == '!' && close[3] == '>' ? 4
                                                                                 : 0;
                if (length > 0)
                        break;
        }
        const char *stop = close != NULL ? close : end;
        const char *bracket = s;
        while (bracket < stop && is_space(*bracket))
                bracket++;
        const char *inside = stop - bracket > 3 && g_ascii_strncasecmp(bracket, "[if", 3) == 0
                                     ? memchr(bracket, '>', stop - bracket)
                                     : NULL;
        if (inside != NULL && pruner->drops == 0)
                hide_markup(pruner, inside + 1, stop - inside - 1);
        return close != NULL ? close + length : end;
}

static const char *take_tag(Pruner *pruner, const char *p, const char *end) {
        Tag tag = {.end = p[1] == '/'};
        const char *next = read_tag(p + 1 + tag.end, end, &tag);
        if (next == NULL)
                return end;
        What what = rows[tag.element].what;
        if (tag.end) {
                close_tag(pruner, tag.element);
                return next;
        }
        switch (what) {
        case WHAT_VOID:
                imply_ends(pruner, tag.element);
                put_void(pruner, &tag);
                return next;
        case WHAT_RAW:
        case WHAT_TEXT:
                return skip_raw(pruner, next, end, tag.element);
        case WHAT_IGNORE:
                return next;
        case WHAT_INLINE:
        case WHAT_BLOCK:
        case WHAT_DROP:
                break;
        }
        open_tag(pruner, &tag);
        /* <svg/> and <math/> have no content. */
        if (what == WHAT_DROP && next - p >= 3 && next[-2] == '/')
                close_tag(pruner, tag.element);
        return next;
}

/* What begins with "<" at p. Returns where the scan goes on. */
static const char *take_markup(Pruner *pruner, const char *p, const char *end) {
        char first = p + 1 < end ? p[1] : ' ';
        char second = p + 2 < end ? p[2] : ' ';
        if (g_ascii_isalpha(first) || (first == '/' && g_ascii_isalpha(second)))
                return take_tag(pruner, p, end);
        if (first == '!' && end - p >= 4 && memcmp(p, "<!--", 4) == 0)
                return skip_comment(pruner, p, end);
        if (first == '!' || first == '?' || first == '/') {
                const char *close = memchr(p, '>', end - p);
                return close != NULL ? close + 1 : end;
        }
        put_text(pruner, p, 1, TRUE);
        return p + 1;
}

static gboolean has_sheet(const char *html, gsize n) {
        const char *end = html + n;
        for (const char *p = html; (p = memchr(p, '<', end - p)) != NULL; p++)
                if (end - p > 6 &&
                    (g_ascii_strncasecmp(p + 1, "style", 5) == 0 || g_ascii_strncasecmp(p + 1, "link", 4) == 0))
                        return TRUE;
        return FALSE;
}

GString *mg_html_prune(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        if (n > limits->html_bytes) {
                n = limits->html_bytes;
                found->cut = TRUE;
        }
        GString *out = g_string_sized_new(MIN(n, 1 << 20) + 64);
        g_autoptr(GArray) stack = g_array_new(FALSE, TRUE, sizeof(Open));
        g_autoptr(GHashTable) hidden = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Pruner pruner = {.limits = limits, .found = found, .out = out, .stack = stack, .hidden = hidden};
        /* White on the white of the page is hidden, unless a style sheet may have set another background. */
        pruner.page.colour = MG_COLOUR_UNKNOWN;
        pruner.page.background = has_sheet(html, n) ? MG_COLOUR_UNKNOWN : 0xFFFFFF;
        const char *end = html + n;
        const char *p = html;
        while (p < end && pruner.nodes < limits->html_nodes && pruner.text <= limits->body) {
                const char *open = memchr(p, '<', end - p);
                put_text(&pruner, p, (open != NULL ? open : end) - p, TRUE);
                p = open != NULL ? take_markup(&pruner, open, end) : end;
        }
        found->cut |= p < end;
        while (stack->len > 0)
                pop(&pruner);
        return out;
}
