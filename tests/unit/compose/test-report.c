/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: names and values of the JSON, and that no text of a mail breaks a line of the others. */
#include "compose/report.h"

#include <jansson.h>
#include <string.h>

#include "sample.h"

static MgRecord *record_new(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        MgRecord *record = mg_record_new();
        const MgHeaderTrust trust = {"mx.example.jp", 30};
        const MgRange ranges[] = {{321, MG_RANGE_HEADER, MG_RANGE_NO_PART, 1}, {4000, MG_RANGE_CONTENT, 0, 1}};

        sample_add_part(sample, MG_PART_ATTACHMENT, "見積\"書\\.docx", "Word文書", 24576);
        MgFacts *facts = g_ptr_array_index(sample->reading->parts, 0);

        facts->flags = MG_PART_NAMES_DIFFER | MG_PART_ENCRYPTED;
        g_ptr_array_add(facts->names, g_strdup("見積書.exe"));
        g_array_append_vals(sample->reading->ranges, ranges, G_N_ELEMENTS(ranges));
        sample->reading->marks = MG_MARK_AMBIGUOUS | MG_MARK_ENCRYPTED;
        g_free(record->receipt), g_free(record->reply), g_free(record->version);
        sample->reading->body_charset_reason = MG_CHARSET_REASON_SCORE;
        sample->reading->guessed = 7;
        sample->reading->replaced = 2;
        g_ptr_array_add(sample->reading->link_hosts, g_strdup("www.link.invalid"));
        mg_header_take(record->header, &trust, "Authentication-Results", "mx.example.jp; spf=pass; dmarc=fail", 35);
        mg_header_take(record->header, &trust, "X-Kind", "", 0);
        mg_reading_reach(sample->reading, "style_rules", 6012, 5000);
        mg_reading_reach(sample->reading, "style_steps", 31, 30);
        record->receipt = g_strdup("0000005724");
        record->reply = g_strdup("250 2.0.0 ok");
        record->version = g_strdup("0.1.0");
        record->size = 4321;
        sample->decision->terms = (MgMailTerms){400, 2, MG_RELEASE_BY_OFFICER};
        record->bytes_out = 1234;
        record->milliseconds = 56;
        record->sha256[0] = 0xAB;
        mg_envelope_free(record->envelope);
        record->envelope = g_steal_pointer(&sample->envelope);
        sample->envelope = mg_envelope_new();
        g_free(record->envelope->queue_id);
        record->envelope->queue_id = g_strdup("4cK2");
        mg_record_take(record, g_steal_pointer(&sample->reading), g_steal_pointer(&sample->decision));
        return record;
}

static const char *text_at(json_t *root, const char *key) {
        return json_string_value(json_object_get(root, key));
}

static gint64 number_at(json_t *object, const char *key) {
        return json_integer_value(json_object_get(object, key));
}

