/* SPDX-License-Identifier: Apache-2.0 */
/* rehearse: the rules that decided differ in nothing from what they decided; other rules differ in what they say. */
#include "cli/rehearse.h"

#include "../rules/generate.h"
#include "cli/cli.h"
#include "rules/decide.h"
#include "rules/match.h"

#define ROUNDS 5000

static void add_organization(MgConfig *config, const char *name, const char *domains) {
        MgOrganization *organization = mg_organizations_add(config->organizations, name);
        const MgOrganization *owner;
        g_autofree char *domain = NULL;

        g_free(organization->domains);
        organization->domains = g_strdup(domains);
        g_assert_true(mg_organizations_take_domains(config->organizations, organization, &domain, &owner));
}

/* city and town, and these rules, which it takes. */
static MgConfig *config_with(GPtrArray *rules) {
        MgConfig *config = g_new0(MgConfig, 1);

        config->organizations = mg_organizations_new();
        add_organization(config, "city", "city.example");
        add_organization(config, "town", "town.example");
        config->policy = mg_policy_new();
        config->policy->rules = rules;
        for (guint i = 0; i < rules->len; i++) /* the digest is over what was written; here over what is there */
                config->policy->rules_digest[i % 32] ^=
                        (guint8)g_str_hash(((MgRule *)g_ptr_array_index(rules, i))->name) + (guint8)rules->len;
        mg_policy_seal(config->policy);
        return config;
}

/* As the milter makes it. */
static MgRecord *record_of(const MgConfig *config, MgReading *reading, const char *sender, const char *recipient,
                           gboolean late) {
        MgRecord *record = mg_record_new();
        g_autoptr(GRand) chance = g_rand_new_with_seed(g_str_hash(sender) + reading->marks);

        g_free(record->receipt);
        record->receipt = g_strdup("0000000000");
        g_free(record->envelope->from);
        record->envelope->from = g_strdup(sender);
        record->envelope->time = 1795703400;
        g_ptr_array_add(record->envelope->rcpts, g_strdup(recipient));
        record->size = 1000;
        record->scan.verdict = (MgScanVerdict)g_rand_int_range(chance, 0, _MG_SCAN_N);
        mg_header_free(record->header);
        record->header = generate_header(chance);
        const MgMailFacts facts = mg_cli_facts(config, record, 0);
        MgDecision *decision = mg_decide(config->policy, &facts, reading);
        if (late && decision->outcome != MG_OUTCOME_REFUSED) {
                reading->failure = MG_FAILURE_GRAMMAR;
                decision->outcome = MG_OUTCOME_FAILED;
        }
        memcpy(record->policy, config->policy->digest, sizeof record->policy);
        mg_record_take(record, reading, decision);
        return record;
}

static MgRecord *record_by_chance(GRand *chance, const MgConfig *config) {
        MgReading *reading = generate_reading(chance);
        g_autofree char *sender = NULL, *recipient = NULL;
        gboolean late = g_rand_int_range(chance, 0, 16) == 0;

        generate_mail(chance, &sender, &recipient);
        if (late || reading->failure == MG_FAILURE_GRAMMAR)
                reading->failure = MG_FAILURE_NONE;
        return record_of(config, reading, sender, recipient, late);
}

static guint64 changed(const MgRehearsal *rehearsal) {
        guint64 n = 0;

        for (guint i = 0; i < rehearsal->organizations->len; i++)
                n += ((MgRehearsed *)g_ptr_array_index(rehearsal->organizations, i))->changed;
        return n;
}

