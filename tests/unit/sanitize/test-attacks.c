/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the list of attacks as whole mails: what a reader sees of each, or the bound that ends it. Rows that have a
 * table of their own beside the code that answers them (structure, HTML, names) are not repeated here.
 */
#include "mails.h"

typedef struct Row {
        const char *id;
        const char *head; /* of the mail; then count times unit, then tail */
        const char *unit;
        guint count;
        const char *tail;
        const char *limit;   /* the bound that is exceeded, or NULL: the mail is read */
        const char *subject; /* NULL: not looked at, as those below */
        const char *sender;  /* address of From */
        const char *parts;
        const char *body;
        guint least; /* characters that count as replaced, at least */
} Row;

#define FROM "From: a@example.org\n"
#define HEAD FROM "Date: Wed, 1 Apr 2026 09:00:00 +0900\nSubject: s\nMIME-Version: 1.0\n"
#define TEXT(charset) HEAD "Content-Type: text/plain; charset=" charset "\n\n"
#define ONE(mail) mail, "", 0, "", NULL
#define CUT "[符号化されたデータを除去 / encoded data removed]\n"
#define FFFD "\xEF\xBF\xBD"

static const Row rows[] = {
        {"A2 line ends", ONE(FROM "Subject: =?utf-8?Q?a=0D=0ABcc:_b@example.org?=\n\nhi\n"), "a Bcc: b@example.org",
         "a@example.org", NULL, "hi\n", 0},
        {"A3 NUL", ONE(FROM "Subject: =?utf-8?Q?a=00b?=\n\nhi\n"), "a" FFFD "b", "a@example.org", NULL, "hi\n", 0},
        {"A6 no colon", ONE("From : a@example.org\nno colon here\nSubject: s\n t\n\nhi\n"), "s t", "a@example.org",
         NULL, "hi\n", 0},
        {"A8 groups", HEAD "To: ", "a:", 45000, "\n\nhi\n", "field_bytes", NULL, NULL, NULL, NULL, 0},
        {"A8 fewer groups", HEAD "To: ", "a:", 101, "\n\nhi\n", "group_depth", NULL, NULL, NULL, NULL, 0},
        {"A9 long name", HEAD "Content-Type: multipart/mixed; ", "\xD1\x9D", 35, "=x; boundary=X\n\n--X--\n",
         "parameter_name", NULL, NULL, NULL, NULL, 0},
        {"A10 parameters", HEAD "Content-Type: text/plain", "; a=b", 10000, "\n\nhi\n", "parameters", NULL, NULL, NULL,
         NULL, 0},
        {"A11 comments", HEAD "To: b@example.org ", "(", 60000, "\n\nhi\n", NULL, "s", "a@example.org", NULL, "hi\n",
         0},
        {"A11 words", FROM "Subject: ", "=?", 30000, "\n\nhi\n", NULL, NULL, "a@example.org", NULL, "hi\n", 0},
        {"A12 other address as name", ONE("From: \"mayor@city.example.jp\" <a@example.org>\n\nhi\n"), NULL,
         "a@example.org", NULL, "hi\n", 0},
        {"A12 bidi in the name",
         ONE("From: =?utf-8?Q?=E2=80=AEpj.gl?= <a@example.org>\nSubject: =?utf-8?Q?=E2=80=AEs?=\n\nhi\n"), "s",
         "a@example.org", NULL, "hi\n", 0},
        {"A16 controls", ONE(HEAD "\none\ftwo\vthree\rfour\n"), "s", NULL, NULL, "one\ntwo\nthree\nfour\n", 0},
        {"B4 parameter without a name", ONE(HEAD "Content-Type: multipart/mixed; =x; boundary=X\n\n--X\n\nhi\n--X--\n"),
         NULL, NULL, "1 body -\n", "hi\n", 0},
        {"B4 parameter without a value",
         ONE(HEAD "Content-Type: multipart/mixed; a; boundary=X\n\n--X\nContent-Type: application/zip\n\nPK\n--X--\n"),
         NULL, NULL, "1 attachment application/zip\n", "", 0},
        {"B8 nesting", HEAD, "Content-Type: message/rfc822\n\n", 21, "hi\n", "nesting", NULL, NULL, NULL, NULL, 0},
        {"B9 parts", HEAD "Content-Type: multipart/mixed; boundary=X\n\n", "--X\n\n", 1001, "--X--\n", "parts", NULL,
         NULL, NULL, NULL, 0},
        {"B15 two forks",
         ONE(HEAD "Content-Type: multipart/appledouble; boundary=X\n\n--X\nContent-Type: "
                  "application/applefile; name=a.exe\n\nx\n--X\nContent-Type: application/octet-stream; "
                  "name=a.exe\n\nMZ\n--X--\n"),
         NULL, NULL, "1 attachment application/applefile a.exe\n2 attachment application/octet-stream a.exe\n", "", 0},
        {"B15 BinHex",
         ONE(HEAD "\nhi\n(This file must be converted with BinHex 4.0)\n:$f0ZGA0`!'4[Gh9FC`\"6593K!*!%:\nbye\n"), NULL,
         NULL, NULL, "hi\n" CUT "bye\n", 0},
        {"B17 yEnc", ONE(HEAD "\nhi\n=ybegin line=128 size=3 name=a.bin\n)*+\n=yend size=3\nbye\n"), NULL, NULL,
         "1 body -\n1/1 encoded-text application/x-yencode a.bin\n", "hi\n" CUT "bye\n", 0},
        {"B18 TNEF",
         ONE(HEAD "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: "
                  "base64\n\neJ8+IgAA\n"),
         NULL, NULL, "1 attachment application/ms-tnef winmail.dat\n", "", 0},
        {"D10 bidi and tags", ONE(TEXT("utf-8") "a\u202Eb\u2066c\U000E0041d\u00ADe\n"), NULL, NULL, NULL, "abcde\n", 0},
        {"D11 terminal", ONE(TEXT("us-ascii") "a\033[31mb\033]0;t\007c\bd\n"), NULL, NULL, NULL, "a[31mb]0;tcd\n", 0},
        {"E1 UTF-7", ONE(TEXT("utf-7") "+ADw-script+AD4-\n"), NULL, NULL, NULL, "+ADw-script+AD4-\n", 0},
        {"E1 UTF-7 in a header", ONE(FROM "Subject: =?utf-7?Q?+ADw-b+AD4-?=\n\nhi\n"), "+ADw-b+AD4-", NULL, NULL, NULL,
         0},
        {"E2 empty escapes", ONE(TEXT("iso-2022-jp") "de\033$B\033(Blete\n"), NULL, NULL, NULL, "de" FFFD "lete\n", 1},
        {"E3 JIS-Roman", ONE(TEXT("iso-2022-jp") "\033(J\\~<\033(B\n"), NULL, NULL, NULL, "\\~<\n", 0},
        {"E4 kana", ONE(TEXT("iso-2022-jp") "\033(I6E\033(B\n"), NULL, NULL, NULL, "ｶﾅ\n", 0},
        {"E4 unknown escape", ONE(TEXT("iso-2022-jp") "a\033$)Cb\n"), NULL, NULL, NULL, NULL, 1},
        {"E5 overlong", ONE(TEXT("utf-8") "a\xC0\xBC\xE3\x81\x82\n"), NULL, NULL, NULL, NULL, 1},
        {"E5 surrogates", ONE(TEXT("utf-8") "あい\xED\xA0\x80う\n"), NULL, NULL, NULL, NULL, 1},
        {"E6 broken lead", ONE(HEAD "Content-Type: text/html; charset=shift_jis\n\n\x83<p>b\x95\x5C</p>\n"), NULL, NULL,
         NULL, NULL, 1},
        {"E8 unknown", ONE(TEXT("x-user-defined") "abc\n"), NULL, NULL, NULL, "abc\n", 0},
        {"E8 more than a name", ONE(TEXT("\"utf-8;foo\"") "\xE6\xBC\xA2\n"), NULL, NULL, NULL, "漢\n", 0},
        {"E8 odd length",
         ONE(TEXT("utf-16") "\xFF\xFE"
                            "abc"),
         NULL, NULL, NULL, NULL, 1},
        {"E9 split in a character", ONE(FROM "Subject: =?UTF-8?b?5ryi5a0=?= =?utf-8?B?lw==?=\n\nhi\n"), "漢字", NULL,
         NULL, NULL, 0},
        {"E10 never iconv's", ONE(TEXT("iso-2022-cn-ext") "a\033$*Hb\n"), NULL, NULL, NULL, NULL, 0},
};

