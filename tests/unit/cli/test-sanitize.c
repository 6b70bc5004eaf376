/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai sanitize as a person runs it: the program itself, with its private sanitizer, over files and standard input.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/config.h"

/* A folder of its own, and what a run of the program gave. */
typedef struct House {
        char *folder;
        char *program;
        char *out;
        char *err;
        int code;
} House;

static char *at(const House *house, const char *name) {
        return g_build_filename(house->folder, name, NULL);
}

static void put(const House *house, const char *name, const char *content) {
        g_autofree char *path = at(house, name);

        g_assert_true(g_file_set_contents(path, content, -1, NULL));
}

static char *take(const House *house, const char *name) {
        g_autofree char *path = at(house, name);
        char *content = NULL;

        g_file_get_contents(path, &content, NULL, NULL);
        return content;
}

static const char mail[] = "From: =?utf-8?B?5bGx55Sw?= <yamada@example.jp>\nTo: tanaka@city.example.jp\nSubject: test\n"
                           "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
                           "--b\nContent-Type: text/plain\n\nsee https://example.com/\n"
                           "--b\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n"
                           "UEsDBAoAAAAAAA==\n--b--\n";

/* landlock is optional here, so that the test runs where a container has none; workers are confined by seccomp all the
 * same. */
static void set_up(House *house, gconstpointer data) {
        house->folder = g_dir_make_tmp("test-cli-XXXXXX", NULL);
        house->program = mg_config_program("mugai");
        put(house, "mugai.conf", "sandbox {\n landlock = optional\n}\n");
        put(house, "a.eml", mail);
        g_autofree char *out = at(house, "out");
        g_assert_cmpint(g_mkdir(out, 0700), ==, 0);
}

static void remove_all(const char *path) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

        for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL; name = g_dir_read_name(dir)) {
                g_autofree char *inner = g_build_filename(path, name, NULL);
                remove_all(inner);
        }
        g_remove(path);
}

static void tear_down(House *house, gconstpointer data) {
        remove_all(house->folder);
        g_free(house->folder);
        g_free(house->program);
        g_free(house->out);
        g_free(house->err);
}

/* Runs "mugai sanitize --config ... --time ... WORDS" in the folder, input on standard input. */
static void run(House *house, const char *input, const char *words) {
        g_autofree char *line = g_strconcat("sanitize --config mugai.conf --time @1795143600 ", words, NULL);
        g_auto(GStrv) argv = g_strsplit(line, " ", -1);
        g_autoptr(GPtrArray) all = g_ptr_array_new();
        g_autoptr(GError) error = NULL;
        mg_autofd stdin_fd = mg_fd_memory("stdin", NULL), out = mg_fd_memory("out", NULL),
                  err = mg_fd_memory("err", NULL);
        GPid pid;
        int status;

        g_clear_pointer(&house->out, g_free);
        g_clear_pointer(&house->err, g_free);
        g_ptr_array_add(all, house->program);
        for (char **word = argv; *word != NULL; word++) {
                if (**word != '\0')
                        g_ptr_array_add(all, *word);
        }
        g_ptr_array_add(all, NULL);
        g_assert_true(mg_fd_write(stdin_fd, input, strlen(input), NULL));
        g_assert_cmpint(lseek(stdin_fd, 0, SEEK_SET), ==, 0);
        g_spawn_async_with_fds(house->folder, (char **)all->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                               stdin_fd, out, err, &error);
        g_assert_no_error(error);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFEXITED(status));
        house->code = WEXITSTATUS(status);
        g_autoptr(GBytes) out_bytes = mg_fd_map(out, 0, G_MAXINT32, NULL);
        g_autoptr(GBytes) err_bytes = mg_fd_map(err, 0, G_MAXINT32, NULL);
        house->out = g_strndup(g_bytes_get_data(out_bytes, NULL), g_bytes_get_size(out_bytes));
        house->err = g_strndup(g_bytes_get_data(err_bytes, NULL), g_bytes_get_size(err_bytes));
        if (*house->err != '\0')
                g_test_message("%s", house->err);
}

