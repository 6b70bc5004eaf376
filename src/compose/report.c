/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: one Record in four forms: JSON, a page for the terminal, a line of a list, a line of the log
 *
 * Texts of mail are of class LINE already; whatever is not for JSON is quoted all the same, so that no form depends
 * on it. Reads no store and writes to no file.
 */
#include "compose/report.h"

#include <jansson.h>
#include <string.h>

#include "base/receipt.h"
#include "base/text.h"
#include "compose/account.h"

/* The means by which a part crossed (R6). */
#define MEANS_KEPT "inspected and found clean"
#define QUOTE_MAX 200 /* octets of a text in a line */

/* By MgWithheld: in JSON, for people. */
static const struct {
        const char *word, *said;
} withheld_names[_MG_WITHHELD_N] = {
#define WITHHELD_WORD(name, word) [MG_WITHHELD_NUMBER_##name] = {word, WITHHELD_##name},
#define WITHHELD_ADDRESSES "アドレス / addresses"
#define WITHHELD_SUBJECT "件名 / subject"
#define WITHHELD_NAMES "ファイル名 / file names"
#define WITHHELD_HOSTS "リンク先 / link hosts"
#define WITHHELD_DIGESTS "ハッシュ値 / digests"
        MG_WITHHELDS(WITHHELD_WORD)};

static gboolean is_shown(const MgRecord *record, MgWithheld what) {
        return !(record->withheld & what);
}

static const char *subject_of(const MgRecord *record) {
        const MgValue *value = mg_reading_value(record->reading, MG_FIELD_SUBJECT);

        return value ? value->text : "";
}

static const MgPartDecision *decision_on(const MgRecord *record, guint i) {
        const GArray *parts = record->decision->parts;

        return i < parts->len ? &g_array_index(parts, MgPartDecision, i) : NULL;
}

static guint count_removed(const MgRecord *record) {
        guint count = 0;

        for (guint i = 0; i < record->decision->parts->len; i++)
                count += decision_on(record, i)->action == MG_ACTION_REMOVE ? 1 : 0;
        return count;
}

/* "2026-11-20T13:20:00Z": the same wherever the clock of the machine stands. Caller frees. */
static char *time_text(gint64 time) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(time);

        return when ? g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", g_date_time_get_year(when),
                                      g_date_time_get_month(when), g_date_time_get_day_of_month(when),
                                      g_date_time_get_hour(when), g_date_time_get_minute(when),
                                      g_date_time_get_second(when))
                    : g_strdup("-");
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static void set(json_t *object, const char *key, const char *text) {
        json_t *value = json_string(text ? text : "");

        if (!value) { /* not UTF-8 */
                g_autofree char *clean = mg_text_clean(text, strlen(text), MG_CLASS_LINE, 0, NULL);

                value = json_string(clean);
        }
        json_object_set_new(object, key, value);
}

static void set_number(json_t *object, const char *key, guint64 value) {
        json_object_set_new(object, key, json_integer((json_int_t)MIN(value, (guint64)G_MAXINT64)));
}

static void set_hex(json_t *object, const char *key, const guint8 digest[32]) {
        g_autofree char *hex = mg_text_hex(digest, 32);

        set(object, key, hex);
}

static json_t *json_marks(guint32 marks) {
        json_t *array = json_array();

        for (guint32 mark = 1; mark < _MG_MARK_ALL; mark <<= 1)
                if (marks & mark)
                        json_array_append_new(array, json_string(mg_mark_name(mark)));
        return array;
}

static json_t *json_flags(guint32 flags) {
        json_t *array = json_array();

        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                if (flags & 1u << i)
                        json_array_append_new(array, json_string(mg_part_flag_name(1u << i)));
        return array;
}

static json_t *json_withheld(guint32 withheld) {
        json_t *array = json_array();

        for (guint i = 0; i < _MG_WITHHELD_N; i++)
                if (withheld & 1u << i)
                        json_array_append_new(array, json_string(withheld_names[i].word));
        return array;
}

static json_t *json_texts(const GPtrArray *texts) {
        json_t *array = json_array();

        for (guint i = 0; i < texts->len; i++)
                json_array_append_new(array, json_string(g_ptr_array_index(texts, i)));
        return array;
}