/* Over many rules and mails: none is otherwise, and each is replayed or was refused. */
static void test_same(void) {
        g_autoptr(GRand) chance = g_rand_new_with_seed(20261127);
        guint64 replayed = 0, ruled = 0;

        for (guint round = 0; round < ROUNDS; round++) {
                g_autoptr(MgConfig) config = config_with(generate_rules(chance));
                g_autoptr(MgRehearsal) rehearsal = mg_rehearsal_new(config, config);

                for (guint i = 0; i < 4; i++) {
                        g_autoptr(MgRecord) record = record_by_chance(chance, config);

                        mg_rehearsal_take(rehearsal, record);
                        ruled += g_str_has_prefix(record->reason, "by rule ") ? 1 : 0;
                }
                g_assert_cmpuint(changed(rehearsal), ==, 0);
                g_assert_cmpuint(rehearsal->of_no_known, ==, 0);
                g_assert_cmpuint(rehearsal->replayed + rehearsal->unreplayed[MG_UNREPLAYED_REFUSED], ==, 4);
                replayed += rehearsal->replayed;
        }
        g_test_message("%" G_GUINT64_FORMAT " mails replayed, %" G_GUINT64_FORMAT " decided by a rule", replayed,
                       ruled);
        g_assert_cmpuint(replayed, >, ROUNDS);
        g_assert_cmpuint(ruled, >, ROUNDS / 4);
}

/* Over other rules: a mail is said to be otherwise just where decide says something else. */
static void test_other(void) {
        g_autoptr(GRand) chance = g_rand_new_with_seed(3);
        guint64 all = 0;

        for (guint round = 0; round < ROUNDS; round++) {
                g_autoptr(MgConfig) old = config_with(generate_rules(chance)),
                                    new = config_with(generate_rules(chance));
                g_autoptr(MgRehearsal) rehearsal = mg_rehearsal_new(new, old);
                g_autoptr(MgRecord) record = record_by_chance(chance, old);
                gboolean differs = FALSE;

                mg_rehearsal_take(rehearsal, record);
                if (rehearsal->replayed == 0 || record->outcome == MG_OUTCOME_FAILED)
                        continue;
                const MgMailFacts facts = mg_cli_facts(new, record, 0);
                g_autoptr(MgDecision) is = mg_decide(new->policy, &facts, record->reading);
                g_autoptr(MgDecision) was = mg_decide(old->policy, &facts, record->reading);
                differs = is->outcome != was->outcome || !g_str_equal(is->rule, was->rule);
                for (guint i = 0; i < is->parts->len && is->outcome != MG_OUTCOME_REFUSED; i++)
                        differs |= !g_str_equal(g_array_index(is->parts, MgPartDecision, i).rule,
                                                g_array_index(was->parts, MgPartDecision, i).rule);
                g_assert_cmpuint(changed(rehearsal), ==, differs ? 1 : 0);
                all += differs ? 1 : 0;
        }
        g_assert_cmpuint(all, >, ROUNDS / 10);
        g_assert_cmpuint(all, <, ROUNDS);
}

static MgRule *rule_on(const char *name, MgMailAction mail, MgMatch match, const char *word) {
        MgRule *rule = mg_rule_new(name);
        MgCondition condition = {.match = match, .value = g_strdup(word)};

        mg_condition_set_words(&condition, g_strsplit(word, " ", -1));
        g_array_append_val(rule->conditions, condition);
        rule->mail = mail;
        rule->part = mail == MG_MAIL_NONE ? MG_PART_ACTION_REMOVE : MG_PART_ACTION_NONE;
        return rule;
}

static GPtrArray *rules_of(MgRule *rule) {
        GPtrArray *rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);

        if (rule)
                g_ptr_array_add(rules, rule);
        return rules;
}

static MgReading *reading_with_pdf(void) {
        MgReading *reading = mg_reading_new();
        MgFacts *part = mg_facts_new();

        g_free(part->path), g_free(part->found);
        part->path = g_strdup("2");
        part->found = g_strdup("application/pdf");
        g_ptr_array_add(reading->parts, part);
        return reading;
}

