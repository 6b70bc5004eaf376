/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cf.h"
#include "cli/postfix_rule.h"

/*
 * Plan: the lines that Postfix lacks to hand its incoming mail to the gateway, and released mail out
 *
 * Adds what check --postfix would ask for, and nothing that holds already; what an administrator decided otherwise
 * (no_milters, always_bcc, a proxy filter) it leaves, and check names it.
 */

/*
 * context has the model of the files that the two texts hold; services, as "smtp" or "192.0.2.25:smtp", are those that mail comes in by, NULL: the one
 * that there is. notes (of char *) gets a sentence for each thing that a person should know. FALSE with
 * MG_ERROR_CONFIG, a sentence that helps, where the files are nothing that it may guess about.
 */
gboolean mg_postfix_plan(const MgPostfixContext *context, char **services, MgCf *main_cf, MgCf *master_cf,
                         GPtrArray *notes, GError **error);
