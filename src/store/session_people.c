/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests about persons: decodes, does it on the committer's thread, answers. What may be is decided in people_edit.c,
 * credential.c and sign_in.c.
 */
#include "store/session_people.h"

#include "base/error.h"
#include "base/log.h"
#include "base/people_client.h"
#include "base/secret.h"
#include "base/store_client.h"
#include "store/audit.h"
#include "store/credential.h"
#include "store/people.h"
#include "store/session_audit.h"
#include "store/sign_in.h"

/* One request on its way through the committer. What is a secret is wiped with it. */
typedef struct Job {
        const MgActor *actor;
        char *login;
        MgEdit *edit;
        GPtrArray *rows; /* of MgEditRow, or of MgPerson */
        gboolean planned;
        guint32 number; /* of days, or of tokens */
        char *secret;   /* a token, or the hash of a password */
        MgTotp totp;
} Job;

static void job_clear(Job *job) {
        g_free(job->login);
        mg_edit_free(job->edit);
        g_clear_pointer(&job->rows, g_ptr_array_unref);
        mg_secret_free(job->secret);
        mg_totp_clear(&job->totp);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static gboolean send_done(int sock) {
        return mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

/* Sends a record, which is wiped. */
static gboolean send_secret(int sock, guint32 kind, MgWriter *writer) {
        gboolean sent = mg_packet_send(sock, kind, writer, NULL, 0, NULL);

        mg_secret_writer_clear(writer);
        return sent;
}

/* --- edits --------------------------------------------------------------------------------------------------- */

static gboolean do_edit(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        return mg_people_edit_do(db, job->actor, job->edit, job->rows, &job->planned, error);
}

static gboolean send_rows(int sock, const Job *job, gboolean applied) {
        g_auto(MgWriter) writer = {0};

        for (guint i = 0; i < job->rows->len; i++) {
                g_auto(MgWriter) row;

                mg_writer_init(&row);
                mg_edit_row_put(&row, g_ptr_array_index(job->rows, i));
                if (!mg_packet_send(sock, MG_PEOPLE_EDIT_ROW, &row, NULL, 0, NULL))
                        return FALSE;
        }
        mg_writer_init(&writer);
        mg_put_u8(&writer, applied ? 1 : 0);
        return mg_packet_send(sock, MG_PEOPLE_EDIT_END, &writer, NULL, 0, NULL);
}

gboolean mg_session_edit(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor, .rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free)};
        g_autoptr(GError) fault = NULL;
        MgReader reader;
        gboolean applied;

        mg_reader_init(&reader, request->record);
        job.edit = mg_edit_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        applied = mg_committer_do(store->committer, do_edit, &job, &fault);
        if (applied || job.planned)
                return send_rows(sock, &job, applied);
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

/* --- who there is -------------------------------------------------------------------------------------------- */

static gboolean do_list(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        return mg_people_select(db, job->actor, job->login, job->rows, error);
}

gboolean mg_session_people(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor, .rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free)};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        job.login = mg_login_get(&reader);
        if (!mg_reader_end(&reader, error) || !mg_actors_read(store->actors, do_list, &job, error))
                return FALSE;
        for (guint i = 0; i < job.rows->len; i++) {
                g_auto(MgWriter) writer;

                mg_writer_init(&writer);
                mg_person_put(&writer, g_ptr_array_index(job.rows, i));
                if (!mg_packet_send(sock, MG_PEOPLE_PERSON, &writer, NULL, 0, NULL))
                        return FALSE;
        }
        return mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}

/* --- credentials --------------------------------------------------------------------------------------------- */

static gboolean do_token(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        job->secret = mg_credential_token(db, job->actor, job->login, job->number, error);
        return job->secret != NULL;
}

gboolean mg_session_token(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor};
        MgWriter writer;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        job.login = mg_login_get(&reader);
        job.number = mg_get_u32(&reader, "days");
        if (!mg_reader_end(&reader, error) || !mg_committer_do(store->committer, do_token, &job, error))
                return FALSE;
        mg_secret_writer_init(&writer);
        mg_put_text(&writer, job.secret);
        return send_secret(sock, MG_PEOPLE_SECRET, &writer);
}

static gboolean do_revoke(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        return mg_credential_revoke(db, job->actor, job->login, &job->number, error);
}

gboolean mg_session_revoke(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor};
        g_auto(MgWriter) writer;
        MgReader reader;

        mg_writer_init(&writer);
        mg_reader_init(&reader, request->record);
        job.login = mg_login_get(&reader);
        if (!mg_reader_end(&reader, error) || !mg_committer_do(store->committer, do_revoke, &job, error))
                return FALSE;
        mg_put_u32(&writer, job.number);
        return mg_packet_send(sock, MG_PEOPLE_COUNT, &writer, NULL, 0, NULL);
}

static gboolean do_password(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        return mg_credential_password(db, job->actor, job->login, job->secret, error);
}

