/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files: each key arrives, each fault has its line and sentence, lists are read once and by line.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "base/address_set.h"
#include "base/error.h"
#include "config/rules.h"

static MgConfig *config_new(void) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);
        g_assert_no_error(error);
        mg_organizations_add(config->organizations, "city");
        g_free(config->authserv_id);
        config->authserv_id = g_strdup("mx.city.example.jp");
        return config;
}

static MgConfig *parse(const char *text) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = config_new();
        mg_rules_parse("r", text, strlen(text), config, &error);
        g_assert_no_error(error);
        return config;
}

static const MgRule *rule_at(const MgConfig *config, guint i) {
        g_assert_cmpuint(i, <, config->policy->rules->len);
        return g_ptr_array_index(config->policy->rules, i);
}

static void test_good(void) {
        g_autoptr(MgConfig) config = parse("exemption partner {\n"
                                           "  part_name = \"*.pdf\"\n  sender = \"a@Example.jp .lg.jp\"\n"
                                           "  hours = 22:00-06:30\n  mail = rewrite\n  links = text\n"
                                           "  reason = \"契約\"\n  approved_by = \"情報課長\"\n"
                                           "  expires = 2026-12-31\n}\n"
                                           "rule big {\n  larger_than = 10 MB\n  mail = hold\n  retention = 400 d\n"
                                           "  approvals = 2\n  release = officer\n}\n"
                                           "rule one { part_class = \"program encrypted\"\n  part = remove\n"
                                           "  reason = \"programs\"\n}\n"
                                           "rule rest {\n  mail = reject\n  text = \"No.\"\n}\n");
        const MgRule *rule = rule_at(config, 0);
        const MgCondition *conditions = (const MgCondition *)(gpointer)rule->conditions->data;
        g_assert_cmpuint(config->policy->rules->len, ==, 4);
        g_assert_cmpstr(rule->name, ==, "partner");
        g_assert_true(rule->exemption);
        g_assert_cmpuint(rule->line, ==, 1);
        g_assert_cmpuint(rule->expires, ==, 20261231);
        g_assert_cmpstr(rule->approved_by, ==, "情報課長");
        g_assert_cmpint(rule->policy->links, ==, MG_LINKS_TEXT);
        g_assert_cmpstr(rule->policy->subject_tag, ==, config->policy->subject_tag);
        g_assert_cmpuint(rule->conditions->len, ==, 3);
        g_assert_cmpint(conditions[0].match, ==, MG_MATCH_HOURS);
        g_assert_cmpuint(conditions[0].number, ==, 22 * 60);
        g_assert_cmpuint(conditions[0].last, ==, 6 * 60 + 30);
        g_assert_cmpint(conditions[1].match, ==, MG_MATCH_SENDER);
        g_assert_cmpint(conditions[2].match, ==, MG_MATCH_PART_NAME);
        g_assert_cmpint(rule_at(config, 1)->mail, ==, MG_MAIL_HOLD);
        g_assert_null(rule_at(config, 1)->policy);
        g_assert_cmpuint(rule_at(config, 1)->terms.retention, ==, 400);
        g_assert_cmpuint(rule_at(config, 1)->terms.approvals, ==, 2);
        g_assert_cmpuint(rule_at(config, 1)->terms.release, ==, MG_RELEASE_BY_OFFICER);
        g_assert_cmpuint(rule_at(config, 0)->terms.retention, ==, 0);
        g_assert_cmpint(rule_at(config, 2)->part, ==, MG_PART_ACTION_REMOVE);
        g_assert_cmpstr(rule_at(config, 3)->text, ==, "No.");
}

/* Settings that are alike are kept once: a thousand rules do not hold a thousand sets of texts. */
static void test_shared(void) {
        g_autoptr(MgConfig) config = parse("rule a {\n larger_than = 1 B\n mail = rewrite\n links = host\n}\n"
                                           "rule b {\n larger_than = 2 B\n mail = rewrite\n links = host\n}\n"
                                           "rule c {\n larger_than = 3 B\n mail = rewrite\n links = remove\n}\n");
        g_assert_true(rule_at(config, 0)->policy == rule_at(config, 1)->policy);
        g_assert_true(rule_at(config, 0)->policy != rule_at(config, 2)->policy);
}

