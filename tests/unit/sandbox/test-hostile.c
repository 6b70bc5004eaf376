/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker replaced by a hostile one: whatever it says, the outcome is a clean mail or FAILED, and the mail
 * beside it is unharmed. The lie that a worker tells is named by its mail.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/reading.h"
#include "base/receipt.h"
#include "base/worker.h"
#include "compose/compose.h"
#include "config/config.h"
#include "rules/decide.h"
#include "sandbox/zygote.h"

#define DEADLINE_MS 10000 /* nothing takes so long that ends */
#define LATE_MS 700       /* for what does not */
/* Above sandbox.waiting (200) and what the role takes beside it. */
#define IDLE_CONNECTIONS 300

/* Every mail of these tests: the name of a lie, then zeros. */
#define MAIL_OCTETS 64

static void set_body(MgReading *reading, const char *text, gsize n) {
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new(text, n);
}

static MgReading *honest(void) {
        MgReading *reading = mg_reading_new();
        MgRange all = {MAIL_OCTETS, MG_RANGE_HEADER, MG_RANGE_NO_PART, 1};

        mg_reading_add_value(reading, MG_FIELD_FROM, "taro", "taro@example.jp");
        mg_reading_add_value(reading, MG_FIELD_SUBJECT, "subject", NULL);
        set_body(reading, "text\n", 5);
        g_array_append_val(reading->ranges, all);
        return reading;
}

static gboolean tell(int result, MgReading *reading) {
        return mg_work_answer(result, reading);
}

/* Octets in place of an answer. */
static gboolean tell_raw(int result, guint64 length, const char *octets, gsize n) {
        guint64 little = GUINT64_TO_LE(length);

        return pwrite(result, &little, sizeof little, 0) == sizeof little &&
               pwrite(result, octets, n, sizeof little) == (ssize_t)n;
}

static guint64 reading_size(const MgLimits *limits) {
        return mg_work_result_size(&(MgWorkOrder){.limits = *limits});
}

static gboolean lie_honest(int r, const MgLimits *l) {
        return tell(r, honest());
}

static gboolean lie_nothing(int r, const MgLimits *l) {
        return TRUE;
}

static gboolean lie_garbage(int r, const MgLimits *l) {
        return tell_raw(r, 400, "\3garbage that is no record at all, and then some", 40);
}

static gboolean lie_huge_length(int r, const MgLimits *l) {
        return tell_raw(r, G_MAXUINT64, "\3", 1);
}

static gboolean lie_beyond(int r, const MgLimits *l) {
        guint64 size = reading_size(l);

        return pwrite(r, "x", 1, (off_t)size + 4096) == 1;
}

static gboolean lie_fill(int r, const MgLimits *l) {
        g_autofree char *block = g_strnfill(65536, '\377');
        guint64 size = reading_size(l);

        for (guint64 at = 0; at + 65536 <= size; at += 65536)
                if (pwrite(r, block, 65536, (off_t)at) != 65536)
                        return FALSE;
        return TRUE;
}

static gboolean lie_late(int r, const MgLimits *l) {
        for (volatile guint64 n = 0;; n++)
                ;
        return TRUE;
}

static gboolean lie_late_after_answer(int r, const MgLimits *l) {
        tell(r, honest());
        return lie_late(r, l);
}

static gboolean lie_twice(int r, const MgLimits *l) {
        MgReading *second = honest();

        set_body(second, "\033]0;second\007", 11);
        return tell(r, honest()) && tell(r, second);
}

static gboolean lie_crash(int r, const MgLimits *l) {
        tell(r, honest());
        raise(SIGSEGV);
        return TRUE;
}

static gboolean lie_forbidden(int r, const MgLimits *l) {
        tell(r, honest());
        return execl("/bin/true", "true", NULL) == 0;
}

static gboolean lie_memory(int r, const MgLimits *l) {
        while (malloc(1 << 20))
                ;
        return tell(r, honest());
}

/* The answer through a shared mapping that lives until the process ends: sealing must wait for it. */
static gboolean lie_mapping(int r, const MgLimits *l) {
        gsize size = reading_size(l);
        char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0);

        return map != MAP_FAILED && tell(r, honest());
}

static gboolean lie_header_crlf(int r, const MgLimits *l) {
        MgReading *reading = honest();

        mg_reading_add_value(reading, MG_FIELD_TO, "x\r\nBcc: evil@example.com\r\n\r\n<script>", "a@example.jp");
        return tell(r, reading);
}

static gboolean lie_address(int r, const MgLimits *l) {
        MgReading *reading = honest();

        mg_reading_add_value(reading, MG_FIELD_TO, "x", "a@example.jp>, <b@example.com");
        return tell(r, reading);
}

