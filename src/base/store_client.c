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
#include "base/store_call.h"

static void words_put(MgWriter *writer, const char *const *words) {
        guint32 n = words ? g_strv_length((char **)words) : 0;

        mg_put_u32(writer, n);
        for (guint32 i = 0; i < n; i++)
                mg_put_text(writer, words[i]);
}

void mg_query_put(MgWriter *writer, const MgQuery *query) {
#define QUERY_PUT(field, withheld) mg_put_text(writer, query->field);
        MG_SEARCH_FIELDS(QUERY_PUT)
#undef QUERY_PUT
        words_put(writer, query->words);
        mg_put_text(writer, query->queue_id);
        mg_put_text(writer, query->receipt);
        mg_put_bytes(writer, query->sha256, query->sha256 ? MG_QUERY_DIGEST : 0);
        mg_put_i64(writer, query->since);
        mg_put_i64(writer, query->until);
        mg_put_u32(writer, query->outcomes);
        mg_put_u32(writer, query->scans);
        mg_put_u8(writer, query->kept_only ? 1 : 0);
        mg_put_u32(writer, query->max);
}

/* "" on the wire is "not asked for": no address and no queue id is empty where it could be searched by a part of it. */
static char *query_text(MgReader *reader, const char *field) {
        char *text = mg_get_text(reader, MG_QUERY_TEXT_MAX, MG_CLASS_LINE, field);

        if (*text)
                return text;
        g_free(text);
        return NULL;
}

static const char *const *words_get(MgReader *reader) {
        guint32 n = mg_get_count(reader, MG_QUERY_WORDS_MAX, "query.words");
        char **words = g_new0(char *, n + 1);

        for (guint32 i = 0; i < n; i++) {
                words[i] = query_text(reader, "query.words");
                if (!words[i]) {
                        mg_reader_fail(reader, "query.words", "has an empty word");
                        break;
                }
        }
        return (const char *const *)words;
}

static const char *receipt_get(MgReader *reader) {
        g_autofree char *text = query_text(reader, "query.receipt");
        g_autofree char *receipt = text ? mg_receipt_read(text, NULL) : NULL;

        if (text && g_strcmp0(text, receipt) != 0)
                mg_reader_fail(reader, "query.receipt", "is no receipt number");
        return g_steal_pointer(&receipt);
}

static const guint8 *digest_get(MgReader *reader) {
        gsize n;
        const guint8 *octets = mg_get_bytes(reader, MG_QUERY_DIGEST, &n, "query.sha256");

        if (n != 0 && n != MG_QUERY_DIGEST)
                mg_reader_fail(reader, "query.sha256", "is no digest");
        return n == MG_QUERY_DIGEST ? g_memdup2(octets, n) : NULL;
}

void mg_query_get(MgReader *reader, MgQuery *query) {
#define QUERY_GET(field, withheld) query->field = query_text(reader, "query." #field);
        MG_SEARCH_FIELDS(QUERY_GET)
#undef QUERY_GET
        query->words = words_get(reader);
        query->queue_id = query_text(reader, "query.queue_id");
        query->receipt = receipt_get(reader);
        query->sha256 = digest_get(reader);
        query->since = mg_get_i64(reader, "query.since");
        query->until = mg_get_i64(reader, "query.until");
        query->outcomes = mg_get_u32(reader, "query.outcomes");
        query->scans = mg_get_u32(reader, "query.scans");
        query->kept_only = mg_get_u8(reader, "query.kept_only") != 0;
        query->max = mg_get_u32(reader, "query.max");
        query->max = query->max == 0 ? MG_QUERY_ROWS : MIN(query->max, MG_QUERY_ROWS_MAX);
}

void mg_query_clear(MgQuery *query) {
#define QUERY_FREE(field, withheld) g_free((char *)query->field);
        MG_SEARCH_FIELDS(QUERY_FREE)
#undef QUERY_FREE
        g_strfreev((char **)query->words);
        g_free((char *)query->queue_id);
        g_free((char *)query->receipt);
        g_free((guint8 *)query->sha256);
        *query = (MgQuery){0};
}

