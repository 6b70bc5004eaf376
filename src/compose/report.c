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

#define QUOTE_MAX 200 /* octets of a text in a line */

static const char *const mark_names[] = {"ambiguous", "body-cut",  "date-unreadable", "from-unreadable", "partial",
                                         "signed",    "encrypted", "name-address",    "name-script",     "name-hidden"};
static const char *const flag_names[] = {"names-differ", "name-cleaned", "broken-coding", "ambiguous", "encrypted"};

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

static json_t *names_of(guint32 bits, const char *const *names, gsize n) {
        json_t *array = json_array();

        for (gsize i = 0; i < n; i++)
                if (bits & 1u << i)
                        json_array_append_new(array, json_string(names[i]));
        return array;
}

static json_t *json_body(const MgRecord *record) {
        json_t *body = json_object();

        set(body, "path", record->reading->body_path);
        set(body, "type", record->reading->body_type);
        set(body, "charset", record->reading->body_charset);
        set(body, "charset_reason", mg_charset_reason_name(record->reading->body_charset_reason));
        set_number(body, "chars", record->body_chars);
        set(body, "sha256", record->body_digest);
        set_number(body, "replaced", record->reading->replaced);
        set_number(body, "guessed", record->reading->guessed);
        set_number(body, "hidden", record->reading->hidden);
        set_number(body, "links", record->reading->links);
        set_number(body, "pictures", record->reading->pictures);
        return body;
}

