/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text: flowed lines, runs that are cut, placeholders, drawings, links, transfer codings. */
#include "sanitize/text.h"

#include "../used.h"
#include "mails.h"
#include "sanitize/coding.h"

#define CUT "[符号化されたデータを除去 / encoded data removed]\n"

static void test_unflow(void) {
        static const struct {
                const char *in;
                gboolean delsp;
                const char *out;
        } rows[] = {
                {"a \nb\n", FALSE, "a b\n"},
                {"a \nb\n", TRUE, "ab\n"},
                {"a\nb\n", FALSE, "a\nb\n"},
                {"a \r\nb\r\n", FALSE, "a b\n"},
                {" from\n > no quote\n", FALSE, "from\n> no quote\n"},
                {"> a \n> b\nc\n", FALSE, "> a b\nc\n"},
                {"> a \n>> b\n", FALSE, "> a \n>> b\n"},
                {"a \n-- \nsig\n", FALSE, "a \n-- \nsig\n"},
                {"a ", FALSE, "a \n"},
                {"", FALSE, ""},
                {"\n\n", FALSE, "\n\n"},
                {">>>\n", FALSE, ">>> \n"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) out = mg_text_unflow(rows[i].in, strlen(rows[i].in), rows[i].delsp);
                g_assert_cmpstr(out->str, ==, rows[i].out);
        }
}

/* Twenty lines of base64 of the letters that real data has. */
static char *base64_lines(guint lines) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < lines; i++)
                g_string_append(out, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n");
        return g_string_free(out, FALSE);
}

