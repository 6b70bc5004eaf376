/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice: body text, fixed line, and the lines below it, from the templates of the policy
 *
 * Names no rule, scanner, host or path: replies and bounces carry this text back to the sender.
 */
#include "compose/notice.h"

#include <string.h>

#include "base/receipt.h"
#include "base/text.h"
#include "compose/body.h"

#define NAME_MARKS (MG_MARK_NAME_ADDRESS | MG_MARK_NAME_SCRIPT | MG_MARK_NAME_HIDDEN)
#define SENDERS_MAX 5 /* From, Sender and Reply-To with one each, and two more */
#define JST (9 * 60 * 60)

typedef struct Builder {
        const MgOutgoingInput *input;
        MgLines lines;
        gboolean cut; /* not all of the body stands above the notice, only so many octets */
        gsize shown;
} Builder;

void mg_notice_text_clear(MgNoticeText *text) {
        g_clear_pointer(&text->text, g_free);
}

guint mg_notice_language(const MgPolicy *policy) {
        return policy->languages & MG_LANGUAGE_JA ? 0 : 1;
}

static gboolean has_language(const MgPolicy *policy, guint language) {
        return policy->languages & (language == 0 ? MG_LANGUAGE_JA : MG_LANGUAGE_EN);
}

/* The value of the name in [name, name+n), or NULL. */
static const char *find_value(const char *name, gsize n, const GPtrArray *pairs) {
        for (guint i = 0; i + 1 < pairs->len; i += 2) {
                const char *key = g_ptr_array_index(pairs, i);

                if (strlen(key) == n && memcmp(key, name, n) == 0)
                        return g_ptr_array_index(pairs, i + 1);
        }
        return NULL;
}

char *mg_notice_expand(const char *template, ...) {
        g_autoptr(GPtrArray) pairs = g_ptr_array_new();
        GString *out = g_string_new(NULL);
        va_list arguments;

        va_start(arguments, template);
        for (char *item = va_arg(arguments, char *); item; item = va_arg(arguments, char *))
                g_ptr_array_add(pairs, item);
        va_end(arguments);
        for (const char *p = template; *p;) {
                const char *end = *p == '{' ? strchr(p, '}') : NULL;
                const char *value = end ? find_value(p + 1, (gsize)(end - p - 1), pairs) : NULL;

                if (value) {
                        g_string_append(out, value);
                        p = end + 1;
                } else {
                        g_string_append_c(out, *p++);
                }
        }
        return g_string_free(out, FALSE);
}

static const char *text_of(const Builder *builder, guint language, MgTextId id) {
        return builder->input->policy->texts[language][id];
}

static void add_count(Builder *builder, guint language, MgTextId id, guint64 count) {
        g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
        g_autofree char *text = mg_notice_expand(text_of(builder, language, id), "count", number, NULL);

        if (count > 0)
                mg_lines_say(&builder->lines, text);
}

static const MgPartDecision *decision_on(const Builder *builder, guint i) {
        const GArray *parts = builder->input->decision->parts;

        return i < parts->len ? &g_array_index(parts, MgPartDecision, i) : NULL;
}

static gboolean is_listed(const Builder *builder, guint i) {
        const MgPartDecision *part = decision_on(builder, i);

        return !part || (part->action == MG_ACTION_REMOVE && part->listed);
}

static guint count_listed(const Builder *builder) {
        guint count = 0;

        for (guint i = 0; i < builder->input->reading->parts->len; i++)
                count += is_listed(builder, i) ? 1 : 0;
        return count;
}

/* Parts of a kind that has no list. */
static guint count_unlisted(const Builder *builder, MgPartKind kind) {
        guint count = 0;

        for (guint i = 0; i < builder->input->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(builder->input->reading->parts, i);

                count += facts->kind == kind && !is_listed(builder, i) ? 1 : 0;
        }
        return count;
}

/* Decisions out of a record do not say it. Beside files that came along it is not true that none does. */
static MgTextId why_of(const Builder *builder, guint i) {
        const MgPartDecision *part = decision_on(builder, i);
        gboolean known = part && part->why >= MG_TEXT_why_program && part->why < MG_TEXT_why_file;

        return known ? part->why : builder->input->contents ? MG_TEXT_why_other : MG_TEXT_why_file;
}

