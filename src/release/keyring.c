/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unlocked keys and their time. Who may unlock is asked elsewhere.
 */
#include "release/keyring.h"

#include <string.h>

#include "base/error.h"

typedef struct Entry {
        MgHeldKey *key;
        gint64 until; /* monotonic microseconds */
} Entry;

struct MgKeyring {
        GArray *entries; /* of Entry, which the array clears */
        guint generation;
};

static void entry_clear(gpointer data) {
        mg_held_key_free(((Entry *)data)->key);
}

MgKeyring *mg_keyring_new(void) {
        MgKeyring *ring = g_new0(MgKeyring, 1);

        ring->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
        g_array_set_clear_func(ring->entries, entry_clear);
        return ring;
}

void mg_keyring_free(MgKeyring *ring) {
        if (!ring)
                return;
        g_array_unref(ring->entries);
        g_free(ring);
}

static Entry *entry_at(const MgKeyring *ring, guint i) {
        return &g_array_index(ring->entries, Entry, i);
}

/* The same key twice would be wiped twice. */
static void remove_same(MgKeyring *ring, const MgHeldKey *key) {
        for (guint i = ring->entries->len; i > 0; i--)
                if (memcmp(mg_held_key_digest(entry_at(ring, i - 1)->key), mg_held_key_digest(key), 32) == 0)
                        g_array_remove_index(ring->entries, i - 1);
}

gboolean mg_keyring_add(MgKeyring *ring, MgHeldKey *key, guint minutes, GError **error) {
        Entry entry = {key, g_get_monotonic_time() + (gint64)minutes * 60 * G_USEC_PER_SEC};

        remove_same(ring, key);
        if (ring->entries->len >= MG_UNLOCKED_MAX) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "%u keys are unlocked and %d may be; lock one first (mugai key lock)", ring->entries->len,
                            MG_UNLOCKED_MAX);
                mg_held_key_free(key);
                return FALSE;
        }
        g_array_append_val(ring->entries, entry);
        ring->generation++;
        return TRUE;
}

/* First the key, then whatever is to be said of it. */
static void wipe(MgKeyring *ring, guint i, const char *id, MgKeyFunc func, gpointer data) {
        g_array_remove_index(ring->entries, i);
        func(id, data);
}

guint mg_keyring_lock(MgKeyring *ring, const char *id, MgKeyFunc func, gpointer data) {
        guint n = 0;

        for (guint i = ring->entries->len; i > 0; i--) {
                g_autofree char *own = mg_key_id(mg_held_key_digest(entry_at(ring, i - 1)->key));

                if (!g_str_has_prefix(own, id))
                        continue;
                wipe(ring, i - 1, own, func, data);
                n++;
        }
        return n;
}

guint mg_keyring_expire(MgKeyring *ring, MgKeyFunc func, gpointer data) {
        gint64 now = g_get_monotonic_time();
        guint n = 0;

        for (guint i = ring->entries->len; i > 0; i--) {
                g_autofree char *id = mg_key_id(mg_held_key_digest(entry_at(ring, i - 1)->key));

                if (entry_at(ring, i - 1)->until > now)
                        continue;
                wipe(ring, i - 1, id, func, data);
                n++;
        }
        return n;
}

int mg_keyring_next(const MgKeyring *ring) {
        gint64 now = g_get_monotonic_time(), next = G_MAXINT64;

        for (guint i = 0; i < ring->entries->len; i++)
                next = MIN(next, entry_at(ring, i)->until);
        return next == G_MAXINT64 ? -1 : (int)(MAX(next - now, 0) / 1000 + 1);
}

GArray *mg_keyring_list(const MgKeyring *ring) {
        GArray *keys = g_array_new(FALSE, FALSE, sizeof(MgUnlockedKey));
        gint64 offset = g_get_real_time() - g_get_monotonic_time();

        for (guint i = 0; i < ring->entries->len; i++) {
                MgUnlockedKey key = {.until = (entry_at(ring, i)->until + offset) / G_USEC_PER_SEC};

                memcpy(key.digest, mg_held_key_digest(entry_at(ring, i)->key), sizeof key.digest);
                g_array_append_val(keys, key);
        }
        return keys;
}

guint mg_keyring_count(const MgKeyring *ring) {
        return ring->entries->len;
}

guint mg_keyring_generation(const MgKeyring *ring) {
        return ring->generation;
}

GBytes *mg_keyring_open(const MgKeyring *ring, GBytes *sealed, guint64 size, const guint8 sha256[32], GError **error) {
        for (guint i = 0; i < ring->entries->len; i++) {
                g_autoptr(MgOpener) opener = mg_held_key_opener(entry_at(ring, i)->key, error);
                g_autoptr(GError) fault = NULL;
                GBytes *content = opener ? mg_opener_open(opener, sealed, size, sha256, &fault) : NULL;

                if (content || !opener)
                        return content;
                if (g_error_matches(fault, MG_ERROR, MG_ERROR_DENIED))
                        continue;
                g_propagate_error(error, g_steal_pointer(&fault));
                return NULL;
        }
        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, "no key that it is sealed to is unlocked");
        return NULL;
}
