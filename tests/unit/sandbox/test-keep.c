/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are to be kept, by two confined workers each: what is kept comes out octet for octet; where the first
 * Reading has lied, or either worker lies, dies, hangs or is away, the part is removed and its reason says why.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/worker.h"
#include "milter/keep.h"
#include "sandbox/zygote.h"
#include "sanitize/sanitize.h"

#define PNG "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\x3A\x7E\x9B\x55"
#define PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define ACTIVE "%PDF-1.4\n1 0 obj\n<< /OpenAction << /S /JavaScript /JS (x) >> >>\nendobj\n%%EOF\n"
#define EXE "MZ\x90\0\3\0\0\0\4\0\0\0\xFF\xFF\0\0"
/* A picture with an empty ZIP file behind it. */
#define BOTH PNG "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TEXT "ひとつの文。\nもうひとつ。\n"

/* What the scanner of this test finds. */
#define VIRUS "a virus of this test"

typedef struct World {
        char *folder, *path;
        pid_t pid, scanner_pid;
        MgScanWatch scanner;
        MgConfig *config;
        MgReading *reading;
        MgDecision *decision;
        MgKeeping keeping;
        int original;
} World;

/* Takes one descriptor and says what clamd would. */
static void answer_scan(int sock) {
        char command[64], control[CMSG_SPACE(sizeof(int))];
        struct iovec piece = {command, sizeof command};
        struct msghdr message = {
                .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *header = NULL;
        int fd = -1;

        while (!header && recvmsg(sock, &message, 0) > 0) {
                header = CMSG_FIRSTHDR(&message);
                message.msg_controllen = sizeof control;
        }
        if (header) {
                memcpy(&fd, CMSG_DATA(header), sizeof fd);
                g_autoptr(GBytes) content = mg_fd_map(fd, 0, 1 << 20, NULL);
                gboolean found = memmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), VIRUS,
                                        sizeof VIRUS - 1) != NULL;
                const char *said = found ? "fd[9]: Test FOUND" : "fd[9]: OK";

                if (write(sock, said, strlen(said) + 1) < 0)
                        _exit(1);
                close(fd);
        }
        close(sock);
}

static void start_scanner(World *world) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_free(world->config->scan_socket);
        world->config->scan_socket = g_build_filename(world->folder, "clamd.sock", NULL);
        world->config->scan_wait_ms = 20000;
        g_strlcpy(address.sun_path, world->config->scan_socket, sizeof address.sun_path);
        g_assert_cmpint(bind(listening, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(listening, 10), ==, 0);
        world->scanner_pid = fork();
        if (world->scanner_pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                        answer_scan(accept(listening, NULL, NULL));
        }
        close(listening);
        mg_scan_watch_init(&world->scanner);
}

static void start(World *world, MgWorkFunc work) {
        g_autoptr(GError) error = NULL;
        int listening;

        world->folder = g_dir_make_tmp("mugai-XXXXXX", NULL);
        world->path = g_build_filename(world->folder, "sanitize.sock", NULL);
        world->config = mg_config_load(NULL, &error);
        g_assert_no_error(error);
        world->config->deadline_ms = 5000;
        listening = mg_packet_listen(world->path, 0600, &error);
        g_assert_no_error(error);
        world->pid = fork();
        if (world->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (!mg_sanitize_warm(NULL))
                        _exit(1);
                _exit(mg_zygote_run(mg_config_load(NULL, NULL), listening, -1, work, NULL) ? 0 : 1);
        }
        close(listening);
        start_scanner(world);
        world->reading = mg_reading_new();
        world->decision = mg_decision_new();
}

/* The mail: each file an attachment in base64. */
static void seal(World *world, const GString *mail) {
        world->original = mg_fd_memory("mail", NULL);
        g_assert_true(mg_fd_write(world->original, mail->str, mail->len, NULL));
        g_assert_true(mg_fd_seal(world->original, 0, NULL));
        world->keeping = (MgKeeping){.config = world->config,
                                     .sanitize = world->path,
                                     .original = world->original,
                                     .scanner = &world->scanner,
                                     .until = g_get_monotonic_time() + 60 * G_USEC_PER_SEC};
}

