/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authentication: the header of a mail, and before it a line that says whom to trust. What is kept has its classes and
 * its bounds, and is as much where the rest is read as one value.
 */
#include <string.h>

#include "base/authentication.h"
#include "base/text.h"
#include "fuzz.h"
#include "mugai/header.h"

/* Results that are kept of one mail. */
#define RESULTS 8
#define FIELDS 100

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        return 0;
}

static void check_names(const MgHeader *header) {
        FUZZ_CHECK(header->names->len <= FIELDS);
        for (guint i = 0; i < header->names->len; i++) {
                const char *name = g_ptr_array_index(header->names, i);

                FUZZ_CHECK(mg_text_is(name, strlen(name), MG_CLASS_TOKEN) && strlen(name) <= MG_FIELD_NAME_MAX);
                FUZZ_CHECK(i == 0 || strcmp(g_ptr_array_index(header->names, i - 1), name) < 0);
                FUZZ_CHECK(mg_header_has(header, name));
        }
}

static void check_results(const GPtrArray *results) {
        FUZZ_CHECK(results->len <= RESULTS);
        for (guint i = 0; i < results->len; i++) {
                const char *result = g_ptr_array_index(results, i), *equals = strchr(result, '=');

                FUZZ_CHECK(mg_text_is(result, strlen(result), MG_CLASS_HOST));
                FUZZ_CHECK(equals && equals > result && equals[1] && !strchr(equals + 1, '='));
                FUZZ_CHECK(equals - result <= MG_AUTHENTICATION_WORD && strlen(equals + 1) <= MG_AUTHENTICATION_WORD);
        }
}

/* The value by itself: as much is read of it as where it is a field. */
static void check_value(const char *id, const char *value, gsize n) {
        g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(g_free);
        const MgHeaderTrust trust = {id, RESULTS};
        g_autoptr(MgHeader) header = mg_header_new();
        guint all = mg_authentication_read(value, n, id, RESULTS, results);

        FUZZ_CHECK(results->len == MIN(all, RESULTS));
        check_results(results);
        mg_header_take(header, &trust, "Authentication-Results", value, n);
        FUZZ_CHECK(header->authentication->len == (*id ? results->len : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *feed = size > 0 ? memchr(data, '\n', size) : NULL;
        gsize n = feed ? (gsize)(feed - data) : 0, rest = feed ? size - n - 1 : size;
        g_autofree char *id = g_strndup((const char *)data, n);
        /* Of their own size: a read beyond the end is seen. */
        g_autofree guint8 *mail = g_malloc(MAX(rest, 1));
        const MgHeaderTrust trust = {id, RESULTS};
        g_autoptr(MgHeader) header = mg_header_new();

        if (rest > 0)
                memcpy(mail, feed ? feed + 1 : data, rest);
        mg_header_scan(header, &trust, FIELDS, mail, rest);
        check_names(header);
        check_results(header->authentication);
        FUZZ_CHECK(*id || header->authentication->len == 0);
        check_value(id, (const char *)mail, rest);
        return 0;
}
