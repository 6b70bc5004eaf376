/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a pruned document -> text. Walks with a stack of its own; a table's cells are texts of their own
 * until the table ends. Knows no markup but what html_prune.c writes.
 */
#include <gumbo.h>
#include <string.h>

#include "sanitize/flow.h"
#include "sanitize/html_private.h"
#include "sanitize/html_table.h"

typedef struct Frame {
        const GumboNode *node;
        guint next;   /* child */
        gsize prefix; /* length to go back to, where the element indents */
        gsize begin;  /* of a link's text in its flow */
        guint number; /* of the next item of a list, 0: no numbers */
        guint lists;  /* lists around it */
} Frame;

/* Tables in tables that are still laid out; mails have up to a dozen. Every level copies its text once more. */
static const guint tables_max = 20;

typedef struct Renderer {
        const MgLimits *limits;
        MgHtmlFound *found;
        GArray *frames;      /* of Frame */
        GPtrArray *flows;    /* of MgFlow: the text, and a cell for each open one */
        GPtrArray *tables;   /* of MgTable */
        GHashTable *numbers; /* target -> its number */
        guint pre;
        guint flat;    /* open tables that are too deep to be tables */
        gboolean full; /* there is more text than a body can have */
} Renderer;

static MgFlow *flow_now(Renderer *renderer) {
        return renderer->flows->pdata[renderer->flows->len - 1];
}

static const char *attribute(const GumboNode *node, const char *name) {
        const GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);
        return found != NULL ? found->value : NULL;
}

/* A small number of an attribute, or fallback. */
static guint number(const GumboNode *node, const char *name, guint fallback) {
        const char *value = attribute(node, name);
        gint64 n = value != NULL ? g_ascii_strtoll(value, NULL, 10) : 0;
        return value != NULL && n >= 0 && n <= 1000000 ? (guint)n : fallback;
}

/*
 * --- links
 * ---------------------------------------------------------------------------------------------------------------
 */

/* The number under which the address is listed, 0 where the list is full. */
static guint list_target(Renderer *renderer, const char *target) {
        MgHtmlFound *found = renderer->found;
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(renderer->numbers, target));
        if (known > 0 || found->targets->len >= renderer->limits->links)
                return known;
        char *copy = g_strdup(target);
        g_ptr_array_add(found->targets, copy);
        g_hash_table_insert(renderer->numbers, copy, GUINT_TO_POINTER(found->targets->len));
        return found->targets->len;
}

/* Directly behind the text of the link, before line ends that its last block wants. */
static void append_mark(MgFlow *flow, const char *mark) {
        guint newlines = flow->out->len > 0 ? flow->newlines : 0;
        guint space = flow->space;
        if (newlines > 0)
                flow->newlines = 0;
        mg_flow_text(flow, mark);
        flow->newlines = newlines;
        flow->space = space;
}

static void leave_link(Renderer *renderer, const Frame *frame, const char *href) {
        MgFlow *flow = flow_now(renderer);
        gsize begin = MIN(frame->begin, flow->out->len);
        g_auto(MgLink) link = {0};
        mg_link_read(&link, href, flow->out->str + begin);
        if (link.target == NULL)
                return;
        if (flow->out->str[begin + strspn(flow->out->str + begin, " \n")] == '\0')
                mg_flow_text(flow, "[リンク / link]");
        renderer->found->links += renderer->found->links < G_MAXUINT32;
        if (!link.same) {
                guint n = list_target(renderer, link.target);
                g_autofree char *mark = n > 0 ? g_strdup_printf(" [%u]", n) : g_strdup(" [-]");
                append_mark(flow, mark);
        }
        if (link.differs)
                append_mark(flow, "（注意: 表示と異なるリンク先 / text shows another address）");
}

/*
 * --- elements
 * ------------------------------------------------------------------------------------------------------------
 */

static void enter_item(Renderer *renderer, Frame *frame) {
        MgFlow *flow = flow_now(renderer);
        Frame *list =
                renderer->frames->len > 1 ? &g_array_index(renderer->frames, Frame, renderer->frames->len - 2) : NULL;
        guint n = list != NULL ? list->number : 0;
        if (n > 0)
                n = number(frame->node, "value", n);
        if (n > 0)
                list->number = n + 1;
        frame->prefix = mg_flow_indent(flow, "  ");
        g_free(flow->marker);
        flow->marker = n > 0 ? g_strdup_printf("%u. ", n) : g_strdup("・");
}

