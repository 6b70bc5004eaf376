/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset: labels, the Japanese decoders, broken Unicode, guessing, and that the tables agree with iconv
 */
#include <iconv.h>
#include <string.h>

#include "../used.h"
#include "base/release_client.h"
#include "mails.h"
#include "sanitize/charset.h"

typedef struct Row {
        const char *bytes;
        gsize n; /* 0: strlen */
        const char *label;
        const char *meta;
        const char *text;
        const char *charset; /* NULL: not asked */
        guint32 replaced;
} Row;

#define FFFD "\xEF\xBF\xBD"
#define GETA "〓"

static void check(const Row *row, gsize i) {
        g_auto(MgDecoded) out = {0};
        gsize n = row->n > 0 ? row->n : strlen(row->bytes);
        mg_charset_decode(row->bytes, n, row->label, row->meta, &out);
        g_test_message("row %" G_GSIZE_FORMAT ": %s as %s", i, out.text, out.charset);
        g_assert_cmpstr(out.text, ==, row->text);
        g_assert_cmpuint(out.replaced, ==, row->replaced);
        g_assert_true(g_utf8_validate(out.text, -1, NULL));
        if (row->charset != NULL)
                g_assert_cmpstr(out.charset, ==, row->charset);
}

#define CHECK_ROWS(rows)                                                                                               \
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)                                                                 \
        check(&rows[i], i)

