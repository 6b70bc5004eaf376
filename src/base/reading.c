/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The border. Each get checks what it takes; nothing here mends a value, and nothing here knows mail syntax.
 */
#include "base/reading.h"

/* Octets of texts that have no bound of their own in MgLimits. */
#define SHORT_MAX 255
#define ADDRESS_MAX 320
#define MSGID_MAX 998
/* A character is at most four octets of UTF-8. */
#define CHARS(n) (4 * (gsize)(n))
/* Records hold Postfix's words; Postfix bounds them (line_length_limit 2048). */
#define ENVELOPE_TEXT_MAX 4096
#define ENVELOPE_RCPTS_MAX 100000

typedef struct FieldRow {
        MgClass text;
        gboolean text_empty; /* the text may be "" */
        gboolean address;    /* has an address of class ADDRESS */
        gboolean host;       /* has an address of class HOST */
        gboolean list;       /* may stand more than once */
} FieldRow;

static const FieldRow field_rows[_MG_FIELD_N] = {
        [MG_FIELD_FROM] = {MG_CLASS_LINE, TRUE, .address = TRUE, .list = TRUE},
        [MG_FIELD_SENDER] = {MG_CLASS_LINE, TRUE, .address = TRUE},
        [MG_FIELD_REPLY_TO] = {MG_CLASS_LINE, TRUE, .address = TRUE, .list = TRUE},
        [MG_FIELD_TO] = {MG_CLASS_LINE, TRUE, .address = TRUE, .list = TRUE},
        [MG_FIELD_CC] = {MG_CLASS_LINE, TRUE, .address = TRUE, .list = TRUE},
        [MG_FIELD_SUBJECT] = {MG_CLASS_LINE, TRUE},
        [MG_FIELD_MESSAGE_ID] = {MG_CLASS_MSGID},
        [MG_FIELD_IN_REPLY_TO] = {MG_CLASS_MSGID, .list = TRUE},
        [MG_FIELD_REFERENCES] = {MG_CLASS_MSGID, .list = TRUE},
        [MG_FIELD_AUTO_SUBMITTED] = {MG_CLASS_TOKEN},
        [MG_FIELD_PRECEDENCE] = {MG_CLASS_TOKEN},
        [MG_FIELD_LIST_ID] = {MG_CLASS_LINE, TRUE, .host = TRUE},
};

static void value_put(MgWriter *writer, const MgValue *value) {
        mg_put_u32(writer, value->id);
        mg_put_text(writer, value->text);
        mg_put_text(writer, value->address);
}

static gsize value_max(MgFieldId id, const MgLimits *limits) {
        switch (field_rows[id].text) {
        case MG_CLASS_LINE:
                return CHARS(limits->text_chars);
        case MG_CLASS_MSGID:
                return MSGID_MAX;
        default:
                return SHORT_MAX;
        }
}

static void value_get(MgReader *reader, const MgLimits *limits, guint counts[_MG_FIELD_N], MgReading *reading) {
        MgFieldId id = mg_get_enum(reader, _MG_FIELD_N, "value.id");
        const FieldRow *row = &field_rows[id];
        g_autofree char *text = mg_get_text(reader, value_max(id, limits), row->text, mg_field_name(id));
        g_autofree char *address = mg_get_text(reader, row->host ? SHORT_MAX : ADDRESS_MAX,
                                               row->host ? MG_CLASS_HOST : MG_CLASS_ADDRESS, mg_field_name(id));

        if (*address && !row->address && !row->host)
                mg_reader_fail(reader, mg_field_name(id), "has an address where none can be");
        if (++counts[id] > (row->list ? MAX(limits->addresses, limits->references) : 1))
                mg_reader_fail(reader, mg_field_name(id), "stands too often");
        if (!reader->fault)
                mg_reading_add_value(reading, id, text, address);
}

static void hop_put(MgWriter *writer, const MgHop *hop) {
        mg_put_text(writer, hop->from);
        mg_put_text(writer, hop->by);
        mg_put_text(writer, hop->with);
        mg_put_text(writer, hop->id);
        mg_put_i64(writer, hop->time);
}

