/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of files in every form in which mailers write them, at once and contradicting each other (rows C1 to C4):
 * which one is shown, and that every other one is reported beside it.
 */
#include "mails.h"

#include "base/text.h"

typedef struct Row {
        const char *id;
        const char *fields; /* of the part */
        const char *names;  /* the shown one and all others, joined by '|' */
        guint32 flags;      /* of the flags about names */
} Row;

#define TYPE "Content-Type: application/octet-stream"
#define FILE_ "Content-Disposition: attachment"
#define NAME_FLAGS                                                                                                     \
        (MG_PART_NAMES_DIFFER | MG_PART_NAME_CLEANED | MG_PART_AMBIGUOUS | MG_PART_NAME_HIDDEN | MG_PART_NAME_SCRIPT)
#define DIFFER MG_PART_NAMES_DIFFER
#define CLEANED MG_PART_NAME_CLEANED
#define ODD MG_PART_AMBIGUOUS
#define HIDDEN (MG_PART_NAME_CLEANED | MG_PART_NAME_HIDDEN)
#define SCRIPT MG_PART_NAME_SCRIPT

static const Row rows[] = {
        {"C2 none", TYPE "\n", "", 0},
        {"C2 plain", TYPE "; name=\"a.pdf\"\n", "a.pdf", 0},
        {"C2 the same twice", TYPE "; name=a.pdf\n" FILE_ "; filename=a.pdf\n", "a.pdf", 0},
        {"C2 the same in all forms",
         TYPE "; name=\"=?utf-8?B?5ryi?=.pdf\"\n" FILE_ "; filename=\"漢.pdf\"; filename*=utf-8''%E6%BC%A2.pdf\n",
         "漢.pdf", 0},
        {"C2 name and filename", TYPE "; name=a.txt\n" FILE_ "; filename=b.exe\n", "b.exe|a.txt", DIFFER},
        {"C2 plain and extended", TYPE "\n" FILE_ "; filename=x.pdf; filename*=utf-8'en-US'payload.exe\n",
         "payload.exe|x.pdf", DIFFER | ODD},
        {"C2 four forms",
         TYPE "; name=\"=?iso-2022-jp?B?GyRCOCtAURsoQg==?=.txt\"; name*=utf-8'ja'c.scr\n" FILE_
              "; filename=b.doc; filename*0*=utf-8'ja'%E6%BC; filename*1*=%A2; filename*2=.exe\n",
         "漢.exe|b.doc|c.scr|見積.txt", DIFFER | ODD},
        {"C2 continued, charset and language",
         TYPE "\n" FILE_ ";\n filename*0*=iso-2022-jp'ja'%1B%24B4A;\n filename*1*="
              "%3Bz%1B%28B;\n filename*2=\" (1).pdf\"\n",
         "漢字 (1).pdf", 0},
        {"C2 encoded words, folded", TYPE ";\n name=\"=?utf-8?B?5ryi?=\n =?utf-8?B?5a2X?=.pdf\"\n", "漢字.pdf", 0},
        {"C2 encoded word without quotes", TYPE "; name==?Shift_JIS?B?lVyOpg==?=\n", "表示", 0},
        {"C2 raw Shift_JIS", TYPE "; name=\"\x95\x5C\x8E\xA6\x82\xCC\x82\xB1.pdf\"\n", "表示のこ.pdf", 0},
        {"C2 raw EUC-JP", TYPE "; name=\"\xB8\xAB\xC0\xD1\xBD\xF1.pdf\"\n", "見積書.pdf", 0},
        {"C2 raw JIS", TYPE "; name=\"\x1B$B4A;z\x1B(B.pdf\"\n", "漢字.pdf", 0},
        {"C2 raw and encoded differ",
         TYPE "; name=\"\x95\x5C\x8E\xA6\x82\xCC\x82\xB1.pdf\"\n" FILE_ "; filename*=utf-8''%E8%A1%A8.exe\n",
         "表.exe|表示のこ.pdf", DIFFER},
        {"C2 two fields",
         TYPE "; name=a.pdf\n" TYPE "; name=b.exe\n" FILE_ "; filename=c.scr\n" FILE_ "; filename=d.js\n",
         "c.scr|d.js|a.pdf|b.exe", DIFFER | ODD},
        {"C2 twice in one field", TYPE "; name=a.pdf; name=b.exe\n", "a.pdf|b.exe", DIFFER | ODD},
        {"C2 differ only by what is cleaned", TYPE "; name=\"a\xE2\x80\xAE.pdf\"\n" FILE_ "; filename=a.pdf\n", "a.pdf",
         DIFFER | HIDDEN},
        {"C1 bidi in the other name",
         TYPE "; name=\"見積\xE2\x80\xAE"
              "fdp.exe\"\n" FILE_ "; filename=a.pdf\n",
         "a.pdf|見積fdp.exe", DIFFER | HIDDEN},
        {"C1 zero width", TYPE "; name=\"a\xE2\x80\x8B.e\xEF\xBB\xBFxe\"\n", "a.exe", HIDDEN},
        {"C1 right to left by RFC 2231", FILE_ "; filename*=utf-8''a%E2%80%AEfdp.exe\n", "afdp.exe", HIDDEN},
        {"C1 right to left in an encoded word", TYPE "; name=\"=?utf-8?Q?a=E2=80=AEfdp.exe?=\"\n", "afdp.exe", HIDDEN},
        {"C1 Arabic and Hebrew are no bidi controls", TYPE "; name=\"\xD7\xA9.\xD8\xA7.pdf\"\n",
         "\xD7\xA9.\xD8\xA7.pdf", 0},
        {"C1 Cyrillic beside Latin", TYPE "; name=\"inv\xD0\xBEice.pdf\"\n", "inv\xD0\xBEice.pdf", SCRIPT},
        {"C1 Cyrillic beside Latin in the other name",
         TYPE "; name=\"inv\xD0\xBEice.pdf\"\n" FILE_ "; filename=a.pdf\n", "a.pdf|inv\xD0\xBEice.pdf",
         DIFFER | SCRIPT},
        {"C1 a Greek look-alike in the extension", TYPE "; name=\"a.p\xCE\xBF\"\n", "a.p\xCE\xBF", SCRIPT},
        {"C1 Russian with a Latin extension", TYPE "; name=\"\xD1\x81\xD1\x87\xD1\x91\xD1\x82.pdf\"\n",
         "\xD1\x81\xD1\x87\xD1\x91\xD1\x82.pdf", 0},
        {"C3 paths", TYPE "; name=\"../../etc/passwd\"\n" FILE_ "; filename=\"C:\\\\x\\\\con. \"\n", "con|passwd",
         DIFFER | CLEANED},
        {"C3 NUL and line ends", FILE_ "; filename*=utf-8''a%00b%0D%0Ac.exe\n",
         "a\xEF\xBF\xBD"
         "b c.exe",
         CLEANED},
        {"C3 percent and shell", FILE_ "; filename=\"$(id)%s`x`.sh\"\n", "$(id)%s`x`.sh", 0},
        {"C4 blanks before the extension", FILE_ "; filename=\"a.pdf          .exe\"\n", "a.pdf          .exe", 0},
};

