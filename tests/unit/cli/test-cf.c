/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of main.cf and master.cf as text, and taking them back: byte for byte where nobody changed anything, our lines
 * alone where somebody did, and a sentence with file and line for what cannot be.
 */
#include "cli/cf.h"

#include <string.h>

/* What Debian ships, cut: comments between the lines of a service, a continuation, two services of one name. */
static const char master[] = "# comment\n"
                             "\n"
                             "smtp      inet  n       -       y       -       -       smtpd\n"
                             "#smtp     inet  n       -       y       -       1       postscreen\n"
                             "#  -o syslog_name=postfix/submission\n"
                             "pickup    unix  n       -       y       60      1       pickup\n"
                             "smtp      unix  -       -       y       -       -       smtp\n"
                             "relay     unix  -       -       y       -       -       smtp\n"
                             "        -o syslog_name=postfix/$service_name\n"
                             "# in between\n"
                             "\n"
                             "\t-o smtp_helo_timeout=5\n"
                             "# at the end\n";

static void edit_master(MgCf *cf) {
        g_assert_true(mg_cf_no_chroot(cf, "smtp", "inet"));
        g_assert_true(mg_cf_option(cf, "smtp", "inet", "{ smtpd_milters = a, b }"));
        g_assert_true(mg_cf_option(cf, "smtp", "inet", "smtputf8_enable=no"));
        g_assert_true(mg_cf_option(cf, "relay", "unix", "x=1"));
        mg_cf_append(cf, "# ours\n127.0.0.1:10026 inet n - n - 5 smtpd\n  -o y=2\n");
}

typedef void (*Edit)(MgCf *cf);

static MgChange *change_of(const char *file, const char *text, Edit edit) {
        g_autoptr(MgCf) cf = mg_cf_new(file, text);

        edit(cf);
        return mg_cf_finish(cf);
}

