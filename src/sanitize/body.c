/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the body together: the texts that choose.c picked, in order, nested messages as quotes, with the facts of
 * every part. Everything that goes into the Reading is cleaned here, once, at the end. Does not change addresses,
 * wrap lines or write notices: compose does.
 */
#include "sanitize/body.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "sanitize/calendar.h"
#include "sanitize/charset.h"
#include "sanitize/choose.h"
#include "sanitize/html.h"
#include "sanitize/identify.h"
#include "sanitize/text.h"

/* Octets of a delivery report and the like that are shown. */
static const gsize report_octets = 65536;

/* Where the text of a part begins in the body. */
typedef struct Block {
        gsize at;
        guint index; /* of the entity */
} Block;

typedef struct Body {
        MgTree *tree;
        const MgLimits *limits;
        MgReading *reading;
        guint8 *places; /* of MgPlace, one an entity */
        GString *out;   /* cleaned block by block */
        GArray *blocks; /* of Block, in the order of out */
        guint index;    /* of the entity that is being read */
        MgHtmlFound html;
        guint8 *spoken; /* one an entity: a text of this message was shown */
        guint quotes;   /* of the block that was appended last */
        gboolean full;  /* out has more than limits.body octets */
} Body;

static gboolean is_type(const MgEntity *entity, const char *type) {
        return strcmp(entity->type, type) == 0;
}

/*
 * --- appending
 * -----------------------------------------------------------------------------------------------------------
 */

/* One line, behind a mark for each message around it. */
static void append_line(Body *body, const char *line, gsize n, guint quotes) {
        for (guint i = 0; i < quotes; i++)
                g_string_append(body->out, i + 1 == quotes && n == 0 ? ">" : "> ");
        g_string_append_len(body->out, line, n);
        g_string_append_c(body->out, '\n');
}

static gsize trim_line(const char *line, gsize n) {
        while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
                n--;
        return n;
}

/*
 * A text as a block of its own: an empty line before it, empty lines around it left out. Stops when the body is
 * full.
 */
static void append_block(Body *body, const char *text, gsize n, guint quotes) {
        const char *end = text + n;
        while (end > text && g_ascii_isspace(end[-1]))
                end--;
        gboolean begun = FALSE;
        while (text < end) {
                if (body->out->len > body->limits->body) {
                        body->full = TRUE;
                        return;
                }
                const char *lf = memchr(text, '\n', end - text);
                const char *stop = lf != NULL ? lf : end;
                gsize line_n = trim_line(text, stop - text);
                if (!begun && line_n > 0 && body->out->len > 0)
                        append_line(body, "", 0, MIN(quotes, body->quotes));
                begun |= line_n > 0;
                body->quotes = begun ? quotes : body->quotes;
                /* A line longer than a body can be is cut here, so that the copy stays bounded. */
                if (begun)
                        append_line(body, text, MIN(line_n, body->limits->body + 1), quotes);
                text = lf != NULL ? lf + 1 : end;
        }
}

/* The longest beginning of at most max octets that ends at a character. */
static gsize cut_at(const char *s, gsize n, gsize max) {
        if (n <= max)
                return n;
        while (max > 0 && ((guint8)s[max] & 0xC0) == 0x80)
                max--;
        return max;
}

/*
 * The text of the entity that is being read. Cleaned here already, so that what is searched in the end is what is
 * shown: "begin" behind a form feed or a BOM is a line of its own only then.
 */
static void append_text(Body *body, const char *text, gsize n, guint quotes) {
        Block block = {body->out->len, body->index};
        gsize keep = cut_at(text, n, body->limits->body * 2);
        g_autofree char *clean = mg_text_clean(text, keep, MG_CLASS_TEXT, 0, NULL);
        g_array_append_val(body->blocks, block);
        append_block(body, clean, strlen(clean), quotes);
        body->full |= keep < n;
}

/*
 * --- facts
 * ---------------------------------------------------------------------------------------------------------------
 */

static MgFacts *add_facts(Body *body, const char *path, MgPartKind kind, guint32 flags, const char *claimed,
                          const char *name, GBytes *content) {
        MgFacts *facts = mg_facts_new();
        gsize n;
        const void *bytes = g_bytes_get_data(content, &n);
        g_free(facts->path);
        g_free(facts->claimed);
        g_free(facts->found);
        g_free(facts->name);
        facts->path = g_strdup(path);
        facts->kind = kind;
        facts->flags = flags;
        facts->claimed = g_strdup(claimed);
        facts->found = mg_identify(bytes != NULL ? bytes : "", n);
        facts->name = g_strdup(name);
        facts->size = n;
        mg_digest(bytes != NULL ? bytes : "", n, facts->sha256);
        g_ptr_array_add(body->reading->parts, facts);
        return facts;
}

