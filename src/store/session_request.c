/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests on their way in and out. What is written goes through the committer; what is read is read by a connection of
 * its own, so that no search holds up a claim. Decides nothing.
 */
#include "store/session_request.h"

#include <string.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/store_client.h"
#include "mugai/person.h"
#include "store/letter.h"
#include "store/request.h"
#include "store/retention.h"
#include "store/session_audit.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, sqlite3_close)

/* Rows that one look into the table takes. */
#define PAGE_ROWS 64

/* What is written, by which function: all arguments that any of them takes. Borrowed. */
typedef struct Doing {
        const MgActor *actor;
        const MgRecord *record;
        const MgRequest *asked;
        const MgOrganizations *organizations;
        guint32 kind; /* of the packet */
        gint64 number;
        guint32 how; /* MgSettle, MgOrderResult, or whether a letter was sent */
        const char *text;
        gint64 seconds; /* of waiting, or between two digests */
        gint64 now;
        MgLetter *letter; /* out */
        int sock;         /* of who claims */
} Doing;

static gint64 seconds_now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static gboolean write_and_say_done(MgStore *store, int sock, MgCommitFunc func, Doing *doing, GError **error) {
        doing->now = seconds_now();
        return mg_committer_do(store->committer, func, doing, error) &&
               mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

/* A look at the tables as they are now, whole. The caller closes. */
static sqlite3 *look(MgStore *store, GError **error) {
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);

        return db && mg_sql_do(db, "BEGIN", error) ? g_steal_pointer(&db) : NULL;
}

static gboolean do_expire(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return mg_requests_expire(db, doing->now - doing->seconds, doing->now, error);
}

/* Lets those expire that nobody decided on in time: before anything is looked at, decided or handed over. That has no
 * way back, so a clock that may be ahead lets none: they wait until it is believed. */
static gboolean expire(MgStore *store, GError **error) {
        Doing doing = {.seconds = (gint64)atomic_load(&store->request_days) * 86400, .now = seconds_now()};
        g_autoptr(sqlite3) db = look(store, error);
        gboolean believed = FALSE;
        int due = -1;

        if (db && mg_retention_believes(db, doing.now, &believed, error))
                due = believed ? mg_requests_due(db, doing.now - doing.seconds, error) : 0;
        return due == 0 || (due > 0 && mg_committer_do(store->committer, do_expire, &doing, error));
}

/* --- people ------------------------------------------------------------------------------------------------------- */

static gboolean do_add(sqlite3 *db, gpointer data, GError **error) {
        Doing *doing = data;

        return mg_request_add(db, doing->actor, doing->record, doing->asked, doing->organizations, doing->now,
                              &doing->number, error);
}

static MgRequest *take_request(const MgPacket *packet, GError **error) {
        g_autoptr(MgRequest) asked = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        asked = mg_request_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&asked) : NULL;
}

static MgRecord *record_of(MgStore *store, const char *receipt, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&store->lookup_mutex);

        return mg_lookup_show(store->lookup, receipt, error);
}

/* A row outlives its original where that was lost: then there is nothing to ask for. */
static MgRecord *record_with_original(MgStore *store, const char *receipt, GError **error) {
        g_autoptr(MgRecord) record = record_of(store, receipt, error);

        if (!record || mg_objects_has(store->objects, receipt))
                return g_steal_pointer(&record);
        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "the original of %s is not there any more", receipt);
        return NULL;
}

static gboolean send_number(int sock, gint64 number) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        return mg_packet_send(sock, MG_REQUEST_CALL_NUMBER, &writer, NULL, 0, NULL);
}

gboolean mg_session_request(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRequest) asked = take_request(request, error);
        g_autoptr(MgRecord) record = asked ? record_with_original(store, asked->receipt, error) : NULL;
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        Doing doing = {.actor = actor,
                       .record = record,
                       .asked = asked,
                       .organizations = terms->organizations,
                       .now = seconds_now()};

        return record && mg_committer_do(store->committer, do_add, &doing, error) && send_number(sock, doing.number);
}

