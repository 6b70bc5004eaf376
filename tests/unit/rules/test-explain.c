/* SPDX-License-Identifier: Apache-2.0 */
/* explain: over many mails and rules made by chance it names the rule that decides, and what is missing is missing. */
#include "rules/explain.h"

#include "generate.h"
#include "rules/decide.h"

#define ROUNDS 20000

static guint index_of(const MgRule *rule, const MgCondition *condition) {
        return (guint)(condition - &g_array_index(rule->conditions, MgCondition, 0));
}

/* It is one of the rule's, is not met, and each one before it is, of the mail or by that part. */
static void assert_unmet(const MgMatcher *matcher, const MgRule *rule, const MgWhy *why) {
        guint at = index_of(rule, why->unmet);
        gboolean of_part = why->unmet->match >= MG_MATCH_FIRST_OF_PARTS;

        g_assert_cmpuint(at, <, rule->conditions->len);
        g_assert_false(mg_matcher_meets(matcher, why->unmet, why->part));
        for (guint i = 0; i < at; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);

                if (of_part || condition->match < MG_MATCH_FIRST_OF_PARTS)
                        g_assert_true(mg_matcher_meets(matcher, condition, why->part) ||
                                      (condition->match >= MG_MATCH_FIRST_OF_PARTS && !why->part));
        }
}

/* Just one of the three, and what it says is so. */
static void assert_why(const MgMatcher *matcher, const MgRule *rule, const MgWhy *why) {
        g_assert_cmpint(why->takes + why->expired + (why->unmet != NULL), ==, 1);
        if (why->expired)
                g_assert_true(mg_matcher_is_expired(matcher, rule));
        if (why->unmet)
                assert_unmet(matcher, rule, why);
        for (guint i = 0; why->takes && i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);
                g_autofree char *has = mg_why_has(matcher, condition, why->part);

                g_assert_true(mg_matcher_meets(matcher, condition, why->part));
                g_assert_cmpstr(has, !=, "");
        }
}

/* The name of the first rule that takes the mail, or the part; "" where none does. */
static const char *first_that_takes(const MgMatcher *matcher, const GPtrArray *rules, const MgFacts *part) {
        const char *name = "";

        for (guint i = rules->len; i > 0; i--) {
                const MgRule *rule = g_ptr_array_index(rules, i - 1);

                if ((rule->mail == MG_MAIL_NONE) != (part != NULL))
                        continue;
                const MgWhy why = part ? mg_why_part(matcher, rule, part) : mg_why_mail(matcher, rule);

                assert_why(matcher, rule, &why);
                if (why.takes)
                        name = rule->name;
        }
        return name;
}

static guint assert_parts(const MgMatcher *matcher, const GPtrArray *rules, const MgDecision *decision) {
        guint decided = 0;

        for (guint i = 0; i < matcher->reading->parts->len; i++) {
                const MgFacts *part = g_ptr_array_index(matcher->reading->parts, i);
                const MgPartDecision *made = &g_array_index(decision->parts, MgPartDecision, i);
                const char *name = mg_matcher_asks_part(matcher, part) ? first_that_takes(matcher, rules, part) : "";

                if (*name)
                        g_assert_cmpstr(name, ==, made->rule);
                else
                        g_assert_false(g_str_has_prefix(made->rule, "rule-"));
                decided += *name ? 1 : 0;
        }
        return decided;
}

static void test_as_decided(void) {
        g_autoptr(GRand) chance = g_rand_new_with_seed(20261126);
        guint mails = 0, parts = 0;

        for (guint round = 0; round < ROUNDS; round++) {
                g_autoptr(MgPolicy) policy = mg_policy_new();
                g_autoptr(MgReading) reading = generate_reading(chance);
                g_autofree char *sender = NULL, *recipient = NULL;
                g_autoptr(MgHeader) header = generate_header(chance);
                MgMailFacts mail = generate_mail(chance, &sender, &recipient);
                g_auto(MgMatcher) matcher = {0};

                mail.header = g_rand_int_range(chance, 0, 8) > 0 ? header : NULL;
                policy->rules = generate_rules(chance);
                mg_matcher_init(&matcher, &mail, reading);
                g_autoptr(MgDecision) decision = mg_decide(policy, &mail, reading);
                g_assert_cmpstr(first_that_takes(&matcher, policy->rules, NULL), ==, decision->rule);
                mails += *decision->rule ? 1 : 0;
                parts += assert_parts(&matcher, policy->rules, decision);
        }
        g_test_message("%u mails and %u parts were decided by rules", mails, parts);
        g_assert_cmpuint(mails, >, ROUNDS / 10);
        g_assert_cmpuint(parts, >, ROUNDS / 10);
}

