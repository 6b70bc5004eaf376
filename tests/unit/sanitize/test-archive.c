/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What files are and what is in them (rows C3 to C11): honest ones and such that show two views. Bombs: test-bombs.c.
 */
#include "archives.h"
#include "sanitize/charset.h"

static void test_honest(void) {
        const Member members[] = {{.name = "a/"}, {.name = "a/b.txt", .data = "text", .n = 4}, {.name = "c.pdf"}};
        g_autoptr(GByteArray) file = zip_of(members, G_N_ELEMENTS(members));
        g_autoptr(Seen) seen = seen_new();
        const MgFacts *facts = look_at(seen, file, "a.zip");

        g_assert_cmpstr(facts->found, ==, "application/zip");
        g_assert_cmphex(facts->flags, ==, 0);
        g_assert_cmpuint(facts->also->len, ==, 0);
        g_assert_cmpuint(facts->members_all, ==, 3);
        g_assert_cmpuint(member(facts, 0)->flags, ==, MG_MEMBER_FOLDER);
        g_assert_cmpstr(member(facts, 1)->name, ==, "a/b.txt");
        g_assert_cmpuint(member(facts, 1)->size, ==, 4);
        g_assert_cmpuint(seen->reading->reached->len, ==, 0);
        /* Cut anywhere, it is not listed to its end, or as another reader sees it. */
        for (gsize n = 30; n < file->len; n++) {
                g_autoptr(Seen) cut = seen_new();
                g_assert_cmphex(look(cut, file->data, n, "a.zip")->flags & MG_PART_ARCHIVE_CUT, !=, 0);
        }
}

/* C6: local names that differ, members that the directory does not name, two directories, one name twice. */
static void test_views(void) {
        const Member other_name[] = {{.name = "a.txt", .local_name = "a.exe"}};
        const Member stray[] = {{.name = "a.txt"}, {.name = "b.exe", .only_local = TRUE}};
        const Member twice[] = {{.name = "a.txt"}, {.name = "A.TXT"}};
        const Member plain[] = {{.name = "a.txt"}};
        const Member flags[] = {{.name = "a.txt"}};
        g_autoptr(Seen) seen = seen_new();
        g_autoptr(GByteArray) one = zip_of(other_name, 1), two = zip_of(stray, 2), three = zip_of(twice, 2);
        g_autoptr(GByteArray) four = zip_of(plain, 1), five = zip_of(plain, 1), six = zip_of(flags, 1);
        const MgFacts *facts = look_at(seen, one, "a.zip");

        g_assert_cmphex(facts->flags & ARCHIVE_FLAGS, ==, MG_PART_ARCHIVE_VIEWS | MG_PART_ARCHIVE_PROGRAM);
        g_assert_cmpstr(member(facts, 1)->name, ==, "a.exe");
        g_assert_cmphex(member(facts, 1)->flags, ==, MG_MEMBER_HIDDEN | MG_MEMBER_PROGRAM);
        facts = look_at(seen, two, "a.zip");
        g_assert_cmphex(facts->flags & ARCHIVE_FLAGS, ==, MG_PART_ARCHIVE_VIEWS | MG_PART_ARCHIVE_PROGRAM);
        g_assert_cmpstr(member(facts, 1)->name, ==, "b.exe");
        facts = look_at(seen, three, "a.zip");
        g_assert_cmphex(facts->flags & ARCHIVE_FLAGS, ==, MG_PART_ARCHIVE_DUPLICATE);
        /* Concatenated: most readers show the second, those that go from the front the first. */
        g_byte_array_append(four, five->data, five->len);
        facts = look_at(seen, four, "a.zip");
        g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_VIEWS, !=, 0);
        g_assert_cmpuint(facts->members_all, ==, 2);
        /* Encrypted by one header alone. */
        six->data[6] |= 1;
        g_assert_cmphex(look_at(seen, six, "a.zip")->flags & MG_PART_ARCHIVE_VIEWS, !=, 0);
}

