/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one part says, as a block of the body: plain text, HTML, calendars, header lines of nested messages, reports.
 * Does not choose which parts are shown (choose, body).
 */
#include <string.h>

#include "sanitize/body_private.h"
#include "sanitize/calendar.h"
#include "sanitize/charset.h"
#include "sanitize/entity.h"
#include "sanitize/ical.h"
#include "sanitize/nested.h"
#include "sanitize/report.h"

/* The first text that is shown names the body. */
static void name_body(MgBody *body, const MgEntity *entity, const MgDecoded *decoded) {
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
static const char *label_of(const MgBody *body, const MgEntity *entity) {
        for (;;) {
                const char *label = entity->content != NULL ? mg_structured_get(entity->content, "charset") : NULL;
                if (label != NULL || entity->parent == MG_ENTITY_NONE)
                        return label;
                entity = mg_tree_get(body->tree, entity->parent);
                if (entity->shape != MG_SHAPE_MULTIPART)
                        return NULL;
        }
}

static void decode(const MgBody *body, const MgEntity *entity, const char *bytes, gsize n, const char *meta,
                   MgDecoded *decoded) {
        if (body->charset != NULL)
                mg_charset_decode_as(bytes, n, body->charset, decoded);
        else
                mg_charset_decode(bytes, n, label_of(body, entity), meta, decoded);
}

/* The name of a run is in the charset of its text. */
static void decode_name(MgBody *body, const MgEntity *entity, MgRun *run) {
        g_auto(MgDecoded) decoded = {0};
        decode(body, entity, run->name, strlen(run->name), NULL, &decoded);
        mg_body_count(body, decoded.replaced, decoded.guessed);
        g_free(run->name);
        run->name = g_strndup(decoded.text, decoded.n);
}

void mg_show_plain(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        /* On the octets first: yEnc is 8-bit, and trailing blanks are data of uuencode. */
        g_autoptr(GString) text =
                mg_text_cut_runs(bytes, n, FALSE, runs, mg_body_room(body, body->tree->entities->len));
        for (guint i = 0; i < runs->len; i++) {
                MgRun *run = &g_array_index(runs, MgRun, i);
                decode_name(body, entity, run);
                MgFacts *facts = mg_body_add_run(body, entity, run, G_MAXUINT);
                MgCut cut = {bytes + run->at, run->n, facts};
                g_array_append_val(body->cuts, cut);
        }
        g_auto(MgDecoded) decoded = {0};
        decode(body, entity, text->str, text->len, NULL, &decoded);
        mg_body_count(body, decoded.replaced, decoded.guessed);
        name_body(body, entity, &decoded);
        guint links = mg_text_count_links(decoded.text, decoded.n);
        body->reading->links += MIN(links, G_MAXUINT32 - body->reading->links);
        if (!mg_entity_says(entity, "format", "flowed")) {
                mg_body_append(body, decoded.text, decoded.n, entity->quotes);
                return;
        }
        g_autoptr(GString) flowed = mg_text_unflow(decoded.text, decoded.n, mg_entity_says(entity, "delsp", "yes"));
        mg_body_append(body, flowed->str, flowed->len, entity->quotes);
}

void mg_show_html(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        g_autofree char *meta = mg_html_meta_charset(bytes, n);
        g_auto(MgDecoded) decoded = {0};
        decode(body, entity, bytes, n, meta, &decoded);
        mg_body_count(body, decoded.replaced, decoded.guessed);
        name_body(body, entity, &decoded);
        g_autoptr(GString) text =
                mg_html_text_kept(body->tree->kept, decoded.text, decoded.n, body->limits, &body->html);
        mg_body_append(body, text->str, text->len, entity->quotes);
}

void mg_show_calendar(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        /* RFC 5545, section 3.1: folds may stand inside of characters. Only UTF-16 and UTF-32 have NULs. */
        g_autofree char *joined = n > 0 && memchr(bytes, '\0', n) == NULL ? mg_ical_unfold(bytes, n) : NULL;
        g_auto(MgDecoded) decoded = {0};
        decode(body, entity, joined != NULL ? joined : bytes, joined != NULL ? strlen(joined) : n, NULL, &decoded);
        mg_body_count(body, decoded.replaced, decoded.guessed);
        g_autoptr(GString) text = mg_calendar_summary(decoded.text, decoded.n);
        mg_body_append(body, text->str, text->len, entity->quotes);
}

/* The header lines of a nested message, quoted as its text will be. */
void mg_show_message(MgBody *body, guint index) {
        const MgEntity *entity = mg_tree_get(body->tree, index);
        if (entity->after == index + 1)
                return;
        const MgEntity *inner = mg_tree_get(body->tree, index + 1);
        g_autoptr(GString) head = mg_nested_head(inner->fields, body->limits);
        mg_body_append(body, head->str, head->len, inner->quotes);
}

static void append_summary(MgBody *body, const MgEntity *entity, GString *summary) {
        mg_body_append(body, summary->str, summary->len, entity->quotes);
        g_string_free(summary, TRUE);
}

void mg_show_delivery(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        append_summary(body, entity, mg_report_delivery(bytes, n, body->limits));
}

void mg_show_disposition(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        append_summary(body, entity, mg_report_disposition(bytes, n, body->limits));
}

void mg_show_feedback(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        append_summary(body, entity, mg_report_feedback(bytes, n, body->limits));
}

void mg_show_external(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        append_summary(body, entity, mg_report_external(entity->content));
}

void mg_show_headers(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        gsize end = 0;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(bytes, n, body->limits, &end, &odd);
        g_autoptr(GString) head = mg_nested_head(fields, body->limits);
        mg_body_append(body, head->str, head->len, entity->quotes + 1);
}
