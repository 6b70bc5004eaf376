/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The border: a full Reading survives, each lie is refused, and whatever octets a worker writes, an accepted
 * Reading is within classes and limits.
 */
#include <string.h>

#include "base/error.h"
#include "base/reading.h"

static MgMember *member_of(const char *name, guint64 size, guint32 flags, guint32 depth) {
        MgMember *member = g_new0(MgMember, 1);

        member->name = g_strdup(name);
        member->size = size;
        member->flags = flags;
        member->depth = depth;
        return member;
}

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
        facts->flags = MG_PART_ARCHIVE_CUT | MG_PART_MACRO;
        g_ptr_array_add(facts->also, g_strdup("application/zip"));
        g_ptr_array_add(facts->members, member_of("見積/a.exe", 5, MG_MEMBER_PROGRAM, 1));
        g_ptr_array_add(facts->members, member_of("", G_MAXUINT64, 0, 0));
        facts->members_all = 3;
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
        g_ptr_array_add(reading->link_hosts, g_strdup("www.example.jp"));
        g_ptr_array_add(reading->link_hosts, g_strdup("xn--r8jz45g.jp"));
        mg_reading_reach(reading, "style_rules", 5000, 5000);
        mg_reading_reach(reading, "style_rules", 5001, 5000);
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
        g_assert_cmpuint(again->link_hosts->len, ==, 2);
        g_assert_cmpstr(g_ptr_array_index(again->link_hosts, 1), ==, "xn--r8jz45g.jp");
        const MgFacts *facts = g_ptr_array_index(again->parts, 0);
        const MgMember *member = g_ptr_array_index(facts->members, 0);
        g_assert_cmpstr(g_ptr_array_index(facts->also, 0), ==, "application/zip");
        g_assert_cmpuint(facts->members_all, ==, 3);
        g_assert_cmpstr(member->name, ==, "見積/a.exe");
        g_assert_cmpuint(member->flags, ==, MG_MEMBER_PROGRAM);
        g_assert_cmpuint(member->depth, ==, 1);
        g_assert_cmpuint(again->reached->len, ==, 1);
        g_assert_cmpstr(g_array_index(again->reached, MgReached, 0).limit, ==, "style_rules");
        g_assert_cmpuint(g_array_index(again->reached, MgReached, 0).value, ==, 5001);
        g_assert_cmpuint(g_array_index(again->reached, MgReached, 0).bound, ==, 5000);
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
static MgFacts *archive(MgReading *r) {
        return g_ptr_array_index(r->parts, 0);
}
static MgMember *member(MgReading *r) {
        return g_ptr_array_index(archive(r)->members, 0);
}
static void lie_also_empty(MgReading *r) {
        g_ptr_array_add(archive(r)->also, g_strdup(""));
}
static void lie_also_many(MgReading *r) {
        for (guint i = 0; i < MG_FACTS_ALSO_MAX; i++)
                g_ptr_array_add(archive(r)->also, g_strdup("a/b"));
}
static void lie_member_bidi(MgReading *r) {
        g_free(member(r)->name);
        member(r)->name = g_strdup("a\342\200\256b");
}
static void lie_member_flags(MgReading *r) {
        member(r)->flags = 1u << 30;
}
static void lie_member_deep(MgReading *r) {
        member(r)->depth = 4;
}
static void lie_members_less(MgReading *r) {
        archive(r)->members_all = 1;
}
/* Each part has no more than may be listed, both together have. */
static void lie_members_together(MgReading *r) {
        MgFacts *more = mg_facts_new();

        for (guint i = 0; i < 199; i++)
                g_ptr_array_add(more->members, member_of("a", 0, 0, 0));
        more->members_all = 199;
        g_ptr_array_add(r->parts, more);
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
static MgReached *reached(MgReading *r) {
        return &g_array_index(r->reached, MgReached, 0);
}
static void lie_reached_below(MgReading *r) {
        reached(r)->value = 4999;
}
static void lie_reached_name(MgReading *r) {
        reached(r)->limit[0] = ' ';
}
static void lie_reached_nothing(MgReading *r) {
        reached(r)->limit[0] = '\0';
}
static void lie_reached_twice(MgReading *r) {
        mg_reading_reach(r, "style_rulez", 1, 1);
        g_array_index(r->reached, MgReached, 1).limit[10] = 's';
}
static void lie_reached_many(MgReading *r) {
        for (guint i = 0; i < MG_REACHED_MAX; i++) {
                g_autofree char *name = g_strdup_printf("bound%u", i);

                mg_reading_reach(r, name, 1, 1);
        }
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
static void lie_host_class(MgReading *r) {
        g_ptr_array_add(r->link_hosts, g_strdup("例え.jp"));
}
static void lie_host_empty(MgReading *r) {
        g_ptr_array_add(r->link_hosts, g_strdup(""));
}
static void lie_host_long(MgReading *r) {
        g_ptr_array_add(r->link_hosts, g_strnfill(256, 'a'));
}
static void lie_many_hosts(MgReading *r) {
        for (guint i = 0; i <= mg_limits_default.link_hosts; i++)
                g_ptr_array_add(r->link_hosts, g_strdup("example.jp"));
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
        {"an empty type", lie_also_empty},
        {"types without number", lie_also_many},
        {"bidi in an member", lie_member_bidi},
        {"flags of an member", lie_member_flags},
        {"an member too deep", lie_member_deep},
        {"fewer members than listed", lie_members_less},
        {"members of two parts", lie_members_together},
        {"empty range", lie_range_empty},
        {"range beyond the mail", lie_range_long},
        {"ranges beyond the mail", lie_range_sum},
        {"kind of a range", lie_range_kind},
        {"part of a range", lie_range_part},
        {"header of a part", lie_range_header_part},
        {"count of a range", lie_range_count},
        {"many ranges", lie_many_ranges},
        {"a bound that was not reached", lie_reached_below},
        {"name of a bound", lie_reached_name},
        {"a bound without a name", lie_reached_nothing},
        {"a bound twice", lie_reached_twice},
        {"many bounds", lie_reached_many},
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
        {"class of a link's host", lie_host_class},
        {"a link's host that is empty", lie_host_empty},
        {"long host of a link", lie_host_long},
        {"many hosts of links", lie_many_hosts},
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
        decision->terms = (MgMailTerms){400, 2, MG_RELEASE_BY_NOBODY};
        record->scan = (MgScan){MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Test.Signature"};
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
        g_assert_cmpuint(got->terms.retention, ==, 400);
        g_assert_cmpuint(got->terms.approvals, ==, 2);
        g_assert_cmpuint(got->terms.release, ==, MG_RELEASE_BY_NOBODY);
        g_assert_cmpint(got->scan.verdict, ==, MG_SCAN_INFECTED);
        g_assert_cmpstr(got->scan.said, ==, "Test.Signature");
        g_assert_cmpuint(mg_reading_accounted(got->reading), ==, 150);
        g_assert_cmpstr(g_array_index(got->decision->parts, MgPartDecision, 0).type[0], ==, "PDF文書");
}

/* A verdict and a fault that do not go together are no row. */
static void test_record_scan(void) {
        static const MgScan wrong[] = {{MG_SCAN_CLEAN, MG_SCAN_FAULT_SILENT, ""},
                                       {MG_SCAN_UNSCANNED, MG_SCAN_FAULT_NONE, ""},
                                       {_MG_SCAN_N, MG_SCAN_FAULT_NONE, ""},
                                       {MG_SCAN_UNSCANNED, _MG_SCAN_FAULT_N, ""},
                                       {MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "a\nb"}};

        for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(MgRecord) record = mg_record_new(), got = NULL;
                g_autoptr(GBytes) bytes = NULL;
                g_autoptr(GError) error = NULL;
                g_auto(MgWriter) writer = {0};
                MgReader reader;

                record->scan = wrong[i];
                mg_writer_init(&writer);
                mg_record_put(&writer, record);
                bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
                mg_reader_init(&reader, bytes);
                got = mg_record_get(&reader);
                g_assert_false(mg_reader_end(&reader, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                g_assert_nonnull(strstr(error->message, "scan."));
        }
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

/* The same as version 2 kept it, by its own build: with another name, ranges, a guess and why the charset. */
static const char kept_2[] =
        "AgoAAAAxMDAwMDAwMzAxCgAAADRGMUEyQjNDNEQaAAAAdGFuYWthQHNoaXNldHN1LmV4YW1wbGUuanAZAAAAbXguZXhhbXBsZS"
        "5qcCBbMTkyLjAuMi4xXYA7sWoAAAAAAQAAABUAAABzb3VtdUBjaXR5LmV4YW1wbGUuanAAAAAADAAAADI1MCAyLjAuMCBPawAA"
        "AADSBAAAAAAAAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
        "IFAAAAMC4xLjCEAwAAAAAAAAMAAABAAAAAZmI4ZTIwZmMyZTRjM2YyNDhjNjBjMzliZDY1MmYzYzEzNDcyOThiYjk3N2I4YjRk"
        "NTkwM2I4NTA1NTYyMDYwMwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAHY7sWoAAAAAHAIAAAAAAAABAAAABQ"
        "AAABIAAADopovnqY3mm7jjga7pgIHku5gAAAAAAAAAAAIAAAABAAAAMQUAAAAAAAAACgAAAHRleHQvcGxhaW4KAAAAdGV4dC9w"
        "bGFpbgAAAAAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAyBQAAAAEAAAAPAAAAYXBwbG"
        "ljYXRpb24vcGRmDwAAAGFwcGxpY2F0aW9uL3BkZg0AAADopovnqY3mm7gucGRmIAMAAAAAAAADAwMDAwMDAwMDAwMDAwMDAwMD"
        "AwMDAwMDAwMDAwMDAwEAAAAFAAAAYS5leGUDAAAAigEAAAAAAAAAAAAA/////wEAAAAoAAAAAAAAAAIAAAAAAAAAAQAAACADAA"
        "AAAAAAAwAAAAEAAAABAAAAAQAAADEKAAAAdGV4dC9wbGFpbgsAAABpc28tMjAyMi1qcAMAAAABAAAABAAAAAAAAAACAAAAAAAA"
        "AAAAAAACAAAAAAAAAAAEAAAAYm9keRQAAABpdHMgdGV4dCBpcyB0aGUgYm9keQwAAADjg4bjgq3jgrnjg4gEAAAAdGV4dAEAAA"
        "ABCQAAAHRleHQtb25seREAAABvbmx5IHRleHQgY3Jvc3NlcwkAAABQREbmlofmm7gMAAAAUERGIGRvY3VtZW50";

/* And as version 3 did: with a bound that was reached. */
static const char kept_3[] =
        "AwoAAAAxMDAwMDAwMzAxCgAAADRGMUEyQjNDNEQaAAAAdGFuYWthQHNoaXNldHN1LmV4YW1wbGUuanAZAAAAbXguZXhhbXBsZS"
        "5qcCBbMTkyLjAuMi4xXYA7sWoAAAAAAQAAABUAAABzb3VtdUBjaXR5LmV4YW1wbGUuanAAAAAADAAAADI1MCAyLjAuMCBPawAA"
        "AADSBAAAAAAAAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
        "IFAAAAMC4xLjCEAwAAAAAAAAMAAABAAAAAZmI4ZTIwZmMyZTRjM2YyNDhjNjBjMzliZDY1MmYzYzEzNDcyOThiYjk3N2I4YjRk"
        "NTkwM2I4NTA1NTYyMDYwMwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAHY7sWoAAAAAHAIAAAAAAAABAAAABQ"
        "AAABIAAADopovnqY3mm7jjga7pgIHku5gAAAAAAAAAAAIAAAABAAAAMQUAAAAAAAAACgAAAHRleHQvcGxhaW4KAAAAdGV4dC9w"
        "bGFpbgAAAAAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAyBQAAAAEAAAAPAAAAYXBwbG"
        "ljYXRpb24vcGRmDwAAAGFwcGxpY2F0aW9uL3BkZg0AAADopovnqY3mm7gucGRmIAMAAAAAAAADAwMDAwMDAwMDAwMDAwMDAwMD"
        "AwMDAwMDAwMDAwMDAwEAAAAFAAAAYS5leGUDAAAAigEAAAAAAAAAAAAA/////wEAAAAoAAAAAAAAAAIAAAAAAAAAAQAAACADAA"
        "AAAAAAAwAAAAEAAAABAAAAAQAAAAUAAABsaW5rc9EHAAAAAAAA0AcAAAAAAAABAAAAMQoAAAB0ZXh0L3BsYWluCwAAAGlzby0y"
        "MDIyLWpwAwAAAAEAAAAEAAAAAAAAAAIAAAAAAAAAAAAAAAIAAAAAAAAAAAQAAABib2R5FAAAAGl0cyB0ZXh0IGlzIHRoZSBib2"
        "R5DAAAAOODhuOCreOCueODiAQAAAB0ZXh0AQAAAAEJAAAAdGV4dC1vbmx5EQAAAG9ubHkgdGV4dCBjcm9zc2VzCQAAAFBERuaW"
        "h+abuAwAAABQREYgZG9jdW1lbnQ=";

/* And as version 4 did: with a host of a link. */
static const char kept_4[] =
        "BAoAAAAxMDAwMDAwMzAxCgAAADRGMUEyQjNDNEQaAAAAdGFuYWthQHNoaXNldHN1LmV4YW1wbGUuanAZAAAAbXguZXhhbXBsZS5qcCBb"
        "MTkyLjAuMi4xXYA7sWoAAAAAAQAAABUAAABzb3VtdUBjaXR5LmV4YW1wbGUuanAAAAAADAAAADI1MCAyLjAuMCBPawAAAADSBAAAAAAA"
        "AAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIFAAAAMC4xLjCEAwAA"
        "AAAAAAMAAABAAAAAZmI4ZTIwZmMyZTRjM2YyNDhjNjBjMzliZDY1MmYzYzEzNDcyOThiYjk3N2I4YjRkNTkwM2I4NTA1NTYyMDYwMwIA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAHY7sWoAAAAAHAIAAAAAAAABAAAABQAAABIAAADopovnqY3mm7jjga7pgIHk"
        "u5gAAAAAAAAAAAIAAAABAAAAMQUAAAAAAAAACgAAAHRleHQvcGxhaW4KAAAAdGV4dC9wbGFpbgAAAAAoAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAyBQAAAAEAAAAPAAAAYXBwbGljYXRpb24vcGRmDwAAAGFwcGxpY2F0aW9uL3BkZg0A"
        "AADopovnqY3mm7gucGRmIAMAAAAAAAADAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwEAAAAFAAAAYS5leGUDAAAAigEAAAAA"
        "AAAAAAAA/////wEAAAAoAAAAAAAAAAIAAAAAAAAAAQAAACADAAAAAAAAAwAAAAEAAAABAAAAAQAAAAUAAABsaW5rc9EHAAAAAAAA0AcA"
        "AAAAAAABAAAAMQoAAAB0ZXh0L3BsYWluCwAAAGlzby0yMDIyLWpwAwAAAAEAAAAEAAAAAAAAAAIAAAABAAAADgAAAHd3dy5leGFtcGxl"
        "LmpwAAAAAAAAAAACAAAAAAAAAAAEAAAAYm9keRQAAABpdHMgdGV4dCBpcyB0aGUgYm9keQwAAADjg4bjgq3jgrnjg4gEAAAAdGV4dAEA"
        "AAABCQAAAHRleHQtb25seREAAABvbmx5IHRleHQgY3Jvc3NlcwkAAABQREbmlofmm7gMAAAAUERGIGRvY3VtZW50";

static MgRecord *record_of(const char *base64) {
        g_autoptr(MgRecord) record = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;
        MgReader reader;
        gsize n;
        guchar *octets = g_base64_decode(base64, &n);

        bytes = g_bytes_new_take(octets, n);
        mg_reader_init_kept(&reader, bytes);
        record = mg_record_get(&reader);
        g_assert_true(mg_reader_end(&reader, &error));
        g_assert_no_error(error);
        return g_steal_pointer(&record);
}

/* What all versions say. */
static void check_kept(const MgRecord *record) {
        const MgFacts *facts = g_ptr_array_index(record->reading->parts, 1);

        g_assert_cmpstr(record->receipt, ==, "1000000301");
        g_assert_cmpstr(mg_reading_value(record->reading, MG_FIELD_SUBJECT)->text, ==, "見積書の送付");
        g_assert_cmpstr(record->reading->body_charset, ==, "iso-2022-jp");
        g_assert_cmpuint(record->reading->links, ==, 2);
        g_assert_cmpuint(facts->also->len, ==, 0);
        g_assert_cmpuint(facts->members->len, ==, 0);
        g_assert_cmpuint(facts->members_all, ==, 0);
        g_assert_cmpstr(facts->name, ==, "見積書.pdf");
        g_assert_cmpuint(facts->flags, ==, MG_PART_NAMES_DIFFER);
        g_assert_cmpuint(facts->size, ==, 800);
        g_assert_cmpstr(g_array_index(record->decision->parts, MgPartDecision, 1).type[0], ==, "PDF文書");
}

static void test_kept_1(void) {
        g_autoptr(MgRecord) record = record_of(kept_1);

        check_kept(record);
        g_assert_cmpint(record->reading->body_charset_reason, ==, MG_CHARSET_REASON_NONE);
        g_assert_cmpuint(record->reading->guessed, ==, 0);
        g_assert_cmpuint(record->reading->link_hosts->len, ==, 0);
        g_assert_cmpuint(record->reading->ranges->len, ==, 0);
        g_assert_cmpuint(record->reading->reached->len, ==, 0);
}

static void test_kept_2(void) {
        g_autoptr(MgRecord) record = record_of(kept_2);

        check_kept(record);
        g_assert_cmpint(record->reading->body_charset_reason, ==, MG_CHARSET_REASON_ESCAPES);
        g_assert_cmpuint(record->reading->guessed, ==, 4);
        g_assert_cmpuint(mg_reading_accounted(record->reading), ==, 1234);
        g_assert_cmpuint(record->reading->reached->len, ==, 0);
}

static void test_kept_3(void) {
        g_autoptr(MgRecord) record = record_of(kept_3);

        check_kept(record);
        g_assert_cmpuint(record->reading->guessed, ==, 4);
        g_assert_cmpuint(record->reading->reached->len, ==, 1);
        g_assert_cmpstr(g_array_index(record->reading->reached, MgReached, 0).limit, ==, "links");
}

static void test_kept_4(void) {
        g_autoptr(MgRecord) record = record_of(kept_4);

        check_kept(record);
        g_assert_cmpuint(record->reading->link_hosts->len, ==, 1);
        g_assert_cmpstr(g_ptr_array_index(record->reading->link_hosts, 0), ==, "www.example.jp");
        g_assert_cmpuint(record->header->names->len, ==, 0);
}

static MgRecord *record_with(const char *const *names, GError **error) {
        g_autoptr(MgRecord) record = mg_record_new(), got = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_auto(MgWriter) writer = {0};
        MgReader reader;

        for (; *names; names++)
                g_ptr_array_add(record->header->names, g_strdup(*names));
        g_ptr_array_add(record->header->authentication, g_strdup("spf=pass"));
        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        mg_reader_init(&reader, bytes);
        got = mg_record_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&got) : NULL;
}

/* Names of fields: each once, sorted, lower case, bounded. */
static void test_header(void) {
        static const char longest[] = "x234567890123456789012345678901234567890123456789012345678901234";
        static const char *const rows[][4] = {
                {"list-id", longest, NULL},
                {"to", "list-id", NULL},
                {"to", "to", NULL},
                {"To", NULL},
                {"a b", NULL},
                {"", NULL},
                {"x2345678901234567890123456789012345678901234567890123456789012345", NULL}};

        G_STATIC_ASSERT(sizeof longest - 1 == MG_FIELD_NAME_MAX);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgRecord) record = record_with(rows[i], &error);

                if (i > 0) {
                        g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                        g_assert_nonnull(strstr(error->message, "header.names"));
                        continue;
                }
                g_assert_no_error(error);
                g_assert_cmpuint(record->header->names->len, ==, 2);
                g_assert_true(mg_header_has(record->header, "list-id"));
                g_assert_cmpuint(record->header->authentication->len, ==, 1);
                g_assert_cmpstr(g_ptr_array_index(record->header->authentication, 0), ==, "spf=pass");
                mg_record_withhold(record, MG_WITHHELD_SUBJECT);
                g_assert_cmpuint(record->header->names->len, ==, 0);
        }
}

static void test_flags(void) {
        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                g_assert_cmpuint(mg_part_flag_of(mg_part_flag_name(1u << i)), ==, 1u << i);
        g_assert_cmpuint(mg_part_flag_of("no-such-fact"), ==, 0);
        g_assert_cmpuint(mg_part_flag_of("name-double"), ==, MG_PART_NAME_DOUBLE);
        g_assert_cmpstr(mg_member_flag_name(MG_MEMBER_HIDDEN), ==, "hidden");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/reading/round-trip", test_round_trip);
        g_test_add_func("/reading/lies", test_lies);
        g_test_add_func("/reading/mutations", test_mutations);
        g_test_add_func("/reading/record", test_record);
        g_test_add_func("/reading/record-scan", test_record_scan);
        g_test_add_func("/reading/kept-1", test_kept_1);
        g_test_add_func("/reading/kept-2", test_kept_2);
        g_test_add_func("/reading/kept-3", test_kept_3);
        g_test_add_func("/reading/kept-4", test_kept_4);
        g_test_add_func("/reading/header", test_header);
        g_test_add_func("/reading/flags", test_flags);
        return g_test_run();
}