/* Whoever sees requests of others is on record before he does. */
static gboolean note(MgStore *store, const MgActor *actor, const GPtrArray *page, GError **error) {
        g_autofree char *rows = NULL;
        guint others = 0;

        for (guint i = 0; i < page->len; i++)
                others += ((const MgRequest *)g_ptr_array_index(page, i))->requester != actor->person ? 1 : 0;
        rows = g_strdup_printf("%u", others);
        return others == 0 ||
               mg_session_act(store, actor, &(MgAct){.kind = MG_ACT_REQUESTS_SHOWN, .words = {{"rows", rows}}}, error);
}

/* Up to n requests below before. */
static GPtrArray *read_page(MgStore *store, const MgActor *actor, const MgRequestQuery *query, gint64 before, guint n,
                            GError **error) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)mg_request_free);
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
        g_autoptr(sqlite3) db = look(store, error);

        if (!db || !mg_requests_find(db, actor, query, before, n, numbers, error))
                return NULL;
        for (guint i = 0; i < numbers->len; i++) {
                MgRequest *found = mg_request_load(db, g_array_index(numbers, gint64, i), error);

                if (!found)
                        return NULL;
                g_ptr_array_add(page, found);
        }
        return g_steal_pointer(&page);
}

static gboolean send_row(int sock, const MgRequest *found) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_request_put(&writer, found);
        return mg_packet_send(sock, MG_REQUEST_CALL_ROW, &writer, NULL, 0, NULL);
}

static gboolean send_rows(MgStore *store, const MgActor *actor, int sock, const MgRequestQuery *query, GError **error) {
        gint64 before = query->before > 0 ? query->before : G_MAXINT64;

        for (guint left = query->max, n; left > 0; left -= n) {
                g_autoptr(GPtrArray) page = read_page(store, actor, query, before, MIN(left, PAGE_ROWS), error);

                if (!page || !note(store, actor, page, error))
                        return FALSE;
                for (n = 0; n < page->len; n++) {
                        const MgRequest *found = g_ptr_array_index(page, n);

                        if (!send_row(sock, found))
                                return FALSE;
                        before = found->number;
                }
                if (n < PAGE_ROWS)
                        return TRUE;
        }
        return TRUE;
}

gboolean mg_session_requests(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        MgRequestQuery query;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_request_query_get(&reader, &query);
        return mg_reader_end(&reader, error) && expire(store, error) && send_rows(store, actor, sock, &query, error) &&
               mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}

/* Numbers alone, so that nobody is on record for having seen a request. */
gboolean mg_session_waiting(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(sqlite3) db = expire(store, error) ? look(store, error) : NULL;
        g_auto(MgWriter) writer = {0};
        MgRequestWaiting waiting;

        if (!db || !mg_requests_waiting(db, actor, &waiting, error))
                return FALSE;
        mg_writer_init(&writer);
        mg_put_i64(&writer, waiting.others);
        mg_put_i64(&writer, waiting.oldest);
        mg_put_i64(&writer, waiting.mine);
        return mg_packet_send(sock, MG_REQUEST_CALL_WAITING, &writer, NULL, 0, NULL);
}

static gboolean do_decide(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return (doing->kind == MG_REQUEST_CALL_APPROVE ? mg_request_approve : mg_request_deny)(
                db, doing->actor, doing->number, doing->text, doing->now, error);
}

/* Who signed in some time ago says password and code again: somebody else may sit there now. */
static gboolean check_stepped(const MgActor *actor, GError **error) {
        gint64 since = seconds_now() - actor->stepped;

        if (!actor->is_session || (since >= 0 && since <= MG_STEP_UP_S))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_STEP_UP,
                    "to approve, say your password and code again: they count for %d minutes", MG_STEP_UP_S / 60);
        return FALSE;
}

gboolean mg_session_decide(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *reason = NULL;
        Doing doing = {.actor = actor, .kind = request->kind};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        doing.number = mg_get_i64(&reader, "number");
        doing.text = reason = mg_get_text(&reader, MG_REQUEST_REASON_MAX, MG_CLASS_LINE, "reason");
        if (!mg_reader_end(&reader, error) || (doing.kind == MG_REQUEST_CALL_APPROVE && !check_stepped(actor, error)))
                return FALSE;
        return expire(store, error) && write_and_say_done(store, sock, do_decide, &doing, error);
}

static gboolean do_settle(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return mg_request_say(db, doing->actor, doing->number, (MgSettle)doing->how, doing->text, doing->now, error);
}

