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

/* A ZIP file of one member, empty, of the time of day 0. */
#define ZIP(name, size)                                                                                                \
        "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" size "\0\0\0" name                                      \
        "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" size "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" name    \
        "PK\5\6\0\0\0\0\1\0\1\0\x33\0\0\0\x23\0\0\0\0\0"

/* What versions of libmagic call differently, or one of them alone knows. */
static void test_versions(void) {
        static const char mz[128] = "MZ";

        CHECK(ZIP("a.txt", "\5"), "application/zip");
        CHECK(ZIP("doc.kml", "\7"), "application/zip");
        CHECK("Rar!\x1A\7\0\xCF\x90s\0\0\r\0\0\0\0\0\0\0", "application/x-rar");
        CHECK("Rar!\x1A\7\1\0\0\0\0\0\0\0", "application/x-rar");
        check(mz, sizeof mz, "application/x-dosexec");
        check("MZ, said he", 11, "text/plain");
        CHECK("\xD7\xCD\xC6\x9A\0\0\0\0\0\0\x64\0\x64\0\0\0\0\0\0\0\0\0", "image/wmf");
        CHECK("\1\0\t\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0", "image/wmf");
        CHECK("<html><head><hta:application id=a></head></html>", "text/html");
        CHECK("<?xml version=\"1.0\"?><!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>",
              "application/xhtml+xml");
        CHECK("<?xml version=\"1.0\"?><a><html/></a>", "text/xml");
        CHECK("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "text/plain");
        CHECK("-----BEGIN RSA PRIVATE KEY-----\nb3Bl\n", "text/plain");
        CHECK("ssh-rsa AAAA a@b\n", "text/plain");
        CHECK("screen mode id:i:2\r\nfull address:s:x\r\n", "text/plain");
        CHECK("#EXTM3U\n#EXTINF:1\na.mp3\n", "text/plain");
        CHECK("BEGIN:VCALENDAR\r\nVERSION:1.0\r\nEND:VCALENDAR\r\n", "text/calendar");
        CHECK("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "text/calendar");
}

/* Fields of mail that begin a text of any kind, and such that make a mail of it. */
static void test_mail_words(void) {
        static const char *const texts[] = {"Subject: ", "To: ", "Cc: ", "From a@b ", "From ", "Dear ", "Re: "};
        static const char *const mails[] = {"From: ", "Received: ", "Return-Path: ", "Delivered-To: ", "Date: "};

        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *text = g_strconcat(texts[i], "x\nTo: a\nSubject: b\n\nhello\n", NULL);
                g_autofree char *html = g_strconcat(texts[i], "x\n\n<html><body>a</body></html>\n", NULL);

                check(text, strlen(text), "text/plain");
                check(html, strlen(html), "text/html");
        }
        for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
                g_autofree char *mail = g_strconcat(mails[i], "x\nTo: a\nSubject: b\n\nhello\n", NULL);

                check(mail, strlen(mail), "message/rfc822");
        }
}

