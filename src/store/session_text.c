/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read the text of a mail. The original goes to the release role, which has the key; that it went, for whom, is
 * on record before. Opens nothing and decodes nothing.
 */
#include "store/session_text.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text_call.h"
#include "store/request.h"
#include "store/session_audit.h"
#include "store/sight.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

/* Duties that read content at all; what of whose mail says sight.c. */
#define READING_DUTIES (MG_DUTY_OFFICER | MG_DUTY_STAFF)

/* An approver sees the mail of the requests that are his to decide. */
static gboolean is_asked_for(MgStore *store, const MgActor *person, const char *receipt, gboolean *asked,
                             GError **error) {
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        int found = db ? mg_requests_ask_for(db, receipt, person->organization, error) : -1;

        *asked = found > 0;
        return found >= 0;
}

static gboolean may_read(MgStore *store, const MgActor *person, const MgRecord *record, GError **error) {
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        MgActor reader = *person;
        gboolean asked = FALSE;

        reader.duties &= READING_DUTIES;
        if (mg_sight_withheld(&reader, terms->organizations, record) == 0)
                return TRUE;
        if (person->duties & MG_DUTY_APPROVER && !is_asked_for(store, person, record->receipt, &asked, error))
                return FALSE;
        if (!asked)
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING,
                            "there is no mail with receipt %s whose text you may read", record->receipt);
        return asked;
}

static MgRecord *record_of(MgStore *store, const char *receipt, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&store->lookup_mutex);

        return mg_lookup_show(store->lookup, receipt, error);
}

static gboolean send(int sock, const MgRecord *record, int original, gboolean sealed) {
        MgTextFacts facts = {.size = record->size};
        g_auto(MgWriter) writer;

        memcpy(facts.sha256, record->sha256, sizeof facts.sha256);
        g_strlcpy(facts.body_digest, record->body_digest, sizeof facts.body_digest);
        mg_writer_init(&writer);
        mg_text_facts_put(&writer, &facts);
        return mg_packet_send(sock, sealed ? MG_TEXT_CALL_SEALED : MG_TEXT_CALL_ORIGINAL, &writer, &original, 1, NULL);
}

static gboolean answer(MgStore *store, const MgActor *person, int sock, const MgTextQuestion *question,
                       GError **error) {
        g_autoptr(MgRecord) record = record_of(store, question->receipt, error);
        mg_autofd original = -1;
        gboolean sealed;

        if (!record || !may_read(store, person, record, error))
                return FALSE;
        original = mg_objects_read(store->objects, record->receipt, record->size, record->sha256, &sealed, error);
        const MgAct act = {.kind = MG_ACT_READ,
                           .words = {{"receipt", record->receipt},
                                     {"as", sealed ? "sealed" : "original"},
                                     {"for", "text"},
                                     {question->charset ? "charset" : NULL, question->charset}}};

        return original >= 0 && mg_session_act(store, person, &act, error) && send(sock, record, original, sealed);
}

gboolean mg_session_text(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(MgTextQuestion) question = {0};
        g_auto(MgActor) person = {0};
        g_autoptr(GError) fault = NULL;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_text_question_get(&reader, &question);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        if (mg_actors_admit_user(store->actors, question.user, question.token,
                                 READING_DUTIES | MG_DUTY_APPROVER | MG_ACTOR_MEMBER, &person, &fault) &&
            answer(store, &person, sock, &question, &fault))
                return TRUE;
        /* By the person who asked, not by the role that asks for him: it is he who is on record. */
        if (fault)
                mg_session_refused(store, &person, "text", request, fault);
        if (fault)
                g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}