static void stop(World *world) {
        int status;

        kill(world->pid, SIGTERM);
        g_assert_cmpint(waitpid(world->pid, &status, 0), ==, world->pid);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        kill(world->scanner_pid, SIGKILL);
        g_assert_cmpint(waitpid(world->scanner_pid, &status, 0), ==, world->scanner_pid);
        close(world->original);
        unlink(world->config->scan_socket);
        unlink(world->path);
        rmdir(world->folder);
        g_free(world->path);
        g_free(world->folder);
        mg_config_free(world->config);
        mg_reading_free(world->reading);
        mg_decision_free(world->decision);
}

/* What the first Reading has said of a part, true or not, and that it is to be kept. */
static void add(World *world, GString *mail, const char *found, const char *content, gsize n) {
        g_autofree char *encoded = g_base64_encode((const guchar *)content, n);
        MgFacts *facts = mg_facts_new();
        MgPartDecision part = {.action = MG_ACTION_KEEP,
                               .rule = g_strdup("partner"),
                               .reason = g_strdup("r"),
                               .approved_by = g_strdup("b"),
                               .type = {g_strdup(""), g_strdup("")},
                               .why = MG_TEXT_why_file};

        g_free(facts->found);
        facts->found = g_strdup(found);
        facts->size = n;
        mg_digest(content, n, facts->sha256);
        g_ptr_array_add(world->reading->parts, facts);
        g_array_append_val(world->decision->parts, part);
        g_string_append_printf(mail,
                               "--B\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
                               "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n",
                               encoded);
}

static GString *mail_begin(void) {
        return g_string_new("From: a@example.jp\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n");
}

static void removed(const World *world, guint i, const GPtrArray *contents, const char *why) {
        const MgPartDecision *part = &g_array_index(world->decision->parts, MgPartDecision, i);

        g_test_message("%u: %s", i, part->reason);
        g_assert_null(g_ptr_array_index(contents, i));
        g_assert_cmpint(part->action, ==, MG_ACTION_REMOVE);
        g_assert_true(part->listed);
        g_assert_true(g_str_has_prefix(part->reason, "not kept: "));
        g_assert_nonnull(strstr(part->reason, why));
}

#define ADD(world, mail, found, content) add(world, mail, found, content, sizeof(content) - 1)

static void test_kept(void) {
        static const struct {
                const char *content;
                gsize n;
        } wanted[] = {{PNG, sizeof PNG - 1}, {PDF, sizeof PDF - 1}, {TEXT, sizeof TEXT - 1}};
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) contents = NULL;
        World world = {0};

        start(&world, mg_work_sanitize);
        ADD(&world, mail, "image/png", PNG);
        ADD(&world, mail, "application/pdf", PDF);
        ADD(&world, mail, "text/plain", TEXT);
        seal(&world, mail);
        g_assert_cmpuint(mg_keep_size(world.reading, world.decision), ==, sizeof PNG + sizeof PDF + sizeof TEXT - 3);
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
                GBytes *content = g_ptr_array_index(contents, i);

                g_test_message("%s", g_array_index(world.decision->parts, MgPartDecision, i).reason);
                g_assert_nonnull(content);
                g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), wanted[i].content,
                                wanted[i].n);
                g_assert_cmpint(g_array_index(world.decision->parts, MgPartDecision, i).action, ==, MG_ACTION_KEEP);
        }
        stop(&world);
}

/* The worker that made the first Reading was another one's: the part is there, and is not what it said. */
static void test_first_lied(void) {
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) contents = NULL;
        World world = {0};

        start(&world, mg_work_sanitize);
        ADD(&world, mail, "image/png", EXE);
        ADD(&world, mail, "application/pdf", PNG);
        ADD(&world, mail, "application/pdf", ACTIVE);
        ADD(&world, mail, "image/png", BOTH);
        ADD(&world, mail, "text/plain", EXE);
        ADD(&world, mail, "text/plain", "@echo off\r\ndel *\r\n");
        ADD(&world, mail, "text/plain", PNG);
        ADD(&world, mail, "application/zip", PNG);
        ADD(&world, mail, "image/png", PNG "never in the mail");
        g_string_truncate(mail, mail->len - 20);
        seal(&world, mail);
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 0, contents, "first octets");
        removed(&world, 1, contents, "first octets");
        removed(&world, 2, contents, "another type or other flags");
        removed(&world, 3, contents, "several types");
        removed(&world, 4, contents, "another type");
        removed(&world, 5, contents, "another type");
        removed(&world, 6, contents, "another type");
        removed(&world, 7, contents, "first octets");
        removed(&world, 8, contents, "could not be taken out (crash)");
        g_assert_cmpuint(mg_decision_kept(world.decision), ==, 0);
        stop(&world);
}