/* The parts that came along as files. */
static void add_kept(Builder *builder, guint language) {
        add_count(builder, language, MG_TEXT_kept_head, mg_decision_kept(builder->input->decision));
        for (guint i = 0; i < builder->input->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(builder->input->reading->parts, i);
                const MgPartDecision *part = decision_on(builder, i);
                g_autofree char *size = mg_text_size(facts->size), *text = NULL;

                if (!part || part->action != MG_ACTION_KEEP)
                        continue;
                text = mg_notice_expand(text_of(builder, language, MG_TEXT_kept_part), "name", facts->name, "type",
                                        part->type[language], "size", size, NULL);
                mg_lines_say(&builder->lines, text);
        }
}

/* What is in an archive, the first ones by name. Files of an archive inside it stand behind its name. */
static void add_members(Builder *builder, guint language, const MgFacts *facts) {
        guint64 shown = MIN(facts->members->len, builder->input->policy->limits.notice_members);

        for (guint i = 0; i < shown; i++) {
                const MgMember *member = g_ptr_array_index(facts->members, i);
                const char *name = *member->name ? member->name : text_of(builder, language, MG_TEXT_removed_noname);
                g_autofree char *text =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_removed_member), "name", name, NULL);

                mg_lines_say(&builder->lines, text);
        }
        add_count(builder, language, MG_TEXT_removed_members, facts->members_all - shown);
}

static void add_cautions(Builder *builder, guint language, guint32 flags) {
        static const struct {
                guint32 flags;
                MgTextId text;
        } rows[] = {
                {MG_PART_NAME_HIDDEN, MG_TEXT_removed_hidden},
                {MG_PART_NAME_SCRIPT, MG_TEXT_removed_script},
                {MG_PART_NAME_MISFIT, MG_TEXT_removed_misfit},
                {MG_PART_NAME_DOUBLE, MG_TEXT_removed_double},
                {MG_PART_MACRO | MG_PART_SCRIPT | MG_PART_LAUNCH, MG_TEXT_removed_macro},
                {MG_PART_ARCHIVE_VIEWS, MG_TEXT_removed_views},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (flags & rows[i].flags)
                        mg_lines_say(&builder->lines, text_of(builder, language, rows[i].text));
}

static void add_removed_part(Builder *builder, guint language, guint i) {
        const MgFacts *facts = g_ptr_array_index(builder->input->reading->parts, i);
        const MgPartDecision *part = decision_on(builder, i);
        g_autofree char *size = mg_text_size(facts->size);
        const char *name = *facts->name ? facts->name : text_of(builder, language, MG_TEXT_removed_noname);
        const char *type = part && part->type[language] ? part->type[language] : facts->found;
        g_autofree char *text = mg_notice_expand(text_of(builder, language, MG_TEXT_removed_part), "name", name, "type",
                                                 type, "size", size, NULL);

        mg_lines_say(&builder->lines, text);
        for (guint k = 0; k < facts->names->len; k++) {
                const char *other = g_ptr_array_index(facts->names, k);
                g_autofree char *also =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_removed_also), "name", other, NULL);

                mg_lines_say(&builder->lines, also);
        }
        add_cautions(builder, language, facts->flags);
        add_members(builder, language, facts);
}

/* Room for the list of one language. */
typedef struct Room {
        guint64 parts; /* that may still be listed */
        gsize end;     /* of the text, beyond which no part is begun */
} Room;

/* The original as a whole was looked at: nobody knows which part it is. */
static void add_infected(Builder *builder, guint language) {
        if (builder->input->scan == MG_SCAN_INFECTED)
                mg_lines_say(&builder->lines, text_of(builder, language, MG_TEXT_infected));
}

/* The parts that were removed for one reason, below it. Returns how many. */
static guint add_removed_for(Builder *builder, guint language, MgTextId why, Room *room) {
        guint shown = 0;

        for (guint i = 0; i < builder->input->reading->parts->len; i++) {
                if (room->parts == 0 || builder->lines.out->len > room->end)
                        break;
                if (!is_listed(builder, i) || why_of(builder, i) != why)
                        continue;
                if (shown == 0)
                        mg_lines_say(&builder->lines, text_of(builder, language, why));
                add_removed_part(builder, language, i);
                shown++;
                room->parts--;
        }
        return shown;
}

