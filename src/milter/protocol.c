/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets of a connection <-> packets. Waits for the other side, keeps no more of it than one packet may have, and looks
 * into none.
 */
#include "milter/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "base/error.h"
#include "base/fd.h"

#define LENGTH 4u
#define HEAD (LENGTH + 1)
#define BUFFER (LENGTH + MG_MILTER_PACKET_MAX)
/* Pieces that one call hands over; the kernel takes 1,024. */
#define PIECES 512u

struct MgPeer {
        int fd;
        gsize begin, end;           /* of buffer: octets that came and were not given out */
        gsize used;                 /* of buffer, since it was wiped */
        GByteArray *before, *after; /* what is to be sent, around the body */
        const char *body;
        gsize body_size;
        gboolean has_body;
        char buffer[BUFFER];
};

MgPeer *mg_peer_new(int fd, guint timeout_s) {
        const struct timeval wait = {.tv_sec = (time_t)timeout_s};
        MgPeer *peer = g_malloc(sizeof *peer);

        /* Not the buffer: what is never used of it is never touched. */
        memset(peer, 0, G_STRUCT_OFFSET(MgPeer, buffer));
        peer->fd = fd;
        peer->before = g_byte_array_new();
        peer->after = g_byte_array_new();
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        return peer;
}

void mg_peer_free(MgPeer *peer) {
        if (!peer)
                return;
        mg_fd_close(&peer->fd);
        g_byte_array_unref(peer->before);
        g_byte_array_unref(peer->after);
        g_free(peer);
}

guint32 mg_milter_number(const char *data) {
        guint32 number;

        memcpy(&number, data, sizeof number);
        return GUINT32_FROM_BE(number);
}

/* More octets behind those that are there. FALSE without error: the other side has closed. */
static gboolean receive(MgPeer *peer, GError **error) {
        ssize_t n;

        if (peer->begin > 0) {
                memmove(peer->buffer, peer->buffer + peer->begin, peer->end - peer->begin);
                peer->end -= peer->begin;
                peer->begin = 0;
        }
        do
                n = recv(peer->fd, peer->buffer + peer->end, BUFFER - peer->end, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno != ECONNRESET)
                mg_error_system(error, "the mail server says nothing more");
        if (n <= 0)
                return FALSE;
        peer->end += (gsize)n;
        peer->used = MAX(peer->used, peer->end);
        return TRUE;
}

/* n octets from begin on. */
static gboolean need(MgPeer *peer, gsize n, GError **error) {
        while (peer->end - peer->begin < n) {
                gboolean begun = peer->end > peer->begin;
                g_autoptr(GError) fault = NULL;

                if (receive(peer, &fault))
                        continue;
                if (fault)
                        g_propagate_error(error, g_steal_pointer(&fault));
                else if (begun)
                        g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "the connection ended within a packet");
                return FALSE;
        }
        return TRUE;
}

gboolean mg_peer_next(MgPeer *peer, MgMilterPacket *packet, GError **error) {
        guint32 size;

        if (!need(peer, LENGTH, error))
                return FALSE;
        size = mg_milter_number(peer->buffer + peer->begin);
        if (size == 0 || size > MG_MILTER_PACKET_MAX) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "a packet of %u octets, where 1 to %u are possible",
                            size, MG_MILTER_PACKET_MAX);
                return FALSE;
        }
        if (!need(peer, LENGTH + size, error))
                return FALSE;
        *packet = (MgMilterPacket){peer->buffer[peer->begin + LENGTH], peer->buffer + peer->begin + HEAD, size - 1};
        peer->begin += LENGTH + size;
        return TRUE;
}

void mg_peer_forget(MgPeer *peer) {
        explicit_bzero(peer->buffer, peer->begin);
        explicit_bzero(peer->buffer + peer->end, peer->used - peer->end);
        peer->used = peer->end;
}

static void fill_head(char *head, MgMilterReply reply, gsize n) {
        const guint32 size = GUINT32_TO_BE((guint32)n + 1);

        memcpy(head, &size, LENGTH);
        head[LENGTH] = (char)reply;
}

/* The head of a packet of n octets of data, which the caller appends. */
static GByteArray *open_packet(MgPeer *peer, MgMilterReply reply, gsize n) {
        GByteArray *out = peer->has_body ? peer->after : peer->before;
        char head[HEAD];

        fill_head(head, reply, n);
        return g_byte_array_append(out, (const guint8 *)head, HEAD);
}

