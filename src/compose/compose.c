/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose: header fields and body of the outgoing message
 *
 * Every octet that leaves is written here, from typed values. Never parses mail and decides nothing: what of a part
 * is said and what becomes of it stands in the Decision. Not the judge of its own work either: mg_compose_checked()
 * asks grammar.c.
 */
#include "compose/compose.h"

#include <string.h>

#include "base/error.h"
#include "base/kept_type.h"
#include "base/log.h"
#include "base/text.h"
#include "compose/encode.h"
#include "compose/files.h"
#include "compose/notice.h"

#define UNREADABLE "unreadable@mugai.invalid"
/* A message id cannot be folded; longer ones are left out so that no line comes near 998. */
#define MSGID_MAX 900
/* Octets of an address field up to which names are written; one more mailbox without a name fits below MG_FIELD_MAX. */
#define NAMES_MAX (MG_FIELD_MAX - 8192)
/* Characters of a text of the policy in a header field. */
#define POLICY_LINE_CHARS 100
/* "Received: from unknown;", the longest date, and their line ends: a hop that has no room for its words. */
#define SHORT_HOP 60
/* 9999-12-31: the last day whose year has four digits. */
#define TIME_MAX G_GINT64_CONSTANT(253402300799)

typedef struct Composer {
        const MgOutgoingInput *input;
        const MgReading *reading; /* values to write; an empty one for the notice of a failed mail */
        gboolean failed;
        MgJis *jis; /* owned; NULL for UTF-8 */
        MgNoticeText text;
        const GPtrArray *files; /* of MgOutgoingFile: parts beside the text, or NULL */
        GString *out;
} Composer;

static MgFieldWriter begin(Composer *composer, const char *name) {
        MgFieldWriter writer = {.out = composer->out, .jis = composer->jis};

        mg_field_begin(&writer, name);
        return writer;
}

static void put_token_field(Composer *composer, const char *name, const char *token) {
        MgFieldWriter writer = begin(composer, name);

        mg_field_token(&writer, token);
        mg_field_end(&writer);
}

/* What a reader could take for an encoded word in a place where none can be (mailsploit). */
static gboolean has_word_mark(const char *s) {
        return strstr(s, "=?") != NULL;
}

