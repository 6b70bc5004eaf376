/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"

/*
 * Care client: what the store role answers about how long mail is kept, one connection each (base/store_call.h)
 *
 *   HOLD_ADD hold receipts   -> DONE
 *   HOLD_END case            -> DONE
 *   HOLDS                    -> HOLD* END           by case
 *   ORGANIZATIONS            -> ORGANIZATION* END   what is kept of each, the one without a name first
 * Errors beside those of the store: MISSING no such case or mail, USAGE a time that is over, DENIED who may not.
 */
typedef enum MgCareKind {
        MG_CARE_HOLD_ADD = 280,
        MG_CARE_HOLD_END,
        MG_CARE_HOLDS,
        MG_CARE_HOLD,
        MG_CARE_ORGANIZATIONS,
        MG_CARE_ORGANIZATION,
} MgCareKind;

/* Characters of a case: it stands in the audit trail. */
#define MG_HOLD_NAME_MAX 64
/* Mails of one HOLD_ADD. */
#define MG_HOLD_MAILS_MAX 10000

typedef struct MgHold {
        char *name;         /* TOKEN: number of the case */
        gint64 until;       /* seconds since the epoch; from then on it is over */
        char *organization; /* of who made it; this and the rest are the store's to say */
        char *actor;        /* who made it: "p:12", "root" */
        gint64 made;
        gint64 mails; /* on hold under it */
} MgHold;

void mg_hold_free(MgHold *hold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHold, mg_hold_free)

/* FULL lasts until what is used is below the mark of the alarm again. */
typedef enum MgQuotaState {
        MG_QUOTA_FREE,
        MG_QUOTA_NEAR, /* above store.quota_alarm */
        MG_QUOTA_FULL, /* mail was turned away */
        _MG_QUOTA_N,
} MgQuotaState;

/* What is kept of one organization, and what it may keep. */
typedef struct MgOrganizationRow {
        char *name;          /* "" is the default one */
        gboolean configured; /* it has a section, or is the default one */
        gint64 mails;        /* originals */
        guint64 octets;      /* of them, as they came in */
        MgQuotaState state;
        guint64 quota;       /* 0: none */
        guint32 retention;   /* days */
        guint32 retention_failed;
        gint64 expiring; /* mails that are erased within the days of store.expiry_warning */
        gint64 requests; /* that wait or are approved, for these */
        gint64 held;     /* mails on hold */
} MgOrganizationRow;

void mg_organization_row_free(MgOrganizationRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOrganizationRow, mg_organization_row_free)

/* For both sides. */
void mg_hold_put(MgWriter *writer, const MgHold *hold);
MgHold *mg_hold_get(MgReader *reader);
void mg_receipts_put(MgWriter *writer, const GPtrArray *receipts);
/* Ten digits each, at least one. Caller unrefs. */
GPtrArray *mg_receipts_get(MgReader *reader);
void mg_organization_row_put(MgWriter *writer, const MgOrganizationRow *row);
MgOrganizationRow *mg_organization_row_get(MgReader *reader);

/* receipts: of char *, 1 to MG_HOLD_MAILS_MAX. Either all of them are on hold afterwards, or nothing was changed. */
gboolean mg_care_hold_add(const MgAsker *asker, const char *name, gint64 until, const GPtrArray *receipts,
                          GError **error);
gboolean mg_care_hold_end(const MgAsker *asker, const char *name, GError **error);
/* Of MgHold; NULL with error. Caller unrefs. */
GPtrArray *mg_care_holds(const MgAsker *asker, GError **error);
/* Of MgOrganizationRow; NULL with error. Caller unrefs. */
GPtrArray *mg_care_organizations(const MgAsker *asker, GError **error);