/* As it is after a record was written and read again. */
static GPtrArray *recorded(const MgChange *change) {
        g_autoptr(GString) diff = g_string_new("# a head\n");
        g_autoptr(GError) error = NULL;

        mg_change_print(change, diff);
        GPtrArray *changes = mg_changes_parse("record", diff->str, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(changes->len, ==, 1);
        return changes;
}

static void assert_back(const MgChange *change, const char *now, const char *wanted, const char *left) {
        g_autoptr(GPtrArray) changes = recorded(change);
        g_autoptr(GPtrArray) sentences = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *back = mg_change_undo(changes->pdata[0], now, sentences);

        g_assert_cmpstr(back, ==, wanted);
        g_assert_cmpuint(sentences->len, ==, left != NULL ? 1 : 0);
        if (left != NULL)
                g_assert_cmpstr(sentences->pdata[0], ==, left);
}

/* Replaces the one place of old. */
static char *edited(const char *text, const char *old, const char *new) {
        g_auto(GStrv) pieces = g_strsplit(text, old, -1);

        g_assert_cmpuint(g_strv_length(pieces), ==, 2);
        return g_strjoinv(new, pieces);
}

static void test_master(void) {
        g_autoptr(MgChange) change = change_of("master.cf", master, edit_master);
        g_autofree char *now = mg_change_apply(change, master);

        g_assert_cmpstr(now, ==,
                        "# comment\n"
                        "\n"
                        "smtp      inet  n       -       n       -       -       smtpd\n"
                        "  -o { smtpd_milters = a, b }\n"
                        "  -o smtputf8_enable=no\n"
                        "#smtp     inet  n       -       y       -       1       postscreen\n"
                        "#  -o syslog_name=postfix/submission\n"
                        "pickup    unix  n       -       y       60      1       pickup\n"
                        "smtp      unix  -       -       y       -       -       smtp\n"
                        "relay     unix  -       -       y       -       -       smtp\n"
                        "        -o syslog_name=postfix/$service_name\n"
                        "# in between\n"
                        "\n"
                        "\t-o smtp_helo_timeout=5\n"
                        "  -o x=1\n"
                        "# at the end\n"
                        "# ours\n"
                        "127.0.0.1:10026 inet n - n - 5 smtpd\n"
                        "  -o y=2\n");
        assert_back(change, now, master, NULL);
        g_autoptr(MgCf) cf = mg_cf_new("master.cf", master);
        g_assert_false(mg_cf_option(cf, "smtp", "pass", "x=1"));
        g_assert_false(mg_cf_no_chroot(cf, "smtps", "inet"));
}

static void edit_two(MgCf *cf) {
        g_assert_true(mg_cf_no_chroot(cf, "a", "inet"));
        g_assert_true(mg_cf_option(cf, "a", "inet", "x=1"));
        g_assert_true(mg_cf_no_chroot(cf, "b", "inet"));
        g_assert_true(mg_cf_option(cf, "b", "inet", "x=1"));
}

/* One service right behind the other: what is put behind the first stands before the second. */
static void test_neighbours(void) {
        static const char text[] = "a inet n - y - - smtpd\nb inet n - y - - smtpd";
        g_autoptr(MgChange) change = change_of("master.cf", text, edit_two);
        g_autofree char *now = mg_change_apply(change, text);

        g_assert_cmpstr(now, ==, "a inet n - n - - smtpd\n  -o x=1\nb inet n - n - - smtpd\n  -o x=1\n");
        assert_back(change, now, text, NULL);
}

static void edit_main(MgCf *cf) {
        mg_cf_set(cf, "relay_domains", "a, b", "why");
        mg_cf_set(cf, "empty", "", "none");
        mg_cf_set(cf, "list", "new", "short");
}

static void test_main(void) {
        static const char text[] = "first = 1\n"
                                   "list = one,\n"
                                   "# not this\n"
                                   "  two\n"
                                   "\n"
                                   "relay_domains = old\n"
                                   "  # relay_domains = comment\n"
                                   "relay_domains=held\n"
                                   "last = x";
        g_autoptr(MgChange) change = change_of("main.cf", text, edit_main);
        g_autofree char *now = mg_change_apply(change, text);
        g_autoptr(MgCf) cf = mg_cf_new("main.cf", text);
        g_autofree char *list = mg_cf_value(cf, "list");
        g_autofree char *held = mg_cf_value(cf, "relay_domains");

        g_assert_cmpstr(list, ==, "one, two");
        g_assert_cmpstr(held, ==, "held");
        g_assert_null(mg_cf_value(cf, "no_such"));
        g_assert_cmpstr(now, ==,
                        "first = 1\n"
                        "# mugai setup: short\n"
                        "list = new\n"
                        "\n"
                        "relay_domains = old\n"
                        "  # relay_domains = comment\n"
                        "# mugai setup: why\n"
                        "relay_domains = a, b\n"
                        "last = x\n"
                        "# mugai setup: none\n"
                        "empty =\n");
        assert_back(change, now, text, NULL);
}

/* Lines end as those of the file do, and come back so. */
static void test_ends(void) {
        static const char *const texts[] = {"first = 1\r\nlist = old\r\nrelay_domains = x\r\n", "first = 1\nlist = a",
                                            "", "\n\n", "list = only"};

        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(MgChange) change = change_of("main.cf", texts[i], edit_main);
                g_autofree char *now = mg_change_apply(change, texts[i]);
                g_auto(GStrv) ends = g_strsplit(now, "\r\n", -1), all = g_strsplit(now, "\n", -1);
                g_assert_true(g_str_has_suffix(now, "\n"));
                g_assert_cmpuint(g_strv_length(ends), ==, i == 0 ? g_strv_length(all) : 1);
                assert_back(change, now, texts[i], NULL);
        }
}

/* Others' edits stay, wherever they are, and ours go. */
static void test_edited_elsewhere(void) {
        g_autoptr(MgChange) change = change_of("master.cf", master, edit_master);
        g_autofree char *now = mg_change_apply(change, master);
        g_autofree char *front = g_strconcat("# theirs\n# more\nnew unix - - n - - smtp\n", now, "# last\n", NULL);
        g_autofree char *wanted = g_strconcat("# theirs\n# more\nnew unix - - n - - smtp\n", master, "# last\n", NULL);
        g_autofree char *inside = edited(now, "  -o smtputf8_enable=no\n", "  -o theirs=1\n  -o smtputf8_enable=no\n");
        g_autofree char *kept = edited(master, "#smtp     inet", "  -o theirs=1\n#smtp     inet");

        assert_back(change, front, wanted, NULL);
        assert_back(change, inside, kept, NULL);
}

/* What somebody made of our line stays, and is named. */
static void test_edited_ours(void) {
        g_autoptr(MgChange) change = change_of("master.cf", master, edit_master);
        g_autofree char *now = mg_change_apply(change, master);
        g_autofree char *other = edited(now, "{ smtpd_milters = a, b }", "{ smtpd_milters = a, b, c }");
        g_autofree char *wanted = edited(master, "#smtp     inet", "  -o { smtpd_milters = a, b, c }\n#smtp     inet");
        g_autofree char *chroot =
                edited(now, "smtp      inet  n       -       n ", "smtp      inet  n       -       - ");
        g_autofree char *still = edited(master, "smtp      inet  n       -       y       -       -       smtpd",
                                        "smtp      inet  n       -       -       -       -       smtpd");

        assert_back(change, other, wanted,
                    "master.cf:4: was changed since mugai setup wrote it, and stays: -o { smtpd_milters = a, b, c }");
        assert_back(
                change, chroot, still,
                "master.cf:3: was changed since mugai setup wrote it, and stays: smtp      inet  n       -       -   "
                "    -       -       smtpd");
}

