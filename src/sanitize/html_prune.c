/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML of any shape -> little HTML, well-nested and of bounded depth, so that gumbo has nothing to mend: its
 * adoption agency, its attribute lists and its formatting elements are quadratic on hostile input (200,000
 * unclosed <b>). Elements that change nothing in a text are left out, those that hide text are obeyed, attributes
 * but the few below are dropped. The tokenizer follows the WHATWG states for tags, comments and raw text; the
 * stack knows the implied end tags that mails use. Where it differs from a browser lines break elsewhere, and no
 * markup comes through.
 */
#include <string.h>

#include "sanitize/html_element.h"
#include "sanitize/html_private.h"

typedef struct Piece {
        const char *s;
        gsize n;
} Piece;

typedef struct Tag {
        MgElement element;
        gboolean end;
        Piece attributes[_MG_ATTRIBUTE_N]; /* s NULL: not there */
} Tag;

typedef struct Open {
        MgElement element;
        const char *written; /* NULL: stands on the stack only */
        gboolean drop;
        MgLook look;
} Open;

typedef struct Pruner {
        const MgLimits *limits;
        MgHtmlFound *found;
        GString *out;
        GArray *stack; /* of Open; at most limits.html_depth */
        guint open[_MG_ELEMENT_N];
        guint flat[_MG_ELEMENT_N]; /* left out since the stack was full: their end tags are left out too */
        guint drops;               /* entries of the stack that drop */
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

/*
 * --- text
 * ----------------------------------------------------------------------------------------------------------------
 */

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
        if (top != NULL && (mg_html_elements[top->element].scope & MG_HTML_TABLE) != 0 && is_blank(s, n))
                return;
        if (mg_look_hides(look_now(pruner))) {
                hide_text(pruner, s, n);
                return;
        }
        pruner->nodes++;
        guint64 room = pruner->limits->body + 1 - MIN(pruner->text, pruner->limits->body);
        while (n > room && room > 0 && ((guint8)s[room] & 0xC0) == 0x80)
                room--;
        pruner->text += n;
        pruner->found->cut |= n > room;
        const char *end = s + MIN(n, room);
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

/*
 * --- the stack
 * -----------------------------------------------------------------------------------------------------------
 */

static void pop(Pruner *pruner) {
        Open *top = &g_array_index(pruner->stack, Open, pruner->stack->len - 1);
        if (top->written != NULL && pruner->drops == 0)
                g_string_append_printf(pruner->out, "</%s>", top->written);
        pruner->drops -= top->drop;
        pruner->open[top->element]--;
        g_array_set_size(pruner->stack, pruner->stack->len - 1);
}

/* Closes the innermost of the element and what is open inside, unless an element of the scopes stands between. */
static gboolean close_to(Pruner *pruner, MgElement element, guint scopes) {
        if (pruner->open[element] == 0)
                return FALSE;
        guint i = pruner->stack->len;
        for (; i > 0; i--) {
                MgElement at = g_array_index(pruner->stack, Open, i - 1).element;
                if (at == element)
                        break;
                if ((mg_html_elements[at].scope & scopes) != 0)
                        return FALSE;
        }
        while (i > 0 && pruner->stack->len >= i)
                pop(pruner);
        return i > 0;
}

/* Whether a block stands above the innermost of the element. */
static gboolean is_inside_block(const Pruner *pruner, MgElement element) {
        for (guint i = pruner->stack->len; i > 0; i--) {
                MgElement at = g_array_index(pruner->stack, Open, i - 1).element;
                if (at == element)
                        return FALSE;
                if (mg_html_elements[at].what == MG_HTML_BLOCK)
                        return TRUE;
        }
        return TRUE;
}

/* End tags that HTML lets a writer leave out (WHATWG, section 13.1.2.4), as far as they matter. */
static void imply_ends(Pruner *pruner, MgElement element) {
        const guint cell = MG_HTML_CELL | MG_HTML_TABLE;
        switch (element) {
        case MG_ELEMENT_li:
                close_to(pruner, MG_ELEMENT_li, cell | MG_HTML_LIST);
                break;
        case MG_ELEMENT_dd:
        case MG_ELEMENT_dt:
                close_to(pruner, MG_ELEMENT_dd, cell | MG_HTML_LIST);
                close_to(pruner, MG_ELEMENT_dt, cell | MG_HTML_LIST);
                break;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                if (!close_to(pruner, MG_ELEMENT_td, MG_HTML_TABLE))
                        close_to(pruner, MG_ELEMENT_th, MG_HTML_TABLE);
                break;
        case MG_ELEMENT_tr:
                imply_ends(pruner, MG_ELEMENT_td);
                close_to(pruner, MG_ELEMENT_tr, cell);
                break;
        case MG_ELEMENT_option:
                close_to(pruner, MG_ELEMENT_option, cell);
                break;
        case MG_ELEMENT_rt:
        case MG_ELEMENT_rp:
                close_to(pruner, MG_ELEMENT_rt, cell | MG_HTML_LIST);
                close_to(pruner, MG_ELEMENT_rp, cell | MG_HTML_LIST);
                break;
        case MG_ELEMENT_a:
                close_to(pruner, MG_ELEMENT_a, cell);
                break;
        default:
                if (mg_html_elements[element].what == MG_HTML_BLOCK || element == MG_ELEMENT_hr)
                        close_to(pruner, MG_ELEMENT_p, cell);
        }
}

/*
 * --- writing tags
 * --------------------------------------------------------------------------------------------------------
 */

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
        const Piece *kind = &tag->attributes[MG_ATTRIBUTE_http_equiv];
        const Piece *content = &tag->attributes[MG_ATTRIBUTE_content];
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
        const char *written = mg_html_elements[tag->element].written;
        gboolean picture = written != NULL && strcmp(written, "img") == 0;
        if (picture) {
                remember_cid(pruner, &tag->attributes[MG_ATTRIBUTE_src]);
                pruner->found->pictures += pruner->found->pictures < G_MAXUINT32;
        }
        if (pruner->drops > 0 || mg_look_hides(look_now(pruner)))
                return;
        if (tag->element == MG_ELEMENT_area)
                put_address(pruner, "[画像リンク / image map]", &tag->attributes[MG_ATTRIBUTE_href]);
        if (tag->element == MG_ELEMENT_meta)
                put_refresh(pruner, tag);
        if (written == NULL)
                return;
        pruner->nodes++;
        g_string_append_printf(pruner->out, "<%s", written);
        if (picture)
                put_attribute(pruner, "alt", &tag->attributes[MG_ATTRIBUTE_alt]);
        g_string_append_c(pruner->out, '>');
}

