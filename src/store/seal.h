/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/digest.h"

/*
 * Seal: octets -> CMS AuthEnvelopedData (RFC 5083) that each of several private keys opens, and this program cannot
 *
 * AES-256-GCM with a key of its own for each object. P-256: ephemeral ECDH, KDF of SHA-256, AES-256 key wrap; RSA: OAEP with
 * SHA-256. Stock openssl opens it: `openssl cms -decrypt -inform DER -inkey KEY`. Only certificates are seen here.
 */
typedef struct MgSeal MgSeal;

/*
 * To all of these certificates (of MgCertificate, at least one; not kept), of which the last one is the escrow's: it is among those
 * of each part. Seals something once, so that libcrypto has read its
 * configuration and a certificate that it does not take is known now: CONFIG.
 */
MgSeal *mg_seal_new(const GPtrArray *certificates, GError **error);
/* The same to some of them alone: n places in the certificates that seal was made of. */
MgSeal *mg_seal_part(MgSeal *seal, const guint *places, guint n);
/* May be shared by threads. Both take NULL. */
MgSeal *mg_seal_ref(MgSeal *seal);
void mg_seal_unref(MgSeal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSeal, mg_seal_unref)

/* Whether octets are one CMS as it is made here, from the first to the last: what can be said without a key. STORE with what is wrong. */
gboolean mg_seal_is_whole(gconstpointer data, gsize n, GError **error);

/* One object on its way to a descriptor, which is borrowed. Nothing but ciphertext is buffered or written. */
typedef struct MgSealStream MgSealStream;

/* What is written is added to digest (borrowed, NULL: none), too. */
MgSealStream *mg_seal_begin(MgSeal *seal, int fd, MgDigest *digest, GError **error);
gboolean mg_seal_write(MgSealStream *stream, gconstpointer data, gsize n, GError **error);
/* Writes the end and the tag; *written is the size of the whole. Without it the object does not open. */
gboolean mg_seal_end(MgSealStream *stream, guint64 *written, GError **error);
void mg_seal_stream_free(MgSealStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSealStream, mg_seal_stream_free)
