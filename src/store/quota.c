/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotas and what is said about them. What is used is the index's to say.
 */
#include "store/quota.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

struct MgQuota {
        MgMeter *meter;
        GMutex mutex;
        GHashTable *states; /* name -> MgQuotaState, but the free ones; under the mutex */
};

MgQuota *mg_quota_new(MgMeter *meter) {
        MgQuota *quota = g_new0(MgQuota, 1);

        quota->meter = meter;
        quota->states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_mutex_init(&quota->mutex);
        return quota;
}

void mg_quota_free(MgQuota *quota) {
        if (!quota)
                return;
        g_hash_table_unref(quota->states);
        g_mutex_clear(&quota->mutex);
        g_free(quota);
}

/* "41 GB of the 50 GB that organization city may have". Caller frees. */
static char *share_text(const MgOrganization *organization, const char *name, guint64 used) {
        g_autofree char *have = mg_text_size(used), *most = mg_text_size(organization->quota);

        return g_strdup_printf("originals have %s of the %s that %s %s may have", have, most,
                               *name ? "organization" : "mail of no organization", name);
}

static void say(MgQuotaState state, const MgOrganization *organization, const char *name, guint64 used) {
        g_autofree char *share = share_text(organization, name, used);

        if (state == MG_QUOTA_FULL)
                mg_log(MG_LOG_WARNING, "%s: its mail gets 4xx until some is erased or the quota is raised", share);
        else if (state == MG_QUOTA_NEAR)
                mg_log(MG_LOG_WARNING, "%s: at the quota its mail will get 4xx", share);
        else if (organization->quota > 0)
                mg_log(MG_LOG_INFO, "%s: below the mark of the alarm again", share);
}

static long long count_states(MgQuota *quota, MgQuotaState state) {
        GHashTableIter iter;
        gpointer value;
        long long n = 0;

        g_hash_table_iter_init(&iter, quota->states);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                n += GPOINTER_TO_UINT(value) == state;
        return n;
}

static gboolean is_near(const MgTerms *terms, const MgOrganization *organization, guint64 used) {
        return organization->quota > 0 && used >= organization->quota / 100 * terms->quota_alarm;
}

/* Takes note of how things are; full says that mail is turned away. */
static void note(MgQuota *quota, const MgTerms *terms, const char *name, guint64 used, gboolean full) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&quota->mutex);
        const MgOrganization *organization = mg_organizations_named(terms->organizations, name);
        MgQuotaState before = (MgQuotaState)GPOINTER_TO_UINT(g_hash_table_lookup(quota->states, name));
        MgQuotaState state = full                                 ? MG_QUOTA_FULL
                             : is_near(terms, organization, used) ? MAX(before, MG_QUOTA_NEAR)
                                                                  : MG_QUOTA_FREE;

        if (state == before)
                return;
        if (state == MG_QUOTA_FREE)
                g_hash_table_remove(quota->states, name);
        else
                g_hash_table_insert(quota->states, g_strdup(name), GUINT_TO_POINTER(state));
        atomic_store(&quota->meter->quota_near, count_states(quota, MG_QUOTA_NEAR));
        atomic_store(&quota->meter->quota_full, count_states(quota, MG_QUOTA_FULL));
        say(state, organization, name, used);
}

gboolean mg_quota_admit(MgQuota *quota, const MgTerms *terms, const char *name, guint64 used, guint64 size,
                        GError **error) {
        const MgOrganization *organization = mg_organizations_named(terms->organizations, name);
        gboolean full = organization->quota > 0 && (used > organization->quota || size > organization->quota - used);
        g_autofree char *share = NULL, *asked = NULL;

        note(quota, terms, name, full ? used : used + size, full);
        if (!full)
                return TRUE;
        share = share_text(organization, name, used);
        asked = mg_text_size(size);
        g_set_error(error, MG_ERROR, MG_ERROR_FULL, "%s, and %s are asked for (quota)", share, asked);
        return FALSE;
}

void mg_quota_look(MgQuota *quota, const MgTerms *terms, const char *name, guint64 used) {
        note(quota, terms, name, used, FALSE);
}

MgQuotaState mg_quota_state(MgQuota *quota, const char *name) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&quota->mutex);

        return (MgQuotaState)GPOINTER_TO_UINT(g_hash_table_lookup(quota->states, name));
}
