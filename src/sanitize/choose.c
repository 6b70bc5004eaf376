/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of multiparts: RFC 2046 (mixed, alternative, digest), 2387 (related), 1847 (signed, encrypted), 6522
 * (report). Parents stand before their parts, so that one pass from front to back hands the place down. Reads no
 * more of a text than shows whether it says something.
 */
#include "sanitize/choose.h"

#include <string.h>

#include "sanitize/charset.h"
#include "sanitize/html.h"
#include "sanitize/text.h"

/* Octets of an encoded text that are read to see whether it says something. */
static const gsize sample_octets = 8192;

/*
 * The HTML is the text where it says this many times more than the plain form, which then is a remark ("-", the name
 * of a picture, "see the HTML"). Mailers that make one from the other stay below 2, both ways.
 */
static const gint64 several = 3;
/* Octets of HTML that are read for that: style sheets come first, and 256 KiB hold any text that would be taken. */
static const gsize html_octets = 262144;

/* 0: nothing to show, 1: a text that says nothing, 2: HTML, 3: plain text. */
typedef enum Worth { WORTH_NONE, WORTH_STUB, WORTH_HTML, WORTH_PLAIN } Worth;

static Worth leaf_worth(MgEntity *entity) {
        if (entity->shape != MG_SHAPE_LEAF || entity->attachment || entity->forced)
                return WORTH_NONE;
        if (strcmp(entity->type, "text/html") == 0)
                return WORTH_HTML;
        if (strcmp(entity->type, "text/plain") != 0)
                return WORTH_NONE;
        if (entity->speaks >= 0)
                return entity->speaks;
        gboolean broken = FALSE;
        g_autoptr(GBytes) sample =
                mg_coding_decode(entity->coding, entity->data, MIN(entity->n, sample_octets), &broken);
        gsize n;
        const char *bytes = g_bytes_get_data(sample, &n);
        g_auto(MgDecoded) decoded = {0};
        const char *label = entity->content != NULL ? mg_structured_get(entity->content, "charset") : NULL;
        mg_charset_decode(bytes != NULL ? bytes : "", n, label, NULL, &decoded);
        entity->speaks = mg_text_is_placeholder(decoded.text) ? WORTH_STUB : WORTH_PLAIN;
        return entity->speaks;
}

/* The first text in the entity at index, messages not entered, or MG_ENTITY_NONE. */
static guint first_text(const MgTree *tree, guint index) {
        guint after = mg_tree_get(tree, index)->after;
        for (guint i = index; i < after;) {
                MgEntity *entity = mg_tree_get(tree, i);
                if (leaf_worth(entity) != WORTH_NONE)
                        return i;
                i = entity->shape == MG_SHAPE_MESSAGE ? entity->after : i + 1;
        }
        return MG_ENTITY_NONE;
}

/* Octets of an address, or of a bracket with what is in it, at s; 0: none. */
static gsize skip_unsaid(const char *s) {
        if (g_str_has_prefix(s, "http://") || g_str_has_prefix(s, "https://"))
                return strcspn(s, " \t\r\n<>\"");
        const char *close = *s == '[' ? "]" : *s == '<' ? ">" : NULL;
        gsize n = close != NULL ? strcspn(s, close[0] == ']' ? "]\n" : ">\n") : 0;
        return n > 0 && s[n] == *close ? n + 1 : 0;
}

/* Letters and digits, without addresses and what stands in brackets: names of pictures, numbers of links. */
static gint64 count_said(const char *s) {
        gint64 said = 0;
        gboolean closes = TRUE; /* a bracket without an end makes all later ones in its line ordinary: linear */
        while (*s != '\0') {
                closes |= *s == '\n';
                gsize skip = closes || *s == 'h' ? skip_unsaid(s) : 0;
                if (skip == 0 && (*s == '[' || *s == '<'))
                        closes = FALSE;
                if (skip == 0) {
                        said += g_unichar_isalnum(g_utf8_get_char(s));
                        skip = (gsize)(g_utf8_next_char(s) - s);
                }
                s += skip;
        }
        return said;
}

/* How much the text at index says. */
static gint64 says(const MgTree *tree, guint index, const MgLimits *limits) {
        MgEntity *entity = mg_tree_get(tree, index);
        if (entity->says >= 0)
                return entity->says;
        gboolean html = strcmp(entity->type, "text/html") == 0, broken = FALSE;
        g_autoptr(GBytes) sample = mg_coding_decode(entity->coding, entity->data,
                                                    MIN(entity->n, html ? html_octets : sample_octets), &broken);
        gsize n;
        const char *bytes = g_bytes_get_data(sample, &n);
        g_auto(MgDecoded) decoded = {0};
        const char *label = entity->content != NULL ? mg_structured_get(entity->content, "charset") : NULL;
        g_autofree char *meta = html && bytes != NULL ? mg_html_meta_charset(bytes, n) : NULL;
        mg_charset_decode(bytes != NULL ? bytes : "", n, label, meta, &decoded);
        if (!html) {
                entity->says = count_said(decoded.text);
                return entity->says;
        }
        MgHtmlKept read = {.html = g_steal_pointer(&decoded.text), .n = decoded.n};
        read.text = mg_html_text(read.html, read.n, limits, &read.found);
        entity->says = count_said(read.text->str);
        if (tree->kept->text == NULL)
                *tree->kept = read;
        else
                mg_html_kept_clear(&read);
        return entity->says;
}