/* At the position of the list, one behind the other. */
static void add_run_facts(Body *body, MgEntity *entity, const MgRun *run, guint position) {
        guint32 flags = run->encrypted ? MG_PART_ENCRYPTED : 0;
        g_autofree char *path = g_strdup_printf("%s/%u", entity->path, ++entity->runs);
        g_autofree char *name =
                mg_text_clean(run->name, strlen(run->name), MG_CLASS_LINE, body->limits->name_chars, NULL);
        g_strstrip(name);
        if (strcmp(name, run->name) != 0)
                flags |= MG_PART_NAME_CLEANED;
        add_facts(body, path, MG_PART_ENCODED_TEXT, flags, run->claimed, name, run->content);
        GPtrArray *parts = body->reading->parts;
        MgFacts *facts = g_ptr_array_steal_index(parts, parts->len - 1);
        g_ptr_array_insert(parts, MIN(position, parts->len), facts);
        if (run->encrypted)
                body->reading->marks |= MG_MARK_ENCRYPTED;
        if (run->signature)
                body->reading->marks |= MG_MARK_SIGNED;
}

/* Parts that may still be listed: those that come are counted. */
static guint room_for_runs(const Body *body, guint coming) {
        guint known = body->reading->parts->len + coming;
        return known < body->limits->parts ? body->limits->parts - known : 0;
}

/*
 * --- texts
 * ---------------------------------------------------------------------------------------------------------------
 */

static void count_unreadable(Body *body, const MgDecoded *decoded) {
        guint64 replaced = (guint64)body->reading->replaced + decoded->replaced;
        guint64 guessed = (guint64)body->reading->guessed + decoded->guessed;
        body->reading->replaced = MIN(replaced, G_MAXUINT32);
        body->reading->guessed = MIN(guessed, G_MAXUINT32);
}

/* The first text that is shown names the body. */
static void name_body(Body *body, const MgEntity *entity, const MgDecoded *decoded) {
        MgReading *reading = body->reading;
        if (reading->body_type[0] != '\0' || entity->quotes > 0)
                return;
        g_free(reading->body_path);
        g_free(reading->body_type);
        g_free(reading->body_charset);
        reading->body_path = g_strdup(entity->path);
        reading->body_type = g_strdup(entity->type);
        reading->body_charset = g_strdup(decoded->charset);
        gboolean own = entity->content != NULL && mg_structured_get(entity->content, "charset") != NULL;
        reading->body_charset_reason =
                decoded->reason == MG_CHARSET_REASON_LABEL && !own ? MG_CHARSET_REASON_PARENT : decoded->reason;
}

/* The charset that the part claims, or that a multipart around it does: some mailers say it only there. */
static const char *label_of(const Body *body, const MgEntity *entity) {
        for (;;) {
                const char *label = entity->content != NULL ? mg_structured_get(entity->content, "charset") : NULL;
                if (label != NULL || entity->parent == MG_ENTITY_NONE)
                        return label;
                entity = mg_tree_get(body->tree, entity->parent);
                if (entity->shape != MG_SHAPE_MULTIPART)
                        return NULL;
        }
}

static gboolean parameter_is(const MgEntity *entity, const char *name, const char *value) {
        const char *found = entity->content != NULL ? mg_structured_get(entity->content, name) : NULL;
        return found != NULL && g_ascii_strcasecmp(found, value) == 0;
}

static void show_plain(Body *body, MgEntity *entity, const char *bytes, gsize n) {
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        /* On the octets first: yEnc is 8-bit, and trailing blanks are data of uuencode. */
        g_autoptr(GString) text =
                mg_text_cut_runs(bytes, n, FALSE, runs, room_for_runs(body, body->tree->entities->len));
        for (guint i = 0; i < runs->len; i++)
                add_run_facts(body, entity, &g_array_index(runs, MgRun, i), G_MAXUINT);
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(text->str, text->len, label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
        name_body(body, entity, &decoded);
        guint links = mg_text_count_links(decoded.text, decoded.n);
        body->reading->links += MIN(links, G_MAXUINT32 - body->reading->links);
        if (!parameter_is(entity, "format", "flowed")) {
                append_text(body, decoded.text, decoded.n, entity->quotes);
                return;
        }
        g_autoptr(GString) flowed = mg_text_unflow(decoded.text, decoded.n, parameter_is(entity, "delsp", "yes"));
        append_text(body, flowed->str, flowed->len, entity->quotes);
}

static void show_html(Body *body, MgEntity *entity, const char *bytes, gsize n) {
        g_autofree char *meta = mg_html_meta_charset(bytes, n);
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, n, label_of(body, entity), meta, &decoded);
        count_unreadable(body, &decoded);
        name_body(body, entity, &decoded);
        g_autoptr(GString) text = mg_html_text(decoded.text, decoded.n, body->limits, &body->html);
        append_text(body, text->str, text->len, entity->quotes);
}