#define HOLD "\n mail = hold\n}\n"
#define KEEP(conditions)                                                                                               \
        "exemption a {\n " conditions "\n part = keep\n reason = r\n approved_by = b\n expires = 2099-12-31\n}\n"
static const struct {
        const char *text;
        const char *want;
} bad[] = {
        {"mail = hold\n", "r:1: \"mail\" stands outside of a rule; write rule NAME { ... } around it"},
        {"rule {\n mail = hold\n}\n", "r:2: \"rule.mail\" stands outside of a rule; write rule NAME { ... } around it"},
        {"role a {" HOLD,
         "r:1: there is a section \"role a\"; a rule file has rule NAME { ... } and exemption NAME { ... }"},
        {"rule body {" HOLD, "r:1: \"body\" is the name of a rule that is built in; take another one"},
        {"rule a {\n larger_than = 1 B" HOLD "exemption a {" HOLD,
         "r:5: there is a rule \"a\" in line 1; take another name"},
        {"rule a123456789a123456789a123456789abc {" HOLD,
         "r:1: the name \"a123456789a123456789a123456789abc\" has 33 characters; a rule's may have 32"},
        {"rule a {\n sendr = x" HOLD,
         "r:2: a rule has no key \"sendr\"; there are organization, larger_than, smaller_than, hours, days, sender, "
         "recipient, header, authentication, mark, scan, part_kind, part_flag, part_class, part_larger_than, "
         "part_smaller_than, part_found, "
         "part_claimed, part_extension, part_name, archive_extension, archive_name, mail, part, text, retention, "
         "approvals, "
         "release, priority, reason, approved_by, links, charset, languages, "
         "subject_tag, expires"},
        {"rule a {\n mail = keep\n}\n", "r:2: \"mail\" is \"keep\"; it should be rewrite, hold or reject"},
        {"rule a {\n part = crosses\n}\n", "r:2: \"part\" is \"crosses\"; it should be remove or keep"},
        {"rule a {\n part_found = image/png\n part = keep\n}\n",
         "r:1: rule \"a\" keeps a file; make it an exemption: exemption a { ... } with reason, approved_by and "
         "expires"},
        {"exemption a {\n part_found = image/png\n part = keep\n reason = r\n expires = 2099-12-31\n}\n",
         "r:1: exemption \"a\" has no \"approved_by\"; it needs reason, approved_by and expires, so that somebody "
         "looks "
         "at it again"},
        {"\n" KEEP("part_found = image/png"),
         "r:2: exemption \"a\" keeps a file, but no scanner is configured: what was not "
         "scanned does not cross; set \"scan.socket\""},
        {"rule a {\n larger_than = 1 B\n}\n",
         "r:1: rule \"a\" does nothing; it should have mail = rewrite, hold or reject, or part = remove or keep"},
        {"rule a {\n part = remove" HOLD, "r:1: rule \"a\" has \"mail\" and \"part\"; make two rules of it"},
        {"rule a {\n organization = town" HOLD,
         "r:2: there is no organization \"town\"; mugai.conf has a section for each, organization NAME { ... }"},
        {"rule a {\n larger_than = 10" HOLD,
         "r:2: \"larger_than\" is \"10\"; it should be a whole number with unit B, KB, MB or GB, as in 25 MB"},
        {"rule a {\n hours = 8-17" HOLD,
         "r:2: \"hours\" is \"8-17\"; it should be two times of day with - between, as in 08:30-17:15 or 22:00-06:00 "
         "(Japan Standard Time)"},
        {"rule a {\n hours = 08:00-08:00" HOLD,
         "r:2: \"hours\" is \"08:00-08:00\"; it should be two times of day with - between, as in 08:30-17:15 or "
         "22:00-06:00 (Japan Standard Time)"},
        {"rule a {\n days = monday" HOLD, "r:2: \"days\" is \"monday\"; it should be mon, tue, wed, thu, fri, sat or "
                                          "sun, or several of them with a blank "
                                          "between"},
        {"rule a {\n sender = \"\"" HOLD,
         "r:2: \"sender\" has 0 words; it should have from 1 to 64; put more into a file and name its path"},
        {"rule a {\n sender = \"a b.jp\"" HOLD,
         "r:2: \"sender\" has \"a\", which is no address; it should be as in a@example.jp, example.jp, .example.jp "
         "(all "
         "below it), <> (the null sender), or the absolute path of a file with one a line"},
        {"rule a {\n recipient = @b.jp" HOLD,
         "r:2: \"recipient\" has \"@b.jp\", which is no address; it should be as in a@example.jp, example.jp, "
         ".example.jp "
         "(all below it), <> (the null sender), or the absolute path of a file with one a line"},
        {"rule a {\n sender = /no/such" HOLD, "/no/such: cannot be read: No such file or directory"},
        {"rule a {\n sender = /dev/null" HOLD,
         "/dev/null: cannot be read: it is not a regular file of at most 8388608 octets"},
        {"rule a {\n header = \"List-Id:\"" HOLD, "r:2: \"header\" has \"List-Id:\", which is no name of a header "
                                                  "field; it should be as in List-Id, without the "
                                                  "colon"},
        {"rule a {\n header = y2345678901234567890123456789012345678901234567890123456789012345" HOLD,
         "r:2: \"header\" has a name of 65 characters; one that is asked for may have 64"},
        {"rule a {\n authentication = \"spf=pass dkim\"" HOLD,
         "r:2: \"authentication\" has \"dkim\", which no verifier says; it should be a method and its result, as in "
         "spf=pass dkim=fail dmarc=none"},
        {"rule a {\n authentication = \"spf=passed\"" HOLD,
         "r:2: \"authentication\" has \"spf=passed\", which no verifier says; it should be a method and its result, as "
         "in spf=pass dkim=fail dmarc=none"},
        {"rule a {\n authentication = \"spf2=pass\"" HOLD,
         "r:2: \"authentication\" has \"spf2=pass\", which no verifier says; it should be a method and its result, as "
         "in spf=pass dkim=fail dmarc=none"},
        {"rule a {\n part_found = pdf" HOLD, "r:2: \"part_found\" has \"pdf\", which is no media type; it should be as "
                                             "in application/pdf, or image/ for all "
                                             "of a class"},
        {"rule a {\n part_extension = .exe" HOLD, "r:2: \"part_extension\" has \".exe\"; it should be the end of a "
                                                  "name without its dot, as in exe (for more of a "
                                                  "name: part_name = \"*.pdf.exe\")"},
        {"rule a {\n archive_extension = \"js *\"" HOLD,
         "r:2: \"archive_extension\" has \"*\"; it should be the end of a name without its dot, as in exe (for more of "
         "a name: part_name = \"*.pdf.exe\")"},
        {"rule a {\n part_name = \"\xe2\x80\xae*\"" HOLD,
         "r:2: \"part_name\" has a character that no name has after it was cleaned; write it as mugai show prints it, "
         "with * for what may differ"},
        {"exemption a {" HOLD, "r:1: exemption \"a\" has no \"reason\"; it needs reason, approved_by and expires, so "
                               "that somebody looks at it "
                               "again"},
        {"exemption a {\n reason = x" HOLD, "r:1: exemption \"a\" has no \"approved_by\"; it needs reason, approved_by "
                                            "and expires, so that somebody looks "
                                            "at it again"},
        {"exemption a {\n reason = x\n approved_by = y" HOLD,
         "r:1: exemption \"a\" has no \"expires\"; it needs reason, approved_by and expires, so that somebody looks at "
         "it "
         "again"},
        {"exemption a {\n expires = 2026-02-30" HOLD, "r:2: \"expires\" is \"2026-02-30\"; it should be the last day "
                                                      "on which the exemption holds, as in 2026-12-31"},
        {"rule a {\n expires = 2026-12-31" HOLD,
         "r:1: rule \"a\" has \"expires\", which belongs to an exemption; write exemption a { ... }"},
        {"rule a {\n approved_by = x" HOLD,
         "r:1: rule \"a\" has \"approved_by\", which belongs to an exemption; write exemption a { ... }"},
        {"rule a {\n links = text\n mail = rewrite\n}\n",
         "r:1: rule \"a\" lets links through as they stand; make it an exemption: exemption a { ... } with reason, "
         "approved_by and expires"},
        {"rule a {\n links = host\n part = remove\n}\n", "r:1: rule \"a\" has settings of the rewritten mail (links, "
                                                         "charset, languages, subject_tag), which go with mail "
                                                         "= rewrite or hold only"},
        {"rule a {\n approvals = 2\n part = remove\n}\n",
         "r:1: rule \"a\" says how a mail is kept and released (retention, approvals, release), which goes with mail = "
         "rewrite or hold only"},
        {"rule a {\n release = officer\n text = No\n mail = reject\n}\n",
         "r:1: rule \"a\" says how a mail is kept and released (retention, approvals, release), which goes with mail = "
         "rewrite or hold only"},
        {"rule a {\n approvals = 3" HOLD, "r:2: \"approvals\" is 3; it should be from 1 to 2"},
        {"rule a {\n release = no" HOLD, "r:2: \"release\" is \"no\"; it should be staff, officer or nobody"},
        {"rule a {\n retention = 0 d" HOLD, "r:2: \"retention\" is 0 d; it should be from 1 d to 36500 d"},
        {"rule a {\n priority = yes" HOLD, "r:1: rule \"a\" has priority, which is decided before a mail comes; it "
                                           "should have \"sender\" as its only condition, "
                                           "and mail = rewrite or hold"},
        {"rule a {\n sender = b.jp\n days = mon\n priority = yes" HOLD,
         "r:1: rule \"a\" has priority, which is decided before a mail comes; it should have \"sender\" as its only "
         "condition, "
         "and mail = rewrite or hold"},
        {"rule a {\n recipient = b.jp\n priority = yes" HOLD,
         "r:1: rule \"a\" has priority, which is decided before a mail comes; it should have \"sender\" as its only "
         "condition, "
         "and mail = rewrite or hold"},
        {"rule a {\n sender = b.jp\n priority = yes\n part = remove\n}\n",
         "r:1: rule \"a\" has priority, which is decided before a mail comes; it should have \"sender\" as its only "
         "condition, "
         "and mail = rewrite or hold"},
        {"rule a {\n priority = 1" HOLD, "r:2: \"priority\" is \"1\"; it should be yes or no"},
        {"rule a {\n text = x" HOLD,
         "r:1: rule \"a\" has \"text\" but does not reject; it goes with mail = reject only"},
        {"rule a {\n mail = reject\n}\n",
         "r:1: rule \"a\" rejects without a text; add text = \"...\", which the sender is told"},
        {"rule a {\n mail = reject\n text = \"100%\"\n}\n",
         "r:1: the \"text\" of rule \"a\" should be printable ASCII without %, since it stands in an SMTP reply"},
        {"rule a {\n mail = reject\n text = だめ\n}\n",
         "r:1: the \"text\" of rule \"a\" should be printable ASCII without %, since it stands in an SMTP reply"},
        {"rule a {" HOLD "rule b {" HOLD,
         "r:4: rule \"b\" is never reached: rule \"a\" of line 1 has no condition and takes all; put it last"},
};

