/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The border: a full Reading survives, each lie is refused, and whatever octets a worker writes, an accepted
 * Reading is within classes and limits.
 */
#include <string.h>

#include "base/error.h"
#include "base/reading.h"

static MgReading *sample(void) {
        MgReading *reading = mg_reading_new();
        MgHop *hop = mg_hop_new();
        MgFacts *facts = mg_facts_new();
        const MgRange ranges[] = {{100, MG_RANGE_HEADER, MG_RANGE_NO_PART, 1},
                                  {20, MG_RANGE_CONTENT, 0, 1},
                                  {30, MG_RANGE_FURTHER, MG_RANGE_NO_PART, 3}};

        mg_reading_add_value(reading, MG_FIELD_FROM, "山田 太郎", "taro@example.jp");
        mg_reading_add_value(reading, MG_FIELD_TO, "", "abc..def.@docomo.ne.jp");
        mg_reading_add_value(reading, MG_FIELD_TO, "課", "ka@city.example.jp");
        mg_reading_add_value(reading, MG_FIELD_SUBJECT, "会議の件", NULL);
        mg_reading_add_value(reading, MG_FIELD_MESSAGE_ID, "1@example.jp", NULL);
        mg_reading_add_value(reading, MG_FIELD_PRECEDENCE, "bulk", NULL);
        mg_reading_add_value(reading, MG_FIELD_LIST_ID, "名簿", "list.example.jp");
        g_free(hop->by);
        hop->by = g_strdup("mx.example.jp");
        hop->time = 1700000000;
        g_ptr_array_add(reading->hops, hop);
        g_free(facts->path);
        facts->path = g_strdup("1.2");
        g_free(facts->found);
        facts->found = g_strdup("application/pdf");
        facts->size = 12345;
        memset(facts->sha256, 0xab, sizeof facts->sha256);
        g_ptr_array_add(reading->parts, facts);
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new_static("本文\nです。\n", strlen("本文\nです。\n"));
        g_array_append_vals(reading->ranges, ranges, G_N_ELEMENTS(ranges));
        reading->date = 1700000001;
        reading->date_zone = 540;
        reading->body_charset_reason = MG_CHARSET_REASON_SCORE;
        reading->guessed = 5;
        reading->links = 3;
        return reading;
}

static GBytes *encode(const MgReading *reading) {
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        return g_bytes_new(writer.bytes->data, writer.bytes->len);
}

static MgReading *decode(GBytes *bytes, const MgLimits *limits, GError **error) {
        g_autoptr(MgReading) reading = NULL;
        MgReader reader;

        mg_reader_init(&reader, bytes);
        reading = mg_reading_get(&reader, limits);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&reading) : NULL;
}

static void test_round_trip(void) {
        g_autoptr(MgReading) reading = sample();
        g_autoptr(GBytes) first = encode(reading);
        g_autoptr(MgReading) again = decode(first, &mg_limits_default, NULL);
        g_autoptr(GBytes) second = NULL;

        g_assert_nonnull(again);
        second = encode(again);
        g_assert_true(g_bytes_equal(first, second));
        g_assert_cmpstr(mg_reading_value(again, MG_FIELD_SUBJECT)->text, ==, "会議の件");
        g_assert_cmpint(again->body_charset_reason, ==, MG_CHARSET_REASON_SCORE);
        g_assert_cmpuint(again->guessed, ==, 5);
        g_assert_cmpuint(mg_reading_accounted(again), ==, 150);
}

