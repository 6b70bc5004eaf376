/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mails: short mails as C strings -> Readings, and Readings as strings that a table of expectations can hold. */

#include <string.h>

#include "base/reading.h"
#include "base/worker.h"
#include "sanitize/sanitize.h"

/* Every honest answer must pass the border. */
static inline void assert_crosses(const MgReading *reading, const MgLimits *limits) {
        g_auto(MgWriter) writer = {0};
        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        /* With its length in front. */
        g_assert_cmpuint(writer.bytes->len + sizeof(guint64), <=,
                         mg_work_result_size(&(MgWorkOrder){.limits = *limits}));
        g_autoptr(GBytes) bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        MgReader reader;
        mg_reader_init(&reader, bytes);
        g_autoptr(MgReading) there = mg_reading_get(&reader, limits);
        g_autoptr(GError) error = NULL;
        gboolean ok = mg_reader_end(&reader, &error);
        g_assert_no_error(error);
        g_assert_true(ok);
        g_assert_cmpuint(there->parts->len, ==, reading->parts->len);
        g_assert_true(g_bytes_equal(there->body, reading->body));
}

static inline MgReading *read_octets(const char *s, gsize n, const MgLimits *limits) {
        g_autoptr(GBytes) mail = g_bytes_new(s, n);
        MgReading *reading = mg_sanitize_read(mail, limits);
        assert_crosses(reading, limits);
        g_assert_cmpuint(mg_reading_accounted(reading), ==, reading->failure == MG_FAILURE_NONE ? n : 0);
        return reading;
}

/* mail: with LF, which becomes CR LF as on the wire. */
static inline MgReading *read_mail(const char *mail) {
        GString *wire = g_string_new(NULL);
        for (const char *p = mail; *p != '\0'; p++) {
                if (*p == '\n')
                        g_string_append_c(wire, '\r');
                g_string_append_c(wire, *p);
        }
        MgReading *reading = read_octets(wire->str, wire->len, &mg_limits_default);
        g_string_free(wire, TRUE);
        return reading;
}

static inline char *body_of(const MgReading *reading) {
        gsize n;
        const char *body = g_bytes_get_data(reading->body, &n);
        return g_strndup(body != NULL ? body : "", n);
}

/* "path kind claimed name" a line. */
static inline char *parts_of(const MgReading *reading) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < reading->parts->len; i++) {
                const MgFacts *facts = reading->parts->pdata[i];
                g_string_append_printf(out, "%s %s %s%s%s\n", facts->path, mg_part_kind_name(facts->kind),
                                       *facts->claimed != '\0' ? facts->claimed : "-", *facts->name != '\0' ? " " : "",
                                       facts->name);
        }
        return g_string_free(out, FALSE);
}

static inline guint32 flags_of(const MgReading *reading) {
        guint32 flags = 0;
        for (guint i = 0; i < reading->parts->len; i++)
                flags |= ((const MgFacts *)reading->parts->pdata[i])->flags;
        return flags;
}

static inline void warm(void) {
        g_autoptr(GError) error = NULL;
        mg_sanitize_warm(&error);
        g_assert_no_error(error);
}
