/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's requests, seen from the side that asks. One connection a request; no request is repeated here: whether a
 * mail is tried again is its sender's business. Keeps nothing and opens no file of the store.
 */
#include "base/store_client.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/reading.h"
#include "base/receipt.h"

#define QUERY_TEXT_MAX 4096
#define FAULT_TEXT_MAX 4096

void mg_query_put(MgWriter *writer, const MgQuery *query) {
        mg_put_text(writer, query->from);
        mg_put_text(writer, query->to);
        mg_put_text(writer, query->queue_id);
        mg_put_i64(writer, query->since);
        mg_put_u8(writer, query->kept_only ? 1 : 0);
        mg_put_u32(writer, query->max);
}

/* "" on the wire is "not asked for": no address and no queue id is empty where it could be searched by a part of it. */
static const char *query_text(MgReader *reader, const char *field) {
        char *text = mg_get_text(reader, QUERY_TEXT_MAX, MG_CLASS_LINE, field);

        if (*text)
                return text;
        g_free(text);
        return NULL;
}

void mg_query_get(MgReader *reader, MgQuery *query) {
        query->from = query_text(reader, "query.from");
        query->to = query_text(reader, "query.to");
        query->queue_id = query_text(reader, "query.queue_id");
        query->since = mg_get_i64(reader, "query.since");
        query->kept_only = mg_get_u8(reader, "query.kept_only") != 0;
        query->max = mg_get_u32(reader, "query.max");
        query->max = query->max == 0 ? MG_QUERY_ROWS : MIN(query->max, MG_QUERY_ROWS_MAX);
}

void mg_query_clear(MgQuery *query) {
        g_free((char *)query->from);
        g_free((char *)query->to);
        g_free((char *)query->queue_id);
        *query = (MgQuery){0};
}

/* Turns a FAULT into the error that the store had. */
static void take_fault(const MgPacket *packet, GError **error) {
        MgReader reader;
        g_autofree char *text = NULL;
        guint32 code;

        mg_reader_init(&reader, packet->record);
        code = mg_get_enum(&reader, MG_ERROR_DENIED + 1, "fault.code");
        text = mg_get_text(&reader, FAULT_TEXT_MAX, MG_CLASS_LINE, "fault.text");
        if (mg_reader_end(&reader, error))
                g_set_error(error, MG_ERROR, (int)code, "store: %s", text);
}

/* Waits for an answer of this kind (or, where other is not 0, of that one). */
static gboolean receive(int sock, int timeout_ms, guint32 kind, guint32 other, MgPacket *packet, GError **error) {
        if (!mg_packet_receive(sock, timeout_ms, packet, error)) {
                g_prefix_error(error, "store: ");
                return FALSE;
        }
        if (packet->kind == kind || (other != 0 && packet->kind == other))
                return TRUE;
        if (packet->kind == MG_STORE_FAULT)
                take_fault(packet, error);
        else
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: answered %u where %u was due", packet->kind,
                            kind);
        return FALSE;
}

/* Connects and sends the request. The connection, or -1. */
static int ask(const char *socket_path, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds,
               GError **error) {
        mg_autofd sock = mg_packet_connect(socket_path, error);

        if (sock < 0 || !mg_packet_send(sock, kind, writer, fds, n_fds, error)) {
                g_prefix_error(error, "store: ");
                return -1;
        }
        return mg_fd_steal(&sock);
}

gboolean mg_store_begin(const char *socket_path, const MgEnvelope *envelope, int original, int *sock, char **receipt,
                        GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autofree char *given = NULL, *read = NULL;
        mg_autofd connection = -1;
        MgReader reader;

        *sock = -1;
        *receipt = NULL;
        mg_writer_init(&writer);
        mg_envelope_put(&writer, envelope);
        connection = ask(socket_path, MG_STORE_BEGIN, &writer, &original, 1, error);
        if (connection < 0 || !receive(connection, MG_STORE_RECEIPT_MS, MG_STORE_RECEIPT, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        given = mg_get_text(&reader, 10, MG_CLASS_TOKEN, "receipt");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        read = mg_receipt_read(given, error);
        if (!read)
                return FALSE;
        *receipt = g_steal_pointer(&read);
        *sock = mg_fd_steal(&connection);
        return TRUE;
}

gboolean mg_store_commit(int sock, const MgRecord *record, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        if (!mg_packet_send(sock, MG_STORE_COMMIT, &writer, NULL, 0, error)) {
                g_prefix_error(error, "store: ");
                return FALSE;
        }
        return receive(sock, MG_STORE_COMMIT_MS, MG_STORE_DONE, 0, &packet, error);
}

gboolean mg_store_event(const char *socket_path, const MgRecord *record, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        sock = ask(socket_path, MG_STORE_EVENT, &writer, NULL, 0, error);
        return sock >= 0 && receive(sock, -1, MG_STORE_DONE, 0, &packet, error);
}

static MgRecord *take_record(const MgPacket *packet, GError **error) {
        g_autoptr(MgRecord) record = NULL;
        MgReader reader;

        mg_reader_init_kept(&reader, packet->record);
        record = mg_record_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&record) : NULL;
}

gboolean mg_store_query(const char *socket_path, const MgQuery *query, MgRecordFunc func, gpointer data,
                        GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_query_put(&writer, query);
        sock = ask(socket_path, MG_STORE_QUERY, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        for (guint32 rows = 0; rows <= MG_QUERY_ROWS_MAX; rows++) {
                g_autoptr(MgRecord) record = NULL;

                if (!receive(sock, MG_STORE_RECEIPT_MS, MG_STORE_RECORD, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return TRUE;
                record = take_record(&packet, error);
                if (!record)
                        return FALSE;
                if (!func(record, data))
                        return TRUE;
        }
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: more than %d rows", MG_QUERY_ROWS_MAX);
        return FALSE;
}

/* Asks by receipt; the answer is in *packet. */
static gboolean ask_receipt(const char *socket_path, guint32 kind, const char *receipt, guint32 answer, guint32 other,
                            MgPacket *packet, GError **error) {
        g_auto(MgWriter) writer;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_put_text(&writer, receipt);
        sock = ask(socket_path, kind, &writer, NULL, 0, error);
        return sock >= 0 && receive(sock, MG_STORE_RECEIPT_MS, answer, other, packet, error);
}

MgRecord *mg_store_show(const char *socket_path, const char *receipt, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (!ask_receipt(socket_path, MG_STORE_SHOW, receipt, MG_STORE_RECORD, 0, &packet, error))
                return NULL;
        return take_record(&packet, error);
}

int mg_store_get(const char *socket_path, const char *receipt, gboolean *sealed, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (!ask_receipt(socket_path, MG_STORE_GET, receipt, MG_STORE_ORIGINAL, MG_STORE_SEALED, &packet, error))
                return -1;
        *sealed = packet.kind == MG_STORE_SEALED;
        if (packet.n_fds != 1 || !mg_fd_is_sealed(packet.fds[0])) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: the answer has no sealed original");
                return -1;
        }
        return mg_fd_steal(&packet.fds[0]);
}
