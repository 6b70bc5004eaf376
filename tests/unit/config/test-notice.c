/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notice files: every text arrives in its language, and each fault has its line and sentence.
 */
#include "base/error.h"
#include "config/config.h"
#include "rules.h"

static void test_good(void) {
        char *dir = rules_make();
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GError) error = NULL;
        g_assert_true(mg_notice_load(dir, policy, &error));
        g_assert_no_error(error);
        for (guint language = 0; language < 2; language++) {
                g_assert_cmpstr(policy->texts[language][MG_TEXT_line], ==, "line ");
                g_assert_cmpstr(policy->texts[language][MG_TEXT_removed_part], ==, "removed_part {name} {type} {size}");
                g_assert_cmpstr(policy->texts[language][MG_TEXT_from_unknown], ==, "from_unknown ");
        }
        rules_remove(dir);
}

static void test_escapes(void) {
        g_autofree char *text = rules_text();
        g_autoptr(GString) changed = g_string_new(text);
        g_string_replace(changed, "ambiguous = \"ambiguous \"", "ambiguous = \"一\\n二\n三\"", 1);
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GError) error = NULL;
        g_assert_true(mg_notice_parse("n", changed->str, changed->len, 1, policy, &error));
        g_assert_cmpstr(policy->texts[1][MG_TEXT_ambiguous], ==, "一\n二\n三");
        g_assert_cmpstr(policy->texts[0][MG_TEXT_ambiguous], ==, "");
}

/* Each text has a line; R, P: that of "receipt", "removed_part"; E: the one before the end; L: the end. */
static const struct {
        const char *find;
        const char *replace;
        const char *want;
} bad[] = {
        {"receipt = ", "reciept = ", "n:R: there is no text \"reciept\"; the shipped notice files have them all"},
        {"receipt = \"receipt {receipt}\"\n", "", "n:E: the text \"receipt\" is missing; add it (values: {receipt})"},
        {"line = \"line \"\n", "", "n:E: the text \"line\" is missing; add it (values: none)"},
        {"line = \"line \"", "line = line", "n:1: the text of \"line\" should stand in quotes"},
        {"line = \"line \"", "line = \"a\\nb\"",
         "n:1: the text of \"line\" has 2 columns; it should be one line of at most 76 (full-width characters and ━ "
         "count "
         "2)"},
        {"line = \"line \"", "line = \"━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ \"",
         "n:1: the text of \"line\" has 77 columns; it should be one line of at most 76 (full-width characters and ━ "
         "count 2)"},
        {"line \"", "line {count}\"", "n:1: the text of \"line\" has {count}; the values that it may have: none"},
        {"{receipt}", "{reciept}",
         "n:R: the text of \"receipt\" has {reciept}; the values that it may have: {receipt}"},
        {"{receipt}", "{}", "n:R: the text of \"receipt\" has {}; the values that it may have: {receipt}"},
        {"{receipt}", "{receipt", "n:R: the text of \"receipt\" has {; the values that it may have: {receipt}"},
        {"{receipt}", "receipt}", "n:R: the text of \"receipt\" has }; the values that it may have: {receipt}"},
        {"{receipt}", "{receipt}}", "n:R: the text of \"receipt\" has }; the values that it may have: {receipt}"},
        {"{name} {type}", "{name} {} {type}",
         "n:P: the text of \"removed_part\" has {}; the values that it may have: {name} {type} {size}"},
        {"{name} {type}", "{name} {type", /* up to the next brace */
         "n:P: the text of \"removed_part\" has {type {size}; the values that it may have: {name} {type} {size}"},
        {"line = \"line ", "line = \"\xe2\x80\xae",
         "n:1: the text of \"line\" holds a character that may not cross (a control, an invisible or a private one); "
         "write plain "
         "text"},
        {"line = \"line ", "section {\n}\nline = \"\r",
         "n:3: there is a carriage return; save the file with LF line ends"},
        {"line = \"line \"", "line {\nline = \"\"\n}",
         "n:2: there is no text \"line.line\"; the shipped notice files have them all"},
        {"from_unknown = \"", "line = \"", "n:L: key \"line\" is there twice, first in line 1; keep one of them"},
};

static void put_line(GString *want, const char *place, guint line) {
        g_autofree char *number = g_strdup_printf("n:%u:", line);
        g_string_replace(want, place, number, 1);
}

static void test_bad(void) {
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autofree char *text = rules_text();
                g_autoptr(GString) changed = g_string_new(text);
                g_assert_cmpuint(g_string_replace(changed, bad[i].find, bad[i].replace, 1), ==, 1);
                g_autoptr(MgPolicy) policy = mg_policy_new();
                g_autoptr(GError) error = NULL;
                g_assert_false(mg_notice_parse("n", changed->str, changed->len, 0, policy, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
                g_autoptr(GString) want = g_string_new(bad[i].want);
                put_line(want, "n:R:", MG_TEXT_receipt + 1);
                put_line(want, "n:P:", MG_TEXT_removed_part + 1);
                put_line(want, "n:E:", _MG_TEXT_N - 1);
                put_line(want, "n:L:", MG_TEXT_from_unknown + 1);
                g_assert_cmpstr(error->message, ==, want->str);
        }
}

static void test_long(void) {
        g_autofree char *text = rules_text();
        g_autofree char *fill = g_strnfill(MG_NOTICE_TEXT_MAX + 1, 'x');
        g_autofree char *entry = g_strdup_printf("line = \"%s\"", fill);
        g_autoptr(GString) changed = g_string_new(text);
        g_assert_cmpuint(g_string_replace(changed, "line = \"line \"", entry, 1), ==, 1);
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GError) error = NULL;
        g_assert_false(mg_notice_parse("n", changed->str, changed->len, 0, policy, &error));
        g_assert_cmpstr(error->message, ==, "n:1: the text of \"line\" has 4097 octets; it may have 4096");
}

static void test_missing(void) {
        char *dir = rules_make();
        g_autofree char *en = g_build_filename(dir, "notice.en.conf", NULL);
        g_autofree char *want = g_strdup_printf("%s: cannot be read: No such file or directory", en);
        g_assert_cmpint(g_remove(en), ==, 0);
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GError) error = NULL;
        g_assert_false(mg_notice_load(dir, policy, &error));
        g_assert_cmpstr(error->message, ==, want);
        rules_remove(dir);
}

/* The files that are shipped. */
static void test_shipped(void) {
        g_autofree char *dir = mg_config_rules_dir();
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GError) error = NULL;
        g_assert_true(mg_notice_load(dir, policy, &error));
        g_assert_no_error(error);
        g_assert_nonnull(strstr(policy->texts[0][MG_TEXT_receipt], "{receipt}"));
        g_assert_nonnull(strstr(policy->texts[1][MG_TEXT_receipt], "{receipt}"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/notice/good", test_good);
        g_test_add_func("/config/notice/escapes", test_escapes);
        g_test_add_func("/config/notice/bad", test_bad);
        g_test_add_func("/config/notice/long", test_long);
        g_test_add_func("/config/notice/missing", test_missing);
        g_test_add_func("/config/notice/shipped", test_shipped);
        return g_test_run();
}