/* --- workers that lie --------------------------------------------------------------------------------------------- */

/* A Reading as the second worker answers, changed by which. */
static gboolean answer(GBytes *content, int result, const MgWorkOrder *order, char which) {
        g_autoptr(MgReading) reading = mg_sanitize_look(content, &order->limits);
        MgFacts *facts = g_ptr_array_index(reading->parts, 0);

        if (which == 'd')
                facts->sha256[0] ^= 1;
        if (which == 's')
                facts->size--;
        if (which == 't')
                g_free(facts->found), facts->found = g_strdup("image/jpeg");
        if (which == 'f')
                facts->flags |= MG_PART_EMBEDDED;
        if (which == 'a')
                g_ptr_array_add(facts->also, g_strdup("application/zip"));
        if (which == 'm')
                facts->members_all = 3;
        if (which == '2')
                g_ptr_array_add(reading->parts, mg_facts_new());
        if (which == '0') {
                g_ptr_array_set_size(reading->parts, 0);
                g_array_index(reading->ranges, MgRange, 0).kind = MG_RANGE_STRUCTURE;
                g_array_index(reading->ranges, MgRange, 0).part = MG_RANGE_NO_PART;
        }
        if (which == 'l')
                reading->failure = MG_FAILURE_INTERNAL;
        if (which == 'r')
                g_array_set_size(reading->ranges, 0);
        return mg_work_answer(result, reading);
}

static gboolean hang(void) {
        for (volatile guint turn = 0;; turn++)
                ;
        return FALSE;
}

/* The first worker is honest; the octet behind the signature of the picture says how the second one lies. */
static gboolean second_lies(GBytes *content, int result, const MgWorkOrder *order) {
        if (order->want != MG_WORK_WANT_FACTS)
                return mg_work_sanitize(content, result, order);
        switch (((const char *)g_bytes_get_data(content, NULL))[sizeof PNG - 1]) {
        case 'n': /* nothing, and content with it */
                return TRUE;
        case 'x':
                return FALSE;
        case 'c':
                raise(SIGSEGV);
                return TRUE;
        case 'g': /* garbage */
                return pwrite(result, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8, 0) == 8;
        case 'o': /* octets of a part instead of a Reading */
                return mg_work_answer_part(result, content);
        case 'h':
                return hang();
        default:
                return answer(content, result, order, ((const char *)g_bytes_get_data(content, NULL))[sizeof PNG - 1]);
        }
}

static void test_second_lies(void) {
        static const struct {
                const char which[2], *why;
        } rows[] = {{"d", "other octets"},
                    {"s", "other octets"},
                    {"t", "another type or other flags"},
                    {"f", "another type or other flags"},
                    {"a", "several types"},
                    {"m", "files in it"},
                    {"2", "other than one file"},
                    {"0", "other than one file"},
                    {"l", "a second look failed (internal)"},
                    {"r", "a second look failed (refused)"},
                    {"n", "a second look failed (refused)"},
                    {"x", "a second look failed (crash)"},
                    {"c", "a second look failed (crash)"},
                    {"g", "a second look failed (refused)"},
                    {"o", "a second look failed (refused)"},
                    {"h", "a second look failed (timeout)"}};
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) contents = NULL;
        World world = {0};

        start(&world, second_lies);
        world.config->deadline_ms = 4000;
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GString) content = g_string_new_len(PNG, sizeof PNG - 1);

                g_string_append(content, rows[i].which);
                add(&world, mail, "image/png", content->str, content->len);
        }
        seal(&world, mail);
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                removed(&world, i, contents, rows[i].why);
        stop(&world);
}

