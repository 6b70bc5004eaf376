/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection, one request. Checks what it is given (the descriptor is sealed, the record decodes) and leaves every
 * decision about durability to keeper and committer. Who may ask what is a column of the table of requests.
 */
#include "store/session.h"

#include <string.h>
#include <sys/socket.h>

#include "base/care_client.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/figures_client.h"
#include "base/key_call.h"
#include "base/log.h"
#include "base/people_client.h"
#include "base/reading.h"
#include "base/secret.h"
#include "base/text_call.h"
#include "store/domains.h"
#include "store/search.h"
#include "store/session_audit.h"
#include "store/session_care.h"
#include "store/session_figures.h"
#include "store/session_key.h"
#include "store/session_people.h"
#include "store/session_request.h"
#include "store/session_text.h"
#include "store/sight.h"
#include "store/upkeep.h"

/* Rows that one look into the index takes; between two looks others have their turn. */
#define PAGE_ROWS 64
/* A row without parts, its index entries and its share of the log. */
#define EVENT_OCTETS 8192
/* Between two entries of the trail on tokens that are nobody's. */
#define STRANGER_US (60 * G_USEC_PER_SEC)

/* The original that came with a BEGIN, or NULL. The mapping holds it; the descriptors are closed. */
static GBytes *take_original(MgPacket *request, GError **error) {
        g_autoptr(GBytes) content = NULL;

        if (request->n_fds != 1 || !mg_fd_is_sealed(request->fds[0])) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "BEGIN comes with one sealed memfd");
                return NULL;
        }
        content = mg_fd_map(request->fds[0], 0, MG_STORE_ORIGINAL_MAX, error);
        mg_fd_close(&request->fds[0]);
        return g_steal_pointer(&content);
}

static MgRecord *take_record(const MgPacket *packet, GError **error) {
        g_autoptr(MgRecord) record = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        record = mg_record_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&record) : NULL;
}

static gboolean send_receipt(int sock, const MgKept *kept) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_text(&writer, kept->receipt);
        mg_put_raw(&writer, kept->sha256, sizeof kept->sha256);
        return mg_packet_send(sock, MG_STORE_RECEIPT, &writer, NULL, 0, NULL);
}

/* Waits for COMMIT. NULL without error where the client went away: then nobody wants an answer. */
static MgRecord *wait_for_record(int sock, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) fault = NULL;

        if (!mg_packet_receive(sock, MG_STORE_RECORD_MS, &packet, &fault)) {
                if (!g_error_matches(fault, MG_ERROR, MG_ERROR_CLOSED))
                        g_propagate_error(error, g_steal_pointer(&fault));
                return NULL;
        }
        if (packet.kind != MG_STORE_COMMIT) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "%u where COMMIT was due", packet.kind);
                return NULL;
        }
        return take_record(&packet, error);
}

/* What the store knows itself is not taken from the client. */
static void set_facts(MgRecord *record, const MgKept *kept, MgEnvelope **envelope) {
        g_free(record->receipt);
        record->receipt = g_strdup(kept->receipt);
        record->size = kept->size;
        memcpy(record->sha256, kept->sha256, sizeof record->sha256);
        mg_envelope_free(record->envelope);
        record->envelope = g_steal_pointer(envelope);
}

/* From the receipt on. TRUE when DONE may be said; FALSE without error where the client went away. */
static gboolean keep(MgStore *store, int sock, MgKept *kept, MgEnvelope **envelope, GError **error) {
        g_autoptr(MgRecord) record = wait_for_record(sock, error);

        if (!record || !mg_keeper_wait(store->keeper, kept, error)) {
                mg_committer_forgo(store->committer);
                return FALSE;
        }
        set_facts(record, kept, envelope);
        return mg_committer_put(store->committer, record, kept, kept->organizations, error);
}

MgTerms *mg_store_terms(MgStore *store) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&store->terms_mutex);

        return mg_terms_ref(store->terms);
}