static gboolean do_get(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;
        MgPerson *person = mg_people_get(db, job->login, error);

        if (person)
                g_ptr_array_add(job->rows, person);
        return person != NULL;
}

/* Whether the one that is replaced must be said: by who has one and is known by a token only, which may have been taken
 * from him. FALSE with error. */
static gboolean confirm(MgStore *store, const MgActor *actor, const Job *job, const char *before, GError **error) {
        const MgPerson *person;

        if (!actor->by_token)
                return TRUE;
        if (!mg_actors_read(store->actors, do_get, (gpointer)job, error))
                return FALSE;
        person = g_ptr_array_index(job->rows, 0);
        return person->number != actor->person || !person->has_password ||
               mg_sign_in_confirm(store->committer, store->passwords, job->login, before, error);
}

static gboolean hash_password(MgStore *store, Job *job, const char *password, GError **error) {
        g_autofree char *fault = mg_password_fault(password, job->login);

        if (fault) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, fault);
                return FALSE;
        }
        if (!mg_passwords_enter(store->passwords, error))
                return FALSE;
        job->secret = mg_passwords_hash(store->passwords, password, error);
        mg_passwords_leave(store->passwords);
        return job->secret != NULL;
}

gboolean mg_session_password(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor, .rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free)};
        mg_autosecret password = NULL;
        mg_autosecret before = NULL;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        job.login = mg_login_get(&reader);
        password = mg_get_text(&reader, 2 * MG_PASSWORD_MAX, MG_CLASS_LINE, "password");
        before = mg_get_text(&reader, MG_PASSWORD_MAX, MG_CLASS_LINE, "password before");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        mg_secret_packet_clear(request);
        return confirm(store, actor, &job, before, error) && hash_password(store, &job, password, error) &&
               mg_committer_do(store->committer, do_password, &job, error) && send_done(sock);
}

static gboolean do_totp(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;

        return mg_credential_totp(db, job->actor, job->login, &job->totp, error);
}

gboolean mg_session_totp(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor};
        MgWriter writer;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        job.login = mg_login_get(&reader);
        if (!mg_reader_end(&reader, error) || !mg_committer_do(store->committer, do_totp, &job, error))
                return FALSE;
        mg_secret_writer_init(&writer);
        mg_put_text(&writer, job.totp.secret);
        for (guint i = 0; i < MG_RECOVERY_CODES; i++)
                mg_put_text(&writer, job.totp.codes[i]);
        return send_secret(sock, MG_PEOPLE_SECRETS, &writer);
}

/* --- sessions ------------------------------------------------------------------------------------------------ */

static gboolean send_session(int sock, const MgSession *session) {
        MgWriter writer;

        mg_secret_writer_init(&writer);
        mg_put_text(&writer, session->token);
        mg_put_i64(&writer, session->person);
        mg_put_u32(&writer, session->duties);
        mg_put_u32(&writer, session->idle);
        mg_put_i64(&writer, session->until);
        mg_put_u8(&writer, session->second ? 1 : 0);
        return send_secret(sock, MG_PEOPLE_SESSION, &writer);
}

gboolean mg_session_sign_in(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *login = NULL, *address = NULL;
        mg_autosecret password = NULL;
        mg_autosecret code = NULL;
        g_auto(MgSession) session = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        login = mg_login_get(&reader);
        password = mg_get_text(&reader, MG_PASSWORD_MAX, MG_CLASS_LINE, "password");
        code = mg_get_text(&reader, MG_PERSON_WORD_MAX, MG_CLASS_LINE, "code");
        address = mg_get_text(&reader, MG_PERSON_ADDRESS_MAX, MG_CLASS_LINE, "address");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        mg_secret_packet_clear(request);
        return mg_sign_in(store->committer, store->passwords, login, password, code, address, &session, error) &&
               send_session(sock, &session);
}

gboolean mg_session_vouch(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *login = NULL, *address = NULL;
        g_auto(MgSession) session = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        login = mg_login_get(&reader);
        address = mg_get_text(&reader, MG_PERSON_ADDRESS_MAX, MG_CLASS_LINE, "address");
        return mg_reader_end(&reader, error) && mg_sign_in_vouched(store->committer, login, address, &session, error) &&
               send_session(sock, &session);
}

static gboolean do_end(sqlite3 *db, gpointer data, GError **error) {
        return mg_credential_end(db, data, error);
}

gboolean mg_session_sign_out(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        return mg_committer_do(store->committer, do_end, (gpointer)actor, error) && send_done(sock);
}

/* Himself, whatever else his duties show him. */
static gboolean do_who(sqlite3 *db, gpointer data, GError **error) {
        Job *job = data;
        const MgActor own = {.person = job->actor->person};

        return mg_people_select(db, &own, "", job->rows, error);
}

/* A caller that refuses what it was asked for leaves no trace of that; this is it. */
static void note_refusal(MgStore *store, const MgActor *actor, guint32 duties, const MgPacket *request) {
        g_autoptr(GError) fault = NULL;

        if (duties == 0 || actor->duties & duties)
                return;
        g_set_error_literal(&fault, MG_ERROR, MG_ERROR_DENIED, "none of the duties that this needs");
        mg_session_refused(store, actor, "page", request, fault);
}