/* Years 1970 to 9999: what the composer can write as a date. */
static gint64 get_time(MgReader *reader, const char *field) {
        gint64 time = mg_get_i64(reader, field);

        if (time != MG_TIME_NONE && (time < 0 || time > G_GINT64_CONSTANT(253402300799)))
                mg_reader_fail(reader, field, "is no time that can be written");
        return reader->fault ? MG_TIME_NONE : time;
}

static MgHop *hop_get(MgReader *reader) {
        MgHop *hop = g_new0(MgHop, 1);

        hop->from = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "hop.from");
        hop->by = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "hop.by");
        hop->with = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "hop.with");
        hop->id = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "hop.id");
        hop->time = get_time(reader, "hop.time");
        return hop;
}

static void texts_put(MgWriter *writer, const GPtrArray *texts) {
        mg_put_u32(writer, texts->len);
        for (guint i = 0; i < texts->len; i++)
                mg_put_text(writer, g_ptr_array_index(texts, i));
}

static void member_put(MgWriter *writer, const MgMember *member) {
        mg_put_text(writer, member->name);
        mg_put_u64(writer, member->size);
        mg_put_u32(writer, member->flags);
        mg_put_u32(writer, member->depth);
}

static void facts_put(MgWriter *writer, const MgFacts *facts) {
        mg_put_text(writer, facts->path);
        mg_put_u32(writer, facts->kind);
        mg_put_u32(writer, facts->flags);
        mg_put_text(writer, facts->claimed);
        mg_put_text(writer, facts->found);
        mg_put_text(writer, facts->name);
        mg_put_u64(writer, facts->size);
        mg_put_raw(writer, facts->sha256, sizeof facts->sha256);
        texts_put(writer, facts->names);
        texts_put(writer, facts->also);
        mg_put_u64(writer, facts->members_all);
        mg_put_u32(writer, facts->members->len);
        for (guint i = 0; i < facts->members->len; i++)
                member_put(writer, g_ptr_array_index(facts->members, i));
}

static guint32 get_flags(MgReader *reader, guint32 all, const char *field) {
        guint32 flags = mg_get_u32(reader, field);

        if (flags & ~all)
                mg_reader_fail(reader, field, "has flags that do not exist");
        return flags & all;
}

/* Texts none of which is "". */
static GPtrArray *texts_get(MgReader *reader, guint32 most, gsize octets, MgClass class, const char *field) {
        GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
        guint32 n = mg_get_count(reader, most, field);

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                char *text = mg_get_text(reader, octets, class, field);

                if (!*text)
                        mg_reader_fail(reader, field, "has an empty text");
                g_ptr_array_add(texts, text);
        }
        return texts;
}

static MgMember *member_get(MgReader *reader, const MgLimits *limits) {
        MgMember *member = g_new0(MgMember, 1);

        member->name = mg_get_text(reader, CHARS(limits->name_chars), MG_CLASS_LINE, "member.name");
        member->size = mg_get_u64(reader, "member.size");
        member->flags = get_flags(reader, _MG_MEMBER_FLAGS_ALL, "member.flags");
        member->depth = mg_get_u32(reader, "member.depth");
        if (member->depth > limits->archive_depth)
                mg_reader_fail(reader, "member.depth", "is deeper than is looked");
        return member;
}

/* What is in the part; kept records before version 5 do not say it. */
static void members_get(MgReader *reader, const MgLimits *limits, MgFacts *facts) {
        guint32 n;

        facts->members_all = mg_get_u64(reader, "part.members_all");
        n = mg_get_count(reader, (guint32)limits->archive_listed, "part.members");
        if (facts->members_all < n)
                mg_reader_fail(reader, "part.members_all", "is less than what is listed");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(facts->members, member_get(reader, limits));
}

static void replace(GPtrArray **array, GPtrArray *by) {
        g_ptr_array_unref(*array);
        *array = by;
}

