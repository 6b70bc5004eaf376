/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader: what it takes, the sentence and line of each fault, and that no octets make it misbehave.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "config/syntax.h"

static char *print(const GArray *entries) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = &g_array_index(entries, MgEntry, i);
                g_string_append_printf(out, "%u:%s%s%s%s%s;", entry->line, entry->title != NULL ? entry->title : "",
                                       entry->title != NULL ? "/" : "", entry->key,
                                       entry->value == NULL ? ""
                                       : entry->quoted      ? "='"
                                                            : "=",
                                       entry->value != NULL ? entry->value : "");
        }
        return g_string_free(out, FALSE);
}

static const struct {
        const char *text;
        const char *want;
} good[] = {
        {"", ""},
        {"# nothing\n\n  \t\n#", ""},
        {"a = 1\nb=2", "1:a=1;2:b=2;"},
        {"a = 25 MB # comment\n", "1:a=25 MB;"},
        {"a = \"x # y = { } \\\" \\\\ \\n \\t\" # comment\n", "1:a='x # y = { } \" \\ \n \t;"},
        {"a = \"\"\nb = 1\n", "1:a=';2:b=1;"},
        {"a = \"two\nlines\"\nb = 1\n", "1:a='two\nlines;3:b=1;"},
        {"log {\n  to = stderr\n}\n", "2:log.to=stderr;"},
        {"log { to = stderr }\nto = 1\n", "1:log.to=stderr;2:to=1;"},
        {"log { to = \"a\" level = \"b\" }", "1:log.to='a;1:log.level='b;"},
        {"log\t{\n}\nuser { }\n", ""},
        {"o x {\n a = 1\n}\no y{ a = 2 }\no { a = 3 }\nb = 1\n", "1:x/o;2:x/o.a=1;4:y/o;4:y/o.a=2;5:o.a=3;6:b=1;"},
        {"o\tx-1_\t{\n}", "1:x-1_/o;"},
        {"a = \"${HOME} $HOME ~ `id` %s\"\n", "1:a='${HOME} $HOME ~ `id` %s;"},
        {"a = ja en\n", "1:a=ja en;"},
        {"a = \"添付\"\n", "1:a='添付;"},
        {"include = x\n", "1:include=x;"},
};

static void test_good(void) {
        for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(GArray) entries = mg_syntax_parse("f", good[i].text, strlen(good[i].text), &error);
                g_assert_no_error(error);
                g_autofree char *got = print(entries);
                g_assert_cmpstr(got, ==, good[i].want);
        }
}

static const struct {
        const char *text;
        const char *want;
} bad[] = {
        {"a = 1\r\n", "f:1: there is a carriage return; save the file with LF line ends"},
        {"a = 1\nb = \"x\x01\"\n", "f:2: there is a control character (0x01); take it out"},
        {"# \x7f\n", "f:1: there is a control character (0x7f); take it out"},
        {"a = 1\n\n# \x82\xa0\n", "f:3: this is not UTF-8 (octet 0x82); save the file as UTF-8"},
        {"\xef\xbb\xbf"
         "a = 1\n",
         "f:1: the file begins with a byte order mark; save it without one"},
        {"a = 1\n\nb = \"x\\q\"\n", "f:3: a backslash in the value of \"b\" stands before n, t, \" or \\ only"},
        {"a = \"x\\\ny\"\n", "f:1: a backslash in the value of \"a\" stands before n, t, \" or \\ only"},
        {"a = \"x\\", "f:1: a backslash in the value of \"a\" stands before n, t, \" or \\ only"},
        {"\na = \"x\nb = 1\n", "f:2: the text of \"a\" begins with \" here and is never closed by \""},
        {"a =\nb = 1\n", "f:1: \"a\" has no value; write a = \"\" for an empty one"},
        {"a = # nothing\n", "f:1: \"a\" has no value; write a = \"\" for an empty one"},
        {"s { a = }\n", "f:1: \"s.a\" has no value; write s.a = \"\" for an empty one"},
        {"a = 1 b = 2\n",
         "f:1: the value of \"a\" holds =, { or \"; put it in quotes, and each further key on a line of its own"},
        {"a = x\"y\"\n",
         "f:1: the value of \"a\" holds =, { or \"; put it in quotes, and each further key on a line of its own"},
        {"a = 1\nb = 2\na = 1\n", "f:3: key \"a\" is there twice, first in line 1; keep one of them"},
        {"s {\na = 1\na = 2\n}\n", "f:3: key \"s.a\" is there twice, first in line 2; keep one of them"},
        {"s {\n}\n\ns {\n}\n", "f:4: section \"s\" is there twice, first in line 1; keep one of them"},
        {"o x {\n}\no y {\n}\no x {\n}\n", "f:5: section \"o x\" is there twice, first in line 1; keep one of them"},
        {"o x {\na = 1\n}\no y {\na = 1\na = 1\n}\n",
         "f:6: key \"o y.a\" is there twice, first in line 5; keep one of them"},
        {"o x {\n  o y {\n  }\n}\n", "f:2: section \"o y\" begins inside section \"o\" of line 1; close that one "
                                     "with } first"},
        {"o x\n{\n}\n", "f:1: after \"o x\" there should be \"{\""},
        {"o x.y {\n}\n", "f:1: after \"o x\" there should be \"{\""},
        {"o x = 1\n", "f:1: after \"o x\" there should be \"{\""},
        {"o x y {\n}\n", "f:1: after \"o x\" there should be \"{\""},
        {"o 役所 {\n}\n", "f:1: after \"o\" there should be \"= value\" or \"{\""},
        {"s {\n  t {\n  }\n}\n",
         "f:2: section \"t\" begins inside section \"s\" of line 1; close that one with } first"},
        {"a = 1\n}\n", "f:2: there is a } but no section is open"},
        {"a = 1\ns {\nb = 1\n", "f:2: section \"s\" begins here and is never closed by }"},
        {"a = 1\n;\n", "f:2: there should be a key, a section or } here, not \";\""},
        {"添 = 1\n", "f:1: there should be a key, a section or } here, not \"添\""},
        {"a\nb = 1\n", "f:1: after \"a\" there should be \"= value\" or \"{\""},
        {"a", "f:1: after \"a\" there should be \"= value\" or \"{\""},
        {"include(\"x\")\n", "f:1: after \"include\" there should be \"= value\" or \"{\""},
        {"a = \"x\" y\n", "f:1: after \"y\" there should be \"= value\" or \"{\""},
};

