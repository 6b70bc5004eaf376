/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Seal: octets -> CMS AuthEnvelopedData (RFC 5083) that each of several private keys opens, and this program cannot
 *
 * AES-256-GCM with a key of its own for each object. P-256: ephemeral ECDH, KDF of SHA-256, AES-256 key wrap; RSA: OAEP with
 * SHA-256. Stock openssl opens it: `openssl cms -decrypt -inform DER -inkey KEY`. Only certificates are seen here.
 */
typedef struct MgSeal MgSeal;

/*
 * To all of these certificates (of MgCertificate, at least one; not kept). Seals something once, so that libcrypto has read its
 * configuration and a certificate that it does not take is known now: CONFIG.
 */
MgSeal *mg_seal_new(const GPtrArray *certificates, GError **error);
/* May be shared by threads. Both take NULL. */
MgSeal *mg_seal_ref(MgSeal *seal);
void mg_seal_unref(MgSeal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSeal, mg_seal_unref)

/* One object on its way to a descriptor, which is borrowed. Nothing but ciphertext is buffered or written. */
typedef struct MgSealStream MgSealStream;

MgSealStream *mg_seal_begin(MgSeal *seal, int fd, GError **error);
gboolean mg_seal_write(MgSealStream *stream, gconstpointer data, gsize n, GError **error);
/* Writes the end and the tag; *written is the size of the whole. Without it the object does not open. */
gboolean mg_seal_end(MgSealStream *stream, guint64 *written, GError **error);
void mg_seal_stream_free(MgSealStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSealStream, mg_seal_stream_free)