/* A text of the policy, which may have several lines and any length, for a header field. Caller frees. */
static char *policy_line(const MgPolicy *policy, MgTextId id) {
        const char *text = policy->texts[mg_notice_language(policy)][id];

        return mg_text_clean(text, strlen(text), MG_CLASS_LINE, POLICY_LINE_CHARS, NULL);
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static gboolean is_dot_atom(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (s[i] == '.' && (i == 0 || i + 1 == n || s[i - 1] == '.'))
                        return FALSE;
        return n > 0;
}

/* <local@domain>, the local part quoted where its dots make it no dot-atom (carriers gave out such addresses). */
static char *angle_address(const char *address) {
        const char *at = strchr(address, '@');
        const char *quote = is_dot_atom(address, (gsize)(at - address)) ? "" : "\"";

        return g_strdup_printf("<%s%.*s%s%s>", quote, (int)(at - address), address, quote, at);
}

static gboolean is_readable(const char *address) {
        return *address && strlen(address) <= 320 && !has_word_mark(address) &&
               mg_text_is(address, strlen(address), MG_CLASS_ADDRESS);
}

/* One mailbox; an address that cannot be read says so in its display name. */
static void write_mailbox(Composer *composer, MgFieldWriter *writer, const char *display, const char *address,
                          gboolean last) {
        gboolean readable = is_readable(address);
        g_autofree char *unknown = policy_line(composer->input->policy, MG_TEXT_from_unknown);
        g_autofree char *angle = angle_address(readable ? address : UNREADABLE);
        g_autofree char *token = g_strconcat(angle, last ? NULL : ",", NULL);
        g_autofree char *named = readable ? NULL : g_strconcat(display, *display ? " " : "", unknown, NULL);

        mg_field_phrase(writer, named ? named : display);
        mg_field_token(writer, token);
}

/* The same without its name where the field grows too long for Postfix with it. */
static void put_mailbox(Composer *composer, MgFieldWriter *writer, const char *display, const char *address,
                        gboolean last) {
        MgFieldWriter before = *writer;
        gsize length = writer->out->len;

        write_mailbox(composer, writer, display, address, last);
        if (!*display || mg_field_size(writer) <= NAMES_MAX)
                return;
        *writer = before;
        g_string_truncate(writer->out, length);
        write_mailbox(composer, writer, "", address, last);
}

/*
 * All mailboxes of a field. Where the field grows too long for Postfix, names are left out and then mailboxes: what
 * is left is whole and readable.
 */
static void put_address_field(Composer *composer, MgFieldId id) {
        g_autoptr(GPtrArray) values = g_ptr_array_new();
        const GPtrArray *all = composer->reading->values;

        for (guint i = 0; i < all->len; i++) {
                MgValue *value = g_ptr_array_index(all, i);

                if (value->id == id && values->len < composer->input->policy->limits.addresses)
                        g_ptr_array_add(values, value);
        }
        if (values->len == 0)
                return;
        MgFieldWriter writer = begin(composer, mg_field_name(id));
        for (guint i = 0; i < values->len; i++) {
                const MgValue *value = g_ptr_array_index(values, i);
                gboolean last = i + 1 == values->len || mg_field_size(&writer) > NAMES_MAX;

                put_mailbox(composer, &writer, value->text, value->address, last);
                if (last)
                        break;
        }
        mg_field_end(&writer);
}

static void put_from(Composer *composer) {
        const MgOutgoingInput *input = composer->input;

        if (mg_reading_value(composer->reading, MG_FIELD_FROM)) {
                put_address_field(composer, MG_FIELD_FROM);
                return;
        }
        MgFieldWriter writer = begin(composer, "From");

        put_mailbox(composer, &writer, "", composer->failed ? input->envelope->from : "", TRUE);
        mg_field_end(&writer);
}

/* --- other fields ------------------------------------------------------------------------------------------------- */

static gboolean is_tagged(const Composer *composer) {
        const GArray *parts = composer->input->decision->parts;

        if (composer->failed || !*composer->input->policy->subject_tag)
                return FALSE;
        for (guint i = 0; i < parts->len; i++) {
                const MgPartDecision *part = &g_array_index(parts, MgPartDecision, i);

                if (part->action == MG_ACTION_REMOVE && part->listed)
                        return TRUE;
        }
        return FALSE;
}

static char *failed_subject(const Composer *composer) {
        g_autofree char *line = policy_line(
                composer->input->policy,
                composer->input->decision->outcome == MG_OUTCOME_HELD ? MG_TEXT_held_subject : MG_TEXT_failed_subject);
        const char *receipt = composer->input->receipt;

        return g_strdup_printf("%s [%.4s-%.4s-%.2s]", line, receipt, receipt + 4, receipt + 8);
}

static void put_subject(Composer *composer) {
        const char *tag = is_tagged(composer) ? composer->input->policy->subject_tag : "";
        const MgValue *value = mg_reading_value(composer->reading, MG_FIELD_SUBJECT);
        const char *subject = value ? value->text : "";
        g_autofree char *whole = composer->failed
                                         ? failed_subject(composer)
                                         : g_strconcat(g_str_has_prefix(subject, tag) ? "" : tag, subject, NULL);

        if (!*whole)
                return;
        for (gsize chars = (gsize)g_utf8_strlen(whole, -1), start = composer->out->len;; chars /= 2) {
                MgFieldWriter writer = begin(composer, "Subject");
                g_autofree char *text = mg_text_clean(whole, strlen(whole), MG_CLASS_LINE, chars, NULL);

                mg_field_text(&writer, text);
                if (mg_field_size(&writer) <= MG_FIELD_MAX) {
                        mg_field_end(&writer);
                        return;
                }
                g_string_truncate(composer->out, start); /* too long for Postfix: half of it says enough */
        }
}

static gboolean is_usable_id(const char *id) {
        return strlen(id) <= MSGID_MAX && !has_word_mark(id);
}

static void put_message_id(Composer *composer) {
        const MgValue *value = mg_reading_value(composer->reading, MG_FIELD_MESSAGE_ID);
        g_autofree char *id = value && is_usable_id(value->text)
                                      ? g_strdup_printf("<%s>", value->text)
                                      : g_strdup_printf("<%s@mugai.invalid>", composer->input->receipt);

        put_token_field(composer, "Message-ID", id);
}

/* Ids of In-Reply-To and References: the newest ones, which stand last, as many as a field and the limits take. */
static void put_ids(Composer *composer, MgFieldId id) {
        const GPtrArray *all = composer->reading->values;
        guint count = 0, first = all->len;
        gsize size = 0;

        for (guint i = all->len; i > 0; i--) {
                const MgValue *value = g_ptr_array_index(all, i - 1);

                if (value->id != id || !is_usable_id(value->text))
                        continue;
                size += strlen(value->text) + 5;
                if (++count > composer->input->policy->limits.references || size > MG_FIELD_MAX - 1024)
                        break;
                first = i - 1;
        }
        if (first == all->len)
                return;
        MgFieldWriter writer = begin(composer, mg_field_name(id));

        for (guint i = first; i < all->len; i++) {
                const MgValue *value = g_ptr_array_index(all, i);
                g_autofree char *token = g_strdup_printf("<%s>", value->text);

                if (value->id == id && is_usable_id(value->text))
                        mg_field_token(&writer, token);
        }
        mg_field_end(&writer);
}

static void put_word(Composer *composer, MgFieldId id) {
        const MgValue *value = mg_reading_value(composer->reading, id);

        if (id == MG_FIELD_AUTO_SUBMITTED && composer->failed)
                put_token_field(composer, mg_field_name(id), "auto-generated"); /* RFC 3834: nobody answers it */
        else if (value && *value->text)
                put_token_field(composer, mg_field_name(id), value->text);
}

static void put_list_id(Composer *composer) {
        const MgValue *value = mg_reading_value(composer->reading, MG_FIELD_LIST_ID);
        g_autofree char *angle = NULL;

        if (!value || !*value->address)
                return;
        MgFieldWriter writer = begin(composer, "List-Id");

        angle = g_strdup_printf("<%s>", value->address);
        mg_field_phrase(&writer, value->text);
        if (mg_field_size(&writer) > NAMES_MAX) { /* the id is what filters look at, the phrase is not */
                g_string_truncate(composer->out, writer.start);
                writer = begin(composer, "List-Id");
        }
        mg_field_token(&writer, angle);
        mg_field_end(&writer);
}

/* "20 Nov 2026 13:20:00 +0900" with the day of the week in front; names of RFC 5322, not of a locale. Caller frees. */
static char *date_text(gint64 time, gint32 zone) {
        static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        g_autoptr(GDateTime) when = NULL;

        time = CLAMP(time, 0, TIME_MAX);
        if (ABS(zone) >= 24 * 60 || time + zone * 60 < 0 || time + zone * 60 > TIME_MAX)
                zone = 0;
        when = g_date_time_new_from_unix_utc(time + zone * 60);
        return g_strdup_printf("%s, %d %s %04d %02d:%02d:%02d %c%02d%02d", days[g_date_time_get_day_of_week(when) - 1],
                               g_date_time_get_day_of_month(when), months[g_date_time_get_month(when) - 1],
                               g_date_time_get_year(when), g_date_time_get_hour(when), g_date_time_get_minute(when),
                               g_date_time_get_second(when), zone < 0 ? '-' : '+', ABS(zone) / 60, ABS(zone) % 60);
}

static void put_date(Composer *composer) {
        const MgReading *reading = composer->reading;
        gboolean known = reading->date != MG_TIME_NONE;
        g_autofree char *date =
                date_text(known ? reading->date : composer->input->envelope->time, known ? reading->date_zone : 0);
        MgFieldWriter writer = begin(composer, "Date");

        mg_field_token(&writer, date);
        mg_field_end(&writer);
}

/*
 * One hop: the words that it said, where whole, and the time. A hop without a time is no later than the mail's arrival
 * here.
 */
static void put_hop(Composer *composer, const MgHop *hop, gboolean whole) {
        const char *const clauses[][2] = {{"from", hop->from}, {"by", hop->by}, {"with", hop->with}, {"id", hop->id}};
        g_autofree char *date = date_text(hop->time == MG_TIME_NONE ? composer->input->envelope->time : hop->time, 0);
        g_autoptr(GString) clause = g_string_new(NULL);
        MgFieldWriter writer = begin(composer, "Received");
        gboolean any = FALSE;

        for (gsize i = 0; whole && i < G_N_ELEMENTS(clauses); i++) {
                if (!*clauses[i][1])
                        continue;
                g_string_printf(clause, "%s %s", clauses[i][0], clauses[i][1]);
                mg_field_token(&writer, clause->str);
                any = TRUE;
        }
        if (!any)
                mg_field_token(&writer, "from unknown");
        g_string_append_c(composer->out, ';');
        mg_field_token(&writer, date);
        mg_field_end(&writer);
}

/*
 * The hops, newest first, in the room that the other fields leave of limits.header_bytes. A loop is ended by counting
 * hops, so where there is no room for their words all are still there without them, as many as limits.hops; only where
 * these do not fit either are the oldest left out. The least header_bytes that loads holds the notice and more of them
 * than Postfix's hopcount_limit of 50.
 */
static void put_hops(Composer *composer, gsize room) {
        const MgOutgoingInput *input = composer->input;
        guint64 n = MIN(MIN(input->reading->hops->len, input->policy->limits.hops), room / SHORT_HOP);
        gboolean whole = TRUE;

        for (guint64 i = 0; i < n; i++) {
                const MgHop *hop = g_ptr_array_index(input->reading->hops, i);
                gsize before = composer->out->len;

                put_hop(composer, hop, whole);
                if (!whole || composer->out->len + (n - i - 1) * SHORT_HOP <= room)
                        continue;
                whole = FALSE;
                g_string_truncate(composer->out, before);
                put_hop(composer, hop, whole);
        }
}

/* What was done, in the words that filters of mail clients know from m-FILTER. */
static void put_sanitized(Composer *composer) {
        const gboolean done[] = {
                composer->failed || is_tagged(composer),
                composer->failed || g_str_equal(composer->reading->body_type, "text/html"),
                !composer->failed && composer->text.replaced,
        };
        static const char *const words[] = {"DEL_ATTACH", "CHG_TEXT", "REP_LINK"};
        g_autoptr(GString) value = g_string_new(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
                if (done[i])
                        g_string_append_printf(value, "%s%s", value->len ? " " : "", words[i]);
        /* What carries files as their sender made them does not say that it was made safe. */
        if (value->len > 0 && !composer->input->files)
                put_token_field(composer, "X-Mail-Sanitized", value->str);
}

/* --- body --------------------------------------------------------------------------------------------------------- */

/* Whether text can go as it is: ASCII in short lines that no relay has a reason to touch. */
static gboolean is_easy(const char *text) {
        const char *line = text;

        for (const char *p = text; *p; p++) {
                if (p == line && (*p == '.' || g_str_has_prefix(p, "From ")))
                        return FALSE;
                if (*p == '\n') {
                        if (p > line && (p[-1] == ' ' || p[-1] == '\t'))
                                return FALSE;
                        line = p + 1;
                } else if ((*p < 0x20 && *p != '\t') || *p >= 0x7F || p - line >= 76) {
                        return FALSE;
                }
        }
        return TRUE;
}

static GString *with_crlf(const char *text) {
        GString *out = g_string_sized_new(strlen(text) + 1024);

        for (const char *p = text; *p;) {
                gsize n = strcspn(p, "\n");

                g_string_append_len(out, p, (gssize)n);
                p += n;
                if (*p) {
                        g_string_append(out, "\r\n");
                        p++;
                }
        }
        return out;
}

static const char *text_type(const Composer *composer) {
        return composer->jis ? "text/plain; charset=iso-2022-jp" : "text/plain; charset=utf-8";
}

static void put_files(Composer *composer, const GString *lines) {
        g_autoptr(GString) octets = g_string_new(NULL);

        if (composer->jis)
                mg_jis_encode(composer->jis, lines->str, lines->len, octets);
        else
                g_string_append_len(octets, lines->str, (gssize)lines->len);
        mg_files_put(composer->out, text_type(composer), octets->str, octets->len, composer->files);
}

static void put_body(Composer *composer) {
        gboolean easy = is_easy(composer->text.text);
        g_autoptr(GString) lines = with_crlf(composer->text.text);

        if (composer->files) {
                put_files(composer, lines);
        } else if (easy) {
                g_string_append_len(composer->out, lines->str, (gssize)lines->len);
        } else if (composer->jis) {
                g_autoptr(GString) octets = g_string_new(NULL);

                mg_jis_encode(composer->jis, lines->str, lines->len, octets);
                mg_encode_base64(octets->str, octets->len, composer->out);
        } else {
                mg_encode_base64(lines->str, lines->len, composer->out);
        }
}

/* The fields below the hops. */
static void put_fields(Composer *composer) {
        put_from(composer);
        put_address_field(composer, MG_FIELD_SENDER);
        put_address_field(composer, MG_FIELD_REPLY_TO);
        put_address_field(composer, MG_FIELD_TO);
        put_address_field(composer, MG_FIELD_CC);
        put_subject(composer);
        put_message_id(composer);
        put_ids(composer, MG_FIELD_IN_REPLY_TO);
        put_ids(composer, MG_FIELD_REFERENCES);
        put_word(composer, MG_FIELD_AUTO_SUBMITTED);
        put_word(composer, MG_FIELD_PRECEDENCE);
        put_list_id(composer);
        put_date(composer);
        put_sanitized(composer);
        put_token_field(composer, "X-Mugai-Receipt", composer->input->receipt);
        put_token_field(composer, "MIME-Version", "1.0");
        if (composer->files) {
                put_token_field(composer, "Content-Type", MG_FILES_TYPE);
                return;
        }
        put_token_field(composer, "Content-Type", text_type(composer));
        put_token_field(composer, "Content-Transfer-Encoding", is_easy(composer->text.text) ? "7bit" : "base64");
}

static void put_header(Composer *composer) {
        guint64 bound = composer->input->policy->limits.header_bytes;
        GString *hops = composer->out, *fields = g_string_new(NULL);

        composer->out = fields;
        put_fields(composer);
        composer->out = hops;
        put_hops(composer, bound > fields->len ? bound - fields->len : 0);
        g_string_append_len(hops, fields->str, (gssize)fields->len);
        g_string_append(hops, "\r\n");
        g_string_free(fields, TRUE);
}

/* The row of a part that goes on as a file, or NULL. */
static const MgKeptType *kept_type_of(const MgOutgoingInput *input, guint i) {
        const GArray *parts = input->decision->parts;
        const MgFacts *facts = g_ptr_array_index(input->reading->parts, i);

        return i < parts->len && g_array_index(parts, MgPartDecision, i).action == MG_ACTION_KEEP
                       ? mg_kept_type(facts->found)
                       : NULL;
}

/* What goes on beside the text, or NULL. A part without octets is left out: the grammar will miss it. */
static GPtrArray *files_of(const MgOutgoingInput *input) {
        g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)mg_outgoing_file_free);

        if (input->files)
                return g_ptr_array_ref((GPtrArray *)input->files);
        for (guint i = 0; input->contents && i < input->contents->len && i < input->reading->parts->len; i++) {
                const MgKeptType *type = kept_type_of(input, i);
                const MgFacts *facts = g_ptr_array_index(input->reading->parts, i);
                g_autofree char *name = NULL;
                MgOutgoingFile *file;

                if (!type || !g_ptr_array_index(input->contents, i))
                        continue;
                name = mg_files_unique_name(facts->name, i + 1, taken);
                file = mg_outgoing_file_new(name, g_ptr_array_index(input->contents, i));
                file->type = type->sent;
                g_ptr_array_add(files, file);
        }
        return files->len > 0 ? g_steal_pointer(&files) : NULL;
}