static void lie_subject_crlf(MgReading *r) {
        mg_reading_add_value(r, MG_FIELD_REFERENCES, "a@b\r\nBcc:x@y", NULL);
}
static void lie_two_subjects(MgReading *r) {
        mg_reading_add_value(r, MG_FIELD_SUBJECT, "again", NULL);
}
static void lie_address_blank(MgReading *r) {
        mg_reading_add_value(r, MG_FIELD_CC, "", "a b@example.jp");
}
static void lie_address_newline(MgReading *r) {
        mg_reading_add_value(r, MG_FIELD_CC, "", "a@example.jp\nBcc");
}
static void lie_address_on_subject(MgReading *r) {
        g_ptr_array_set_size(r->values, 0);
        mg_reading_add_value(r, MG_FIELD_SUBJECT, "x", "a@example.jp");
}
static void lie_bidi(MgReading *r) {
        mg_reading_add_value(r, MG_FIELD_CC, "a\342\200\256b", "a@example.jp");
}
static void lie_field_id(MgReading *r) {
        mg_reading_add_value(r, (MgFieldId)99, "x", NULL);
}
static void lie_marks(MgReading *r) {
        r->marks = 1u << 31;
}
static void lie_date(MgReading *r) {
        r->date = G_MAXINT64;
}
static void lie_zone(MgReading *r) {
        r->date_zone = 100000;
}
static void lie_failure(MgReading *r) {
        r->failure = (MgFailure)77;
}
static void lie_charset_reason(MgReading *r) {
        r->body_charset_reason = _MG_CHARSET_REASON_N;
}
static MgRange *range(MgReading *r, guint i) {
        return &g_array_index(r->ranges, MgRange, i);
}
static void lie_range_empty(MgReading *r) {
        range(r, 0)->length = 0;
}
static void lie_range_long(MgReading *r) {
        range(r, 0)->length = G_MAXUINT64 - 10;
}
static void lie_range_sum(MgReading *r) {
        range(r, 0)->length = range(r, 1)->length = mg_limits_default.mail_size / 2 + 1;
}
static void lie_range_kind(MgReading *r) {
        range(r, 0)->kind = _MG_RANGE_KIND_N;
}
static void lie_range_part(MgReading *r) {
        range(r, 1)->part = 1;
}
static void lie_range_header_part(MgReading *r) {
        range(r, 0)->part = 0;
}
static void lie_range_count(MgReading *r) {
        range(r, 1)->count = 2;
}
static void lie_many_ranges(MgReading *r) {
        MgRange one = *range(r, 0);

        for (guint i = 0; i < mg_limits_default.ranges; i++)
                g_array_append_val(r->ranges, one);
}
static void lie_size(MgReading *r) {
        ((MgFacts *)r->parts->pdata[0])->size = G_MAXUINT64;
}
static void lie_kind(MgReading *r) {
        ((MgFacts *)r->parts->pdata[0])->kind = (MgPartKind)1000;
}
static void lie_mime(MgReading *r) {
        MgFacts *facts = r->parts->pdata[0];

        g_free(facts->found);
        facts->found = g_strdup("text/html; charset=x\r\nX: y");
}
static void lie_path(MgReading *r) {
        MgFacts *facts = r->parts->pdata[0];

        g_free(facts->path);
        facts->path = g_strdup("../../etc/passwd");
}
static void lie_name(MgReading *r) {
        MgFacts *facts = r->parts->pdata[0];

        g_free(facts->name);
        facts->name = g_strdup("a\nb");
}
static void lie_other_name(MgReading *r) {
        g_ptr_array_add(((MgFacts *)r->parts->pdata[0])->names, g_strdup("a\xE2\x80\xAE.exe"));
}
static void lie_empty_name(MgReading *r) {
        g_ptr_array_add(((MgFacts *)r->parts->pdata[0])->names, g_strdup(""));
}
static void lie_many_names(MgReading *r) {
        for (guint i = 0; i <= MG_FACTS_NAMES_MAX; i++)
                g_ptr_array_add(((MgFacts *)r->parts->pdata[0])->names, g_strdup_printf("%u.exe", i));
}
static void lie_long_subject(MgReading *r) {
        g_autofree char *text = g_strnfill(100000, 'a');

        g_ptr_array_set_size(r->values, 0);
        mg_reading_add_value(r, MG_FIELD_SUBJECT, text, NULL);
}
static void lie_many_parts(MgReading *r) {
        for (guint i = 0; i < 2000; i++)
                g_ptr_array_add(r->parts, mg_facts_new());
}
static void body(MgReading *r, const char *text, gsize n) {
        g_bytes_unref(r->body);
        r->body = g_bytes_new(text, n);
}
static void lie_body_cr(MgReading *r) {
        body(r, "a\r\n.\r\n", 6);
}
static void lie_body_nul(MgReading *r) {
        body(r, "a\0b", 3);
}
static void lie_body_escape(MgReading *r) {
        body(r, "\033[31m", 5);
}
static void lie_body_utf8(MgReading *r) {
        body(r, "\300\257", 2);
}
static void lie_body_tags(MgReading *r) {
        body(r, "\363\240\201\201", 4);
}
static void lie_body_long(MgReading *r) {
        g_autofree char *text = g_strnfill(mg_limits_default.body + 1, 'a');

        body(r, text, mg_limits_default.body + 1);
}

