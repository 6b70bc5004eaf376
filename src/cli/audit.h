/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/audit_client.h"
#include "cli/cli.h"

/* audit: what the parts of mugai audit share */
typedef struct MgAuditOptions {
        char *config_file;
        char **anchors;
        char *actor;
        char *act;
        char *receipt;
        char *about;
        char *since;
        char *until;
        char *output;
        int max;
        gboolean json;
        gboolean force;
        MgConfig *config;
} MgAuditOptions;

/* The question to the store, as the options say; the query borrows from them. FALSE after one line on standard error. */
gboolean mg_audit_options_query(const MgAuditOptions *options, MgActKind purpose, MgAuditQuery *query);
/* Asks. The exit status. */
int mg_audit_ask(const MgAuditOptions *options, const MgAuditQuery *query, const MgAuditFuncs *funcs, gpointer data);

/* mugai audit export */
int mg_audit_export(const MgAuditOptions *options);
