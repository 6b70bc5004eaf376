/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "mugai/person.h"

/*
 * People client: what the store role answers about persons and how they sign in, one connection each (base/store_call.h)
 *
 *   EDIT edit                       -> EDIT_ROW row* EDIT_END applied
 *   LIST login                      -> PERSON person* END          "" is all that who asks may see
 *   TOKEN login days                -> SECRET token                it is said once; its SHA-256 is kept
 *   REVOKE login                    -> COUNT tokens                 sessions included
 *   PASSWORD login password before  -> DONE                         before: the one that it replaces, or ""
 *   TOTP login                      -> SECRETS secret code*         they are said once
 *   SIGN_IN login password code address -> SESSION session          address: of the client, as its server saw it; "" where there is none
 *   VOUCH login address             -> SESSION session             of the role console, for whom the web server in front of it has signed in
 *   SIGN_OUT                        -> DONE                         ends the session whose token came before
 *   SESSIONS login                  -> PERSON, SESSION_ROW* END     "" is who asks; newest first
 *   END_SESSION login id            -> COUNT sessions               "" all of them but the one that asks; tokens are not sessions
 *   STEP_UP password code           -> DONE                         of the session whose token came before
 *   WHO duties                      -> PERSON person                whose token came before; that he has none of these duties is on record
 * Errors beside those of the store: MISSING no such person, USAGE what cannot be so, DENIED who may not, or what does not sign in.
 */
typedef enum MgPeopleCall {
        MG_PEOPLE_EDIT = 221,
        MG_PEOPLE_EDIT_ROW,
        MG_PEOPLE_EDIT_END,
        MG_PEOPLE_LIST,
        MG_PEOPLE_PERSON,
        MG_PEOPLE_TOKEN,
        MG_PEOPLE_SECRET,
        MG_PEOPLE_REVOKE,
        MG_PEOPLE_COUNT,
        MG_PEOPLE_PASSWORD,
        MG_PEOPLE_TOTP,
        MG_PEOPLE_SECRETS,
        MG_PEOPLE_SIGN_IN,
        MG_PEOPLE_SESSION,
        MG_PEOPLE_SIGN_OUT,
        MG_PEOPLE_SESSIONS,
        MG_PEOPLE_SESSION_ROW,
        MG_PEOPLE_END_SESSION,
        MG_PEOPLE_STEP_UP,
        MG_PEOPLE_WHO = 219, /* 221 to 239 are given out */
        MG_PEOPLE_VOUCH = 218,
} MgPeopleCall;

void mg_person_put(MgWriter *writer, const MgPerson *person);
MgPerson *mg_person_get(MgReader *reader);
void mg_edit_put(MgWriter *writer, const MgEdit *edit);
MgEdit *mg_edit_get(MgReader *reader);
void mg_edit_row_put(MgWriter *writer, const MgEditRow *row);
MgEditRow *mg_edit_row_get(MgReader *reader);
/* A login as somebody typed it: LINE, it need not be anybody's. */
char *mg_login_get(MgReader *reader);

/* rows gets a MgEditRow for each person that is not MG_EDIT_SAME. *applied: whether it was asked for and nothing is wrong. */
gboolean mg_people_edit(const MgAsker *asker, const MgEdit *edit, GPtrArray *rows, gboolean *applied, GError **error);
/* persons gets MgPerson, by login. */
gboolean mg_people_list(const MgAsker *asker, const char *login, GPtrArray *persons, GError **error);
/* The token, to be freed by mg_secret_free(). */
char *mg_people_token(const MgAsker *asker, const char *login, guint32 days, GError **error);
gboolean mg_people_revoke(const MgAsker *asker, const char *login, guint32 *tokens, GError **error);
gboolean mg_people_password(const MgAsker *asker, const char *login, const char *password, const char *before,
                            GError **error);

/* A second factor that was made just now. */
typedef struct MgTotp {
        char *secret; /* base32 */
        char *codes[MG_RECOVERY_CODES];
} MgTotp;
void mg_totp_clear(MgTotp *totp);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgTotp, mg_totp_clear)
gboolean mg_people_totp(const MgAsker *asker, const char *login, MgTotp *totp, GError **error);

void mg_session_clear(MgSession *session);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgSession, mg_session_clear)
/*
 * code: six digits, a recovery code, or "" where the person has no second factor. address: of the client whom a server of ours has there,
 * or NULL; what fails is counted for it, too. DENIED says the same whichever of the three is wrong, and whether there is such a
 * person; or for how many seconds nothing is looked at.
 */
gboolean mg_people_sign_in(const MgAsker *asker, const char *login, const char *password, const char *code,
                           const char *address, MgSession *session, GError **error);
/*
 * A session for somebody whom a web server has signed in; only the role console may ask that, and only where the store's configuration
 * says so. DENIED with a sentence: there is no such person, or he may not act now.
 */
gboolean mg_people_vouch(const MgAsker *asker, const char *login, const char *address, MgSession *session,
                         GError **error);
gboolean mg_people_sign_out(const MgAsker *asker, GError **error);

/* By what somebody is known now: a session, or a token that was made for him. */
typedef struct MgSessionRow {
        char *id;           /* HOST: by which it is ended; says nothing of the token */
        char *by;           /* HOST: "password", "totp", "recovery-code" or "web-server"; "token" where nobody signed in */
        gint64 made;        /* times: seconds since the epoch */
        gint64 used;        /* to the minute */
        gint64 until;       /* at the latest */
        gint64 stepped;     /* when password and code were said last; 0: never */
        gboolean is_session;
        gboolean is_own;    /* the one that asks */
} MgSessionRow;

void mg_session_row_free(MgSessionRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSessionRow, mg_session_row_free)
void mg_session_row_put(MgWriter *writer, const MgSessionRow *row);
MgSessionRow *mg_session_row_get(MgReader *reader);

/* Who somebody is (caller frees), and rows gets his MgSessionRow. login "": who asks. Others are shown to who manages people. */
gboolean mg_people_sessions(const MgAsker *asker, const char *login, MgPerson **person, GPtrArray *rows,
                            GError **error);
/* id NULL: all sessions but the one that asks. *sessions is how many ended; MISSING where there is none of that id. */
gboolean mg_people_end_session(const MgAsker *asker, const char *login, const char *id, guint32 *sessions,
                               GError **error);
/* What an approval by a session needs (MG_STEP_UP_S). Counted and throttled as signing in is; DENIED in the same words. */
gboolean mg_people_step_up(const MgAsker *asker, const char *password, const char *code, GError **error);

/*
 * The person whose token it is, who wants to do what one of these duties is needed for: where he has none of them, that stands in the
 * audit trail as refused, and the caller refuses it. DENIED where the token is none, was revoked or has ended, or the person may not act now.
 */
MgPerson *mg_people_who(const MgAsker *asker, guint32 duties, GError **error);