GBytes *mg_compose(const MgOutgoingInput *input) {
        g_autoptr(GPtrArray) files = files_of(input);
        g_autoptr(MgReading) none = mg_reading_new();
        gboolean failed = input->decision->outcome != MG_OUTCOME_CONVERTED;
        Composer composer = {
                .input = input,
                .reading = failed ? none : input->reading,
                .failed = failed,
                .jis = input->policy->charset == MG_CHARSET_ISO_2022_JP && !input->files ? mg_jis_new() : NULL,
                .files = failed ? NULL : files,
                .out = g_string_new(NULL),
        };

        mg_notice_make(input, composer.jis, &composer.text);
        put_header(&composer);
        put_body(&composer);
        mg_notice_text_clear(&composer.text);
        mg_jis_free(composer.jis);
        return g_string_free_to_bytes(composer.out);
}

MgGrammarView *mg_compose_kept(const MgOutgoingInput *input, GError **error) {
        g_autoptr(GBytes) message = mg_compose(input);
        g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(MgGrammarFile));

        for (guint i = 0; i < input->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(input->reading->parts, i);
                MgGrammarFile file = {kept_type_of(input, i), facts->size, {0}};

                memcpy(file.sha256, facts->sha256, sizeof file.sha256);
                if (file.type)
                        g_array_append_val(files, file);
        }
        if (files->len > 0 && files->len == mg_decision_kept(input->decision))
                return mg_grammar_check_kept(message, input->policy, files, error);
        g_set_error(error, MG_ERROR, MG_ERROR_GRAMMAR, "file: not of the types that can be kept");
        return NULL;
}

MgGrammarView *mg_compose_checked(const MgOutgoingInput *input, MgFailure *failure, GError **error) {
        g_autoptr(GBytes) message = mg_compose(input), notice = NULL;
        g_autoptr(GError) refusal = NULL;
        MgGrammarView *view = mg_grammar_check(message, input->policy, &refusal);
        MgDecision decision = {.outcome = MG_OUTCOME_FAILED, .parts = input->decision->parts};
        MgOutgoingInput instead = *input;

        *failure = input->reading->failure;
        if (view)
                return view;
        /* Never seen with a Reading that passed the border: whoever runs this wants to know. */
        mg_log(MG_LOG_WARNING, "%s: what was composed may not leave: %s", input->receipt, refusal->message);
        if (input->reading->failure == MG_FAILURE_NONE)
                *failure = MG_FAILURE_GRAMMAR;
        instead.decision = &decision;
        notice = mg_compose(&instead);
        return mg_grammar_check(notice, input->policy, error);
}
