/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What html_parse.c finds -> text. A table's cells are texts of their own until the table ends. Knows no markup and
 * judges no look but the kinds of lines, white space and list marks.
 */
#include <string.h>

#include "sanitize/flow.h"
#include "sanitize/html_private.h"
#include "sanitize/html_table.h"

/* Tables in tables that are still laid out; mails have up to a dozen. Every level copies its text once more. */
static const guint tables_max = 20;

struct MgRender {
        const MgLimits *limits;
        MgHtmlFound *found;
        const char *base;
        GPtrArray *flows;    /* of MgFlow: the text, and a cell for each open one */
        GPtrArray *tables;   /* of MgTable */
        GHashTable *numbers; /* target -> its number */
        guint flat;          /* open tables that are too deep to be tables */
        guint pictures;      /* shown so far */
        gsize reading;       /* length of the text behind the last reading aid, 0 where none can go on */
        gboolean full;
};

static MgFlow *flow_now(MgRender *render) {
        return render->flows->pdata[render->flows->len - 1];
}

static void put_words(MgFlow *flow, const char *text) {
        mg_flow_text(flow, text, strlen(text));
}

/* A small number of an attribute, or fallback. */
static gint number(MgPiece value, gint fallback) {
        char copy[16];
        gsize n = MIN(value.n, sizeof copy - 1);
        if (n == 0)
                return fallback;
        memcpy(copy, value.s, n);
        copy[n] = '\0';
        char *end;
        gint64 found = g_ascii_strtoll(copy, &end, 10);
        return end != copy && found >= -1000000 && found <= 1000000 ? (gint)found : fallback;
}

MgRender *mg_render_new(const MgLimits *limits, MgHtmlFound *found, const char *base) {
        MgRender *render = g_new0(MgRender, 1);
        render->limits = limits;
        render->found = found;
        render->base = base;
        render->flows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_flow_free);
        render->tables = g_ptr_array_new_with_free_func((GDestroyNotify)mg_table_free);
        render->numbers = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < found->targets->len; i++)
                g_hash_table_insert(render->numbers, found->targets->pdata[i], GUINT_TO_POINTER(i + 1));
        g_ptr_array_add(render->flows, mg_flow_new());
        return render;
}

GString *mg_render_end(MgRender *render) {
        MgFlow *flow = render->flows->pdata[0];
        GString *text = g_steal_pointer(&flow->out);
        flow->out = g_string_new(NULL);
        render->found->cut |= render->full;
        g_ptr_array_unref(render->flows);
        g_ptr_array_unref(render->tables);
        g_hash_table_unref(render->numbers);
        g_free(render);
        return text;
}

gboolean mg_render_is_full(const MgRender *render) {
        return render->full;
}

/*
 * --- links
 * ---------------------------------------------------------------------------------------------------------------
 */

/* The number under which the address is listed, 0 where the list is full. */
static guint list_target(MgRender *render, const MgLink *link) {
        MgHtmlFound *found = render->found;
        g_autofree char *target = link->plain != NULL
                                          ? g_strdup_printf("%s（ホスト / host: %s）", link->target, link->plain)
                                          : g_strdup(link->target);
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(render->numbers, target));
        if (known > 0 || found->targets->len >= render->limits->links)
                return known;
        g_ptr_array_add(found->targets, target);
        g_hash_table_insert(render->numbers, g_steal_pointer(&target), GUINT_TO_POINTER(found->targets->len));
        return found->targets->len;
}

/* Directly behind the text of the link, before line ends that its last block wants. */
static void append_mark(MgFlow *flow, const char *mark) {
        guint newlines = flow->out->len > 0 ? flow->newlines : 0;
        guint space = flow->space;
        if (newlines > 0)
                flow->newlines = 0;
        put_words(flow, mark);
        flow->newlines = newlines;
        flow->space = space;
}

static void mark_link(MgRender *render, const MgLink *link) {
        MgFlow *flow = flow_now(render);
        if (link->target != NULL)
                render->found->links += render->found->links < G_MAXUINT32;
        if (link->target != NULL && !link->same) {
                guint n = list_target(render, link);
                g_autofree char *mark = n > 0 ? g_strdup_printf(" [%u]", n) : g_strdup(" [-]");
                append_mark(flow, mark);
        }
        if (link->mark != NULL)
                append_mark(flow, link->mark);
}