static void write_object(MgStore *store, const MgTerms *terms, MgKept *kept, GBytes *content) {
        g_autoptr(MgSeal) seal = mg_terms_seal(terms, kept->organizations);
        GError *fault = NULL;

        mg_objects_write(store->objects, kept->receipt, content, atomic_load(&store->level), seal, kept->stored,
                         &fault);
        if (fault)
                mg_log(MG_LOG_ERROR, "%s: original not kept: %s", kept->receipt, fault->message);
        mg_keeper_written(store->keeper, kept, fault);
}

static gboolean answer_begin(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(GBytes) content = NULL;
        g_autoptr(MgEnvelope) envelope = NULL;
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        MgReader reader;
        gboolean mine, done;
        MgKept *kept;

        mg_reader_init(&reader, request->record);
        envelope = mg_envelope_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        content = take_original(request, error);
        if (!content)
                return FALSE;
        kept = mg_keeper_begin(store->keeper, envelope, content, terms, atomic_load(&store->node),
                               atomic_load(&store->reserve), &mine, error);
        if (!kept)
                return FALSE;
        mg_committer_expect(store->committer);
        /* A client that is gone is seen when its COMMIT does not come; sharers may wait for the object, so it is
         * written. */
        send_receipt(sock, kept);
        if (mine)
                write_object(store, terms, kept, content);
        g_clear_pointer(&content, g_bytes_unref);
        done = keep(store, sock, kept, &envelope, error);
        /* Before DONE: what is answered is over here as well, and a mail that comes again finds the row. */
        mg_keeper_leave(store->keeper, kept);
        return done && mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

static gboolean answer_event(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = take_record(request, error);
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        g_auto(GStrv) names = NULL;

        if (!record)
                return FALSE;
        names = mg_terms_names(terms, record->envelope->rcpts);
        /* Rows of mail that was not taken may not fill what is kept free, either. */
        if (!mg_objects_room(store->objects, EVENT_OCTETS, atomic_load(&store->reserve), error))
                return FALSE;
        /* An event has no original: a receipt would point to nothing. */
        g_free(record->receipt);
        record->receipt = g_strdup("");
        return mg_committer_put(store->committer, record, NULL, names, error) &&
               mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

/* A record, and what was left out of it. */
static gboolean send_record(int sock, const MgRecord *record) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        mg_put_u32(&writer, record->withheld);
        return mg_packet_send(sock, MG_STORE_RECORD, &writer, NULL, 0, NULL);
}

/* A search as it was asked for, and as it goes on. All is borrowed. */
typedef struct Asked {
        const MgActor *actor;
        const MgOrganizations *organizations;
        const MgQuery *query;
        MgSearch *search;
        guint sent;
} Asked;

/* A row that the actor may not see is passed over, and so is one of which what was asked for is withheld: that it was
 * found would tell it. */
static gboolean send_row(int sock, Asked *asked, MgRecord *record) {
        guint32 withheld = mg_sight_withheld(asked->actor, asked->organizations, record);

        if (withheld & (MG_SIGHT_ROW | mg_sight_asked(asked->query)))
                return TRUE;
        mg_record_withhold(record, withheld);
        asked->sent++;
        return send_record(sock, record);
}

/* One page of rows; FALSE with error, or without where the client went away. */
static gboolean send_page(int sock, Asked *asked, guint n, gboolean *more, GError **error) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        gboolean well = mg_search_next(asked->search, n, records, error);

        for (guint i = 0; well && i < records->len && asked->sent < asked->query->max; i++)
                well = send_row(sock, asked, g_ptr_array_index(records, i));
        *more = well && records->len == n && asked->sent < asked->query->max;
        return well;
}

/* Rows that are withheld do not count. */
static gboolean send_pages(int sock, Asked *asked, GError **error) {
        gboolean more = TRUE;

        while (more)
                if (!send_page(sock, asked, MIN(asked->query->max, PAGE_ROWS), &more, error))
                        return FALSE;
        return TRUE;
}

