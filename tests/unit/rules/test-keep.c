/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep: what no exemption passes, a row for each; the bounds with both numbers; what a second look may not say. A
 * part that a row changes is kept without that change, so no row is met by another one's reason.
 */
#include "rules/keep.h"

#include <string.h>

#include "base/kept_type.h"
#include "rules/decide.h"

#define NOW 1795703400

typedef struct Sample {
        MgPolicy *policy;
        MgRule *rule;
        MgMailFacts mail;
        MgReading *reading;
        MgFacts *part;
} Sample;

static void set(char **text, const char *value) {
        g_free(*text);
        *text = g_strdup(value);
}

static MgFacts *add_part(MgReading *reading, const char *path, const char *found, const char *name) {
        MgFacts *facts = mg_facts_new();

        set(&facts->path, path);
        set(&facts->found, found);
        set(&facts->claimed, found);
        set(&facts->name, name);
        facts->size = 1000;
        g_ptr_array_add(reading->parts, facts);
        return facts;
}

static Sample sample_new(void) {
        Sample sample = {.policy = mg_policy_new(), .rule = mg_rule_new("partner"), .reading = mg_reading_new()};
        MgCondition condition = {.match = MG_MATCH_PART_FOUND, .value = g_strdup("")};

        mg_condition_set_words(&condition, g_strsplit("application/ image/ text/", " ", -1));
        g_array_append_val(sample.rule->conditions, condition);
        sample.rule->exemption = TRUE;
        sample.rule->part = MG_PART_ACTION_KEEP;
        sample.rule->expires = 20991231;
        set(&sample.rule->reason, "the tender");
        set(&sample.rule->approved_by, "情報政策課長");
        sample.policy->rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);
        g_ptr_array_add(sample.policy->rules, sample.rule);
        sample.mail = (MgMailFacts){.organization = "",
                                    .sender = "a@b.example",
                                    .recipient = "c@d.example.jp",
                                    .time = NOW,
                                    .scan = MG_SCAN_CLEAN};
        sample.part = add_part(sample.reading, "2", "application/pdf", "図面.pdf");
        return sample;
}

