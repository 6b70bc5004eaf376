/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encoding: character sets of whole mails: which one the Reading names for the body, why, and what it counts as not
 * readable or as guessed, in bodies and headers alike
 */
#include "mails.h"

#define HEAD "From: a@example.jp\nDate: Tue, 1 Apr 2025 09:00:00 +0900\n"
#define SOFTBANK "From: a@softbank.ne.jp\nDate: Tue, 1 Apr 2025 09:00:00 +0900\n"
#define KONNICHIWA "\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD"

typedef struct Row {
        const char *name; /* ATTACKS rows */
        const char *mail;
        const char *subject; /* NULL: not asked */
        const char *body;
        const char *charset;
        MgCharsetReason reason;
        guint32 replaced;
        guint32 guessed;
} Row;

static const Row rows[] = {
        {"own label", HEAD "Content-Type: text/plain; charset=Shift_JIS\n\n\x8A\xBF\x8E\x9A\n", NULL, "漢字\n",
         "shift_jis", MG_CHARSET_REASON_LABEL, 0, 0},
        {"label of the multipart",
         HEAD "Content-Type: multipart/mixed; charset=shift_jis; boundary=X\n\n--X\nContent-Type: text/plain\n\n"
              "\x8A\xBF\x8E\x9A\n--X--\n",
         NULL, "漢字\n", "shift_jis", MG_CHARSET_REASON_PARENT, 0, 0},
        {"E7 meta", HEAD "Content-Type: text/html\n\n<meta charset=gb2312><p>\xC4\xE3\xBA\xC3", NULL, "你好\n",
         "gb18030", MG_CHARSET_REASON_META, 0, 0},
        {"E7 label before meta",
         HEAD "Content-Type: text/html; charset=gb2312\n\n<meta charset=big5><p>\xC4\xE3\xBA\xC3", NULL, "你好\n",
         "gb18030", MG_CHARSET_REASON_LABEL, 0, 2},
        {"E7 mark before label", HEAD "Content-Type: text/plain; charset=big5\n\n\xEF\xBB\xBF漢字\n", NULL, "漢字\n",
         "utf-8", MG_CHARSET_REASON_BOM, 0, 0},
        {"score", HEAD "Content-Type: text/plain\n\n" KONNICHIWA "\n", NULL, "こんにちは\n", "shift_jis",
         MG_CHARSET_REASON_SCORE, 0, 0},
        {"fallback", HEAD "Content-Type: text/plain\n\ncaf\xE9\n", NULL, "café\n", "windows-1252",
         MG_CHARSET_REASON_FALLBACK, 0, 1},
        {"no text", HEAD "Content-Type: application/pdf\n\n%PDF-1.4\n", NULL, "", "", MG_CHARSET_REASON_NONE, 0, 0},
        {"a raw Subject that is a guess", HEAD "Subject: \xB6\xC0\xB6\xC5\n\nhi\n", "鏡凝", "hi\n", "us-ascii",
         MG_CHARSET_REASON_ASCII, 0, 2},
        {"a word that is none of its charset", HEAD "Subject: =?utf-8?Q?=C0=BC?=\n\nhi\n", "\xEF\xBF\xBD\xEF\xBF\xBD",
         "hi\n", "us-ascii", MG_CHARSET_REASON_ASCII, 2, 0},
        /* rows 0x79 to 0x7B: IBM's kanji, and a guess once a pictograph of KDDI has stood before them */
        {"kanji where KDDI has pictographs",
         HEAD "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1B$By!\x1B(B \x1B$Bu!y!\x1B(B\n", NULL, "纊 🌠纊\n",
         "iso-2022-jp", MG_CHARSET_REASON_ESCAPES, 0, 1},
        /* private use: SoftBank's pictographs from its phones, first and last code of a page, two characters for one */
        {"D10 gaiji", HEAD "Subject: =?utf-8?B?7oC8?=\nContent-Type: text/plain; charset=utf-8\n\n田\xEE\x80\x81\n",
         "〓", "田〓\n", "utf-8", MG_CHARSET_REASON_UTF_8, 2, 0},
        {"pictographs in UTF-8",
         SOFTBANK
         "Subject: =?utf-8?B?7oC8?=\nContent-Type: text/plain; charset=utf-8\n\n"
         "a\xEE\x80\x81\xEE\x81\x9A\xEE\x94\x8B\xEE\x88\x9C\xEE\x94\xB7 \xEE\x80\x80\xEE\x94\xB8\xEE\x89\x94\n",
         "🎤", "a👦💩🇯🇵1\xE2\x83\xA3™ 〓〓〓\n", "utf-8", MG_CHARSET_REASON_UTF_8, 3, 0},
        {"pictographs in UTF-16",
         SOFTBANK "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: quoted-printable\n\n"
                  "=FF=FEa=00=01=E0=\n",
         NULL, "a👦\n", "utf-16le", MG_CHARSET_REASON_BOM, 0, 0},
        {"pictographs by number", SOFTBANK "Content-Type: text/html; charset=utf-8\n\n<p>&#xE04A;&#57345;", NULL,
         "☀👦\n", "utf-8", MG_CHARSET_REASON_ASCII, 0, 0},
        {"pictographs of an old iPhone",
         HEAD "X-Mailer: iPhone Mail (8C148)\nContent-Type: text/plain; charset=utf-8\n\n\xEE\x80\x81\n", NULL, "👦\n",
         "utf-8", MG_CHARSET_REASON_UTF_8, 0, 0},
        {"none of a newer one",
         HEAD "X-Mailer: iPhone Mail (12B435)\nContent-Type: text/plain; charset=utf-8\n\n\xEE\x80\x81\n", NULL, "〓\n",
         "utf-8", MG_CHARSET_REASON_UTF_8, 1, 0},
        {"pictographs by the id that a list left",
         HEAD "Message-ID: <1@t.vodafone.ne.jp>\nContent-Type: text/plain; charset=utf-8\n\n\xEE\x80\x81\n", NULL,
         "👦\n", "utf-8", MG_CHARSET_REASON_UTF_8, 0, 0},
        {"the domain of another",
         HEAD "Message-ID: <1@notsoftbank.ne.jp>\nContent-Type: text/plain; charset=utf-8\n\n\xEE\x80\x81\n", NULL,
         "〓\n", "utf-8", MG_CHARSET_REASON_UTF_8, 1, 0},
        {"pictographs of the message inside alone",
         HEAD "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/plain; charset=utf-8\n\n"
              "\xEE\x80\x81\n--X\nContent-Type: message/rfc822\n\nFrom: \xEE\x80\x82 <a@jp-d.ne.jp>\n"
              "Content-Type: text/plain; charset=utf-8\n\n\xEE\x80\x81\n--X--\n",
         NULL, "〓\n\n> From: 👧 <a@jp-d.ne.jp>\n>\n> 👦\n", "utf-8", MG_CHARSET_REASON_UTF_8, 1, 0},
};

static void test_rows(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                const Row *row = &rows[i];
                g_autoptr(MgReading) reading = read_mail(row->mail);
                g_autofree char *body = body_of(reading);
                const MgValue *subject = mg_reading_value(reading, MG_FIELD_SUBJECT);
                g_test_message("%s", row->name);
                g_assert_cmpstr(body, ==, row->body);
                g_assert_cmpstr(reading->body_charset, ==, row->charset);
                g_assert_cmpstr(mg_charset_reason_name(reading->body_charset_reason), ==,
                                mg_charset_reason_name(row->reason));
                g_assert_cmpuint(reading->replaced, ==, row->replaced);
                g_assert_cmpuint(reading->guessed, ==, row->guessed);
                if (row->subject != NULL)
                        g_assert_cmpstr(subject->text, ==, row->subject);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/encoding/rows", test_rows);
        return g_test_run();
}
