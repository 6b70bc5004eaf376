/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves the trail: each act as a line, in order, none left out, whatever happens to the store or to where lines
 * go; anchors at start and end.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/audit_check.h"
#include "base/fd.h"

#define TIME 1700000000

/* A store whose acts leave to a file below its folder. */
static Store *store_to(const char *name) {
        g_autofree char *dir = g_dir_make_tmp("mugai-follow-XXXXXX", NULL);
        g_autofree char *path = name[0] == '/' ? g_build_filename(dir, name, NULL) : g_strdup(name);
        g_autofree char *anchors = g_build_filename(dir, "anchors", NULL);

        g_setenv("MUGAI_TEST_LINES", path, TRUE);
        g_setenv("MUGAI_TEST_ANCHORS", anchors, TRUE);
        return store_new_at(dir);
}

static char *put(const Store *store, guint number) {
        g_autofree char *text = g_strdup_printf("%u", number);
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);

        return put_mail(store->socket, envelope, text, strlen(text), NULL);
}

static void put_some(const Store *store, guint from, guint n) {
        for (guint i = 0; i < n; i++) {
                g_autofree char *receipt = put(store, from + i);

                g_assert_nonnull(receipt);
        }
}

static GStrv read_lines(const Store *store, const char *name) {
        g_autofree char *path = g_build_filename(store->dir, name, NULL), *text = NULL;

        if (!g_file_get_contents(path, &text, NULL, NULL))
                return g_new0(char *, 1);
        g_assert_true(*text == '\0' || g_str_has_suffix(text, "\n"));
        return g_strsplit(g_strchomp(text), "\n", -1);
}

/* {...,"hash":"..."} as the entry that it was. */
static MgEntry *entry_of(const char *line) {
        const char *hash = strstr(line, ",\"hash\":\"");
        g_autofree char *kept = NULL;
        guint8 octets[MG_CHAIN_HASH];
        MgEntryFacts facts;
        gint64 number;
        MgEntry *entry;

        g_assert_nonnull(hash);
        kept = g_strdup_printf("%.*s}", (int)(hash - line), line);
        hash += strlen(",\"hash\":\"");
        for (guint i = 0; i < MG_CHAIN_HASH; i++)
                octets[i] = (guint8)(g_ascii_xdigit_value(hash[2 * i]) << 4 | g_ascii_xdigit_value(hash[2 * i + 1]));
        g_assert_cmpstr(hash + (gsize)2 * MG_CHAIN_HASH, ==, "\"}");
        entry = mg_entry_new(0, g_bytes_new(kept, strlen(kept)), g_bytes_new(octets, sizeof octets));
        g_assert_true(mg_entry_read(entry, &facts));
        number = facts.number;
        mg_entry_facts_clear(&facts);
        entry->number = number;
        return entry;
}

/* Lines that are a trail from its beginning; one that left twice says the same both times. Returns the last number. */
static gint64 check_lines(GStrv lines, GArray *anchors) {
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        g_auto(MgAuditCheck) check = {0};

        mg_audit_check_init(&check, anchors);
        for (char **line = lines; *line; line++) {
                g_autoptr(MgEntry) entry = entry_of(*line);

                if (!g_hash_table_add(seen, *line))
                        continue;
                mg_audit_check_entry(&check, entry);
                g_assert_cmpstr(check.en, ==, NULL);
        }
        mg_audit_check_end(&check);
        g_assert_cmpstr(check.en, ==, NULL);
        g_assert_cmpuint(check.agreed, ==, check.anchors->len);
        return check.chain.number;
}

/* Waits until lines have left up to a number; a round is a second. */
static void wait_lines(Store *store, gint64 lines) {
        for (guint i = 0; i < 1500 && store_figure(store, "lines") < lines; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, "lines"), >=, lines);
}

static GArray *anchors_of(const Store *store) {
        g_autofree char *path = g_build_filename(store->dir, "anchors", NULL), *text = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return mg_audit_anchors(text);
}

static void test_file(void) {
        g_autoptr(Store) store = store_to("/lines");
        g_auto(GStrv) lines = NULL;
        GArray *anchors;
        int status;

        put_some(store, 0, 30);
        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_true(store_start(store, &status));
        put_some(store, 30, 3);
        g_assert_cmpint(store_drain(store), ==, 0);
        lines = read_lines(store, "lines");
        g_assert_cmpuint(g_strv_length(lines), ==, 37);
        anchors = anchors_of(store);
        /* At start and at the end, twice. */
        g_assert_cmpuint(anchors->len, ==, 4);
        g_assert_cmpint(g_array_index(anchors, MgAnchor, 3).head.number, ==, 37);
        g_assert_cmpint(check_lines(lines, anchors), ==, 37);
        g_assert_true(g_str_has_prefix(lines[36], "{\"number\":37,"));
        g_assert_nonnull(strstr(lines[36], "\"act\":\"stopped\""));
}

