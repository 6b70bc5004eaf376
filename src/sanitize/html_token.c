/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens of HTML: tags with their attributes, comments, raw text, by the states of WHATWG section 13.2.5. Knows
 * no structure.
 */
#include <string.h>

#include "base/text.h"
#include "sanitize/html_entity.h"
#include "sanitize/html_private.h"

static gboolean is_space(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

gboolean mg_html_is_blank(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if ((guint8)s[i] > ' ')
                        return FALSE;
        return TRUE;
}

/* One attribute at p. Returns where the next one begins. */
static const char *read_attribute(const char *p, const char *end, MgPiece *name, MgPiece *value) {
        name->s = p++; /* a leading "=" is part of the name */
        while (p < end && !is_space(*p) && *p != '/' && *p != '>' && *p != '=')
                p++;
        name->n = p - name->s;
        *value = (MgPiece){p, 0};
        const char *after = p;
        while (after < end && is_space(*after))
                after++;
        if (after >= end || *after != '=')
                return p;
        p = after + 1;
        while (p < end && is_space(*p))
                p++;
        if (p < end && (*p == '"' || *p == '\'')) {
                const char *close = memchr(p + 1, *p, end - p - 1);
                value->s = p + 1;
                p = close != NULL ? close : end;
                value->n = p - value->s;
                return p + (p < end);
        }
        value->s = p;
        while (p < end && !is_space(*p) && *p != '>')
                p++;
        value->n = p - value->s;
        return p;
}

static MgPiece decoded(MgPiece value, GStringChunk *chunk) {
        if (value.n == 0 || memchr(value.s, '&', value.n) == NULL)
                return value;
        g_autoptr(GString) text = g_string_sized_new(value.n + 8);
        mg_html_decode(text, value.s, value.n, TRUE);
        return (MgPiece){g_string_chunk_insert_len(chunk, text->str, text->len), text->len};
}

const char *mg_token_tag(const MgHtmlNames *names, const char *p, const char *end, GStringChunk *chunk, MgTag *tag) {
        memset(tag->attributes, 0, sizeof tag->attributes);
        tag->name.s = p;
        while (p < end && !is_space(*p) && *p != '/' && *p != '>')
                p++;
        tag->name.n = p - tag->name.s;
        tag->element = mg_html_element(names, tag->name.s, tag->name.n);
        for (;;) {
                const char *before = p;
                while (p < end && (is_space(*p) || *p == '/'))
                        p++;
                if (p >= end)
                        return NULL;
                if (*p == '>') {
                        tag->closed = p > before && p[-1] == '/';
                        return p + 1;
                }
                MgPiece name, value;
                p = read_attribute(p, end, &name, &value);
                MgAttribute attribute = mg_html_attribute(names, name.s, name.n);
                /* The first of a name counts. */
                if (attribute != MG_ATTRIBUTE_NONE && tag->attributes[attribute].s == NULL)
                        tag->attributes[attribute] = decoded(value, chunk);
        }
}

MgPiece mg_token_refresh(const MgTag *tag) {
        MgPiece content = tag->attributes[MG_ATTRIBUTE_content], href = {NULL, 0};
        gboolean refresh = mg_piece_is(tag->attributes[MG_ATTRIBUTE_http_equiv], "refresh") && content.s != NULL;
        const char *equals = refresh ? memchr(content.s, '=', content.n) : NULL;
        if (equals == NULL)
                return href;
        href = (MgPiece){equals + 1, content.s + content.n - equals - 1};
        while (href.n > 0 && strchr(" '\"", *href.s) != NULL)
                href.s++, href.n--;
        while (href.n > 0 && strchr(" '\"", href.s[href.n - 1]) != NULL)
                href.n--;
        return href;
}

const char *mg_token_comment(const char *p, const char *end, const char **inside, const char **stop) {
        const char *s = p + 4;
        *inside = *stop = s;
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
        *stop = close != NULL ? close : end;
        return close != NULL ? close + length : end;
}

const char *mg_token_raw_end(const char *p, const char *end, MgElement element) {
        const char *name = mg_html_elements[element].name;
        gsize n = strlen(name);
        if (element == MG_ELEMENT_plaintext)
                return end;
        for (; p < end && (p = memchr(p, '<', end - p)) != NULL; p++)
                if ((gsize)(end - p) > n + 2 && p[1] == '/' && g_ascii_strncasecmp(p + 2, name, n) == 0 &&
                    (is_space(p[n + 2]) || p[n + 2] == '/' || p[n + 2] == '>'))
                        return p;
        return end;
}

/*
 * --- the head
 * -----------------------------------------------------------------------------------------------------------
 */

/* Whether a tag of the name begins anywhere. */
static gboolean has_tag(const char *html, gsize n, const char *name) {
        const char *end = html + n;
        gsize length = strlen(name);
        for (const char *p = html; (p = memchr(p, '<', end - p)) != NULL; p++)
                if ((gsize)(end - p) > length && (p[1] | 0x20) == *name &&
                    g_ascii_strncasecmp(p + 1, name, length) == 0)
                        return TRUE;
        return FALSE;
}

static void merge(MgTag *whole, const MgTag *tag) {
        for (guint i = 0; i < _MG_ATTRIBUTE_N; i++)
                if (whole->attributes[i].s == NULL)
                        whole->attributes[i] = tag->attributes[i];
}

static gboolean is_raw(MgElement element) {
        return mg_html_elements[element].kind == MG_HTML_RAW || mg_html_elements[element].kind == MG_HTML_TEXT;
}

/* The tag at p: "<" and a letter. */
static const char *head_tag(const MgHtmlNames *names, const char *p, const char *end, GStringChunk *chunk,
                            MgHead *head) {
        MgTag tag;
        const char *next = mg_token_tag(names, p + 1, end, chunk, &tag);
        if (next == NULL)
                return end;
        MgPiece href = tag.attributes[MG_ATTRIBUTE_href];
        if (tag.element == MG_ELEMENT_base && head->base == NULL && href.s != NULL)
                head->base = g_strndup(href.s, mg_text_whole(href.s, href.n, 2000));
        if (tag.element == MG_ELEMENT_html || tag.element == MG_ELEMENT_body)
                merge(tag.element == MG_ELEMENT_html ? &head->html : &head->body, &tag);
        if (!is_raw(tag.element))
                return next;
        const char *stop = mg_token_raw_end(next, end, tag.element);
        if (tag.element == MG_ELEMENT_style)
                mg_sheet_add(head->sheet, next, stop - next, tag.attributes[MG_ATTRIBUTE_media]);
        return stop;
}

void mg_token_head(const MgHtmlNames *names, const char *html, gsize n, const MgLimits *limits, GStringChunk *chunk,
                   MgHead *head) {
        head->html = (MgTag){.element = MG_ELEMENT_html, .name = {"html", 4}};
        head->body = (MgTag){.element = MG_ELEMENT_body, .name = {"body", 4}};
        head->declarations = g_array_new(FALSE, FALSE, sizeof(MgDeclaration));
        head->quirks = !has_tag(html, MIN(n, (gsize)4096), "!doctype html");
        head->sheet = mg_sheet_new(names, head->quirks, limits);
        if (!has_tag(html, n, "style") && !has_tag(html, n, "base") && !has_tag(html, n, "body") &&
            !has_tag(html, n, "html"))
                return;
        const char *end = html + n, *inside, *stop;
        for (const char *p = html; p < end && (p = memchr(p, '<', end - p)) != NULL;) {
                if (end - p >= 4 && memcmp(p, "<!--", 4) == 0)
                        p = mg_token_comment(p, end, &inside, &stop);
                else if (p + 1 < end && g_ascii_isalpha(p[1]))
                        p = head_tag(names, p, end, chunk, head);
                else
                        p++;
        }
}
