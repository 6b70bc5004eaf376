/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/canary_client.h"
#include "base/control.h"
#include "config/config.h"

/*
 * canary: the rounds
 *
 * Every monitor.canary_every a known-bad and a known-Japanese mail go in by the entrance and come out at a port of this role; they are
 * compared, the next hop is asked whether it is there, and the clock is looked at. A step that fails raises its alarm at once, and one
 * that was not answered does when the round is over: after MG_CANARY_ROUND_MS, or the interval where that is shorter. An alarm ends with
 * the first round in which its steps are well; where they were not reached it stands.
 */
#define MG_CANARY_ROUND_MS 120000
/* A round that a person asks for may last so long. */
#define MG_CANARY_ASKED_MS 600000
/* Persons who wait for a round at once; further ones are turned away. */
#define MG_CANARY_ASKERS 8

/* X(name, word, alarm, sentence in Japanese, in English). Those of BAD come first, those of JAPANESE in the same order. */
#define MG_CANARY_STEPS(X)                                                                                             \
        X(ENTRANCE_BAD, "entrance-bad", ENTRANCE, "危険なメールを入口が受け付けた", "the entrance took the bad mail")  \
        X(RETURN_BAD, "return-bad", SILENT, "危険なメールが出口に届いた", "the bad mail came out")                     \
        X(SAFE_BAD, "safe-bad", UNSAFE, "危険なものが残っていない", "nothing dangerous was left in it")                \
        X(TEXT_BAD, "text-bad", DIFFERENT, "本文とお知らせが期待どおり", "its text and notice are as they should be")  \
        X(ENTRANCE_JAPANESE, "entrance-japanese", ENTRANCE, "日本語のメールを入口が受け付けた",                        \
          "the entrance took the Japanese mail")                                                                       \
        X(RETURN_JAPANESE, "return-japanese", SILENT, "日本語のメールが出口に届いた", "the Japanese mail came out")    \
        X(SAFE_JAPANESE, "safe-japanese", UNSAFE, "添付ファイルが残っていない", "its file was taken out")              \
        X(TEXT_JAPANESE, "text-japanese", DIFFERENT, "日本語が1文字も変わっていない",                                  \
          "each character of its text is as it was")                                                                   \
        X(NEXT_HOP, "next-hop", NEXT_HOP, "次の中継先が応答した", "the next hop answers")                              \
        X(CLOCK, "clock", CLOCK, "時計が信用できる", "the clock can be believed")

typedef enum MgCanaryStep {
#define MG_CANARY_STEP_NAME(name, word, alarm, ja, en) MG_CANARY_STEP_##name,
        MG_CANARY_STEPS(MG_CANARY_STEP_NAME)
#undef MG_CANARY_STEP_NAME
                _MG_CANARY_STEP_N,
} MgCanaryStep;

typedef struct MgCanary MgCanary;

/* config is borrowed until mg_canary_configure() gives another one. From the loop of the default context. */
MgCanary *mg_canary_new(const MgConfig *config);
void mg_canary_configure(MgCanary *canary, const MgConfig *config);
/* NULL is fine. */
void mg_canary_free(MgCanary *canary);
/* A round at once, or the one that somebody else asked for; done hears its steps (base/canary_client.h). FALSE with error where there
 * are no canaries, or too many wait. */
typedef void (*MgCanaryDone)(const GPtrArray *steps, gpointer data);
gboolean mg_canary_ask(MgCanary *canary, guint timeout_ms, MgCanaryDone done, gpointer data, GError **error);
void mg_canary_figures(const MgCanary *canary, GArray *figures);
