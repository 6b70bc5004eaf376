/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice: body text, fixed line, and the lines below it, from the templates of the policy
 *
 * Everything that people read in the body passes add_line(): wrapped, made inert, expressed in the charset. Names no
 * rule, scanner, host or path: replies and bounces carry this text back to the sender.
 */
#include "compose/notice.h"

#include <string.h>

#include "base/link.h"
#include "base/receipt.h"
#include "base/text.h"

#define LINE_MAX_OCTETS 998 /* RFC 5322 section 2.1.1, without the line end */
/* Where a line has to be wrapped: made inert it grows to twice its length at most ("a." in an authority). */
#define WRAP_OCTETS 480
/* In ISO-2022-JP each change between ASCII and kanji costs three octets more. */
#define WRAP_OCTETS_JIS 200
/* Octets of the list of removed parts in one language; further ones are counted. */
#define LIST_OCTETS (256 * 1024)
/* How far below its fixed line a quoted notice has its receipt: it stands below the list, which has its own bound. */
#define QUOTED_OCTETS LIST_OCTETS
#define PRINTED_OCTETS 12 /* 1234-5678-90 */
#define NAME_MARKS (MG_MARK_NAME_ADDRESS | MG_MARK_NAME_SCRIPT | MG_MARK_NAME_HIDDEN)
#define SENDERS_MAX 5 /* From, Sender and Reply-To with one each, and two more */
#define JST (9 * 60 * 60)

