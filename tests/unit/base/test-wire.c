/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec: what is put comes back, and no sequence of octets makes a reader step outside or succeed twice.
 */
#include <string.h>

#include "base/error.h"
#include "base/wire.h"

static GBytes *finish(MgWriter *writer) {
        GBytes *bytes = g_bytes_new(writer->bytes->data, writer->bytes->len);

        mg_writer_clear(writer);
        return bytes;
}

static void test_round_trip(void) {
        g_auto(MgWriter) writer = {0};
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        const guint8 *data;
        guint8 raw[4];
        MgReader reader;
        gsize n;

        mg_writer_init(&writer);
        mg_put_u8(&writer, 200);
        mg_put_u32(&writer, 0xfffffffe);
        mg_put_u64(&writer, G_MAXUINT64);
        mg_put_i64(&writer, G_MININT64);
        mg_put_text(&writer, "神奈川県");
        mg_put_bytes(&writer, "a\0b", 3);
        mg_put_raw(&writer, "\1\2\3\4", 4);
        bytes = finish(&writer);

        mg_reader_init(&reader, bytes);
        g_assert_cmpuint(mg_get_u8(&reader, "a"), ==, 200);
        g_assert_cmpuint(mg_get_u32(&reader, "b"), ==, 0xfffffffe);
        g_assert_cmpuint(mg_get_u64(&reader, "c"), ==, G_MAXUINT64);
        g_assert_cmpint(mg_get_i64(&reader, "d"), ==, G_MININT64);
        text = mg_get_text(&reader, 100, MG_CLASS_LINE, "e");
        g_assert_cmpstr(text, ==, "神奈川県");
        data = mg_get_bytes(&reader, 3, &n, "f");
        g_assert_cmpmem(data, n, "a\0b", 3);
        mg_get_raw(&reader, raw, sizeof raw, "g");
        g_assert_cmpmem(raw, 4, "\1\2\3\4", 4);
        g_assert_true(mg_reader_end(&reader, &error));
        g_assert_no_error(error);
}

typedef struct Lie {
        const char *name;
        const char *octets;
        gsize n;
        const char *fault; /* a part of the message */
} Lie;

/* Each is read as: version, one text of at most 4 octets of class LINE, an enum below 3, a count of at most 2. */
static const Lie lies[] = {
        {"good", "\10\2\0\0\0ab\2\0\0\0\0\0\0\0", 15, NULL},
        {"empty", "", 0, "version ends too early"},
        {"other version", "\1\2\0\0\0ab\2\0\0\0\0\0\0\0", 15, "version is of another build"},
        {"text over its bound", "\10\5\0\0\0abcde\2\0\0\0\0\0\0\0", 18, "text is longer"},
        {"text over the end", "\10\4\0\0\0ab", 7, "text ends too early"},
        {"length of 4 GB", "\10\377\377\377\377ab\2\0\0\0\0\0\0\0", 15, "text is longer"},
        {"not UTF-8", "\10\2\0\0\0a\xff\2\0\0\0\0\0\0\0", 15, "text holds characters"},
        {"NUL", "\10\2\0\0\0a\0\2\0\0\0\0\0\0\0", 15, "text holds characters"},
        {"CR", "\10\2\0\0\0a\r\2\0\0\0\0\0\0\0", 15, "text holds characters"},
        {"LF in a LINE", "\10\2\0\0\0a\n\2\0\0\0\0\0\0\0", 15, "text holds characters"},
        {"enum", "\10\2\0\0\0ab\3\0\0\0\0\0\0\0", 15, "enum has a value"},
        {"count over its bound", "\10\2\0\0\0ab\2\0\0\0\3\0\0\0aaa", 18, "count counts more than is allowed"},
        {"count over the end", "\10\2\0\0\0ab\2\0\0\0\2\0\0\0a", 16, "count counts more than follows"},
        {"left over", "\10\2\0\0\0ab\2\0\0\0\0\0\0\0x", 16, "1 octets are left over"},
};

static void test_lies(void) {
        for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
                g_autoptr(GBytes) bytes = g_bytes_new_static(lies[i].octets, lies[i].n);
                g_autoptr(GError) error = NULL;
                g_autofree char *text = NULL;
                MgReader reader;

                mg_reader_init(&reader, bytes);
                text = mg_get_text(&reader, 4, MG_CLASS_LINE, "text");
                mg_get_enum(&reader, 3, "enum");
                mg_get_count(&reader, 2, "count");
                g_test_message("%s", lies[i].name);
                g_assert_nonnull(text);
                if (!lies[i].fault) {
                        g_assert_true(mg_reader_end(&reader, &error));
                        continue;
                }
                g_assert_false(mg_reader_end(&reader, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                g_assert_nonnull(strstr(error->message, lies[i].fault));
        }
}

/* What the store kept is read whatever build kept it; between processes both ends are of one build. */
static void test_kept(void) {
        static const struct {
                const char *octet;
                gboolean kept;
                gboolean live;
        } rows[] = {{"\0", FALSE, FALSE}, {"\1", TRUE, FALSE},  {"\2", TRUE, FALSE}, {"\3", TRUE, FALSE},
                    {"\4", TRUE, FALSE},  {"\5", TRUE, FALSE},  {"\6", TRUE, FALSE}, {"\7", TRUE, FALSE},
                    {"\10", TRUE, TRUE},  {"\11", FALSE, FALSE}};

        G_STATIC_ASSERT(MG_WIRE_VERSION == 8);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GBytes) bytes = g_bytes_new_static(rows[i].octet, 1);
                MgReader reader;

                mg_reader_init_kept(&reader, bytes);
                g_assert_cmpint(mg_reader_end(&reader, NULL), ==, rows[i].kept);
                g_assert_cmpuint(reader.version, ==, i);
                mg_reader_init(&reader, bytes);
                g_assert_cmpint(mg_reader_end(&reader, NULL), ==, rows[i].live);
        }
}

static void test_stays_failed(void) {
        g_autoptr(GBytes) bytes = g_bytes_new_static("\10\7", 2);
        g_autofree char *text = NULL;
        MgReader reader;
        gsize n = 1;

        mg_reader_init(&reader, bytes);
        mg_get_u32(&reader, "first");
        g_assert_cmpuint(mg_get_u8(&reader, "second"), ==, 0);
        text = mg_get_text(&reader, 10, MG_CLASS_TEXT, "third");
        g_assert_cmpstr(text, ==, "");
        g_assert_null(mg_get_bytes(&reader, 10, &n, "fourth"));
        g_assert_cmpuint(n, ==, 0);
        g_assert_cmpstr(reader.field, ==, "first");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/wire/round-trip", test_round_trip);
        g_test_add_func("/wire/lies", test_lies);
        g_test_add_func("/wire/kept", test_kept);
        g_test_add_func("/wire/stays-failed", test_stays_failed);
        return g_test_run();
}