static gboolean sheet_hides(const Pruner *pruner, const Tag *tag) {
        if (g_hash_table_size(pruner->hidden) == 0)
                return FALSE;
        const Piece *class = &tag->attributes[MG_ATTRIBUTE_class];
        const Piece *id = &tag->attributes[MG_ATTRIBUTE_id];
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
        if (a[MG_ATTRIBUTE_bgcolor].s != NULL)
                look.background = mg_look_colour(a[MG_ATTRIBUTE_bgcolor].s, a[MG_ATTRIBUTE_bgcolor].n);
        if (a[MG_ATTRIBUTE_background].s != NULL)
                look.background = MG_COLOUR_UNKNOWN;
        if (a[MG_ATTRIBUTE_color].s != NULL)
                look.colour = mg_look_colour(a[MG_ATTRIBUTE_color].s, a[MG_ATTRIBUTE_color].n);
        if (tag->element == MG_ELEMENT_font && a[MG_ATTRIBUTE_size].s != NULL)
                look.tiny = FALSE;
        if (tag->element == MG_ELEMENT_a && a[MG_ATTRIBUTE_style].s == NULL)
                look.colour = MG_COLOUR_UNKNOWN; /* links have a colour of their own */
        if (a[MG_ATTRIBUTE_style].s != NULL)
                mg_look_style(&look, a[MG_ATTRIBUTE_style].s, a[MG_ATTRIBUTE_style].n);
        look.gone |= a[MG_ATTRIBUTE_hidden].s != NULL || sheet_hides(pruner, tag);
        return look;
}

static void put_open_tag(Pruner *pruner, const Tag *tag, const char *written) {
        pruner->nodes++;
        g_string_append_printf(pruner->out, "<%s", written);
        switch (tag->element) {
        case MG_ELEMENT_a:
                put_attribute(pruner, "href", &tag->attributes[MG_ATTRIBUTE_href]);
                break;
        case MG_ELEMENT_rt:
                g_string_append(pruner->out, " title=\"rt\"");
                break;
        case MG_ELEMENT_q:
                g_string_append(pruner->out, " title=\"q\"");
                break;
        case MG_ELEMENT_td:
        case MG_ELEMENT_th:
                put_attribute(pruner, "colspan", &tag->attributes[MG_ATTRIBUTE_colspan]);
                break;
        case MG_ELEMENT_ol:
                put_attribute(pruner, "start", &tag->attributes[MG_ATTRIBUTE_start]);
                break;
        case MG_ELEMENT_li:
                put_attribute(pruner, "value", &tag->attributes[MG_ATTRIBUTE_value]);
                break;
        default:
                break;
        }
        g_string_append_c(pruner->out, '>');
}

