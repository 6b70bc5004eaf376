/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML of any shape -> calls of the renderer, well-nested and of bounded depth. The stack of open elements knows the
 * implied ends that mails use, opens formatting elements again behind what closed them unasked, keeps text out of
 * tables, and carries how each element looks, so that hidden text is counted here and never reaches the renderer.
 * No tree is built: that would cost more than all else, and on hostile input the square of it. Where it differs from
 * a browser lines break elsewhere, and no markup comes through.
 */
#include <string.h>

#include "base/text.h"
#include "sanitize/html_entity.h"
#include "sanitize/html_private.h"

/*
 * Octets of a tag that may be read a second time, how many tags are remembered, and how many are read again for a
 * document (0.3 s): so that hostile nesting stays linear.
 */
static const gsize again_octets = 1024;
static const guint again_max = 20;
static const guint again_tags = 200000;

/* html and body are always open. */
enum { page_depth = 2 };

typedef struct Open {
        MgElement element;
        gboolean drop;   /* nothing inside is text */
        gboolean shown;  /* the renderer knows it */
        const char *tag; /* where its tag begins */
        MgLook look;
        MgFrame frame;
} Open;

/* A formatting element that was closed by the end of another one. */
typedef struct Again {
        const char *tag;
        MgElement element;
        guint cells; /* open cells where it stood */
} Again;

typedef struct Parser {
        const MgLimits *limits;
        MgHtmlFound *found;
        MgHtmlNames names;
        MgHead head;
        MgRender *render;
        const char *end;
        GStringChunk *chunk; /* of decoded attributes */
        GArray *stack;       /* of Open; at most limits.html_depth */
        MgTrail *trail;      /* the same elements, and what stands before each */
        GArray *again;       /* of Again */
        guint reread;        /* tags read again so far */
        GString *text;       /* of one run, decoded */
        guint open[_MG_ELEMENT_N];
        MgDeep deep;        /* open inside the last of the stack, which is full */
        guint drops, cells; /* entries of the stack that drop, that are cells */
        guint64 nodes;
        guint64 seen;     /* octets of text that can be seen */
        gboolean newline; /* a line end that comes now belongs to the tag before it */
        gboolean inword;  /* the last character was part of a word */
        gboolean in_body; /* what comes is not of the head any more */
        MgLook page;      /* how the page looks outside of all elements */
} Parser;

static Open *top_of(const Parser *parser) {
        return parser->stack->len > 0 ? &g_array_index(parser->stack, Open, parser->stack->len - 1) : NULL;
}

static const MgLook *look_now(const Parser *parser) {
        const Open *top = top_of(parser);
        return top != NULL ? &top->look : &parser->page;
}

static guint scope_of(MgElement element) {
        return mg_html_elements[element].scope;
}

/* Nothing here is text, or it cannot be seen whatever elements inside say. */
static gboolean is_dropped(const Parser *parser) {
        return parser->drops > 0 || parser->deep.drops > 0;
}

static gboolean is_gone(const Parser *parser) {
        return look_now(parser)->gone || parser->deep.veils > 0;
}

/*
 * --- text
 * ----------------------------------------------------------------------------------------------------------------
 */

/* Formatting elements that were closed unasked open again before what runs in a line. */
static void reopen(Parser *parser);

/* Outside of cells there is no place for text in a table: it stands before the table (WHATWG, 13.2.6.1). */
static gboolean is_between_cells(const Parser *parser) {
        const Open *top = top_of(parser);
        return top != NULL && (scope_of(top->element) & (MG_HTML_TABLE | MG_HTML_ROW)) != 0;
}