/* Every condition there is can be explained, of a mail that has nothing and of one that has all. */
static void test_rows(void) {
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *part = mg_facts_new();
        const MgMailFacts mail = {0};
        g_auto(MgMatcher) matcher = {0};

        g_ptr_array_add(reading->parts, part);
        mg_matcher_init(&matcher, &mail, reading);
        for (guint full = 0; full < 2; full++) {
                for (MgMatch match = 0; match < _MG_MATCH_N; match++) {
                        const MgCondition condition = {.match = match};
                        g_autofree char *has = mg_why_has(&matcher, &condition, part);

                        if (g_str_equal(has, "not known") || *has == '\0')
                                g_error("%s has no row in the table", mg_match_word(match));
                }
                reading->marks = _MG_MARK_ALL;
                part->flags = _MG_PART_FLAGS_ALL;
        }
}

static void test_values(void) {
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *part = mg_facts_new();
        const MgMailFacts mail = {.organization = "city", .sender = "A@One.example", .size = 12, .time = 1795703400};
        g_auto(MgMatcher) matcher = {0};
        const struct {
                MgMatch match;
                const char *has;
        } rows[] = {
                {MG_MATCH_ORGANIZATION, "\"city\""},
                {MG_MATCH_SENDER, "\"a@one.example\""},
                {MG_MATCH_LARGER, "12 octets"},
                {MG_MATCH_HOURS, "23:30"},
                {MG_MATCH_DAYS, "thu"},
                {MG_MATCH_MARK, "\"signed\", \"style-cut\""},
                {MG_MATCH_PART_KIND, "attachment"},
                {MG_MATCH_PART_FLAG, "\"encrypted\", \"macro\""},
                {MG_MATCH_PART_CLASS, "\"program\", \"encrypted\""},
                {MG_MATCH_PART_NAME, "\"a.exe\", \"b.pdf\""},
        };

        reading->marks = MG_MARK_SIGNED | MG_MARK_STYLE_CUT;
        part->flags = MG_PART_ENCRYPTED | MG_PART_MACRO;
        g_free(part->name);
        part->name = g_strdup("a.exe");
        g_ptr_array_add(part->names, g_strdup("b.pdf"));
        g_ptr_array_add(reading->parts, part);
        mg_matcher_init(&matcher, &mail, reading);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgCondition condition = {.match = rows[i].match};
                g_autofree char *has = mg_why_has(&matcher, &condition, part);

                g_assert_cmpstr(has, ==, rows[i].has);
        }
        const MgCondition of_part = {.match = MG_MATCH_PART_KIND};
        g_autofree char *none = mg_why_has(&matcher, &of_part, NULL);
        g_assert_cmpstr(none, ==, "no part");
}

/* A thousand names of a hostile mail make one line of bounded length. */
static void test_long(void) {
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *part = mg_facts_new();
        const MgMailFacts mail = {0};
        g_auto(MgMatcher) matcher = {0};
        const MgCondition condition = {.match = MG_MATCH_PART_NAME};

        g_free(part->name);
        part->name = g_strnfill(5000, 'x');
        for (guint i = 0; i < MG_FACTS_NAMES_MAX; i++)
                g_ptr_array_add(part->names,
                                g_strdup("a\nb\xe3\x81\x82\x1b[31m.exe, ........................................"));
        g_ptr_array_add(reading->parts, part);
        mg_matcher_init(&matcher, &mail, reading);
        g_autofree char *has = mg_why_has(&matcher, &condition, part);
        g_assert_cmpuint(strlen(has), <, 1000);
        g_assert_null(strpbrk(has, "\n\r\x1b"));
        g_assert_true(g_str_has_suffix(has, ", ..."));
}