gboolean mg_session_who(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Job) job = {.actor = actor, .rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free)};
        g_auto(MgWriter) writer;
        MgReader reader;
        guint32 duties;

        mg_writer_init(&writer);
        mg_reader_init(&reader, request->record);
        duties = mg_get_u32(&reader, "duties");
        if (!mg_reader_end(&reader, error) || !mg_actors_read(store->actors, do_who, &job, error))
                return FALSE;
        if (job.rows->len == 0) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, "who asks is no registered person");
                return FALSE;
        }
        note_refusal(store, actor, duties, request);
        mg_person_put(&writer, g_ptr_array_index(job.rows, 0));
        return mg_packet_send(sock, MG_PEOPLE_PERSON, &writer, NULL, 0, NULL);
}

/* login and what comes behind it. */
typedef struct Sessions {
        const MgActor *actor;
        char *login, *id;
        MgPerson *person;
        GPtrArray *rows; /* of MgSessionRow */
        guint32 ended;
} Sessions;

static void sessions_clear(Sessions *sessions) {
        g_free(sessions->login);
        g_free(sessions->id);
        mg_person_free(sessions->person);
        g_clear_pointer(&sessions->rows, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sessions, sessions_clear)

static gboolean do_sessions(sqlite3 *db, gpointer data, GError **error) {
        Sessions *sessions = data;

        return mg_credential_sessions(db, sessions->actor, sessions->login, &sessions->person, sessions->rows, error);
}

static gboolean send_sessions(int sock, const Sessions *sessions) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_person_put(&writer, sessions->person);
        if (!mg_packet_send(sock, MG_PEOPLE_PERSON, &writer, NULL, 0, NULL))
                return FALSE;
        for (guint i = 0; i < sessions->rows->len; i++) {
                g_auto(MgWriter) row;

                mg_writer_init(&row);
                mg_session_row_put(&row, g_ptr_array_index(sessions->rows, i));
                if (!mg_packet_send(sock, MG_PEOPLE_SESSION_ROW, &row, NULL, 0, NULL))
                        return FALSE;
        }
        return mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}

gboolean mg_session_sessions(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Sessions) sessions = {.actor = actor,
                                     .rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_session_row_free)};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        sessions.login = mg_login_get(&reader);
        return mg_reader_end(&reader, error) && mg_actors_read(store->actors, do_sessions, &sessions, error) &&
               send_sessions(sock, &sessions);
}

static gboolean do_end_sessions(sqlite3 *db, gpointer data, GError **error) {
        Sessions *sessions = data;

        return mg_credential_end_sessions(db, sessions->actor, sessions->login, sessions->id, &sessions->ended, error);
}

gboolean mg_session_end_sessions(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Sessions) sessions = {.actor = actor};
        g_auto(MgWriter) writer;
        MgReader reader;

        mg_writer_init(&writer);
        mg_reader_init(&reader, request->record);
        sessions.login = mg_login_get(&reader);
        sessions.id = mg_get_text(&reader, MG_SESSION_ID_CHARS, MG_CLASS_HOST, "id");
        if (!mg_reader_end(&reader, error) || !mg_committer_do(store->committer, do_end_sessions, &sessions, error))
                return FALSE;
        mg_put_u32(&writer, sessions.ended);
        return mg_packet_send(sock, MG_PEOPLE_COUNT, &writer, NULL, 0, NULL);
}

static gboolean do_login(sqlite3 *db, gpointer data, GError **error) {
        Sessions *sessions = data;

        sessions->login = mg_people_login(db, sessions->actor->person, error);
        return sessions->login != NULL;
}

gboolean mg_session_step_up(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Sessions) sessions = {.actor = actor};
        mg_autosecret password = NULL;
        mg_autosecret code = NULL;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        password = mg_get_text(&reader, MG_PASSWORD_MAX, MG_CLASS_LINE, "password");
        code = mg_get_text(&reader, MG_PERSON_WORD_MAX, MG_CLASS_LINE, "code");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        mg_secret_packet_clear(request);
        if (!actor->is_session) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "only who signed in can say his password again");
                return FALSE;
        }
        return mg_actors_read(store->actors, do_login, &sessions, error) &&
               mg_step_up(store->committer, store->passwords, sessions.login, password, code, actor->token, error) &&
               send_done(sock);
}

static gboolean do_use(sqlite3 *db, gpointer data, GError **error) {
        const MgActor *actor = data;

        return mg_credential_use(db, actor->token, error);
}

void mg_session_use(MgStore *store, const MgActor *actor) {
        g_autoptr(GError) fault = NULL;

        if (actor->is_idle && !mg_committer_do(store->committer, do_use, (gpointer)actor, &fault))
                mg_log(MG_LOG_WARNING, "use of a session not noted: %s", fault->message);
}
