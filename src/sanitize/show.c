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

/* Octets of a delivery report and the like that are shown. */
static const gsize report_octets = 65536;

static void count_unreadable(MgBody *body, const MgDecoded *decoded) {
        guint64 replaced = (guint64)body->reading->replaced + decoded->replaced;
        guint64 guessed = (guint64)body->reading->guessed + decoded->guessed;
        body->reading->replaced = MIN(replaced, G_MAXUINT32);
        body->reading->guessed = MIN(guessed, G_MAXUINT32);
}

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

void mg_show_plain(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        /* On the octets first: yEnc is 8-bit, and trailing blanks are data of uuencode. */
        g_autoptr(GString) text =
                mg_text_cut_runs(bytes, n, FALSE, runs, mg_body_room(body, body->tree->entities->len));
        for (guint i = 0; i < runs->len; i++) {
                const MgRun *run = &g_array_index(runs, MgRun, i);
                MgFacts *facts = mg_body_add_run(body, entity, run, G_MAXUINT);
                MgCut cut = {bytes + run->at, run->n, facts};
                g_array_append_val(body->cuts, cut);
        }
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(text->str, text->len, label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
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
        mg_charset_decode(bytes, n, label_of(body, entity), meta, &decoded);
        count_unreadable(body, &decoded);
        name_body(body, entity, &decoded);
        g_autoptr(GString) text = mg_html_text(decoded.text, decoded.n, body->limits, &body->html);
        mg_body_append(body, text->str, text->len, entity->quotes);
}

void mg_show_calendar(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, n, label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
        g_autoptr(GString) text = mg_calendar_summary(decoded.text, decoded.n);
        mg_body_append(body, text->str, text->len, entity->quotes);
}

static void append_mailbox(GString *out, const MgValue *value) {
        if (value->text[0] != '\0' && value->address[0] != '\0')
                g_string_append_printf(out, "%s <%s>", value->text, value->address);
        else
                g_string_append(out, value->text[0] != '\0' ? value->text : value->address);
}

/* From, To, Subject and Date of a header block, read as those of a mail are. */
static GString *describe_header(MgBody *body, const GArray *fields) {
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
void mg_show_message(MgBody *body, guint index) {
        const MgEntity *entity = mg_tree_get(body->tree, index);
        if (entity->after == index + 1)
                return;
        const MgEntity *inner = mg_tree_get(body->tree, index + 1);
        g_autoptr(GString) head = describe_header(body, inner->fields);
        mg_body_append(body, head->str, head->len, inner->quotes);
}

/* Delivery reports and their like: text by RFC 3464, 8098, 5965, 2046 section 5.2.3. */
void mg_show_report(MgBody *body, MgEntity *entity, const char *bytes, gsize n) {
        if (mg_entity_is(entity, "text/rfc822-headers")) {
                gsize end = 0;
                gboolean odd = FALSE;
                g_autoptr(GArray) fields = mg_header_split(bytes, n, body->limits, &end, &odd);
                g_autoptr(GString) head = describe_header(body, fields);
                mg_body_append(body, head->str, head->len, entity->quotes + 1);
                return;
        }
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, MIN(n, report_octets), label_of(body, entity), NULL, &decoded);
        count_unreadable(body, &decoded);
        mg_body_append(body, decoded.text, decoded.n, entity->quotes);
}