/* C3: names that leave the folder, and devices, in an archive. */
static void test_paths(void) {
        static const char *const bad[] = {"../a",        "a/../../b", "/etc/a",  "C:a", "..\\a",
                                          "\\\\host\\a", "a/CON",     "nul.txt", "COM1"};
        static const char *const good[] = {"a..b/c", "con/a.txt", "a/common.txt", "...", "com0", "com10.txt"};
        for (gsize i = 0; i < G_N_ELEMENTS(bad) + G_N_ELEMENTS(good); i++) {
                const char *name = i < G_N_ELEMENTS(bad) ? bad[i] : good[i - G_N_ELEMENTS(bad)];
                const Member one = {.name = name};
                g_autoptr(GByteArray) file = zip_of(&one, 1);
                g_autoptr(Seen) seen = seen_new();
                g_test_message("%s", name);
                g_assert_cmpint((look_at(seen, file, "a.zip")->flags & MG_PART_ARCHIVE_PATH) != 0, ==,
                                i < G_N_ELEMENTS(bad));
        }
}

/* C9: CP932, UTF-8 by bit 11 and without it, and the Unicode field, right and stale. */
static void test_names(void) {
        static const guint8 unicode[] = {0x75, 0x70, 14,   0,   1,   0,   0,   0,   0,
                                         0xE6, 0x9C, 0xAC, '.', 'e', 'x', 'e', ' ', ' '};
        const Member members[] = {
                {.name = "\x8C\xA9\x90\xCF\x8F\x91.txt"},
                {.name = "見積書.xls", .flags = 1 << 11},
                {.name = "本.doc"},
                {.name = "stale.txt", .extra = unicode, .extra_n = sizeof unicode},
        };
        g_autoptr(GByteArray) file = zip_of(members, G_N_ELEMENTS(members));
        g_autoptr(Seen) seen = seen_new();
        const MgFacts *facts = look_at(seen, file, "a.zip");

        g_assert_cmpstr(member(facts, 0)->name, ==, "見積書.txt");
        g_assert_cmpstr(member(facts, 1)->name, ==, "見積書.xls");
        g_assert_cmpstr(member(facts, 2)->name, ==, "本.doc");
        g_assert_cmpstr(member(facts, 3)->name, ==, "stale.txt");
        g_assert_cmphex(member(facts, 4)->flags & MG_MEMBER_HIDDEN, !=, 0);
        g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_VIEWS, !=, 0);
}

/* C8 */
static void test_encrypted(void) {
        const Member members[] = {{.name = "a.txt"}, {.name = "b.txt", .flags = 1, .data = "secret", .n = 6}};
        g_autoptr(GByteArray) file = zip_of(members, 2);
        g_autoptr(Seen) seen = seen_new();
        const MgFacts *facts = look_at(seen, file, "a.zip");

        g_assert_cmphex(facts->flags, ==, MG_PART_ENCRYPTED);
        g_assert_cmphex(member(facts, 0)->flags, ==, 0);
        g_assert_cmphex(member(facts, 1)->flags, ==, MG_MEMBER_ENCRYPTED);
}

