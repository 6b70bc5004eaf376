/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts taken out of mails by confined workers: the octets that the Reading has facts of, in every coding and place;
 * and workers that give others, none, or too few.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "sandbox/zygote.h"
#include "sanitize/sanitize.h"

#define DEADLINE_MS 5000

static const char mail[] =
        "From: a@example.jp\r\nSubject: parts\r\nMessage-ID: <x@example.jp>\r\n"
        "Content-Type: multipart/mixed; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: text/plain\r\n\r\nThe text.\r\nbegin 644 in-the-text.bin\r\n#0V%T\r\n`\r\nend\r\n"
        "=ybegin line=128 size=3 name=y.bin\r\n:;<\r\n=yend size=3\r\n"
        "--B\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "JVBERi0xLjQKcGRmIG9mIGEgdGVzdAo=\r\n"
        "--B\r\nContent-Type: application/octet-stream; name=b.bin\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "=00=01=02 and a soft =\r\nline=FF\r\n"
        "--B\r\nContent-Type: application/octet-stream; name=c.bin\r\n\r\nas it stands\r\nin two lines\r\n"
        "--B\r\nContent-Type: application/octet-stream; name=empty\r\n\r\n\r\n"
        "--B\r\nContent-Type: message/rfc822\r\n\r\n"
        "Subject: inner\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n"
        "--C\r\nContent-Type: text/plain\r\n\r\ninner text\r\n"
        "--C\r\nContent-Type: image/png; name=\"=?utf-8?B?5Zuz?=.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "iVBORw0KGgo=\r\n--C--\r\n"
        "--B--\r\n";

typedef struct Role {
        char *folder;
        char *path;
        pid_t pid;
        MgWorkOrder order;
        int original;
} Role;

static void role_start(Role *role, MgWorkFunc work) {
        g_autoptr(GError) error = NULL;
        int listening;

        role->folder = g_dir_make_tmp("mugai-XXXXXX", NULL);
        role->path = g_build_filename(role->folder, "sanitize.sock", NULL);
        role->original = mg_fd_memory("mail", NULL);
        g_assert_true(mg_fd_write(role->original, mail, sizeof mail - 1, NULL));
        g_assert_true(mg_fd_seal(role->original, 0, NULL));
        role->order = (MgWorkOrder){mg_limits_default, DEADLINE_MS, 256 << 20};
        listening = mg_packet_listen(role->path, 0600, &error);
        g_assert_no_error(error);
        role->pid = fork();
        if (role->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (!mg_sanitize_warm(NULL))
                        _exit(1);
                _exit(mg_zygote_run(mg_config_load(NULL, NULL), listening, -1, work, NULL) ? 0 : 1);
        }
        close(listening);
}

static void role_stop(Role *role) {
        int status;

        kill(role->pid, SIGTERM);
        g_assert_cmpint(waitpid(role->pid, &status, 0), ==, role->pid);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        close(role->original);
        unlink(role->path);
        rmdir(role->folder);
        g_free(role->path);
        g_free(role->folder);
}

static GBytes *take(const Role *role, guint64 size, const guint8 sha256[32], MgFailure *failure) {
        g_auto(MgWork) work = MG_WORK_INIT;
        g_autoptr(GError) error = NULL;
        MgWorkOrder order = role->order;
        GBytes *content;

        order.want = MG_WORK_WANT_PART;
        order.part_size = size;
        memcpy(order.part_sha256, sha256, sizeof order.part_sha256);
        g_assert_true(mg_work_begin(&work, role->path, &order, role->original, &error));
        content = mg_work_finish_part(&work, &order, 20000, failure, &error);
        g_assert_no_error(error);
        return content;
}

static MgReading *read_mail(const Role *role) {
        g_auto(MgWork) work = MG_WORK_INIT;
        g_autoptr(GError) error = NULL;
        MgReading *reading;

        g_assert_true(mg_work_begin(&work, role->path, &role->order, role->original, &error));
        reading = mg_work_finish(&work, &role->order, 20000, &error);
        g_assert_no_error(error);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        return reading;
}

static const struct {
        const char *name;
        const char *content;
        gsize n;
} wanted[] = {
        {"in-the-text.bin", "Cat", 3},
        {"y.bin", "\x10\x11\x12", 3},
        {"a.pdf", "%PDF-1.4\npdf of a test\n", 23},
        {"b.bin", "\0\1\2 and a soft line\xFF", 20},
        {"c.bin", "as it stands\r\nin two lines", 26},
        {"empty", "", 0},
        {"図.png", "\x89PNG\r\n\x1a\n", 8},
};