static gboolean send_end(int sock, guint32 unreadable) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u32(&writer, unreadable);
        return mg_packet_send(sock, MG_STORE_END, &writer, NULL, 0, NULL);
}

/* What was asked for is on record before the first row leaves, how many have left afterwards. */
static gboolean send_on_record(MgStore *store, int sock, Asked *asked, GError **error) {
        g_autofree char *rows = NULL;
        gboolean well;

        if (!mg_session_searched(store, asked->actor, asked->query, error))
                return FALSE;
        well = send_pages(sock, asked, error);
        rows = g_strdup_printf("%u", asked->sent);
        if (asked->sent > 0 &&
            !mg_session_act(store, asked->actor, &(MgAct){.kind = MG_ACT_FOUND, .words = {{"rows", rows}}},
                            well ? error : NULL))
                return FALSE;
        return well && send_end(sock, mg_search_unreadable(asked->search));
}

/* A recipient is refused before the mail is there, so that those of other organizations get it all the same. */
static gboolean answer_admit(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        g_autofree char *address = NULL, *reason = NULL;
        g_autoptr(GError) full = NULL;
        g_auto(MgWriter) writer;
        MgReader reader;
        guint64 size;

        mg_reader_init(&reader, request->record);
        address = mg_get_text(&reader, MG_QUERY_TEXT_MAX, MG_CLASS_LINE, "address");
        size = mg_get_u64(&reader, "size");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        if (!mg_keeper_has_room(store->keeper, terms, mg_organizations_of(terms->organizations, address)->name,
                                MAX(size, 1), &full) &&
            !g_error_matches(full, MG_ERROR, MG_ERROR_FULL)) {
                g_propagate_error(error, g_steal_pointer(&full));
                return FALSE;
        }
        reason = mg_text_clean(full ? full->message : "", full ? strlen(full->message) : 0, MG_CLASS_LINE,
                               MG_STORE_REASON_MAX / 4, NULL);
        mg_writer_init(&writer);
        mg_put_text(&writer, reason);
        return mg_packet_send(sock, MG_STORE_ADMITTED, &writer, NULL, 0, NULL);
}

/* By a connection of its own, so that a search holds up nobody. */
static gboolean answer_query(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        static char *const nobody[] = {NULL};
        g_auto(MgQuery) query = {0};
        g_autoptr(MgLookup) lookup = NULL;
        g_autoptr(MgSearch) search = NULL;
        MgReader reader;
        gboolean own;

        mg_reader_init(&reader, request->record);
        mg_query_get(&reader, &query);
        if (!mg_reader_end(&reader, error) || !mg_sight_search(actor, &query, &own, error))
                return FALSE;
        lookup = mg_lookup_open(store->index_path, store->vfs, error);
        if (!lookup)
                return FALSE;
        search = mg_search_new(lookup, &query, !own ? NULL : actor->addresses ? actor->addresses : nobody);
        if (mg_sight_within(actor, &query, terms->organizations))
                mg_search_within(search, actor->organization,
                                 mg_domains_since(mg_lookup_db(lookup), terms->organizations));
        return send_on_record(store, sock, &(Asked){actor, terms->organizations, &query, search, 0}, error);
}

/* MISSING for mail that the actor may not know of. */
static gboolean hide(const MgRecord *record, GError **error) {
        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no mail with receipt %s that you may see",
                    record->receipt);
        return FALSE;
}

/* The record that a SHOW or GET asks for. */
static MgRecord *asked_record(MgStore *store, const MgPacket *request, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&store->lookup_mutex);
        g_autofree char *receipt = NULL;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        receipt = mg_get_text(&reader, 10, MG_CLASS_TOKEN, "receipt");
        return mg_reader_end(&reader, error) ? mg_lookup_show(store->lookup, receipt, error) : NULL;
}