static MgFacts *facts_get(MgReader *reader, const MgLimits *limits) {
        MgFacts *facts = mg_facts_new();

        g_free(facts->path);
        g_free(facts->claimed);
        g_free(facts->found);
        g_free(facts->name);
        facts->path = mg_get_text(reader, SHORT_MAX, MG_CLASS_PATH, "part.path");
        facts->kind = mg_get_enum(reader, _MG_PART_KIND_N, "part.kind");
        facts->flags = get_flags(reader, _MG_PART_FLAGS_ALL, "part.flags");
        facts->claimed = mg_get_text(reader, SHORT_MAX, MG_CLASS_MIME, "part.claimed");
        facts->found = mg_get_text(reader, SHORT_MAX, MG_CLASS_MIME, "part.found");
        facts->name = mg_get_text(reader, CHARS(limits->name_chars), MG_CLASS_LINE, "part.name");
        facts->size = mg_get_u64(reader, "part.size");
        /* Nothing that was decoded is larger than a mail, or it was cut. */
        if (facts->size > limits->mail_size)
                mg_reader_fail(reader, "part.size", "is larger than a mail can be");
        mg_get_raw(reader, facts->sha256, sizeof facts->sha256, "part.sha256");
        if (reader->version >= 2)
                replace(&facts->names,
                        texts_get(reader, MG_FACTS_NAMES_MAX, CHARS(limits->name_chars), MG_CLASS_LINE, "part.names"));
        if (reader->version >= 5) {
                replace(&facts->also, texts_get(reader, MG_FACTS_ALSO_MAX, SHORT_MAX, MG_CLASS_MIME, "part.also"));
                members_get(reader, limits, facts);
        }
        return facts;
}

static void range_put(MgWriter *writer, const MgRange *range) {
        mg_put_u64(writer, range->length);
        mg_put_u32(writer, range->kind);
        mg_put_u32(writer, range->part);
        mg_put_u32(writer, range->count);
}

/* left: octets of the largest mail that are not accounted for yet, so that the sum cannot overflow. */
static void range_get(MgReader *reader, guint64 *left, MgReading *reading) {
        MgRange range = {
                .length = mg_get_u64(reader, "range.length"),
                .kind = mg_get_enum(reader, _MG_RANGE_KIND_N, "range.kind"),
                .part = mg_get_u32(reader, "range.part"),
                .count = mg_get_u32(reader, "range.count"),
        };
        gboolean content =
                range.kind == MG_RANGE_TEXT || range.kind == MG_RANGE_CONTENT || range.kind == MG_RANGE_UNSHOWN;

        if (range.length == 0 || range.length > *left)
                mg_reader_fail(reader, "range.length", "is no range of a mail");
        if (content ? range.part >= reading->parts->len : range.part != MG_RANGE_NO_PART)
                mg_reader_fail(reader, "range.part", "is no part of the mail");
        if (range.kind == MG_RANGE_FURTHER ? range.count < 2 : range.count != 1)
                mg_reader_fail(reader, "range.count", "cannot be");
        *left -= MIN(*left, range.length);
        g_array_append_val(reading->ranges, range);
}

static void ranges_get(MgReader *reader, const MgLimits *limits, MgReading *reading) {
        /* Kept records of version 1 have none. */
        guint32 n = reader->version >= 2 ? mg_get_count(reader, (guint32)limits->ranges, "ranges") : 0;
        guint64 left = limits->mail_size;

        for (guint32 i = 0; i < n && !reader->fault; i++)
                range_get(reader, &left, reading);
}

static void reached_put(MgWriter *writer, const MgReached *reached) {
        mg_put_text(writer, reached->limit);
        mg_put_u64(writer, reached->value);
        mg_put_u64(writer, reached->bound);
}

