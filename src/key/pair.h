/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Pair: a private key and the certificate for it, new
 *
 * The key is PKCS#8 encrypted by a passphrase (PBES2: PBKDF2 with HMAC-SHA-256, AES-256-CBC), which stock openssl reads; the
 * certificate is self-signed and says that its key is for sealing alone.
 */
typedef enum MgPairKind {
        MG_PAIR_P256,
        MG_PAIR_RSA, /* 3072 bits */
} MgPairKind;

typedef struct MgPair {
        char *key;         /* PEM */
        char *certificate; /* PEM */
} MgPair;

/* name becomes the common name; valid from now (seconds since the epoch) for so many days. */
gboolean mg_pair_make(MgPair *pair, MgPairKind kind, const char *name, gint64 now, guint days, const char *passphrase,
                      GError **error);
void mg_pair_clear(MgPair *pair);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgPair, mg_pair_clear)
