/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/request_client.h"
#include "config/config.h"
#include "release/keyring.h"

/*
 * Orders: works off what was approved, one after the other, and letters in between
 *
 * An original is opened here, where the keys are; all else is done by a process that is forked for one order (fulfil.h) and has none of
 * them. What becomes of an order is said to the store until it has heard. One whose key is locked, or that Postfix did not take yet,
 * waits here without a trace in the store: after a restart it is looked at anew.
 */
typedef struct MgOrders MgOrders;

/* What the orders have to do with; all borrowed. config may be exchanged while none is in work or between turns. */
MgOrders *mg_orders_new(const MgAsker *store, const MgKeyring *ring);
/* Kills what is in work: the store makes it unknown at the next begin. */
void mg_orders_free(MgOrders *orders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOrders, mg_orders_free)

/* The socket that is readable when the process for an order has something to say or has ended; -1 where there is none. */
int mg_orders_watch(const MgOrders *orders);
/* Does what is due; waits for the store, and for nothing else. closed: begins nothing. */
void mg_orders_turn(MgOrders *orders, const MgConfig *config, gboolean closed);
/* Milliseconds to what is due next. */
int mg_orders_next(const MgOrders *orders);
/* Whether an order is in work, or its result not yet heard by the store. */
gboolean mg_orders_busy(const MgOrders *orders);

/* A key was added: what waited for one may go on now. */
void mg_orders_wake(MgOrders *orders);
/* Adds released, failed, returned, unsure, letters, waiting_for_key, waiting_for_key_s, in_work. */
void mg_orders_figures(const MgOrders *orders, GArray *figures);