static void test_runs(void) {
        g_autofree char *twenty = base64_lines(20);
        g_autofree char *fifteen = base64_lines(15);
        g_autofree char *twenty_out = g_strconcat("a\n", twenty, "YWI=\nb\n", NULL);
        g_autofree char *fifteen_out = g_strconcat("a\n", fifteen, "b\n", NULL);
        const struct {
                const char *in;
                const char *out;
                const char *name; /* of the first run, NULL: none */
                const char *claimed;
                const char *content; /* NULL: not compared */
        } rows[] = {
                {"hi\nbegin 644 a.exe\n#0V%T\n`\nend\nbye\n", "hi\n" CUT "bye\n", "a.exe", "application/x-uuencode",
                 "Cat"},
                {"begin 644 a b.exe\r\n#0V%T\r\n`\r\nend\r\n", CUT, "a b.exe", "application/x-uuencode", "Cat"},
                {"begin 644 a.exe\n#0V%T\n", CUT, "a.exe", "application/x-uuencode", "Cat"},
                {"begin 644 the day with a smile\nand go\n", "begin 644 the day with a smile\nand go\n", NULL, NULL,
                 NULL},
                {"begin at once\n#0V%T\n", "begin at once\n#0V%T\n", NULL, NULL, NULL},
                {"begin-base64 644 a\nQ2F0\n====\nx\n", CUT "x\n", "a", "application/x-uuencode", "Cat"},
                {"=ybegin line=128 size=3 name=b.bin\n\x6D\x8B\x9E\n=yend size=3\nx\n", CUT "x\n", "b.bin",
                 "application/x-yencode", "Cat"},
                {"=ybegin line=128 size=3 name=b.bin\r\n\x6D\x8B\r\n\x9E\r\n=yend size=3\r\nx\n", CUT "x\n", "b.bin",
                 "application/x-yencode", "Cat"},
                {"=ybegin nothing\n", "=ybegin nothing\n", NULL, NULL, NULL},
                {"=ybegin line=128 size=1 name=x\nwhat a person wrote\n",
                 "=ybegin line=128 size=1 name=x\nwhat a person wrote\n", NULL, NULL, NULL},
                {"-----BEGIN X-----\n\nAAAAAAAAAAAA\n\nperson\n-----END Y-----\n",
                 "-----BEGIN X-----\n\nAAAAAAAAAAAA\n\nperson\n-----END Y-----\n", NULL, NULL, NULL},
                {"> -----BEGIN PGP MESSAGE-----\n>\n> hQEMA5vJ\n> -----END PGP MESSAGE-----\n> x\n", "> " CUT "> x\n",
                 "", "application/pgp-encrypted", NULL},
                {"begin 6 a\n#0V%T\n`\nend\n", CUT, "a", "application/x-uuencode", "Cat"},
                {"begin 00644 a\n#0V%T\n`\nend\n", CUT, "a", "application/x-uuencode", "Cat"},
                {"begin  644 a\n#0V%T\n`\nend\n", CUT, "a", "application/x-uuencode", "Cat"},
                {"begin\t644\ta\n#0V%T\n`\nend\n", CUT, "a", "application/x-uuencode", "Cat"},
                {"begin 644 a\n\n#0V%T\n\n`\nend\n", CUT, "a", "application/x-uuencode", "Cat"},
                {"hibegin 644 a\n#0V%T\n`\nend\n", "hi\n" CUT, "a", "application/x-uuencode", "Cat"},
                {"> begin 644 a\n> #0V%T\n> `\n> end\n> x\n", "> " CUT "> x\n", "a", "application/x-uuencode", "Cat"},
                {"we begin 10 May\n#1234\nas agreed\n", "we begin 10 May\n#1234\nas agreed\n", NULL, NULL, NULL},
                {"begin 644 x\nHALLO\nperson\n", "begin 644 x\nHALLO\nperson\n", NULL, NULL, NULL},
                {"(This file must be converted with BinHex 4.0)\n\n:abc\ndef:\nx\n", CUT "x\n", "",
                 "application/mac-binhex40", ":abc\ndef:\n"},
                {"-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA5vJ\n=abcd\n-----END PGP MESSAGE-----\nx\n",
                 CUT "x\n", "", "application/pgp-encrypted", NULL},
                {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n-----BEGIN PGP "
                 "SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----\n",
                 "text\n" CUT, "", "application/pgp-signature", NULL},
                {"-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n", "-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n", NULL, NULL,
                 NULL},
                {"-----BEGIN FORWARDED MAIL-----\nhello you\n-----END FORWARDED MAIL-----\n",
                 "-----BEGIN FORWARDED MAIL-----\nhello you\n-----END FORWARDED MAIL-----\n", NULL, NULL, NULL},
                {twenty_out, "a\n" CUT "b\n", "", "application/octet-stream", NULL},
                {fifteen_out, fifteen_out, NULL, NULL, NULL},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
                g_array_set_clear_func(runs, mg_run_clear);
                g_autoptr(GString) out = mg_text_cut_runs(rows[i].in, strlen(rows[i].in), TRUE, runs, 10);
                g_assert_cmpstr(out->str, ==, rows[i].out);
                g_assert_cmpuint(runs->len, ==, rows[i].name != NULL ? 1 : 0);
                if (rows[i].name == NULL)
                        continue;
                const MgRun *run = &g_array_index(runs, MgRun, 0);
                g_assert_cmpstr(run->name, ==, rows[i].name);
                g_assert_cmpstr(run->claimed, ==, rows[i].claimed);
                gsize n;
                const char *content = g_bytes_get_data(run->content, &n);
                if (rows[i].content != NULL)
                        g_assert_cmpmem(content, n, rows[i].content, strlen(rows[i].content));
        }
}

/* Lines of the width, each behind the mark. */
static GString *wrapped(const char *mark, guint first, guint second) {
        g_autofree char *lines = base64_lines(40);
        GString *out = g_string_new("hi\n");
        guint width = first;
        for (const char *p = lines; *p != '\0'; width = width == first ? second : first) {
                g_string_append(out, mark);
                for (guint i = 0; i < width && *p != '\0'; p++)
                        if (*p != '\n')
                                g_string_append_c(out, *p), i++;
                g_string_append_c(out, '\n');
        }
        return out;
}