static gboolean answer_show(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = asked_record(store, request, error);
        g_autoptr(MgTerms) terms = mg_store_terms(store);

        if (!record)
                return FALSE;
        if (mg_sight_apply(actor, terms->organizations, record)) {
                const MgAct act = {.kind = MG_ACT_SHOWN, .words = {{"receipt", record->receipt}}};

                return mg_session_act(store, actor, &act, error) && send_record(sock, record);
        }
        return hide(record, error);
}

static gboolean answer_get(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = asked_record(store, request, error);
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        MgAct act = {.kind = MG_ACT_READ};
        MgActor reader = *actor;
        mg_autofd original = -1;
        gboolean sealed;

        if (!record || !mg_session_may_have(store, actor, record->receipt, error))
                return FALSE;
        /* What the release role may have, requests say; of others, who reads all of a record by the duty that reads. */
        reader.duties &= MG_DUTY_OFFICER;
        if (!(actor->gateway & MG_ACTOR_RELEASE) && mg_sight_withheld(&reader, terms->organizations, record) != 0)
                return hide(record, error);
        original = mg_objects_read(store->objects, record->receipt, record->size, record->sha256, &sealed, error);
        act.words[0].name = "receipt";
        act.words[0].value = record->receipt;
        act.words[1].name = "as";
        act.words[1].value = sealed ? "sealed" : "original";
        return original >= 0 && mg_session_act(store, actor, &act, error) &&
               mg_packet_send(sock, sealed ? MG_STORE_SEALED : MG_STORE_ORIGINAL, NULL, &original, 1, NULL);
}

/* Numbers of kinds: mail 200-219, people 220-239, audit 240-259, release 260-279, care of the store 280-299. */
typedef struct Request {
        guint32 kind;
        const char *name;
        guint32 who; /* bits of MgDuty and MG_ACTOR_: any of them may ask */
        gboolean (*answer)(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error);
} Request;

/* What each of them sees is in sight.c. */
#define LOOKERS (MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_STAFF | MG_DUTY_AUDITOR | MG_ACTOR_MEMBER)
#define READERS (MG_DUTY_OFFICER | MG_ACTOR_MEMBER | MG_ACTOR_RELEASE)
/* What each of them may ask for, see and decide is in request.c. */
#define ASKERS (MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER)