static json_t *json_body(const MgRecord *record) {
        json_t *body = json_object();

        set(body, "path", record->reading->body_path);
        set(body, "type", record->reading->body_type);
        set(body, "charset", record->reading->body_charset);
        set(body, "charset_reason", mg_charset_reason_name(record->reading->body_charset_reason));
        set_number(body, "chars", record->body_chars);
        if (is_shown(record, MG_WITHHELD_DIGESTS))
                set(body, "sha256", record->body_digest);
        set_number(body, "replaced", record->reading->replaced);
        set_number(body, "guessed", record->reading->guessed);
        set_number(body, "hidden", record->reading->hidden);
        set_number(body, "links", record->reading->links);
        if (is_shown(record, MG_WITHHELD_HOSTS))
                json_object_set_new(body, "link_hosts", json_texts(record->reading->link_hosts));
        set_number(body, "pictures", record->reading->pictures);
        return body;
}

static void set_names(json_t *part, const MgFacts *facts) {
        set(part, "name", facts->name);
        json_object_set_new(part, "names", json_texts(facts->names));
}

static json_t *json_member(const MgMember *member) {
        json_t *one = json_object(), *flags = json_array();

        set(one, "name", member->name);
        set_number(one, "size", member->size);
        set_number(one, "depth", member->depth);
        for (guint i = 0; i < _MG_MEMBER_FLAG_N; i++)
                if (member->flags & 1u << i)
                        json_array_append_new(flags, json_string(mg_member_flag_name(1u << i)));
        json_object_set_new(one, "flags", flags);
        return one;
}

/* What is in an archive: how many, and those that are listed. */
static void set_members(json_t *part, const MgRecord *record, const MgFacts *facts) {
        json_t *members = json_array();

        set_number(part, "members_all", facts->members_all);
        for (guint i = 0; i < facts->members->len; i++)
                json_array_append_new(members, json_member(g_ptr_array_index(facts->members, i)));
        if (is_shown(record, MG_WITHHELD_NAMES))
                json_object_set_new(part, "members", members);
        else
                json_decref(members);
}

static json_t *json_part(const MgRecord *record, guint i) {
        const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);
        const MgPartDecision *decision = decision_on(record, i);
        json_t *part = json_object();

        set(part, "path", facts->path);
        set(part, "kind", mg_part_kind_name(facts->kind));
        set(part, "claimed", facts->claimed);
        set(part, "found", facts->found);
        json_object_set_new(part, "also", json_texts(facts->also));
        if (is_shown(record, MG_WITHHELD_NAMES))
                set_names(part, facts);
        set_number(part, "size", facts->size);
        if (is_shown(record, MG_WITHHELD_DIGESTS))
                set_hex(part, "sha256", facts->sha256);
        set(part, "action", decision ? mg_action_name(decision->action) : "");
        set(part, "rule", decision ? decision->rule : "");
        set(part, "reason", decision ? decision->reason : "");
        if (decision && decision->action == MG_ACTION_KEEP) {
                set(part, "means", MEANS_KEPT);
                set(part, "approved_by", decision->approved_by);
        }
        json_object_set_new(part, "flags", json_flags(facts->flags));
        set_members(part, record, facts);
        return part;
}

static json_t *json_range(const MgAccountRow *row) {
        json_t *range = json_object();

        set_number(range, "offset", row->offset);
        set_number(range, "length", row->length);
        set(range, "fate", mg_fate_name(row->fate));
        set(range, "path", row->path);
        set(range, "reason", row->reason);
        set_number(range, "count", row->count);
        return range;
}

/* Octets by fate. */
static void add_up(const GArray *rows, guint64 totals[_MG_FATE_N]) {
        for (guint i = 0; i < rows->len; i++) {
                const MgAccountRow *row = &g_array_index(rows, MgAccountRow, i);

                totals[row->fate] += row->length;
        }
}

static json_t *json_original(const MgRecord *record) {
        g_autoptr(GArray) rows = mg_account_rows(record);
        json_t *original = json_object(), *totals = json_object(), *ranges = json_array();
        guint64 sums[_MG_FATE_N] = {0};

        set_number(original, "size", record->size);
        if (is_shown(record, MG_WITHHELD_DIGESTS))
                set_hex(original, "sha256", record->sha256);
        add_up(rows, sums);
        for (guint fate = 0; fate < _MG_FATE_N; fate++)
                set_number(totals, mg_fate_name(fate), sums[fate]);
        json_object_set_new(original, "totals", totals);
        for (guint i = 0; i < rows->len; i++)
                json_array_append_new(ranges, json_range(&g_array_index(rows, MgAccountRow, i)));
        json_object_set_new(original, "ranges", ranges);
        return original;
}