static void test_jis(void) {
        static const Row rows[] = {
                {"\x1B$B4A;z\x1B(B", 0, "iso-2022-jp", NULL, "漢字", "iso-2022-jp", 0},
                {"\x1B$@4A;z\x1B(J abc", 0, "ISO-2022-JP", NULL, "漢字 abc", "iso-2022-jp", 0},
                {"\x1B&@\x1B$B4A\x1B(B", 0, "iso-2022-jp", NULL, "漢", NULL, 0},
                {"\x1B$(B4A\x1B(B", 0, "iso-2022-jp", NULL, "漢", NULL, 0},
                /* half-width kana, by escape and raw */
                {"\x1B(I6@6E\x1B(B.", 0, "iso-2022-jp", NULL, "ｶﾀｶﾅ.", NULL, 0},
                {"\x1B$B4A\x1B(B\xB6\xC5", 0, "iso-2022-jp", NULL, "漢ｶﾅ", NULL, 0},
                /* E3: JIS-Roman is ASCII here */
                {"\x1B(Ja\\b~c\x1B(B", 0, "iso-2022-jp", NULL, "a\\b~c", NULL, 0},
                /* NEC row 13, NEC-selected IBM characters (trap 5) */
                {"\x1B$B-!-jyS|b\x1B(B", 0, "iso-2022-jp", NULL, "①㈱叝髙", NULL, 0},
                /* as Windows maps */
                {"\x1B$B!A!B!]!1!@\x1B(B", 0, "iso-2022-jp", NULL, "～∥－￣＼", NULL, 0},
                /* JIS X 0212 */
                {"\x1B$(D0!\x1B(B", 0, "iso-2022-jp", NULL, "丂", NULL, 0},
                /* JIS X 0213: what JIS X 0208 has too; what it has not */
                {"\x1B$(Q4A\x1B(B", 0, "iso-2022-jp", NULL, "漢", NULL, 0},
                {"\x1B$(O.!}!\x1B(B", 0, "iso-2022-jp", NULL, GETA GETA, NULL, 2},
                {"\x1B$(P!!\x1B(B", 0, "iso-2022-jp", NULL, GETA, NULL, 1},
                /* rows beyond 94: a vendor's own characters */
                {"\x1B$B\x7F!\x1B(B", 0, "iso-2022-jp", NULL, GETA, NULL, 1},
                /* a carrier's pictographs in free rows, and what it shares with kanji; a free cell elsewhere is none */
                {"\x1B$Bu!u:v}\x1B(B", 0, "iso-2022-jp", NULL, "🌠⚠1\xE2\x83\xA3", NULL, 0},
                {"\x1B$By!\x1B(B", 0, "iso-2022-jp", NULL, "纊", NULL, 0},
                {"\x1B$B)!\x1B(B", 0, "iso-2022-jp", NULL, FFFD, NULL, 1},
                /* E2: an empty escape is seen */
                {"de\x1B$B\x1B(Blete", 0, "iso-2022-jp", NULL, "de" FFFD "lete", NULL, 1},
                {"de\x1B(I\x1B$B\x1B(Jlete", 0, "iso-2022-jp", NULL, "de" FFFD "lete", NULL, 1},
                {"\x1B$B4A\x1B(B\x1B$B;z\x1B(B", 0, "iso-2022-jp", NULL, "漢字", NULL, 0},
                /* nothing is joined here */
                {"\x1B(B\x1B$B4A\x1B(B\x1B(B\n\x1B$B\x1B(B\n", 0, "iso-2022-jp", NULL, "漢\n\n", NULL, 0},
                /* E4 */
                {"a\x1B[31mb", 0, "iso-2022-jp", NULL, "a" FFFD "[31mb", NULL, 1},
                {"\x1B$A4A\x1B(B\x1B$B4A\x1B(B", 0, "iso-2022-jp", NULL, FFFD "$A4A漢", NULL, 1},
                {"a\x0E"
                 "b\x0F"
                 "c",
                 0, "iso-2022-jp", NULL, "a" FFFD "b" FFFD "c", NULL, 2},
                {"\x1B$B4A\x1B.A\x1B(B", 0, "iso-2022-jp", NULL, "漢" FFFD ".A", NULL, 1},
                /* lost escapes, and what only looks like them */
                {"$B%F%9%H(B: $B4A;z(B", 0, "iso-2022-jp", NULL, "テスト: 漢字", NULL, 0},
                {"$B100(B", 0, "iso-2022-jp", NULL, "$B100(B", NULL, 0},
                {"$B%F%9%H(B", 0, "utf-8", NULL, "$B%F%9%H(B", "utf-8", 0},
                {"$B%F%9%H(B \x1B$B4A\x1B(B", 0, "iso-2022-jp", NULL, "$B%F%9%H(B 漢", NULL, 0},
                /* "(I" may be ASCII, where the brackets are closed; beside kanji it is kana */
                {"(I1]90D(B", 0, "iso-2022-jp", NULL, "ｱﾝｹｰﾄ", NULL, 0},
                {"(IC=D(B 2", 0, "iso-2022-jp", NULL, "ﾃｽﾄ 2", NULL, 0},
                {"(II)(B)", 0, "iso-2022-jp", NULL, "(II)(B)", NULL, 0},
                {"a)(I)(B", 0, "iso-2022-jp", NULL, "a)(I)(B", NULL, 0},
                {"=(I2-(B3+1))", 0, "iso-2022-jp", NULL, "=(I2-(B3+1))", NULL, 0},
                {"(I1]90D$B!?0u:~(B", 0, "iso-2022-jp", NULL, "ｱﾝｹｰﾄ／印刷", NULL, 0},
                {"=IF(ISBLANK(B2),1)", 0, "iso-2022-jp", NULL, "=IF(ISBLANK(B2),1)", NULL, 0},
                {"=IF(ISBLANK(B2),1)", 0, "us-ascii", NULL, "=IF(ISBLANK(B2),1)", "us-ascii", 0},
                {"SUM(IIF(Balance>0,1,0))", 0, NULL, NULL, "SUM(IIF(Balance>0,1,0))", "us-ascii", 0},
                {"MAX(IF(Jan>0,1))", 0, "iso-2022-jp", NULL, "MAX(IF(Jan>0,1))", NULL, 0},
                {"Profit (INR)(Before tax)", 0, "utf-8", NULL, "Profit (INR)(Before tax)", "utf-8", 0},
                {"-I$(INC)/$(BASE)", 0, "us-ascii", NULL, "-I$(INC)/$(BASE)", "us-ascii", 0},
                {"((IC=D(B) 1)2", 0, "iso-2022-jp", NULL, "(ﾃｽﾄ) 1)2", NULL, 0},
                {"(IRSX(B2\n))", 0, "iso-2022-jp", NULL, "ﾒﾓﾘ2\n))", NULL, 0},
                {"((IIt(I>^0D^)0(B)", 0, "iso-2022-jp", NULL, "((IItｾﾞｰﾄﾞｩｰ)", NULL, 0},
                {"7(II)(B), (I2^2)*(B1)", 0, NULL, NULL, "7(II)(B), (I2^2)*(B1)", "us-ascii", 0},
                {"(I6@6E(B: $B4A;z(B", 0, "iso-2022-jp", NULL, "ｶﾀｶﾅ: 漢字", NULL, 0},
                {"$B4A;z(I6@6E(B", 0, NULL, NULL, "漢字ｶﾀｶﾅ", "iso-2022-jp", 0},
                /* broken pairs, unassigned ones, end inside a pair */
                {"\x1B$B4A4\x1B(Bx", 0, "iso-2022-jp", NULL, "漢" FFFD "x", NULL, 1},
                {"\x1B$B)!4A", 0, "iso-2022-jp", NULL, FFFD "漢", NULL, 1},
                {"\x1B$B4A4", 0, "iso-2022-jp", NULL, "漢" FFFD, NULL, 1},
                {"\x1B", 0, "iso-2022-jp", NULL, FFFD, NULL, 1},
                /* a line that was not closed ends it; one that a hop folded goes on */
                {"\x1B$B4A\nabc", 0, "iso-2022-jp", NULL, "漢\nabc", NULL, 0},
                {"\x1B$B4A\r\n;z\x1B(B", 0, "iso-2022-jp", NULL, "漢\r\n字", NULL, 0},
                {"\x1B$B4A ;z\x1B(B", 0, "iso-2022-jp", NULL, "漢 字", NULL, 0},
                /* escapes are believed against any label */
                {"\x1B$B4A;z\x1B(B", 0, "us-ascii", NULL, "漢字", "iso-2022-jp", 0},
                {"\x1B$B4A;z\x1B(B", 0, NULL, NULL, "漢字", "iso-2022-jp", 0},
                {"\x1B$B4A;z\x1B(B", 0, "utf-7", NULL, "漢字", "iso-2022-jp", 0},
        };
        CHECK_ROWS(rows);
}

static void test_eight_bit_japanese(void) {
        static const Row rows[] = {
                {"\x8A\xBF\x8E\x9A", 0, "Shift_JIS", NULL, "漢字", "shift_jis", 0},
                {"\x87\x40\x87\x8A\xFB\xFC\xEE\xE0", 0, "cp932", NULL, "①㈱髙髙", "shift_jis", 0},
                {"\x81\x60\x81\x61\x81\x7C", 0, "x-sjis", NULL, "～∥－", "shift_jis", 0},
                {"\xB6\xC5 \\ ~", 0, "sjis", NULL, "ｶﾅ \\ ~", "shift_jis", 0},
                {"\x8A\xBF\xF0\x40\x8E\x9A", 0, "sjis", NULL, "漢" GETA "字", "shift_jis", 1},
                /* E6: the lead swallows neither '<' nor the quote */
                {"\x8A\xBF\x8E\x9A\x8E\x9A\x8E\x9A\x81<b>\x81\"", 0, "sjis", NULL, "漢字字字" FFFD "<b>" FFFD "\"",
                 NULL, 2},
                {"\x95\x5C\x8E\xA6", 0, "sjis", NULL, "表示", "shift_jis", 0},
                {"\xB4\xC1\xBB\xFA", 0, "euc-jp", NULL, "漢字", "euc-jp", 0},
                {"\xAD\xA1\xAD\xEA\xF9\xD3\xFC\xE2", 0, "x-euc-jp", NULL, "①㈱叝髙", "euc-jp", 0},
                {"\x8E\xB6\x8E\xC5\x8F\xB0\xA1\x8F\xF3\xF3", 0, "euc-jp", NULL, "ｶﾅ丂ⅰ", "euc-jp", 0},
                {"\xB4\xC1\xBB\xFA\xA4\xC7\xA4\xB9\xB4<b>", 0, "euc-jp", NULL, "漢字です" FFFD "<b>", "euc-jp", 1},
        };
        CHECK_ROWS(rows);
}

