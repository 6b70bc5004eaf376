/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounds without a gateway: the entrance is the exit itself, which is a way around it; a server that never answers;
 * nobody at all. And the client and the server of SMTP against each other and against what is no SMTP.
 */
#include "monitor/canary.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/stream.h"
#include "monitor/dialog.h"
#include "monitor/door.h"
#include "monitor/receiver.h"

#define DOMAIN "canary.mugai.invalid"

/* A listening port; *address is what connects to it. */
static int open_port(char **address) {
        struct sockaddr_in at;
        socklen_t n = sizeof at;
        int sock = mg_stream_listen("inet:0@127.0.0.1", NULL);

        g_assert_cmpint(sock, >=, 0);
        g_assert_cmpint(getsockname(sock, (struct sockaddr *)&at, &n), ==, 0);
        *address = g_strdup_printf("inet:%u@127.0.0.1", ntohs(at.sin_port));
        return sock;
}

/* --- client and server -------------------------------------------------------------------------------------------- */

typedef struct Heard {
        gboolean done;
        char *fault;
        char *recipient;
        GBytes *message;
        guint mails;
} Heard;

static void heard_clear(Heard *heard) {
        g_free(heard->fault);
        g_free(heard->recipient);
        g_clear_pointer(&heard->message, g_bytes_unref);
        *heard = (Heard){0};
}

static void hear_done(const char *fault, gpointer data) {
        Heard *heard = data;

        heard->done = TRUE;
        heard->fault = g_strdup(fault);
}

static void hear_mail(const char *recipient, GBytes *message, gpointer data) {
        Heard *heard = data;

        heard->mails++;
        g_free(heard->recipient);
        g_clear_pointer(&heard->message, g_bytes_unref);
        heard->recipient = g_strdup(recipient);
        heard->message = message ? g_bytes_ref(message) : NULL;
}

static void talk(Heard *heard, const MgDialogOrder *order) {
        MgDialog *dialog = mg_dialog_begin(order, hear_done, heard);

        while (!heard->done)
                g_main_context_iteration(NULL, TRUE);
        mg_dialog_free(dialog);
}

static void test_mail(void) {
        static const char *const mails[] = {"Subject: a\r\n\r\nb\r\n", ".\r\n", "..\r\n.\r\n.a\r\n..b\r\n",
                                            "a\r\n\r\n.\r\n"};
        g_autofree char *address = NULL;
        Heard heard = {0};
        MgReceiver *receiver = mg_receiver_new(open_port(&address), DOMAIN, hear_mail, &heard);

        for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
                g_autoptr(GBytes) mail = g_bytes_new(mails[i], strlen(mails[i]));

                talk(&heard, &(MgDialogOrder){address, "bad-1@" DOMAIN, mail, 10000});
                g_assert_cmpstr(heard.fault, ==, NULL);
                g_assert_cmpstr(heard.recipient, ==, "bad-1@" DOMAIN);
                g_assert_true(g_bytes_equal(heard.message, mail));
                g_assert_cmpuint(heard.mails, ==, 1);
                heard_clear(&heard);
        }
        mg_receiver_free(receiver);
}

static void test_probe(void) {
        g_autofree char *address = NULL;
        Heard heard = {0};
        MgReceiver *receiver = mg_receiver_new(open_port(&address), DOMAIN, hear_mail, &heard);

        talk(&heard, &(MgDialogOrder){address, NULL, NULL, 10000});
        g_assert_cmpstr(heard.fault, ==, NULL);
        heard_clear(&heard);
        talk(&heard, &(MgDialogOrder){address, "bad-1@" DOMAIN, NULL, 10000});
        g_assert_cmpstr(heard.fault, ==, NULL);
        heard_clear(&heard);
        talk(&heard, &(MgDialogOrder){address, "somebody@example.jp", NULL, 10000});
        g_assert_cmpstr(heard.fault, ==, "the answer to RCPT was \"550 5.1.2 Canaries only\"");
        g_assert_cmpuint(heard.mails, ==, 0);
        heard_clear(&heard);
        mg_receiver_free(receiver);
}