static void put_text(Parser *parser, const char *s, gsize n, gboolean references) {
        if (parser->newline && n > 0) {
                gsize skip = *s == '\n' ? 1 : n > 1 && s[0] == '\r' && s[1] == '\n' ? 2 : 0;
                s += skip;
                n -= skip;
                parser->newline = FALSE;
        }
        if (n == 0 || is_dropped(parser))
                return;
        parser->in_body = parser->in_body || !mg_html_is_blank(s, n);
        if (is_between_cells(parser) && mg_html_is_blank(s, n))
                return;
        if (parser->again->len > 0)
                reopen(parser);
        guint64 room = parser->limits->body + 1 - MIN(parser->seen, parser->limits->body);
        gsize keep = mg_text_whole(s, n, room);
        const MgLook *look = look_now(parser);
        gboolean hides = parser->deep.veils > 0 || mg_look_hides(look);
        const char *text = s;
        gsize length = hides ? n : keep;
        gboolean odd = memchr(s, '\0', length) != NULL;
        if (odd || (references && memchr(s, '&', length) != NULL) || look->letters != MG_LETTERS_NONE) {
                g_string_truncate(parser->text, 0);
                if (references)
                        mg_html_decode(parser->text, s, length, FALSE);
                else
                        g_string_append_len(parser->text, s, length);
                if (odd)
                        mg_html_drop_nul(parser->text);
                if (look->letters != MG_LETTERS_NONE)
                        mg_html_change_letters(parser->text, look->letters, &parser->inword);
                text = parser->text->str;
                length = parser->text->len;
        }
        if (hides) {
                mg_html_count_hidden(parser->found, text, length);
                return;
        }
        parser->nodes++;
        parser->seen += n;
        parser->found->cut |= keep < n;
        mg_render_text(parser->render, text, length, look->space);
}

/*
 * --- the stack
 * -----------------------------------------------------------------------------------------------------------
 */

static void pop(Parser *parser) {
        Open *top = top_of(parser);
        MgElement element = top->element;
        if (top->shown)
                mg_render_leave(parser->render, &top->frame);
        parser->drops -= top->drop;
        parser->open[element]--;
        g_array_set_size(parser->stack, parser->stack->len - 1);
        mg_trail_leave(parser->trail);
        mg_deep_end(&parser->deep, (scope_of(element) & (MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW)) == 0);
        if ((scope_of(element) & MG_HTML_CELL) == 0)
                return;
        parser->cells--;
        while (parser->again->len > 0 &&
               g_array_index(parser->again, Again, parser->again->len - 1).cells > parser->cells)
                g_array_set_size(parser->again, parser->again->len - 1);
}

/* The formatting elements from the stack's index up are about to be closed by something else. */
static void remember(Parser *parser, guint from) {
        for (guint i = from; i < parser->stack->len && parser->again->len < again_max; i++) {
                const Open *open = &g_array_index(parser->stack, Open, i);
                if (mg_html_elements[open->element].kind != MG_HTML_FORMAT || open->tag == NULL)
                        continue;
                Again again = {open->tag, open->element, parser->cells};
                g_array_append_val(parser->again, again);
        }
}

/* Closes the innermost of the element and what is open inside, unless an element of the scopes stands between. */
static gboolean close_to(Parser *parser, MgElement element, guint scopes) {
        if (parser->open[element] == 0)
                return FALSE;
        guint i = parser->stack->len;
        for (; i > 0; i--) {
                MgElement at = g_array_index(parser->stack, Open, i - 1).element;
                if (at == element)
                        break;
                if ((scope_of(at) & scopes) != 0)
                        return FALSE;
        }
        if (i > 0 && (scope_of(element) & (MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW)) == 0)
                remember(parser, i);
        while (i > 0 && parser->stack->len >= i)
                pop(parser);
        return i > 0;
}

/* Closes what is open above the innermost element of the scopes. */
static void clear_to(Parser *parser, guint scopes) {
        guint i = parser->stack->len;
        while (i > 0 && (scope_of(g_array_index(parser->stack, Open, i - 1).element) & scopes) == 0)
                i--;
        while (i > 0 && parser->stack->len > i)
                pop(parser);
}

static void close_cell(Parser *parser) {
        const guint row = MG_HTML_TABLE | MG_HTML_ROW;
        if (!close_to(parser, MG_ELEMENT_td, row) && !close_to(parser, MG_ELEMENT_th, row))
                close_to(parser, MG_ELEMENT_caption, row);
}

static void close_row(Parser *parser) {
        close_cell(parser);
        close_to(parser, MG_ELEMENT_tr, MG_HTML_TABLE);
}

