/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * ask: one question at a time to mugaid for the figures of all roles, without waiting
 *
 * Who asks while a question is on its way gets the answer to that one. The answer comes from the loop, never from
 * mg_ask_begin() itself.
 */

/* The answer may take this long; mugaid itself waits a second for its roles. */
#define MG_ASK_MS 1800

typedef struct MgAsk MgAsk;
/* figures: of MgFigure, borrowed; NULL where mugaid did not answer in time, or not at all. */
typedef void (*MgAskDone)(const GArray *figures, void *data);

/* path: of control.sock. */
MgAsk *mg_ask_new(const char *path, MgAskDone done, void *data);
void mg_ask_begin(MgAsk *ask);
/* done is not called any more. NULL is fine. */
void mg_ask_free(MgAsk *ask);