/* The second worker is honest; the first octet of the digest that is asked for says how the first one lies. */
static gboolean first_lies(GBytes *mail, int result, const MgWorkOrder *order) {
        g_autoptr(GBytes) png = g_bytes_new_static(PNG, sizeof PNG - 1), exe = g_bytes_new_static(EXE, sizeof EXE - 1);

        if (order->want != MG_WORK_WANT_PART)
                return mg_work_sanitize(mail, result, order);
        switch (order->part_sha256[0]) {
        case 0: /* a program for a picture */
                return mg_work_answer_part(result, exe);
        case 1: /* longer than was said */
                return mg_work_answer_part(result, png) && pwrite(result, EXE, sizeof EXE - 1, sizeof PNG - 1) > 0;
        case 2:
                return TRUE;
        case 3:
                raise(SIGSEGV);
                return TRUE;
        default:
                return hang();
        }
}

static void test_first_lies(void) {
        static const char *const whys[] = {"(refused)", "(crash)", "(refused)", "(crash)", "(timeout)"};
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) contents = NULL;
        World world = {0};

        start(&world, first_lies);
        world.config->deadline_ms = 4000;
        for (guint i = 0; i < G_N_ELEMENTS(whys); i++) {
                ADD(&world, mail, "image/png", PNG);
                ((MgFacts *)g_ptr_array_index(world.reading->parts, i))->sha256[0] = (guint8)i;
        }
        seal(&world, mail);
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        for (guint i = 0; i < G_N_ELEMENTS(whys); i++)
                removed(&world, i, contents, whys[i]);
        stop(&world);
}

/* --- time, and a role that is away -------------------------------------------------------------------------------- */

static gboolean hangs(GBytes *mail, int result, const MgWorkOrder *order) {
        return hang();
}

/* The time of the mail ends the first worker; the parts behind it are asked of nobody. */
static void test_time(void) {
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) contents = NULL;
        World world = {0};

        start(&world, hangs);
        world.config->deadline_ms = 60000;
        for (guint i = 0; i < 3; i++)
                ADD(&world, mail, "image/png", PNG);
        seal(&world, mail);
        world.keeping.until = g_get_monotonic_time() + 500 * 1000;
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 0, contents, "could not be taken out");
        removed(&world, 1, contents, "the time of the mail is over");
        removed(&world, 2, contents, "the time of the mail is over");
        stop(&world);
}

static void test_away(void) {
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) there = NULL, contents = NULL;
        World world = {0};

        start(&world, mg_work_sanitize);
        ADD(&world, mail, "image/png", PNG);
        seal(&world, mail);
        there = mg_keep_take(&world.keeping, world.reading, world.decision);
        g_assert_nonnull(g_ptr_array_index(there, 0));
        world.keeping.sanitize = "/no/such/socket";
        contents = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 0, contents, "no worker");
        stop(&world);
}

/* Octets that the scanner never saw by themselves: found, not answered, and nobody there. */
static void test_scanner(void) {
        g_autoptr(GString) mail = mail_begin();
        g_autoptr(GPtrArray) found = NULL, away = NULL, none = NULL;
        World world = {0};

        start(&world, mg_work_sanitize);
        ADD(&world, mail, "image/png", PNG VIRUS);
        ADD(&world, mail, "image/png", PNG);
        ADD(&world, mail, "text/plain", TEXT);
        seal(&world, mail);
        found = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 0, found, "calls it infected");
        g_assert_nonnull(g_ptr_array_index(found, 1));
        unlink(world.config->scan_socket);
        away = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 1, away, "calls it unscanned");
        g_array_index(world.decision->parts, MgPartDecision, 2).action = MG_ACTION_KEEP;
        *world.config->scan_socket = '\0';
        none = mg_keep_take(&world.keeping, world.reading, world.decision);
        removed(&world, 2, none, "calls it none");
        stop(&world);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sandbox/keep/kept", test_kept);
        g_test_add_func("/sandbox/keep/first-lied", test_first_lied);
        g_test_add_func("/sandbox/keep/second-lies", test_second_lies);
        g_test_add_func("/sandbox/keep/first-lies", test_first_lies);
        g_test_add_func("/sandbox/keep/time", test_time);
        g_test_add_func("/sandbox/keep/away", test_away);
        g_test_add_func("/sandbox/keep/scanner", test_scanner);
        return g_test_run();
}
