/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archive bombs (row C7): they end within their bounds, of which both numbers are kept, and what follows is still read.
 */
#include "archives.h"

static GByteArray *wrap(GByteArray *inner, const char *name) {
        const Member one = {.name = name, .data = inner->data, .n = inner->len};
        return zip_of(&one, 1);
}

static void test_nested(void) {
        const Member leaf = {.name = "leaf.exe"};
        g_autoptr(GByteArray) file = zip_of(&leaf, 1);
        for (guint depth = 1; depth <= 5; depth++) {
                g_autoptr(Seen) seen = seen_new();
                GByteArray *outer = wrap(file, "a.dat");
                g_byte_array_unref(file);
                file = outer;
                const MgFacts *facts = look_at(seen, file, "a.zip");
                gboolean all = depth <= seen->limits.archive_depth;
                g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_NESTED, !=, 0);
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_PROGRAM) != 0, ==, all);
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_CUT) == 0, ==, all);
                g_assert_cmpint(reached(seen, "archive_depth") == NULL, ==, all);
                g_assert_cmpuint(facts->members_all, ==, MIN(depth, seen->limits.archive_depth) + 1);
        }
}

/* A directory of so many entries, all of the same local header. */
static GByteArray *zip_of_many(guint many) {
        const Member one = {.name = "a"};
        Zip zip = zip_new();
        zip_add(&zip, &one);
        while (zip.count < many)
                zip_point(&zip, &one, 0);
        return zip_end(&zip, 0);
}

static void test_million(void) {
        const Member one = {.name = "a"};
        g_autoptr(GByteArray) file = zip_of_many(300000);
        g_autoptr(GByteArray) small = zip_of(&one, 1);
        g_autoptr(Seen) seen = seen_new();
        const MgFacts *facts = look_at(seen, file, "a.zip");

        g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        g_assert_cmpuint(facts->members_all, ==, seen->limits.archive_members);
        g_assert_cmpuint(facts->members->len, ==, seen->limits.archive_listed);
        g_assert_cmpuint(reached(seen, "archive_members")->bound, ==, seen->limits.archive_members);
        g_assert_cmpuint(reached(seen, "archive_members")->value, >, seen->limits.archive_members);
        /* The bounds are the mail's: the next one is named, and not looked into. */
        facts = look_at(seen, small, "b.zip");
        g_assert_cmpstr(facts->found, ==, "application/zip");
        g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_CUT, !=, 0);
}

/* No other bound ends it, and no machine reads so many entries in a millisecond. */
static void test_time(void) {
        const guint many = 1000000;
        g_autoptr(GByteArray) file = zip_of_many(many);
        g_autoptr(Seen) seen = seen_new();
        seen->limits.archive_members = many + 1;
        seen->limits.archive_milliseconds = 1;
        const MgFacts *facts = look_at(seen, file, "a.zip");

        g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        g_assert_cmpuint(facts->members_all, <, many);
        g_assert_null(reached(seen, "archive_members"));
        g_assert_nonnull(reached(seen, "archive_milliseconds"));
        g_assert_cmpuint(reached(seen, "archive_milliseconds")->bound, ==, 1);
        g_assert_cmpuint(reached(seen, "archive_milliseconds")->value, >, 1);
}

/* Fifield's: every member has the octets of all behind it. */
static void test_overlap(void) {
        const Member one = {.name = "a"}, two = {.name = "b"};
        Zip zip = zip_new();
        zip_add(&zip, &one);
        zip_point(&zip, &two, 0);
        g_autoptr(GByteArray) file = zip_end(&zip, 0);
        g_autoptr(Seen) seen = seen_new();

        g_assert_cmphex(look_at(seen, file, "a.zip")->flags & MG_PART_ARCHIVE_OVERLAP, !=, 0);
}