typedef struct Builder {
        const MgOutgoingInput *input;
        const MgJis *jis;
        GString *out;
        gboolean replaced;    /* links of what was added so far were made inert */
        gboolean body;        /* what is added are the sender's words */
        char *link_word;      /* owned: stands for a link of the body that is taken out */
        guint64 list_last;    /* number of the last row of a list of links that was only the word, 0 for none */
        char *fixed_words[2]; /* owned: words_of() the fixed lines; "" where a line has none */
        /* Below the line of the body that is added: what follows, and how far a search for a receipt went there. */
        const char *below, *body_end, *searched;
        enum { SEARCH_OPEN, SEARCH_FOUND, SEARCH_NONE } search; /* what stands at its end: more, a receipt, no quote */
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

/* Whether a line may begin at s: not with what belongs to the character before. */
static gboolean may_break_at(const char *s) {
        gunichar c = g_utf8_get_char(s);

        return !g_unichar_ismark(c) && c != 0x200C && c != 0x200D;
}

/*
 * How many octets of [s, s+n) make a line of at most max: up to a blank in its second half, else as many characters
 * as fit.
 */
static gsize wrap_at(const char *s, gsize n, gsize max) {
        gsize end = max;

        if (n <= max)
                return n;
        for (gsize i = max; i > max / 2; i--)
                if (s[i - 1] == ' ' && (guint8)s[i] < 0x80) /* ASCII after it: no mark that would lose its base */
                        return i;
        while (end > max / 2 && (((guint8)s[end] & 0xC0) == 0x80 || !may_break_at(s + end)))
                end--;
        return end;
}

/* What a reader knows a line by: its letters and digits, without case, width and whatever is drawn. Caller frees. */
static char *words_of(const char *line) {
        g_autofree char *form = g_utf8_normalize(line, -1, G_NORMALIZE_NFKC);
        g_autofree char *folded = g_utf8_casefold(form ? form : line, -1);
        GString *out = g_string_new(NULL);

        for (const char *p = folded; *p; p = g_utf8_next_char(p))
                if (g_unichar_isalnum(g_utf8_get_char(p)))
                        g_string_append_unichar(out, g_utf8_get_char(p));
        return g_string_free(out, FALSE);
}

/* Whether s, of PRINTED_OCTETS, is a receipt number that the node of this mail's own gave, at the latest now. */
static gboolean is_own_receipt(const Builder *builder, const char *s) {
        const char *own = builder->input->receipt;
        g_autofree char *printed = g_strndup(s, PRINTED_OCTETS);
        g_autofree char *receipt = NULL;

        if (printed[4] != '-' || printed[9] != '-' || strlen(own) != PRINTED_OCTETS - 2)
                return FALSE;
        receipt = mg_receipt_read(printed, NULL);
        return receipt && *receipt == *own && mg_receipt_serial(receipt) <= mg_receipt_serial(own);
}

static gboolean has_own_receipt(const Builder *builder, const char *s, gsize n) {
        for (gsize i = 0; i + PRINTED_OCTETS <= n; i++) {
                gboolean alone = (i == 0 || !g_ascii_isdigit(s[i - 1])) &&
                                 (i + PRINTED_OCTETS == n || !g_ascii_isdigit(s[i + PRINTED_OCTETS]));

                if (alone && g_ascii_isdigit(s[i]) && s[i + 4] == '-' && is_own_receipt(builder, s + i))
                        return TRUE;
        }
        return FALSE;
}

/*
 * Whether such a receipt stands in the quote below the line that is added. Searches on from where the last search
 * ended, so that each line is looked at once whatever number of fixed lines asks.
 */
static gboolean quotes_receipt(Builder *builder) {
        const char *below = builder->below, *s = below;

        if (builder->searched && below < builder->searched) {
                if (builder->search != SEARCH_OPEN)
                        return builder->search == SEARCH_FOUND;
                s = builder->searched;
        }
        builder->search = SEARCH_OPEN;
        while (builder->search == SEARCH_OPEN && s < builder->body_end && s - below < QUOTED_OCTETS) {
                const char *end = memchr(s, '\n', (gsize)(builder->body_end - s));
                gsize n = (gsize)((end ? end : builder->body_end) - s);

                if (*s != '>')
                        builder->search = SEARCH_NONE;
                else if (has_own_receipt(builder, s, n))
                        builder->search = SEARCH_FOUND;
                s += n + (end ? 1 : 0);
        }
        builder->searched = s;
        return builder->search == SEARCH_FOUND;
}

/* A sender who writes our fixed line wants his text to be taken for ours (attack D12). A quoted notice is none. */
static gboolean is_forged(Builder *builder, const char *line) {
        g_autofree char *words = NULL;

        if (!builder->body)
                return FALSE;
        words = words_of(line);
        for (guint language = 0; language < 2; language++)
                if (*builder->fixed_words[language] && strstr(words, builder->fixed_words[language]))
                        return *line != '>' || !quotes_receipt(builder);
        return FALSE;
}

static const char *skip_blanks(const char *s) {
        while (*s && g_unichar_isspace(g_utf8_get_char(s)))
                s = g_utf8_next_char(s);
        return s;
}

static gboolean has_prefix_nocase(const char *s, const char *prefix) {
        return g_ascii_strncasecmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * A line from which mail clients begin to rebuild a file: "begin 644 name" (uuencode; clients differ on mode and name,
 * and some take two blanks for both), "=ybegin ", and the line above BinHex. The worker cuts such files out of the
 * text; this holds whatever the worker says.
 */
static gboolean is_file_begin(const char *line) {
        const char *p = skip_blanks(line), *blanks;

        if (has_prefix_nocase(p, "=ybegin ") || has_prefix_nocase(p, "(This file must be converted with BinHex"))
                return TRUE;
        if (!has_prefix_nocase(p, "begin"))
                return FALSE;
        p += strlen("begin");
        if (has_prefix_nocase(p, "-base64"))
                p += strlen("-base64");
        blanks = p;
        p = skip_blanks(p);
        if (p == blanks || !*p)
                return FALSE;
        if (p > g_utf8_next_char(blanks))
                return TRUE;
        for (blanks = p; g_ascii_isdigit(*blanks); blanks++)
                ;
        return blanks > p && skip_blanks(blanks) > blanks;
}

/* The line as it leaves; *inert tells whether a link was in it. Caller frees. */
static char *finish_line(Builder *builder, const char *s, gsize n, gboolean *inert) {
        gboolean defang = builder->input->policy->links != MG_LINKS_TEXT;
        g_autofree char *line = defang ? mg_link_defang(s, n) : g_strndup(s, n);

        *inert = strlen(line) != n || memcmp(line, s, n) != 0;
        if (is_file_begin(line) || is_forged(builder, line))
                return g_strconcat("> ", line, NULL);
        return g_steal_pointer(&line);
}

/* Octets of the line in the charset of the body. */
static gsize octets_of(const Builder *builder, const char *line) {
        g_autoptr(GString) octets = NULL;

        if (!builder->jis)
                return strlen(line);
        octets = g_string_new(NULL);
        mg_jis_encode(builder->jis, line, strlen(line), octets);
        return octets->len;
}

static void put_line(Builder *builder, const char *line, gboolean inert) {
        g_string_append(builder->out, line);
        g_string_append_c(builder->out, '\n');
        builder->replaced |= inert;
}

/* One line, without its LF, already expressed. */
static void add_wrapped(Builder *builder, const char *s, gsize n) {
        gboolean inert;

        if (n <= LINE_MAX_OCTETS) {
                g_autofree char *line = finish_line(builder, s, n, &inert);

                if (octets_of(builder, line) <= LINE_MAX_OCTETS) {
                        put_line(builder, line, inert);
                        return;
                }
        }
        do {
                gsize part = wrap_at(s, n, builder->jis ? WRAP_OCTETS_JIS : WRAP_OCTETS);
                g_autofree char *line = finish_line(builder, s, part, &inert);

                put_line(builder, line, inert);
                s += part;
                n -= part;
        } while (n > 0);
}

static void add_line(Builder *builder, const char *s, gsize n) {
        g_autofree char *line = NULL, *expressed = NULL;

        if (!builder->jis) {
                add_wrapped(builder, s, n);
                return;
        }
        line = g_strndup(s, n);
        expressed = mg_jis_express(builder->jis, line);
        add_wrapped(builder, expressed, strlen(expressed));
}

/* A text of any number of lines; nothing for "". */
static void add_text(Builder *builder, const char *text) {
        while (*text) {
                gsize n = strcspn(text, "\n");

                add_line(builder, text, n);
                text += n + (text[n] == '\n' ? 1 : 0);
        }
}

static const char *text_of(const Builder *builder, guint language, MgTextId id) {
        return builder->input->policy->texts[language][id];
}

/*
 * The body ----------------------------------------------------------------------------------------------------------
 */

/* The words of the fixed lines, as far as the charset of the body has them. */
static void set_fixed_words(Builder *builder) {
        for (guint language = 0; language < 2; language++) {
                const char *line = text_of(builder, language, MG_TEXT_line);
                g_autofree char *expressed = builder->jis ? mg_jis_express(builder->jis, line) : g_strdup(line);

                builder->fixed_words[language] = words_of(expressed);
        }
}

/* A line of the body with its links cut down, where the policy says so; NULL where it stays. Caller frees. */
static char *shorten_links(Builder *builder, const char *s, gsize n) {
        MgLinkMode mode = builder->input->policy->links;
        char *line;

        if (mode != MG_LINKS_HOST && mode != MG_LINKS_REMOVE)
                return NULL;
        line = mg_link_shorten(s, n, mode == MG_LINKS_HOST, builder->link_word);
        builder->replaced |= strlen(line) != n || memcmp(line, s, n) != 0;
        return line;
}

/* The number of a row of a list of links ("[1] http://...") of which only the word is left; 0 for another line. */
static guint64 bare_row(const Builder *builder, const char *line) {
        char *end = NULL;
        guint64 number = line && *line == '[' ? g_ascii_strtoull(line + 1, &end, 10) : 0;

        return number > 0 && g_str_has_prefix(end, "] ") && g_str_equal(end + 2, builder->link_word) ? number : 0;
}

/* Of rows that say nothing each, one after the other, the first stands and the last ("[12]") closes them. */
static void end_rows(Builder *builder) {
        g_autofree char *row = g_strdup_printf("[%" G_GUINT64_FORMAT "]", builder->list_last);

        if (builder->list_last > 0) {
                g_string_truncate(builder->out, builder->out->len - 1); /* the line end of the first one */
                g_string_append_printf(builder->out, " - %s\n", row);
        }
        builder->list_last = 0;
}

static void add_body_line(Builder *builder, const char *s, gsize n, guint64 *first) {
        g_autofree char *line = shorten_links(builder, s, n);
        guint64 row = builder->input->policy->links == MG_LINKS_REMOVE ? bare_row(builder, line) : 0;

        if (row > 0 && *first > 0) {
                builder->list_last = row;
                return;
        }
        end_rows(builder);
        *first = row;
        add_line(builder, line ? line : s, line ? strlen(line) : n);
}

/* The lines of the body as far as limits.body goes. TRUE where they went in whole. */
static gboolean add_body(Builder *builder, const char *s, gsize n) {
        guint64 first_row = 0;

        builder->body_end = s + n;
        while (n > 0) {
                const char *end = memchr(s, '\n', n);
                gsize line = end ? (gsize)(end - s) : n, before = builder->out->len;
                gsize whole = line + (end ? 1 : 0);

                /* A body without line ends may be longer than the bound by itself. */
                if (line > builder->input->policy->limits.body)
                        return FALSE;
                builder->below = s + whole;
                add_body_line(builder, s, line, &first_row);
                if (builder->out->len > builder->input->policy->limits.body) {
                        g_string_truncate(builder->out, before);
                        return FALSE;
                }
                s += whole;
                n -= whole;
        }
        end_rows(builder);
        return TRUE;
}

/* s may be NULL where n is 0: octets that are none. */
static gboolean is_blank(const char *s, gsize n) {
        for (gsize i = 0; i < n; i += (gsize)(g_utf8_next_char(s + i) - (s + i)))
                if (!g_unichar_isspace(g_utf8_get_char(s + i)))
                        return FALSE;
        return TRUE;
}

/*
 * The notice --------------------------------------------------------------------------------------------------------
 */

static void add_count(Builder *builder, guint language, MgTextId id, guint64 count) {
        g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
        g_autofree char *text = mg_notice_expand(text_of(builder, language, id), "count", number, NULL);

        if (count > 0)
                add_text(builder, text);
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

static guint count_pictures(const Builder *builder) {
        guint count = 0;

        for (guint i = 0; i < builder->input->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(builder->input->reading->parts, i);

                count += facts->kind == MG_PART_INLINE_PICTURE && !is_listed(builder, i) ? 1 : 0;
        }
        return count;
}

static void add_removed_part(Builder *builder, guint language, guint i) {
        const MgFacts *facts = g_ptr_array_index(builder->input->reading->parts, i);
        const MgPartDecision *part = decision_on(builder, i);
        g_autofree char *size = mg_text_size(facts->size);
        const char *name = *facts->name ? facts->name : text_of(builder, language, MG_TEXT_removed_noname);
        const char *type = part && part->type[language] ? part->type[language] : facts->found;
        g_autofree char *text = mg_notice_expand(text_of(builder, language, MG_TEXT_removed_part), "name", name, "type",
                                                 type, "size", size, NULL);

        add_text(builder, text);
        for (guint k = 0; k < facts->names->len; k++) {
                const char *other = g_ptr_array_index(facts->names, k);
                g_autofree char *also =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_removed_also), "name", other, NULL);

                add_text(builder, also);
        }
}

static void add_removed(Builder *builder, guint language) {
        guint64 max = builder->input->policy->limits.listed_parts;
        guint listed = count_listed(builder), shown = 0;
        gsize begin = builder->out->len;

        add_count(builder, language, MG_TEXT_removed_head, listed);
        for (guint i = 0; i < builder->input->reading->parts->len && shown < max; i++) {
                if (!is_listed(builder, i))
                        continue;
                if (builder->out->len - begin > LIST_OCTETS)
                        break;
                add_removed_part(builder, language, i);
                shown++;
        }
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
                add_text(builder, text);
                shown++;
        }
}

