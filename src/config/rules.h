/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/*
 * rules: the rule file -> rules of a policy that is not sealed yet
 *
 *   rule NAME {                  in order; the first on mail, and the first on parts, that matches decides
 *           sender = "..."       conditions: the words of MG_MATCHES; all must be met
 *           mail = hold          rewrite, hold or reject; or: part = remove
 *   }
 *   exemption NAME { ... }       the same with reason, approved_by and expires; may let links through
 *
 * Syntax of mugai.conf (config/syntax.h). A file with a mistake does not load: "file:line: sentence", MG_ERROR_CONFIG;
 * the policy then has no rules. Texts and settings of the policy, and all organizations, are loaded before.
 */
#define MG_RULE_LIST_OCTETS ((gsize)8 << 20)

gboolean mg_rules_load(const char *path, MgConfig *config, GError **error);
/* The same of a text. name stands in errors. */
gboolean mg_rules_parse(const char *name, const char *text, gsize n, MgConfig *config, GError **error);