static void sample_clear(Sample *sample) {
        mg_policy_unref(sample->policy);
        mg_reading_free(sample->reading);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

static MgPartDecision *decision_at(MgDecision *decision, guint i) {
        return &g_array_index(decision->parts, MgPartDecision, i);
}

static void test_kept(void) {
        g_auto(Sample) sample = sample_new();
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        const MgPartDecision *part = decision_at(decision, 0);

        g_assert_null(mg_keep_refusal(&sample.mail, sample.reading, sample.part));
        g_assert_cmpint(part->action, ==, MG_ACTION_KEEP);
        g_assert_false(part->listed);
        g_assert_cmpstr(part->rule, ==, "partner");
        g_assert_cmpstr(part->reason, ==, "the tender");
        g_assert_cmpstr(part->approved_by, ==, "情報政策課長");
        g_assert_cmpuint(mg_decision_kept(decision), ==, 1);
        mg_part_decision_drop(decision_at(decision, 0), "a reason");
        g_assert_cmpint(part->action, ==, MG_ACTION_REMOVE);
        g_assert_true(part->listed);
        g_assert_cmpstr(part->reason, ==, "not kept: a reason");
        g_assert_null(part->approved_by);
        g_assert_cmpint(part->why, ==, MG_TEXT_why_other);
}

/* Each type of the table with a name of its own, in either case of the extension. */
static void test_types(void) {
        static const char *const rows[][2] = {{"application/pdf", "a.pdf"},
                                              {"image/jpeg", "写真.JPG"},
                                              {"image/jpeg", "b.jpeg"},
                                              {"image/png", "c.png"},
                                              {"text/plain", "読んでください.txt"}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(Sample) sample = sample_new();

                set(&sample.part->found, rows[i][0]);
                set(&sample.part->name, rows[i][1]);
                g_assert_cmpstr(mg_keep_refusal(&sample.mail, sample.reading, sample.part), ==, NULL);
        }
}

/* --- the floor ---------------------------------------------------------------------------------------------------- */

static void scan_none(Sample *s) {
        s->mail.scan = MG_SCAN_NONE;
}

static void scan_infected(Sample *s) {
        s->mail.scan = MG_SCAN_INFECTED;
}

static void scan_unscanned(Sample *s) {
        s->mail.scan = MG_SCAN_UNSCANNED;
}

static void scan_beyond(Sample *s) {
        s->mail.scan = 99;
}

static void inside(Sample *s) {
        add_part(s->reading, "2", "message/rfc822", "")->kind = MG_PART_MESSAGE;
        set(&s->part->path, "2.1");
}

static void inside_all(Sample *s) {
        add_part(s->reading, "", "message/rfc822", "")->kind = MG_PART_MESSAGE;
}

static void runs(Sample *s) {
        set(&s->part->name, "a.exe");
}

static void runs_by_type(Sample *s) {
        set(&s->part->found, "application/vnd.microsoft.portable-executable");
}

static void runs_by_other_name(Sample *s) {
        g_ptr_array_add(s->part->names, g_strdup("a.scr"));
}

static void encrypted_type(Sample *s) {
        set(&s->part->found, "application/encrypted");
}

static void several(Sample *s) {
        g_ptr_array_add(s->part->also, g_strdup("application/zip"));
}

static void names(Sample *s) {
        g_ptr_array_add(s->part->names, g_strdup("b.pdf"));
}

static void members(Sample *s) {
        s->part->members_all = 1;
}

static void empty(Sample *s) {
        s->part->size = 0;
}

static void no_name(Sample *s) {
        set(&s->part->name, "");
}

static void no_stem(Sample *s) {
        set(&s->part->name, ".pdf");
}

static void other_name(Sample *s) {
        set(&s->part->name, "a.png");
}

static void unknown_name(Sample *s) {
        set(&s->part->name, "a.odd");
}

static void no_extension(Sample *s) {
        set(&s->part->name, "pdf");
}

static void double_name(Sample *s) {
        set(&s->part->name, "a.docx.pdf");
}

static void blank_name(Sample *s) {
        set(&s->part->name, "a.pdf ");
}

static const struct {
        void (*change)(Sample *sample);
        const char *why;
} rows[] = {
        {scan_none, "scanner"},
        {scan_infected, "scanner"},
        {scan_unscanned, "scanner"},
        {scan_beyond, "scanner"},
        {inside, "inside"},
        {inside_all, "inside"},
        {runs, "program"},
        {runs_by_type, "program"},
        {runs_by_other_name, "program"},
        {encrypted_type, "encrypted"},
        {several, "several types"},
        {names, "several names"},
        {members, "files in it"},
        {empty, "empty"},
        {no_name, "name"},
        {no_stem, "name"},
        {other_name, "name"},
        {unknown_name, "name"},
        {no_extension, "name"},
        {double_name, "name"},
        {blank_name, "name"},
};

/* Refused by the floor itself, and by a decision that an exemption made. */
static void refused(const Sample *sample, const char *why) {
        const char *said = mg_keep_refusal(&sample->mail, sample->reading, sample->part);
        g_autoptr(MgDecision) decision = mg_decide(sample->policy, &sample->mail, sample->reading);

        g_test_message("%s: %s", why, said);
        g_assert_nonnull(said);
        g_assert_nonnull(strstr(said, why));
        g_assert_cmpint(decision_at(decision, 0)->action, ==, MG_ACTION_REMOVE);
        g_assert_true(decision_at(decision, 0)->listed);
        g_assert_cmpuint(mg_decision_kept(decision), ==, 0);
}

static void test_floor(void) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(Sample) sample = sample_new();

                rows[i].change(&sample);
                refused(&sample, rows[i].why);
        }
}

/* Every flag that a part can have, each alone. */
static void test_flags(void) {
        for (guint i = 0; i < _MG_PART_FLAG_N; i++) {
                g_auto(Sample) sample = sample_new();

                sample.part->flags = 1u << i;
                refused(&sample, sample.part->flags == MG_PART_ENCRYPTED ? "encrypted" : "flags");
        }
}

static void test_kinds(void) {
        for (guint kind = 0; kind <= _MG_PART_KIND_N; kind++) {
                g_auto(Sample) sample = sample_new();

                sample.part->kind = kind;
                if (kind == MG_PART_ATTACHMENT)
                        g_assert_null(mg_keep_refusal(&sample.mail, sample.reading, sample.part));
                else
                        g_assert_nonnull(mg_keep_refusal(&sample.mail, sample.reading, sample.part));
        }
}

