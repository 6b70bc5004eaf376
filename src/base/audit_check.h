/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/chain.h"

/*
 * Audit check: walks a trail from its first entry to its last and says which one is the first that is not as it was
 *
 * Without anchors that shows every change by somebody who does not chain anew what stands behind it. With anchors it also shows a
 * trail that was chained anew, and one whose end was cut off.
 */
typedef struct MgAuditCheck {
        MgChain chain;  /* the last entry that was well */
        gint64 time;    /* in it */
        GArray *anchors; /* of MgAnchor, by number */
        guint agreed;   /* anchors that agree: the first ones of the array */
        guint lost;     /* that are of entries which a restore from a backup has lost; they are in the array no more */
        MgBreak fault;
        gint64 number; /* of the first entry that is wrong */
        char *ja;      /* what is wrong, for people */
        char *en;
} MgAuditCheck;

/* anchors is taken, sorted here; NULL is none. */
void mg_audit_check_init(MgAuditCheck *check, GArray *anchors);
void mg_audit_check_clear(MgAuditCheck *check);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgAuditCheck, mg_audit_check_clear)

/* The entries in the order of their numbers. FALSE once one is wrong: there is no need to go on. */
gboolean mg_audit_check_entry(MgAuditCheck *check, const MgEntry *entry);
/* There are no more. FALSE where anything was wrong. */
gboolean mg_audit_check_end(MgAuditCheck *check);

/* Every anchor that stands in a text (a file of anchors, a log): an array of MgAnchor. */
GArray *mg_audit_anchors(const char *text);