static void test_packed(void) {
        static const int filters[] = {PACK_ZIP,          ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
                                      ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
        const Member leaf = {.name = "leaf.exe"};
        g_autoptr(GByteArray) inner = zip_of(&leaf, 1);
        for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
                const char *const names[] = {"in.zip", "leaf.exe"};
                g_autoptr(GByteArray) file = pack(filters[i], names[0], inner->data, inner->len, 65536);
                g_autoptr(Seen) seen = seen_new();
                const MgFacts *facts = look_at(seen, file, "a");
                g_test_message("filter %d", filters[i]);
                g_assert_cmphex(facts->flags & (ARCHIVE_FLAGS & ~MG_PART_ARCHIVE_VIEWS), ==,
                                MG_PART_ARCHIVE_NESTED | MG_PART_ARCHIVE_PROGRAM);
                g_assert_cmpuint(facts->members_all, ==, 2);
                for (guint k = 0; k < 2; k++)
                        g_assert_cmpstr(member(facts, k)->name, ==, names[k]);
                g_assert_cmpuint(member(facts, 1)->depth, ==, 1);
        }
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Types and what is active
 * ---------------------------------------------------------------------------------------------------------------
 */

static void test_documents(void) {
        static const struct {
                const char *names[4];
                const char *type;
                guint32 flags;
        } rows[] = {
                {{"[Content_Types].xml", "word/document.xml"},
                 "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                 0},
                {{"[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"},
                 "application/vnd.ms-word.document.macroenabled.12",
                 MG_PART_MACRO},
                {{"[Content_Types].xml", "xl/workbook.xml", "xl/macrosheets/sheet1.xml"},
                 "application/vnd.ms-excel.sheet.macroenabled.12",
                 MG_PART_MACRO},
                {{"[Content_Types].xml", "ppt/presentation.xml", "ppt/embeddings/a.bin"},
                 "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                 MG_PART_EMBEDDED},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                Zip zip = zip_new();
                for (gsize k = 0; k < 4 && rows[i].names[k]; k++)
                        zip_add(&zip, &(Member){.name = rows[i].names[k], .data = "x", .n = 1});
                g_autoptr(GByteArray) file = zip_end(&zip, 0);
                g_autoptr(Seen) seen = seen_new();
                const MgFacts *facts = look_at(seen, file, "a");
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_cmpstr(facts->found, ==, rows[i].type);
                g_assert_cmphex(facts->flags, ==, rows[i].flags);
                g_assert_cmpuint(facts->members_all, ==, 0);
        }
}

/* C4: the name against the type. */
static void test_misfit(void) {
        static const char pdf[] = "%PDF-1.4\n%\xE2\xE3\n1 0 obj\n<<>>\nendobj\n";
        g_autoptr(Seen) seen = seen_new();

        g_assert_cmphex(look(seen, pdf, sizeof pdf - 1, "a.pdf")->flags, ==, 0);
        g_assert_cmphex(look(seen, pdf, sizeof pdf - 1, "a.jpg")->flags, ==, MG_PART_NAME_MISFIT);
        g_assert_cmphex(look(seen, pdf, sizeof pdf - 1, "a.doc.pdf")->flags, ==, MG_PART_NAME_DOUBLE);
        g_assert_cmphex(look(seen, pdf, sizeof pdf - 1, "aux.pdf")->flags, ==, MG_PART_NAME_DEVICE);
}

static void test_pdf(void) {
        static const struct {
                const char *body;
                guint32 flags;
        } rows[] = {
                {"<</Type/Catalog/Pages 2 0 R>>", 0},
                {"<</S /JavaScript /JS (app.alert)>>", MG_PART_SCRIPT},
                {"<</S/J#61vaScript>>", MG_PART_SCRIPT},
                {"<</Open#41ction 3 0 R>>", MG_PART_AUTO_RUN},
                {"<</AA<</O 3 0 R>>>>", MG_PART_AUTO_RUN},
                {"<</S/Launch/F(cmd.exe)>>", MG_PART_LAUNCH},
                {"<</Type/EmbeddedFile>>", MG_PART_EMBEDDED},
                {"<</Encrypt 9 0 R>>", MG_PART_ENCRYPTED},
                {"<</Type/ObjStm/N 4>>stream\nx\nendstream", MG_PART_UNSEEN},
                {"stream\nab/JS cd\nendstream", 0},
                {"stream\nab/JavaScript cd\nendstream", MG_PART_SCRIPT},
                {"stream\nab\nendstream <</JS (a)>>", MG_PART_SCRIPT},
                {"stream\nab\n", 0},
                {"<</JavaScripts 1/AAA 2/Launcher 3/J#6>>", 0},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Seen) seen = seen_new();
                g_autofree char *file =
                        g_strconcat("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n", rows[i].body, "\nendobj\n", NULL);
                const MgFacts *facts = look(seen, file, strlen(file), "a.pdf");
                g_test_message("%s", rows[i].body);
                g_assert_cmpstr(facts->found, ==, "application/pdf");
                g_assert_cmphex(facts->flags, ==, rows[i].flags);
        }
}

/* C5: a picture and a PDF with an archive behind, and a page in a picture. */
static void test_polyglots(void) {
        static const char *const heads[] = {"GIF89a\1\0\1\0\x80\0\0\0\0\0\0\0\0;",
                                            "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"};
        static const gsize sizes[] = {20, 34};
        for (guint i = 0; i < 2; i++) {
                Zip zip = zip_new();
                g_autoptr(Seen) seen = seen_new();
                g_byte_array_append(zip.out, (const guint8 *)heads[i], (guint)sizes[i]);
                zip_add(&zip, &(Member){.name = "a.exe"});
                g_autoptr(GByteArray) file = zip_end(&zip, 0);
                const MgFacts *facts = look_at(seen, file, "a");
                g_assert_cmpstr(facts->found, ==, i == 0 ? "image/gif" : "application/pdf");
                g_assert_true(is_also(facts, "application/zip"));
                g_assert_cmpstr(member(facts, 0)->name, ==, "a.exe");
                g_assert_cmphex(facts->flags & MG_PART_ARCHIVE_PROGRAM, !=, 0);
        }
        g_autoptr(Seen) seen = seen_new();
        static const char page[] = "GIF89a\1\0\1\0\x80\0\0<html><script>x</script>";
        const MgFacts *facts = look(seen, page, sizeof page - 1, "a.gif");
        g_assert_true(is_also(facts, "text/html"));
        g_assert_cmphex(facts->flags & MG_PART_SCRIPT, !=, 0);
}

/* C10 and C11: shortcuts, disk images, notebooks, scripts, pictures and pages that run. */
static void test_kinds(void) {
        static const struct {
                const char *octets;
                gsize n;
                const char *name, *type;
                guint32 flags;
        } rows[] = {
                {"\x4C\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0", 16, "a.lnk", "application/x-ms-shortcut", 0},
                {"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3", 16, "a.one", "application/onenote",
                 0},
                {"vhdxfile\0\0\0\0\0\0\0\0", 16, "a.vhdx", "application/x-ms-vhdx", 0},
                {"[InternetShortcut]\r\nURL=http://example.jp/\r\n", 43, "a.url", "application/x-mswinurl", 0},
                {"<html><HTA:APPLICATION ID=a></html>\n", 36, "a.hta", "application/x-hta", 0},
                {"Set s = CreateObject(\"WScript.Shell\")\r\n", 39, "a.vbs", "text/x-vbscript", 0},
                {"var s = new ActiveXObject(\"WScript.Shell\");\r\n", 45, "a.js", "text/javascript", 0},
                {"IEX (New-Object Net.WebClient)\r\n", 32, "a.ps1", "text/x-powershell", 0},
                {"@echo off\r\nstart cmd\r\n", 22, "a.bat", "text/x-msdos-batch", 0},
                {"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", 64, "a.svg", "image/svg+xml",
                 MG_PART_SCRIPT},
                {"<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>", 50, "a.svg", "image/svg+xml", 0},
                {"<!DOCTYPE html><html><body onload=\"go()\"></html>", 48, "a.html", "text/html", MG_PART_SCRIPT},
                {"<!DOCTYPE html><html><body>a</body></html>", 42, "a.html", "text/html", 0},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Seen) seen = seen_new();
                const MgFacts *facts = look(seen, rows[i].octets, rows[i].n, rows[i].name);
                g_test_message("%s", rows[i].name);
                g_assert_cmpstr(facts->found, ==, rows[i].type);
                g_assert_cmphex(facts->flags, ==, rows[i].flags);
        }
        g_autofree char *disk = g_malloc0(40960);
        g_autoptr(Seen) seen = seen_new();
        memcpy(disk + 32769, "CD001", 5);
        g_assert_cmpstr(look(seen, disk, 40960, "a.iso")->found, ==, "application/x-iso9660-image");
        memset(disk + 32769, 0, 5);
        memcpy(disk + 40960 - 512, "conectix", 8);
        g_assert_cmpstr(look(seen, disk, 40960, "a.vhd")->found, ==, "application/x-virtualbox-vhd");
        memcpy(disk + 40960 - 512, "koly\0\0\0\4", 8);
        g_assert_cmpstr(look(seen, disk, 40960, "a.dmg")->found, ==, "application/x-apple-diskimage");
}

/* LZH files of each header level: names in CP932, a folder, and a member that is cut off. */
static void test_lzh(void) {
        static const struct {
                const char *octets;
                gsize n;
                const char *name;
                gboolean cut;
        } rows[] = {
                {"\x1C\0-lh0-\3\0\0\0\3\0\0\0\0\0\0\0\x20\0\6\x96\x7B.exe\0\0abc\0", 34, "本.exe", FALSE},
                {"\x1C\0-lh0-\4\0\0\0\3\0\0\0\0\0\0\0\x20\0\6\x96\x7B.exe\0\0abc", 33, "本.exe", TRUE},
                {"\x1B\0-lh0-\x09\0\0\0\3\0\0\0\0\0\0\0\x20\1\2.c\0\0U\6\0\2\x96\x7B\xFF\0\0abc\0", 39, "本/.c", FALSE},
                {"\x28\0-lh0-\3\0\0\0\3\0\0\0\0\0\0\0\x20\2\0\0U\x09\0\1\x96\x7B.exe\5\0\2d\xFF\0\0abc\0", 44,
                 "d/本.exe", FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Seen) seen = seen_new();
                const MgFacts *facts = look(seen, rows[i].octets, rows[i].n, "a.lzh");
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_assert_cmpuint(facts->members_all, ==, 1);
                g_assert_cmpstr(member(facts, 0)->name, ==, rows[i].name);
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_CUT) != 0, ==, rows[i].cut);
        }
}