static void expect_fault(MgConfig *config, const char *text, const char *want) {
        g_autoptr(GError) error = NULL;
        g_assert_false(mg_rules_parse("r", text, strlen(text), config, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
        g_assert_cmpstr(error->message, ==, want);
        g_assert_null(config->policy->rules);
}

static void test_bad(void) {
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(MgConfig) config = config_new();
                expect_fault(config, bad[i].text, bad[i].want);
        }
}

static void test_untrusted(void) {
        static const char text[] = "rule a {\n authentication = \"SPF=fail\"\n mail = hold\n}\n";
        g_autoptr(MgConfig) config = config_new();
        g_autoptr(GError) error = NULL;
        const MgCondition *condition;

        g_assert_true(mg_rules_parse("r", text, strlen(text), config, &error));
        condition = &g_array_index(rule_at(config, 0)->conditions, MgCondition, 0);
        g_assert_cmpstr(condition->words[0], ==, "spf=fail");
        *config->authserv_id = '\0';
        g_assert_false(mg_rules_parse("r", text, strlen(text), config, &error));
        g_assert_cmpstr(error->message, ==,
                        "r:2: \"authentication\" asks for what verifiers before the gateway said, but "
                        "\"milter.authserv_id\" names none that is trusted; set it in mugai.conf");
}

/* Where a scanner is configured: only types of the table, each by its whole name, and by what the octets are. */
static void test_keep(void) {
        static const struct {
                const char *text;
                const char *want;
        } rows[] = {
                {KEEP("sender = b.jp"),
                 "r:1: exemption \"a\" keeps a file without saying what it is by its octets; add "
                 "part_found = TYPE, as in application/pdf"},
                {KEEP("part_claimed = application/pdf"),
                 "r:1: exemption \"a\" keeps a file without saying what it is by "
                 "its octets; add part_found = TYPE, as in application/pdf"},
                {KEEP("part_found = \"image/png application/zip\""),
                 "r:1: exemption \"a\" keeps \"application/zip\", which no rule can keep; \"part_found\" should have "
                 "types "
                 "of application/pdf, image/jpeg, image/png and text/plain"},
                {KEEP("part_found = image/"), "r:1: exemption \"a\" keeps \"image/\", which no rule can keep; "
                                              "\"part_found\" should have types of application/pdf, image/jpeg, "
                                              "image/png and text/plain"},
                {KEEP("part_found = image/png\n mail = rewrite"),
                 "r:1: rule \"a\" has \"mail\" and \"part\"; make two rules of it"},
                {KEEP("part_found = image/png\n links = text"), "r:1: rule \"a\" has settings of the rewritten mail "
                                                                "(links, charset, languages, subject_tag), which go "
                                                                "with mail = rewrite or hold only"},
        };
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgConfig) config = config_new();
                g_free(config->scan_socket);
                config->scan_socket = g_strdup("/run/clamd.sock");
                expect_fault(config, rows[i].text, rows[i].want);
        }
        g_autoptr(MgConfig) config = config_new();
        g_autoptr(GError) error = NULL;
        const char *good = KEEP("sender = b.jp\n part_found = \"Image/PNG application/pdf\"");
        g_free(config->scan_socket);
        config->scan_socket = g_strdup("/run/clamd.sock");
        mg_rules_parse("r", good, strlen(good), config, &error);
        g_assert_no_error(error);
        g_assert_cmpint(rule_at(config, 0)->part, ==, MG_PART_ACTION_KEEP);
        g_assert_true(rule_at(config, 0)->exemption);
}