static void add_removed(Builder *builder, guint language) {
        Room room = {builder->input->policy->limits.listed_parts, builder->lines.out->len + MG_NOTICE_LIST_OCTETS};
        guint listed = count_listed(builder), shown = 0;

        add_count(builder, language, MG_TEXT_removed_head, listed);
        for (MgTextId why = MG_TEXT_why_program; why <= MG_TEXT_why_file; why++)
                shown += add_removed_for(builder, language, why, &room);
        add_count(builder, language, MG_TEXT_removed_more, listed - shown);
}

/*
 * The addresses of From, Sender and Reply-To, each on a line. They stand beside the names in the header, but clients
 * show the name alone; a line below every mail would be read by nobody, so it stands where a name deceives.
 */
static void add_senders(Builder *builder, guint language) {
        const GPtrArray *values = builder->input->reading->values;
        guint shown = 0;

        for (guint i = 0; i < values->len && shown < SENDERS_MAX; i++) {
                const MgValue *value = g_ptr_array_index(values, i);
                g_autofree char *text =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_sender), "address", value->address, NULL);

                if (value->id > MG_FIELD_REPLY_TO || !*value->address)
                        continue;
                mg_lines_say(&builder->lines, text);
                shown++;
        }
}

static void add_marks(Builder *builder, guint language, gboolean inert) {
        static const struct {
                MgMarks mark;
                MgTextId text;
        } rows[] = {
                {MG_MARK_STYLE_CUT, MG_TEXT_style_cut},
                {MG_MARK_AMBIGUOUS, MG_TEXT_ambiguous},
                {MG_MARK_DATE_UNREADABLE, MG_TEXT_date_unreadable},
                {MG_MARK_FROM_UNREADABLE, MG_TEXT_from_unreadable},
                {MG_MARK_NAME_ADDRESS, MG_TEXT_name_address},
                {MG_MARK_NAME_SCRIPT, MG_TEXT_name_script},
                {MG_MARK_NAME_HIDDEN, MG_TEXT_name_hidden},
                {MG_MARK_PARTIAL, MG_TEXT_partial},
                {MG_MARK_SIGNED, MG_TEXT_signature},
                {MG_MARK_OPAQUE, MG_TEXT_opaque},
                {MG_MARK_ENCRYPTED, MG_TEXT_encrypted},
        };
        static const MgTextId said[] = {
                [MG_LINKS_DEFANG] = MG_TEXT_links_inert,
                [MG_LINKS_TEXT] = MG_TEXT_links_inert,
                [MG_LINKS_HOST] = MG_TEXT_links_host,
                [MG_LINKS_REMOVE] = MG_TEXT_links_removed,
        };
        const MgReading *reading = builder->input->reading;
        const MgValue *from = mg_reading_value(reading, MG_FIELD_FROM);
        guint32 marks = reading->marks | (reading->date == MG_TIME_NONE ? MG_MARK_DATE_UNREADABLE : 0) |
                        (!from || !*from->address ? MG_MARK_FROM_UNREADABLE : 0);

        if (builder->cut) {
                g_autofree char *shown = mg_text_size(builder->shown);
                g_autofree char *text =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_body_cut), "shown", shown, NULL);

                mg_lines_say(&builder->lines, text);
        }
        add_count(builder, language, MG_TEXT_replaced, reading->replaced);
        add_count(builder, language, MG_TEXT_guessed, reading->guessed);
        add_count(builder, language, MG_TEXT_hidden, reading->hidden);
        if (inert)
                mg_lines_say(&builder->lines, text_of(builder, language, said[builder->input->policy->links]));
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (marks & rows[i].mark)
                        mg_lines_say(&builder->lines, text_of(builder, language, rows[i].text));
        if (marks & NAME_MARKS)
                add_senders(builder, language);
}

static void add_receipt(Builder *builder, guint language) {
        g_autofree char *printed = mg_receipt_print(builder->input->receipt);
        g_autofree char *text = mg_notice_expand(text_of(builder, language, MG_TEXT_receipt), "receipt", printed, NULL);

        mg_lines_say(&builder->lines, text);
}