static const char *const japanese[] = {"契約書.docx", "悪い髙.exe", "見積書①.txt"};

static gboolean is_member(const MgFacts *facts, const char *name) {
        for (guint i = 0; i < facts->members->len; i++)
                if (g_str_has_suffix(member(facts, i)->name, name))
                        return TRUE;
        return FALSE;
}

static GByteArray *pack_japanese(int format) {
        struct archive *writer = archive_write_new();
        GByteArray *out = g_byte_array_sized_new(1 << 20);
        size_t used = 0;

        g_byte_array_set_size(out, 1 << 20);
        g_assert_cmpint(archive_write_set_format(writer, format), ==, ARCHIVE_OK);
        g_assert_cmpint(archive_write_open_memory(writer, out->data, out->len, &used), ==, ARCHIVE_OK);
        for (gsize i = 0; i < G_N_ELEMENTS(japanese); i++) {
                struct archive_entry *entry = archive_entry_new();

                archive_entry_set_pathname_utf8(entry, japanese[i]);
                archive_entry_set_filetype(entry, AE_IFREG);
                archive_entry_set_perm(entry, 0644);
                archive_entry_set_size(entry, 5);
                g_assert_cmpint(archive_write_header(writer, entry), ==, ARCHIVE_OK);
                g_assert_cmpint(archive_write_data(writer, "hello", 5), ==, 5);
                archive_entry_free(entry);
        }
        archive_write_close(writer);
        archive_write_free(writer);
        g_byte_array_set_size(out, (guint)used);
        return out;
}