static void test_bad(void) {
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(GArray) entries = mg_syntax_parse("f", bad[i].text, strlen(bad[i].text), &error);
                g_assert_null(entries);
                g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
                g_assert_cmpstr(error->message, ==, bad[i].want);
        }
        g_autoptr(GError) error = NULL;
        g_assert_null(mg_syntax_parse("f", "a = \0 1\n", 8, &error));
        g_assert_cmpstr(error->message, ==, "f:1: there is a control character (0x00); take it out");
}

static void test_files(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-syntax-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(dir, "c", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_null(mg_syntax_read(path, &error));
        g_assert_true(g_str_has_prefix(error->message, path));
        g_assert_nonnull(strstr(error->message, ": cannot be read: No such file"));
        g_clear_error(&error);

        g_assert_null(mg_syntax_read(dir, &error));
        g_assert_nonnull(
                strstr(error->message, ": cannot be read: it is not a regular file of at most 1048576 octets"));
        g_clear_error(&error);

        g_autofree char *long_text = g_strnfill(MG_SYNTAX_MAX + 1, '#');
        g_assert_true(g_file_set_contents(path, long_text, MG_SYNTAX_MAX + 1, NULL));
        g_assert_null(mg_syntax_read(path, &error));
        g_assert_nonnull(strstr(error->message, "of at most 1048576 octets"));
        g_clear_error(&error);

        g_assert_true(g_file_set_contents(path, long_text, MG_SYNTAX_MAX, NULL));
        g_autoptr(GArray) entries = mg_syntax_read(path, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(entries->len, ==, 0);
        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void assert_distinct(const GArray *entries) {
        for (guint i = 0; entries != NULL && i < entries->len; i++)
                for (guint j = 0; j < i; j++) {
                        const MgEntry *a = &g_array_index(entries, MgEntry, i),
                                      *b = &g_array_index(entries, MgEntry, j);
                        g_assert_true(strcmp(a->key, b->key) != 0 || g_strcmp0(a->title, b->title) != 0);
                }
}

/* Damaged files: the answer is entries with distinct keys, or a fault that names a line; nothing else. */
static void test_damaged(void) {
        static const char seed[] =
                "# c\nnode = 1\nlog {\n to = stderr\n file = \"/a \\\"b\\n\"\n}\nuser { a = 1 }\ntag = \"添付\"\n"
                "b c {\n a = 1\n}\nb d { a = 1 }\n";
        static const char spice[] = "\"\\{}=#\n\t x.\x80\xe3\0";
        g_autoptr(GRand) random = g_rand_new_with_seed(20260101);
        guint loaded = 0, refused = 0;
        for (guint round = 0; round < 100000; round++) {
                char text[sizeof seed];
                gsize n = (gsize)g_rand_int_range(random, 0, sizeof seed);
                memcpy(text, seed, sizeof seed);
                for (gint i = g_rand_int_range(random, 0, 5); i > 0 && n > 0; i--)
                        text[g_rand_int_range(random, 0, (gint32)n)] =
                                spice[g_rand_int_range(random, 0, sizeof spice - 1)];
                /* A copy of exactly n octets, so that the sanitizer sees one read too many. */
                g_autofree char *exact = g_memdup2(text, n);
                g_autoptr(GError) error = NULL;
                g_autoptr(GArray) entries = mg_syntax_parse("f", exact, n, &error);
                g_assert_true((entries == NULL) == (error != NULL));
                loaded += entries != NULL;
                refused += entries == NULL;
                if (error != NULL)
                        g_assert_true(g_str_has_prefix(error->message, "f:") && g_ascii_isdigit(error->message[2]));
                assert_distinct(entries);
        }
        g_assert_cmpuint(loaded, >, 1000);
        g_assert_cmpuint(refused, >, 1000);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/syntax/good", test_good);
        g_test_add_func("/config/syntax/bad", test_bad);
        g_test_add_func("/config/syntax/files", test_files);
        g_test_add_func("/config/syntax/damaged", test_damaged);
        return g_test_run();
}
