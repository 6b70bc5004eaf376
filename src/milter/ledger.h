/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/job.h"

/*
 * ledger: rows of mail that was not taken, on their way to the store
 *
 * The sender's reply does not wait for its row: a store that is down or hung would hold up every refusal. A row is sent
 * until the store has it; one that the store rejects for what it is, and one that finds no place, is a warning in the log.
 * Rows that wait are lost with the process; each has its log line already. A store that dies between the row and its
 * answer may have it twice.
 */
typedef struct MgLedger MgLedger;

/* Rows that wait at most. Each is held with its addresses, of which Postfix takes 1,000: a hundred kilobytes at worst. */
#define MG_LEDGER_ROWS 1000
/* How long mg_ledger_add() waits for a place: senders that are refused faster than rows are written are slowed down. */
#define MG_LEDGER_WAIT_MS 5000

MgLedger *mg_ledger_new(void);
/* Takes record. Where no place comes free in MG_LEDGER_WAIT_MS the row is lost, and the log says so. */
void mg_ledger_add(MgLedger *ledger, const char *store_socket, MgRecord *record);
/* Rows that the store does not have yet. */
guint mg_ledger_left(MgLedger *ledger);
/* Waits until there are none or the time is over. Returns how many are left. */
guint mg_ledger_flush(MgLedger *ledger, guint wait_ms);