static void test_behind_relay(void) {
        g_autoptr(MgConfig) config = config_new();
        config->behind_relay = TRUE;
        expect_fault(
                config, "rule a {\n mail = reject\n text = No\n}\n",
                "r:1: rule \"a\" rejects, but \"milter.behind_relay\" is yes: the server in front has taken the mail "
                "and would send a bounce; use mail = hold");
}

static void test_many(void) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint i = 0; i <= MG_RULES_MAX; i++)
                g_string_append_printf(text, "rule r%u { larger_than = 1 B\nmail = hold }\n", i);
        g_autoptr(MgConfig) config = config_new();
        expect_fault(config, text->str, "r:2001: this is rule number 1001; there may be 1000");
}

typedef struct List {
        char *dir, *path, *text;
} List;

static List list_new(const char *lines, gssize n) {
        g_autoptr(GError) error = NULL;
        List list = {.dir = g_dir_make_tmp("mugai-rules-XXXXXX", &error)};
        g_assert_no_error(error);
        list.path = g_build_filename(list.dir, "list", NULL);
        g_assert_true(g_file_set_contents(list.path, lines, n, &error));
        list.text = g_strdup_printf("rule a {\n sender = \"%s x@y.jp\"\n mail = hold\n}\n"
                                    "rule b {\n recipient = %s\n mail = hold\n}\n",
                                    list.path, list.path);
        return list;
}

