/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "mugai/request.h"

/*
 * Letters: what the gateway has to tell people (mugai/request.h), until it is told
 *
 * A letter is about an act of a person, never an answer to a mail, so that it cannot come back to a sender. Nobody
 * gets more than MG_LETTERS_AN_HOUR; further ones wait, and what could not be sent within MG_LETTER_SECONDS is
 * dropped.
 */
#define MG_LETTERS_AN_HOUR 20
#define MG_LETTER_SECONDS 86400
#define MG_LETTER_TRIES 5

/* To who made the request, at the address by which the mail came to him, else at his first one; who has none is told
 * nothing. Within a transaction, as all that changes here. */
gboolean mg_letter_add(sqlite3 *db, MgLetterKind kind, gint64 request, gint64 now, GError **error);

/* Whether a letter is to be sent, a digest to be made or an old letter to be dropped. every: seconds between two
 * digests of one person. -1 with error. */
int mg_letters_due(sqlite3 *db, gint64 every, gint64 now, GError **error);
/*
 * Makes the digests that are due (to each approver who could decide on a request that waits: when there is a new one,
 * or a day after the last), drops what is old, and gives out the next letter; *letter is NULL where there is none.
 */
gboolean mg_letter_next(sqlite3 *db, gint64 every, gint64 now, MgLetter **letter, GError **error);
/* What became of one that was given out. */
gboolean mg_letter_end(sqlite3 *db, gint64 number, gboolean sent, gint64 now, GError **error);
/* All that were given out and not answered for are to be sent again. */
gboolean mg_letters_lose(sqlite3 *db, GError **error);