/* 48 MB of nothing in some 50 KB: within the ratio no more is unpacked than allowed, in a tar and in a ZIP. */
static void test_ratio(void) {
        const gsize n = 48 << 20;
        g_autofree guint8 *nothing = g_malloc0(n);
        memcpy(nothing, "PK\3\4", 4);
        g_autoptr(GByteArray) tar = pack(ARCHIVE_FILTER_GZIP, "a", nothing, n, 1 << 20),
                              zip = pack(PACK_ZIP, "a", nothing, n, 1 << 20);
        for (guint i = 0; i < 2; i++) {
                g_autoptr(Seen) seen = seen_new();
                const MgFacts *facts = look_at(seen, i == 0 ? tar : zip, "a");
                g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_CUT, !=, 0);
                g_assert_nonnull(reached(seen, "archive_ratio"));
                g_assert_cmpuint(seen->use.bytes, <, n);
        }
        g_autoptr(Seen) narrow = seen_new();
        narrow->limits.archive_ratio = 100000;
        narrow->limits.archive_bytes = 1 << 20;
        g_assert_cmphex(look_at(narrow, tar, "a")->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        g_assert_cmpuint(reached(narrow, "archive_bytes")->bound, ==, 1 << 20);
        g_assert_cmpuint(narrow->use.bytes, <, 2 << 20);
}

/* octets in stored blocks of deflate, and behind them `empty` blocks of none, as a gzip file. */
static GByteArray *gzip_of(const guint8 *octets, gsize n, gsize empty) {
        static const guint8 head[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF}, none[] = {0, 0, 0, 0xFF, 0xFF};
        GByteArray *out = g_byte_array_new();
        g_byte_array_append(out, head, sizeof head);
        for (gsize at = 0, block; at < n; at += block) {
                block = MIN(n - at, 0xFFFF);
                put(out, 0, 1);
                put(out, block, 2);
                put(out, block ^ 0xFFFF, 2);
                g_byte_array_append(out, octets + at, (guint)block);
        }
        for (gsize i = 0; i < empty; i++)
                g_byte_array_append(out, none, sizeof none);
        put(out, 1, 1);
        put(out, 0xFFFF0000, 4);
        put(out, 0, 8);
        return out;
}

/* Each layer of compression is one archive in another: what it unpacks to counts, and so does the depth. */
static void test_layers(void) {
        const Member leaf = {.name = "leaf.exe"};
        g_autoptr(GByteArray) file = zip_of(&leaf, 1);
        for (guint layers = 1; layers <= 5; layers++) {
                g_autoptr(Seen) seen = seen_new();
                gboolean all = layers <= seen->limits.archive_depth;
                GByteArray *outer = gzip_of(file->data, file->len, 0);
                g_byte_array_unref(file);
                file = outer;
                const MgFacts *facts = look_at(seen, file, "a.gz");
                g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_NESTED, !=, 0);
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_PROGRAM) != 0, ==, all);
                g_assert_cmpint(reached(seen, "archive_depth") == NULL, ==, all);
                g_assert_cmpuint(facts->members_all, ==, all ? 1 : 0);
        }
}