static json_t *json_terms(const MgMailTerms *terms) {
        json_t *object = json_object();

        set_number(object, "retention", terms->retention);
        set_number(object, "approvals", terms->approvals);
        set(object, "release", mg_release_by_name(terms->release));
        return object;
}

static json_t *json_reached(const MgReading *reading) {
        json_t *array = json_array();

        for (guint i = 0; i < reading->reached->len; i++) {
                const MgReached *reached = &g_array_index(reading->reached, MgReached, i);
                json_t *one = json_object();

                set(one, "limit", reached->limit);
                set_number(one, "value", reached->value);
                set_number(one, "bound", reached->bound);
                json_array_append_new(array, one);
        }
        return array;
}

static json_t *json_failure(const MgReading *reading) {
        json_t *failure = json_object();

        set(failure, "what", mg_failure_name(reading->failure));
        set(failure, "limit", reading->failure_limit);
        set_number(failure, "value", reading->failure_value);
        set_number(failure, "bound", reading->failure_bound);
        return failure;
}

static json_t *json_scan(const MgScan *scan) {
        json_t *one = json_object();

        set(one, "verdict", mg_scan_verdict_name(scan->verdict));
        set(one, "fault", mg_scan_fault_name(scan->fault));
        set(one, "said", scan->said);
        return one;
}

static void set_addresses(json_t *root, const MgEnvelope *envelope) {
        json_t *to = json_array();

        set(root, "from", envelope->from);
        for (guint i = 0; i < envelope->rcpts->len; i++) {
                json_t *one = json_object();

                set(one, "to", g_ptr_array_index(envelope->rcpts, i));
                json_array_append(to, json_object_get(one, "to"));
                json_decref(one);
        }
        json_object_set_new(root, "to", to);
        set(root, "client", envelope->client);
}

static void set_subject(json_t *root, const MgRecord *record) {
        set(root, "subject", subject_of(record));
        json_object_set_new(root, "header", json_texts(record->header->names));
}

char *mg_report_json(const MgRecord *record, gboolean pretty) {
        const MgReading *reading = record->reading;
        g_autofree char *time = time_text(record->envelope->time);
        json_t *root = json_object(), *parts = json_array();
        char *text, *out;

        set(root, "outcome", mg_outcome_name(record->outcome));
        set(root, "reason", record->reason);
        set(root, "receipt", record->receipt);
        set(root, "time", time);
        set(root, "queue_id", record->envelope->queue_id);
        if (is_shown(record, MG_WITHHELD_ADDRESSES))
                set_addresses(root, record->envelope);
        set(root, "reply", record->reply);
        if (is_shown(record, MG_WITHHELD_SUBJECT))
                set_subject(root, record);
        json_object_set_new(root, "authentication", json_texts(record->header->authentication));
        json_object_set_new(root, "body", json_body(record));
        for (guint i = 0; i < reading->parts->len; i++)
                json_array_append_new(parts, json_part(record, i));
        json_object_set_new(root, "parts", parts);
        json_object_set_new(root, "original", json_original(record));
        json_object_set_new(root, "scan", json_scan(&record->scan));
        set_hex(root, "policy", record->policy);
        set(root, "version", record->version);
        json_object_set_new(root, "marks", json_marks(reading->marks));
        json_object_set_new(root, "terms", json_terms(&record->terms));
        json_object_set_new(root, "reached", json_reached(reading));
        json_object_set_new(root, "failure", json_failure(reading));
        set_number(root, "milliseconds", record->milliseconds);
        set_number(root, "bytes_out", record->bytes_out);
        if (record->withheld)
                json_object_set_new(root, "withheld", json_withheld(record->withheld));

        text = json_dumps(root, pretty ? JSON_INDENT(2) : JSON_COMPACT);
        json_decref(root);
        out = g_strconcat(text ? text : "{}", "\n", NULL);
        free(text); /* jansson's own allocator */
        return out;
}

/* --- page --------------------------------------------------------------------------------------------------------- */

#define LABEL_COLUMNS 26

void mg_report_row(GString *out, const char *label, const char *format, ...) {
        guint columns = mg_text_columns(label);
        va_list arguments;

        g_string_append_printf(out, "%s%*s", label, columns < LABEL_COLUMNS ? (int)(LABEL_COLUMNS - columns) : 1, "");
        va_start(arguments, format);
        g_string_append_vprintf(out, format, arguments);
        va_end(arguments);
        g_string_append_c(out, '\n');
}

