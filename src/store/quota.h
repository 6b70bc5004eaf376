/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/care_client.h"
#include "store/meter.h"
#include "store/terms.h"

/*
 * Quota: what the originals of one organization may have together, by their sizes as they came in
 *
 * Says in the log, once each, when an organization comes near its quota (store.quota_alarm), when its mail is turned
 * away, and when it is below that mark again. Thread-safe.
 */
typedef struct MgQuota MgQuota;

/* The meter is borrowed. */
MgQuota *mg_quota_new(MgMeter *meter);
void mg_quota_free(MgQuota *quota);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgQuota, mg_quota_free)

/* Whether an original of size octets may come to the used ones of an organization. FALSE with FULL. */
gboolean mg_quota_admit(MgQuota *quota, const MgTerms *terms, const char *name, guint64 used, guint64 size,
                        GError **error);
/* Without a mail: what is used, or the terms, may have changed. */
void mg_quota_look(MgQuota *quota, const MgTerms *terms, const char *name, guint64 used);
MgQuotaState mg_quota_state(MgQuota *quota, const char *name);