static void test_unicode(void) {
        static const Row rows[] = {
                {"漢字 é", 0, "utf-8", NULL, "漢字 é", "utf-8", 0},
                {"漢字", 0, "iso-8859-1", NULL, "漢字", "utf-8", 0},
                {"\xEF\xBB\xBF漢", 0, "shift_jis", NULL, "漢", "utf-8", 0},
                /* E5: never shortened */
                {"\xC0\xBCscript", 0, "utf-8", NULL, FFFD FFFD "script", "utf-8", 2},
                {"\xE0\x80\xBC\xE6\xBC\xA2", 0, "utf-8", NULL, FFFD FFFD FFFD "漢", "utf-8", 3},
                {"漢字漢字漢字漢字漢字漢\xED\xA0\x80", 0, "utf-8", NULL, "漢字漢字漢字漢字漢字漢" FFFD FFFD FFFD,
                 "utf-8", 3},
                {"漢字\xE6\xBC", 0, "utf-8", NULL, "漢字" FFFD, "utf-8", 1},
                /* cut or damaged, and labelled otherwise */
                {"本日は休みです\xE3\x80", 0, NULL, NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"本日は休みです\xE3\x80", 0, "shift_jis", NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"本日は\xE4\xBC休みです", 0, "euc-jp", NULL, "本日は" FFFD "休みです", "utf-8", 1},
                {"本日は休みです\xE3\x80", 0, "us-ascii", NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"本日は休みです\xE3\x80", 0, "iso-8859-1", NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"本日は休みです\xE3\x80", 0, "gb2312", NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"本日は休みです\xE3\x80", 0, "iso-2022-jp", NULL, "本日は休みです" FFFD, "utf-8", 1},
                {"<p>本日は休みです\xE3\x80", 0, NULL, "utf-8", "<p>本日は休みです" FFFD, "utf-8", 1},
                {"\xF4\x90\x80\x80\xF8\x88\x80\x80\x80", 0, "utf-8", NULL, FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD,
                 "utf-8", 9},
                {"\x6F\x22\x5B\x57\x00\x0A", 6, "utf-16", NULL, "漢字\n", "utf-16", 0},
                {"\x22\x6F\x57\x5B\x0A\x00", 6, "utf-16", NULL, "漢字\n", NULL, 0},
                {"a\0b\0\x22\x6F", 6, "utf-16", NULL, "ab漢", "utf-16", 0},
                {"\xFF\xFE\x22\x6F", 4, "iso-8859-1", NULL, "漢", "utf-16le", 0},
                {"\xFE\xFF\x6F\x22\xD8\x40\xDC\x0B", 8, NULL, NULL, "漢𠀋", "utf-16be", 0},
                {"\xFE\xFF\x6F\x22\xD8\x40\x00", 7, NULL, NULL, "漢" FFFD FFFD, "utf-16be", 2},
                {"\xFE\xFF\xDC\x0B\x00"
                 "A",
                 6, NULL, NULL, FFFD "A", "utf-16be", 1},
                {"a\0\0\0\x22\x6F\0\0", 8, "utf-32", NULL, "a漢", "utf-32", 0},
                {"\0\0\0a\0\x11\0\0\0\0\xD8\0\0", 13, "utf-32be", NULL, "a" FFFD FFFD FFFD, "utf-32be", 3},
                /* plain ASCII that calls itself wide */
                {"plain", 0, "utf-16", NULL, "plain", "us-ascii", 0},
        };
        CHECK_ROWS(rows);
}