static const MgFacts *file_of(const MgReading *reading) {
        g_assert_cmpuint(reading->parts->len, ==, 2);
        return reading->parts->pdata[1];
}

static MgReading *read_part(const char *fields) {
        g_autofree char *mail = g_strdup_printf("From: a@example.org\nMIME-Version: 1.0\n"
                                                "Content-Type: multipart/mixed; boundary=X\n\n--X\n\nhi\n"
                                                "--X\n%s\nMZ\n--X--\n",
                                                fields);
        return read_mail(mail);
}

static void test_forms(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgReading) reading = read_part(rows[i].fields);
                const MgFacts *facts = file_of(reading);
                g_autoptr(GString) names = g_string_new(facts->name);
                for (guint k = 0; k < facts->names->len; k++)
                        g_string_append_printf(names, "|%s", (const char *)facts->names->pdata[k]);
                g_test_message("%s", rows[i].id);
                g_assert_cmpstr(names->str, ==, rows[i].names);
                g_assert_cmphex(facts->flags & NAME_FLAGS, ==, rows[i].flags);
                g_assert_true(mg_text_is(names->str, names->len, MG_CLASS_LINE));
        }
}

/* More names than are kept: the first ones, and the part is ambiguous. */
static void test_bound(void) {
        g_autoptr(GString) fields = g_string_new(TYPE);
        for (guint i = 0; i < 60; i++)
                g_string_append_printf(fields, ";\n name=n%u.exe", i);
        g_string_append_c(fields, '\n');
        g_autoptr(MgReading) reading = read_part(fields->str);
        const MgFacts *facts = file_of(reading);
        g_assert_cmpstr(facts->name, ==, "n0.exe");
        g_assert_cmpuint(facts->names->len, ==, MG_FACTS_NAMES_MAX);
        g_assert_cmpstr(facts->names->pdata[MG_FACTS_NAMES_MAX - 1], ==, "n16.exe");
        g_assert_cmphex(facts->flags & NAME_FLAGS, ==, DIFFER | ODD);
}