static void close_rows(Parser *parser) {
        close_row(parser);
        if (!close_to(parser, MG_ELEMENT_tbody, MG_HTML_TABLE) && !close_to(parser, MG_ELEMENT_thead, MG_HTML_TABLE))
                close_to(parser, MG_ELEMENT_tfoot, MG_HTML_TABLE);
}

/* End tags that HTML lets a writer leave out (WHATWG, section 13.1.2.4), as far as they matter. */
static void imply_ends(Parser *parser, MgElement element) {
        const guint cell = MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW;
        switch (element) {
        case MG_ELEMENT_li:
                close_to(parser, MG_ELEMENT_li, cell | MG_HTML_LIST);
                break;
        case MG_ELEMENT_dd:
        case MG_ELEMENT_dt:
                if (!close_to(parser, MG_ELEMENT_dd, cell | MG_HTML_LIST))
                        close_to(parser, MG_ELEMENT_dt, cell | MG_HTML_LIST);
                break;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                close_cell(parser);
                clear_to(parser, MG_HTML_TABLE | MG_HTML_ROW);
                return;
        case MG_ELEMENT_tr:
                close_row(parser);
                clear_to(parser, MG_HTML_TABLE | MG_HTML_ROW);
                return;
        case MG_ELEMENT_tbody:
        case MG_ELEMENT_thead:
        case MG_ELEMENT_tfoot:
        case MG_ELEMENT_caption:
                close_rows(parser);
                clear_to(parser, MG_HTML_TABLE);
                return;
        case MG_ELEMENT_option:
        case MG_ELEMENT_optgroup:
                close_to(parser, MG_ELEMENT_option, cell);
                if (element == MG_ELEMENT_optgroup)
                        close_to(parser, MG_ELEMENT_optgroup, cell);
                return;
        case MG_ELEMENT_rb:
        case MG_ELEMENT_rt:
        case MG_ELEMENT_rtc:
        case MG_ELEMENT_rp:
                close_to(parser, MG_ELEMENT_rb, cell | MG_HTML_LIST);
                close_to(parser, MG_ELEMENT_rt, cell | MG_HTML_LIST);
                close_to(parser, MG_ELEMENT_rp, cell | MG_HTML_LIST);
                if (element == MG_ELEMENT_rb || element == MG_ELEMENT_rtc)
                        close_to(parser, MG_ELEMENT_rtc, cell | MG_HTML_LIST);
                return;
        case MG_ELEMENT_a:
        case MG_ELEMENT_nobr:
        case MG_ELEMENT_button:
                close_to(parser, element, cell);
                return;
        default:
                break;
        }
        if (mg_html_elements[element].kind == MG_HTML_BLOCK || element == MG_ELEMENT_hr)
                if (element != MG_ELEMENT_table || !parser->head.quirks)
                        close_to(parser, MG_ELEMENT_p, cell | MG_HTML_BUTTON);
}

/*
 * --- opening and closing
 * -------------------------------------------------------------------------------------------------
 */

/* The list that a new item stands in. */
static MgFrame *list_around(const Parser *parser) {
        for (guint i = parser->stack->len; i > 0 && parser->stack->len - i < 8; i--) {
                Open *open = &g_array_index(parser->stack, Open, i - 1);
                if ((scope_of(open->element) & MG_HTML_LIST) != 0)
                        return open->shown ? &open->frame : NULL;
                if ((scope_of(open->element) & MG_HTML_CELL) != 0)
                        return NULL;
        }
        return NULL;
}

/* How an element that opens here looks. */
static MgLook next_look(Parser *parser, const MgTag *tag) {
        return mg_look_of(&parser->head, parser->trail, parser->stack->len, tag, look_now(parser));
}

/* Puts the element on the stack, with its look. */
static void push(Parser *parser, const MgTag *tag, const char *source, const MgLook *look) {
        gboolean drop = mg_html_elements[tag->element].kind == MG_HTML_DROP;
        gboolean in_list = tag->element == MG_ELEMENT_li || (scope_of(tag->element) & MG_HTML_LIST) != 0;
        MgFrame *list = in_list ? list_around(parser) : NULL;
        Open open = {.element = tag->element, .drop = drop, .tag = source, .look = *look};
        open.shown = !drop && parser->drops == 0 && !look->gone;
        if (open.shown)
                mg_render_enter(parser->render, &open.frame, tag, look, list);
        parser->nodes++;
        parser->drops += drop;
        parser->cells += (scope_of(tag->element) & MG_HTML_CELL) != 0;
        parser->open[tag->element]++;
        MgSubject subject = mg_subject_of(tag);
        g_array_append_val(parser->stack, open);
        mg_trail_enter(parser->trail, &subject);
}

