/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Open: a private key, and what it opens
 *
 * Of the roles only release links it, which keeps no mail and reads none. What holds a secret is wiped when it is freed.
 */
typedef struct MgOpener MgOpener;
struct evp_pkey_st; /* of libcrypto */

/* Octets of a key file at most: an encrypted RSA key of 8192 bits has less than 10 KB. */
#define MG_KEY_FILE_MAX (64 * 1024)

/* Fills buffer with a passphrase, without an end. Its length, or -1 where there is none. Asked only for an encrypted
 * key. */
typedef int (*MgPassphraseFunc)(char *buffer, int size, int writing, void *data);

/* From a PEM file (PKCS#8, encrypted or not). NULL: USAGE for a file that is none, DENIED for a wrong passphrase. */
MgOpener *mg_opener_read(const char *path, MgPassphraseFunc passphrase, gpointer data, GError **error);
/* Takes a key of libcrypto. */
MgOpener *mg_opener_new(struct evp_pkey_st *key);
void mg_opener_free(MgOpener *opener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOpener, mg_opener_free)

/*
 * The original from a sealed object: what comes out has size octets with this digest. NULL: DENIED where the object is not
 * sealed to this key, STORE where it is damaged or another one than it should be. Wiped when its last reference goes.
 */
GBytes *mg_opener_open(const MgOpener *opener, GBytes *sealed, guint64 size, const guint8 sha256[32], GError **error);

/* No core file and no look into this process by others of the same user, from here on. */
void mg_opener_guard(void);