/* Kept records before version 3 have none. */
static void reached_get(MgReader *reader, MgReading *reading) {
        guint32 n = reader->version >= 3 ? mg_get_count(reader, MG_REACHED_MAX, "reached") : 0;

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                g_autofree char *limit = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "reached.limit");
                guint64 value = mg_get_u64(reader, "reached.value"), bound = mg_get_u64(reader, "reached.bound");

                if (!*limit || value < bound)
                        mg_reader_fail(reader, "reached", "is no bound that was reached");
                mg_reading_reach(reading, limit, value, bound);
                if (reading->reached->len != i + 1)
                        mg_reader_fail(reader, "reached", "names a bound twice");
        }
}

void mg_reading_put(MgWriter *writer, const MgReading *reading) {
        gsize n;
        const void *body = g_bytes_get_data(reading->body, &n);

        mg_put_u32(writer, reading->failure);
        mg_put_text(writer, reading->failure_limit);
        mg_put_u64(writer, reading->failure_value);
        mg_put_u64(writer, reading->failure_bound);
        mg_put_u32(writer, reading->marks);
        mg_put_i64(writer, reading->date);
        mg_put_i64(writer, reading->date_zone);
        mg_put_u32(writer, reading->values->len);
        for (guint i = 0; i < reading->values->len; i++)
                value_put(writer, g_ptr_array_index(reading->values, i));
        mg_put_u32(writer, reading->hops->len);
        for (guint i = 0; i < reading->hops->len; i++)
                hop_put(writer, g_ptr_array_index(reading->hops, i));
        mg_put_u32(writer, reading->parts->len);
        for (guint i = 0; i < reading->parts->len; i++)
                facts_put(writer, g_ptr_array_index(reading->parts, i));
        mg_put_u32(writer, reading->ranges->len);
        for (guint i = 0; i < reading->ranges->len; i++)
                range_put(writer, &g_array_index(reading->ranges, MgRange, i));
        mg_put_u32(writer, reading->reached->len);
        for (guint i = 0; i < reading->reached->len; i++)
                reached_put(writer, &g_array_index(reading->reached, MgReached, i));
        mg_put_text(writer, reading->body_path);
        mg_put_text(writer, reading->body_type);
        mg_put_text(writer, reading->body_charset);
        mg_put_u32(writer, reading->body_charset_reason);
        mg_put_u32(writer, reading->replaced);
        mg_put_u32(writer, reading->guessed);
        mg_put_u32(writer, reading->hidden);
        mg_put_u32(writer, reading->links);
        mg_put_u32(writer, reading->link_hosts->len);
        for (guint i = 0; i < reading->link_hosts->len; i++)
                mg_put_text(writer, g_ptr_array_index(reading->link_hosts, i));
        mg_put_u32(writer, reading->pictures);
        mg_put_bytes(writer, body, n);
}

static void failure_get(MgReader *reader, MgReading *reading) {
        reading->failure = mg_get_enum(reader, _MG_FAILURE_N, "failure");
        g_free(reading->failure_limit);
        reading->failure_limit = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "failure.limit");
        reading->failure_value = mg_get_u64(reader, "failure.value");
        reading->failure_bound = mg_get_u64(reader, "failure.bound");
}

/* Five address fields, two of message ids, and those that stand once. */
static guint32 values_max(const MgLimits *limits) {
        return (guint32)(limits->addresses * 5 + MAX(limits->addresses, limits->references) * 2 + _MG_FIELD_N);
}

static void lists_get(MgReader *reader, const MgLimits *limits, MgReading *reading) {
        guint counts[_MG_FIELD_N] = {0};
        guint64 members = 0;
        guint32 n = mg_get_count(reader, values_max(limits), "values");

        for (guint32 i = 0; i < n && !reader->fault; i++)
                value_get(reader, limits, counts, reading);
        n = mg_get_count(reader, (guint32)limits->hops, "hops");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(reading->hops, hop_get(reader));
        n = mg_get_count(reader, (guint32)limits->parts, "parts");
        for (guint32 i = 0; i < n && !reader->fault; i++) {
                MgFacts *facts = facts_get(reader, limits);

                members += facts->members->len;
                g_ptr_array_add(reading->parts, facts);
        }
        if (members > limits->archive_listed)
                mg_reader_fail(reader, "part.members", "are more than are listed");
}

