/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts of persons on keys. The store has no key and never sees one: it knows who may, and keeps the trail.
 */
#include "store/session_key.h"

#include "base/error.h"
#include "base/key_call.h"
#include "store/audit.h"

static const struct {
        guint32 who; /* 0: the gateway itself */
        MgActKind act;
        gboolean recorded;
} acts[_MG_KEY_ACT_N] = {
        [MG_KEY_MAY] = {MG_DUTY_OFFICER, MG_ACT_KEY_UNLOCKED, FALSE},
        [MG_KEY_MAY_LOCK] = {MG_DUTY_OFFICER | MG_DUTY_ADMINISTRATOR, MG_ACT_KEY_LOCKED, FALSE},
        [MG_KEY_UNLOCKED] = {MG_DUTY_OFFICER, MG_ACT_KEY_UNLOCKED, TRUE},
        [MG_KEY_REFUSED] = {MG_DUTY_OFFICER, MG_ACT_KEY_REFUSED, TRUE},
        [MG_KEY_LOCKED] = {MG_DUTY_OFFICER | MG_DUTY_ADMINISTRATOR, MG_ACT_KEY_LOCKED, TRUE},
        [MG_KEY_EXPIRED] = {0, MG_ACT_KEY_EXPIRED, TRUE},
};

static gboolean record(sqlite3 *db, gpointer data, GError **error) {
        return mg_audit_add(db, data, error);
}

static gboolean record_act(MgStore *store, const MgKeyQuestion *question, const char *who, GError **error) {
        g_autofree char *minutes = g_strdup_printf("%u", question->minutes);
        MgAct act = {.kind = acts[question->act].act, .time = g_get_real_time() / G_USEC_PER_SEC, .actor = who};
        guint n = 0;

        if (question->key) {
                act.words[n].name = "key";
                act.words[n++].value = question->key;
        }
        if (question->act == MG_KEY_UNLOCKED) {
                act.words[n].name = "minutes";
                act.words[n++].value = minutes;
        }
        return mg_committer_do(store->committer, record, &act, error);
}

static gboolean admit(MgStore *store, const MgKeyQuestion *question, const MgActor *role, MgActor *person,
                      GError **error) {
        if (acts[question->act].who == 0) {
                *person = (MgActor){.name = g_strdup(role->name)};
                return TRUE;
        }
        return mg_actors_admit_user(store->actors, question->user, question->token, acts[question->act].who, person,
                                    error);
}

gboolean mg_session_key(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(MgKeyQuestion) question = {0};
        g_auto(MgActor) person = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_key_question_get(&reader, &question);
        if (!mg_reader_end(&reader, error) || !admit(store, &question, actor, &person, error))
                return FALSE;
        if (acts[question.act].recorded && !record_act(store, &question, person.name, error))
                return FALSE;
        return mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}
