/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection, one request. Checks what it is given (the descriptor is sealed, the record decodes) and leaves every
 * decision about durability to keeper and committer. Whoever can open the socket may ask: the socket file's mode is the
 * only border here.
 */
#include "store/session.h"

#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/reading.h"

/* Rows that one look into the index takes; between two looks others have their turn. */
#define PAGE_ROWS 64
#define FAULT_CHARS 1000
/* A row without parts, its index entries and its share of the log. */
#define EVENT_OCTETS 8192

static void send_fault(MgStore *store, int sock, const GError *fault) {
        g_auto(MgWriter) writer;
        g_autofree char *text = mg_text_clean(fault->message, strlen(fault->message), MG_CLASS_LINE, FAULT_CHARS, NULL);
        guint32 code = fault->domain == MG_ERROR ? (guint32)fault->code : MG_ERROR_SYSTEM;

        mg_meter_add(&store->meter->faults, 1);
        mg_writer_init(&writer);
        mg_put_u32(&writer, code);
        mg_put_text(&writer, text);
        mg_packet_send(sock, MG_STORE_FAULT, &writer, NULL, 0, NULL);
}

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

static gboolean send_receipt(int sock, const char *receipt) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_text(&writer, receipt);
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
        return mg_committer_put(store->committer, record, kept, error);
}

/* The one of this moment, which another configuration may replace. The caller unrefs. */
static MgSeal *current_seal(MgStore *store) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&store->seal_mutex);

        return mg_seal_ref(store->seal);
}

static void write_object(MgStore *store, MgKept *kept, GBytes *content) {
        g_autoptr(MgSeal) seal = current_seal(store);
        GError *fault = NULL;

        mg_objects_write(store->objects, kept->receipt, content, atomic_load(&store->level), seal, &fault);
        if (fault)
                mg_log(MG_LOG_ERROR, "%s: original not kept: %s", kept->receipt, fault->message);
        mg_keeper_written(store->keeper, kept, fault);
}

static gboolean answer_begin(MgStore *store, int sock, MgPacket *request, GError **error) {
        g_autoptr(GBytes) content = NULL;
        g_autoptr(MgEnvelope) envelope = NULL;
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
        kept = mg_keeper_begin(store->keeper, envelope, content, atomic_load(&store->node),
                               atomic_load(&store->reserve), &mine, error);
        if (!kept)
                return FALSE;
        mg_committer_expect(store->committer);
        /* A client that is gone is seen when its COMMIT does not come; sharers may wait for the object, so it is
         * written. */
        send_receipt(sock, kept->receipt);
        if (mine)
                write_object(store, kept, content);
        g_clear_pointer(&content, g_bytes_unref);
        done = keep(store, sock, kept, &envelope, error);
        /* Before DONE: what is answered is over here as well, and a mail that comes again finds the row. */
        mg_keeper_leave(store->keeper, kept);
        return done && mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

static gboolean answer_event(MgStore *store, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = take_record(request, error);

        if (!record)
                return FALSE;
        /* Rows of mail that was not taken may not fill what is kept free, either. */
        if (!mg_objects_room(store->objects, EVENT_OCTETS, atomic_load(&store->reserve), error))
                return FALSE;
        /* An event has no original: a receipt would point to nothing. */
        g_free(record->receipt);
        record->receipt = g_strdup("");
        return mg_committer_put(store->committer, record, NULL, error) &&
               mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

static gboolean send_bytes(int sock, guint32 kind, GBytes *record) {
        gsize n;
        gconstpointer data = g_bytes_get_data(record, &n);
        MgWriter writer = {g_byte_array_new()};
        gboolean sent;

        g_byte_array_append(writer.bytes, data, (guint)n);
        sent = mg_packet_send(sock, kind, &writer, NULL, 0, NULL);
        mg_writer_clear(&writer);
        return sent;
}

/* One page of rows; FALSE with error, or without where the client went away. */
static gboolean send_page(MgStore *store, int sock, const MgQuery *query, MgCursor *cursor, guint n, guint *sent,
                          GError **error) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        gboolean well;

        g_mutex_lock(&store->lookup_mutex);
        well = mg_lookup_search(store->lookup, query, cursor, n, rows, error);
        g_mutex_unlock(&store->lookup_mutex);
        for (*sent = 0; well && *sent < rows->len; (*sent)++)
                well = send_bytes(sock, MG_STORE_RECORD, g_ptr_array_index(rows, *sent));
        return well;
}

static gboolean answer_query(MgStore *store, int sock, MgPacket *request, GError **error) {
        g_auto(MgQuery) query = {0};
        MgCursor cursor = MG_CURSOR_INIT;
        MgReader reader;

        mg_reader_init(&reader, request->record);
        mg_query_get(&reader, &query);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        for (guint left = query.max, page, sent; left > 0; left -= sent) {
                page = MIN(left, PAGE_ROWS);
                if (!send_page(store, sock, &query, &cursor, page, &sent, error))
                        return FALSE;
                if (sent < page)
                        break;
        }
        return mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
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

static gboolean answer_show(MgStore *store, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = asked_record(store, request, error);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        if (!record)
                return FALSE;
        mg_record_put(&writer, record);
        return mg_packet_send(sock, MG_STORE_RECORD, &writer, NULL, 0, NULL);
}

static gboolean answer_get(MgStore *store, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgRecord) record = asked_record(store, request, error);
        mg_autofd original = -1;
        gboolean sealed;

        if (!record)
                return FALSE;
        original = mg_objects_read(store->objects, record->receipt, record->size, record->sha256, &sealed, error);
        return original >= 0 &&
               mg_packet_send(sock, sealed ? MG_STORE_SEALED : MG_STORE_ORIGINAL, NULL, &original, 1, NULL);
}

static const struct {
        guint32 kind;
        const char *name;
        gboolean (*answer)(MgStore *store, int sock, MgPacket *request, GError **error);
} requests[] = {
        {MG_STORE_BEGIN, "begin", answer_begin}, {MG_STORE_EVENT, "event", answer_event},
        {MG_STORE_QUERY, "query", answer_query}, {MG_STORE_SHOW, "show", answer_show},
        {MG_STORE_GET, "get", answer_get},
};

void mg_session_run(MgStore *store, int sock) {
        g_auto(MgPacket) request = MG_PACKET_INIT;
        const struct timeval patience = {.tv_sec = MG_STORE_SEND_S};

        setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (!mg_packet_receive(sock, MG_STORE_REQUEST_MS, &request, NULL))
                return;
        for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
                g_autoptr(GError) fault = NULL;

                if (requests[i].kind != request.kind)
                        continue;
                if (requests[i].answer(store, sock, &request, &fault) || !fault)
                        return;
                if (!g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING))
                        mg_log(MG_LOG_WARNING, "%s: %s", requests[i].name, fault->message);
                send_fault(store, sock, fault);
                return;
        }
        mg_log(MG_LOG_WARNING, "request %u is none", request.kind);
}
