/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: a whole mail, all the way: worker, border, decision, composition, grammar.
 */
#include <string.h>

#include "fuzz.h"
#include "sanitize/sanitize.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

/* Bounds that a mail of some kilobytes can meet. */
static MgLimits small_limits(void) {
        MgLimits limits = mg_limits_default;

        limits.parts = 60;
        limits.nesting = 6;
        limits.header_fields = 60;
        limits.addresses = 20;
        limits.body = 20000;
        limits.links = 10;
        limits.ranges = 30;
        limits.html_depth = 40;
        return limits;
}

/* The account of the octets: all of them, once, each range of a part that there is. */
static void check_account(const MgReading *reading, gsize n, const MgLimits *limits) {
        FUZZ_CHECK(reading->ranges->len <= limits->ranges);
        FUZZ_CHECK(reading->failure != MG_FAILURE_NONE || mg_reading_accounted(reading) == n);
        for (guint i = 0; i < reading->ranges->len; i++) {
                const MgRange *range = &g_array_index(reading->ranges, MgRange, i);

                FUZZ_CHECK(range->length > 0 && range->length <= n && range->count > 0);
                FUZZ_CHECK(range->part == MG_RANGE_NO_PART || range->part < reading->parts->len);
        }
}

static void check_reading(GBytes *mail, const MgLimits *limits, gsize wish) {
        g_autoptr(MgReading) reading = mg_sanitize_read(mail, limits), again = mg_sanitize_read(mail, limits);
        g_autoptr(GBytes) bytes = fuzz_put(reading), bytes_again = fuzz_put(again);
        gsize n = g_bytes_get_size(mail);

        FUZZ_CHECK(g_bytes_equal(bytes, bytes_again));
        FUZZ_CHECK(reading->failure == MG_FAILURE_NONE || reading->failure == MG_FAILURE_LIMIT);
        FUZZ_CHECK(g_bytes_get_size(reading->body) <= limits->body);
        FUZZ_CHECK(g_bytes_get_size(reading->body) == 0 || reading->parts->len > 0);
        FUZZ_CHECK(reading->hidden <= n && reading->pictures <= n && reading->replaced <= n);
        check_account(reading, n, limits);
        fuzz_check_crosses(reading, limits);
        fuzz_check_composed(reading, wish);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* Policies and bounds take turns, so that an input is not read a dozen times. */
        const MgLimits small = small_limits();
        g_autoptr(GBytes) mail = g_bytes_new_static(data, size);

        check_reading(mail, size % 2 == 0 ? &mg_limits_default : &small, size / 2);
        return 0;
}