static gboolean is_full(const Parser *parser) {
        return parser->deep.open->len > 0 || parser->stack->len >= parser->limits->html_depth;
}

static gboolean read_again(Parser *parser, const char *source, MgTag *tag) {
        if (source == NULL || parser->reread >= again_tags)
                return FALSE;
        parser->reread++;
        return mg_token_tag(&parser->names, source + 1, parser->end, parser->chunk, tag) != NULL;
}

static void reopen(Parser *parser) {
        guint kept = 0;
        for (guint i = 0; i < parser->again->len; i++) {
                Again again = g_array_index(parser->again, Again, i);
                if (again.cells != parser->cells || is_full(parser)) {
                        g_array_index(parser->again, Again, kept++) = again;
                        continue;
                }
                MgTag tag = {0};
                if (!read_again(parser, again.tag, &tag))
                        continue;
                MgLook look = next_look(parser, &tag);
                push(parser, &tag, again.tag, &look);
        }
        g_array_set_size(parser->again, kept);
}

/* Table parts outside of a table are no table parts; a table directly inside a table ends it. */
static gboolean fits_table(Parser *parser, MgElement element) {
        const guint part = MG_HTML_ROW | MG_HTML_CELL;
        if (element == MG_ELEMENT_table && is_between_cells(parser))
                close_to(parser, MG_ELEMENT_table, 0);
        if (element == MG_ELEMENT_form && is_between_cells(parser))
                return FALSE;
        return (scope_of(element) & part) == 0 || parser->open[MG_ELEMENT_table] > 0;
}

/* Whether it stands in the head, since nothing of the body came before. */
static gboolean is_of_head(const Parser *parser, const MgTag *tag) {
        return !parser->in_body && (mg_html_is_of_head(tag->element) ||
                                    (tag->element == MG_ELEMENT_UNKNOWN && mg_piece_is(tag->name, "noscript")));
}

/* An element whose children are not read is counted among its siblings. */
static void pass(Parser *parser, const MgTag *tag) {
        if (is_of_head(parser, tag))
                return;
        parser->in_body = TRUE;
        mg_look_pass(&parser->head, parser->trail, tag);
}

static void begin_body(Parser *parser) {
        if (!parser->in_body && parser->stack->len == page_depth)
                mg_trail_forget(parser->trail);
        parser->in_body = TRUE;
}

/* Parts of a table whose tags were left out, where selectors may ask for them. */
static void imply_rows(Parser *parser, MgElement element) {
        static const MgTag rows[] = {{.element = MG_ELEMENT_tbody, .name = {"tbody", 5}},
                                     {.element = MG_ELEMENT_tr, .name = {"tr", 2}}};
        gboolean cell = element == MG_ELEMENT_td || element == MG_ELEMENT_th;
        if (!mg_sheet_selectors(parser->head.sheet)->placed || (!cell && element != MG_ELEMENT_tr))
                return;
        for (guint i = 0; i < 1u + cell; i++) {
                MgElement top = top_of(parser)->element;
                if (is_full(parser) || (i == 0 ? top != MG_ELEMENT_table : top == MG_ELEMENT_tr))
                        continue;
                MgLook look = next_look(parser, &rows[i]);
                push(parser, &rows[i], NULL, &look);
        }
}

/* Below the bound of depth: what is hidden stays hidden, all else is words. */
static void open_deep(Parser *parser, const MgTag *tag) {
        MgLook look = next_look(parser, tag);
        mg_trail_pass(parser->trail);
        if (mg_html_elements[tag->element].kind == MG_HTML_BLOCK || mg_html_elements[tag->element].kind == MG_HTML_TEXT)
                put_text(parser, " ", 1, FALSE);
        mg_deep_open(&parser->deep, tag->element, tag->name, mg_look_hides(&look));
        parser->nodes++;
}