static void test_others(void) {
        static const Row rows[] = {
                {"caf\xE9", 0, "iso-8859-1", NULL, "café", "iso-8859-1", 0},
                {"\x93"
                 "a\x94 \x80",
                 0, "iso-8859-1", NULL, "“a” €", "iso-8859-1", 0},
                {"a\x81", 0, "windows-1252", NULL, "a" FFFD, "windows-1252", 1},
                {"\xA4", 0, "iso-8859-15", NULL, "€", "iso-8859-15", 0},
                {"\xCF\xF0\xE8\xE2\xE5\xF2", 0, "windows-1251", NULL, "Привет", "windows-1251", 0},
                {"\xF0\xD2\xC9\xD7\xC5\xD4", 0, "koi8_r", NULL, "Привет", "koi8-r", 0},
                {"\xA4\xC0", 0, "koi8-u", NULL, "єю", "koi8-u", 0},
                {"\xCA\xC7\xD1\xCA\xB4\xD5", 0, "tis-620", NULL, "สวัสดี", "tis-620", 0},
                {"\xCA\xC7\xD1\xCA\xB4\xD5", 0, "windows-874", NULL, "สวัสดี", "windows-874", 0},
                {"\xCA\xC7\xD1\xCA\xB4\xD5", 0, "iso-8859-11", NULL, "สวัสดี", "iso-8859-11", 0},
                {"\xC4\xE3\xBA\xC3", 0, "gb2312", NULL, "你好", "gb18030", 0},
                {"\x81\x30\x84\x36\x95\x32\x83\x37", 0, "gb18030", NULL, "\xC2\xA5𠀋", "gb18030", 0},
                {"\xA7\x41\xA6\x6E", 0, "big5", NULL, "你好", "big5", 0},
                {"\xBE\xC8\xB3\xE7\xC7\xCF\xBC\xBC\xBF\xE4", 0, "ks_c_5601-1987", NULL, "안녕하세요", "euc-kr", 0},
                {"\xE9\xE1\xE8\xE9", 0, "iso-8859-7", NULL, "ιαθι", "iso-8859-7", 0},
                /* E1, E8, E10: not in the table, shown as they stand */
                {"+ADw-script+AD4-", 0, "utf-7", NULL, "+ADw-script+AD4-", "us-ascii", 0},
                {"+ADw-", 0, "unicode-1-1-utf-7", NULL, "+ADw-", "us-ascii", 0},
                {"\x1B$)A\x0E!!", 0, "iso-2022-cn", NULL, "\x1B$)A\x0E!!", "us-ascii", 0},
                {"a\xE9", 0, "x-user-defined", NULL, "aé", "windows-1252", 0},
                {"", 0, NULL, NULL, "", "us-ascii", 0},
        };
        CHECK_ROWS(rows);
}

static void test_guess(void) {
        static const Row rows[] = {
                /* Japanese without a label, or with one that mailers set blindly */
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", 0, NULL, NULL, "こんにちは", "shift_jis", 0},
                {"\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", 0, NULL, NULL, "こんにちは", "euc-jp", 0},
                {"\x89\xEF\x8B\x63\x8E\x91\x97\xBF", 0, "x-unknown", NULL, "会議資料", "shift_jis", 0},
                {"\xB2\xF1\xB5\xC4\xBB\xF1\xCE\xC1", 0, "iso-8859-1", NULL, "会議資料", "euc-jp", 0},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", 0, "utf-8", NULL, "こんにちは", "shift_jis", 0},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", 0, "iso-2022-jp", NULL, "こんにちは", "shift_jis", 0},
                {"\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", 0, "iso-2022-jp", NULL, "こんにちは", "euc-jp", 0},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", 0, "euc-jp", NULL, "こんにちは", "shift_jis", 0},
                {"こんにちは", 0, "iso-2022-jp", NULL, "こんにちは", "utf-8", 0},
                {"こんにちは", 0, "shift_jis", NULL, "こんにちは", "utf-8", 0},
                /* two octets of half-width kana that happen to be UTF-8 */
                {"\xC3\xBD\xC4\xBD", 0, "shift_jis", NULL, "ﾃｽﾄｽ", "shift_jis", 0},
                /* Latin text is not Japanese */
                {"\xC4\xD6\xDC\xDF gr\xFC\xDF"
                 "e",
                 0, "iso-8859-1", NULL, "ÄÖÜß grüße", "iso-8859-1", 0},
                {"\xE9t\xE9 \xE0 la cr\xE8me", 0, NULL, NULL, "été à la crème", "windows-1252", 0},
                {"caf\xE9", 0, "utf-8", NULL, "café", "windows-1252", 0},
                /* meta, where the label says nothing */
                {"\xC4\xE3\xBA\xC3", 0, NULL, "gb2312", "你好", "gb18030", 0},
                {"\xCF\xF0\xE8\xE2\xE5\xF2", 0, NULL, "windows-1251", "Привет", "windows-1251", 0},
                {"\xC4\xE3\xBA\xC3", 0, "gb2312", "shift_jis", "你好", "gb18030", 0},
        };
        CHECK_ROWS(rows);
}

