/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive: the octets of an archive, under narrow bounds, so that they are reached.
 */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "sanitize/archive_list.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        MgLimits limits = mg_limits_default;
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *facts = mg_facts_new();
        MgArchiveUse use = {0};

        limits.archive_members = 200;
        limits.archive_listed = 50;
        limits.archive_bytes = 1 << 20;
        g_ptr_array_add(reading->parts, facts);
        mg_archive_list((const char *)data, size, &limits, reading, &use, facts);
        FUZZ_CHECK(facts->members->len <= limits.archive_listed && facts->members->len <= facts->members_all);
        FUZZ_CHECK(facts->members_all <= limits.archive_members);
        FUZZ_CHECK(reading->reached->len == 0 || facts->flags & MG_PART_ARCHIVE_CUT);
        for (guint i = 0; i < facts->members->len; i++) {
                const MgMember *member = g_ptr_array_index(facts->members, i);
                FUZZ_CHECK(mg_text_is(member->name, strlen(member->name), MG_CLASS_LINE));
                FUZZ_CHECK(member->depth <= limits.archive_depth);
                FUZZ_CHECK(!(member->flags & ~(guint32)_MG_MEMBER_FLAGS_ALL));
        }
        return 0;
}
