/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests about keys and texts. Holds a passphrase for the moment in which it is tried, in memory that is locked and
 * wiped.
 */
#include "release/door.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"

#define IDLE_US (10 * G_USEC_PER_SEC)

void mg_door_init(MgDoor *door) {
        for (guint i = 0; i < MG_DOOR_CLIENTS; i++)
                door->clients[i] = (MgDoorClient){.fd = -1};
}

static void drop(MgDoorClient *client) {
        mg_fd_close(&client->fd);
        g_clear_pointer(&client->token, g_free);
}

void mg_door_clear(MgDoor *door) {
        for (guint i = 0; i < MG_DOOR_CLIENTS; i++)
                drop(&door->clients[i]);
}

static MgDoorClient *free_client(MgDoor *door) {
        for (guint i = 0; i < MG_DOOR_CLIENTS; i++)
                if (door->clients[i].fd < 0)
                        return &door->clients[i];
        return NULL;
}

void mg_door_watch(const MgDoor *door, gboolean closed, struct pollfd *polls) {
        gboolean full = TRUE;

        for (guint i = 0; i < MG_DOOR_CLIENTS; i++) {
                full = full && door->clients[i].fd >= 0;
                polls[i] = (struct pollfd){.fd = door->clients[i].fd, .events = POLLIN};
        }
        polls[MG_DOOR_CLIENTS] = (struct pollfd){.fd = full || closed ? -1 : door->listener, .events = POLLIN};
}

/* --- acts --------------------------------------------------------------------------------------------------------- */

/* Who is at the other end; FALSE with error where nobody can say. */
static gboolean who_is(const MgDoorClient *client, MgKeyQuestion *question, GError **error) {
        struct ucred peer;
        socklen_t n = sizeof peer;

        if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0) {
                mg_error_system(error, "who asks cannot be known");
                return FALSE;
        }
        question->user = peer.uid;
        question->token = client->token;
        return TRUE;
}

static gboolean ask(const MgDoor *door, MgKeyQuestion *question, MgKeyAct act, GError **error) {
        question->act = act;
        return mg_key_ask(&door->store, question, error);
}

static void passphrase_free(char *passphrase) {
        explicit_bzero(passphrase, MG_PASSPHRASE_MAX + 1);
        munlock(passphrase, MG_PASSPHRASE_MAX + 1);
        g_free(passphrase);
}

/* What a pipe holds, which must be there already. NULL with error. */
static char *passphrase_read(int pipe_end, GError **error) {
        char *passphrase = g_malloc0(MG_PASSPHRASE_MAX + 1);
        ssize_t n = -1;

        (void)!mlock(passphrase, MG_PASSPHRASE_MAX + 1);
        if (pipe_end >= 0 && fcntl(pipe_end, F_SETFL, O_NONBLOCK) == 0)
                n = read(pipe_end, passphrase, MG_PASSPHRASE_MAX + 1);
        if (n > 0 && n <= MG_PASSPHRASE_MAX && strlen(passphrase) == (gsize)n)
                return passphrase;
        passphrase_free(passphrase);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "UNLOCK comes with a pipe that holds the passphrase");
        return NULL;
}

static MgHeldKey *take_key(MgPacket *packet, const guint8 *pem, gsize n, GError **error) {
        char *passphrase = passphrase_read(packet->fds[0], error);
        MgHeldKey *key;

        if (!passphrase)
                return NULL;
        key = mg_held_key_take((const char *)pem, n, passphrase, error);
        passphrase_free(passphrase);
        return key;
}

/* It is on record before the key is used. */
static gboolean keep_key(MgDoor *door, MgHeldKey *taken, MgKeyQuestion *question, GError **error) {
        g_autoptr(MgHeldKey) key = taken;
        g_autofree char *id = mg_key_id(mg_held_key_digest(key));

        question->key = id;
        if (!ask(door, question, MG_KEY_UNLOCKED, error) ||
            !mg_keyring_add(door->ring, g_steal_pointer(&key), question->minutes, error))
                return FALSE;
        mg_log(MG_LOG_INFO, "key %s is unlocked for %u min", id, question->minutes);
        return TRUE;
}

static gboolean check_minutes(MgDoor *door, guint *minutes, GError **error) {
        if (*minutes == 0)
                *minutes = door->config->release_unlock_ms / 60000;
        if (mg_keyring_count(door->ring) >= MG_UNLOCKED_MAX)
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "%u keys are unlocked and %d may be; lock one first (mugai key lock)",
                            mg_keyring_count(door->ring), MG_UNLOCKED_MAX);
        else if (*minutes > MG_UNLOCK_MINUTES_MAX)
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%u minutes are asked for; at most %d may be", *minutes,
                            MG_UNLOCK_MINUTES_MAX);
        else
                return TRUE;
        return FALSE;
}

static gboolean unlock(MgDoor *door, MgDoorClient *client, MgPacket *packet, GError **error) {
        MgKeyQuestion question = {0};
        MgHeldKey *key;
        const guint8 *pem;
        MgReader reader;
        gsize n;

        mg_reader_init(&reader, packet->record);
        question.minutes = mg_get_u32(&reader, "minutes");
        pem = mg_get_bytes(&reader, MG_KEY_FILE_MAX, &n, "key");
        if (!mg_reader_end(&reader, error) || !check_minutes(door, &question.minutes, error) ||
            !who_is(client, &question, error) || !ask(door, &question, MG_KEY_MAY, error))
                return FALSE;
        key = take_key(packet, pem, n, error);
        if (key)
                return keep_key(door, key, &question, error);
        /* Where it cannot be recorded the person hears of the key all the same. */
        ask(door, &question, MG_KEY_REFUSED, NULL);
        return FALSE;
}