static gboolean lie_utf8(int r, const MgLimits *l) {
        MgReading *reading = honest();

        set_body(reading,
                 "\xc0\xbc"
                 "script",
                 8);
        return tell(r, reading);
}

static gboolean lie_bidi(int r, const MgLimits *l) {
        MgReading *reading = honest();

        set_body(reading, "a\342\200\256b\n", 6);
        return tell(r, reading);
}

static gboolean lie_links(int r, const MgLimits *l) {
        static const char text[] = "http://evil.example/ https://bank@evil.example:8080/x www.evil.com evil.zip "
                                   "javascript:alert(1) \\\\evil\\share ftp://x ms-word:ofe|u|http://evil.example\n";
        MgReading *reading = honest();

        set_body(reading, text, strlen(text));
        return tell(r, reading);
}

static gboolean lie_syntax(int r, const MgLimits *l) {
        static const char text[] = "\n\n.\nFrom: x\nContent-Type: text/html\n\n<script>alert(1)</script>\n--=_x\n"
                                   "=?utf-8?B?PHNjcmlwdD4=?=\n.\nMAIL FROM:<x>\n";
        MgReading *reading = honest();

        mg_reading_add_value(reading, MG_FIELD_LIST_ID, "=?utf-8?Q?=0D=0ABcc:_x?=", "a.example.jp");
        mg_reading_add_value(reading, MG_FIELD_CC, "\"><b@evil.example>, x", "a@example.jp");
        set_body(reading, text, strlen(text));
        return tell(r, reading);
}

static gboolean lie_counts(int r, const MgLimits *l) {
        MgReading *reading = honest();

        reading->replaced = reading->guessed = reading->hidden = reading->links = reading->pictures = G_MAXUINT32;
        reading->marks = _MG_MARK_ALL;
        reading->date = 0;
        for (guint i = 0; i < l->parts; i++) {
                MgFacts *facts = mg_facts_new();

                facts->size = l->mail_size;
                facts->kind = (MgPartKind)(i % _MG_PART_KIND_N);
                facts->flags = _MG_PART_FLAGS_ALL;
                g_free(facts->name);
                facts->name = g_strdup("http://evil.example/見積書.exe www.evil.com");
                g_free(facts->found);
                facts->found = g_strdup("x-made-up/thing");
                g_ptr_array_add(reading->parts, facts);
        }
        return tell(r, reading);
}

static gboolean lie_too_many_parts(int r, const MgLimits *l) {
        MgReading *reading = honest();

        for (guint i = 0; i < l->parts + 1; i++)
                g_ptr_array_add(reading->parts, mg_facts_new());
        return tell(r, reading);
}

static gboolean lie_failure(int r, const MgLimits *l) {
        MgReading *reading = honest();

        reading->failure = MG_FAILURE_LIMIT;
        g_free(reading->failure_limit);
        reading->failure_limit = g_strdup("http://evil.example");
        return tell(r, reading);
}

static gboolean tell_length(int r, guint64 length) {
        MgReading *reading = honest();

        g_array_index(reading->ranges, MgRange, 0).length = length;
        return tell(r, reading);
}

static gboolean lie_account_short(int r, const MgLimits *l) {
        return tell_length(r, MAIL_OCTETS - 1);
}

static gboolean lie_account_long(int r, const MgLimits *l) {
        return tell_length(r, MAIL_OCTETS + 1);
}

static gboolean lie_account_none(int r, const MgLimits *l) {
        MgReading *reading = honest();

        g_array_set_size(reading->ranges, 0);
        return tell(r, reading);
}

typedef enum Wanted { CLEAN, FAILED, EITHER } Wanted;

static const struct {
        const char *name;
        gboolean (*tell)(int result, const MgLimits *limits);
        Wanted wanted;
} lies[] = {
        {"honest", lie_honest, CLEAN},
        {"nothing", lie_nothing, FAILED},
        {"garbage", lie_garbage, FAILED},
        {"huge-length", lie_huge_length, FAILED},
        {"beyond-the-result", lie_beyond, FAILED},
        {"fills-the-result", lie_fill, FAILED},
        {"late", lie_late, FAILED},
        {"late-after-answer", lie_late_after_answer, FAILED},
        {"twice", lie_twice, FAILED},
        {"crash", lie_crash, FAILED},
        {"forbidden-call", lie_forbidden, FAILED},
#if !defined(__SANITIZE_ADDRESS__)
        {"memory", lie_memory, EITHER},
#endif
        {"shared-mapping", lie_mapping, CLEAN},
        {"header-crlf", lie_header_crlf, FAILED},
        {"address", lie_address, FAILED},
        {"invalid-utf-8", lie_utf8, FAILED},
        {"bidi", lie_bidi, FAILED},
        {"live-links", lie_links, CLEAN},
        {"mail-syntax", lie_syntax, CLEAN},
        {"every-count-at-its-maximum", lie_counts, CLEAN},
        {"too-many-parts", lie_too_many_parts, FAILED},
        {"says-failure", lie_failure, FAILED},
        {"account-too-short", lie_account_short, FAILED},
        {"account-too-long", lie_account_long, FAILED},
        {"no-account", lie_account_none, FAILED},
};