/* Marks of a mail of whose parts too little is certain; the others say nothing of a file. */
static void test_marks(void) {
        for (guint32 mark = 1; mark & _MG_MARK_ALL; mark <<= 1) {
                g_auto(Sample) sample = sample_new();
                const gboolean unsure =
                        mark & (MG_MARK_AMBIGUOUS | MG_MARK_PARTIAL | MG_MARK_ENCRYPTED | MG_MARK_OPAQUE);

                sample.reading->marks = mark;
                if (unsure)
                        refused(&sample, "disagree");
                else
                        g_assert_null(mg_keep_refusal(&sample.mail, sample.reading, sample.part));
        }
}

/* Types that are never kept, with names that would fit them. */
static void test_other_types(void) {
        static const char *const types[][2] = {
                {"application/zip", "a.zip"},
                {"application/x-7z-compressed", "a.7z"},
                {"application/gzip", "a.gz"},
                {"application/x-lzh-compressed", "a.lzh"},
                {"application/x-iso9660-image", "a.iso"},
                {"text/html", "a.html"},
                {"image/svg+xml", "a.svg"},
                {"image/gif", "a.gif"},
                {"text/csv", "a.csv"},
                {"text/javascript", "a.js"},
                {"application/x-ms-shortcut", "a.lnk"},
                {"application/octet-stream", "a.pdf"},
                {"application/octet-stream", "a"},
                {"application/msword", "a.doc"},
                {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx"},
                {"application/vnd.ms-excel.sheet.macroenabled.12", "a.xlsm"},
                {"application/vnd.oasis.opendocument.text", "a.odt"},
                {"message/rfc822", "a.eml"},
                {"application/x-empty", "a.txt"},
                {"image/", "a.png"},
                {"application/pdfx", "a.pdf"},
                {"", "a.pdf"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
                g_auto(Sample) sample = sample_new();

                set(&sample.part->found, types[i][0]);
                set(&sample.part->name, types[i][1]);
                g_test_message("%s %s", types[i][0], types[i][1]);
                g_assert_nonnull(mg_keep_refusal(&sample.mail, sample.reading, sample.part));
                g_assert_true(!mg_kept_type(types[i][0]));
        }
}

/* --- what is decided about the mail ------------------------------------------------------------------------------- */

static void test_mail(void) {
        g_auto(Sample) sample = sample_new();
        MgRule *hold = mg_rule_new("night");

        hold->mail = MG_MAIL_HOLD;
        g_ptr_array_insert(sample.policy->rules, 0, hold);
        g_autoptr(MgDecision) held = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpint(held->outcome, ==, MG_OUTCOME_HELD);
        g_assert_cmpuint(mg_decision_kept(held), ==, 0);
        g_assert_nonnull(strstr(decision_at(held, 0)->reason, "does not go on"));
        sample.reading->failure = MG_FAILURE_CRASH;
        g_autoptr(MgDecision) failed = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpint(failed->outcome, ==, MG_OUTCOME_FAILED);
        g_assert_cmpuint(mg_decision_kept(failed), ==, 0);
}

static void test_expired(void) {
        g_auto(Sample) sample = sample_new();

        sample.rule->expires = 20261125;
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpuint(mg_decision_kept(decision), ==, 0);
        g_assert_cmpstr(decision_at(decision, 0)->rule, ==, "text-only");
}

/* The first rule that matches decides, whatever it says. */
static void test_first(void) {
        g_auto(Sample) sample = sample_new();
        MgRule *rule = mg_rule_new("never");

        rule->part = MG_PART_ACTION_REMOVE;
        g_ptr_array_insert(sample.policy->rules, 0, rule);
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpuint(mg_decision_kept(decision), ==, 0);
        g_assert_cmpstr(decision_at(decision, 0)->rule, ==, "never");
}

/* --- bounds ------------------------------------------------------------------------------------------------------- */

static void test_parts(void) {
        g_auto(Sample) sample = sample_new();

        sample.policy->limits.kept_parts = 2;
        for (guint i = 3; i < 6; i++)
                add_part(sample.reading,
                         i == 3   ? "3"
                         : i == 4 ? "4"
                                  : "5",
                         i == 3 ? "application/zip" : "image/png", i == 3 ? "a.zip" : "a.png");
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        /* What the floor refuses takes no room. */
        g_assert_cmpint(decision_at(decision, 0)->action, ==, MG_ACTION_KEEP);
        g_assert_cmpint(decision_at(decision, 1)->action, ==, MG_ACTION_REMOVE);
        g_assert_cmpint(decision_at(decision, 2)->action, ==, MG_ACTION_KEEP);
        g_assert_cmpint(decision_at(decision, 3)->action, ==, MG_ACTION_REMOVE);
        g_assert_cmpstr(decision_at(decision, 3)->reason, ==, "not kept: limits.kept_parts is 2, it would be number 3");
}

static void test_bytes(void) {
        g_auto(Sample) sample = sample_new();

        sample.policy->limits.kept_bytes = 1999;
        add_part(sample.reading, "3", "image/png", "a.png");
        add_part(sample.reading, "4", "image/png", "b.png")->size = 999;
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpint(decision_at(decision, 0)->action, ==, MG_ACTION_KEEP);
        g_assert_cmpstr(decision_at(decision, 1)->reason, ==,
                        "not kept: limits.kept_bytes is 1999, with it there would be 2000");
        g_assert_cmpint(decision_at(decision, 2)->action, ==, MG_ACTION_KEEP);
}

static void test_none(void) {
        g_auto(Sample) sample = sample_new();

        sample.policy->limits.kept_parts = 0;
        g_autoptr(MgDecision) decision = mg_decide(sample.policy, &sample.mail, sample.reading);
        g_assert_cmpuint(mg_decision_kept(decision), ==, 0);
}

/* --- the second look ---------------------------------------------------------------------------------------------- */

static void test_second(void) {
        g_auto(Sample) sample = sample_new();

        for (guint i = 0; i < 7; i++) {
                g_autoptr(MgReading) other = mg_reading_new();
                MgFacts *facts = add_part(other, "1", "application/pdf", "");

                if (i == 1)
                        facts->size++;
                if (i == 2)
                        facts->sha256[31] = 1;
                if (i == 3)
                        set(&facts->found, "image/png");
                if (i == 4)
                        facts->flags = MG_PART_SCRIPT;
                if (i == 5)
                        g_ptr_array_add(facts->also, g_strdup("application/zip"));
                if (i == 6)
                        facts->members_all = 1;
                if (i == 0)
                        g_assert_null(mg_keep_refusal_of_content(sample.part, facts));
                else
                        g_assert_nonnull(mg_keep_refusal_of_content(sample.part, facts));
        }
        /* Two that agree on what is never kept. */
        set(&sample.part->found, "application/zip");
        g_assert_nonnull(mg_keep_refusal_of_content(sample.part, sample.part));
}

static void test_begins(void) {
        const MgKeptType *png = mg_kept_type("image/png"), *pdf = mg_kept_type("application/pdf");

        g_assert_true(mg_kept_type_begins(png, "\x89PNG\r\n\x1A\nrest", 12));
        g_assert_false(mg_kept_type_begins(png, "\x89PNG\r\n\x1A", 7));
        g_assert_false(mg_kept_type_begins(png, "MZ\x90\0\3\0\0\0", 8));
        g_assert_true(mg_kept_type_begins(pdf, "%PDF-1.7\n", 9));
        g_assert_false(mg_kept_type_begins(pdf, " %PDF-1.7\n", 10));
        g_assert_false(mg_kept_type_begins(pdf, NULL, 0));
        g_assert_true(mg_kept_type_begins(mg_kept_type("text/plain"), NULL, 0));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/keep/kept", test_kept);
        g_test_add_func("/keep/types", test_types);
        g_test_add_func("/keep/floor", test_floor);
        g_test_add_func("/keep/flags", test_flags);
        g_test_add_func("/keep/kinds", test_kinds);
        g_test_add_func("/keep/marks", test_marks);
        g_test_add_func("/keep/other-types", test_other_types);
        g_test_add_func("/keep/mail", test_mail);
        g_test_add_func("/keep/expired", test_expired);
        g_test_add_func("/keep/first", test_first);
        g_test_add_func("/keep/parts", test_parts);
        g_test_add_func("/keep/bytes", test_bytes);
        g_test_add_func("/keep/none", test_none);
        g_test_add_func("/keep/second", test_second);
        g_test_add_func("/keep/begins", test_begins);
        return g_test_run();
}