/* The part of a report that the tests look at: "original.size". */
static char *report_value(const char *json, const char *outer, const char *inner) {
        json_t *root = json_loads(json, JSON_DISABLE_EOF_CHECK, NULL);
        g_assert_nonnull(root);
        const json_t *value = json_object_get(root, outer);
        if (inner != NULL)
                value = json_object_get(value, inner);
        char *text = json_is_integer(value) ? g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value))
                                            : g_strdup(json_string_value(value));
        json_decref(root);
        return text;
}

static void test_stdin(House *house, gconstpointer data) {
        run(house, mail, "");
        g_assert_cmpint(house->code, ==, 0);
        g_assert_cmpstr(house->err, ==, "");
        g_assert_nonnull(strstr(house->out, "yamada@example.jp"));
        g_assert_nonnull(strstr(house->out, "\nContent-Type: text/plain; charset=utf-8\n"));
        g_assert_null(strchr(house->out, '\r'));
        g_assert_null(strstr(house->out, "UEsDB"));
}

/* Same mail, same words: same bytes; and the wire form is the same mail. */
static void test_same_bytes(House *house, gconstpointer data) {
        run(house, "", "a.eml");
        g_autofree char *first = g_steal_pointer(&house->out);
        run(house, mail, "-");
        g_assert_cmpstr(house->out, ==, first);
        run(house, "", "--crlf a.eml");
        g_auto(GStrv) lines = g_strsplit(house->out, "\r\n", -1);
        g_autofree char *joined = g_strjoinv("\n", lines);
        g_assert_cmpstr(joined, ==, first);
        g_assert_cmpuint(strlen(house->out), >, strlen(first));
}

static void test_report(House *house, gconstpointer data) {
        run(house, "", "--report r.json --from a@example.org --rcpt b@city.example.jp --receipt 0000-0057-24 a.eml");
        g_assert_cmpint(house->code, ==, 0);
        g_autofree char *json = take(house, "r.json");
        g_autofree char *outcome = report_value(json, "outcome", NULL);
        g_autofree char *receipt = report_value(json, "receipt", NULL);
        g_autofree char *from = report_value(json, "from", NULL);
        g_autofree char *size = report_value(json, "original", "size");
        g_autofree char *ms = report_value(json, "milliseconds", NULL);
        guint lines = 0;

        for (const char *s = mail; *s != '\0'; s++)
                lines += *s == '\n';
        g_assert_cmpstr(outcome, ==, "converted");
        g_assert_cmpstr(receipt, ==, "0000005724");
        g_assert_cmpstr(from, ==, "a@example.org");
        g_assert_cmpuint(g_ascii_strtoull(size, NULL, 10), ==, strlen(mail) + lines);
        g_assert_cmpstr(ms, ==, "0");
}

static void test_many(House *house, gconstpointer data) {
        enum { N = 40 };
        g_autoptr(GString) words = g_string_new("--output-dir out --report all.json");

        for (guint i = 0; i < N; i++) {
                g_autofree char *name = g_strdup_printf("m%02u.eml", i);
                g_autofree char *content = g_strdup_printf("Subject: %u\n\nbody %u\n", i, i);
                put(house, name, content);
                g_string_append_printf(words, " %s", name);
        }
        run(house, "", words->str);
        g_assert_cmpint(house->code, ==, 0);
        for (guint i = 0; i < N; i++) {
                g_autofree char *message = g_strdup_printf("out/m%02u.eml", i);
                g_autofree char *report = g_strdup_printf("out/m%02u.json", i);
                g_autofree char *text = take(house, message);
                g_autofree char *json = take(house, report);
                g_autofree char *wanted = g_strdup_printf("%u", i);
                g_autofree char *subject = report_value(json, "subject", NULL);
                g_autofree char *line = g_strdup_printf("\nSubject: %u\n", i);
                g_assert_nonnull(strstr(text, line));
                g_assert_cmpstr(subject, ==, wanted);
        }
        g_autofree char *all = take(house, "all.json");
        g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, N + 1);
        /* A second run overwrites nothing. */
        put(house, "out/m00.eml", "mine");
        run(house, "", "--output-dir out m00.eml");
        g_assert_cmpint(house->code, ==, 74);
        g_autofree char *mine = take(house, "out/m00.eml");
        g_assert_cmpstr(mine, ==, "mine");
        run(house, "", "--output-dir out --force m00.eml");
        g_assert_cmpint(house->code, ==, 0);
}