static void enter_list(Renderer *renderer, Frame *frame) {
        if (frame->node->v.element.tag == GUMBO_TAG_OL)
                frame->number = MAX(number(frame->node, "start", 1), 1);
        frame->lists++;
}

static void enter_picture(Renderer *renderer, const GumboNode *node) {
        const char *alt = attribute(node, "alt");
        if (alt == NULL || alt[strspn(alt, " \t\r\n")] == '\0')
                return;
        g_autofree char *shown = g_strdup_printf("[画像: %s]", alt);
        mg_flow_text(flow_now(renderer), shown);
}

static void enter_span(Renderer *renderer, Frame *frame) {
        MgFlow *flow = flow_now(renderer);
        const char *title = attribute(frame->node, "title");
        frame->begin = flow->out->len;
        if (title != NULL)
                mg_flow_text(flow, title[0] == 'r' ? "(" : "「");
}

static void leave_span(Renderer *renderer, const Frame *frame) {
        const char *title = attribute(frame->node, "title");
        const char *href = attribute(frame->node, "href");
        if (title != NULL)
                mg_flow_text(flow_now(renderer), title[0] == 'r' ? ")" : "」");
        if (href != NULL)
                leave_link(renderer, frame, href);
}

static void leave_cell(Renderer *renderer, const Frame *frame) {
        MgFlow *cell = g_ptr_array_steal_index(renderer->flows, renderer->flows->len - 1);
        char *text = g_string_free(cell->out, FALSE);
        cell->out = g_string_new(NULL);
        mg_flow_free(cell);
        if (renderer->tables->len > 0) {
                mg_table_cell(renderer->tables->pdata[renderer->tables->len - 1], text,
                              number(frame->node, "colspan", 1));
                return;
        }
        mg_flow_verbatim(flow_now(renderer), text, strlen(text));
        g_free(text);
}

static void leave_table(Renderer *renderer) {
        MgTable *table = g_ptr_array_steal_index(renderer->tables, renderer->tables->len - 1);
        mg_table_write(table, flow_now(renderer));
        mg_table_free(table);
}

/* Line ends around an element. */
static guint block_of(GumboTag tag, guint lists) {
        switch (tag) {
        case GUMBO_TAG_P:
        case GUMBO_TAG_H1:
        case GUMBO_TAG_BLOCKQUOTE:
        case GUMBO_TAG_PRE:
        case GUMBO_TAG_DL:
                return 2;
        case GUMBO_TAG_UL:
        case GUMBO_TAG_OL:
                return lists > 1 ? 1 : 2;
        case GUMBO_TAG_DIV:
        case GUMBO_TAG_LI:
        case GUMBO_TAG_DD:
        case GUMBO_TAG_DT:
        case GUMBO_TAG_TABLE:
        case GUMBO_TAG_CAPTION:
        case GUMBO_TAG_HR:
                return 1;
        default:
                return 0;
        }
}

static void enter(Renderer *renderer, Frame *frame) {
        GumboTag tag = frame->node->v.element.tag;
        MgFlow *flow = flow_now(renderer);
        if (tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL)
                enter_list(renderer, frame);
        guint block = block_of(tag, frame->lists);
        if (block > 0)
                mg_flow_break(flow, block);
        switch (tag) {
        case GUMBO_TAG_BR:
                mg_flow_newline(flow);
                break;
        case GUMBO_TAG_HR:
                mg_flow_text(flow, "----------------------------------------");
                break;
        case GUMBO_TAG_IMG:
                enter_picture(renderer, frame->node);
                break;
        case GUMBO_TAG_LI:
                enter_item(renderer, frame);
                break;
        case GUMBO_TAG_DD:
                frame->prefix = mg_flow_indent(flow, "  ");
                break;
        case GUMBO_TAG_BLOCKQUOTE:
                frame->prefix = mg_flow_indent(flow, "> ");
                break;
        case GUMBO_TAG_PRE:
                renderer->pre++;
                break;
        case GUMBO_TAG_TABLE:
                if (renderer->flat > 0 || renderer->tables->len >= tables_max)
                        renderer->flat++;
                else
                        g_ptr_array_add(renderer->tables, mg_table_new());
                break;
        case GUMBO_TAG_TR:
                if (renderer->flat == 0 && renderer->tables->len > 0)
                        mg_table_row(renderer->tables->pdata[renderer->tables->len - 1]);
                break;
        case GUMBO_TAG_TD:
                if (renderer->flat > 0)
                        mg_flow_break(flow, 1);
                else
                        g_ptr_array_add(renderer->flows, mg_flow_new());
                break;
        case GUMBO_TAG_SPAN:
                enter_span(renderer, frame);
                break;
        default:
                break;
        }
}