static void open_tag(Parser *parser, const MgTag *tag, const char *source, gsize n) {
        const MgHtmlElement *row = &mg_html_elements[tag->element];
        if (tag->element == MG_ELEMENT_body)
                begin_body(parser);
        if (tag->element == MG_ELEMENT_body || tag->element == MG_ELEMENT_html)
                return;
        parser->in_body = parser->in_body || !is_of_head(parser, tag);
        if (row->kind == MG_HTML_BLOCK)
                parser->inword = FALSE;
        gboolean part = (scope_of(tag->element) & (MG_HTML_ROW | MG_HTML_CELL)) != 0;
        if (parser->deep.open->len == 0 && (!part || parser->open[MG_ELEMENT_table] > 0))
                imply_ends(parser, tag->element);
        if (tag->element == MG_ELEMENT_form && !is_dropped(parser) && !is_gone(parser))
                mg_render_address(parser->render, "[フォーム送信先 / form]", tag->attributes[MG_ATTRIBUTE_action]);
        if (parser->deep.open->len == 0 && !fits_table(parser, tag->element)) {
                put_text(parser, " ", 1, FALSE);
                return;
        }
        if (row->kind <= MG_HTML_FORMAT && parser->again->len > 0)
                reopen(parser);
        imply_rows(parser, tag->element);
        if (is_full(parser)) {
                open_deep(parser, tag);
                return;
        }
        const MgLook *outer = look_now(parser);
        MgLook look = next_look(parser, tag);
        guint8 display = look.display;
        look.display = outer->display;
        gboolean changes = memcmp(&look, outer, sizeof look) != 0 || display != MG_DISPLAY_INLINE;
        look.display = display;
        if (row->kind <= MG_HTML_FORMAT && !changes && !mg_html_means_something(tag->element) &&
            mg_sheet_is_empty(parser->head.sheet) && parser->open[tag->element] == 0)
                return; /* its end tag finds nothing to close */
        push(parser, tag, n <= again_octets ? source : NULL, &look);
        if (tag->element == MG_ELEMENT_button && top_of(parser)->shown)
                mg_render_address(parser->render, "[フォーム送信先 / form]", tag->attributes[MG_ATTRIBUTE_formaction]);
        parser->newline = tag->element == MG_ELEMENT_pre || tag->element == MG_ELEMENT_listing;
}

/*
 * The end of a formatting element under a block that is still open: what comes looks as if it had never begun.
 * At most again_max elements above it are looked at.
 */
static void end_below_block(Parser *parser, MgElement element) {
        guint i = parser->stack->len;
        while (i > 0 && g_array_index(parser->stack, Open, i - 1).element != element) {
                if (parser->stack->len - i >= again_max)
                        return;
                i--;
        }
        if (i == 0)
                return;
        Open *ended = &g_array_index(parser->stack, Open, i - 1);
        parser->open[element]--;
        parser->open[MG_ELEMENT_UNKNOWN]++;
        ended->element = MG_ELEMENT_UNKNOWN;
        const MgLook *outer = i > 1 ? &g_array_index(parser->stack, Open, i - 2).look : &parser->page;
        gboolean was_gone = ended->look.gone && !outer->gone;
        ended->look = *outer;
        for (; i < parser->stack->len; i++) {
                Open *open = &g_array_index(parser->stack, Open, i);
                MgTag tag = {0};
                if (was_gone || !read_again(parser, open->tag, &tag))
                        open->look = *outer; /* what the renderer does not know cannot hide any more */
                else
                        open->look = mg_look_of(&parser->head, parser->trail, i, &tag, outer);
                outer = &open->look;
        }
}

/* Whether a block stands above the innermost of the element. */
static gboolean is_below_block(const Parser *parser, MgElement element) {
        for (guint i = parser->stack->len; i > 0; i--) {
                MgElement at = g_array_index(parser->stack, Open, i - 1).element;
                if (at == element)
                        return FALSE;
                if (mg_html_elements[at].kind == MG_HTML_BLOCK)
                        return TRUE;
        }
        return TRUE;
}