/* What is linked must be there to be seen: text or a picture. */
static void leave_link(MgRender *render, const MgFrame *frame) {
        MgFlow *flow = flow_now(render);
        gsize begin = MIN(frame->begin, flow->out->len);
        gboolean empty = mg_html_is_blank(flow->out->str + begin, flow->out->len - begin);
        if (empty && render->pictures == frame->pictures)
                return;
        g_autofree char *href = g_strndup(frame->href.s, frame->href.n);
        g_auto(MgLink) link = {0};
        mg_link_read(&link, href, render->base, flow->out->str + begin);
        if (link.target != NULL && empty)
                put_words(flow, "[リンク / link]");
        mark_link(render, &link);
}

void mg_render_address(MgRender *render, const char *label, MgPiece href) {
        if (href.s == NULL || mg_html_is_blank(href.s, href.n))
                return;
        g_autofree char *address = g_strndup(href.s, href.n);
        g_auto(MgLink) link = {0};
        mg_link_read(&link, address, render->base, "");
        if (link.target == NULL && link.mark == NULL)
                return;
        put_words(flow_now(render), label);
        mark_link(render, &link);
        flow_now(render)->space = 1;
}

/*
 * --- elements
 * ------------------------------------------------------------------------------------------------------------
 */

static char *roman(gint n, gboolean upper) {
        static const struct {
                gint value;
                const char *digits;
        } rows[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
                    {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};
        GString *out = g_string_new(NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                for (; n >= rows[i].value; n -= rows[i].value)
                        g_string_append(out, rows[i].digits);
        if (upper)
                g_string_ascii_up(out);
        return g_string_free(out, FALSE);
}

/* "1. ", "b. ", "iv. " or the dot of a list without numbers. */
static char *item_marker(MgMarker marker, gint n) {
        gboolean letter = n >= 1 && n <= 26, small = n >= 1 && n < 4000;
        if (marker == MG_MARKER_DISC)
                return g_strdup("・");
        if ((marker == MG_MARKER_LOWER || marker == MG_MARKER_UPPER) && letter)
                return g_strdup_printf("%c. ", (marker == MG_MARKER_LOWER ? 'a' : 'A') + n - 1);
        if ((marker == MG_MARKER_ROMAN || marker == MG_MARKER_ROMAN_UPPER) && small) {
                g_autofree char *digits = roman(n, marker == MG_MARKER_ROMAN_UPPER);
                return g_strdup_printf("%s. ", digits);
        }
        return g_strdup_printf("%d. ", n);
}

static void enter_item(MgRender *render, MgFrame *frame, const MgTag *tag, const MgLook *look, MgFrame *list) {
        MgFlow *flow = flow_now(render);
        gint n = list != NULL ? list->number : 1;
        n = number(tag->attributes[MG_ATTRIBUTE_value], n);
        if (list != NULL)
                list->number = n + list->step;
        if (look->display == MG_DISPLAY_INLINE || look->marker == MG_MARKER_NONE)
                return;
        frame->indented = TRUE;
        frame->prefix = mg_flow_indent(flow, "  ");
        g_free(flow->marker);
        flow->marker = item_marker(look->marker, n);
}

static void enter_list(MgFrame *frame, const MgTag *tag) {
        frame->step = tag->attributes[MG_ATTRIBUTE_reversed].s != NULL ? -1 : 1;
        frame->number = number(tag->attributes[MG_ATTRIBUTE_start], 1);
}

static void enter_table(MgRender *render, MgFrame *frame) {
        frame->flat = render->flat > 0 || render->tables->len >= tables_max;
        if (frame->flat)
                render->flat++;
        else
                g_ptr_array_add(render->tables, mg_table_new());
}

static void enter_cell(MgRender *render, MgFrame *frame, const MgTag *tag) {
        frame->colspan = CLAMP(number(tag->attributes[MG_ATTRIBUTE_colspan], 1), 1, 1000);
        frame->rowspan = CLAMP(number(tag->attributes[MG_ATTRIBUTE_rowspan], 1), 1, 1000);
        frame->flat = render->flat > 0 || render->tables->len == 0;
        render->reading = 0; /* of another text */
        if (frame->flat)
                mg_flow_break(flow_now(render), 1);
        else
                g_ptr_array_add(render->flows, mg_flow_new());
}

static void leave_cell(MgRender *render, const MgFrame *frame) {
        if (frame->flat)
                return;
        MgFlow *cell = g_ptr_array_steal_index(render->flows, render->flows->len - 1);
        char *text = g_string_free(cell->out, FALSE);
        cell->out = g_string_new(NULL);
        mg_flow_free(cell);
        render->reading = 0;
        mg_table_cell(render->tables->pdata[render->tables->len - 1], text, frame->colspan, frame->rowspan);
}

static void leave_table(MgRender *render, const MgFrame *frame) {
        if (frame->flat) {
                render->flat--;
                return;
        }
        MgTable *table = g_ptr_array_steal_index(render->tables, render->tables->len - 1);
        mg_table_write(table, flow_now(render));
        mg_table_free(table);
}

/* A reading aid that follows another one directly belongs to the same word: 漢字(かん)(じ) is 漢字(かんじ). */
static void enter_reading(MgRender *render, MgFrame *frame) {
        MgFlow *flow = flow_now(render);
        flow->space = 0;
        frame->joined = render->reading > 0 && flow->out->len == render->reading && flow->newlines == 0;
        if (frame->joined)
                g_string_truncate(flow->out, flow->out->len - 1);
        else
                put_words(flow, "(");
        render->reading = 0; /* it goes on in here */
        frame->begin = flow->out->len;
}

static void leave_reading(MgRender *render, const MgFrame *frame) {
        MgFlow *flow = flow_now(render);
        flow->space = 0;
        if (!frame->joined && flow->out->len == frame->begin && flow->out->len > 0 &&
            flow->out->str[flow->out->len - 1] == '(') {
                g_string_truncate(flow->out, flow->out->len - 1);
                return;
        }
        put_words(flow, ")");
        render->reading = flow->out->len;
}

/* A number that stands raised behind another one, 10<sup>6</sup>, is 10^6 and not 106. */
static void leave_raised(MgRender *render, const MgFrame *frame) {
        GString *out = flow_now(render)->out;
        const char *raised = out->str + MIN(frame->begin, out->len), *before;
        before = g_utf8_find_prev_char(out->str, raised);
        if (!before || !g_unichar_isdigit(g_utf8_get_char(before)))
                return;
        if (g_unichar_isdigit(g_utf8_get_char(*raised == '-' ? raised + 1 : raised)))
                g_string_insert_c(out, raised - out->str, '^');
}

static guint8 lines_of(MgElement element, const MgLook *look) {
        guint8 lines = mg_html_elements[element].lines;
        if (look->display == MG_DISPLAY_INLINE || look->display == MG_DISPLAY_CELL)
                return 0;
        if (look->display == MG_DISPLAY_BLOCK && lines == 0)
                return 1;
        return look->tight && lines > 1 ? 1 : lines;
}

void mg_render_enter(MgRender *render, MgFrame *frame, const MgTag *tag, const MgLook *look, MgFrame *list) {
        MgFlow *flow = flow_now(render);
        frame->element = tag->element;
        frame->lines = lines_of(tag->element, look);
        if ((mg_html_elements[tag->element].scope & MG_HTML_LIST) != 0 && list != NULL)
                frame->lines = MIN(frame->lines, 1);
        if (frame->lines > 0)
                mg_flow_break(flow, frame->lines);
        switch (tag->element) {
        case MG_ELEMENT_a:
                render->reading = 0; /* what a link begins behind stays */
                frame->href = tag->attributes[MG_ATTRIBUTE_href];
                frame->begin = flow->out->len;
                frame->pictures = render->pictures;
                break;
        case MG_ELEMENT_rt:
                enter_reading(render, frame);
                break;
        case MG_ELEMENT_sup:
                frame->begin = flow->out->len;
                break;
        case MG_ELEMENT_q:
                put_words(flow, "「");
                break;
        case MG_ELEMENT_ol:
        case MG_ELEMENT_ul:
        case MG_ELEMENT_dir:
        case MG_ELEMENT_menu:
                enter_list(frame, tag);
                break;
        case MG_ELEMENT_li:
                enter_item(render, frame, tag, look, list);
                break;
        case MG_ELEMENT_dd:
        case MG_ELEMENT_blockquote:
                frame->indented = TRUE;
                frame->prefix = mg_flow_indent(flow, tag->element == MG_ELEMENT_dd ? "  " : "> ");
                break;
        case MG_ELEMENT_table:
                enter_table(render, frame);
                break;
        case MG_ELEMENT_tr:
                if (render->flat == 0 && render->tables->len > 0)
                        mg_table_row(render->tables->pdata[render->tables->len - 1]);
                break;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                enter_cell(render, frame, tag);
                break;
        default:
                break;
        }
}

void mg_render_leave(MgRender *render, const MgFrame *frame) {
        switch (frame->element) {
        case MG_ELEMENT_a:
                if (frame->href.s != NULL)
                        leave_link(render, frame);
                break;
        case MG_ELEMENT_rt:
                leave_reading(render, frame);
                break;
        case MG_ELEMENT_sup:
                leave_raised(render, frame);
                break;
        case MG_ELEMENT_q:
                put_words(flow_now(render), "」");
                break;
        case MG_ELEMENT_li:
                g_clear_pointer(&flow_now(render)->marker, g_free);
                break;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                leave_cell(render, frame);
                break;
        case MG_ELEMENT_table:
                leave_table(render, frame);
                break;
        default:
                break;
        }
        if (frame->indented)
                mg_flow_outdent(flow_now(render), frame->prefix);
        if (frame->lines > 0)
                mg_flow_break(flow_now(render), frame->lines);
}

void mg_render_text(MgRender *render, const char *s, gsize n, MgSpace space) {
        MgFlow *flow = flow_now(render);
        const char *end = s + n;
        if (space == MG_SPACE_PRE) {
                mg_flow_verbatim(flow, s, n);
        } else if (space == MG_SPACE_NORMAL) {
                mg_flow_text(flow, s, n);
        } else {
                while (s < end) {
                        const char *lf = memchr(s, '\n', end - s);
                        mg_flow_text(flow, s, (lf != NULL ? lf : end) - s);
                        if (lf != NULL)
                                mg_flow_newline(flow);
                        s = lf != NULL ? lf + 1 : end;
                }
        }
        render->full |= flow->out->len > render->limits->body;
}

static void put_label(MgRender *render, const char *open, MgPiece text, const char *close) {
        g_autofree char *copy = g_strndup(text.s, text.n);
        g_autofree char *shown = g_strdup_printf("%s%s%s", open, copy, close);
        put_words(flow_now(render), shown);
}

static void put_picture(MgRender *render, const MgTag *tag) {
        MgPiece alt = tag->attributes[MG_ATTRIBUTE_alt];
        render->pictures++;
        if (alt.s != NULL && !mg_html_is_blank(alt.s, alt.n))
                put_label(render, "[画像: ", mg_piece_trim(alt), "]");
}

/* A form is read and not filled in: what stands in it, and what stands for it where it is empty. */
static void put_input(MgRender *render, const MgTag *tag) {
        const MgPiece *a = tag->attributes;
        MgPiece type = a[MG_ATTRIBUTE_type], value = a[MG_ATTRIBUTE_value];
        const char *checked = a[MG_ATTRIBUTE_checked].s;
        if (mg_piece_is(type, "hidden"))
                return;
        if (mg_piece_is(type, "image"))
                put_picture(render, tag);
        else if (mg_piece_is(type, "checkbox"))
                put_words(flow_now(render), checked != NULL ? "[x]" : "[ ]");
        else if (mg_piece_is(type, "radio"))
                put_words(flow_now(render), checked != NULL ? "(x)" : "( )");
        else if (mg_piece_is(type, "submit") && value.n == 0)
                put_words(flow_now(render), "[送信 / submit]");
        else if (mg_piece_is(type, "reset") && value.n == 0)
                put_words(flow_now(render), "[取消 / reset]");
        else if (mg_piece_is(type, "password") || mg_piece_is(type, "file"))
                put_words(flow_now(render), "[____]");
        else if (value.n > 0)
                put_label(render, "[", value, "]");
        else if (a[MG_ATTRIBUTE_placeholder].n > 0)
                put_label(render, "[", a[MG_ATTRIBUTE_placeholder], "]");
        else
                put_words(flow_now(render), "[____]");
}

void mg_render_void(MgRender *render, const MgTag *tag) {
        MgFlow *flow = flow_now(render);
        switch (tag->element) {
        case MG_ELEMENT_br:
                mg_flow_newline(flow);
                break;
        case MG_ELEMENT_hr:
                mg_flow_break(flow, 1);
                put_words(flow, "----------------------------------------");
                mg_flow_break(flow, 1);
                break;
        case MG_ELEMENT_img:
        case MG_ELEMENT_image:
                put_picture(render, tag);
                break;
        default:
                put_input(render, tag);
                break;
        }
        render->full |= flow->out->len > render->limits->body;
}