/* What cannot be read in a name, or is read by a guess, counts as in a Subject, once for each name that is shown. */
static void test_counts(void) {
        static const char *const values[] = {
                "=?utf-8?Q?a=FF.pdf?=",
                "=?utf-8?Q?=FF=FE=E6=BC=A2.pdf?=",
                "=?utf-8?Q?a=00b.exe?=",
                "=?iso-2022-jp?B?GyRCIn5ifhsoQi5wZGY=?=",
                "=?no-such?Q?=95=5C=8E=A6.pdf?=",
                "\x95\x5C\x8E\xA6\x82\xCC\x82\xB1.pdf",
                "\xB8\xAB\xC0\xD1\xBD\xF1.pdf",
                "\xE6\xBC\xA2\xE5.pdf",
                "r\xE9sum\xE9.pdf",
        };
        guint counted = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
                g_autofree char *subject = g_strdup_printf("From: a@example.org\nSubject: %s\n\nhi\n", values[i]);
                g_autofree char *once = g_strdup_printf(TYPE "; name=\"%s\"\n", values[i]);
                g_autofree char *same = g_strdup_printf("%s" FILE_ "; filename=\"%s\"\n", once, values[i]);
                g_autofree char *other = g_strdup_printf("%s" FILE_ "; filename=\"b%s\"\n", once, values[i]);
                g_autoptr(MgReading) want = read_mail(subject);
                g_autoptr(MgReading) shown = read_part(once);
                g_autoptr(MgReading) twice = read_part(same);
                g_autoptr(MgReading) both = read_part(other);

                g_test_message("%u replaced, %u guessed", want->replaced, want->guessed);
                g_assert_cmpuint(shown->replaced, ==, want->replaced);
                g_assert_cmpuint(shown->guessed, ==, want->guessed);
                g_assert_cmpuint(twice->replaced, ==, want->replaced);
                g_assert_cmpuint(twice->guessed, ==, want->guessed);
                g_assert_cmpuint(both->replaced + both->guessed, >=, want->replaced + want->guessed);
                counted += want->replaced > 0 || want->guessed > 0 ? 1 : 0;
        }
        g_assert_cmpuint(counted, >=, 6);
}

/* The same in the form of RFC 2231, where NUL counts too. */
static void test_extended_counts(void) {
        static const struct {
                const char *value;
                guint unsure; /* replaced or guessed */
        } cases[] = {{"utf-8''%E6%BC%A2.pdf", 0}, {"utf-8''a%FF.pdf", 1}, {"utf-8''a%00b%FF.pdf", 2}};

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *whole = g_strdup_printf(FILE_ "; filename*=%s\n", cases[i].value);
                g_autofree char *sections =
                        g_strdup_printf(FILE_ ";\n filename*0*=%s;\n filename*1*=%%FF\n", cases[i].value);
                g_autoptr(MgReading) one = read_part(whole), several = read_part(sections);

                g_assert_cmpuint(one->replaced + one->guessed, ==, cases[i].unsure);
                g_assert_cmpuint(several->replaced + several->guessed, ==, cases[i].unsure + 1);
        }
}

/* Names of files that stand in the text: in its charset, without a path, and doubted in the same way. */
static void test_runs(void) {
        static const struct {
                const char *charset, *name, *want;
                guint32 flags;
        } cases[] = {
                {"utf-8", "見積.pdf", "見積.pdf", 0},
                {"shift_jis", "\x95\x5C\x8E\xA6.pdf", "表示.pdf", 0},
                {"euc-jp", "\xB8\xAB\xC0\xD1.pdf", "見積.pdf", 0},
                {"iso-2022-jp", "\x1B$B8+@Q\x1B(B.pdf", "見積.pdf", 0},
                {"utf-8", "../../etc/passwd", "passwd", CLEANED},
                {"utf-8",
                 "a\xE2\x80\xAE"
                 "fdp.exe",
                 "afdp.exe", HIDDEN},
                {"utf-8", "inv\xD0\xBEice.pdf", "inv\xD0\xBEice.pdf", SCRIPT},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *mail =
                        g_strdup_printf("From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; "
                                        "charset=%s\n\nhi\nbegin 644 %s\n#0V%%T\n`\nend\nbye\n",
                                        cases[i].charset, cases[i].name);
                g_autoptr(MgReading) reading = read_mail(mail);
                const MgFacts *facts = file_of(reading);

                g_assert_cmpint(facts->kind, ==, MG_PART_ENCODED_TEXT);
                g_assert_cmpstr(facts->name, ==, cases[i].want);
                g_assert_cmphex(facts->flags & NAME_FLAGS, ==, cases[i].flags);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/names/C1-C2-C3-C4-forms", test_forms);
        g_test_add_func("/names/C2-bound", test_bound);
        g_test_add_func("/names/B16-C1-runs", test_runs);
        g_test_add_func("/names/C1-counts", test_counts);
        g_test_add_func("/names/C1-extended-counts", test_extended_counts);
        return g_test_run();
}
