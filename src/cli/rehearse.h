/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"
#include "mugai/job.h"

/*
 * rehearse: the decision that other rules make on a kept record, beside the one that was made
 *
 * rules/decide looks at facts alone, which a record has: no original and no key is needed. What is compared is the
 * record, so that it makes no difference which rules a running gateway has by now.
 */

/* Receipts that are named of each change, for each organization. */
#define MG_REHEARSAL_EXAMPLES 5

/* What would be otherwise: X(name, word, sentence). A mail has one of the first five, and the last beside it. */
#define MG_CHANGES(X)                                                                                                  \
        X(HELD, "held", "would be held")                                                                               \
        X(REJECTED, "rejected", "would be rejected")                                                                   \
        X(PASSED, "converted", "would go on as text")                                                                  \
        X(RULE, "rule", "another rule would decide, to the same end")                                                  \
        X(WRITTEN, "settings", "would be written otherwise")                                                           \
        X(PARTS, "parts", "parts would be removed by another rule, or not")

typedef enum MgChange {
#define MG_CHANGE_ID(name, word, sentence) MG_CHANGE_##name,
        MG_CHANGES(MG_CHANGE_ID)
#undef MG_CHANGE_ID
                _MG_CHANGE_N,
} MgChange;

/* Why a record could not be replayed. */
#define MG_UNREPLAYED(X)                                                                                               \
        X(REFUSED, "refused", "refused or deferred: nothing but the envelope was kept")                                \
        X(WITHHELD, "withheld", "addresses or names are withheld from you: an officer sees them")                      \
        X(HEADER, "header", "no header field is known of them, and the rules ask for some")

typedef enum MgUnreplayed {
#define MG_UNREPLAYED_ID(name, word, sentence) MG_UNREPLAYED_##name,
        MG_UNREPLAYED(MG_UNREPLAYED_ID)
#undef MG_UNREPLAYED_ID
                _MG_UNREPLAYED_N,
} MgUnreplayed;

typedef struct MgExample {
        char *receipt; /* ten digits */
        char *what;    /* "converted -> held, by rule programs" */
} MgExample;

/* Mail to one organization: that of the first recipient, or of one for whom other new rules hold than for the first. */
typedef struct MgRehearsed {
        char *name;
        guint64 mails;
        guint64 changed; /* mails that have any change */
        guint64 parts;   /* parts of them that would be removed otherwise */
        guint64 counts[_MG_CHANGE_N];
        GArray *examples[_MG_CHANGE_N]; /* of MgExample, the first ones */
} MgRehearsed;

typedef struct MgRehearsal {
        const MgConfig *next;     /* with the rules that are rehearsed; borrowed */
        const MgConfig *now;      /* with those of policy.rules, or NULL; borrowed. Records do not say how a mail was
                                   * written: that is known of those that this policy decided on */
        GPtrArray *organizations; /* of MgRehearsed, as they come */
        guint64 replayed;
        guint64 separate;    /* recipients for whom the new rules are other ones: the sender sends to them separately */
        guint64 of_no_known; /* replayed, but decided by another policy than now */
        guint64 unreplayed[_MG_UNREPLAYED_N];
} MgRehearsal;

MgRehearsal *mg_rehearsal_new(const MgConfig *next, const MgConfig *now);
void mg_rehearsal_free(MgRehearsal *rehearsal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRehearsal, mg_rehearsal_free)

/* One record more. Looks at it only, but for its failure while it decides. */
void mg_rehearsal_take(MgRehearsal *rehearsal, const MgRecord *record);