/* A formatting element that waits to be opened again has ended. */
static gboolean forget(Parser *parser, MgElement element) {
        for (guint i = parser->again->len; i > 0; i--)
                if (g_array_index(parser->again, Again, i - 1).element == element) {
                        g_array_remove_index(parser->again, i - 1);
                        return TRUE;
                }
        return FALSE;
}

/* Elements without a row are told apart by their names. */
static void close_unknown(Parser *parser, MgPiece name) {
        for (guint i = parser->stack->len; i > 0; i--) {
                const MgSubject *subject = mg_trail_at(parser->trail, i - 1);
                if (mg_html_elements[subject->element].kind == MG_HTML_BLOCK)
                        return;
                if (subject->element != MG_ELEMENT_UNKNOWN || subject->name.n != name.n ||
                    g_ascii_strncasecmp(subject->name.s, name.s, name.n) != 0)
                        continue;
                while (parser->stack->len >= i)
                        pop(parser);
                return;
        }
}

static void close_tag(Parser *parser, const MgTag *tag) {
        MgElement element = tag->element;
        const MgHtmlElement *row = &mg_html_elements[element];
        if (element == MG_ELEMENT_body || element == MG_ELEMENT_html)
                return;
        if (element == MG_ELEMENT_br) {
                pass(parser, tag);
                put_text(parser, " ", 1, FALSE);
                return;
        }
        if (parser->deep.open->len > 0 && mg_deep_close(&parser->deep, element, tag->name)) {
                if (row->kind == MG_HTML_BLOCK)
                        put_text(parser, " ", 1, FALSE);
                return;
        }
        if (row->kind == MG_HTML_FORMAT && forget(parser, element))
                return;
        if (element == MG_ELEMENT_ruby)
                imply_ends(parser, MG_ELEMENT_rb);
        if (parser->open[element] == 0)
                return;
        if (element == MG_ELEMENT_UNKNOWN) {
                close_unknown(parser, tag->name);
                return;
        }
        if (row->kind <= MG_HTML_FORMAT && element != MG_ELEMENT_a && is_below_block(parser, element)) {
                if (row->kind == MG_HTML_FORMAT)
                        end_below_block(parser, element);
                return;
        }
        close_to(parser, element, mg_html_end_scopes(element));
}

/*
 * --- elements without an end
 * ---------------------------------------------------------------------------------------------
 */

static void remember_cid(Parser *parser, MgPiece src) {
        if (src.s == NULL || src.n <= 4 || g_ascii_strncasecmp(src.s, "cid:", 4) != 0)
                return;
        if (parser->found->cids->len < parser->limits->parts)
                g_ptr_array_add(parser->found->cids, g_uri_unescape_segment(src.s + 4, src.s + src.n, NULL)
                                                             ?: g_strndup(src.s + 4, src.n - 4));
}

static void show_void(Parser *parser, const MgTag *tag) {
        parser->nodes++;
        switch (tag->element) {
        case MG_ELEMENT_area:
                mg_render_address(parser->render, "[画像リンク / image map]", tag->attributes[MG_ATTRIBUTE_href]);
                return;
        case MG_ELEMENT_meta:
                if (mg_token_refresh(tag).s != NULL)
                        mg_render_address(parser->render, "[自動転送 / refresh]", mg_token_refresh(tag));
                return;
        case MG_ELEMENT_br:
        case MG_ELEMENT_hr:
                mg_render_void(parser->render, tag);
                return;
        case MG_ELEMENT_img:
        case MG_ELEMENT_image:
        case MG_ELEMENT_input:
                break;
        default:
                return;
        }
        MgLook look = next_look(parser, tag);
        if (!look.gone && !look.invisible)
                mg_render_void(parser->render, tag);
        if (tag->element == MG_ELEMENT_input && !look.gone)
                mg_render_address(parser->render, "[フォーム送信先 / form]", tag->attributes[MG_ATTRIBUTE_formaction]);
}

static void put_void(Parser *parser, const MgTag *tag) {
        if (tag->element == MG_ELEMENT_img || tag->element == MG_ELEMENT_image) {
                remember_cid(parser, tag->attributes[MG_ATTRIBUTE_src]);
                parser->found->pictures += parser->found->pictures < G_MAXUINT32;
        }
        /* Before it is asked whether it is seen: each pass over the document has the same elements. */
        if (!is_dropped(parser) && parser->again->len > 0)
                reopen(parser);
        if (!is_dropped(parser) && !is_gone(parser))
                show_void(parser, tag);
        /* Columns stand in a group of theirs. */
        if (tag->element != MG_ELEMENT_col)
                pass(parser, tag);
}

