/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec of records. Knows numbers, texts and octets, and nothing of what they mean.
 */
#include "base/wire.h"

#include <string.h>

#include "base/error.h"

void mg_writer_init(MgWriter *writer) {
        writer->bytes = g_byte_array_sized_new(256);
        mg_put_u8(writer, MG_WIRE_VERSION);
}

void mg_writer_clear(MgWriter *writer) {
        g_clear_pointer(&writer->bytes, g_byte_array_unref);
}

void mg_put_raw(MgWriter *writer, const void *data, gsize n) {
        g_assert(n <= G_MAXUINT32);
        if (n > 0)
                g_byte_array_append(writer->bytes, data, (guint)n);
}

void mg_put_u8(MgWriter *writer, guint8 value) {
        mg_put_raw(writer, &value, 1);
}

void mg_put_u32(MgWriter *writer, guint32 value) {
        guint32 octets = GUINT32_TO_LE(value);

        mg_put_raw(writer, &octets, sizeof octets);
}

void mg_put_u64(MgWriter *writer, guint64 value) {
        guint64 octets = GUINT64_TO_LE(value);

        mg_put_raw(writer, &octets, sizeof octets);
}

void mg_put_i64(MgWriter *writer, gint64 value) {
        mg_put_u64(writer, (guint64)value);
}

void mg_put_bytes(MgWriter *writer, const void *data, gsize n) {
        g_assert(n <= G_MAXUINT32);
        mg_put_u32(writer, (guint32)n);
        mg_put_raw(writer, data, n);
}

void mg_put_text(MgWriter *writer, const char *text) {
        mg_put_bytes(writer, text, text ? strlen(text) : 0);
}

void mg_reader_fail(MgReader *reader, const char *field, const char *fault) {
        if (reader->fault)
                return;
        reader->fault = fault;
        reader->field = field;
}

/* The next n octets, or NULL once the reader failed. */
static const guint8 *take(MgReader *reader, gsize n, const char *field) {
        const guint8 *at;

        if (!reader->fault && n > reader->n - reader->at)
                mg_reader_fail(reader, field, "ends too early");
        if (reader->fault)
                return NULL;
        at = reader->data + reader->at;
        reader->at += n;
        return at;
}

void mg_reader_init_kept(MgReader *reader, GBytes *bytes) {
        *reader = (MgReader){0};
        reader->data = g_bytes_get_data(bytes, &reader->n);
        reader->version = mg_get_u8(reader, "version");
        if (reader->version == 0 || reader->version > MG_WIRE_VERSION)
                mg_reader_fail(reader, "version", "is of another build");
}

void mg_reader_init(MgReader *reader, GBytes *bytes) {
        mg_reader_init_kept(reader, bytes);
        if (reader->version != MG_WIRE_VERSION)
                mg_reader_fail(reader, "version", "is of another build");
}

guint8 mg_get_u8(MgReader *reader, const char *field) {
        const guint8 *at = take(reader, 1, field);

        return at ? *at : 0;
}

guint32 mg_get_u32(MgReader *reader, const char *field) {
        const guint8 *at = take(reader, sizeof(guint32), field);
        guint32 value = 0;

        if (at)
                memcpy(&value, at, sizeof value);
        return GUINT32_FROM_LE(value);
}

guint64 mg_get_u64(MgReader *reader, const char *field) {
        const guint8 *at = take(reader, sizeof(guint64), field);
        guint64 value = 0;

        if (at)
                memcpy(&value, at, sizeof value);
        return GUINT64_FROM_LE(value);
}

gint64 mg_get_i64(MgReader *reader, const char *field) {
        return (gint64)mg_get_u64(reader, field);
}

guint32 mg_get_enum(MgReader *reader, guint32 n, const char *field) {
        guint32 value = mg_get_u32(reader, field);

        if (value >= n)
                mg_reader_fail(reader, field, "has a value that it cannot have");
        return reader->fault ? 0 : value;
}

guint32 mg_get_count(MgReader *reader, guint32 max, const char *field) {
        guint32 value = mg_get_u32(reader, field);

        if (value > max)
                mg_reader_fail(reader, field, "counts more than is allowed");
        else if (!reader->fault && value > reader->n - reader->at)
                mg_reader_fail(reader, field, "counts more than follows");
        return reader->fault ? 0 : value;
}

const guint8 *mg_get_bytes(MgReader *reader, gsize max, gsize *n, const char *field) {
        gsize length = mg_get_u32(reader, field);
        const guint8 *at;

        *n = 0;
        if (length > max)
                mg_reader_fail(reader, field, "is longer than is allowed");
        at = take(reader, length, field);
        if (at)
                *n = length;
        return at;
}

char *mg_get_text(MgReader *reader, gsize max, MgClass class, const char *field) {
        gsize n;
        const char *at = (const char *)mg_get_bytes(reader, max, &n, field);

        if (at && !mg_text_is(at, n, class))
                mg_reader_fail(reader, field, "holds characters that are not allowed");
        return g_strndup(reader->fault ? "" : at, n);
}

char *mg_get_optional(MgReader *reader, gsize max, const char *field) {
        char *text = mg_get_text(reader, max, MG_CLASS_HOST, field);

        if (*text)
                return text;
        g_free(text);
        return NULL;
}

void mg_get_raw(MgReader *reader, void *out, gsize n, const char *field) {
        const guint8 *at = take(reader, n, field);

        if (at)
                memcpy(out, at, n);
        else
                memset(out, 0, n);
}

gboolean mg_reader_end(const MgReader *reader, GError **error) {
        if (reader->fault) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "%s %s", reader->field, reader->fault);
                return FALSE;
        }
        if (reader->at != reader->n) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "%" G_GSIZE_FORMAT " octets are left over",
                            reader->n - reader->at);
                return FALSE;
        }
        return TRUE;
}
