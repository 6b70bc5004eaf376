/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the body together: the texts that choose.c picked, in order, nested messages as quotes, with the facts of
 * every part. Does not change addresses, wrap lines or write notices: compose does.
 */
#include "sanitize/body.h"

#include <string.h>

#include "sanitize/body_private.h"
#include "sanitize/choose.h"
#include "sanitize/cms.h"
#include "sanitize/entity.h"
#include "sanitize/hosts.h"

typedef struct TypeRow {
        const char *type;
        MgPartKind kind;
        void (*show)(MgBody *body, MgEntity *entity, const char *bytes, gsize n); /* where its place is the body */
        gboolean reports;                                                         /* only within multipart/report */
} TypeRow;

static const TypeRow type_rows[] = {
        {"text/plain", MG_PART_BODY, mg_show_plain, FALSE},
        {"text/html", MG_PART_BODY, mg_show_html, FALSE},
        {"text/calendar", MG_PART_CALENDAR, mg_show_calendar, FALSE},
        {"text/rfc822-headers", MG_PART_MESSAGE, mg_show_headers, TRUE},
        {"message/delivery-status", MG_PART_MESSAGE, mg_show_delivery, TRUE},
        {"message/global-delivery-status", MG_PART_MESSAGE, mg_show_delivery, TRUE},
        {"message/disposition-notification", MG_PART_MESSAGE, mg_show_disposition, TRUE},
        {"message/global-disposition-notification", MG_PART_MESSAGE, mg_show_disposition, TRUE},
        {"message/global-headers", MG_PART_MESSAGE, mg_show_headers, TRUE},
        {"message/feedback-report", MG_PART_MESSAGE, mg_show_feedback, TRUE},
        {"message/external-body", MG_PART_MESSAGE, mg_show_external, FALSE},
        {"message/rfc822", MG_PART_MESSAGE, NULL, FALSE},
        {"message/global", MG_PART_MESSAGE, NULL, FALSE},
        {"message/news", MG_PART_MESSAGE, NULL, FALSE},
};

static const TypeRow *find_row(const MgEntity *entity) {
        for (gsize i = 0; i < G_N_ELEMENTS(type_rows); i++)
                if (mg_entity_is(entity, type_rows[i].type))
                        return &type_rows[i];
        return NULL;
}

/*
 * A file that calls itself text: by its bytes it is a program, an archive or a document, and its first octets are
 * no text.
 */
static gboolean is_disguised(const char *found, const char *bytes, gsize n) {
        static const char *const files[] = {"application/zip",
                                            "application/pdf",
                                            "application/x-dosexec",
                                            "application/gzip",
                                            "application/x-rar",
                                            "application/x-7z-compressed",
                                            "application/vnd.",
                                            "application/msword",
                                            "application/x-ole-storage",
                                            "application/cdfv2",
                                            "application/x-js-taro",
                                            "application/x-jw",
                                            "application/x-lzh-compressed",
                                            "image/",
                                            "audio/",
                                            "video/"};
        gboolean listed = FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(files) && !listed; i++)
                listed = g_str_has_prefix(found, files[i]);
        for (gsize i = 0; listed && i < MIN(n, (gsize)4096); i++)
                if ((guint8)bytes[i] < ' ' && strchr("\t\n\r\f\033", bytes[i]) == NULL)
                        return TRUE;
        return listed && memchr(bytes, '\0', MIN(n, (gsize)4096)) != NULL;
}

/* The message around the part: 0 is the mail itself. */
static guint message_of(const MgBody *body, guint index) {
        guint parent = mg_tree_get(body->tree, index)->parent;
        while (parent != MG_ENTITY_NONE && mg_tree_get(body->tree, parent)->shape != MG_SHAPE_MESSAGE)
                parent = mg_tree_get(body->tree, parent)->parent;
        return parent != MG_ENTITY_NONE ? parent : 0;
}

/* RFC 6522: reports are parts of a multipart/report; elsewhere they are files. */
static gboolean is_report(const MgBody *body, const MgEntity *entity) {
        return entity->parent != MG_ENTITY_NONE &&
               mg_entity_is(mg_tree_get(body->tree, entity->parent), "multipart/report");
}

static gboolean is_raster(const char *found) {
        static const char *const types[] = {"image/png", "image/jpeg",     "image/gif",  "image/webp",
                                            "image/bmp", "image/x-ms-bmp", "image/tiff", NULL};
        return g_strv_contains(types, found);
}