/* Elements whose content is no markup: dropped, or text as it stands. */
static const char *take_raw(Parser *parser, const MgTag *tag, const char *p) {
        const char *stop = mg_token_raw_end(p, parser->end, tag->element);
        if (mg_html_elements[tag->element].kind == MG_HTML_TEXT) {
                gboolean full = is_full(parser);
                MgLook look = next_look(parser, tag);
                look.space = MG_SPACE_PRE;
                if (full)
                        open_deep(parser, tag);
                else
                        push(parser, tag, NULL, &look);
                parser->newline = TRUE;
                if (tag->element == MG_ELEMENT_textarea && stop == p)
                        put_text(parser, tag->attributes[MG_ATTRIBUTE_placeholder].s,
                                 tag->attributes[MG_ATTRIBUTE_placeholder].n, FALSE);
                put_text(parser, p, stop - p, tag->element == MG_ELEMENT_textarea);
                parser->newline = FALSE;
                if (full)
                        mg_deep_close(&parser->deep, tag->element, tag->name);
                else
                        pop(parser);
        } else {
                pass(parser, tag);
        }
        const char *close = stop < parser->end ? memchr(stop, '>', parser->end - stop) : NULL;
        return close != NULL ? close + 1 : parser->end;
}

/*
 * --- tokens
 * --------------------------------------------------------------------------------------------------------------
 */

static const char *take_comment(Parser *parser, const char *p) {
        const char *inside, *stop;
        const char *next = mg_token_comment(p, parser->end, &inside, &stop);
        while (inside < stop && (guint8)*inside <= ' ')
                inside++;
        if (stop - inside <= 3 || g_ascii_strncasecmp(inside, "[if", 3) != 0 || is_dropped(parser))
                return next;
        const char *close = memchr(inside, '>', stop - inside);
        if (close != NULL)
                mg_html_count_markup(parser->found, close + 1, stop);
        return next;
}

static const char *take_tag(Parser *parser, const char *p) {
        MgTag tag;
        gboolean end = p[1] == '/';
        const char *next = mg_token_tag(&parser->names, p + 1 + end, parser->end, parser->chunk, &tag);
        if (next == NULL)
                return parser->end;
        parser->newline = FALSE;
        if (end) {
                close_tag(parser, &tag);
                return next;
        }
        switch ((MgHtmlKind)mg_html_elements[tag.element].kind) {
        case MG_HTML_VOID:
                if (tag.element != MG_ELEMENT_meta && parser->deep.open->len == 0)
                        imply_ends(parser, tag.element);
                put_void(parser, &tag);
                return next;
        case MG_HTML_TEXT:
                if (parser->deep.open->len == 0)
                        imply_ends(parser, MG_ELEMENT_div);
                return take_raw(parser, &tag, next);
        case MG_HTML_RAW:
                return take_raw(parser, &tag, next);
        case MG_HTML_IGNORE:
                if (tag.element == MG_ELEMENT_colgroup && is_between_cells(parser))
                        pass(parser, &tag);
                return next;
        case MG_HTML_INLINE:
        case MG_HTML_FORMAT:
        case MG_HTML_BLOCK:
        case MG_HTML_DROP:
                break;
        }
        open_tag(parser, &tag, p, next - p);
        /* <svg/> has no content. */
        if (mg_html_elements[tag.element].kind == MG_HTML_DROP && tag.closed)
                close_tag(parser, &tag);
        return next;
}

/* What begins with "<" at p. Returns where the scan goes on. */
static const char *take_markup(Parser *parser, const char *p) {
        const char *end = parser->end;
        char first = p + 1 < end ? p[1] : ' ';
        char second = p + 2 < end ? p[2] : ' ';
        if (g_ascii_isalpha(first) || (first == '/' && g_ascii_isalpha(second)))
                return take_tag(parser, p);
        if (first == '!' && end - p >= 4 && memcmp(p, "<!--", 4) == 0)
                return take_comment(parser, p);
        if (first == '!' || first == '?' || first == '/') {
                const char *close = memchr(p, '>', end - p);
                return close != NULL ? close + 1 : end;
        }
        put_text(parser, p, 1, FALSE);
        return p + 1;
}

