/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The original, its process, the words. Decides nobody's right, keeps nothing, and sends no mail.
 */
#include "release/texts.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/worker.h"
#include "compose/body.h"

/* Waiting for a free worker included; who asks waits a little longer. */
#define WORKER_WAIT_MS 40000
#define PROCESS_US (50 * G_USEC_PER_SEC)
#define OBJECT_MAX G_MAXINT32

void mg_texts_init(MgTexts *texts, const MgAsker *store, const MgKeyring *ring) {
        *texts = (MgTexts){.store = store, .ring = ring};
        for (guint i = 0; i < MG_TEXTS_MAX; i++)
                texts->all[i].pidfd = -1;
}

static void end(MgText *text) {
        kill(text->pid, SIGKILL);
        waitpid(text->pid, NULL, 0);
        mg_fd_close(&text->pidfd);
}

void mg_texts_clear(MgTexts *texts) {
        for (guint i = 0; i < MG_TEXTS_MAX; i++)
                if (texts->all[i].pidfd >= 0)
                        end(&texts->all[i]);
}

void mg_texts_watch(const MgTexts *texts, struct pollfd *polls) {
        for (guint i = 0; i < MG_TEXTS_MAX; i++)
                polls[i] = (struct pollfd){.fd = texts->all[i].pidfd, .events = POLLIN};
}

void mg_texts_turn(MgTexts *texts) {
        const gint64 now = g_get_monotonic_time();

        for (guint i = 0; i < MG_TEXTS_MAX; i++) {
                MgText *text = &texts->all[i];
                siginfo_t ended = {0};

                if (text->pidfd < 0)
                        continue;
                waitid(P_PIDFD, (id_t)text->pidfd, &ended, WEXITED | WNOHANG | WNOWAIT);
                if (ended.si_pid != 0 || now >= text->end)
                        end(text);
        }
}

int mg_texts_next(const MgTexts *texts) {
        const gint64 now = g_get_monotonic_time();
        int next = -1;

        for (guint i = 0; i < MG_TEXTS_MAX; i++) {
                const MgText *text = &texts->all[i];
                int left = text->pidfd < 0 ? -1 : (int)CLAMP((text->end - now) / 1000 + 1, 0, 60000);

                next = left < 0 ? next : next < 0 ? left : MIN(next, left);
        }
        return next;
}

static MgText *free_text(MgTexts *texts) {
        for (guint i = 0; i < MG_TEXTS_MAX; i++)
                if (texts->all[i].pidfd < 0)
                        return &texts->all[i];
        return NULL;
}

/* --- the original ------------------------------------------------------------------------------------------------- */

/* In a sealed memfd. */
static int keep_original(GBytes *content, GError **error) {
        mg_autofd original = mg_fd_memory("mugai-text", error);
        gsize n;
        gconstpointer data = g_bytes_get_data(content, &n);

        return original >= 0 && mg_fd_write(original, data, n, error) && mg_fd_seal(original, 0, error)
                       ? mg_fd_steal(&original)
                       : -1;
}

/* -1 with error: LOCKED where no key that is unlocked opens it. */
static int open_original(const MgTexts *texts, const MgTextQuestion *question, MgTextFacts *facts, GError **error) {
        gboolean sealed = FALSE;
        mg_autofd object = mg_text_ask(texts->store, question, facts, &sealed, error);
        g_autoptr(GBytes) kept = NULL, content = NULL;
        g_autoptr(GError) fault = NULL;

        if (object < 0 || !sealed)
                return mg_fd_steal(&object);
        kept = mg_fd_map(object, 0, OBJECT_MAX, error);
        if (!kept)
                return -1;
        content = mg_keyring_open(texts->ring, kept, facts->size, facts->sha256, &fault);
        if (content)
                return keep_original(content, error);
        if (g_error_matches(fault, MG_ERROR, MG_ERROR_DENIED))
                g_set_error_literal(error, MG_ERROR, MG_ERROR_LOCKED,
                                    "the key that this original is sealed to is locked; an officer unlocks it for "
                                    "some minutes (mugai key unlock)");
        else
                g_propagate_error(error, g_steal_pointer(&fault));
        return -1;
}

/* --- the process -------------------------------------------------------------------------------------------------- */

static MgReading *read_mail(const MgConfig *config, const MgTextQuestion *question, int original, GError **error) {
        g_autofree char *path = mg_config_socket(config, "sanitize.sock");
        MgWorkOrder order = {config->policy->limits, config->deadline_ms, config->worker_memory};
        g_auto(MgWork) work = MG_WORK_INIT;

        if (question->charset)
                g_strlcpy(order.charset, question->charset, sizeof order.charset);
        return mg_work_begin(&work, path, &order, original, error)
                       ? mg_work_finish(&work, &order, WORKER_WAIT_MS, error)
                       : NULL;
}