/* A right label of another language is never taken for Japanese. */
static void test_neighbours(void) {
        static const Row rows[] = {
                {"\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xC4\xC5\xCC\xC1? \xF7\xD9\xD3\xD9\xCC\xC1\xC0 "
                 "\xC4\xCF\xC7\xCF\xD7\xCF\xD2 - 12.",
                 0, "koi8-r", NULL, "Привет, как дела? Высылаю договор - 12.", "koi8-r", 0},
                {"\xE4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8", 0, "koi8-r", NULL, "Добрый день", "koi8-r", 0},
                {"\xD3\xE2\xE0\xE6\xE0\xE5\xEC\xFB\xE5 \xEA\xEE\xEB\xEB\xE5\xE3\xE8, \xE2\xFB\xF1\xFB\xEB\xE0\xFE "
                 "\xF1\xF7\xB8\xF2.",
                 0, "windows-1251", NULL, "Уважаемые коллеги, высылаю счёт.", "windows-1251", 0},
                {"\xB4\xDE\xD3\xDE\xD2\xDE\xE0", 0, "iso-8859-5", NULL, "Договор", "iso-8859-5", 0},
                {"\xCA\xE1\xEB\xE7\xEC\xDD\xF1\xE1 \xF3\xE1\xF2", 0, "iso-8859-7", NULL, "Καλημέρα σας", "iso-8859-7",
                 0},
                {"\xC5\xF5\xF7\xE1\xF1\xE9\xF3\xF4\xFE \xF0\xEF\xEB\xFD", 0, "windows-1253", NULL, "Ευχαριστώ πολύ",
                 "windows-1253", 0},
                {"\xAF\xF3\xB3ta \xB3\xF3"
                 "d\xBC p\xB3ynie",
                 0, "iso-8859-2", NULL, "Żółta łódź płynie", "iso-8859-2", 0},
                {"P\xF8\xEDli\x9A \x9Elu\x9Dou\xE8k\xFD k\xF9\xF2", 0, "windows-1250", NULL, "Příliš žluťoučký kůň",
                 "windows-1250", 0},
                {"G\xFCnayd\xFDn, te\xFE"
                 "ekk\xFCrler",
                 0, "windows-1254", NULL, "Günaydın, teşekkürler", "windows-1254", 0},
                {"\xDDyi g\xFCnler", 0, "iso-8859-9", NULL, "İyi günler", "iso-8859-9", 0},
                {"\xCA\xC7\xD1\xCA\xB4\xD5\xA4\xC3\xD1\xBA \xA2\xCD\xBA\xA4\xD8\xB3", 0, "tis-620", NULL,
                 "สวัสดีครับ ขอบคุณ", "tis-620", 0},
                {"\xBB\xC3\xD0\xAA\xD8\xC1\xC7\xD1\xB9\xA8\xD1\xB9\xB7\xC3\xEC", 0, "windows-874", NULL, "ประชุมวันจันทร์",
                 "windows-874", 0},
                {"\xC4\xFA\xBA\xC3\xA3\xAC\xC7\xEB\xB2\xE9\xCA\xD5\xB8\xBD\xBC\xFE\xA1\xA3\xD0\xBB\xD0\xBB", 0,
                 "gb2312", NULL, "您好，请查收附件。谢谢", "gb18030", 0},
                {"\xBB\xE1\xD2\xE9\xCD\xA8\xD6\xAA", 0, "gb2312", NULL, "会议通知", "gb18030", 0},
                {"\x9Dh\xD5Z\xC5"
                 "c\xB7\xB1\xF3w\xD7\xD6\xD9Y\xC1\xCF",
                 0, "gbk", NULL, "漢語與繁體字資料", "gb18030", 0},
                {"\xC4\xFA\xBA\xC3\xA3\xAC\xBB\xE1\xD2\xE9\xB8\xC4\xD4\xDA\xCF\xC2\xCE\xE7\xC8\xFD\xB5\xE3\xBE\xD9\xD0"
                 "\xD0\xA3\xAC\xB5\xD8\xB5\xE3\xB2\xBB\xB1\xE4\xA3\xAC\xC7\xEB\xCF\xE0\xBB\xA5\xD7\xAA\xB8\xE6\xA3\xAC"
                 "\xD0\xBB\xD0\xBB\xB4\xF3\xBC\xD2\xB5\xC4\xD6\xA7\xB3\xD6\xD3\xEB\xC5\xE4\xBA\xCF\xA1\xA3",
                 0, "gb18030", NULL, "您好，会议改在下午三点举行，地点不变，请相互转告，谢谢大家的支持与配合。",
                 "gb18030", 0},
                {"\xB1z\xA6n\xA1"
                 "A\xBD\xD0\xAC"
                 "d\xA6\xAC\xAA\xFE\xA5\xF3\xA1"
                 "A\xC1\xC2\xC1\xC2",
                 0, "big5", NULL, "您好，請查收附件，謝謝", "big5", 0},
                {"\xB7|\xC4\xB3\xB3q\xAA\xBE", 0, "big5", NULL, "會議通知", "big5", 0},
                {"\xA7\xDA\xAD\xCC\xB1N\xA9\xF3\xA4U\xB6g\xA4@\xA5l\xB6}\xB7|\xC4\xB3\xA1"
                 "A\xBD\xD0\xB7\xC7\xAE\xC9\xB0\xD1\xA5[\xA1"
                 "C",
                 0, "big5", NULL, "我們將於下週一召開會議，請準時參加。", "big5", 0},
                {"\xBE\xC8\xB3\xE7\xC7\xCF\xBC\xBC\xBF\xE4 \xB9\xDD\xB0\xA9\xBD\xC0\xB4\xCF\xB4\xD9", 0, "euc-kr", NULL,
                 "안녕하세요 반갑습니다", "euc-kr", 0},
                {"\xC8\xB8\xC0\xC7 \xC0\xDA\xB7\xE1 \xBC\xDB\xBA\xCE", 0, "euc-kr", NULL, "회의 자료 송부", "euc-kr",
                 0},
                {"\xB0\xA8\xBB\xE7\xC7\xD5\xB4\xCF\xB4\xD9. \xC3\xB7\xBA\xCE \xC6\xC4\xC0\xCF\xC0\xBB "
                 "\xC8\xAE\xC0\xCE\xC7\xD8 \xC1\xD6\xBD\xCA\xBD\xC3\xBF\xC0.",
                 0, "ks_c_5601-1987", NULL, "감사합니다. 첨부 파일을 확인해 주십시오.", "euc-kr", 0},
                {"Gr\xFC\xDF"
                 "e aus K\xF6ln, \xE0 bient\xF4t",
                 0, "iso-8859-1", NULL, "Grüße aus Köln, à bientôt", "iso-8859-1", 0},
                {"Access_\x96_Board.pdf", 0, "windows-1252", NULL, "Access_–_Board.pdf", "windows-1252", 0},
                {"\x93Voil\xE0\x94 \x97 d\xE9j\xE0 vu", 0, "windows-1252", NULL, "“Voilà” — déjà vu", "windows-1252",
                 0},
                {"prix : 12 \xA4, o\xF9 \xE7"
                 "a",
                 0, "iso-8859-15", NULL, "prix : 12 €, où ça", "iso-8859-15", 0},
                {"\xE4\xCF\xC2\xD2\xCF\xC7\xCF \xC4\xCE\xD1, \xF5\xCB\xD2\xC1\xA7\xCE\xCF", 0, "koi8-u", NULL,
                 "Доброго дня, Україно", "koi8-u", 0},
                {"\xF9\xEC\xE5\xED \xE5\xE1\xF8\xEB\xE4", 0, "windows-1255", NULL, "שלום וברכה", "windows-1255", 0},
                {"\xC7\xE1\xD3\xE1\xC7\xE3 \xDA\xE1\xED\xDF\xE3", 0, "windows-1256", NULL, "السلام عليكم",
                 "windows-1256", 0},
        };
        CHECK_ROWS(rows);
}