/* Each kind of change, with its organization, its receipts and its words. */
static void test_changes(void) {
        const struct {
                MgMailAction action;
                MgMatch match;
                const char *word;
                MgChange change;
                const char *what;
        } rows[] = {
                {MG_MAIL_HOLD, MG_MATCH_PART_FOUND, "application/pdf", MG_CHANGE_HELD,
                 "converted (no rule) -> held (r)"},
                {MG_MAIL_REJECT, MG_MATCH_ORGANIZATION, "town", MG_CHANGE_REJECTED,
                 "converted (no rule) -> refused (r)"},
                {MG_MAIL_REWRITE, MG_MATCH_ORGANIZATION, "town", MG_CHANGE_RULE, "no rule -> r"},
                {MG_MAIL_NONE, MG_MATCH_PART_FOUND, "application/", MG_CHANGE_PARTS,
                 "part 2: remove by text-only -> remove by r"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgConfig) old = config_with(rules_of(NULL));
                g_autoptr(MgConfig) new =
                        config_with(rules_of(rule_on("r", rows[i].action, rows[i].match, rows[i].word)));
                g_autoptr(MgRehearsal) rehearsal = mg_rehearsal_new(new, old);

                for (guint n = 0; n < MG_REHEARSAL_EXAMPLES + 3; n++) {
                        g_autoptr(MgRecord) record = record_of(old, reading_with_pdf(), "", "d@town.example", FALSE);
                        mg_rehearsal_take(rehearsal, record);
                }
                g_assert_cmpuint(rehearsal->organizations->len, ==, 1);
                const MgRehearsed *town = g_ptr_array_index(rehearsal->organizations, 0);
                const GArray *examples = town->examples[rows[i].change];
                g_assert_cmpstr(town->name, ==, "town");
                g_assert_cmpuint(town->changed, ==, MG_REHEARSAL_EXAMPLES + 3);
                g_assert_cmpuint(town->counts[rows[i].change], ==, MG_REHEARSAL_EXAMPLES + 3);
                g_assert_cmpuint(examples->len, ==, MG_REHEARSAL_EXAMPLES);
                g_assert_cmpstr(g_array_index(examples, MgExample, 0).what, ==, rows[i].what);
                g_assert_cmpstr(g_array_index(examples, MgExample, 0).receipt, ==, "0000000000");
        }
}

/* What was held goes on; how it is written is compared where the policy of the record is known, and else counted. */
static void test_written(void) {
        g_autoptr(MgConfig) held = config_with(rules_of(rule_on("h", MG_MAIL_HOLD, MG_MATCH_ORGANIZATION, "city")));
        g_autoptr(MgConfig) plain = config_with(rules_of(rule_on("r", MG_MAIL_REWRITE, MG_MATCH_ORGANIZATION, "city")));
        g_autoptr(MgConfig) hosts = config_with(rules_of(rule_on("r", MG_MAIL_REWRITE, MG_MATCH_ORGANIZATION, "city")));
        MgRule *rule = g_ptr_array_index(hosts->policy->rules, 0);
        g_autoptr(MgRecord) one = record_of(held, reading_with_pdf(), "", "c@city.example", FALSE);
        g_autoptr(MgRecord) two = record_of(plain, reading_with_pdf(), "", "c@city.example", FALSE);
        g_autoptr(MgRehearsal) free = mg_rehearsal_new(plain, held);
        g_autoptr(MgRehearsal) known = mg_rehearsal_new(hosts, plain), unknown = mg_rehearsal_new(hosts, held),
                               nothing = mg_rehearsal_new(hosts, NULL);

        rule->policy = mg_policy_copy(hosts->policy);
        rule->policy->links = MG_LINKS_HOST;
        mg_rehearsal_take(free, one);
        g_assert_cmpuint(((MgRehearsed *)g_ptr_array_index(free->organizations, 0))->counts[MG_CHANGE_PASSED], ==, 1);
        mg_rehearsal_take(known, two);
        const MgRehearsed *city = g_ptr_array_index(known->organizations, 0);
        g_assert_cmpuint(city->counts[MG_CHANGE_WRITTEN], ==, 1);
        g_assert_cmpstr(g_array_index(city->examples[MG_CHANGE_WRITTEN], MgExample, 0).what, ==, "links = host");
        mg_rehearsal_take(unknown, two);
        mg_rehearsal_take(nothing, two);
        g_assert_cmpuint(changed(unknown) + changed(nothing), ==, 0);
        g_assert_cmpuint(unknown->of_no_known, ==, 1);
        g_assert_cmpuint(nothing->of_no_known, ==, 1);
}

