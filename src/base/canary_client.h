/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"

/*
 * Canary client: a round of canaries at once, of the role monitor by run_dir/monitor.sock
 *
 *   ASK timeout_ms -> STEPS, or FAULT
 * The answer comes when the round is over. Whoever may connect may ask: root and the members of user.group.
 */
#define MG_CANARY_ASK 320
#define MG_CANARY_ANSWER 321

typedef enum MgCanaryResult {
        MG_CANARY_PENDING,
        MG_CANARY_OK,
        MG_CANARY_FAILED,
        MG_CANARY_SKIPPED, /* not reached, or not configured */
        _MG_CANARY_RESULT_N,
} MgCanaryResult;

/* "pending", "ok", "failed", "skipped". */
const char *mg_canary_result_name(MgCanaryResult result);

/* Steps of an answer at most. */
#define MG_CANARY_STEPS_MAX 32

typedef struct MgCanarySaid {
        char *step; /* TOKEN */
        char *ja;   /* LINE: what is true where it is well */
        char *en;
        MgCanaryResult result;
        char *detail; /* LINE: why not; or "" */
        char *do_ja;  /* LINE: what to do; or "" */
        char *do_en;
} MgCanarySaid;

void mg_canary_said_free(MgCanarySaid *said);
/* Steps: of MgCanarySaid. */
void mg_canary_steps_put(MgWriter *writer, const GPtrArray *steps);
GPtrArray *mg_canary_steps_get(MgReader *reader);

/* Waits for the round: a little longer than timeout_ms. NULL with error. */
GPtrArray *mg_canary_round(const char *socket_path, guint timeout_ms, GError **error);
