/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/store_call.h"

/*
 * Key call: what the release role asks the store about a person who unlocks or locks a key
 *
 *   KEY act user token key minutes -> DONE        of the release role alone
 * The role knows from the socket's other end (SO_PEERCRED), or by a bearer token that came over it, who is there; the store knows who
 * that is and what duties he has, and has the trail. So one place decides, and the act is durable before the role does what it says.
 * MAY is asked first, so that no passphrase is tried for a person who may not unlock, and no key wiped for one who may not lock; it
 * leaves no entry. Unlocking needs the duty officer; locking officer or administrator.
 */
#define MG_KEY_CALL 279

typedef enum MgKeyAct {
        MG_KEY_MAY,      /* unlock: nothing is recorded */
        MG_KEY_MAY_LOCK, /* the same */
        MG_KEY_UNLOCKED, /* for so many minutes */
        MG_KEY_REFUSED,  /* the passphrase did not open it, or it was no key */
        MG_KEY_LOCKED,
        MG_KEY_EXPIRED, /* nobody asked: its time was over */
        _MG_KEY_ACT_N,
} MgKeyAct;

typedef struct MgKeyQuestion {
        MgKeyAct act;
        uid_t user;        /* who is at the other end; not looked at for EXPIRED */
        const char *token; /* that came from there, or NULL */
        const char *key;   /* TOKEN: its id; "" where it is not known (MAY, REFUSED) */
        guint32 minutes;   /* of UNLOCKED */
} MgKeyQuestion;

void mg_key_question_put(MgWriter *writer, const MgKeyQuestion *question);
/* The strings belong to the question then; mg_key_question_clear() frees them. */
void mg_key_question_get(MgReader *reader, MgKeyQuestion *question);
void mg_key_question_clear(MgKeyQuestion *question);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgKeyQuestion, mg_key_question_clear)

/* TRUE: it may be done, and is recorded. DENIED where that person may not. */
gboolean mg_key_ask(const MgAsker *asker, const MgKeyQuestion *question, GError **error);

/* Characters of a key's id: the first eight octets of the digest of its public key, in hexadecimal. */
#define MG_KEY_ID_CHARS 16
/* Caller frees. */
char *mg_key_id(const guint8 digest[32]);
