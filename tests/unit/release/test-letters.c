/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters between a store that gives them and a Postfix that takes them: each is answered for, and a fault ends
 * the turn.
 */
#include "release/letters.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/request_client.h"
#include "base/store_client.h"

#define RECEIPT "0000005724"

/* A store that has that many letters; the test reads what it heard when its thread has ended. */
typedef struct Store {
        char *dir;
        char *path;
        int listener;
        gint64 letters;
        gint64 next;
        gint64 dumb_at; /* to the answer for this letter nothing is said; 0: none */
        GString *heard; /* "1+ 2-": what was said of which */
        GThread *thread;
        gint stop;
} Store;

static void give(Store *store, int sock) {
        g_auto(MgWriter) writer = {0};
        MgLetter letter = {.number = store->next,
                           .kind = MG_LETTER_DENIED,
                           .to = (char *)"taro@city.example.jp",
                           .time = 1700000000,
                           .request = 12,
                           .receipt = (char *)RECEIPT};

        mg_writer_init(&writer);
        if (store->next > store->letters) {
                mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
                return;
        }
        store->next++;
        mg_letter_put(&writer, &letter);
        mg_packet_send(sock, MG_REQUEST_CALL_LETTER, &writer, NULL, 0, NULL);
}

static void hear(Store *store, int sock, const MgPacket *packet) {
        MgReader reader;
        gint64 number;
        gboolean sent;

        mg_reader_init(&reader, packet->record);
        number = mg_get_i64(&reader, "number");
        sent = mg_get_u8(&reader, "sent") != 0;
        g_assert_true(mg_reader_end(&reader, NULL));
        g_string_append_printf(store->heard, "%s%" G_GINT64_FORMAT "%c", store->heard->len ? " " : "", number,
                               sent ? '+' : '-');
        if (number != store->dumb_at)
                mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

static gpointer serve(gpointer data) {
        Store *store = data;

        for (;;) {
                mg_autofd sock = accept4(store->listener, NULL, NULL, SOCK_CLOEXEC);
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                if (g_atomic_int_get(&store->stop))
                        return NULL;
                g_assert_true(mg_packet_receive(sock, 10000, &packet, NULL));
                if (packet.kind == MG_REQUEST_CALL_LETTER_CLAIM)
                        give(store, sock);
                else if (packet.kind == MG_REQUEST_CALL_LETTER_RESULT)
                        hear(store, sock, &packet);
        }
}

static void store_start(Store *store) {
        g_autoptr(GError) error = NULL;

        store->dir = g_dir_make_tmp("mugai-letters-XXXXXX", NULL);
        store->path = g_build_filename(store->dir, "store.sock", NULL);
        store->listener = mg_packet_listen(store->path, 0600, &error);
        g_assert_no_error(error);
        store->next = 1;
        store->heard = g_string_new(NULL);
        store->thread = g_thread_new("store", serve, store);
}

/* What was heard. Caller frees. */
static char *store_end(Store *store) {
        mg_autofd last = -1;

        g_atomic_int_set(&store->stop, 1);
        last = mg_packet_connect(store->path, NULL);
        g_thread_join(store->thread);
        mg_fd_close(&store->listener);
        unlink(store->path);
        rmdir(store->dir);
        g_free(store->path);
        g_free(store->dir);
        return g_string_free(store->heard, FALSE);
}

/* Postfix as the test has it. */
typedef struct Taker {
        guint taken;
        guint fail_at; /* the one with this number; 0: none */
} Taker;

static gboolean take(const char *to, GBytes *message, gpointer data, GError **error) {
        Taker *taker = data;
        gsize n;
        const char *text = g_bytes_get_data(message, &n);

        g_assert_cmpstr(to, ==, "taro@city.example.jp");
        g_assert_nonnull(g_strstr_len(text, (gssize)n, "\r\nAuto-Submitted: auto-generated\r\n"));
        g_assert_nonnull(g_strstr_len(text, (gssize)n, "From: <it@city.example.jp>\r\n"));
        if (++taker->taken != taker->fail_at)
                return TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_CLOSED, "Postfix is away");
        return FALSE;
}

static const struct {
        const char *name;
        gint64 letters;
        guint fail_at;
        gint64 dumb_at;
        guint sent;
        const char *heard;
} cases[] = {
        {"none", 0, 0, 0, 0, ""},
        {"three", 3, 0, 0, 3, "1+ 2+ 3+"},
        {"a fault ends the turn", 3, 2, 0, 1, "1+ 2-"},
        {"so does a store that does not answer", 3, 0, 2, 1, "1+ 2+"},
        {"P3 no more than a turn's", MG_LETTERS_A_TURN + 5, 0, 0, MG_LETTERS_A_TURN,
         "1+ 2+ 3+ 4+ 5+ 6+ 7+ 8+ 9+ 10+ 11+ 12+ 13+ 14+ 15+ 16+ 17+ 18+ 19+ 20+"},
};

static MgConfig *config_new(void) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);

        g_assert_no_error(error);
        g_free(config->release_from);
        config->release_from = g_strdup("it@city.example.jp");
        return config;
}

static void test_turns(void) {
        g_autoptr(MgConfig) config = config_new();

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                Store store = {.letters = cases[i].letters, .dumb_at = cases[i].dumb_at};
                Taker taker = {.fail_at = cases[i].fail_at};
                g_autofree char *heard = NULL;
                MgAsker asker;
                guint sent;

                store_start(&store);
                asker = (MgAsker){.socket_path = store.path};
                sent = mg_letters_send(&asker, config, take, &taker);
                heard = store_end(&store);
                g_test_message("%s: %s", cases[i].name, heard);
                g_assert_cmpuint(sent, ==, cases[i].sent);
                g_assert_cmpstr(heard, ==, cases[i].heard);
        }
}

/* A store that is away is no letter. */
static void test_away(void) {
        g_autoptr(MgConfig) config = config_new();
        const MgAsker asker = {.socket_path = "/nonexistent/store.sock"};
        Taker taker = {0};

        g_assert_cmpuint(mg_letters_send(&asker, config, take, &taker), ==, 0);
        g_assert_cmpuint(taker.taken, ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/release/letters/turns", test_turns);
        g_test_add_func("/release/letters/away", test_away);
        return g_test_run();
}