/* Kept records before version 4 have none. */
static void link_hosts_get(MgReader *reader, const MgLimits *limits, MgReading *reading) {
        guint32 n = reader->version >= 4 ? mg_get_count(reader, (guint32)limits->link_hosts, "body.link_hosts") : 0;

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                char *host = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "body.link_hosts");

                if (!*host)
                        mg_reader_fail(reader, "body.link_hosts", "has an empty host");
                g_ptr_array_add(reading->link_hosts, host);
        }
}

static void body_get(MgReader *reader, const MgLimits *limits, MgReading *reading) {
        const guint8 *text;
        gsize n;

        g_free(reading->body_path);
        g_free(reading->body_type);
        g_free(reading->body_charset);
        reading->body_path = mg_get_text(reader, SHORT_MAX, MG_CLASS_PATH, "body.path");
        reading->body_type = mg_get_text(reader, SHORT_MAX, MG_CLASS_MIME, "body.type");
        reading->body_charset = mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "body.charset");
        if (reader->version >= 2)
                reading->body_charset_reason = mg_get_enum(reader, _MG_CHARSET_REASON_N, "body.charset_reason");
        reading->replaced = mg_get_u32(reader, "body.replaced");
        if (reader->version >= 2)
                reading->guessed = mg_get_u32(reader, "body.guessed");
        reading->hidden = mg_get_u32(reader, "body.hidden");
        reading->links = mg_get_u32(reader, "body.links");
        link_hosts_get(reader, limits, reading);
        reading->pictures = mg_get_u32(reader, "body.pictures");
        text = mg_get_bytes(reader, limits->body, &n, "body");
        if (text && !mg_text_is((const char *)text, n, MG_CLASS_TEXT))
                mg_reader_fail(reader, "body", "holds characters that are not allowed");
        if (reader->fault)
                return;
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new(text, n);
}

MgReading *mg_reading_get(MgReader *reader, const MgLimits *limits) {
        MgReading *reading = mg_reading_new();
        gint64 zone;

        failure_get(reader, reading);
        reading->marks = get_flags(reader, _MG_MARK_ALL, "marks");
        reading->date = get_time(reader, "date");
        zone = mg_get_i64(reader, "date_zone");
        if (zone < -1439 || zone > 1439)
                mg_reader_fail(reader, "date_zone", "is no zone");
        reading->date_zone = reader->fault ? 0 : (gint32)zone;
        lists_get(reader, limits, reading);
        ranges_get(reader, limits, reading);
        reached_get(reader, reading);
        body_get(reader, limits, reading);
        return reading;
}

void mg_envelope_put(MgWriter *writer, const MgEnvelope *envelope) {
        mg_put_text(writer, envelope->queue_id);
        mg_put_text(writer, envelope->from);
        mg_put_text(writer, envelope->client);
        mg_put_i64(writer, envelope->time);
        mg_put_u32(writer, envelope->rcpts->len);
        for (guint i = 0; i < envelope->rcpts->len; i++)
                mg_put_text(writer, g_ptr_array_index(envelope->rcpts, i));
}

MgEnvelope *mg_envelope_get(MgReader *reader) {
        MgEnvelope *envelope = g_new0(MgEnvelope, 1);
        guint32 n;

        envelope->queue_id = mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "envelope.queue_id");
        envelope->from = mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "envelope.from");
        envelope->client = mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "envelope.client");
        envelope->time = mg_get_i64(reader, "envelope.time");
        envelope->rcpts = g_ptr_array_new_with_free_func(g_free);
        n = mg_get_count(reader, ENVELOPE_RCPTS_MAX, "envelope.rcpts");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(envelope->rcpts,
                                mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "envelope.rcpt"));
        return envelope;
}

void mg_limits_put(MgWriter *writer, const MgLimits *limits) {
#define MG_LIMIT_PUT(field, value, reason) mg_put_u64(writer, limits->field);
        MG_LIMITS(MG_LIMIT_PUT)
#undef MG_LIMIT_PUT
}