gboolean mg_store_admit(const char *socket_path, const char *address, guint64 size, char **reason, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autofree char *said = NULL;
        mg_autofd connection = -1;
        MgReader reader;

        *reason = NULL;
        mg_writer_init(&writer);
        mg_put_text(&writer, address);
        mg_put_u64(&writer, size);
        connection = mg_store_ask(&(MgAsker){.socket_path = socket_path}, MG_STORE_ADMIT, &writer, NULL, 0, error);
        if (connection < 0 || !mg_store_answer(connection, MG_STORE_ADMIT_MS, MG_STORE_ADMITTED, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        said = mg_get_text(&reader, MG_STORE_REASON_MAX, MG_CLASS_LINE, "reason");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        if (*said)
                *reason = g_steal_pointer(&said);
        return TRUE;
}

gboolean mg_store_begin(const char *socket_path, const MgEnvelope *envelope, int original, int *sock, char **receipt,
                        guint8 sha256[32], GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autofree char *given = NULL, *read = NULL;
        guint8 digest[32];
        mg_autofd connection = -1;
        MgReader reader;

        *sock = -1;
        *receipt = NULL;
        mg_writer_init(&writer);
        mg_envelope_put(&writer, envelope);
        connection = mg_store_ask(&(MgAsker){.socket_path = socket_path}, MG_STORE_BEGIN, &writer, &original, 1, error);
        if (connection < 0 || !mg_store_answer(connection, MG_STORE_RECEIPT_MS, MG_STORE_RECEIPT, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        given = mg_get_text(&reader, 10, MG_CLASS_TOKEN, "receipt");
        mg_get_raw(&reader, digest, sizeof digest, "sha256");
        if (!mg_reader_end(&reader, error))
                return FALSE;
        read = mg_receipt_read(given, error);
        if (!read)
                return FALSE;
        *receipt = g_steal_pointer(&read);
        if (sha256)
                memcpy(sha256, digest, sizeof digest);
        *sock = mg_fd_steal(&connection);
        return TRUE;
}

gboolean mg_store_commit(int sock, const MgRecord *record, guint wait_ms, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        if (!mg_packet_send(sock, MG_STORE_COMMIT, &writer, NULL, 0, error)) {
                g_prefix_error(error, "store: ");
                return FALSE;
        }
        return mg_store_answer(sock, (int)MIN(wait_ms, G_MAXINT), MG_STORE_DONE, 0, &packet, error);
}

gboolean mg_store_event(const char *socket_path, const MgRecord *record, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        sock = mg_store_ask(&(MgAsker){.socket_path = socket_path}, MG_STORE_EVENT, &writer, NULL, 0, error);
        return sock >= 0 && mg_store_answer(sock, -1, MG_STORE_DONE, 0, &packet, error);
}

static MgRecord *take_record(const MgPacket *packet, GError **error) {
        g_autoptr(MgRecord) record = NULL;
        MgReader reader;

        mg_reader_init_kept(&reader, packet->record);
        record = mg_record_get(&reader);
        record->withheld = mg_get_u32(&reader, "withheld");
        return mg_reader_end(&reader, error) ? g_steal_pointer(&record) : NULL;
}

/* The end of an answer: how many rows were left out of it. */
static gboolean take_end(const MgPacket *packet, guint32 *unreadable, GError **error) {
        MgReader reader;
        guint32 n;

        mg_reader_init(&reader, packet->record);
        n = mg_get_u32(&reader, "unreadable");
        if (unreadable)
                *unreadable = n;
        return mg_reader_end(&reader, error);
}

gboolean mg_store_query(const MgAsker *asker, const MgQuery *query, MgRecordFunc func, gpointer data,
                        guint32 *unreadable, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_query_put(&writer, query);
        sock = mg_store_ask(asker, MG_STORE_QUERY, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        for (guint32 rows = 0; rows <= MG_QUERY_ROWS_MAX; rows++) {
                g_autoptr(MgRecord) record = NULL;

                if (!mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_STORE_RECORD, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return take_end(&packet, unreadable, error);
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
static gboolean ask_receipt(const MgAsker *asker, guint32 kind, const char *receipt, guint32 answer, guint32 other,
                            MgPacket *packet, GError **error) {
        g_auto(MgWriter) writer;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_put_text(&writer, receipt);
        sock = mg_store_ask(asker, kind, &writer, NULL, 0, error);
        return sock >= 0 && mg_store_answer(sock, MG_STORE_RECEIPT_MS, answer, other, packet, error);
}

MgRecord *mg_store_show(const MgAsker *asker, const char *receipt, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (!ask_receipt(asker, MG_STORE_SHOW, receipt, MG_STORE_RECORD, 0, &packet, error))
                return NULL;
        return take_record(&packet, error);
}

int mg_store_get(const MgAsker *asker, const char *receipt, gboolean *sealed, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        if (!ask_receipt(asker, MG_STORE_GET, receipt, MG_STORE_ORIGINAL, MG_STORE_SEALED, &packet, error))
                return -1;
        *sealed = packet.kind == MG_STORE_SEALED;
        if (packet.n_fds != 1 || !mg_fd_is_sealed(packet.fds[0])) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: the answer has no sealed original");
                return -1;
        }
        return mg_fd_steal(&packet.fds[0]);
}
