/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Released mails: what they say, names of files in every shape, octets that come back the same, and what the grammar of
 * such mails refuses. Read back by GMime-free code of this test alone.
 */
#include "compose/release.h"

#include <string.h>

#include "base/error.h"
#include "sample.h"

#define TO "taro@soto.example.jp"

typedef struct World {
        MgPolicy *policy;
        MgOrder *order;
        MgReading *reading;
        GPtrArray *contents;
        MgReleaseInput input;
} World;

static void set(char **field, const char *text) {
        g_free(*field);
        *field = g_strdup(text);
}

static void world_open(World *world, guint32 languages) {
        *world = (World){.policy = sample_policy(languages, MG_CHARSET_UTF_8, MG_LINKS_DEFANG),
                         .order = mg_order_new(),
                         .reading = mg_reading_new(),
                         .contents = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
        world->order->number = 12;
        world->order->time = 1700000000;
        set(&world->order->receipt, "0000005724");
        set(&world->order->from, "a@example.com");
        set(&world->order->subject, "見積の件 https://evil.example/x");
        set(&world->order->requester, "総務 太郎");
        g_ptr_array_add(world->order->approvers, g_strdup("承認 花子"));
        g_ptr_array_add(world->order->approvers, g_strdup("Second Person"));
        g_ptr_array_add(world->order->addresses, g_strdup(TO));
        mg_reading_add_value(world->reading, MG_FIELD_MESSAGE_ID, "original@example.com", NULL);
        world->input = (MgReleaseInput){.policy = world->policy,
                                        .order = world->order,
                                        .reading = world->reading,
                                        .from = "it@city.example.jp",
                                        .node = 1,
                                        .now = 1700000100,
                                        .contents = world->contents};
}

static void world_close(World *world) {
        mg_policy_unref(world->policy);
        mg_order_free(world->order);
        mg_reading_free(world->reading);
        g_ptr_array_unref(world->contents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_close)

static void add(World *world, const char *name, const void *data, gsize n) {
        MgRequestPart *part = mg_request_part_new();

        set(&part->name, name);
        set(&part->path, "2");
        part->size = n;
        g_ptr_array_add(world->order->parts, part);
        g_ptr_array_add(world->contents, g_bytes_new(data, n));
}

static char *compose(const World *world) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) message = mg_compose_release(&world->input, &error), again = NULL;
        gsize n;
        const char *data;

        g_assert_no_error(error);
        again = mg_compose_release(&world->input, &error);
        g_assert_true(g_bytes_equal(message, again));
        data = g_bytes_get_data(message, &n);
        return g_strndup(data, n);
}

static void has(const char *text, const char *part) {
        if (!strstr(text, part))
                g_error("\"%s\" is not in:\n%s", part, text);
}

/* The content of part i, 0 being the text, decoded by GLib. */
static char *part_of(const char *message, guint i, gsize *n) {
        const char *at = message;
        g_autofree char *encoded = NULL;

        for (guint k = 0; k <= i; k++)
                at = strstr(at, "\r\n--=_mugai_files\r\n") + 2;
        at = strstr(at, "\r\n\r\n") + 4;
        encoded = g_strndup(at, (gsize)(strstr(at, "--=_mugai_files") - at));
        return (char *)g_base64_decode(encoded, n);
}

static char *text_of(const char *message) {
        gsize n;
        char *text = part_of(message, 0, &n), *ended = g_strndup(text, n);

        g_free(text);
        return ended;
}

static void test_says(void) {
        g_auto(World) world = {0};
        g_autofree char *message = NULL, *text = NULL;

        world_open(&world, MG_LANGUAGE_JA | MG_LANGUAGE_EN);
        add(&world, "見積書.pdf", "%PDF", 4);
        message = compose(&world);
        text = text_of(message);
        has(message, "From: <it@city.example.jp>\r\n");
        has(message, "To: <" TO ">\r\n");
        has(message, "Message-ID: <request.1.12@mugai.invalid>\r\n");
        has(message, "In-Reply-To: <original@example.com>\r\n");
        has(message, "Auto-Submitted: auto-generated\r\n");
        has(message, "X-Mugai-Receipt: 0000005724\r\n");
        has(message, "Content-Type: multipart/mixed; boundary=\"=_mugai_files\"\r\n");
        g_assert_null(strstr(message, "X-Mail-Sanitized"));
        has(text, "0000-0057-24");
        has(text, "総務 太郎");
        has(text, "承認 花子, Second Person");
        has(text, "a@example.com");
        has(text, "見積書.pdf (4 B)");
        has(text, "無害化されていません");
        has(text, "NOT made safe");
        /* What a sender wrote opens nothing here either. */
        has(text, "hxxps://evil[.]example/x");
        g_assert_null(strchr(text, '{'));
}

