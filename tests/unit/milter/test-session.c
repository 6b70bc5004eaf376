/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with a mail server that says what no Postfix says, and that hears what it should. There is no store and no
 * worker here: what becomes of a whole mail is asked of a real Postfix by the suite system.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "milter/protocol.h"
#include "milter/session.h"

#define ALL_STEPS 0x1fffffu
#define ALL_ACTIONS 0x1ffu
#define TEXT(text) text, sizeof text

typedef struct World {
        MgGateway gateway;
        GThread *session;
        int milter; /* the session's end */
        int fd;     /* ours */
} World;

/* One for all: it has threads that try for ever to reach a store, and what they hold stays. */
static MgLedger *ledger;

static gpointer run(gpointer data) {
        World *world = data;

        mg_session_run(&world->gateway, world->milter);
        return NULL;
}

static void world_init(World *world) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);
        int both[2];

        g_assert_no_error(error);
        g_free(config->run_dir);
        config->run_dir = g_strdup("/nonexistent");
        memset(world, 0, sizeof *world);
        g_mutex_init(&world->gateway.lock);
        world->gateway.settings = mg_settings_new(config);
        world->gateway.ledger = ledger;
        mg_scan_watch_init(&world->gateway.scanner);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), ==, 0);
        world->milter = both[0];
        world->fd = both[1];
        world->session = g_thread_new("session", run, world);
}

