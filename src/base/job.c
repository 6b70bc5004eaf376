/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes, Records and Readings as objects: making, freeing, names. What crosses the wire is in reading.c.
 */
#include "mugai/job.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"

MgEnvelope *mg_envelope_new(void) {
        MgEnvelope *envelope = g_new0(MgEnvelope, 1);

        envelope->queue_id = g_strdup("");
        envelope->from = g_strdup("");
        envelope->client = g_strdup("");
        envelope->rcpts = g_ptr_array_new_with_free_func(g_free);
        return envelope;
}

void mg_envelope_free(MgEnvelope *envelope) {
        if (!envelope)
                return;
        g_free(envelope->queue_id);
        g_free(envelope->from);
        g_free(envelope->client);
        g_ptr_array_unref(envelope->rcpts);
        g_free(envelope);
}

MgRecord *mg_record_new(void) {
        MgRecord *record = g_new0(MgRecord, 1);

        record->receipt = g_strdup("");
        record->envelope = mg_envelope_new();
        record->reply = g_strdup("");
        record->reason = g_strdup("");
        record->version = g_strdup("");
        record->body_digest = g_strdup("");
        record->header = mg_header_new();
        record->reading = mg_reading_new();
        record->decision = mg_decision_new();
        return record;
}

void mg_record_free(MgRecord *record) {
        if (!record)
                return;
        g_free(record->receipt);
        mg_envelope_free(record->envelope);
        g_free(record->reply);
        g_free(record->reason);
        g_free(record->version);
        g_free(record->body_digest);
        mg_header_free(record->header);
        mg_reading_free(record->reading);
        mg_decision_free(record->decision);
        g_free(record);
}

gboolean mg_record_is_to(const MgRecord *record, char *const *addresses) {
        for (guint i = 0; addresses[i]; i++)
                for (guint j = 0; j < record->envelope->rcpts->len; j++)
                        if (g_ascii_strcasecmp(addresses[i], g_ptr_array_index(record->envelope->rcpts, j)) == 0)
                                return TRUE;
        return FALSE;
}

static void clear(char **text) {
        g_free(*text);
        *text = g_strdup("");
}

static void withhold_parts(MgRecord *record, guint32 withheld) {
        for (guint i = 0; i < record->reading->parts->len; i++) {
                MgFacts *facts = g_ptr_array_index(record->reading->parts, i);

                if (withheld & MG_WITHHELD_NAMES) {
                        clear(&facts->name);
                        g_ptr_array_set_size(facts->names, 0);
                        g_ptr_array_set_size(facts->members, 0);
                }
                if (withheld & MG_WITHHELD_DIGESTS)
                        memset(facts->sha256, 0, sizeof facts->sha256);
        }
}

void mg_record_withhold(MgRecord *record, guint32 withheld) {
        record->withheld |= withheld;
        if (withheld & MG_WITHHELD_ADDRESSES) {
                clear(&record->envelope->from);
                clear(&record->envelope->client);
                g_ptr_array_set_size(record->envelope->rcpts, 0);
        }
        if (withheld & MG_WITHHELD_SUBJECT) {
                g_ptr_array_set_size(record->reading->values, 0);
                g_ptr_array_set_size(record->header->names, 0);
        }
        if (withheld & MG_WITHHELD_HOSTS)
                g_ptr_array_set_size(record->reading->link_hosts, 0);
        if (withheld & MG_WITHHELD_DIGESTS) {
                clear(&record->body_digest);
                memset(record->sha256, 0, sizeof record->sha256);
        }
        withhold_parts(record, withheld);
}

static char *failure_reason(const MgReading *reading) {
        if (reading->failure == MG_FAILURE_NONE)
                return g_strdup("");
        if (reading->failure != MG_FAILURE_LIMIT)
                return g_strdup_printf("could not be converted: %s", mg_failure_name(reading->failure));
        return g_strdup_printf("could not be converted: limits.%s is %" G_GUINT64_FORMAT
                               ", the mail has %" G_GUINT64_FORMAT,
                               reading->failure_limit, reading->failure_bound, reading->failure_value);
}

