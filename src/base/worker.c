/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for a Reading. Does not fork and does not confine: that is the sanitize role's work.
 */
#include "base/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/reading.h"

/* A worker that ended is gone within this time; its mappings with it (trap 21). */
#define SEAL_WAIT_MS 2000
/* Beside texts that have a bound of their own: ids, counts, digests of one value, hop or part. */
#define ROW_OCTETS 2048
/* One range on the wire, and one host of a link. */
#define RANGE_OCTETS 20
#define HOST_OCTETS 259
/* No octet of a header becomes more than three of a value, and no two values have it but those of a field that is said
 * twice. */
#define HEADER_FACTOR 6

void mg_work_order_put(MgWriter *writer, const MgWorkOrder *order) {
        mg_limits_put(writer, &order->limits);
        mg_put_u32(writer, order->deadline_ms);
        mg_put_u64(writer, order->memory);
        mg_put_u32(writer, order->want);
        mg_put_u64(writer, order->part_size);
        mg_put_raw(writer, order->part_sha256, sizeof order->part_sha256);
        mg_put_text(writer, order->charset);
}

void mg_work_order_get(MgReader *reader, MgWorkOrder *order) {
        g_autofree char *charset = NULL;

        mg_limits_get(reader, &order->limits);
        order->deadline_ms = mg_get_u32(reader, "order.deadline");
        order->memory = mg_get_u64(reader, "order.memory");
        order->want = mg_get_enum(reader, _MG_WORK_WANT_N, "order.want");
        order->part_size = mg_get_u64(reader, "order.part_size");
        mg_get_raw(reader, order->part_sha256, sizeof order->part_sha256, "order.part_sha256");
        charset = mg_get_text(reader, MG_WORK_CHARSET_MAX, MG_CLASS_HOST, "order.charset");
        g_strlcpy(order->charset, charset, sizeof order->charset);
        if (order->part_size > order->limits.mail_size)
                mg_reader_fail(reader, "order.part_size", "is larger than a mail");
}

void mg_work_clear(MgWork *work) {
        mg_fd_close(&work->sock);
        mg_fd_close(&work->result);
}

/* Generous: memory is taken only where it is written. */
static guint64 reading_size(const MgLimits *limits) {
        guint64 rows = limits->addresses * 7 + limits->references * 2 + limits->hops + limits->parts +
                       limits->archive_listed + 64;
        guint64 ranges = limits->ranges * RANGE_OCTETS;
        guint64 names = limits->name_chars * 4 * (limits->parts * (1 + MG_FACTS_NAMES_MAX) + limits->archive_listed);

        return sizeof(guint64) + limits->body + rows * ROW_OCTETS + ranges + names +
               limits->header_bytes * HEADER_FACTOR + limits->text_chars * 4 * 64 + limits->link_hosts * HOST_OCTETS;
}

guint64 mg_work_result_size(const MgWorkOrder *order) {
        return order->want == MG_WORK_WANT_PART ? order->part_size : reading_size(&order->limits);
}

/* A memfd of fixed size: the worker can fill it and do nothing else to it. It takes memory only where it is written. */
static int make_result(const MgWorkOrder *order, GError **error) {
        mg_autofd result = mg_fd_memory("mugai-reading", error);

        if (result < 0)
                return -1;
        if (ftruncate(result, (off_t)mg_work_result_size(order)) < 0) {
                mg_error_system(error, "no room for a reading");
                return -1;
        }
        return mg_fd_seal_size(result, error) ? mg_fd_steal(&result) : -1;
}

gboolean mg_work_begin(MgWork *work, const char *socket_path, const MgWorkOrder *order, int original, GError **error) {
        g_auto(MgWriter) writer = {0};
        struct stat status;
        int fds[2];

        mg_work_clear(work);
        if (fstat(original, &status) < 0) {
                mg_error_system(error, "no original to read");
                return FALSE;
        }
        work->size = (guint64)status.st_size;
        work->result = make_result(order, error);
        if (work->result < 0)
                return FALSE;
        work->sock = mg_packet_connect(socket_path, error);
        if (work->sock < 0)
                return FALSE;
        mg_writer_init(&writer);
        mg_work_order_put(&writer, order);
        fds[0] = original;
        fds[1] = work->result;
        return mg_packet_send(work->sock, MG_WORK_READ, &writer, fds, 2, error);
}

static gboolean put_at(int fd, const void *data, gsize n, off_t offset) {
        const char *at = data;

        while (n > 0) {
                ssize_t done = pwrite(fd, at, n, offset);

                if (done <= 0)
                        return FALSE;
                at += done;
                offset += done;
                n -= (gsize)done;
        }
        return TRUE;
}