/* A kill at any moment: what was durable leaves, with the number that it had. */
static void test_kill(void) {
        g_autoptr(Store) store = store_to("/lines");
        guint mails = 0;
        g_auto(GStrv) lines = NULL;

        for (guint kills = 0; kills < 12; kills++) {
                int status;

                put_some(store, mails, 5);
                mails += 5;
                g_usleep((gulong)g_test_rand_int_range(0, 1500000));
                store_kill(store);
                g_assert_true(store_start(store, &status));
        }
        g_assert_cmpint(store_drain(store), ==, 0);
        lines = read_lines(store, "lines");
        g_test_message("%u lines", g_strv_length(lines));
        g_assert_cmpint(check_lines(lines, NULL), ==, mails + 13 + 1);
}

/* Where lines go is away, is there again, is renamed: nothing is lost, and no mail waits. */
static void test_away(void) {
        g_autoptr(Store) store = store_to("/away/lines");
        g_autofree char *folder = g_build_filename(store->dir, "away", NULL),
                        *path = g_build_filename(folder, "lines", NULL), *old = g_build_filename(folder, "old", NULL);
        g_auto(GStrv) before = NULL, after = NULL;
        g_autoptr(GPtrArray) all = g_ptr_array_new();

        put_some(store, 0, 3);
        for (guint i = 0; i < 1500 && store_figure(store, "line_faults") == 0; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, "line_faults"), >, 0);
        g_assert_cmpint(store_figure(store, "lines"), ==, 0);
        g_assert_cmpint(mkdir(folder, 0700), ==, 0);
        wait_lines(store, 4);
        g_assert_cmpint(rename(path, old), ==, 0);
        put_some(store, 3, 2);
        g_assert_cmpint(store_drain(store), ==, 0);
        before = read_lines(store, "away/old");
        after = read_lines(store, "away/lines");
        g_assert_cmpuint(g_strv_length(before), ==, 4);
        g_assert_cmpuint(g_strv_length(after), ==, 3);
        for (guint i = 0; i < 4; i++)
                g_ptr_array_add(all, before[i]);
        for (guint i = 0; i < 4; i++)
                g_ptr_array_add(all, after[i]);
        g_assert_cmpint(check_lines((GStrv)all->pdata, NULL), ==, 7);
}

/* What is no file is refused without a wait, even one that nobody reads from. */
static void test_no_file(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-follow-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(dir, "lines", NULL);
        g_autoptr(Store) store = NULL;

        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        g_setenv("MUGAI_TEST_LINES", path, TRUE);
        g_setenv("MUGAI_TEST_ANCHORS", path, TRUE);
        store = store_new_at(dir);
        put_some(store, 0, 3);
        for (guint i = 0; i < 1500 && store_figure(store, "line_faults") == 0; i++)
                g_usleep(10000);
        g_assert_cmpint(store_figure(store, "line_faults"), >, 0);
        g_assert_cmpint(store_figure(store, "anchor_faults"), ==, 1);
        g_assert_cmpint(store_drain(store), ==, 0);
}

/* On a disk that is full no half line stays, and the rest follows when there is room. */
static void test_full_disk(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-follow-XXXXXX", NULL);
        g_autofree char *disk = g_build_filename(dir, "disk", NULL), *path = g_build_filename(disk, "lines", NULL);
        g_autofree char *ballast = g_build_filename(disk, "ballast", NULL), *noise = g_malloc0(1000000);
        g_autofree char *anchors = g_build_filename(dir, "anchors", NULL);
        g_auto(GStrv) lines = NULL, early = NULL;
        g_autoptr(Store) store = NULL;

        g_assert_cmpint(mkdir(disk, 0700), ==, 0);
        if (mount("tmpfs", disk, "tmpfs", 0, "size=1m") < 0) {
                remove_tree(dir);
                g_test_skip("a small disk can be mounted by root only");
                return;
        }
        g_assert_true(g_file_set_contents(ballast, noise, 1000000, NULL));
        g_setenv("MUGAI_TEST_LINES", path, TRUE);
        g_setenv("MUGAI_TEST_ANCHORS", anchors, TRUE);
        store = store_new_at(dir);
        for (guint n = 0; store_figure(store, "line_faults") == 0; n += 100) {
                g_assert_cmpuint(n, <, 1000);
                put_some(store, n, 100);
                for (guint i = 0; i < 120 && store_figure(store, "line_faults") == 0; i++)
                        g_usleep(10000);
        }
        early = read_lines(store, "disk/lines");
        g_assert_cmpuint(g_strv_length(early), >, 10);
        check_lines(early, NULL);
        g_assert_cmpint(unlink(ballast), ==, 0);
        g_assert_cmpint(store_drain(store), ==, 0);
        lines = read_lines(store, "disk/lines");
        g_test_message("%u lines fitted, %u in the end", g_strv_length(early), g_strv_length(lines));
        g_assert_cmpint(check_lines(lines, anchors_of(store)), ==, g_strv_length(lines));
        g_assert_cmpint(umount(disk), ==, 0);
}