void mg_record_take(MgRecord *record, MgReading *reading, MgDecision *decision) {
        guint8 digest[32];
        gsize n;
        const char *body = g_bytes_get_data(reading->body, &n);

        mg_digest(body, n, digest);
        g_free(record->body_digest);
        record->body_digest = n > 0 ? mg_text_hex(digest, sizeof digest) : g_strdup("");
        record->body_chars = n > 0 ? (guint64)g_utf8_strlen(body, (gssize)n) : 0;
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new_static("", 0);
        g_ptr_array_set_size(reading->hops, 0);
        for (guint i = reading->values->len; i > 0; i--) {
                const MgValue *value = g_ptr_array_index(reading->values, i - 1);

                if (value->id != MG_FIELD_SUBJECT)
                        g_ptr_array_remove_index(reading->values, i - 1);
        }
        g_free(record->reason);
        record->reason = reading->failure == MG_FAILURE_NONE ? g_strdup(decision->reason) : failure_reason(reading);
        record->outcome = decision->outcome;
        record->terms = decision->terms;
        decision->policy = NULL;
        mg_reading_free(record->reading);
        mg_decision_free(record->decision);
        record->reading = reading;
        record->decision = decision;
}

static void value_free(gpointer data) {
        MgValue *value = data;

        g_free(value->text);
        g_free(value->address);
        g_free(value);
}

static void reached_clear(gpointer data) {
        g_free(((MgReached *)data)->limit);
}

MgReading *mg_reading_new(void) {
        MgReading *reading = g_new0(MgReading, 1);

        reading->failure_limit = g_strdup("");
        reading->date = MG_TIME_NONE;
        reading->values = g_ptr_array_new_with_free_func(value_free);
        reading->hops = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hop_free);
        reading->parts = g_ptr_array_new_with_free_func((GDestroyNotify)mg_facts_free);
        reading->ranges = g_array_new(FALSE, FALSE, sizeof(MgRange));
        reading->link_hosts = g_ptr_array_new_with_free_func(g_free);
        reading->reached = g_array_new(FALSE, FALSE, sizeof(MgReached));
        g_array_set_clear_func(reading->reached, reached_clear);
        reading->body = g_bytes_new_static("", 0);
        reading->body_path = g_strdup("");
        reading->body_type = g_strdup("");
        reading->body_charset = g_strdup("");
        return reading;
}

void mg_reading_free(MgReading *reading) {
        if (!reading)
                return;
        g_free(reading->failure_limit);
        g_ptr_array_unref(reading->values);
        g_ptr_array_unref(reading->hops);
        g_ptr_array_unref(reading->parts);
        g_array_unref(reading->ranges);
        g_ptr_array_unref(reading->link_hosts);
        g_array_unref(reading->reached);
        g_bytes_unref(reading->body);
        g_free(reading->body_path);
        g_free(reading->body_type);
        g_free(reading->body_charset);
        g_free(reading);
}

guint64 mg_reading_accounted(const MgReading *reading) {
        guint64 sum = 0;

        for (guint i = 0; i < reading->ranges->len; i++)
                sum += g_array_index(reading->ranges, MgRange, i).length;
        return sum;
}

void mg_reading_reach(MgReading *reading, const char *limit, guint64 value, guint64 bound) {
        MgReached reached = {NULL, value, bound};

        for (guint i = 0; i < reading->reached->len; i++) {
                MgReached *known = &g_array_index(reading->reached, MgReached, i);

                if (g_str_equal(known->limit, limit)) {
                        known->value = MAX(known->value, value);
                        return;
                }
        }
        reached.limit = g_strdup(limit);
        g_array_append_val(reading->reached, reached);
}

void mg_reading_add_value(MgReading *reading, MgFieldId id, const char *text, const char *address) {
        MgValue *value = g_new(MgValue, 1);

        value->id = id;
        value->text = g_strdup(text ? text : "");
        value->address = g_strdup(address ? address : "");
        g_ptr_array_add(reading->values, value);
}

const MgValue *mg_reading_value(const MgReading *reading, MgFieldId id) {
        for (guint i = 0; i < reading->values->len; i++) {
                const MgValue *value = g_ptr_array_index(reading->values, i);

                if (value->id == id)
                        return value;
        }
        return NULL;
}