static const Request requests[] = {
        {MG_STORE_ADMIT, "admit", MG_ACTOR_MILTER, answer_admit},
        {MG_STORE_BEGIN, "begin", MG_ACTOR_MILTER, answer_begin},
        {MG_STORE_EVENT, "event", MG_ACTOR_MILTER, answer_event},
        {MG_STORE_QUERY, "query", LOOKERS, answer_query},
        {MG_STORE_SHOW, "show", LOOKERS, answer_show},
        {MG_STORE_GET, "get", READERS, answer_get},
        {MG_REQUEST_CALL_REQUEST, "request", ASKERS, mg_session_request},
        {MG_REQUEST_CALL_REQUESTS, "requests", ASKERS, mg_session_requests},
        {MG_REQUEST_CALL_WAITING, "waiting", ASKERS, mg_session_waiting},
        {MG_REQUEST_CALL_APPROVE, "approve", MG_DUTY_APPROVER, mg_session_decide},
        {MG_REQUEST_CALL_DENY, "deny", ASKERS, mg_session_decide},
        {MG_REQUEST_CALL_SETTLE, "settle", MG_DUTY_APPROVER | MG_DUTY_OFFICER, mg_session_settle},
        {MG_REQUEST_CALL_BEGIN, "release-begins", MG_ACTOR_RELEASE, mg_session_begin},
        {MG_REQUEST_CALL_NEXT, "next", MG_ACTOR_RELEASE, mg_session_next},
        {MG_REQUEST_CALL_CLAIM, "claim", MG_ACTOR_RELEASE, mg_session_claim},
        {MG_REQUEST_CALL_RESULT, "result", MG_ACTOR_RELEASE, mg_session_result},
        {MG_REQUEST_CALL_LETTER_CLAIM, "letter", MG_ACTOR_RELEASE, mg_session_letter},
        {MG_REQUEST_CALL_LETTER_RESULT, "letter-result", MG_ACTOR_RELEASE, mg_session_letter_result},
        {MG_CARE_HOLD_ADD, "hold-add", MG_DUTY_OFFICER, mg_session_hold_add},
        {MG_CARE_HOLD_END, "hold-end", MG_DUTY_OFFICER, mg_session_hold_end},
        {MG_CARE_HOLDS, "holds", MG_DUTY_OFFICER | MG_DUTY_AUDITOR, mg_session_holds},
        {MG_CARE_ORGANIZATIONS, "organizations",
         MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_AUDITOR | MG_ACTOR_MEMBER, mg_session_organizations},
        {MG_FIGURES_COUNT, "figures", MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER | MG_DUTY_APPROVER | MG_DUTY_AUDITOR,
         mg_session_figures},
        {MG_STORE_AUDIT, "audit", MG_DUTY_AUDITOR | MG_DUTY_ADMINISTRATOR, mg_session_audit},
        {MG_UPKEEP_VERIFY, "verify-store", MG_DUTY_ADMINISTRATOR, mg_session_verify},
        {MG_UPKEEP_BACKUP, "backup", MG_DUTY_ADMINISTRATOR, mg_session_backup},
        {MG_PEOPLE_EDIT, "edit", MG_DUTY_ADMINISTRATOR | MG_DUTY_OFFICER, mg_session_edit},
        {MG_PEOPLE_LIST, "people", _MG_DUTY_ALL, mg_session_people},
        {MG_PEOPLE_TOKEN, "token", _MG_DUTY_ALL, mg_session_token},
        {MG_PEOPLE_REVOKE, "revoke", _MG_DUTY_ALL, mg_session_revoke},
        {MG_PEOPLE_PASSWORD, "password", _MG_DUTY_ALL, mg_session_password},
        {MG_PEOPLE_TOTP, "totp", _MG_DUTY_ALL, mg_session_totp},
        {MG_PEOPLE_SIGN_IN, "sign-in", MG_ACTOR_ANYBODY, mg_session_sign_in},
        {MG_PEOPLE_VOUCH, "vouch", MG_ACTOR_CONSOLE, mg_session_vouch},
        {MG_PEOPLE_SIGN_OUT, "sign-out", _MG_DUTY_ALL, mg_session_sign_out},
        {MG_PEOPLE_WHO, "who", MG_ACTOR_ANYBODY, mg_session_who},
        {MG_PEOPLE_SESSIONS, "sessions", _MG_DUTY_ALL, mg_session_sessions},
        {MG_PEOPLE_END_SESSION, "end-session", _MG_DUTY_ALL, mg_session_end_sessions},
        {MG_PEOPLE_STEP_UP, "step-up", _MG_DUTY_ALL, mg_session_step_up},
        {MG_KEY_CALL, "key", MG_ACTOR_RELEASE, mg_session_key},
        {MG_TEXT_CALL, "text", MG_ACTOR_RELEASE, mg_session_text},
};

/* The token that comes before a request. NULL where there is none; with error where it is none. */
static char *take_token(int sock, MgPacket *packet, GError **error) {
        mg_autosecret token = NULL;
        MgReader reader;

        if (packet->kind != MG_STORE_TOKEN)
                return NULL;
        mg_reader_init(&reader, packet->record);
        token = mg_get_text(&reader, MG_STORE_TOKEN_MAX, MG_CLASS_TOKEN, "token");
        if (!mg_reader_end(&reader, error))
                return NULL;
        mg_secret_packet_clear(packet);
        if (!mg_packet_receive(sock, MG_STORE_REQUEST_MS, packet, error))
                return NULL;
        return g_steal_pointer(&token);
}

