/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar: the octets of a text/calendar part. Whether the times are right is for the unit tests.
 */
#include "fuzz.h"
#include "sanitize/calendar.h"
#include "sanitize/charset.h"

/* Octets of a summary, whatever the invitation says. */
#define SUMMARY_MAX 65536

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_auto(MgDecoded) decoded = {0};

        mg_charset_decode((const char *)data, size, "utf-8", NULL, &decoded);
        g_autoptr(GString) summary = mg_calendar_summary(decoded.text, decoded.n);
        g_autoptr(GString) again = mg_calendar_summary(decoded.text, decoded.n);
        FUZZ_CHECK(g_string_equal(summary, again));
        FUZZ_CHECK(fuzz_is_utf8(summary->str, summary->len));
        FUZZ_CHECK(summary->len <= SUMMARY_MAX);
        fuzz_check_clean(summary->str, summary->len, 0);
        return 0;
}
