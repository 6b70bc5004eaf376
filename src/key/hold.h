/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "key/open.h"

/*
 * Hold: a private key that was unlocked, for as long as somebody wants it
 *
 * It is kept as PKCS#8 in pages of its own: never swapped, in no core file, not in the processes that are forked meanwhile, wiped when
 * they are given back. libcrypto sees it for the moment of each use.
 */
typedef struct MgHeldKey MgHeldKey;

/*
 * From the content of a key file, which must be PKCS#8 encrypted by a passphrase, as mugai key init makes it. NULL: USAGE for what is
 * none or would take seconds to try, DENIED where the passphrase does not open it, SYSTEM where memory cannot be locked.
 */
MgHeldKey *mg_held_key_take(const char *pem, gsize n, const char *passphrase, GError **error);
void mg_held_key_free(MgHeldKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHeldKey, mg_held_key_free)

/* SHA-256 of the public key, as MgCertificate.key_digest has it: by it a key and its certificate are known for each other. */
const guint8 *mg_held_key_digest(const MgHeldKey *key);
/* What opens, for one use. */
MgOpener *mg_held_key_opener(const MgHeldKey *key, GError **error);

/* What libcrypto frees from here on is wiped. First thing in a program: FALSE once libcrypto has memory of its own. */
gboolean mg_hold_prepare(void);