static void test_json(void) {
        static const char *const names[] = {
                "outcome", "reason",  "receipt",      "time",      "queue_id", "from",           "to",      "client",
                "reply",   "subject", "body",         "parts",     "original", "policy",         "version", "marks",
                "reached", "failure", "milliseconds", "bytes_out", "header",   "authentication", "scan",    "terms"};
        g_autoptr(MgRecord) record = record_new();

        for (guint pretty = 0; pretty < 2; pretty++) {
                g_autofree char *text = mg_report_json(record, pretty);
                json_t *root = json_loads(text, 0, NULL), *part;

                g_assert_nonnull(root);
                g_assert_true((strchr(text, '\n') == text + strlen(text) - 1) == !pretty);
                g_assert_cmpuint(json_object_size(root), ==, G_N_ELEMENTS(names));
                for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                        g_assert_nonnull(json_object_get(root, names[i]));
                g_assert_cmpstr(text_at(root, "outcome"), ==, "converted");
                g_assert_cmpstr(text_at(root, "time"), ==, "2026-11-20T07:20:00Z");
                g_assert_cmpstr(text_at(root, "subject"), ==, "会議のお知らせ");
                g_assert_cmpstr(json_string_value(json_array_get(json_object_get(root, "header"), 1)), ==, "x-kind");
                g_assert_cmpstr(json_string_value(json_array_get(json_object_get(root, "authentication"), 1)), ==,
                                "dmarc=fail");
                g_assert_cmpint(number_at(json_object_get(root, "terms"), "retention"), ==, 400);
                g_assert_cmpint(number_at(json_object_get(root, "terms"), "approvals"), ==, 2);
                g_assert_cmpstr(text_at(json_object_get(root, "terms"), "release"), ==, "officer");
                part = json_array_get(json_object_get(root, "parts"), 0);
                g_assert_cmpuint(json_object_size(part), ==, 15);
                g_assert_cmpuint(json_array_size(json_object_get(part, "names")), ==, 1);
                g_assert_cmpstr(json_string_value(json_array_get(json_object_get(part, "names"), 0)), ==, "見積書.exe");
                g_assert_cmpstr(text_at(part, "name"), ==, "見積\"書\\.docx");
                g_assert_cmpstr(text_at(part, "action"), ==, "remove");
                g_assert_cmpstr(text_at(part, "kind"), ==, "attachment");
                g_assert_cmpint(json_integer_value(json_object_get(part, "size")), ==, 24576);
                g_assert_cmpuint(json_array_size(json_object_get(part, "flags")), ==, 2);
                g_assert_cmpuint(json_array_size(json_object_get(root, "marks")), ==, 2);
                g_assert_cmpstr(json_string_value(json_array_get(json_object_get(root, "to"), 0)), ==,
                                "hanako@city.example.lg.jp");
                g_assert_cmpint(json_integer_value(json_object_get(json_object_get(root, "body"), "chars")), ==, 7);
                g_assert_cmpstr(text_at(json_object_get(root, "body"), "charset_reason"), ==, "score");
                g_assert_cmpint(json_integer_value(json_object_get(json_object_get(root, "body"), "guessed")), ==, 7);
                g_assert_cmpint(json_integer_value(json_object_get(json_object_get(root, "body"), "replaced")), ==, 2);
                g_assert_true(g_str_has_prefix(text_at(json_object_get(root, "original"), "sha256"), "ab00"));
                json_t *reached = json_array_get(json_object_get(root, "reached"), 0);
                g_assert_cmpuint(json_array_size(json_object_get(root, "reached")), ==, 2);
                g_assert_cmpstr(text_at(reached, "limit"), ==, "style_rules");
                g_assert_cmpint(number_at(reached, "value"), ==, 6012);
                g_assert_cmpint(number_at(reached, "bound"), ==, 5000);
                json_decref(root);
        }
}

/* Every octet has one fate, and they add up; a mail that was not read, or long ago, is one range. */
static void test_account(void) {
        g_autoptr(MgRecord) record = record_new();

        for (guint round = 0; round < 3; round++) {
                g_autofree char *text = mg_report_json(record, FALSE), *page = mg_report_text(record);
                static const char *const fates[] = {"removed", "unaccounted", "removed"};
                json_t *root = json_loads(text, 0, NULL), *original = json_object_get(root, "original"), *range;
                json_t *ranges = json_object_get(original, "ranges"), *totals = json_object_get(original, "totals");
                gint64 sum = 0;
                gsize i;

                json_array_foreach(ranges, i, range) {
                        g_assert_cmpint(number_at(range, "offset"), ==, sum);
                        sum += number_at(range, "length");
                }
                g_assert_cmpint(sum, ==, number_at(original, "size"));
                g_assert_cmpuint(i, ==, round == 0 ? 2 : 1);
                range = json_array_get(ranges, i - 1);
                g_assert_cmpstr(text_at(range, "fate"), ==, fates[round]);
                g_assert_cmpint(number_at(totals, fates[round]), ==, round == 0 ? 4000 : 4321);
                g_assert_cmpint(number_at(totals, "header"), ==, round == 0 ? 321 : 0);
                if (round == 0)
                        g_assert_nonnull(strstr(page, "header 321, removed 4000\n"));
                json_decref(root);
                g_array_set_size(record->reading->ranges, 0);
                record->outcome = round == 0 ? MG_OUTCOME_CONVERTED : MG_OUTCOME_FAILED;
        }
}

/* The line as it stands in a log by default. */
static char *log_of(const MgRecord *record) {
        g_autoptr(MgLine) line = mg_report_log(record);

        return mg_line_format(line, MG_LINE_TEXT, NULL);
}

static void test_lines(void) {
        g_autoptr(MgRecord) record = record_new();
        g_autofree char *line = mg_report_line(record), *log = log_of(record), *text = mg_report_text(record);

        g_assert_cmpstr(line, ==,
                        "2026-11-20T07:20:00Z 0000-0057-24 converted \"taro@example.jp\" \"hanako@city.example.lg.jp\" "
                        "\"会議のお知らせ\"\n");
        g_assert_cmpstr(log, ==,
                        "queue_id=\"4cK2\" receipt=0000005724 from=\"taro@example.jp\" nrcpt=1 outcome=converted "
                        "removed=1 kept=0 in=4321 out=1234 ms=56 reached=style_rules:6012/5000,style_steps:31/30");
        g_assert_nonnull(strstr(text, "受付番号 / receipt        0000-0057-24\n"));
        g_assert_nonnull(strstr(text, " (score), 7 chars\n"));
        g_assert_nonnull(strstr(text, "2 replaced, 7 guessed\n"));
        g_assert_nonnull(strstr(text, " limits.style_rules is 5000, the mail has 6012\n"));
        g_assert_nonnull(strstr(text, "\"見積\\\"書\\\\.docx\""));
}