static void test_parts(void) {
        g_autoptr(MgReading) reading = NULL;
        guint seen = 0;
        Role role;

        role_start(&role, mg_work_sanitize);
        reading = read_mail(&role);
        for (guint i = 0; i < reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(reading->parts, i);
                MgFailure failure;
                g_autoptr(GBytes) content = take(&role, facts->size, facts->sha256, &failure);

                g_autofree char *hex =
                        content ? mg_text_hex(g_bytes_get_data(content, NULL), MIN(g_bytes_get_size(content), 64))
                                : NULL;
                g_test_message("%s %s: %s", facts->path, facts->name, hex);
                g_assert_cmpint(failure, ==, MG_FAILURE_NONE);
                g_assert_nonnull(content);
                for (guint k = 0; k < G_N_ELEMENTS(wanted); k++)
                        if (g_str_equal(facts->name, wanted[k].name)) {
                                g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content),
                                                wanted[k].content, wanted[k].n);
                                seen++;
                        }
        }
        g_assert_cmpuint(seen, ==, G_N_ELEMENTS(wanted));
        role_stop(&role);
}

/* A digest or a size that no part has; a size that no mail has. */
static void test_none(void) {
        g_autoptr(MgReading) reading = NULL;
        g_autoptr(GError) error = NULL;
        g_auto(MgWork) work = MG_WORK_INIT;
        const MgFacts *facts;
        MgFailure failure;
        MgWorkOrder order;
        guint8 digest[32];
        Role role;

        role_start(&role, mg_work_sanitize);
        reading = read_mail(&role);
        facts = g_ptr_array_index(reading->parts, reading->parts->len - 1);
        memcpy(digest, facts->sha256, sizeof digest);
        g_assert_null(take(&role, facts->size + 1, digest, &failure));
        g_assert_cmpint(failure, ==, MG_FAILURE_CRASH);
        digest[31] ^= 1;
        g_assert_null(take(&role, facts->size, digest, &failure));
        g_assert_cmpint(failure, ==, MG_FAILURE_CRASH);
        order = role.order;
        order.want = MG_WORK_WANT_PART;
        order.part_size = order.limits.mail_size + 1;
        g_assert_true(mg_work_begin(&work, role.path, &order, role.original, &error));
        g_assert_null(mg_work_finish_part(&work, &order, 20000, &failure, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CLOSED);
        role_stop(&role);
}

#define CONTENT "what was asked for"

/* The first octet of the digest says which lie. */
static gboolean lie(GBytes *original, int result, const MgWorkOrder *order) {
        g_autoptr(GBytes) right = g_bytes_new_static(CONTENT, strlen(CONTENT));
        g_autoptr(GBytes) other = g_bytes_new_static("what was not asked", strlen(CONTENT));

        switch (order->part_sha256[0]) {
        case 0: /* what would be right if its digest were asked for */
                return mg_work_answer_part(result, right);
        case 1:
                return mg_work_answer_part(result, other);
        case 2: /* nothing, and content with it */
                return TRUE;
        case 3: /* the right octets, and then a fault */
                mg_work_answer_part(result, right);
                return FALSE;
        case 4:
                mg_work_answer_part(result, right);
                raise(SIGSEGV);
                return TRUE;
        case 5: /* more than there is room for */
                mg_work_answer_part(result, right);
                return pwrite(result, CONTENT, strlen(CONTENT), strlen(CONTENT)) > 0;
        default: /* never; waiting is a call that a worker may not make */
                for (volatile guint turn = 0;; turn++)
                        ;
        }
}

static gboolean honest_by_digest(GBytes *original, int result, const MgWorkOrder *order) {
        g_autoptr(GBytes) right = g_bytes_new_static(CONTENT, strlen(CONTENT));

        return mg_work_answer_part(result, right);
}

static void test_lies(void) {
        static const MgFailure failures[] = {MG_FAILURE_REFUSED, MG_FAILURE_REFUSED, MG_FAILURE_REFUSED,
                                             MG_FAILURE_CRASH,   MG_FAILURE_CRASH,   MG_FAILURE_CRASH,
                                             MG_FAILURE_TIMEOUT};
        guint8 digest[32];
        MgFailure failure;
        Role role;

        role_start(&role, lie);
        role.order.deadline_ms = 500;
        for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
                mg_digest(CONTENT, strlen(CONTENT), digest);
                digest[0] = (guint8)i;
                g_assert_null(take(&role, strlen(CONTENT), digest, &failure));
                g_test_message("lie %u: %s", i, mg_failure_name(failure));
                g_assert_cmpint(failure, ==, failures[i]);
        }
        role_stop(&role);
        role_start(&role, honest_by_digest);
        mg_digest(CONTENT, strlen(CONTENT), digest);
        g_autoptr(GBytes) content = take(&role, strlen(CONTENT), digest, &failure);
        g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), CONTENT, strlen(CONTENT));
        role_stop(&role);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sandbox/part/parts", test_parts);
        g_test_add_func("/sandbox/part/none", test_none);
        g_test_add_func("/sandbox/part/lies", test_lies);
        return g_test_run();
}
