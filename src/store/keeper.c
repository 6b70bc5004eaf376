/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts and retries. Writes neither object nor row; says who writes, and removes what nobody wanted in the end.
 */
#include "store/keeper.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/receipt.h"

struct MgKeeper {
        MgLookup *lookup;
        MgObjects *objects;
        MgQuota *quota;
        GMutex mutex;
        GCond written;
        GHashTable *all; /* of MgKept by key; not owned: the users of a Kept own it together */
        gint64 next;
};

static guint key_hash(gconstpointer key) {
        guint32 hash;

        memcpy(&hash, key, sizeof hash);
        return hash;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
        return memcmp(a, b, 32) == 0;
}

MgKeeper *mg_keeper_new(MgLookup *lookup, MgObjects *objects, MgQuota *quota, gint64 last) {
        MgKeeper *keeper = g_new0(MgKeeper, 1);

        keeper->lookup = lookup;
        keeper->objects = objects;
        keeper->quota = quota;
        keeper->all = g_hash_table_new(key_hash, key_equal);
        keeper->next = last + 1;
        g_mutex_init(&keeper->mutex);
        g_cond_init(&keeper->written);
        return keeper;
}

void mg_keeper_free(MgKeeper *keeper) {
        if (!keeper)
                return;
        g_hash_table_unref(keeper->all);
        g_mutex_clear(&keeper->mutex);
        g_cond_clear(&keeper->written);
        g_free(keeper);
}

static void kept_free(MgKept *kept) {
        g_free(kept->receipt);
        g_strfreev(kept->organizations);
        g_clear_error(&kept->error);
        g_free(kept);
}

static gint compare_texts(gconstpointer a, gconstpointer b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Texts are hashed with their final NUL, which none of them contains: no two lists give the same octets. */
static void make_key(const MgEnvelope *envelope, const guint8 sha256[32], guint8 key[32]) {
        g_autoptr(GPtrArray) rcpts = g_ptr_array_copy(envelope->rcpts, (GCopyFunc)(void *)g_strdup, NULL);
        g_autoptr(GByteArray) all = g_byte_array_new();

        g_ptr_array_set_free_func(rcpts, g_free);
        g_ptr_array_sort(rcpts, compare_texts);
        g_byte_array_append(all, sha256, 32);
        g_byte_array_append(all, (const guint8 *)envelope->from, (guint)strlen(envelope->from) + 1);
        for (guint i = 0; i < rcpts->len; i++) {
                const char *rcpt = g_ptr_array_index(rcpts, i);

                g_byte_array_append(all, (const guint8 *)rcpt, (guint)strlen(rcpt) + 1);
        }
        mg_digest(all->data, all->len, key);
}

static MgKept *kept_new(const MgEnvelope *envelope, GBytes *content, const MgTerms *terms) {
        MgKept *kept = g_new0(MgKept, 1);
        gsize n;
        gconstpointer data = g_bytes_get_data(content, &n);

        kept->size = n;
        kept->users = 1;
        mg_digest(data, n, kept->sha256);
        kept->organizations = mg_terms_names(terms, envelope->rcpts);
        make_key(envelope, kept->sha256, kept->key);
        return kept;
}

/* Octets of an organization that no row speaks of yet. Under the lock. */
static guint64 octets_under_way(MgKeeper *keeper, const char *organization) {
        GHashTableIter iter;
        gpointer value;
        guint64 octets = 0;

        g_hash_table_iter_init(&iter, keeper->all);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                const MgKept *kept = value;

                if (!kept->committed && g_strv_contains((const char *const *)kept->organizations, organization))
                        octets += kept->size;
        }
        return octets;
}

/* Under the lock. */
static gboolean has_quota(MgKeeper *keeper, const MgTerms *terms, const char *name, guint64 size, GError **error) {
        guint64 used;

        return mg_organizations_named(terms->organizations, name)->quota == 0 ||
               (mg_lookup_usage(keeper->lookup, name, &used, error) &&
                mg_quota_admit(keeper->quota, terms, name, used + octets_under_way(keeper, name), size, error));
}

gboolean mg_keeper_has_room(MgKeeper *keeper, const MgTerms *terms, const char *organization, guint64 size,
                            GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        return has_quota(keeper, terms, organization, size, error);
}