/* A form of the text, and no file: no name, and a type that mailers offer beside the text that is read. */
static gboolean is_form(const MgEntity *entity) {
        static const char *const types[] = {"text/plain",    "text/html",       "text/calendar",
                                            "text/enriched", "text/x-amp-html", NULL};
        return !entity->attachment && entity->name[0] == '\0' && g_strv_contains(types, entity->type);
}

/* What the part is, where its place and header are all that counts. */
static MgPartKind kind_of(MgBody *body, guint index, const TypeRow *row, const char *found) {
        const MgEntity *entity = mg_tree_get(body->tree, index);
        MgPlace place = body->places[index];
        if (entity->forced || entity->shape == MG_SHAPE_REGION)
                return MG_PART_ATTACHMENT;
        if (entity->attachment || place == MG_PLACE_ATTACHMENT)
                return MG_PART_ATTACHMENT;
        if (place == MG_PLACE_RELATED && g_str_has_prefix(entity->type, "image/"))
                return is_raster(found) ? MG_PART_INLINE_PICTURE : MG_PART_ATTACHMENT;
        if (row != NULL && row->reports && !is_report(body, entity))
                return MG_PART_ATTACHMENT;
        if (row != NULL && row->kind != MG_PART_BODY)
                return row->kind;
        if (place == MG_PLACE_ALTERNATIVE && is_form(entity))
                return MG_PART_ALTERNATIVE;
        if (place != MG_PLACE_BODY || row == NULL)
                return MG_PART_ATTACHMENT;
        /* A text with a name is a file, unless it is the first text: some mailers name that one, too. */
        return entity->name[0] != '\0' && body->spoken[message_of(body, index)] ? MG_PART_ATTACHMENT : MG_PART_BODY;
}

/* General purpose flag 0 of the first local header: APPNOTE 4.4.4. */
static gboolean is_encrypted_zip(const char *bytes, gsize n) {
        return n > 30 && memcmp(bytes, "PK\003\004", 4) == 0 && (bytes[6] & 1) != 0;
}

/* What an S/MIME part is: by its octets, and by its label where they do not say it. */
static MgCms smime_kind(const MgEntity *entity, const char *bytes, gsize n) {
        MgCms kind = mg_cms_kind(bytes, n);
        if (kind != MG_CMS_NONE)
                return kind;
        if (mg_entity_says(entity, "smime-type", "signed-data"))
                return MG_CMS_SIGNED;
        return mg_entity_says(entity, "smime-type", "certs-only") ||
                               mg_entity_says(entity, "smime-type", "compressed-data")
                       ? MG_CMS_OTHER
                       : MG_CMS_ENCRYPTED;
}

/* RFC 8551 section 3.5.2: what is signed lies inside. It is the text of the mail where nothing was shown before it. */
static void mark_smime(MgBody *body, const MgEntity *entity, MgCms kind) {
        gboolean text = body->places[body->index] == MG_PLACE_BODY && !entity->forced && body->out->len == 0;
        if (entity->quotes > 0)
                return;
        if (kind == MG_CMS_SIGNED)
                body->reading->marks |= MG_MARK_SIGNED | (text ? MG_MARK_OPAQUE : 0);
        if (kind == MG_CMS_ENCRYPTED)
                body->reading->marks |= MG_MARK_ENCRYPTED;
}

static void mark_cryptography(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        const char *type = entity->type;
        MgCms kind = mg_cms_kind(bytes, n);
        if (mg_entity_is(entity, "application/pkcs7-mime") || mg_entity_is(entity, "application/x-pkcs7-mime")) {
                kind = smime_kind(entity, bytes, n);
                mark_smime(body, entity, kind);
        }
        if (g_str_has_suffix(type, "pkcs7-signature") || mg_entity_is(entity, "application/pgp-signature"))
                body->reading->marks |= entity->quotes == 0 ? MG_MARK_SIGNED : 0;
        if (kind == MG_CMS_ENCRYPTED || mg_entity_is(entity, "application/pgp-encrypted") || is_encrypted_zip(bytes, n))
                entity->flags |= MG_PART_ENCRYPTED;
        if (mg_entity_is(entity, "message/partial"))
                body->reading->marks |= MG_MARK_PARTIAL;
}

