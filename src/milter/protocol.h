/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * protocol: packets of the milter protocol, version 6, as Postfix and sendmail speak it
 *
 * A packet is a length (32 bits, big-endian, of all that follows it), a command and data. What goes to the mail server is
 * gathered and leaves in one piece: the edits of a mail, its body and the reply to its final dot are one wake-up of the
 * other side. Knows the form of packets and nothing of mail.
 */

/* What the mail server says. */
typedef enum MgMilterCommand {
        MG_MILTER_ABORT = 'A',
        MG_MILTER_BODY = 'B',
        MG_MILTER_CONNECT = 'C',
        MG_MILTER_MACROS = 'D',
        MG_MILTER_END = 'E',
        MG_MILTER_HELO = 'H',
        MG_MILTER_QUIT_NEW = 'K', /* another SMTP session follows on the same connection */
        MG_MILTER_HEADER = 'L',
        MG_MILTER_MAIL = 'M',
        MG_MILTER_END_OF_HEADER = 'N',
        MG_MILTER_NEGOTIATE = 'O',
        MG_MILTER_QUIT = 'Q',
        MG_MILTER_RCPT = 'R',
        MG_MILTER_DATA = 'T',
        MG_MILTER_UNKNOWN = 'U',
} MgMilterCommand;

/* What it hears. */
typedef enum MgMilterReply {
        MG_MILTER_REPLACE_BODY = 'b',
        MG_MILTER_CONTINUE = 'c',
        MG_MILTER_ADD_HEADER = 'h',
        MG_MILTER_CHANGE_HEADER = 'm', /* an empty value deletes */
        MG_MILTER_REPLY_CODE = 'y',    /* "451 4.3.0 text" */
} MgMilterReply;

/* What a milter asks to be allowed to. */
#define MG_MILTER_MAY_ADD_HEADERS 0x01u
#define MG_MILTER_MAY_CHANGE_BODY 0x02u
#define MG_MILTER_MAY_CHANGE_HEADERS 0x10u

/* Steps that are left out, or are not answered, and a value's blank behind the colon that stays. */
#define MG_MILTER_NO_HELO 0x02u
#define MG_MILTER_NO_END_OF_HEADER 0x40u
#define MG_MILTER_SILENT_HEADER 0x80u
#define MG_MILTER_NO_UNKNOWN 0x100u
#define MG_MILTER_NO_DATA 0x200u
#define MG_MILTER_SILENT_CONNECT 0x1000u
#define MG_MILTER_SILENT_BODY 0x80000u
#define MG_MILTER_LEADING_SPACE 0x100000u

#define MG_MILTER_VERSION 6
/* Of one packet, its command included. Postfix cuts bodies at 65,535 octets and header fields at 60,000. */
#define MG_MILTER_PACKET_MAX (128u * 1024 - 4)
/* Of the data of one packet of a new body. */
#define MG_MILTER_CHUNK 65535u

typedef struct MgPeer MgPeer;

/* data stands until the next call. What is text in it ends with NUL, see mg_milter_words(). */
typedef struct MgMilterPacket {
        char command;
        const char *data;
        gsize n;
} MgMilterPacket;

/* The mail server at the other end of fd, which is taken. A read or write that takes longer than timeout_s fails. */
MgPeer *mg_peer_new(int fd, guint timeout_s);
void mg_peer_free(MgPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPeer, mg_peer_free)

/*
 * The next packet. FALSE without error where the other side is done; with PROTOCOL where it sent no packet or one of more than
 * MG_MILTER_PACKET_MAX octets, SYSTEM where nothing came in time.
 */
gboolean mg_peer_next(MgPeer *peer, MgMilterPacket *packet, GError **error);

/* Gathered until mg_peer_send(). Texts are put with their NUL. */
void mg_peer_put(MgPeer *peer, MgMilterReply reply, gconstpointer data, gsize n);
/* name, value; of a changed header with its index among those of its name in front. */
void mg_peer_put_header(MgPeer *peer, const char *name, const char *value);
void mg_peer_put_change(MgPeer *peer, guint32 index, const char *name, const char *value);
/* At most one until mg_peer_send(), by as many packets as it takes. body is borrowed until then. */
void mg_peer_put_body(MgPeer *peer, gconstpointer body, gsize n);
/* All that was put, in its order. FALSE with SYSTEM: the other side did not take it, and this connection is over. */
gboolean mg_peer_send(MgPeer *peer, GError **error);

/* Wipes what is left here of packets that were given out: after a mail, since a mail server may keep its session open for minutes. */
void mg_peer_forget(MgPeer *peer);

/*
 * The texts of a packet, each ended by NUL: at most max, into words, which point into data. How many there are, or -1 where the
 * data does not end with one or has more.
 */
int mg_milter_words(const char *data, gsize n, const char **words, int max);
guint32 mg_milter_number(const char *data);
