/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/release_client.h"
#include "key/hold.h"

/*
 * Keyring: the keys that are unlocked now, each until its time is over
 *
 * Times are monotonic microseconds inside and seconds since the epoch to the outside. A key that is unlocked again has the new time.
 */
typedef struct MgKeyring MgKeyring;

MgKeyring *mg_keyring_new(void);
/* Wipes all. */
void mg_keyring_free(MgKeyring *ring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgKeyring, mg_keyring_free)

/* Takes the key. FALSE with USAGE, the key being wiped, where there are MG_UNLOCKED_MAX already. */
gboolean mg_keyring_add(MgKeyring *ring, MgHeldKey *key, guint minutes, GError **error);
/* Called for each key that was wiped. */
typedef void (*MgKeyFunc)(const char *id, gpointer data);
/* Those whose id begins so; "" is all. Returns how many. */
guint mg_keyring_lock(MgKeyring *ring, const char *id, MgKeyFunc func, gpointer data);
/* Wipes those whose time is over. */
guint mg_keyring_expire(MgKeyring *ring, MgKeyFunc func, gpointer data);
/* Milliseconds to the next end, -1 where there is no key. */
int mg_keyring_next(const MgKeyring *ring);

/* Array of MgUnlockedKey; the caller unrefs. */
GArray *mg_keyring_list(const MgKeyring *ring);
guint mg_keyring_count(const MgKeyring *ring);
/* Changes with each key that is added: what could not be opened before may be now. */
guint mg_keyring_generation(const MgKeyring *ring);

/*
 * The original from a sealed object by whichever key opens it (key/open.h). NULL: DENIED where it is sealed to none of them, STORE
 * where it is damaged.
 */
GBytes *mg_keyring_open(const MgKeyring *ring, GBytes *sealed, guint64 size, const guint8 sha256[32], GError **error);