static void add_quoted(GString *out, const char *label, const char *text) {
        g_autofree char *quoted = mg_text_quote(text, 1000);

        mg_report_row(out, label, "%s", quoted);
}

/* "*" stands for a text that is withheld: no quoted text looks like it. */
static char *quote_shown(const MgRecord *record, MgWithheld what, const char *text, gsize max) {
        return is_shown(record, what) ? mg_text_quote(text, max) : g_strdup("*");
}

static void add_words(GString *out, const MgFacts *facts) {
        for (guint i = 0; i < facts->also->len; i++)
                g_string_append_printf(out, "      同時に / also %s\n", (char *)g_ptr_array_index(facts->also, i));
        if (facts->flags == 0)
                return;
        g_string_append(out, "      特徴 / facts");
        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                if (facts->flags & 1u << i)
                        g_string_append_printf(out, " %s", mg_part_flag_name(1u << i));
        g_string_append_c(out, '\n');
}

/* What is in an archive, two columns further in where it lies in an archive inside. */
static void add_members(GString *out, const MgFacts *facts) {
        for (guint i = 0; i < facts->members->len; i++) {
                const MgMember *member = g_ptr_array_index(facts->members, i);
                g_autofree char *name = mg_text_quote(member->name, QUOTE_MAX);
                g_autofree char *size = mg_text_size(member->size);

                g_string_append_printf(out, "      中身 / in it %*s%s  %s\n", (int)MIN(member->depth, 20u) * 2, "",
                                       name, size);
        }
        if (facts->members_all > facts->members->len)
                g_string_append_printf(out, "      中身 / in it: +%" G_GUINT64_FORMAT "\n",
                                       facts->members_all - facts->members->len);
}

static void add_part(GString *out, const MgRecord *record, guint at) {
        const MgFacts *facts = g_ptr_array_index(record->reading->parts, at);
        const MgPartDecision *decision = decision_on(record, at);
        g_autofree char *name = quote_shown(record, MG_WITHHELD_NAMES, facts->name, QUOTE_MAX);
        g_autofree char *size = mg_text_size(facts->size);
        g_autofree char *digest = mg_text_hex(facts->sha256, 32);

        g_string_append_printf(out, "  %s  %s  %s  %s\n", *facts->path ? facts->path : "-", name,
                               *facts->found ? facts->found : "-", size);
        for (guint i = 0; i < facts->names->len; i++) {
                g_autofree char *other = mg_text_quote(g_ptr_array_index(facts->names, i), QUOTE_MAX);

                g_string_append_printf(out, "      別名 / other name %s\n", other);
        }
        add_words(out, facts);
        add_members(out, facts);
        if (decision)
                g_string_append_printf(out, "      %s (%s / %s)  %s: %s\n", mg_action_name(decision->action),
                                       decision->type[0] ? decision->type[0] : "",
                                       decision->type[1] ? decision->type[1] : "", decision->rule ? decision->rule : "",
                                       decision->reason ? decision->reason : "");
        if (decision && decision->action == MG_ACTION_KEEP)
                g_string_append_printf(out, "      手段 / means %s  承認 / approved by %s\n", MEANS_KEPT,
                                       decision->approved_by ? decision->approved_by : "");
        if (is_shown(record, MG_WITHHELD_DIGESTS))
                g_string_append_printf(out, "      SHA-256 %s\n", digest);
}

static void add_marks(GString *out, guint32 marks) {
        g_autoptr(GString) words = g_string_new(NULL);

        for (guint32 mark = 1; mark < _MG_MARK_ALL; mark <<= 1)
                if (marks & mark)
                        g_string_append_printf(words, "%s%s", words->len ? ", " : "", mg_mark_name(mark));
        if (words->len > 0)
                mg_report_row(out, "注意点 / marks", "%s", words->str);
}

/* What a rule said of keeping and releasing it. */
static void add_terms(GString *out, const MgMailTerms *terms) {
        if (terms->retention > 0)
                mg_report_row(out, "保管 / kept", "%u d", terms->retention);
        if (terms->approvals > 0)
                mg_report_row(out, "承認 / approvals", "%u", terms->approvals);
        if (terms->release != MG_RELEASE_BY_STAFF)
                mg_report_row(out, "払い出し / release", "%s", mg_release_by_name(terms->release));
}

