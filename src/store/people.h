/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "mugai/person.h"
#include "store/actor.h"

/*
 * People: the register of persons, and who may change what in it
 *
 * An officer manages persons: of his own organization, or of all where his is the default one. As long as no officer can act (nobody has that
 * duty who is not disabled, not past his end, and known by a Unix user, password or token) an administrator does it in his place:
 * so the first officer comes in, and so a gateway whose only officer left is not lost. Else an administrator adds and changes
 * persons without duties alone, since otherwise he could make himself officer. Nobody changes his own duties, organization, scope
 * or end, or enables himself.
 */

/* The person of a login, or *person NULL where there is none. Caller frees. */
gboolean mg_people_find(sqlite3 *db, const char *login, MgPerson **person, GError **error);
/* The same; MISSING where there is none. */
MgPerson *mg_people_get(sqlite3 *db, const char *login, GError **error);
/* The login of a number; MISSING where there is none. Caller frees. */
char *mg_people_login(sqlite3 *db, gint64 number, GError **error);
/* Those that the actor may see, by login: for officers and administrators all of their organization, for auditors those of them in
 * their own scope, for everybody else himself. login: that one, or "". */
gboolean mg_people_select(sqlite3 *db, const MgActor *actor, const char *login, GPtrArray *persons, GError **error);

/* Whether there is somebody who manages people as an officer. */
gboolean mg_people_has_officer(sqlite3 *db, gboolean *has, GError **error);
/* Whether the actor manages people now, as an officer or in place of one. */
gboolean mg_people_manages(sqlite3 *db, const MgActor *actor, gboolean *manages, GError **error);

/*
 * Within a transaction: does an edit, with entries in the audit trail, and says what it did in rows (of MgEditRow; MG_EDIT_SAME is
 * left out). FALSE where nothing of it may stand: *planned says that rows tell why, or that it was not to be applied; else
 * there is an error.
 */
gboolean mg_people_edit_do(sqlite3 *db, const MgActor *actor, const MgEdit *edit, GPtrArray *rows, gboolean *planned,
                           GError **error);