gboolean mg_session_settle(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *reason = NULL;
        Doing doing = {.actor = actor};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        doing.number = mg_get_i64(&reader, "number");
        doing.how = mg_get_enum(&reader, _MG_SETTLE_N, "how");
        doing.text = reason = mg_get_text(&reader, MG_REQUEST_REASON_MAX, MG_CLASS_LINE, "reason");
        return mg_reader_end(&reader, error) && write_and_say_done(store, sock, do_settle, &doing, error);
}

void mg_session_request_figures(MgStore *store, GArray *all) {
        g_autoptr(GError) error = NULL;
        g_autoptr(sqlite3) db = look(store, &error);
        MgRequestCounts counts = {0};

        if (!db || !mg_requests_count(db, &counts, &error))
                mg_log_error("requests cannot be counted", g_steal_pointer(&error));
        mg_figures_add(all, "store", "requests_waiting", counts.waiting);
        mg_figures_add(all, "store", "requests_approved", counts.approved);
        mg_figures_add(all, "store", "requests_unknown", counts.unknown);
        mg_figures_add(all, "store", "requests_approved_s",
                       counts.approved_since > 0 ? MAX(seconds_now() - counts.approved_since, 0) : 0);
}

/* --- the release role --------------------------------------------------------------------------------------------- */

gboolean mg_session_may_have(MgStore *store, const MgActor *actor, const char *receipt, GError **error) {
        g_autoptr(sqlite3) db = NULL;
        int allowed;

        if (!(actor->gateway & MG_ACTOR_RELEASE) || actor->duties & MG_DUTY_OFFICER)
                return TRUE;
        db = look(store, error);
        allowed = db ? mg_requests_allow(db, receipt, error) : -1;
        if (allowed == 0)
                g_set_error(error, MG_ERROR, MG_ERROR_DENIED, "no request for mail %s is approved", receipt);
        return allowed > 0;
}

static gboolean do_lose(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return mg_requests_lose(db, doing->now, error);
}

gboolean mg_session_begin(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        Doing doing = {0};

        return write_and_say_done(store, sock, do_lose, &doing, error);
}

/*
 * A process that died before it heard an answer hands nothing over. Its role may have said so by now, and been told
 * that the request is not handed over: were it to be from here on, nobody would know of it. So it is the committer that
 * looks, which does one after the other: a role speaks, or a new one begins, when the process is gone.
 */
static gboolean do_hand_over(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        if (mg_packet_has_peer(doing->sock))
                return mg_request_hand_over(db, doing->number, doing->now, error);
        g_set_error(error, MG_ERROR, MG_ERROR_CLOSED,
                    "request %" G_GINT64_FORMAT " is not handed over: who claimed it is gone", doing->number);
        return FALSE;
}

static gboolean do_end(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return mg_request_end(db, doing->number, (MgOrderResult)doing->how, doing->text, doing->now, error);
}

static gboolean end(MgStore *store, gint64 number, MgOrderResult result, const char *text, GError **error) {
        Doing doing = {.number = number, .how = result, .text = text, .now = seconds_now()};

        return mg_committer_do(store->committer, do_end, &doing, error);
}

/* The approved request after that number, or NULL: with error, or where there is none. */
static MgRequest *next_request(MgStore *store, gint64 after, GError **error) {
        g_autoptr(sqlite3) db = look(store, error);
        gint64 number = db ? mg_request_next(db, after, seconds_now(), error) : -1;

        return number > 0 ? mg_request_load(db, number, error) : NULL;
}

static gboolean send_order(int sock, const MgRequest *request, const MgRecord *record) {
        const MgValue *subject = mg_reading_value(record->reading, MG_FIELD_SUBJECT);
        g_autoptr(GPtrArray) approvers = g_ptr_array_new();
        MgOrder order = {.number = request->number,
                         .receipt = request->receipt,
                         .organization = request->organization,
                         .size = record->size,
                         .from = record->envelope->from,
                         .subject = subject ? subject->text : (char *)"",
                         .time = record->envelope->time,
                         .scan = record->scan,
                         .made = request->made,
                         .requester = request->requester_name,
                         .approvers = approvers,
                         .parts = request->parts,
                         .addresses = request->addresses};
        g_auto(MgWriter) writer;

        for (guint i = 0; i < request->approvals->len; i++)
                g_ptr_array_add(approvers, ((MgApproval *)g_ptr_array_index(request->approvals, i))->name);
        memcpy(order.sha256, record->sha256, sizeof order.sha256);
        mg_writer_init(&writer);
        mg_order_put(&writer, &order);
        return mg_packet_send(sock, MG_REQUEST_CALL_ORDER, &writer, NULL, 0, NULL);
}