static void assert_japanese(GByteArray *file, const char *what) {
        g_autoptr(Seen) seen = seen_new();
        const MgFacts *facts = look_at(seen, file, "a");

        g_test_message("%s", what);
        g_assert_cmphex(facts->flags & (MG_PART_ARCHIVE_CUT | MG_PART_ARCHIVE_PROGRAM), ==, MG_PART_ARCHIVE_PROGRAM);
        for (gsize i = 0; i < G_N_ELEMENTS(japanese); i++)
                g_assert_true(is_member(facts, japanese[i]));
}

/* Names that an archive has as UTF-16 or says to be UTF-8. The CAB file, which libarchive does not write, is gcab's. */
static void test_japanese(void) {
        static const char cab[] = "TVNDRgAAAACjAAAAAAAAACwAAAAAAAAAAwEBAAMAAAAAAAAAkQAAAAEAAAACAAAAAAAAAAAAel0AvKAA"
                                  "5aWR57SE5pu4LmRvY3gAAgAAAAIAAAAAAHpdALygAOaCquOBhOmrmS5leGUABgAAAAQAAAAAAHpdALyg"
                                  "AOizh+aWmVzopovnqY3mm7jikaAudHh0ABAAKzYKAAoAeApNWmhlbGxvCg==";
        static const struct {
                const char *name;
                int format;
        } rows[] = {{"7-Zip", ARCHIVE_FORMAT_7ZIP},
                    {"ISO 9660", ARCHIVE_FORMAT_ISO9660},
                    {"pax", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE},
                    {"ustar", ARCHIVE_FORMAT_TAR_USTAR},
                    {"GNU tar", ARCHIVE_FORMAT_TAR_GNUTAR}};
        g_autoptr(GByteArray) file = g_byte_array_new();
        gsize n;
        g_autofree guchar *octets = g_base64_decode(cab, &n);

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GByteArray) packed = pack_japanese(rows[i].format);

                assert_japanese(packed, rows[i].name);
        }
        g_byte_array_append(file, octets, (guint)n);
        assert_japanese(file, "CAB");
}