/* A key that was wiped is wiped, whether or not the store can be told. */
typedef struct Wiping {
        MgDoor *door;
        MgKeyQuestion question;
        MgKeyAct act;
} Wiping;

static void say_wiped(const char *id, gpointer data) {
        Wiping *wiping = data;
        g_autoptr(GError) error = NULL;

        wiping->question.key = id;
        mg_log(MG_LOG_INFO, "key %s is locked%s", id, wiping->act == MG_KEY_EXPIRED ? ": its time is over" : "");
        if (!ask(wiping->door, &wiping->question, wiping->act, &error))
                mg_log(MG_LOG_WARNING, "key %s: not in the audit trail: %s", id, error->message);
}

static gboolean lock(MgDoor *door, MgDoorClient *client, MgPacket *packet, GError **error) {
        Wiping wiping = {.door = door, .act = MG_KEY_LOCKED};
        g_autofree char *id = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        id = mg_get_text(&reader, MG_KEY_ID_CHARS, MG_CLASS_HOST, "id");
        if (!mg_reader_end(&reader, error) || !who_is(client, &wiping.question, error))
                return FALSE;
        if (!ask(door, &wiping.question, MG_KEY_MAY_LOCK, error))
                return FALSE;
        if (mg_keyring_lock(door->ring, id, say_wiped, &wiping) > 0 || !*id)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "no unlocked key has the id %s", id);
        return FALSE;
}

static gboolean list(MgDoor *door, MgDoorClient *client, MgPacket *packet, GError **error) {
        return TRUE;
}

/* What is asked for is answered by a process of its own. */
static gboolean give_text(MgDoor *door, MgDoorClient *client, MgPacket *packet, GError **error) {
        g_auto(MgTextQuestion) question = {0};
        MgKeyQuestion who = {0};
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        question.receipt = mg_get_text(&reader, 10, MG_CLASS_TOKEN, "receipt");
        question.charset = mg_get_text(&reader, MG_TEXT_CHARSET_MAX, MG_CLASS_HOST, "charset");
        if (!*question.charset)
                g_clear_pointer((char **)&question.charset, g_free);
        if (!mg_reader_end(&reader, error) || !who_is(client, &who, error))
                return FALSE;
        question.user = who.user;
        question.token = g_strdup(who.token);
        return mg_texts_begin(door->texts, door->config, &question, client->fd, error);
}

void mg_door_expire(MgDoor *door) {
        Wiping wiping = {.door = door, .act = MG_KEY_EXPIRED};

        mg_keyring_expire(door->ring, say_wiped, &wiping);
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void send_keys(const MgDoor *door, int sock) {
        g_autoptr(GArray) keys = mg_keyring_list(door->ring);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_unlocked_put(&writer, keys);
        mg_packet_send(sock, MG_RELEASE_KEYS, &writer, NULL, 0, NULL);
}

static const struct {
        guint32 kind;
        gboolean (*act)(MgDoor *door, MgDoorClient *client, MgPacket *packet, GError **error);
        void (*say)(const MgDoor *door, int sock); /* NULL: who acts answers, too */
} requests[] = {{MG_RELEASE_UNLOCK, unlock, send_keys},
                {MG_RELEASE_LOCK, lock, send_keys},
                {MG_RELEASE_ASK_KEYS, list, send_keys},
                {MG_RELEASE_TEXT, give_text, NULL}};

static void answer(MgDoor *door, MgDoorClient *client, MgPacket *packet) {
        for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
                g_autoptr(GError) fault = NULL;

                if (requests[i].kind != packet->kind)
                        continue;
                if (requests[i].act(door, client, packet, &fault)) {
                        if (requests[i].say)
                                requests[i].say(door, client->fd);
                        return;
                }
                mg_log(MG_LOG_WARNING, "request %u: %s", packet->kind, fault->message);
                mg_fault_send(client->fd, fault);
                return;
        }
        mg_log(MG_LOG_WARNING, "request %u is none", packet->kind);
}

/* FALSE where it is no token. */
static gboolean take_token(MgDoorClient *client, const MgPacket *packet) {
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        client->token = mg_get_text(&reader, MG_STORE_TOKEN_MAX, MG_CLASS_TOKEN, "token");
        return mg_reader_end(&reader, NULL);
}

static void hear(MgDoor *door, MgDoorClient *client) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (mg_packet_receive(client->fd, 0, &packet, NULL)) {
                if (packet.kind == MG_STORE_TOKEN && !client->token && take_token(client, &packet))
                        return;
                answer(door, client, &packet);
        }
        drop(client);
}

void mg_door_serve(MgDoor *door, const struct pollfd *polls) {
        gint64 now = g_get_monotonic_time();

        for (guint i = 0; i < MG_DOOR_CLIENTS; i++) {
                MgDoorClient *client = &door->clients[i];

                if (client->fd >= 0 && polls[i].revents)
                        hear(door, client);
                else if (client->fd >= 0 && now - client->since > IDLE_US)
                        drop(client);
        }
        MgDoorClient *client = polls[MG_DOOR_CLIENTS].revents ? free_client(door) : NULL;

        if (!client)
                return;
        client->fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        client->since = now;
}