/* What decided, and whether it is no more than a guess. */
static void test_reasons(void) {
        static const struct {
                const char *bytes;
                const char *label, *meta;
                const char *charset;
                MgCharsetReason reason;
                guint32 guessed;
        } rows[] = {
                {"", "utf-8", NULL, "utf-8", MG_CHARSET_REASON_NONE, 0},
                {"abc", "iso-2022-kr", NULL, "us-ascii", MG_CHARSET_REASON_ASCII, 0},
                {"\xEF\xBB\xBF漢", "shift_jis", NULL, "utf-8", MG_CHARSET_REASON_BOM, 0},
                {"\x1B$B4A;z\x1B(B", "utf-8", NULL, "iso-2022-jp", MG_CHARSET_REASON_ESCAPES, 0},
                {"$B%F%9%H(B", NULL, NULL, "iso-2022-jp", MG_CHARSET_REASON_ESCAPES, 0},
                {"漢字", "shift_jis", NULL, "utf-8", MG_CHARSET_REASON_UTF_8, 0},
                {"\x8A\xBF\x8E\x9A", "cp932", NULL, "shift_jis", MG_CHARSET_REASON_LABEL, 0},
                {"caf\xE9", "iso-8859-1", NULL, "iso-8859-1", MG_CHARSET_REASON_LABEL, 0},
                {"\xC4\xE3\xBA\xC3", NULL, "gb2312", "gb18030", MG_CHARSET_REASON_META, 0},
                {"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", NULL, NULL, "shift_jis", MG_CHARSET_REASON_SCORE, 0},
                /* EUC-JP that calls itself Shift_JIS decodes as that without an error, and is no text then */
                {"\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", "shift_jis", NULL, "euc-jp", MG_CHARSET_REASON_SCORE, 0},
                {"\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", "euc-kr", NULL, "euc-jp", MG_CHARSET_REASON_SCORE, 0},
                {"\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", "koi8-r", NULL, "euc-jp", MG_CHARSET_REASON_SCORE, 0},
                /* guesses: nothing says what it is; two readings are as good */
                {"caf\xE9", NULL, NULL, "windows-1252", MG_CHARSET_REASON_FALLBACK, 1},
                {"\xB6\xC0\xB6\xC5", NULL, NULL, "euc-jp", MG_CHARSET_REASON_SCORE, 2},
                {"$B%F%9%H(B", "utf-8", NULL, "utf-8", MG_CHARSET_REASON_ASCII, 3},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(MgDecoded) out = {0};
                mg_charset_decode(rows[i].bytes, strlen(rows[i].bytes), rows[i].label, rows[i].meta, &out);
                g_test_message("row %" G_GSIZE_FORMAT ": %s", i, out.text);
                g_assert_cmpstr(out.charset, ==, rows[i].charset);
                g_assert_cmpstr(mg_charset_reason_name(out.reason), ==, mg_charset_reason_name(rows[i].reason));
                g_assert_cmpuint(out.guessed, ==, rows[i].guessed);
        }
}