MgFacts *mg_facts_new(void) {
        MgFacts *facts = g_new0(MgFacts, 1);

        facts->kind = MG_PART_ATTACHMENT;
        facts->path = g_strdup("");
        facts->claimed = g_strdup("");
        facts->found = g_strdup("");
        facts->name = g_strdup("");
        facts->also = g_ptr_array_new_with_free_func(g_free);
        facts->names = g_ptr_array_new_with_free_func(g_free);
        facts->members = g_ptr_array_new_with_free_func((GDestroyNotify)mg_member_free);
        return facts;
}

void mg_facts_free(MgFacts *facts) {
        if (!facts)
                return;
        g_free(facts->path);
        g_free(facts->claimed);
        g_free(facts->found);
        g_free(facts->name);
        g_ptr_array_unref(facts->also);
        g_ptr_array_unref(facts->names);
        g_ptr_array_unref(facts->members);
        g_free(facts);
}

void mg_member_free(MgMember *member) {
        if (!member)
                return;
        g_free(member->name);
        g_free(member);
}

MgHop *mg_hop_new(void) {
        MgHop *hop = g_new0(MgHop, 1);

        hop->from = g_strdup("");
        hop->by = g_strdup("");
        hop->with = g_strdup("");
        hop->id = g_strdup("");
        hop->time = MG_TIME_NONE;
        return hop;
}

void mg_hop_free(MgHop *hop) {
        if (!hop)
                return;
        g_free(hop->from);
        g_free(hop->by);
        g_free(hop->with);
        g_free(hop->id);
        g_free(hop);
}

const char *mg_mark_name(MgMarks mark) {
        static const char *const names[] = {"ambiguous",   "body-cut",    "date-unreadable", "from-unreadable",
                                            "partial",     "signed",      "encrypted",       "name-address",
                                            "name-script", "name-hidden", "opaque",          "style-cut"};
        G_STATIC_ASSERT((1u << G_N_ELEMENTS(names)) - 1 == _MG_MARK_ALL);

        return mark && mark <= _MG_MARK_ALL ? names[g_bit_nth_lsf(mark, -1)] : "unknown";
}

const char *mg_part_kind_name(MgPartKind kind) {
        static const char *const names[_MG_PART_KIND_N] = {
                [MG_PART_BODY] = "body",
                [MG_PART_ALTERNATIVE] = "alternative",
                [MG_PART_INLINE_PICTURE] = "inline-picture",
                [MG_PART_MESSAGE] = "message",
                [MG_PART_CALENDAR] = "calendar",
                [MG_PART_ATTACHMENT] = "attachment",
                [MG_PART_ENCODED_TEXT] = "encoded-text",
        };

        return kind < _MG_PART_KIND_N ? names[kind] : "unknown";
}

static const char *const part_flags[_MG_PART_FLAG_N] = {
#define PART_FLAG_WORD(name, word) [MG_PART_FLAG_NUMBER_##name] = word,
        MG_PART_FLAGS(PART_FLAG_WORD)};

static const char *const member_flags[_MG_MEMBER_FLAG_N] = {
#define MEMBER_FLAG_WORD(name, word) [MG_MEMBER_FLAG_NUMBER_##name] = word,
        MG_MEMBER_FLAGS(MEMBER_FLAG_WORD)};

const char *mg_part_flag_name(MgPartFlags flag) {
        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                if (flag == (MgPartFlags)(1u << i))
                        return part_flags[i];
        return "unknown";
}

guint32 mg_part_flag_of(const char *word) {
        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                if (g_str_equal(part_flags[i], word))
                        return 1u << i;
        return 0;
}

const char *mg_member_flag_name(MgMemberFlags flag) {
        for (guint i = 0; i < _MG_MEMBER_FLAG_N; i++)
                if (flag == (MgMemberFlags)(1u << i))
                        return member_flags[i];
        return "unknown";
}