/* Tables of commas, quoted or not; a letter with commas is none. */
static void test_tables(void) {
        CHECK("a,b,c\n1,2,3\n4,5,6\n", "text/csv");
        CHECK("\"a\",\"b\"\r\n\"1,5\",\"2\"\r\n\"3 \"\"x\"\", y\",\"4\"\r\n", "text/csv");
        CHECK("氏名,住所\r\n山田,東京\r\n", "text/csv");
        CHECK("a,b\n1,2", "text/plain");
        CHECK("a,b\n1,2,3\n", "text/plain");
        CHECK("Dear all,\n\nthe plan, as said, is\n", "text/plain");
        CHECK("\"a,b\n1,2\n", "text/plain");
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

/* A part without a name: libmagic is left out only where it would say the same. */
static void test_without_name(void) {
        static const struct {
                const char *octets, *type;
                gsize n;
        } rows[] = {
#define ROW(octets, type) {octets, type, sizeof(octets) - 1}
                ROW("", "application/x-empty"),
                ROW("会計課の皆様\r\nお世話になっております。\r\n", "text/plain"),
                ROW("\r\n\r\n　本文です。\r\n", "text/plain"),
                ROW("\x1b$B2q7W2]\x1b(B\r\n", "text/plain"),
                ROW("<!DOCTYPE html>\n<html><body>会計</body></html>\n", "text/html"),
                ROW("<HTML><head></head><body>x</body></HTML>", "text/html"),
                ROW("  \n<html xmlns=\"http://www.w3.org/1999/xhtml\"><body>x</body></html>", "text/html"),
                ROW("#!/bin/sh\necho 会計\n", "text/x-shellscript"),
                ROW("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
                ROW("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", "image/jpeg"),
                ROW("会計\0\1\2\3", "application/octet-stream"),
                ROW("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0", "image/png"),
                ROW("{\\rtf1\\ansi x}", "text/rtf"),
                ROW("Dear all,\n\nthe plan, as said, is\n", "text/plain"),
                ROW("Hi!\r\n", "text/plain"),
                ROW("Don't\n", "text/plain"),
                ROW("OK", "text/plain"),
                ROW("From a@example.org Wed Apr  1 09:00:00 2026\nSubject: b\n\nc\n", "text/plain"),
                ROW("Received: from a by b; Wed, 1 Apr 2026 09:00:00 +0900\n\nc\n", "message/rfc822"),
                ROW("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "text/calendar"),
                ROW("11月25日(水)\r\n", "text/plain"),
                ROW("11\x1b$B7n\x1b(B25\r\n", "text/plain"),
                ROW("0\nSECTION\n2\nHEADER\n", "image/vnd.dxf"),
                ROW("Hi\0all", "application/octet-stream"),
                ROW("Hi \x93\xFA\x96{", "text/plain"),
                ROW("\xEF\xBB\xBF会計課の皆様\n", "text/plain"),
                ROW("\xEF\xBB\xBF<html><body>x</body></html>\n", "text/html"),
                ROW("\xEF\xBB\xBF#!/bin/sh\necho x\n", "text/x-shellscript"),
                ROW("会計\n<html><script>x</script></html>\n", "text/html"),
                ROW("会計%PDF-1.4\n", "application/pdf"),
                ROW("Hello <html><script>x</script></html>\n", "text/html"),
                ROW("Hello %PDF-1.4\n", "application/pdf"),
                ROW("会計 <a@example.jp> <https://example.jp/> 3 < 4\n", "text/plain"),
#undef ROW
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *asked = mg_identify(rows[i].octets, rows[i].n);
                g_autofree char *found = mg_identify_text(rows[i].octets, rows[i].n, "text/plain");
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_cmpstr(found, ==, rows[i].type);
                g_assert_cmpstr(found, ==, asked);
        }
}

/* A letter about a program is no program, unless it is sent as one. */
static void test_letters(void) {
        static const char letter[] = "import os is all that\nfrom os import path\nneeds, and\ndef main():\n    pass\n";
        static const char *const claims[] = {"", "text/plain"};
        g_autofree char *asked = mg_identify(letter, sizeof letter - 1);
        g_autofree char *sent = mg_identify_text(letter, sizeof letter - 1, "text/x-python");

        g_assert_cmpstr(asked, !=, "text/plain");
        g_assert_cmpstr(sent, ==, asked);
        static const char message[] = "X-Spam: no\nDate: today\n\n<html><body>x</body></html>\n";
        g_autofree char *nested = mg_identify_text(message, sizeof message - 1, "message/rfc822");
        g_autofree char *no_message = mg_identify_text(letter, sizeof letter - 1, "message/rfc822");

        g_autofree char *batch = mg_identify_text("<a:b>\n", 6, "message/rfc822");
        g_autofree char *asked_batch = mg_identify("<a:b>\n", 6);

        g_assert_cmpstr(batch, ==, asked_batch);
        g_assert_cmpstr(nested, ==, "message/rfc822");
        g_assert_cmpstr(no_message, ==, asked);
        for (gsize i = 0; i < G_N_ELEMENTS(claims); i++) {
                g_autofree char *found = mg_identify_text(letter, sizeof letter - 1, claims[i]);

                g_assert_cmpstr(found, ==, "text/plain");
        }
}

/* Longer than what is looked at, so that a character may be cut there; and octets that are no text behind it. */
static void test_without_name_long(void) {
        for (gsize before = 0; before < 3; before++) {
                g_autoptr(GString) text = g_string_new("漢");
                g_autofree char *found = NULL, *broken = NULL;

                g_string_append_len(text, "xx", (gssize)before);
                while (text->len < 300000)
                        g_string_append(text, "会計課");
                found = mg_identify_text(text->str, text->len, "text/plain");
                g_assert_cmpstr(found, ==, "text/plain");
                text->str[1000] = '\0';
                broken = mg_identify_text(text->str, text->len, "text/plain");
                g_assert_cmpstr(broken, ==, "application/octet-stream");
        }
}

/* Text is what is text as far as libmagic looks, although it is not let look so far. */
static void test_long_texts(void) {
        static const struct {
                gsize at; /* of an octet that no text has */
                char octet;
                const char *type;
        } rows[] = {
                {100, 1, "application/octet-stream"},
                {16383, 0, "application/octet-stream"},
                {16384, 1, "application/octet-stream"},
                {20000, 0x7F, "application/octet-stream"},
                {65535, 14, "application/octet-stream"},
                {65536, 1, "text/plain"},
                {20000, '\a', "text/plain"},
                {20000, '\v', "text/plain"},
                {20000, '\033', "text/plain"},
                {20000, '\x80', "text/plain"},
        };
        const gsize n = 80000;

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) text = g_string_sized_new(n);
                while (text->len < n)
                        g_string_append(text, "what was said at noon\n");
                text->str[rows[i].at] = rows[i].octet;
                check(text->str, text->len, rows[i].type);
        }
        /* Texts that versions of libmagic have words for. */
        static const char *const heads[] = {"-----BEGIN RSA PRIVATE KEY-----\n", "#EXTM3U\n", "ssh-rsa AAAA\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
                g_autoptr(GString) text = g_string_new(heads[i]);
                while (text->len < n)
                        g_string_append(text, "what was said at noon\n");
                check(text->str, text->len, "text/plain");
                text->str[20000] = 1;
                check(text->str, text->len, "application/octet-stream");
        }
        g_autoptr(GString) wide = g_string_new_len("\xFF\xFE", 2);
        while (wide->len < n)
                g_string_append_len(wide, "a\0b\0\n\0", 6);
        check(wide->str, wide->len, "text/plain");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/identify/R21-drawings", test_drawings);
        g_test_add_func("/identify/R21-documents-and-archives", test_documents_and_archives);
        g_test_add_func("/identify/versions", test_versions);
        g_test_add_func("/identify/mail-words", test_mail_words);
        g_test_add_func("/identify/tables", test_tables);
        g_test_add_func("/identify/R21-near-misses", test_near_misses);
        g_test_add_func("/identify/R21-ichitaro", test_ichitaro);
        g_test_add_func("/identify/R21-broken-compound", test_broken_compound);
        g_test_add_func("/identify/R21-disguised", test_disguised);
        g_test_add_func("/identify/without-name", test_without_name);
        g_test_add_func("/identify/letters", test_letters);
        g_test_add_func("/identify/without-name-long", test_without_name_long);
        g_test_add_func("/identify/long-texts", test_long_texts);
        return g_test_run();
}