/* One whose row is gone would hold up all behind it. */
static gboolean give_up(MgStore *store, gint64 number, GError *fault, GError **error) {
        g_autoptr(GError) taken = fault;

        if (!g_error_matches(fault, MG_ERROR, MG_ERROR_STORE) && !g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING)) {
                g_propagate_error(error, g_steal_pointer(&taken));
                return FALSE;
        }
        mg_log(MG_LOG_ERROR, "request %" G_GINT64_FORMAT " cannot be released: %s", number, fault->message);
        return end(store, number, MG_ORDER_FAILED, "the row of the mail cannot be read", error);
}

gboolean mg_session_next(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        MgReader reader;
        gint64 after;

        mg_reader_init(&reader, request->record);
        after = mg_get_i64(&reader, "after");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        for (;;) {
                GError *fault = NULL;
                g_autoptr(GError) none = NULL;
                g_autoptr(MgRequest) next = next_request(store, after, &none);
                g_autoptr(MgRecord) record = next ? record_of(store, next->receipt, &fault) : NULL;

                if (none) {
                        g_propagate_error(error, g_steal_pointer(&none));
                        return FALSE;
                }
                if (!next)
                        return mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
                if (record)
                        return send_order(sock, next, record);
                if (!give_up(store, next->number, fault, error))
                        return FALSE;
                after = next->number;
        }
}

gboolean mg_session_claim(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        Doing doing = {.sock = sock};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        doing.number = mg_get_i64(&reader, "number");
        return mg_reader_end(&reader, error) && write_and_say_done(store, sock, do_hand_over, &doing, error);
}

gboolean mg_session_result(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *text = NULL;
        Doing doing = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        doing.number = mg_get_i64(&reader, "number");
        doing.how = mg_get_enum(&reader, _MG_ORDER_RESULT_N, "result");
        doing.text = text = mg_get_text(&reader, MG_REQUEST_TEXT_MAX, MG_CLASS_LINE, "text");
        return mg_reader_end(&reader, error) && write_and_say_done(store, sock, do_end, &doing, error);
}

static gboolean do_letter(sqlite3 *db, gpointer data, GError **error) {
        Doing *doing = data;

        return mg_letter_next(db, doing->seconds, doing->now, &doing->letter, error);
}

static gboolean send_letter(int sock, const MgLetter *letter) {
        g_auto(MgWriter) writer = {0};

        if (!letter)
                return mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
        mg_writer_init(&writer);
        mg_letter_put(&writer, letter);
        return mg_packet_send(sock, MG_REQUEST_CALL_LETTER, &writer, NULL, 0, NULL);
}

/* The role asks often; only where there is something is anything written. */
gboolean mg_session_letter(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        Doing doing = {.seconds = (gint64)atomic_load(&store->digest_seconds), .now = seconds_now()};
        g_autoptr(sqlite3) db = expire(store, error) ? look(store, error) : NULL;
        int due = db ? mg_letters_due(db, doing.seconds, doing.now, error) : -1;
        gboolean well = due == 0 || (due > 0 && mg_committer_do(store->committer, do_letter, &doing, error));

        well = well && send_letter(sock, doing.letter);
        mg_letter_free(doing.letter);
        return well;
}

static gboolean do_letter_end(sqlite3 *db, gpointer data, GError **error) {
        const Doing *doing = data;

        return mg_letter_end(db, doing->number, doing->how != 0, doing->now, error);
}

gboolean mg_session_letter_result(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        Doing doing = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        doing.number = mg_get_i64(&reader, "number");
        doing.how = mg_get_u8(&reader, "sent");
        return mg_reader_end(&reader, error) && write_and_say_done(store, sock, do_letter_end, &doing, error);
}
