/* SPDX-License-Identifier: Apache-2.0 */
/* Names of media types: well-known ones, classes, and the last row that takes the rest. */
#include "base/type.h"

#include <glib.h>

static const struct {
        const char *mime;
        const char *ja;
        const char *en;
} cases[] = {
        {"application/pdf", "PDF文書", "PDF document"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word文書", "Word document"},
        {"application/vnd.ms-excel", "Excelブック", "Excel workbook"},
        {"application/zip", "ZIP書庫", "ZIP archive"},
        {"application/x-lzh-compressed", "LZH書庫", "LZH archive"},
        {"application/x-ichitaro6", "一太郎文書", "Ichitaro document"},
        {"application/vnd.ms-office", "Office文書 (旧形式)", "Office document (old format)"},
        {"application/x-js-taro", "一太郎文書", "Ichitaro document"},
        {"application/vnd.fujixerox.docuworks", "DocuWorks文書", "DocuWorks document"},
        {"application/x-jww", "JW_CAD図面", "JW_CAD drawing"},
        {"application/x-jwc", "JW_CAD図面", "JW_CAD drawing"},
        {"image/vnd.dxf", "CAD図面 (DXF)", "CAD drawing (DXF)"},
        {"application/x-sfc", "SXF図面 (SFC)", "SXF drawing (SFC)"},
        {"application/p21", "SXF図面 (P21)", "SXF drawing (P21)"},
        {"model/step", "SXF・STEPデータ (P21)", "SXF or STEP data (P21)"},
        {"application/x-dosexec", "実行ファイル (Windows)", "program (Windows)"},
        {"image/jpeg", "画像 (JPEG)", "picture (JPEG)"},
        {"image/x-something", "画像", "picture"},
        {"image/", "画像", "picture"},
        {"text/html", "HTML文書", "HTML document"},
        {"text/x-something", "テキスト", "text"},
        {"message/rfc822", "メール", "message"},
        {"message/x", "メールの部分", "part of a message"},
        {"text/calendar", "予定 (カレンダー)", "calendar entry"},
        {"application/octet-stream", "不明な形式", "unknown type"},
        {"imagex", "不明な形式", "unknown type"},
        {"", "不明な形式", "unknown type"},
        {"PDF", "不明な形式", "unknown type"},
};

static void test_names(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                const MgTypeName *name = mg_type_name(cases[i].mime);

                g_assert_cmpstr(name->ja, ==, cases[i].ja);
                g_assert_cmpstr(name->en, ==, cases[i].en);
        }
}

static void test_fits(void) {
        static const struct {
                const char *mime, *name;
                gboolean fits;
        } rows[] = {
                {"application/pdf", "a.pdf", TRUE},
                {"application/pdf", "A.PDF", TRUE},
                {"application/pdf", "a.pdf. .", TRUE},
                {"application/pdf", "a", TRUE},
                {"application/pdf", "a.unheard", TRUE},
                {"application/pdf", "a.jpg", FALSE},
                {"application/x-dosexec", "a.exe", TRUE},
                {"application/x-dosexec", "a.pdf", FALSE},
                {"application/x-dosexec", "a.unheard", FALSE},
                {"application/x-dosexec", "a", TRUE},
                {"application/zip", "a.docx", FALSE},
                {"application/octet-stream", "a.pdf", TRUE},
                {"text/plain", "a.pdf", TRUE},
                {"application/x-js-taro", "議事録.jtd", TRUE},
                {"application/x-js-taro", "議事録.xlsx", FALSE},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s %s", rows[i].mime, rows[i].name);
                g_assert_cmpint(mg_type_fits(rows[i].mime, rows[i].name), ==, rows[i].fits);
        }
}

static void test_misleads(void) {
        static const struct {
                const char *name;
                gboolean misleads;
        } rows[] = {
                {"a.pdf.exe", TRUE},   {"a.PDF.html", TRUE}, {"a.exe", FALSE},
                {"a.tar.gz", FALSE},   {"a.pdf.zip", FALSE}, {"a.pdf        .scr", TRUE},
                {"a    .pdf", TRUE},   {"a .pdf", FALSE},    {"v1.2.pdf", FALSE},
                {"", FALSE},           {".exe", FALSE},      {"請求書.xlsx.js", TRUE},
                {"請求書　.js", TRUE}, {"a.pdf.p7m", FALSE}, {"a.pdf.unheard", FALSE},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].name);
                g_assert_cmpint(mg_type_misleads(rows[i].name), ==, rows[i].misleads);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/type/R21-names", test_names);
        g_test_add_func("/type/fits", test_fits);
        g_test_add_func("/type/C4-misleads", test_misleads);
        return g_test_run();
}
