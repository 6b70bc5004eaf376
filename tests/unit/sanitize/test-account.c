/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a mail's octets: who has which of them. That they add up to the size of the mail holds for every mail
 * of the room's tests and of the corpus: read_octets() checks it.
 */
#include "mails.h"

#define HEAD "From: a@example.org\nDate: Wed, 1 Apr 2026 09:00:00 +0900\nSubject: s\nMIME-Version: 1.0\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=X\n\n"
#define UU "begin 644 a\n#0V%T\n`\nend\n"

/* "kind path octets" a line; octets as they stand, CR LF shown as "|", cut after 24. */
static char *account_of(const MgReading *reading, const char *mail) {
        GString *out = g_string_new(NULL);
        gsize at = 0;
        for (guint i = 0; i < reading->ranges->len; i++) {
                const MgRange *range = &g_array_index(reading->ranges, MgRange, i);
                const MgFacts *facts = range->part != MG_RANGE_NO_PART ? reading->parts->pdata[range->part] : NULL;
                g_string_append_printf(out, "%s %s ", mg_range_kind_name(range->kind),
                                       facts != NULL ? facts->path : "-");
                for (gsize k = 0, shown = 0; k < range->length && shown < 24; k++) {
                        if (mail[at + k] == '\r')
                                continue;
                        g_string_append_c(out, mail[at + k] == '\n' ? '|' : mail[at + k]);
                        shown++;
                }
                g_string_append_c(out, '\n');
                at += range->length;
        }
        return g_string_free(out, FALSE);
}

static char *wire(const char *mail) {
        g_auto(GStrv) lines = g_strsplit(mail, "\n", -1);
        return g_strjoinv("\r\n", lines);
}

static const struct {
        const char *id;
        const char *mail;
        const char *account;
} rows[] = {
        {"plain", "A: b\n\nhello\n", "header - A: b||\ntext 1 hello|\n"},
        {"header-only", "A: b\n", "header - A: b|\n"},
        {"no-header", "\nhello\n", "header - |\ntext 1 hello|\n"},
        {"mixed",
         "Content-Type: multipart/mixed; boundary=X\n\npre\n--X\n\nhi\n--X\nA: b\nContent-Type: "
         "application/zip\n\nPK\n--X--\n\n",
         "header - Content-Type: multipart/\nstructure - pre|--X|\nheader - |\ntext 1 hi\nstructure - |--X|\n"
         "header - A: b|Content-Type: appli\ncontent 2 PK\nstructure - |--X--||\n"},
        {"alternative",
         "Content-Type: multipart/alternative; boundary=X\n\n--X\n\nhi\n--X\nContent-Type: "
         "text/html\n\n<b>hi\n--X--\n",
         "header - Content-Type: multipart/\nstructure - --X|\nheader - |\ntext 1 hi\nstructure - |--X|\n"
         "header - Content-Type: text/html|\ncontent 2 <b>hi\nstructure - |--X--|\n"},
        {"epilogue", "Content-Type: multipart/mixed; boundary=X\n\n--X\n\nhi\n--X--\nfooter\n--X\n\nmore\n--X--\n",
         "header - Content-Type: multipart/\nstructure - --X|\nheader - |\ntext 1 hi\nstructure - |--X--|\n"
         "content 0 footer|--X||more|--X--|\n"},
        {"B1-both", "Content-Type: multipart/mixed; boundary=X; boundary=Y\n\n--X\n\nx\n--X--\n--Y\n\ny\n--Y--\n",
         "header - Content-Type: multipart/\ncontent 0 --X||x|--X--|--Y||y|--Y-\n"},
        {"message", "Content-Type: message/rfc822\n\nSubject: in\n\ntext\n",
         "header - Content-Type: message/rf\ntext 1.1 text|\n"},
        {"B13-encoded", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW4KCnRleHQK\n",
         "header - Content-Type: message/rf\ntext 1 U3ViamVjdDogaW4KCnRleHQK\n"},
        {"B16-run", "A: b\n\nhi\n" UU "bye\n",
         "header - A: b||\ntext 1 hi|\ncontent 1/1 begin 644 a|#0V%T|`|end|\ntext 1 bye|\n"},
        {"B16-run-encoded", "Content-Transfer-Encoding: quoted-printable\n\nhi\n" UU "bye\n",
         "header - Content-Transfer-Encodin\ntext 1 hi|begin 644 a|#0V%T|`|e\n"},
        {"A5-two-types", "Content-Type: text/plain\nContent-Type: application/zip\n\nhi\n",
         "header - Content-Type: text/plain\ncontent 1 hi|\n"},
};