/* What no directory points to and what goes on behind a header are looked at within a bound; it is said which. */
static void test_bounds(void) {
        const Member members[] = {
                {.name = "a.txt"}, {.name = "b.txt", .only_local = TRUE}, {.name = "c.txt", .only_local = TRUE}};
        static const char lzh[] = "\x28\0-lh0-\3\0\0\0\3\0\0\0\0\0\0\0\x20\2\0\0U\x09\0\1\x96\x7B.exe\5\0\2d\xFF"
                                  "\0\0abc\0";
        g_autoptr(GByteArray) file = zip_of(members, G_N_ELEMENTS(members));

        for (guint64 bound = 0; bound <= 2; bound++) {
                g_autoptr(Seen) seen = seen_new();
                seen->limits.archive_strays = seen->limits.archive_extended = bound;
                const MgFacts *facts = look_at(seen, file, "a.zip");
                g_assert_cmpuint(facts->members_all, ==, 1 + bound);
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_CUT) != 0, ==, bound < 2);
                facts = look(seen, lzh, sizeof lzh - 1, "a.lzh");
                g_assert_cmpint((facts->flags & MG_PART_ARCHIVE_CUT) != 0, ==, bound < 2);
                g_assert_cmpstr(member(facts, 0)->name, ==, bound < 1 ? "" : bound < 2 ? "本.exe" : "d/本.exe");
                g_assert_cmpuint(seen->reading->reached->len, ==, bound < 2 ? 2 : 0);
                if (bound == 2)
                        continue;
                g_assert_cmpuint(reached(seen, "archive_strays")->value, ==, bound + 1);
                g_assert_cmpuint(reached(seen, "archive_extended")->value, ==, bound + 1);
                g_assert_cmpuint(reached(seen, "archive_extended")->bound, ==, bound);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_assert_true(mg_sanitize_warm(NULL));
        g_test_add_func("/archive/honest", test_honest);
        g_test_add_func("/archive/C3-paths", test_paths);
        g_test_add_func("/archive/C4-misfit", test_misfit);
        g_test_add_func("/archive/C5-polyglots", test_polyglots);
        g_test_add_func("/archive/C6-views", test_views);
        g_test_add_func("/archive/C8-encrypted", test_encrypted);
        g_test_add_func("/archive/C9-names", test_names);
        g_test_add_func("/archive/C10-C11-kinds", test_kinds);
        g_test_add_func("/archive/C10-lzh", test_lzh);
        g_test_add_func("/archive/bounds", test_bounds);
        g_test_add_func("/archive/japanese", test_japanese);
        g_test_add_func("/archive/packed", test_packed);
        g_test_add_func("/archive/documents", test_documents);
        g_test_add_func("/archive/pdf", test_pdf);
        return g_test_run();
}