static const char *text_of(const MgReading *reading, MgFieldId id, gboolean address) {
        const MgValue *value = mg_reading_value(reading, id);
        return value == NULL ? "" : address ? value->address : value->text;
}

static void assert_row(const Row *row, const MgReading *reading) {
        g_assert_cmpstr(reading->failure_limit, ==, row->limit != NULL ? row->limit : "");
        g_autofree char *parts = parts_of(reading), *body = body_of(reading);
        if (row->subject != NULL)
                g_assert_cmpstr(text_of(reading, MG_FIELD_SUBJECT, FALSE), ==, row->subject);
        if (row->sender != NULL)
                g_assert_cmpstr(text_of(reading, MG_FIELD_FROM, TRUE), ==, row->sender);
        if (row->parts != NULL)
                g_assert_cmpstr(parts, ==, row->parts);
        if (row->body != NULL)
                g_assert_cmpstr(body, ==, row->body);
        g_assert_cmpuint(reading->replaced, >=, row->least);
        /* What no row may show, whatever it does. */
        g_assert_null(strchr(body, '\033'));
        g_assert_null(strstr(body, "\u202E"));
        if (g_str_has_prefix(row->id, "E"))
                g_assert_null(strstr(body, "<script"));
}

static void test_rows(gconstpointer data) {
        const Row *row = data;
        g_autoptr(GString) mail = g_string_new(row->head);
        for (guint i = 0; i < row->count; i++)
                g_string_append(mail, row->unit);
        g_string_append(mail, row->tail);
        g_autoptr(MgReading) reading = read_mail(mail->str);
        assert_row(row, reading);
}

/* Neither the broken lead nor the trail 0x5C of a good character may swallow the tag or the quote behind it (E6). */
static void test_shift_jis_tags(void) {
        g_autoptr(MgReading) reading = read_mail(
                HEAD "Content-Type: text/html; charset=shift_jis\n\n<a title=\"\x95\x5C\">x</a>\x83<b>y</b>\n");
        g_autofree char *body = body_of(reading);
        g_assert_nonnull(strchr(body, 'x'));
        g_assert_nonnull(strchr(body, 'y'));
        g_assert_null(strchr(body, '<'));
        g_assert_cmpuint(reading->replaced, >=, 1);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/attacks/%s", rows[i].id);
                g_test_add_data_func(path, &rows[i], test_rows);
        }
        g_test_add_func("/attacks/E6-shift-jis-tags", test_shift_jis_tags);
        return g_test_run();
}
