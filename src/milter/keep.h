/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "milter/scan.h"
#include "mugai/policy.h"

/*
 * keep: the octets of the parts that an exemption lets cross, borne out by fresh workers
 *
 * For each part that the decision keeps one worker takes its octets out of the original, known by size and digest, and
 * another one, which has these octets and nothing else, says what they are; the scanner, which saw them inside the
 * original, is asked about them alone: a worker that lies could make up what the scanner never saw. Where size, digest,
 * type or flags are not those of the first Reading, where the octets do not begin as their type does, where the scanner
 * does not find them clean, and where anything fails or is late, the part is removed as any other and its reason says
 * why. Never delays a mail beyond its time, never defers one.
 */
typedef struct MgKeeping {
        const MgConfig *config;
        const char *sanitize; /* socket of the role */
        int original;         /* sealed memfd */
        MgScanWatch *scanner;
        gint64 until; /* monotonic microseconds: by then all of it is over */
} MgKeeping;

/* Of GBytes by index of part, NULL where none is kept; decision is changed where a part is not kept after all. Caller unrefs. */
GPtrArray *mg_keep_take(const MgKeeping *keeping, const MgReading *reading, MgDecision *decision);

/* The octets of all parts that the decision keeps. */
guint64 mg_keep_size(const MgReading *reading, const MgDecision *decision);
/* Drops all of them. */
void mg_keep_drop(MgDecision *decision, const char *why);