/* One line each, the other files go on, and the worst status wins. */
static void test_unconvertible(House *house, gconstpointer data) {
        g_autoptr(GString) fields = g_string_new(NULL), nested = g_string_new("Subject: x\n");

        for (guint i = 0; i < 1001; i++)
                g_string_append(fields, "X: y\n");
        g_string_append(fields, "\nbody\n");
        for (guint i = 0; i < 200; i++)
                g_string_append_printf(nested, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
        put(house, "fields.eml", fields->str);
        put(house, "nested.eml", nested->str);
        run(house, "", "--output-dir out fields.eml nested.eml none.eml a.eml");
        g_assert_cmpint(house->code, ==, 66);
        g_auto(GStrv) lines = g_strsplit(house->err, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, 4);
        g_assert_nonnull(strstr(house->err, "fields.eml: 554 5.6.0"));
        g_assert_nonnull(strstr(house->err,
                                "nested.eml: could not be converted: limits.nesting is 20, the mail has 21; a notice"));
        g_assert_nonnull(strstr(house->err, "none.eml: No such file"));
        g_autofree char *refused = take(house, "out/fields.eml");
        g_assert_null(refused);
        g_autofree char *refused_report = take(house, "out/fields.json");
        g_autofree char *refused_outcome = report_value(refused_report, "outcome", NULL);
        g_assert_cmpstr(refused_outcome, ==, "refused");
        g_autofree char *notice = take(house, "out/nested.eml");
        g_autofree char *failed_report = take(house, "out/nested.json");
        g_autofree char *failed_outcome = report_value(failed_report, "outcome", NULL);
        g_assert_nonnull(notice);
        g_assert_cmpstr(failed_outcome, ==, "failed");
        g_autofree char *good = take(house, "out/a.eml");
        g_assert_nonnull(good);
        run(house, "", "fields.eml");
        g_assert_cmpint(house->code, ==, 65);
        g_assert_cmpstr(house->out, ==, "");
}

static void test_usage(House *house, gconstpointer data) {
        static const struct {
                const char *words;
                int code;
        } cases[] = {
                {"a.eml b.eml", 64},
                {"--no-such-option", 64},
                {"--receipt 1234567891 a.eml", 64},
                {"--time never a.eml", 64},
                {"--report - a.eml", 64},
                {"--output-dir a.eml/none a.eml", 73},
                {"--output-dir . a.eml", 64},
                {"none.eml", 66},
                {"out", 66},
                {"--config none.conf a.eml", 78},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                run(house, "", cases[i].words);
                g_assert_cmpint(house->code, ==, cases[i].code);
                g_assert_cmpstr(house->out, ==, "");
                /* One line that says so. */
                g_assert_true(g_str_has_prefix(house->err, "mugai: "));
                g_assert_true(strchr(house->err, '\n') == house->err + strlen(house->err) - 1);
        }
        g_autofree char *original = take(house, "a.eml");
        g_assert_cmpstr(original, ==, mail);
}

int main(int argc, char **argv) {
        static const struct {
                const char *path;
                void (*run)(House *house, gconstpointer data);
        } tests[] = {
                {"/cli/sanitize/stdin", test_stdin},
                {"/cli/sanitize/same-bytes", test_same_bytes},
                {"/cli/sanitize/report", test_report},
                {"/cli/sanitize/many", test_many},
                {"/cli/sanitize/unconvertible", test_unconvertible},
                {"/cli/sanitize/usage", test_usage},
        };

        g_test_init(&argc, &argv, NULL);
        for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
                g_test_add(tests[i].path, House, NULL, set_up, tests[i].run, tear_down);
        return g_test_run();
}
