/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that cross a socket. What an error means is said by base/error.h.
 */
#include "base/fault.h"

#include <string.h>

#include "base/error.h"

/* Of a message: at most four octets each. */
#define TEXT_CHARS 1000
#define TEXT_MAX (4 * TEXT_CHARS)

void mg_fault_send(int sock, const GError *fault) {
        g_autofree char *text = mg_text_clean(fault->message, strlen(fault->message), MG_CLASS_LINE, TEXT_CHARS, NULL);
        guint32 code = fault->domain == MG_ERROR ? (guint32)fault->code : MG_ERROR_SYSTEM;
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u32(&writer, code);
        mg_put_text(&writer, text);
        mg_packet_send(sock, MG_FAULT, &writer, NULL, 0, NULL);
}

void mg_fault_take(const MgPacket *packet, const char *who, GError **error) {
        MgReader reader;
        g_autofree char *text = NULL;
        guint32 code;

        mg_reader_init(&reader, packet->record);
        code = mg_get_enum(&reader, _MG_ERROR_N, "fault.code");
        text = mg_get_text(&reader, TEXT_MAX, MG_CLASS_LINE, "fault.text");
        if (mg_reader_end(&reader, error))
                g_set_error(error, MG_ERROR, (int)code, "%s: %s", who, text);
}
