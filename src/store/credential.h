/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "base/people_client.h"
#include "store/actor.h"

/*
 * Credential: by what a person is known: tokens, password, second factor
 *
 * Who manages people (people.h) makes them for others, everybody for himself. Who is known by a token only - which may have been
 * taken from him - makes himself no further token and no other second factor in the place of one, and says the password that he
 * replaces. All within a transaction, with an entry in the audit trail that holds no secret.
 */

/* Returns a token for that many days; its SHA-256 is kept. NULL with error. Free by mg_secret_free(). */
char *mg_credential_token(sqlite3 *db, const MgActor *actor, const char *login, guint32 days, GError **error);
/* Ends all tokens and sessions; *tokens says how many there were. */
gboolean mg_credential_revoke(sqlite3 *db, const MgActor *actor, const char *login, guint32 *tokens, GError **error);
/* hash is that of the new password. Ends all sessions but the one that asks. */
gboolean mg_credential_password(sqlite3 *db, const MgActor *actor, const char *login, const char *hash, GError **error);
/* A new secret and new recovery codes in place of all that were. */
gboolean mg_credential_totp(sqlite3 *db, const MgActor *actor, const char *login, MgTotp *totp, GError **error);

/* Erases tokens and sessions that have ended by now. */
gboolean mg_credential_lapse(sqlite3 *db, gint64 now, GError **error);

/* Makes a session of a person who has signed in by that (a word of MgSessionRow); stepped: with password and code. Free by
 * mg_secret_free(). */
char *mg_credential_session(sqlite3 *db, gint64 person, gint64 now, const char *by, gboolean stepped, GError **error);
/* Notes that password and code were said in the session. */
gboolean mg_credential_step_up(sqlite3 *db, gint64 person, const guint8 token[32], gint64 now, GError **error);
/* Sessions and tokens (rows gets MgSessionRow) of a person, login "" being the actor, and who that is (caller frees). */
gboolean mg_credential_sessions(sqlite3 *db, const MgActor *actor, const char *login, MgPerson **person,
                                GPtrArray *rows, GError **error);
/* Ends that one, or where id is "" all sessions but the actor's own; *sessions says how many. MISSING where there is no such id. */
gboolean mg_credential_end_sessions(sqlite3 *db, const MgActor *actor, const char *login, const char *id,
                                    guint32 *sessions, GError **error);
/* Notes that the session is in use. */
gboolean mg_credential_use(sqlite3 *db, const guint8 token[32], GError **error);
/* Ends the one by which the actor is known. */
gboolean mg_credential_end(sqlite3 *db, const MgActor *actor, GError **error);