/* Malware is named so, and its name opens nothing; what nobody looked at is said to be that. */
static void test_scan(void) {
        static const struct {
                MgScan scan;
                const char *says[2];
        } rows[] = {{{MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Win.Test http://evil.example/{x}"},
                     {"危険なファイルが見つかっています。", "Found:       Win[.]Test hxxp://evil[.]example"}},
                    {{MG_SCAN_UNSCANNED, MG_SCAN_FAULT_SILENT, ""}, {"検査を受けていません", "was not scanned"}}};

        for (guint i = 0; i <= G_N_ELEMENTS(rows); i++) {
                g_auto(World) world = {0};
                g_autofree char *message = NULL, *text = NULL;

                world_open(&world, MG_LANGUAGE_JA | MG_LANGUAGE_EN);
                if (i < G_N_ELEMENTS(rows))
                        world.order->scan = rows[i].scan;
                else
                        world.order->scan.verdict = MG_SCAN_CLEAN;
                add(&world, "a.pdf", "%PDF", 4);
                message = compose(&world);
                text = text_of(message);
                for (guint k = 0; k < G_N_ELEMENTS(rows); k++)
                        for (guint language = 0; language < 2; language++)
                                g_assert_cmpint(strstr(text, rows[k].says[language]) != NULL, ==, i == k);
        }
}

static void test_whole(void) {
        static const char original[] = "Subject: x\r\n\r\nbare \r and \n and \0 and \xFF\r\n";
        g_auto(World) world = {0};
        g_autofree char *message = NULL, *content = NULL;
        gsize n;

        world_open(&world, MG_LANGUAGE_JA);
        g_ptr_array_add(world.contents, g_bytes_new(original, sizeof original - 1));
        message = compose(&world);
        has(message, "filename=\"0000005724.eml\"");
        has(message, "Content-Type: application/octet-stream; name=\"0000005724.eml\"");
        g_assert_null(strstr(message, "message/rfc822"));
        content = part_of(message, 1, &n);
        g_assert_cmpmem(content, n, original, sizeof original - 1);
}

/* Every length around the ends of lines of base64, the empty file among them. */
static void test_octets(void) {
        g_auto(World) world = {0};
        g_autofree char *message = NULL;
        guint8 data[256];
        static const gsize sizes[] = {0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 256};

        for (guint i = 0; i < sizeof data; i++)
                data[i] = (guint8)(i * 7);
        world_open(&world, MG_LANGUAGE_EN);
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
                add(&world, "x.bin", data, sizes[i]);
        message = compose(&world);
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
                gsize n;
                g_autofree char *content = part_of(message, i + 1, &n);

                g_assert_cmpmem(content, n, data, sizes[i]);
        }
        has(message, "filename=\"x (11).bin\"");
}

