/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing over to a server that answers as it is told: what each reply, and each silence, means; and when it is asked
 * whether to send.
 */
#include "release/handover.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is answered to each command, "" closes instead, and a first line of several to the dot closes behind it; data
 * NULL: closes after 100 octets of the message. */
typedef struct Script {
        const char *name;
        const char *mail, *rcpt, *data, *dot;
        gboolean cut; /* closes in the middle of the message */
        gboolean may; /* what ready() says */
        gboolean asked;
        MgHandover want;
        const char *text; /* a part of it */
} Script;

#define OK "250 2.1.0 Ok"
#define GO "354 go"
#define QUEUED "250 2.0.0 Ok: queued as 4X"

static const Script scripts[] = {
        {"taken", OK, OK, GO, QUEUED, FALSE, TRUE, TRUE, MG_HANDOVER_TAKEN, "queued as 4X"},
        {"sender refused", "550 5.1.0 no", OK, GO, QUEUED, FALSE, TRUE, FALSE, MG_HANDOVER_REFUSED, "550 5.1.0"},
        {"recipient refused", OK, "554 5.7.1 relay", GO, QUEUED, FALSE, TRUE, FALSE, MG_HANDOVER_REFUSED, "554 5.7.1"},
        {"recipient later", OK, "450 4.7.1 later", GO, QUEUED, FALSE, TRUE, FALSE, MG_HANDOVER_LATER, "450 4.7.1"},
        {"data later", OK, OK, "452 4.3.1 full", QUEUED, FALSE, TRUE, FALSE, MG_HANDOVER_LATER, "452 4.3.1"},
        {"gone before data", OK, OK, "", QUEUED, FALSE, TRUE, FALSE, MG_HANDOVER_LATER, NULL},
        {"not sent", OK, OK, GO, QUEUED, FALSE, FALSE, TRUE, MG_HANDOVER_LATER, NULL},
        {"gone in the message", OK, OK, GO, QUEUED, TRUE, TRUE, TRUE, MG_HANDOVER_LATER, NULL},
        {"refused after the dot", OK, OK, GO, "554 5.6.0 content", FALSE, TRUE, TRUE, MG_HANDOVER_REFUSED, "554 5.6.0"},
        {"later after the dot", OK, OK, GO, "451 4.3.0 queue", FALSE, TRUE, TRUE, MG_HANDOVER_LATER, "451 4.3.0"},
        {"gone after the dot", OK, OK, GO, "", FALSE, TRUE, TRUE, MG_HANDOVER_UNSURE, NULL},
        {"gone in the reply", OK, OK, GO, "250-2.0.0 Ok: queued as 4X", FALSE, TRUE, TRUE, MG_HANDOVER_UNSURE, NULL},
        {"gone in a refusal", OK, OK, GO, "554-5.6.0 content", FALSE, TRUE, TRUE, MG_HANDOVER_REFUSED, "554-5.6.0"},
};

/* FALSE where the connection is to be closed. */
static gboolean say(int sock, const char *line) {
        g_autofree char *whole = g_strconcat(line, "\r\n", NULL);

        return *line && write(sock, whole, strlen(whole)) > 0;
}

static void take_message(const Script *script, FILE *in, int sock) {
        char line[1200];
        guint lines = 0;

        while (fgets(line, sizeof line, in) && !g_str_equal(line, ".\r\n"))
                if (script->cut && ++lines == 3)
                        _exit(0);
        if (!say(sock, script->dot) || script->dot[3] == '-')
                _exit(0);
}

static void talk(const Script *script, int sock) {
        FILE *in = fdopen(sock, "r");
        char line[1200];

        say(sock, "220 here");
        while (fgets(line, sizeof line, in)) {
                const char *answer = g_str_has_prefix(line, "MAIL")   ? script->mail
                                     : g_str_has_prefix(line, "RCPT") ? script->rcpt
                                     : g_str_has_prefix(line, "DATA") ? script->data
                                                                      : "250 Ok";

                if (!say(sock, answer))
                        _exit(0);
                if (g_str_equal(answer, GO))
                        take_message(script, in, sock);
        }
        _exit(0);
}

static pid_t serve(const Script *script, guint *port) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t pid;

        g_assert_cmpint(bind(listener, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(listener, 1), ==, 0);
        g_assert_cmpint(getsockname(listener, (struct sockaddr *)&address, &n), ==, 0);
        *port = ntohs(address.sin_port);
        pid = fork();
        if (pid == 0)
                talk(script, accept(listener, NULL, NULL));
        close(listener);
        return pid;
}

typedef struct Ready {
        gboolean may;
        guint asked;
} Ready;

static gboolean ready(gpointer data) {
        Ready *state = data;

        state->asked++;
        return state->may;
}

static GBytes *message_of(gsize n) {
        GString *text = g_string_new("From: <a@b.example>\r\n\r\n");

        while (text->len < n)
                g_string_append(text, ".a line that begins with a dot, and is long enough to fill a few packets\r\n");
        return g_string_free_to_bytes(text);
}

static MgHandover hand(guint port, const Script *script, gsize n, Ready *state, char **text) {
        g_autofree char *address = g_strdup_printf("inet:%u@127.0.0.1", port);
        g_autoptr(GPtrArray) rcpts = g_ptr_array_new();
        g_autoptr(GBytes) message = message_of(n);
        const MgHandoverMail mail = {address, "it@city.example.jp", rcpts, message, ready, state};

        state->may = script->may;
        g_ptr_array_add(rcpts, (gpointer) "x@soto.example.jp");
        return mg_handover(&mail, text);
}

#define MORE_THAN_BUFFERS (32u * 1024 * 1024)

static void test_scripts(void) {
        static const gsize sizes[] = {100, 300000};

        for (guint i = 0; i < G_N_ELEMENTS(scripts); i++)
                for (guint k = 0; k < G_N_ELEMENTS(sizes); k++) {
                        const Script *script = &scripts[i];
                        g_autofree char *text = NULL;
                        Ready state = {0};
                        MgHandover got;
                        guint port;
                        pid_t pid;

                        /* What the sockets' buffers hold may be on its way whole before the other side is gone: that
                         * is unsure. */
                        if (script->cut && k == 0)
                                continue;
                        pid = serve(script, &port);
                        got = hand(port, script, script->cut ? MORE_THAN_BUFFERS : sizes[k], &state, &text);
                        g_test_message("%s, %" G_GSIZE_FORMAT ": %d %s", script->name, sizes[k], got, text);
                        g_assert_cmpint(got, ==, script->want);
                        g_assert_cmpuint(state.asked, ==, script->asked ? 1 : 0);
                        g_assert_true(!script->text || strstr(text, script->text));
                        kill(pid, SIGKILL);
                        waitpid(pid, NULL, 0);
                }
}

/* Nobody listens. */
static void test_away(void) {
        g_autofree char *text = NULL;
        Ready state = {0};
        guint port;
        pid_t pid = serve(&scripts[0], &port);

        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        g_assert_cmpint(hand(port, &scripts[0], 100, &state, &text), ==, MG_HANDOVER_LATER);
        g_assert_cmpuint(state.asked, ==, 0);
        g_assert_cmpuint(strlen(text), >, 0);
}

int main(int argc, char **argv) {
        g_assert_true(mg_handover_prepare());
        signal(SIGPIPE, SIG_IGN);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/release/handover/scripts", test_scripts);
        g_test_add_func("/release/handover/away", test_away);
        return g_test_run();
}