static const struct {
        const char *name;
        void (*tell)(MgReading *);
} lies[] = {
        {"CR LF in a message id", lie_subject_crlf},
        {"two subjects", lie_two_subjects},
        {"blank in an address", lie_address_blank},
        {"line end in an address", lie_address_newline},
        {"address of a subject", lie_address_on_subject},
        {"bidi in a name", lie_bidi},
        {"unknown field", lie_field_id},
        {"unknown mark", lie_marks},
        {"date beyond calendars", lie_date},
        {"zone", lie_zone},
        {"unknown failure", lie_failure},
        {"size of a part", lie_size},
        {"empty range", lie_range_empty},
        {"range beyond the mail", lie_range_long},
        {"ranges beyond the mail", lie_range_sum},
        {"kind of a range", lie_range_kind},
        {"part of a range", lie_range_part},
        {"header of a part", lie_range_header_part},
        {"count of a range", lie_range_count},
        {"many ranges", lie_many_ranges},
        {"reason of the charset", lie_charset_reason},
        {"kind of a part", lie_kind},
        {"type of a part", lie_mime},
        {"path of a part", lie_path},
        {"name of a part", lie_name},
        {"C2: bidi in another name", lie_other_name},
        {"C2: another name that is empty", lie_empty_name},
        {"C2: too many names", lie_many_names},
        {"long subject", lie_long_subject},
        {"many parts", lie_many_parts},
        {"CR in the body", lie_body_cr},
        {"NUL in the body", lie_body_nul},
        {"escape in the body", lie_body_escape},
        {"overlong UTF-8", lie_body_utf8},
        {"tag characters", lie_body_tags},
        {"long body", lie_body_long},
};

static void test_lies(void) {
        for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
                g_autoptr(MgReading) reading = sample();
                g_autoptr(MgReading) got = NULL;
                g_autoptr(GBytes) bytes = NULL;
                g_autoptr(GError) error = NULL;

                lies[i].tell(reading);
                bytes = encode(reading);
                got = decode(bytes, &mg_limits_default, &error);
                g_test_message("%s: %s", lies[i].name, error ? error->message : "accepted");
                g_assert_null(got);
                g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
        }
}

/* Octets changed at random: never a step outside, and what is accepted encodes to the same octets again, so
 * nothing was mended silently. */
static void test_mutations(void) {
        g_autoptr(MgReading) reading = sample();
        g_autoptr(GBytes) good = encode(reading);
        gsize n = g_bytes_get_size(good);
        guint accepted = 0;

        for (guint round = 0; round < 50000; round++) {
                g_autofree guint8 *octets = g_memdup2(g_bytes_get_data(good, NULL), n);
                g_autoptr(GBytes) bytes = NULL;
                g_autoptr(MgReading) got = NULL;

                for (gint i = g_test_rand_int_range(1, 4); i > 0; i--)
                        octets[g_test_rand_int_range(0, (gint)n)] = (guint8)g_test_rand_int_range(0, 256);
                bytes = g_bytes_new(octets, round % 4 ? n : (gsize)g_test_rand_int_range(0, (gint)n));
                got = decode(bytes, &mg_limits_default, NULL);
                if (got) {
                        g_autoptr(GBytes) again = encode(got);

                        g_assert_true(g_bytes_equal(bytes, again));
                        accepted++;
                }
        }
        g_test_message("%u of 50000 accepted", accepted);
        g_assert_cmpuint(accepted, >, 0);
}

