/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "mugai/act.h"

/* Receipts that one entry of the trail names. */
#define MG_ACT_RECEIPTS 64

/* An act about many mails: as many entries as it takes, each with how many it names ("mails") and which
 * ("receipts", a + between). Within the transaction that is open; receipts are ten digits each. */
gboolean mg_act_receipts(sqlite3 *db, const MgAct *act, const GPtrArray *receipts, GError **error);