static gboolean hostile(GBytes *mail, int result, const MgWorkOrder *order) {
        gsize n;
        const char *name = g_bytes_get_data(mail, &n);

        n = strnlen(name, n);
        for (guint i = 0; i < G_N_ELEMENTS(lies); i++)
                if (strlen(lies[i].name) == n && memcmp(name, lies[i].name, n) == 0)
                        return lies[i].tell(result, &order->limits);
        return FALSE;
}

typedef struct Role {
        char *folder;
        char *path;
        pid_t pid;
        MgConfig *config;
        char *receipt;
} Role;

static void role_start(Role *role) {
        g_autoptr(GError) error = NULL;
        int listening;

        role->folder = g_dir_make_tmp("mugai-XXXXXX", NULL);
        role->path = g_build_filename(role->folder, "sanitize.sock", NULL);
        role->config = mg_config_load(NULL, &error);
        g_assert_no_error(error);
        listening = mg_packet_listen(role->path, 0600, &error);
        g_assert_no_error(error);
        role->receipt = mg_receipt_make(1, 1);
        role->pid = fork();
        if (role->pid == 0) {
                MgConfig *config = mg_config_load(NULL, NULL);

                prctl(PR_SET_PDEATHSIG, SIGKILL);
                config->workers = 4;
                _exit(mg_zygote_run(config, listening, -1, hostile, NULL) ? 0 : 1);
        }
        close(listening);
}

/* An orderly end at SIGTERM is part of the test: no lie made the role hang or die. */
static void role_stop(Role *role) {
        int status;

        g_assert_cmpint(kill(role->pid, SIGTERM), ==, 0);
        g_assert_cmpint(waitpid(role->pid, &status, 0), ==, role->pid);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
        unlink(role->path);
        rmdir(role->folder);
        g_free(role->folder);
        g_free(role->path);
        g_free(role->receipt);
        mg_config_free(role->config);
}

static void ask(const Role *role, const char *mail, MgWork *work, MgWorkOrder *order) {
        g_autoptr(GError) error = NULL;
        mg_autofd original = mg_fd_memory("mail", NULL);
        char octets[MAIL_OCTETS] = {0};
        const gboolean ends = !g_str_has_prefix(mail, "late") && !g_str_equal(mail, "memory");

        g_strlcpy(octets, mail, sizeof octets);
        *order = (MgWorkOrder){role->config->policy->limits, ends ? DEADLINE_MS : LATE_MS, 256 << 20};
        g_assert_true(mg_fd_write(original, octets, sizeof octets, NULL));
        g_assert_true(mg_fd_seal(original, 0, NULL));
        g_assert_true(mg_work_begin(work, role->path, order, original, &error));
}

/* What an outsider sees of the message: no field that is not ours, nothing live. The grammar already passed it. */
static void assert_clean(const MgGrammarView *view) {
        gsize n;
        const char *message = g_bytes_get_data(view->message, &n);
        g_autofree char *text = g_ascii_strdown(message, (gssize)n);

        g_assert_null(strstr(text, "\nbcc:"));
        g_assert_null(strstr(text, "text/html"));
        g_assert_null(strstr(text, "http://"));
        for (gsize i = 0; i < n; i++)
                g_assert_true(message[i] == '\r' || message[i] == '\n' || message[i] == '\t' ||
                              (message[i] >= ' ' && message[i] <= '~'));
}

static void check_outcome(const Role *role, guint i, MgReading *reading) {
        g_autoptr(MgDecision) decision = mg_decide(role->config->policy, &(MgMailFacts){0}, reading);
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGrammarView) view = NULL;
        MgOutgoingInput input = {role->config->policy, envelope, reading, decision, role->receipt, 100};
        MgFailure failure = reading->failure;

        envelope->time = 1700000000;
        view = mg_compose_checked(&input, &failure, &error);
        g_assert_no_error(error);
        g_assert_nonnull(view);
        g_test_message("%s: %s", lies[i].name, failure == MG_FAILURE_NONE ? "clean" : mg_failure_name(failure));
        if (lies[i].wanted != EITHER)
                g_assert_cmpint(lies[i].wanted == CLEAN, ==, failure == MG_FAILURE_NONE);
        assert_clean(view);
}

