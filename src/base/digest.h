/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* SHA-256 of libcrypto. Call once before confinement: libcrypto reads its configuration at first use. */
void mg_digest(const void *data, gsize n, guint8 out[32]);
/* Whether the octets have this digest. */
gboolean mg_digest_is(GBytes *bytes, const guint8 sha256[32]);
/* HMAC with SHA-256: who lacks the key cannot find out by trying what was digested. */
void mg_digest_keyed(const guint8 key[32], const void *data, gsize n, guint8 out[32]);

/* The same of octets that come one piece after the other. */
typedef struct MgDigest MgDigest;
MgDigest *mg_digest_new(void);
void mg_digest_add(MgDigest *digest, const void *data, gsize n);
/* Once, after the last piece. */
void mg_digest_end(MgDigest *digest, guint8 out[32]);
void mg_digest_free(MgDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgDigest, mg_digest_free)

/* Of a file from its beginning to its end, read in pieces, which are written to copy, too (-1: nowhere). *n: its octets. FALSE with error;
 * SYSTEM where a part of it cannot be read. */
gboolean mg_digest_file(int fd, int copy, guint64 *n, guint8 out[32], GError **error);
