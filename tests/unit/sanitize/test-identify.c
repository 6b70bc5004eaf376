/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Japanese offices by their bytes (R21): each with its near misses, and cut anywhere. */
#include <string.h>

#include "mails.h"
#include "sanitize/identify.h"

#define SXF_HEAD(mode) "ISO-10303-21;\r\nHEADER;\r\nFILE_DESCRIPTION(('SCADEC level2 " mode "'),\r\n'2;1');\r\n"
#define SXF_SCHEMA "FILE_SCHEMA(('ASSOCIATIVE_DRAUGHTING'));\r\nENDSEC;\r\nDATA;\r\n"
#define LZH(method)                                                                                                    \
        "\x22\xAA" method "\x10\0\0\0\x10\0\0\0\0\0\0\0\x20\0\x05"                                                     \
        "a.txt"

static void check(const char *octets, gsize n, const char *type) {
        g_autofree char *found = mg_identify(octets, n);
        g_autofree char *head = g_strndup(octets, 16), *shown = g_strescape(head, NULL);
        g_test_message("%s", shown);
        g_assert_cmpstr(found, ==, type);
}

#define CHECK(octets, type) check(octets, sizeof(octets) - 1, type)

static void test_drawings(void) {
        CHECK("JwwData.\x58\2\0\0\0", "application/x-jww");
        CHECK("JwwData.", "application/x-jww");
        CHECK("jw_cad(c)data.\0\1\2", "application/x-jwc");
        CHECK("  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "image/vnd.dxf");
        CHECK("0\nSECTION\n2\nHEADER\n", "image/vnd.dxf");
        CHECK("999\r\nmade by hand\r\n999\r\nSECTION\r\n  0\r\nSECTION\r\n  2\r\n", "image/vnd.dxf");
        CHECK("AutoCAD Binary DXF\r\n\x1A\0\0SECTION\0", "image/vnd.dxf");
        CHECK(SXF_HEAD("feature_mode") SXF_SCHEMA "/*SXF\r\n#10 = layer_feature('a','1')\r\nSXF*/\r\n",
              "application/x-sfc");
        CHECK(SXF_HEAD("AP202_mode") SXF_SCHEMA "#10=CARTESIAN_POINT('',(0.,0.));\r\n", "application/p21");
        CHECK("ISO-10303-21;\nHEADER;\n" SXF_SCHEMA, "application/p21");
        CHECK("ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\n", "model/step");
}

static void test_documents_and_archives(void) {
        CHECK("\x60\x0E\x82\x01\x07\x80\x03\0\xC0\x13\x83\x04", "application/vnd.fujixerox.docuworks");
        CHECK(LZH("-lh5-"), "application/x-lzh-compressed");
        CHECK(LZH("-lh0-"), "application/x-lzh-compressed");
        CHECK(LZH("-lzs-"), "application/x-lzh-compressed");
        CHECK(LZH("-lhx-"), "application/x-lzh-compressed");
}

/* What only looks like one stays what libmagic says. */
static void test_near_misses(void) {
        static const char *const texts[] = {"JwwData",
                                            "jwwdata.",
                                            " JwwData.",
                                            "jw_cad(c)date.",
                                            "AutoCAD Binary DXF",
                                            "0\nSECTIONS\n",
                                            "0\nsection\n",
                                            "1\nSECTION\n",
                                            "0 SECTION\n",
                                            "999\n0\n",
                                            "999\nSECTION\n0\n",
                                            "ISO-10303-21",
                                            "iso-10303-21;\n",
                                            "-lh5-\n",
                                            "xx-lh5-",
                                            "about -lh5- and -lzs- methods\n",
                                            "/*SXF\nSCADEC level2\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
                check(texts[i], strlen(texts[i]), "text/plain");
        CHECK("\x60\x0E\x82\x02\0\0\0\0", "application/octet-stream");
        CHECK("\x60\x0E\x82", "application/octet-stream");
        CHECK("\0JwwData.\0\1", "application/octet-stream");
        /* The names of SXF do not count behind the octets that are looked at. */
        g_autoptr(GString) far = g_string_new("ISO-10303-21;\n");
        while (far->len < 4096)
                g_string_append(far, "#1=A();\n");
        g_string_append(far, SXF_HEAD("feature_mode") SXF_SCHEMA);
        check(far->str, far->len, "model/step");
        /* What libmagic knows is not named anew. */
        CHECK("%PDF-1.4\nJwwData.\n", "application/pdf");
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Compound files
 * ---------------------------------------------------------------------------------------------------------------
 */

#define SECTOR 512

static void put32(guint8 *at, guint32 value) {
        for (guint i = 0; i < 4; i++)
                at[i] = (guint8)(value >> (8 * i));
}

static void put_entry(guint8 *entry, const char *name, guint8 type) {
        memset(entry, 0, 128);
        for (gsize i = 0; name[i] != '\0'; i++)
                entry[2 * i] = (guint8)name[i];
        entry[64] = (guint8)(2 * (strlen(name) + 1));
        entry[66] = type;
        entry[67] = 1;
        for (guint at = 68; at <= 76; at += 4)
                put32(entry + at, G_MAXUINT32);
}

/*
 * A compound file whose directory lists the names, joined by '|', four to a sector from sector 1 on; sector 0 is the
 * sector table. A name that begins with '/' is a storage.
 */
static GByteArray *compound(const char *names) {
        g_auto(GStrv) list = g_strsplit(names, "|", -1);
        guint count = g_strv_length(list) + 1, sectors = (count + 3) / 4;
        gsize n = (gsize)SECTOR * (2 + sectors);
        guint8 *octets = g_malloc0(n), *table = octets + SECTOR, *directory = table + SECTOR;
        memcpy(octets, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
        memcpy(octets + 24, "\x3E\0\x03\0\xFE\xFF\x09\0\x06\0", 10);
        put32(octets + 44, 1);
        put32(octets + 48, 1);
        put32(octets + 56, 4096);
        put32(octets + 60, 0xFFFFFFFE);
        put32(octets + 68, 0xFFFFFFFE);
        memset(octets + 76, 0xFF, SECTOR - 76);
        put32(octets + 76, 0);
        memset(table, 0xFF, SECTOR);
        put32(table, 0xFFFFFFFD);
        for (guint i = 1; i <= sectors; i++)
                put32(table + 4 * i, i < sectors ? i + 1 : 0xFFFFFFFE);
        put_entry(directory, "Root Entry", 5);
        for (guint i = 1; i < count; i++) {
                gboolean storage = list[i - 1][0] == '/';
                put_entry(directory + 128 * i, list[i - 1] + storage, storage ? 1 : 2);
                put32(directory + 128 * (i - 1) + (i == 1 ? 76 : 72), i);
        }
        return g_byte_array_new_take(octets, n);
}

#define SEGMENTS "\x04JSRV_SegmentInformation"
#define FILLING "a|b|c|d|e|f|g|h|i|j"

static gboolean is_ichitaro(const GByteArray *file, gsize n) {
        g_autofree char *type = mg_identify(file->data, n);
        return strcmp(type, "application/x-js-taro") == 0;
}

static void test_ichitaro(void) {
        static const struct {
                const char *names;
                gboolean yes;
        } rows[] = {
                {SEGMENTS "|DocumentText|DocumentViewStyles", TRUE},
                {FILLING "|" SEGMENTS "|" FILLING "|DocumentText", TRUE},
                {FILLING "|JSCompDocument", TRUE},
                {SEGMENTS "|TextDocument", FALSE},
                {"JSRV_SegmentInformation|DocumentText", FALSE},
                {"DocumentText|DocumentViewStyles", FALSE},
                {SEGMENTS "|/DocumentText", FALSE},
                {SEGMENTS "|DocumentTextPositionTables", FALSE},
                {"/JSCompDocument", FALSE},
                {FILLING, FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GByteArray) file = compound(rows[i].names);
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_cmpint(is_ichitaro(file, file->len), ==, rows[i].yes);
        }
}

/* Cut anywhere, with sectors that are not there, and with a directory that turns in a circle. */
static void test_broken_compound(void) {
        g_autoptr(GByteArray) file = compound(FILLING "|" SEGMENTS "|DocumentText");
        g_assert_true(is_ichitaro(file, file->len));
        for (gsize n = 0; n < file->len; n++) {
                g_autofree guint8 *cut = g_memdup2(file->data, n);
                g_autofree char *type = mg_identify(cut != NULL ? (const void *)cut : "", n);
                g_assert_cmpstr(type, !=, "application/x-js-taro");
        }
        static const struct {
                gsize at;
                guint32 value;
        } rows[] = {
                {48, G_MAXUINT32}, {48, 0xFFFFFFFE}, {48, 1000},           {76, 1000},      {76, G_MAXUINT32},
                {28, 0x0008FFFE},  {28, 0x001FFFFE}, {SECTOR + 4, 0xFFFF}, {SECTOR + 8, 1}, {SECTOR + 8, 2},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GByteArray) broken = compound(FILLING "|" SEGMENTS "|DocumentText");
                put32(broken->data + rows[i].at, rows[i].value);
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_false(is_ichitaro(broken, broken->len));
        }
}

/* A drawing that calls itself the text of the mail is an attachment. */
static void test_disguised(void) {
        g_autoptr(MgReading) reading = read_mail("Subject: s\nContent-Type: text/plain\n"
                                                 "Content-Transfer-Encoding: base64\n\nSnd3RGF0YS5YAgAAAAAA\n");
        const MgFacts *facts = g_ptr_array_index(reading->parts, 0);
        g_assert_cmpstr(facts->found, ==, "application/x-jww");
        g_assert_cmpint(facts->kind, ==, MG_PART_ATTACHMENT);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/identify/R21-drawings", test_drawings);
        g_test_add_func("/identify/R21-documents-and-archives", test_documents_and_archives);
        g_test_add_func("/identify/R21-near-misses", test_near_misses);
        g_test_add_func("/identify/R21-ichitaro", test_ichitaro);
        g_test_add_func("/identify/R21-broken-compound", test_broken_compound);
        g_test_add_func("/identify/R21-disguised", test_disguised);
        return g_test_run();
}
