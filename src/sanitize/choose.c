/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of multiparts: RFC 2046 (mixed, alternative, digest), 2387 (related), 1847 (signed, encrypted), 6522
 * (report). Parents stand before their parts, so that one pass from front to back hands the place down. Reads no
 * more of a text than shows that it is a placeholder.
 */
#include "sanitize/choose.h"

#include <string.h>

#include "sanitize/charset.h"
#include "sanitize/text.h"

/* Octets of an encoded text that are read to see whether it says something. */
static const gsize sample_octets = 8192;

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

/* The worth of the first text in the entity at index, messages not entered. */
static Worth subtree_worth(const MgTree *tree, guint index) {
        guint after = mg_tree_get(tree, index)->after;
        for (guint i = index; i < after;) {
                MgEntity *entity = mg_tree_get(tree, i);
                Worth worth = leaf_worth(entity);
                if (worth != WORTH_NONE)
                        return worth;
                i = entity->shape == MG_SHAPE_MESSAGE ? entity->after : i + 1;
        }
        return WORTH_NONE;
}

/* The child that is shown: the first of the highest worth. */
static guint choose_alternative(const MgTree *tree, guint index) {
        guint after = mg_tree_get(tree, index)->after;
        guint chosen = MG_ENTITY_NONE;
        Worth best = WORTH_NONE;
        for (guint i = index + 1; i < after; i = mg_tree_get(tree, i)->after) {
                Worth worth = subtree_worth(tree, i);
                if (worth > best) {
                        best = worth;
                        chosen = i;
                }
        }
        return chosen;
}

/* RFC 2387 section 3.2: the part that start= names, else the first. */
static guint related_root(const MgTree *tree, guint index) {
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
        MgPlace others;                                   /* of the parts that are not the chosen one */
        guint (*choose)(const MgTree *tree, guint index); /* NULL: all are as their parent */
        guint32 marks;
        guint32 flags;
} Family;

static guint choose_first(const MgTree *tree, guint index) {
        return index + 1;
}

static guint choose_none(const MgTree *tree, guint index) {
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

static void place_parts(MgTree *tree, guint index, guint8 *places) {
        MgEntity *entity = mg_tree_get(tree, index);
        const Family *family = families;
        while (*family->type != '\0' && strcmp(family->type, entity->type) != 0)
                family++;
        guint chosen = family->choose != NULL ? family->choose(tree, index) : MG_ENTITY_NONE;
        if (entity->quotes == 0 && places[index] == MG_PLACE_BODY)
                tree->marks |= family->marks;
        for (guint i = index + 1; i < entity->after; i = mg_tree_get(tree, i)->after) {
                MgEntity *part = mg_tree_get(tree, i);
                gboolean as_parent = family->choose == NULL || i == chosen;
                places[i] = as_parent ? places[index] : family->others;
                /* A part of a text that is not shown is not shown either. */
                if (places[index] == MG_PLACE_ATTACHMENT || part->forced)
                        places[i] = MG_PLACE_ATTACHMENT;
                part->flags |= family->flags;
        }
}

guint8 *mg_choose(MgTree *tree) {
        guint8 *places = g_malloc0(tree->entities->len + 1);
        for (guint i = 0; i < tree->entities->len; i++) {
                const MgEntity *entity = mg_tree_get(tree, i);
                if (entity->shape == MG_SHAPE_MULTIPART)
                        place_parts(tree, i, places);
                else if (entity->shape == MG_SHAPE_MESSAGE && entity->after > i + 1)
                        places[i + 1] = places[i] == MG_PLACE_BODY ? MG_PLACE_BODY : MG_PLACE_ATTACHMENT;
        }
        return places;
}
