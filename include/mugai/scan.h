/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Scan: what a malware scanner said of an original as a whole
 *
 * It takes away and forbids; it never makes text wait for long nor anything pass by itself. A value: copied, owns nothing.
 */

/* X(name, word). */
#define MG_SCAN_VERDICTS(X)                                                                                            \
        X(NONE, "none") /* no scanner is configured */                                                                 \
        X(CLEAN, "clean")                                                                                              \
        X(INFECTED, "infected")                                                                                        \
        X(UNSCANNED, "unscanned") /* one is, and did not look at all of it */

typedef enum MgScanVerdict {
#define MG_SCAN_VERDICT_ID(name, word) MG_SCAN_##name,
        MG_SCAN_VERDICTS(MG_SCAN_VERDICT_ID)
#undef MG_SCAN_VERDICT_ID
                _MG_SCAN_N,
} MgScanVerdict;

/* Why an original is unscanned: X(name, word). */
#define MG_SCAN_FAULTS(X)                                                                                              \
        X(NONE, "none")                                                                                                \
        X(SILENT, "silent")       /* no answer within the time that was waited */                                      \
        X(BROKEN, "broken")       /* not reached, hung up, or said what is no answer */                                \
        X(TOO_LARGE, "too-large") /* for scan.max_size or a bound of the scanner's own */                              \
        X(REFUSED, "refused")     /* the scanner said that it could not */

typedef enum MgScanFault {
#define MG_SCAN_FAULT_ID(name, word) MG_SCAN_FAULT_##name,
        MG_SCAN_FAULTS(MG_SCAN_FAULT_ID)
#undef MG_SCAN_FAULT_ID
                _MG_SCAN_FAULT_N,
} MgScanFault;

/* Octets of what a scanner says; more is cut. */
#define MG_SCAN_SAID 200

typedef struct MgScan {
        MgScanVerdict verdict;
        MgScanFault fault;           /* of an unscanned original; else NONE */
        char said[MG_SCAN_SAID + 1]; /* LINE: its name of what was found; of a fault its words; or "" */
} MgScan;

const char *mg_scan_verdict_name(MgScanVerdict verdict);
const char *mg_scan_fault_name(MgScanFault fault);
/* Whether one looked at the original, or was to, and did not find it clean. */
gboolean mg_scan_is_worry(const MgScan *scan);
/* "clean", "infected: NAME", "unscanned (silent)", "unscanned (refused): WORDS": for administrators. Caller frees. */
char *mg_scan_text(const MgScan *scan);