void mg_peer_put(MgPeer *peer, MgMilterReply reply, gconstpointer data, gsize n) {
        GByteArray *out = open_packet(peer, reply, n);

        if (n > 0)
                g_byte_array_append(out, data, (guint)n);
}

void mg_peer_put_header(MgPeer *peer, const char *name, const char *value) {
        const gsize name_size = strlen(name) + 1, value_size = strlen(value) + 1;
        GByteArray *out = open_packet(peer, MG_MILTER_ADD_HEADER, name_size + value_size);

        g_byte_array_append(out, (const guint8 *)name, (guint)name_size);
        g_byte_array_append(out, (const guint8 *)value, (guint)value_size);
}

void mg_peer_put_change(MgPeer *peer, guint32 index, const char *name, const char *value) {
        const gsize name_size = strlen(name) + 1, value_size = strlen(value) + 1;
        const guint32 number = GUINT32_TO_BE(index);
        GByteArray *out = open_packet(peer, MG_MILTER_CHANGE_HEADER, sizeof number + name_size + value_size);

        g_byte_array_append(out, (const guint8 *)&number, sizeof number);
        g_byte_array_append(out, (const guint8 *)name, (guint)name_size);
        g_byte_array_append(out, (const guint8 *)value, (guint)value_size);
}

void mg_peer_put_body(MgPeer *peer, gconstpointer body, gsize n) {
        peer->body = body;
        peer->body_size = n;
        peer->has_body = TRUE;
}

/* All of these pieces, which are changed by it. */
static gboolean send_pieces(MgPeer *peer, struct iovec *pieces, gsize count) {
        while (count > 0) {
                const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
                ssize_t n = sendmsg(peer->fd, &message, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return FALSE;
                while (count > 0 && (gsize)n >= pieces->iov_len) {
                        n -= (ssize_t)pieces->iov_len;
                        pieces++;
                        count--;
                }
                if (count > 0) {
                        pieces->iov_base = (char *)pieces->iov_base + n;
                        pieces->iov_len -= (gsize)n;
                }
        }
        return TRUE;
}

/* An empty body is one packet, too. */
static gboolean send_all(MgPeer *peer) {
        const gsize packets = peer->has_body ? MAX(1, (peer->body_size + MG_MILTER_CHUNK - 1) / MG_MILTER_CHUNK) : 0;
        g_autofree char *heads = g_malloc(packets * HEAD + 1);
        struct iovec pieces[PIECES];
        gsize count = 0;

        pieces[count++] = (struct iovec){peer->before->data, peer->before->len};
        for (gsize i = 0; i < packets; i++) {
                gsize n = MIN(peer->body_size - i * MG_MILTER_CHUNK, MG_MILTER_CHUNK);

                if (count + 3 > PIECES) {
                        if (!send_pieces(peer, pieces, count))
                                return FALSE;
                        count = 0;
                }
                fill_head(heads + i * HEAD, MG_MILTER_REPLACE_BODY, n);
                pieces[count++] = (struct iovec){heads + i * HEAD, HEAD};
                pieces[count++] = (struct iovec){(char *)peer->body + i * MG_MILTER_CHUNK, n};
        }
        pieces[count++] = (struct iovec){peer->after->data, peer->after->len};
        return send_pieces(peer, pieces, count);
}

static void empty(GByteArray *out) {
        if (out->len > 0)
                explicit_bzero(out->data, out->len);
        g_byte_array_set_size(out, 0);
}

gboolean mg_peer_send(MgPeer *peer, GError **error) {
        gboolean done = (!peer->has_body && peer->before->len == 0) || send_all(peer);

        if (!done)
                mg_error_system(error, "the mail server takes nothing more");
        empty(peer->before);
        empty(peer->after);
        peer->has_body = FALSE;
        return done;
}

int mg_milter_words(const char *data, gsize n, const char **words, int max) {
        int count = 0;

        for (const char *at = data, *over = data + n; at < over; count++) {
                const char *end = memchr(at, '\0', (gsize)(over - at));

                if (!end || count == max)
                        return -1;
                words[count] = at;
                at = end + 1;
        }
        return count;
}
