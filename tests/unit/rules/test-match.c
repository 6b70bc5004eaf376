/* SPDX-License-Identifier: Apache-2.0 */
/* match: every condition is met by what it asks for and by nothing else; first match; expiry; recipients told apart. */
#include "rules/match.h"

#include "base/address_set.h"
#include "mugai/header.h"
#include "rules/decide.h"

/* 2026-11-26 was a Thursday; 23:30 of it in Japan. */
#define THURSDAY 1795703400

typedef struct Sample {
        MgMailFacts mail;
        MgHeader *header;
        MgReading *reading;
        MgFacts *part;
} Sample;

static void add_member(MgFacts *facts, const char *name) {
        MgMember *member = g_new0(MgMember, 1);

        member->name = g_strdup(name);
        g_ptr_array_add(facts->members, member);
        facts->members_all++;
}

static Sample *sample_new(void) {
        const MgHeaderTrust trust = {"mx.example", 30};
        Sample *sample = g_new0(Sample, 1);

        sample->header = mg_header_new();
        mg_header_take(sample->header, &trust, "Subject", "", 0);
        mg_header_take(sample->header, &trust, "List-ID", "", 0);
        mg_header_take(sample->header, &trust, "Authentication-Results", "mx.example; spf=pass; dkim=fail", 31);
        sample->mail = (MgMailFacts){"city",   "A@Partner.example", "b@city.example.jp", 1000,
                                     THURSDAY, sample->header,      MG_SCAN_INFECTED};
        sample->reading = mg_reading_new();
        sample->reading->marks = MG_MARK_SIGNED;
        sample->part = mg_facts_new();
        g_free(sample->part->found), g_free(sample->part->claimed), g_free(sample->part->name);
        sample->part->found = g_strdup("application/pdf");
        sample->part->claimed = g_strdup("image/png");
        sample->part->name = g_strdup("Report.PDF");
        g_ptr_array_add(sample->part->names, g_strdup("report.pdf.EXE. "));
        sample->part->flags = MG_PART_AMBIGUOUS;
        sample->part->size = 500;
        add_member(sample->part, "plan/v1.2/Readme");
        add_member(sample->part, "plan/Setup.EXE ");
        g_ptr_array_add(sample->reading->parts, sample->part);
        return sample;
}

static void sample_free(Sample *sample) {
        mg_header_free(sample->header);
        mg_reading_free(sample->reading);
        g_free(sample);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sample, sample_free)

static MgCondition condition_of(MgMatch match, guint64 number, const char *words) {
        MgCondition condition = {.match = match, .value = g_strdup(""), .number = number};

        mg_condition_set_words(&condition, words ? g_strsplit(words, " ", -1) : NULL);
        if (match == MG_MATCH_SENDER || match == MG_MATCH_RECIPIENT) {
                MgAddressSet *set = mg_address_set_new();

                for (char **word = condition.words; *word; word++)
                        g_assert_true(mg_address_set_add(set, *word));
                condition.sets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_address_set_unref);
                g_ptr_array_add(condition.sets, set);
        }
        return condition;
}

static MgRule *rule_of(const char *name, MgMatch match, guint64 number, const char *words) {
        MgRule *rule = mg_rule_new(name);
        MgCondition condition = condition_of(match, number, words);

        g_array_append_val(rule->conditions, condition);
        rule->mail = MG_MAIL_HOLD;
        return rule;
}

