/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: an octet that says which record, then the record as a worker or another role would send it. What is taken is
 * written again as it came; a Reading that is taken can be composed, since its worker may be anybody's.
 */
#include "base/error.h"
#include "base/reading.h"
#include "base/worker.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        return 0;
}

static gboolean ended(const MgReader *reader) {
        g_autoptr(GError) error = NULL;
        gboolean ok = mg_reader_end(reader, &error);

        FUZZ_CHECK(ok == !error && (ok || g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL)));
        return ok;
}

static void try_reading(GBytes *bytes) {
        MgReader reader;

        mg_reader_init(&reader, bytes);
        g_autoptr(MgReading) reading = mg_reading_get(&reader, &mg_limits_default);
        if (!ended(&reader))
                return;
        g_autoptr(GBytes) again = fuzz_put(reading);
        FUZZ_CHECK(g_bytes_equal(bytes, again));
        fuzz_check_composed(reading, g_bytes_get_size(bytes));
}

static GBytes *put_record(const MgRecord *record) {
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        return g_bytes_new(writer.bytes->data, writer.bytes->len);
}

/* A record has truth values that are read from any octet, so it is itself from the second time on. */
static void try_record(GBytes *bytes) {
        MgReader reader, reader_again;

        mg_reader_init(&reader, bytes);
        g_autoptr(MgRecord) record = mg_record_get(&reader);
        if (!ended(&reader))
                return;
        g_autoptr(GBytes) once = put_record(record);
        mg_reader_init(&reader_again, once);
        g_autoptr(MgRecord) again = mg_record_get(&reader_again);
        FUZZ_CHECK(ended(&reader_again));
        g_autoptr(GBytes) twice = put_record(again);
        FUZZ_CHECK(g_bytes_equal(once, twice));
}

static void try_order(GBytes *bytes) {
        MgWorkOrder order = {0};
        MgReader reader;
        g_auto(MgWriter) writer = {0};

        mg_reader_init(&reader, bytes);
        mg_work_order_get(&reader, &order);
        if (!ended(&reader))
                return;
        mg_writer_init(&writer);
        mg_work_order_put(&writer, &order);
        g_autoptr(GBytes) again = g_bytes_new(writer.bytes->data, writer.bytes->len);
        FUZZ_CHECK(g_bytes_equal(bytes, again));
        FUZZ_CHECK(order.want == MG_WORK_WANT_PART || mg_work_result_size(&order) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static void (*const kinds[])(GBytes *) = {try_reading, try_record, try_order};

        if (size == 0)
                return 0;
        g_autoptr(GBytes) bytes = g_bytes_new_static(data + 1, size - 1);
        kinds[data[0] % G_N_ELEMENTS(kinds)](bytes);
        return 0;
}