static void world_clear(World *world) {
        mg_fd_close(&world->fd);
        g_thread_join(world->session);
        g_assert_cmpuint(world->gateway.mails, ==, 0);
        g_assert_cmpuint(world->gateway.memory, ==, 0);
        mg_settings_unref(world->gateway.settings);
        g_mutex_clear(&world->gateway.lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void say(World *world, char command, const void *data, gsize n) {
        const guint32 size = GUINT32_TO_BE((guint32)n + 1);
        g_autoptr(GByteArray) out = g_byte_array_new();

        g_byte_array_append(out, (const guint8 *)&size, 4);
        g_byte_array_append(out, (const guint8 *)&command, 1);
        g_byte_array_append(out, data, (guint)n);
        g_assert_true(mg_fd_write(world->fd, out->data, out->len, NULL));
}

/* The next packet, its data in *data where wanted; 0 where the session is over. */
static char hear(World *world, GByteArray *data) {
        guint32 size;
        char command;

        if (recv(world->fd, &size, sizeof size, MSG_WAITALL) != sizeof size)
                return 0;
        size = GUINT32_FROM_BE(size);
        g_assert_cmpint(recv(world->fd, &command, 1, MSG_WAITALL), ==, 1);
        if (data)
                g_byte_array_set_size(data, size - 1);
        for (guint32 i = 1; i < size; i++) {
                guint8 octet;

                g_assert_cmpint(recv(world->fd, &octet, 1, MSG_WAITALL), ==, 1);
                if (data)
                        data->data[i - 1] = octet;
        }
        return command;
}

static void assert_code(World *world, const char *code) {
        g_autoptr(GByteArray) data = g_byte_array_new();

        g_assert_cmpint(hear(world, data), ==, 'y');
        g_assert_cmpuint(data->len, >, 3);
        g_assert_cmpmem(data->data, strlen(code), code, strlen(code));
        g_assert_cmpint(data->data[data->len - 1], ==, '\0');
}

static void offer(World *world, guint32 version, guint32 actions, guint32 steps) {
        const guint32 numbers[3] = {GUINT32_TO_BE(version), GUINT32_TO_BE(actions), GUINT32_TO_BE(steps)};

        say(world, 'O', numbers, sizeof numbers);
}

static void agree(World *world, guint32 steps) {
        g_autoptr(GByteArray) data = g_byte_array_new();

        offer(world, 6, ALL_ACTIONS, steps);
        g_assert_cmpint(hear(world, data), ==, 'O');
        g_assert_cmpuint(data->len, ==, 12);
        g_assert_cmpuint(mg_milter_number((char *)data->data), ==, 6);
        g_assert_cmpuint(mg_milter_number((char *)data->data + 4), ==, 0x13);
        /* No answer to connection, header and body only where all three may go without. */
        g_assert_cmpuint(mg_milter_number((char *)data->data + 8), ==,
                         steps == ALL_STEPS ? 0x1813c2u : steps & 0x100342u);
}

static void test_agreement(void) {
        static const struct {
                guint32 version, actions, steps;
        } refused[] = {{5, ALL_ACTIONS, ALL_STEPS}, {6, 0x3, ALL_STEPS}, {6, ALL_ACTIONS, 0xfffff}};

        for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
                g_auto(World) world;

                world_init(&world);
                offer(&world, refused[i].version, refused[i].actions, refused[i].steps);
                g_assert_cmpint(hear(&world, NULL), ==, 0);
        }
}

/* Steps that a mail server cannot leave out, or not without an answer, get theirs. */
static void test_answers(void) {
        g_auto(World) world;

        world_init(&world);
        agree(&world, MG_MILTER_LEADING_SPACE);
        say(&world, 'C',
            TEXT("client.example\0"
                 "4\0\0"
                 "192.0.2.1"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'H', TEXT("client.example"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'M', TEXT("<a@example.org>\0SIZE=100"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'R', TEXT("<b@city.example.jp>"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'T', "", 0);
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'L', TEXT("Subject\0 x"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'N', "", 0);
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'B', "x\r\n", 3);
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'U', TEXT("VRFY"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'A', "", 0);
        say(&world, 'Q', "", 0);
        g_assert_cmpint(hear(&world, NULL), ==, 0);
}

/* Nobody is there to keep the mail: it is to come again, and the session goes on. */
static void test_away(void) {
        g_auto(World) world;

        world_init(&world);
        agree(&world, ALL_STEPS);
        for (guint i = 0; i < 3; i++) {
                say(&world, 'M', TEXT("<a@example.org>"));
                g_assert_cmpint(hear(&world, NULL), ==, 'c');
                say(&world, 'R', TEXT("<b@city.example.jp>"));
                g_assert_cmpint(hear(&world, NULL), ==, 'c');
                say(&world, 'L', TEXT("Subject\0 x"));
                say(&world, 'B', "x\r\n", 3);
                say(&world, 'D',
                    TEXT("Ei\0"
                         "4ABC"));
                say(&world, 'E', "y\r\n", 3);
                assert_code(&world, "451 4.");
        }
        /* One that is left in the middle gives its place back. */
        say(&world, 'M', TEXT("<a@example.org>"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'B', "x\r\n", 3);
}

static void test_refused(void) {
        g_auto(World) world;

        world_init(&world);
        agree(&world, ALL_STEPS);
        say(&world, 'E', "", 0);
        assert_code(&world, "451 4.");
        say(&world, 'R', TEXT("<b@city.example.jp>"));
        assert_code(&world, "451 4.");
        say(&world, 'M', TEXT("<a\x01@example.org>"));
        assert_code(&world, "5");
        say(&world, 'M', TEXT("<a@example.org>"));
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
        say(&world, 'R', TEXT("<b\x7f@city.example.jp>"));
        assert_code(&world, "5");
}

/* As many ESMTP parameters as a line of SMTP has room for. */
static void test_parameters(void) {
        g_auto(World) world;
        g_autoptr(GByteArray) line = g_byte_array_new();

        world_init(&world);
        agree(&world, ALL_STEPS);
        g_byte_array_append(line, (const guint8 *)TEXT("<a@b>"));
        while (line->len < 2048)
                g_byte_array_append(line, (const guint8 *)TEXT("SIZE=1"));
        say(&world, 'M', line->data, line->len);
        g_assert_cmpint(hear(&world, NULL), ==, 'c');
}

/* What is no step ends the session, and its mail with it. */
static void test_nonsense(void) {
        static const struct {
                char command;
                const char *data;
                gsize n;
        } rows[] = {
                {'Z', "", 0},
                {'L', "Subject", 7},
                {'L', TEXT("Subject")},
                {'L', TEXT("a\0b\0c")},
                {'L', "a\0b", 3},
                {'M', "", 0},
                {'M', "<a@example.org>", 15},
                {'R', "<b@example.org>", 15},
                {'R', "", 0},
                {'C', "example", 7},
                {'D', "", 0},
                {'D',
                 "Mi\0"
                 "4",
                 4},
                {'O', "", 0},
                {'\0', "", 0},
                {'O', "\0\0\0\6\0\0\1\xff\0\x1f\xff\xff", 12},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(World) world;

                world_init(&world);
                agree(&world, ALL_STEPS);
                say(&world, 'M', TEXT("<a@example.org>"));
                g_assert_cmpint(hear(&world, NULL), ==, 'c');
                say(&world, rows[i].command, rows[i].data, rows[i].n);
                g_assert_cmpint(hear(&world, NULL), ==, 0);
        }
}

static void test_no_agreement(void) {
        static const char commands[] = "ABCDEHKLMNRTU";

        for (const char *at = commands; *at; at++) {
                g_auto(World) world;

                world_init(&world);
                say(&world, *at, TEXT("a\0b"));
                g_assert_cmpint(hear(&world, NULL), ==, 0);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        ledger = mg_ledger_new();
        g_test_add_func("/session/agreement", test_agreement);
        g_test_add_func("/session/answers", test_answers);
        g_test_add_func("/session/away", test_away);
        g_test_add_func("/session/refused", test_refused);
        g_test_add_func("/session/parameters", test_parameters);
        g_test_add_func("/session/nonsense", test_nonsense);
        g_test_add_func("/session/no-agreement", test_no_agreement);
        return g_test_run();
}