/* The longest beginning of at most max octets that ends at a character. */
static gsize cut_at(const GString *text, gsize max) {
        gsize n = MIN(text->len, max);

        while (n > 0 && n < text->len && ((guint8)text->str[n] & 0xC0) == 0x80)
                n--;
        return n;
}

/* As compose writes them into the mail that leaves; *cut: not all. Caller frees. */
static char *words_of(const MgConfig *config, const MgTextQuestion *question, const MgReading *reading, gboolean *cut) {
        const MgOutgoingInput input = {.policy = config->policy, .reading = reading, .receipt = question->receipt};
        g_autoptr(GString) out = g_string_new(NULL);
        MgLines lines = {.policy = config->policy, .out = out};
        gsize keep;

        *cut = !mg_compose_body(&lines, &input) || (reading->marks & MG_MARK_BODY_CUT) != 0;
        keep = cut_at(out, MG_MAIL_TEXT_MAX);
        *cut |= keep < out->len;
        return mg_text_clean(out->str, keep, MG_CLASS_TEXT, 0, NULL);
}

static gboolean is_delivered(const MgReading *reading, const MgTextFacts *facts) {
        g_autofree char *digest = NULL;
        guint8 octets[32];
        gsize n;
        const void *body = g_bytes_get_data(reading->body, &n);

        mg_digest(body ? body : "", n, octets);
        digest = mg_text_hex(octets, sizeof octets);
        return g_str_equal(digest, facts->body_digest);
}

static gboolean answer(const MgConfig *config, const MgTextQuestion *question, const MgTextFacts *facts, int client,
                       int original, GError **error) {
        g_autoptr(MgReading) reading = read_mail(config, question, original, error);
        g_autoptr(MgMailText) text = g_new0(MgMailText, 1);
        g_auto(MgWriter) writer = {0};

        if (!reading)
                return FALSE;
        if (reading->failure != MG_FAILURE_NONE) {
                g_set_error(error, MG_ERROR, MG_ERROR_GRAMMAR, "this mail cannot be read (%s)",
                            mg_failure_name(reading->failure));
                return FALSE;
        }
        const MgValue *subject = mg_reading_value(reading, MG_FIELD_SUBJECT);

        text->subject = g_strdup(subject ? subject->text : "");
        text->text = words_of(config, question, reading, &text->cut);
        text->charset = g_strdup(reading->body_charset);
        text->reason = reading->body_charset_reason;
        text->replaced = reading->replaced;
        text->guessed = reading->guessed;
        text->delivered = is_delivered(reading, facts);
        mg_writer_init(&writer);
        mg_mail_text_put(&writer, text);
        return mg_packet_send(client, MG_RELEASE_MAIL_TEXT, &writer, NULL, 0, error);
}

/* The process itself: keeps the client, the original and standard error, and dies with the role. */
G_GNUC_NORETURN static void work(const MgConfig *config, const MgTextQuestion *question, const MgTextFacts *facts,
                                 int client, int original, pid_t role) {
        g_autoptr(GError) error = NULL;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(client, STDIN_FILENO) < 0 || dup2(original, STDOUT_FILENO) < 0)
                _exit(EXIT_FAILURE);
        close_range(STDERR_FILENO + 1, ~0U, 0);
        /* The role may have died before it could be the one to die with. */
        if (getppid() != role)
                _exit(EXIT_FAILURE);
        if (!answer(config, question, facts, STDIN_FILENO, STDOUT_FILENO, &error)) {
                mg_log(MG_LOG_WARNING, "text of %s: %s", question->receipt, error->message);
                mg_fault_send(STDIN_FILENO, error);
        }
        _exit(EXIT_SUCCESS);
}

static gboolean begin_process(MgText *text, const MgConfig *config, const MgTextQuestion *question,
                              const MgTextFacts *facts, int client, int original, GError **error) {
        const pid_t own = getpid(), pid = fork();

        if (pid == 0)
                work(config, question, facts, client, original, own);
        if (pid < 0) {
                mg_error_system(error, "no process for a text");
                return FALSE;
        }
        text->pid = pid;
        text->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        text->end = g_get_monotonic_time() + PROCESS_US;
        if (text->pidfd >= 0)
                return TRUE;
        mg_error_system(error, "no watch on a process for a text");
        end(text);
        return FALSE;
}

gboolean mg_texts_begin(MgTexts *texts, const MgConfig *config, const MgTextQuestion *question, int client,
                        GError **error) {
        MgText *text = free_text(texts);
        MgTextFacts facts = {0};
        mg_autofd original = -1;

        if (question->charset && !mg_text_charset_is(question->charset)) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "there is no character set \"%s\" to read a text in",
                            question->charset);
                return FALSE;
        }
        if (!text) {
                g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT,
                            "%d texts are read now, and %d may be at once: ask again in a moment", MG_TEXTS_MAX,
                            MG_TEXTS_MAX);
                return FALSE;
        }
        original = open_original(texts, question, &facts, error);
        return original >= 0 && begin_process(text, config, question, &facts, client, original, error);
}
