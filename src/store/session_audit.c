/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail on its way out, and acts on their way in. Judges no entry: who asks does that, so that a store
 * which lies about its trail would have to forge it.
 */
#include "store/session_audit.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/text_call.h"
#include "store/audit.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

static gboolean add_act(sqlite3 *db, gpointer data, GError **error) {
        return mg_audit_add(db, data, error);
}

gboolean mg_session_act(MgStore *store, const MgActor *actor, const MgAct *act, GError **error) {
        MgAct now = *act;

        now.actor = actor->name;
        now.time = g_get_real_time() / G_USEC_PER_SEC;
        return mg_committer_do(store->committer, add_act, &now, error);
}

static char *receipt_of_text(const MgPacket *request) {
        g_auto(MgTextQuestion) question = {0};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_text_question_get(&reader, &question);
        return mg_reader_end(&reader, NULL) ? (char *)g_steal_pointer(&question.receipt) : NULL;
}

/* The receipt that a SHOW, GET or TEXT is about, or NULL. */
static char *receipt_in(const MgPacket *request) {
        g_autofree char *receipt = NULL;
        MgReader reader;

        if (request->kind == MG_TEXT_CALL)
                return receipt_of_text(request);
        if (request->kind != MG_STORE_SHOW && request->kind != MG_STORE_GET)
                return NULL;
        mg_reader_init(&reader, request->record);
        receipt = mg_get_text(&reader, 10, MG_CLASS_TOKEN, "receipt");
        return mg_reader_end(&reader, NULL) ? g_steal_pointer(&receipt) : NULL;
}

void mg_session_refused(MgStore *store, const MgActor *actor, const char *what, const MgPacket *request,
                        const GError *fault) {
        const gboolean denied = g_error_matches(fault, MG_ERROR, MG_ERROR_DENIED);
        g_autofree char *receipt = receipt_in(request);
        g_autoptr(GError) error = NULL;
        const MgAct act = {.kind = MG_ACT_REFUSED,
                           .words = {{"what", what},
                                     {"why", denied ? "denied" : "missing"},
                                     {receipt ? "receipt" : NULL, receipt}}};

        if (!denied && !g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING))
                return;
        if (!mg_session_act(store, actor, &act, &error))
                mg_log(MG_LOG_ERROR, "a refusal is not on record: %s", error->message);
}

/* Words of an act, each a keyed digest of what was asked for; the digests are owned by the array. */
static void add_asked(const MgStore *store, MgAct *act, GPtrArray *digests, const char *name, const char *text) {
        if (!text)
                return;
        g_assert(digests->len < MG_ACT_WORDS_MAX - 1);
        act->words[digests->len].name = name;
        act->words[digests->len].value = mg_audit_digest(store->audit_key, text);
        g_ptr_array_add(digests, (gpointer)act->words[digests->len].value);
}

gboolean mg_session_searched(MgStore *store, const MgActor *actor, const MgQuery *query, GError **error) {
        static const char *const words[MG_QUERY_WORDS_MAX] = {"word",   "word-2", "word-3", "word-4",
                                                              "word-5", "word-6", "word-7", "word-8"};
        g_autoptr(GPtrArray) digests = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *sha256 = query->sha256 ? mg_text_hex(query->sha256, MG_QUERY_DIGEST) : NULL;
        MgAct act = {.kind = MG_ACT_SEARCHED};

#define ADD_ASKED(field, withheld) add_asked(store, &act, digests, #field, query->field);
        MG_SEARCH_FIELDS(ADD_ASKED)
#undef ADD_ASKED
        for (guint i = 0; i < G_N_ELEMENTS(words) && query->words && query->words[i]; i++)
                add_asked(store, &act, digests, words[i], query->words[i]);
        add_asked(store, &act, digests, "sha256", sha256);
        add_asked(store, &act, digests, "queue-id", query->queue_id);
        if (query->receipt) {
                act.words[digests->len].name = "receipt";
                act.words[digests->len].value = query->receipt;
        }
        return mg_session_act(store, actor, &act, error);
}

/* What is written of a look into the trail: what was asked for, or how far. */
static gboolean put_on_record(MgStore *store, const MgActor *actor, const MgAuditQuery *query, const MgAuditSpan *span,
                              const char *about, GError **error) {
        g_autofree char *first = g_strdup_printf("%" G_GINT64_FORMAT, span->first);
        g_autofree char *last = g_strdup_printf("%" G_GINT64_FORMAT, span->last);
        MgAct act = {.kind = query->purpose, .words = {{"first", first}, {"last", last}}};
        const struct {
                const char *name, *value;
        } filters[] = {{"of", query->actor}, {"for", query->act}, {"receipt", query->receipt}, {"about", about}};
        guint n = 2;

        for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
                if (!filters[i].value)
                        continue;
                act.words[n].name = filters[i].name;
                act.words[n++].value = filters[i].value;
        }
        return mg_session_act(store, actor, &act, error);
}

