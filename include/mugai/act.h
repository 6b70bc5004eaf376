/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Act: what somebody did or the gateway decided, as the audit trail keeps it
 *
 * Whoever acts is an actor: a person, or the gateway itself. What a person may do follows from duties ("role" is the word
 * for a process here). An act names ids, numbers and keyed digests alone: each value is of class TOKEN (base/text.h), which no
 * address is, and never a subject or a file name.
 */

/* Duties of persons, as bits: X(name, word). An administrator runs the machine and sees no subject, name or content. */
#define MG_DUTIES(X)                                                                                                   \
        X(ADMINISTRATOR, "administrator")                                                                              \
        X(OFFICER, "officer")                                                                                          \
        X(APPROVER, "approver")                                                                                        \
        X(STAFF, "staff")                                                                                              \
        X(AUDITOR, "auditor")

enum {
#define MG_DUTY_NUMBER(name, word) MG_DUTY_NUMBER_##name,
        MG_DUTIES(MG_DUTY_NUMBER)
#undef MG_DUTY_NUMBER
                _MG_DUTY_N,
};
typedef enum MgDuty {
#define MG_DUTY_BIT(name, word) MG_DUTY_##name = 1 << MG_DUTY_NUMBER_##name,
        MG_DUTIES(MG_DUTY_BIT)
#undef MG_DUTY_BIT
                _MG_DUTY_ALL = (1 << _MG_DUTY_N) - 1,
} MgDuty;

/* "officer" of MG_DUTY_OFFICER (one bit), and back: 0 for a word that is none. */
const char *mg_duty_name(MgDuty duty);
guint32 mg_duty_of(const char *word);

/* Kinds of acts: X(name, word). The words stand in the trail and are never changed; new ones are added. */
#define MG_ACTS(X)                                                                                                     \
        X(DECIDED, "decided")   /* a mail was committed: receipt, outcome */                                           \
        X(SEARCHED, "searched") /* the index was searched: for what, as digests */                                     \
        X(SHOWN, "shown")       /* the row of one mail was shown */                                                    \
        X(READ, "read")         /* an original was handed out, sealed or not */                                        \
        X(PERSON_ADDED, "person-added")                                                                                \
        X(PERSON_CHANGED, "person-changed")                                                                            \
        X(PEOPLE_IMPORTED, "people-imported") /* one entry beside those of the persons: how many */                    \
        X(TOKEN_MADE, "token-made")                                                                                    \
        X(TOKEN_REVOKED, "token-revoked")                                                                              \
        X(PASSWORD_SET, "password-set")                                                                                \
        X(TOTP_SET, "totp-set")                                                                                        \
        X(SIGNED_IN, "signed-in")                                                                                      \
        X(SIGNED_OUT, "signed-out")                                                                                    \
        X(SIGN_IN_FAILED, "sign-in-failed")                                                                            \
        X(SIGN_IN_THROTTLED, "sign-in-throttled") /* tried again too early: noted once a delay */                      \
        X(STARTED, "started")   /* the store began to serve */                                                         \
        X(STOPPED, "stopped")                                                                                          \
        X(EXPIRED, "expired")       /* mail whose time is over was erased: how many, their receipts */                 \
        X(HELD, "held")             /* mail was put on hold: case, until, receipts */                                  \
        X(HOLD_ENDED, "hold-ended") /* a hold is over: case, how many mails it had */                                          \
        X(REFUSED, "refused")           /* something was asked for and not given: what, why */                         \
        X(LISTED, "trail-listed")       /* the trail was looked into */                                                \
        X(VERIFIED, "trail-verified")   /* the trail was walked along: up to which entry */                            \
        X(EXPORTED, "trail-exported")   /* entries left as a bundle: from which to which */                            \
        X(ANCHORED, "trail-anchored")   /* its head was asked for */                                                   \
        X(STORE_VERIFIED, "store-verified") /* the store was looked through: repair, found, repaired, lost */          \
        X(BACKED_UP, "backed-up")           /* a backup was written: originals in it */                                \
        X(RESTORED, "restored")             /* this store was made of a backup: when that was made, the next serial */ \
        X(FOUND, "found")               /* a search has shown so many rows */                                          \
        X(REQUESTS_SHOWN, "requests-shown")     /* requests of others were shown: how many */                          \
        X(REQUEST_MADE, "request-made")         /* a removed part or an original was asked for */                      \
        X(REQUEST_APPROVED, "request-approved") /* state: still waiting where a second person is needed */             \
        X(REQUEST_DENIED, "request-denied")                                                                            \
        X(REQUEST_EXPIRED, "request-expired")                                                                          \
        X(HANDED_OVER, "handed-over") /* the release role was given it */                                              \
        X(RELEASED, "released")       /* Postfix has taken it */                                                       \
        X(RELEASE_FAILED, "release-failed")                                                                            \
        X(RELEASE_RETURNED, "release-returned") /* nothing was sent; it is tried again */                              \
        X(RELEASE_UNKNOWN, "release-unknown")   /* nobody can say if it was sent */                                    \
        X(RELEASE_SETTLED, "release-settled")   /* a person said so: state */                                          \
        X(KEY_UNLOCKED, "key-unlocked") /* key, minutes */                                                             \
        X(KEY_REFUSED, "key-refused")   /* a passphrase did not open it, or it was no key */                           \
        X(KEY_LOCKED, "key-locked")                                                                                    \
        X(KEY_EXPIRED, "key-expired") /* the minutes were over */                                                      \
        X(STEPPED_UP, "stepped-up")   /* password and code were said again, in a session */

typedef enum MgActKind {
#define MG_ACT_KIND(name, word) MG_ACT_##name,
        MG_ACTS(MG_ACT_KIND)
#undef MG_ACT_KIND
                _MG_ACT_N,
} MgActKind;

const char *mg_act_name(MgActKind kind);
gboolean mg_act_is(const char *word);

/* Pairs of an act beside its kind, time and actor. */
#define MG_ACT_WORDS_MAX 16

typedef struct MgAct {
        MgActKind kind;
        gint64 time; /* seconds since the epoch */
        const char *
                actor; /* TOKEN: "p:12" is the person with that number, "gateway" the gateway, "root" its machine's root */
        struct {
                const char *name;      /* TOKEN: "receipt", "request", "person", "outcome", "rows", ... */
                const char *value;     /* TOKEN */
        } words[MG_ACT_WORDS_MAX + 1]; /* ended by a NULL name */
} MgAct;