static json_t *json_part(const MgFacts *facts, const MgPartDecision *decision) {
        json_t *part = json_object(), *names = json_array();

        for (guint i = 0; i < facts->names->len; i++)
                json_array_append_new(names, json_string(g_ptr_array_index(facts->names, i)));
        set(part, "path", facts->path);
        set(part, "kind", mg_part_kind_name(facts->kind));
        set(part, "claimed", facts->claimed);
        set(part, "found", facts->found);
        set(part, "name", facts->name);
        json_object_set_new(part, "names", names);
        set_number(part, "size", facts->size);
        set_hex(part, "sha256", facts->sha256);
        set(part, "action", decision ? mg_action_name(decision->action) : "");
        set(part, "rule", decision ? decision->rule : "");
        set(part, "reason", decision ? decision->reason : "");
        json_object_set_new(part, "flags", names_of(facts->flags, flag_names, G_N_ELEMENTS(flag_names)));
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

static json_t *json_failure(const MgReading *reading) {
        json_t *failure = json_object();

        set(failure, "what", mg_failure_name(reading->failure));
        set(failure, "limit", reading->failure_limit);
        set_number(failure, "value", reading->failure_value);
        set_number(failure, "bound", reading->failure_bound);
        return failure;
}

static void set_envelope(json_t *root, const MgEnvelope *envelope) {
        g_autofree char *time = time_text(envelope->time);
        json_t *to = json_array();

        set(root, "time", time);
        set(root, "queue_id", envelope->queue_id);
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

char *mg_report_json(const MgRecord *record, gboolean pretty) {
        const MgReading *reading = record->reading;
        json_t *root = json_object(), *parts = json_array();
        char *text, *out;

        set(root, "outcome", mg_outcome_name(record->outcome));
        set(root, "reason", record->reason);
        set(root, "receipt", record->receipt);
        set_envelope(root, record->envelope);
        set(root, "reply", record->reply);
        set(root, "subject", subject_of(record));
        json_object_set_new(root, "body", json_body(record));
        for (guint i = 0; i < reading->parts->len; i++)
                json_array_append_new(parts, json_part(g_ptr_array_index(reading->parts, i), decision_on(record, i)));
        json_object_set_new(root, "parts", parts);
        json_object_set_new(root, "original", json_original(record));
        set_hex(root, "policy", record->policy);
        set(root, "version", record->version);
        json_object_set_new(root, "marks", names_of(reading->marks, mark_names, G_N_ELEMENTS(mark_names)));
        json_object_set_new(root, "failure", json_failure(reading));
        set_number(root, "milliseconds", record->milliseconds);
        set_number(root, "bytes_out", record->bytes_out);

        text = json_dumps(root, pretty ? JSON_INDENT(2) : JSON_COMPACT);
        json_decref(root);
        out = g_strconcat(text ? text : "{}", "\n", NULL);
        free(text); /* jansson's own allocator */
        return out;
}

/* --- page --------------------------------------------------------------------------------------------------------- */

#define LABEL_COLUMNS 26

static void add_row(GString *out, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void add_row(GString *out, const char *label, const char *format, ...) {
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

        add_row(out, label, "%s", quoted);
}

static void add_part(GString *out, const MgFacts *facts, const MgPartDecision *decision) {
        g_autofree char *name = mg_text_quote(facts->name, QUOTE_MAX);
        g_autofree char *size = mg_text_size(facts->size);
        g_autofree char *digest = mg_text_hex(facts->sha256, 32);

        g_string_append_printf(out, "  %s  %s  %s  %s\n", *facts->path ? facts->path : "-", name,
                               *facts->found ? facts->found : "-", size);
        for (guint i = 0; i < facts->names->len; i++) {
                g_autofree char *other = mg_text_quote(g_ptr_array_index(facts->names, i), QUOTE_MAX);

                g_string_append_printf(out, "      別名 / other name %s\n", other);
        }
        if (decision)
                g_string_append_printf(out, "      %s (%s / %s)  %s: %s\n", mg_action_name(decision->action),
                                       decision->type[0] ? decision->type[0] : "",
                                       decision->type[1] ? decision->type[1] : "", decision->rule ? decision->rule : "",
                                       decision->reason ? decision->reason : "");
        g_string_append_printf(out, "      SHA-256 %s\n", digest);
}

static void add_marks(GString *out, guint32 marks) {
        g_autoptr(GString) words = g_string_new(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(mark_names); i++)
                if (marks & 1u << i)
                        g_string_append_printf(words, "%s%s", words->len ? ", " : "", mark_names[i]);
        if (words->len > 0)
                add_row(out, "注意点 / marks", "%s", words->str);
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
                add_row(out, "内訳 / octets", "%s", words->str);
}

char *mg_report_text(const MgRecord *record) {
        const MgReading *reading = record->reading;
        GString *out = g_string_new(NULL);
        g_autofree char *receipt = mg_receipt_print(record->receipt);
        g_autofree char *time = time_text(record->envelope->time);
        g_autofree char *size = mg_text_size(record->size);
        g_autofree char *digest = mg_text_hex(record->sha256, 32);

        add_row(out, "受付番号 / receipt", "%s", *receipt ? receipt : "-");
        add_row(out, "結果 / outcome", "%s", mg_outcome_name(record->outcome));
        if (*record->reason)
                add_quoted(out, "理由 / reason", record->reason);
        add_row(out, "受信 / arrived", "%s", time);
        add_quoted(out, "差出人 / from", record->envelope->from);
        for (guint i = 0; i < record->envelope->rcpts->len; i++)
                add_quoted(out, i == 0 ? "宛先 / to" : "", g_ptr_array_index(record->envelope->rcpts, i));
        add_quoted(out, "件名 / subject", subject_of(record));
        add_quoted(out, "送信元 / client", record->envelope->client);
        add_quoted(out, "キューID / queue id", record->envelope->queue_id);
        if (*record->reply)
                add_quoted(out, "応答 / reply", record->reply);
        add_row(out, "原本 / original", "%s, SHA-256 %s", size, digest);
        add_account(out, record);
        if (*reading->body_type)
                add_row(out, "本文 / body", "%s, %s (%s), %" G_GUINT64_FORMAT " chars", reading->body_type,
                        *reading->body_charset ? reading->body_charset : "-",
                        mg_charset_reason_name(reading->body_charset_reason), record->body_chars);
        if (reading->replaced > 0 || reading->guessed > 0)
                add_row(out, "読めない字 / unreadable", "%u replaced, %u guessed", reading->replaced, reading->guessed);
        add_marks(out, reading->marks);
        if (reading->parts->len > 0)
                add_row(out, "部分 / parts", "%u", reading->parts->len);
        for (guint i = 0; i < reading->parts->len; i++)
                add_part(out, g_ptr_array_index(reading->parts, i), decision_on(record, i));
        return g_string_free(out, FALSE);
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static const char *first_rcpt(const MgRecord *record) {
        return record->envelope->rcpts->len > 0 ? g_ptr_array_index(record->envelope->rcpts, 0) : "";
}

char *mg_report_line(const MgRecord *record) {
        g_autofree char *time = time_text(record->envelope->time);
        g_autofree char *receipt = mg_receipt_print(record->receipt);
        g_autofree char *from = mg_text_quote(record->envelope->from, QUOTE_MAX);
        g_autofree char *to = mg_text_quote(first_rcpt(record), QUOTE_MAX);
        g_autofree char *subject = mg_text_quote(subject_of(record), QUOTE_MAX);
        guint more = record->envelope->rcpts->len > 1 ? record->envelope->rcpts->len - 1 : 0;
        g_autofree char *others = more > 0 ? g_strdup_printf("+%u", more) : g_strdup("");

        return g_strdup_printf("%s %-12s %-9s %s %s%s %s\n", time, *receipt ? receipt : "-",
                               mg_outcome_name(record->outcome), from, to, others, subject);
}

char *mg_report_log(const MgRecord *record) {
        g_autofree char *from = mg_text_quote(record->envelope->from, QUOTE_MAX);
        g_autofree char *queue_id = mg_text_quote(record->envelope->queue_id, QUOTE_MAX);
        GString *out = g_string_new(NULL);

        g_string_append_printf(out,
                               "queue_id=%s receipt=%s from=%s nrcpt=%u outcome=%s removed=%u in=%" G_GUINT64_FORMAT
                               " out=%" G_GUINT64_FORMAT " ms=%u",
                               queue_id, *record->receipt ? record->receipt : "-", from, record->envelope->rcpts->len,
                               mg_outcome_name(record->outcome), count_removed(record), record->size, record->bytes_out,
                               record->milliseconds);
        if (record->outcome != MG_OUTCOME_CONVERTED) {
                g_autofree char *reply = mg_text_quote(record->reply, 2 * QUOTE_MAX);
                g_autofree char *reason = mg_text_quote(record->reason, 2 * QUOTE_MAX);

                g_string_append_printf(out, " reply=%s reason=%s", reply, reason);
        }
        return g_string_free(out, FALSE);
}