static gboolean take_query(const MgPacket *request, MgAuditQuery *query, GError **error) {
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_audit_query_get(&reader, query);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        if (query->purpose >= MG_ACT_LISTED && query->purpose <= MG_ACT_ANCHORED)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "the trail is not asked for to \"%s\"",
                    mg_act_name(query->purpose));
        return FALSE;
}

static gboolean send_entries(int sock, GPtrArray *entries) {
        g_auto(MgWriter) writer;
        gboolean sent;

        mg_writer_init(&writer);
        mg_audit_entries_put(&writer, entries);
        sent = mg_packet_send(sock, MG_STORE_ENTRIES, &writer, NULL, 0, NULL);
        g_ptr_array_set_size(entries, 0);
        return sent;
}

/* What of the trail is sent: what was asked for, as far as who asks may see it. */
typedef struct Filter {
        const MgAuditQuery *query;
        char *about;
        const char *scope;  /* of who asks; NULL: all is seen */
        GHashTable *scoped; /* actors of that scope; where it is "" those of any other */
} Filter;

static void filter_clear(Filter *filter) {
        g_free(filter->about);
        g_clear_pointer(&filter->scoped, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filter, filter_clear)

/* Acts of a person are listed to who has that person's scope. A chain has no gaps: who verifies or exports it gets all
 * entries, in which persons are numbers. */
static gboolean read_scope(sqlite3 *db, const MgActor *actor, Filter *filter, GError **error) {
        g_autoptr(sqlite3_stmt) select =
                mg_sql_prepare(db, "SELECT 'p:' || number FROM person WHERE (scope = ?1) = (?1 != '')", error);
        int result = SQLITE_DONE;

        if (!select)
                return FALSE;
        filter->scope = actor->scope;
        filter->scoped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        mg_sql_bind_text(select, 1, actor->scope);
        while ((result = sqlite3_step(select)) == SQLITE_ROW)
                g_hash_table_add(filter->scoped, g_strdup((const char *)sqlite3_column_text(select, 0)));
        return result == SQLITE_DONE || mg_sql_fail(db, "read scopes", error);
}

/* One that cannot be read was altered, and is hidden from nobody. */
static gboolean is_in_scope(const Filter *filter, const MgEntry *entry) {
        g_auto(MgEntryFacts) facts = {0};

        if (!filter->scope || !mg_entry_read(entry, &facts))
                return TRUE;
        return g_hash_table_contains(filter->scoped, facts.actor) == (*filter->scope != '\0');
}

/* What came of one look: goes over to matching what is asked for; *at is the number of the last one. */
static void pick(const Filter *filter, GPtrArray *seen, GPtrArray *matching, gint64 *at) {
        for (guint i = 0; i < seen->len; i++) {
                MgEntry **entry = (MgEntry **)&g_ptr_array_index(seen, i);

                *at = (*entry)->number;
                if (mg_audit_matches(filter->query, filter->about, *entry) && is_in_scope(filter, *entry))
                        g_ptr_array_add(matching, g_steal_pointer(entry));
        }
        g_ptr_array_set_size(seen, 0);
}

/* FALSE with error, or without where the client went away. */
static gboolean send_matching(sqlite3 *db, int sock, const Filter *filter, const MgAuditSpan *span, GError **error) {
        g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);
        g_autoptr(GPtrArray) matching = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);
        const MgAuditQuery *query = filter->query;
        const gint64 end = query->newest_first ? span->first : span->last, step = query->newest_first ? -1 : 1;
        gint64 at = query->newest_first ? span->last : span->first;
        guint32 left = query->max > 0 ? query->max : G_MAXUINT32;

        if (span->first > span->last)
                return TRUE;
        for (;; at += step) {
                guint looked;

                if (!mg_audit_page(db, at, end, MG_AUDIT_PAGE, seen, error))
                        return FALSE;
                looked = seen->len;
                pick(filter, seen, matching, &at);
                g_ptr_array_set_size(matching, (gint)MIN(matching->len, left));
                left -= matching->len;
                if (matching->len > 0 && !send_entries(sock, matching))
                        return FALSE;
                if (looked < MG_AUDIT_PAGE || at == end || left == 0)
                        return TRUE;
        }
}

/* By a connection of its own: a long trail holds nobody up. */
gboolean mg_session_audit(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        g_auto(MgAuditQuery) query = {0};
        g_auto(Filter) filter = {.query = &query};
        g_auto(MgWriter) writer;
        MgAuditSpan span;

        mg_writer_init(&writer);
        if (!db || !take_query(request, &query, error) || !mg_audit_span(db, &query, &span, error))
                return FALSE;
        filter.about = query.about ? mg_audit_digest(store->audit_key, query.about) : NULL;
        if ((query.purpose == MG_ACT_LISTED && !read_scope(db, actor, &filter, error)) ||
            !put_on_record(store, actor, &query, &span, filter.about, error))
                return FALSE;
        mg_audit_span_put(&writer, &span);
        return mg_packet_send(sock, MG_STORE_TRAIL, &writer, NULL, 0, NULL) &&
               send_matching(db, sock, &filter, &span, error) &&
               mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}
