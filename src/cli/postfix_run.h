/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/postfix.h"
#include "config/config.h"

/* The configuration in folder (NULL: Postfix's own), as postconf prints it. NULL with error: no Postfix, no such
 * folder, a fault in it. */
MgPostfix *mg_postfix_load(const char *folder, GError **error);

/*
 * Asks each hop by SMTP: connect, EHLO, QUIT, and sets what it said. At most timeout_s seconds a hop. Sends no mail. A
 * hop that does not answer stays MG_POSTFIX_UNKNOWN.
 */
void mg_postfix_probe(GPtrArray *hops, guint timeout_s);

/* Adds the next hops that stand in transport_maps to hops, as far as postmap can list these maps; unknown is set where
 * it cannot. */
void mg_postfix_transport_hops(const MgPostfix *postfix, const char *folder, GPtrArray *hops, gboolean *unknown);

/* The whole of check --postfix. */
gboolean mg_postfix_run(const MgConfig *config, const char *folder, gboolean probe, GArray *findings, GError **error);

/* Whether the reply to EHLO, lines as they came, names SMTPUTF8. */
gboolean mg_postfix_ehlo_has_smtputf8(const char *reply);
