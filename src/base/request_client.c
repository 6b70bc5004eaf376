/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's requests about requests, seen from the side that asks. Whether one is asked again is its
 * caller's business.
 */
#include "base/request_client.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/store_call.h"
#include "base/store_client.h"

/* Of what Postfix said: at most four octets each. */
#define RESULT_CHARS (MG_REQUEST_TEXT_MAX / 4)

void mg_request_query_put(MgWriter *writer, const MgRequestQuery *query) {
        mg_put_i64(writer, query->number);
        mg_put_u32(writer, query->state);
        mg_put_u8(writer, query->mine ? 1 : 0);
        mg_put_i64(writer, query->before);
        mg_put_u32(writer, query->max);
}

void mg_request_query_get(MgReader *reader, MgRequestQuery *query) {
        query->number = mg_get_i64(reader, "query.number");
        query->state = mg_get_enum(reader, MG_REQUEST_ANY_STATE + 1, "query.state");
        query->mine = mg_get_u8(reader, "query.mine") != 0;
        query->before = mg_get_i64(reader, "query.before");
        query->max = mg_get_u32(reader, "query.max");
        query->max = CLAMP(query->max, 1, MG_REQUESTS_MAX);
}

/* Asks and waits for one answer, which is in *packet. */
static gboolean call(const MgAsker *asker, guint32 kind, const MgWriter *writer, guint32 answer, guint32 other,
                     MgPacket *packet, GError **error) {
        mg_autofd sock = mg_store_ask(asker, kind, writer, NULL, 0, error);

        return sock >= 0 && mg_store_answer(sock, MG_STORE_COMMIT_MS, answer, other, packet, error);
}

static gboolean tell(const MgAsker *asker, guint32 kind, const MgWriter *writer, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        return call(asker, kind, writer, MG_STORE_DONE, 0, &packet, error);
}

gboolean mg_request_make(const MgAsker *asker, const MgRequest *request, gint64 *number, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgReader reader;

        mg_writer_init(&writer);
        mg_request_put(&writer, request);
        if (!call(asker, MG_REQUEST_CALL_REQUEST, &writer, MG_REQUEST_CALL_NUMBER, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        *number = mg_get_i64(&reader, "number");
        return mg_reader_end(&reader, error);
}

static MgRequest *take_request(const MgPacket *packet, GError **error) {
        g_autoptr(MgRequest) request = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        request = mg_request_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&request) : NULL;
}

gboolean mg_request_list(const MgAsker *asker, const MgRequestQuery *query, MgRequestFunc func, gpointer data,
                         GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_request_query_put(&writer, query);
        sock = mg_store_ask(asker, MG_REQUEST_CALL_REQUESTS, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        for (guint32 rows = 0; rows <= MG_REQUESTS_MAX; rows++) {
                g_autoptr(MgRequest) request = NULL;

                if (!mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_REQUEST_CALL_ROW, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return TRUE;
                request = take_request(&packet, error);
                if (!request)
                        return FALSE;
                if (!func(request, data))
                        return TRUE;
        }
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: more than %d requests", MG_REQUESTS_MAX);
        return FALSE;
}

gboolean mg_request_waiting(const MgAsker *asker, MgRequestWaiting *waiting, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = mg_store_ask(asker, MG_REQUEST_CALL_WAITING, NULL, NULL, 0, error);
        MgReader reader;

        if (sock < 0 || !mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_REQUEST_CALL_WAITING, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        waiting->others = mg_get_i64(&reader, "others");
        waiting->oldest = mg_get_i64(&reader, "oldest");
        waiting->mine = mg_get_i64(&reader, "mine");
        return mg_reader_end(&reader, error);
}

gboolean mg_request_decide(const MgAsker *asker, MgDecide decide, gint64 number, const char *reason, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        mg_put_text(&writer, reason);
        return tell(asker, decide, &writer, error);
}

gboolean mg_request_settle(const MgAsker *asker, gint64 number, MgSettle how, const char *reason, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        mg_put_u32(&writer, how);
        mg_put_text(&writer, reason);
        return tell(asker, MG_REQUEST_CALL_SETTLE, &writer, error);
}

gboolean mg_order_begin(const MgAsker *asker, GError **error) {
        return tell(asker, MG_REQUEST_CALL_BEGIN, NULL, error);
}

gboolean mg_order_next(const MgAsker *asker, gint64 after, MgOrder **order, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(MgOrder) taken = NULL;
        MgReader reader;

        *order = NULL;
        mg_writer_init(&writer);
        mg_put_i64(&writer, after);
        if (!call(asker, MG_REQUEST_CALL_NEXT, &writer, MG_REQUEST_CALL_ORDER, MG_STORE_END, &packet, error))
                return FALSE;
        if (packet.kind == MG_STORE_END)
                return TRUE;
        mg_reader_init(&reader, packet.record);
        taken = mg_order_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        *order = g_steal_pointer(&taken);
        return TRUE;
}

gboolean mg_order_claim(const MgAsker *asker, gint64 number, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        return tell(asker, MG_REQUEST_CALL_CLAIM, &writer, error);
}

gboolean mg_order_result(const MgAsker *asker, gint64 number, MgOrderResult result, const char *text, GError **error) {
        g_autofree char *line = mg_text_clean(text, strlen(text), MG_CLASS_LINE, RESULT_CHARS, NULL);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        mg_put_u32(&writer, result);
        mg_put_text(&writer, line);
        return tell(asker, MG_REQUEST_CALL_RESULT, &writer, error);
}

gboolean mg_letter_claim(const MgAsker *asker, MgLetter **letter, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(MgLetter) taken = NULL;
        MgReader reader;

        *letter = NULL;
        if (!call(asker, MG_REQUEST_CALL_LETTER_CLAIM, NULL, MG_REQUEST_CALL_LETTER, MG_STORE_END, &packet, error))
                return FALSE;
        if (packet.kind == MG_STORE_END)
                return TRUE;
        mg_reader_init(&reader, packet.record);
        taken = mg_letter_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        *letter = g_steal_pointer(&taken);
        return TRUE;
}

gboolean mg_letter_result(const MgAsker *asker, gint64 number, gboolean sent, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        mg_put_u8(&writer, sent ? 1 : 0);
        return tell(asker, MG_REQUEST_CALL_LETTER_RESULT, &writer, error);
}