static void add_notice(Builder *builder) {
        const MgPolicy *policy = builder->input->policy;
        gboolean second = FALSE, inert = builder->lines.inert; /* by the body: file names are not the sender's links */

        g_string_append_c(builder->lines.out, '\n');
        mg_lines_say(&builder->lines, text_of(builder, mg_notice_language(policy), MG_TEXT_line));
        for (guint language = 0; language < 2; language++) {
                if (!has_language(policy, language))
                        continue;
                if (second)
                        g_string_append_c(builder->lines.out, '\n');
                second = TRUE;
                add_infected(builder, language);
                add_kept(builder, language);
                add_removed(builder, language);
                add_count(builder, language, MG_TEXT_pictures, count_unlisted(builder, MG_PART_INLINE_PICTURE));
                add_count(builder, language, MG_TEXT_alternatives, count_unlisted(builder, MG_PART_ALTERNATIVE));
                add_marks(builder, language, inert);
                add_receipt(builder, language);
        }
        builder->lines.inert = inert;
}

/* s may be NULL where n is 0: octets that are none. */
static gboolean is_blank(const char *s, gsize n) {
        for (gsize i = 0; i < n; i += (gsize)(g_utf8_next_char(s + i) - (s + i)))
                if (!g_unichar_isspace(g_utf8_get_char(s + i)))
                        return FALSE;
        return TRUE;
}

static void make_converted(Builder *builder) {
        const MgReading *reading = builder->input->reading;
        gsize n;
        const char *body = g_bytes_get_data(reading->body, &n);

        builder->cut = (reading->marks & MG_MARK_BODY_CUT) != 0;
        if (is_blank(body, n)) {
                for (guint language = 0; language < 2; language++)
                        if (has_language(builder->input->policy, language))
                                mg_lines_say(&builder->lines, text_of(builder, language, MG_TEXT_body_none));
        } else {
                builder->cut |= !mg_compose_body(&builder->lines, builder->input);
                builder->shown = builder->lines.out->len;
        }
        add_notice(builder);
}

char *mg_notice_time(gint64 time) {
        g_autoptr(GDateTime) when =
                g_date_time_new_from_unix_utc(CLAMP(time, 0, G_GINT64_CONSTANT(253402200000)) + JST);

        return when ? g_strdup_printf("%04d-%02d-%02d %02d:%02d (JST)", g_date_time_get_year(when),
                                      g_date_time_get_month(when), g_date_time_get_day_of_month(when),
                                      g_date_time_get_hour(when), g_date_time_get_minute(when))
                    : g_strdup("-");
}

static void make_failed(Builder *builder) {
        const MgOutgoingInput *input = builder->input;
        g_autofree char *size = mg_text_size(input->size);
        g_autofree char *time = mg_notice_time(input->envelope->time);
        const char *from = *input->envelope->from ? input->envelope->from : "<>";
        MgTextId id = input->decision->outcome == MG_OUTCOME_HELD ? MG_TEXT_held_body : MG_TEXT_failed_body;
        gboolean second = FALSE;

        for (guint language = 0; language < 2; language++) {
                g_autofree char *text = mg_notice_expand(text_of(builder, language, id), "from", from, "size", size,
                                                         "time", time, NULL);

                if (!has_language(input->policy, language))
                        continue;
                if (second)
                        g_string_append_c(builder->lines.out, '\n');
                second = TRUE;
                mg_lines_say(&builder->lines, text);
                add_infected(builder, language);
                add_receipt(builder, language);
        }
}

void mg_notice_make(const MgOutgoingInput *input, const MgJis *jis, MgNoticeText *out) {
        Builder builder = {input, {.policy = input->policy, .jis = jis, .out = g_string_new(NULL)}};

        if (input->words)
                mg_lines_say(&builder.lines, input->words);
        else if (input->decision->outcome == MG_OUTCOME_CONVERTED)
                make_converted(&builder);
        else
                make_failed(&builder);
        out->replaced = builder.lines.inert;
        out->text = g_string_free(builder.lines.out, FALSE);
}
