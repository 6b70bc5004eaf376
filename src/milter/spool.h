/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * spool: what the mail server says of one mail -> one sealed memfd, byte for byte what Postfix holds
 *
 * Bounded by a size; what comes beyond is counted and dropped, and the caller refuses the mail. Parses nothing.
 */
typedef struct MgSpool {
        int fd;             /* memfd, or -1 before the first octet */
        GByteArray *buffer; /* not written yet */
        guint64 size;       /* octets taken, written or not */
        guint64 max;
        gboolean overflow; /* more than max came */
        gboolean broken;   /* a write failed */
} MgSpool;

void mg_spool_init(MgSpool *spool, guint64 max);
void mg_spool_clear(MgSpool *spool);

/* value as the milter protocol gives it in leading-space mode: whatever stood behind the colon, lines ended by LF. */
void mg_spool_header(MgSpool *spool, const char *name, const char *value);
void mg_spool_body(MgSpool *spool, const void *data, gsize n);

/* Ends the mail: the sealed memfd, still owned by the spool, or -1 with error. */
int mg_spool_seal(MgSpool *spool, GError **error);
