/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail that goes on with files which an exemption keeps: what it looks like, that it comes back octet for octet, and
 * that the grammar takes just the files that were decided on.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "sample.h"

#define PNG "\x89PNG\r\n\x1A\n and the picture"
#define PDF "%PDF-1.4\nsome pages\n"

typedef struct World {
        Sample *sample;
        GPtrArray *contents;
} World;

static void world_clear(World *world) {
        sample_free(world->sample);
        g_ptr_array_unref(world->contents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void content_unref(gpointer content) {
        if (content)
                g_bytes_unref(content);
}

static World world_of(MgCharset charset) {
        World world = {sample_new(sample_policy(MG_LANGUAGE_JA | MG_LANGUAGE_EN, charset, MG_LINKS_DEFANG)),
                       g_ptr_array_new_with_free_func(content_unref)};

        world.sample->input.contents = world.contents;
        return world;
}

static MgPartDecision *last_decision(World *world) {
        GArray *parts = world->sample->decision->parts;

        return &g_array_index(parts, MgPartDecision, parts->len - 1);
}

static void set(char **text, const char *value) {
        g_free(*text);
        *text = g_strdup(value);
}

static void add(World *world, const char *name, const char *found, const char *content, gsize n) {
        MgFacts *facts;

        sample_add_part(world->sample, MG_PART_ATTACHMENT, name, "種類", n);
        facts = g_ptr_array_index(world->sample->reading->parts, world->sample->reading->parts->len - 1);
        set(&facts->found, found);
        mg_digest(content, n, facts->sha256);
        last_decision(world)->action = MG_ACTION_KEEP;
        last_decision(world)->listed = FALSE;
        g_ptr_array_add(world->contents, g_bytes_new(content, n));
}

static GArray *expected(const World *world) {
        GArray *files = g_array_new(FALSE, FALSE, sizeof(MgGrammarFile));

        for (guint i = 0; i < world->sample->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(world->sample->reading->parts, i);
                MgGrammarFile file = {mg_kept_type(facts->found), facts->size, {0}};

                memcpy(file.sha256, facts->sha256, sizeof file.sha256);
                if (file.type &&
                    g_array_index(world->sample->decision->parts, MgPartDecision, i).action == MG_ACTION_KEEP)
                        g_array_append_val(files, file);
        }
        return files;
}

static char *message_of(const World *world) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGrammarView) view = mg_compose_kept(&world->sample->input, &error);
        gsize n;

        g_assert_no_error(error);
        g_assert_nonnull(view);
        const char *data = g_bytes_get_data(view->message, &n);
        return g_strndup(data, n);
}

static void has(const char *text, const char *word) {
        if (!strstr(text, word))
                g_test_message("%s\nis missing in\n%s", word, text);
        g_assert_nonnull(strstr(text, word));
}

/* The text of the first part, in UTF-8. */
static char *text_of(const char *message) {
        const char *at = strstr(strstr(message, "\r\n\r\n") + 4, "\r\n\r\n") + 4;
        g_autofree char *encoded = g_strndup(at, (gsize)(strstr(at, "--=_mugai") - at));
        gsize n;
        g_autofree guchar *octets = g_base64_decode(encoded, &n);

        return g_strndup((const char *)octets, n);
}

