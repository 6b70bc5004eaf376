/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "monitor/canary_mail.h"

/*
 * canary judge: what came out, against what should
 *
 * Reads the strict form that the gateway writes (README, "What may leave") and the fields that Postfix adds to it; anything else is
 * UNSAFE, as is any mark of the known-bad mail in any coding: as it is, in base64, in hexadecimal. DIFFERENT is a mail that is safe and
 * not what it should be.
 */
typedef enum MgCanaryVerdict {
        MG_CANARY_AS_EXPECTED,
        MG_CANARY_DIFFERENT,
        MG_CANARY_UNSAFE,
} MgCanaryVerdict;

typedef struct MgCanaryRound {
        const char *token;
        const char *domain;
        gint64 time;         /* of the mail, as mg_canary_mail() was told */
        gboolean live_links; /* policy.links is text */
} MgCanaryRound;

/* *what: the first difference in a sentence, which the caller frees; NULL where there is none. Worst first. */
MgCanaryVerdict mg_canary_judge(MgCanaryKind kind, const MgCanaryRound *round, GBytes *mail, char **what);