void mg_limits_get(MgReader *reader, MgLimits *limits) {
#define MG_LIMIT_GET(field, value, reason) limits->field = mg_get_u64(reader, "limits." #field);
        MG_LIMITS(MG_LIMIT_GET)
#undef MG_LIMIT_GET
}

static void part_decision_put(MgWriter *writer, const MgPartDecision *part) {
        mg_put_u32(writer, part->action);
        mg_put_u8(writer, part->listed ? 1 : 0);
        mg_put_text(writer, part->rule);
        mg_put_text(writer, part->reason);
        mg_put_text(writer, part->type[0]);
        mg_put_text(writer, part->type[1]);
        mg_put_text(writer, part->approved_by);
}

static void part_decision_get(MgReader *reader, MgDecision *decision) {
        MgPartDecision part;

        part.action = mg_get_enum(reader, _MG_ACTION_N, "decision.action");
        part.listed = mg_get_u8(reader, "decision.listed") != 0;
        part.rule = mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "decision.rule");
        part.reason = mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "decision.reason");
        part.type[0] = mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "decision.type.ja");
        part.type[1] = mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "decision.type.en");
        /* Kept records before version 8 have no part that went on as a file. */
        part.approved_by = reader->version >= 8
                                   ? mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "decision.approved_by")
                                   : NULL;
        g_array_append_val(decision->parts, part);
}

void mg_scan_put(MgWriter *writer, const MgScan *scan) {
        mg_put_u32(writer, scan->verdict);
        mg_put_u32(writer, scan->fault);
        mg_put_text(writer, scan->said);
}

/* Kept records before version 6 have none. */
void mg_scan_get(MgReader *reader, MgScan *scan) {
        g_autofree char *said = NULL;

        if (reader->version < 6)
                return;
        scan->verdict = mg_get_enum(reader, _MG_SCAN_N, "scan.verdict");
        scan->fault = mg_get_enum(reader, _MG_SCAN_FAULT_N, "scan.fault");
        said = mg_get_text(reader, MG_SCAN_SAID, MG_CLASS_LINE, "scan.said");
        g_strlcpy(scan->said, said, sizeof scan->said);
        if ((scan->verdict == MG_SCAN_UNSCANNED) != (scan->fault != MG_SCAN_FAULT_NONE))
                mg_reader_fail(reader, "scan.fault", "does not go with the verdict");
}

static void header_put(MgWriter *writer, const MgHeader *header) {
        mg_put_u32(writer, header->authentication->len);
        for (guint i = 0; i < header->authentication->len; i++)
                mg_put_text(writer, g_ptr_array_index(header->authentication, i));
        mg_put_u32(writer, header->names->len);
        for (guint i = 0; i < header->names->len; i++)
                mg_put_text(writer, g_ptr_array_index(header->names, i));
}

static void names_get(MgReader *reader, const MgLimits *limits, GPtrArray *names) {
        guint32 n = mg_get_count(reader, (guint32)limits->header_fields, "header.names");

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                char *name = mg_get_text(reader, MG_FIELD_NAME_MAX, MG_CLASS_TOKEN, "header.names");

                g_ptr_array_add(names, name);
                for (const char *c = name; *c; c++)
                        if (g_ascii_isupper(*c))
                                mg_reader_fail(reader, "header.names", "are not in lower case");
                if (i > 0 && strcmp(g_ptr_array_index(names, i - 1), name) >= 0)
                        mg_reader_fail(reader, "header.names", "are not sorted");
        }
}

/* Kept records before version 7 have none. */
static MgHeader *header_get(MgReader *reader, const MgLimits *limits) {
        MgHeader *header = mg_header_new();
        guint32 n;

        if (reader->version < 7)
                return header;
        n = mg_get_count(reader, (guint32)limits->authentication_results, "header.authentication");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(header->authentication,
                                mg_get_text(reader, SHORT_MAX, MG_CLASS_HOST, "header.authentication"));
        names_get(reader, limits, header->names);
        return header;
}

