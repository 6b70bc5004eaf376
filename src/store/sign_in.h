/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/person.h"
#include "store/committer.h"
#include "store/password.h"

/*
 * Sign-in: login, password and code, counted
 *
 * An attempt is counted, durably, before it is looked at, and taken back when it was right: neither many at once nor a crash gives
 * a guess for free. After MG_SIGN_IN_FREE failures each further attempt must wait, twice as long as the one before, at most
 * MG_SIGN_IN_WAIT_S. Logins that nobody has are counted and take their time as others do.
 *
 * The address of a client is counted beside the login: many people may share one, so it has more attempts free, waits less, and one
 * failure is forgotten each MG_SIGN_IN_ADDRESS_FORGET_S. In the trail it is a digest (store/audit.h).
 */
#define MG_SIGN_IN_FREE 3
#define MG_SIGN_IN_WAIT_S 900
#define MG_SIGN_IN_ADDRESS_FREE 20
#define MG_SIGN_IN_ADDRESS_WAIT_S 60
#define MG_SIGN_IN_ADDRESS_FORGET_S 60
/* A login or address that failed is forgotten after so long; and the oldest of more than so many. */
#define MG_SIGN_IN_FORGET_S 86400
#define MG_SIGN_IN_LOGINS 10000

/* Seconds before the next attempt after so many failures. */
guint mg_sign_in_wait(guint failures);
guint mg_sign_in_address_wait(guint failures);

/*
 * Signs in. *session is the caller's to clear. DENIED: one and the same sentence for whatever was wrong, or how long nothing is
 * looked at; TIMEOUT: too many passwords are looked at now. address: of the client, or "".
 */
gboolean mg_sign_in(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                    const char *code, const char *address, MgSession *session, GError **error);
/*
 * A session for somebody whose password and factors a web server has looked at, which one is to be trusted to say: nothing is counted,
 * and nothing is approved by it before he said password and code here. DENIED with what hinders him; who is unknown is on record, too.
 */
gboolean mg_sign_in_vouched(MgCommitter *committer, const char *login, const char *address, MgSession *session,
                            GError **error);
/* The same for a session that there is, whose token's SHA-256 that is: it approves for MG_STEP_UP_S from now on. DENIED also for who
 * has no second factor. */
gboolean mg_step_up(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                    const char *code, const guint8 token[32], GError **error);
/* Whether the password is that person's, counted in the same way. FALSE with DENIED or TIMEOUT. */
gboolean mg_sign_in_confirm(MgCommitter *committer, MgPasswords *passwords, const char *login, const char *password,
                            GError **error);