static void test_scan(void) {
        g_autoptr(MgRecord) record = record_new();
        g_autofree char *json = NULL, *log = NULL, *text = NULL, *before = log_of(record);

        g_assert_null(strstr(before, "scan="));
        record->scan = (MgScan){MG_SCAN_UNSCANNED, MG_SCAN_FAULT_REFUSED, "no \"room\""};
        json = mg_report_json(record, FALSE), log = log_of(record), text = mg_report_text(record);
        g_assert_nonnull(
                strstr(json, "\"scan\":{\"verdict\":\"unscanned\",\"fault\":\"refused\",\"said\":\"no \\\"room"));
        g_assert_nonnull(strstr(log, " scan=\"unscanned (refused): no \\\"room\\\"\""));
        g_assert_nonnull(strstr(text, "\"unscanned (refused): no \\\"room\\\"\""));
}

/* Of what is withheld no form says anything but that it is. */
static void test_withheld(void) {
        static const struct {
                guint32 bit;
                const char *word;
                const char *texts[6];
        } rows[] = {
                {MG_WITHHELD_ADDRESSES,
                 "addresses",
                 {"taro@example.jp", "hanako@city.example.lg.jp", "192.0.2.7", "\"from\"", "\"to\""}},
                {MG_WITHHELD_SUBJECT, "subject", {"会議のお知らせ", "\"subject\":", "x-kind"}},
                {MG_WITHHELD_NAMES, "names", {"見積", "docx", "exe", "\"names\":"}},
                {MG_WITHHELD_HOSTS, "hosts", {"www.link.invalid", "\"link_hosts\":", "リンク先 / link hosts   "}},
                {MG_WITHHELD_DIGESTS, "digests", {"ab00000", "\"sha256\"", "SHA-256", "0000000000000000"}},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgRecord) record = record_new();
                g_autofree char *word = g_strdup_printf("\"withheld\":[\"%s\"]", rows[i].word);

                g_free(record->envelope->client);
                record->envelope->client = g_strdup("mx.example.jp [192.0.2.7]");
                memset(record->policy, 0x55, sizeof record->policy);
                for (guint after = 0; after < 2; after++) {
                        g_autofree char *json = mg_report_json(record, FALSE), *text = mg_report_text(record);
                        g_autofree char *line = mg_report_line(record), *all = g_strconcat(json, text, line, NULL);

                        for (guint j = 0; rows[i].texts[j]; j++)
                                g_assert_cmpint(strstr(all, rows[i].texts[j]) == NULL, ==, after);
                        g_assert_cmpint(strstr(json, word) != NULL, ==, after);
                        g_assert_cmpint(strstr(text, "非表示 / left out") != NULL, ==, after);
                        mg_record_withhold(record, rows[i].bit);
                }
        }
}

static void test_refused(void) {
        g_autoptr(MgRecord) record = mg_record_new();
        g_autofree char *log = NULL, *line = NULL, *json = NULL, *text = NULL;

        record->outcome = MG_OUTCOME_REFUSED;
        g_free(record->reply), g_free(record->reason), g_free(record->envelope->from);
        record->reply = g_strdup("552 5.3.4 too large");
        record->reason = g_strdup("x\r\ny\x1B[31m \xFF");
        record->envelope->from = g_strdup("a\n\"b\xE2\x80\xAE@c");
        log = log_of(record), line = mg_report_line(record), json = mg_report_json(record, FALSE),
        text = mg_report_text(record);
        g_assert_cmpstr(log, ==,
                        "queue_id=\"\" receipt=- from=\"a\\x0a\\\"b\\xe2\\x80\\xae@c\" nrcpt=0 outcome=refused "
                        "removed=0 kept=0 in=0 out=0 ms=0 "
                        "reply=\"552 5.3.4 too large\" reason=\"x\\x0d\\x0ay\\x1b[31m \\xff\"");
        g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
        g_assert_null(strchr(json, 0x1B));
        g_assert_null(strchr(text, 0x1B));
        g_assert_null(strchr(text, '\r'));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/report/json", test_json);
        g_test_add_func("/report/account", test_account);
        g_test_add_func("/report/lines", test_lines);
        g_test_add_func("/report/scan", test_scan);
        g_test_add_func("/report/withheld", test_withheld);
        g_test_add_func("/report/refused", test_refused);
        return g_test_run();
}
