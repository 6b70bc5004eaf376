/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wiping. Keeps nothing off the swap: that is the machine's affair.
 */
#include "base/secret.h"

void mg_secret_writer_init(MgWriter *writer) {
        writer->bytes = g_byte_array_sized_new(MG_SECRET_RECORD);
        mg_put_u8(writer, MG_WIRE_VERSION);
}

void mg_secret_writer_clear(MgWriter *writer) {
        if (writer->bytes)
                explicit_bzero(writer->bytes->data, writer->bytes->len);
        mg_writer_clear(writer);
}

void mg_secret_packet_clear(MgPacket *packet) {
        gsize n = 0;
        gconstpointer data = packet->record && !packet->is_mapped ? g_bytes_get_data(packet->record, &n) : NULL;

        if (n > 0)
                explicit_bzero((gpointer)data, n);
        mg_packet_clear(packet);
}