static void terms_put(MgWriter *writer, const MgMailTerms *terms) {
        mg_put_u32(writer, terms->retention);
        mg_put_u32(writer, terms->approvals);
        mg_put_u32(writer, terms->release);
}

/* Kept records before version 8 have none. */
static void terms_get(MgReader *reader, MgMailTerms *terms) {
        if (reader->version < 8)
                return;
        terms->retention = mg_get_u32(reader, "terms.retention");
        terms->approvals = mg_get_u32(reader, "terms.approvals");
        terms->release = mg_get_enum(reader, _MG_RELEASE_BY_N, "terms.release");
}

void mg_record_put(MgWriter *writer, const MgRecord *record) {
        mg_put_text(writer, record->receipt);
        mg_envelope_put(writer, record->envelope);
        mg_put_u32(writer, record->outcome);
        mg_put_text(writer, record->reply);
        mg_put_text(writer, record->reason);
        mg_put_u64(writer, record->size);
        mg_put_raw(writer, record->sha256, sizeof record->sha256);
        mg_put_raw(writer, record->policy, sizeof record->policy);
        mg_put_text(writer, record->version);
        mg_put_u64(writer, record->bytes_out);
        mg_put_u32(writer, record->milliseconds);
        mg_put_text(writer, record->body_digest);
        mg_put_u64(writer, record->body_chars);
        mg_scan_put(writer, &record->scan);
        header_put(writer, record->header);
        terms_put(writer, &record->terms);
        mg_reading_put(writer, record->reading);
        mg_put_u32(writer, record->decision->parts->len);
        for (guint i = 0; i < record->decision->parts->len; i++)
                part_decision_put(writer, &g_array_index(record->decision->parts, MgPartDecision, i));
}

/* Between trusted roles the bounds of a Reading are those that any policy could have. */
static MgLimits widest(void) {
        MgLimits limits = {
#define MG_LIMIT_WIDEST(field, value, reason) .field = G_MAXUINT32 / 16,
                MG_LIMITS(MG_LIMIT_WIDEST)
#undef MG_LIMIT_WIDEST
        };

        limits.mail_size = G_MAXUINT32;
        return limits;
}

MgRecord *mg_record_get(MgReader *reader) {
        const MgLimits limits = widest();
        MgRecord *record = g_new0(MgRecord, 1);
        guint32 n;

        record->receipt = mg_get_text(reader, 10, MG_CLASS_HOST, "receipt");
        record->envelope = mg_envelope_get(reader);
        record->outcome = mg_get_enum(reader, _MG_OUTCOME_N, "outcome");
        record->reply = mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "reply");
        record->reason = mg_get_text(reader, ENVELOPE_TEXT_MAX, MG_CLASS_LINE, "reason");
        record->size = mg_get_u64(reader, "size");
        mg_get_raw(reader, record->sha256, sizeof record->sha256, "sha256");
        mg_get_raw(reader, record->policy, sizeof record->policy, "policy");
        record->version = mg_get_text(reader, SHORT_MAX, MG_CLASS_LINE, "version");
        record->bytes_out = mg_get_u64(reader, "bytes_out");
        record->milliseconds = mg_get_u32(reader, "milliseconds");
        record->body_digest = mg_get_text(reader, 64, MG_CLASS_HOST, "body_digest");
        record->body_chars = mg_get_u64(reader, "body_chars");
        mg_scan_get(reader, &record->scan);
        record->header = header_get(reader, &limits);
        terms_get(reader, &record->terms);
        record->reading = mg_reading_get(reader, &limits);
        if (record->reading->ranges->len > 0 && mg_reading_accounted(record->reading) != record->size)
                mg_reader_fail(reader, "ranges", "do not add up to the size");
        record->decision = mg_decision_new();
        record->decision->outcome = record->outcome;
        n = mg_get_count(reader, G_MAXUINT32, "decision.parts");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                part_decision_get(reader, record->decision);
        return record;
}