static void test_message(void) {
        g_auto(World) world = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL, *text = NULL, *encoded = g_base64_encode((const guchar *)PNG, sizeof PNG - 1);
        g_autofree char *line = g_strconcat("\r\n\r\n", encoded, "\r\n--=_mugai_files", NULL);

        add(&world, "配置図.png", "image/png", PNG, sizeof PNG - 1);
        add(&world, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        sample_add_part(world.sample, MG_PART_ATTACHMENT, "b.exe", "プログラム", 5);
        g_ptr_array_add(world.contents, NULL);
        message = message_of(&world);
        text = text_of(message);
        has(message, "\r\nContent-Type: multipart/mixed; boundary=\"=_mugai_files\"\r\n\r\n--=_mugai_files\r\n");
        has(message, "\r\nContent-Type: image/png;\r\n name=\"=?UTF-8?B?6YWN572u5ZuzLnBuZw==?=\"\r\n");
        has(message, "\r\nContent-Disposition: attachment;\r\n filename*0*=UTF-8''%E9%85%8D%E7%BD%AE%E5%9B%B3.png\r\n");
        has(message, "\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n");
        has(message, line);
        has(message, "\r\nX-Mail-Sanitized: DEL_ATTACH\r\n");
        g_assert_true(g_str_has_suffix(message, "\r\n--=_mugai_files--\r\n"));
        has(text, "こんにちは。");
        has(text, "検査で問題が見つからなかった 2 件を");
        has(text, "・配置図.png（");
        has(text, "Inspected and attached as the sender made them: 2\r\n");
        /* What did not come along stands in its own list, and not under "of whatever type". */
        has(text, "・b.exe（");
        has(text, "確かめられなかった");
        g_assert_null(strstr(text, "種類によらず"));
        g_assert_null(strstr(text, "whatever type"));
}

/* Nothing was taken out: nothing says so. */
static void test_alone(void) {
        g_auto(World) world = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL;

        add(&world, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        message = message_of(&world);
        g_assert_null(strstr(message, "X-Mail-Sanitized"));
}

static void test_jis(void) {
        g_auto(World) world = world_of(MG_CHARSET_ISO_2022_JP);
        g_autofree char *message = NULL;

        add(&world, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        message = message_of(&world);
        has(message, "\r\n--=_mugai_files\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n");
}

/* Text leaves as octets, and one name does not stand twice. */
static void test_names(void) {
        g_auto(World) world = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL;

        add(&world, "memo.txt", "text/plain", "a", 1);
        add(&world, "MEMO.txt", "text/plain", "b", 1);
        add(&world, "a:b?.png", "image/png", PNG, sizeof PNG - 1);
        message = message_of(&world);
        has(message, "Content-Type: application/octet-stream; name=\"memo.txt\"");
        has(message, "Content-Disposition: attachment; filename=\"MEMO (2).txt\"");
        has(message, "Content-Type: image/png; name=\"a_b_.png\"");
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

static void refused_to_compose(const World *world) {
        g_autoptr(GError) error = NULL;

        g_assert_null(mg_compose_kept(&world->sample->input, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
        g_test_message("%s", error->message);
}

/* What was decided and what is there are not the same. */
static void test_contents(void) {
        for (guint i = 0; i < 7; i++) {
                g_auto(World) world = world_of(MG_CHARSET_UTF_8);
                MgFacts *facts;

                add(&world, "a.png", "image/png", PNG, sizeof PNG - 1);
                facts = g_ptr_array_index(world.sample->reading->parts, world.sample->reading->parts->len - 1);
                if (i == 0) { /* the octets are missing */
                        g_ptr_array_set_size(world.contents, 0);
                } else if (i == 1) { /* others */
                        g_ptr_array_set_size(world.contents, 0);
                        g_ptr_array_add(world.contents, g_bytes_new_static(PNG "!", sizeof PNG));
                } else if (i == 2) { /* of a type that is never kept */
                        set(&facts->found, "application/zip");
                } else if (i == 3) { /* of another type than the octets begin as */
                        set(&facts->found, "application/pdf");
                        set(&facts->name, "a.pdf");
                } else if (i == 4) { /* a name of another type */
                        set(&facts->name, "a.exe");
                } else if (i == 5) {
                        facts->size++;
                } else { /* nothing is kept */
                        mg_part_decision_drop(last_decision(&world), "x");
                }
                refused_to_compose(&world);
        }
}

static gboolean passes(const World *world, const char *message, gsize n) {
        g_autoptr(GBytes) bytes = g_bytes_new(message, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) files = expected(world);
        g_autoptr(MgGrammarView) view = mg_grammar_check_kept(bytes, world->sample->policy, files, &error);

        if (!view)
                g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
        return view != NULL;
}

#define END "--=_mugai_files--\r\n"
#define EXTRA(type, name)                                                                                              \
        "--=_mugai_files\r\nContent-Type: " type "; name=\"" name "\"\r\nContent-Disposition: attachment; "            \
        "filename=\"" name "\"\r\nContent-Transfer-Encoding: base64\r\n\r\nTVo=\r\n" END
#define SAME "JVBERi0xLjQKc29tZSBwYWdlcwo="

static void test_forged(void) {
        static const struct {
                const char *from, *to;
        } rows[] = {
                /* another part, further or in between, hidden or not */
                {END, EXTRA("application/octet-stream", "b.exe")},
                {END, EXTRA("application/pdf", "b.pdf")},
                {END, END "MZ\r\n"},
                {END, END END},
                {END, ""},
                {"--=_mugai_files\r\nContent-Type: application/pdf",
                 "MZ\r\n--=_mugai_files\r\nContent-Type: application/pdf"},
                /* nested */
                {"Content-Type: application/pdf; name=\"a.pdf\"", "Content-Type: multipart/mixed; boundary=\"x\""},
                {"Content-Type: application/pdf;", "Content-Type: message/rfc822;"},
                {"\r\nContent-Type: text/plain; charset=utf-8\r\n",
                 "\r\nContent-Type: multipart/alternative; boundary=\"x\"\r\n"},
                /* another type or name */
                {"Content-Type: application/pdf;", "Content-Type: text/html;"},
                {"Content-Type: application/pdf;", "Content-Type: application/octet-stream;"},
                {"Content-Type: application/pdf;", "Content-Type: image/png;"},
                {"Content-Type: application/pdf; name=\"a.pdf\"", "Content-Type: application/pdf; name=\"a.exe\""},
                {"filename=\"a.pdf\"", "filename=\"a.exe\""},
                {"filename=\"a.pdf\"", "filename=\"a.pdf\"; x=y"},
                {"attachment;", "inline;"},
                {"\r\nContent-Disposition", "\r\nContent-ID: <x>\r\nContent-Disposition"},
                {"\r\nContent-Disposition", "\r\nContent-Location: x\r\nContent-Disposition"},
                /* other octets, or in another coding */
                {SAME, "JVBERi0xLjQKc29tZSBwYWdlcww="},
                {SAME, "JVBERi0xLjQKc29tZSBwYWdl"},
                {SAME, "JVBERi0xLjQKc29tZSBwYWdlcwoK"},
                {SAME, "JVBERi0xLjQKc29tZSBwYWdlcwp="},
                {SAME "\r\n", SAME "\r\nTVo=\r\n"},
                {SAME "\r\n", ""},
                {"base64\r\n\r\n" SAME, "8bit\r\n\r\n%PDF-1.4"},
                /* the text, the header */
                {"charset=utf-8", "charset=iso-2022-jp"},
                {"Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"},
                {"boundary=\"=_mugai_files\"", "boundary=\"x\""},
                {"MIME-Version: 1.0", "Bcc: <x@example.jp>\r\nMIME-Version: 1.0"},
                {"MIME-Version: 1.0", "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64"},
        };
        g_auto(World) world = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL;

        add(&world, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        message = message_of(&world);
        g_assert_true(passes(&world, message, strlen(message)));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) changed = g_string_new(message);

                g_test_message("%u %s -> %s", i, rows[i].from, rows[i].to);
                g_assert_cmpuint(g_string_replace(changed, rows[i].from, rows[i].to, 1), ==, 1);
                g_assert_false(passes(&world, changed->str, changed->len));
        }
        for (gsize n = 0; n < strlen(message); n += 13)
                g_assert_false(passes(&world, message, n));
}

/* Fewer, more, or in another order than was decided. */
static void test_number(void) {
        g_auto(World) one = world_of(MG_CHARSET_UTF_8), two = world_of(MG_CHARSET_UTF_8),
                      other = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL;

        add(&one, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        add(&two, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        add(&two, "b.png", "image/png", PNG, sizeof PNG - 1);
        add(&other, "b.png", "image/png", PNG, sizeof PNG - 1);
        add(&other, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        message = message_of(&two);
        g_assert_true(passes(&two, message, strlen(message)));
        g_assert_false(passes(&one, message, strlen(message)));
        g_assert_false(passes(&other, message, strlen(message)));
        g_free(message);
        message = message_of(&one);
        g_assert_false(passes(&two, message, strlen(message)));
}

/* Neither mail without files nor released mail is this. */
static void test_apart(void) {
        g_auto(World) world = world_of(MG_CHARSET_UTF_8);
        g_autofree char *message = NULL;
        g_autoptr(GBytes) bytes = NULL;
        MgFailure failure;

        add(&world, "a.pdf", "application/pdf", PDF, sizeof PDF - 1);
        message = message_of(&world);
        bytes = g_bytes_new_static(message, strlen(message));
        g_assert_null(mg_grammar_check(bytes, world.sample->policy, NULL));
        g_assert_null(mg_grammar_check_files(bytes, world.sample->policy, 1, NULL));
        /* Composing without files never lets one through: the notice goes on instead. */
        g_autoptr(MgGrammarView) view = mg_compose_checked(&world.sample->input, &failure, NULL);
        g_assert_nonnull(view);
        g_assert_cmpint(failure, ==, MG_FAILURE_GRAMMAR);
        g_assert_null(memmem(view->body, view->body_size, "JVBERi0", 7));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/kept/message", test_message);
        g_test_add_func("/kept/alone", test_alone);
        g_test_add_func("/kept/jis", test_jis);
        g_test_add_func("/kept/names", test_names);
        g_test_add_func("/kept/contents", test_contents);
        g_test_add_func("/kept/forged", test_forged);
        g_test_add_func("/kept/number", test_number);
        g_test_add_func("/kept/apart", test_apart);
        return g_test_run();
}