static void test_rows(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].id);
                g_autofree char *mail = wire(rows[i].mail);
                g_autoptr(MgReading) reading = read_octets(mail, strlen(mail), &mg_limits_default);
                g_autofree char *account = account_of(reading, mail);
                g_assert_cmpstr(account, ==, rows[i].account);
        }
}

/* The ranges never run out: what is beyond the bound is one, and the sum stays. */
static void test_bound(void) {
        MgLimits limits = mg_limits_default;
        g_autoptr(GString) mail = g_string_new("Content-Type: multipart/mixed; boundary=X\r\n\r\n");
        for (guint i = 0; i < 500; i++)
                g_string_append(mail, "--X\r\nA: b\r\n\r\nhi\r\n");
        for (limits.ranges = 1; limits.ranges < 40; limits.ranges++) {
                g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);
                g_assert_cmpuint(reading->ranges->len, ==, limits.ranges);
                const MgRange *last = &g_array_index(reading->ranges, MgRange, limits.ranges - 1);
                g_assert_cmpint(last->kind, ==, MG_RANGE_FURTHER);
                g_assert_cmpuint(last->count + limits.ranges - 1, ==, 1 + 500 * 3);
        }
}

/* A text that is not reached is said not to be shown. */
static void test_unshown(void) {
        MgLimits limits = mg_limits_default;
        limits.body = 4096;
        g_autofree char *filler = g_strnfill(5000, 'a');
        g_autofree char *mail = g_strdup_printf(
                "Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n\r\n%s\r\n--X\r\n\r\nhi\r\n--X--\r\n", filler);
        g_autoptr(MgReading) reading = read_octets(mail, strlen(mail), &limits);
        const MgRange *range = &g_array_index(reading->ranges, MgRange, reading->ranges->len - 2);
        g_assert_cmpint(range->kind, ==, MG_RANGE_UNSHOWN);
        g_assert_cmpuint(range->length, ==, 2);
}

/* Mails put together at random from what splits and nests: always the whole size, whatever they mean. */
static void test_random(void) {
        static const char *const pieces[] = {"--X\r\n",
                                             "--X--\r\n",
                                             "--Y\r\n",
                                             "--Y--\r\n",
                                             "\r\n",
                                             "\n",
                                             "text\r\n",
                                             "A: b\r\n",
                                             "--X_1\r\n",
                                             "\r",
                                             "Content-Type: multipart/mixed; boundary=X\r\n",
                                             "Content-Type: multipart/digest; boundary=Y\r\n",
                                             "Content-Type: multipart/mixed; boundary=X; boundary=Y\r\n",
                                             "Content-Type: message/rfc822\r\n",
                                             "Content-Type: multipart/alternative; boundary=Y\r\n",
                                             "Content-Type: text/html\r\n",
                                             "Content-Transfer-Encoding: base64\r\n",
                                             "Content-Disposition: attachment\r\n",
                                             "begin 644 a\r\n#0V%T\r\n`\r\nend\r\n",
                                             "VGVzdA==\r\n",
                                             " folded\r\n",
                                             "Content-Type: message/delivery-status\r\n"};
        for (guint round = 0; round < 5000; round++) {
                g_autoptr(GString) mail = g_string_new(NULL);
                for (gint i = g_test_rand_int_range(0, 40); i > 0; i--)
                        g_string_append(mail, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
                g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &mg_limits_default);
                g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/account/rows", test_rows);
        g_test_add_func("/account/bound", test_bound);
        g_test_add_func("/account/unshown", test_unshown);
        g_test_add_func("/account/random", test_random);
        return g_test_run();
}
