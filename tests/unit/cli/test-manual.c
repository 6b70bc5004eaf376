/* SPDX-License-Identifier: Apache-2.0 */
/* The manual pages name every key of the shipped configuration, every command and every finding of check. */
#include <glib.h>
#include <string.h>

static char *source(const char *name) {
        const char *root = g_getenv("MUGAI_SOURCE");
        g_autofree char *path = g_build_filename(root != NULL ? root : ".", name, NULL);
        g_autoptr(GError) error = NULL;
        char *text = NULL;

        g_file_get_contents(path, &text, NULL, &error);
        g_assert_no_error(error);
        return text;
}

/* Each match of the first group of pattern in text must stand in page, with what format makes of it. Returns how many
 * there were. */
static guint all_in(const char *text, const char *pattern, const char *page, const char *before, const char *after) {
        g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        guint n = 0;

        for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
                g_autofree char *name = g_match_info_fetch(match, 1);
                g_auto(GStrv) pieces = g_strsplit(name, "_", -1);
                g_autofree char *escaped = g_strjoinv("\\_", pieces);
                g_autofree char *wanted = g_strconcat(before, escaped, after, NULL);
                if (strstr(page, wanted) == NULL)
                        g_test_message("%s is missing", name);
                g_assert_nonnull(strstr(page, wanted));
                n++;
        }
        return n;
}

/* "group {" and "key = value" of the shipped file as "group.key". */
static void test_keys(void) {
        g_autofree char *text = source("rules/mugai.conf");
        g_autofree char *page = source("packaging/man/mugai.conf.5.scd");
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_autofree char *group = g_strdup("");
        g_autoptr(GString) keys = g_string_new(NULL);

        for (char **line = lines; *line != NULL; line++) {
                const char *key = g_strstrip(*line);
                gsize n = strcspn(key, " ");
                if (*key == '#' || *key == '\0')
                        continue;
                if (*key == '}' || g_str_has_suffix(key, "{")) {
                        g_free(group);
                        group = *key == '}' ? g_strdup("") : g_strdup_printf("%.*s.", (int)n, key);
                } else {
                        g_string_append_printf(keys, "%s%.*s\n", group, (int)n, key);
                }
        }
        g_assert_cmpuint(all_in(keys->str, "^(.+)$", page, "\n*", "*\n"), >=, 40);
}

static void test_commands(void) {
        g_autofree char *text = source("src/cli/main.c");
        g_autofree char *page = source("packaging/man/mugai.1.scd");

        g_assert_cmpuint(all_in(text, "\\{\"([a-z]+)\", \"[^\"]*\",", page, "\n## ", ""), >=, 7);
}

static void test_findings(void) {
        g_autofree char *text = source("src/cli/postfix.c");
        g_autofree char *page = source("packaging/man/mugai.1.scd");

        g_assert_cmpuint(all_in(text, "\"(postfix\\.[a-z0-9-]+)\"", page, "*", "*"), >=, 20);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/manual/keys", test_keys);
        g_test_add_func("/cli/manual/commands", test_commands);
        g_test_add_func("/cli/manual/findings", test_findings);
        return g_test_run();
}
