/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai.conf(5), mugai.rules(5) and mugai.notice(5) have every key of the tables, and no other. Commands, options,
 * findings and figures are compared by the suite manual, which asks the programs.
 */
#include <glib.h>
#include <string.h>

#include "config/rules.h"
#include "config/table.h"

/* A manual page without the backslashes that its source needs. */
static char *page_of(const char *name) {
        const char *root = g_getenv("MUGAI_SOURCE");
        g_autofree char *path = g_build_filename(root != NULL ? root : ".", "packaging/man", name, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *raw = NULL;

        g_file_get_contents(path, &raw, NULL, &error);
        g_assert_no_error(error);
        g_string_append(text, raw);
        g_string_replace(text, "\\_", "_", 0);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_all(GHashTable *set, const char *text, const char *pattern) {
        g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;

        for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL))
                g_hash_table_add(set, g_match_info_fetch(match, 1));
}

/* The words in stars of lines that begin an entry: "*a*", "*a*, *b*", "*mail = hold*"; between two headings. */
static GHashTable *entries_of(const char *page, const char *from, const char *to) {
        GHashTable *entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const char *begin = strstr(page, from), *end = begin != NULL ? strstr(begin, to) : NULL;

        g_assert_true(begin != NULL && end != NULL);
        g_autofree char *part = g_strndup(begin, (gsize)(end - begin));
        g_auto(GStrv) lines = g_strsplit(part, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                if (**line == '*' && line[1] != NULL && *line[1] == '\t')
                        add_all(entries, *line, "\\*([a-z][a-z_.]*)[^*]*\\*");
        }
        return entries;
}

static void expect_same(GHashTable *code, GHashTable *manual, const char *name) {
        GHashTable *const sides[] = {code, manual};
        guint missing = 0;

        for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
                GHashTableIter iter;
                gpointer word;

                g_hash_table_iter_init(&iter, sides[i]);
                while (g_hash_table_iter_next(&iter, &word, NULL)) {
                        if (g_hash_table_contains(sides[1 - i], word))
                                continue;
                        g_test_message("%s of %s is missing in the %s", (const char *)word, name,
                                       i == 0 ? "manual" : "code");
                        missing++;
                }
        }
        g_assert_cmpuint(missing, ==, 0);
}

/* Keys of a section with a title stand in the manual without its name. */
static void test_keys(void) {
        g_autofree char *page = page_of("mugai.conf.5.scd");
        g_autoptr(GHashTable) manual = entries_of(page, "\n# KEYS", "\n# SEE ALSO");
        g_autoptr(GHashTable) code = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const char *titled = MG_SECTION_ORGANIZATION ".";

        for (const MgKey *key = mg_keys(); key->name != NULL; key++)
                g_hash_table_add(code, g_strdup(mg_key_titled(key) && g_str_has_prefix(key->name, titled)
                                                        ? key->name + strlen(titled)
                                                        : key->name));
        g_assert_cmpuint(g_hash_table_size(code), >=, 100);
        expect_same(code, manual, "mugai.conf");
}

/* A rule with a key that there is not: the sentence names all that there are. */
static GHashTable *rule_keys(void) {
        static const char text[] = "rule a {\nno_such_key = 1\n}\n";
        GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_config_load_with(NULL, "", &error);

        g_assert_no_error(error);
        g_assert_false(mg_rules_parse("rules", text, strlen(text), config, &error));
        g_assert_nonnull(error);
        const char *list = strstr(error->message, "there are ");
        g_assert_nonnull(list);
        add_all(keys, list + strlen("there are "), "([a-z_]+)(?:, |$)");
        return keys;
}

/* The settings of a rewritten mail are named beside mail = rewrite, the text of a refusal beside mail = reject, and
 * what an exemption needs in a section of its own. */
static void test_rule_keys(void) {
        static const char *const beside[] = {"links",       "charset", "languages", "subject_tag",
                                             "approved_by", "expires", "text"};
        g_autofree char *page = page_of("mugai.rules.5.scd");
        g_autoptr(GHashTable) manual = entries_of(page, "\n# CONDITIONS OF A MAIL", "\n# EXEMPTIONS");
        g_autoptr(GHashTable) code = rule_keys();

        for (guint i = 0; i < G_N_ELEMENTS(beside); i++) {
                g_autofree char *word = g_strdup_printf("*%s*", beside[i]);
                g_assert_nonnull(strstr(page, word));
                g_hash_table_add(manual, g_strdup(beside[i]));
        }
        g_assert_cmpuint(g_hash_table_size(code), >=, 30);
        expect_same(code, manual, "mugai.rules");
}

static void test_notice(void) {
        static const char *const texts[] = {
#define KEY_OF(key, values) #key,
                MG_TEXTS(KEY_OF)
#undef KEY_OF
        };
        g_autofree char *page = page_of("mugai.notice.5.scd");
        g_autoptr(GHashTable) manual = entries_of(page, "\n# TEXTS", "\n# SEE ALSO");
        g_autoptr(GHashTable) code = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

        for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
                g_hash_table_add(code, g_strdup(texts[i]));
        expect_same(code, manual, "the notice files");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/manual/keys", test_keys);
        g_test_add_func("/cli/manual/rule-keys", test_rule_keys);
        g_test_add_func("/cli/manual/notice", test_notice);
        return g_test_run();
}
