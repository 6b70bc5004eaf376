/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of a round that somebody asks for, and the record of its steps.
 */
#include "base/canary_client.h"

#include <string.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"

/* Beyond the round itself. */
#define ANSWER_MS 10000
#define LINE_CHARS 500
#define LINE_MAX_OCTETS (4 * LINE_CHARS)

const char *mg_canary_result_name(MgCanaryResult result) {
        static const char *const names[_MG_CANARY_RESULT_N] = {"pending", "ok", "failed", "skipped"};

        return names[result];
}

void mg_canary_said_free(MgCanarySaid *said) {
        if (!said)
                return;
        g_free(said->step);
        g_free(said->ja);
        g_free(said->en);
        g_free(said->detail);
        g_free(said->do_ja);
        g_free(said->do_en);
        g_free(said);
}

/* What servers said may stand in it. */
static void put_line(MgWriter *writer, const char *text) {
        g_autofree char *line = mg_text_clean(text, strlen(text), MG_CLASS_LINE, LINE_CHARS, NULL);

        mg_put_text(writer, line);
}

void mg_canary_steps_put(MgWriter *writer, const GPtrArray *steps) {
        mg_put_u32(writer, steps->len);
        for (guint i = 0; i < steps->len; i++) {
                const MgCanarySaid *said = g_ptr_array_index(steps, i);

                mg_put_text(writer, said->step);
                mg_put_text(writer, said->ja);
                mg_put_text(writer, said->en);
                mg_put_u32(writer, said->result);
                put_line(writer, said->detail);
                mg_put_text(writer, said->do_ja);
                mg_put_text(writer, said->do_en);
        }
}

GPtrArray *mg_canary_steps_get(MgReader *reader) {
        GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)mg_canary_said_free);
        const guint32 n = mg_get_count(reader, MG_CANARY_STEPS_MAX, "steps");

        for (guint32 i = 0; i < n; i++) {
                MgCanarySaid *said = g_new0(MgCanarySaid, 1);

                said->step = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_TOKEN, "step");
                said->ja = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_LINE, "ja");
                said->en = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_LINE, "en");
                said->result = mg_get_enum(reader, _MG_CANARY_RESULT_N, "result");
                said->detail = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_LINE, "detail");
                said->do_ja = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_LINE, "do_ja");
                said->do_en = mg_get_text(reader, LINE_MAX_OCTETS, MG_CLASS_LINE, "do_en");
                g_ptr_array_add(steps, said);
        }
        return steps;
}

GPtrArray *mg_canary_round(const char *socket_path, guint timeout_ms, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_auto(MgWriter) writer = {0};
        g_autoptr(GPtrArray) steps = NULL;
        mg_autofd sock = mg_packet_connect(socket_path, error);
        MgReader reader;

        mg_writer_init(&writer);
        mg_put_u32(&writer, timeout_ms);
        if (sock < 0 || !mg_packet_send(sock, MG_CANARY_ASK, &writer, NULL, 0, error) ||
            !mg_packet_receive(sock, (int)timeout_ms + ANSWER_MS, &packet, error))
                return NULL;
        if (packet.kind != MG_CANARY_ANSWER) {
                mg_fault_take(&packet, "monitor", error);
                return NULL;
        }
        mg_reader_init(&reader, packet.record);
        steps = mg_canary_steps_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&steps) : NULL;
}