static void add_authentication(GString *out, const GPtrArray *results) {
        g_autoptr(GString) words = g_string_new(NULL);

        for (guint i = 0; i < results->len; i++)
                g_string_append_printf(words, "%s%s", i > 0 ? " " : "", (char *)g_ptr_array_index(results, i));
        if (words->len > 0)
                mg_report_row(out, "送信元の検証 / verified", "%s", words->str);
}

static void add_reached(GString *out, const GArray *all) {
        for (guint i = 0; i < all->len; i++) {
                const MgReached *reached = &g_array_index(all, MgReached, i);

                mg_report_row(out, i == 0 ? "達した上限 / bounds" : "",
                              "limits.%s is %" G_GUINT64_FORMAT ", the mail has %" G_GUINT64_FORMAT, reached->limit,
                              reached->bound, reached->value);
        }
}

/* What became of the octets of the original, those fates that there are. */
static void add_account(GString *out, const MgRecord *record) {
        g_autoptr(GArray) rows = mg_account_rows(record);
        g_autoptr(GString) words = g_string_new(NULL);
        guint64 sums[_MG_FATE_N] = {0};

        add_up(rows, sums);
        for (guint fate = 0; fate < _MG_FATE_N; fate++)
                if (sums[fate] > 0)
                        g_string_append_printf(words, "%s%s %" G_GUINT64_FORMAT, words->len > 0 ? ", " : "",
                                               mg_fate_name(fate), sums[fate]);
        if (words->len > 0)
                mg_report_row(out, "内訳 / octets", "%s", words->str);
}

static void add_scan(GString *out, const MgScan *scan) {
        g_autofree char *text = mg_scan_text(scan);

        if (scan->verdict != MG_SCAN_NONE)
                add_quoted(out, "ウイルス検査 / scan", text);
}

static void add_addresses(GString *out, const MgEnvelope *envelope) {
        add_quoted(out, "差出人 / from", envelope->from);
        for (guint i = 0; i < envelope->rcpts->len; i++)
                add_quoted(out, i == 0 ? "宛先 / to" : "", g_ptr_array_index(envelope->rcpts, i));
        add_quoted(out, "送信元 / client", envelope->client);
}

static void add_withheld(GString *out, guint32 withheld) {
        g_autofree char *words = mg_report_withheld(withheld);

        if (words)
                mg_report_row(out, "非表示 / left out", "%s", words);
}

char *mg_report_withheld(guint32 withheld) {
        g_autoptr(GString) words = g_string_new(NULL);

        for (guint i = 0; i < _MG_WITHHELD_N; i++)
                if (withheld & 1u << i)
                        g_string_append_printf(words, "%s%s", words->len > 0 ? ", " : "", withheld_names[i].said);
        return words->len > 0 ? g_strdup(words->str) : NULL;
}

