/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: names and values of the JSON, and that no text of a mail breaks a line of the others. */
#include "compose/report.h"

#include <jansson.h>
#include <string.h>

#include "sample.h"

static MgRecord *record_new(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        MgRecord *record = mg_record_new();
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
        record->receipt = g_strdup("0000005724");
        record->reply = g_strdup("250 2.0.0 ok");
        record->version = g_strdup("0.1.0");
        record->size = 4321;
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

static void test_json(void) {
        static const char *const names[] = {"outcome", "reason",  "receipt",      "time",     "queue_id",
                                            "from",    "to",      "client",       "reply",    "subject",
                                            "body",    "parts",   "original",     "policy",   "version",
                                            "marks",   "failure", "milliseconds", "bytes_out"};
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
                part = json_array_get(json_object_get(root, "parts"), 0);
                g_assert_cmpuint(json_object_size(part), ==, 12);
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
                json_decref(root);
        }
}

static gint64 number_at(json_t *object, const char *key) {
        return json_integer_value(json_object_get(object, key));
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

static void test_lines(void) {
        g_autoptr(MgRecord) record = record_new();
        g_autofree char *line = mg_report_line(record), *log = mg_report_log(record), *text = mg_report_text(record);

        g_assert_cmpstr(line, ==,
                        "2026-11-20T07:20:00Z 0000-0057-24 converted \"taro@example.jp\" \"hanako@city.example.lg.jp\" "
                        "\"会議のお知らせ\"\n");
        g_assert_cmpstr(log, ==,
                        "queue_id=\"4cK2\" receipt=0000005724 from=\"taro@example.jp\" nrcpt=1 outcome=converted "
                        "removed=1 in=4321 out=1234 ms=56");
        g_assert_nonnull(strstr(text, "受付番号 / receipt        0000-0057-24\n"));
        g_assert_nonnull(strstr(text, " (score), 7 chars\n"));
        g_assert_nonnull(strstr(text, "2 replaced, 7 guessed\n"));
        g_assert_nonnull(strstr(text, "\"見積\\\"書\\\\.docx\""));
}

static void test_refused(void) {
        g_autoptr(MgRecord) record = mg_record_new();
        g_autofree char *log = NULL, *line = NULL, *json = NULL, *text = NULL;

        record->outcome = MG_OUTCOME_REFUSED;
        g_free(record->reply), g_free(record->reason), g_free(record->envelope->from);
        record->reply = g_strdup("552 5.3.4 too large");
        record->reason = g_strdup("x\r\ny\x1B[31m \xFF");
        record->envelope->from = g_strdup("a\n\"b\xE2\x80\xAE@c");
        log = mg_report_log(record), line = mg_report_line(record), json = mg_report_json(record, FALSE),
        text = mg_report_text(record);
        g_assert_cmpstr(log, ==,
                        "queue_id=\"\" receipt=- from=\"a\\x0a\\\"b\\xe2\\x80\\xae@c\" nrcpt=0 outcome=refused "
                        "removed=0 in=0 out=0 ms=0 "
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
        g_test_add_func("/report/refused", test_refused);
        return g_test_run();
}