static void show_calendar(Body *body, MgEntity *entity, const char *bytes, gsize n) {
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, n, label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
        g_autoptr(GString) text = mg_calendar_summary(decoded.text, decoded.n);
        append_text(body, text->str, text->len, entity->quotes);
}

static void append_mailbox(GString *out, const MgValue *value) {
        if (value->text[0] != '\0' && value->address[0] != '\0')
                g_string_append_printf(out, "%s <%s>", value->text, value->address);
        else
                g_string_append(out, value->text[0] != '\0' ? value->text : value->address);
}

/* From, To, Subject and Date of a header block, read as those of a mail are. */
static GString *describe_header(Body *body, const GArray *fields) {
        GString *out = g_string_new(NULL);
        g_autoptr(MgReading) inner = mg_reading_new();
        mg_header_read(fields, body->limits, inner);
        static const MgFieldId shown[] = {MG_FIELD_FROM, MG_FIELD_TO, MG_FIELD_SUBJECT};
        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++) {
                const MgValue *value = mg_reading_value(inner, shown[i]);
                if (value == NULL)
                        continue;
                g_string_append_printf(out, "%s: ", mg_field_name(shown[i]));
                append_mailbox(out, value);
                g_string_append_c(out, '\n');
        }
        if (inner->date == MG_TIME_NONE)
                return out;
        /* g_date_time_format() would ask for the locale's character set, which is a file. */
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(inner->date);
        g_autoptr(GDateTime) local = utc != NULL ? g_date_time_add_minutes(utc, inner->date_zone) : NULL;
        int zone = ABS(inner->date_zone);
        if (local != NULL)
                g_string_append_printf(out, "Date: %04d-%02d-%02d %02d:%02d %c%02d%02d\n", g_date_time_get_year(local),
                                       g_date_time_get_month(local), g_date_time_get_day_of_month(local),
                                       g_date_time_get_hour(local), g_date_time_get_minute(local),
                                       inner->date_zone < 0 ? '-' : '+', zone / 60, zone % 60);
        return out;
}

/* The header lines of a nested message, quoted as its text will be. */
static void show_message(Body *body, guint index) {
        const MgEntity *entity = mg_tree_get(body->tree, index);
        if (entity->after == index + 1)
                return;
        const MgEntity *inner = mg_tree_get(body->tree, index + 1);
        g_autoptr(GString) head = describe_header(body, inner->fields);
        append_text(body, head->str, head->len, inner->quotes);
}

/* Delivery reports and their like: text by RFC 3464, 8098, 5965, 2046 section 5.2.3. */
static void show_report(Body *body, MgEntity *entity, const char *bytes, gsize n) {
        if (is_type(entity, "text/rfc822-headers")) {
                gsize end = 0;
                gboolean odd = FALSE;
                g_autoptr(GArray) fields = mg_header_split(bytes, n, body->limits, &end, &odd);
                g_autoptr(GString) head = describe_header(body, fields);
                append_text(body, head->str, head->len, entity->quotes + 1);
                return;
        }
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, MIN(n, report_octets), label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
        append_text(body, decoded.text, decoded.n, entity->quotes);
}

/*
 * --- parts
 * ---------------------------------------------------------------------------------------------------------------
 */

typedef struct TypeRow {
        const char *type;
        MgPartKind kind;
        void (*show)(Body *body, MgEntity *entity, const char *bytes, gsize n); /* where its place is the body */
        gboolean reports;                                                       /* only within multipart/report */
} TypeRow;