/* The inner file unpacks to no octet: what the outer one unpacks to ends it. */
static void test_no_octets(void) {
        g_autoptr(GByteArray) inner = gzip_of(NULL, 0, 1 << 20), file = gzip_of(inner->data, inner->len, 0);
        g_autoptr(Seen) seen = seen_new();
        seen->limits.archive_bytes = 1 << 20;
        g_assert_cmphex(look_at(seen, file, "a.gz")->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        g_assert_nonnull(reached(seen, "archive_bytes"));
        g_assert_cmpuint(reached(seen, "archive_bytes")->bound, ==, 1 << 20);
        g_assert_cmpuint(seen->use.bytes, <, 2 << 20);
}

/* CRC-32, bit by bit. */
static guint32 checksum(const guint8 *octets, gsize n) {
        guint32 crc = G_MAXUINT32;
        for (gsize i = 0; i < n; i++) {
                crc ^= octets[i];
                for (guint bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
        }
        return ~crc;
}

/* A 7-Zip file whose directory is filled up with what means nothing; it is read whole before the first file. */
static GByteArray *seven_zip_of_nothing(gsize fillings) {
        static const guint8 begin[] = {1, 5, 1}, filling[129] = {0x19, 127};
        GByteArray *out = g_byte_array_new();
        g_autoptr(GByteArray) start = g_byte_array_new(), directory = g_byte_array_new();
        g_byte_array_append(directory, begin, sizeof begin);
        for (gsize i = 0; i < fillings; i++)
                g_byte_array_append(directory, filling, sizeof filling);
        put(directory, 0, 2);
        put(start, 0, 8);
        put(start, directory->len, 8);
        put(start, checksum(directory->data, directory->len), 4);
        g_byte_array_append(out, (const guint8 *)"7z\xBC\xAF\x27\x1C\0\4", 8);
        put(out, checksum(start->data, start->len), 4);
        g_byte_array_append(out, start->data, start->len);
        g_byte_array_append(out, directory->data, directory->len);
        return out;
}

/* The time is looked at within a call of libarchive, too. */
static void test_one_call(void) {
        g_autoptr(GByteArray) file = seven_zip_of_nothing(1 << 18);
        g_autoptr(Seen) seen = seen_new();
        seen->limits.archive_milliseconds = 1;

        g_assert_cmphex(look_at(seen, file, "a.7z")->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        g_assert_nonnull(reached(seen, "archive_milliseconds"));
        g_assert_cmpuint(reached(seen, "archive_milliseconds")->bound, ==, 1);
        g_assert_cmpuint(reached(seen, "archive_milliseconds")->value, >, 1);
}

/* Through the whole worker: a bomb in one part, a text in another (C7). */
static void test_mail(void) {
        g_autoptr(GByteArray) file = zip_of_many(30000);
        g_autofree char *coded = g_base64_encode(file->data, file->len);
        g_autoptr(GString) mail = g_string_new(
                "From: a@example.jp\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n"
                "Content-Type: application/zip; name=\"..\\\\x\\\\a.pdf.zip\"\r\nContent-Transfer-Encoding: "
                "base64\r\n\r\n");
        for (gsize at = 0; at < strlen(coded); at += 76)
                g_string_append_printf(mail, "%.76s\r\n", coded + at);
        g_string_append(mail, "--X\r\nContent-Type: text/plain\r\n\r\nhello\r\n--X--\r\n");
        g_autoptr(GBytes) bytes = g_bytes_new(mail->str, mail->len);
        g_autoptr(MgReading) reading = mg_sanitize_read(bytes, &mg_limits_default);
        const MgFacts *facts = g_ptr_array_index(reading->parts, 0);

        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_assert_cmpuint(reading->parts->len, ==, 2);
        g_assert_cmphex(facts->flags & (MG_PART_ARCHIVE_CUT | MG_PART_NAME_PATH), ==,
                        MG_PART_ARCHIVE_CUT | MG_PART_NAME_PATH);
        g_assert_cmpuint(facts->members->len, ==, mg_limits_default.archive_listed);
        g_assert_nonnull(strstr(g_bytes_get_data(reading->body, NULL), "hello"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_assert_true(mg_sanitize_warm(NULL));
        g_test_add_func("/bombs/C7-nested", test_nested);
        g_test_add_func("/bombs/C7-million", test_million);
        g_test_add_func("/bombs/C7-time", test_time);
        g_test_add_func("/bombs/C7-overlap", test_overlap);
        g_test_add_func("/bombs/C7-ratio", test_ratio);
        g_test_add_func("/bombs/C7-layers", test_layers);
        g_test_add_func("/bombs/C7-no-octets", test_no_octets);
        g_test_add_func("/bombs/C7-one-call", test_one_call);
        g_test_add_func("/bombs/C7-mail", test_mail);
        return g_test_run();
}