static void list_free(List *list) {
        g_remove(list->path);
        g_rmdir(list->dir);
        g_free(list->dir);
        g_free(list->path);
        g_free(list->text);
}

static void test_list(void) {
        List list = list_new("# partners\nA@b.jp  # one\n\n.example.lg.jp\n<>\nexample.jp", -1);
        g_autoptr(MgConfig) config = parse(list.text);
        const MgCondition *first = &g_array_index(rule_at(config, 0)->conditions, MgCondition, 0);
        const MgCondition *second = &g_array_index(rule_at(config, 1)->conditions, MgCondition, 0);
        const MgAddressSet *set = g_ptr_array_index(second->sets, 0);
        g_assert_cmpuint(first->sets->len, ==, 2);
        g_assert_true(g_ptr_array_index(first->sets, 0) == set);
        g_assert_cmpuint(mg_address_set_count(set), ==, 4);
        g_assert_true(mg_address_set_has(set, "a@b.jp") && mg_address_set_has(set, "c@d.example.lg.jp"));
        g_assert_true(mg_address_set_has(set, "") && mg_address_set_has(set, "q@example.jp"));
        g_assert_false(mg_address_set_has(set, "b@b.jp") || mg_address_set_has(set, "a@example.lg.jp"));
        g_assert_false(mg_address_set_has(set, "q@x.example.jp") || mg_address_set_has(set, "q@notexample.jp"));
        list_free(&list);
}