/* A socket of ours where syslog listens: in this test's own view of the files where there is one already. */
static int take_syslog(const char *dir, gboolean *made) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        g_autofree char *path = g_build_filename(dir, "log", NULL);
        int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        *made = access("/dev/log", F_OK) < 0;
        g_strlcpy(address.sun_path, *made ? "/dev/log" : path, sizeof address.sun_path);
        g_assert_cmpint(bind(sock, (struct sockaddr *)&address, sizeof address), ==, 0);
        if (!*made && (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                       mount(path, "/dev/log", NULL, MS_BIND, NULL) < 0))
                mg_fd_close(&sock);
        return sock;
}

static void test_syslog(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-follow-XXXXXX", NULL);
        g_autofree char *anchors = g_build_filename(dir, "anchors", NULL);
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GRegex) form = g_regex_new("^<86>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} mugai-store\\[[0-9]+\\]: "
                                             "(\\{.*\\})$",
                                             0, 0, NULL);
        g_autoptr(Store) store = NULL;
        gboolean made;
        mg_autofd sock = geteuid() == 0 ? take_syslog(dir, &made) : -1;
        char text[8192];
        gssize n;

        if (sock < 0) {
                remove_tree(dir);
                g_test_skip("only root can stand in for syslog");
                return;
        }
        g_setenv("MUGAI_TEST_LINES", "syslog", TRUE);
        g_setenv("MUGAI_TEST_ANCHORS", anchors, TRUE);
        store = store_new_at(dir);
        put_some(store, 0, 3);
        wait_lines(store, 4);
        if (made)
                g_assert_cmpint(unlink("/dev/log"), ==, 0);
        else
                g_assert_cmpint(umount("/dev/log"), ==, 0);
        while ((n = recv(sock, text, sizeof text - 1, MSG_DONTWAIT)) > 0) {
                g_autoptr(GMatchInfo) match = NULL;

                text[n] = '\0';
                g_assert_true(g_regex_match(form, text, 0, &match));
                g_ptr_array_add(lines, g_match_info_fetch(match, 1));
        }
        g_ptr_array_add(lines, NULL);
        g_assert_cmpint(check_lines((GStrv)lines->pdata, NULL), ==, 4);
}

/* Nothing is written anew where no lines are asked for; they begin with what comes after they were. */
static void test_begin(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-follow-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(dir, "lines", NULL);
        g_autoptr(Store) store = NULL;
        g_auto(GStrv) lines = NULL;
        int status;

        g_unsetenv("MUGAI_TEST_LINES");
        g_unsetenv("MUGAI_TEST_ANCHORS");
        store = store_new_at(dir);
        put_some(store, 0, 3);
        g_assert_cmpint(store_drain(store), ==, 0);
        g_setenv("MUGAI_TEST_LINES", path, TRUE);
        g_assert_true(store_start(store, &status));
        put_some(store, 3, 1);
        g_assert_cmpint(store_drain(store), ==, 0);
        lines = read_lines(store, "lines");
        g_assert_cmpuint(g_strv_length(lines), ==, 3);
        g_assert_true(g_str_has_prefix(lines[0], "{\"number\":6,"));
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/follow/file", test_file);
        g_test_add_func("/store/follow/kill", test_kill);
        g_test_add_func("/store/follow/away", test_away);
        g_test_add_func("/store/follow/no-file", test_no_file);
        g_test_add_func("/store/follow/full-disk", test_full_disk);
        g_test_add_func("/store/follow/syslog", test_syslog);
        g_test_add_func("/store/follow/begin", test_begin);
        return g_test_run();
}