const char *mg_failure_name(MgFailure failure) {
        static const char *const names[_MG_FAILURE_N] = {
                [MG_FAILURE_NONE] = "none",         [MG_FAILURE_LIMIT] = "limit",     [MG_FAILURE_TIMEOUT] = "timeout",
                [MG_FAILURE_CRASH] = "crash",       [MG_FAILURE_REFUSED] = "refused", [MG_FAILURE_GRAMMAR] = "grammar",
                [MG_FAILURE_INTERNAL] = "internal",
        };

        return failure < _MG_FAILURE_N ? names[failure] : "unknown";
}

const char *mg_scan_verdict_name(MgScanVerdict verdict) {
        static const char *const names[_MG_SCAN_N] = {
#define SCAN_VERDICT_WORD(name, word) [MG_SCAN_##name] = word,
                MG_SCAN_VERDICTS(SCAN_VERDICT_WORD)};

        return verdict < _MG_SCAN_N ? names[verdict] : "unknown";
}

const char *mg_scan_fault_name(MgScanFault fault) {
        static const char *const names[_MG_SCAN_FAULT_N] = {
#define SCAN_FAULT_WORD(name, word) [MG_SCAN_FAULT_##name] = word,
                MG_SCAN_FAULTS(SCAN_FAULT_WORD)};

        return fault < _MG_SCAN_FAULT_N ? names[fault] : "unknown";
}

gboolean mg_scan_is_worry(const MgScan *scan) {
        return scan->verdict == MG_SCAN_INFECTED || scan->verdict == MG_SCAN_UNSCANNED;
}

char *mg_scan_text(const MgScan *scan) {
        g_autofree char *why = scan->verdict == MG_SCAN_UNSCANNED
                                       ? g_strdup_printf(" (%s)", mg_scan_fault_name(scan->fault))
                                       : g_strdup("");

        return g_strdup_printf("%s%s%s%s", mg_scan_verdict_name(scan->verdict), why, *scan->said ? ": " : "",
                               scan->said);
}

const char *mg_charset_reason_name(MgCharsetReason reason) {
        static const char *const names[_MG_CHARSET_REASON_N] = {
                [MG_CHARSET_REASON_NONE] = "none",
                [MG_CHARSET_REASON_ASCII] = "ascii",
                [MG_CHARSET_REASON_BOM] = "bom",
                [MG_CHARSET_REASON_ESCAPES] = "escapes",
                [MG_CHARSET_REASON_UTF_8] = "utf-8",
                [MG_CHARSET_REASON_LABEL] = "label",
                [MG_CHARSET_REASON_PARENT] = "parent-label",
                [MG_CHARSET_REASON_META] = "meta",
                [MG_CHARSET_REASON_SCORE] = "score",
                [MG_CHARSET_REASON_FALLBACK] = "fallback",
                [MG_CHARSET_REASON_ASKED] = "asked",
        };

        return reason < _MG_CHARSET_REASON_N ? names[reason] : "unknown";
}

const char *mg_range_kind_name(MgRangeKind kind) {
        static const char *const names[_MG_RANGE_KIND_N] = {
                [MG_RANGE_HEADER] = "header",   [MG_RANGE_STRUCTURE] = "structure", [MG_RANGE_TEXT] = "text",
                [MG_RANGE_CONTENT] = "content", [MG_RANGE_UNSHOWN] = "unshown",     [MG_RANGE_FURTHER] = "further",
        };

        return kind < _MG_RANGE_KIND_N ? names[kind] : "unknown";
}

const char *mg_field_name(MgFieldId id) {
        static const char *const names[_MG_FIELD_N] = {
                [MG_FIELD_FROM] = "From",
                [MG_FIELD_SENDER] = "Sender",
                [MG_FIELD_REPLY_TO] = "Reply-To",
                [MG_FIELD_TO] = "To",
                [MG_FIELD_CC] = "Cc",
                [MG_FIELD_SUBJECT] = "Subject",
                [MG_FIELD_MESSAGE_ID] = "Message-ID",
                [MG_FIELD_IN_REPLY_TO] = "In-Reply-To",
                [MG_FIELD_REFERENCES] = "References",
                [MG_FIELD_AUTO_SUBMITTED] = "Auto-Submitted",
                [MG_FIELD_PRECEDENCE] = "Precedence",
                [MG_FIELD_LIST_ID] = "List-Id",
        };

        return id < _MG_FIELD_N ? names[id] : "unknown";
}