static void test_bad_list(void) {
        static const struct {
                const char *lines;
                gssize n;
                const char *want;
        } lists[] = {{"a@b.jp\nno address\n", -1, ":2: \"no address\""},
                     {"a@b.jp\n*.jp\n", -1, ":2: \"*.jp\""},
                     {"a@b.jp\0c@d.jp\n", 14, ":1: \"a@b.jp\""}};
        for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
                List list = list_new(lists[i].lines, lists[i].n);
                g_autoptr(MgConfig) config = config_new();
                g_autofree char *want = g_strconcat(list.path, lists[i].want,
                                                    " is no address; a line should be as in a@example.jp, example.jp, "
                                                    ".example.jp (all below it) or <> (the null sender)",
                                                    NULL);
                expect_fault(config, list.text, want);
                list_free(&list);
        }
}

static void test_full_list(void) {
        g_autoptr(GString) lines = g_string_new(NULL);
        for (guint i = 0; i <= MG_ADDRESS_SET_MAX; i++)
                g_string_append_printf(lines, "%u@b.jp\n", i);
        List list = list_new(lines->str, -1);
        g_autoptr(MgConfig) config = config_new();
        g_autofree char *want =
                g_strdup_printf("%s:200001: this is entry number 200001; a list may have 200000", list.path);
        expect_fault(config, list.text, want);
        list_free(&list);
}

/* The digest of the policy says which rules and which lists decided. */
static void test_digest(void) {
        List list = list_new("a@b.jp\n", -1);
        g_autoptr(MgConfig) one = parse(list.text);
        g_assert_true(g_file_set_contents(list.path, "c@b.jp\n", -1, NULL));
        g_autoptr(MgConfig) other = parse(list.text);
        g_assert_cmpint(memcmp(one->policy->rules_digest, other->policy->rules_digest, 32), !=, 0);
        mg_policy_seal(one->policy);
        mg_policy_seal(other->policy);
        g_assert_cmpint(memcmp(one->policy->digest, other->policy->digest, 32), !=, 0);
        list_free(&list);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/rules/good", test_good);
        g_test_add_func("/rules/shared", test_shared);
        g_test_add_func("/rules/bad", test_bad);
        g_test_add_func("/rules/untrusted", test_untrusted);
        g_test_add_func("/rules/keep", test_keep);
        g_test_add_func("/rules/behind-relay", test_behind_relay);
        g_test_add_func("/rules/many", test_many);
        g_test_add_func("/rules/list", test_list);
        g_test_add_func("/rules/bad-list", test_bad_list);
        g_test_add_func("/rules/full-list", test_full_list);
        g_test_add_func("/rules/digest", test_digest);
        return g_test_run();
}