static void test_names(void) {
        static const struct {
                const char *name, *want;
        } rows[] = {
                {"a.pdf", "a.pdf"},
                {"見積書　令和8年度.xlsx", "見積書　令和8年度.xlsx"},
                {"", "file-3"},
                {"...", "file-3"},
                {"../../etc/passwd", "_.._etc_passwd"},
                {"C:\\Windows\\x.exe", "C__Windows_x.exe"},
                {".htaccess", "htaccess"},
                {"a.txt. . ", "a.txt"},
                {"CON", "_CON"},
                {"con.txt", "_con.txt"},
                {"COM1.log", "_COM1.log"},
                {"com.txt", "com.txt"},
                {"a\"b<c>|d?e*f:g.txt", "a_b_c__d_e_f_g.txt"},
                {"=?utf-8?Q?x?=.pdf", "=_utf-8_Q_x_=.pdf"},
                {"a;b=c'd%e.txt", "a;b=c'd%e.txt"},
                {"\xE3\x80\x80x\xE3\x80\x80", "x"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = mg_files_name(rows[i].name, 3);

                g_assert_cmpstr(name, ==, rows[i].want);
        }
}

/* Names of any length and script pass the grammar, keep their extension and are cut between characters. */
static void test_long_names(void) {
        for (guint n = 1; n < 400; n += 7)
                for (guint script = 0; script < 3; script++) {
                        static const char *const letters[] = {"a", "漢", "😀"};
                        g_auto(World) world = {0};
                        g_autoptr(GString) name = g_string_new(NULL);
                        g_autofree char *message = NULL, *safe = NULL;

                        for (guint i = 0; i < n; i++)
                                g_string_append(name, letters[script]);
                        g_string_append(name, ".docx");
                        safe = mg_files_name(name->str, 1);
                        g_assert_cmpuint(strlen(safe), <=, MG_FILES_NAME_MAX);
                        g_assert_true(g_str_has_suffix(safe, ".docx"));
                        g_assert_true(g_utf8_validate(safe, -1, NULL));
                        world_open(&world, MG_LANGUAGE_EN);
                        add(&world, name->str, "x", 1);
                        message = compose(&world);
                        has(message, script == 0 ? "filename=\"" : "filename*0*=UTF-8''");
                }
}

static void test_random_names(void) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(20261126);

        for (guint i = 0; i < 2000; i++) {
                g_autofree char *name = sample_text(rand, MG_CLASS_LINE, 60);
                g_autofree char *message = NULL;
                g_auto(World) world = {0};

                world_open(&world, MG_LANGUAGE_EN);
                add(&world, name, "x", 1);
                add(&world, name, "y", 1);
                message = compose(&world);
                g_assert_nonnull(message);
        }
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

static gboolean passes(const World *world, const char *message, gsize n, guint files) {
        g_autoptr(GBytes) bytes = g_bytes_new(message, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGrammarView) view = mg_grammar_check_files(bytes, world->policy, files, &error);

        if (!view)
                g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
        return view != NULL;
}

static void test_refused(void) {
        static const struct {
                const char *from, *to;
        } rows[] = {
                {"application/octet-stream", "text/html"},
                {"application/octet-stream", "message/rfc822"},
                {"attachment;", "inline;"},
                {"filename=\"a.pdf\"", "filename=\"b.pdf\""},
                {"name=\"a.pdf\"", "name=\"../a\""},
                {"name=\"a.pdf\"", "name=\"a.pdf\"; x=y"},
                {"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==", "Content-Transfer-Encoding: 8bit\r\n\r\n%PDF"},
                {"JVBERg==\r\n", "JVBERg=\r\n"},
                {"JVBERg==\r\n", "JVBERh==\r\n"},
                {"JVBERg==\r\n", "JVBERg==\r\n\r\n"},
                {"JVBERg==\r\n", "JVBE\r\nRg==\r\n"},
                {"--=_mugai_files--\r\n", "--=_mugai_files--\r\nmore\r\n"},
                {"--=_mugai_files--\r\n", ""},
                {"boundary=\"=_mugai_files\"", "boundary=\"x\""},
                {"MIME-Version: 1.0", "X-Mail-Sanitized: CHG_TEXT\r\nMIME-Version: 1.0"},
                {"MIME-Version: 1.0", "Bcc: <x@example.jp>\r\nMIME-Version: 1.0"},
                {"Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"},
                {"\r\nContent-Disposition", "\r\nContent-ID: <x>\r\nContent-Disposition"},
        };
        g_auto(World) world = {0};
        g_autofree char *message = NULL;

        world_open(&world, MG_LANGUAGE_EN);
        add(&world, "a.pdf", "%PDF", 4);
        message = compose(&world);
        g_assert_true(passes(&world, message, strlen(message), 1));
        g_assert_false(passes(&world, message, strlen(message), 2));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) changed = g_string_new(message);

                g_assert_cmpuint(g_string_replace(changed, rows[i].from, rows[i].to, 1), ==, 1);
                g_test_message("%s", rows[i].to);
                g_assert_false(passes(&world, changed->str, changed->len, 1));
        }
        for (gsize n = 0; n < strlen(message); n += 13)
                g_assert_false(passes(&world, message, n, 1));
}

/* Mail that goes on by itself may never be such a mail. */
static void test_apart(void) {
        g_auto(World) world = {0};
        g_autofree char *message = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;

        world_open(&world, MG_LANGUAGE_EN);
        add(&world, "a.pdf", "%PDF", 4);
        message = compose(&world);
        bytes = g_bytes_new(message, strlen(message));
        g_assert_null(mg_grammar_check(bytes, world.policy, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_GRAMMAR);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/compose/release/says", test_says);
        g_test_add_func("/compose/release/whole", test_whole);
        g_test_add_func("/compose/release/scan", test_scan);
        g_test_add_func("/compose/release/octets", test_octets);
        g_test_add_func("/compose/release/names", test_names);
        g_test_add_func("/compose/release/long-names", test_long_names);
        g_test_add_func("/compose/release/random-names", test_random_names);
        g_test_add_func("/compose/release/refused", test_refused);
        g_test_add_func("/compose/release/apart", test_apart);
        return g_test_run();
}