static const struct {
        MgMatch match;
        guint64 number;
        const char *words;
        gboolean met;
} asked[] = {
        {MG_MATCH_ORGANIZATION, 0, "town city", TRUE},
        {MG_MATCH_ORGANIZATION, 0, "town", FALSE},
        {MG_MATCH_LARGER, 999, NULL, TRUE},
        {MG_MATCH_LARGER, 1000, NULL, FALSE},
        {MG_MATCH_SMALLER, 1001, NULL, TRUE},
        {MG_MATCH_SMALLER, 1000, NULL, FALSE},
        {MG_MATCH_DAYS, 1 << 3, NULL, TRUE},
        {MG_MATCH_DAYS, 1 << 4, NULL, FALSE},
        {MG_MATCH_SENDER, 0, "partner.example", TRUE},
        {MG_MATCH_SENDER, 0, "a@partner.example", TRUE},
        {MG_MATCH_SENDER, 0, ".example", TRUE},
        {MG_MATCH_SENDER, 0, ".partner.example b@partner.example <>", FALSE},
        {MG_MATCH_RECIPIENT, 0, ".example.jp", TRUE},
        {MG_MATCH_RECIPIENT, 0, "example.jp", FALSE},
        {MG_MATCH_HEADER, 0, "x-mailer list-id", TRUE},
        {MG_MATCH_HEADER, 0, "list", FALSE},
        {MG_MATCH_AUTHENTICATION, 0, "dmarc=pass dkim=fail", TRUE},
        {MG_MATCH_AUTHENTICATION, 0, "spf=fail dkim=pass dmarc=none spf", FALSE},
        {MG_MATCH_SCAN, 1 << MG_SCAN_CLEAN | 1 << MG_SCAN_INFECTED, NULL, TRUE},
        {MG_MATCH_SCAN, 1 << MG_SCAN_CLEAN | 1 << MG_SCAN_UNSCANNED, NULL, FALSE},
        {MG_MATCH_MARK, MG_MARK_SIGNED | MG_MARK_PARTIAL, NULL, TRUE},
        {MG_MATCH_MARK, MG_MARK_PARTIAL, NULL, FALSE},
        {MG_MATCH_PART_KIND, 1 << MG_PART_ATTACHMENT, NULL, TRUE},
        {MG_MATCH_PART_KIND, 1 << MG_PART_MESSAGE, NULL, FALSE},
        {MG_MATCH_PART_FLAG, MG_PART_AMBIGUOUS, NULL, TRUE},
        {MG_MATCH_PART_FLAG, MG_PART_ENCRYPTED, NULL, FALSE},
        {MG_MATCH_PART_CLASS, MG_PART_CLASS_PROGRAM, NULL, TRUE}, /* by its other name */
        {MG_MATCH_PART_CLASS, MG_PART_CLASS_ENCRYPTED | MG_PART_CLASS_SIGNATURE, NULL, FALSE},
        {MG_MATCH_PART_LARGER, 499, NULL, TRUE},
        {MG_MATCH_PART_LARGER, 500, NULL, FALSE},
        {MG_MATCH_PART_SMALLER, 501, NULL, TRUE},
        {MG_MATCH_PART_SMALLER, 500, NULL, FALSE},
        {MG_MATCH_PART_FOUND, 0, "application/", TRUE},
        {MG_MATCH_PART_FOUND, 0, "application/pdf", TRUE},
        {MG_MATCH_PART_FOUND, 0, "image/ application/pd", FALSE},
        {MG_MATCH_PART_CLAIMED, 0, "image/", TRUE},
        {MG_MATCH_PART_CLAIMED, 0, "application/pdf", FALSE},
        {MG_MATCH_PART_EXTENSION, 0, "exe", TRUE}, /* the worst of its names */
        {MG_MATCH_PART_EXTENSION, 0, "pdf", TRUE},
        {MG_MATCH_PART_EXTENSION, 0, "df png", FALSE},
        {MG_MATCH_PART_NAME, 0, "*.pdf.*", TRUE},
        {MG_MATCH_PART_NAME, 0, "rep*t.pdf", TRUE},
        {MG_MATCH_PART_NAME, 0, "report", FALSE},
        {MG_MATCH_ARCHIVE_EXTENSION, 0, "exe", TRUE},
        {MG_MATCH_ARCHIVE_EXTENSION, 0, "pdf readme 2", FALSE},
        {MG_MATCH_ARCHIVE_NAME, 0, "plan/*.exe*", TRUE},
        {MG_MATCH_ARCHIVE_NAME, 0, "README", TRUE}, /* without its folders */
        {MG_MATCH_ARCHIVE_NAME, 0, "v1.2* *.pdf setup", FALSE},
        {_MG_MATCH_N, 0, NULL, FALSE},
};

static void test_conditions(void) {
        for (guint i = 0; i < G_N_ELEMENTS(asked); i++) {
                g_autoptr(Sample) sample = sample_new();
                g_autoptr(MgRule) rule = rule_of("r", asked[i].match, asked[i].number, asked[i].words);
                g_auto(MgMatcher) matcher = {0};

                mg_matcher_init(&matcher, &sample->mail, sample->reading);
                if (mg_matcher_takes_mail(&matcher, rule) != asked[i].met)
                        g_error("row %u: %s is met the other way round", i, mg_match_word(asked[i].match));
        }
}