static void test_lies(void) {
        Role role;

        role_start(&role);
        for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
                g_auto(MgWork) work = MG_WORK_INIT, neighbour = MG_WORK_INIT;
                g_autoptr(MgReading) reading = NULL, beside = NULL;
                g_autoptr(GError) error = NULL;
                MgWorkOrder order;

                ask(&role, lies[i].name, &work, &order);
                ask(&role, "honest", &neighbour, &order);
                beside = mg_work_finish(&neighbour, &order, 20000, &error);
                g_assert_no_error(error);
                g_assert_cmpint(beside->failure, ==, MG_FAILURE_NONE);
                reading = mg_work_finish(&work, &order, 20000, &error);
                g_assert_no_error(error);
                check_outcome(&role, i, reading);
        }
        role_stop(&role);
}

/* A client that leaves gets its worker killed, long before the deadline would. */
static void test_leaves(void) {
        g_auto(MgWork) last = MG_WORK_INIT;
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(GError) error = NULL;
        MgWorkOrder order;
        Role role;

        role_start(&role);
        for (guint i = 0; i < 20; i++) {
                g_auto(MgWork) work = MG_WORK_INIT;

                ask(&role, "late", &work, &order);
        }
        ask(&role, "honest", &last, &order);
        reading = mg_work_finish(&last, &order, 20000, &error);
        g_assert_no_error(error);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        role_stop(&role);
}

/* Requests that no milter of ours sends. */
static void test_requests(void) {
        mg_autofd plain = mg_fd_memory("plain", NULL);
        g_autoptr(GError) error = NULL;
        g_auto(MgWork) last = MG_WORK_INIT;
        g_autoptr(MgReading) reading = NULL;
        MgWorkOrder order;
        Role role;
        int fds[2];

        role_start(&role);
        order = (MgWorkOrder){role.config->policy->limits, DEADLINE_MS, 256 << 20};
        fds[0] = fds[1] = plain;
        for (guint n_fds = 0; n_fds <= 2; n_fds++) {
                g_auto(MgWriter) writer = {0};
                g_auto(MgPacket) packet = MG_PACKET_INIT;
                mg_autofd sock = mg_packet_connect(role.path, &error);

                mg_writer_init(&writer);
                if (n_fds > 0)
                        mg_work_order_put(&writer, &order);
                g_assert_true(mg_packet_send(sock, n_fds ? MG_WORK_READ : 4711, &writer, fds, n_fds, &error));
                g_assert_false(mg_packet_receive(sock, 5000, &packet, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_CLOSED);
                g_clear_error(&error);
        }
        ask(&role, "honest", &last, &order);
        reading = mg_work_finish(&last, &order, 20000, &error);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        role_stop(&role);
}

/* More connections than the role takes, none of which says a word: they are closed in time, and a mail gets through. */
static void test_idle(void) {
        g_auto(MgWork) last = MG_WORK_INIT;
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(GError) error = NULL;
        int idle[IDLE_CONNECTIONS];
        MgWorkOrder order;
        Role role;

        role_start(&role);
        for (guint i = 0; i < IDLE_CONNECTIONS; i++) {
                idle[i] = mg_packet_connect(role.path, &error);
                g_assert_no_error(error);
        }
        ask(&role, "honest", &last, &order);
        reading = mg_work_finish(&last, &order, 30000, &error);
        g_assert_no_error(error);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        for (guint i = 0; i < IDLE_CONNECTIONS; i++)
                close(idle[i]);
        role_stop(&role);
}

/* Idle connections do not hold up an orderly end. */
static void test_idle_drain(void) {
        g_auto(MgWork) work = MG_WORK_INIT;
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(GError) error = NULL;
        mg_autofd idle = -1;
        MgWorkOrder order;
        gint64 begun;
        Role role;

        role_start(&role);
        idle = mg_packet_connect(role.path, &error);
        ask(&role, "honest", &work, &order);
        reading = mg_work_finish(&work, &order, 20000, &error);
        g_assert_no_error(error);
        begun = g_get_monotonic_time();
        role_stop(&role);
        g_assert_cmpint(g_get_monotonic_time() - begun, <, 5 * G_USEC_PER_SEC);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hostile/lies", test_lies);
        g_test_add_func("/hostile/leaves", test_leaves);
        g_test_add_func("/hostile/requests", test_requests);
        g_test_add_func("/hostile/idle", test_idle);
        g_test_add_func("/hostile/idle-drain", test_idle_drain);
        return g_test_run();
}