static void test_base64_shapes(void) {
        static const struct {
                const char *mark;
                guint first, second;
        } rows[] = {{"", 36, 36},   {"", 10, 10},   {"", 76, 72},         {" ", 76, 76},
                    {"> ", 64, 64}, {">>", 60, 61}, {"\302\240", 60, 60}, {"\343\200\200", 60, 60},
                    {"", 900, 900}};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_autoptr(GString) in = wrapped(rows[i].mark, rows[i].first, rows[i].second);
                g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
                g_array_set_clear_func(runs, mg_run_clear);
                g_autoptr(GString) out = mg_text_cut_runs(in->str, in->len, TRUE, runs, 10);
                g_autofree char *want = g_strconcat("hi\n", rows[i].mark, CUT, NULL);
                g_assert_cmpuint(runs->len, ==, 1);
                /* At both ends a short word that looks like prose may stay. */
                g_assert_true(g_str_has_prefix(out->str, "hi\n"));
                g_assert_nonnull(strstr(out->str, CUT));
                g_assert_cmpuint(out->len, <, strlen(want) + 80);
        }
}

/* What people and programs write, many times over: nothing of it is a run. */
static void test_no_base64(void) {
        static const char *const rows[] = {
                "The quick brown Fox jumps over the lazy Dog and Mr Smith goes to Tokyo\n",
                "https://example.com/ls/click?upn=u001AbCdEf23GhIjKl45MnOpQr67StUvWx89Yz/AbCd&x=QwErTy12\n",
                "Item      Price  Count\n--------- ------ -----\nWidget    100    20\n",
                "4d5a90000300000004000000ffff0000b800000000000000400000000000000\n",
                "00000000: 4d5a 9000 0300 0000 0400 0000 ffff 0000  MZ..............\n",
                "commit 3f786850e387550fdab836ed7e6dc881de23001b\n",
                "本日の会議は10時からです。よろしくお願いいたします。\n",
                "getUserNameFromDatabase setUserNameInDatabase\n",
                "================================================================\n",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKL\n",
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("row %" G_GSIZE_FORMAT, i);
                g_autoptr(GString) in = g_string_new(NULL);
                for (guint k = 0; k < 100; k++)
                        g_string_append(in, rows[i]);
                g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
                g_array_set_clear_func(runs, mg_run_clear);
                g_autoptr(GString) out = mg_text_cut_runs(in->str, in->len, TRUE, runs, 10);
                g_assert_cmpstr(out->str, ==, in->str);
        }
}

/* A megabyte of what makes matchers look far ahead, again and again. */
static void test_runs_linear(void) {
        static const char *const rows[] = {
                "begin 644 a\n",
                "begin 644 a\n\n\n",
                "begin 644 ",
                "=ybegin line=1 size=1\n",
                "=ybegin size=1\nx =yend\n",
                "-----BEGIN A-----\nAAAAAAAA\n",
                "-----BEGIN A-----\nAAAAAAAA\n-----END B-----\n",
                "(This file must be converted with BinHex\n:a\n",
                "begin-base64 644 a\n",
                "AbCdEfG1 ",
                "AbCdEfG1.",
                "abcdefgh ",
                ">",
                "=",
                "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM\n\n",
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) in = g_string_new(NULL);
                while (in->len < 1000000)
                        g_string_append(in, rows[i]);
                gint64 begin = used_time();
                g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
                g_array_set_clear_func(runs, mg_run_clear);
                g_autoptr(GString) out = mg_text_cut_runs(in->str, in->len, TRUE, runs, 10);
                gint64 took = used_time() - begin;
                g_test_message("row %" G_GSIZE_FORMAT ": %.1f ms", i, took / 1000.0);
                g_assert_cmpint(took, <, G_USEC_PER_SEC);
        }
}

