/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/scan.h"

/*
 * clamd: one command and its answer, on a connection of its own (clamd(8), commands with z: ended by NUL)
 *
 * A scanner reads hostile bytes, so its answer is taken as such: one line of at most MG_CLAMD_ANSWER octets, cleaned. What
 * goes wrong is a value, not a GError: a mail goes on all the same.
 */
#define MG_CLAMD_ANSWER 1024

/*
 * Connects, asks and does not wait. fd: what is to be scanned, passed by descriptor where the command is FILDES (not taken);
 * else -1. Returns the connection, to be closed by the caller, or -1 with *fault and errno.
 */
int mg_clamd_ask(const char *socket_path, const char *command, int fd, MgScanFault *fault);

/*
 * The answer without its end, raw, within wait_ms (0: only if it is there by now); NULL with *fault. It has neither NUL nor LF.
 * The caller frees it.
 */
char *mg_clamd_answer(int sock, guint wait_ms, MgScanFault *fault);

/* What an answer to FILDES says. Total: whatever is no such answer is BROKEN. */
MgScan mg_clamd_verdict(const char *answer);
