/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string.h>

#include "base/packet.h"

/* Secrets: texts and packets that are wiped before their memory is somebody else's. */

static inline void mg_secret_free(char *secret) {
        if (secret)
                explicit_bzero(secret, strlen(secret));
        g_free(secret);
}

static inline void mg_secret_clear(char **secret) {
        mg_secret_free(*secret);
        *secret = NULL;
}
#define mg_autosecret __attribute__((cleanup(mg_secret_clear))) char *

/* A record that holds a secret; up to MG_SECRET_RECORD octets no copy of it is left behind while it grows. */
#define MG_SECRET_RECORD 4096
void mg_secret_writer_init(MgWriter *writer);
void mg_secret_writer_clear(MgWriter *writer);
/* The record of a packet that came in. Nothing else may hold it. */
void mg_secret_packet_clear(MgPacket *packet);
