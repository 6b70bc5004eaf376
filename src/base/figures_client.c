/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question how much of what came, from the side that asks, and its records. Adds nothing up.
 */
#include "base/figures_client.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"

#define NAME_MAX_OCTETS 1024
/* Organizations times kinds times rows, far above what anybody has. */
#define ROWS_MAX 1000000

const char *mg_count_name(MgCount count) {
        static const char *const words[_MG_COUNT_N] = {
#define COUNT_WORD(name, word) [MG_COUNT_##name] = word,
                MG_COUNTS(COUNT_WORD)
#undef COUNT_WORD
        };

        return count < _MG_COUNT_N ? words[count] : "unknown";
}

void mg_count_row_free(MgCountRow *row) {
        if (!row)
                return;
        g_free(row->organization);
        g_free(row->name);
        g_free(row);
}

void mg_count_row_put(MgWriter *writer, const MgCountRow *row) {
        mg_put_text(writer, row->organization);
        mg_put_u32(writer, row->count);
        mg_put_text(writer, row->name);
        mg_put_i64(writer, row->n);
}

MgCountRow *mg_count_row_get(MgReader *reader) {
        MgCountRow *row = g_new0(MgCountRow, 1);

        row->organization = mg_get_text(reader, NAME_MAX_OCTETS, MG_CLASS_LINE, "count.organization");
        row->count = mg_get_enum(reader, _MG_COUNT_N, "count.count");
        row->name = mg_get_text(reader, NAME_MAX_OCTETS, MG_CLASS_LINE, "count.name");
        row->n = mg_get_i64(reader, "count.n");
        return row;
}

static gboolean take_row(const MgPacket *packet, GPtrArray *rows, GError **error) {
        g_autoptr(MgCountRow) row = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        row = mg_count_row_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        g_ptr_array_add(rows, g_steal_pointer(&row));
        return TRUE;
}

gboolean mg_figures_count(const MgAsker *asker, gint64 since, gint64 until, GPtrArray *rows, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_put_i64(&writer, since);
        mg_put_i64(&writer, until);
        sock = mg_store_ask(asker, MG_FIGURES_COUNT, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        for (guint i = 0; i < ROWS_MAX; i++) {
                if (!mg_store_answer(sock, MG_STORE_COMMIT_MS, MG_FIGURES_ROW, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return TRUE;
                if (!take_row(&packet, rows, error))
                        return FALSE;
        }
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: more than %d figures", ROWS_MAX);
        return FALSE;
}
