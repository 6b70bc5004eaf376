/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "config/config.h"

/*
 * Letters: what the store has to tell people, on its way to Postfix
 *
 * They are handed to release.letters, the port by which all mail comes in: there is no second way to the LGWAN side.
 */

/* Of one turn, so that an order does not wait for a flood. */
#define MG_LETTERS_A_TURN 20

/* Hands one message over, from the null sender to this one address. FALSE with error: it is tried again later. */
typedef gboolean (*MgLetterSend)(const char *to, GBytes *message, gpointer data, GError **error);

/*
 * Sends the letters that are due. How many were sent. A letter that cannot be composed or sent is given back, and ends
 * the turn: what keeps one from Postfix keeps the next one, too. A letter may be sent twice where an answer of the store
 * is lost; its Message-ID is the same then.
 */
guint mg_letters_send(const MgAsker *store, const MgConfig *config, MgLetterSend send, gpointer data);