/* Whether the quota of each organization of the mail has room for it. Under the lock. */
static gboolean have_quotas(MgKeeper *keeper, const MgKept *kept, const MgTerms *terms, GError **error) {
        for (char **name = kept->organizations; *name; name++)
                if (!has_quota(keeper, terms, *name, kept->size, error))
                        return FALSE;
        return TRUE;
}

/* Gives the mail the receipt it had, or a new one. Under the lock. */
static gboolean name_it(MgKeeper *keeper, MgKept *kept, gint64 time, const MgTerms *terms, guint node, guint64 reserve,
                        GError **error) {
        if (!mg_lookup_key(keeper->lookup, kept->key, time, &kept->receipt, error))
                return FALSE;
        if (kept->receipt && mg_objects_has(keeper->objects, kept->receipt)) {
                kept->state = MG_KEPT_WRITTEN;
                kept->committed = TRUE;
                return TRUE;
        }
        /* A row whose object is gone cannot stand for a mail: it is kept once more, under a receipt of its own. */
        g_clear_pointer(&kept->receipt, g_free);
        if (!mg_objects_room(keeper->objects, kept->size, reserve, error) || !have_quotas(keeper, kept, terms, error))
                return FALSE;
        if (keeper->next >= MG_RECEIPT_SERIALS) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "all %u receipt numbers are used up", MG_RECEIPT_SERIALS);
                return FALSE;
        }
        kept->receipt = mg_receipt_make(node, (guint32)keeper->next++);
        kept->fresh = TRUE;
        return TRUE;
}

MgKept *mg_keeper_begin(MgKeeper *keeper, const MgEnvelope *envelope, GBytes *content, const MgTerms *terms, guint node,
                        guint64 reserve, gboolean *mine, GError **error) {
        MgKept *kept = kept_new(envelope, content, terms);
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);
        MgKept *there = g_hash_table_lookup(keeper->all, kept->key);

        *mine = FALSE;
        if (there) {
                there->users++;
                kept_free(kept);
                return there;
        }
        if (!name_it(keeper, kept, envelope->time, terms, node, reserve, error)) {
                kept_free(kept);
                return NULL;
        }
        g_hash_table_insert(keeper->all, kept->key, kept);
        *mine = kept->fresh;
        return kept;
}

/* Takes it out of the table, unless another one has its place: later sessions with the same mail begin anew. */
static void forget(MgKeeper *keeper, MgKept *kept) {
        if (g_hash_table_lookup(keeper->all, kept->key) == kept)
                g_hash_table_remove(keeper->all, kept->key);
}

void mg_keeper_written(MgKeeper *keeper, MgKept *kept, GError *fault) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        kept->state = fault ? MG_KEPT_LOST : MG_KEPT_WRITTEN;
        kept->error = fault;
        if (fault)
                forget(keeper, kept);
        if (kept->users > 1)
                g_cond_broadcast(&keeper->written);
}

gboolean mg_keeper_wait(MgKeeper *keeper, MgKept *kept, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        while (kept->state == MG_KEPT_WRITING)
                g_cond_wait(&keeper->written, &keeper->mutex);
        if (kept->state == MG_KEPT_WRITTEN)
                return TRUE;
        g_propagate_error(error, g_error_copy(kept->error));
        return FALSE;
}

void mg_keeper_committed(MgKeeper *keeper, MgKept *kept) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        kept->committed = TRUE;
}

void mg_keeper_leave(MgKeeper *keeper, MgKept *kept) {
        gboolean remove;

        g_mutex_lock(&keeper->mutex);
        if (--kept->users > 0) {
                g_mutex_unlock(&keeper->mutex);
                return;
        }
        forget(keeper, kept);
        remove = kept->state == MG_KEPT_WRITTEN && !kept->committed;
        g_mutex_unlock(&keeper->mutex);
        /* Outside the lock: its name is given to nobody else. */
        if (remove)
                mg_objects_remove(keeper->objects, kept->receipt);
        kept_free(kept);
}

gboolean mg_keeper_has(MgKeeper *keeper, const char *receipt) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, keeper->all);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                if (strcmp(((const MgKept *)value)->receipt, receipt) == 0)
                        return TRUE;
        return FALSE;
}

guint mg_keeper_count(MgKeeper *keeper) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        return g_hash_table_size(keeper->all);
}

gint64 mg_keeper_last(MgKeeper *keeper) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&keeper->mutex);

        return keeper->next - 1;
}
