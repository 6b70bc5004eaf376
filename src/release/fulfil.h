/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/request_client.h"
#include "base/store_call.h"
#include "config/config.h"

/*
 * Fulfil: one order, or the letters that are due, from what is there to Postfix's answer
 *
 * Runs in a process of its own, which has no key and ends afterwards: what it held of the original is gone with it.
 */
typedef enum MgFulfilled {
        MG_FULFILLED_RELEASED,
        MG_FULFILLED_FAILED,   /* nothing was sent, and it would be the same tomorrow */
        MG_FULFILLED_RETURNED, /* it was claimed, or may have been, and nothing was sent */
        MG_FULFILLED_UNSURE,
        MG_FULFILLED_LATER, /* it was not claimed and nothing was sent */
        _MG_FULFILLED_N,
} MgFulfilled;

/* original is a sealed memfd. *text is what is to be said of it; the caller frees it. */
MgFulfilled mg_fulfil_order(const MgConfig *config, const MgAsker *store, const MgOrder *order, int original,
                            char **text);
/* Sends the letters that are due (letters.h). How many were sent. */
guint mg_fulfil_letters(const MgConfig *config, const MgAsker *store);