static void test_hours(void) {
        static const struct {
                guint from, to;
                gboolean met;
        } hours[] = {{23 * 60, 24 * 60, TRUE}, {23 * 60 + 30, 6 * 60, TRUE}, {23 * 60 + 31, 6 * 60, FALSE},
                     {0, 23 * 60 + 30, FALSE}, {8 * 60, 17 * 60, FALSE},     {0, 23 * 60 + 31, TRUE}};
        g_autoptr(Sample) sample = sample_new();
        g_auto(MgMatcher) matcher = {0};

        mg_matcher_init(&matcher, &sample->mail, sample->reading);
        for (guint i = 0; i < G_N_ELEMENTS(hours); i++) {
                MgCondition condition = {.match = MG_MATCH_HOURS, .number = hours[i].from, .last = hours[i].to};

                g_assert_cmpint(mg_matcher_meets(&matcher, &condition, NULL), ==, hours[i].met);
        }
}

/* Where the names of fields are not known none of them is there. */
static void test_unknown_header(void) {
        g_autoptr(Sample) sample = sample_new();
        g_autoptr(MgRule) rule = rule_of("r", MG_MATCH_HEADER, 0, "list-id");
        g_auto(MgMatcher) matcher = {0};

        sample->mail.header = NULL;
        mg_matcher_init(&matcher, &sample->mail, sample->reading);
        g_assert_false(mg_matcher_takes_mail(&matcher, rule));
}

static void test_expiry(void) {
        g_autoptr(Sample) sample = sample_new();
        g_autoptr(MgRule) rule = rule_of("r", MG_MATCH_LARGER, 1, NULL);
        g_auto(MgMatcher) matcher = {0};

        mg_matcher_init(&matcher, &sample->mail, sample->reading);
        rule->expires = 20261126; /* the last day counts, in Japan */
        g_assert_true(mg_matcher_takes_mail(&matcher, rule));
        rule->expires = 20261125;
        g_assert_false(mg_matcher_takes_mail(&matcher, rule));
}

/* Of senders alone, and as long as the rule holds. */
static void test_prefer(void) {
        g_autoptr(GPtrArray) rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);
        const MgMailFacts known = {.sender = "a@Partner.example", .time = THURSDAY}, other = {.sender = "a@b.example"};
        MgRule *rule = rule_of("r", MG_MATCH_SENDER, 0, "partner.example");

        g_assert_false(mg_rules_prefer(NULL, &known));
        g_ptr_array_add(rules, rule_of("q", MG_MATCH_SENDER, 0, "b.example"));
        g_ptr_array_add(rules, rule);
        g_assert_false(mg_rules_prefer(rules, &known));
        rule->priority = TRUE;
        g_assert_true(mg_rules_prefer(rules, &known));
        g_assert_false(mg_rules_prefer(rules, &other));
        rule->expires = 20261125;
        g_assert_false(mg_rules_prefer(rules, &known));
}

/* One part must meet all that is asked of parts. */
static void test_one_part(void) {
        g_autoptr(Sample) sample = sample_new();
        g_autoptr(MgRule) rule = rule_of("r", MG_MATCH_PART_FOUND, 0, "application/pdf");
        MgCondition small = condition_of(MG_MATCH_PART_SMALLER, 10, NULL);
        MgFacts *other = mg_facts_new();
        g_auto(MgMatcher) matcher = {0};

        other->size = 1;
        g_ptr_array_add(sample->reading->parts, other);
        g_array_append_val(rule->conditions, small);
        mg_matcher_init(&matcher, &sample->mail, sample->reading);
        g_assert_false(mg_matcher_takes_mail(&matcher, rule));
        sample->part->size = 1;
        g_assert_true(mg_matcher_takes_mail(&matcher, rule));
}

static MgPolicy *policy_with(MgRule *one, MgRule *two) {
        MgPolicy *policy = mg_policy_new();

        policy->rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);
        g_ptr_array_add(policy->rules, one);
        if (two)
                g_ptr_array_add(policy->rules, two);
        return policy;
}