static void read_part(MgBody *body, guint index) {
        MgEntity *entity = mg_tree_get(body->tree, index);
        gboolean broken = FALSE;
        g_autoptr(GBytes) content =
                mg_coding_decode(entity->shape == MG_SHAPE_REGION ? MG_CODING_IDENTITY : entity->coding, entity->data,
                                 entity->n, &broken);
        gsize n;
        const char *bytes = g_bytes_get_data(content, &n);
        bytes = bytes != NULL ? bytes : "";
        body->index = index;
        mark_cryptography(body, entity, bytes, n);
        if (broken)
                entity->flags |= MG_PART_BROKEN_CODING;
        const TypeRow *row = find_row(entity);
        gboolean read = entity->name[0] == '\0' && !entity->attachment;
        MgFacts *facts = mg_body_add_facts(body, entity->path, MG_PART_ATTACHMENT, entity->flags, entity->claimed, read,
                                           entity->name, entity->names, content);
        entity->facts = facts;
        MgPartKind kind = facts->kind = kind_of(body, index, row, facts->found);
        if (kind == MG_PART_BODY && is_disguised(facts->found, bytes, n)) {
                facts->kind = MG_PART_ATTACHMENT;
                facts->flags |= MG_PART_AMBIGUOUS;
                return;
        }
        if (kind == MG_PART_BODY)
                body->spoken[message_of(body, index)] = TRUE;
        gboolean place = body->places[index] == MG_PLACE_BODY ||
                         (kind == MG_PART_CALENDAR && body->places[index] == MG_PLACE_ALTERNATIVE);
        if (!place || kind == MG_PART_ATTACHMENT)
                return;
        body->full |= body->out->len > body->limits->body;
        entity->range = body->full ? MG_RANGE_UNSHOWN : MG_RANGE_TEXT;
        if (body->full)
                return;
        if (entity->shape == MG_SHAPE_MESSAGE)
                mg_show_message(body, index);
        else if (row != NULL && row->show != NULL)
                row->show(body, entity, bytes, n);
}

/* Pictures that the text refers to by Content-ID belong to it wherever they stand (RFC 2392). */
static void match_pictures(MgBody *body, const guint *parts_of) {
        g_autoptr(GHashTable) cids = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; body->html.cids != NULL && i < body->html.cids->len; i++)
                g_hash_table_add(cids, body->html.cids->pdata[i]);
        for (guint i = 0; i < body->tree->entities->len; i++) {
                const MgEntity *entity = mg_tree_get(body->tree, i);
                if (entity->shape != MG_SHAPE_LEAF || entity->forced || entity->id == NULL || entity->attachment ||
                    !g_str_has_prefix(entity->type, "image/") || !g_hash_table_contains(cids, entity->id))
                        continue;
                MgFacts *facts = body->reading->parts->pdata[parts_of[i]];
                if (is_raster(facts->found))
                        facts->kind = MG_PART_INLINE_PICTURE;
        }
}

/* Names are shown in the list of files, in which these kinds do not stand. */
static void count_names(MgBody *body) {
        for (guint i = 0; i < body->tree->entities->len; i++) {
                const MgEntity *entity = mg_tree_get(body->tree, i);
                if (entity->facts != NULL && entity->facts->kind != MG_PART_BODY &&
                    entity->facts->kind != MG_PART_ALTERNATIVE && entity->facts->kind != MG_PART_INLINE_PICTURE)
                        mg_body_count(body, entity->replaced, entity->guessed);
        }
}

void mg_body_read(MgTree *tree, const MgLimits *limits, const char *charset, MgReading *reading, MgWanted *wanted) {
        g_autofree guint8 *places = mg_choose(tree, limits);
        g_autofree guint8 *spoken = g_malloc0(tree->entities->len + 1);
        g_autofree guint *parts_of = g_new0(guint, tree->entities->len + 1);
        g_autoptr(GArray) blocks = g_array_new(FALSE, FALSE, sizeof(MgBlock));
        g_autoptr(GArray) cuts = g_array_new(FALSE, FALSE, sizeof(MgCut));
        g_auto(MgHtmlFound) found = {0};
        MgBody body = {.tree = tree,
                       .limits = limits,
                       .reading = reading,
                       .charset = charset,
                       .wanted = wanted,
                       .places = places,
                       .spoken = spoken,
                       .out = g_string_new(NULL),
                       .blocks = blocks,
                       .cuts = cuts,
                       .html = found};
        reading->marks |= tree->marks;
        for (guint i = 0; i < tree->entities->len; i++) {
                parts_of[i] = reading->parts->len;
                if (mg_tree_get(tree, i)->shape != MG_SHAPE_MULTIPART)
                        read_part(&body, i);
        }
        match_pictures(&body, parts_of);
        count_names(&body);
        mg_body_cut_encoded(&body, parts_of);
        mg_body_finish(&body);
        mg_hosts_find(limits, reading);
        mg_account(tree, cuts, limits, reading);
        g_string_free(body.out, TRUE);
        reading->hidden = body.html.hidden;
        reading->pictures = body.html.pictures;
        guint64 links = (guint64)reading->links + body.html.links;
        reading->links = MIN(links, G_MAXUINT32);
        found = body.html;
}