static void test_too_large(void) {
        g_autofree char *address = NULL, *much = g_strnfill(MG_RECEIVER_MESSAGE + 10000, 'x');
        g_autoptr(GBytes) mail = g_bytes_new(much, strlen(much));
        Heard heard = {0};
        MgReceiver *receiver = mg_receiver_new(open_port(&address), DOMAIN, hear_mail, &heard);

        talk(&heard, &(MgDialogOrder){address, "bad-1@" DOMAIN, mail, 10000});
        g_assert_nonnull(heard.fault);
        g_assert_cmpuint(heard.mails, ==, 1);
        g_assert_null(heard.message);
        heard_clear(&heard);
        mg_receiver_free(receiver);
}

static gpointer serve_nonsense(gpointer data) {
        const char *const *said = data;
        mg_autofd listener = GPOINTER_TO_INT(said[0]), fd = accept(listener, NULL, NULL);

        for (guint i = 0; said[1] && i < 200000 / strlen(said[1]); i++)
                if (send(fd, said[1], strlen(said[1]), MSG_NOSIGNAL) < 0)
                        return NULL;
        if (!said[2])
                return NULL;
        /* Until the client goes. */
        char octet;

        while (recv(fd, &octet, 1, 0) > 0)
                ;
        return NULL;
}

/* What a server may do to a client: each ends with a sentence. */
static void test_nonsense(void) {
        static const struct {
                const char *said, *stays, *word;
        } rows[] = {
                {NULL, "", "the connection was not answered within 1 s"},
                {NULL, NULL, "broke before"},
                {"220-", "", "a line of more than"},
                {"220-a\r\n", "", "more than 100 lines"},
                {"554 no\r\n", "", "the answer to the connection was \"554 no\""},
                {"\r\n", "", "the answer to the connection was \"\""},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *address = NULL;
                const char *said[] = {GINT_TO_POINTER(open_port(&address)), rows[i].said, rows[i].stays};
                GThread *thread = g_thread_new("server", serve_nonsense, said);
                Heard heard = {0};

                talk(&heard, &(MgDialogOrder){address, NULL, NULL, 1000});
                g_test_message("%s", heard.fault);
                g_assert_nonnull(heard.fault);
                g_assert_nonnull(strstr(heard.fault, rows[i].word));
                g_thread_join(thread);
                heard_clear(&heard);
        }
}