static void test_record(void) {
        g_autoptr(MgRecord) record = mg_record_new();
        g_autoptr(MgRecord) got = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;
        g_auto(MgWriter) writer = {0};
        MgDecision *decision = mg_decision_new();
        MgReading *reading = sample();
        MgPartDecision part = {MG_ACTION_REMOVE,
                               TRUE,
                               g_strdup("text-only"),
                               g_strdup("no file crosses"),
                               {g_strdup("PDF文書"), g_strdup("PDF document")}};
        MgReader reader;

        g_array_append_val(decision->parts, part);
        g_free(record->receipt);
        record->receipt = g_strdup("1000000016");
        g_ptr_array_add(record->envelope->rcpts, g_strdup("a@example.jp"));
        /* The largest part of the largest mail that a configuration allows (limits.mail_size: 1 GB). */
        ((MgFacts *)reading->parts->pdata[0])->size = G_GUINT64_CONSTANT(1) << 30;
        record->size = 150;
        mg_record_take(record, reading, decision);
        g_assert_cmpuint(g_bytes_get_size(record->reading->body), ==, 0);
        g_assert_cmpuint(record->reading->values->len, ==, 1);
        g_assert_cmpuint(record->body_chars, ==, 7);

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        mg_reader_init(&reader, bytes);
        got = mg_record_get(&reader);
        g_assert_true(mg_reader_end(&reader, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(got->receipt, ==, record->receipt);
        g_assert_cmpuint(mg_reading_accounted(got->reading), ==, 150);
        g_assert_cmpstr(g_array_index(got->decision->parts, MgPartDecision, 0).type[0], ==, "PDF文書");
}

/* A row as version 1 of the wire kept it, made by that build: a converted mail with a body and a removed PDF. */
static const char kept_1[] =
        "AQoAAAAxMDAwMDAwMzAxCgAAADRGMUEyQjNDNEQaAAAAdGFuYWthQHNoaXNldHN1LmV4YW1wbGUuanAZAAAAbXguZXhhbXBs"
        "ZS5qcCBbMTkyLjAuMi4xXYA7sWoAAAAAAQAAABUAAABzb3VtdUBjaXR5LmV4YW1wbGUuanAAAAAADAAAADI1MCAyLjAuMCBP"
        "awAAAADSBAAAAAAAAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAgICAgICAgICAgIC"
        "AgICAgIFAAAAMC4xLjCEAwAAAAAAAAMAAAACAAAAYWIMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAB2O7Fq"
        "AAAAABwCAAAAAAAAAQAAAAUAAAASAAAA6KaL56mN5pu444Gu6YCB5LuYAAAAAAAAAAACAAAAAQAAADEAAAAAAAAAAAoAAAB0"
        "ZXh0L3BsYWluCgAAAHRleHQvcGxhaW4AAAAAKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAy"
        "BQAAAAEAAAAPAAAAYXBwbGljYXRpb24vcGRmDwAAAGFwcGxpY2F0aW9uL3BkZg0AAADopovnqY3mm7gucGRmIAMAAAAAAAAD"
        "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwEAAAAxCgAAAHRleHQvcGxhaW4LAAAAaXNvLTIwMjItanABAAAAAAAA"
        "AAIAAAAAAAAAAAAAAAIAAAAAAAAAAAQAAABib2R5FAAAAGl0cyB0ZXh0IGlzIHRoZSBib2R5DAAAAOODhuOCreOCueODiAQA"
        "AAB0ZXh0AQAAAAEJAAAAdGV4dC1vbmx5EQAAAG9ubHkgdGV4dCBjcm9zc2VzCQAAAFBERuaWh+abuAwAAABQREYgZG9jdW1l"
        "bnQ=";

static void test_kept_1(void) {
        g_autoptr(MgRecord) record = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;
        const MgFacts *facts;
        MgReader reader;
        gsize n;
        guchar *octets = g_base64_decode(kept_1, &n);

        bytes = g_bytes_new_take(octets, n);
        mg_reader_init_kept(&reader, bytes);
        record = mg_record_get(&reader);
        g_assert_true(mg_reader_end(&reader, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(record->receipt, ==, "1000000301");
        g_assert_cmpstr(mg_reading_value(record->reading, MG_FIELD_SUBJECT)->text, ==, "見積書の送付");
        g_assert_cmpstr(record->reading->body_charset, ==, "iso-2022-jp");
        g_assert_cmpint(record->reading->body_charset_reason, ==, MG_CHARSET_REASON_NONE);
        g_assert_cmpuint(record->reading->guessed, ==, 0);
        g_assert_cmpuint(record->reading->links, ==, 2);
        g_assert_cmpuint(record->reading->ranges->len, ==, 0);
        facts = g_ptr_array_index(record->reading->parts, 1);
        g_assert_cmpstr(facts->name, ==, "見積書.pdf");
        g_assert_cmpuint(facts->flags, ==, MG_PART_NAMES_DIFFER);
        g_assert_cmpuint(facts->size, ==, 800);
        g_assert_cmpstr(g_array_index(record->decision->parts, MgPartDecision, 1).type[0], ==, "PDF文書");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/reading/round-trip", test_round_trip);
        g_test_add_func("/reading/lies", test_lies);
        g_test_add_func("/reading/mutations", test_mutations);
        g_test_add_func("/reading/record", test_record);
        g_test_add_func("/reading/kept-1", test_kept_1);
        return g_test_run();
}