/* A data: address in one line; where there is no room in the list it is cut all the same. */
static void test_run_in_line(void) {
        g_autoptr(GString) line = g_string_new("see data:text/html;base64,");
        for (guint i = 0; i < 30; i++)
                g_string_append(line, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2");
        g_string_append(line, " end\n");
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));
        g_array_set_clear_func(runs, mg_run_clear);
        g_autoptr(GString) out = mg_text_cut_runs(line->str, line->len, TRUE, runs, 1);
        g_assert_cmpstr(out->str, ==, "see data:text/html;base64," CUT " end\n");
        g_assert_cmpuint(runs->len, ==, 1);
        g_autoptr(GString) again = mg_text_cut_runs(line->str, line->len, TRUE, runs, 1);
        g_assert_cmpstr(again->str, ==, out->str);
        g_assert_cmpuint(runs->len, ==, 1);
}

/* B16, B17 in a whole mail: cut from the body and listed with what they are; names are cleaned as those of parts. */
static void test_listed(void) {
        g_autoptr(MgReading) reading = read_mail(
                "Subject: s\n\nhi\nbegin 644 ../a.exe\n#0V%T\n`\nend\n-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n"
                "-----END PGP MESSAGE-----\n");
        g_autofree char *parts = parts_of(reading);
        g_autofree char *body = body_of(reading);
        g_assert_cmpstr(parts, ==,
                        "1 body -\n1/1 encoded-text application/x-uuencode a.exe\n1/2 encoded-text "
                        "application/pgp-encrypted\n");
        g_assert_cmpstr(body, ==, "hi\n" CUT CUT);
        g_assert_cmpuint(((MgFacts *)reading->parts->pdata[1])->size, ==, 3);
        g_assert_true(reading->marks & MG_MARK_ENCRYPTED);
}

