/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/text.h"

/*
 * Wire: a bounded codec for records
 *
 * Integers little-endian of fixed size, texts and byte strings as u32 length and octets, in the order in which
 * they were put. No tags: both ends are of one build, and each record begins with MG_WIRE_VERSION, checked by
 * mg_reader_init(). Records that are kept outlive their build: mg_reader_init_kept() takes those of earlier versions
 * too, and a get of a field that came later asks for reader->version. Whoever adds a field to what is kept raises
 * MG_WIRE_VERSION with it. A reader fails once and stays failed: every get after that returns 0 or "", and
 * mg_reader_end() tells. So decoding is straight-line code with one check at the end; loops ask
 * mg_reader_count(), which never returns more than the bound nor more than what is left.
 */
#define MG_WIRE_VERSION 8

typedef struct MgWriter {
        GByteArray *bytes; /* owned */
} MgWriter;

void mg_writer_init(MgWriter *writer);
void mg_writer_clear(MgWriter *writer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgWriter, mg_writer_clear)
void mg_put_u8(MgWriter *writer, guint8 value);
void mg_put_u32(MgWriter *writer, guint32 value);
void mg_put_u64(MgWriter *writer, guint64 value);
void mg_put_i64(MgWriter *writer, gint64 value);
void mg_put_text(MgWriter *writer, const char *text);           /* NULL is "" */
void mg_put_bytes(MgWriter *writer, const void *data, gsize n); /* with length */
void mg_put_raw(MgWriter *writer, const void *data, gsize n);   /* without: digests */

typedef struct MgReader {
        const guint8 *data;
        gsize n;
        gsize at;
        guint8 version;    /* of the record: MG_WIRE_VERSION, or an earlier one that was kept */
        const char *fault; /* static; NULL as long as all is well */
        const char *field; /* which get failed, as its caller named it */
} MgReader;

/* The bytes must outlive the reader. Fails the reader where the version is another one. */
void mg_reader_init(MgReader *reader, GBytes *bytes);
/* The same for a record out of the store: versions 1 to MG_WIRE_VERSION. */
void mg_reader_init_kept(MgReader *reader, GBytes *bytes);
guint8 mg_get_u8(MgReader *reader, const char *field);
guint32 mg_get_u32(MgReader *reader, const char *field);
guint64 mg_get_u64(MgReader *reader, const char *field);
gint64 mg_get_i64(MgReader *reader, const char *field);
/* A value below n, for enums. */
guint32 mg_get_enum(MgReader *reader, guint32 n, const char *field);
/* How many elements follow: at most max and at most the octets left. */
guint32 mg_get_count(MgReader *reader, guint32 max, const char *field);
/* A copy of at most max octets that is of the class; "" once failed. Never NULL. */
char *mg_get_text(MgReader *reader, gsize max, MgClass class, const char *field);
/* The same of class HOST, of what may be missing: NULL for "". */
char *mg_get_optional(MgReader *reader, gsize max, const char *field);
/* Octets with length, at most max; borrowed from the record. */
const guint8 *mg_get_bytes(MgReader *reader, gsize max, gsize *n, const char *field);
/* Exactly n octets into out (zeros once failed). */
void mg_get_raw(MgReader *reader, void *out, gsize n, const char *field);
/* Fails the reader for a reason of the caller's own: a value that is well-formed but a lie. */
void mg_reader_fail(MgReader *reader, const char *field, const char *fault);
/* TRUE if nothing failed and every octet was used; otherwise FALSE with MG_ERROR_PROTOCOL naming the field. */
gboolean mg_reader_end(const MgReader *reader, GError **error);