char *mg_report_text(const MgRecord *record) {
        const MgReading *reading = record->reading;
        GString *out = g_string_new(NULL);
        g_autofree char *receipt = mg_receipt_print(record->receipt);
        g_autofree char *time = time_text(record->envelope->time);
        g_autofree char *size = mg_text_size(record->size);
        g_autofree char *digest = mg_text_hex(record->sha256, 32);

        mg_report_row(out, "受付番号 / receipt", "%s", *receipt ? receipt : "-");
        mg_report_row(out, "結果 / outcome", "%s", mg_outcome_name(record->outcome));
        if (*record->reason)
                add_quoted(out, "理由 / reason", record->reason);
        mg_report_row(out, "受信 / arrived", "%s", time);
        if (is_shown(record, MG_WITHHELD_ADDRESSES))
                add_addresses(out, record->envelope);
        if (is_shown(record, MG_WITHHELD_SUBJECT))
                add_quoted(out, "件名 / subject", subject_of(record));
        add_quoted(out, "キューID / queue id", record->envelope->queue_id);
        if (*record->reply)
                add_quoted(out, "応答 / reply", record->reply);
        if (is_shown(record, MG_WITHHELD_DIGESTS))
                mg_report_row(out, "原本 / original", "%s, SHA-256 %s", size, digest);
        else
                mg_report_row(out, "原本 / original", "%s", size);
        add_scan(out, &record->scan);
        add_account(out, record);
        if (*reading->body_type)
                mg_report_row(out, "本文 / body", "%s, %s (%s), %" G_GUINT64_FORMAT " chars", reading->body_type,
                              *reading->body_charset ? reading->body_charset : "-",
                              mg_charset_reason_name(reading->body_charset_reason), record->body_chars);
        if (reading->replaced > 0 || reading->guessed > 0)
                mg_report_row(out, "読めない字 / unreadable", "%u replaced, %u guessed", reading->replaced,
                              reading->guessed);
        for (guint i = 0; i < reading->link_hosts->len; i++)
                add_quoted(out, i == 0 ? "リンク先 / link hosts" : "", g_ptr_array_index(reading->link_hosts, i));
        add_authentication(out, record->header->authentication);
        add_terms(out, &record->terms);
        add_marks(out, reading->marks);
        add_reached(out, reading->reached);
        if (reading->parts->len > 0)
                mg_report_row(out, "部分 / parts", "%u", reading->parts->len);
        for (guint i = 0; i < reading->parts->len; i++)
                add_part(out, record, i);
        add_withheld(out, record->withheld);
        return g_string_free(out, FALSE);
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static const char *first_rcpt(const MgRecord *record) {
        return record->envelope->rcpts->len > 0 ? g_ptr_array_index(record->envelope->rcpts, 0) : "";
}

char *mg_report_line(const MgRecord *record) {
        g_autofree char *time = time_text(record->envelope->time);
        g_autofree char *receipt = mg_receipt_print(record->receipt);
        g_autofree char *from = quote_shown(record, MG_WITHHELD_ADDRESSES, record->envelope->from, QUOTE_MAX);
        g_autofree char *to = quote_shown(record, MG_WITHHELD_ADDRESSES, first_rcpt(record), QUOTE_MAX);
        g_autofree char *subject = quote_shown(record, MG_WITHHELD_SUBJECT, subject_of(record), QUOTE_MAX);
        guint more = record->envelope->rcpts->len > 1 ? record->envelope->rcpts->len - 1 : 0;
        g_autofree char *others = more > 0 ? g_strdup_printf("+%u", more) : g_strdup("");

        return g_strdup_printf("%s %-12s %-9s %s %s%s %s\n", time, *receipt ? receipt : "-",
                               mg_outcome_name(record->outcome), from, to, others, subject);
}

/* Of CEF: what an administrator should look at is above 3. */
static guint severity_of(const MgRecord *record) {
        static const guint severities[_MG_OUTCOME_N] = {[MG_OUTCOME_CONVERTED] = 2,
                                                        [MG_OUTCOME_FAILED] = 5,
                                                        [MG_OUTCOME_DEFERRED] = 4,
                                                        [MG_OUTCOME_REFUSED] = 3,
                                                        [MG_OUTCOME_HELD] = 5};

        return record->scan.verdict == MG_SCAN_INFECTED ? 8 : severities[record->outcome];
}

static void add_limits(MgLine *line, const GArray *all) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < all->len; i++) {
                const MgReached *reached = &g_array_index(all, MgReached, i);

                g_string_append_printf(text, "%s%s:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, i == 0 ? "" : ",",
                                       reached->limit, reached->value, reached->bound);
        }
        if (all->len > 0)
                mg_line_add(line, MG_LINE_REACHED, text->str);
}

MgLine *mg_report_log(const MgRecord *record) {
        MgLine *line = mg_line_new("mail", mg_outcome_name(record->outcome), severity_of(record));

        mg_line_add(line, MG_LINE_QUEUE_ID, record->envelope->queue_id);
        mg_line_add(line, MG_LINE_RECEIPT, *record->receipt ? record->receipt : "-");
        mg_line_add(line, MG_LINE_FROM, record->envelope->from);
        mg_line_add_number(line, MG_LINE_NRCPT, record->envelope->rcpts->len);
        mg_line_add(line, MG_LINE_OUTCOME, mg_outcome_name(record->outcome));
        mg_line_add_number(line, MG_LINE_REMOVED, count_removed(record));
        mg_line_add_number(line, MG_LINE_KEPT, mg_decision_kept(record->decision));
        mg_line_add_number(line, MG_LINE_IN, (gint64)record->size);
        mg_line_add_number(line, MG_LINE_OUT, (gint64)record->bytes_out);
        mg_line_add_number(line, MG_LINE_MS, record->milliseconds);
        if (record->scan.verdict != MG_SCAN_NONE) {
                g_autofree char *scan = mg_scan_text(&record->scan);

                mg_line_add(line, MG_LINE_SCAN, scan);
        }
        add_limits(line, record->reading->reached);
        if (record->outcome != MG_OUTCOME_CONVERTED) {
                mg_line_add(line, MG_LINE_REPLY, record->reply);
                mg_line_add(line, MG_LINE_REASON, record->reason);
        }
        return line;
}
