/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/store_call.h"

/*
 * Text call: what the release role asks the store for a person who wants to read the text of a mail
 *
 *   TEXT user token receipt charset -> TEXT_ORIGINAL facts {memfd}     of the release role alone
 *                                   or TEXT_SEALED facts {memfd}
 * The store decides, as for keys (base/key_call.h): officers read mail of their organization, approvers such of it as is asked for,
 * staff their own. That the original left for this is in the trail, as an act of that person, before it does. Errors: DENIED, MISSING.
 */
#define MG_TEXT_CALL 278
#define MG_TEXT_CALL_ORIGINAL 276
#define MG_TEXT_CALL_SEALED 277

typedef struct MgTextQuestion {
        uid_t user;          /* who is at the other end */
        const char *token;   /* that came from there, or NULL */
        const char *receipt; /* TOKEN: ten digits */
        const char *charset; /* HOST: that is asked for, or NULL */
} MgTextQuestion;

void mg_text_question_put(MgWriter *writer, const MgTextQuestion *question);
/* The strings belong to the question then; mg_text_question_clear() frees them. */
void mg_text_question_get(MgReader *reader, MgTextQuestion *question);
void mg_text_question_clear(MgTextQuestion *question);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgTextQuestion, mg_text_question_clear)

/* What is known of the mail. */
typedef struct MgTextFacts {
        guint64 size; /* octets of the original */
        guint8 sha256[32];
        char body_digest[65]; /* hexadecimal, of the words that were delivered; "" where there were none */
} MgTextFacts;

void mg_text_facts_put(MgWriter *writer, const MgTextFacts *facts);
void mg_text_facts_get(MgReader *reader, MgTextFacts *facts);

/* A sealed memfd, which the caller closes, with the original or (*sealed) the CMS that it is kept in; -1 with error. */
int mg_text_ask(const MgAsker *asker, const MgTextQuestion *question, MgTextFacts *facts, gboolean *sealed,
                GError **error);