static void test_names(void) {
        static const struct {
                const char *label, *name;
        } rows[] = {
                {"UTF-8", "utf-8"},
                {"charset=US-ASCII", "us-ascii"},
                {" utf8 ", "utf-8"},
                {"\"us-ascii\"", "us-ascii"},
                {"utf-8;foo", "utf-8"},
                {"Shift-JIS", "shift_jis"},
                {"ISO-2022-JP$ESC", "iso-2022-jp"},
                {"KOI8_R", "koi8-r"},
                {"uft-8", "utf-8"},
                {"cp1251", "windows-1251"},
                {"GBK", "gb18030"},
                {"iso8859-15", "iso-8859-15"},
                {"windows-1256", "windows-1256"},
                {"UTF-7", NULL},
                {"unicode-1-1-utf-7", NULL},
                {"ISO-2022-CN-EXT", NULL},
                {"iso-2022-kr", NULL},
                {"hz-gb-2312", NULL},
                {"x-user-defined", NULL},
                {"utf-8//TRANSLIT", NULL},
                {"../../gconv", NULL},
                {"", NULL},
                {NULL, NULL},
                {"iso-4444-5", NULL},
                {"default", NULL},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_cmpstr(mg_charset_name(rows[i].label), ==, rows[i].name);
        g_autofree char *longest = g_strnfill(100000, 'a');
        g_assert_null(mg_charset_name(longest));
}

/* Labels of the Encoding Standard, by the name that is ours; those that it has replaced (HZ, ISO-2022-KR) and its
 * x-user-defined have none. */
static void test_standard_labels(void) {
        static const struct {
                const char *name, *labels;
        } rows[] = {
                {"utf-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"},
                {"ibm866", "866 cp866 csibm866 ibm866"},
                {"iso-8859-2",
                 "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"},
                {"iso-8859-3",
                 "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"},
                {"iso-8859-4",
                 "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"},
                {"iso-8859-5",
                 "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"},
                {"iso-8859-6", "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 "
                               "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"},
                {"iso-8859-7", "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 "
                               "iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
                {"iso-8859-8", "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 "
                               "iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical"},
                {"iso-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
                {"iso-8859-13", "iso-8859-13 iso8859-13 iso885913"},
                {"iso-8859-14", "iso-8859-14 iso8859-14 iso885914"},
                {"iso-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
                {"iso-8859-16", "iso-8859-16"},
                {"koi8-r", "cskoi8r koi koi8 koi8-r koi8_r"},
                {"koi8-u", "koi8-ru koi8-u"},
                {"macintosh", "csmacintosh mac macintosh x-mac-roman"},
                {"windows-874", "dos-874 windows-874"},
                {"iso-8859-11", "iso-8859-11 iso8859-11 iso885911"},
                {"tis-620", "tis-620"},
                {"windows-1250", "cp1250 windows-1250 x-cp1250"},
                {"windows-1251", "cp1251 windows-1251 x-cp1251"},
                {"us-ascii", "ansi_x3.4-1968 ascii us-ascii"},
                {"iso-8859-1", "cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
                               "iso_8859-1:1987 l1 latin1"},
                {"windows-1252", "cp1252 windows-1252 x-cp1252"},
                {"windows-1253", "cp1253 windows-1253 x-cp1253"},
                {"windows-1254", "cp1254 windows-1254 x-cp1254"},
                {"iso-8859-9",
                 "csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5"},
                {"windows-1255", "cp1255 windows-1255 x-cp1255"},
                {"windows-1256", "cp1256 windows-1256 x-cp1256"},
                {"windows-1257", "cp1257 windows-1257 x-cp1257"},
                {"windows-1258", "cp1258 windows-1258 x-cp1258"},
                {"x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"},
                {"gb18030", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030"},
                {"big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
                {"euc-jp", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
                {"iso-2022-jp", "csiso2022jp iso-2022-jp"},
                {"shift_jis", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
                {"euc-kr", "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 "
                           "ksc_5601 windows-949"},
                {"utf-16be", "unicodefffe utf-16be"},
                {"utf-16", "csunicode iso-10646-ucs-2 ucs-2 unicode utf-16"},
                {"utf-16le", "unicodefeff utf-16le"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(GStrv) labels = g_strsplit(rows[i].labels, " ", -1);
                for (char **label = labels; *label != NULL; label++) {
                        g_test_message("%s", *label);
                        g_assert_cmpstr(mg_charset_name(*label), ==, rows[i].name);
                }
        }
}

/* Every character that iconv has in a charset of ours comes out of our decoder as iconv has it. */
static void compare_with_iconv(const char *label, const char *name, guint lead_min) {
        iconv_t converter = iconv_open("UTF-8", name);
        g_assert_true(converter != (iconv_t)-1);
        guint agreed = 0;
        for (guint code = lead_min << 8; code < 0xFFFF; code++) {
                char in[4] = {'<', (char)(code >> 8), (char)code, '>'}, want[16] = "";
                char *from = in, *to = want;
                gsize n_from = sizeof in, n_to = sizeof want - 1;
                iconv(converter, NULL, NULL, NULL, NULL);
                if ((code & 0xFF) < 0x40 || iconv(converter, &from, &n_from, &to, &n_to) == (gsize)-1)
                        continue;
                *to = '\0';
                gunichar c = g_utf8_get_char(want + 1);
                /* Here Windows has FULLWIDTH TILDE and its like, and so have we. */
                if (lead_min == 0xA1 && (c < 0xFF || c == 0x301C || c == 0x2016 || c == 0x2212))
                        continue;
                if ((c >= 0xE000 && c <= 0xF8FF) || g_utf8_strlen(want, -1) != 3)
                        continue;
                g_auto(MgDecoded) out = {0};
                mg_charset_decode(in, 4, label, NULL, &out);
                /* A pair that is UTF-8 as well may be taken for that. */
                if (strcmp(out.charset, "utf-8") == 0)
                        continue;
                g_assert_cmpstr(out.text, ==, want);
                agreed++;
        }
        iconv_close(converter);
        g_test_message("%s: %u characters", name, agreed);
        g_assert_cmpuint(agreed, >, 6000);
}

static void test_iconv_agrees(void) {
        compare_with_iconv("shift_jis", "CP932", 0x81);
        compare_with_iconv("big5", "BIG5-HKSCS", 0x81);
        compare_with_iconv("euc-kr", "CP949", 0x81);
        compare_with_iconv("gb18030", "GB18030", 0x81);
        compare_with_iconv("euc-jp", "EUC-JP", 0xA1);
}

/* Whatever the octets: valid UTF-8, ended by NUL, and time that grows with the size. */
static void test_hostile(void) {
        static const char *const labels[] = {NULL,     "iso-2022-jp", "shift_jis", "euc-jp",
                                             "utf-8",  "utf-16",      "gb18030",   "big5",
                                             "euc-kr", "iso-8859-1",  "utf-32",    "windows-1253"};
        static const char *const units[] = {"\x1B", "\x1B$B",           "$B",       "\x1B$B\x1B(B", "\x1B$B4A\n",
                                            "\x81", "\x81\x30\x81\x30", "\x8F\xA1", "\xE3\x81",     "\xFF",
                                            "=?",   "$B%F\x81"};
        GRand *random = g_rand_new_with_seed(20260101);
        for (guint round = 0; round < 4000; round++) {
                char bytes[64];
                gsize n = (gsize)g_rand_int_range(random, 0, sizeof bytes);
                for (gsize i = 0; i < n; i++) {
                        bytes[i] = (char)g_rand_int_range(random, 0, 256);
                        if (g_rand_int_range(random, 0, 4) == 0)
                                bytes[i] = "\x1B$(B@IJDOQP&"[g_rand_int_range(random, 0, 12)];
                }
                g_auto(MgDecoded) out = {0};
                mg_charset_decode(bytes, n, labels[round % G_N_ELEMENTS(labels)], NULL, &out);
                for (const char *p = out.text, *end = out.text + out.n; p < end; p++)
                        g_assert_true(*p == '\0' || g_utf8_get_char_validated(p, end - p) != (gunichar)-1 ||
                                      (*p & 0xC0) == 0x80);
                g_assert_cmpint(out.text[out.n], ==, '\0');
        }
        g_rand_free(random);
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) big = g_string_new(NULL);
                while (big->len < 1 << 20)
                        g_string_append(big, units[i]);
                for (gsize k = 0; k < G_N_ELEMENTS(labels); k++) {
                        gint64 begin = used_time();
                        g_auto(MgDecoded) out = {0};
                        mg_charset_decode(big->str, big->len, labels[k], NULL, &out);
                        g_assert_cmpint(used_time() - begin, <, 3 * G_USEC_PER_SEC);
                        g_assert_true(g_utf8_validate_len(out.text, out.n, NULL));
                }
        }
}

/* What a person asks for is taken, whatever label and octets say. */
static void test_asked(void) {
        static const struct {
                const char *name, *bytes, *text;
        } rows[] = {{"shift_jis", "\x93\xFA\x96\x7B", "日本"},    {"euc-jp", "\xC6\xFC\xCB\xDC", "日本"},
                    {"iso-2022-jp", "\x1B$BF|K\\\x1B(B", "日本"}, {"utf-8", "\xEF\xBB\xBF\xE6\x97\xA5", "日"},
                    {"windows-1252", "\xE6\x97\xA5", "æ—¥"},      {"koi8-r", "\xC4\xC1", "да"}};
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(MgDecoded) decoded = {0};
                mg_charset_decode_as(rows[i].bytes, strlen(rows[i].bytes), rows[i].name, &decoded);
                g_assert_cmpstr(decoded.text, ==, rows[i].text);
                g_assert_cmpstr(decoded.charset, ==, rows[i].name);
                g_assert_cmpuint(decoded.reason, ==, MG_CHARSET_REASON_ASKED);
                g_assert_cmpuint(decoded.replaced, ==, 0);
        }
        g_auto(MgDecoded) empty = {0}, wrong = {0};
        mg_charset_decode_as("", 0, "utf-16le", &empty);
        g_assert_cmpstr(empty.text, ==, "");
        mg_charset_decode_as("\xFF\xFF", 2, "utf-8", &wrong);
        g_assert_cmpuint(wrong.replaced, ==, 2);

        /* All that can be asked for is in the table, by its own name. */
#define IS_KNOWN(name) g_assert_cmpstr(mg_charset_name(name), ==, name);
        MG_TEXT_CHARSETS(IS_KNOWN)
#undef IS_KNOWN

        g_autoptr(GBytes) mail = g_bytes_new_static("Content-Type: text/plain; charset=utf-8\r\n\r\n"
                                                    "\xC6\xFC\xCB\xDC\r\n",
                                                    49);
        g_autoptr(MgReading) asked = mg_sanitize_read_as(mail, &mg_limits_default, "shift_jis");
        g_autofree char *body = body_of(asked);
        g_assert_cmpstr(body, ==, "ﾆ\uFFFDﾜ\n");
        g_assert_cmpstr(asked->body_charset, ==, "shift_jis");
        /* Raw octets of the header are in the same; an encoded word says its own. */
        static const char named[] = "Subject: \xC6\xFC\xCB\xDC\r\nFrom: \xC6\xFC <a@example.org>\r\n"
                                    "Reply-To: =?utf-8?B?5pel?= <b@example.org>\r\n"
                                    "Content-Type: text/plain; charset=koi8-r\r\n\r\n\xC6\xFC\r\n";
        g_autoptr(GBytes) headed = g_bytes_new_static(named, sizeof named - 1);
        g_autoptr(MgReading) plain = mg_sanitize_read(headed, &mg_limits_default);
        g_autoptr(MgReading) euc = mg_sanitize_read_as(headed, &mg_limits_default, "euc-jp");
        g_autoptr(MgReading) wide = mg_sanitize_read_as(headed, &mg_limits_default, "utf-16le");
        g_assert_cmpstr(mg_reading_value(plain, MG_FIELD_SUBJECT)->text, ==, "фЭкэ");
        g_assert_cmpstr(mg_reading_value(euc, MG_FIELD_SUBJECT)->text, ==, "日本");
        g_assert_cmpstr(mg_reading_value(euc, MG_FIELD_FROM)->text, ==, "日");
        g_assert_cmpstr(mg_reading_value(euc, MG_FIELD_REPLY_TO)->text, ==, "日");
        g_assert_nonnull(mg_reading_value(wide, MG_FIELD_SUBJECT));
        g_autoptr(MgReading) unknown = mg_sanitize_read_as(mail, &mg_limits_default, "utf-7");
        g_assert_cmpuint(unknown->failure, ==, MG_FAILURE_INTERNAL);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/charset/names", test_names);
        g_test_add_func("/charset/standard-labels-E8", test_standard_labels);
        g_test_add_func("/charset/jis", test_jis);
        g_test_add_func("/charset/eight-bit-japanese", test_eight_bit_japanese);
        g_test_add_func("/charset/unicode", test_unicode);
        g_test_add_func("/charset/others", test_others);
        g_test_add_func("/charset/guess", test_guess);
        g_test_add_func("/charset/neighbours", test_neighbours);
        g_test_add_func("/charset/reasons", test_reasons);
        g_test_add_func("/charset/iconv-agrees", test_iconv_agrees);
        g_test_add_func("/charset/hostile", test_hostile);
        g_test_add_func("/charset/asked", test_asked);
        return g_test_run();
}