/* A block of which one line was changed stays whole: half a service is another service. */
static void test_edited_block(void) {
        g_autoptr(MgChange) change = change_of("master.cf", master, edit_master);
        g_autofree char *now = mg_change_apply(change, master);
        g_autofree char *other = edited(now, "  -o y=2\n", "  -o y=3\n");
        g_autofree char *wanted = g_strconcat(master, "# ours\n127.0.0.1:10026 inet n - n - 5 smtpd\n  -o y=3\n", NULL);

        assert_back(change, other, wanted,
                    "master.cf:15: was changed since mugai setup wrote it, and stays: 127.0.0.1:10026 inet n - n - 5 "
                    "smtpd");
}

/* Taken out by hand already, or never written: nothing to say of a line that was added, something of one that was
 * replaced. */
static void test_removed(void) {
        static const char text[] = "list = old\n";
        g_autoptr(MgChange) change = change_of("main.cf", text, edit_main);

        assert_back(change, "list = old\n", "list = old\n", NULL);
        assert_back(change, "# mugai setup: short\nlist = new\n", "list = old\n", NULL);
        assert_back(change, "other = 1\n", "other = 1\n",
                    "main.cf: what mugai setup put in the place of this was taken out since, and this is not put back: "
                    "list = old");
}

static void edit_relay(MgCf *cf) {
        g_assert_true(mg_cf_option(cf, "relay", "unix", "x=1"));
}

/* The same line in another service is somebody else's, wherever ours has gone. */
static void test_twins(void) {
        static const char text[] = "smtp unix - - y - - smtp\n  -o x=1\nrelay unix - - y - - smtp\n";
        g_autoptr(MgChange) change = change_of("master.cf", text, edit_relay);
        g_autofree char *now = mg_change_apply(change, text);
        g_autofree char *lower = g_strconcat("# 1\n# 2\n# 3\n# 4\n", now, NULL);
        g_autofree char *lower_text = g_strconcat("# 1\n# 2\n# 3\n# 4\n", text, NULL);
        g_autofree char *renamed = edited(now, "relay unix", "other unix");
        g_autofree char *renamed_text = edited(text, "relay unix", "other unix");

        assert_back(change, now, text, NULL);
        assert_back(change, lower, lower_text, NULL);
        assert_back(change, text, text, NULL);
        assert_back(change, renamed, renamed_text, NULL);
}

/* A file that was not there goes again, unless somebody put something into it. */
static void test_made(void) {
        static const char begun[] = "compatibility_level = 3.6\n";
        g_autoptr(MgChange) change = change_of("main.cf", begun, edit_main);
        mg_change_begins(change, begun);
        g_autofree char *now = mg_change_apply(change, begun);
        g_autofree char *more = g_strconcat(now, "theirs = 1\n", NULL);

        assert_back(change, now, NULL, NULL);
        assert_back(change, more, "compatibility_level = 3.6\ntheirs = 1\n", NULL);
}

/* What is no record is said to be none, with its line. */
static void test_faulty_record(void) {
        static const struct {
                const char *text;
                const char *message;
        } faults[] = {
                {"nonsense\n", "record:1: "},
                {"--- main.cf\n", "record:1: "},
                {"--- main.cf\n+++ main.cf\n@@ -1,1 +1,1 @@\n-a\n", "record:5: "},
                {"--- main.cf\n+++ main.cf\n@@ -1,9999999999 +1,1 @@\n", "record:3: "},
                {"--- main.cf\n+++ main.cf\n@@ -0,1 +1,0 @@\n-a\n", "record:3: "},
                {"@@ -1,0 +1,1 @@\n+a\n", "record:1: "},
        };

        for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
                g_autoptr(GError) error = NULL;
                g_assert_null(mg_changes_parse("record", faults[i].text, &error));
                g_assert_nonnull(error);
                g_assert_true(g_str_has_prefix(error->message, faults[i].message));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cf/master", test_master);
        g_test_add_func("/cf/neighbours", test_neighbours);
        g_test_add_func("/cf/main", test_main);
        g_test_add_func("/cf/ends", test_ends);
        g_test_add_func("/cf/edited-elsewhere", test_edited_elsewhere);
        g_test_add_func("/cf/edited-ours", test_edited_ours);
        g_test_add_func("/cf/edited-block", test_edited_block);
        g_test_add_func("/cf/removed", test_removed);
        g_test_add_func("/cf/twins", test_twins);
        g_test_add_func("/cf/made", test_made);
        g_test_add_func("/cf/faulty-record", test_faulty_record);
        return g_test_run();
}