static void leave(Renderer *renderer, const Frame *frame) {
        GumboTag tag = frame->node->v.element.tag;
        switch (tag) {
        case GUMBO_TAG_LI:
                g_clear_pointer(&flow_now(renderer)->marker, g_free);
                mg_flow_outdent(flow_now(renderer), frame->prefix);
                break;
        case GUMBO_TAG_DD:
        case GUMBO_TAG_BLOCKQUOTE:
                mg_flow_outdent(flow_now(renderer), frame->prefix);
                break;
        case GUMBO_TAG_PRE:
                renderer->pre--;
                break;
        case GUMBO_TAG_TD:
                if (renderer->flat == 0)
                        leave_cell(renderer, frame);
                break;
        case GUMBO_TAG_TABLE:
                if (renderer->flat > 0)
                        renderer->flat--;
                else
                        leave_table(renderer);
                break;
        case GUMBO_TAG_SPAN:
                leave_span(renderer, frame);
                break;
        default:
                break;
        }
        guint block = block_of(tag, frame->lists);
        if (block > 0)
                mg_flow_break(flow_now(renderer), block);
}

static void put_text(Renderer *renderer, const char *text) {
        if (renderer->pre > 0)
                mg_flow_verbatim(flow_now(renderer), text, strlen(text));
        else
                mg_flow_text(flow_now(renderer), text);
}

static const GumboVector *children_of(const GumboNode *node) {
        return node->type == GUMBO_NODE_DOCUMENT ? &node->v.document.children : &node->v.element.children;
}

static gboolean has_children(const GumboNode *node) {
        return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_DOCUMENT;
}

static void push(Renderer *renderer, const GumboNode *node) {
        guint lists = 0;
        if (renderer->frames->len > 0)
                lists = g_array_index(renderer->frames, Frame, renderer->frames->len - 1).lists;
        Frame frame = {.node = node, .lists = lists};
        g_array_append_val(renderer->frames, frame);
        if (node->type == GUMBO_NODE_ELEMENT)
                enter(renderer, &g_array_index(renderer->frames, Frame, renderer->frames->len - 1));
}

static void walk(Renderer *renderer, const GumboNode *root) {
        push(renderer, root);
        while (renderer->frames->len > 0) {
                Frame *frame = &g_array_index(renderer->frames, Frame, renderer->frames->len - 1);
                const GumboVector *children = children_of(frame->node);
                renderer->full = renderer->full || flow_now(renderer)->out->len > renderer->limits->body;
                if (renderer->full || frame->next >= children->length) {
                        Frame done = *frame;
                        if (done.node->type == GUMBO_NODE_ELEMENT)
                                leave(renderer, &done);
                        g_array_set_size(renderer->frames, renderer->frames->len - 1);
                        continue;
                }
                const GumboNode *child = children->data[frame->next++];
                if (has_children(child))
                        push(renderer, child);
                else if (child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_WHITESPACE)
                        put_text(renderer, child->v.text.text);
        }
}

GString *mg_html_render(const char *pruned, gsize n, const MgLimits *limits, MgHtmlFound *found) {
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0; /* a list of them would grow with the mail */
        GumboOutput *tree = gumbo_parse_with_options(&options, pruned, n);
        g_autoptr(GArray) frames = g_array_new(FALSE, TRUE, sizeof(Frame));
        g_autoptr(GPtrArray) flows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_flow_free);
        g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func((GDestroyNotify)mg_table_free);
        g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < found->targets->len; i++)
                g_hash_table_insert(numbers, found->targets->pdata[i], GUINT_TO_POINTER(i + 1));
        Renderer renderer = {limits, found, frames, flows, tables, numbers, 0, 0, FALSE};
        g_ptr_array_add(flows, mg_flow_new());
        walk(&renderer, tree->document);
        gumbo_destroy_output(&options, tree);
        found->cut |= renderer.full;
        MgFlow *flow = flows->pdata[0];
        return g_string_new_len(flow->out->str, flow->out->len);
}