/* Who gets his mail separately under the new rules is judged by himself. */
static void test_recipients(void) {
        g_autoptr(MgConfig) old = config_with(rules_of(NULL));
        g_autoptr(MgConfig) new = config_with(rules_of(rule_on("r", MG_MAIL_HOLD, MG_MATCH_ORGANIZATION, "town")));
        g_autoptr(MgRehearsal) rehearsal = mg_rehearsal_new(new, old);
        g_autoptr(MgRecord) record = record_of(old, reading_with_pdf(), "", "c@city.example", FALSE);

        g_ptr_array_add(record->envelope->rcpts, g_strdup("e@city.example"));
        g_ptr_array_add(record->envelope->rcpts, g_strdup("d@town.example"));
        mg_rehearsal_take(rehearsal, record);
        g_assert_cmpuint(rehearsal->replayed, ==, 1);
        g_assert_cmpuint(rehearsal->separate, ==, 1);
        g_assert_cmpuint(rehearsal->organizations->len, ==, 2);
        const MgRehearsed *city = g_ptr_array_index(rehearsal->organizations, 0);
        const MgRehearsed *town = g_ptr_array_index(rehearsal->organizations, 1);
        g_assert_cmpuint(city->changed, ==, 0);
        g_assert_cmpuint(town->counts[MG_CHANGE_HELD], ==, 1);
}

/* What cannot be known is counted, not guessed. */
static void test_unreplayed(void) {
        g_autoptr(MgConfig) plain = config_with(rules_of(NULL));
        g_autoptr(MgConfig) header = config_with(rules_of(rule_on("r", MG_MAIL_HOLD, MG_MATCH_HEADER, "list-id")));
        g_autoptr(MgRehearsal) rehearsal = mg_rehearsal_new(plain, plain), asking = mg_rehearsal_new(header, plain);
        g_autoptr(MgRecord) refused = mg_record_new(),
                            withheld = record_of(plain, reading_with_pdf(), "", "c@x", FALSE),
                            whole = record_of(plain, reading_with_pdf(), "", "c@x", FALSE),
                            named = record_of(plain, reading_with_pdf(), "", "c@x", FALSE);

        refused->outcome = MG_OUTCOME_DEFERRED;
        mg_record_withhold(withheld, MG_WITHHELD_ADDRESSES);
        mg_rehearsal_take(rehearsal, refused);
        mg_rehearsal_take(rehearsal, withheld);
        g_ptr_array_set_size(whole->header->names, 0);
        mg_rehearsal_take(asking, whole);
        g_assert_cmpuint(rehearsal->replayed + asking->replayed, ==, 0);
        mg_header_take(named->header, &(MgHeaderTrust){"", 0}, "List-Id", "x", 1);
        mg_rehearsal_take(asking, named);
        g_assert_cmpuint(asking->replayed, ==, 1);
        g_assert_cmpuint(changed(asking), ==, 1);
        g_assert_cmpuint(rehearsal->unreplayed[MG_UNREPLAYED_REFUSED], ==, 1);
        g_assert_cmpuint(rehearsal->unreplayed[MG_UNREPLAYED_WITHHELD], ==, 1);
        g_assert_cmpuint(asking->unreplayed[MG_UNREPLAYED_HEADER], ==, 1);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/rehearse/same", test_same);
        g_test_add_func("/rehearse/other", test_other);
        g_test_add_func("/rehearse/changes", test_changes);
        g_test_add_func("/rehearse/written", test_written);
        g_test_add_func("/rehearse/recipients", test_recipients);
        g_test_add_func("/rehearse/unreplayed", test_unreplayed);
        return g_test_run();
}