/* What clients may say to the exit. It lives on, and what is no mail is none. */
static void test_hostile_clients(void) {
        static const char *const said[] = {"DATA\r\n",
                                           "RCPT TO:<bad-1@" DOMAIN ">\r\n",
                                           "MAIL\r\nRCPT TO:x\r\nDATA\r\n",
                                           "MAIL\r\nRCPT TO:<>\r\n",
                                           "\r\n\r\n\r\n",
                                           "MAIL\r\nRCPT TO:<@>\r\nDATA\r\n.\r\n",
                                           "QUIT\r\nMAIL\r\n"};
        g_autofree char *address = NULL, *line = g_strnfill(100000, 'x');
        Heard heard = {0};
        MgReceiver *receiver = mg_receiver_new(open_port(&address), DOMAIN, hear_mail, &heard);
        const guint port = (guint)g_ascii_strtoull(address + 5, NULL, 10);
        int clients[G_N_ELEMENTS(said) + MG_RECEIVER_SESSIONS];

        for (guint i = 0; i < G_N_ELEMENTS(clients); i++) {
                struct sockaddr_in at = {.sin_family = AF_INET,
                                         .sin_port = htons((guint16)port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
                const char *text = i < G_N_ELEMENTS(said) ? said[i] : line;

                clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                g_assert_cmpint(connect(clients[i], (struct sockaddr *)&at, sizeof at), ==, 0);
                send(clients[i], text, strlen(text), MSG_NOSIGNAL);
                while (g_main_context_iteration(NULL, FALSE))
                        ;
        }
        for (guint i = 0; i < G_N_ELEMENTS(clients); i++)
                close(clients[i]);
        while (g_main_context_iteration(NULL, FALSE))
                ;
        talk(&heard, &(MgDialogOrder){address, "bad-1@" DOMAIN, NULL, 10000});
        g_assert_cmpstr(heard.fault, ==, NULL);
        g_assert_cmpuint(heard.mails, ==, 0);
        heard_clear(&heard);
        mg_receiver_free(receiver);
}

/* --- rounds ------------------------------------------------------------------------------------------------------- */

typedef struct Fixture {
        MgConfig *config;
        MgCanary *canary;
        char *dead; /* an address at which nobody is */
        GPtrArray *steps;
} Fixture;

static void set(char **value, const char *text) {
        g_free(*value);
        *value = g_strdup(text);
}

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        char *exit_address;
        int sock = open_port(&fixture->dead);

        close(sock);
        sock = open_port(&exit_address);
        close(sock);
        fixture->config = mg_config_load(NULL, NULL);
        fixture->config->canary_every_ms = 3600000;
        set(&fixture->config->canary_listen, exit_address);
        set(&fixture->config->canary_entrance, exit_address);
        fixture->canary = mg_canary_new(fixture->config);
        g_free(exit_address);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        mg_canary_free(fixture->canary);
        mg_config_free(fixture->config);
        g_clear_pointer(&fixture->steps, g_ptr_array_unref);
        g_free(fixture->dead);
}

static void hear_steps(const GPtrArray *steps, gpointer data) {
        Fixture *fixture = data;

        g_clear_pointer(&fixture->steps, g_ptr_array_unref);
        fixture->steps = g_ptr_array_ref((GPtrArray *)steps);
}

/* "ok", "failed" ... of each step, with its detail where it failed. */
static char *round_of(Fixture *fixture, guint timeout_ms) {
        GString *text = g_string_new(NULL);

        g_clear_pointer(&fixture->steps, g_ptr_array_unref);
        g_assert_true(mg_canary_ask(fixture->canary, timeout_ms, hear_steps, fixture, NULL));
        while (!fixture->steps)
                g_main_context_iteration(NULL, TRUE);
        for (guint i = 0; i < fixture->steps->len; i++) {
                const MgCanarySaid *said = g_ptr_array_index(fixture->steps, i);

                g_string_append_printf(text, "%s=%s ", said->step, mg_canary_result_name(said->result));
        }
        return g_string_free(text, FALSE);
}

/* -1 where there is none. */
static gint64 figure(const Fixture *fixture, const char *name) {
        g_autoptr(GArray) figures = mg_figures_new();

        mg_canary_figures(fixture->canary, figures);
        for (guint i = 0; i < figures->len; i++)
                if (g_str_equal(g_array_index(figures, MgFigure, i).name, name))
                        return g_array_index(figures, MgFigure, i).value;
        return -1;
}

/* Nothing between entrance and exit: the mails come out as they went in. */
static void test_way_around(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *said = round_of(fixture, 20000), *again = NULL;

        g_assert_cmpstr(said, ==,
                        "entrance-bad=ok return-bad=ok safe-bad=failed text-bad=skipped entrance-japanese=ok "
                        "return-japanese=ok safe-japanese=failed text-japanese=skipped next-hop=skipped clock=ok ");
        g_assert_cmpint(figure(fixture, "alarm_unsafe"), ==, 1);
        g_assert_cmpint(figure(fixture, "alarm_silent"), ==, 0);
        /* Where nothing is reached the alarm stands. */
        set(&fixture->config->canary_entrance, fixture->dead);
        again = round_of(fixture, 20000);
        g_assert_cmpstr(again, ==,
                        "entrance-bad=failed return-bad=skipped safe-bad=skipped text-bad=skipped "
                        "entrance-japanese=failed return-japanese=skipped safe-japanese=skipped "
                        "text-japanese=skipped next-hop=skipped clock=ok ");
        g_assert_cmpint(figure(fixture, "alarm_unsafe"), ==, 1);
        g_assert_cmpint(figure(fixture, "alarm_entrance"), ==, 1);
        g_assert_cmpint(figure(fixture, "canary_well_age_s"), ==, -1);
        MgConfig *off = mg_config_load(NULL, NULL);

        mg_canary_configure(fixture->canary, off);
        mg_config_free(fixture->config);
        fixture->config = off;
        g_assert_cmpint(figure(fixture, "alarm_unsafe"), ==, -1);
}

/* A server that takes connections and says nothing, as entrance and as next hop; the round is over in its time. */
static void test_silence(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *address = NULL, *hops = NULL, *said = NULL;
        mg_autofd dumb = open_port(&address);
        const gint64 began = g_get_monotonic_time();

        hops = g_strdup_printf("%s %s", address, fixture->dead);
        set(&fixture->config->canary_entrance, address);
        set(&fixture->config->canary_next_hop, hops);
        said = round_of(fixture, 2000);
        g_assert_cmpstr(said, ==,
                        "entrance-bad=failed return-bad=skipped safe-bad=skipped text-bad=skipped "
                        "entrance-japanese=failed return-japanese=skipped safe-japanese=skipped "
                        "text-japanese=skipped next-hop=failed clock=ok ");
        g_assert_cmpint(g_get_monotonic_time() - began, >=, 1500000);
        g_assert_cmpint(figure(fixture, "alarm_next_hop"), ==, 1);
        g_assert_cmpint(figure(fixture, "canary_rounds_failed"), ==, 1);
}

/* Taken at the entrance, and never seen again. */
static void test_lost(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *address = NULL, *said = NULL;
        Heard heard = {0};
        MgReceiver *other = mg_receiver_new(open_port(&address), DOMAIN, hear_mail, &heard);

        set(&fixture->config->canary_entrance, address);
        set(&fixture->config->canary_next_hop, address);
        said = round_of(fixture, 2000);
        g_assert_cmpstr(said, ==,
                        "entrance-bad=ok return-bad=failed safe-bad=skipped text-bad=skipped entrance-japanese=ok "
                        "return-japanese=failed safe-japanese=skipped text-japanese=skipped next-hop=ok clock=ok ");
        g_assert_cmpint(figure(fixture, "alarm_silent"), ==, 1);
        g_assert_cmpint(figure(fixture, "alarm_next_hop"), ==, 0);
        g_assert_cmpuint(heard.mails, ==, 2);
        heard_clear(&heard);
        mg_receiver_free(other);
}

/* The port of the exit is somebody else's. */
static void test_no_exit(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        mg_autofd taken = -1;
        g_autofree char *said = NULL;

        mg_canary_free(fixture->canary);
        taken = mg_stream_listen(fixture->config->canary_listen, NULL);
        g_assert_cmpint(taken, >=, 0);
        fixture->canary = mg_canary_new(fixture->config);
        said = round_of(fixture, 5000);
        g_assert_nonnull(g_strstr_len(said, -1, "entrance-bad=skipped return-bad=failed"));
        g_assert_cmpint(figure(fixture, "alarm_silent"), ==, 1);
}

/* Several ask at once: one round for all, and no more than may wait. */
static void test_askers(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *address = NULL;
        mg_autofd dumb = open_port(&address);
        Fixture others[MG_CANARY_ASKERS] = {0};
        g_autoptr(GError) error = NULL;

        set(&fixture->config->canary_entrance, address);
        for (guint i = 0; i < MG_CANARY_ASKERS; i++)
                g_assert_true(mg_canary_ask(fixture->canary, 1000, hear_steps, &others[i], NULL));
        g_assert_false(mg_canary_ask(fixture->canary, 1000, hear_steps, fixture, &error));
        g_assert_nonnull(error);
        while (!others[MG_CANARY_ASKERS - 1].steps)
                g_main_context_iteration(NULL, TRUE);
        for (guint i = 0; i < MG_CANARY_ASKERS; i++) {
                g_assert_nonnull(others[i].steps);
                g_ptr_array_unref(others[i].steps);
        }
        g_assert_cmpint(figure(fixture, "canary_rounds"), ==, 1);
}

/* A stranger's mail at the exit is no canary of this round; an unsafe one is an alarm all the same. */
static void test_stray(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *said = NULL, *exit_address = g_strdup(fixture->config->canary_listen);
        g_autoptr(GBytes) mail = g_bytes_new_static("Subject: x\r\n\r\nx\r\n", 17);
        Heard heard = {0};

        set(&fixture->config->canary_entrance, fixture->dead);
        said = round_of(fixture, 5000);
        talk(&heard, &(MgDialogOrder){exit_address, "bad-0000000000000000@" DOMAIN, mail, 10000});
        g_assert_cmpstr(heard.fault, ==, NULL);
        g_assert_cmpint(figure(fixture, "canary_strays"), ==, 1);
        g_assert_cmpint(figure(fixture, "alarm_unsafe"), ==, 1);
        heard_clear(&heard);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

typedef struct Question {
        const char *path;
        GPtrArray *steps;
        GError *error;
        gint over;
} Question;

static gpointer ask_at_door(gpointer data) {
        Question *question = data;

        question->steps = mg_canary_round(question->path, 5000, &question->error);
        g_atomic_int_set(&question->over, TRUE);
        g_main_context_wakeup(NULL);
        return NULL;
}

static void at_door(Question *question) {
        GThread *thread = g_thread_new("asker", ask_at_door, question);

        while (!g_atomic_int_get(&question->over))
                g_main_context_iteration(NULL, TRUE);
        g_thread_join(thread);
}

/* A question by its socket; beside people who ask nothing, nonsense, and go. */
static void test_door(Fixture *fixture, gconstpointer data G_GNUC_UNUSED) {
        g_autofree char *dir = g_dir_make_tmp("mugai-door-XXXXXX", NULL), *path = g_build_filename(dir, "s", NULL);
        MgDoor *door = mg_door_new(mg_packet_listen(path, 0600, NULL), fixture->canary);
        mg_autofd idle = mg_packet_connect(path, NULL), odd = mg_packet_connect(path, NULL);
        mg_autofd gone = mg_packet_connect(path, NULL);
        Question question = {.path = path}, none = {.path = path};
        const MgCanarySaid *said;

        g_assert_true(mg_packet_send(odd, MG_CANARY_ASK, NULL, NULL, 0, NULL));
        g_assert_true(mg_packet_send(gone, MG_CANARY_ANSWER, NULL, NULL, 0, NULL));
        mg_fd_close(&gone);
        at_door(&question);
        g_assert_no_error(question.error);
        g_assert_cmpuint(question.steps->len, ==, _MG_CANARY_STEP_N);
        said = g_ptr_array_index(question.steps, MG_CANARY_STEP_SAFE_BAD);
        g_assert_cmpstr(said->step, ==, "safe-bad");
        g_assert_cmpint(said->result, ==, MG_CANARY_FAILED);
        g_assert_cmpstr(said->detail, ==, "its header has the field \"X-Mugai-Canary\"");
        g_assert_true(*said->ja && *said->en && *said->do_ja && *said->do_en);
        g_ptr_array_unref(question.steps);
        fixture->config->canary_every_ms = 0;
        at_door(&none);
        g_assert_null(none.steps);
        g_assert_nonnull(strstr(none.error->message, "monitor.canary_every"));
        g_clear_error(&none.error);
        mg_door_free(door);
        g_unlink(path);
        g_rmdir(dir);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        mg_log_set_level(MG_LOG_ERROR);
        g_test_add_func("/dialog/mail", test_mail);
        g_test_add_func("/dialog/probe", test_probe);
        g_test_add_func("/dialog/too-large", test_too_large);
        g_test_add_func("/dialog/nonsense", test_nonsense);
        g_test_add_func("/receiver/hostile-clients", test_hostile_clients);
        g_test_add("/canary/way-around", Fixture, NULL, set_up, test_way_around, tear_down);
        g_test_add("/canary/silence", Fixture, NULL, set_up, test_silence, tear_down);
        g_test_add("/canary/lost", Fixture, NULL, set_up, test_lost, tear_down);
        g_test_add("/canary/no-exit", Fixture, NULL, set_up, test_no_exit, tear_down);
        g_test_add("/canary/askers", Fixture, NULL, set_up, test_askers, tear_down);
        g_test_add("/canary/stray", Fixture, NULL, set_up, test_stray, tear_down);
        g_test_add("/canary/door", Fixture, NULL, set_up, test_door, tear_down);
        return g_test_run();
}
