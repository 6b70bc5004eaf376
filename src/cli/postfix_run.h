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

/* Its queue as postqueue -j prints it, a JSON object a line. NULL with error. */
char *mg_postfix_queue(const char *folder, GError **error);
/* What a tool of Postfix prints with its folder (NULL: its own) and up to two further words, the second or NULL. Caller
 * frees. NULL with error. */
char *mg_postfix_tool(const char *name, const char *folder, const char *first, const char *second, GError **error);

/* What a configuration says beside Postfix's own; borrows from it. */
MgPostfixSide *mg_postfix_side(const MgConfig *config);
void mg_postfix_side_free(MgPostfixSide *side);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPostfixSide, mg_postfix_side_free)

/* The whole of check --postfix. */
gboolean mg_postfix_run(const MgConfig *config, const char *folder, gboolean probe, GArray *findings, GError **error);

/* Whether the reply to EHLO, lines as they came, names SMTPUTF8. */
gboolean mg_postfix_ehlo_has_smtputf8(const char *reply);