/* Whether a refusal is on record with the person whom it is about: who signs in, or whom the release role asks for. */
static gboolean is_on_record(guint32 kind, gboolean admitted) {
        return kind == MG_PEOPLE_SIGN_IN ||
               (admitted && (kind == MG_TEXT_CALL || kind == MG_PEOPLE_STEP_UP || kind == MG_PEOPLE_VOUCH));
}

/* Anybody can make up a token, and entries of the trail stay. */
static gboolean may_note_stranger(MgStore *store) {
        long long now = g_get_monotonic_time(), last = atomic_load(&store->stranger_at);

        return (last == 0 || now - last >= STRANGER_US) &&
               atomic_compare_exchange_strong(&store->stranger_at, &last, now);
}

static gboolean admit_and_answer(MgStore *store, const Request *row, const char *token, int sock, MgPacket *request,
                                 GError **error) {
        g_auto(MgActor) actor = {0};
        g_autoptr(GError) fault = NULL;
        gboolean admitted = mg_actors_admit(store->actors, sock, token, row->who, &actor, &fault);

        if (admitted) {
                mg_session_use(store, &actor);
                if (row->answer(store, &actor, sock, request, &fault))
                        return TRUE;
        } else {
                g_prefix_error(&fault, "%s is denied to %s: ", row->name, actor.name);
        }
        if (!fault)
                return FALSE;
        if (!is_on_record(row->kind, admitted) && (admitted || !token || actor.person > 0 || may_note_stranger(store)))
                mg_session_refused(store, &actor, row->name, request, fault);
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

static const Request *request_of(guint32 kind) {
        for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
                if (requests[i].kind == kind)
                        return &requests[i];
        return NULL;
}

struct MgCall {
        int sock;
        MgPacket request;
        char *token; /* secret, or NULL */
        const Request *row;
};

static void call_free(MgCall *call) {
        mg_secret_free(call->token);
        mg_packet_clear(&call->request);
        mg_fd_close(&call->sock);
        g_free(call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCall, call_free)

static void say_fault(MgStore *store, const MgCall *call, const GError *fault) {
        if (!g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING))
                mg_log(MG_LOG_WARNING, "%s: %s", call->row ? call->row->name : "token", fault->message);
        mg_meter_add(&store->meter->faults, 1);
        mg_fault_send(call->sock, fault);
}

MgCall *mg_session_hear(MgStore *store, int sock) {
        const struct timeval patience = {.tv_sec = MG_STORE_SEND_S};
        g_autoptr(MgCall) call = g_new0(MgCall, 1);
        g_autoptr(GError) fault = NULL;

        call->sock = sock;
        call->request = (MgPacket)MG_PACKET_INIT;
        setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (!mg_packet_receive(sock, MG_STORE_REQUEST_MS, &call->request, NULL))
                return NULL;
        call->token = take_token(sock, &call->request, &fault);
        call->row = request_of(call->request.kind);
        if (fault)
                say_fault(store, call, fault);
        else if (!call->row)
                mg_log(MG_LOG_WARNING, "request %u is none", call->request.kind);
        return fault || !call->row ? NULL : g_steal_pointer(&call);
}

/* What administrators alone ask - verify, backup - takes minutes, and others are not to wait behind it. */
gboolean mg_session_is_of_people(const MgCall *call) {
        return call->row->who != MG_DUTY_ADMINISTRATOR &&
               (call->row->who & (_MG_DUTY_ALL | MG_ACTOR_ANYBODY | MG_ACTOR_MEMBER)) != 0;
}

void mg_session_answer(MgStore *store, MgCall *call) {
        g_autoptr(MgCall) own = call;
        g_autoptr(GError) fault = NULL;

        if (!admit_and_answer(store, own->row, own->token, own->sock, &own->request, &fault) && fault)
                say_fault(store, own, fault);
}

void mg_session_turn_away(MgCall *call) {
        g_autoptr(MgCall) own = call;
        g_autoptr(GError) fault =
                g_error_new_literal(MG_ERROR, MG_ERROR_TIMEOUT, "too many ask at once; ask again in a moment");

        mg_fault_send(own->sock, fault);
}