gboolean mg_work_answer(int result, const MgReading *reading) {
        g_auto(MgWriter) writer = {0};
        guint64 length;

        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        length = GUINT64_TO_LE((guint64)writer.bytes->len);
        return put_at(result, &length, sizeof length, 0) &&
               put_at(result, writer.bytes->data, writer.bytes->len, sizeof length);
}

gboolean mg_work_answer_part(int result, GBytes *content) {
        gsize n;
        gconstpointer data = g_bytes_get_data(content, &n);

        return put_at(result, data, n, 0);
}

static MgReading *failed(MgFailure failure) {
        MgReading *reading = mg_reading_new();

        reading->failure = failure;
        return reading;
}

/* The sealed result -> Reading; NULL with error where the answer is not one. */
static MgReading *decode(int result, guint64 size, const MgLimits *limits, GError **error) {
        g_autoptr(GBytes) all = mg_fd_map(result, 0, reading_size(limits), error);
        g_autoptr(GBytes) record = NULL;
        g_autoptr(MgReading) reading = NULL;
        MgReader reader;
        guint64 length;
        gsize n;

        if (!all)
                return NULL;
        memcpy(&length, g_bytes_get_data(all, &n), sizeof length);
        length = GUINT64_FROM_LE(length);
        if (length == 0 || length > n - sizeof length) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "an answer of %" G_GUINT64_FORMAT " octets", length);
                return NULL;
        }
        record = g_bytes_new_from_bytes(all, sizeof length, length);
        mg_reader_init(&reader, record);
        reading = mg_reading_get(&reader, limits);
        if (reading->failure == MG_FAILURE_NONE && mg_reading_accounted(reading) != size)
                mg_reader_fail(&reader, "ranges", "do not add up to the size of the original");
        return mg_reader_end(&reader, error) ? g_steal_pointer(&reading) : NULL;
}

/* How the worker ended, or _MG_WORK_END_N with error where nobody can say. */
static MgWorkEnd wait_end(MgWork *work, guint wait_ms, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgReader reader;
        MgWorkEnd end;

        if (!mg_packet_receive(work->sock, (int)MIN(wait_ms, G_MAXINT), &packet, error))
                return _MG_WORK_END_N;
        mg_reader_init(&reader, packet.record);
        end = mg_get_enum(&reader, _MG_WORK_END_N, "end");
        if (packet.kind != MG_WORK_DONE)
                mg_reader_fail(&reader, "kind", "is not what was asked for");
        return mg_reader_end(&reader, error) ? end : _MG_WORK_END_N;
}

/* What the end of a worker means for its mail; NONE where it answered, and where error says that nobody can say. */
static MgFailure failure_of(MgWork *work, guint wait_ms, GError **error) {
        switch (wait_end(work, wait_ms, error)) {
        case MG_WORK_END_DEADLINE:
                return MG_FAILURE_TIMEOUT;
        case MG_WORK_END_DIED:
                return MG_FAILURE_CRASH;
        default:
                return MG_FAILURE_NONE;
        }
}

MgReading *mg_work_finish(MgWork *work, const MgWorkOrder *order, guint wait_ms, GError **error) {
        g_autoptr(GError) away = NULL, fault = NULL;
        MgFailure failure = failure_of(work, wait_ms, &away);
        MgReading *reading = NULL;

        if (away) {
                g_propagate_error(error, g_steal_pointer(&away));
                return NULL;
        }
        if (failure == MG_FAILURE_NONE && mg_fd_seal(work->result, SEAL_WAIT_MS, &fault))
                reading = decode(work->result, work->size, &order->limits, &fault);
        return reading ? reading : failed(failure == MG_FAILURE_NONE ? MG_FAILURE_REFUSED : failure);
}

GBytes *mg_work_finish_part(MgWork *work, const MgWorkOrder *order, guint wait_ms, MgFailure *failure, GError **error) {
        g_autoptr(GError) away = NULL;
        g_autoptr(GBytes) content = NULL;

        *failure = failure_of(work, wait_ms, &away);
        if (away) {
                g_propagate_error(error, g_steal_pointer(&away));
                return NULL;
        }
        if (*failure == MG_FAILURE_NONE && mg_fd_seal(work->result, SEAL_WAIT_MS, NULL))
                content = mg_fd_map(work->result, 0, order->part_size, NULL);
        if (content && g_bytes_get_size(content) == order->part_size && mg_digest_is(content, order->part_sha256))
                return g_steal_pointer(&content);
        if (*failure == MG_FAILURE_NONE)
                *failure = MG_FAILURE_REFUSED;
        return NULL;
}