/* Table parts outside of a table are no table parts; a table directly inside a table ends it. */
static gboolean fits_table(Pruner *pruner, MgElement element) {
        if (element == MG_ELEMENT_table && pruner->stack->len > 0) {
                MgElement top = g_array_index(pruner->stack, Open, pruner->stack->len - 1).element;
                if (top == MG_ELEMENT_table || top == MG_ELEMENT_tr)
                        close_to(pruner, MG_ELEMENT_table, 0);
        }
        gboolean part = element == MG_ELEMENT_td || element == MG_ELEMENT_th || element == MG_ELEMENT_tr ||
                        element == MG_ELEMENT_caption;
        return !part || pruner->open[MG_ELEMENT_table] > 0;
}

static void open_tag(Pruner *pruner, const Tag *tag) {
        const MgHtmlElement *row = &mg_html_elements[tag->element];
        imply_ends(pruner, tag->element);
        if (!fits_table(pruner, tag->element)) {
                put_text(pruner, " ", 1, TRUE);
                return;
        }
        const MgLook *outer = look_now(pruner);
        Open open = {tag->element, row->written, row->what == MG_HTML_DROP, look_of(pruner, tag)};
        gboolean changes = memcmp(&open.look, outer, sizeof open.look) != 0;
        if (row->what == MG_HTML_INLINE && row->written == NULL && !changes)
                return; /* its end tag finds nothing to close */
        if (pruner->stack->len >= pruner->limits->html_depth) {
                pruner->flat[tag->element]++;
                if (row->what == MG_HTML_BLOCK)
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
        if (tag->element == MG_ELEMENT_form)
                put_address(pruner, "[フォーム送信先 / form]", &tag->attributes[MG_ATTRIBUTE_action]);
}

static void close_tag(Pruner *pruner, MgElement element) {
        const MgHtmlElement *row = &mg_html_elements[element];
        if (pruner->flat[element] > 0) {
                pruner->flat[element]--;
                return;
        }
        if (element == MG_ELEMENT_br) {
                put_text(pruner, " ", 1, TRUE);
                return;
        }
        if (element == MG_ELEMENT_ruby)
                imply_ends(pruner, MG_ELEMENT_rt);
        if (pruner->open[element] == 0)
                return;
        if (row->what == MG_HTML_INLINE && element != MG_ELEMENT_a && is_inside_block(pruner, element))
                return;
        guint scopes = element == MG_ELEMENT_table        ? 0
                       : (row->scope & MG_HTML_CELL) != 0 ? MG_HTML_TABLE
                       : element == MG_ELEMENT_tr         ? 0
                                                          : MG_HTML_CELL | MG_HTML_TABLE;
        close_to(pruner, element, scopes);
}

/*
 * --- tokens
 * --------------------------------------------------------------------------------------------------------------
 */

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
        MgAttribute attribute = mg_html_attribute(name, name_n);
        if (attribute != MG_ATTRIBUTE_NONE && tag->attributes[attribute].s == NULL)
                tag->attributes[attribute] = value;
        return p;
}

/* The tag whose name begins at p. Returns the position after its ">", or NULL where the text ends inside it. */
static const char *read_tag(const char *p, const char *end, Tag *tag) {
        const char *name = p;
        while (p < end && !is_space(*p) && *p != '/' && *p != '>')
                p++;
        tag->element = mg_html_element(name, p - name);
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

static const char *skip_raw(Pruner *pruner, const char *p, const char *end, MgElement element) {
        const char *stop = element == MG_ELEMENT_plaintext ? end : find_raw_end(p, end, mg_html_elements[element].name);
        if (element == MG_ELEMENT_style)
                mg_look_sheet(p, stop - p, pruner->hidden);
        if (mg_html_elements[element].what == MG_HTML_TEXT && pruner->drops == 0) {
                /* Written before its text: a block by itself. */
                pruner->nodes += 2;
                g_string_append(pruner->out, "<pre>\n");
                put_text(pruner, p, stop - p, element == MG_ELEMENT_textarea);
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
        MgHtmlKind what = mg_html_elements[tag.element].what;
        if (tag.end) {
                close_tag(pruner, tag.element);
                return next;
        }
        switch (what) {
        case MG_HTML_VOID:
                imply_ends(pruner, tag.element);
                put_void(pruner, &tag);
                return next;
        case MG_HTML_RAW:
        case MG_HTML_TEXT:
                return skip_raw(pruner, next, end, tag.element);
        case MG_HTML_IGNORE:
                return next;
        case MG_HTML_INLINE:
        case MG_HTML_BLOCK:
        case MG_HTML_DROP:
                break;
        }
        open_tag(pruner, &tag);
        /* <svg/> and <math/> have no content. */
        if (what == MG_HTML_DROP && next - p >= 3 && next[-2] == '/')
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
