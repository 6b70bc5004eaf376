/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/grammar.h"
#include "mugai/job.h"

/*
 * sanitize: mail files in, text mails and reports out
 */

/* One input and where its results go. */
typedef struct MgSanitizeItem {
        char *input;   /* path, or NULL for standard input */
        char *message; /* path, or NULL for standard output */
        char *report;  /* path, or NULL for none of its own */
} MgSanitizeItem;

/*
 * Where each result goes: inputs NULL-terminated; folder NULL only for at most one input. Without error an array of
 * MgSanitizeItem (owned elements). Two inputs that would share a name, and an input that would be written over, are
 * errors (MG_ERROR_USAGE).
 */
GPtrArray *mg_sanitize_plan(char **inputs, const char *folder, GError **error);

/* The message that the scan saw, slice by slice: lines ended by CR LF, or by LF as mail files have. */
GString *mg_sanitize_message(const MgGrammarView *view, gboolean crlf);