static void test_decide_mail(void) {
        static const MgOutcome outcomes[] = {[MG_MAIL_REWRITE] = MG_OUTCOME_CONVERTED,
                                             [MG_MAIL_HOLD] = MG_OUTCOME_HELD,
                                             [MG_MAIL_REJECT] = MG_OUTCOME_REFUSED};

        for (MgMailAction action = MG_MAIL_REWRITE; action <= MG_MAIL_REJECT; action++) {
                g_autoptr(Sample) sample = sample_new();
                MgRule *rule = rule_of("first", MG_MATCH_LARGER, 1, NULL);
                g_autoptr(MgPolicy) policy = policy_with(rule, rule_of("second", MG_MATCH_LARGER, 1, NULL));
                g_autoptr(MgDecision) decision = NULL, failed = NULL;

                rule->mail = action;
                rule->policy = mg_policy_new();
                g_free(rule->reason);
                rule->reason = g_strdup("why");
                decision = mg_decide(policy, &sample->mail, sample->reading);
                g_assert_cmpint(decision->outcome, ==, outcomes[action]);
                g_assert_cmpstr(decision->rule, ==, "first");
                g_assert_cmpstr(decision->reason, ==, "by rule first: why");
                g_assert_true(decision->policy == rule->policy);
                /* What could not be read is never said to be held; a rejection stays one. */
                sample->reading->failure = MG_FAILURE_TIMEOUT;
                failed = mg_decide(policy, &sample->mail, sample->reading);
                g_assert_cmpint(failed->outcome, ==, action == MG_MAIL_REJECT ? MG_OUTCOME_REFUSED : MG_OUTCOME_FAILED);
        }
}

/* A rule on parts only takes away: never the text, and what it takes is named. */
static void test_decide_parts(void) {
        g_autoptr(Sample) sample = sample_new();
        MgRule *rule = rule_of("parts", MG_MATCH_LARGER, 1, NULL);
        g_autoptr(MgPolicy) policy = policy_with(rule, NULL);
        g_autoptr(MgDecision) decision = NULL;
        MgFacts *body = mg_facts_new(), *picture = mg_facts_new();

        rule->mail = MG_MAIL_NONE;
        rule->part = MG_PART_ACTION_REMOVE;
        body->kind = MG_PART_BODY;
        picture->kind = MG_PART_INLINE_PICTURE;
        g_free(picture->found);
        picture->found = g_strdup("image/png");
        g_ptr_array_add(sample->reading->parts, body);
        g_ptr_array_add(sample->reading->parts, picture);
        decision = mg_decide(policy, &sample->mail, sample->reading);
        g_assert_cmpint(decision->outcome, ==, MG_OUTCOME_CONVERTED);
        g_assert_cmpstr(decision->rule, ==, "");
        for (guint i = 0; i < 3; i++) {
                const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);

                g_assert_cmpint(part->action, ==, i == 1 ? MG_ACTION_CONVERT : MG_ACTION_REMOVE);
                g_assert_cmpint(part->listed, ==, i != 1);
                g_assert_cmpstr(part->rule, ==, i == 1 ? "body" : "parts");
        }
}

static void test_share(void) {
        g_autoptr(Sample) sample = sample_new();
        g_autoptr(MgPolicy) policy = policy_with(rule_of("a", MG_MATCH_RECIPIENT, 0, "b@city.example.jp"),
                                                 rule_of("b", MG_MATCH_ORGANIZATION, 0, "town"));
        MgMailFacts other = sample->mail;

        g_assert_true(mg_rules_share(NULL, &sample->mail, &other));
        g_assert_true(mg_rules_share(policy->rules, &sample->mail, &other));
        other.recipient = "c@city.example.jp";
        g_assert_true(mg_rules_share(NULL, &sample->mail, &other));
        g_assert_false(mg_rules_share(policy->rules, &sample->mail, &other));
        other.recipient = sample->mail.recipient;
        other.organization = "ward";
        g_assert_true(mg_rules_share(policy->rules, &sample->mail, &other));
        other.organization = "town";
        g_assert_false(mg_rules_share(policy->rules, &sample->mail, &other));
}

