/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header: the header of a mail, with or without a body behind it. Says nothing of what the values mean.
 */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "sanitize/guard.h"
#include "sanitize/header.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

static MgReading *read_header(const GArray *fields) {
        MgReading *reading = mg_reading_new();

        mg_header_read(fields, &mg_limits_default, reading);
        return reading;
}

/* Fields are slices of the block in order, none over another. */
static void check_split(const GArray *fields, const char *s, gsize n, gsize body) {
        const char *at = s;

        FUZZ_CHECK(body <= n);
        FUZZ_CHECK(fields->len <= mg_limits_default.header_fields + 1);
        for (guint i = 0; i < fields->len; i++) {
                const MgRawField *field = &g_array_index(fields, MgRawField, i);

                FUZZ_CHECK(field->name >= at && field->name_n > 0 && field->offset == (gsize)(field->name - s));
                FUZZ_CHECK(field->value > field->name + field->name_n - 1);
                at = field->value + field->value_n;
                FUZZ_CHECK(at <= s + body);
        }
}

static void check_structured(const MgRawField *field) {
        g_autoptr(MgStructured) structured = mg_structured_parse(field->value, field->value_n, &mg_limits_default);

        FUZZ_CHECK(structured->value && fuzz_is_utf8(structured->value, strlen(structured->value)));
        FUZZ_CHECK(structured->parameters->len <= mg_limits_default.parameters);
        for (guint i = 0; i < structured->parameters->len; i++) {
                const MgParameter *parameter = &g_array_index(structured->parameters, MgParameter, i);

                FUZZ_CHECK(*parameter->name && strlen(parameter->name) <= mg_limits_default.parameter_name);
                FUZZ_CHECK(fuzz_is_utf8(parameter->value, strlen(parameter->value)));
                FUZZ_CHECK(strlen(parameter->value) <= field->value_n * 3 + 16);
                FUZZ_CHECK(mg_structured_get(structured, parameter->name));
        }
}

/* Each reader of one field, whatever the field is called. */
static void check_field(const MgRawField *field) {
        guint32 replaced = 0;
        g_autofree char *text = mg_header_text(field->value, field->value_n, &replaced);
        g_autoptr(MgReading) reading = mg_reading_new();
        gint64 time = 0;
        gint32 zone = 0;

        FUZZ_CHECK(fuzz_is_utf8(text, strlen(text)));
        FUZZ_CHECK(strlen(text) <= field->value_n * 3 + 16 && replaced <= field->value_n);
        fuzz_check_clean(text, strlen(text), mg_limits_default.text_chars);
        if (mg_header_date(field->value, field->value_n, &time, &zone))
                FUZZ_CHECK(time > 0 && zone >= -1439 && zone <= 1439);
        check_structured(field);
        mg_header_addresses(field->value, field->value_n, MG_FIELD_TO, FALSE, &mg_limits_default, reading);
        fuzz_check_crosses(reading, &mg_limits_default);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* Fields that each reader is tried on, so that 30,000 short ones do not cost seconds. */
        const guint fields_tried = 40;
        const char *s = (const char *)data;
        gsize body = 0;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(s, size, &mg_limits_default, &body, &odd);
        g_autoptr(MgReading) reading = read_header(fields), again = read_header(fields);
        g_autoptr(MgReading) guarded = mg_reading_new();
        g_autoptr(GBytes) bytes = fuzz_put(reading), bytes_again = fuzz_put(again);

        check_split(fields, s, size, body);
        fuzz_check_crosses(reading, &mg_limits_default);
        FUZZ_CHECK(g_bytes_equal(bytes, bytes_again));
        for (guint i = 0; i < MIN(fields->len, fields_tried); i++)
                check_field(&g_array_index(fields, MgRawField, i));
        /* A bound that is exceeded is said so, and nothing else is. */
        if (mg_guard_block(s, size, &mg_limits_default, guarded))
                FUZZ_CHECK(guarded->failure == MG_FAILURE_NONE);
        else
                FUZZ_CHECK(guarded->failure == MG_FAILURE_LIMIT && guarded->failure_value > guarded->failure_bound);
        return 0;
}