/* The child that is shown: the first of the highest worth; the HTML where the plain text says next to nothing. */
static guint choose_alternative(const MgTree *tree, guint index, const MgLimits *limits) {
        guint after = mg_tree_get(tree, index)->after;
        guint chosen[WORTH_PLAIN + 1], texts[WORTH_PLAIN + 1];
        for (guint i = 0; i <= WORTH_PLAIN; i++)
                chosen[i] = texts[i] = MG_ENTITY_NONE;
        for (guint i = index + 1; i < after; i = mg_tree_get(tree, i)->after) {
                guint text = first_text(tree, i);
                Worth worth = text != MG_ENTITY_NONE ? leaf_worth(mg_tree_get(tree, text)) : WORTH_NONE;
                if (chosen[worth] != MG_ENTITY_NONE)
                        continue;
                chosen[worth] = i;
                texts[worth] = text;
        }
        guint plain = texts[WORTH_PLAIN], html = texts[WORTH_HTML];
        if (plain != MG_ENTITY_NONE && html != MG_ENTITY_NONE && mg_tree_get(tree, plain)->n <= sample_octets) {
                gboolean kept = tree->kept->text != NULL;
                if (says(tree, html, limits) > says(tree, plain, limits) * several)
                        return chosen[WORTH_HTML];
                if (!kept)
                        mg_html_kept_clear(tree->kept);
        }
        for (Worth worth = WORTH_PLAIN; worth > WORTH_NONE; worth--)
                if (chosen[worth] != MG_ENTITY_NONE)
                        return chosen[worth];
        return MG_ENTITY_NONE;
}

/* RFC 2387 section 3.2: the part that start= names, else the first. */
static guint related_root(const MgTree *tree, guint index, const MgLimits *limits) {
        const MgEntity *entity = mg_tree_get(tree, index);
        const char *start = entity->content != NULL ? mg_structured_get(entity->content, "start") : NULL;
        if (start != NULL && *start == '<')
                start++;
        gsize n = start != NULL ? strcspn(start, ">") : 0;
        for (guint i = index + 1; n > 0 && i < entity->after; i = mg_tree_get(tree, i)->after) {
                const char *id = mg_tree_get(tree, i)->id;
                if (id != NULL && strlen(id) == n && strncmp(id, start, n) == 0)
                        return i;
        }
        return index + 1;
}

typedef struct Family {
        const char *type;
        MgPlace others; /* of the parts that are not the chosen one */
        guint (*choose)(const MgTree *tree, guint index, const MgLimits *limits); /* NULL: all are as their parent */
        guint32 marks;
        guint32 flags;
} Family;

static guint choose_first(const MgTree *tree, guint index, const MgLimits *limits) {
        return index + 1;
}

static guint choose_none(const MgTree *tree, guint index, const MgLimits *limits) {
        return MG_ENTITY_NONE;
}

static const Family families[] = {
        {"multipart/alternative", MG_PLACE_ALTERNATIVE, choose_alternative, 0, 0},
        {"multipart/related", MG_PLACE_RELATED, related_root, 0, 0},
        {"multipart/signed", MG_PLACE_ATTACHMENT, choose_first, MG_MARK_SIGNED, 0},
        {"multipart/encrypted", MG_PLACE_ATTACHMENT, choose_none, MG_MARK_ENCRYPTED, MG_PART_ENCRYPTED},
        {"multipart/x-mixed-replace", MG_PLACE_ATTACHMENT, choose_none, 0, 0},
        {"multipart/form-data", MG_PLACE_ATTACHMENT, choose_none, 0, 0},
        {"", MG_PLACE_ATTACHMENT, NULL, 0, 0},
};

static void place_parts(MgTree *tree, guint index, const MgLimits *limits, guint8 *places) {
        MgEntity *entity = mg_tree_get(tree, index);
        const Family *family = families;
        while (*family->type != '\0' && strcmp(family->type, entity->type) != 0)
                family++;
        guint chosen = family->choose != NULL ? family->choose(tree, index, limits) : MG_ENTITY_NONE;
        /* Where there is no text none of the parts is another form of it. */
        MgPlace others =
                family->choose == choose_alternative && chosen == MG_ENTITY_NONE ? MG_PLACE_ATTACHMENT : family->others;
        if (entity->quotes == 0 && places[index] == MG_PLACE_BODY)
                tree->marks |= family->marks;
        for (guint i = index + 1; i < entity->after; i = mg_tree_get(tree, i)->after) {
                MgEntity *part = mg_tree_get(tree, i);
                gboolean as_parent = family->choose == NULL || i == chosen;
                places[i] = as_parent ? places[index] : others;
                /* A part of a text that is not shown is not shown either. */
                if (places[index] == MG_PLACE_ATTACHMENT || part->forced)
                        places[i] = MG_PLACE_ATTACHMENT;
                part->flags |= family->flags;
        }
}

guint8 *mg_choose(MgTree *tree, const MgLimits *limits) {
        guint8 *places = g_malloc0(tree->entities->len + 1);
        for (guint i = 0; i < tree->entities->len; i++) {
                const MgEntity *entity = mg_tree_get(tree, i);
                gboolean container = entity->shape == MG_SHAPE_MULTIPART || entity->shape == MG_SHAPE_MESSAGE;
                /* RFC 2183: an attachment, and so is all in it. */
                if (container && entity->attachment)
                        places[i] = MG_PLACE_ATTACHMENT;
                if (entity->shape == MG_SHAPE_MULTIPART)
                        place_parts(tree, i, limits, places);
                else if (entity->shape == MG_SHAPE_MESSAGE && entity->after > i + 1)
                        places[i + 1] = places[i] == MG_PLACE_BODY ? MG_PLACE_BODY : MG_PLACE_ATTACHMENT;
        }
        return places;
}