/* Every page has both, wherever their tags stand. */
static void open_page(Parser *parser) {
        const MgTag *tags[page_depth] = {&parser->head.html, &parser->head.body};
        for (gsize i = 0; i < G_N_ELEMENTS(tags); i++) {
                MgLook look = next_look(parser, tags[i]);
                push(parser, tags[i], NULL, &look);
        }
}

/*
 * One pass over the document. lasts: what an earlier one returned, or NULL. Returns which elements are the last of
 * their siblings, which only a pass can say; caller frees.
 */
static GByteArray *read_page(Parser *parser, const char *html, gsize n, const GByteArray *lasts) {
        parser->stack = g_array_new(FALSE, TRUE, sizeof(Open));
        parser->again = g_array_new(FALSE, TRUE, sizeof(Again));
        parser->text = g_string_new(NULL);
        parser->trail = mg_trail_new(mg_sheet_selectors(parser->head.sheet), lasts);
        mg_deep_init(&parser->deep);
        parser->render = mg_render_new(parser->limits, parser->found, parser->head.base);
        /* Black on the white of the page; letters of 16 pixels. */
        parser->page = (MgLook){.font = MG_FONT_NORMAL, .background = 0xFFFFFF};
        open_page(parser);
        const char *p = html;
        while (p < parser->end && parser->nodes < parser->limits->html_nodes && parser->seen <= parser->limits->body &&
               !mg_render_is_full(parser->render)) {
                const char *open = memchr(p, '<', parser->end - p);
                put_text(parser, p, (open != NULL ? open : parser->end) - p, TRUE);
                p = open != NULL ? take_markup(parser, open) : parser->end;
        }
        parser->found->cut |= p < parser->end;
        if (p < parser->end && parser->nodes >= parser->limits->html_nodes)
                parser->found->html_nodes = MAX(parser->found->html_nodes, parser->nodes);
        while (parser->stack->len > 0)
                pop(parser);
        mg_deep_clear(&parser->deep);
        g_string_free(parser->text, TRUE);
        g_array_unref(parser->again);
        g_array_unref(parser->stack);
        return mg_trail_end(parser->trail);
}

GString *mg_html_read(const char *html, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        if (n > limits->html_bytes) {
                found->html_bytes = MAX(found->html_bytes, n);
                n = mg_text_whole(html, n, limits->html_bytes);
                found->cut = TRUE;
        }
        g_autoptr(GStringChunk) chunk = g_string_chunk_new(4096);
        Parser parser = {.limits = limits, .found = found, .end = html + n, .chunk = chunk};
        mg_html_names_init(&parser.names);
        mg_token_head(&parser.names, html, n, limits, chunk, &parser.head);
        g_autoptr(GByteArray) lasts = NULL;
        if (mg_sheet_selectors(parser.head.sheet)->looks_ahead) {
                /* What hides the last of siblings is known when all are read: once more. */
                g_auto(MgHtmlFound) unused = {0};
                Parser first = parser;
                mg_html_found_init(&unused);
                first.found = &unused;
                lasts = read_page(&first, html, n, NULL);
                g_string_free(mg_render_end(first.render), TRUE);
                found->cut |= unused.cut;
        }
        g_autoptr(GByteArray) known = read_page(&parser, html, n, lasts);
        /* Both passes see the same elements unless a bound ends one of them. */
        found->cut |= lasts != NULL && (lasts->len != known->len || memcmp(lasts->data, known->data, lasts->len) != 0);
        found->style_rules = MAX(found->style_rules, mg_sheet_rules(parser.head.sheet));
        found->style_steps = MAX(found->style_steps, mg_sheet_steps(parser.head.sheet));
        found->style_marks = MAX(found->style_marks, mg_sheet_marks(parser.head.sheet));
        mg_sheet_free(parser.head.sheet);
        g_array_unref(parser.head.declarations);
        g_free(parser.head.base);
        return mg_render_end(parser.render);
}
