/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body as it grows: blocks of text one behind the other, facts of parts, and at the end one search for what is
 * encoded in it and one cleaning. Does not know what a part is good for.
 */
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "sanitize/body_private.h"
#include "sanitize/charset.h"
#include "sanitize/entity.h"
#include "sanitize/identify.h"
#include "sanitize/identify_active.h"

/*
 * --- appending
 * -----------------------------------------------------------------------------------------------------------
 */

/* One line, behind a mark for each message around it. */
static void append_line(MgBody *body, const char *line, gsize n, guint quotes) {
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
static void append_block(MgBody *body, const char *text, gsize n, guint quotes) {
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

/* By the header of the message that the part being read belongs to. */
static gboolean has_pictographs(const MgBody *body) {
        guint index = body->index;
        for (;;) {
                const MgEntity *entity = mg_tree_get(body->tree, index);
                gboolean inner = entity->parent != MG_ENTITY_NONE;
                if (!inner || mg_tree_get(body->tree, entity->parent)->shape == MG_SHAPE_MESSAGE)
                        return entity->fields != NULL && mg_header_has_pictographs(entity->fields);
                index = entity->parent;
        }
}

void mg_body_append(MgBody *body, const char *text, gsize n, guint quotes) {
        MgBlock block = {body->out->len, body->index};
        gsize keep = mg_text_whole(text, n, body->limits->body * 2);
        g_autoptr(GString) settled =
                mg_charset_settle_private(text, keep, has_pictographs(body), &body->reading->replaced);
        g_autofree char *clean = settled != NULL ? mg_text_clean(settled->str, settled->len, MG_CLASS_TEXT, 0, NULL)
                                                 : mg_text_clean(text, keep, MG_CLASS_TEXT, 0, NULL);
        g_array_append_val(body->blocks, block);
        append_block(body, clean, strlen(clean), quotes);
        body->full |= keep < n;
}

void mg_body_count(MgBody *body, guint32 replaced, guint32 guessed) {
        MgReading *reading = body->reading;
        reading->replaced += MIN(replaced, G_MAXUINT32 - reading->replaced);
        reading->guessed += MIN(guessed, G_MAXUINT32 - reading->guessed);
}

/*
 * --- facts
 * ---------------------------------------------------------------------------------------------------------------
 */

/* The octets of a part, where it is the one that is to be taken out. */
static void give_wanted(const MgBody *body, const MgFacts *facts, GBytes *content) {
        MgWanted *wanted = body->wanted;

        if (wanted != NULL && !wanted->done && facts->size == wanted->size &&
            memcmp(facts->sha256, wanted->sha256, sizeof facts->sha256) == 0)
                wanted->done = wanted->func(content, wanted->data);
}

MgFacts *mg_body_add_facts(MgBody *body, const char *path, MgPartKind kind, guint32 flags, const char *claimed,
                           gboolean read, const char *name, const GPtrArray *names, GBytes *content) {
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
        facts->found = read ? mg_identify_text(bytes != NULL ? bytes : "", n, claimed)
                            : mg_identify(bytes != NULL ? bytes : "", n);
        facts->name = g_strdup(name);
        facts->size = n;
        mg_digest(bytes != NULL ? bytes : "", n, facts->sha256);
        for (guint i = 0; names != NULL && i < names->len; i++)
                g_ptr_array_add(facts->names, g_strdup(g_ptr_array_index(names, i)));
        mg_active_look(bytes != NULL ? bytes : "", n, body->limits, body->reading, &body->archives, facts);
        g_ptr_array_add(body->reading->parts, facts);
        give_wanted(body, facts, content);
        return facts;
}

MgFacts *mg_body_add_run(MgBody *body, MgEntity *entity, const MgRun *run, guint position) {
        /* Lines of uuencode that are shorter than they say are filled up. */
        gboolean grown = g_bytes_get_size(run->content) > body->limits->mail_size;
        g_autoptr(GBytes) content =
                grown ? g_bytes_new_from_bytes(run->content, 0, body->limits->mail_size) : g_bytes_ref(run->content);
        guint32 flags = (run->encrypted ? MG_PART_ENCRYPTED : 0) | (grown ? MG_PART_BROKEN_CODING : 0);
        g_autofree char *path = g_strdup_printf("%s/%u", entity->path, ++entity->runs);
        g_autofree char *name = mg_entity_clean_name(run->name, body->limits, &flags);
        mg_body_add_facts(body, path, MG_PART_ENCODED_TEXT, flags, run->claimed, FALSE, name, NULL, content);
        GPtrArray *parts = body->reading->parts;
        MgFacts *facts = g_ptr_array_steal_index(parts, parts->len - 1);
        g_ptr_array_insert(parts, MIN(position, parts->len), facts);
        if (run->encrypted)
                body->reading->marks |= MG_MARK_ENCRYPTED;
        if (run->signature)
                body->reading->marks |= MG_MARK_SIGNED;
        return facts;
}

guint mg_body_room(const MgBody *body, guint coming) {
        guint known = body->reading->parts->len + coming;
        return known < body->limits->parts ? body->limits->parts - known : 0;
}

void mg_body_cut_encoded(MgBody *body, const guint *parts_of) {
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        GString *text = mg_text_cut_runs(body->out->str, body->out->len, TRUE, runs, mg_body_room(body, 0));
        guint block = 0;
        for (guint i = 0; i < runs->len; i++) {
                const MgRun *run = &g_array_index(runs, MgRun, i);
                while (block + 1 < body->blocks->len && g_array_index(body->blocks, MgBlock, block + 1).at <= run->at)
                        block++;
                guint index = g_array_index(body->blocks, MgBlock, block).index;
                MgEntity *entity = mg_tree_get(body->tree, index);
                /* Behind the runs that were cut from its octets, and those of parts before it. */
                guint position = parts_of[index] + 1 + entity->runs - entity->swept + i;
                mg_body_add_run(body, entity, run, position);
                entity->swept++;
        }
        /* What stands for the runs that were cut from octets, in the words of the others. */
        g_auto(GStrv) pieces = g_strsplit(text->str, MG_TEXT_CUT_ASCII, -1);
        g_autofree char *joined = g_strjoinv(MG_TEXT_CUT, pieces);
        g_string_assign(body->out, joined);
        g_string_free(text, TRUE);
}

/* Bounds on style sheets cut no text: what they hide may show, or what they show may be missing. */
static void report_styles(MgBody *body) {
        const MgHtmlFound *found = &body->html;
        if (found->style_rules > 0)
                mg_reading_reach(body->reading, "style_rules", found->style_rules, body->limits->style_rules);
        if (found->style_steps > 0)
                mg_reading_reach(body->reading, "style_steps", found->style_steps, body->limits->style_steps);
        if (found->style_marks > 0)
                mg_reading_reach(body->reading, "style_marks", found->style_marks, body->limits->style_marks);
        if (found->style_rules > 0 || found->style_steps > 0 || found->style_marks > 0)
                body->reading->marks |= MG_MARK_STYLE_CUT;
}

/* n: octets of text and addresses, as far as they were read at all. */
static void report_cut(MgBody *body, gsize n) {
        const MgHtmlFound *found = &body->html;
        if (found->html_bytes > 0)
                mg_reading_reach(body->reading, "html_bytes", found->html_bytes, body->limits->html_bytes);
        if (found->html_nodes > 0)
                mg_reading_reach(body->reading, "html_nodes", found->html_nodes, body->limits->html_nodes);
        if ((found->html_bytes == 0 && found->html_nodes == 0) || n >= body->limits->body)
                mg_reading_reach(body->reading, "body", MAX(n, body->limits->body), body->limits->body);
        body->reading->marks |= MG_MARK_BODY_CUT;
}

/* Cleans the text and the list of addresses, cuts both to the bound: a quarter is left for addresses. */
void mg_body_finish(MgBody *body) {
        MgReading *reading = body->reading;
        mg_text_cut_drawings(body->out);
        g_autofree char *text = mg_text_clean(body->out->str, body->out->len, MG_CLASS_TEXT, 0, NULL);
        g_autoptr(GString) targets = mg_html_targets(&body->html);
        g_autofree char *list = mg_text_clean(targets->str, targets->len, MG_CLASS_TEXT, 0, NULL);
        gsize max = body->limits->body, list_n = strlen(list), text_n = strlen(text);
        gsize list_max = text_n + list_n + 1 <= max ? list_n : MAX(max / 4, max - MIN(max, text_n + 1));
        gsize list_keep = mg_text_whole(list, list_n, MIN(list_max, max));
        gsize text_max = max - MIN(max, list_keep > 0 ? list_keep + 1 : 0);
        gsize text_keep = mg_text_whole(text, text_n, text_max);
        report_styles(body);
        if (body->full || body->html.cut || list_keep < list_n || text_keep < text_n)
                report_cut(body, text_n + list_n);
        GString *whole = g_string_new_len(text, text_keep);
        if (list_keep > 0 && whole->len > 0)
                g_string_append_c(whole, '\n');
        g_string_append_len(whole, list, list_keep);
        /* A cut may part a base from its marks. Else all is clean: behind a line end marks count as at a beginning. */
        if (list_keep < list_n || text_keep < text_n) {
                g_autofree char *clean = mg_text_clean(whole->str, whole->len, MG_CLASS_TEXT, 0, NULL);
                g_string_assign(whole, clean);
        }
        g_bytes_unref(reading->body);
        reading->body = g_string_free_to_bytes(whole);
}
