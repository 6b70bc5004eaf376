/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: a file name up to the first line end, then the octets of a file. Whether the types are right is for
 * the unit tests.
 */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "sanitize/identify.h"
#include "sanitize/identify_active.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *end = size > 0 ? memchr(data, '\n', MIN(size, (size_t)200)) : NULL;
        size_t front = end != NULL ? (size_t)(end - data) + 1 : 0;
        const char *file = (const char *)data + front;
        gsize n = size - front;
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *facts = mg_facts_new();
        MgArchiveUse use = {0};

        g_ptr_array_add(reading->parts, facts);
        g_free(facts->name);
        g_free(facts->found);
        facts->name = mg_text_clean((const char *)data, front, MG_CLASS_LINE, 255, NULL);
        facts->found = mg_identify(n > 0 ? file : "", n);
        mg_active_look(n > 0 ? file : "", n, &mg_limits_default, reading, &use, facts);
        FUZZ_CHECK(mg_text_is(facts->found, strlen(facts->found), MG_CLASS_MIME) && *facts->found);
        FUZZ_CHECK(facts->also->len <= MG_FACTS_ALSO_MAX);
        FUZZ_CHECK(!(facts->flags & ~(guint32)_MG_PART_FLAGS_ALL));
        return 0;
}
