/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/wire.h"

/*
 * Packets: one record and up to MG_PACKET_FDS descriptors on a SOCK_SEQPACKET unix socket
 *
 * Roles meet only through these. A packet begins with a kind (which record follows) and a flag octet; a record
 * that is too long for a packet travels in a sealed memfd of its own, which neither caller sees.
 */
#define MG_PACKET_FDS 3
#define MG_PACKET_INLINE 16384
#define MG_PACKET_MAX (64 * 1024 * 1024)

typedef struct MgPacket {
        guint32 kind;
        GBytes *record;          /* owned, never NULL after a successful receive */
        int fds[MG_PACKET_FDS];  /* owned, -1 where there is none */
        guint n_fds;
        gboolean is_mapped;      /* the record is a mapping that only can be read */
} MgPacket;

#define MG_PACKET_INIT { .fds = { -1, -1, -1 } }
void mg_packet_clear(MgPacket *packet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgPacket, mg_packet_clear)

/* Sends. Does not take the descriptors. writer may be NULL for an empty record. Blocks where the socket blocks.
 * EPIPE is an error, never a signal. */
gboolean mg_packet_send(int sock, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds, GError **error);

/*
 * Receives one packet into *packet (cleared before). timeout_ms < 0 waits for ever. A closed peer is
 * MG_ERROR_CLOSED, a time-out MG_ERROR_TIMEOUT, a packet that is no packet MG_ERROR_PROTOCOL.
 */
gboolean mg_packet_receive(int sock, int timeout_ms, MgPacket *packet, GError **error);

/* Whether the other side still has the connection open. */
gboolean mg_packet_has_peer(int sock);

/* Listens on path (SOCK_SEQPACKET), replacing a stale socket file, with mode; or connects to it. -1 with error. Once the file has the mode
 * who connects is heard. */
int mg_packet_listen(const char *path, guint mode, GError **error);
int mg_packet_connect(const char *path, GError **error);
/* The same without ever waiting, for a loop: a socket that does not block, or -1 also where the other side takes nobody now. */
int mg_packet_connect_now(const char *path, GError **error);

/* Descriptors handed to this program by systemd's convention (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES): the one of
 * that name, or -1. */
int mg_packet_inherited(const char *name);