static void add_marks(Builder *builder, guint language, gboolean cut, gboolean inert) {
        static const struct {
                MgMarks mark;
                MgTextId text;
        } rows[] = {
                {MG_MARK_AMBIGUOUS, MG_TEXT_ambiguous},
                {MG_MARK_DATE_UNREADABLE, MG_TEXT_date_unreadable},
                {MG_MARK_FROM_UNREADABLE, MG_TEXT_from_unreadable},
                {MG_MARK_NAME_ADDRESS, MG_TEXT_name_address},
                {MG_MARK_NAME_SCRIPT, MG_TEXT_name_script},
                {MG_MARK_NAME_HIDDEN, MG_TEXT_name_hidden},
                {MG_MARK_PARTIAL, MG_TEXT_partial},
                {MG_MARK_SIGNED, MG_TEXT_signature},
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

        if (cut) {
                g_autofree char *bound = mg_text_size(builder->input->policy->limits.body);
                g_autofree char *text =
                        mg_notice_expand(text_of(builder, language, MG_TEXT_body_cut), "bound", bound, NULL);

                add_text(builder, text);
        }
        add_count(builder, language, MG_TEXT_replaced, reading->replaced);
        add_count(builder, language, MG_TEXT_guessed, reading->guessed);
        add_count(builder, language, MG_TEXT_hidden, reading->hidden);
        if (inert)
                add_text(builder, text_of(builder, language, said[builder->input->policy->links]));
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (marks & rows[i].mark)
                        add_text(builder, text_of(builder, language, rows[i].text));
        if (marks & NAME_MARKS)
                add_senders(builder, language);
}

static void add_receipt(Builder *builder, guint language) {
        g_autofree char *printed = mg_receipt_print(builder->input->receipt);
        g_autofree char *text = mg_notice_expand(text_of(builder, language, MG_TEXT_receipt), "receipt", printed, NULL);

        add_text(builder, text);
}

static void add_notice(Builder *builder, gboolean cut) {
        const MgPolicy *policy = builder->input->policy;
        gboolean second = FALSE, inert = builder->replaced; /* by the body: file names are not the sender's links */

        g_string_append_c(builder->out, '\n');
        add_text(builder, text_of(builder, mg_notice_language(policy), MG_TEXT_line));
        for (guint language = 0; language < 2; language++) {
                if (!has_language(policy, language))
                        continue;
                if (second)
                        g_string_append_c(builder->out, '\n');
                second = TRUE;
                add_removed(builder, language);
                add_count(builder, language, MG_TEXT_pictures, count_pictures(builder));
                add_marks(builder, language, cut, inert);
                add_receipt(builder, language);
        }
        builder->replaced = inert;
}

static void make_converted(Builder *builder) {
        const MgReading *reading = builder->input->reading;
        gsize n;
        const char *body = g_bytes_get_data(reading->body, &n);
        gboolean cut = (reading->marks & MG_MARK_BODY_CUT) != 0;

        if (is_blank(body, n)) {
                for (guint language = 0; language < 2; language++)
                        if (has_language(builder->input->policy, language))
                                add_text(builder, text_of(builder, language, MG_TEXT_body_none));
        } else {
                builder->body = TRUE;
                cut |= !add_body(builder, body, n);
                builder->body = FALSE;
        }
        add_notice(builder, cut);
}

/* Minutes are enough for people; the clock is Japan's, where they are. */
static char *arrival_text(gint64 time) {
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
        g_autofree char *time = arrival_text(input->envelope->time);
        const char *from = *input->envelope->from ? input->envelope->from : "<>";
        gboolean second = FALSE;

        for (guint language = 0; language < 2; language++) {
                g_autofree char *text = mg_notice_expand(text_of(builder, language, MG_TEXT_failed_body), "from", from,
                                                         "size", size, "time", time, NULL);

                if (!has_language(input->policy, language))
                        continue;
                if (second)
                        g_string_append_c(builder->out, '\n');
                second = TRUE;
                add_text(builder, text);
                add_receipt(builder, language);
        }
}

void mg_notice_make(const MgOutgoingInput *input, const MgJis *jis, MgNoticeText *out) {
        Builder builder = {.input = input, .jis = jis, .out = g_string_new(NULL)};

        const char *word = input->policy->texts[mg_notice_language(input->policy)][MG_TEXT_link_removed];

        set_fixed_words(&builder);
        builder.link_word = mg_text_clean(word, strlen(word), MG_CLASS_LINE, 0, NULL);
        if (input->decision->outcome == MG_OUTCOME_CONVERTED)
                make_converted(&builder);
        else
                make_failed(&builder);
        g_free(builder.link_word);
        g_free(builder.fixed_words[0]);
        g_free(builder.fixed_words[1]);
        out->replaced = builder.replaced;
        out->text = g_string_free(builder.out, FALSE);
}