static void test_placeholders(void) {
        static const struct {
                const char *text;
                gboolean is;
        } rows[] = {
                {"", TRUE},
                {" \r\n\t", TRUE},
                {"Your mail client does not support HTML.", TRUE},
                {"To view this email in your browser go to https://example.org/1", TRUE},
                {"このメールはHTML形式で配信しています。", TRUE},
                {"ＨＴＭＬメールに対応していないメールソフトです", TRUE},
                {"<html><body>x</body></html>", TRUE},
                {"hello", FALSE},
                {"会議は10時からです。", FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_cmpint(mg_text_is_placeholder(rows[i].text), ==, rows[i].is);
        g_autoptr(GString) longer = g_string_new("your client does not support html ");
        for (guint i = 0; i < 60; i++)
                g_string_append(longer, "but this is the news ");
        g_assert_false(mg_text_is_placeholder(longer->str));
}

/* D9 */
static void test_drawings(void) {
        g_autoptr(GString) text = g_string_new("scan\n");
        for (guint i = 0; i < 12; i++)
                g_string_append(text, "█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█\n");
        g_string_append(text, "end\n");
        g_assert_cmpuint(mg_text_cut_drawings(text), ==, 1);
        g_assert_cmpstr(text->str, ==, "scan\n[図形 QR を除去 / drawing removed]\nend\n");
        g_autoptr(GString) few = g_string_new("████████████ 80 %\nend");
        g_assert_cmpuint(mg_text_cut_drawings(few), ==, 0);
        g_assert_cmpstr(few->str, ==, "████████████ 80 %\nend");
}

/* A QR code of the smallest kind, "http://a.example": '#' is dark. */
static const char *const code[] = {
        "#######  ##   #######", "#     # # #   #     #", "# ### # # ### # ### #", "# ### #  #  # # ### #",
        "# ### # ###   # ### #", "#     # ####  #     #", "####### # # # #######", "        #  #         ",
        "## #  ##  ### ### ## ", "####   ##  ## ##   ##", " # ### ### ### ##  ##", "##  #    # # ## ## ##",
        "# # # ##   #    # #  ", "        # #####    # ", "####### ### # # #### ", "#     #  ##     #  ##",
        "# ### # #   # ## ####", "# ### # #  # # ###  #", "# ### #  # #### # # #", "#     # #  # # # # ##",
        "####### #  # ##    # ",
};

static void draw_whole(GString *out, const char *before, const char *dark, const char *light) {
        for (guint row = 0; row < G_N_ELEMENTS(code); row++) {
                g_string_append(out, before);
                for (const char *p = code[row]; *p != '\0'; p++)
                        g_string_append(out, *p == '#' ? dark : light);
                g_string_append_c(out, '\n');
        }
}

/* Two rows a line. */
static void draw_halves(GString *out, const char *const parts[4]) {
        for (guint row = 0; row < G_N_ELEMENTS(code); row += 2) {
                const char *below = row + 1 < G_N_ELEMENTS(code) ? code[row + 1] : "                     ";
                for (guint i = 0; code[row][i] != '\0'; i++)
                        g_string_append(out, parts[(code[row][i] == '#') + 2 * (below[i] == '#')]);
                g_string_append_c(out, '\n');
        }
}

static void check_cut(const GString *drawn, const char *what) {
        g_autoptr(GString) text = g_string_new("scan\n\n");
        g_string_append_len(text, drawn->str, drawn->len);
        g_string_append(text, "\nend\n");
        g_test_message("%s", what);
        g_assert_cmpuint(mg_text_cut_drawings(text), ==, 1);
        g_assert_cmpstr(text->str, ==, "scan\n\n[図形 QR を除去 / drawing removed]\n\nend\n");
}

static void test_drawn_codes(void) {
        static const char *const inks[][2] = {
                {"██", "  "}, {"█", " "}, {"■", "□"}, {"■", "　"}, {"\u2B1B", "\u2B1C"}, {"\U0001F7E5", "\U0001F7E8"},
                {"▓▓", "░░"}, {"⣿", "⠀"}};
        static const char *const halves[][4] = {{" ", "▀", "▄", "█"}, {"█", "▄", "▀", " "}};
        for (gsize i = 0; i < G_N_ELEMENTS(inks); i++) {
                g_autoptr(GString) dark = g_string_new(NULL), light = g_string_new(NULL), quoted = g_string_new(NULL);
                draw_whole(dark, "", inks[i][0], inks[i][1]);
                draw_whole(light, "", inks[i][1], inks[i][0]);
                draw_whole(quoted, "> > ", inks[i][0], inks[i][1]);
                check_cut(dark, inks[i][0]);
                check_cut(light, inks[i][1]);
                check_cut(quoted, "quoted");
        }
        for (gsize i = 0; i < G_N_ELEMENTS(halves); i++) {
                g_autoptr(GString) drawn = g_string_new(NULL);
                draw_halves(drawn, halves[i]);
                check_cut(drawn, halves[i][0]);
        }
}

/* A letter in each line makes no text of a code. */
static void test_lettered_codes(void) {
        static const char *const rows[] = {"あ█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█\n",  "█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█ 1\n",
                                           "■■■□■■a□■□■■■\n",          "██ ██ x ██  ██  ██\n",
                                           "＿■■■■　■■　　　■■■\n",    "a ██\u200B██\u200B ██\u200B█ ██\n",
                                           "a ■■\u3164■■\u2003■■.■■\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) drawn = g_string_new(NULL);
                for (guint line = 0; line < 10; line++)
                        g_string_append(drawn, rows[i]);
                check_cut(drawn, rows[i]);
        }
}

/* Bars and boxes of forms have words beside them. */
static void test_bars(void) {
        static const char *const rows[] = {
                "氏名：□□□□□□□□\n",          "1月　■■■■■■■■　進捗10%\n",
                "2月 ████████░░░░░░ 57%\n",  "a ⬛️⬛️⬛️⬛️⬛️⬛️⬛️⬛️\n",
                "前 ■■■■□□□□ 後 ■■■□□□□□\n", "[■■■■■□□□□□] 50点\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) text = g_string_new(NULL);
                for (guint line = 0; line < 12; line++)
                        g_string_append(text, rows[i]);
                g_autofree char *before = g_strdup(text->str);
                g_test_message("%s", rows[i]);
                g_assert_cmpuint(mg_text_cut_drawings(text), ==, 0);
                g_assert_cmpstr(text->str, ==, before);
        }
}

/* Rules and marks of lists in Japanese mail are no drawing. */
static void test_no_drawings(void) {
        static const char *const texts[] = {
                "■□■□■□■□■□■□■□\n　会議のお知らせ\n■□■□■□■□■□■□■□\n■日時\n■場所\n■\n■\n■\n■\n■\n■\n■\n■\n",
                "████████ 80 %\n会\n████████ 80 %\n議\n████████ 80 %\n",
                "\n\n\n\n\n\n\n\n\n\n\n\n■\n",
        };
        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(GString) text = g_string_new(texts[i]);
                g_assert_cmpuint(mg_text_cut_drawings(text), ==, 0);
                g_assert_cmpstr(text->str, ==, texts[i]);
        }
}

static void test_links(void) {
        const char *text = "http://a.jp https://b.jp HTTP://c.jp ftp://d.jp x://e ://";
        g_assert_cmpuint(mg_text_count_links(text, strlen(text)), ==, 3);
}

static void test_codings(void) {
        static const struct {
                const char *value;
                MgCoding coding;
                gboolean known;
        } names[] = {
                {" 7bit", MG_CODING_IDENTITY, TRUE},      {"BASE64\r\n", MG_CODING_BASE64, TRUE},
                {"\"base64\"", MG_CODING_BASE64, TRUE},   {"quoted-printable;", MG_CODING_QUOTED_PRINTABLE, TRUE},
                {"x-uuencode", MG_CODING_UUENCODE, TRUE}, {"base64x", MG_CODING_IDENTITY, FALSE},
                {"", MG_CODING_IDENTITY, FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                gboolean known = FALSE;
                g_assert_cmpint(mg_coding_parse(names[i].value, strlen(names[i].value), &known), ==, names[i].coding);
                g_assert_cmpint(known, ==, names[i].known);
        }
        static const struct {
                MgCoding coding;
                const char *in;
                const char *out;
                gboolean broken;
        } rows[] = {
                {MG_CODING_BASE64, "aGVsbG8=", "hello", FALSE},
                {MG_CODING_BASE64, "aGVs\r\nbG8=\r\n", "hello", FALSE},
                {MG_CODING_BASE64, "aGVsbG8", "hello", TRUE},
                {MG_CODING_BASE64, "Vkk=\nUlVTISE=", "VIRUS!!", TRUE},
                {MG_CODING_BASE64, "aGVsbG8=!", "hello", TRUE},
                {MG_CODING_BASE64, "", "", FALSE},
                {MG_CODING_BASE64, "a", "", TRUE},
                {MG_CODING_BASE64, "=", "", TRUE},
                {MG_CODING_QUOTED_PRINTABLE, "a=41=\r\nb", "aAb", FALSE},
                {MG_CODING_QUOTED_PRINTABLE, "a= \t\nb", "ab", FALSE},
                {MG_CODING_QUOTED_PRINTABLE, "a=", "a", FALSE},
                {MG_CODING_QUOTED_PRINTABLE, "a=4", "a=4", TRUE},
                {MG_CODING_QUOTED_PRINTABLE, "=4a=4A", "JJ", FALSE},
                {MG_CODING_UUENCODE, "begin 644 a\n#0V%T\n`\nend\n", "Cat", FALSE},
                {MG_CODING_UUENCODE, "begin 644 a\r\n#0V%T\r\n`\r\nend\r\n#0V%T\r\n", "Cat", FALSE},
                {MG_CODING_UUENCODE, "begin 644 a\n#0V%T\n\n`\n$0V%T<P", "CatCats", FALSE},
                {MG_CODING_UUENCODE, "begin 644 a\n\"04\n!0\n#\nM\n", "A@@", FALSE},
                {MG_CODING_UUENCODE, "no frame", "no frame", TRUE},
                {MG_CODING_IDENTITY, "a=41", "a=41", FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("row %" G_GSIZE_FORMAT, i);
                gboolean broken = FALSE;
                g_autoptr(GBytes) out = mg_coding_decode(rows[i].coding, rows[i].in, strlen(rows[i].in), &broken);
                gsize n;
                const char *s = g_bytes_get_data(out, &n);
                g_assert_cmpmem(s, n, rows[i].out, strlen(rows[i].out));
                g_assert_cmpint(broken, ==, rows[i].broken);
        }
}

/* As an encoder makes them: each octet in each place, the last line short. */
static void test_encoded_files(void) {
        /* An escape of nothing. */
        g_autoptr(GBytes) cut = mg_coding_ydecode("kl=\r\nm=", 7);
        g_assert_cmpmem("ABC", 3, g_bytes_get_data(cut, NULL), g_bytes_get_size(cut));
        for (gsize n = 0; n < 600; n += n < 100 ? 1 : 37) {
                g_autoptr(GByteArray) octets = g_byte_array_new();
                g_autoptr(GString) uu = g_string_new(NULL), y = g_string_new(NULL);
                for (gsize i = 0; i < n; i++) {
                        guint8 octet = (guint8)(i * 7 + n), moved = octet + 42;
                        g_byte_array_append(octets, &octet, 1);
                        if (strchr("=\r\n", moved) != NULL) /* and NUL */
                                g_string_append_c(y, '=');
                        g_string_append_c(y, (char)(strchr("=\r\n", moved) != NULL ? moved + 64 : moved));
                        if (i % 128 == 127)
                                g_string_append(y, "\r\n");
                }
                for (gsize i = 0; i < n; i += 45) {
                        gsize line = MIN(45, n - i);
                        g_string_append_c(uu, (char)(line + ' '));
                        for (gsize k = i; k < i + line; k += 3) {
                                guint group = octets->data[k] << 16;
                                group |= k + 1 < n ? octets->data[k + 1] << 8 : 0;
                                group |= k + 2 < n ? octets->data[k + 2] : 0;
                                for (int shift = 18; shift >= 0; shift -= 6)
                                        g_string_append_c(uu, (char)((group >> shift & 63) + ' '));
                        }
                        g_string_append(uu, n % 2 ? "\n" : "\r\n");
                }
                g_autoptr(GBytes) from_uu = mg_coding_uudecode(uu->str, uu->len);
                g_autoptr(GBytes) from_y = mg_coding_ydecode(y->str, y->len);
                g_assert_cmpmem(octets->data, n, g_bytes_get_data(from_uu, NULL), g_bytes_get_size(from_uu));
                g_assert_cmpmem(octets->data, n, g_bytes_get_data(from_y, NULL), g_bytes_get_size(from_y));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/text/B24-unflow", test_unflow);
        g_test_add_func("/text/B16-B17-runs", test_runs);
        g_test_add_func("/text/B16-run-in-line", test_run_in_line);
        g_test_add_func("/text/B17-base64-shapes", test_base64_shapes);
        g_test_add_func("/text/no-base64", test_no_base64);
        g_test_add_func("/text/runs-linear", test_runs_linear);
        g_test_add_func("/text/B16-B17-listed", test_listed);
        g_test_add_func("/text/encoded-files", test_encoded_files);
        g_test_add_func("/text/placeholders", test_placeholders);
        g_test_add_func("/text/D9-drawings", test_drawings);
        g_test_add_func("/text/D9-codes", test_drawn_codes);
        g_test_add_func("/text/D9-lettered-codes", test_lettered_codes);
        g_test_add_func("/text/D9-bars", test_bars);
        g_test_add_func("/text/D9-no-drawings", test_no_drawings);
        g_test_add_func("/text/links", test_links);
        g_test_add_func("/text/B7-codings", test_codings);
        return g_test_run();
}
