/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"

/*
 * Question: what a person asks of mail, from the options of a command to a query
 */

/* Options as they were typed; NULL is not given. */
typedef struct MgAsked {
#define MG_ASKED_TEXT(field, withheld) char *field;
        MG_SEARCH_FIELDS(MG_ASKED_TEXT)
#undef MG_ASKED_TEXT
        char *queue_id;
        char *receipt;
        char *hash;
        char *since;
        char *until;
        char **outcomes;
        char **scans;
        int max;
} MgAsked;

void mg_asked_clear(MgAsked *asked);

/* The query points into itself, into the options and into the words, which must outlive it. */
typedef struct MgQuestion {
        MgQuery query;
        char *receipt;
        guint8 sha256[MG_QUERY_DIGEST];
} MgQuestion;

void mg_question_clear(MgQuestion *question);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgQuestion, mg_question_clear)

/* Adds to a query. EX_OK, or the exit status after one line on standard error. */
int mg_question_read(const MgAsked *asked, char *const *words, MgQuestion *question);
/* Neither words nor options: it asks for all there is. */
gboolean mg_question_asks_nothing(const MgQuestion *question);
