/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * supervisor: binds the sockets of the roles, starts store, sanitize and milter as programs of their own, starts
 * one that died again, hands on reload and drain, answers the administrator's command on control.sock
 *
 * SIGTERM, SIGINT: drain, then end. SIGHUP: reload. Signals never go to the roles but SIGKILL where one does not
 * end in time.
 */
typedef struct MgSupervisorOptions {
        const char *config_path;
        const char *program_dir; /* of mugai-store, mugai-sanitize, mugai-milter */
        guint ready_ms;          /* for a role to say that it serves; then it is killed and started again */
        guint drain_ms;          /* for all roles to end; five sixths of it are the milter's */
} MgSupervisorOptions;

#define MG_SUPERVISOR_READY_MS 30000
#define MG_SUPERVISOR_DRAIN_MS 60000

/*
 * Runs until it is told to end. The exit code of the program: 0; 78 (EX_CONFIG) where configuration, users or
 * folders are not as they should be, nothing being started then; 71 (EX_OSERR); 69 (EX_UNAVAILABLE) where another
 * one runs on the same run_dir. Uses standard error, signal masks, umask and standard input of the process.
 */
int mg_supervisor_run(const MgSupervisorOptions *options);

/* Loads the configuration and, as root, looks the users up: 0 or 78, with one line on standard error. */
int mg_supervisor_check(const char *config_path);