/* A mail waits for the scanner where a rule asks for its verdict, or keeps files by it, and for nothing else. */
static void test_ask_scan(void) {
        g_assert_false(mg_rules_ask_scan(NULL));
        for (MgMatch match = 0; match < _MG_MATCH_N; match++) {
                g_autoptr(MgPolicy) policy = policy_with(rule_of("a", match, 1, "a@b.example"), NULL);

                g_assert_cmpint(mg_rules_ask_scan(policy->rules), ==, match == MG_MATCH_SCAN);
        }
        g_autoptr(MgPolicy) keeping = policy_with(rule_of("a", MG_MATCH_PART_FOUND, 0, "image/png"), NULL);
        ((MgRule *)g_ptr_array_index(keeping->rules, 0))->part = MG_PART_ACTION_KEEP;
        g_assert_true(mg_rules_ask_scan(keeping->rules));
}

static gboolean plainly_fits(const char *pattern, const char *text) {
        if (*pattern == '*')
                return plainly_fits(pattern + 1, text) || (*text && plainly_fits(pattern, text + 1));
        if (!*pattern || !*text)
                return *pattern == *text;
        return g_ascii_tolower(*pattern) == g_ascii_tolower(*text) && plainly_fits(pattern + 1, text + 1);
}

static gboolean plainly_ends(const char *word, const char *name) {
        g_autofree char *lower = g_ascii_strdown(name, -1);
        char *end = lower + strlen(lower);

        while (end > lower && (end[-1] == ' ' || end[-1] == '.'))
                *--end = '\0';
        const char *dot = strrchr(lower, '.');
        return dot && g_str_equal(dot + 1, word);
}

static char *by_chance(const char *stock, guint most) {
        GString *text = g_string_new(NULL);

        for (gint n = g_test_rand_int_range(1, (gint)most); n > 0; n--)
                g_string_append_c(text, stock[g_test_rand_int_range(0, (gint)strlen(stock))]);
        return g_string_free(text, FALSE);
}

/* Words are passed over by their letters: never one that is met. "K" and "k", and octets beyond ASCII, share bits. */
static void test_letters(void) {
        guint met[2] = {0};

        for (guint i = 0; i < 20000; i++) {
                g_autofree char *name = by_chance("aKk.. 0\xe5\xa5", 7);
                g_autofree char *pattern = by_chance("ak.0*\xe5\xa5", 6), *word = by_chance("ak0\xe5", 3);
                g_autoptr(MgRule) patterns = rule_of("p", MG_MATCH_PART_NAME, 0, pattern);
                g_autoptr(MgRule) words = rule_of("w", MG_MATCH_PART_EXTENSION, 0, word);
                g_autoptr(MgFacts) part = mg_facts_new();

                g_ptr_array_add(part->names, g_steal_pointer(&name));
                const char *text = g_ptr_array_index(part->names, 0);
                const gboolean want[] = {plainly_fits(pattern, text) || plainly_fits(pattern, ""),
                                         plainly_ends(word, text)};
                const MgRule *rules[] = {patterns, words};

                for (guint k = 0; k < G_N_ELEMENTS(rules); k++) {
                        const MgCondition *condition = &g_array_index(rules[k]->conditions, MgCondition, 0);

                        met[k] += want[k];
                        if (mg_matcher_meets(&(MgMatcher){0}, condition, part) != want[k])
                                g_error("%s \"%s\" of \"%s\"", mg_match_word(condition->match), condition->words[0],
                                        text);
                }
        }
        g_assert_cmpuint(met[0], >, 500);
        g_assert_cmpuint(met[1], >, 100);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/match/conditions", test_conditions);
        g_test_add_func("/match/hours", test_hours);
        g_test_add_func("/match/unknown-header", test_unknown_header);
        g_test_add_func("/match/expiry", test_expiry);
        g_test_add_func("/match/one-part", test_one_part);
        g_test_add_func("/match/prefer", test_prefer);
        g_test_add_func("/match/decide-mail", test_decide_mail);
        g_test_add_func("/match/decide-parts", test_decide_parts);
        g_test_add_func("/match/share", test_share);
        g_test_add_func("/match/ask-scan", test_ask_scan);
        g_test_add_func("/match/letters", test_letters);
        return g_test_run();
}