static MgRule *rule_with(MgMailAction mail, guint32 expires, const char *sender, const char *found) {
        MgRule *rule = mg_rule_new("r");
        MgCondition conditions[] = {{.match = MG_MATCH_SENDER, .value = g_strdup(sender)},
                                    {.match = MG_MATCH_PART_FOUND, .value = g_strdup(found)}};

        rule->mail = mail;
        rule->part = mail == MG_MAIL_NONE ? MG_PART_ACTION_REMOVE : MG_PART_ACTION_NONE;
        rule->expires = expires;
        for (guint i = 0; i < G_N_ELEMENTS(conditions); i++)
                if (conditions[i].value)
                        g_array_append_val(rule->conditions, conditions[i]);
        return rule;
}

static void test_covers(void) {
        const struct {
                MgMailAction before, behind;
                guint32 ends, ends_behind;
                const char *sender, *found, *sender_behind, *found_behind;
                gboolean covers;
        } rows[] = {
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, "a b", NULL, "b  a", "image/", TRUE},
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, "a b", "image/", "b a", "image/", TRUE},
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, NULL, NULL, NULL, NULL, TRUE},
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, "a b", NULL, "a", NULL, FALSE},
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, "a", NULL, "a b", NULL, FALSE},
                {MG_MAIL_HOLD, MG_MAIL_REWRITE, 0, 0, "a", "image/", "a", NULL, FALSE},
                {MG_MAIL_NONE, MG_MAIL_REWRITE, 0, 0, "a", NULL, "a", NULL, FALSE},
                {MG_MAIL_NONE, MG_MAIL_NONE, 0, 0, "a", NULL, "a", "image/", TRUE},
                {MG_MAIL_HOLD, MG_MAIL_HOLD, 20270101, 0, "a", NULL, "a", NULL, FALSE},
                {MG_MAIL_HOLD, MG_MAIL_HOLD, 20270101, 20270102, "a", NULL, "a", NULL, FALSE},
                {MG_MAIL_HOLD, MG_MAIL_HOLD, 20270101, 20270101, "a", NULL, "a", NULL, TRUE},
                {MG_MAIL_HOLD, MG_MAIL_HOLD, 0, 20270101, "a", NULL, "a", NULL, TRUE},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgRule) before = rule_with(rows[i].before, rows[i].ends, rows[i].sender, rows[i].found);
                g_autoptr(MgRule) behind =
                        rule_with(rows[i].behind, rows[i].ends_behind, rows[i].sender_behind, rows[i].found_behind);

                if (mg_rule_covers(before, behind) != rows[i].covers)
                        g_error("row %u is the other way round", i);
        }
}

/* Where one rule covers another made by chance, no mail that the other takes is not taken by it. */
static void test_covers_means(void) {
        g_autoptr(GRand) chance = g_rand_new_with_seed(7);
        guint covered = 0, taken = 0;

        for (guint round = 0; round < ROUNDS; round++) {
                g_autoptr(GPtrArray) rules = generate_rules(chance);
                g_autoptr(MgReading) reading = generate_reading(chance);
                g_autofree char *sender = NULL, *recipient = NULL;
                const MgMailFacts mail = generate_mail(chance, &sender, &recipient);
                g_auto(MgMatcher) matcher = {0};

                mg_matcher_init(&matcher, &mail, reading);
                for (guint i = 1; i < rules->len; i++) {
                        const MgRule *before = g_ptr_array_index(rules, i - 1), *behind = g_ptr_array_index(rules, i);

                        if (before->mail == MG_MAIL_NONE || !mg_rule_covers(before, behind))
                                continue;
                        covered++;
                        if (!mg_matcher_takes_mail(&matcher, behind))
                                continue;
                        taken++;
                        g_assert_true(mg_matcher_takes_mail(&matcher, before));
                }
        }
        g_assert_cmpuint(covered, >, 100);
        g_assert_cmpuint(taken, >, 10);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/explain/as-decided", test_as_decided);
        g_test_add_func("/explain/rows", test_rows);
        g_test_add_func("/explain/values", test_values);
        g_test_add_func("/explain/long", test_long);
        g_test_add_func("/explain/covers", test_covers);
        g_test_add_func("/explain/covers-means", test_covers_means);
        return g_test_run();
}
