/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets: however they come, in what pieces, and what is none; and what leaves, in its order and in one piece.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "milter/protocol.h"

#define TIMEOUT_S 20

typedef struct Pair {
        MgPeer *peer;
        int server;
} Pair;

static void pair_init(Pair *pair) {
        int both[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), ==, 0);
        pair->peer = mg_peer_new(both[0], TIMEOUT_S);
        pair->server = both[1];
}

static void pair_clear(Pair *pair) {
        mg_peer_free(pair->peer);
        mg_fd_close(&pair->server);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static void append(GByteArray *out, char command, const void *data, gsize n) {
        const guint32 size = GUINT32_TO_BE((guint32)n + 1);

        g_byte_array_append(out, (const guint8 *)&size, 4);
        g_byte_array_append(out, (const guint8 *)&command, 1);
        g_byte_array_append(out, data, (guint)n);
}

typedef struct Sending {
        int fd;
        GByteArray *all;
        gsize piece;
} Sending;

static gpointer send_in_pieces(gpointer data) {
        Sending *sending = data;

        for (gsize at = 0; at < sending->all->len; at += sending->piece)
                g_assert_true(mg_fd_write(sending->fd, sending->all->data + at,
                                          MIN(sending->piece, sending->all->len - at), NULL));
        mg_fd_close(&sending->fd);
        return NULL;
}

static void test_pieces(void) {
        static const gsize pieces[] = {1, 3, 4, 5, 4096, 65535, 1000000},
                           sizes[] = {0, 1, 9, 65535, MG_MILTER_PACKET_MAX - 1, 5};

        for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_auto(Pair) pair = {0};
                g_autoptr(GByteArray) all = g_byte_array_new();
                g_autofree char *data = g_malloc(MG_MILTER_PACKET_MAX);
                g_autoptr(GError) error = NULL;
                MgMilterPacket packet;
                Sending sending;
                GThread *thread;

                pair_init(&pair);
                for (guint k = 0; k < G_N_ELEMENTS(sizes); k++) {
                        memset(data, 'a' + (int)k, sizes[k]);
                        append(all, (char)('A' + k), data, sizes[k]);
                }
                sending = (Sending){mg_fd_steal(&pair.server), all, pieces[i]};
                thread = g_thread_new("server", send_in_pieces, &sending);
                for (guint k = 0; k < G_N_ELEMENTS(sizes); k++) {
                        memset(data, 'a' + (int)k, sizes[k]);
                        g_assert_true(mg_peer_next(pair.peer, &packet, &error));
                        g_assert_cmpint(packet.command, ==, (char)('A' + k));
                        g_assert_cmpmem(packet.data, packet.n, data, sizes[k]);
                }
                g_assert_false(mg_peer_next(pair.peer, &packet, &error));
                g_assert_no_error(error);
                g_thread_join(thread);
        }
}

static void test_no_packet(void) {
        static const struct {
                const char *octets;
                gsize n;
                const char *says;
        } rows[] = {
                {"\0\0\0\0", 4, "a packet of 0 octets"},
                {"\0\2\0\0Bxx", 7, "a packet of 131072 octets, where 1 to 131068 are possible"},
                {"\xff\xff\xff\xff", 4, "4294967295 octets"},
                {"\0\0", 2, "ended within a packet"},
                {"\0\0\0\5Bx", 6, "ended within a packet"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(Pair) pair = {0};
                g_autoptr(GError) error = NULL;
                MgMilterPacket packet;

                pair_init(&pair);
                g_assert_true(mg_fd_write(pair.server, rows[i].octets, rows[i].n, NULL));
                mg_fd_close(&pair.server);
                g_assert_false(mg_peer_next(pair.peer, &packet, &error));
                g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                g_assert_nonnull(strstr(error->message, rows[i].says));
        }
}

static gpointer receive_all(gpointer data) {
        GByteArray *all = g_byte_array_new();
        guint8 buffer[5000];
        gssize n;

        while ((n = recv(GPOINTER_TO_INT(data), buffer, sizeof buffer, 0)) > 0)
                g_byte_array_append(all, buffer, (guint)n);
        return all;
}

/* What arrives of a body of n octets between an edit and a reply. */
static void check_sent(gsize n) {
        g_auto(Pair) pair = {0};
        g_autoptr(GByteArray) wanted = g_byte_array_new(), got = NULL;
        g_autofree char *body = g_malloc(n + 1);
        g_autoptr(GError) error = NULL;
        GThread *thread;
        gsize at = 0;

        pair_init(&pair);
        for (gsize i = 0; i < n; i++)
                body[i] = (char)(i * 7 + i / 251);
        thread = g_thread_new("server", receive_all, GINT_TO_POINTER(pair.server));
        mg_peer_put_change(pair.peer, 3, "From", "");
        mg_peer_put_header(pair.peer, "Subject", " x");
        mg_peer_put_body(pair.peer, body, n);
        mg_peer_put(pair.peer, MG_MILTER_CONTINUE, NULL, 0);
        g_assert_true(mg_peer_send(pair.peer, &error));
        /* Nothing of it is sent again. */
        g_assert_true(mg_peer_send(pair.peer, &error));
        mg_peer_put(pair.peer, MG_MILTER_REPLY_CODE, "451 x", 6);
        g_assert_true(mg_peer_send(pair.peer, &error));
        g_clear_pointer(&pair.peer, mg_peer_free);
        got = g_thread_join(thread);
        append(wanted, 'm', "\0\0\0\3From\0\0", 10);
        append(wanted, 'h', "Subject\0 x", 11);
        do {
                append(wanted, 'b', body + at, MIN(n - at, 65535));
                at += 65535;
        } while (at < n);
        append(wanted, 'c', "", 0);
        append(wanted, 'y', "451 x", 6);
        g_assert_cmpmem(got->data, got->len, wanted->data, wanted->len);
}

/* The last one has more packets than the kernel takes pieces in one call. */
static void test_sent(void) {
        static const gsize sizes[] = {0, 1, 65534, 65535, 65536, 131070, 400000, 65535 * 1100};

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
                check_sent(sizes[i]);
}

static void test_gone(void) {
        g_auto(Pair) pair = {0};
        g_autoptr(GError) error = NULL;

        pair_init(&pair);
        mg_fd_close(&pair.server);
        mg_peer_put(pair.peer, MG_MILTER_CONTINUE, NULL, 0);
        g_assert_false(mg_peer_send(pair.peer, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_SYSTEM);
}

static void test_words(void) {
        static const struct {
                const char *data;
                gsize n;
                int count;
        } rows[] = {
                {"", 0, 0},   {"\0", 1, 1},        {"a\0b\0", 4, 2},        {"a\0b", 3, -1},
                {"a", 1, -1}, {"a\0b\0c\0", 6, 3}, {"a\0b\0c\0d\0", 8, -1}, {"\0\0\0", 3, 3},
        };
        const char *words[3];

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_cmpint(mg_milter_words(rows[i].data, rows[i].n, words, 3), ==, rows[i].count);
        g_assert_cmpint(mg_milter_words("a\0bc\0", 5, words, 3), ==, 2);
        g_assert_cmpstr(words[0], ==, "a");
        g_assert_cmpstr(words[1], ==, "bc");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/protocol/pieces", test_pieces);
        g_test_add_func("/protocol/no-packet", test_no_packet);
        g_test_add_func("/protocol/sent", test_sent);
        g_test_add_func("/protocol/gone", test_gone);
        g_test_add_func("/protocol/words", test_words);
        return g_test_run();
}