static const TypeRow type_rows[] = {
        {"text/plain", MG_PART_BODY, show_plain, FALSE},
        {"text/html", MG_PART_BODY, show_html, FALSE},
        {"text/calendar", MG_PART_CALENDAR, show_calendar, FALSE},
        {"text/rfc822-headers", MG_PART_MESSAGE, show_report, TRUE},
        {"message/delivery-status", MG_PART_MESSAGE, show_report, TRUE},
        {"message/global-delivery-status", MG_PART_MESSAGE, show_report, TRUE},
        {"message/disposition-notification", MG_PART_MESSAGE, show_report, TRUE},
        {"message/feedback-report", MG_PART_MESSAGE, show_report, TRUE},
        {"message/external-body", MG_PART_MESSAGE, show_report, FALSE},
        {"message/rfc822", MG_PART_MESSAGE, NULL, FALSE},
        {"message/global", MG_PART_MESSAGE, NULL, FALSE},
        {"message/news", MG_PART_MESSAGE, NULL, FALSE},
};

static const TypeRow *find_row(const MgEntity *entity) {
        for (gsize i = 0; i < G_N_ELEMENTS(type_rows); i++)
                if (is_type(entity, type_rows[i].type))
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
                                            "application/CDFV2",
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
static guint message_of(const Body *body, guint index) {
        guint parent = mg_tree_get(body->tree, index)->parent;
        while (parent != MG_ENTITY_NONE && mg_tree_get(body->tree, parent)->shape != MG_SHAPE_MESSAGE)
                parent = mg_tree_get(body->tree, parent)->parent;
        return parent != MG_ENTITY_NONE ? parent : 0;
}

/* RFC 6522: reports are parts of a multipart/report; elsewhere they are files. */
static gboolean is_report(const Body *body, const MgEntity *entity) {
        return entity->parent != MG_ENTITY_NONE && is_type(mg_tree_get(body->tree, entity->parent), "multipart/report");
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
static MgPartKind kind_of(Body *body, guint index, const TypeRow *row, const char *found) {
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

static void mark_cryptography(Body *body, MgEntity *entity) {
        const char *type = entity->type;
        if (is_type(entity, "application/pkcs7-mime") || is_type(entity, "application/x-pkcs7-mime")) {
                gboolean is_signed = parameter_is(entity, "smime-type", "signed-data");
                gboolean open = is_signed || parameter_is(entity, "smime-type", "certs-only") ||
                                parameter_is(entity, "smime-type", "compressed-data");
                entity->flags |= open ? 0 : MG_PART_ENCRYPTED;
                if (entity->quotes == 0)
                        body->reading->marks |= is_signed ? MG_MARK_SIGNED : open ? 0 : MG_MARK_ENCRYPTED;
        }
        if (g_str_has_suffix(type, "pkcs7-signature") || is_type(entity, "application/pgp-signature"))
                body->reading->marks |= entity->quotes == 0 ? MG_MARK_SIGNED : 0;
        if (is_type(entity, "application/pgp-encrypted"))
                entity->flags |= MG_PART_ENCRYPTED;
        if (is_type(entity, "message/partial"))
                body->reading->marks |= MG_MARK_PARTIAL;
}

/* General purpose flag 0 of the first local header: APPNOTE 4.4.4. */
static gboolean is_encrypted_zip(const char *bytes, gsize n) {
        return n > 30 && memcmp(bytes, "PK\003\004", 4) == 0 && (bytes[6] & 1) != 0;
}

static void read_part(Body *body, guint index) {
        MgEntity *entity = mg_tree_get(body->tree, index);
        gboolean broken = FALSE;
        g_autoptr(GBytes) content =
                mg_coding_decode(entity->shape == MG_SHAPE_REGION ? MG_CODING_IDENTITY : entity->coding, entity->data,
                                 entity->n, &broken);
        gsize n;
        const char *bytes = g_bytes_get_data(content, &n);
        bytes = bytes != NULL ? bytes : "";
        mark_cryptography(body, entity);
        if (broken)
                entity->flags |= MG_PART_BROKEN_CODING;
        if (is_encrypted_zip(bytes, n))
                entity->flags |= MG_PART_ENCRYPTED;
        const TypeRow *row = find_row(entity);
        body->index = index;
        MgFacts *facts = add_facts(body, entity->path, MG_PART_ATTACHMENT, entity->flags, entity->claimed, entity->name,
                                   content);
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
        if (!place || kind == MG_PART_ATTACHMENT || body->full)
                return;
        if (entity->shape == MG_SHAPE_MESSAGE)
                show_message(body, index);
        else if (row != NULL && row->show != NULL)
                row->show(body, entity, bytes, n);
}

/* Pictures that the text refers to by Content-ID belong to it wherever they stand (RFC 2392). */
static void match_pictures(Body *body, const guint *parts_of) {
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

/*
 * What is encoded in the text as it will be shown, whatever part, charset or markup it came from: cut, and listed
 * behind the part in whose text it began.
 */
static void cut_encoded(Body *body, const guint *parts_of) {
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        GString *text = mg_text_cut_runs(body->out->str, body->out->len, TRUE, runs, room_for_runs(body, 0));
        guint block = 0;
        for (guint i = 0; i < runs->len; i++) {
                const MgRun *run = &g_array_index(runs, MgRun, i);
                while (block + 1 < body->blocks->len && g_array_index(body->blocks, Block, block + 1).at <= run->at)
                        block++;
                guint index = g_array_index(body->blocks, Block, block).index;
                MgEntity *entity = mg_tree_get(body->tree, index);
                /* Behind the runs that were cut from its octets, and those of parts before it. */
                guint position = parts_of[index] + 1 + entity->runs - entity->swept + i;
                add_run_facts(body, entity, run, position);
                entity->swept++;
        }
        /* What stands for the runs that were cut from octets, in the words of the others. */
        g_auto(GStrv) pieces = g_strsplit(text->str, MG_TEXT_CUT_ASCII, -1);
        g_autofree char *joined = g_strjoinv(MG_TEXT_CUT, pieces);
        g_string_assign(body->out, joined);
        g_string_free(text, TRUE);
}

/* Cleans the text and the list of addresses, cuts both to the bound: a quarter is left for addresses. */
static void finish(Body *body) {
        MgReading *reading = body->reading;
        mg_text_cut_drawings(body->out);
        g_autofree char *text = mg_text_clean(body->out->str, body->out->len, MG_CLASS_TEXT, 0, NULL);
        g_autoptr(GString) targets = mg_html_targets(&body->html);
        g_autofree char *list = mg_text_clean(targets->str, targets->len, MG_CLASS_TEXT, 0, NULL);
        gsize max = body->limits->body, list_n = strlen(list), text_n = strlen(text);
        gsize list_max = text_n + list_n + 1 <= max ? list_n : MAX(max / 4, max - MIN(max, text_n + 1));
        gsize list_keep = cut_at(list, list_n, MIN(list_max, max));
        gsize text_max = max - MIN(max, list_keep > 0 ? list_keep + 1 : 0);
        gsize text_keep = cut_at(text, text_n, text_max);
        if (body->full || body->html.cut || list_keep < list_n || text_keep < text_n)
                reading->marks |= MG_MARK_BODY_CUT;
        GString *whole = g_string_new_len(text, text_keep);
        if (list_keep > 0 && whole->len > 0)
                g_string_append_c(whole, '\n');
        g_string_append_len(whole, list, list_keep);
        /* A cut may part a base from its marks, and a join may bring a mark to another base. */
        g_autofree char *clean = mg_text_clean(whole->str, whole->len, MG_CLASS_TEXT, 0, NULL);
        g_string_free(whole, TRUE);
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new(clean, strlen(clean));
}

void mg_body_read(MgTree *tree, const MgLimits *limits, MgReading *reading) {
        g_autofree guint8 *places = mg_choose(tree, limits);
        g_autofree guint8 *spoken = g_malloc0(tree->entities->len + 1);
        g_autofree guint *parts_of = g_new0(guint, tree->entities->len + 1);
        g_autoptr(GArray) blocks = g_array_new(FALSE, FALSE, sizeof(Block));
        g_auto(MgHtmlFound) found = {0};
        Body body = {.tree = tree,
                     .limits = limits,
                     .reading = reading,
                     .places = places,
                     .spoken = spoken,
                     .out = g_string_new(NULL),
                     .blocks = blocks,
                     .html = found};
        reading->marks |= tree->marks;
        for (guint i = 0; i < tree->entities->len; i++) {
                parts_of[i] = reading->parts->len;
                if (mg_tree_get(tree, i)->shape != MG_SHAPE_MULTIPART)
                        read_part(&body, i);
        }
        match_pictures(&body, parts_of);
        cut_encoded(&body, parts_of);
        finish(&body);
        g_string_free(body.out, TRUE);
        reading->hidden = body.html.hidden;
        reading->pictures = body.html.pictures;
        guint64 links = (guint64)reading->links + body.html.links;
        reading->links = MIN(links, G_MAXUINT32);
        found = body.html;
}
